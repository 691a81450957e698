"""Two arms compared over the same covariates: what a logistic model predicts for everybody in either arm,
averaged.

Also called g-computation or marginal standardisation. Source: Ge and others 2011, Ther Innov Regul Sci
45:481; FDA guidance, Adjusting for Covariates in Randomized Clinical Trials, May 2023, section III.C
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialist.kernels.logistic import LogisticFit, logistic
from trialist.kernels.normal import half_width
from trialist.kernels.two_proportions import Estimate

Floats = NDArray[np.float64]
Variance = Literal["model", "huber_white", "influence"]
Measure = Literal["risk_difference", "risk_ratio", "odds_ratio"]


@dataclass(frozen=True, slots=True)
class Standardised:
    """Mean predicted proportions of the first and the second arm, with their covariance.

    status   that of the logistic fit
    """

    status: str
    first: float | None
    second: float | None
    covariance: Floats


def standardised(
    covariates: ArrayLike, arm: int, responders: ArrayLike, n: ArrayLike, variance: Variance = "model"
) -> Standardised:
    """Predicted proportions with column `arm` set to 1 (first) and to 0 (second) for everybody.

    `covariates` with a column of ones; one row per pattern, as of `logistic`.
    variance   model: of the coefficients by the model, covariates as they are (Ge and others, delta method)
               huber_white: of the coefficients by the sandwich (HC0), covariates as they are
               influence: the sandwich of coefficients and means together, covariates as a sample of a
               population
    """
    x = np.asarray(covariates, dtype=float)
    yes, size = np.asarray(responders, dtype=float), np.asarray(n, dtype=float)
    fit = logistic(x, yes, size)
    if fit.status != "ok":
        return Standardised(fit.status, None, None, np.empty((0, 0)))
    from scipy.special import expit

    whole = float(size.sum())
    settings = [np.array(x), np.array(x)]
    settings[0][:, arm], settings[1][:, arm] = 1.0, 0.0
    predicted = np.stack([expit(each @ fit.coefficient) for each in settings])
    mean = predicted @ size / whole
    slope = np.stack(
        [each.T @ (size * p * (1 - p)) / whole for each, p in zip(settings, predicted, strict=True)]
    )
    covariance = _covariance(fit, x, yes, size, predicted - mean[:, None], slope, variance)
    return Standardised("ok", float(mean[0]), float(mean[1]), covariance)


def compared(found: Standardised, measure: Measure, level: float = 0.95) -> Estimate:
    """Difference of the two proportions; their ratio and odds ratio with Wald's interval of the logarithm."""
    if found.first is None or found.second is None:
        return Estimate(None, None, None)
    p, q = found.first, found.second
    z = half_width(level)
    if measure == "risk_difference":
        half = z * _error(found, (1.0, -1.0))
        return Estimate(p - q, max(-1.0, p - q - half), min(1.0, p - q + half))
    if measure == "risk_ratio":
        middle, half = math.log(p / q), z * _error(found, (1 / p, -1 / q))
    else:
        middle = math.log(p / (1 - p) / (q / (1 - q)))
        half = z * _error(found, (1 / (p * (1 - p)), -1 / (q * (1 - q))))
    return Estimate(math.exp(middle), math.exp(middle - half), math.exp(middle + half))


def wald_p_value(found: Standardised) -> float | None:
    """Two-sided p value of the difference by its standard error."""
    if found.first is None or found.second is None:
        return None
    error = _error(found, (1.0, -1.0))
    if error <= 0:
        return None
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(found.first - found.second) / error))


def _covariance(
    fit: LogisticFit, x: Floats, yes: Floats, size: Floats, apart: Floats, slope: Floats, variance: Variance
) -> Floats:
    if variance == "model":
        return np.asarray(slope @ fit.covariance @ slope.T)
    from scipy.special import expit

    chance = expit(x @ fit.coefficient)
    moved = slope @ fit.covariance @ x.T  # what one more responder of each pattern does to both means
    own = apart / float(size.sum()) if variance == "influence" else np.zeros(apart.shape)
    responded, not_responded = own + moved * (1 - chance), own - moved * chance
    return np.asarray((responded * yes) @ responded.T + (not_responded * (size - yes)) @ not_responded.T)


def _error(found: Standardised, slope: tuple[float, float]) -> float:
    gradient = np.asarray(slope)
    return math.sqrt(max(0.0, float(gradient @ found.covariance @ gradient)))
