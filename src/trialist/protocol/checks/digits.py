"""Numbers in messages: as many digits as it takes to say what is meant.

A remedy that prints the stated number again, or one too coarse to mend the statement, is no remedy.
"""

from __future__ import annotations

import math
from collections.abc import Callable

MOST = 6


def in_full(value: float) -> str:
    """A stated number as it was stated, with two decimals at least: 0.80, 0.905."""
    return next((t for d in range(2, MOST) if float(t := f"{value:.{d}f}") == value), f"{value:.{MOST}f}")


def apart(value: float, other: float) -> str:
    """A number with the digits, two at least, that tell it from another: 0.894 beside 0.89."""
    return next(
        (text for d in range(2, MOST) if (text := f"{value:.{d}f}") != f"{other:.{d}f}"),
        f"{value:.{MOST}f}",
    )


def mending(value: float, mends: Callable[[float], bool], digits: int = 2, *, upward: bool = False) -> str:
    """A number with the fewest digits that still do what it is meant for.

    Parameters
        mends   whether a statement with the printed number would agree
        digits  where to begin
        upward  rounded up, so that the printed effect still reaches the power
    """
    for places in range(digits, MOST):
        scale = 10.0**places
        rounded = math.ceil(value * scale - 1e-9) / scale if upward else round(value, places)
        if mends(rounded):
            return f"{rounded:.{places}f}"
    return f"{value:.{MOST}f}"
