"""Harrell's concordance of a predictor with times to an event, and its standard error; O(n log n).

A pair counts where it is known who had the event first: an event, and somebody still at risk just after it.
Few pairs are looked at one by one. Of many, numbers of rows later in time and lower in the predictor come
from a wavelet matrix: the predictor's ranks taken bit by bit, the rows reordered by each bit, all rows
answered at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, Integers, tied_times

FEW_PAIRS = 10_000


@dataclass(frozen=True, slots=True)
class Concordance:
    """concordant: the one who had the event first has the higher predictor; tied: the same predictor.

    estimate  (concordant + tied / 2) / pairs; None without a pair. std_err: by the infinitesimal jackknife
    """

    status: Literal["ok", "no_pairs"]
    estimate: float | None
    std_err: float | None
    concordant: float
    discordant: float
    tied: float


def concordance(
    time: ArrayLike,
    event: ArrayLike,
    predictor: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    stratum: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    count: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    person: ArrayLike | None = None,
) -> Concordance:
    """One value per person in each array; a higher predictor (a log hazard) means an earlier event.

    Pairs are made within strata; a censoring at the time of an event comes after it; two events at one time
    are no pair. weight: case weights; count: how many alike people a row stands for; cluster: people
    whose influences are summed before they are squared; person: rows that are parts of the follow-up of the
    same people, who are as many in each. As R's concordance with `timewt = "n"`. Source: Harrell 1982, JAMA
    247:2543; Therneau and Watson 2015, Mayo Clinic technical report 85.
    """
    when = np.asarray(time, dtype=np.float64).ravel()
    n = when.size
    died = np.asarray(event).ravel().astype(bool)
    enter = None if entry is None else np.asarray(entry, dtype=np.float64).ravel()
    together = tied_times(when if enter is None else np.concatenate((when, enter)))
    when, enter = together[:n], None if enter is None else together[n:]
    layer = np.zeros(n, dtype=np.int64) if stratum is None else _codes(np.asarray(stratum).ravel())
    case = np.ones(n) if weight is None else np.asarray(weight, dtype=np.float64).ravel()
    alike = np.ones(n) if count is None else np.asarray(count, dtype=np.float64).ravel()
    mass = case * alike
    score = _codes(np.asarray(predictor, dtype=np.float64).ravel())
    rank = _codes(together)
    size = 2 * int(rank.max(initial=0)) + 3
    # a censoring is half a step later than an event of the same time
    begin = layer * size
    end = begin + 2 * rank[:n] + np.where(died, 1, 2)
    if enter is not None:
        begin = begin + 2 * rank[n:] + 1
    event_row = np.flatnonzero(died)
    bound = layer[event_row] * size + size - 1
    sums = _few if _number(end, end[event_row], bound) <= FEW_PAIRS else _many
    lower, later, good, every, tied = sums(
        _Asked(event_row, begin, end, bound, score, mass, enter is not None)
    )
    mine = mass[event_row]
    half, pairs = float(mine @ lower), float(mine @ later)
    concordant = half - tied / 2
    discordant = pairs - concordant - tied
    if not pairs > 0:
        return Concordance("no_pairs", None, None, 0.0, 0.0, 0.0)
    estimate = half / pairs
    # influence of a person: pairs as the one who is still there, and as the one with the event
    good[event_row] += lower
    every[event_row] += later
    moved = case * (good - estimate * every) / pairs
    if cluster is None and person is not None:
        code = _codes(np.asarray(person).ravel())
        people = np.zeros(int(code.max()) + 1)
        people[code] = alike
        square = float(people @ np.bincount(code, weights=moved) ** 2)
    elif cluster is None:
        square = float(alike @ moved**2)
    else:
        moved = np.bincount(_codes(np.asarray(cluster).ravel()), weights=moved * alike).astype(float)
        square = float(moved @ moved)
    return Concordance("ok", estimate, float(np.sqrt(square)), concordant, discordant, tied)


def _codes(values: np.ndarray) -> Integers:
    """The rank of each value among the distinct values."""
    order = values.argsort(kind="stable")
    ranked = values[order]
    new = np.zeros(values.size, dtype=np.int64)
    new[1:] = ranked[1:] != ranked[:-1]
    code = np.empty(values.size, dtype=np.int64)
    code[order] = new.cumsum()
    return code


@dataclass(frozen=True, slots=True)
class _Asked:
    """Rows with the events among them, in time by stratum: at risk after `begin` until `end`.

    bound   of each event, the end of its stratum; late: whether rows begin later than their stratum does
    """

    event_row: Integers
    begin: Integers
    end: Integers
    bound: Integers
    score: Integers
    mass: Floats
    late: bool


_Sums = tuple[Floats, Floats, Floats, Floats, float]
"""Of each event the mass of those still there after it: with a lower predictor (the same counts half), any.
Of each row the mass of the events while it is there: with a higher predictor, any. The mass of tied pairs."""


def _number(end: Integers, here: Integers, bound: Integers) -> int:
    """How many (event, row of its stratum that ends later) there are."""
    ranked = np.sort(end)
    return int((ranked.searchsorted(bound, side="right") - ranked.searchsorted(here, side="right")).sum())


def _few(of: _Asked) -> _Sums:
    """Pair by pair."""
    order = of.end.argsort(kind="stable")
    ranked, here = of.end[order], of.end[of.event_row]
    first = ranked.searchsorted(here, side="right")
    count = ranked.searchsorted(of.bound, side="right") - first
    one = np.arange(here.size).repeat(count)
    other = order[np.arange(one.size) + (first - count.cumsum() + count).repeat(count)]
    if of.late:
        there = of.begin[other] < here[one]
        one, other = one[there], other[there]
    gap = of.score[of.event_row][one] - of.score[other]
    mine, theirs = of.mass[of.event_row][one], of.mass[other]
    right = np.sign(gap) / 2 + 0.5
    same = gap == 0
    tied = float(mine[same] @ theirs[same])

    def by_event(amount: Floats) -> Floats:
        return np.bincount(one, weights=amount, minlength=here.size).astype(np.float64, copy=False)

    def by_row(amount: Floats) -> Floats:
        return np.bincount(other, weights=amount, minlength=of.end.size).astype(np.float64, copy=False)

    return by_event(theirs * right), by_event(theirs), by_row(mine * right), by_row(mine), tied


def _many(of: _Asked) -> _Sums:
    """By the wavelet matrix: of each event who ends later, less who had not entered yet."""
    here, score, mine = of.end[of.event_row], of.score[of.event_row], of.mass[of.event_row]
    low, same, later = _Order(of.end, of.score, of.mass).after(here, of.bound, score)
    if of.late:
        less = _Order(of.begin, of.score, of.mass).after(here - 1, of.bound, score)
        low, same, later = low - less[0], same - less[1], later - less[2]
    below, beside, every = _Order(here, score, mine).after(of.begin, of.end - 1, of.score)
    return low + same / 2, later, every - below - beside / 2, every, float(mine @ same)


class _Order:
    """Elements by a key, each with a score (a small integer) and a mass."""

    def __init__(self, key: Integers, score: Integers, mass: Floats) -> None:
        order = np.argsort(key, kind="stable")
        self.key, self.mass = key[order], mass[order]
        self.bits = max(int(score.max()).bit_length(), 1) if score.size else 1
        self.score = score[order]
        self.running = np.concatenate(([0.0], np.cumsum(self.mass)))

    def after(self, low: Integers, high: Integers, score: Integers) -> tuple[Floats, Floats, Floats]:
        """Mass of the elements with low < key <= high: of a lower score, of the same score, of all."""
        left = np.searchsorted(self.key, low, side="right")
        right = np.maximum(np.searchsorted(self.key, high, side="right"), left)
        everybody = self.running[right] - self.running[left]
        lower = np.zeros(left.size)
        values, mass = self.score, self.mass
        beyond = score >> self.bits > 0
        for bit in range(self.bits - 1, -1, -1):
            ones = (values >> bit & 1).astype(bool)
            zeros_before = np.concatenate(([0], np.cumsum(~ones)))
            zero_mass = np.concatenate(([0.0], np.cumsum(np.where(ones, 0.0, mass))))
            asked = (score >> bit & 1).astype(bool)
            lower += np.where(asked, zero_mass[right] - zero_mass[left], 0.0)
            zeros = zeros_before[-1]
            left = np.where(asked, zeros + left - zeros_before[left], zeros_before[left])
            right = np.where(asked, zeros + right - zeros_before[right], zeros_before[right])
            values = np.concatenate((values[~ones], values[ones]))
            mass = np.concatenate((mass[~ones], mass[ones]))
        running = np.concatenate(([0.0], np.cumsum(mass)))
        same = running[right] - running[left]
        return np.where(beyond, everybody, lower), np.where(beyond, 0.0, same), everybody
