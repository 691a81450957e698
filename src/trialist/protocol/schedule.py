"""Which visit, assessment, specimen and dose is due on which day of an arm.

Day 0 is the reference date. What hangs on progression can't be placed on a calendar: its day counts from
that event, which `anchor` says. What hangs on the last dose is placed after the last planned dose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from trialist.protocol.model import Draw, Give, Protocol, Specimen, Visit
from trialist.units import Quantity

Anchor = Literal["reference", "progression"]
MAX_OCCURRENCES = 2000


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is due.

    kind        visit, assessment, specimen or dose
    id          visit, assessment or specimen id; the drug of a dose
    occurrence  1 for the first time, 2 for the second ...
    anchor      what `day` counts from
    day         planned day; 0 is the anchor's day
    first_day, last_day  the window; the days on which a daily drug is taken
    visit       the visit it belongs to
    hours       nominal hours after the start of infusion, of a timed specimen
    tubes, volume_ml  of a specimen; the volume is that of all its tubes
    dose        of a dose, with `times_a_day`
    when        the condition under which it is due
    choice      for one of several drugs to choose from: its number, from 1
    """

    kind: Literal["visit", "assessment", "specimen", "dose"]
    id: str
    label: str
    occurrence: int
    anchor: Anchor
    day: int
    first_day: int
    last_day: int
    visit: str | None = None
    hours: float | None = None
    tubes: int | None = None
    volume_ml: float | None = None
    dose: Quantity | None = None
    times_a_day: int | None = None
    when: str | None = None
    choice: int | None = None


@dataclass(frozen=True, slots=True)
class SpecimenTotal:
    """What one specimen kind takes from a subject of an arm over so many cycles."""

    specimen: str
    label: str
    kind: str
    draws: int
    tubes: int
    volume_ml: float | None


def occurrences(protocol: Protocol, arm: str, cycles: int) -> tuple[Due, ...]:
    """Everything due in an arm over so many cycles, in order of anchor, day and kind.

    Parameters
        arm     an arm of the protocol; one it does not have gives nothing
        cycles  how many cycles are given; repeating visits and doses go on as long, unless they end earlier
    Returns   one row per visit, assessment, specimen and dose; a drug taken every day is one row over its
              days. A visit that repeats endlessly after progression or the last dose comes `cycles` times
    """
    plan = protocol.plan
    if arm not in plan.arms or cycles < 1:
        return ()
    doses = tuple(_doses(protocol, arm, cycles))
    visits = _visits(protocol, doses, _horizon(protocol, arm, cycles), cycles)
    rows: list[Due] = [row for found in visits.values() for row in found]
    for name, assessment in plan.schedule.assessments.items():
        if assessment.arms and arm not in assessment.arms:
            continue
        due = (row for at in assessment.at for row in visits.get(at, ()))
        for number, row in enumerate(sorted(due, key=_by_day), 1):
            rows.append(_at_visit(row, "assessment", name, assessment.label, number, when=assessment.when))
    for name, specimen in plan.schedule.specimens.items():
        if not specimen.arms or arm in specimen.arms:
            rows += _specimens(name, specimen, visits)
    kinds = ("visit", "assessment", "specimen", "dose")
    return tuple(
        sorted((*rows, *doses), key=lambda r: (r.anchor != "reference", *_by_day(r), kinds.index(r.kind)))
    )


def specimen_totals(protocol: Protocol, arm: str, cycles: int) -> tuple[SpecimenTotal, ...]:
    """Draws, tubes and volume (mL) of each specimen kind for a subject of an arm over so many cycles."""
    due = [row for row in occurrences(protocol, arm, cycles) if row.kind == "specimen"]
    totals = []
    for name, specimen in protocol.plan.schedule.specimens.items():
        mine = [row for row in due if row.id == name]
        if mine:
            tubes = sum(row.tubes or 0 for row in mine)
            volume = None if specimen.tube is None else tubes * specimen.tube
            totals.append(SpecimenTotal(name, specimen.label, specimen.kind, len(mine), tubes, volume))
    return tuple(totals)


def planned_cycles(protocol: Protocol, arm: str) -> int | None:
    """The most cycles that the arm's treatment may have; None when the protocol names no limit."""
    found = protocol.plan.arms.get(arm)
    if found is None:
        return None
    given = [g for g in (*found.give, *found.choose_one) if g.purpose in ("treatment", "background")]
    limits = [g.max_cycles for g in given if g.max_cycles is not None]
    return max(limits) if limits else None


def cycle_length(protocol: Protocol, arm: str) -> int | None:
    """Days of a cycle: the schedule's, or the longest interval between doses in the arm."""
    if protocol.plan.schedule.cycle:
        return protocol.plan.schedule.cycle
    found = protocol.plan.arms.get(arm)
    every = [g.every for g in (*found.give, *found.choose_one) if g.every] if found else []
    return max(every) if every else None


