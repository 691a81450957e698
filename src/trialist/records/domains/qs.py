"""Questionnaires (SDTM QS)."""

from __future__ import annotations

from trialist.records.domains.domain import STUDY, SUBJECT, Column, Domain, sequence, visit

QS = Domain(
    "qs",
    "Questionnaires",
    (
        STUDY,
        SUBJECT,
        sequence("QS"),
        Column("QSTESTCD", "test_code", "text", "Question short name", required=True),
        Column("QSCAT", "category", "text", "Questionnaire"),
        Column("QSSTRESN", "value", "number", "Result, numeric"),
        Column("QSSTRESC", "result", "text", "Result"),
        *visit(),
        Column("QSDTC", "date", "date", "Date"),
    ),
    key=("subject", "sequence"),
)
