"""How a domain is declared: CDISC name on disk, plain name in code, kind, unit, key, constraint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "integer", "number", "date", "flag"]


@dataclass(frozen=True, slots=True)
class Column:
    """One variable.

    cdisc      its name on disk, e.g. USUBJID
    name       its plain name in code, e.g. subject
    kind       text | integer | number | date (two columns in code: `name` and `name_text`)
               | flag (text in code too: Y, N or null)
    required   the column must be there and every row must have a value
    allowed    controlled terms, when the list is closed here
    minimum    smallest value a number may take
    known      terms of a list that is open: another one is warned of, in records of the tests `known_for`
    positive   tests (short names) whose value can't be negative; one that is, is warned of
    """

    cdisc: str
    name: str
    kind: Kind
    label: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    known: tuple[str, ...] = ()
    known_for: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Domain:
    """An SDTM domain. `key`: the plain names that identify a row; `not_before`: (later, earlier) dates."""

    name: str
    label: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    not_before: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> Column:
        """The column of that plain name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


SUBJECT = Column("USUBJID", "subject", "text", "Unique subject identifier", required=True)
STUDY = Column("STUDYID", "study", "text", "Study identifier")


def sequence(prefix: str) -> Column:
    return Column(f"{prefix}SEQ", "sequence", "integer", "Sequence number", required=True, minimum=1)


def visit() -> tuple[Column, ...]:
    return (
        Column("VISITNUM", "visit_number", "number", "Visit number"),
        Column("VISIT", "visit", "text", "Visit name"),
    )
