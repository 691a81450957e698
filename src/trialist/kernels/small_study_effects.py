"""Whether small studies show other effects than large ones: regression on the error, ranks, trim and fill."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.correlation import kendall
from trialist.kernels.counts import tied_values
from trialist.kernels.heterogeneity import Floats
from trialist.kernels.linear import by_t, linear
from trialist.kernels.meta_analysis import Pooled, meta_analysis
from trialist.kernels.meta_regression import IntervalKind, Model, meta_regression
from trialist.kernels.rank import Exact

Predictor = Literal["std_err", "variance"]
Estimator = Literal["l0", "r0", "q0"]
Side = Literal["left", "right"]
_MOST = 100


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """A regression of effects on their error.

    status     ok; too_few: below three studies; dependent: all errors are alike; or as of the model behind it
    slope      with its error; statistic is t on df (z without); p_value two-sided
    limit      the effect where the error is 0, with its interval
    """

    status: str
    slope: float | None = None
    std_err: float | None = None
    statistic: float | None = None
    df: float | None = None
    p_value: float | None = None
    limit: float | None = None
    limit_low: float | None = None
    limit_high: float | None = None


@dataclass(frozen=True, slots=True)
class RankTest:
    """Kendall's tau between standardised effects and variances, exact or by the normal approximation."""

    status: str
    tau: float | None = None
    p_value: float | None = None
    method: str | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """Trim and fill.

    status        ok; no_convergence; or as of the meta-analysis
    side          where studies are missing; missing: how many, with its error; p_value: of none (r0 only)
    pooled        with the mirror images `y`, `v` of the outermost studies put in
    """

    status: str
    side: Side | None = None
    missing: int | None = None
    std_err: float | None = None
    p_value: float | None = None
    pooled: Pooled | None = None
    y: tuple[float, ...] = ()
    v: tuple[float, ...] = ()


def egger(y: ArrayLike, v: ArrayLike, *, predictor: Predictor = "std_err", level: float = 0.95) -> Asymmetry:
    """The classic test: least squares weighted by 1 / v, the residual variance free; t on k - 2.

    The slope is the intercept of Egger's regression of the standardised effect on precision.
    Source: Egger, Davey Smith, Schneider and Minder 1997, BMJ 315:629; R's metafor::regtest(model = "lm")
    """
    effect, variance = np.asarray(y, dtype=float), np.asarray(v, dtype=float)
    x, status = _design(effect, variance, predictor)
    if x is None:
        return Asymmetry(status)
    return weighted_line(effect, x, 1 / variance, level)


def weighted_line(y: Floats, x: Floats, weight: Floats, level: float) -> Asymmetry:
    """Least squares of y on the two columns of x (ones, then what the effect may depend on); t on k - 2."""
    root = np.sqrt(weight)
    fit = linear(y * root, x * root[:, None])
    if fit.status != "ok" or fit.coefficient is None or fit.covariance is None:
        return Asymmetry(fit.status)
    b, error = fit.coefficient, np.sqrt(np.diag(fit.covariance))
    slope, limit = (by_t(float(b[i]), float(error[i]), fit.df, level, 0.0) for i in (1, 0))
    return Asymmetry(
        "ok",
        slope.estimate,
        slope.std_err,
        slope.t,
        slope.df,
        slope.p_value,
        limit.estimate,
        limit.low,
        limit.high,
    )


def egger_mixed(
    y: ArrayLike,
    v: ArrayLike,
    *,
    predictor: Predictor = "std_err",
    model: Model = "reml",
    kind: IntervalKind = "normal",
    level: float = 0.95,
) -> Asymmetry:
    """The same regression with a variance between studies. R's metafor::regtest(model = "rma")."""
    effect, variance = np.asarray(y, dtype=float), np.asarray(v, dtype=float)
    x, status = _design(effect, variance, predictor)
    if x is None:
        return Asymmetry(status)
    found = meta_regression(effect, variance, x, model=model, kind=kind, level=level, tau2_interval=False)
    if found.coefficient is None or found.std_err is None:
        return Asymmetry(found.status)
    values = (found.coefficient, found.std_err, found.statistic, found.p_value, found.low, found.high)
    b, error, statistic, p, low, high = (np.asarray(part) for part in values)
    return Asymmetry(
        "ok",
        float(b[1]),
        float(error[1]),
        float(statistic[1]),
        found.df,
        float(p[1]),
        float(b[0]),
        float(low[0]),
        float(high[0]),
    )


