"""Paired changes by ranks where there are ties or zeros, and by their signs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, tied_values
from trialist.kernels.rank import average_ranks

MOST_EXACT = 1000


@dataclass(frozen=True, slots=True)
class SignedRankTest:
    """`statistic`: sum of the ranks of positive changes; p two-sided, and against changes at or below
    (above) 0.

    exact    whether p is exact
    status   ok; too_few: no change other than 0
    """

    status: Literal["ok", "too_few"]
    n: int
    zeros: int
    statistic: float | None = None
    z: float | None = None
    p_value: float | None = None
    p_greater: float | None = None
    p_less: float | None = None
    exact: bool = False


def signed_rank_test(
    changes: ArrayLike,
    *,
    zeros: Literal["dropped", "pratt"] = "dropped",
    exact: bool = True,
    correct: bool = False,
) -> SignedRankTest:
    """Wilcoxon's signed rank test with ties and zeros, as wilcoxsign_test of R's coin.

    Parameters
        zeros  dropped before ranks are given (Wilcoxon), or ranked with the others and then dropped (Pratt)
        exact  the distribution over all signs of the midranks (up to 1000 changes); else normal, `correct`:
               with half a rank of correction for continuity, as R's wilcox.test (z is without it, as in coin)
    Source: Wilcoxon 1945, Biometrics Bulletin 1:80; Pratt 1959, JASA 54:655; Streitberg and Roehmel 1986
    """
    given = np.asarray(changes, dtype=float)
    size = tied_values(np.abs(given))
    moved = given != 0
    n, none = int(moved.sum()), int((~moved).sum())
    if n == 0:
        return SignedRankTest("too_few", 0, none)
    ranks = average_ranks(size)[moved] if zeros == "pratt" else average_ranks(size[moved])
    positive = given[moved] > 0
    v = float(ranks[positive].sum())
    mean, variance = float(ranks.sum()) / 2, float(ranks @ ranks) / 4
    z = (v - mean) / math.sqrt(variance)
    if exact and n <= MOST_EXACT:
        scores = np.rint(2 * ranks).astype(np.int64)
        chance = _sums(scores)
        at = int(scores[positive].sum())
        least = min(at, int(scores.sum()) - at)
        two = min(1.0, 2 * float(chance[: least + 1].sum()))
        return SignedRankTest(
            "ok", n, none, v, z, two, float(chance[at:].sum()), float(chance[: at + 1].sum()), True
        )
    sd, half = math.sqrt(variance), 0.5 * correct
    nearer = (abs(v - mean) - half * (v != mean)) / sd
    greater, less = (v - mean - half) / sd, (v - mean + half) / sd
    return SignedRankTest(
        "ok",
        n,
        none,
        v,
        z,
        min(1.0, math.erfc(nearer / math.sqrt(2))),
        0.5 * math.erfc(greater / math.sqrt(2)),
        0.5 * math.erfc(-less / math.sqrt(2)),
    )


def _sums(scores: np.ndarray) -> Floats:
    """P(sum = s) of the scores that a fair coin keeps."""
    chance = np.zeros(int(scores.sum()) + 1)
    chance[0] = 1.0
    top = 0
    for score in np.sort(scores).tolist():
        top += score
        moved = np.zeros(top + 1)
        moved[score:] = chance[: top - score + 1]
        chance[: top + 1] = (chance[: top + 1] + moved) / 2
    return chance


@dataclass(frozen=True, slots=True)
class SignTest:
    """Changes above 0 of those other than 0, exact p, and the median of all changes with its interval.

    level    of the interval: at least the one asked for; None (and no ends) where there are too few changes
    status   ok; too_few: no change; no_sign: none other than 0 (the median exists)
    """

    status: Literal["ok", "too_few", "no_sign"]
    n: int
    zeros: int
    positive: int = 0
    median: float | None = None
    p_value: float | None = None
    p_greater: float | None = None
    p_less: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None


def sign_test(changes: ArrayLike, level: float = 0.95) -> SignTest:
    """The sign test, and the median between order statistics.

    Source: Dixon and Mood 1946, JASA 41:557; Hollander, Wolfe and Chicken 2014, section 3.5 and 3.6
    (interval)
    """
    from scipy.special import bdtr

    x = np.sort(np.asarray(changes, dtype=float))
    whole = int(x.size)
    if whole == 0:
        return SignTest("too_few", 0, 0)
    positive, negative = int((x > 0).sum()), int((x < 0).sum())
    n = positive + negative
    median = float(np.median(x))
    below = bdtr(np.arange(whole // 2 + 1), whole, 0.5)  # P(at most k of them lie below the median)
    cut = int(np.searchsorted(below, (1 - level) / 2 * (1 + 1e-12), side="right")) - 1
    ends: tuple[float | None, float | None, float | None] = (None, None, None)
    if cut >= 0:
        ends = float(x[cut]), float(x[whole - 1 - cut]), 1 - 2 * float(bdtr(cut, whole, 0.5))
    if n == 0:
        return SignTest("no_sign", 0, whole, 0, median, None, None, None, *ends)
    least = min(positive, negative)
    two = min(1.0, 2 * float(bdtr(least, n, 0.5)))
    greater = float(bdtr(n - positive, n, 0.5))
    less = float(bdtr(positive, n, 0.5))
    return SignTest("ok", n, whole - n, positive, median, two, greater, less, *ends)
