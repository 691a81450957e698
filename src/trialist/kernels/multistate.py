"""Laws of progression and death, and the illness-death model that reproduces both at once.

States: 0 progression-free, 1 progressed, 2 dead. Given the two marginal survival functions, S_T of the
progression-free time and S_D of survival, the model is built so that both come out exactly:

    deaths before progression   w(t) = q min(f_D(t), f_T(t))
    progressions                f_T(t) - w(t)
    hazard of death after it    (f_D(t) - w(t)) / (S_D(t) - S_T(t)), Markov in study time

On a grid of cells the last line becomes, with N the mass in state 1 at the start of a cell and e the
mass that enters in it, p = (dF_D - w) / (N + e) for everybody in state 1 in that cell, and then
N' = N + e - (dF_D - w) = S_D - S_T at the end of the cell: exact at every edge, whatever the cell
width. Markov models of this form: Andersen and Keiding, Stat Methods Med Res 2002;11:91.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


_CERTAIN = 60.0
"""A cumulative hazard nobody outlives (probability 1e-26); finite, so that later differences have meaning."""


@dataclass(frozen=True, slots=True)
class PiecewiseHazard:
    """A cumulative hazard: linear between `times` (ascending, from 0), then of slope `after`."""

    times: tuple[float, ...]
    cumulative: tuple[float, ...]
    after: float

    def at(self, time: Floats) -> Floats:
        """Cumulative hazard at `time` (any shape, same unit as `times`)."""
        inside = np.interp(time, self.times, self.cumulative)
        return inside + self.after * np.maximum(time - self.times[-1], 0.0)

    def time(self, hazard: Floats) -> Floats:
        """The time at which the cumulative hazard is reached; infinite where it never is."""
        beyond = np.maximum(hazard - self.cumulative[-1], 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            late = np.where(beyond > 0, beyond / self.after, 0.0)
        return np.interp(hazard, self.cumulative, self.times) + late

    def survival(self, time: Floats) -> Floats:
        return np.exp(-self.at(time))

    def scaled(self, ratio: float) -> PiecewiseHazard:
        """The same shape under a hazard ratio."""
        return PiecewiseHazard(self.times, tuple(ratio * h for h in self.cumulative), ratio * self.after)


def exponential(median: float) -> PiecewiseHazard:
    """Constant hazard ln 2 / median."""
    rate = math.log(2) / median
    return PiecewiseHazard((0.0, median), (0.0, math.log(2)), rate)


def changing_ratio(rate: float, starts: Sequence[float], ratios: Sequence[float]) -> PiecewiseHazard:
    """The law whose hazard is `rate` times a ratio that changes at `starts` (ascending, the first 0)."""
    steps = np.diff(np.asarray(starts, dtype=float)) * rate * np.asarray(ratios[:-1], dtype=float)
    cumulative = np.concatenate([[0.0], np.cumsum(steps)])
    return PiecewiseHazard(tuple(map(float, starts)), tuple(map(float, cumulative)), rate * ratios[-1])


def proportional_hazards(
    median_control: float, median_compared: float, ratio: float
) -> tuple[PiecewiseHazard, PiecewiseHazard] | None:
    """(control, compared) laws with exactly these medians and this hazard ratio (compared v control).

    The baseline cumulative hazard H0 passes through H0(median_control) = ln 2 and
    H0(median_compared) = ln 2 / ratio, is piecewise linear with knots at the two medians, and goes on
    after the later one with the mean hazard so far. None when no such law exists: a ratio below 1
    needs the longer median in the compared arm, a ratio above 1 the shorter one.
    """
    points = sorted([(median_control, math.log(2)), (median_compared, math.log(2) / ratio)])
    (first, low), (last, high) = points
    if first == last:
        if not math.isclose(low, high):
            return None
        control = exponential(first)
    elif high <= low:
        return None
    else:
        control = PiecewiseHazard((0.0, first, last), (0.0, low, high), high / last)
    return control, control.scaled(ratio)


@dataclass(frozen=True, slots=True)
class IllnessDeath:
    """The model on cells 0..K-1; cell K stands for "after the last edge".

    first        (K+1) distribution function of the progression-free time at the edges
    death_first  (K) share of the progression-free times ending in a cell that are deaths
    after        (K+1) cumulative hazard of death after progression, at the edges
    capped       whether S_T had to be lowered to S_D somewhere
    """

    first: Floats
    death_first: Floats
    after: Floats
    capped: bool


def illness_death(free: Floats, alive: Floats, before: float) -> IllnessDeath:
    """The model whose marginals are `free` = S_T and `alive` = S_D at the K+1 edges (both start at 1).

    `before` is q, the share of the death density that strikes before progression (0 <= q < 1). Where
    S_T exceeds S_D it is lowered to S_D (nobody is progression-free and dead); `capped` says so.
    """
    held = np.minimum(free, alive)
    leave, die = -np.diff(held), -np.diff(alive)
    together = before * np.minimum(leave, die)
    in_one = (alive - held)[:-1] + (leave - together)
    chance = np.divide(die - together, in_one, out=np.zeros_like(die), where=in_one > 1e-300).clip(0.0, 1.0)
    with np.errstate(divide="ignore"):
        steps = np.minimum(-np.log1p(-chance), _CERTAIN)
    share = np.divide(together, leave, out=np.zeros_like(leave), where=leave > 0)
    after = np.concatenate([[0.0], np.cumsum(steps)])
    return IllnessDeath(1.0 - held, share, after, bool(np.any(free > alive + 1e-12)))


def draw(
    model: IllnessDeath, uniform_first: Floats, uniform_kind: Floats, exponential_after: Floats
) -> tuple[Integers, Integers]:
    """Cells of progression and of death, by inversion of standard draws (three arrays of one length).

    Returns (progression, death), cell numbers 0..K; K is "not within the grid". A death before
    progression has progression K. A death never comes before the progression it follows.
    """
    cells = len(model.death_first)
    left = np.searchsorted(model.first[1:], uniform_first, side="left").astype(np.int64)
    inside = left < cells
    died = np.zeros(len(left), dtype=bool)
    died[inside] = uniform_kind[inside] < model.death_first[left[inside]]
    progression = np.where(died, cells, left)
    progressed = inside & ~died
    death = np.where(died, left, cells)
    base = model.after[progression[progressed]]
    # the first cell whose closing edge has reached the drawn hazard
    hit = np.searchsorted(model.after[1:], base + exponential_after[progressed], side="left")
    death[progressed] = np.maximum(hit, progression[progressed])
    return progression, death


def draw_earlier(
    model: IllnessDeath, later: Floats, cell: Integers, uniform_kind: Floats, uniform_time: Floats
) -> Integers:
    """Cells of an earlier time given the later one: the model read backwards.

    model   `illness_death(S_earlier, S_later, share)`; its "deaths before progression" are the times at
            which both come at once
    later   survival function of the later time at the K+1 edges
    cell    the later time's cell, K when it is beyond the grid
    Returns cells not after `cell` (K when both are beyond the grid). Drawn with `cell` from its own law,
    the pair follows the model, so the earlier time has exactly its marginal law: the weight of an
    earlier cell j is its inflow times exp(cumulative hazard up to j).
    """
    leave = np.diff(model.first)
    together = model.death_first * leave
    arrive = -np.diff(later)
    at_once = np.divide(together, arrive, out=np.zeros_like(leave), where=arrive > 0)
    beyond = (1.0 - model.first[-1]) / later[-1] if later[-1] > 0 else 1.0
    with np.errstate(divide="ignore"):
        weight = np.log(leave - together) + model.after[:-1]
        height = np.log(uniform_time)
    total = np.logaddexp.accumulate(weight)
    same = uniform_kind < np.concatenate([at_once, [beyond]])[cell]
    reach = total[np.minimum(cell, len(leave) - 1)]
    found = np.searchsorted(total, reach + height, side="left")
    return np.where(same | ~np.isfinite(reach), cell, np.minimum(found, cell)).astype(np.int64)
