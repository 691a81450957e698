"""PSA progression of one subject after another, in one pass over their values."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.compiled import compiled, on_every_core
from trialist.kernels.days import NEVER, Days

Values = NDArray[np.float64]

PSA, NO_BASELINE, NO_POSTBASELINE, UNCONFIRMED, NEW_THERAPY, NO_EVENT = range(6)
FIRST, LAST, MEAN = range(3)
HIGHEST, LOWEST, AVERAGE = range(3)


class Reading(NamedTuple):
    """The rule in numbers: days, ng/mL, ratios; `baseline` and `same_day` are constants of this module.

    oldest           the first day that counts for the baseline
    exempt           the day from which a rise counts whatever came before
    after_fall       whether one before that day counts once PSA has been below its baseline ...
    fall_near        ... or where the value nearest to `early_days` (`decline_window` days around) is below it
    pending_counts   a rise that nothing late enough confirms or refutes is an event
    stop_before      without an event, the value before such a rise ends the time
    """

    baseline: int
    oldest: int
    same_day: int
    stop_at_therapy: bool
    tolerance: float
    rise_ratio: float
    rise_absolute: float
    responder_rise_ratio: float
    responder_rise_absolute: float
    responder_fall: float
    confirm_after: int
    consecutive: bool
    exempt: int
    after_fall: bool
    fall_near: bool
    early_days: int
    decline_window: int
    pending_counts: bool
    stop_before: bool


class Progressions(NamedTuple):
    """Of each subject, shape (n,): day and reason; in ng/mL, NaN where there is none, what decided."""

    day: Days
    reason: NDArray[np.int8]
    baseline: Values
    nadir: Values
    limit: Values
    value: Values


def progressions(
    start: Days,
    day: NDArray[Any],
    value: Values,
    below: NDArray[Any],
    cutoff: Days,
    therapy: Days,
    rule: Reading,
) -> Progressions:
    """The first confirmed rise over the nadir of each subject, or the day of the last value.

    start    where the values of each subject start, shape (n + 1,); those of one subject by day
    value    ng/mL; below: 1 where it is known only to be less
    cutoff   last day that counts, shape (n,); therapy: first day of a new one; NEVER where there is none
    Source   PCWG3, Scher 2016, doi:10.1200/JCO.2015.64.2702, PSA progression
    """
    n = len(start) - 1
    made = Progressions(np.zeros(n, np.int64), np.zeros(n, np.int8), *(np.full(n, np.nan) for _ in range(4)))
    longest = int(np.diff(start).max(initial=0))
    on_every_core(
        n,
        lambda first, end: _follow(
            first, end, start, day, value, below, cutoff, therapy, rule, longest, *made
        ),
    )
    return made


@compiled
def _follow(
    first_subject: int,
    end_subject: int,
    start: Days,
    day: NDArray[Any],
    value: Values,
    below: NDArray[Any],
    cutoff: Days,
    therapy: Days,
    rule: Reading,
    longest: int,
    found_day: Days,
    found_reason: NDArray[np.int8],
    found_baseline: Values,
    found_nadir: Values,
    found_limit: Values,
    found_value: Values,
) -> None:
    days, values = np.empty(longest, np.int64), np.empty(longest, np.float64)
    for i in range(first_subject, end_subject):
        count, early, baseline = 0, 0, np.nan
        row, stop = start[i], start[i + 1]
        while row < stop and day[row] <= cutoff[i]:
            today = day[row]
            ends = row
            while ends < stop and day[ends] == today:
                ends += 1
            taken = _of_one_day(value, below, row, ends, rule.same_day)
            row = ends
            if today <= 0:
                if today < rule.oldest:
                    continue
                early += 1
                if early == 1 or rule.baseline == LAST:
                    baseline = taken
                elif rule.baseline == MEAN:
                    baseline += taken
            elif not rule.stop_at_therapy or today <= therapy[i]:
                days[count], values[count] = today, taken
                count += 1
        if early == 0:
            found_reason[i] = NO_BASELINE
            continue
        if rule.baseline == MEAN:
            baseline /= early
        found_baseline[i] = baseline
        if count == 0:
            found_reason[i] = NO_POSTBASELINE
            continue
        at, happened, nadir, limit = _first_rise(days, values, count, baseline, rule)
        if at >= 0:
            found_nadir[i], found_limit[i], found_value[i] = nadir, limit, values[at]
        if happened:
            found_day[i], found_reason[i] = days[at], PSA
            continue
        found_day[i] = days[count - 1]
        if at >= 0:
            found_reason[i] = UNCONFIRMED
            if rule.stop_before:
                found_day[i] = days[at - 1] if at > 0 else 0
        elif rule.stop_at_therapy and therapy[i] < NEVER:
            found_reason[i] = NEW_THERAPY
        else:
            found_reason[i] = NO_EVENT


@compiled
def _of_one_day(value: Values, below: NDArray[Any], first: int, end: int, same_day: int) -> float:
    """The value taken of one day: the highest measured (of all, where none is), the lowest, or the mean."""
    high, high_measured, low, total = np.nan, np.nan, np.inf, 0.0
    for row in range(first, end):
        total += value[row]
        low = min(low, value[row])
        if not high >= value[row]:
            high = value[row]
        if not below[row] and not high_measured >= value[row]:
            high_measured = value[row]
    if same_day == LOWEST:
        return low
    if same_day == AVERAGE:
        return total / (end - first)
    return high if np.isnan(high_measured) else high_measured


@compiled
def _first_rise(
    days: Days, values: Values, count: int, baseline: float, rule: Reading
) -> tuple[int, bool, float, float]:
    """Place of the first rise that counts, or else waits (-1: none); whether it counts; nadir; limit."""
    waits, waiting_nadir, waiting_limit = -1, np.nan, np.nan
    nadir = baseline
    after = max(rule.confirm_after, 1)
    enough = baseline * (1 - rule.tolerance)
    fell = rule.fall_near and _nearest(days, values, count, rule.early_days, rule.decline_window) < enough
    for j in range(count):
        if j > 0:
            nadir = min(nadir, values[j - 1])
        responding = nadir <= (1 - rule.responder_fall) * baseline * (1 + rule.tolerance)
        ratio = rule.responder_rise_ratio if responding else rule.rise_ratio
        absolute = rule.responder_rise_absolute if responding else rule.rise_absolute
        counts = days[j] >= rule.exempt or fell or (rule.after_fall and nadir < enough)
        if not counts or not _risen(values[j], nadir, ratio, absolute, rule.tolerance):
            continue
        late, lowest = j, values[j]
        while late < count and days[late] < days[j] + after:
            lowest = min(lowest, values[late])
            late += 1
        stayed = _risen(lowest, nadir, ratio, absolute, rule.tolerance)
        limit = max(ratio * nadir, nadir + absolute)
        if late < count:
            held = values[late]
            if not rule.consecutive:
                held = values[late:count].max()
            again = _risen(held, nadir, ratio, absolute, rule.tolerance)
            if again and (stayed or not rule.consecutive):
                return j, True, nadir, limit
        elif stayed and rule.pending_counts:
            return j, True, nadir, limit
        elif stayed and waits < 0:
            waits, waiting_nadir, waiting_limit = j, nadir, limit
    return waits, False, waiting_nadir, waiting_limit


@compiled
def _nearest(days: Days, values: Values, count: int, at: int, window: int) -> float:
    """The value nearest to a day, the earlier of two as near; NaN where none lies in the window."""
    found, distance = np.nan, window + 1
    for j in range(count):
        if abs(days[j] - at) < distance:
            found, distance = values[j], abs(days[j] - at)
    return found


@compiled
def _risen(value: float, nadir: float, ratio: float, absolute: float, tolerance: float) -> bool:
    slack = 1 - tolerance
    high = value > nadir and value >= ratio * nadir * slack
    return high and value - nadir >= absolute * slack
