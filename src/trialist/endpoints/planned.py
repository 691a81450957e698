"""When tumour assessments are planned: the schedule of a trial as rules about missed ones read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import ibis

from trialist.protocol.model import Assessment, TrialProtocol, Visit
from trialist.records.asked import RESPONSE_TEST_OF

if TYPE_CHECKING:
    from ibis.expr.types import IntegerValue

_SCANS = frozenset({"rs", "tu", "tr"})


@dataclass(frozen=True, slots=True)
class PlannedScans:
    """Tumour assessments by the schedule.

    every              days between them, the longest; None: the schedule tells none
    soft_tissue, bone  the same of that part
    days               their planned days where the time between them changes, else none; the last two are as
                       far apart as all that follow
    """

    every: int | None = None
    soft_tissue: int | None = None
    bone: int | None = None
    days: tuple[int, ...] = ()


NOTHING_PLANNED = PlannedScans()


def planned_scans(plan: TrialProtocol) -> PlannedScans:
    """The tumour assessments of a trial's schedule: those of RS, TU and TR."""
    visits = plan.schedule.visits
    scans = [a for a in plan.schedule.assessments.values() if a.domain.lower() in _SCANS]

    def longest(test: str | None = None) -> int | None:
        found = [
            every
            for assessment in scans
            if test is None or assessment.test == test
            for at in assessment.at
            if at in visits and (every := visits[at].every) is not None
        ]
        return max(found, default=None)

    every = longest()
    return PlannedScans(
        every=every,
        soft_tissue=longest(RESPONSE_TEST_OF["soft_tissue"]),
        bone=longest(RESPONSE_TEST_OF["bone"]),
        days=() if every is None else _days(scans, visits),
    )


def days_ahead(day: IntegerValue, number: int, planned: tuple[int, ...], interval: int) -> IntegerValue:
    """How many days after an assessment the planned one lies that is the `number`-th after it.

    Counted from the planned day that is nearest to the assessment (day 0 is one); without planned days, that
    many intervals.
    """
    if not planned:
        return ibis.literal(number * interval, "int64")
    known = (0, *planned)
    spacing = known[-1] - known[-2]
    days = (*known, *(known[-1] + spacing * (n + 1) for n in range(number)))
    spans = [days[place + number] - days[place] for place in range(len(known))]
    nearer = [2 * day < one + other for one, other in pairwise(known)]
    return ibis.cases(*zip(nearer, spans, strict=False), else_=spans[-1])


def _days(scans: list[Assessment], visits: Mapping[str, Visit]) -> tuple[int, ...]:
    """The planned days after day 0 where they are the same for all scans, and not evenly apart."""
    calendars = {frozenset(_calendar([visits[at] for at in scan.at if at in visits])) for scan in scans}
    if len(calendars) != 1:
        return ()
    days = sorted(calendars.pop())
    gaps = {later - earlier for earlier, later in pairwise((0, *days))}
    return tuple(days) if len(gaps) > 1 else ()


def _calendar(visits: list[Visit]) -> Iterator[int]:
    """The days of visits; of one that repeats without an end, until two of it follow all the others."""
    dated = [visit for visit in visits if visit.after == "reference"]
    last = max((visit.day + (visit.every or 0) * ((visit.times or 1) - 1) for visit in dated), default=0)
    for visit in dated:
        day, number = visit.day, 1
        while day > 0 and (visit.times is None or number <= visit.times):
            yield day
            if visit.every is None or (visit.times is None and last <= day - visit.every):
                break
            day, number = day + visit.every, number + 1
