"""Tumour identification (SDTM TU)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence, visit

TU = Domain(
    "tu",
    "Tumour identification",
    (
        STUDY,
        SUBJECT,
        sequence("TU"),
        Column("TULNKID", "lesion", "text", "Lesion link identifier"),
        Column("TUTESTCD", "test_code", "text", "Test short name"),
        Column("TUSTRESC", "result", "text", "TARGET, NON-TARGET or NEW"),
        Column("TULOC", "location", "text", "Location"),
        Column("TUMETHOD", "imaging", "text", "Method of identification"),
        Column("TUEVAL", "evaluator", "text", "Evaluator"),
        Column("TUEVALID", "evaluator_id", "text", "Evaluator identifier"),
        Column("TUACPTFL", "accepted", "flag", "Accepted record flag"),
        *visit(),
        Column("TUDTC", "date", "date", "Date of identification"),
    ),
    key=("subject", "sequence"),
)
