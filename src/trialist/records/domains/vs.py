"""Vital signs (SDTM VS)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence, visit

# CDISC Controlled Terminology, codelist VSTESTCD
NEVER_NEGATIVE = ("HEIGHT", "WEIGHT", "BMI", "BSA", "SYSBP", "DIABP", "PULSE", "HR", "RESP")

VS = Domain(
    "vs",
    "Vital signs",
    (
        STUDY,
        SUBJECT,
        sequence("VS"),
        Column("VSTESTCD", "test_code", "text", "Test short name", required=True),
        Column("VSTEST", "test", "text", "Test"),
        Column("VSORRES", "original", "text", "Result as collected"),
        Column("VSORRESU", "original_unit", "text", "Unit as collected"),
        Column("VSSTRESC", "result", "text", "Result, standard format"),
        Column("VSSTRESN", "value", "number", "Result, numeric", positive=NEVER_NEGATIVE),
        Column("VSSTRESU", "unit", "text", "Standard unit"),
        Column("VSBLFL", "baseline_flag", "flag", "Baseline flag"),
        *visit(),
        Column("VSDTC", "date", "date", "Date of measurement"),
    ),
    key=("subject", "sequence"),
)
