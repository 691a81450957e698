"""The continual reassessment method: one parameter, its posterior by quadrature, the next dose.

Toxicity at dose i is skeleton_i ** exp(b) (`power`), or the logistic of 3 + exp(b) x_i with x_i such that the
skeleton holds at b = 0 (`logistic`); b is normal with mean 0 and a stated variance before the trial.
Sources: O'Quigley, Pepe and Fisher 1990, Biometrics 46:33; Cheung 2011, Dose Finding by the CRM.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.dose_escalation import Escalation, Floats, Integers, over_trials

Model = Literal["power", "logistic"]
INTERCEPT = 3.0
NODES = 121  # at least
SPREAD = 6.5  # on either side, in standard deviations of the prior; data can ask for up to 6.5 in all
CELLS = 4_000_000  # trials x points that are held at once


@dataclass(frozen=True, slots=True)
class Crm:
    """A design: target toxicity, skeleton (rising), model, prior variance of b, and what keeps it careful.

    cutoff   the trial stops when the lowest dose is above the target with more than this probability
    """

    target: float
    skeleton: tuple[float, ...]
    model: Model = "power"
    variance: float = 1.34
    cutoff: float = 0.95


def skeleton(
    target: float, half_width: float, prior_dose: int, doses: int, model: Model = "power"
) -> tuple[float, ...]:
    """Prior toxicities by indifference intervals.

    Adjacent doses are target - half_width and target + half_width at the same b; `prior_dose` (0 the lowest)
    has the target. 0 < half_width < target, target + half_width below `highest_skeleton`.
    Source: Lee and Cheung 2009, Clinical Trials 6:227.
    """
    low, middle, high = (_scaled(p, model) for p in (target - half_width, target, target + half_width))
    return tuple(_toxicity(middle * (high / low) ** (dose - prior_dose), model) for dose in range(doses))


def highest_skeleton(model: Model) -> float:
    """Toxicities of a skeleton lie below: over it a larger b would mean more toxicity, not less."""
    return 1.0 if model == "power" else 1 / (1 + math.exp(-INTERCEPT))


def _scaled(toxicity: float, model: Model) -> float:
    """What exp(b) multiplies: below 0."""
    return math.log(toxicity) if model == "power" else math.log(toxicity / (1 - toxicity)) - INTERCEPT


def _toxicity(scaled: float, model: Model) -> float:
    if model == "power":
        return math.exp(scaled)
    value = INTERCEPT + scaled  # either branch without overflow
    return 1 / (1 + math.exp(-value)) if value > 0 else math.exp(value) / (1 + math.exp(value))


@dataclass(frozen=True, slots=True)
class Posterior:
    """Of each trial: mean of b, mean toxicity per dose, and the chance that the lowest is above the
    target."""

    b: Floats
    toxicity: Floats
    lowest_above: Floats


def posterior(design: Crm, toxic: Integers, n: Integers) -> Posterior:
    """After so many DLTs among so many treated; both of shape (trials, doses)."""
    b, prior = _lattice(design, int(n.sum(axis=1).max(initial=1)))
    curve = _curve(design, b)  # (nodes, doses)
    fell, stood = np.log(curve).T, np.log1p(-curve).T
    wanted = np.column_stack((b, curve, curve[:, 0] > design.target))
    step = max(1, CELLS // b.size)
    parts = []
    for begin in range(0, len(n), step):
        y, size = toxic[begin : begin + step], n[begin : begin + step]
        logs = y @ fell + (size - y) @ stood + prior
        mass = np.exp(logs - logs.max(axis=1, keepdims=True))
        parts.append(mass @ wanted / mass.sum(axis=1, keepdims=True))
    found = np.concatenate(parts)
    return Posterior(found[:, 0], found[:, 1:-1], found[:, -1])


def next_dose(design: Crm, found: Posterior, highest_tried: Integers) -> Integers:
    """The dose whose toxicity at the posterior mean of b is closest to the target, no untried dose skipped.

    -1: the trial stops, for the lowest dose is too toxic.
    """
    there = _curve(design, found.b)
    best = np.argmin(np.abs(there - design.target), axis=1)
    best = np.minimum(best, highest_tried + 1)
    return np.where(found.lowest_above > design.cutoff, -1, best).astype(np.int64)


def crm_characteristics(
    design: Crm,
    truth: Sequence[float],
    cohorts: int,
    size: int,
    trials: int,
    rng: np.random.Generator,
    start: int = 0,
) -> Escalation:
    """Characteristics over simulated trials of `cohorts` of `size` subjects, from dose `start` (0 the
    lowest)."""
    p = np.asarray(truth, dtype=float)
    doses, rows = p.size, np.arange(trials)
    toxic, n = np.zeros((trials, doses), dtype=np.int64), np.zeros((trials, doses), dtype=np.int64)
    dose, tried = np.full(trials, start, dtype=np.int64), np.full(trials, start, dtype=np.int64)
    for _ in range(cohorts):
        going = dose >= 0
        fell = rng.binomial(size, p[np.maximum(dose, 0)])
        toxic[rows[going], dose[going]] += fell[going]
        n[rows[going], dose[going]] += size
        tried = np.maximum(tried, dose)
        dose = np.where(going, next_dose(design, posterior(design, toxic, n), tried), -1)
    return over_trials(dose, toxic, n)


def _lattice(design: Crm, subjects: int) -> tuple[Floats, Floats]:
    """Points of b and the logs of their prior weights: the trapezoidal rule, exact to rounding for a normal.

    Their distance is below the standard deviation that so many subjects can leave to b.
    """
    spread = math.sqrt(design.variance)
    # so many subjects pull the mode by no more than variance x score, far beyond a narrow prior
    pull = design.variance * subjects * max(1.0, -_scaled(design.skeleton[0], design.model))
    reach = SPREAD * spread + min(pull, SPREAD * max(0.0, 1.0 - spread))
    distance = min(2 * SPREAD * spread / (NODES - 1), 0.5 / math.sqrt(max(subjects, 1)))
    b = np.linspace(-reach, reach, 2 * math.ceil(reach / distance) + 1)
    return b, -0.5 * (b / spread) ** 2


def _curve(design: Crm, b: Floats) -> NDArray[np.float64]:
    """Toxicity per b and dose, kept off 0 and 1 so that logarithms exist."""
    prior = np.asarray(design.skeleton)
    rate = np.exp(b)[:, None]
    if design.model == "power":
        found = np.exp(rate * np.log(prior)[None, :])
    else:
        from scipy.special import expit

        found = expit(INTERCEPT + rate * (np.log(prior / (1 - prior)) - INTERCEPT)[None, :])
    return np.asarray(np.clip(found, 1e-300, 1 - 1e-15), dtype=np.float64)
