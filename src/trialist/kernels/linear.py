"""The linear model by least squares: coefficients with classical or robust covariance; combinations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, Integers

Variance = Literal["classical", "hc0", "hc1", "hc2", "hc3"]


@dataclass(frozen=True, slots=True)
class LinearFit:
    """`coefficient` (p,), its `covariance` (p, p), residual variance and degrees of freedom.

    status    ok; too_few: no more rows than columns; dependent: columns are not independent; no_variance: the
              model fits without error; leverage: hc2 or hc3 where one row alone decides a coefficient
    """

    status: Literal["ok", "too_few", "dependent", "no_variance", "leverage"]
    rows: int
    df: int
    coefficient: Floats | None = None
    covariance: Floats | None = None
    variance: float | None = None
    residuals: Floats | None = None


@dataclass(frozen=True, slots=True)
class Combination:
    """A combination of coefficients: its error, degrees of freedom, t, p values and interval.

    p_value   two-sided; `p_greater`: against a value of the null or below, `p_less`: or above
    """

    estimate: float
    std_err: float
    df: float
    t: float
    p_value: float
    p_greater: float
    p_less: float
    low: float
    high: float


def linear(y: ArrayLike, x: ArrayLike, variance: Variance = "classical") -> LinearFit:
    """Least squares by QR, as R's lm; robust covariances as HC0 to HC3.

    Parameters
        y  (rows,); x (rows, p): the columns of the model, a constant among them where one is wanted
    Source: Golub 1965; White 1980, Econometrica 48:817 (HC0); MacKinnon and White 1985, J Econometrics 29:305
    (HC1: n / (n - p); HC2: 1 / (1 - h); HC3: 1 / (1 - h)^2)
    """
    values, design = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    n, p = design.shape
    df = n - p
    if df < 1 or p == 0:
        return LinearFit("too_few", n, max(df, 0))
    found = orthogonal(design)
    if found is None:
        return LinearFit("dependent", n, df)
    from scipy.linalg import solve_triangular

    basis, upper, order, norm = found
    flat = basis.T @ values
    residuals = values - basis @ flat
    coefficient = np.empty(p)
    coefficient[order] = solve_triangular(upper, flat)
    coefficient /= norm
    if without_error(values, residuals):
        return LinearFit("no_variance", n, df, coefficient, residuals=residuals)
    left = float(residuals @ residuals) / df
    back = np.zeros((p, p))
    back[order] = solve_triangular(upper, np.eye(p))
    back /= norm[:, None]
    if variance == "classical":
        return LinearFit("ok", n, df, coefficient, left * (back @ back.T), left, residuals)
    weight = residuals**2
    if variance in ("hc2", "hc3"):
        room = 1 - np.einsum("ij,ij->i", basis, basis)
        if bool((room < 1e-10).any()):
            return LinearFit("leverage", n, df, coefficient, None, left, residuals)
        weight = weight / room ** (1 if variance == "hc2" else 2)
    elif variance == "hc1":
        weight = weight * n / df
    middle = basis.T @ (weight[:, None] * basis)
    return LinearFit("ok", n, df, coefficient, back @ middle @ back.T, left, residuals)


def orthogonal(design: Floats) -> tuple[Floats, Floats, Integers, Floats] | None:
    """Q, R, the order of the columns and their norms: design[:, order] / norm[order] = Q R. None where the
    columns are not independent (1e-10)."""
    from scipy.linalg import qr

    norm = np.sqrt(np.einsum("ij,ij->j", design, design))
    if bool((norm == 0).any()):
        return None
    basis, upper, order = qr(design / norm, mode="economic", pivoting=True)
    diagonal = np.abs(np.diag(upper))
    return None if diagonal[-1] <= 1e-10 * diagonal[0] else (basis, upper, order, norm)


def without_error(values: Floats, residuals: Floats) -> bool:
    """The model fits every value up to rounding."""
    return float(np.abs(residuals).max()) <= 1e-12 * max(float(np.abs(values).max()), 1e-300)


def combination(fit: LinearFit, weights: ArrayLike, *, level: float = 0.95, null: float = 0.0) -> Combination:
    """A combination of the coefficients of a fit whose status is ok, tested against `null` by t."""
    assert fit.coefficient is not None
    assert fit.covariance is not None
    w = np.asarray(weights, dtype=float)
    error = math.sqrt(max(float(w @ fit.covariance @ w), 0.0))
    return by_t(float(w @ fit.coefficient), error, fit.df, level, null)


def by_t(estimate: float, error: float, df: float, level: float, null: float) -> Combination:
    """The test of an estimate against `null` and its interval, by t on `df`."""
    from scipy.special import stdtr, stdtrit

    t = (estimate - null) / error if error > 0 else math.copysign(math.inf, estimate - null)
    half = float(stdtrit(df, 0.5 + level / 2)) * error
    return Combination(
        estimate,
        error,
        df,
        t,
        2 * float(stdtr(df, -abs(t))),
        float(stdtr(df, -t)),
        float(stdtr(df, t)),
        estimate - half,
        estimate + half,
    )


@dataclass(frozen=True, slots=True)
class FTest:
    """F of two nested models, or of groups, with its degrees of freedom and p; statuses as of `LinearFit`."""

    status: Literal["ok", "too_few", "no_variance"]
    f: float | None = None
    df_between: float | None = None
    df_within: float | None = None
    p_value: float | None = None


def one_way(values: ArrayLike, group: ArrayLike, groups: int, *, equal_variances: bool = True) -> FTest:
    """Analysis of variance of one factor, as R's oneway.test; Welch's without equal variances.

    Parameters
        group  0 to `groups` - 1; every group needs two values (one with equal variances)
    Source: Fisher 1925; Welch 1951, Biometrika 38:330
    """
    from scipy.special import fdtrc

    x, which = np.asarray(values, dtype=float), np.asarray(group, dtype=np.int64)
    n = np.bincount(which, minlength=groups).astype(float)
    if groups < 2 or bool((n < (1 if equal_variances else 2)).any()) or x.size <= groups:
        return FTest("too_few")
    x = x - x.mean()
    mean = np.bincount(which, weights=x, minlength=groups) / n
    inside = np.bincount(which, weights=(x - mean[which]) ** 2, minlength=groups)
    flat = 1e-24 * float(np.abs(np.asarray(values, dtype=float)).max()) ** 2
    if equal_variances:
        if float(inside.sum()) <= flat * x.size:
            return FTest("no_variance")
        between, within = groups - 1.0, float(x.size - groups)
        f = float(n @ mean**2) / between / (float(inside.sum()) / within)
    else:
        variance = inside / (n - 1)
        if bool((variance <= flat).any()):
            return FTest("no_variance")
        weight = n / variance
        whole = float(weight.sum())
        centre = float(weight @ mean) / whole
        spare = float(((1 - weight / whole) ** 2 / (n - 1)).sum()) / (groups**2 - 1)
        between, within = groups - 1.0, 1 / (3 * spare)
        f = float(weight @ (mean - centre) ** 2) / (between * (1 + 2 * (groups - 2) * spare))
    return FTest("ok", f, between, within, float(fdtrc(between, within, f)))
