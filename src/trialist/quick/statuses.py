"""Which rows had the event, or responded: the values of a caller's column as 1, 0 or missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from trialist.findings.rows import Rows, Words, coded
from trialist.problems import Place, Problem

Status = Literal["event", "censored", "response"]
_TRUTHS = {"true": 1.0, "false": 0.0}
_MEANT = {
    "event": "1 for an event and 0 for a censoring",
    "censored": "0 for an event and another number for a censoring",
    "response": "1 for a response and 0 for none",
}


def with_event(
    rows: Rows, column: str, kind: Status, value: str | float | None, place: Place
) -> tuple[Rows | None, tuple[Problem, ...]]:
    """`event` as 1, 0 or missing.

    Parameters
        kind    what the column tells; in one of censorings 0 or false is the event
        value   the value that is the event or the response: a text as it stands, a number in any notation,
                true or false in any case
    Problems  E094 the values do not say which is which
    """
    given = rows["event"]
    if value is not None:
        named = given if isinstance(given, Words) else coded(given)
        meant = _meant(named.levels, value)
        if not meant:
            return None, (_never(column, named.levels, value, kind, place),)
        if other := _otherwise_written(named.levels, meant):
            return None, (_ambiguous(column, meant[0], other, place),)
        chosen = np.array([*(float(level in meant) for level in named.levels), np.nan])
        return rows.with_columns(event=chosen[named.code]), ()
    if isinstance(given, Words):
        if not {level.lower() for level in given.levels} <= set(_TRUTHS):
            return None, (_not_told(column, given.levels, kind, place),)
        truths = np.array([*(_TRUTHS[level.lower()] for level in given.levels), np.nan])
        given = truths[given.code]
    if kind == "censored":
        return rows.with_columns(event=np.where(np.isnan(given), np.nan, (given == 0).astype(float))), ()
    if bool(np.any((given != 0) & (given != 1) & ~np.isnan(given))):
        return None, (_not_told(column, coded(given).levels, kind, place),)
    return rows.with_columns(event=given), ()


def _meant(levels: Sequence[str], value: str | float) -> tuple[str, ...]:
    """The levels that are this value: the text itself, else an equal number, or the same truth."""
    word = f"{value:.15g}" if isinstance(value, float) else str(value)
    truth = _TRUTHS.get(word.strip().lower())
    if truth is not None:
        written = tuple(level for level in levels if level.lower() == word.strip().lower())
        return written or tuple(
            level for level in levels if set(levels) <= {"0", "1"} and _number(level) == truth
        )
    if word in levels:
        return (word,)
    number = _number(word)
    return tuple(level for level in levels if number is not None and _number(level) == number)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _otherwise_written(levels: Sequence[str], meant: Sequence[str]) -> list[str]:
    """Levels that differ from the chosen ones only in the case of their letters."""
    lower = {level.lower() for level in meant}
    return [level for level in levels if level not in meant and level.lower() in lower]


def _listed(levels: Sequence[str]) -> str:
    return ", ".join(f"'{level}'" for level in levels[:6]) + (" ..." if len(levels) > 6 else "")


def _option(kind: Status) -> str:
    return "response" if kind == "response" else "event"


def _never(column: str, levels: Sequence[str], value: str | float, kind: Status, place: Place) -> Problem:
    return Problem(
        "E094",
        f"column '{column}' never holds '{value}'; it has {_listed(levels)}",
        f"say which value is the {_option(kind)} (--{_option(kind)}-is VALUE)",
        place,
    )


def _not_told(column: str, levels: Sequence[str], kind: Status, place: Place) -> Problem:
    message = f"column '{column}' must be {_MEANT[kind]}, but has {_listed(levels)}"
    if kind == "censored":
        remedy = "name the column with --event and say which value is the event (--event-is VALUE)"
    else:
        remedy = f"say which value is the {kind} (--{kind}-is VALUE)"
    return Problem("E094", message, remedy, place)


def _ambiguous(column: str, word: str, other: Sequence[str], place: Place) -> Problem:
    return Problem(
        "E094",
        f"column '{column}' holds '{word}' and also {_listed(other)}: do they mean the same?",
        "write them alike in the file",
        place,
    )
