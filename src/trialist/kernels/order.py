"""Whether rows come in the order of two keys."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from trialist.kernels.compiled import compiled


@compiled
def in_order(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Whether no row lies before its predecessor by `first`, and by `second` where `first` is the same."""
    for row in range(1, first.size):
        if first[row] < first[row - 1] or (first[row] == first[row - 1] and second[row] < second[row - 1]):
            return False
    return True
