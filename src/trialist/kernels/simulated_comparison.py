"""Simulated treatment comparison: what a model of own patients says of another trial's patients."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats
from trialist.kernels.cox import cox
from trialist.kernels.draws import stream
from trialist.kernels.linear import linear
from trialist.kernels.logistic import logistic

Family = Literal["mean", "response"]


@dataclass(frozen=True, slots=True)
class Predicted:
    """An effect of arm 1 against arm 0 (a ratio's logarithm) with its standard error.

    status  ok, or the status of the model that could not be fitted
    """

    status: str
    estimate: float | None = None
    std_err: float | None = None


def at_means(
    values: ArrayLike,
    arm: ArrayLike,
    covariates: ArrayLike,
    means: ArrayLike,
    family: Family,
    *,
    modifiers: ArrayLike | None = None,
) -> Predicted:
    """The conditional effect among patients with the other trial's means: the arm's coefficient of a model
    whose covariates are centred there.

    Parameters
        covariates  (n, p) of own patients; means: (p,) of the other trial
        modifiers   columns whose effect on the effect is in the model; None: all
    Source: Caro and Ishak 2010, Pharmacoeconomics 28:957; Phillippo 2016, NICE DSU technical support
    document 18
    """
    x = _design(arm, covariates, means, modifiers)
    fit = _fit(values, x, family)
    if isinstance(fit, str):
        return Predicted(fit)
    coefficient, covariance = fit
    return Predicted("ok", float(coefficient[1]), math.sqrt(float(covariance[1, 1])))


def hazard_at_means(
    time: ArrayLike,
    died: ArrayLike,
    arm: ArrayLike,
    covariates: ArrayLike,
    means: ArrayLike,
    *,
    modifiers: ArrayLike | None = None,
) -> Predicted:
    """The same for a log hazard ratio, by Cox's model."""
    x = _design(arm, covariates, means, modifiers)[:, 1:]
    event = np.asarray(died, dtype=float)
    fit = cox(time, event, 1 - event, np.arange(len(x)), x)
    if fit.status != "ok":
        return Predicted(fit.status)
    return Predicted("ok", float(fit.coefficient[0]), float(fit.std_err[0]))


def standardised(
    values: ArrayLike,
    arm: ArrayLike,
    covariates: ArrayLike,
    population: ArrayLike,
    family: Family,
    *,
    modifiers: ArrayLike | None = None,
) -> Predicted:
    """The marginal effect in a population: a difference in means, or a log odds ratio of mean probabilities.

    Parameters
        population  (k, p) covariates of the other trial's patients, as `like` draws them
    Source: Remiro-Azocar, Heath and Baio 2022, Res Synth Methods 13:716 (parametric G-computation); the
    error by the delta method
    """
    own = np.asarray(covariates, dtype=float)
    people = np.asarray(population, dtype=float)
    centre = people.mean(axis=0)
    fit = _fit(values, _design(arm, own, centre, modifiers), family)
    if isinstance(fit, str):
        return Predicted(fit)
    coefficient, covariance = fit
    sides = []
    for each in (0.0, 1.0):
        x = _design(np.full(len(people), each), people, centre, modifiers)
        eta = x @ coefficient
        if family == "mean":
            sides.append((float(eta.mean()), x.mean(axis=0)))
            continue
        p = 1 / (1 + np.exp(-eta))
        mean = float(p.mean())
        slope = (x * (p * (1 - p))[:, None]).mean(axis=0) / (mean * (1 - mean))
        sides.append((math.log(mean / (1 - mean)), slope))
    turn = sides[1][1] - sides[0][1]
    return Predicted("ok", sides[1][0] - sides[0][0], math.sqrt(float(turn @ covariance @ turn)))


def like(covariates: ArrayLike, means: ArrayLike, sds: ArrayLike, *, draws: int, seed: int) -> Floats:
    """(draws, p) patients with the other trial's means and standard deviations and own correlations.

    A column of 0 and 1 stays one, with the mean as its share; the others are normal. Correlations are those
    of the normals behind.
    """
    own, mean, sd = (np.asarray(v, dtype=float) for v in (covariates, means, sds))
    varies = own.std(axis=0) > 0
    together = np.eye(own.shape[1])
    if int(varies.sum()) > 1:
        together[np.ix_(varies, varies)] = np.corrcoef(own[:, varies], rowvar=False)
    value, axes = np.linalg.eigh(together)
    root = axes * np.sqrt(np.maximum(value, 0))
    z = stream(seed, "simulated comparison").standard_normal((draws, len(mean))) @ root.T
    binary = np.isin(own, (0.0, 1.0)).all(axis=0)
    from scipy.special import ndtri

    cut = ndtri(np.clip(1 - mean, 0.0, 1.0))
    numbers = mean + np.where(binary, 0.0, sd) * z
    return np.asarray(np.where(binary, (z > cut).astype(float), numbers), dtype=float)


def _design(arm: ArrayLike, covariates: ArrayLike, means: ArrayLike, modifiers: ArrayLike | None) -> Floats:
    x = np.asarray(covariates, dtype=float) - np.asarray(means, dtype=float)
    one = np.asarray(arm, dtype=float)
    chosen = np.arange(x.shape[1]) if modifiers is None else np.asarray(modifiers, dtype=np.int64)
    return np.column_stack([np.ones(len(one)), one, x, one[:, None] * x[:, chosen]])


def _fit(values: ArrayLike, x: Floats, family: Family) -> tuple[Floats, Floats] | str:
    y = np.asarray(values, dtype=float)
    if not bool(np.isfinite(x).all() and np.isfinite(y).all()):
        return "not_finite"
    if family == "mean":
        fit = linear(y, x)
        if fit.status != "ok" or fit.coefficient is None or fit.covariance is None:
            return fit.status
        return fit.coefficient, fit.covariance
    response = logistic(x, y, np.ones(len(y)))
    return response.status if response.status != "ok" else (response.coefficient, response.covariance)
