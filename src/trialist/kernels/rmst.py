"""Restricted mean survival time: the area under a survival curve up to a time, and contrasts of two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr

from trialist.kernels.normal import half_width
from trialist.kernels.survival import KaplanMeierCurve

Status = Literal["ok", "no_subjects", "beyond", "no_variance", "not_positive"]
_AT = 1 + 1e-12


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    """The mean time up to `tau`, in the unit of the curve; `lost` is tau less the mean.

    status  ok; no_subjects; beyond: the curve is not known up to tau, and `mean` is None
    """

    tau: float
    mean: float | None
    std_err: float | None
    status: Status

    @property
    def lost(self) -> float | None:
        return None if self.mean is None else self.tau - self.mean


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference or ratio with its interval and two-sided p; None where it does not exist (see status)."""

    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    std_err: float | None
    status: Status


def restricted_mean(curve: KaplanMeierCurve, tau: float) -> RestrictedMean:
    """The area under the curve from 0 to `tau`.

    The variance is the sum over event times of (area from there to tau)^2 x deaths / (at risk x survivors),
    a term being 0 where nobody is left (as survRM2 and print(survfit, rmean = tau) have it). After the last
    time the area is known only of a curve that has come down to 0.
    Source: Irwin 1949, J Hyg 47:188; Uno 2014, J Clin Oncol 32:2380; Klein and Moeschberger 2003, 4.5.
    """
    if curve.time.size == 0:
        return RestrictedMean(tau, None, None, "no_subjects")
    if tau > largest_tau(curve) * _AT:
        return RestrictedMean(tau, None, None, "beyond")
    inside = curve.time <= tau * _AT
    starts = np.concatenate(([0.0], curve.time[inside]))
    heights = np.concatenate(([1.0], curve.survival[inside]))
    areas = heights * np.diff(np.append(starts, max(tau, float(starts[-1]))))
    ahead = np.cumsum(areas[::-1])[::-1][1:]
    died, at_risk = curve.deaths[inside], curve.at_risk[inside]
    below = at_risk * (at_risk - died)
    terms = np.divide(died, below, out=np.zeros_like(died), where=below > 0)
    return RestrictedMean(tau, float(areas.sum()), math.sqrt(float(np.sum(ahead**2 * terms))), "ok")


def largest_tau(curve: KaplanMeierCurve) -> float:
    """The time up to which the area is known: the last one, and any time where the curve ends at 0."""
    if curve.time.size == 0:
        return 0.0
    return math.inf if curve.survival[-1] == 0 else float(curve.time[-1])


def default_tau(curves: Sequence[KaplanMeierCurve]) -> float:
    """The largest tau that every curve allows; if all end at 0, the largest time (survRM2's rule)."""
    most = min(largest_tau(curve) for curve in curves)
    return most if math.isfinite(most) else max(float(curve.time[-1]) for curve in curves)


def difference(first: RestrictedMean, second: RestrictedMean, level: float = 0.95) -> Contrast:
    """First less second, with the normal interval and test."""
    if first.mean is None or second.mean is None:
        return _none("beyond")
    return normal_contrast(first.mean - second.mean, math.hypot(_error(first), _error(second)), level)


def ratio(
    first: RestrictedMean, second: RestrictedMean, level: float = 0.95, *, lost: bool = False
) -> Contrast:
    """First over second of the means (or of the times lost), interval and test on the log scale."""
    one, other = (first.lost, second.lost) if lost else (first.mean, second.mean)
    if one is None or other is None:
        return _none("beyond")
    if one <= 0 or other <= 0:
        return _none("not_positive")
    error = math.hypot(_error(first) / one, _error(second) / other)
    logs = normal_contrast(math.log(one / other), error, level)
    ends = [None if end is None else math.exp(end) for end in (logs.low, logs.high)]
    return Contrast(one / other, ends[0], ends[1], logs.p_value, logs.std_err, logs.status)


def _error(of: RestrictedMean) -> float:
    return 0.0 if of.std_err is None else of.std_err


def normal_contrast(value: float, std_err: float, level: float) -> Contrast:
    """A normal estimate with its interval and two-sided p; neither where the error is 0."""
    if not std_err > 0:
        return Contrast(value, None, None, None, std_err, "no_variance")
    half = half_width(level) * std_err
    p = 2 * float(ndtr(-abs(value) / std_err))
    return Contrast(value, value - half, value + half, p, std_err, "ok")


def _none(status: Status) -> Contrast:
    return Contrast(None, None, None, None, None, status)
