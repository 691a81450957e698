"""Mixed-effects meta-regression: effects with known variances, moderators, a variance between studies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.heterogeneity import (
    Between,
    Floats,
    Heterogeneity,
    Tau2,
    Weighted,
    between,
    independent,
    interval,
    weighted,
)

_MOST_APART = 1e10  # of variances: beyond it rounding eats the weights of the less precise
_LARGEST, _VARIANCES = 1e50, (1e-100, 1e100)  # beyond them the squares of weighted effects overflow
Model = Tau2 | Literal["common"]
IntervalKind = Literal["normal", "t", "hartung_knapp", "hartung_knapp_adhoc"]
Status = Literal[
    "ok",
    "no_studies",
    "too_few",
    "variance",
    "scale",
    "not_finite",
    "level",
    "lengths",
    "dependent",
    "no_spread",
]


@dataclass(frozen=True, slots=True)
class Regression(Heterogeneity):
    """A fitted model; arrays have one value per column of x (or per study where they say so).

    status      ok; no_studies; too_few: no more studies than columns; variance: one is not above 0;
                scale: one is 1e10 times another, so that sums lose the rest, or a number can't be squared;
                not_finite; level: not between 0
                and 1; lengths: y, v and x differ; dependent: the columns
                can't be told apart; no_spread: Hartung-Knapp's error is 0 because the model fits every effect
    fit         the weighted least squares behind it; `residual` and `leverage` per study
    scale       what Hartung-Knapp multiplies the covariance by (1 otherwise)
    df          of t; None: normal
    moderators  test of all columns but the first: chi-square on its df, or F on (df, residual df)
    r2          percent of the variance between studies that the moderators account for
    """

    status: Status
    k: int
    coefficient: Floats | None = None
    std_err: Floats | None = None
    covariance: Floats | None = None
    statistic: Floats | None = None
    p_value: Floats | None = None
    low: Floats | None = None
    high: Floats | None = None
    df: float | None = None
    scale: float = 1.0
    moderators: float | None = None
    moderators_df: int | None = None
    moderators_p_value: float | None = None
    r2: float | None = None
    fit: Weighted | None = None


def meta_regression(
    y: ArrayLike,
    v: ArrayLike,
    x: ArrayLike,
    *,
    model: Model = "reml",
    kind: IntervalKind = "normal",
    level: float = 0.95,
    tau2: float | None = None,
    tau2_interval: bool = True,
) -> Regression:
    """The coefficients of the columns of x with intervals and tests, and what heterogeneity is left.

    Parameters
        y, v   (k,) effects and their variances; x (k, p), its first column ones for an intercept
        model  common: no variance between studies; else how it is estimated; `tau2` fixes it instead
        tau2_interval  whether its interval is wanted
        kind   normal; t on k - p; hartung_knapp: t and a covariance scaled by the weighted residual variance;
               hartung_knapp_adhoc: never scaled below 1
    Source: Thompson and Sharp 1999, Stat Med 18:2693; Knapp and Hartung 2003, Stat Med 22:2693; heterogeneity
    as Higgins and Thompson 2002, Stat Med 21:1539; R's metafor::rma
    """
    effect, variance, design = (np.asarray(part, dtype=float) for part in (y, v, x))
    status = _unusable(effect, variance, design, level)
    if status is not None:
        return Regression(status, int(effect.size))
    k, p = design.shape
    plain = weighted(effect, design, 1 / variance)
    found: Between | None = None
    if tau2 is not None:
        found = Between(max(0.0, tau2), None)
    elif model != "common":
        found = between(effect, variance, design, model)
    fit = plain if found is None else weighted(effect, design, 1 / (variance + found.tau2))
    low, high, empty = None, None, False
    if found is not None and tau2_interval:
        low, high, empty = interval(effect, variance, design, level)
    scale = _scale(fit, k - p, kind, effect)
    made = _coefficients(fit, scale, k - p, kind, level)
    value = found.tau2 if found else 0.0
    typical = (k - p) / plain.trace
    i2, h2 = 100 * value / (typical + value), value / typical + 1
    if found is None:
        i2, h2 = (max(0.0, 100 * (plain.q - (k - p)) / plain.q) if plain.q > 0 else 0.0), plain.q / (k - p)
    made |= _moderators(fit, scale, k, p, kind)
    if p > 1 and tau2 is None and tau2_interval and model != "common":
        without = between(effect, variance, design[:, :1], model).tau2
        made["r2"] = max(0.0, 100 * (without - value) / without) if without > 0 else 0.0
    return Regression(
        "no_spread" if scale == 0 else "ok",
        k,
        scale=scale,
        tau2=value,
        tau2_std_err=found.std_err if found else None,
        tau2_low=low,
        tau2_high=high,
        tau2_empty=empty,
        q=plain.q,
        q_df=k - p,
        q_p_value=chi_square_tail(k - p, plain.q),
        i2=i2,
        h2=h2,
        typical=typical,
        fit=fit,
        **made,
    )


def chi_square_tail(df: int, statistic: float) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(df, max(0.0, statistic)))


def quantile(level: float, df: float | None) -> float:
    """Of the upper end of a two-sided interval: normal, or t on df."""
    from scipy.special import ndtri, stdtrit

    return float(ndtri(0.5 + level / 2)) if df is None else float(stdtrit(df, 0.5 + level / 2))


def two_sided(statistic: Floats, df: float | None) -> Floats:
    from scipy.special import ndtr, stdtr

    far = -np.abs(statistic)
    return np.asarray(2 * (ndtr(far) if df is None else stdtr(df, far)))


def _unusable(y: Floats, v: Floats, x: Floats, level: float) -> Status | None:
    if not 0 < level < 1:
        return "level"
    if y.ndim != 1 or v.shape != y.shape or x.ndim != 2 or x.shape[0] != y.size:
        return "lengths"
    if y.size == 0:
        return "no_studies"
    if not (np.isfinite(y).all() and np.isfinite(v).all() and np.isfinite(x).all()):
        return "not_finite"
    if bool((v <= 0).any()):
        return "variance"
    low, high = float(v.min()), float(v.max())
    if high > _MOST_APART * low or low < _VARIANCES[0] or high > _VARIANCES[1]:
        return "scale"
    if float(np.abs(y).max()) > _LARGEST:
        return "scale"
    if y.size <= x.shape[1]:
        return "too_few"
    return None if independent(x) and independent(x / np.sqrt(v)[:, None]) else "dependent"


def _scale(fit: Weighted, df: int, kind: IntervalKind, y: Floats) -> float:
    if not kind.startswith("hartung_knapp"):
        return 1.0
    flat = float(np.abs(fit.residual).max()) <= 1e-14 * max(float(np.abs(y).max()), 1e-300)
    scale = 0.0 if flat else fit.q / df
    return max(1.0, scale) if kind == "hartung_knapp_adhoc" else scale


def _coefficients(fit: Weighted, scale: float, df: int, kind: IntervalKind, level: float) -> dict[str, Any]:
    t_df = None if kind == "normal" else float(df)
    made: dict[str, Any] = {"coefficient": fit.coefficient, "df": t_df}
    if scale == 0:
        return made
    covariance = scale * fit.unscaled
    error = np.sqrt(np.diag(covariance))
    statistic = fit.coefficient / error
    half = quantile(level, t_df) * error
    return made | {
        "covariance": covariance,
        "std_err": error,
        "statistic": statistic,
        "p_value": two_sided(statistic, t_df),
        "low": fit.coefficient - half,
        "high": fit.coefficient + half,
    }


def _moderators(fit: Weighted, scale: float, k: int, p: int, kind: IntervalKind) -> dict[str, Any]:
    """The test that no column but the first matters."""
    from scipy.special import fdtrc

    if p == 1 or scale == 0:
        return {}
    b, inside = fit.coefficient[1:], scale * fit.unscaled[1:, 1:]
    size = np.sqrt(np.diag(inside))
    square = float((b / size) @ np.linalg.solve(inside / np.outer(size, size), b / size))
    if kind == "normal":
        return {
            "moderators": square,
            "moderators_df": p - 1,
            "moderators_p_value": chi_square_tail(p - 1, square),
        }
    f = square / (p - 1)
    return {"moderators": f, "moderators_df": p - 1, "moderators_p_value": float(fdtrc(p - 1, k - p, f))}
