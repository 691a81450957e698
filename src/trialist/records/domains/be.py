"""Biospecimen events (SDTM BE)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence, visit

BE = Domain(
    "be",
    "Biospecimen events",
    (
        STUDY,
        SUBJECT,
        sequence("BE"),
        Column("BETERM", "event", "text", "Event: collected, processed ...", required=True),
        Column("BEREFID", "specimen_id", "text", "Specimen identifier"),
        Column("BESPEC", "specimen", "text", "Specimen type"),
        Column("BEVOL", "volume", "number", "Volume, mL (non-standard variable)", minimum=0),
        *visit(),
        Column("BESTDTC", "date", "date", "Date"),
    ),
    key=("subject", "sequence"),
)
