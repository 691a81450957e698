"""Planned days of visits, from the protocol's schedule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.draws import spread, within
from trialist.kernels.replicate_draws import Rng, of_rows
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


def of_tests(
    protocol: Protocol, domains: tuple[str, ...], tests: tuple[str, ...], horizon: int, otherwise: int
) -> tuple[Calendar, bool]:
    """Visits at which one of these tests is planned; where there is none, every `otherwise` days, and yes."""
    wanted = {test.upper() for test in tests}
    at = [
        a.at
        for a in protocol.plan.schedule.assessments.values()
        if a.domain.lower() in domains and (a.test or "").upper() in wanted
    ]
    calendar = planned(protocol, tuple(dict.fromkeys(v for visits in at for v in visits)), horizon)
    if len(calendar.day):
        return calendar, False
    return every(otherwise, horizon, 2), True


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


def with_unscheduled(
    rows: tuple[Integers, Integers, Integers],
    further: Sequence[tuple[Integers, Integers]],
    last: Integers,
) -> tuple[Integers, Integers, Integers]:
    """(owner, occurrence, day) with further (owner, day), in order, one row a day, none after `last`.

    What is further is unscheduled (-1); of the rows of one day a visit of the calendar stays.
    """
    owner = np.concatenate([rows[0], *(who for who, _ in further)])
    day = np.concatenate([rows[2], *(when for _, when in further)])
    occurrence = np.concatenate([rows[1], np.full(len(owner) - len(rows[1]), -1)])
    order = np.lexsort((-occurrence, day, owner))
    owner, day, occurrence = owner[order], day[order], occurrence[order]
    again = np.concatenate([[False], (owner[1:] == owner[:-1]) & (day[1:] == day[:-1])])[: len(owner)]
    keep = ~again & (day <= last[owner])
    return owner[keep], occurrence[keep], day[keep]


def attended(calendar: Calendar, until: Integers, rng: Rng) -> tuple[Integers, Integers, Integers]:
    """Actual visits of subjects seen while `day < until`: (owner, occurrence, day), days within windows."""
    counts = np.searchsorted(calendar.day - calendar.early, until, side="left")
    owner, occurrence = spread(counts.astype(np.int64))
    day = within(of_rows(rng, owner), occurrence, calendar.day - calendar.early, calendar.day + calendar.late)
    keep = day < until[owner]
    return owner[keep], occurrence[keep], day[keep]
