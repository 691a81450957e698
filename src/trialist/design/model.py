"""What follows from a design statement: numbers, and tables of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding, Method, Origin
from trialist.problems import Problem
from trialist.protocol.checks.design_row import DesignRow


@dataclass(frozen=True, slots=True)
class Number:
    """One number that follows; `measure` is a word of `findings.measures`.

    at      where on the way it holds: `look 1`, `12 months`, a value that was assumed (`hazard ratio 0.7`)
    groups  arm or arms that it is of
    note    what it rests on, where the entry's words do not say it
    """

    measure: str
    estimate: float | None
    at: str | None = None
    groups: tuple[str, ...] = ()
    note: str | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A small table for the terminal: a title, the columns, rows of text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Design:
    """A design statement with all that follows from it.

    row      the statement, what follows in a sentence, the verdict and its problems
    numbers  every number, as it was computed
    sheets   what a reader wants side by side
    """

    row: DesignRow
    numbers: tuple[Number, ...] = ()
    sheets: tuple[Sheet, ...] = field(default=())


def findings(
    design: Design, method: Method, *, trial: str, endpoint: str, origin: Origin
) -> tuple[Finding, ...]:
    """The numbers of a design as findings of origin `designed`; the row's problems stand at each of them."""
    return tuple(
        Finding(
            trial=trial,
            endpoint=endpoint,
            measure=number.measure,
            estimate=number.estimate,
            origin=origin,
            method=method,
            unit=MEASURES[number.measure].unit,
            timepoint=number.at,
            groups=number.groups,
            note=number.note,
            problems=(*number.problems, *design.row.problems),
        )
        for number in design.numbers
    )


def known(numbers: Iterable[Number]) -> Iterator[Number]:
    """Those that exist or have a Problem that says why not."""
    return (number for number in numbers if number.estimate is not None or number.problems)


def options(stated: Any) -> tuple[tuple[str, Any], ...]:
    """Every word of an entry that has a value, defaults filled in: the options of the method."""
    told = stated.model_dump(by_alias=True, exclude_none=True, mode="python")
    return tuple((word, value) for word, value in told.items() if word not in _NOT_OPTIONS)


_NOT_OPTIONS = frozenset({"for", "test", "source", "reliability", "note"})
