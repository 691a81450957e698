"""Visit windows that overlap, and epochs out of order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trialist.problems import Problem
from trialist.protocol.model import Protocol, Visit
from trialist.protocol.schedule import visit_days

HORIZON = 730  # days over which endlessly repeating visits are compared
MOST = 400
Window = tuple[int, int, int]  # first day, planned day, last day


def windows_do_not_overlap(protocol: Protocol) -> Iterator[Problem]:
    """W214: a day that lies in the windows of two visits of one timeline."""
    visits = list(protocol.plan.schedule.visits.items())
    windows = {name: _windows(visit) for name, visit in visits}
    for number, (name, visit) in enumerate(visits):
        yield from _against_itself(name, visit, protocol)
        for other, second in visits[:number]:
            if (visit.timeline, visit.after) != (
                second.timeline,
                second.after,
            ) or visit.after == "previous_visit":
                continue
            clash = _clash(windows[other], windows[name])
            if clash is not None:
                (first, day, last), (first_2, day_2, last_2) = clash
                yield Problem(
                    "W214",
                    f"visits '{other}' (day {day}, window {first} to {last}) and '{name}' (day {day_2}, "
                    f"window {first_2} to {last_2}) overlap",
                    "narrow a window, move a visit, or give one of them a 'timeline:' of its own",
                    protocol.place("schedule", "visits", name),
                )


def _against_itself(name: str, visit: Visit, protocol: Protocol) -> Iterator[Problem]:
    if not visit.every or visit.times == 1:
        return
    before, after = visit.window
    place = protocol.place("schedule", "visits", name, "window")
    if before + after >= visit.every:
        yield Problem(
            "W214",
            f"visit '{name}' overlaps itself: every {visit.every} d with a window of {before} days before "
            f"and {after} after",
            f"before and after together must stay below {visit.every} days",
            place,
        )
    elif 2 * max(before, after) > visit.every:
        yield Problem(
            "W215",
            f"visit '{name}' repeats every {visit.every} d, but may be {max(before, after)} days off: "
            "nearer to another occurrence than to its own",
            f"keep each side of the window to {visit.every // 2} days at most",
            place,
        )


def windows_hold_their_day(protocol: Protocol) -> Iterator[Problem]:
    """W214: a window of negative width."""
    for name, visit in protocol.plan.schedule.visits.items():
        if min(visit.window) < 0:
            yield Problem(
                "E216",
                f"visit '{name}' has the window [{visit.window[0]}, {visit.window[1]}]; both are "
                "days, before and after",
                f"write [{abs(visit.window[0])}, {abs(visit.window[1])}]",
                protocol.place("schedule", "visits", name, "window"),
            )


def visits_repeat_after_a_day_or_more(protocol: Protocol) -> Iterator[Problem]:
    """E217: an interval of no days, of a visit or a drug; repeats without an interval."""
    for name, visit in protocol.plan.schedule.visits.items():
        path = ("schedule", "visits", name)
        if visit.every == 0:
            yield Problem("E217", f"visit '{name}' repeats every 0 d", "write the interval in days",
                          protocol.place(*path, "every"))  # fmt: skip
        if visit.times is not None and visit.times > 1 and visit.every is None:
            yield Problem("E217", f"visit '{name}' takes place {visit.times} times, but at what interval?",
                          "add 'every:'", protocol.place(*path, "times"))  # fmt: skip


def epochs_come_in_order(protocol: Protocol) -> Iterator[Problem]:
    """W218: a visit of an earlier epoch planned after one of a later epoch on the same timeline."""
    order = {epoch.id: number for number, epoch in enumerate(protocol.plan.schedule.epochs)}
    visits = [
        (name, visit)
        for name, visit in protocol.plan.schedule.visits.items()
        if visit.after == "reference" and visit.epoch in order
    ]
    for name, visit in visits:
        for other, later in visits:
            wrong = order[visit.epoch] < order[later.epoch] and visit.day > later.day
            if wrong and visit.timeline == later.timeline:
                yield Problem(
                    "W218",
                    f"visit '{name}' (day {visit.day}) belongs to the epoch '{visit.epoch}', which comes "
                    f"before '{later.epoch}', but it is planned after '{other}' (day {later.day})",
                    "correct a day or an epoch, or the order of 'epochs:'",
                    protocol.place("schedule", "visits", name),
                )
                break


def _windows(visit: Visit) -> list[Window]:
    days = visit_days(visit, max(HORIZON, visit.day + HORIZON))[:MOST]
    return [(day - visit.window[0], day, day + visit.window[1]) for day in days]


def _clash(first: Sequence[Window], second: Sequence[Window]) -> tuple[Window, Window] | None:
    """The earliest pair of windows that share a day; both lists ascend."""
    i = j = 0
    while i < len(first) and j < len(second):
        if first[i][2] < second[j][0]:
            i += 1
        elif second[j][2] < first[i][0]:
            j += 1
        else:
            return first[i], second[j]
    return None
