"""Numbers that describe a sample: quantiles by their type, geometric mean and variation, trimmed mean."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

QuantileType = Literal[2, 7]


def quantile(values: ArrayLike, share: float, kind: QuantileType = 7) -> float | None:
    """A sample quantile: type 7 (R's default) or 2 (SAS PCTLDEF=5); None of nothing.

    Source: Hyndman and Fan 1996, The American Statistician 50:361
    """
    x = np.asarray(values, dtype=float)
    if x.size == 0:
        return None
    method: Literal["averaged_inverted_cdf", "linear"] = "averaged_inverted_cdf" if kind == 2 else "linear"
    return float(np.quantile(x, share, method=method))


def geometric_mean(values: ArrayLike) -> float | None:
    """exp(mean of logarithms); None of nothing, or where a value is not above 0."""
    x = np.asarray(values, dtype=float)
    return float(np.exp(np.log(x).mean())) if x.size and bool((x > 0).all()) else None


def geometric_cv(values: ArrayLike) -> float | None:
    """100 sqrt(exp(variance of logarithms) - 1), in percent; None for fewer than two values or one not above
    0.

    Source: Kirkwood 1979, Biometrics 35:908
    """
    x = np.asarray(values, dtype=float)
    if x.size < 2 or not bool((x > 0).all()):
        return None
    return 100 * math.sqrt(math.expm1(float(np.log(x).var(ddof=1))))


def trimmed_mean(values: ArrayLike, share: float) -> float | None:
    """Mean without the lowest and the highest `share` of the values, as R's mean(trim=); whole values go."""
    x = np.sort(np.asarray(values, dtype=float))
    cut = math.floor(share * x.size + 1e-9)
    return float(x[cut : x.size - cut].mean()) if x.size > 2 * cut else None
