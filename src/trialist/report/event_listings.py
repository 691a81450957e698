"""Listings, row by row: serious adverse events, and deaths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trialist.protocol.adverse_event_endpoints import AdverseEventTable
from trialist.report import words
from trialist.report.model import Listing

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.study import Result

MOST = 200
_NOTE = "Days are counted from the first dose, which is day 1; the day before it is -1."


def event_listings(result: Result) -> tuple[Listing, ...]:
    """Serious or fatal events, and deaths, of the first endpoint that lists them; none without one."""
    plan = result.protocol.plan
    names = [n for n, e in plan.endpoints.items() if isinstance(e, AdverseEventTable)]
    known = [name for name in names if name in result.endpoints]
    if not known:
        return ()
    subjects = result.inputs.tables["subjects"]
    rows = result.endpoints[known[0]].join(subjects, "subject")
    label, origin = words.endpoint(plan, known[0]), result.records.origin
    serious = rows.filter(rows.sequence.notnull() & (rows.serious | rows.fatal))
    events = [
        (
            row["subject"],
            words.arm(plan, row["arm"]),
            row["term"],
            str(row["grade"] or ""),
            {True: "related", False: "not related", None: "not said"}[row["related"]],
            row["action"] or "",
            _days(row["start_day"], row["end_day"], row["first_dose_day"]),
            "fatal" if row["fatal"] else "",
        )
        for row in _first(serious, "subject", "sequence")
    ]
    columns = ("Subject", "Arm", "Event", "Grade", "Causality", "Treatment", "Days", "Outcome")
    dead = subjects.filter(
        subjects.death_day.notnull()
        & (subjects.cutoff_day.isnull() | (subjects.death_day <= subjects.cutoff_day))
    )
    deaths = [
        (
            row["subject"],
            words.arm(plan, row["arm"]),
            _day(row["death_day"], row["first_dose_day"]),
            _day(row["last_dose_day"], row["first_dose_day"]),
        )
        for row in _first(dead, "subject")
    ]
    listings = (
        (f"Serious events: {label}", columns, events, serious),
        ("Deaths, one by one", ("Subject", "Arm", "Day of death", "Day of last dose"), deaths, dead),
    )
    return tuple(
        Listing(title, names, tuple(shown), _size(whole), _NOTE, origin)
        for title, names, shown, whole in listings
        if shown
    )


def _first(rows: Table, *order: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rows.order_by(list(order)).limit(MOST).to_pyarrow().to_pylist()
    return found


def _size(rows: Table) -> int:
    return int(rows.count().to_pyarrow().as_py())


def _days(start: int | None, end: int | None, first: int | None) -> str:
    begun, over = _day(start, first), _day(end, first)
    return f"{begun or 'not known'} to {over or 'not known'}"


def _day(day: int | None, first: int | None) -> str:
    """A day counted from the first dose, which is day 1; empty where either is not known."""
    if day is None or first is None:
        return ""
    return str(day - first + 1 if day >= first else day - first)
