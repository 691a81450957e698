"""Two-stage designs of one proportion with a stop for futility: search and operating characteristics, exact.

Stage 1 has n1 subjects; the trial stops when at most r1 respond. Otherwise it goes on to n subjects, and the
treatment is worth further study when more than r respond. Source: Simon 1989, Controlled Clinical Trials
10:1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TwoStage:
    """Stop at r1 responders or fewer of n1; promising with more than r of n."""

    r1: int
    n1: int
    r: int
    n: int


@dataclass(frozen=True, slots=True)
class Characteristics:
    """At one true proportion: probability of a positive result and of the early stop, expected subjects."""

    positive: float
    stopped: float
    expected: float


@dataclass(frozen=True, slots=True)
class Found:
    """By rising total, the designs with a smaller expected size than any of a smaller total.

    `alpha`, `power` are exact; `expected` and `stopped` are under the null. The first is the minimax design,
    the last the optimal one. Empty arrays: no design up to the largest total.
    """

    designs: tuple[TwoStage, ...]
    alpha: Floats
    power: Floats
    expected: Floats
    stopped: Floats

    @property
    def minimax(self) -> int:
        return 0

    @property
    def optimal(self) -> int:
        return len(self.designs) - 1

    def admissible(self) -> tuple[tuple[int, float, float], ...]:
        """The designs that are best for some weight w of w n + (1 - w) expected, with that range of w.

        (index, lowest w, highest w), by rising total: the lower convex hull of (n, expected).
        Source: Jung, Lee, Kim and George 2004, Statistics in Medicine 23:561.
        """
        totals = np.array([design.n for design in self.designs], dtype=float)
        hull: list[int] = []
        for index in range(self.optimal + 1):
            while len(hull) > 1 and _slope(totals, self.expected, hull[-2], hull[-1]) >= _slope(
                totals, self.expected, hull[-1], index
            ):
                hull.pop()
            if not hull or self.expected[index] < self.expected[hull[-1]]:
                hull.append(index)
        turns = [_turn(totals, self.expected, a, b) for a, b in pairwise(hull)]
        highest, lowest = [1.0, *turns], [*turns, 0.0]
        return tuple(zip(hull, lowest, highest, strict=True))


def _slope(n: Floats, expected: Floats, first: int, second: int) -> float:
    return float((expected[second] - expected[first]) / (n[second] - n[first]))


def _turn(n: Floats, expected: Floats, first: int, second: int) -> float:
    """The weight of n at which two designs are equally good."""
    gain, cost = float(expected[first] - expected[second]), float(n[second] - n[first])
    return gain / (gain + cost)


def characteristics(design: TwoStage, p: float) -> Characteristics:
    """Exact operating characteristics at a true proportion p in [0, 1]."""
    first = _chances(design.n1, p)
    second = _above(design.n - design.n1, p)
    seen = np.arange(design.r1 + 1, design.n1 + 1)
    left = np.clip(design.r - seen, -1, design.n - design.n1) + 1
    positive = float(np.sum(first[seen] * second[left]))
    stopped = float(np.sum(first[: design.r1 + 1]))
    return Characteristics(positive, stopped, design.n1 + (1 - stopped) * (design.n - design.n1))


def search(null: float, alternative: float, alpha: float, power: float, largest: int) -> Found:
    """The designs of up to `largest` subjects that no other beats in both total and expected size under
    the null.

    0 < null < alternative < 1. Among designs of equal n1, r1 and n the smallest r that keeps alpha is taken,
    which has the largest power. Every (n1, r1, r) of a total is looked at.
    """
    first = {p: [_chances(n, p) for n in range(largest + 1)] for p in (null, alternative)}
    later = {p: [_above(n, p) for n in range(largest + 1)] for p in (null, alternative)}
    best: list[tuple[TwoStage, float, float, float, float]] = []
    smallest = np.inf
    for n in range(2, largest + 1):
        reached = later[alternative][n]  # P(X > k - 1) in place k
        if not bool(np.any(reached[1:] >= power)):
            continue
        top = int(np.flatnonzero(reached[1:] >= power)[-1])  # a larger r loses the power even in one stage
        kept: tuple[TwoStage, float, float, float, float] | None = None
        for n1 in range(1, n):
            if n1 >= smallest:
                break  # the expected size is above n1
            made = _of_sizes(n1, n, top, first, later, null, alternative, alpha, power)
            for r1, r, level, reach, stopped in made:
                expected = n1 + (1 - stopped) * (n - n1)
                if expected < smallest - 1e-12:
                    smallest, kept = expected, (TwoStage(r1, n1, r, n), level, reach, expected, stopped)
        if kept is not None:
            best.append(kept)
    columns = list(zip(*best, strict=True)) if best else [(), (), (), (), ()]
    numbers = [np.array(column, dtype=float) for column in columns[1:]]
    return Found(tuple(columns[0]), *numbers)


def _of_sizes(
    n1: int,
    n: int,
    top: int,
    first: dict[float, list[Floats]],
    later: dict[float, list[Floats]],
    null: float,
    alternative: float,
    alpha: float,
    power: float,
) -> Iterable[tuple[int, int, float, float, float]]:
    """(r1, r, alpha, power, stopped under the null) of every r1 that has an r with both error rates kept."""
    n2 = n - n1
    seen, ends = np.arange(n1 + 1), np.arange(top + 1)
    place = np.clip(ends[None, :] - seen[:, None], -1, n2) + 1
    table = {p: _from_above(first[p][n1][:, None] * later[p][n2][place]) for p in (null, alternative)}
    stopped = np.cumsum(first[null][n1])
    # row r1 of the shifted tables: more than r1 in stage 1, more than r in all; r rises along the columns
    keeps = (table[null][1:] <= alpha * (1 + 1e-12)) & (ends[None, :] >= seen[:-1, None])
    smallest = np.argmax(keeps, axis=1)
    rows = np.flatnonzero(keeps.any(axis=1) & (table[alternative][seen[1:], smallest] >= power * (1 - 1e-12)))
    return [
        (
            int(r1),
            int(smallest[r1]),
            float(table[null][r1 + 1, smallest[r1]]),
            float(table[alternative][r1 + 1, smallest[r1]]),
            float(stopped[r1]),
        )
        for r1 in rows[-1:]  # of these the largest r1 stops most often: the smallest expected size
    ]


def _from_above(rows: Floats) -> Floats:
    return np.cumsum(rows[::-1], axis=0)[::-1]


def _chances(n: int, p: float) -> Floats:
    """P(X = k) for k = 0 .. n."""
    from trialist.kernels.binomial import binomial_probabilities

    return np.asarray(binomial_probabilities(n, p), dtype=np.float64)


def _above(n: int, p: float) -> Floats:
    """P(X > k) in place k + 1, for k = -1 .. n."""
    return np.append(np.cumsum(_chances(n, p)[::-1])[::-1], 0.0)
