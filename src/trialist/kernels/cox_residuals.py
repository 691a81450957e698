"""Residuals of a Cox fit, and the robust variance that is made of them. Efron's and Breslow's ties; for the
exact ties the cumulative hazard is Breslow's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, Integers
from trialist.kernels.cox import CoxFit
from trialist.kernels.cox_likelihood import Hazards, hazards, means, over_shares
from trialist.kernels.cox_rows import CoxRows


@dataclass(frozen=True, slots=True)
class Residuals:
    """One value (or row) per row of the fit: the people of a cell who die, or those who are censored.

    source      the cell of each row
    martingale  events less the cumulative hazard lived through; deviance: the same, made symmetric
    score       contribution to the gradient, shape (rows, covariates); dfbeta: what a person's leaving
                changes in the coefficients, to first order: score times the model's covariance
    None of them is multiplied by the case weight.
    Source: Therneau, Grambsch and Fleming 1990, Biometrika 77:147; Lin and Wei 1989, JASA 84:1074.
    """

    source: Integers
    martingale: Floats
    deviance: Floats
    score: Floats
    dfbeta: Floats


@dataclass(frozen=True, slots=True)
class Schoenfeld:
    """One row per row with deaths, by stratum and time: covariates less their mean in the risk set.

    scaled  Grambsch and Therneau's, whose mean is the coefficient: residual times covariance times events,
            plus the coefficient
    Source: Schoenfeld 1982, Biometrika 69:239; Grambsch and Therneau 1994, Biometrika 81:515.
    """

    source: Integers
    time: Floats
    stratum: Integers
    residual: Floats
    scaled: Floats


def residuals(fit: CoxFit) -> Residuals:
    """Martingale, deviance, score and dfbeta residuals of a fit whose status is ok."""
    rows, at = _at(fit)
    event = rows.event.astype(np.float64)
    martingale = event - np.exp(at.eta - at.level) * at.lived
    with np.errstate(divide="ignore", invalid="ignore"):
        inner = np.where(rows.event, np.log(np.maximum(event - martingale, 1e-300)), 0.0)
    deviance = np.sign(martingale) * np.sqrt(np.maximum(-2 * (martingale + event * inner), 0.0))
    score = score_residuals(rows, at) * rows.scale
    return Residuals(rows.source, martingale, deviance, score, score @ fit.model_covariance)


def schoenfeld(fit: CoxFit) -> Schoenfeld:
    """Schoenfeld residuals of a fit; with Efron's ties the mean is that over the tied deaths."""
    rows, at = _at(fit)
    order = np.lexsort((rows.source[rows.dying], rows.dying_at))
    dying, place = rows.dying[order], rows.dying_at[order]
    residual = (rows.x[dying] - _mean_at_deaths(rows, means(rows, at, rows.x))[place]) * rows.scale
    scaled = residual @ fit.model_covariance * fit.events + fit.coefficient
    return Schoenfeld(rows.source[dying], rows.time[place], rows.stratum[place], residual, scaled)


def robust_covariance(
    rows: CoxRows,
    beta: Floats,
    inverse: Floats,
    cluster: ArrayLike | None = None,
    person: ArrayLike | None = None,
) -> Floats:
    """Lin and Wei's variance of the scaled coefficients: squares of what each person (or cluster) moves.

    inverse   of the information
    cluster   a code per cell: people are summed before squaring; no correction for few clusters, as in R
    person    a code per cell: cells that are parts of the follow-up of the same people, as many in each
    """
    at = hazards(rows, beta)
    if at is None:
        raise ValueError("no hazards at the fit")
    moved = score_residuals(rows, at) @ inverse
    if cluster is None and person is not None:
        _, code = np.unique(np.asarray(person).ravel()[rows.source], return_inverse=True)
        parts = [np.bincount(code, weights=rows.case_weight * column) for column in moved.T]
        people = np.zeros(parts[0].size)
        people[code] = rows.count
        whole = np.stack(parts, axis=1)
        return np.asarray((whole * people[:, None]).T @ whole)
    if cluster is None:
        return np.asarray((moved * (rows.count * rows.case_weight**2)[:, None]).T @ moved)
    _, code = np.unique(np.asarray(cluster).ravel()[rows.source], return_inverse=True)
    weight = rows.count * rows.case_weight
    summed = np.stack([np.bincount(code, weights=weight * column) for column in moved.T], axis=1)
    return np.asarray(summed.T @ summed)


def score_residuals(rows: CoxRows, at: Hazards) -> Floats:
    """Of the scaled covariates: x less its mean, over the martingale increments of a person."""
    mean = means(rows, at, rows.x)
    pushed = np.stack([over_shares(rows, at.step * column) for column in mean.T], axis=1)
    running = np.concatenate((np.zeros((1, rows.covariates)), np.cumsum(pushed, axis=0)))
    passed = running[rows.last] - running[rows.first]
    if rows.tied:
        part = [over_shares(rows, rows.share * at.step * column) for column in mean.T]
        passed[rows.dying] -= np.stack(part, axis=1)[rows.dying_at]
    found = np.exp(at.eta - at.level)[:, None] * (passed - rows.x * at.lived[:, None])
    found[rows.dying] += rows.x[rows.dying] - _mean_at_deaths(rows, mean)[rows.dying_at]
    return np.asarray(found)


def _mean_at_deaths(rows: CoxRows, mean: Floats) -> Floats:
    """The mean of the risk set at each death time: over the tied deaths, where Efron's differ."""
    total = over_shares(rows, rows.share_weight)
    parts = [over_shares(rows, rows.share_weight * column) / total for column in mean.T]
    return np.stack(parts, axis=1)


def _at(fit: CoxFit) -> tuple[CoxRows, Hazards]:
    at = None if fit.rows is None else hazards(fit.rows, fit.scaled)
    if fit.rows is None or at is None:
        raise ValueError("residuals need a fit")
    return fit.rows, at
