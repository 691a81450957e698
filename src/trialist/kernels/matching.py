"""Matching-adjusted indirect comparison: own patients weighted to look like another trial's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats
from trialist.kernels.cox import cox

Measure = Literal["odds_ratio", "risk_ratio", "risk_difference", "mean_difference"]
Variance = Literal["fixed", "stacked"]
_STEPS = 200
_FAR = 500.0  # of an exponent: weights that differ by more have no maximum


@dataclass(frozen=True, slots=True)
class Matched:
    """Weights of own patients.

    status       ok; no_overlap: no weights give the other trial's means; not_finite; no_patients
    weight       (n,) positive, with sum n
    effective_n  (sum of weights)^2 / sum of squared weights: patients that would tell as much
    moments      (n, q) what was matched, less its target; its weighted mean is 0
    """

    status: Literal["ok", "no_overlap", "not_finite", "no_patients"]
    weight: Floats | None = None
    effective_n: float | None = None
    moments: Floats | None = None


@dataclass(frozen=True, slots=True)
class Weighted:
    """An effect of arm 1 against arm 0 (a ratio's logarithm) with its standard error.

    status  ok; one_arm; no_variance: everybody or nobody responded, or all values are equal
    """

    status: Literal["ok", "one_arm", "no_variance", "no_estimate"]
    estimate: float | None = None
    std_err: float | None = None


def match(covariates: ArrayLike, means: ArrayLike, sds: ArrayLike | None = None) -> Matched:
    """Weights exp(x a) under which own means (and standard deviations) are those of the other trial.

    Parameters
        covariates  (n, p) of own patients
        means, sds  (p,) printed of the other trial; no sd is matched that is NaN or of a column of 0 and 1
    Source: Signorovitch 2010, Pharmacoeconomics 28:935; the same weights as entropy balancing, Hainmueller
    2012
    """
    x, target = np.asarray(covariates, dtype=float), np.asarray(means, dtype=float)
    if x.ndim != 2 or len(x) == 0:
        return Matched("no_patients")
    spread = np.full(target.shape, np.nan) if sds is None else np.asarray(sds, dtype=float)
    if not bool(np.isfinite(x).all() and np.isfinite(target).all()):
        return Matched("not_finite")
    squared = np.isfinite(spread) & ~np.isin(x, (0.0, 1.0)).all(axis=0)
    moments = np.hstack([x - target, (x**2 - target**2 - spread**2)[:, squared]])
    if bool(((moments > 0).all(axis=0) | (moments < 0).all(axis=0)).any()):
        return Matched("no_overlap")
    scale = np.sqrt((moments**2).mean(axis=0))
    turned = moments / np.where(scale > 0, scale, 1.0)
    found = _balanced(turned)
    if found is None:
        return Matched("no_overlap")
    weight = found * len(x)
    return Matched("ok", weight, float(weight.sum() ** 2 / (weight @ weight)), moments)


def _balanced(moments: Floats) -> Floats | None:
    """Shares exp(m a) whose weighted mean of the moments is 0: the lowest point of log sum exp(m a)."""
    a = np.zeros(moments.shape[1])
    share, height = _shares(moments, a)
    for _ in range(_STEPS):
        slope = share @ moments
        if float(np.abs(slope).max(initial=0.0)) < 1e-13:
            return share
        curve = (moments * share[:, None]).T @ moments - np.outer(slope, slope)
        step = np.linalg.lstsq(curve, slope, rcond=1e-12)[0]
        length = 1.0
        while length > 1e-6:
            tried, lower = _shares(moments, a - length * step)
            enough = lower <= height - 1e-4 * length * float(slope @ step)
            if enough or length * float(np.abs(step).max()) < 1e-9:
                break
            length /= 2
        a, share, height = a - length * step, tried, lower
        if float(np.abs(moments @ a).max()) > _FAR:
            return None
    return share if float(np.abs(share @ moments).max()) < 1e-9 else None


def _shares(moments: Floats, a: Floats) -> tuple[Floats, float]:
    exponent = moments @ a
    top = float(exponent.max())
    raw = np.exp(exponent - top)
    return raw / raw.sum(), top + math.log(float(raw.sum()))


def weighted_difference(
    values: ArrayLike, arm: ArrayLike, matched: Matched, measure: Measure, *, variance: Variance = "stacked"
) -> Weighted:
    """Arm 1 against arm 0 under the weights, with a robust error.

    Parameters
        values    (n,) 0 and 1 for responses, numbers for means; arm: (n,) 0 and 1
        variance  fixed: the sandwich (HC0) as if weights were known; stacked: with that they were estimated
    Source: Signorovitch 2010; Cheng, Ayyagari and Signorovitch 2020 (stacked estimating equations)
    """
    assert matched.weight is not None
    assert matched.moments is not None
    y, one, w, m = (np.asarray(v, dtype=float) for v in (values, arm, matched.weight, matched.moments))
    mean, own = [], []
    for which in (one == 0, one == 1):
        total = float(w[which].sum())
        if total <= 0:
            return Weighted("one_arm")
        centre = float(w[which] @ y[which]) / total
        left = np.where(which, w * (y - centre), 0.0) / total
        mean.append(centre)
        if variance == "stacked":
            curve = (m * w[:, None]).T @ m
            left = left - (m * w[:, None]) @ np.linalg.lstsq(curve, m.T @ left, rcond=1e-12)[0]
        own.append(left)
    found = _on_scale((mean[0], mean[1]), measure)
    if found is None:
        return Weighted("no_variance")
    estimate, slopes = found
    influence = slopes[1] * own[1] - slopes[0] * own[0]
    error = math.sqrt(float(influence @ influence))
    return Weighted("ok", estimate, error) if error > 0 else Weighted("no_variance")


def _on_scale(means: tuple[float, float], measure: Measure) -> tuple[float, tuple[float, float]] | None:
    """The effect of the second mean against the first, and how each mean moves it."""
    p, q = means
    if measure in ("risk_difference", "mean_difference"):
        return q - p, (1.0, 1.0)
    if min(p, q) <= 0 or (measure == "odds_ratio" and max(p, q) >= 1):
        return None
    if measure == "risk_ratio":
        return math.log(q / p), (1 / p, 1 / q)
    return math.log(q / (1 - q)) - math.log(p / (1 - p)), (1 / (p * (1 - p)), 1 / (q * (1 - q)))


def weighted_hazard_ratio(time: ArrayLike, died: ArrayLike, arm: ArrayLike, matched: Matched) -> Weighted:
    """Log hazard ratio of arm 1 against arm 0 under the weights, with Lin and Wei's robust error."""
    assert matched.weight is not None
    event = np.asarray(died, dtype=float)
    fit = cox(
        time,
        event,
        1 - event,
        np.asarray(arm, dtype=np.int64),
        np.array([[0.0], [1.0]]),
        weight=matched.weight,
        variance="robust",
    )
    if fit.status != "ok":
        return Weighted("no_estimate")
    return Weighted("ok", float(fit.coefficient[0]), float(fit.std_err[0]))


def through_common(first: Weighted, other: Weighted) -> Weighted:
    """Two effects against one common comparator, subtracted: the first's treatment against the other's.

    Source: Bucher 1997, J Clin Epidemiol 50:683
    """
    if first.estimate is None or other.estimate is None or first.std_err is None or other.std_err is None:
        return Weighted("no_estimate")
    return Weighted("ok", first.estimate - other.estimate, math.hypot(first.std_err, other.std_err))