def visit_days(visit: Visit, horizon: int) -> tuple[int, ...]:
    """Planned days of a visit, counted from its anchor, up to (not including) the horizon when it repeats."""
    if not visit.every:
        return (visit.day,)
    most = MAX_OCCURRENCES if visit.times is None else min(visit.times, MAX_OCCURRENCES)
    days = (visit.day + k * visit.every for k in range(most))
    return tuple(day for day in days if day < horizon) or (visit.day,)


def _by_day(row: Due) -> tuple[int, float]:
    return row.day, row.hours or 0.0


def _horizon(protocol: Protocol, arm: str, cycles: int) -> int:
    length = cycle_length(protocol, arm)
    if length is not None:
        return cycles * length
    every = [v.every for v in protocol.plan.schedule.visits.values() if v.every]
    return cycles * max(every, default=1)


def _doses(protocol: Protocol, arm: str, cycles: int) -> Iterator[Due]:
    found = protocol.plan.arms[arm]
    length = cycle_length(protocol, arm) or 1
    choices = ((give, number) for number, give in enumerate(found.choose_one, 1))
    for give, choice in (*((g, None) for g in found.give), *choices):
        days = _dose_days(give, cycles, length)
        runs = [(days[0], days[-1])] if give.every == 1 and days else [(day, day) for day in days]
        for number, (first, last) in enumerate(runs, 1):
            yield Due(
                "dose", give.drug, give.drug, number, "reference", first, first, last,
                dose=give.dose, times_a_day=give.times_a_day, choice=choice,
            )  # fmt: skip


def _dose_days(give: Give, cycles: int, length: int) -> tuple[int, ...]:
    start = (give.day or 1) - 1
    if not give.every:
        return (start,)
    given = cycles if give.max_cycles is None else min(cycles, give.max_cycles)
    days = range(start, given * length, give.every)
    return (days[0], days[-1]) if give.every == 1 and days else tuple(days[:MAX_OCCURRENCES])


def _visits(protocol: Protocol, doses: tuple[Due, ...], horizon: int, cycles: int) -> dict[str, list[Due]]:
    """Occurrences of each visit, by its id."""
    last_dose = max((row.last_day for row in doses), default=horizon - 1)
    found: dict[str, list[Due]] = {}
    previous = 0
    anchor: Anchor
    for name, visit in protocol.plan.schedule.visits.items():
        anchor = "progression" if visit.after == "progression" else "reference"
        start = {"last_dose": last_dose, "previous_visit": previous}.get(visit.after, 0)
        if visit.after == "previous_visit" and found:
            anchor = list(found.values())[-1][-1].anchor
        if visit.after in ("last_dose", "progression", "previous_visit") and visit.every:
            days = tuple(
                visit.day + k * visit.every for k in range(min(visit.times or cycles, MAX_OCCURRENCES))
            )
        else:
            days = visit_days(visit, horizon)
        before, after = visit.window
        found[name] = [
            Due("visit", name, visit.label or name, number, anchor, start + day, start + day - before,
                start + day + after, visit=name)
            for number, day in enumerate(days, 1)
        ]  # fmt: skip
        previous = found[name][-1].day
    return found


def _specimens(name: str, specimen: Specimen, visits: dict[str, list[Due]]) -> list[Due]:
    taken = [
        (row, draw, hour)
        for draw in specimen.draws
        for row in visits.get(draw.at, [])[: draw.times]
        for hour in draw.hours or (None,)
    ]
    taken.sort(key=lambda item: (item[0].anchor != "reference", item[0].day, item[2] or 0.0))
    return [
        _taken(row, draw, hour, name, specimen, number) for number, (row, draw, hour) in enumerate(taken, 1)
    ]


def _taken(row: Due, draw: Draw, hour: float | None, name: str, specimen: Specimen, number: int) -> Due:
    volume = None if specimen.tube is None else specimen.tube * draw.tubes
    return _at_visit(
        row, "specimen", name, specimen.label, number,
        hours=hour, tubes=draw.tubes, volume_ml=volume, when=draw.when,
    )  # fmt: skip


def _at_visit(
    row: Due,
    kind: Literal["assessment", "specimen"],
    name: str,
    label: str,
    number: int,
    *,
    hours: float | None = None,
    tubes: int | None = None,
    volume_ml: float | None = None,
    when: str | None = None,
) -> Due:
    return Due(
        kind, name, label, number, row.anchor, row.day, row.first_day, row.last_day,
        visit=row.visit, hours=hours, tubes=tubes, volume_ml=volume_ml, when=when,
    )  # fmt: skip
