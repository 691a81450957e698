"""Log-rank test, Cox model and medians of two arms, for many replicates of a trial at once, from counts.

The same numbers as `kernels.log_rank`, `kernels.cox` and `kernels.survival` give for each replicate alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialist.kernels.counts import tied_times

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

Ties = Literal["efron", "breslow"]
_STEPS = 40
_ENOUGH = 1e-11
_INFINITE = 15.0
_NO_INFORMATION = 1e-10
_LEVEL = 1.4901161193847656e-08
"""Curves are at a level where they differ from it by less: the square root of the rounding of 1."""


@dataclass(frozen=True, slots=True)
class BatchedSets:
    """Risk sets with a death: rows are distinct (replicate, stratum, time), columns the two arms.

    replicates  how many there are, with or without rows
    n, events   shape (replicates, 2)
    """

    replicates: int
    replicate: Integers
    deaths: Floats
    at_risk: Floats
    n: Floats
    events: Floats


@dataclass(frozen=True, slots=True)
class BatchedTests:
    """One value per replicate; `ok` is False, and the rest NaN, where there is no event or no information.

    z is above 0 when the first arm dies more.
    """

    ok: Flags
    z: Floats
    chi_square: Floats
    p_value: Floats


@dataclass(frozen=True, slots=True)
class BatchedFits:
    """One value per replicate; `ok` is False, and the rest NaN, where there is no estimate.

    score, likelihood_ratio   chi-squares of one degree of freedom
    """

    ok: Flags
    log_ratio: Floats
    std_err: Floats
    score: Floats
    likelihood_ratio: Floats


def batched_sets(
    replicate: ArrayLike,
    stratum: ArrayLike,
    time: ArrayLike,
    deaths: ArrayLike,
    censored: ArrayLike,
    arm: ArrayLike,
    replicates: int,
) -> BatchedSets:
    """The risk sets of every replicate and stratum.

    All arguments but the last have one value per cell; `replicate` runs from 0 to `replicates` - 1, `arm` is
    0 or 1, and times that are equal up to rounding are ties (`kernels.counts.tied_times`).
    """
    which, layer = np.asarray(replicate, dtype=np.int64), np.asarray(stratum, dtype=np.int64)
    when, group = tied_times(time), np.asarray(arm, dtype=np.int64)
    died: Floats = np.asarray(deaths, dtype=float)
    left: Floats = died + np.asarray(censored, dtype=float)
    place = which * 2 + group
    n = _counted(place, left, 2 * replicates).reshape(replicates, 2)
    events = _counted(place, died, 2 * replicates).reshape(replicates, 2)
    part = which * (int(layer.max(initial=0)) + 1) + layer
    order = np.lexsort((when, part))
    part, when = part[order], when[order]
    new = np.ones(part.size, dtype=bool)
    new[1:] = (np.diff(when) > 0) | (np.diff(part) != 0)
    row = np.cumsum(new) - 1
    rows = int(row[-1]) + 1 if row.size else 0
    cell = row * 2 + group[order]
    dead = _counted(cell, died[order], 2 * rows).reshape(rows, 2)
    gone = _counted(cell, left[order], 2 * rows).reshape(rows, 2)
    of = part[new]
    total = np.concatenate([np.cumsum(gone[::-1], axis=0)[::-1], np.zeros((1, 2))])
    at_risk = total[:-1] - total[np.searchsorted(of, of, side="right")]
    some = dead.sum(axis=1) > 0
    return BatchedSets(replicates, which[order][new][some], dead[some], at_risk[some], n, events)


def batched_log_rank(sets: BatchedSets) -> BatchedTests:
    """The two-sided log-rank test of every replicate, stratified as the sets are.

    Source: Mantel 1966, Cancer Chemotherapy Reports 50:163; hypergeometric variance.
    """
    from scipy.special import chdtrc

    d, n = sets.deaths.sum(axis=1), sets.at_risk.sum(axis=1)
    share = sets.at_risk[:, 0] / n
    scale = np.divide(d * (n - d), n - 1, out=np.zeros_like(d), where=n > 1)
    gap = _sum(sets, sets.deaths[:, 0] - d * share)
    variance = _sum(sets, scale * share * (1 - share))
    ok = (variance > 1e-12 * np.maximum(_sum(sets, scale), 1e-300)) & (sets.events.sum(axis=1) > 0)
    z = np.divide(gap, np.sqrt(variance), out=np.full(sets.replicates, np.nan), where=ok)
    return BatchedTests(ok, z, z**2, np.where(ok, chdtrc(1, np.where(ok, z**2, 0.0)), np.nan))


def batched_cox(sets: BatchedSets, ties: Ties = "efron") -> BatchedFits:
    """The log hazard ratio of the first arm against the second, by Newton steps on all replicates at once.

    Source: Cox 1972, JRSS B 34:187; Efron 1977, JASA 72:557; Breslow 1974, Biometrics 30:89.
    """
    d = sets.deaths.sum(axis=1)
    row = np.repeat(np.arange(d.size), d.astype(np.int64))
    share = np.zeros(row.size)
    if ties == "efron":
        start = np.cumsum(d) - d
        share = (np.arange(row.size) - start[row]) / d[row]
    ours = sets.at_risk[row, 0] - share * sets.deaths[row, 0]
    others = sets.at_risk[row, 1] - share * sets.deaths[row, 1]
    owner = sets.replicate[row]
    observed = _sum(sets, sets.deaths[:, 0])
    beta, information = np.zeros(sets.replicates), np.zeros(sets.replicates)
    ok, at_zero = np.zeros(sets.replicates, dtype=bool), np.zeros(sets.replicates)
    moving = sets.events.sum(axis=1) > 0
    for step in range(_STEPS):
        weight = ours * np.exp(beta)[owner]
        mean = weight / (weight + others)
        score = observed - _counted(owner, mean, sets.replicates)
        information = _counted(owner, mean * (1 - mean), sets.replicates)
        if step == 0:
            moving &= information > _NO_INFORMATION * np.maximum(observed, 1)
            ok = moving.copy()
            at_zero = np.divide(score**2, information, out=np.zeros_like(beta), where=ok)
        change = np.divide(score, information, out=np.zeros_like(beta), where=moving & (information > 0))
        beta = beta + np.clip(change, -2.0, 2.0)
        moving &= np.abs(change) > _ENOUGH
        if not moving.any():
            break
    ok &= ~moving & (np.abs(beta) < _INFINITE) & (information > 0)
    ok &= _both_ways(sets)
    gain = np.log(ours + others) - np.log(ours * np.exp(np.where(ok, beta, 0.0))[owner] + others)
    ratio = 2 * (observed * beta + _counted(owner, gain, sets.replicates))
    error = 1 / np.sqrt(np.where(ok, information, 1.0))
    return BatchedFits(ok, *(np.where(ok, values, np.nan) for values in (beta, error, at_zero, ratio)))


def batched_medians(
    replicate: ArrayLike, time: ArrayLike, deaths: ArrayLike, censored: ArrayLike, replicates: int
) -> Floats:
    """The Kaplan-Meier median of each replicate, infinite where it is not reached.

    Where a curve is flat at one half the middle of the flat part is taken, as in R's quantile.survfit.
    """
    which, when = np.asarray(replicate, dtype=np.int64), tied_times(time)
    order = np.lexsort((when, which))
    which, when = which[order], when[order]
    new = np.ones(which.size, dtype=bool)
    new[1:] = (np.diff(when) > 0) | (np.diff(which) != 0)
    row = np.cumsum(new) - 1
    died, lost = (np.asarray(x, dtype=float)[order] for x in (deaths, censored))
    dead = np.bincount(row, weights=died) if row.size else np.zeros(0)
    left = np.bincount(row, weights=died + lost) if row.size else np.zeros(0)
    of, at = which[new], when[new]
    total = np.concatenate([np.cumsum(left[::-1])[::-1], [0.0]])
    at_risk = total[:-1] - total[np.searchsorted(of, of, side="right")]
    first = np.searchsorted(of, np.arange(replicates))
    length = np.diff(np.concatenate([first, [of.size]]))
    step = np.ones((replicates, int(length.max(initial=0)) + 1))
    position = np.arange(of.size) - first[of] if of.size else of
    step[of, position] = np.divide(at_risk - dead, at_risk, out=np.ones_like(dead), where=at_risk > 0)
    days = np.full(step.shape, np.inf)
    days[of, position] = at
    curve = np.cumprod(step, axis=1)
    below, reached = curve < 0.5 - _LEVEL, curve <= 0.5 + _LEVEL
    rows = np.arange(replicates)
    inside = np.arange(step.shape[1]) < length[:, None]
    one = np.where((reached & inside).any(axis=1), days[rows, (reached & inside).argmax(axis=1)], np.inf)
    after = np.where((below & inside).any(axis=1), days[rows, (below & inside).argmax(axis=1)], np.inf)
    last = np.where(length > 0, days[rows, np.maximum(length - 1, 0)], np.inf)
    end = np.where(np.isfinite(after), after, np.where(np.isfinite(one), last, np.inf))
    return np.where(np.isfinite(one), (one + np.where(np.isfinite(one), end, 0.0)) / 2, np.inf)


def _sum(sets: BatchedSets, amount: Floats) -> Floats:
    return _counted(sets.replicate, amount, sets.replicates)


def _counted(place: Integers, amount: Floats, size: int) -> Floats:
    """Sums of amounts by place, 0 to size - 1."""
    return np.bincount(place, weights=amount, minlength=size).astype(np.float64)


def _both_ways(sets: BatchedSets) -> Flags:
    """Whether the likelihood has a maximum: deaths of either arm while the other is at risk."""
    both = (sets.at_risk > 0).all(axis=1)
    up = _sum(sets, both * sets.deaths[:, 0]) > 0
    down = _sum(sets, both * sets.deaths[:, 1]) > 0
    return up & down
