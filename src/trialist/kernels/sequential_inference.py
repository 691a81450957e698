"""After a group-sequential trial has stopped: p value, estimate, interval; repeated ones at every look.

Outcomes (look, z) are ordered by look: an earlier rejection is the stronger evidence, at one look the larger
z (stage-wise ordering: Fairbanks and Madsen 1982, Biometrika 69:69; Tsiatis, Rosner and Mehta 1984,
Biometrics 40:797). Effects are drifts, E Z at information 1; divided by sqrt(events p1 p2) they are log
hazard ratios.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trialist.kernels.sequential import START, chance_above, exits, narrowest, step
from trialist.kernels.sequential_bounds import Boundaries

SMALLEST_ALPHA = 1e-8


@dataclass(frozen=True, slots=True)
class AtStop:
    """Stage-wise ordered inference at the stop: one-sided p value, median unbiased drift and its interval."""

    p_value: float
    drift: float | None
    low: float | None
    high: float | None


def stage_wise_p(bounds: Boundaries, look: int, z: float, drift: float = 0.0) -> float:
    """P(rejected at an earlier look, or a statistic as large as this at this look); one-sided, upwards."""
    k = look - 1
    low = _lower(bounds)
    found = exits(bounds.information[:look], bounds.upper[:look], low[:look], drift) if k else None
    going = START
    for j in range(k):
        width = narrowest(bounds.information, j)
        going = step(going, float(bounds.information[j]), low[j], bounds.upper[j], drift, width)
    before = float(found.above[:k].sum()) if found else 0.0
    return min(before + chance_above(going, float(bounds.information[k]), z, drift), 1.0)


def at_stop(bounds: Boundaries, look: int, z: float, level: float = 0.95) -> AtStop:
    """Inference at the look where the trial stopped.

    The interval holds every drift that a stage-wise ordered test at this level would keep; its middle, where
    the p value is one half, is median unbiased.
    """
    p = stage_wise_p(bounds, look, z)
    tail = (1 - level) / 2
    ends = [_drift_with(bounds, look, z, chance) for chance in (0.5, tail, 1 - tail)]
    return AtStop(p, *ends)


def repeated_interval(bounds: Boundaries, look: int, z: float) -> tuple[float, float]:
    """The repeated confidence interval of the drift: z plus and minus the boundary, at level 1 - 2 alpha.

    (1 - alpha with two sides.) It holds at every look at once, whether or not the trial stops.
    Source: Jennison and Turnbull 1989, JRSS B 51:305.
    """
    root, bound = math.sqrt(bounds.information[look - 1]), float(bounds.upper[look - 1])
    return (z - bound) / root, (z + bound) / root


def repeated_p(design: Callable[[float], Boundaries], look: int, z: float) -> float:
    """The smallest level at which the boundaries of a design are reached at this look (one half at most).

    `design` gives the boundaries of the same shape or spending for a level.
    """
    from scipy.optimize import brentq

    def short(log_alpha: float) -> float:
        found = design(math.exp(log_alpha))
        if found.status != "ok":
            return 50.0
        return float(min(found.upper[look - 1], 50.0)) - z

    least, most = math.log(SMALLEST_ALPHA), math.log(0.4999)
    if short(most) > 0:
        return 0.5
    if short(least) <= 0:
        return SMALLEST_ALPHA
    return math.exp(float(brentq(short, least, most, xtol=1e-12)))


def _drift_with(bounds: Boundaries, look: int, z: float, chance: float) -> float | None:
    """The drift under which the stage-wise p value is so large."""
    from scipy.optimize import brentq

    root = math.sqrt(bounds.information[look - 1])

    def short(drift: float) -> float:
        return stage_wise_p(bounds, look, z, drift) - chance

    low, high = z / root - 4.0, z / root + 4.0
    for _ in range(8):
        if short(low) < 0 < short(high):
            return float(brentq(short, low, high, xtol=1e-12, rtol=1e-14))
        low, high = (low - 8.0 if short(low) >= 0 else low), (high + 8.0 if short(high) <= 0 else high)
    return None


def _lower(bounds: Boundaries) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The lower boundary where keeping it is part of the test."""
    if bounds.sides == 2 or bounds.binding:
        return bounds.lower
    return np.full(len(bounds.upper), -math.inf)
