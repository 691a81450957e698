"""Procedures (SDTM PR)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence

PR = Domain(
    "pr",
    "Procedures",
    (
        STUDY,
        SUBJECT,
        sequence("PR"),
        Column("PRTRT", "reported_procedure", "text", "Reported procedure", required=True),
        Column("PRDECOD", "procedure", "text", "Standardised procedure"),
        Column("PRCAT", "category", "text", "Category: 'RADIOTHERAPY' marks radiotherapy"),
        Column("PRINDC", "indication", "text", "Indication: 'BONE PAIN', 'PALLIATIVE'"),
        Column("PRLOC", "location", "text", "Location"),
        Column("PROCCUR", "occurred", "flag", "Occurred"),
        Column("PRSTDTC", "start", "date", "Start"),
        Column("PRENDTC", "end", "date", "End"),
    ),
    key=("subject", "sequence"),
    not_before=(("end", "start"),),
)
