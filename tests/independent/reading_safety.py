"""Survival and treatment emergence read a second time, in plain Python.

Nothing here is shared with the package.
"""

from __future__ import annotations

from typing import Any


def survival(death: int | None, alive: int | None, cutoff: int | None) -> tuple[bool, int, str]:
    """(event, day, reason)."""
    if death is not None:
        if cutoff is None or death <= cutoff:
            return True, death, "DEATH"
        return False, cutoff, "AFTER_CUTOFF"
    known = [day for day in (alive, cutoff) if day is not None]
    last = 0 if alive is None else min(known)
    return False, max(last, 0), "NO_EVENT"


def emergent(event: dict[str, Any], first: int | None, last: int | None, window: int = 30) -> bool:
    """The six questions in their order; of a partial date (earliest, latest) what it can be decides.

    A start or an end is a day, a pair of the days that it lies between, or None.
    """
    if first is None:
        return False
    start_low, start_high = between(event["start"])
    _, end_high = between(event["end"])
    if end_high is not None and end_high < first:
        return False
    if start_low is None or start_high is None:
        return True
    if start_high >= first and (last is None or start_low <= last + window):
        return True
    before, worst = event["initial"], event["grade"]
    return bool(start_high < first and before is not None and worst is not None and worst > before)


def between(day: Any) -> tuple[int | None, int | None]:
    """The first and the last day that a date can be."""
    return day if isinstance(day, tuple) else (day, day)


def adverse_event(
    events: list[dict[str, Any]], first: int | None, last: int | None, minimum_grade: int
) -> tuple[bool, int | None]:
    """(at least one treatment-emergent event of that grade, first start of them)."""
    counted = [
        event
        for event in events
        if emergent(event, first, last)
        and (minimum_grade == 1 or (event["grade"] is not None and event["grade"] >= minimum_grade))
    ]
    starts = [event["start"] for event in counted if isinstance(event["start"], int)]
    return bool(counted), min(starts, default=None)
