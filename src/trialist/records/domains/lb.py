"""Laboratory (SDTM LB)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence, visit

# concentrations and cell counts, CDISC Controlled Terminology, codelist LBTESTCD
NEVER_NEGATIVE = (
    *("PSA", "TESTOS", "ALP", "LDH", "ALT", "AST", "BILI", "CREAT", "ALB", "CRP", "CTC"),
    *("HGB", "HCT", "RBC", "WBC", "PLAT", "NEUT", "LYM", "MONO", "EOS", "BASO"),
)

LB = Domain(
    "lb",
    "Laboratory",
    (
        STUDY,
        SUBJECT,
        sequence("LB"),
        Column("LBTESTCD", "test_code", "text", "Test short name", required=True),
        Column("LBTEST", "test", "text", "Test"),
        Column("LBCAT", "category", "text", "Category"),
        Column("LBORRES", "original", "text", "Result as collected"),
        Column("LBORRESU", "original_unit", "text", "Unit as collected"),
        Column("LBSTRESC", "result", "text", "Result, standard format"),
        Column("LBSTRESN", "value", "number", "Result, numeric", positive=NEVER_NEGATIVE),
        Column("LBSTRESU", "unit", "text", "Standard unit"),
        Column("LBORNRLO", "original_lower_limit", "text", "Lower limit of normal, unit as collected"),
        Column("LBORNRHI", "original_upper_limit", "text", "Upper limit of normal, unit as collected"),
        Column("LBSTNRLO", "lower_limit", "number", "Lower limit of normal"),
        Column("LBSTNRHI", "upper_limit", "number", "Upper limit of normal"),
        Column("LBSTAT", "status", "text", "Completion status"),
        Column("LBREASND", "reason_not_done", "text", "Reason not done"),
        Column("LBSPEC", "specimen", "text", "Specimen type"),
        Column("LBSPCCND", "specimen_condition", "text", "Specimen condition"),
        Column("LBBLFL", "baseline_flag", "flag", "Baseline flag"),
        *visit(),
        Column("LBDTC", "date", "date", "Date of specimen"),
    ),
    key=("subject", "sequence"),
)
