"""Concomitant and later treatments (SDTM CM)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence

CM = Domain(
    "cm",
    "Concomitant and later treatments",
    (
        STUDY,
        SUBJECT,
        sequence("CM"),
        Column("CMTRT", "reported_treatment", "text", "Reported treatment", required=True),
        Column("CMDECOD", "treatment", "text", "Standardised treatment"),
        Column("CMCAT", "category", "text", "Category: 'ANTICANCER' marks a new anticancer therapy"),
        Column("CMINDC", "indication", "text", "Indication"),
        Column("CMSTDTC", "start", "date", "Start"),
        Column("CMENDTC", "end", "date", "End"),
    ),
    key=("subject", "sequence"),
    not_before=(("end", "start"),),
)
