"""Laws of days as whole-number thresholds, and days from 32-bit words by inversion.

A law over days gives thresholds F(day) x 2^32; the place of a word is how many of them it is not below.
No logarithm is taken while drawing, every law costs the same (exponential, Weibull, delayed effect), and two
machines can't round differently. A probability is off by at most 2^-32. Of most words the leading bits name
the day already (guide table: Chen and Asau 1974, AIIE Transactions 6:163); the others are searched for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.trial_batches.philox import Words

Floats = NDArray[np.float64]
Days = NDArray[np.int16]

NEVER = 32767
"""A day that does not come; the largest that an array of days can hold."""
LONGEST = 32000
"""The longest time that can be simulated, days."""


class Law(Protocol):
    """A law of a time in days, by its cumulative hazard. `kernels.multistate.PiecewiseHazard` is one."""

    def at(self, time: Floats) -> Floats: ...

    def __hash__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Weibull:
    """Cumulative hazard (t / scale)^shape; `scale` in days."""

    shape: float
    scale: float

    def at(self, time: Floats) -> Floats:
        return np.asarray((np.asarray(time, dtype=float) / self.scale) ** self.shape)

    def scaled(self, ratio: float) -> Weibull:
        """The same shape under a hazard ratio."""
        return Weibull(self.shape, self.scale / ratio ** (1 / self.shape))


@dataclass(frozen=True, slots=True)
class RatioByPeriod:
    """A law under a hazard ratio that changes: `ratios[i]` from day `starts[i]` on (`starts[0]` is 0).

    (0, 90) with ratios (1, 0.6): an effect that comes 90 days late; with (1.2, 0.6): hazards that cross.
    """

    base: Law
    starts: tuple[float, ...]
    ratios: tuple[float, ...]

    def at(self, time: Floats) -> Floats:
        days = np.asarray(time, dtype=float)
        total = np.zeros_like(days)
        for start, end, ratio in zip(self.starts, (*self.starts[1:], math.inf), self.ratios, strict=True):
            reached = np.clip(days, start, end)
            total += ratio * (self.base.at(reached) - self.base.at(np.full_like(days, start)))
        return total

    def scaled(self, ratio: float) -> RatioByPeriod:
        """All of it under a further hazard ratio."""
        return RatioByPeriod(self.base, self.starts, tuple(ratio * r for r in self.ratios))


def event_thresholds(law: Law, horizon: int) -> Words:
    """Of days 1, 2, ... horizon: the time rounded to the nearest day, at least 1."""
    return _words(-np.expm1(-law.at(np.arange(1, horizon + 1, dtype=np.float64) + 0.5)))


def waiting_thresholds(law: Law, horizon: int) -> Words:
    """Of days 1, 2, ... horizon: the time rounded up."""
    return _words(-np.expm1(-law.at(np.arange(1, horizon + 1).astype(float))))


def share_thresholds(weights: Sequence[float]) -> Words:
    """Of numbers 0, 1, ... with probabilities proportional to `weights`."""
    ends = np.cumsum(np.asarray(weights, dtype=float))
    return _words(ends[:-1] / ends[-1])


def _words(probability: Floats) -> Words:
    return np.clip(np.floor(probability * 2.0**32), 0, 2**32 - 1).astype(np.uint32)


@dataclass(frozen=True, eq=False)
class Guide:
    """Several laws side by side, a row for each.

    below   (laws, longest + 1) thresholds, filled up with the largest word
    size    (laws) thresholds that count
    table   (laws, 2^bits) by the leading bits of a word j >= 0: its place is j, or j + 1 when it is not below
            the threshold j; -1 - j: its place is j or more
    bits    leading bits
    """

    below: Words
    size: NDArray[np.int64]
    table: Days
    bits: int


def guide(laws: Sequence[Words]) -> Guide:
    """The tables of the laws; the more laws, the fewer leading bits, so that they stay in the cache."""
    bits = max(8, min(14, 19 - math.ceil(math.log2(len(laws) + 1))))
    longest = max(1, max(law.size for law in laws)) + 1
    below = np.full((len(laws), longest), 2**32 - 1, dtype=np.uint32)
    table = np.empty((len(laws), 2**bits), dtype=np.int16)
    least = (np.arange(2**bits, dtype=np.uint64) << np.uint64(32 - bits)).astype(np.uint32)
    most = least + np.uint32(2 ** (32 - bits) - 1)
    for row, law in enumerate(laws):
        below[row, : law.size] = law
        low, high = (np.searchsorted(law, word, side="right") for word in (least, most))
        table[row] = np.where(high - low <= 1, low, -1 - low)
    return Guide(below, np.array([law.size for law in laws], dtype=np.int64), table, bits)


def places(found: Guide, law: NDArray[np.int64], word: Words) -> NDArray[np.int64]:
    """Places of words in laws (row numbers of the guide); arrays of one shape."""
    place = found.table[law, word >> np.uint32(32 - found.bits)].astype(np.int64)
    near = place >= 0
    place += near & (found.below[law, place] <= word)
    far = np.nonzero(~near)
    if far[0].size:
        rows, words = law[far], word[far]
        made = np.empty(rows.size, dtype=np.int64)
        for row in np.unique(rows):
            mine = rows == row
            made[mine] = np.searchsorted(found.below[row, : found.size[row]], words[mine], side="right")
        place[far] = made
    return np.asarray(np.minimum(place, found.size[law]))


def days(found: Guide, law: NDArray[np.int64], word: Words, horizon: int) -> NDArray[np.int64]:
    """Days of events: 1 to horizon, or NEVER."""
    place = places(found, law, word)
    return np.where(place < horizon, place + 1, NEVER)
