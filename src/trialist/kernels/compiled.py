"""Loops over rows as machine code: numba compiles them once and keeps the result beside the module.

A module that compiles is imported only by a function that runs it: numba takes a third of a second to load.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numba

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """The same function as machine code. Sums and products keep their order, so numbers stay the same.

    Where neither the package's folder nor the user's can be written, it is compiled anew in each process.
    """
    return _made(loop, "python")


def compiled_floats(loop: Loop) -> Loop:
    """As `compiled`, but a division by zero gives infinity or NaN, as arrays do, and no exception."""
    return _made(loop, "numpy")


def inlined(part: Loop) -> Loop:
    """A part of compiled loops, written into each of them, so that they can work on several at a time."""
    made: Loop = numba.njit(inline="always")(part)
    return made


def _made(loop: Loop, divisions: str) -> Loop:
    try:
        made: Loop = numba.njit(cache=True, nogil=True, error_model=divisions)(loop)
    except RuntimeError:
        made = numba.njit(nogil=True, error_model=divisions)(loop)
    return made


def on_every_core(n: int, loop: Callable[[int, int], None]) -> None:
    """Run `loop(first, end)` over parts of 0 to n, one for each core; each fills its own places."""
    cores = os.cpu_count() or 1
    ends = [n * part // cores for part in range(cores + 1)]
    with ThreadPoolExecutor(cores) as pool:
        for part in [pool.submit(loop, ends[i], ends[i + 1]) for i in range(cores)]:
            part.result()
