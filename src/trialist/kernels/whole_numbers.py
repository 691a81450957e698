"""Whole numbers in a short range, as times in days are: counted in one pass instead of sorted."""

from __future__ import annotations

import numpy as np

from trialist.kernels.counts import MANY, Floats, Integers

_LARGEST = 2.0**52  # whole numbers up to here have neighbours one apart


def span(values: Floats | Integers) -> tuple[int, int] | None:
    """The least and the greatest value where all are whole numbers; None where they are not, or there is none."""
    if values.size == 0:
        return None
    low, high = float(values.min()), float(values.max())
    if not (-_LARGEST < low and high < _LARGEST):  # NaN and infinite numbers too
        return None
    if values.dtype.kind == "f" and not (values == np.floor(values)).all():
        return None
    return int(low), int(high)


def distinct_ranks(values: Floats) -> tuple[Floats, Integers]:
    """Distinct values in rising order, and the rank of each value among them."""
    ends = span(values) if values.size >= MANY else None
    if ends is None or ends[1] - ends[0] >= 4 * values.size:
        distinct, rank = np.unique(values, return_inverse=True)
        return distinct, rank.astype(np.int64, copy=False)
    place = values.astype(np.int64)
    place -= ends[0]
    seen = np.zeros(ends[1] - ends[0] + 1, dtype=np.int64)
    seen[place] = 1
    return np.asarray(np.flatnonzero(seen) + ends[0], dtype=np.float64), (np.cumsum(seen) - 1)[place]
