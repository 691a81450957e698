"""Random streams by name, and draws by inversion.

A stream is keyed by a seed and by names (`"lb"`, chunk 3): adding a stream never shifts another, and
the result does not depend on how many processes drew before it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Uniform(Protocol):
    """What draws uniform numbers: a generator, or the streams of many."""

    def random(self, size: int, /) -> Floats: ...


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A Philox generator of its own for (seed, names).

    Names become spawn keys of a `numpy.random.SeedSequence` (text by CRC-32), so equal names give equal
    draws on every machine and different names independent ones. Source: Salmon 2011, SC'11 (Philox).
    Raises ValueError for a negative seed.
    """
    keys = tuple(zlib.crc32(n.encode()) if isinstance(n, str) else int(n) for n in names)
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=keys)))


def spread(counts: Integers) -> tuple[Integers, Integers]:
    """Rows of a ragged table: counts [2, 0, 3] give owners [0, 0, 2, 2, 2], positions [0, 1, 0, 1, 2]."""
    owner = np.repeat(np.arange(len(counts)), counts)
    start = np.cumsum(counts) - counts
    return owner, np.arange(len(owner)) - start[owner]


def within(rng: Uniform, owner: Integers, first: Integers, last: Integers) -> Integers:
    """One whole day per row, uniform on first[owner]..last[owner], both ends included (last >= first)."""
    low = first[owner]
    return low + np.floor(rng.random(len(owner)) * (last[owner] - low + 1)).astype(np.int64)


def categories(rng: Uniform, shares: Sequence[float], size: int) -> Integers:
    """Category numbers drawn with probabilities proportional to `shares`."""
    ends = np.cumsum(np.asarray(shares, dtype=float))
    return np.searchsorted(ends / ends[-1], rng.random(size), side="right").clip(max=len(ends) - 1)
