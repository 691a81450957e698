"""Two samples of values: difference in means by t, and that difference in units of a standard deviation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats


@dataclass(frozen=True, slots=True)
class TwoSampleT:
    """Difference in means (first less second) with error, t on `df`, p values and interval.

    p_value   two-sided; p_greater against a true difference of `null` or less, p_less or more
    status    ok; too_few: too few values for a variance; no_variance: all values of both samples (Student) or
              of each (Welch) are equal
    """

    status: Literal["ok", "too_few", "no_variance"]
    n: tuple[int, int]
    difference: float | None = None
    std_err: float | None = None
    t: float | None = None
    df: float | None = None
    p_value: float | None = None
    p_greater: float | None = None
    p_less: float | None = None
    low: float | None = None
    high: float | None = None


def two_sample_t(
    first: ArrayLike,
    second: ArrayLike,
    *,
    equal_variances: bool = False,
    level: float = 0.95,
    null: float = 0.0,
) -> TwoSampleT:
    """Welch's t test, or Student's with equal variances, as R's t.test.

    Source: Student 1908, Biometrika 6:1; Welch 1947, Biometrika 34:28 (Satterthwaite's degrees of freedom)
    """
    from scipy.special import stdtr, stdtrit

    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n, m = int(x.size), int(y.size)
    if n == 0 or m == 0:
        return TwoSampleT("too_few", (n, m))
    apart = float(x.mean() - y.mean())
    if (n + m < 3) if equal_variances else min(n, m) < 2:
        return TwoSampleT("too_few", (n, m), apart)
    df: float
    spread = tuple(_sum_of_squares(values) for values in (x, y))
    if equal_variances:
        df = n + m - 2
        error = math.sqrt((spread[0] + spread[1]) / df * (1 / n + 1 / m))
    else:
        parts = (spread[0] / (n - 1) / n, spread[1] / (m - 1) / m)
        whole = parts[0] + parts[1]
        error = math.sqrt(whole)
        share = parts[0] / whole if whole > 0 else 0.5
        df = 1 / (share**2 / (n - 1) + (1 - share) ** 2 / (m - 1))
    size = max(float(np.abs(x).max()), float(np.abs(y).max()))
    if error <= 1e-14 * size:
        return TwoSampleT("no_variance", (n, m), apart)
    t = (apart - null) / error
    half = float(stdtrit(df, 0.5 + level / 2)) * error
    return TwoSampleT(
        "ok",
        (n, m),
        apart,
        error,
        t,
        df,
        2 * float(stdtr(df, -abs(t))),
        float(stdtr(df, -t)),
        float(stdtr(df, t)),
        apart - half,
        apart + half,
    )


@dataclass(frozen=True, slots=True)
class EffectSize:
    """`d` (difference in means / pooled SD), `g` (without its bias), and the interval of either.

    status   ok; too_few; no_variance
    """

    status: Literal["ok", "too_few", "no_variance"]
    d: float | None = None
    g: float | None = None
    d_low: float | None = None
    d_high: float | None = None
    g_low: float | None = None
    g_high: float | None = None


def standardised_difference(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> EffectSize:
    """Cohen's d and Hedges' g with the interval from the noncentral t distribution.

    The interval of d holds the values under which the t that was seen lies between its tails; of g it is that
    interval times Hedges' exact factor. Source: Cohen 1988; Hedges 1981, J Educ Stat 6:107; Steiger and
    Fouladi 1997
    """
    test = two_sample_t(first, second, equal_variances=True, level=level)
    if sum(test.n) < 4:
        return EffectSize("too_few")  # with one degree of freedom nothing is left of g
    if test.status != "ok":
        return EffectSize(test.status)
    assert test.t is not None
    n, m = test.n
    scale = math.sqrt(1 / n + 1 / m)
    df = n + m - 2
    factor = hedges_factor(df)
    d = test.t * scale
    ends = noncentral_t_interval(test.t, df, level)
    low, high = (None if end is None else end * scale for end in ends)
    return EffectSize(
        "ok",
        d,
        d * factor,
        low,
        high,
        None if low is None else low * factor,
        None if high is None else high * factor,
    )


def hedges_factor(df: int) -> float:
    """What makes d unbiased: gamma(df / 2) / (sqrt(df / 2) gamma((df - 1) / 2)); 0 for one df."""
    if df < 2:
        return 0.0
    return math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2) - 0.5 * math.log(df / 2))


def noncentral_t_interval(t: float, df: float, level: float) -> tuple[float | None, float | None]:
    """Noncentralities under which t is the upper, or the lower, (1 - level) / 2 point."""
    from scipy.optimize import brentq
    from scipy.special import nctdtr

    tail = (1 - level) / 2

    def end(share: float, towards: float) -> float | None:
        def apart(noncentrality: float) -> float:
            return float(nctdtr(df, noncentrality, t)) - share

        near, reach = t, 1.0
        while reach < 1e3:
            far = t + towards * reach
            value = apart(far)
            if not math.isfinite(value):
                return None  # too far out for the distribution function
            if value * towards < 0:
                return float(brentq(apart, near, far, xtol=1e-13, rtol=1e-14))
            near, reach = far, 2 * reach
        return None

    return end(1 - tail, -1.0), end(tail, 1.0)


def _sum_of_squares(values: Floats) -> float:
    apart = values - values.mean()
    return float(apart @ apart)
