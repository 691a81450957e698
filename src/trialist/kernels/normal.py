"""The standard normal distribution, and its squares, of single numbers; of arrays it is scipy's `ndtr`."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist


def cdf(z: float) -> float:
    """P(Z <= z), with all its digits far below 0."""
    return 0.5 * math.erfc(-z / math.sqrt(2))


@lru_cache(maxsize=64)
def half_width(level: float) -> float:
    """z with P(-z <= Z <= z) = `level`: half the width of an interval in standard errors."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def above_chi_square(statistic: float, df: int) -> float:
    """P(the sum of `df` squared standard normals >= statistic), statistic at least 0."""
    if df == 1:
        return math.erfc(math.sqrt(statistic / 2))
    from scipy.special import chdtrc

    return float(chdtrc(df, statistic))
