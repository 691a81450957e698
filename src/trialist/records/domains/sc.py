"""Subject characteristics (SDTM SC)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence

SC = Domain(
    "sc",
    "Subject characteristics",
    (
        STUDY,
        SUBJECT,
        sequence("SC"),
        Column("SCTESTCD", "test_code", "text", "Characteristic short name", required=True),
        Column("SCTEST", "test", "text", "Characteristic"),
        Column("SCORRES", "value", "text", "Result", required=True),
    ),
    key=("subject", "test_code"),
)
