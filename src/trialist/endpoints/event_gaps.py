"""What adverse events do not tell of what an endpoint asks: how many events, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ibis.expr.types import BooleanValue, Table

    from trialist.endpoints.adverse_event_rules import OccurrenceRule
    from trialist.endpoints.rules import AdverseEventRule

DETAILS = ("grade", "serious", "relation", "action", "fatal")
_COUNTS_WITHOUT = frozenset({"relation"})  # an event without a causality counts as related


@dataclass(frozen=True, slots=True)
class Gap:
    """Events that a detail is asked of, and those of them that do not tell it."""

    missing: int
    asked: int


@dataclass(frozen=True, slots=True)
class Word:
    """How a gap is told: its note, and the warning where no event tells the detail."""

    note: str
    warning: str | None
    lacks: str
    fate: str
    nobody: str
    variable: str


WORDS: Mapping[str, Word] = {
    "grade": Word("N417", "W391", "no grade", "do not count", "has a grade", "AETOXGR"),
    "serious": Word(
        "N422", "W395", "no word on seriousness", "do not count", "says if it is serious", "AESER"
    ),
    "relation": Word("N418", None, "no causality", "count as related", "", "AEREL"),
    "action": Word(
        "N421",
        "W392",
        "no word on what was done with treatment",
        "do not count",
        "says what was done with the study treatment",
        "AEACN",
    ),
    "fatal": Word(
        "N423", "W396", "no word on death", "do not count", "says if it was fatal", "AEOUT or AESDTH"
    ),
}


def details(rows: Table, rule: AdverseEventRule | OccurrenceRule) -> dict[str, BooleanValue]:
    """Detail -> whether an event fits it, null where it does not tell; only what the rule asks."""
    action: str | None = getattr(rule, "action", None)
    relation = getattr(rule, "relation_column", "related")
    done = getattr(rule, "action_column", "action")
    asked = {
        "grade": (rule.minimum_grade > 1, rows.grade >= rule.minimum_grade),
        "serious": (rule.serious, rows.serious),
        "relation": (rule.related, rows[relation]),
        "action": (action is not None, rows[done] == (action or "")),
        "fatal": (getattr(rule, "fatal", False), rows.fatal),
    }
    return {name: fits for name, (wanted, fits) in asked.items() if wanted}


def fitting(rows: Table, rule: AdverseEventRule | OccurrenceRule) -> Table:
    """The events that fit every detail asked: one that does not tell fits only where it is the relation."""
    for name, fits in details(rows, rule).items():
        rows = rows.filter(fits.fill_null(name in _COUNTS_WITHOUT))
    return rows


def gaps_of_subjects(rows: Table, rule: AdverseEventRule | OccurrenceRule) -> Table:
    """subject, and of each detail `..._asked` and `..._missing`: events; 0 where the rule does not ask it.

    A detail is asked of the events that no other detail rules out.
    """
    asked = details(rows, rule)
    counts = {}
    for name in DETAILS:
        open_, silent = ibis.literal(name in asked), ibis.literal(False)
        if name in asked:
            for other, fits in asked.items():
                open_ = open_ if other == name else open_ & fits.fill_null(True)
            silent = open_ & asked[name].isnull()
        counts[f"{name}_asked"] = open_.cast("int64")
        counts[f"{name}_missing"] = silent.cast("int64")
    marked = rows.select("subject", **counts)
    return marked.group_by("subject").agg(**{column: marked[column].sum() for column in counts})


def gap_columns() -> list[str]:
    """The columns that carry gaps through a table of events."""
    return [f"{name}_{what}" for name in DETAILS for what in ("asked", "missing")]


def gaps_in(rows: Table) -> dict[str, Gap]:
    """Detail -> its gap in all subjects of a table that carries them; only details that are asked."""
    columns = gap_columns()
    one = rows.select("subject", *columns).distinct()
    (found,) = one.agg(**{column: one[column].sum() for column in columns}).to_pyarrow().to_pylist()
    gaps = {
        name: Gap(int(found[f"{name}_missing"] or 0), int(found[f"{name}_asked"] or 0)) for name in DETAILS
    }
    return {name: gap for name, gap in gaps.items() if gap.asked}


def unknown(gaps: Mapping[str, Gap]) -> Iterator[str]:
    """The details that no event tells: then a count of the events is no 0, but not known."""
    return (name for name, gap in gaps.items() if WORDS[name].warning and 0 < gap.asked == gap.missing)


def noticed(gaps: Mapping[str, Gap]) -> Iterator[tuple[str, str, str]]:
    """(code, message, remedy) of each detail that some event asked does not tell."""
    for name, gap in gaps.items():
        if gap.missing:
            yield note(name, gap)


def note(name: str, gap: Gap) -> tuple[str, str, str]:
    """(code, message, remedy) of one detail."""
    word = WORDS[name]
    have = "1 event" if gap.missing == 1 else f"{gap.missing} events"
    return (
        word.note,
        f"{have} of {gap.asked} have {word.lacks}; they {word.fate}",
        f"Complete {word.variable}, or say in the report how many have none.",
    )
