"""Rule-based phase I designs: the 3 + 3 design by exact enumeration, and BOIN.

A dose-limiting toxicity (DLT) comes with a probability of its own at each dose; `truth` lists them by
rising dose.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

UNSEEN = 0.05  # responders and others added to each dose before its toxicity is smoothed (Liu and Yuan 2015)


@dataclass(frozen=True, slots=True)
class Escalation:
    """Per dose: the chance to be chosen as the maximum tolerated one, subjects treated, DLTs; `none` is
    chosen.

    `error` is the Monte Carlo standard error of `chosen`; zeros where the numbers are exact.
    """

    chosen: Floats
    none: float
    treated: Floats
    toxicities: Floats
    error: Floats

    @property
    def subjects(self) -> float:
        return float(self.treated.sum())


def three_plus_three(truth: Sequence[float]) -> Escalation:
    """Exact characteristics of the 3 + 3 design with six subjects at the chosen dose.

    Three are treated: none with a DLT, go up; one, treat three more and go up when none of them has one; else
    the dose is too toxic. The dose below is then given to six in all; it is chosen with one DLT at most, and
    otherwise is too toxic itself. So is the highest dose. Source: Storer 1989, Biometrics 45:925 (design A
    with six subjects at the recommended dose); Lin and Shih 2001, Biostatistics 2:203.
    """
    p = np.asarray(truth, dtype=float)
    none, one = (1 - p) ** 3, 3 * p * (1 - p) ** 2
    up_with_three, up_with_six = none, one * none
    at_most_one = none + one
    doses = p.size
    chosen, treated = np.zeros(doses), np.zeros(doses)
    reached, nobody = 1.0, 0.0
    for dose in range(doses):
        treated[dose] += reached * (3 + 3 * one[dose])
        toxic = reached * (1 - up_with_three[dose] - up_with_six[dose])
        if dose == doses - 1:
            treated[dose] += reached * up_with_three[dose] * 3
            chosen[dose] += reached * (up_with_six[dose] + up_with_three[dose] * at_most_one[dose])
            toxic += reached * up_with_three[dose] * (1 - at_most_one[dose])
        nobody += _down(dose - 1, toxic, up_with_three, up_with_six, at_most_one, chosen, treated)
        reached *= up_with_three[dose] + up_with_six[dose]
    return Escalation(chosen, nobody, treated, treated * p, np.zeros(doses))


def _down(
    dose: int,
    chance: float,
    three: Floats,
    six: Floats,
    at_most_one: Floats,
    chosen: Floats,
    treated: Floats,
) -> float:
    """From a dose that is too toxic to those below it; gives the chance that none is left."""
    while dose >= 0 and chance > 0:
        few = chance * three[dose] / (three[dose] + six[dose])
        treated[dose] += 3 * few
        chosen[dose] += chance - few + few * at_most_one[dose]
        chance = few * (1 - at_most_one[dose])
        dose -= 1
    return chance


@dataclass(frozen=True, slots=True)
class Boin:
    """Go up at a share of DLTs of `up` or less, down at `down` or more.

    From 3 subjects, one of them with a DLT, on, a dose is given up for good when its toxicity is above the
    target with probability over `cutoff` (uniform prior).
    """

    target: float
    up: float
    down: float
    cutoff: float = 0.95


def boin(target: float, low: float | None = None, high: float | None = None, cutoff: float = 0.95) -> Boin:
    """The optimal boundaries between toxicities `low` (too little, 0.6 target) and `high` (too much, 1.4
    target).

    0 < low < target < high < 1. Source: Liu and Yuan 2015, Applied Statistics 64:507.
    """
    below, above = low if low is not None else 0.6 * target, high if high is not None else 1.4 * target
    up = math.log((1 - below) / (1 - target)) / math.log(target * (1 - below) / (below * (1 - target)))
    down = math.log((1 - target) / (1 - above)) / math.log(above * (1 - target) / (target * (1 - above)))
    return Boin(target, up, down, cutoff)


@dataclass(frozen=True, slots=True)
class Decisions:
    """Of n treated at a dose: go up with `up` DLTs at most, down with `down` at least, give it up with `out`.

    One entry per n; -1: never up; n + 1: never.
    """

    n: Integers
    up: Integers
    down: Integers
    out: Integers


def decisions(design: Boin, sizes: Sequence[int]) -> Decisions:
    """The decision table of BOIN for these numbers of treated subjects."""
    n = np.asarray(sizes, dtype=np.int64)
    up = np.floor(design.up * n + 1e-9).astype(np.int64)
    down = np.minimum(np.ceil(design.down * n - 1e-9), n + 1).astype(np.int64)
    out = np.array([_given_up(design, int(size)) for size in n], dtype=np.int64)
    return Decisions(n, up, np.minimum(down, out), out)


def _given_up(design: Boin, n: int) -> int:
    """The fewest DLTs of n, one at least, at which the posterior says that the dose is too toxic.

    Without a DLT the prior alone would speak: over a target of 0.01 it says so with 0 of 3.
    """
    if n < 3:
        return n + 1
    from scipy.special import betaincc

    seen = np.arange(1, n + 1)
    surely = betaincc(seen + 1.0, n - seen + 1.0, design.target) > design.cutoff
    return int(seen[np.argmax(surely)]) if bool(surely.any()) else n + 1


def boin_characteristics(
    design: Boin,
    truth: Sequence[float],
    cohorts: int,
    size: int,
    trials: int,
    rng: np.random.Generator,
    start: int = 0,
) -> Escalation:
    """Characteristics over simulated trials; each treats `cohorts` of `size`, from dose `start` (0 the
    lowest).

    A trial ends early when the lowest dose is given up. The dose chosen is that whose smoothed toxicity is
    closest to the target (`tolerated`); none where every dose that was given has been given up.
    """
    p = np.asarray(truth, dtype=float)
    doses, rows = p.size, np.arange(trials)
    table = decisions(design, range(cohorts * size + 1))
    toxic, n = np.zeros((trials, doses), dtype=np.int64), np.zeros((trials, doses), dtype=np.int64)
    out = np.full(trials, doses)  # the lowest dose that is given up
    dose = np.full(trials, start)
    going = np.ones(trials, dtype=bool)
    for _ in range(cohorts):
        fell = rng.binomial(size, p[dose])
        toxic[rows[going], dose[going]] += fell[going]
        n[rows[going], dose[going]] += size
        seen, here = toxic[rows, dose], n[rows, dose]
        out = np.where(going & (seen >= table.out[here]), np.minimum(out, dose), out)
        step = np.where(seen <= table.up[here], 1, np.where(seen >= table.down[here], -1, 0))
        dose = np.clip(np.minimum(dose + step, out - 1), 0, doses - 1)
        going &= out > 0
    return over_trials(tolerated(toxic, n, out, design.target), toxic, n)


def tolerated(toxic: Integers, n: Integers, out: Integers, target: float) -> Integers:
    """Of each trial the dose whose isotonic estimate of toxicity is closest to the target; below `out` only.

    -1: no dose below `out` was given. Ties go to the lower dose when the estimate is above the target, else
    to the higher. Source: Liu and Yuan 2015.
    """
    shrunk = (toxic + UNSEEN) / (n + 2 * UNSEEN)
    variance = shrunk * (1 - shrunk) / (n + 2 * UNSEEN + 1)
    used = (n > 0) & (np.arange(n.shape[1]) < out[:, None])
    smooth = isotonic(shrunk, np.where(used, 1 / variance, 0.0)) + np.arange(n.shape[1]) * 1e-10
    distance = np.where(used, np.abs(smooth - target), np.inf)
    return np.where(used.any(axis=1), np.argmin(distance, axis=1), -1).astype(np.int64)


def isotonic(values: Floats, weights: Floats) -> Floats:
    """Rising weighted least-squares fit of each row; columns of weight 0 do not count.

    max over begins of min over ends of the weighted mean between (Barlow and others 1972), over all rows
    at once.
    """
    doses = values.shape[1]
    total = np.concatenate((np.zeros((len(values), 1)), np.cumsum(values * weights, axis=1)), axis=1)
    weight = np.concatenate((np.zeros((len(values), 1)), np.cumsum(weights, axis=1)), axis=1)
    fitted = np.full(values.shape, -np.inf)
    for begin in range(doses):
        lowest = np.full(len(values), np.inf)
        for end in range(doses - 1, begin - 1, -1):
            there = weight[:, end + 1] - weight[:, begin]
            mean = np.divide(
                total[:, end + 1] - total[:, begin], there, out=np.full(len(values), np.inf), where=there > 0
            )
            lowest = np.minimum(lowest, mean)
            fitted[:, end] = np.maximum(fitted[:, end], np.where(np.isinf(lowest), -np.inf, lowest))
    return fitted


def over_trials(chosen: Integers, toxic: Integers, n: Integers) -> Escalation:
    """Means over trials; `chosen` is -1 where no dose is."""
    trials, doses = n.shape
    share = np.array([np.mean(chosen == dose) for dose in range(doses)])
    return Escalation(
        share,
        float(np.mean(chosen < 0)),
        n.mean(axis=0),
        toxic.mean(axis=0),
        np.sqrt(share * (1 - share) / trials),
    )
