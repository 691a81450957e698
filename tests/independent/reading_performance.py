"""Performance status and shifts from baseline read a second time, in plain Python.

A patient has `first`, `last`, `cutoff`, `death` (days or None) and `grades`: (day, test, grade or None).
Nothing here is shared with the package.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

Patient = dict[str, Any]
Grade = tuple[int | None, int | None, int | None, str]


@dataclass(frozen=True)
class Asked:
    """Which grade after baseline is compared with it, and of which days."""

    what: str = "worst"
    test: str = "ECOG101"
    from_day: int | None = None
    to_day: int | None = None
    window: int | None = None  # only on treatment, and so many days after it
    death_is_5: bool = False


def counts(patient: Patient, day: int, asked: Asked) -> bool:
    """Whether a day after baseline is one of those asked for."""
    if patient["cutoff"] is not None and day > patient["cutoff"]:
        return False
    if asked.from_day is not None and day < asked.from_day:
        return False
    if asked.to_day is not None and day > asked.to_day:
        return False
    if asked.window is None:
        return True
    if patient["first"] is None or day < patient["first"]:
        return False
    return patient["last"] is None or day <= patient["last"] + asked.window


def shifted(patient: Patient, asked: Asked) -> Grade:
    """(grade at baseline, grade after it, its day, why)."""
    of_day: dict[int, int] = {}
    for day, test, grade in patient["grades"]:
        if test.upper() == asked.test.upper() and grade is not None:
            of_day[day] = max(grade, of_day.get(day, grade))
    start = max(0, patient["first"] or 0)
    before = [day for day in of_day if day <= start]
    baseline = of_day[max(before)] if before else None
    later = {day: grade for day, grade in of_day.items() if day > start}
    if asked.death_is_5 and patient["death"] is not None and patient["death"] > start:
        later[patient["death"]] = 5
    later = {day: grade for day, grade in later.items() if counts(patient, day, asked)}
    if not later:
        return baseline, None, None, "NO_POSTBASELINE" if before else "NO_BASELINE"
    day = {
        "worst": min(later, key=lambda d: (-later[d], d)),
        "best": min(later, key=lambda d: (later[d], d)),
        "last": max(later),
    }[asked.what]
    worse = baseline is not None and later[day] >= baseline + 1
    why = "NO_BASELINE" if baseline is None else "WORSENED" if worse else "NOT_WORSENED"
    return baseline, later[day], day, why


def cells(grades: list[tuple[str, Grade]], arms: tuple[str, ...]) -> dict[tuple[str, Any, Any], int]:
    """(arm, grade before, grade after) -> subjects; a cell of one arm stands in each."""
    seen = Counter((arm, before, after) for arm, (before, after, _, _) in grades)
    kinds = {(before, after) for _, before, after in seen}
    return {(arm, *kind): seen[arm, *kind] for arm in arms for kind in kinds}
