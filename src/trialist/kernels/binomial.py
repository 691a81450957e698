"""One proportion and two: intervals and tests from numbers of responders."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialist.kernels.normal import half_width

ProportionInterval = Literal["clopper_pearson", "wilson", "wald"]


@dataclass(frozen=True, slots=True)
class Test:
    """A p value with its statistic, where the test has one. None: the table leaves nothing to test."""

    p_value: float | None
    statistic: float | None = None


def proportion_interval(
    responders: int, n: int, level: float = 0.95, kind: ProportionInterval = "clopper_pearson"
) -> tuple[float, float]:
    """The interval of a proportion of `n` >= 1 subjects.

    clopper_pearson  exact, from beta quantiles (R binom.test). Source: Clopper and Pearson 1934
    wilson           score, no continuity correction (R prop.test, correct = FALSE). Source: Wilson 1927
    wald             p +- z sqrt(p(1-p)/n), cut at 0 and 1
    """
    share = responders / n
    tail = (1 - level) / 2
    if kind == "clopper_pearson":
        from scipy.special import betaincinv

        low = float(betaincinv(responders, n - responders + 1, tail)) if responders > 0 else 0.0
        high = float(betaincinv(responders + 1, n - responders, 1 - tail)) if responders < n else 1.0
        return low, high
    z = NormalDist().inv_cdf(1 - tail)
    if kind == "wilson":
        middle = share + z * z / (2 * n)
        half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        whole = 1 + z * z / n
        return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)
    half = z * math.sqrt(share * (1 - share) / n)
    return max(0.0, share - half), min(1.0, share + half)


def chi_square(
    responders: tuple[int, int], n: tuple[int, int], *, correct: bool, n_minus_1: bool = False
) -> Test:
    """Pearson's chi-square of a 2 x 2 table, with Yates' correction or without (R prop.test, chisq.test).

    With `n_minus_1` times (N - 1) / N. Source: Campbell 2007, Stat Med 26:3661 (E. Pearson 1947)
    """
    a, b = responders
    c, d = n[0] - a, n[1] - b
    margins = n[0] * n[1] * (a + b) * (c + d)
    if margins == 0:
        return Test(None)
    whole = n[0] + n[1]
    gap = abs(a * d - b * c) / whole  # |observed - expected|, the same in every cell
    if correct:
        gap = max(0.0, gap - 0.5)
    statistic = gap * gap * whole**3 / margins
    if n_minus_1:
        statistic *= (whole - 1) / whole
    from scipy.special import chdtrc

    return Test(float(chdtrc(1, statistic)), statistic)


def fisher_exact(responders: tuple[int, int], n: tuple[int, int]) -> Test:
    """Two-sided Fisher's exact test: all tables as likely as the one seen, or less, as R's fisher.test."""
    if min(n) == 0:
        return Test(None)
    from trialist.kernels.exact_two_by_two import fisher

    p_value = fisher([responders], [n])
    return Test(1.0 if p_value is None else p_value)


def risk_difference(
    responders: tuple[int, int], n: tuple[int, int], level: float = 0.95
) -> tuple[float, float, float]:
    """First proportion less the second, with the Wald interval cut at -1 and 1.

    As R's prop.test(correct = FALSE) of two groups; each group has at least one subject.
    """
    first, second = responders[0] / n[0], responders[1] / n[1]
    half = half_width(level) * math.sqrt(first * (1 - first) / n[0] + second * (1 - second) / n[1])
    apart = first - second
    return apart, max(-1.0, apart - half), min(1.0, apart + half)


def odds_ratio(
    responders: tuple[int, int], n: tuple[int, int], level: float = 0.95
) -> tuple[float, float, float] | None:
    """Sample odds ratio, first against second, with Woolf's interval; None when a cell is empty.

    Source: Woolf 1955, Annals of Human Genetics 19:251.
    """
    a, b = responders
    c, d = n[0] - a, n[1] - b
    if min(a, b, c, d) == 0:
        return None
    middle = math.log(a * d / (b * c))
    half = half_width(level) * math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return math.exp(middle), math.exp(middle - half), math.exp(middle + half)


def binomial_probabilities(n: int, p: float) -> NDArray[np.float64]:
    """P(X = 0), ..., P(X = n) of a binomial (n, p)."""
    from scipy.special import xlog1py, xlogy

    k = np.arange(n + 1)
    return np.asarray(np.exp(log_choose(n, k) + xlogy(k, p) + xlog1py(n - k, -p)))


def hypergeometric_probabilities(seen: ArrayLike, n1: int, n0: int, total: int) -> NDArray[np.float64]:
    """Probabilities of `seen` (all possible) responders among `n1`, given `total` among n1 + n0."""
    k = np.asarray(seen)
    chance = np.exp(log_choose(n1, k) + log_choose(n0, total - k) - log_choose(n1 + n0, total))
    return np.asarray(chance / chance.sum())


def log_choose(n: Any, k: Any) -> Any:
    """Logarithm of the number of ways to choose k of n; element by element."""
    from scipy.special import gammaln

    return gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
