"""Ordered arms and ordered answers: trend of proportions, rank sums of categories, Jonckheere and
Terpstra."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialist.kernels.normal import half_width

Floats = NDArray[np.float64]
Alternative = Literal["two_sided", "greater", "less"]


@dataclass(frozen=True, slots=True)
class Ordered:
    """z with its p value. None: nothing to test."""

    z: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True)
class Superiority:
    """P(first > second) + P(equal) / 2 of ordered answers, its interval, and the rank sum test.

    None: no estimate (an arm is empty), no interval (no overlap of the arms), no test (all answers equal)
    """

    value: float | None
    low: float | None
    high: float | None
    z: float | None
    p_value: float | None


def cochran_armitage(
    responders: ArrayLike,
    n: ArrayLike,
    scores: ArrayLike | None = None,
    alternative: Alternative = "two_sided",
) -> Ordered:
    """Whether proportions rise or fall with the score of the arm (R prop.trend.test: z squared).

    `scores` are 1, 2, ... when left out; `greater` is a rise.
    Source: Cochran 1954, Biometrics 10:417; Armitage 1955, Biometrics 11:375
    """
    yes, size = np.asarray(responders, dtype=float), np.asarray(n, dtype=float)
    score = np.arange(1.0, size.size + 1) if scores is None else np.asarray(scores, dtype=float)
    whole = float(size.sum())
    if whole == 0:
        return Ordered(None, None)
    share = float(yes.sum()) / whole
    middle = float(size @ score) / whole
    variance = share * (1 - share) * float(size @ (score - middle) ** 2)
    if variance <= 0:
        return Ordered(None, None)
    return _tested(float(yes @ (score - middle)) / math.sqrt(variance), alternative)


def rank_sum(
    first: ArrayLike, second: ArrayLike, level: float = 0.95, alternative: Alternative = "two_sided"
) -> Superiority:
    """Wilcoxon's rank sum test of two arms whose subjects are counted by ordered category, worst first.

    Mid-ranks, variance for ties, no continuity correction (coin's wilcox_test; R wilcox.test(exact = FALSE,
    correct = FALSE)). The interval is that of Brunner and Munzel's variance on the logit scale.
    Source: Wilcoxon 1945; Mann and Whitney 1947; Brunner and Munzel 2000, Biom J 42:17
    """
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n, m = float(x.sum()), float(y.sum())
    if not (n and m):
        return Superiority(None, None, None, None, None)
    below_y = (np.cumsum(y) - y / 2) / m  # share of the second arm below each category
    below_x = (np.cumsum(x) - x / 2) / n
    value = float(x @ below_y) / n
    both, whole = x + y, n + m
    variance = n * m * (whole + 1 - float(np.sum(both**3 - both)) / (whole * (whole - 1))) / 12
    test = Ordered(None, None)
    if variance > 1e-12 * whole**3:
        test = _tested((value - 0.5) * n * m / math.sqrt(variance), alternative)
    low = high = None
    if n > 1 and m > 1 and 0 < value < 1:
        spread_x = float(x @ (below_y - value) ** 2) / (n - 1)
        spread_y = float(y @ (below_x - (1 - value)) ** 2) / (m - 1)
        half = half_width(level) * math.sqrt(spread_x / n + spread_y / m)
        half, middle = half / (value * (1 - value)), math.log(value / (1 - value))
        if half > 0:
            low, high = 1 / (1 + math.exp(half - middle)), 1 / (1 + math.exp(-half - middle))
    return Superiority(value, low, high, test.z, test.p_value)


def jonckheere_terpstra(table: ArrayLike, alternative: Alternative = "two_sided") -> Ordered:
    """Whether ordered answers (columns, worst first) rise over ordered arms (rows); `greater` is a rise.

    Normal approximation with the variance for ties, no continuity correction.
    Source: Jonckheere 1954, Biometrika 41:133; Terpstra 1952; ties: Hollander, Wolfe and Chicken 2014,
    section 6.2
    """
    counts = np.asarray(table, dtype=float)
    n, t = counts.sum(axis=1), counts.sum(axis=0)
    whole = float(n.sum())
    if whole < 2:
        return Ordered(None, None)
    earlier = np.cumsum(counts, axis=0) - counts
    below = np.cumsum(earlier, axis=1) - earlier / 2
    gap = float(np.sum(counts * below)) - (whole**2 - float(n @ n)) / 4

    def second(k: Floats | float) -> float:
        return float(np.sum(k * (k - np.asarray(1.0))))

    def third(k: Floats) -> float:
        return float(np.sum(k * (k - 1) * (k - 2)))

    def sizes(k: Floats | float) -> float:
        return float(np.sum(k * (k - np.asarray(1.0)) * (2 * k + np.asarray(5.0))))

    variance = (sizes(whole) - sizes(n) - sizes(t)) / 72
    if whole > 2:
        variance += third(n) * third(t) / (36 * whole * (whole - 1) * (whole - 2))
    variance += second(n) * second(t) / (8 * whole * (whole - 1))
    if variance <= 1e-9 * whole**2:
        return Ordered(None, None)
    return _tested(gap / math.sqrt(variance), alternative)


def _tested(z: float, alternative: Alternative) -> Ordered:
    from scipy.special import ndtr

    if alternative == "two_sided":
        return Ordered(z, float(2 * ndtr(-abs(z))))
    return Ordered(z, float(ndtr(-z if alternative == "greater" else z)))
