"""Two samples by ranks: the rank-sum test, the shift of Hodges and Lehmann, and P(X > Y) + P(X = Y) / 2."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.bisection import bisected
from trialist.kernels.counts import Floats, tied_values
from trialist.kernels.normal import half_width
from trialist.kernels.rank import Exact, average_ranks

EXACT_BELOW = 50
EXACT_WORK = 4e8
ALL_DIFFERENCES = 1_000_000


@dataclass(frozen=True, slots=True)
class RankSum:
    """`w` is the number of pairs in which the first sample is greater, ties counted half (R's W).

    p_value       two-sided; p_greater: the first sample tends to be greater, p_less: smaller
    shift         median of all differences first - second, with its interval and the level that it has
    exact         whether p is exact; `interval_exact`: whether the interval is; corrected: for continuity
    status        ok; too_few: an empty sample; constant: all values are tied
    """

    status: Literal["ok", "too_few", "constant"]
    n: tuple[int, int]
    w: float | None = None
    p_value: float | None = None
    p_greater: float | None = None
    p_less: float | None = None
    shift: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    exact: bool = False
    interval_exact: bool = False
    corrected: bool = False


def rank_sum(
    first: ArrayLike,
    second: ArrayLike,
    *,
    exact: Exact = "auto",
    correct: bool = True,
    level: float = 0.95,
) -> RankSum:
    """Wilcoxon's rank-sum (Mann-Whitney) test of two samples, with the shift between them.

    Exact `auto` as R's wilcox.test: both samples below 50 and no ties. `yes`: the permutation distribution
    of the midranks, with ties too (two-sided by the distance from its mean, as R's coin), as long as the
    work allows (about 85 in each sample). Else the normal approximation with the variance for ties. The
    interval of the shift inverts the exact test without ties, else the approximation. Values equal up to
    1e-9 of their mean size are ties. Nothing is computed for all pairs of large samples.
    Source: Mann and Whitney 1947, Ann Math Stat 18:50; Hodges and Lehmann 1963, Ann Math Stat 34:598;
    Streitberg and Roehmel 1986, Stat Software Newsletter 12:10 (shift algorithm)
    """
    x, y = _both(first, second)
    n, m = int(x.size), int(y.size)
    if n == 0 or m == 0:
        return RankSum("too_few", (n, m))
    ranks = average_ranks(np.concatenate([x, y]))
    w = float(ranks[:n].sum()) - n * (n + 1) / 2
    variance, tied = _variance(x, y)
    if variance <= 0:
        return RankSum("constant", (n, m), w)
    small = max(n, m) < EXACT_BELOW and not tied
    wanted = small if exact == "auto" else exact == "yes"
    wanted = wanted and _work(n, m) <= EXACT_WORK
    differences = _Differences(x, y)
    shift = differences.median()
    if wanted:
        scores = np.rint(2 * ranks).astype(np.int64)
        fewer = min(n, m)  # the sums of both samples add up to a constant: that of fewer scores will do
        chance = subset_distribution(scores, fewer)
        mine = scores[:n] if n <= m else scores[n:]
        two, *sides = _exact_tails(chance, int(mine.sum()), float(scores.sum()) * fewer / (n + m))
        greater, less = sides if n <= m else sides[::-1]
    else:
        two, greater, less = _normal_tails(w - n * m / 2, variance, correct)
    ends: tuple[float | None, float | None, float]
    if wanted and not tied:
        ends = _exact_ends(chance, differences, level)
    else:
        ends = (*_approximate_ends(x, y, differences, level, correct), level)
    return RankSum(
        "ok", (n, m), w, two, greater, less, shift, *ends, wanted, wanted and not tied, correct and not wanted
    )


def subset_distribution(scores: Floats | np.ndarray, n: int) -> Floats:
    """P(sum = s) of the scores (whole numbers from 0) of a random subset of `n`, for s = 0, 1, ..."""
    scores = np.asarray(scores, dtype=np.int64)
    top = int(np.sort(scores)[-n:].sum()) if n else 0
    ways = np.zeros((n + 1, top + 1))
    ways[0, 0] = 1.0
    for taken, score in enumerate(scores.tolist()):
        most = min(n, taken + 1)
        # numpy evaluates the right side first, so a score is taken once
        ways[1 : most + 1, score:] += ways[:most, : top + 1 - score].copy()
    return np.asarray(ways[n] / ways[n].sum())


def _exact_tails(chance: Floats, at: int, mean: float) -> tuple[float, float, float]:
    places = np.arange(chance.size)
    apart = abs(at - mean)
    two = float(chance[np.abs(places - mean) >= apart - 1e-9].sum())
    return min(1.0, two), min(1.0, float(chance[at:].sum())), min(1.0, float(chance[: at + 1].sum()))


def _normal_tails(apart: float, variance: float, correct: bool) -> tuple[float, float, float]:
    sd = math.sqrt(variance)
    half = 0.5 * correct
    z = (apart - math.copysign(half, apart) * (apart != 0)) / sd
    greater = 0.5 * math.erfc((apart - half) / sd / math.sqrt(2))
    less = 0.5 * math.erfc(-(apart + half) / sd / math.sqrt(2))
    return min(1.0, math.erfc(abs(z) / math.sqrt(2))), greater, less


def _work(n: int, m: int) -> float:
    """Additions of the shift algorithm."""
    fewer = min(n, m)
    return 2.0 * (n + m) * fewer * (n * m + fewer**2)


def _both(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    pooled = tied_values(np.concatenate([x, y]))
    return pooled[: x.size], pooled[x.size :]


def _variance(x: Floats, y: Floats) -> tuple[float, bool]:
    """Variance of W over permutations, and whether values are tied."""
    n, m = x.size, y.size
    _, count = np.unique(np.concatenate([x, y]), return_counts=True)
    ties = float(np.sum(count.astype(float) ** 3 - count))
    whole = n + m
    if whole < 2:
        return 0.0, False
    return n * m / 12 * (whole + 1 - ties / (whole * (whole - 1))), bool(count.max() > 1)


# --- differences ----------------------------------------------------------------------------------------


class _Differences:
    """The n x m differences x - y in rising order, found by counting where they are too many to store."""

    def __init__(self, x: Floats, y: Floats) -> None:
        self.x, self.y = np.sort(x), np.sort(y)
        self.size = self.x.size * self.y.size
        few = self.size <= ALL_DIFFERENCES
        self.all = np.sort(np.subtract.outer(self.x, self.y).ravel()) if few else None

    def median(self) -> float:
        half = self.size // 2
        return self.at(half) if self.size % 2 else (self.at(half - 1) + self.at(half)) / 2

    def at(self, place: int) -> float:
        """The difference at a place, counted from 0."""
        if self.all is not None:
            return float(self.all[place])
        low, high = float(self.x[0] - self.y[-1]), float(self.x[-1] - self.y[0])

        def at_most(shift: float) -> bool:
            return self._up_to(shift) <= place

        return self.nearest(bisected(at_most, low - abs(low) * 1e-12 - 1e-300, high))

    def _up_to(self, shift: float) -> int:
        """How many differences are at most `shift`."""
        return int(self.y.size * self.x.size - np.searchsorted(self.y, self.x - shift, side="left").sum())

    def nearest(self, shift: float) -> float:
        """The difference that is `shift` up to rounding; `shift` itself where none is."""
        place = np.clip(np.searchsorted(self.y, self.x - shift), 1, max(self.y.size - 1, 1))
        place = np.minimum(place, self.y.size - 1)
        near = np.concatenate([self.x - self.y[place], self.x - self.y[np.maximum(place - 1, 0)]])
        chosen = float(near[np.argmin(np.abs(near - shift))])
        size = max(float(np.abs(self.x).max()), float(np.abs(self.y).max()))
        return chosen if abs(chosen - shift) <= 1e-9 * size else shift


def _exact_ends(chance: Floats, differences: _Differences, level: float) -> tuple[float, float, float]:
    """Ends at order statistics of the differences, as R's wilcox.test, and the level that they have."""
    first = int(np.flatnonzero(chance)[0])
    at_most = np.cumsum(chance[first::2])  # doubled ranks without ties: every second sum
    tail = (1 - level) / 2
    cut = max(1, int(np.searchsorted(at_most, tail * (1 - 1e-12), side="left")))
    reached = 2 * float(at_most[cut - 1])
    kept = level if reached - 2 * tail <= tail else 1 - reached
    return differences.at(cut - 1), differences.at(differences.size - cut), kept


class _Shifted:
    """The standardised statistic of the first sample less a shift; falls as the shift rises."""

    def __init__(self, x: Floats, y: Floats) -> None:
        self.x, self.of_x = np.unique(x, return_counts=True)
        self.y, self.of_y = np.unique(y, return_counts=True)
        self.pairs, self.whole = float(x.size * y.size), float(x.size + y.size)
        self.below = np.concatenate([[0], np.cumsum(self.of_y)])
        self.ties = _cubes(self.of_x) + _cubes(self.of_y)

    def at(self, shift: float, correct: bool) -> float:
        moved = self.x - shift
        left, right = (np.searchsorted(self.y, moved, side=side) for side in ("left", "right"))
        w = float(self.of_x @ (self.below[left] + self.below[right])) / 2
        met = right > left  # values of both samples that are the same after the shift
        mine, theirs = self.of_x[met], self.of_y[left[met]]
        ties = self.ties + _cubes(mine + theirs) - _cubes(mine) - _cubes(theirs)
        variance = self.pairs / 12 * (self.whole + 1 - ties / (self.whole * (self.whole - 1)))
        apart = w - self.pairs / 2
        apart -= float(np.sign(apart)) * 0.5 * correct
        return apart / math.sqrt(variance) if variance > 0 else 0.0


def _cubes(count: np.ndarray) -> float:
    t = count.astype(float)
    return float((t**3 - t).sum())


def _approximate_ends(
    x: Floats, y: Floats, differences: _Differences, level: float, correct: bool
) -> tuple[float | None, float | None]:
    """Where the approximate test turns; None where no shift is rejected on that side."""
    bound = half_width(level)
    least, most = float(x.min() - y.max()), float(x.max() - y.min())
    margin = 1e-9 * max(abs(least), abs(most), 1e-300)
    shifted = _Shifted(x, y)

    def falls_to(edge: float) -> float:
        end = bisected(lambda shift: shifted.at(shift, correct) > edge, least - margin, most + margin)
        return differences.nearest(end)

    if shifted.at(least, correct) < bound or shifted.at(most, correct) > -bound:
        return None, None
    return falls_to(bound), falls_to(-bound)


# --- the probabilistic index ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProbabilisticIndex:
    """P(X > Y) + P(X = Y) / 2 with the interval asked for, and Brunner and Munzel's test that it is 1/2.

    status   ok; too_few: fewer than two values in a sample; separated: no value of one sample lies among
             those of the other, so that Brunner and Munzel's variance is 0 (Newcombe's interval exists)
    """

    status: Literal["ok", "too_few", "separated"]
    n: tuple[int, int]
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    t: float | None = None
    df: float | None = None
    p_value: float | None = None
    p_greater: float | None = None
    p_less: float | None = None


def probabilistic_index(
    first: ArrayLike,
    second: ArrayLike,
    *,
    interval: Literal["newcombe", "brunner_munzel"] = "newcombe",
    level: float = 0.95,
) -> ProbabilisticIndex:
    """How often a value of the first sample is greater than one of the second.

    newcombe: the values that a test with the variance of exponential distributions accepts (Newcombe's
    method 5); brunner_munzel: estimate and t quantile times its error, cut at 0 and 1.
    Source: Brunner and Munzel 2000, Biometrical J 42:17; Newcombe 2006, Stat Med 25:559
    """
    from scipy.special import stdtr, stdtrit

    x, y = _both(first, second)
    n, m = int(x.size), int(y.size)
    if n == 0 or m == 0:
        return ProbabilisticIndex("too_few", (n, m))
    pooled = average_ranks(np.concatenate([x, y]))
    estimate = (float(pooled[:n].mean()) - (n + 1) / 2) / m
    ends: tuple[float | None, float | None] = (None, None)
    if interval == "newcombe":
        ends = newcombe_interval(estimate, n, m, level)
    if min(n, m) < 2:
        return ProbabilisticIndex("too_few", (n, m), estimate, *ends)
    place = [pooled[:n] - average_ranks(x), pooled[n:] - average_ranks(y)]
    spread = [float(values.var(ddof=1)) for values in place]
    parts = n * spread[0] + m * spread[1]
    if parts <= 0:
        return ProbabilisticIndex("separated", (n, m), estimate, *ends)
    # in units of pairs: the variance of the estimate is spread_x / (n m^2) + spread_y / (m n^2)
    error = math.sqrt(spread[0] / (n * m * m) + spread[1] / (m * n * n))
    df = parts**2 / ((n * spread[0]) ** 2 / (n - 1) + (m * spread[1]) ** 2 / (m - 1))
    t = (estimate - 0.5) / error
    if interval == "brunner_munzel":
        half = float(stdtrit(df, 0.5 + level / 2)) * error
        ends = max(0.0, estimate - half), min(1.0, estimate + half)
    two, greater, less = 2 * float(stdtr(df, -abs(t))), float(stdtr(df, -t)), float(stdtr(df, t))
    low, high = ends
    return ProbabilisticIndex("ok", (n, m), estimate, low, high, t, df, two, greater, less)


def newcombe_interval(estimate: float, n: int, m: int, level: float = 0.95) -> tuple[float, float]:
    """The values whose distance from the estimate is the normal quantile times their error (method 5)."""
    z = half_width(level)
    size = (n + m) / 2 - 1

    def accepted(index: float) -> bool:
        spread = 1 + size * ((1 - index) / (2 - index) + index / (1 + index))
        return (estimate - index) ** 2 <= z * z * index * (1 - index) * spread / (n * m)

    low = bisected(lambda index: not accepted(index), 0.0, estimate) if estimate > 0 else 0.0
    high = bisected(accepted, estimate, 1.0) if estimate < 1 else 1.0
    return low, high


# --- several samples --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KruskalWallis:
    """H, corrected for ties, with its chi-square approximation. Statuses as of `RankSum`."""

    status: Literal["ok", "too_few", "constant"]
    h: float | None = None
    df: int | None = None
    p_value: float | None = None


def kruskal_wallis(values: ArrayLike, group: ArrayLike, groups: int) -> KruskalWallis:
    """Whether one of several samples tends to greater values, as R's kruskal.test.

    Source: Kruskal and Wallis 1952, JASA 47:583
    """
    from scipy.special import chdtrc

    x = tied_values(np.asarray(values, dtype=float))
    which = np.asarray(group, dtype=np.int64)
    n = np.bincount(which, minlength=groups)
    if groups < 2 or bool((n < 1).any()):
        return KruskalWallis("too_few")
    ranks = average_ranks(x)
    whole = float(x.size)
    sums = np.bincount(which, weights=ranks, minlength=groups)
    _, count = np.unique(x, return_counts=True)
    ties = 1 - float(np.sum(count.astype(float) ** 3 - count)) / (whole**3 - whole)
    if ties <= 0:
        return KruskalWallis("constant")
    apart = float(((sums / n - (whole + 1) / 2) ** 2 * n).sum())
    h = 12 * apart / (whole * (whole + 1)) / ties
    return KruskalWallis("ok", h, groups - 1, float(chdtrc(groups - 1, h)))
