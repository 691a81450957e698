"""Sizes that make an interval narrow enough: half widths on average, or with a stated assurance."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Literal

import numpy as np

from trialist.kernels.power import LARGEST

IntervalOf = Literal["clopper_pearson", "wilson", "wald"]
_NORMAL = NormalDist()


def proportion_half_width(n: int, proportion: float, level: float, interval: IntervalOf) -> float:
    """The expected half width of the interval of a proportion, over all results weighted by their chance."""
    from trialist.kernels.binomial import binomial_probabilities, proportion_interval

    chance = np.asarray(binomial_probabilities(n, proportion))
    seen = np.flatnonzero(chance > 1e-12 * chance.max())
    ends = np.array([proportion_interval(int(k), n, level, interval) for k in seen])
    return float(np.sum(chance[seen] * (ends[:, 1] - ends[:, 0])) / np.sum(chance[seen]) / 2)


def falls_from(proportion: float, level: float, interval: IntervalOf) -> int:
    """The n from which the expected half width falls.

    1 but for Wald's interval: it has no width where nobody responds or all do, so few subjects seem enough.
    """
    if interval != "wald":
        return 1
    low, high = 1, max(8, math.ceil(4 / min(proportion, 1 - proportion)))
    high = min(high, LARGEST)
    while high - low > 2:
        a, b = low + (high - low) // 3, high - (high - low) // 3
        wider = proportion_half_width(a, proportion, level, interval) < proportion_half_width(
            b, proportion, level, interval
        )
        low, high = (a, high) if wider else (low, b)
    return max(range(low, high + 1), key=lambda n: proportion_half_width(n, proportion, level, interval))


def mean_half_width(n: int, level: float, assurance: float | None = None) -> float:
    """The half width of the t interval of a mean in SDs: expected, or not exceeded with the assurance.

    Expected: t s E[S] with the unbiasing factor of the sample SD. Source: Kupper and Hafner 1989, The
    American Statistician 43:101 (assurance: chi-square of the sample variance).
    """
    from scipy.special import chdtri, gammaln, stdtrit

    df = n - 1
    t = float(stdtrit(df, 0.5 + level / 2))
    if assurance is None:
        factor = math.sqrt(2 / df) * math.exp(gammaln(n / 2) - gammaln(df / 2))
    else:
        factor = math.sqrt(float(chdtri(df, 1 - assurance)) / df)
    return t * factor / math.sqrt(n)


def rate_half_width(events: float, level: float) -> float:
    """The upper, longer arm of a log rate's interval as a share of the rate: exp(z / sqrt(events)) - 1.

    The lower arm is 1 - exp(-z / sqrt(events)) of it.
    """
    z = _NORMAL.inv_cdf(0.5 + level / 2)
    return math.exp(z / math.sqrt(events)) - 1


def correlation_half_width(n: int, rho: float, level: float) -> float:
    """Half the width of Fisher's interval at this correlation."""
    z = _NORMAL.inv_cdf(0.5 + level / 2) / math.sqrt(n - 3)
    middle = math.atanh(rho)
    return (math.tanh(middle + z) - math.tanh(middle - z)) / 2


def survival_half_width(n: float, survival: float, level: float, followed: float = 1.0) -> float:
    """The half width of the plain interval of a survival probability, by Greenwood's variance.

    `followed` is the share of the information that is left by censoring before that time; 1: nobody is
    censored.
    """
    z = _NORMAL.inv_cdf(0.5 + level / 2)
    return z * math.sqrt(survival * (1 - survival) / (n * followed))


def subjects_to_see_one(rate: float, probability: float) -> int | None:
    """Subjects among whom an event of this rate is seen at least once with the probability.

    None for a rate of 0 or a probability of 1.
    """
    if rate <= 0 or probability >= 1:
        return None
    if rate >= 1:
        return 1
    return max(1, math.ceil(math.log1p(-probability) / math.log1p(-rate) - 1e-9))


def smallest_size(half_width: Callable[[int], float], wanted: float, least: int) -> int | None:
    """The smallest n from which a falling half width is at most what is wanted; None beyond ten million."""
    if half_width(least) <= wanted:
        return least
    low, high = least, 2 * least
    while half_width(high) > wanted:
        low, high = high, 2 * high
        if high > LARGEST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if half_width(middle) <= wanted else (middle, high)
    return high