def begg(y: ArrayLike, v: ArrayLike, *, exact: Exact = "auto") -> RankTest:
    """Begg and Mazumdar's rank correlation. 1994, Biometrics 50:1088; R's metafor::ranktest."""
    effect, variance = np.asarray(y, dtype=float), np.asarray(v, dtype=float)
    _, status = _design(effect, variance, "std_err", distinct=False)
    if status != "ok":
        return RankTest(status)
    weight = 1 / variance
    middle = float(weight @ effect) / float(weight.sum())
    own = variance - 1 / float(weight.sum())
    found = kendall((effect - middle) / np.sqrt(own), variance, exact=exact)
    if found.status != "ok":
        return RankTest(found.status)
    return RankTest("ok", found.r, found.p_value, found.how)


def trim_and_fill(
    y: ArrayLike,
    v: ArrayLike,
    *,
    estimator: Estimator = "l0",
    side: Side | None = None,
    model: Model = "reml",
    kind: IntervalKind = "normal",
    level: float = 0.95,
) -> Filled:
    """How many studies would make the funnel even, and the pooled effect with them.

    Without `side` the one to which the regression test points. Source: Duval and Tweedie 2000, JASA 95:89;
    R's metafor::trimfill
    """
    effect, variance = np.asarray(y, dtype=float), np.asarray(v, dtype=float)
    whole = meta_analysis(effect, variance, model=model, kind=kind, level=level)
    if whole.status != "ok":
        return Filled(whole.status)
    if side is None:
        slope = egger_mixed(effect, variance, model=model, kind=kind).statistic
        side = "right" if slope is not None and slope < 0 else "left"
    sign = -1.0 if side == "right" else 1.0
    order = np.argsort(sign * tied_values(effect), kind="stable")
    turned, own = sign * effect[order], variance[order]
    missing, before, middle = 0, -1, 0.0
    error: float | None = None
    for _ in range(_MOST):
        if missing == before:
            break
        before = missing
        kept = turned.size - missing
        found = meta_analysis(turned[:kept], own[:kept], model=model, kind=kind, level=level)
        if found.estimate is None:
            return Filled(found.status, side)
        middle = found.estimate
        missing, error = _missing(turned - middle, estimator)
        if missing >= turned.size:
            return Filled("no_convergence", side)
    else:
        return Filled("no_convergence", side)
    p = 0.5 ** (missing + 1) if estimator == "r0" else None
    if not missing:
        return Filled("ok", side, 0, error, p, whole)
    far = slice(turned.size - missing, turned.size)
    mirrored = sign * (2 * middle - turned[far])
    pooled = meta_analysis(
        np.concatenate([effect, mirrored]),
        np.concatenate([variance, own[far]]),
        model=model,
        kind=kind,
        level=level,
    )
    return Filled("ok", side, missing, error, p, pooled, tuple(mirrored.tolist()), tuple(own[far].tolist()))


def _missing(gap: Floats, estimator: Estimator) -> tuple[int, float | None]:
    """How many studies are missing below, from the ranks of the distances, and the standard error of that."""
    k = gap.size
    rank = np.empty(k)
    rank[np.argsort(np.abs(gap), kind="stable")] = np.arange(1, k + 1)
    if estimator == "r0":
        below = rank[gap < 0]
        found = max(0.0, k - float(below.max()) - 1 if below.size else k - 1.0)
        return round(found), math.sqrt(2 * found + 2)
    above = float(rank[gap > 0].sum())
    if estimator == "l0":
        found = (4 * above - k * (k + 1)) / (2 * k - 1)
    else:
        found = k - 0.5 - math.sqrt(max(0.0, 2 * k * k - 4 * above + 0.25))
    spread = k * (k + 1) * (2 * k + 1) + 10 * found**3 + 27 * found**2 + 17 * found
    spread -= 18 * k * found**2 + 18 * k * found - 6 * k**2 * found
    room = (2 * k - 1) ** 2 / 4 if estimator == "l0" else (k - 0.5) ** 2 - found * (2 * k - found - 1)
    error = 2 * math.sqrt(spread / 24 / room) if spread >= 0 and room > 0 else None
    return max(0, round(found)), error


def _design(
    y: Floats, v: Floats, predictor: Predictor, *, distinct: bool = True
) -> tuple[Floats | None, str]:
    if y.ndim != 1 or y.shape != v.shape:
        return None, "lengths"
    if not (np.isfinite(y).all() and np.isfinite(v).all()):
        return None, "not_finite"
    if bool((v <= 0).any()):
        return None, "variance"
    if y.size < 3:
        return None, "too_few"
    error = np.sqrt(v) if predictor == "std_err" else v
    if distinct and float(np.ptp(error)) <= 1e-10 * float(error.max()):
        return None, "dependent"
    return np.column_stack([np.ones(y.size), error]), "ok"
