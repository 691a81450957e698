"""Disease response (SDTM RS)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence, visit

RS = Domain(
    "rs",
    "Disease response",
    (
        STUDY,
        SUBJECT,
        sequence("RS"),
        Column(
            "RSTESTCD",
            "test_code",
            "text",
            "OVRLRESP, TRGRESP, NTRGRESP, SFTSRESP, BONERESP ...",
            required=True,
        ),
        Column("RSCAT", "category", "text", "Response criteria"),
        Column("RSSTRESC", "result", "text", "Response"),
        Column("RSEVAL", "evaluator", "text", "Evaluator"),
        Column("RSEVALID", "evaluator_id", "text", "Evaluator identifier"),
        Column("RSACPTFL", "accepted", "flag", "Accepted record flag"),
        *visit(),
        Column("RSDTC", "date", "date", "Date of assessment"),
    ),
    key=("subject", "sequence"),
)
