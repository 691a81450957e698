"""Exposure (SDTM EX)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence, visit

EX = Domain(
    "ex",
    "Exposure",
    (
        STUDY,
        SUBJECT,
        sequence("EX"),
        Column("EXTRT", "treatment", "text", "Name of treatment", required=True),
        Column("EXDOSE", "dose", "number", "Dose", minimum=0),
        Column("EXDOSU", "dose_unit", "text", "Dose unit"),
        Column("EXDOSFRQ", "frequency", "text", "Dosing frequency"),
        Column("EXROUTE", "route", "text", "Route"),
        *visit(),
        Column("EXSTDTC", "start", "date", "Start of treatment"),
        Column("EXENDTC", "end", "date", "End of treatment"),
    ),
    key=("subject", "sequence"),
    not_before=(("end", "start"),),
)
