"""What each study does to a meta-analysis or a meta-regression: the model without it beside the whole."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.heterogeneity import Floats, weighted
from trialist.kernels.meta_regression import IntervalKind, Model, Regression, meta_regression


@dataclass(frozen=True, slots=True)
class Influence:
    """One value per study; NaN where the model can't be fitted without it.

    status       as of the whole model
    studentised  distance from what the others predict, over its error (deleted residual)
    dffits       change of the fitted value in errors; cook: change of all coefficients
    covariance_ratio  determinant of the covariance without the study over that with it
    tau2, q      without the study; hat, weight (percent) with it; dfbetas (k, p)
    influential  marked by the rules of metafor: |dffits| > 3 sqrt(p / (k - p)), cook above the median of
                 chi-square on p, hat > 3 p / k, or a |dfbetas| above 1
    """

    status: str
    studentised: Floats
    dffits: Floats
    cook: Floats
    covariance_ratio: Floats
    tau2: Floats
    q: Floats
    hat: Floats
    weight: Floats
    dfbetas: Floats
    influential: tuple[bool, ...]


def influence(
    y: ArrayLike,
    v: ArrayLike,
    x: ArrayLike | None = None,
    *,
    model: Model = "reml",
    kind: IntervalKind = "normal",
) -> Influence:
    """Diagnostics by leaving out one study at a time, tau2 estimated anew each time.

    Source: Viechtbauer and Cheung 2010, Res Synth Methods 1:112; R's metafor::influence
    """
    effect, variance = np.asarray(y, dtype=float), np.asarray(v, dtype=float)
    design = np.ones((effect.size, 1)) if x is None else np.asarray(x, dtype=float)
    whole = meta_regression(effect, variance, design, model=model, kind=kind)
    if whole.status != "ok" or whole.fit is None:
        none: Floats = np.full(effect.size, math.nan)
        betas: Floats = np.full(design.shape, math.nan)
        return Influence(whole.status, none, none, none, none, none, none, none, none, betas, ())
    k, p = design.shape
    rows = [_without(i, effect, variance, design, whole, model, kind) for i in range(k)]
    residual, dffits, cook, ratio, tau2, q = (np.array([row[j] for row in rows]) for j in range(6))
    betas = np.array([row[6] for row in rows])
    hat = whole.fit.leverage
    weight = 100 * whole.fit.weight / float(whole.fit.weight.sum())
    far = (
        (np.abs(dffits) > 3 * math.sqrt(p / (k - p)))
        | (cook > _median_chi_square(p))
        | (hat > 3 * p / k)
        | (np.abs(betas) > 1).any(axis=1)
    )
    return Influence("ok", residual, dffits, cook, ratio, tau2, q, hat, weight, betas, tuple(far.tolist()))


def _without(
    i: int, y: Floats, v: Floats, x: Floats, whole: Regression, model: Model, kind: IntervalKind
) -> tuple[float, float, float, float, float, float, Floats]:
    kept = np.arange(y.size) != i
    found = meta_regression(y[kept], v[kept], x[kept], model=model, kind=kind, tau2_interval=False)
    nothing = (math.nan,) * 6
    none: Floats = np.full(x.shape[1], math.nan)
    if found.status != "ok" or found.fit is None or whole.fit is None or found.covariance is None:
        return (*nothing, none)
    assert whole.covariance is not None
    tau2, scale = found.tau2 or 0.0, found.scale
    predicted = float(x[i] @ found.fit.coefficient)
    spread = float(x[i] @ found.covariance @ x[i])
    gap = float(y[i]) - predicted
    gap = 0.0 if abs(gap) < 100 * np.finfo(float).eps else gap
    residual = gap / math.sqrt((v[i] + tau2) * scale + spread)
    change = whole.fit.coefficient - found.fit.coefficient
    fitted = float(x[i] @ change)
    dffits = fitted / math.sqrt(scale * float(whole.fit.leverage[i]) * (tau2 + v[i]))
    cook = float(change @ np.linalg.solve(whole.covariance, change))
    ratio = float(np.linalg.det(found.covariance) / np.linalg.det(whole.covariance))
    all_of_them = weighted(y, x, 1 / (v + tau2)).unscaled
    betas = change / np.sqrt(scale * np.diag(all_of_them))
    return residual, dffits, cook, ratio, tau2, found.q or 0.0, np.asarray(betas)


def _median_chi_square(df: int) -> float:
    from scipy.special import chdtri

    return float(chdtri(df, 0.5))
