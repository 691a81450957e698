"""Power and size of tests of means, ranks, correlations and tables.

`alpha` is the whole type I error; with `sides` 2 each tail has half of it. A size that does not exist is
None.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

from trialist.kernels.power import LARGEST

_NORMAL = NormalDist()


def two_sample_t_power(
    first: float, second: float, effect_size: float, alpha: float, sides: int = 2
) -> float:
    """Power of Student's two-sample t test with group sizes `first`, `second`; 0 below three subjects.

    `effect_size` is difference of means / common SD. Both tails count with `sides` 2, as pwr.t2n.test.
    Source: Cohen 1988, Statistical Power Analysis, chapter 2: noncentral t.
    """
    df = first + second - 2
    if df <= 0:
        return 0.0
    shift = abs(effect_size) * math.sqrt(first * second / (first + second))
    return _t_power(df, shift, alpha, sides)


def _t_power(df: float, shift: float, alpha: float, sides: int) -> float:
    from scipy.special import nctdtr, stdtrit

    critical = -float(stdtrit(df, alpha / sides))
    power = float(nctdtr(df, -shift, -critical))  # P(T > c; shift) = P(T < -c; -shift)
    if sides == 2:
        far = float(nctdtr(df, shift, -critical))
        power += far if math.isfinite(far) else 0.0
    return min(power, 1.0)


def correlation_power(n: float, rho: float, alpha: float, sides: int = 2) -> float:
    """Power of the test that a correlation is 0, by Fisher's z with its bias term; 0 below four subjects.

    As pwr.r.test. Source: Cohen 1988, chapter 3.
    """
    if n < 4:
        return 0.0
    from scipy.special import stdtrit

    t = -float(stdtrit(n - 2, alpha / sides))
    critical = math.atanh(math.sqrt(t * t / (t * t + n - 2)))
    there = math.atanh(abs(rho)) + abs(rho) / (2 * (n - 1))
    power = _NORMAL.cdf((there - critical) * math.sqrt(n - 3))
    return power + (_NORMAL.cdf((-there - critical) * math.sqrt(n - 3)) if sides == 2 else 0.0)


def anova_power(groups: int, per_group: float, effect_size: float, alpha: float) -> float:
    """Power of the one-way analysis of variance; `effect_size` is Cohen's f, SD of the means / common SD.

    As pwr.anova.test. Source: Cohen 1988, chapter 8: noncentral F.
    """
    if per_group < 2 or groups < 2:
        return 0.0
    from scipy.special import fdtri, ncfdtr

    df, rest = groups - 1, groups * (per_group - 1)
    critical = float(fdtri(df, rest, 1 - alpha))
    return 1 - float(ncfdtr(df, rest, groups * per_group * effect_size**2, critical))


def chi_square_power(n: float, effect_size: float, df: int, alpha: float) -> float:
    """Power of a chi-square test; `effect_size` is Cohen's w. As pwr.chisq.test: noncentral chi-square."""
    from scipy.special import chdtri, chndtr

    return 1 - float(chndtr(float(chdtri(df, alpha)), df, n * effect_size**2))


def rank_sum_power(n: float, probability: float, alpha: float, sides: int = 2, share: float = 0.5) -> float:
    """Power of the rank-sum test with n subjects in both groups, by Noether's formula."""
    shift = math.sqrt(12 * n * share * (1 - share)) * abs(probability - 0.5)
    return _NORMAL.cdf(shift + _NORMAL.inv_cdf(alpha / sides))


def mcnemar_power(pairs: float, first: float, second: float, alpha: float, sides: int = 2) -> float:
    """Power of McNemar's test with so many pairs, by Connor's formula."""
    discordant, apart = first + second, abs(first - second)
    z = -_NORMAL.inv_cdf(alpha / sides)
    top = math.sqrt(pairs) * apart - z * math.sqrt(discordant)
    return _NORMAL.cdf(top / math.sqrt(discordant - apart**2))


def effect_h(first: float, second: float) -> float:
    """Cohen's h of two proportions: 2 asin(sqrt p1) - 2 asin(sqrt p2)."""
    return 2 * math.asin(math.sqrt(first)) - 2 * math.asin(math.sqrt(second))


def arcsine_power(first: float, second: float, effect: float, alpha: float, sides: int = 2) -> float:
    """Power for two proportions with group sizes `first`, `second` and Cohen's h, as pwr.2p2n.test."""
    shift = abs(effect) * math.sqrt(first * second / (first + second))
    z = -_NORMAL.inv_cdf(alpha / sides)
    return _NORMAL.cdf(shift - z) + (_NORMAL.cdf(-shift - z) if sides == 2 else 0.0)


def normal_power(n: float, effect_size: float, alpha: float, sides: int = 2) -> float:
    """Power of the z test of a mean with known variance, as pwr.norm.test."""
    shift = abs(effect_size) * math.sqrt(n)
    z = -_NORMAL.inv_cdf(alpha / sides)
    return _NORMAL.cdf(shift - z) + (_NORMAL.cdf(-shift - z) if sides == 2 else 0.0)


def size_of(power_at: Callable[[float], float], power: float, least: float) -> float | None:
    """The size, not rounded, at which a rising power reaches what is asked; None beyond ten million."""
    from scipy.optimize import brentq

    if power_at(least) >= power:
        return least
    high = 2 * least
    while power_at(high) < power:
        high *= 2
        if high > LARGEST:
            return None
    return float(brentq(lambda n: power_at(n) - power, high / 2, high, xtol=1e-10, rtol=1e-13))


def effect_of(power_at: Callable[[float], float], power: float, most: float) -> float | None:
    """The effect above 0 at which a rising power reaches what is asked; None where `most` does not reach
    it."""
    from scipy.optimize import brentq

    if power_at(most) < power or power_at(0.0) >= power:
        return None
    return float(brentq(lambda effect: power_at(effect) - power, 0.0, most, xtol=1e-13, rtol=1e-13))
