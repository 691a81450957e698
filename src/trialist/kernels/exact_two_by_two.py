"""Exact conditional inference for a 2 x 2 table, or for several that share one odds ratio.

Given both margins, responders of the first group have a noncentral hypergeometric distribution; the sum over
strata has the convolution of these. Everything works on its support and its logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.binomial import log_choose
from trialist.kernels.crossing import crossing

Floats = NDArray[np.float64]
Alternative = Literal["two_sided", "greater", "less"]
_AS_LIKELY = 1 + 1e-7  # as R's fisher.test


@dataclass(frozen=True, slots=True)
class ConditionalOdds:
    """Conditional maximum likelihood estimate with its interval.

    None: infinite (value, high), or nothing to learn from (value, with low 0 and high None)
    """

    value: float | None
    low: float
    high: float | None


@dataclass(frozen=True, slots=True)
class Conditional:
    """Support of the responders of the first group, log probabilities under an odds ratio of 1, those
    seen."""

    support: NDArray[np.int64]
    log_chance: Floats
    seen: int

    @property
    def at(self) -> int:
        return self.seen - int(self.support[0])

    def chance(self, log_odds: float) -> Floats:
        shifted = self.log_chance + log_odds * self.support
        weight = np.exp(shifted - shifted.max())
        return np.asarray(weight / weight.sum())


def conditional(x: Sequence[tuple[int, int]], n: Sequence[tuple[int, int]]) -> Conditional:
    """The conditional distribution of one table, or of the sum over several (one pair per stratum)."""
    low, seen = 0, 0
    log_chance: Floats = np.zeros(1)
    for (a, b), (n1, n2) in zip(x, n, strict=True):
        total = a + b
        support = np.arange(max(0, total - n2), min(n1, total) + 1)
        one = log_choose(n1, support) + log_choose(n2, total - support)
        log_chance = _convolved(log_chance, one - one.max())
        low, seen = low + int(support[0]), seen + a
    return Conditional(np.arange(low, low + log_chance.size), log_chance, seen)


def conditional_odds_ratio(
    x: tuple[int, int], n: tuple[int, int], level: float = 0.95, *, mid_p: bool = False
) -> ConditionalOdds:
    """Of one table: R's fisher.test; with `mid_p` half of the probability seen counts in each tail."""
    return common_odds_ratio([x], [n], level, mid_p=mid_p)


def common_odds_ratio(
    x: Sequence[tuple[int, int]], n: Sequence[tuple[int, int]], level: float = 0.95, *, mid_p: bool = False
) -> ConditionalOdds:
    """Of tables that share one odds ratio: R's mantelhaen.test(exact = TRUE).

    Source: Cornfield 1956, Proc 3rd Berkeley Symp 4:135; strata: Gart 1970, Biometrika 57:471
    """
    table = conditional(x, n)
    first, last = int(table.support[0]), int(table.support[-1])
    if first == last:
        return ConditionalOdds(None, 0.0, None)
    tail = (1 - level) / 2

    def mean(log_odds: float) -> float:
        return float(table.support @ table.chance(log_odds)) - table.seen

    def above(log_odds: float) -> float:
        chance = table.chance(log_odds)
        return float(chance[table.at :].sum()) - (chance[table.at] / 2 if mid_p else 0.0) - tail

    def below(log_odds: float) -> float:
        chance = table.chance(log_odds)
        return float(chance[: table.at + 1].sum()) - (chance[table.at] / 2 if mid_p else 0.0) - tail

    value = None if table.seen == last else 0.0 if table.seen == first else math.exp(_root(mean))
    low = 0.0 if table.seen == first else math.exp(_root(above))
    high = None if table.seen == last else math.exp(_root(below))
    return ConditionalOdds(value, low, high)


def fisher(
    x: Sequence[tuple[int, int]],
    n: Sequence[tuple[int, int]],
    alternative: Alternative = "two_sided",
    *,
    mid_p: bool = False,
) -> float | None:
    """Exact p value of an odds ratio of 1, in one table or in strata; None where only one table is possible.

    Two-sided: all as likely as the one seen, or less (R fisher.test). With `mid_p` half of the probability of
    the one seen is taken off. Source: Fisher 1935; mid-P: Lancaster 1961, JASA 56:223
    """
    table = conditional(x, n)
    if table.support.size == 1:
        return None
    chance = table.chance(0.0)
    mine = float(chance[table.at])
    if alternative == "two_sided":
        p = float(chance[chance <= mine * _AS_LIKELY].sum())
    else:
        p = float(chance[table.at :].sum() if alternative == "greater" else chance[: table.at + 1].sum())
    return min(1.0, p - mine / 2 if mid_p else p)


def _root(function: Callable[[float], float]) -> float:
    """The root of a monotone function of the log odds ratio."""
    step = 1.0
    while (function(-step) > 0) == (function(step) > 0) and step < 1e4:
        step *= 2
    return crossing(function, -step, step)


def _convolved(one: Floats, other: Floats) -> Floats:
    """log of the convolution of exp(one) and exp(other), each relative to its largest."""
    if one.size == 1:
        return np.asarray(other + one[0])
    whole = np.convolve(np.exp(one - one.max()), np.exp(other - other.max()))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(whole))
