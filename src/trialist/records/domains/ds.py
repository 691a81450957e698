"""Disposition (SDTM DS)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence

DS = Domain(
    "ds",
    "Disposition",
    (
        STUDY,
        SUBJECT,
        sequence("DS"),
        Column("DSTERM", "reported_term", "text", "Reported term"),
        Column("DSDECOD", "term", "text", "Standardised disposition term", required=True),
        Column("DSCAT", "category", "text", "Category"),
        Column("DSSTDTC", "date", "date", "Start date of the disposition event"),
    ),
    key=("subject", "sequence"),
)
