"""Survival that a Cox fit predicts at given covariates, and its baseline hazard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats
from trialist.kernels.cox import CoxFit
from trialist.kernels.cox_likelihood import hazards, means, over_shares
from trialist.kernels.normal import half_width


@dataclass(frozen=True, slots=True)
class PredictedSurvival:
    """Step functions of one stratum at one set of covariates: one value per time of death, ascending.

    cumulative_hazard, std_err   and the standard error of it, that of the coefficients included
    survival, low, high          exp(-cumulative hazard) with its interval, cut at 1; low is NaN nowhere
    """

    time: Floats
    cumulative_hazard: Floats
    std_err: Floats
    survival: Floats
    low: Floats
    high: Floats


def predicted_survival(
    fit: CoxFit,
    covariates: ArrayLike,
    *,
    stratum: int = 0,
    level: float = 0.95,
    interval: Literal["log", "log_log", "plain"] = "log",
) -> PredictedSurvival:
    """Survival of somebody with these covariates (one per coefficient, offset 0) in a stratum.

    The hazard is Efron's or Breslow's, as the ties of the fit (Breslow's for exact ties); covariates of 0
    give the baseline. Source: Tsiatis 1981, Annals of Statistics 9:93; Therneau and Grambsch 2000, 10.1.
    """
    rows = fit.rows
    at = None if rows is None else hazards(rows, fit.scaled)
    if rows is None or at is None:
        raise ValueError("a prediction needs a fit")
    given = np.asarray(covariates, dtype=np.float64).ravel()
    x = given / rows.scale - rows.centre[stratum if rows.centre.shape[0] > 1 else 0]
    factor = float(np.exp(x @ fit.scaled - at.level))
    mine = rows.stratum == stratum
    hazard = np.cumsum(over_shares(rows, at.step)[mine]) * factor
    spread = np.cumsum(over_shares(rows, at.step / at.hazard)[mine]) * factor**2
    mean = means(rows, at, rows.x)
    away = np.stack(
        [over_shares(rows, at.step * (x[i] - mean[:, i]))[mine] for i in range(rows.covariates)], axis=1
    )
    away = np.cumsum(away, axis=0) * factor * rows.scale
    error = np.sqrt(spread + np.einsum("ti,ij,tj->t", away, fit.covariance, away))
    survival = np.exp(-hazard)
    low, high = _interval(hazard, error, survival, level, interval)
    return PredictedSurvival(rows.time[mine], hazard, error, survival, low, high)


def _interval(
    hazard: Floats, error: Floats, survival: Floats, level: float, kind: str
) -> tuple[Floats, Floats]:
    z = half_width(level)
    if kind == "plain":
        half = z * error * survival
        return np.maximum(survival - half, 0.0), np.minimum(survival + half, 1.0)
    if kind == "log":
        return np.exp(-hazard - z * error), np.minimum(np.exp(-hazard + z * error), 1.0)
    width = z * error / np.maximum(hazard, 1e-300)
    return np.exp(-hazard * np.exp(width)), np.exp(-hazard * np.exp(-width))
