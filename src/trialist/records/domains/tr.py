"""Tumour results (SDTM TR)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence, visit

TR = Domain(
    "tr",
    "Tumour results",
    (
        STUDY,
        SUBJECT,
        sequence("TR"),
        Column("TRGRPID", "group", "text", "TARGET, NON-TARGET or NEW"),
        Column("TRLNKID", "lesion", "text", "Lesion link identifier"),
        Column("TRTESTCD", "test_code", "text", "LDIAM, SAXIS, SUMDIAM, TUMSTATE ...", required=True),
        Column("TRSTRESC", "result", "text", "Result"),
        Column("TRSTRESN", "value", "number", "Result, numeric (mm)", minimum=0),
        Column("TRSTRESU", "unit", "text", "Unit"),
        Column("TRMETHOD", "imaging", "text", "Method of measurement"),
        Column("TREVAL", "evaluator", "text", "Evaluator"),
        Column("TREVALID", "evaluator_id", "text", "Evaluator identifier"),
        Column("TRACPTFL", "accepted", "flag", "Accepted record flag"),
        *visit(),
        Column("TRDTC", "date", "date", "Date of measurement"),
    ),
    key=("subject", "sequence"),
)
