"""Progression-free survival under named readings, and who moves between two of them, in plain Python.

Written from the table of censoring rules P1 to P11: a column of it is a reading, and a named alternative
changes one row of it. A patient has `responses` (day, word), `clinical` (days of clinical progression),
`therapy`, `death`, `cutoff` (days or None) and `baseline` (False: no baseline assessment). Nothing here is
shared with the package.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

Patient = dict[str, Any]
Time = tuple[bool, int, str]


@dataclass(frozen=True)
class Column:
    """What the table says of P1, P4, P6 and P9; the other rows are the same in every column."""

    no_baseline: str = "censor"
    clinical: str = "censor"
    therapy: str = "censor"
    missed: str = "censor"
    interval: int = 63
    grace: int = 14


FDA = Column()
EMA = Column("follow", "follow", "follow", "event")


def under(name: str, own: Column) -> Column:
    """The reading of that name, of an endpoint whose own reading is `own`."""
    if name == "fda":
        return replace(FDA, interval=own.interval, grace=own.grace)
    if name == "ema":
        return replace(EMA, interval=own.interval, grace=own.grace)
    changed = {
        "new_therapy_as_event": {"therapy": "event"},
        "new_therapy_followed": {"therapy": "follow"},
        "missed_as_event": {"missed": "event"},
        "missed_censored": {"missed": "censor"},
    }
    return replace(own, **changed[name])


def progression_free(p: Patient, by: Column) -> Time:
    """(event, day, why) of radiographic progression or death."""

    def on_study(day: int | None) -> bool:
        return day is not None and (p["cutoff"] is None or day <= p["cutoff"])

    words_of: dict[int, set[str]] = {}
    for day, word in p["responses"]:
        if day > 0 and on_study(day):
            words_of.setdefault(day, set()).add(word)
    progressed = sorted(day for day, words in words_of.items() if "PD" in words)
    adequate = sorted(day for day, words in words_of.items() if not words & {"PD", "NE", "ELSE"})

    def last_adequate(until: int | None = None) -> int:
        return max((day for day in adequate if until is None or day <= until), default=0)

    ends: list[tuple[int, int, str]] = []  # day, order of labels on one day, label
    if on_study(p["death"]):
        ends.append((p["death"], 0, "DEATH"))
    if progressed:
        ends.append((progressed[0], 1, "RADIOGRAPHIC"))
    therapy = p["therapy"] if on_study(p["therapy"]) else None
    if by.therapy == "event" and therapy is not None:
        ends.append((therapy, 2, "NEW_THERAPY"))
    event = min(ends, default=None)

    if p["baseline"] is False and (by.no_baseline == "censor" or event is None):
        return False, 0, "NO_BASELINE"  # P1
    stops = []
    if by.therapy == "censor" and therapy is not None:
        stops.append((therapy, "NEW_THERAPY"))  # P6
    stopped = [day for day in p["clinical"] if day > 0 and on_study(day)]
    if by.clinical == "censor" and stopped:
        stops.append((min(stopped), "CLINICAL_STOP"))  # P4
    stops = [stop for stop in stops if event is None or stop[0] < event[0]]
    if stops:
        first = min(day for day, _ in stops)
        return False, last_adequate(first), next(why for day, why in stops if day == first)
    if event is None:
        return False, last_adequate(), "NO_EVENT" if adequate else "NO_POSTBASELINE"  # P3, P10
    before = last_adequate(event[0])
    if by.missed == "censor" and event[0] - before > 2 * by.interval + by.grace:
        return False, before, "MISSED_ASSESSMENTS"  # P9
    return True, event[0], event[2]  # P2, P7, P8


def moved(main: Time, other: Time) -> str | None:
    """How one subject moved from one reading to the other; None of one who did not."""
    if main == other:
        return None
    if main[0] != other[0]:
        return "event to censored" if main[0] else "censored to event"
    if main[1] != other[1]:
        return "earlier" if other[1] < main[1] else "later"
    return "other reason"


def numbers(kinds: list[tuple[str, str | None]]) -> Counter[tuple[str, str]]:
    """(arm, kind) -> subjects who moved so."""
    return Counter((arm, kind) for arm, kind in kinds if kind is not None)
