"""Correlation of pairs: Pearson's and Kendall's with intervals, and the interval of Spearman's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, tied_values
from trialist.kernels.normal import half_width
from trialist.kernels.rank import Exact

KENDALL_EXACT_BELOW = 50
KENDALL_EXACT_AT_MOST = 150


@dataclass(frozen=True, slots=True)
class Correlation:
    """`r` with its interval and two-sided p; `statistic` is t (Pearson), T or z (Kendall).

    how      exact, edgeworth, normal or t; the interval is None with fewer than four pairs (Kendall: five)
    status   ok; too_few: fewer than three pairs (Kendall: two); constant: one of the two does not vary
    """

    status: Literal["ok", "too_few", "constant"]
    n: int
    r: float | None = None
    low: float | None = None
    high: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    how: Literal["exact", "edgeworth", "normal", "t"] | None = None


def pearson(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> Correlation:
    """Pearson's correlation with t and Fisher's interval, as R's cor.test.

    Source: Fisher 1921, Metron 1:3
    """
    from scipy.special import stdtr

    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n = int(x.size)
    if n < 3:
        return Correlation("too_few", n)
    size = [float(np.abs(values).max()) for values in (x, y)]
    x, y = x - x.mean(), y - y.mean()
    spread = [math.sqrt(float(values @ values)) for values in (x, y)]
    if any(part <= 1e-14 * whole * math.sqrt(n) for part, whole in zip(spread, size, strict=True)):
        return Correlation("constant", n)
    r = max(-1.0, min(1.0, float((x / spread[0]) @ (y / spread[1]))))
    low, high = fisher_interval(r, 1.0 / (n - 3) if n > 3 else None, level)
    if abs(r) == 1:
        return Correlation("ok", n, r, low, high, None, 0.0, "t")
    t = r * math.sqrt((n - 2) / ((1 - r) * (1 + r)))
    return Correlation("ok", n, r, low, high, t, 2 * float(stdtr(n - 2, -abs(t))), "t")


def fisher_interval(
    r: float, variance: float | None, level: float = 0.95
) -> tuple[float | None, float | None]:
    """The interval of a correlation by its inverse hyperbolic tangent; None without a variance."""
    if variance is None or variance <= 0:
        return None, None
    if abs(r) >= 1:
        return r, r
    half = half_width(level) * math.sqrt(variance)
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def spearman_interval(rho: float, n: int, level: float = 0.95) -> tuple[float | None, float | None]:
    """Fisher's interval with the variance (1 + rho^2 / 2) / (n - 3).

    Source: Bonett and Wright 2000, Psychometrika 65:23
    """
    return fisher_interval(rho, (1 + rho * rho / 2) / (n - 3) if n > 3 else None, level)


def kendall(
    first: ArrayLike, second: ArrayLike, *, exact: Exact = "auto", level: float = 0.95
) -> Correlation:
    """Kendall's tau-b, as R's cor.test(method = "kendall"): exact below 50 pairs without ties, else normal.

    Interval: Fisher's with the variance 0.437 / (n - 4). Values equal up to 1e-9 of their mean size are ties.
    Source: Kendall 1938, Biometrika 30:81; Knight 1966, JASA 61:436 (counting by sorting); Fieller, Hartley
    and Pearson 1957, Biometrika 44:470 (interval)
    """
    x = _codes(tied_values(np.asarray(first, dtype=float)))
    y = _codes(tied_values(np.asarray(second, dtype=float)))
    n = int(x.size)
    if n < 2:
        return Correlation("too_few", n)
    ties = [_tie_sums(values) for values in (x, y)]
    pairs = n * (n - 1) // 2
    if any(t[0] == pairs for t in ties):
        return Correlation("constant", n)
    order = np.lexsort((y, x))
    both = _tie_sums(_codes_of_pairs(x, y))[0]
    discordant = inversions(y[order])
    score = pairs - ties[0][0] - ties[1][0] + both - 2 * discordant
    tau = score / math.sqrt(pairs - ties[0][0]) / math.sqrt(pairs - ties[1][0])
    tau = max(-1.0, min(1.0, tau))
    low, high = fisher_interval(tau, 0.437 / (n - 4) if n > 4 else None, level)
    tied = ties[0][0] > 0 or ties[1][0] > 0
    wanted = n < KENDALL_EXACT_BELOW if exact == "auto" else exact == "yes" and n <= KENDALL_EXACT_AT_MOST
    if wanted and not tied:
        chance = _inversion_probabilities(n)
        concordant = pairs - discordant
        tail = min(float(chance[: concordant + 1].sum()), float(chance[concordant:].sum()))
        return Correlation("ok", n, tau, low, high, float(concordant), min(1.0, 2 * tail), "exact")
    variance = _kendall_variance(n, ties)
    z = score / math.sqrt(variance)
    return Correlation("ok", n, tau, low, high, z, math.erfc(abs(z) / math.sqrt(2)), "normal")


def inversions(values: ArrayLike) -> int:
    """Pairs in which the earlier value is strictly greater, by merging, without a loop over values."""
    codes = _codes(np.asarray(values, dtype=float))
    n = int(codes.size)
    width = 1 << max(n - 1, 0).bit_length()
    row = np.full(width, n, dtype=np.int64)  # what is added at the end is greater than everything
    row[:n] = codes
    found, block = 0, 1
    while block < width:
        rows = row.reshape(-1, 2 * block)
        order = np.argsort(rows, axis=1, kind="stable")
        left = order < block
        place = np.nonzero(left)[1].reshape(rows.shape[0], block)
        found += int((place - np.arange(block)).sum())
        row = np.take_along_axis(rows, order, axis=1).ravel()
        block *= 2
    return found


def _codes(values: Floats) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _codes_of_pairs(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.unique(x * (int(y.max()) + 1) + y, return_inverse=True)[1].astype(np.int64)


def _tie_sums(codes: np.ndarray) -> tuple[int, float, float]:
    """Tied pairs, and the sums t (t - 1) (2 t + 5) and t (t - 1) (t - 2) over the ties."""
    t = np.bincount(codes).astype(float)
    pairs = t * (t - 1)
    return round(float(pairs.sum()) / 2), float((pairs * (2 * t + 5)).sum()), float((pairs * (t - 2)).sum())


def _kendall_variance(n: int, ties: list[tuple[int, float, float]]) -> float:
    (x_pairs, x_five, x_two), (y_pairs, y_five, y_two) = ties
    whole = n * (n - 1)
    found = (whole * (2 * n + 5) - x_five - y_five) / 18 + 4.0 * x_pairs * y_pairs / (2 * whole)
    return found + (x_two * y_two / (9 * whole * (n - 2)) if n > 2 else 0.0)


def _inversion_probabilities(n: int) -> Floats:
    """P(T = t) of the number of concordant pairs over all orders."""
    chance = np.ones(1)
    for size in range(2, n + 1):
        chance = np.convolve(chance, np.full(size, 1 / size))
    return chance
