"""Two answers of the same subjects: McNemar's tests, and the difference with its intervals.

A table of pairs is (both, first only, second only, neither), numbers of subjects.
"""

from __future__ import annotations

import math
from typing import Literal

from trialist.kernels import binomial
from trialist.kernels.binomial import Test
from trialist.kernels.crossing import crossing
from trialist.kernels.normal import half_width
from trialist.kernels.two_proportions import Estimate

Pairs = tuple[int, int, int, int]
McNemar = Literal["mcnemar", "mcnemar_corrected", "exact", "mid_p"]
Kind = Literal["newcombe", "tango", "wald", "wald_corrected", "bonett_price", "agresti_min"]
OddsKind = Literal["clopper_pearson", "mid_p", "wilson"]


def mcnemar(pairs: Pairs, kind: McNemar = "mcnemar") -> Test:
    """Whether as many changed one way as the other; the p value is two-sided.

    mcnemar, mcnemar_corrected  chi-square of the changed, |b - c| less 1 with correction (R mcnemar.test;
                                it takes no more than |b - c| off)
    exact                       binomial, twice the smaller tail. McNemar 1947, Psychometrika 12:153
    mid_p                       the same with half of the probability of the numbers seen. Fagerland,
                                Lydersen and Laake 2013, BMC Med Res Methodol 13:91
    """
    _, one, other, _ = pairs
    changed = one + other
    if changed == 0:
        return Test(None)
    if kind in ("exact", "mid_p"):
        from scipy.special import bdtr

        least = min(one, other)
        p = 2 * float(bdtr(least, changed, 0.5))
        if kind == "mid_p":
            p -= float(binomial.binomial_probabilities(changed, 0.5)[least])
        return Test(min(1.0, p))
    gap = abs(one - other)
    gap = max(0, gap - 1) if kind == "mcnemar_corrected" else gap
    from scipy.special import chdtrc

    statistic = gap * gap / changed
    return Test(float(chdtrc(1, statistic)), statistic)


def paired_difference(pairs: Pairs, level: float = 0.95, kind: Kind = "newcombe") -> Estimate:
    """Proportion of yes at the first answer less that at the second; at least one pair.

    newcombe              from both Wilson intervals and the correlation of the answers. Newcombe 1998, Stat
                          Med 17:2635, method 10
    tango                 score. Tango 1998, Stat Med 17:891
    wald, wald_corrected  Wald's, with 1 / n more on each side
    bonett_price          Wald's with one more change each way. Bonett and Price 2012, J Educ Behav Stat
                          37:479
    agresti_min           Wald's with one half more in every cell. Agresti and Min 2005, Stat Med 24:729
    """
    _, one, other, _ = pairs
    n = sum(pairs)
    apart = (one - other) / n
    z = half_width(level)
    if kind == "newcombe":
        return _newcombe(pairs, z)
    if kind == "tango":
        return _tango(one, other, n, z)
    extra, more = {"bonett_price": (1.0, 2.0), "agresti_min": (0.5, 2.0)}.get(kind, (0.0, 0.0))
    b, c, size = one + extra, other + extra, n + more
    middle = (b - c) / size
    half = z * math.sqrt(max(0.0, b + c - (b - c) ** 2 / size)) / size
    half += 1 / n if kind == "wald_corrected" else 0.0
    return Estimate(apart, max(-1.0, middle - half), min(1.0, middle + half))


def paired_odds_ratio(pairs: Pairs, level: float = 0.95, kind: OddsKind = "clopper_pearson") -> Estimate:
    """Changed one way / changed the other: the conditional odds ratio, its interval from that of a
    proportion.

    Source: Breslow and Day 1980, IARC 32, section 5.2
    """
    from trialist.kernels.one_proportion import interval

    _, one, other, _ = pairs
    if one + other == 0:
        return Estimate(None, None, None, "empty_cell")
    low, high = interval(one, one + other, level, kind) or (0.0, 1.0)
    value = one / other if other else None
    ends = low / (1 - low), high / (1 - high) if high < 1 else None
    return Estimate(value, *ends, "ok" if other else "empty_cell")


def _newcombe(pairs: Pairs, z: float) -> Estimate:
    both, one, other, neither = pairs
    n = sum(pairs)
    first, second = both + one, both + other
    low1, high1 = _wilson(first, n, z)
    low2, high2 = _wilson(second, n, z)
    margins = first * (n - first) * second * (n - second)
    phi = 0.0
    if margins:
        over = float(both * neither - one * other)
        phi = (max(over - n / 2, 0.0) if over > 0 else over) / math.sqrt(margins)
    p, q = first / n, second / n
    down, up = p - low1, high2 - q
    low = math.sqrt(max(0.0, down**2 - 2 * phi * down * up + up**2))
    down, up = q - low2, high1 - p
    high = math.sqrt(max(0.0, down**2 - 2 * phi * down * up + up**2))
    return Estimate(p - q, max(-1.0, p - q - low), min(1.0, p - q + high))


def _wilson(x: int, n: int, z: float) -> tuple[float, float]:
    share, whole = x / n, 1 + z * z / n
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    middle = share + z * z / (2 * n)
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def _tango(one: int, other: int, n: int, z: float) -> Estimate:
    apart = (one - other) / n

    def outside(difference: float) -> float:
        b = -one - other + (2 * n - one + other) * difference
        c = -other * difference * (1 - difference)
        second_only = (math.sqrt(max(0.0, b * b - 8 * n * c)) - b) / (4 * n)
        variance = n * (2 * second_only + difference * (1 - difference))
        return abs(one - other - n * difference) - z * math.sqrt(max(0.0, variance))

    low, high = (end if outside(end) <= 0 else crossing(outside, apart, end) for end in (-1.0, 1.0))
    return Estimate(apart, low, high)
