"""A log hazard ratio (or another effect) and its standard error from what a paper prints.

Source: Parmar, Torri and Stewart 1998, Stat Med 17:2815; Tierney, Stewart, Ghersi, Burdett and Sydes 2007,
Trials 8:16. Hazards are those of the first group over the second.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trialist.kernels.heterogeneity import Floats
from trialist.kernels.normal import half_width

How = Literal[
    "interval",
    "p_value",
    "p_value_and_events",
    "o_minus_e",
    "events",
    "total_events",
    "medians",
    "curves",
]
Status = Literal["ok", "level", "order", "range", "no_effect", "no_events", "not_finite", "not_fitted"]
Scale = Literal["log", "plain"]


@dataclass(frozen=True, slots=True)
class Reported:
    """An effect on the scale on which it is pooled, with its standard error.

    status      ok; level: not between 0 and 1; order: the interval's ends are not in order or do not hold
                the estimate; range: a ratio, p value, median or variance that can't be; no_effect: an effect
                of 0 says nothing of its error; no_events; not_finite; not_fitted: no model of the curves
    off_centre  interval: how far the estimate lies from the middle, in standard errors; rounding alone moves
                it a little, and a ratio printed with a plain interval or one of a test moves it far
    """

    status: Status
    how: How
    estimate: float | None = None
    std_err: float | None = None
    off_centre: float | None = None


def from_interval(
    estimate: float | None, low: float, high: float, level: float = 0.95, scale: Scale = "log"
) -> Reported:
    """From a symmetric interval of any level; without an estimate its middle. Tierney 2007, method 1."""
    given = [low, high] if estimate is None else [low, estimate, high]
    if not 0 < level < 1:
        return Reported("level", "interval")
    if not all(math.isfinite(value) for value in given):
        return Reported("not_finite", "interval")
    if scale == "log" and min(given) <= 0:
        return Reported("range", "interval")
    if low >= high or given != sorted(given):
        return Reported("order", "interval")
    ends = [math.log(value) for value in given] if scale == "log" else given
    middle, error = (ends[0] + ends[-1]) / 2, (ends[-1] - ends[0]) / (2 * half_width(level))
    value = middle if estimate is None else ends[1]
    return Reported("ok", "interval", value, error, (value - middle) / error)


def from_p_value(estimate: float, p: float, sides: int = 2, scale: Scale = "log") -> Reported:
    """From an estimate and the p value of no effect. A p that is only a bound gives a bound of the error.

    A one-sided p is that of the side on which the estimate lies. Tierney 2007, method 7
    """
    if not (math.isfinite(estimate) and math.isfinite(p)):
        return Reported("not_finite", "p_value")
    if (scale == "log" and estimate <= 0) or not 0 < p < (1 if sides == 2 else 0.5):
        return Reported("range", "p_value")
    value = math.log(estimate) if scale == "log" else estimate
    if value == 0:
        return Reported("no_effect", "p_value")
    return Reported("ok", "p_value", value, abs(value) / _upper(p, sides))


def from_p_value_and_events(
    p: float, events: float, *, first_better: bool, allocated: tuple[float, float] = (1, 1), sides: int = 2
) -> Reported:
    """From a log-rank p value, the total of events and how many were allocated to each group, without an
    estimate. Parmar 1998; Tierney 2007, methods 7 to 9: variance of the log ratio (r + 1)^2 / (events r)."""
    if not (math.isfinite(p) and math.isfinite(events)):
        return Reported("not_finite", "p_value_and_events")
    if not 0 < p < (1 if sides == 2 else 0.5) or min(allocated) <= 0:
        return Reported("range", "p_value_and_events")
    if events <= 0:
        return Reported("no_events", "p_value_and_events")
    error = 1 / math.sqrt(_information(events, allocated))
    z = _upper(p, sides)
    return Reported("ok", "p_value_and_events", (-z if first_better else z) * error, error)


def from_o_minus_e(o_minus_e: float, variance: float) -> Reported:
    """From observed less expected events of the first group and the log-rank variance (Peto's one step)."""
    if not (math.isfinite(o_minus_e) and math.isfinite(variance)):
        return Reported("not_finite", "o_minus_e")
    if variance <= 0:
        return Reported("range", "o_minus_e")
    return Reported("ok", "o_minus_e", o_minus_e / variance, 1 / math.sqrt(variance))


def from_events(estimate: float, events: tuple[float, float]) -> Reported:
    """From a ratio and the events of both groups: variance 1/d1 + 1/d2. Parmar 1998, equation 9."""
    if not math.isfinite(estimate) or not all(math.isfinite(d) for d in events):
        return Reported("not_finite", "events")
    if estimate <= 0:
        return Reported("range", "events")
    if min(events) <= 0:
        return Reported("no_events", "events")
    return Reported("ok", "events", math.log(estimate), math.sqrt(1 / events[0] + 1 / events[1]))


def from_total_events(estimate: float, events: float, allocated: tuple[float, float] = (1, 1)) -> Reported:
    """From a ratio and the total of events, shared as the allocation was: variance (r + 1)^2 / (events r)."""
    if not (math.isfinite(estimate) and math.isfinite(events)):
        return Reported("not_finite", "total_events")
    if estimate <= 0 or min(allocated) <= 0:
        return Reported("range", "total_events")
    if events <= 0:
        return Reported("no_events", "total_events")
    return Reported("ok", "total_events", math.log(estimate), 1 / math.sqrt(_information(events, allocated)))


def from_medians(medians: tuple[float, float], events: tuple[float, float]) -> Reported:
    """From both medians as if times were exponential, which nothing printed says: variance 1/d1 + 1/d2."""
    if not all(math.isfinite(value) for value in (*medians, *events)):
        return Reported("not_finite", "medians")
    if min(medians) <= 0:
        return Reported("range", "medians")
    if min(events) <= 0:
        return Reported("no_events", "medians")
    value = math.log(medians[1] / medians[0])
    return Reported("ok", "medians", value, math.sqrt(1 / events[0] + 1 / events[1]))


def from_curves(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> Reported:
    """From times and events of both groups, as `reconstruction` reads them off curves (Cox, Efron's ties)."""
    from trialist.kernels.cox import cox

    (t1, d1), (t2, d2) = (tuple(np.asarray(part, dtype=float) for part in group) for group in (first, second))
    time, event = np.concatenate([t1, t2]), np.concatenate([d1, d2])
    if not (np.isfinite(time).all() and np.isfinite(event).all()):
        return Reported("not_finite", "curves")
    if not event.any():
        return Reported("no_events", "curves")
    pattern = np.concatenate([np.zeros(t1.size, dtype=np.int64), np.ones(t2.size, dtype=np.int64)])
    fit = cox(time, event, 1 - event, pattern, np.array([[1.0], [0.0]]))
    if fit.status != "ok":
        return Reported("not_fitted", "curves")
    return Reported("ok", "curves", float(fit.coefficient[0]), float(fit.std_err[0]))


def p_value_of(estimate: float, std_err: float) -> float:
    """Two-sided, normal: what the p value of an effect with this error would be."""
    return math.erfc(abs(estimate / std_err) / math.sqrt(2))


def _information(events: float, allocated: tuple[float, float]) -> float:
    share = allocated[0] / sum(allocated)
    return events * share * (1 - share)


def _upper(p: float, sides: int) -> float:
    from scipy.special import ndtri

    return -float(ndtri(p / 2 if sides == 2 else p))
