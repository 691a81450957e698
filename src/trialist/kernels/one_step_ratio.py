"""Hazard ratios without iteration, from the observed and expected events of a log-rank test."""

from __future__ import annotations

import math
from dataclasses import dataclass

from trialist.kernels.normal import half_width
from trialist.kernels.weighted_log_rank import LogRank


@dataclass(frozen=True, slots=True)
class Ratio:
    """The ratio of the first group against the second, with its interval; `std_err` is of the logarithm."""

    value: float
    low: float
    high: float
    std_err: float


def peto(test: LogRank, level: float = 0.95) -> Ratio | None:
    """exp((O - E) / V) of the first group; None without a test of two groups.

    Source: Yusuf and others 1985, Prog Cardiovasc Dis 27:335, appendix
    """
    if test.status != "ok" or test.observed.size != 2:
        return None
    variance = float(test.variance[0, 0])
    return _ratio(float(test.observed[0] - test.expected[0]) / variance, 1 / math.sqrt(variance), level)


def pike(test: LogRank, level: float = 0.95) -> Ratio | None:
    """(O1 / E1) / (O2 / E2), standard error of its logarithm sqrt(1 / E1 + 1 / E2).

    None without a test of two groups, and where a group has no event.

    Source: Pike 1972, JRSS A 135:201; Berry, Kitchin and Mock 1991, Stat Med 10:749
    """
    if test.status != "ok" or test.observed.size != 2:
        return None
    (o1, o2), (e1, e2) = test.observed.tolist(), test.expected.tolist()
    if min(o1, o2, e1, e2) <= 0:
        return None
    return _ratio(math.log(o1 / e1) - math.log(o2 / e2), math.sqrt(1 / e1 + 1 / e2), level)


def _ratio(log_ratio: float, error: float, level: float) -> Ratio:
    half = half_width(level) * error
    return Ratio(math.exp(log_ratio), _exp(log_ratio - half), _exp(log_ratio + half), error)


def _exp(value: float) -> float:
    return math.exp(min(max(value, -700.0), 700.0))
