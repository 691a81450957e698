"""Survival of two groups at a time: difference, ratio, and the test on a transformed scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtr

from trialist.kernels.rmst import Contrast, normal_contrast
from trialist.kernels.survival import Estimate

Scale = Literal["plain", "log", "log_log", "logit", "arcsine"]


@dataclass(frozen=True, slots=True)
class ScaleTest:
    """z and two-sided p of equal survival on a scale; None where a curve is at 0 or 1 or has no error."""

    z: float | None
    p_value: float | None


def survival_difference(first: Estimate, second: Estimate, level: float = 0.95) -> Contrast:
    """First less second, with the normal interval and test (Greenwood's errors). None: not known at a time.

    Where both errors are 0 the difference stands without interval and p (status `no_variance`).
    """
    if first.value is None or second.value is None:
        return Contrast(None, None, None, None, None, "beyond")
    error = math.hypot(_error(first), _error(second))
    return normal_contrast(first.value - second.value, error, level)


def survival_ratio(first: Estimate, second: Estimate, level: float = 0.95) -> Contrast:
    """First over second, interval and p on the log scale; does not exist where a curve is at 0."""
    if first.value is None or second.value is None:
        return Contrast(None, None, None, None, None, "beyond")
    if first.value <= 0 or second.value <= 0:
        return Contrast(None, None, None, None, None, "not_positive")
    error = math.hypot(_error(first) / first.value, _error(second) / second.value)
    logs = normal_contrast(math.log(first.value / second.value), error, level)
    ends = [None if end is None else math.exp(end) for end in (logs.low, logs.high)]
    return Contrast(first.value / second.value, ends[0], ends[1], logs.p_value, logs.std_err, logs.status)


def scale_test(first: Estimate, second: Estimate, scale: Scale) -> ScaleTest:
    """Equal survival at a time, tested on a scale: (g(S1) - g(S2)) / error, errors by the delta method.

    Source: Klein, Logan, Harhoff and Andersen 2007, Stat Med 26:4505.
    """
    found = [_transformed(each, scale) for each in (first, second)]
    if found[0] is None or found[1] is None:
        return ScaleTest(None, None)
    error = math.hypot(found[0][1], found[1][1])
    if not error > 0:
        return ScaleTest(None, None)
    z = (found[0][0] - found[1][0]) / error
    return ScaleTest(z, 2 * float(ndtr(-abs(z))))


def _error(of: Estimate) -> float:
    """0 where everybody or nobody is left: the estimate has no error there."""
    return 0.0 if of.std_err is None else of.std_err


def _transformed(of: Estimate, scale: Scale) -> tuple[float, float] | None:
    """(value, standard error) on the scale."""
    s = of.value
    if s is None:
        return None
    if scale == "plain":
        return s, _error(of)
    if s <= 0 or (s >= 1 and scale != "log"):
        return None
    relative = _error(of) / s
    match scale:
        case "log":
            return math.log(s), relative
        case "log_log":
            return math.log(-math.log(s)), relative / -math.log(s)
        case "logit":
            return math.log(s / (1 - s)), relative / (1 - s)
    return math.asin(math.sqrt(s)), 0.5 * relative * math.sqrt(s / (1 - s))
