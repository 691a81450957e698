"""Pooling of effects with known variances: one common effect, or effects that vary between studies."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.heterogeneity import Floats, Heterogeneity
from trialist.kernels.meta_regression import (
    IntervalKind,
    Model,
    Regression,
    Status,
    meta_regression,
    quantile,
    two_sided,
)

Prediction = Literal["as_interval", "k_minus_1", "k_minus_2"]


@dataclass(frozen=True, slots=True)
class Pooled(Heterogeneity):
    """A pooled effect. `status` as of `Regression`, and one_study: its own effect with a normal interval.

    df           of t; None: normal
    scale        Hartung-Knapp's factor of the variance; `normal_std_err`: the error without it
    weight       percent of each study
    prediction   interval of the effect in a new study; None without a variance between studies to estimate
    """

    status: Status | Literal["one_study"]
    k: int
    estimate: float | None = None
    std_err: float | None = None
    normal_std_err: float | None = None
    low: float | None = None
    high: float | None = None
    statistic: float | None = None
    df: float | None = None
    p_value: float | None = None
    scale: float = 1.0
    prediction_low: float | None = None
    prediction_high: float | None = None
    weight: Floats | None = None


def meta_analysis(
    y: ArrayLike,
    v: ArrayLike,
    *,
    model: Model = "reml",
    kind: IntervalKind = "normal",
    level: float = 0.95,
    prediction: Prediction = "as_interval",
    tau2: float | None = None,
    tau2_interval: bool = True,
) -> Pooled:
    """One effect of k studies, weights 1 / (v + tau2).

    Parameters
        y, v        (k,) effects on an additive scale (log hazard ratios) and their variances
        model       common, or the estimator of tau2; `tau2` fixes it instead
        kind        normal, t, hartung_knapp, hartung_knapp_adhoc
        prediction  quantile of its interval: as_interval (R's metafor: normal, or t on k - 1), k_minus_1,
                    k_minus_2 (Higgins, Thompson and Spiegelhalter 2009, J R Stat Soc A 172:137)
    Source: Hartung and Knapp 2001, Stat Med 20:3875; Sidik and Jonkman 2002, Stat Med 21:3153; factor of 1 at
    least: Knapp and Hartung 2003, Stat Med 22:2693
    """
    effect, variance = np.asarray(y, dtype=float), np.asarray(v, dtype=float)
    if effect.ndim != 1 or effect.shape != variance.shape:
        return Pooled("lengths", int(effect.size))
    ones = np.ones((effect.size, 1))
    found = meta_regression(
        effect, variance, ones, model=model, kind=kind, level=level, tau2=tau2, tau2_interval=tau2_interval
    )
    if found.status == "too_few":
        return _one(float(effect[0]), float(variance[0]), level)
    if found.fit is None:
        return Pooled(found.status, found.k)
    return _pooled(found, model if tau2 is None else "fixed", level, prediction)


def leave_one_out(y: ArrayLike, v: ArrayLike, **options: object) -> Iterator[Pooled]:
    """The pooled effect without each study in turn; options as of `meta_analysis`."""
    effect, variance = np.asarray(y, dtype=float), np.asarray(v, dtype=float)
    for i in range(effect.size):
        kept = np.arange(effect.size) != i
        yield meta_analysis(effect[kept], variance[kept], **options)  # type: ignore[arg-type]


def cumulative(y: ArrayLike, v: ArrayLike, **options: object) -> Iterator[Pooled]:
    """The pooled effect of the first 1, 2, ... studies in the order given."""
    effect, variance = np.asarray(y, dtype=float), np.asarray(v, dtype=float)
    for i in range(1, effect.size + 1):
        yield meta_analysis(effect[:i], variance[:i], **options)  # type: ignore[arg-type]


def _one(y: float, v: float, level: float) -> Pooled:
    error = math.sqrt(v)
    half = quantile(level, None) * error
    p = float(two_sided(np.array([y / error]), None)[0])
    return Pooled(
        "one_study",
        1,
        y,
        error,
        error,
        y - half,
        y + half,
        y / error,
        None,
        p,
        weight=np.array([100.0]),
    )


def _pooled(found: Regression, model: str, level: float, prediction: Prediction) -> Pooled:
    fit = found.fit
    assert fit is not None
    random = model != "common"
    error = _first(found.std_err)
    new: tuple[float | None, float | None] = (None, None)
    if random and error is not None:
        new = _prediction(float(fit.coefficient[0]), error, found, level, prediction)
    return Pooled(
        status=found.status,
        k=found.k,
        estimate=float(fit.coefficient[0]),
        std_err=error,
        normal_std_err=math.sqrt(float(fit.unscaled[0, 0])),
        low=_first(found.low),
        high=_first(found.high),
        statistic=_first(found.statistic),
        df=found.df,
        p_value=_first(found.p_value),
        scale=found.scale,
        **_heterogeneity(found, random),
        prediction_low=new[0],
        prediction_high=new[1],
        weight=100 * fit.weight / float(fit.weight.sum()),
    )


def _heterogeneity(found: Regression, random: bool) -> dict[str, Any]:
    """What a regression on nothing says of it; a common effect has no variance between studies."""
    said = {field.name: getattr(found, field.name) for field in fields(Heterogeneity)}
    return said if random else said | {"tau2": None}


def _first(values: Floats | None) -> float | None:
    return None if values is None else float(values[0])


def _prediction(
    estimate: float, error: float, found: Regression, level: float, prediction: Prediction
) -> tuple[float | None, float | None]:
    df = found.df if prediction == "as_interval" else float(found.k - (1 if prediction == "k_minus_1" else 2))
    if df is not None and df < 1:
        return None, None
    half = quantile(level, df) * math.sqrt(error**2 + (found.tau2 or 0.0))
    return estimate - half, estimate + half
