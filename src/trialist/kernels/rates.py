"""Rates of events per time at risk: one rate, two rates compared, and two rates in strata.

`events` are counts, `time` the time at risk in any one unit; the first group is compared with the second.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialist.kernels import one_proportion
from trialist.kernels.binomial import Test
from trialist.kernels.competing import normal_interval, poisson_interval
from trialist.kernels.crossing import crossing
from trialist.kernels.normal import half_width
from trialist.kernels.two_proportions import Estimate

Floats = NDArray[np.float64]
CountKind = Literal["exact", "byar", "mid_p", "normal"]
RatioKind = Literal["exact", "mid_p", "wald", "score"]
_NO_SPREAD = 1e-9  # of the count: what rounding leaves where subjects do not differ
RateTest = Literal["exact", "mid_p", "score"]


def count_interval(events: int, level: float = 0.95, kind: CountKind = "exact") -> tuple[float, float]:
    """The interval of the mean of a Poisson count.

    exact   Garwood 1936, Biometrika 28:437 (R poisson.test)
    byar    Breslow and Day 1987, IARC 82, section 2.3: the cube of a normal; low is 0 without an event
    mid_p   each tail with half of the probability of the count
    normal  events +- z sqrt(events), not below 0
    """
    if kind == "exact":
        return poisson_interval(events, level)
    if kind == "normal":
        return normal_interval(events, level)
    z = half_width(level)
    if kind == "byar":
        low = events * (1 - 1 / (9 * events) - z / (3 * math.sqrt(events))) ** 3 if events else 0.0
        more = events + 1
        return max(0.0, low), more * (1 - 1 / (9 * more) + z / (3 * math.sqrt(more))) ** 3
    from scipy.special import pdtr

    tail = (1 - level) / 2

    def middle(mean: float) -> float:
        before = float(pdtr(events - 1, mean)) if events else 0.0
        return (before + float(pdtr(events, mean))) / 2

    far = poisson_interval(events, level)[1] + 1
    low = crossing(lambda mean: 1 - middle(mean) - tail, float(events), 0.0) if events else 0.0
    return low, crossing(lambda mean: middle(mean) - tail, float(events), far)


def rate_ratio(
    events: tuple[int, int], time: tuple[float, float], level: float = 0.95, kind: RatioKind = "exact"
) -> Estimate:
    """First rate divided by the second; both times above 0. A high end of None is infinite.

    exact  from the Clopper-Pearson interval of the first group's share of the events (R poisson.test)
    mid_p  from the mid-P interval of that share score  from its Wilson interval
    wald   of the logarithm, variance 1 / events1 + 1 / events2; none without events in a group
    Source: Przyborowski and Wilenski 1940, Biometrika 31:313; Breslow and Day 1987, IARC 82, section 3.4
    """
    whole = sum(events)
    if whole == 0:
        return Estimate(None, 0.0, None, "empty_cell")
    scale = time[1] / time[0]
    value = scale * events[0] / events[1] if events[1] else None
    if kind == "wald":
        if not min(events):
            return Estimate(value, None, None, "empty_cell")
        middle = math.log(scale * events[0] / events[1])
        half = half_width(level) * math.sqrt(1 / events[0] + 1 / events[1])
        return Estimate(math.exp(middle), math.exp(middle - half), math.exp(middle + half))
    kinds: dict[str, one_proportion.Kind] = {"exact": "clopper_pearson", "mid_p": "mid_p", "score": "wilson"}
    low, high = one_proportion.interval(events[0], whole, level, kinds[kind]) or (0.0, 1.0)
    found_low = scale * low / (1 - low)
    found_high = scale * high / (1 - high) if high < 1 else None
    return Estimate(value, found_low, found_high, "ok" if value is not None else "empty_cell")


def rate_test(
    events: tuple[int, int],
    time: tuple[float, float],
    kind: RateTest = "exact",
    alternative: one_proportion.Alternative = "two_sided",
    ratio: float = 1.0,
) -> Test:
    """Whether the ratio of two rates is `ratio`: a test of the first group's share of the events.

    exact  binomial; two-sided all as likely as the one seen, or less (R poisson.test)
    mid_p  half of the probability of the number seen, two-sided twice the smaller tail
    score  z of that share
    """
    whole = sum(events)
    if whole == 0:
        return Test(None)
    null = ratio * time[0] / (ratio * time[0] + time[1])
    return one_proportion.against_null(events[0], whole, null, kind, alternative)


def rate_difference(events: tuple[int, int], time: tuple[float, float], level: float = 0.95) -> Estimate:
    """First rate less the second, Wald's interval; none of no width (no events at all)."""
    apart = events[0] / time[0] - events[1] / time[1]
    variance = events[0] / time[0] ** 2 + events[1] / time[1] ** 2
    if variance == 0:
        return Estimate(apart, None, None, "empty_cell")
    half = half_width(level) * math.sqrt(variance)
    return Estimate(apart, apart - half, apart + half)


