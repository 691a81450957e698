"""Where a condition stops holding, to the last bit."""

from __future__ import annotations

from collections.abc import Callable


def bisected(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Up to where a condition holds that holds up to some point of [low, high] and not after it.

    `low` where it never holds, `high` where it always does.
    """
    if not holds(low):
        return low
    if holds(high):
        return high
    while True:
        middle = low + (high - low) / 2
        if middle in (low, high):
            return high
        low, high = (middle, high) if holds(middle) else (low, middle)
