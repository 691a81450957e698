"""Power of weighted log-rank tests when hazards are not proportional, at a calendar time, by integration.

The weighted log-rank statistic is asymptotically normal; its mean and variances are integrals over follow-up
of the chance to be at risk in each arm and the two hazards. The mean over the null-type standard deviation is
Lakatos' noncentrality (Lakatos 1988, Biometrics 44:229, in the limit of short steps); the variance under the
alternative is that of the individual contributions (Yung and Liu 2020, Biometrics 76:939; Lin and Wei 1989,
JASA 84:1074). With proportional hazards near 1 both tend to Schoenfeld's formula.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.kernels import normal
from trialist.kernels.power_times import Accrual, Plan

Values = NDArray[np.float64]
Weight = tuple[float, float]
"""Fleming and Harrington's (rho, gamma): S^rho (1 - S)^gamma, S the pooled survival without dropout."""

NODES = 12
MOST_ROOT = 1e5  # ten thousand million subjects


@dataclass(frozen=True, slots=True)
class Score:
    """Means and variances per subject of weighted scores at a calendar time; effects below 1 are positive.

    mean      one per weight: expected score, positive where the experimental arm has fewer events
    null      covariance of the scores as the test estimates it
    truth     their covariance under the alternative
    ratio     the average hazard ratio: exp of the mean log ratio over the expected events
    events    expected events per subject
    """

    mean: Values
    null: Values
    truth: Values
    ratio: float | None
    events: float

    def drift(self, subjects: float, weight: int = 0) -> float:
        """Lakatos' noncentrality: the mean of Z with so many subjects."""
        variance = float(self.null[weight, weight])
        return math.sqrt(subjects) * float(self.mean[weight]) / math.sqrt(variance) if variance > 0 else 0.0


def score(plan: Plan, time: float, weights: tuple[Weight, ...] = ((0.0, 0.0),)) -> Score:
    """The weighted log-rank score of a plan at a calendar time.

    Parameters
        plan     hazards, dropout, shares and accrual of two arms, experimental first
        time     since the first subject entered
        weights  Fleming and Harrington's rho and gamma, one pair per statistic
    """
    if time <= 0:
        none = np.zeros((len(weights), len(weights)))
        return Score(none[0], none, none, None, 0.0)
    at, width, cumulative = _nodes(plan, time)
    risk = np.array([arm.share * _at_risk(plan, n, at, time) for n, arm in enumerate(plan.arms)])
    hazard = np.array([_values(arm.hazard, at) for arm in plan.arms])
    total = risk.sum(axis=0)
    share = np.divide(risk[0], total, out=np.full_like(total, 0.5), where=total > 0)
    flow = (risk * hazard).sum(axis=0)  # of events
    pooled = _pooled_survival(plan, at)
    w = np.array([pooled**rho * (1 - pooled) ** gamma for rho, gamma in weights])
    informative = share * (1 - share) * total
    mean = (w * informative * (hazard[1] - hazard[0])) @ width
    null = np.einsum("it,jt,t->ij", w, w, share * (1 - share) * flow * width)
    truth = _truth(w, share, risk, hazard, flow, total, width, cumulative, plan)
    events = float(flow @ width)
    logs = np.log(np.divide(hazard[0], hazard[1], out=np.ones_like(at), where=(hazard > 0).all(axis=0)))
    ratio = math.exp(float((logs * flow) @ width) / events) if events > 0 else None
    return Score(mean, null, truth, ratio, events)


def power(found: Score, subjects: float, z: float, *, exact: bool = True) -> float:
    """Power of the first weighted test at a one-sided critical value z.

    `exact` uses the variance under the alternative (Yung and Liu), else that of the null for both (Lakatos).
    """
    null, truth = float(found.null[0, 0]), float(found.truth[0, 0])
    if null <= 0:
        return 0.0
    spread = math.sqrt(truth / null) if exact and truth > 0 else 1.0
    return normal.cdf((found.drift(subjects) - z) / spread)


