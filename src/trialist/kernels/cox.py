"""The Cox model from counts: Newton steps on sums over risk sets, walked from the largest time down.

Rows are cells: a time with its deaths and censorings, in one stratum and of one covariate pattern. A
categorical model has few patterns and so few cells; with continuous covariates every patient is a
pattern, and the same sums run over patients. No loop goes over rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, Integers, tied_times

Ties = Literal["efron", "breslow"]
Status = Literal["ok", "no_events", "singular", "infinite", "not_converged"]
MAX_STEPS = 60


@dataclass(frozen=True, slots=True)
class ChiSquare:
    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True)
class CoxFit:
    """Coefficients are log hazard ratios per unit of covariate; empty unless `status` is ok.

    status   ok; no_events; singular: the covariates do not vary, or one follows from others, where deaths
             occur; infinite: the likelihood rises for ever (monotone); not_converged
    p_value  of each coefficient, Wald, two-sided
    score    chi-square at coefficients of 0: with one binary covariate and no ties the log-rank statistic
    """

    status: Status
    coefficient: Floats
    std_err: Floats
    covariance: Floats
    p_value: Floats
    wald: ChiSquare | None
    score: ChiSquare | None
    likelihood_ratio: ChiSquare | None
    log_likelihood: tuple[float, float] | None
    steps: int
    n: int
    events: int


def cox(
    time: ArrayLike,
    deaths: ArrayLike,
    censored: ArrayLike,
    pattern: ArrayLike,
    covariates: ArrayLike,
    *,
    stratum: ArrayLike | None = None,
    ties: Ties = "efron",
) -> CoxFit:
    """Maximum partial likelihood, with Efron's or Breslow's handling of ties.

    `time`, `deaths`, `censored`, `pattern`, `stratum`: one value per cell. `covariates`: a row per
    pattern, a column per covariate. Returns a status instead of raising when there is no estimate.
    Source: Cox 1972, JRSS B 34:187; Efron 1977, JASA 72:557; Breslow 1974, Biometrics 30:89; monotone
    likelihood: Bryson and Johnson 1981, Technometrics 23:381.
    """
    died, lost = np.asarray(deaths, dtype=float), np.asarray(censored, dtype=float)
    n, events = round(float(np.sum(died + lost))), round(float(np.sum(died)))
    values = np.asarray(covariates, dtype=float)
    values = values.reshape(values.shape[0], -1)
    count = values.shape[1]
    if events == 0:
        return _without_estimate("no_events", n, events)
    layer = np.zeros(died.size, dtype=np.int64) if stratum is None else np.asarray(stratum, dtype=np.int64)
    rows = _rows(tied_times(time), died, lost, layer, values[np.asarray(pattern, dtype=np.int64)], ties)
    if rows.scale.min() == 0:
        return _without_estimate("singular", n, events)
    start = _derivatives(rows, np.zeros(count))
    if _singular(start.information, events):
        return _without_estimate("singular", n, events)
    first = float(start.score @ np.linalg.solve(start.information, start.score))
    status, beta, here, steps = _maximise(rows, start, events)
    if status != "ok":
        return _without_estimate(status, n, events, steps)
    covariance = np.linalg.inv(here.information) / np.outer(rows.scale, rows.scale)
    coefficient = beta / rows.scale
    std_err = np.sqrt(np.diag(covariance))
    from scipy.special import ndtr

    return CoxFit(
        "ok",
        coefficient,
        std_err,
        covariance,
        np.asarray(2 * ndtr(-np.abs(coefficient / std_err))),
        _chi_square(float(beta @ here.information @ beta), count),
        _chi_square(first, count),
        _chi_square(2 * (here.log_likelihood - start.log_likelihood), count),
        (start.log_likelihood, here.log_likelihood),
        steps,
        n,
        events,
    )


def _maximise(rows: _Rows, start: _Derivatives, events: int) -> tuple[Status, Floats, _Derivatives, int]:
    """Newton's method from 0, a step halved while it loses likelihood; (status, coefficients, there, steps).

    Converged when a whole step no longer moves the coefficients (1e-10). Infinite when the likelihood
    stands still while the coefficients keep moving, which concavity allows on a monotone likelihood only.
    """
    beta, here = np.zeros(start.score.size), start
    for steps in range(1, MAX_STEPS + 1):
        step = np.linalg.solve(here.information, here.score)
        tried, halvings = _derivatives(rows, beta + step), 0
        while not tried.log_likelihood >= here.log_likelihood - _slack(here.log_likelihood):
            step, halvings = step / 2, halvings + 1
            if halvings > 40:
                return "not_converged", beta, here, steps
            tried = _derivatives(rows, beta + step)
        gain = tried.log_likelihood - here.log_likelihood
        beta, here = beta + step, tried
        moved = float(np.max(np.abs(step)))
        if halvings == 0 and moved < 1e-10 * max(1.0, float(np.max(np.abs(beta)))):
            return "ok", beta, here, steps
        if steps >= 5 and moved > 0.2 and abs(gain) < 1e-5:
            return "infinite", beta, here, steps
        if _singular(here.information, events):
            far = float(np.max(np.abs(beta))) > 5
            return ("infinite" if far else "singular"), beta, here, steps
    return "not_converged", beta, here, MAX_STEPS


@dataclass(frozen=True, slots=True)
class _Rows:
    """Cells by stratum and falling time; covariates centred and scaled to their range.

    at_death   the distinct (stratum, time) with deaths: last row of its risk set, first row of its stratum
    dying      rows with deaths, and the index of their (stratum, time) among those
    share      Efron: l / d for the l-th of d tied deaths (Breslow: 0), one entry per death
    """

    x: Floats
    scale: Floats
    weight: Floats
    last: Integers
    start: Integers
    dying: Integers
    dying_at: Integers
    dying_deaths: Floats
    share: Floats
    share_at: Integers


@dataclass(frozen=True, slots=True)
class _Derivatives:
    log_likelihood: float
    score: Floats
    information: Floats


def _rows(time: Floats, died: Floats, lost: Floats, layer: Integers, x: Floats, ties: Ties) -> _Rows:
    total = died + lost
    order = np.lexsort((-time, layer))
    order = order[total[order] > 0]
    time, died, total, layer, x = time[order], died[order], total[order], layer[order], x[order]
    x = x - np.average(x, axis=0, weights=total)
    scale = np.ptp(x, axis=0)
    x = x / np.where(scale > 0, scale, 1.0)
    new = np.ones(time.size, dtype=bool)
    new[1:] = (np.diff(time) != 0) | (np.diff(layer) != 0)
    key = np.cumsum(new) - 1
    ends = np.append(np.flatnonzero(new)[1:], time.size) - 1
    tied = np.bincount(key, weights=died)
    with_deaths = np.flatnonzero(tied > 0)
    number = np.full(tied.size, -1, dtype=np.int64)
    number[with_deaths] = np.arange(with_deaths.size)
    dying = np.flatnonzero(died > 0)
    each = np.rint(tied[with_deaths]).astype(np.int64)
    share_at = np.repeat(np.arange(each.size), each)
    share = np.zeros(share_at.size)
    if ties == "efron":
        firsts = np.cumsum(each) - each
        share = (np.arange(share_at.size) - firsts[share_at]) / each[share_at]
    last = ends[with_deaths]
    return _Rows(
        x, scale, total, last, np.searchsorted(layer, layer[last]),
        dying, number[key[dying]], died[dying], share, share_at,
    )  # fmt: skip


def _derivatives(rows: _Rows, beta: Floats) -> _Derivatives:
    """Log partial likelihood, its gradient and minus its second derivative at `beta`."""
    count = beta.size
    eta = rows.x @ beta
    shift = float(eta.max())
    risk = np.exp(eta - shift)
    pairs = np.triu_indices(count)
    size = rows.last.size

    def at_risk(amount: Floats) -> Floats:
        """Weighted sums over each risk set: the running sum to its last row, less its stratum's start."""
        running = np.concatenate(([0.0], np.cumsum(rows.weight * amount)))
        return np.asarray(running[rows.last + 1] - running[rows.start])

    def at_death(amount: Floats) -> Floats:
        """The same sums over those who die at that time."""
        died = rows.dying_deaths * amount[rows.dying]
        return np.bincount(rows.dying_at, weights=died, minlength=size).astype(np.float64)

    def summed(amount: Floats) -> Floats:
        return np.bincount(rows.share_at, weights=amount, minlength=size).astype(np.float64)

    x = rows.x.T
    all_0, dead_0 = at_risk(risk), at_death(risk)
    all_1 = np.stack([at_risk(risk * x[i]) for i in range(count)])
    dead_1 = np.stack([at_death(risk * x[i]) for i in range(count)])
    all_2 = np.stack([at_risk(risk * x[i] * x[j]) for i, j in zip(*pairs, strict=True)])
    dead_2 = np.stack([at_death(risk * x[i] * x[j]) for i, j in zip(*pairs, strict=True)])
    hazard = all_0[rows.share_at] - rows.share * dead_0[rows.share_at]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        one = 1 / hazard
        a1, a2 = summed(one), summed(rows.share * one)
        b1, b2, b3 = (summed(rows.share**k * one**2) for k in range(3))
        likelihood = float(rows.dying_deaths @ (eta[rows.dying] - shift) - np.sum(np.log(hazard)))
        score = rows.x[rows.dying].T @ rows.dying_deaths - (all_1 @ a1 - dead_1 @ a2)
        upper = all_2 @ a1 - dead_2 @ a2
        information = np.zeros((count, count))
        information[pairs] = upper
        information = information + np.triu(information, 1).T
        crossed = (all_1 * b2) @ dead_1.T
        information -= (all_1 * b1) @ all_1.T - crossed - crossed.T + (dead_1 * b3) @ dead_1.T
    if not (np.isfinite(likelihood) and np.isfinite(score).all() and np.isfinite(information).all()):
        return _Derivatives(-np.inf, np.zeros(count), np.zeros((count, count)))
    return _Derivatives(likelihood, score, information)


def _slack(log_likelihood: float) -> float:
    return 1e-12 * (1 + abs(log_likelihood))


def _singular(information: Floats, events: int) -> bool:
    """True when some direction has no information, on the covariates' own scales and beyond rounding."""
    diagonal = np.diag(information)
    if not np.all(diagonal > 1e-10 * events):
        return True
    root = np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(information / np.outer(root, root))[0] < 1e-10)


def _chi_square(statistic: float, df: int) -> ChiSquare:
    from scipy.special import chdtrc

    return ChiSquare(statistic, df, float(chdtrc(df, statistic)))


def _without_estimate(status: Status, n: int, events: int, steps: int = 0) -> CoxFit:
    none = np.empty(0)
    return CoxFit(status, none, none, np.empty((0, 0)), none, None, None, None, None, steps, n, events)
