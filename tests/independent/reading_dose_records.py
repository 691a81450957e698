"""Records of doses read a second time, day by day, in plain Python.

A patient has `cutoff` (a day) and `records`, each with start and end (days), amount (mg each time; None: not
known) and, of daily doses, how often a day; `planned` is the dose of one time. Nothing here is shared with
the package.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

Patient = dict[str, Any]
LATE, LESS = 3, 0.05
CATEGORIES = ("< 70 %", "70 to 85 %", "> 85 to 100 %", "> 100 %")


def days_given(patient: Patient) -> dict[int, float | None]:
    """Day -> mg of that day, of all records that cover it; no day after the cut-off."""
    given: dict[int, float | None] = {}
    for record in patient["records"]:
        for day in range(record["start"], min(record["end"], patient["cutoff"]) + 1):
            amount = None if record["amount"] is None else record["amount"] * record["often"]
            before = given.get(day, 0.0)
            given[day] = None if amount is None or before is None else before + amount
    return given


def daily_course(patient: Patient) -> dict[str, Any]:
    """Exposure to a treatment planned every day, so many times a day."""
    return course(days_given(patient), 1, patient["planned"] * patient["times"])


def cycles_given(patient: Patient, interval: int) -> dict[int, float | None]:
    """First day of a cycle -> its mg: doses of one day together, and parts that make up the planned dose."""
    of_day: dict[int, float | None] = {}
    for record in patient["records"]:
        if record["start"] <= patient["cutoff"]:
            before = of_day.get(record["start"], 0.0)
            amount = record["amount"]
            of_day[record["start"]] = None if amount is None or before is None else before + amount
    days = sorted(of_day)
    made: dict[int, float | None] = {}
    place = 0
    while place < len(days):
        length = parts([(day, of_day[day]) for day in days[place:]], interval, patient["planned"])
        amounts = [of_day[day] for day in days[place : place + length]]
        made[days[place]] = None if None in amounts else sum(x for x in amounts if x is not None)
        place += length
    return made


def parts(doses: list[tuple[int, float | None]], interval: int, planned: float) -> int:
    """How many doses, from the first, make up one planned dose; 1 when they don't."""
    total = 0.0
    for number, (day, amount) in enumerate(doses, 1):
        if amount is None or day - doses[0][0] >= interval - LATE or not doses[0][1]:
            return 1
        total += amount
        if planned * (1 - LESS) - 1e-7 <= total <= planned * (1 + LESS) + 1e-7:
            return number
    return 1


def course(given: dict[int, float | None], interval: int, planned: float) -> dict[str, Any]:
    """Exposure from doses by day (or first day of a cycle), against `planned` mg every `interval` days."""
    happened = [day for day, amount in given.items() if amount is None or amount > 0]
    if not happened:
        return {"reason": "NOT_TREATED"}
    first, last = min(happened), max(happened)
    days = sorted(day for day in given if first <= day <= last)  # 0 mg around the course is no part of it
    weeks = (last - first + interval) / 7
    found = {
        "first_day": first,
        "last_day": last,
        "doses": len(happened),
        "omitted": sum(given[day] == 0 for day in days),
        "duration_weeks": weeks,
        "delays": sum(b - a > interval + LATE for a, b in itertools.pairwise(days)),
        "reason": "UNKNOWN_DOSE",
    }
    amounts = [given[day] for day in days]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(amounts):
        return found
    total = sum(known)
    return found | {
        "cumulative_dose": total,
        "intensity": total / weeks,
        "relative_dose_intensity": 100 * total / weeks / (planned * 7 / interval),
        "relative_dose": 100 * total / (planned * len(days)),
        "reductions": steps_down([x for x in known if x > 0], planned),
        "reason": "DOSED",
    }


def steps_down(amounts: list[float], planned: float) -> int:
    """Doses below the plan of which the one before was not, or was higher than this one."""
    low = planned * (1 - LESS) - 1e-7
    pairs = itertools.pairwise([planned, *amounts])
    return sum(now < low and (before >= low or now < before * (1 - LESS) - 1e-7) for before, now in pairs)


def categories(courses: list[dict[str, Any]]) -> Counter[str]:
    """Category of relative dose intensity -> subjects of whom it is known."""
    shares = [c["relative_dose_intensity"] for c in courses if "relative_dose_intensity" in c]
    return Counter(CATEGORIES[sum((s >= 70 - 1e-7, s > 85 + 1e-7, s > 100 + 1e-7))] for s in shares)


def ever(courses: list[dict[str, Any]], what: str) -> tuple[int, int]:
    """(subjects with at least one, subjects of whom it is known)."""
    known = [c[what] for c in courses if c.get(what) is not None]
    return sum(number > 0 for number in known), len(known)
