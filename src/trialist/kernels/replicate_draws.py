"""Random streams of many replicates at once: each replicate draws its own rows, whatever stands beside it.

Replicate k has the streams of (seed, k, name), so its draws are the same in a batch of 1 or of 1,000, on any
number of workers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.draws import stream

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Replicates:
    """The replicates of a batch, each of `size` subjects, which stand replicate by replicate.

    seed     of the whole simulation, not negative
    numbers  of the replicates, 0 or more
    """

    seed: int
    numbers: tuple[int, ...]
    size: int

    @property
    def subjects(self) -> int:
        return self.size * len(self.numbers)

    def one(self, number: int) -> Replicates:
        """The batch of that replicate alone."""
        return Replicates(self.seed, (number,), self.size)


Seed = int | Replicates
"""The seed of one trial, or of each of many."""


class Streams:
    """The streams of one name, one for each replicate, drawn from like one generator.

    Rows are those of the replicates in order: `size` for each, or as `of` says.
    """

    def __init__(self, generators: Sequence[np.random.Generator], size: int, counts: Integers) -> None:
        self._generators, self._size, self._counts = tuple(generators), size, counts

    def of(self, owner: Integers) -> Streams:
        """The same streams for rows of these subjects (positions in the batch, ascending)."""
        counts = np.bincount(owner // self._size, minlength=len(self._generators))
        return Streams(self._generators, self._size, counts)

    def random(self, size: int | tuple[int, int]) -> Floats:
        return self._drawn(lambda rng, shape: rng.random(shape), size)

    def standard_exponential(self, size: int | tuple[int, int]) -> Floats:
        return self._drawn(lambda rng, shape: rng.standard_exponential(shape), size)

    def standard_normal(self, size: int | tuple[int, int]) -> Floats:
        return self._drawn(lambda rng, shape: rng.standard_normal(shape), size)

    def normal(self, mean: float, deviation: float, size: int) -> Floats:
        return self._drawn(lambda rng, shape: rng.normal(mean, deviation, shape), size)

    def _drawn(
        self,
        draw: Callable[[np.random.Generator, int | tuple[int, int]], Floats],
        size: int | tuple[int, int],
    ) -> Floats:
        """Rows of each replicate from its own generator; `size` must be the rows of all of them."""
        rows, more = (size[0], size[1:]) if isinstance(size, tuple) else (size, ())
        counts = self._counts.tolist()
        if sum(counts) != rows:
            raise ValueError(f"{rows} rows are asked for, the replicates have {sum(counts)}")
        pairs = zip(self._generators, counts, strict=True)
        parts = [draw(rng, (n, *more) if more else n) for rng, n in pairs]
        return np.concatenate(parts) if parts else np.empty(size)


Rng = np.random.Generator | Streams
"""What draws: the generator of one trial, or the streams of a batch."""


def streams(seed: Seed, *names: str | int) -> Rng:
    """The generator of (seed, names), or for a batch those of (seed, replicate, names)."""
    if not isinstance(seed, Replicates):
        return stream(seed, *names)
    made = [stream(seed.seed, "replicate", number, *names) for number in seed.numbers]
    return Streams(made, seed.size, np.full(len(made), seed.size))


def of_rows(rng: Rng, owner: Integers) -> Rng:
    """What draws for rows of these subjects (positions, ascending)."""
    return rng.of(owner) if isinstance(rng, Streams) else rng


def each(seed: Seed, subjects: int) -> int:
    """Subjects of each replicate, where there are `subjects` in all."""
    return seed.size if isinstance(seed, Replicates) else subjects
