"""Skeletal events and shifts of performance status read a second time, in plain Python, patient by patient.

Nothing here is shared with the package.
"""

from __future__ import annotations


def first_skeletal_event(
    events: list[tuple[int, str]], death: int | None, alive: int | None, cutoff: int | None
) -> tuple[bool, int, str]:
    """(event, day, why). Of one day: radiotherapy, then fracture, compression, surgery."""
    end = min([day for day in (death, cutoff) if day is not None], default=10**6)
    order = ["RADIOTHERAPY", "FRACTURE", "COMPRESSION", "SURGERY"]
    counted = sorted((day, order.index(kind)) for day, kind in events if 0 < day <= end)
    if counted:
        day, place = counted[0]
        return True, day, order[place]
    if death is not None and (cutoff is None or death <= cutoff):
        return False, death, "DEATH"
    last = 0 if alive is None or alive < 0 else alive
    return False, last if cutoff is None else min(last, cutoff), "NO_EVENT"


def shift(
    grades: list[tuple[int, int]],
    first_dose: int | None,
    last_dose: int | None,
    death: int | None,
    cutoff: int | None,
    *,
    what: str = "worst",
    period: tuple[int, int] | None = None,
    on_treatment: bool = False,
    death_is_5: bool = False,
) -> tuple[int | None, int | None, int | None, str]:
    """(baseline, grade, its day, verdict)."""
    by_day: dict[int, int] = {}
    for day, grade in grades:
        if cutoff is None or day <= cutoff:
            by_day[day] = max(grade, by_day.get(day, 0))
    start = max(0, first_dose or 0)
    before = [day for day in by_day if day <= start]
    baseline = by_day[max(before)] if before else None
    later = {day: grade for day, grade in by_day.items() if day > start}
    if death_is_5 and death is not None and death > 0 and (cutoff is None or death <= cutoff):
        later[death] = 5
    if on_treatment:
        later = {
            day: grade
            for day, grade in later.items()
            if first_dose is not None and day >= first_dose and (last_dose is None or day <= last_dose + 30)
        }
    if period:
        later = {day: grade for day, grade in later.items() if period[0] <= day <= period[1]}
    if not later:
        return baseline, None, None, "NO_BASELINE" if baseline is None else "NO_POSTBASELINE"
    if what == "last":
        day = max(later)
    else:
        wanted = max(later.values()) if what == "worst" else min(later.values())
        day = min(d for d, grade in later.items() if grade == wanted)
    grade = later[day]
    if baseline is None:
        return None, grade, day, "NO_BASELINE"
    return baseline, grade, day, "WORSENED" if grade > baseline else "NOT_WORSENED"
