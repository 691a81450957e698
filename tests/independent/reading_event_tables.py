"""Tables of adverse events read a second time, in plain Python.

Nothing here is shared with the package. A patient has `first`, `last`, `cutoff`, `death`, `alive` (days or
None), `arm` and `events`; an event has term, class, grade, initial, serious, related, action, fatal, start
and end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reading_safety import emergent

Patient = dict[str, Any]
Event = dict[str, Any]


def counted(patient: Patient, window: int = 30) -> list[Event]:
    """The treatment-emergent events up to the cut-off."""
    return [
        event
        for event in patient["events"]
        if not (
            patient["cutoff"] is not None
            and event["start"] is not None
            and event["start"] > patient["cutoff"]
        )
        and emergent(event, patient["first"], patient["last"], window)
    ]


def asked(patients: list[Patient], asks: dict[str, Any]) -> tuple[int, dict[str, tuple[int, int]]]:
    """(events that fit, detail -> (events that do not tell it, events that it is asked of)).

    A missing relation counts as related, any other missing detail does not count; a detail is asked of an
    event that no other detail rules out.
    """
    tests: dict[str, Callable[[Event], bool | None]] = {
        "grade": lambda e: None if e["grade"] is None else e["grade"] >= asks["grade"],
        "serious": lambda e: e["serious"],
        "relation": lambda e: e["related"],
        "action": lambda e: None if e["action"] is None else e["action"] == asks["action"],
        "fatal": lambda e: e["fatal"],
    }
    events = [event for patient in patients for event in counted(patient)]
    fits = sum(
        all(tests[name](e) is True or (name == "relation" and e["related"] is None) for name in asks)
        for e in events
    )
    told = {}
    for name in asks:
        open_to = [e for e in events if all(tests[o](e) is not False for o in asks if o != name)]
        told[name] = (sum(tests[name](e) is None for e in open_to), len(open_to))
    return fits, told


def end_of_risk(patient: Patient, window: int = 30) -> int | None:
    """The last day at risk; None for who was never treated, or was not at risk at all."""
    if patient["first"] is None:
        return None
    covered = patient["alive"] if patient["last"] is None else patient["last"] + window
    days = [day for day in (covered, patient["cutoff"], patient["death"]) if day is not None]
    if not days or min(days) < patient["first"]:
        return None
    return int(min(days))


def onset(patient: Patient, event: Event) -> int:
    """The day that ends the time at risk: no earlier than the first dose."""
    start = event["start"]
    return int(patient["first"] if start is None or start < patient["first"] else start)


def worst(events: list[Event]) -> int | None:
    grades = [event["grade"] for event in events if event["grade"] is not None]
    return max(grades) if grades else None


def in_row(row: tuple[str | None, str | None]) -> Callable[[Event], bool]:
    """Whether an event is in a row (class, term); None: any."""
    return lambda event: (
        (row[0] is None or event["class"] == row[0]) and (row[1] is None or event["term"] == row[1])
    )


def rows(patients: list[Patient]) -> set[tuple[str | None, str | None]]:
    """Any event, each class, each term in its class."""
    events = [event for patient in patients for event in counted(patient)]
    classes = {(event["class"], None) for event in events}
    return {(None, None), *classes, *((event["class"], event["term"]) for event in events)}


def incidence(patients: list[Patient], row: tuple[str | None, str | None], grade: str) -> tuple[int, int]:
    """(subjects with an event whose worst grade is so, subjects)."""
    n = 0
    for patient in patients:
        mine = [event for event in counted(patient) if in_row(row)(event)]
        if not mine:
            continue
        n += graded(mine, grade)
    return n, len(patients)


def rate(patients: list[Patient], row: tuple[str | None, str | None]) -> tuple[int, int, int]:
    """(subjects with an event, days at risk, subjects at risk)."""
    events = days = people = 0
    for patient in patients:
        last = end_of_risk(patient)
        if last is None:
            continue
        people += 1
        first = [onset(patient, event) for event in counted(patient) if in_row(row)(event)]
        first = [day for day in first if day <= last]
        events += bool(first)
        days += (min(first) if first else last) - patient["first"] + 1
    return events, days, people


def in_period(
    patients: list[Patient], row: tuple[str | None, str | None], grade: str, begins: int, ends: int | None
) -> tuple[int, int]:
    """(subjects with an event that began in the period, with that worst grade in it, subjects who entered).

    Days are counted from the first dose, which is 0; a period ends on the day before `ends`, or never.
    """
    events = entered = 0
    for patient in patients:
        last = end_of_risk(patient)
        if last is None or last < patient["first"] + begins:
            continue
        entered += 1
        mine = []
        for event in counted(patient):
            day = onset(patient, event)
            since = day - patient["first"]
            if in_row(row)(event) and day <= last and since >= begins and (ends is None or since < ends):
                mine.append(event)
        events += bool(mine) and graded(mine, grade)
    return events, entered


def graded(events: list[Event], grade: str) -> bool:
    """Whether the worst grade of some events is so."""
    top = worst(events)
    fits = {
        "any": True,
        "3_or_more": top is not None and top >= 3,
        "3_to_4": top in (3, 4),
        "not_graded": top is None,
    }
    return fits[grade] if grade in fits else top == int(grade)


def overview(patients: list[Patient]) -> dict[str, int]:
    """Subjects with at least one event of each kind."""
    kinds: dict[str, Callable[[Event], bool]] = {
        "any event": lambda e: True,
        "related": lambda e: e["related"] is not False,
        "grade 3 or more": lambda e: e["grade"] is not None and e["grade"] >= 3,
        "related, grade 3 or more": lambda e: (
            e["related"] is not False and e["grade"] is not None and e["grade"] >= 3
        ),
        "serious": lambda e: bool(e["serious"]),
        "related, serious": lambda e: e["related"] is not False and bool(e["serious"]),
        "leading to withdrawal of treatment": lambda e: e["action"] == "withdrawn",
        "leading to a lower dose": lambda e: e["action"] == "reduced",
        "leading to interruption or delay": lambda e: e["action"] == "interrupted",
        "fatal": lambda e: bool(e["fatal"]),
    }
    return {name: sum(any(map(kind, counted(p))) for p in patients) for name, kind in kinds.items()}


def cumulative_incidence(patients: list[Patient], day: float) -> float:
    """Probability of an event by that day after the first dose (day 1 is the first), step by step."""
    courses = []
    for patient in patients:
        last = end_of_risk(patient)
        if last is None:
            continue
        first = [onset(patient, event) for event in counted(patient)]
        first = [each for each in first if each <= last]
        when = min(first) if first else last
        kind = "event" if first else "death" if patient["death"] == last else "end"
        courses.append((when - patient["first"] + 1, kind))
    free, probability = 1.0, 0.0
    for time in sorted({time for time, _ in courses if time <= day}):
        at_risk = sum(each >= time for each, _ in courses)
        events = courses.count((time, "event"))
        deaths = courses.count((time, "death"))
        probability += free * events / at_risk
        free *= 1 - (events + deaths) / at_risk
    return probability
