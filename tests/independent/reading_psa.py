"""PSA rules read a second time, in plain Python, one patient at a time, from the published text.

A patient is a list of (day, value) with one value per day, and the day of a new therapy or None.
Nothing here is shared with the package.
"""

from __future__ import annotations

from dataclasses import dataclass

SLACK = 1e-9
Values = list[tuple[int, float]]


@dataclass(frozen=True)
class Limits:
    ratio: float
    absolute: float
    responder_ratio: float
    responder_absolute: float


LIMITS = {
    "pcwg3": Limits(1.25, 2, 1.25, 2),
    "pcwg1": Limits(1.25, 5, 1.50, 5),
    "tropic2010": Limits(1.25, 5, 1.50, 0),
}
CONFIRM_PROGRESSION = {"pcwg3": 21, "pcwg1": 14, "tropic2010": 7}
CONFIRM_RESPONSE = {"pcwg3": 21, "pcwg1": 28, "tropic2010": 21}
FLOOR = {"pcwg3": 0.0, "pcwg1": 5.0, "tropic2010": 20.0}
EARLY = {"pcwg3": "no_decline_only", "pcwg1": "none", "tropic2010": "none"}


def split(values: Values, therapy: int | None) -> tuple[float | None, Values]:
    """Baseline (last value up to day 0) and the later values up to the new therapy."""
    values = sorted(values)
    early = [value for day, value in values if day <= 0]
    later = [(day, v) for day, v in values if day > 0 and (therapy is None or day <= therapy)]
    return (early[-1] if early else None), later


def response(
    values: Values, therapy: int | None, criteria: str, fall: float, confirming: str, confirmed: bool
) -> tuple[bool | None, int | None]:
    """(responder, day of it); None when it can't be evaluated."""
    baseline, later = split(values, therapy)
    if baseline is None or baseline <= 0 or baseline < FLOOR[criteria] * (1 - SLACK):
        return None, None
    limit = (1 - fall) * baseline * (1 + SLACK)
    for i, (day, value) in enumerate(later):
        if value > limit:
            continue
        if not confirmed:
            return True, day
        for again, second in later[i + 1 :]:
            if second > limit:
                if confirming == "consecutive":
                    break
                continue
            if again - day >= CONFIRM_RESPONSE[criteria]:
                return True, day
    return False, None


def progression(
    values: Values, therapy: int | None, criteria: str, confirming: str, early: str | None = None
) -> tuple[bool, int]:
    """(event, day of the event or of censoring)."""
    baseline, later = split(values, therapy)
    if baseline is None or not later:
        return False, 0
    limits, early = LIMITS[criteria], early or EARLY[criteria]
    for i, (day, value) in enumerate(later):
        before = [v for _, v in later[:i]]
        nadir = min([baseline, *before])
        responder = nadir <= 0.5 * baseline * (1 + SLACK)
        ratio = limits.responder_ratio if responder else limits.ratio
        absolute = limits.responder_absolute if responder else limits.absolute

        def up(v: float, nadir: float = nadir, ratio: float = ratio, absolute: float = absolute) -> bool:
            if v <= nadir:  # a second 0 after a nadir of 0 is no rise
                return False
            return v >= ratio * nadir * (1 - SLACK) and v - nadir >= absolute * (1 - SLACK)

        if not up(value):
            continue
        fallen = any(v < baseline for v in before)
        if day < 84 and (early == "all" or (early == "no_decline_only" and not fallen)):
            continue
        for again, second in later[i + 1 :]:
            if not up(second):
                if confirming == "consecutive":
                    break
                continue
            if again - day >= CONFIRM_PROGRESSION[criteria]:
                return True, day
    return False, later[-1][0]


def best_change(values: Values, therapy: int | None) -> float | None:
    """Percent change of the lowest later value."""
    baseline, later = split(values, therapy)
    if baseline is None or baseline <= 0 or not later:
        return None
    return 100 * (min(v for _, v in later) - baseline) / baseline