def subjects_for(found: Score, power: float, z: float, *, exact: bool = True) -> float | None:
    """Subjects for a power at this calendar time, not rounded; None where no number has it."""
    from scipy.special import ndtri

    null, truth, mean = float(found.null[0, 0]), float(found.truth[0, 0]), float(found.mean[0])
    if mean <= 0 or null <= 0:
        return None
    spread = math.sqrt(truth / null) if exact else 1.0
    root = (z + float(ndtri(power)) * spread) * math.sqrt(null) / mean
    return root**2 if 0 < root < MOST_ROOT else None


def max_combo(found: Score, subjects: float, alpha: float) -> tuple[float, float] | None:
    """One-sided power and critical value of the largest of several weighted statistics; None without events.

    Multivariate normal with the correlations of the null for the critical value and of the alternative for
    the power, integrated by conditioning. Source: Lee 2007, Biometrics 63:1271; Karrison 2016, Stata
    Journal 16:678.
    """
    z = _max_combo_critical(found, alpha)
    return None if z is None else (_max_combo_power(found, subjects, z), z)


def max_combo_subjects(found: Score, power: float, alpha: float) -> float | None:
    """Subjects for a power of the largest of several weighted statistics; None where no number has it."""
    from scipy.optimize import brentq

    z = _max_combo_critical(found, alpha)
    if z is None or not (found.mean > 0).any() or power <= alpha:
        return None

    def short(root: float) -> float:
        return _max_combo_power(found, root**2, z) - power

    high = 10.0
    while short(high) < 0:
        high *= 2
        if high > 1e4:
            return None
    return float(brentq(short, 0.0, high, xtol=1e-6)) ** 2 if short(0.0) < 0 else None


# --- parts ------------------------------------------------------------------------------------------


def _max_combo_critical(found: Score, alpha: float) -> float | None:
    from scipy.optimize import brentq

    scale = np.sqrt(np.diag(found.null))
    if not (scale > 0).all():
        return None
    null = found.null / np.outer(scale, scale)
    return float(brentq(lambda c: 1 - _below(np.full(len(scale), c), null) - alpha, -12.0, 12.0, xtol=1e-9))


def _max_combo_power(found: Score, subjects: float, z: float) -> float:
    scale = np.sqrt(np.diag(found.null))
    shift = math.sqrt(subjects) * found.mean / scale
    return 1 - _below(z - shift, found.truth / np.outer(scale, scale))


def _truth(
    w: Values, share: Values, risk: Values, hazard: Values, flow: Values, total: Values,
    width: Values, cumulative: Values, plan: Plan,
) -> Values:  # fmt: skip
    """Covariance of the individual contributions, with the number of each arm fixed (blocks)."""
    pooled = np.divide(flow, total, out=np.zeros_like(flow), where=total > 0)
    found = np.zeros((len(w), len(w)))
    for n, arm in enumerate(plan.arms):
        jump = w * ((1 - share) if n == 0 else -share)  # at an event
        drain = (jump * pooled) @ cumulative.T  # accumulated while at risk
        own = risk[n] * hazard[n] * width / arm.share
        loss = risk[n] * pooled * width / arm.share
        second = np.einsum("it,jt,t->ij", jump, jump, own)
        cross = np.einsum("it,jt,t->ij", jump, drain, loss - own)
        first = jump @ own - jump @ loss
        found += arm.share * (second + cross + cross.T - np.outer(first, first))
    return found


def _nodes(plan: Plan, time: float) -> tuple[Values, Values, Values]:
    """Nodes and weights over follow-up, panel by panel, and the matrix of integrals up to each node."""
    breaks = {0.0, time, *(s for arm in plan.arms for s in arm.hazard.starts)}
    breaks |= {time - edge for start, stop, _ in plan.accrual.pieces() for edge in (start, stop)}
    edges = sorted(b for b in breaks if 0 <= b <= time)
    fastest = max(max(arm.hazard.values) + arm.dropout for arm in plan.arms)
    panels = [
        (low + (high - low) * i / parts, (high - low) / parts)
        for low, high in pairwise(edges)
        if high > low
        for parts in [max(1, min(math.ceil((high - low) * fastest), 40))]
        for i in range(parts)
    ]
    points, weights, matrix = _rule(NODES)
    at = np.concatenate([low + length * points for low, length in panels])
    width = np.concatenate([length * weights for _, length in panels])
    cumulative = np.tril(np.ones((len(panels), len(panels))), -1).repeat(NODES, 0).repeat(NODES, 1) * width
    for i, (_, length) in enumerate(panels):
        block = slice(i * NODES, (i + 1) * NODES)
        cumulative[block, block] = length * matrix
    return at, width, cumulative


