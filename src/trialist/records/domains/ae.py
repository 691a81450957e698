"""Adverse events (SDTM AE)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence

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
        Column("AEOUT", "outcome", "text", "Outcome"),
        Column("AESDTH", "fatal", "flag", "Results in death"),
        Column("AESTDTC", "start", "date", "Start"),
        Column("AEENDTC", "end", "date", "End"),
    ),
    key=("subject", "sequence"),
    not_before=(("end", "start"),),
)
