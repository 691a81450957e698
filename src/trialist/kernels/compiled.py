"""Loops over rows as machine code: numba compiles them once and keeps the result beside the module.

A module that compiles is imported only by a function that runs it: numba takes a third of a second to load.
"""

from __future__ import annotations

from collections.abc import Callable
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
