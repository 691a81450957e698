"""Planned days of visits, from the protocol's schedule."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.draws import spread, within
from trialist.protocol.model import Protocol, Visit

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Planned days after day 0, ascending, with window and visit; `baseline` is the visit up to day 0."""

    day: Integers
    early: Integers
    late: Integers
    visit: tuple[str, ...]
    baseline: str = "BASELINE"


def planned(protocol: Protocol, visits: tuple[str, ...], horizon: int) -> Calendar:
    """Occurrences of these visits counted from the reference date, day 1 to `horizon`.

    Windows are narrowed to less than half of the gap to the next occurrence, so that actual days ascend.
    """
    rows: list[tuple[int, int, int, str]] = []
    first = "BASELINE"
    for name in visits:
        visit = protocol.plan.schedule.visits.get(name)
        if visit is None or visit.after != "reference":
            continue
        if visit.day <= 0:
            first = name
        rows += [(day, visit.window[0], visit.window[1], name) for day in visit_days(visit, horizon)]
    return replace(_calendar(sorted(rows)), baseline=first)


def every(days: int, horizon: int, window: int = 0, name: str = "SCHEDULED") -> Calendar:
    """A visit every so many days up to `horizon`."""
    return _calendar([(day, window, window, name) for day in range(days, horizon + 1, days)])


def visit_days(visit: Visit, horizon: int) -> list[int]:
    """Days after the reference date, 1..horizon, on which the visit is planned."""
    if visit.every is None:
        return [visit.day] if 0 < visit.day <= horizon else []
    last = horizon if visit.times is None else min(horizon, visit.day + visit.every * (visit.times - 1))
    return [day for day in range(visit.day, last + 1, max(visit.every, 1)) if day > 0]


def _calendar(rows: list[tuple[int, int, int, str]]) -> Calendar:
    unique = [row for i, row in enumerate(rows) if i == 0 or row[0] != rows[i - 1][0]]
    day = np.array([row[0] for row in unique], dtype=np.int64)
    before = np.diff(np.concatenate([[0], day]))
    after = np.concatenate([before[1:], before[-1:]]) if len(day) else before
    early = np.minimum(np.array([row[1] for row in unique], dtype=np.int64), (before - 1) // 2)
    late = np.minimum(np.array([row[2] for row in unique], dtype=np.int64), np.maximum((after - 1) // 2, 0))
    return Calendar(day, np.maximum(early, 0), late, tuple(row[3] for row in unique))


def attended(
    calendar: Calendar, until: Integers, rng: np.random.Generator
) -> tuple[Integers, Integers, Integers]:
    """Actual visits of subjects seen while `day < until`: (owner, occurrence, day), days within windows."""
    counts = np.searchsorted(calendar.day - calendar.early, until, side="left")
    owner, occurrence = spread(counts.astype(np.int64))
    day = within(rng, occurrence, calendar.day - calendar.early, calendar.day + calendar.late)
    keep = day < until[owner]
    return owner[keep], occurrence[keep], day[keep]
