"""Demographics (SDTM DM)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain

DM = Domain(
    "dm",
    "Demographics",
    (
        STUDY,
        SUBJECT,
        Column("SUBJID", "subject_short", "text", "Subject identifier for the study"),
        Column("SITEID", "site", "text", "Study site"),
        Column("RFSTDTC", "reference_start", "date", "Subject reference start date"),
        Column("RFENDTC", "reference_end", "date", "Subject reference end date"),
        Column("RFXSTDTC", "first_dose", "date", "First study treatment"),
        Column("RFXENDTC", "last_dose", "date", "Last study treatment"),
        Column("RFICDTC", "consent", "date", "Informed consent"),
        Column("RFPENDTC", "participation_end", "date", "End of participation"),
        Column("DTHDTC", "death", "date", "Date of death"),
        Column("DTHFL", "death_flag", "flag", "Subject death flag"),
        Column("AGE", "age", "number", "Age in years", minimum=0, maximum=130),
        Column("SEX", "sex", "text", "Sex", allowed=("F", "M", "U", "UNDIFFERENTIATED")),
        Column("RACE", "race", "text", "Race"),
        Column("ARMCD", "arm_code", "text", "Planned arm code"),
        Column("ARM", "arm", "text", "Planned arm"),
        Column("ACTARMCD", "actual_arm_code", "text", "Actual arm code"),
        Column("ACTARM", "actual_arm", "text", "Actual arm"),
        Column("COUNTRY", "country", "text", "Country"),
    ),
    key=("subject",),
    not_before=(("death", "reference_start"), ("last_dose", "first_dose")),
)
