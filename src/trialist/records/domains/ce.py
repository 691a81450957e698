"""Clinical events (SDTM CE)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence

CE = Domain(
    "ce",
    "Clinical events",
    (
        STUDY,
        SUBJECT,
        sequence("CE"),
        Column("CETERM", "reported_term", "text", "Reported term", required=True),
        Column("CEDECOD", "term", "text", "Standardised term"),
        Column("CECAT", "category", "text", "Category"),
        Column("CEOCCUR", "occurred", "flag", "Occurred"),
        Column("CESTDTC", "start", "date", "Start"),
        Column("CEENDTC", "end", "date", "End"),
    ),
    key=("subject", "sequence"),
    not_before=(("end", "start"),),
)
