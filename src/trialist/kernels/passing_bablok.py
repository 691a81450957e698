"""Passing and Bablok's line: the shifted median of all slopes between two pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.normal import half_width

MOST_PAIRS = 3000


@dataclass(frozen=True, slots=True)
class PassingBablok:
    """The line second = intercept + slope x first, with intervals by ranks of the slopes.

    status   ok; too_few: fewer than three pairs; constant: one of the two does not vary, or they do not rise
             together, so that the shifted median does not exist; too_many: over 3000 pairs
    """

    status: Literal["ok", "too_few", "constant", "too_many"]
    n: int
    slope: float | None = None
    intercept: float | None = None
    slope_low: float | None = None
    slope_high: float | None = None
    intercept_low: float | None = None
    intercept_high: float | None = None


def passing_bablok(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> PassingBablok:
    """The line that turns round when the measurements change places, for measurements that rise together.

    Slopes of -1, and pairs that agree in both, do not count; the median is shifted by the number of slopes
    below -1. An end of an interval is None where it lies beyond all finite slopes.
    Source: Passing and Bablok 1983, J Clin Chem Clin Biochem 21:709
    """
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n = int(x.size)
    if n < 3:
        return PassingBablok("too_few", n)
    if n > MOST_PAIRS:
        return PassingBablok("too_many", n)
    if bool((x == x[0]).all()) or bool((y == y[0]).all()):
        return PassingBablok("constant", n)
    i, j = np.triu_indices(n, 1)
    across, up = x[i] - x[j], y[i] - y[j]
    kept = (across != 0) | (up != 0)
    across, up = across[kept], up[kept]
    with np.errstate(divide="ignore", over="ignore"):
        slopes = np.where(across == 0, np.inf, up / np.where(across == 0, 1.0, across))
    slopes = np.sort(slopes[slopes != -1])
    size, below = int(slopes.size), int((slopes < -1).sum())
    reach = half_width(level) * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    cut = math.floor((size - reach) / 2 + 0.5)

    def at(place: int) -> float | None:
        """The slope at a place, counted from 1, after the shift."""
        shifted = place + below
        found = float(slopes[shifted - 1]) if 1 <= shifted <= size else math.inf
        return found if math.isfinite(found) else None

    middle = [at((size + 1) // 2), at((size + 2) // 2)] if size else [None]
    known = [value for value in middle if value is not None]
    if len(known) < len(middle):
        return PassingBablok("constant", n)
    slope = sum(known) / len(known)
    low, high = (at(cut), at(size - cut + 1)) if cut >= 1 else (None, None)
    return PassingBablok(
        "ok",
        n,
        slope,
        float(np.median(y - slope * x)),
        low,
        high,
        None if high is None else float(np.median(y - high * x)),
        None if low is None else float(np.median(y - low * x)),
    )
