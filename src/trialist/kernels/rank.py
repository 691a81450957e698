"""Rank tests: Wilcoxon's signed rank with its pseudo-median, and Spearman's correlation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.bisection import bisected
from trialist.kernels.counts import Floats, tied_values

Exact = Literal["auto", "yes", "no"]
SIGNED_RANK_EXACT_BELOW = 50
SIGNED_RANK_EXACT_AT_MOST = 1000
SPEARMAN_EXACT_UP_TO = 9
SPEARMAN_EDGEWORTH_UP_TO = 1290


def average_ranks(values: ArrayLike) -> Floats:
    """Ranks from 1; tied values share the mean of their ranks."""
    _, where, count = np.unique(np.asarray(values, dtype=float), return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray(((2 * last - count + 1) / 2)[where], dtype=np.float64)


# --- Wilcoxon ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignedRank:
    """`statistic` is V, the sum of the ranks of positive changes; `pseudo_median` is Hodges and Lehmann's.

    n        changes other than 0, which alone are used; `zeros` were left out
    exact    whether p and interval are exact (`corrected`: the approximation was continuity-corrected)
    level    level of the interval; lower than asked where so few changes allow no better
    status   ok; too_few: no change other than 0
    """

    status: Literal["ok", "too_few"]
    n: int
    zeros: int
    statistic: float | None = None
    p_value: float | None = None
    pseudo_median: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    exact: bool = False
    corrected: bool = False


def signed_rank(
    changes: ArrayLike, *, exact: Exact = "auto", correct: bool = True, level: float = 0.95
) -> SignedRank:
    """Wilcoxon's signed rank test of the changes against 0, two-sided, as R's wilcox.test(paired = TRUE).

    Changes of 0 are dropped. Exact below 50 changes when none was dropped and none are tied ("yes": also
    from 50 to 1000), else the normal approximation with the variance for ties. The pseudo-median is the
    median of the Walsh averages; its interval inverts the test used. Sizes equal up to 1e-9 of their
    mean are ties. Source: Wilcoxon 1945, Biometrics Bulletin 1:80; Hollander, Wolfe and Chicken 2014,
    section 3.
    """
    given = np.asarray(changes, dtype=float)
    x = given[given != 0]
    x = np.sign(x) * tied_values(np.abs(x))
    n, zeros = int(x.size), int(given.size - x.size)
    if n == 0:
        return SignedRank("too_few", 0, zeros)
    v, variance, tied = _sums(x)
    middle = (_falls_to(x, 0.0, strict=True) + _falls_to(x, 0.0, strict=False)) / 2
    wanted = n < SIGNED_RANK_EXACT_BELOW if exact == "auto" else exact == "yes"
    wanted = wanted and n <= SIGNED_RANK_EXACT_AT_MOST
    if wanted and not tied and zeros == 0:
        at_most = np.cumsum(_signed_rank_probabilities(n))
        whole = n * (n + 1) // 2
        low_side = int(min(v, whole - v))
        p_value = min(1.0, 2 * float(at_most[low_side]))
        tail = (1 - level) / 2
        cut = max(1, int(np.searchsorted(at_most, tail * (1 - 1e-12), side="left")))
        averages = _walsh(x)
        reached = 2 * float(at_most[cut - 1])
        kept = level if reached - 2 * tail <= tail else 1 - reached
        ends = float(averages[cut - 1]), float(averages[whole - cut])
        return SignedRank("ok", n, zeros, v, p_value, middle, *ends, kept, True, False)
    z = v - n * (n + 1) / 4
    z -= float(np.sign(z)) * 0.5 * correct
    normal = NormalDist()
    p_value = min(1.0, math.erfc(abs(z) / math.sqrt(2 * variance)))
    bound = normal.inv_cdf(0.5 + level / 2)
    ends_or_none = _approximate_ends(x, bound, correct)
    return SignedRank("ok", n, zeros, v, p_value, middle, *ends_or_none, level, False, correct)


def _sums(x: Floats) -> tuple[float, float, bool]:
    """V, its variance with the correction for ties, and whether absolute changes are tied."""
    size = np.abs(x)
    ranks = average_ranks(size)
    n = x.size
    _, count = np.unique(size, return_counts=True)
    ties = float(np.sum(count.astype(float) ** 3 - count))
    variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48
    return float(ranks[x > 0].sum()), variance, bool(count.max() > 1)


def _walsh(x: Floats) -> Floats:
    """All averages of two changes, each with itself too, sorted: n (n + 1) / 2 of them."""
    first, second = np.triu_indices(x.size)
    return np.sort((x[first] + x[second]) / 2)


def _signed_rank_probabilities(n: int) -> Floats:
    """P(V = 0), P(V = 1), ... for n untied changes, by adding one rank after another."""
    chance = np.zeros(n * (n + 1) // 2 + 1)
    chance[0] = 1.0
    top = 0
    for rank in range(1, n + 1):
        top += rank
        moved = np.zeros(top + 1)
        moved[rank:] = chance[: top - rank + 1]
        chance[: top + 1] = (chance[: top + 1] + moved) / 2
    return chance


def _standardised(x: Floats, shift: float, correct: bool) -> float:
    """The test statistic of the changes less `shift`; falls as `shift` rises. 0 when nothing is left."""
    moved = x - shift
    moved = moved[moved != 0]
    if moved.size == 0:
        return 0.0
    v, variance, _ = _sums(moved)
    apart = v - moved.size * (moved.size + 1) / 4
    apart -= float(np.sign(apart)) * 0.5 * correct
    return apart / math.sqrt(variance) if variance > 0 else 0.0


def _falls_to(x: Floats, bound: float, *, strict: bool, correct: bool = False) -> float:
    """The shift at which the statistic comes down to `bound` (strict: to below it)."""

    def above(shift: float) -> bool:
        value = _standardised(x, shift, correct)
        return value >= bound if strict else value > bound

    return _walsh_average_at(x, bisected(above, float(x.min()), float(x.max())))


def _walsh_average_at(x: Floats, shift: float) -> float:
    """The average of two changes that is `shift` up to rounding: the statistic jumps nowhere else."""
    ordered = np.sort(x)
    wanted = 2 * shift - ordered
    right = np.clip(np.searchsorted(ordered, wanted), 1, ordered.size - 1) if ordered.size > 1 else 0
    averages = (np.stack([ordered[right], ordered[right - 1]]) + ordered) / 2
    nearest = averages.ravel()[np.argmin(np.abs(averages - shift))]
    close = abs(nearest - shift) <= 1e-9 * float(np.abs(x).max())
    return float(nearest) if close else shift


def _approximate_ends(x: Floats, bound: float, correct: bool) -> tuple[float | None, float | None]:
    """Ends of the interval from the normal approximation; None where no shift is rejected on that side."""
    if (
        _standardised(x, float(x.min()), correct) < bound
        or _standardised(x, float(x.max()), correct) > -bound
    ):
        return None, None
    return (
        _falls_to(x, bound, strict=False, correct=correct),
        _falls_to(x, -bound, strict=False, correct=correct),
    )


# --- Spearman ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spearman:
    """`rho` and its two-sided p value; `how`: exact, edgeworth (AS 89) or t.

    status   ok; too_few: fewer than three pairs; constant: one of the two does not vary
    """

    status: Literal["ok", "too_few", "constant"]
    n: int
    rho: float | None = None
    p_value: float | None = None
    how: Literal["exact", "edgeworth", "t"] | None = None


def spearman(first: ArrayLike, second: ArrayLike, *, exact: Exact = "auto") -> Spearman:
    """Spearman's rank correlation, as R's cor.test(method = "spearman").

    Without ties: exact up to 9 pairs, the Edgeworth series AS 89 up to 1290, else t; with ties, or with
    exact "no": t with n - 2 degrees of freedom. Values equal up to 1e-9 of their mean size are ties.
    Source: Best and Roberts 1975, Applied Statistics 24:377.
    """
    x, y = average_ranks(_near_ties(first)), average_ranks(_near_ties(second))
    n = int(x.size)
    if n < 3:
        return Spearman("too_few", n)
    x, y = x - x.mean(), y - y.mean()
    spread = float((x @ x) * (y @ y))
    if spread == 0:
        return Spearman("constant", n)
    rho = max(-1.0, min(1.0, float(x @ y) / math.sqrt(spread)))
    tied = np.unique(x).size < n or np.unique(y).size < n
    if exact == "no" or tied or n > SPEARMAN_EDGEWORTH_UP_TO:
        from scipy.special import stdtr

        t = math.inf if abs(rho) == 1 else abs(rho) * math.sqrt((n - 2) / (1 - rho * rho))
        return Spearman("ok", n, rho, 2 * float(stdtr(n - 2, -t)) if math.isfinite(t) else 0.0, "t")
    distance = round((n**3 - n) * (1 - rho) / 6)  # sum of squared rank differences, an even number
    if n <= SPEARMAN_EXACT_UP_TO:
        chance = _distance_probabilities(n)
        tail = min(float(chance[: distance + 1].sum()), float(chance[distance:].sum()))
        return Spearman("ok", n, rho, min(1.0, 2 * tail), "exact")
    above = distance > (n**3 - n) / 6
    tail = _edgeworth_at_least(distance, n) if above else 1 - _edgeworth_at_least(distance + 2, n)
    return Spearman("ok", n, rho, min(1.0, max(0.0, 2 * tail)), "edgeworth")


def _near_ties(values: ArrayLike) -> Floats:
    return tied_values(np.asarray(values, dtype=float))


def _distance_probabilities(n: int) -> Floats:
    """P(S = s) of the sum of squared rank differences over all n! orders, by sets of ranks already given."""
    size = (n**3 - n) // 3 + 1
    ways = {0: np.eye(1, size)[0]}
    for place in range(n):
        after: dict[int, Floats] = {}
        for used, count in ways.items():
            for rank in range(n):
                if used >> rank & 1:
                    continue
                cost = (place - rank) ** 2
                moved = np.zeros(size)
                moved[cost:] = count[: size - cost]
                taken = used | 1 << rank
                after[taken] = after[taken] + moved if taken in after else moved
        ways = after
    total = ways[(1 << n) - 1]
    return np.asarray(total / total.sum())


def _edgeworth_at_least(distance: int, n: int) -> float:
    """P(S >= distance), by the Edgeworth series of AS 89 with its published coefficients."""
    b = 1 / n
    x = (6 * (distance - 1) * b / (n * n - 1) - 1) * math.sqrt(n - 1)
    y = x * x
    inner = 0.0879 + 0.0151 * b - y * (0.0072 - 0.0831 * b + y * b * (0.0131 - 4.6e-4 * y))
    series = (
        x
        * b
        * (0.2274 + b * (0.2531 + 0.1745 * b) + y * (-0.0758 + b * (0.1033 + 0.3932 * b) - y * b * inner))
    )
    tail = series / math.exp(y / 2) + 0.5 * math.erfc(x / math.sqrt(2))
    return min(1.0, max(0.0, tail))
