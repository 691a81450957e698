"""Whole numbers in a short range, as times in days are: told apart in one pass instead of sorted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MANY = 2000
"""Values from which a pass without sorting is worth its calls."""
_LARGEST = 2.0**52  # whole numbers up to here have neighbours one apart


def span(values: NDArray[np.float64] | NDArray[np.int64]) -> tuple[int, int] | None:
    """The least and the greatest value where all are whole numbers; None where one is not, or none is."""
    if values.size == 0:
        return None
    low, high = float(values.min()), float(values.max())
    if not (low > -_LARGEST and high < _LARGEST):  # NaN and infinite numbers too
        return None
    if values.dtype.kind == "f" and not (values == np.floor(values)).all():
        return None
    return int(low), int(high)


def distinct_ranks(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Distinct values in rising order, and the rank of each value among them."""
    ends = span(values) if values.size >= MANY else None
    if ends is None or ends[1] - ends[0] >= 4 * values.size:
        distinct, rank = np.unique(values, return_inverse=True)
        return distinct, rank.astype(np.int64, copy=False)
    place = values.astype(np.int64) - ends[0]
    seen = np.zeros(ends[1] - ends[0] + 1, dtype=np.int64)
    seen[place] = 1
    return np.flatnonzero(seen).astype(np.float64) + ends[0], (np.cumsum(seen) - 1)[place]
