"""Rows in a total order, those that are alike put together, by counting instead of sorting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.counts import Floats, Integers
from trialist.kernels.whole_numbers import MANY, distinct_ranks, span


def by_counting(
    kept: Integers, count: Floats, keys: Sequence[NDArray[Any]]
) -> tuple[Integers, Floats] | None:
    """One row of each combination of keys among the rows `kept`, sorted, and the subjects of each.

    keys   the last is the first to sort by (as in numpy.lexsort); none is missing in a row of `kept`
    None where rows are few, or the combinations that could be are many more than they: then they are sorted.
    """
    if kept.size < MANY:
        return None
    code, size = np.zeros(kept.size, dtype=np.int64), 1
    for key in reversed(keys):
        mine = key[kept]
        ends = span(mine)
        if ends is not None and ends[1] - ends[0] < 4 * kept.size:
            place, width = mine.astype(np.int64) - ends[0], ends[1] - ends[0] + 1
        else:
            distinct, place = distinct_ranks(mine)
            width = distinct.size
        size *= width
        if size > 4 * kept.size:
            return None
        code *= width
        code += place
    row = np.full(size, -1, dtype=np.int64)
    row[code] = kept
    held = np.flatnonzero(row >= 0)
    many = np.bincount(code, weights=count[kept], minlength=size)[held]
    return row[held], many.astype(np.float64, copy=False)
