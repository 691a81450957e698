"""Combinations of the coefficients of a mixed model for repeated measures, with their degrees of freedom."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats
from trialist.kernels.linear import Combination, by_t
from trialist.kernels.repeated_measures import RepeatedFit

DegreesOfFreedom = Literal["satterthwaite", "kenward_roger", "kenward_roger_linear", "between_within"]


def contrast(
    fit: RepeatedFit,
    weights: ArrayLike,
    degrees_of_freedom: DegreesOfFreedom = "kenward_roger",
    *,
    level: float = 0.95,
    null: float = 0.0,
) -> Combination | None:
    """A combination of the coefficients of a fit whose status is ok, with its test against `null`.

    None where the adjusted variance, or the degrees of freedom, are not above 0: too few subjects.

    Source: Giesbrecht and Burns 1985, Biometrics 41:477 (Satterthwaite); Kenward and Roger 1997; for one
    combination both have the same degrees of freedom. Schluchter and Elashoff 1990, J Stat Comput Simul 37:69
    (between-within; R's mmrm asks of single coefficients what is asked of the combination here)
    """
    assert fit.coefficient is not None
    assert fit.covariance is not None
    assert fit.gradients is not None
    assert fit.theta_covariance is not None
    w = np.asarray(weights, dtype=float)
    plain = float(w @ fit.covariance @ w)
    chosen = {"kenward_roger": fit.adjusted, "kenward_roger_linear": fit.adjusted_linear}.get(
        degrees_of_freedom, fit.covariance
    )
    assert chosen is not None
    variance = float(w @ chosen @ w)
    if degrees_of_freedom == "between_within":
        df = _between_within(fit, w)
    else:
        slope = np.einsum("a,kab,b->k", w, fit.gradients, w)
        spread = float(slope @ fit.theta_covariance @ slope)
        df = 2 * plain**2 / spread if spread > 0 else 0.0
    if not (variance > 0 and 0 < df < math.inf):
        return None
    found = by_t(float(w @ fit.coefficient), math.sqrt(variance), df, level, null)
    return found if math.isfinite(found.high - found.low) else None


def _between_within(fit: RepeatedFit, weights: Floats) -> float:
    """Rows less subjects and within-subject terms, for what differences within subjects tell; else subjects
    less the other terms."""
    assert fit.within is not None
    inside = int(fit.within.shape[0])
    left = weights - fit.within.T @ (fit.within @ weights)
    if float(np.abs(left).max()) <= 1e-8 * float(np.abs(weights).max()):
        return float(fit.rows - fit.subjects - inside)
    return float(fit.subjects - (weights.size - inside))
