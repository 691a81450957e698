"""Kaplan-Meier: the curve with its interval, medians and other quantiles, probabilities at times.

One group at a time, as counts: deaths and censorings at each time (see `kernels.counts`). Where a number
is not defined (the interval of a curve at 0, say) an array holds NaN and a scalar is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, risk_sets

IntervalType = Literal["log_log", "log", "plain"]
INTERVAL_TYPES: tuple[IntervalType, ...] = ("log_log", "log", "plain")
_TOLERANCE = 1.4901161193847656e-08  # square root of machine epsilon


@dataclass(frozen=True, slots=True)
class KaplanMeierCurve:
    """A step function: one value per distinct time, right-continuous, 1 before the first time.

    time, at_risk, deaths, censored   the counts
    survival                          product of (at risk - deaths) / at risk
    std_err                           Greenwood standard error of the survival; NaN where it is 0
    low, high                         interval ends, cut at 0 and 1; NaN where not defined
    """

    time: Floats
    at_risk: Floats
    deaths: Floats
    censored: Floats
    survival: Floats
    std_err: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval; None where the curve does not reach it."""

    value: float | None
    low: float | None
    high: float | None
    std_err: float | None = None


def kaplan_meier(
    time: ArrayLike,
    deaths: ArrayLike,
    censored: ArrayLike,
    *,
    level: float = 0.95,
    interval: IntervalType = "log_log",
) -> KaplanMeierCurve:
    """The product-limit estimate with Greenwood's variance.

    `time`, `deaths`, `censored` have one value per cell, in any order. The interval is built on the scale
    log(-log S), log S or S; as in R's survfit, log-log is not defined at S = 1 and none but plain at 0.
    Source: Kaplan and Meier 1958, JASA 53:457; Greenwood 1926; Kalbfleisch and Prentice 2002, 1.4.
    """
    zero = np.zeros(np.size(np.asarray(time)), dtype=np.int64)
    dead = risk_sets(time, deaths, censored, zero, zero, 1)
    died, at_risk = dead.deaths[:, 0], dead.at_risk[:, 0]
    left = at_risk - np.append(at_risk[1:], 0.0)
    survival: Floats = np.cumprod((at_risk - died) / at_risk).astype(np.float64)
    hazard_variance: Floats = np.cumsum(_over(died, at_risk * (at_risk - died)))
    with np.errstate(invalid="ignore"):
        error = np.asarray(np.sqrt(hazard_variance), dtype=np.float64)
        low, high = _interval(survival, error, level, interval)
        std_err = np.asarray(survival * error, dtype=np.float64)
    return KaplanMeierCurve(dead.time, at_risk, died, left - died, survival, std_err, low, high)


def quantile(curve: KaplanMeierCurve, p: float = 0.5) -> Estimate:
    """The time by which a share `p` has died, with the interval of Brookmeyer and Crowley.

    The interval is where the curve's own interval crosses 1 - p. Where a curve is flat at exactly 1 - p
    the middle of the flat part is taken, as in R's quantile.survfit. None: not reached.
    Source: Brookmeyer and Crowley 1982, Biometrics 38:29.
    """
    return Estimate(
        _crossing(curve.time, curve.survival, p),
        _crossing(curve.time, curve.low, p),
        _crossing(curve.time, curve.high, p),
    )


def probability(curve: KaplanMeierCurve, at: float) -> Estimate:
    """Survival at a time (deaths at that very time counted), with its interval.

    None after the last time when the curve has not come down to 0: nobody is known to be there.
    """
    if curve.time.size == 0:
        return Estimate(None, None, None)
    step = int(np.searchsorted(curve.time, at * (1 + 1e-12), side="right")) - 1
    if step < 0:
        return Estimate(1.0, None, None, 0.0)
    value = float(curve.survival[step])
    if at > curve.time[-1] * (1 + 1e-12) and value > 0:
        return Estimate(None, None, None)
    ends = (curve.low[step], curve.high[step], curve.std_err[step])
    return Estimate(value, *(None if np.isnan(end) else float(end) for end in ends))


def number_at_risk(curve: KaplanMeierCurve, at: float) -> int:
    """How many have a time not smaller than `at`."""
    step = int(np.searchsorted(curve.time, at * (1 - 1e-12), side="left"))
    return round(float(curve.at_risk[step])) if step < curve.time.size else 0


def _over(top: Floats, bottom: Floats) -> Floats:
    """top / bottom, infinite where all at risk die."""
    return np.divide(top, bottom, out=np.full_like(top, np.inf), where=bottom > 0)


def _interval(survival: Floats, error: Floats, level: float, kind: IntervalType) -> tuple[Floats, Floats]:
    """Ends at each step; `error` is the standard error of log S."""
    z = NormalDist().inv_cdf(0.5 + level / 2)
    if kind == "plain":
        half = z * error * survival
        return np.maximum(survival - half, 0.0), np.minimum(survival + half, 1.0)
    inside = np.where(survival == 0, np.nan, survival)
    if kind == "log":
        logs = np.log(inside)
        return np.exp(logs - z * error), np.minimum(np.exp(logs + z * error), 1.0)
    inside = np.where(survival == 1, np.nan, inside)
    logs = np.log(inside)
    half = z * error / logs
    middle = np.log(-logs)
    return np.exp(-np.exp(middle - half)), np.exp(-np.exp(middle + half))


def _crossing(time: Floats, survival: Floats, p: float) -> float | None:
    """The time where 1 - survival reaches p: R's rule and tolerance, for curve and interval ends alike."""
    x = np.concatenate(([0.0], time))
    y = np.concatenate(([0.0], 1 - survival))
    last = x[-1]
    _, first = np.unique(y, return_index=True)
    first = np.sort(first)
    x, y = x[first], y[first]
    known = np.flatnonzero(~np.isnan(y))
    order = known[np.argsort(y[known], kind="stable")]
    rising = y[order]
    reached = int(np.searchsorted(rising + _TOLERANCE, p, side="left"))
    if reached >= order.size or rising[-1] < p:
        return None
    start = float(x[order[reached]])
    if not np.isnan(y[-1]) and abs(p - y[-1]) < _TOLERANCE:
        return float((start + last) / 2)
    passed = int(np.searchsorted(rising - _TOLERANCE, p, side="left"))
    if passed >= order.size:
        return None
    return float((start + x[order[passed]]) / 2)
