"""Adverse events (SDTM AE)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence

# of seriousness (ICH E2A): any one of them makes an event serious
CRITERIA = ("fatal", "life_threatening", "hospitalised", "disabling", "congenital", "medically_important")

# of single study drugs, causality and action: AEREL1, AEACN1 ... (qualifiers of SUPPAE, beside their event)
STUDY_DRUGS = (1, 2, 3, 4)

AE = Domain(
    "ae",
    "Adverse events",
    (
        STUDY,
        SUBJECT,
        sequence("AE"),
        Column("AETERM", "reported_term", "text", "Reported term", required=True),
        Column("AEDECOD", "term", "text", "Preferred term"),
        Column("AEBODSYS", "body_system", "text", "Body system or organ class"),
        Column("AESOC", "system_organ_class", "text", "Primary system organ class"),
        Column("AETOXGR", "grade", "integer", "CTCAE grade", minimum=1, maximum=5),
        Column("AEITOXGR", "initial_grade", "integer", "CTCAE grade when it began", minimum=1, maximum=5),
        Column("AESEV", "severity", "text", "Severity"),
        Column("AESER", "serious", "flag", "Serious"),
        Column("AEREL", "relation", "text", "Causality"),
        Column("AEACN", "action", "text", "Action taken with study treatment"),
        *(Column(f"AEREL{n}", f"relation_{n}", "text", f"Causality, study drug {n}") for n in STUDY_DRUGS),
        *(Column(f"AEACN{n}", f"action_{n}", "text", f"Action taken, study drug {n}") for n in STUDY_DRUGS),
        Column("AEOUT", "outcome", "text", "Outcome"),
        Column("AESDTH", "fatal", "flag", "Results in death"),
        Column("AESLIFE", "life_threatening", "flag", "Life-threatening"),
        Column("AESHOSP", "hospitalised", "flag", "Hospital admission, or a longer stay"),
        Column("AESDISAB", "disabling", "flag", "Persistent or significant disability"),
        Column("AESCONG", "congenital", "flag", "Congenital anomaly or birth defect"),
        Column("AESMIE", "medically_important", "flag", "Other medically important event"),
        Column("AESTDTC", "start", "date", "Start"),
        Column("AEENDTC", "end", "date", "End"),
    ),
    key=("subject", "sequence"),
    not_before=(("end", "start"),),
)