@cache
def _rule(nodes: int) -> tuple[Values, Values, Values]:
    """Gauss-Legendre on 0..1, and the integral of the interpolating polynomial up to each node."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    basis = np.polynomial.legendre.legvander(points, nodes - 1)
    integral = np.empty((nodes, nodes))
    for degree in range(nodes):
        one = np.zeros(degree + 1)
        one[degree] = 1
        integral[:, degree] = np.polynomial.legendre.legval(
            points, np.polynomial.legendre.legint(one, lbnd=-1)
        )
    matrix = integral @ np.linalg.inv(basis)
    return (points + 1) / 2, weights / 2, matrix / 2


def _values(pieces: Any, at: Values) -> Values:
    found: Values = np.asarray(pieces.values)[np.searchsorted(pieces.starts, at, side="right") - 1]
    return found


def _gone(pieces: Any, at: Values) -> Values:
    """The integral of a piecewise constant function up to each time."""
    starts, values = np.asarray(pieces.starts), np.asarray(pieces.values)
    stops = np.append(starts[1:], np.inf)
    found: Values = (np.clip(np.minimum(at[:, None], stops) - starts, 0, None) * values).sum(axis=1)
    return found


def _at_risk(plan: Plan, arm: int, at: Values, time: float) -> Values:
    """Chance that a subject of the arm has entered so long ago, has no event and has not dropped out."""
    one = plan.arms[arm]
    entered = _gone_accrual(plan.accrual, time - at)
    found: Values = np.exp(-_gone(one.hazard, at) - one.dropout * at) * entered
    return found


def _gone_accrual(accrual: Accrual, by: Values) -> Values:
    found = sum(
        rate * np.clip(np.minimum(by, stop) - start, 0, None) for start, stop, rate in accrual.pieces()
    )
    return np.asarray(found) / (accrual.subjects or 1.0)


def _pooled_survival(plan: Plan, at: Values) -> Values:
    found: Values = sum((arm.share * np.exp(-_gone(arm.hazard, at)) for arm in plan.arms), np.zeros_like(at))
    return found


def _below(bounds: Values, covariance: Values) -> float:
    """P(every component below its bound) of a centred normal vector, by conditioning on one after another.

    Independent directions come from the eigenvectors; directions of no variance are left out, so that
    statistics that are sums of others are no trouble. The last direction is integrated in closed form, those
    before by Gauss-Legendre on pieces.
    """
    from scipy.special import ndtr

    values, vectors = np.linalg.eigh(covariance)
    kept = values > 1e-10 * values.max()
    loading = (vectors[:, kept] * np.sqrt(values[kept]))[:, ::-1]  # largest direction first
    rank = loading.shape[1]
    points, weights = np.polynomial.legendre.leggauss(10)
    pieces = np.linspace(-8.0, 8.0, 13)
    half = (pieces[1] - pieces[0]) / 2
    line = ((pieces[:-1] + pieces[1:])[:, None] / 2 + half * points).ravel()
    mass = np.tile(weights * half, len(pieces) - 1) * np.exp(-0.5 * line**2) / math.sqrt(2 * math.pi)
    left, chance = bounds[None, :], np.ones(1)
    for direction in range(rank - 1, 0, -1):
        left = (left[:, None, :] - line[None, :, None] * loading[:, direction]).reshape(-1, len(bounds))
        chance = (chance[:, None] * mass[None, :]).ravel()
        heavy = chance > 1e-18
        left, chance = left[heavy], chance[heavy]
    first = loading[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = left / first
    high = np.where(first > 0, ends, np.inf).min(axis=1)
    low = np.where(first < 0, ends, -np.inf).max(axis=1)
    still = np.where(first == 0, left >= 0, True).all(axis=1)
    return float(np.dot(chance, still * np.clip(ndtr(high) - ndtr(low), 0, None)))
