"""Survival curves: Kaplan-Meier and its kin with intervals, quantiles, probabilities at times.

One group at a time, as counts: deaths and censorings at each time (see `kernels.counts`). Where a number
is not defined (the interval of a curve at 0, say) an array holds NaN and a scalar is None.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialist.kernels.counts import Floats, risk_sets
from trialist.kernels.normal import half_width

IntervalType = Literal["log_log", "log", "plain", "logit", "arcsine"]
INTERVAL_TYPES: tuple[IntervalType, ...] = ("log_log", "log", "plain", "logit", "arcsine")
EstimateType = Literal["kaplan_meier", "nelson_aalen", "fleming_harrington"]

Convention = Literal["r", "sas"]
_TOLERANCE = 1.4901161193847656e-08  # square root of machine epsilon
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class KaplanMeierCurve:
    """A step function: one value per distinct time, right-continuous, 1 before the first time.

    time, at_risk, deaths, censored   the counts, or sums of weights
    survival                          the estimate
    std_err                           its standard error; NaN where a Kaplan-Meier curve is 0
    low, high                         interval ends at `level`, cut at 0 and 1; NaN where not defined
    log_error                         standard error of log S
    interval                          the scale on which the interval was built
    """

    time: Floats
    at_risk: Floats
    deaths: Floats
    censored: Floats
    survival: Floats
    std_err: Floats
    low: Floats
    high: Floats
    log_error: Floats
    level: float
    interval: IntervalType


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
    estimate: EstimateType = "kaplan_meier",
    squares: tuple[ArrayLike, ArrayLike] | None = None,
) -> KaplanMeierCurve:
    """The product-limit estimate with Greenwood's variance, or exp(-cumulative hazard) with Aalen's.

    Parameters
        time, deaths, censored  one value per cell, in any order; counts, or sums of case weights
        interval   built on the scale log(-log S), log S, S, log(S / (1 - S)) or arcsin(sqrt S); as in R's
                   survfit, all but log and plain are not defined at S = 1 and none but plain at 0
        estimate   kaplan_meier; nelson_aalen: exp(-sum of deaths / at risk) (SAS: METHOD=BRESLOW; R: stype 2,
                   ctype 1); fleming_harrington: the same with tied deaths one after another (SAS: METHOD=FH;
                   R: stype 2, ctype 2), which needs whole counts
        squares    sums of squared weights of the deaths and the censored of each cell: the variance is then
                   the infinitesimal jackknife, robust to weights that are not counts (R: robust = TRUE);
                   of the Kaplan-Meier estimate only
    Source: Kaplan and Meier 1958, JASA 53:457; Greenwood 1926; Kalbfleisch and Prentice 2002, 1.4; Fleming
    and Harrington 1984, Commun Stat Theory Methods 13:2469; of the jackknife: Therneau, survival, survfitKM.
    """
    zero = np.zeros(np.size(time), dtype=np.int64)
    dead = risk_sets(time, deaths, censored, zero, zero, 1)
    died, at_risk = dead.deaths[:, 0], dead.at_risk[:, 0]
    left = at_risk.copy()
    left[:-1] -= at_risk[1:]
    if estimate == "kaplan_meier":
        stay = at_risk - died
        survival: Floats = _over(stay, at_risk, 1.0).cumprod()
        variance: Floats = _over(died, at_risk * stay, np.inf, of=died).cumsum()
        if squares is not None:
            again = risk_sets(time, *squares, zero, zero, 1)
            variance = _jackknife(died, at_risk, again.deaths[:, 0], again.at_risk[:, 0])
    else:
        step = _tied_hazard if estimate == "fleming_harrington" else _plain_hazard
        hazard, added = step(died, at_risk)
        survival, variance = np.exp(-np.cumsum(hazard)), np.cumsum(added)
    with np.errstate(invalid="ignore"):
        error: Floats = np.sqrt(variance)
        low, high = interval_ends(survival, error, level, interval)
        std_err: Floats = survival * error
    return KaplanMeierCurve(
        dead.time, at_risk, died, left - died, survival, std_err, low, high, error, level, interval
    )


def _plain_hazard(died: Floats, at_risk: Floats) -> tuple[Floats, Floats]:
    """Steps of the Nelson-Aalen estimate and of its variance."""
    return _over(died, at_risk, 0.0), _over(died, at_risk**2, 0.0)


def _tied_hazard(died: Floats, at_risk: Floats) -> tuple[Floats, Floats]:
    """The same with the tied deaths one after another: 1/n + 1/(n - 1) + ..., squares for the variance."""
    count = np.rint(died).astype(np.int64)
    row = np.repeat(np.arange(count.size), count)
    before = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    left = at_risk[row] - before
    first: Floats = np.bincount(row, 1 / left, count.size).astype(np.float64)
    second: Floats = np.bincount(row, 1 / left**2, count.size).astype(np.float64)
    return first, second


def _jackknife(died: Floats, at_risk: Floats, died2: Floats, at_risk2: Floats) -> Floats:
    """Variance of log S: the sum over subjects of (weight x derivative of log S by the weight) squared.

    A subject who leaves at a time keeps the derivative of that time; all others have the same one.
    """
    last = at_risk - died <= 1e-12 * at_risk
    rise = np.where(last, 0.0, _over(died, at_risk * (at_risk - died), 0.0))
    total = np.cumsum(rise)
    lost2 = at_risk2 - np.append(at_risk2[1:], 0.0) - died2
    gone = died2 * (total - rise - _over(np.ones_like(died), at_risk, 0.0)) ** 2 + lost2 * total**2
    variance = np.cumsum(gone) + np.append(at_risk2[1:], 0.0) * total**2
    return np.asarray(np.where(last, 0.0, variance))


def quantile(curve: KaplanMeierCurve, p: float = 0.5, convention: Convention = "r") -> Estimate:
    """The time by which a share `p` has died, with the interval of Brookmeyer and Crowley. None: not reached.

    r    the first time at which S is at most 1 - p, within 1.5e-8; where the curve is flat at exactly 1 - p
         the middle of the flat part, up to the last time if nobody dies after it. The interval is where the
         curve's own interval crosses 1 - p, by the same rule (R's quantile.survfit)
    sas  the first event time with S below 1 - p; the middle of the flat part only if somebody dies after it.
         The interval holds the times at which |g(S) - g(1 - p)| <= z g'(S) se(S), g the scale of the
         curve's interval: from the first such event time to the first event time after the last of them
         (PROC LIFETEST, product-limit method)
    Source: Brookmeyer and Crowley 1982, Biometrics 38:29; Klein and Moeschberger 2003, 4.5.
    """
    if convention == "sas":
        return _as_sas(curve, p)
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


def _over(top: Floats, bottom: Floats, otherwise: float, of: Floats | None = None) -> Floats:
    """top / bottom, and `otherwise` where bottom is 0 (0 where nobody is `of` it)."""
    out: Floats = np.full(top.size, otherwise)
    if of is not None:
        out[of == 0] = 0.0
    return np.divide(top, bottom, out=out, where=bottom > 0)


def interval_ends(survival: Floats, error: Floats, level: float, kind: IntervalType) -> tuple[Floats, Floats]:
    """Ends at each step; `error` is the standard error of log S.

    Source: R's survival, survfit_confint; Borgan and Liestol 1990, Scand J Stat 17:35.
    """
    z = half_width(level)
    if kind == "plain":
        half = z * error * survival
        return np.maximum(survival - half, 0.0), np.minimum(survival + half, 1.0)
    inside = np.where(survival == 0, np.nan, survival)
    if kind == "log":
        logs = np.log(inside)
        return np.exp(logs - z * error), np.minimum(np.exp(logs + z * error), 1.0)
    inside[survival == 1] = np.nan
    if kind == "logit":
        odds, half = np.log(inside / (1 - inside)), z * error / (1 - inside)
        return 1 / (1 + np.exp(half - odds)), 1 / (1 + np.exp(-half - odds))
    if kind == "arcsine":
        angle, half = np.arcsin(np.sqrt(inside)), 0.5 * z * error * np.sqrt(inside / (1 - inside))
        return np.sin(np.maximum(angle - half, 0)) ** 2, np.sin(np.minimum(angle + half, np.pi / 2)) ** 2
    logs = np.log(inside)
    half = z * error / logs
    middle = np.log(-logs)
    return np.exp(-np.exp(middle - half)), np.exp(-np.exp(middle + half))


def _as_sas(curve: KaplanMeierCurve, p: float) -> Estimate:
    steps = curve.deaths > 0
    time, survival, error = curve.time[steps], curve.survival[steps], curve.log_error[steps]
    below = np.flatnonzero(survival < 1 - p - _ROUNDING)
    flat = np.flatnonzero(np.abs(survival - (1 - p)) <= _ROUNDING)
    value = None
    if below.size:
        first = time[below[0]]
        value = float((time[flat[0]] + first) / 2 if flat.size else first)
    inside = np.flatnonzero(_not_rejected(survival, error, p, curve))
    if inside.size == 0:
        return Estimate(value, None, None)
    after = int(inside[-1]) + 1
    return Estimate(value, float(time[inside[0]]), float(time[after]) if after < time.size else None)


def _not_rejected(survival: Floats, error: Floats, p: float, curve: KaplanMeierCurve) -> NDArray[np.bool_]:
    """Where the generalised sign test does not reject that S is 1 - p."""
    z, wanted = half_width(curve.level), 1 - p
    if not 0 < wanted < 1:
        return np.zeros(survival.size, dtype=bool)
    known = (survival > 0) & (survival < 1)
    s, e = np.where(known, survival, 0.5), np.where(known, error, 0.0)
    match curve.interval:
        case "plain":
            apart, half = s - wanted, z * s * e
        case "log":
            apart, half = np.log(s / wanted), z * e
        case "log_log":
            apart, half = np.log(np.log(s) / np.log(wanted)), z * e / -np.log(s)
        case "logit":
            apart, half = np.log(s / (1 - s) * (1 - wanted) / wanted), z * e / (1 - s)
        case "arcsine":
            apart = np.arcsin(np.sqrt(s)) - np.arcsin(np.sqrt(wanted))
            half = 0.5 * z * e * np.sqrt(s / (1 - s))
    return np.asarray(known & (np.abs(apart) <= half))


def _crossing(time: Floats, survival: Floats, p: float) -> float | None:
    """The time where 1 - survival reaches p: R's rule and tolerance, for curve and interval ends alike."""
    x, y = np.zeros(time.size + 1), np.zeros(time.size + 1)
    x[1:] = time
    np.subtract(1.0, survival, out=y[1:])
    at, rising, end = _rising(x, y)
    reached = int((rising + _TOLERANCE).searchsorted(p))
    if reached >= rising.size or rising[-1] < p:
        return None
    start = float(at[reached])
    if not math.isnan(end) and abs(p - end) < _TOLERANCE:
        return (start + float(x[-1])) / 2
    passed = int((rising - _TOLERANCE).searchsorted(p))
    return None if passed >= rising.size else (start + float(at[passed])) / 2


def _rising(x: Floats, y: Floats) -> tuple[Floats, Floats, float]:
    """Heights in rising order, the first of equal ones at its place, and the height that comes first last
    (NaN: where the curve is not defined)."""
    undefined = np.isnan(y)
    gap = int(undefined.argmax())  # the first place without a height; y starts with one, so 0 is none
    known, height = (x[~undefined], y[~undefined]) if gap else (x, y)
    if bool((height[1:] >= height[:-1]).all()):  # a curve that falls wherever it is defined
        last = height[-1]
        return known, height, float(last) if height.searchsorted(last) >= gap else math.nan
    order = y.argsort(kind="stable")  # NaN at the end
    ranked = y[order]
    first = np.ones(y.size, dtype=bool)
    first[1:] = ranked[1:] != ranked[:-1]
    first[known.size + 1 :] = False
    end = float(y[int(order[first].max())])
    first[known.size :] = False
    return x[order[first]], ranked[first], end
