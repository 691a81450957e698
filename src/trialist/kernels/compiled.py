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
    try:
        made: Loop = numba.njit(cache=True, nogil=True)(loop)
    except RuntimeError:
        made = numba.njit(nogil=True)(loop)
    return made


def on_every_core(n: int, loop: Callable[[int, int], None]) -> None:
    """Run `loop(first, end)` over parts of 0 to n, one for each core; each fills its own places."""
    cores = os.cpu_count() or 1
    ends = [n * part // cores for part in range(cores + 1)]
    with ThreadPoolExecutor(cores) as pool:
        for part in [pool.submit(loop, ends[i], ends[i + 1]) for i in range(cores)]:
            part.result()