def robust_rates(
    events: tuple[int, int],
    time: tuple[float, float],
    n: tuple[int, int],
    spread: tuple[float, float],
    level: float = 0.95,
) -> tuple[Estimate, Estimate]:
    """(ratio, difference) of rates of events of which a subject may have many.

    `n` are the subjects, `spread` the sums over them of the squares of (events - rate x time). The ratio's
    interval is Wald's of the logarithm, the difference's Wald's; none with fewer than two subjects, or
    without a difference between them, in a group. Source: as `competing.robust_factor`
    """
    value = events[0] * time[1] / (time[0] * events[1]) if events[1] else None
    apart = events[0] / time[0] - events[1] / time[1]
    if min(n) < 2 or min(spread) <= _NO_SPREAD * max(1, *events):
        return Estimate(value, None, None, "empty_cell"), Estimate(apart, None, None, "empty_cell")
    z = half_width(level)
    variance = [s * k / (k - 1) for s, k in zip(spread, n, strict=True)]
    half = z * math.sqrt(variance[0] / time[0] ** 2 + variance[1] / time[1] ** 2)
    difference = Estimate(apart, apart - half, apart + half)
    if not min(events):
        return Estimate(value, None, None, "empty_cell"), difference
    middle = math.log(events[0] * time[1] / (time[0] * events[1]))
    half = z * math.sqrt(variance[0] / events[0] ** 2 + variance[1] / events[1] ** 2)
    return Estimate(math.exp(middle), math.exp(middle - half), math.exp(middle + half)), difference


def common_rate_ratio(events: ArrayLike, time: ArrayLike, level: float = 0.95) -> Estimate | None:
    """Mantel-Haenszel ratio of rates of strata, shape (strata, 2), Wald's interval of the logarithm.

    None without a stratum in which both groups have time at risk.
    Source: Greenland and Robins 1985, Biometrics 41:55
    """
    count, at_risk = _informative(events, time)
    if not count.size:
        return None
    whole = at_risk.sum(axis=1)
    over = float(np.sum(count[:, 0] * at_risk[:, 1] / whole))
    under = float(np.sum(count[:, 1] * at_risk[:, 0] / whole))
    if not (over and under):
        return Estimate(0.0 if under else None, None, None, "empty_cell")
    variance = float(np.sum(count.sum(axis=1) * at_risk.prod(axis=1) / whole**2)) / (over * under)
    half = half_width(level) * math.sqrt(variance)
    middle = math.log(over / under)
    return Estimate(math.exp(middle), math.exp(middle - half), math.exp(middle + half))


def common_rate_difference(events: ArrayLike, time: ArrayLike, level: float = 0.95) -> Estimate | None:
    """Mantel-Haenszel difference of rates of strata, Wald's interval. Source: Greenland and Robins 1985"""
    count, at_risk = _informative(events, time)
    if not count.size:
        return None
    weight = at_risk.prod(axis=1) / at_risk.sum(axis=1)
    apart = float(weight @ (count[:, 0] / at_risk[:, 0] - count[:, 1] / at_risk[:, 1]) / weight.sum())
    variance = float(weight**2 @ (count / at_risk**2).sum(axis=1) / weight.sum() ** 2)
    if variance == 0:
        return Estimate(apart, None, None, "empty_cell")
    half = half_width(level) * math.sqrt(variance)
    return Estimate(apart, apart - half, apart + half)


def common_rate_test(events: ArrayLike, time: ArrayLike) -> Test:
    """Chi-square of the first group's events against those expected, summed over strata; no correction.

    Source: Shore, Pasternack and Curnen 1976, Am J Epidemiol 103:526; Breslow and Day 1987, section 3.4
    """
    count, at_risk = _informative(events, time)
    share = at_risk[:, 0] / at_risk.sum(axis=1)
    both = count.sum(axis=1)
    variance = float(np.sum(both * share * (1 - share)))
    if variance <= 0:
        return Test(None)
    from scipy.special import chdtrc

    statistic = float(np.sum(count[:, 0] - both * share)) ** 2 / variance
    return Test(float(chdtrc(1, statistic)), statistic)


def _informative(events: ArrayLike, time: ArrayLike) -> tuple[Floats, Floats]:
    count = np.asarray(events, dtype=float).reshape(-1, 2)
    at_risk = np.asarray(time, dtype=float).reshape(-1, 2)
    both = at_risk.min(axis=1) > 0
    return count[both], at_risk[both]
