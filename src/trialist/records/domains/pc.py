"""Pharmacokinetic concentrations (SDTM PC)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence, visit

PC = Domain(
    "pc",
    "Pharmacokinetic concentrations",
    (
        STUDY,
        SUBJECT,
        sequence("PC"),
        Column("PCTESTCD", "test_code", "text", "Analyte", required=True),
        Column("PCSTRESC", "result", "text", "Result"),
        Column("PCSTRESN", "value", "number", "Result, numeric"),
        Column("PCSTRESU", "unit", "text", "Unit"),
        Column("PCSPEC", "specimen", "text", "Specimen type"),
        Column("PCLLOQ", "lower_limit", "number", "Lower limit of quantification", minimum=0),
        Column("PCTPT", "timepoint", "text", "Planned time point"),
        Column("PCTPTNUM", "nominal_hours", "number", "Planned time point, hours"),
        *visit(),
        Column("PCDTC", "date", "date", "Date of specimen"),
    ),
    key=("subject", "sequence"),
)
