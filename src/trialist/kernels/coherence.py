"""Do printed numbers agree? Every printed number is read as the range of values that print so.

Counts that give a percent; the p value that an estimate and its interval allow; the estimate that an
interval allows; the events that a standard error needs. A range that holds nothing shows that the numbers
can't come from one analysis; a range that holds the printed number shows only that they can.
Source: GRIM, Brown and Heathers 2017, Soc Psychol Personal Sci 8:363; p values and intervals, Altman and
Bland 2011, BMJ 343:d2090 and d2304; events, Schoenfeld 1983, Biometrics 39:499.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple

import numpy as np

from trialist.kernels.counts import Integers

Scale = Literal["log", "plain"]
_SLACK = 1e-9  # of a share times a count: 0.7 x 70 is 49


class Range(NamedTuple):
    """Smallest and largest value, both possible."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def meets(self, other: Range) -> bool:
        return self.low <= other.high and other.low <= self.high


def rounding(printed: str) -> Range | None:
    """What prints so when rounded half up or half to even: `0.54` is 0.535 to 0.545; None for no number."""
    try:
        value = Decimal(printed.strip())
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    half = Decimal((0, (5,), int(value.as_tuple().exponent) - 1))
    return Range(float(value - half), float(value + half))


def range_of_p(printed: str, bound: Literal["=", "<", ">"] = "=") -> Range | None:
    """The p values that `p = 0.03`, `p < 0.001` or `p > 0.05` may stand for."""
    if bound == "=":
        values = rounding(printed)
        return None if values is None else Range(max(values.low, 0.0), min(values.high, 1.0))
    value = rounding(printed)
    if value is None:
        return None
    middle = float(Decimal(printed.strip()))
    return Range(0.0, min(middle, 1.0)) if bound == "<" else Range(max(middle, 0.0), 1.0)


def counts_for(low: float, high: float, n: int) -> tuple[int, int] | None:
    """First and last count whose share of `n` lies between `low` and `high`; None where there is none."""
    if n <= 0 or high < low:
        return None
    first, last = max(int(np.ceil(low * n - _SLACK)), 0), min(int(np.floor(high * n + _SLACK)), n)
    return (first, last) if first <= last else None


def denominators_for(low: float, high: float, up_to: int) -> Integers:
    """Denominators from 1 to `up_to` of which some count is a share between `low` and `high`, ascending."""
    n = np.arange(1, up_to + 1, dtype=np.int64)
    first = np.maximum(np.ceil(low * n - _SLACK), 0)
    last = np.minimum(np.floor(high * n + _SLACK), n)
    return np.asarray(n[first <= last])


def shared_denominators(shares: Sequence[Range], up_to: int) -> Integers:
    """Denominators that give every one of several shares."""
    found = np.arange(1, up_to + 1, dtype=np.int64)
    for share in shares:
        found = np.intersect1d(found, denominators_for(share.low, share.high, up_to), assume_unique=True)
    return found


def standard_error_range(low: Range, high: Range, level: float, scale: Scale = "log") -> Range | None:
    """Standard errors of a normal interval at `level` whose ends print so; on the log scale for ratios."""
    ends = _on(scale, low), _on(scale, high)
    if ends[0] is None or ends[1] is None or not 0 < level < 1:
        return None
    from scipy.special import ndtri

    width = 2 * float(ndtri((1 + level) / 2))
    least, most = (ends[1].low - ends[0].high) / width, (ends[1].high - ends[0].low) / width
    return Range(max(least, 0.0), most) if most > 0 else None


def estimate_range(low: Range, high: Range, scale: Scale = "log") -> Range | None:
    """Estimates in the middle of a symmetric interval whose ends print so (ratios: geometric mean)."""
    ends = _on(scale, low), _on(scale, high)
    if ends[0] is None or ends[1] is None:
        return None
    middle = (ends[0].low + ends[1].low) / 2, (ends[0].high + ends[1].high) / 2
    if scale == "plain":
        return Range(*middle)
    return Range(float(np.exp(middle[0])), float(np.exp(middle[1])))


def p_value_range(
    estimate: Range, low: Range, high: Range, level: float, scale: Scale = "log", null: float | None = None
) -> Range | None:
    """Two-sided p values (Wald) that an estimate with a symmetric interval allows, all as printed.

    null   1 for ratios, 0 for differences, unless it is given (a margin)
    """
    at, error = _on(scale, estimate), standard_error_range(low, high, level, scale)
    if at is None or error is None:
        return None
    none = (1.0 if scale == "log" else 0.0) if null is None else null
    against = _on(scale, Range(none, none))
    if against is None:
        return None
    from scipy.special import ndtr

    far = max(abs(at.low - against.low), abs(at.high - against.low))
    near = 0.0 if at.holds(against.low) else min(abs(at.low - against.low), abs(at.high - against.low))
    least = 0.0 if error.low == 0 else 2 * float(ndtr(-far / error.low))
    return Range(least, 2 * float(ndtr(-near / error.high)))


def interval_from_p(
    estimate: Range, p: Range, level: float, scale: Scale = "log"
) -> tuple[Range, Range] | None:
    """Where the ends of an interval at `level` lie, given an estimate and its two-sided p value, as printed.

    None where the p value allows any width (it may be 1, or the estimate may be no effect).
    """
    at = _on(scale, estimate)
    if at is None or not 0 < level < 1 or at.holds(0.0) or p.high >= 1 or p.low <= 0:
        return None
    from scipy.special import ndtri

    z = -float(ndtri(p.high / 2)), -float(ndtri(p.low / 2))
    sizes = sorted((abs(at.low), abs(at.high)))
    width = float(ndtri((1 + level) / 2))
    reach = width * sizes[0] / z[1], width * sizes[1] / z[0]
    ends = Range(at.low - reach[1], at.high - reach[0]), Range(at.low + reach[0], at.high + reach[1])
    if scale == "plain":
        return ends
    return Range(*map(float, np.exp(ends[0]))), Range(*map(float, np.exp(ends[1])))


def least_standard_error(events: int, share: float = 0.5) -> float | None:
    """The smallest standard error of a log hazard ratio that so many events allow, near no effect.

    share   of patients in the first arm. Adjustment and strata make it larger.
    """
    if events <= 0 or not 0 < share < 1:
        return None
    return float(1 / np.sqrt(events * share * (1 - share)))


def _on(scale: Scale, values: Range) -> Range | None:
    if scale == "plain":
        return values
    if values.high <= 0:
        return None
    return Range(float(np.log(max(values.low, 1e-300))), float(np.log(values.high)))
