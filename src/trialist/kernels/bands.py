"""Simultaneous bands of a Kaplan-Meier curve: Hall and Wellner's, and Nair's of equal precision."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import Literal

import numpy as np

from trialist.kernels.counts import Floats
from trialist.kernels.survival import IntervalType, KaplanMeierCurve, interval_ends

BandType = Literal["hall_wellner", "equal_precision"]
Status = Literal["ok", "no_events"]


@dataclass(frozen=True, slots=True)
class Band:
    """Ends at each time of the curve from its first to its last event (NaN elsewhere), and what made them.

    critical   the critical value; `start`, `end`: the range of n V / (1 + n V) that the band covers
    """

    low: Floats
    high: Floats
    critical: float | None
    start: float | None
    end: float | None
    status: Status


def band(curve: KaplanMeierCurve, n: float, kind: BandType) -> Band:
    """The band at the curve's level and on its scale, from the first event to the last before S is 0.

    Source: Hall and Wellner 1980, Biometrika 67:133; Nair 1984, Technometrics 26:265; on transformed scales
    Borgan and Liestol 1990, Scand J Stat 17:35; Klein and Moeschberger 2003, 4.4.
    """
    nothing: Floats = np.full(curve.time.size, np.nan)
    inside = (np.cumsum(curve.deaths) > 0) & (curve.survival > 0) & np.isfinite(curve.log_error)
    deaths = np.flatnonzero(inside & (curve.deaths > 0))
    if deaths.size == 0:
        return Band(nothing, nothing, None, None, None, "no_events")
    inside[deaths[-1] + 1 :] = False
    variance = n * np.where(inside, curve.log_error, 0.0) ** 2
    share = variance / (1 + variance)
    start, end = float(share[deaths[0]]), float(share[deaths[-1]])
    if kind == "hall_wellner":
        critical = hall_wellner_value(start, end, curve.level)
        error = critical * (1 + variance) / math.sqrt(n)
    else:
        critical = equal_precision_value(start, end, curve.level)
        error = critical * np.sqrt(variance / n)
    low, high = _around(np.where(inside, curve.survival, 0.5), error, curve.interval)
    return Band(np.where(inside, low, np.nan), np.where(inside, high, np.nan), critical, start, end, "ok")


def _around(survival: Floats, error: Floats, scale: IntervalType) -> tuple[Floats, Floats]:
    """The curve's interval with these half-widths of log S in the place of z x standard error."""
    with np.errstate(invalid="ignore", over="ignore"):
        return interval_ends(survival, error / NormalDist().inv_cdf(0.975), 0.95, scale)


def hall_wellner_value(start: float, end: float, level: float = 0.95) -> float:
    """k with P(a Brownian bridge stays within -k and k from `start` to `end`) = level."""
    return _root(lambda k: bridge_stays(k, start, end), level, 0.05, 4.0)


def equal_precision_value(start: float, end: float, level: float = 0.95) -> float:
    """c with P(a Brownian bridge over its standard deviation stays within -c and c) = level."""
    return _root(lambda c: scaled_bridge_stays(c, start, end), level, 0.5, 8.0)


def _root(stays: Callable[[float], float], level: float, low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(lambda x: stays(x) - level, low, high, xtol=1e-12, rtol=1e-12))


@cache
def _legendre(nodes: int) -> tuple[Floats, Floats]:
    """Points and weights of Gauss-Legendre quadrature on -1 to 1."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    return points.astype(np.float64), weights.astype(np.float64)


def bridge_stays(k: float, start: float, end: float, nodes: int = 80) -> float:
    """P(|B(u)| <= k for all u from `start` to `end`), B a Brownian bridge on [0, 1].

    Gauss-Legendre over the two ends; between them the chance to stay inside by reflection.
    """
    gap = end - start
    points, weights = _legendre(nodes)
    first = min(k, 9 * math.sqrt(start * (1 - start))) if start > 0 else 0.0
    x, wx = points * first, weights * first
    if gap <= 0:
        return math.erf(k / math.sqrt(2 * start * (1 - start))) if 0 < start < 1 else 1.0
    density_x = np.exp(-(x**2) / (2 * start * (1 - start))) / math.sqrt(2 * math.pi * start * (1 - start))
    left = (1 - end) / (1 - start)
    spread = math.sqrt(gap * left)
    total = 0.0
    for at, weight, density in zip(x.tolist(), wx.tolist(), density_x.tolist(), strict=True):
        middle = at * left
        low, high = max(-k, middle - 9 * spread), min(k, middle + 9 * spread)
        if high <= low:
            continue
        y = (low + high) / 2 + points * (high - low) / 2
        dense = np.exp(-((y - middle) ** 2) / (2 * spread**2)) / (spread * math.sqrt(2 * math.pi))
        total += weight * density * float(weights @ (dense * _kept(at, y, k, gap))) * (high - low) / 2
    return total


def _kept(x: float, y: Floats, k: float, gap: float) -> Floats:
    """P(a bridge from x to y over `gap` stays within -k and k): images of the two walls."""
    m = np.arange(-12, 13)[:, None]
    width, from_low, to_low = 2 * k, x + k, y + k
    straight = np.exp(-(((to_low - from_low + 2 * m * width) ** 2) - (to_low - from_low) ** 2) / (2 * gap))
    mirrored = np.exp(-(((to_low + from_low + 2 * m * width) ** 2) - (to_low - from_low) ** 2) / (2 * gap))
    return np.asarray(np.clip((straight - mirrored).sum(axis=0), 0.0, 1.0))


def scaled_bridge_stays(c: float, start: float, end: float, terms: int = 60) -> float:
    """P(|B(u)| <= c sqrt(u (1 - u)) for all u from `start` to `end`).

    In the time log(u / (1 - u)) / 2 this is a stationary Ornstein-Uhlenbeck process; the chance is a sum over
    the eigenfunctions of its generator with walls at -c and c. Times exp(-x^2 / 4) they solve
    -g'' + (x^2 / 4 - 1 / 2) g = rate g, here by Galerkin's method on cosines.
    """
    if end <= start:
        return math.erf(c / math.sqrt(2))
    length = 0.5 * math.log(end * (1 - start) / (start * (1 - end)))
    points, weights = _legendre(4 * terms)
    x = points * c
    order = (np.arange(terms) + 0.5) * math.pi / c
    wave = np.cos(order[:, None] * x) / math.sqrt(c)
    energy = np.diag(order**2) + (wave * ((x**2 / 4 - 0.5) * weights * c)) @ wave.T
    rate, shape = np.linalg.eigh(energy)
    whole = shape.T @ (wave @ (np.exp(-(x**2) / 4) * weights * c))
    return float(np.sum(whole**2 * np.exp(-rate * length))) / math.sqrt(2 * math.pi)
