"""The score test and interval of a difference of two proportions, for one table or for arrays of tables."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.crossing import crossing
from trialist.kernels.normal import half_width

Floats = NDArray[np.float64]


def miettinen_nurminen(
    responders: tuple[int, int], n: tuple[int, int], level: float = 0.95, *, factor: bool = True
) -> tuple[float, float, float]:
    """First proportion less the second, with its score interval; each group has at least one subject.

    The interval holds every difference that the score test does not reject: its variance is taken at the
    proportions that are most likely under that difference, times N / (N - 1); with `factor` False without
    that factor, which is the interval of Mee. Source: Miettinen and Nurminen 1985, Stat Med 4:213; Mee
    1984, Biometrics 40:1175
    """
    apart = responders[0] / n[0] - responders[1] / n[1]
    limit = half_width(level)

    def outside(difference: float) -> float:
        variance = _variance(responders, n, difference, factor)
        return abs(apart - difference) - limit * math.sqrt(variance)

    low, high = (end if outside(end) <= 0 else crossing(outside, apart, end) for end in (-1.0, 1.0))
    return apart, low, high


def difference_z(
    responders: tuple[int, int], n: tuple[int, int], margin: float = 0.0, *, factor: bool = False
) -> float | None:
    """z of the difference against `margin`, its variance taken under the margin; None where that is 0.

    Without `factor` the test of Farrington and Manning, with it (N / (N - 1)) that of Miettinen and Nurminen;
    at a margin of 0 the square is the chi-square, or N - 1 / N of it.
    Source: Farrington and Manning 1990, Stat Med 9:1447
    """
    variance = _variance(responders, n, margin, factor)
    gap = responders[0] / n[0] - responders[1] / n[1] - margin
    return gap / math.sqrt(variance) if variance > 0 else None


def most_likely(x: tuple[Any, Any], n: tuple[Any, Any], difference: Any) -> tuple[Floats, Floats]:
    """The proportions of both groups that are most likely when they differ by `difference`; arrays broadcast.

    Source: Farrington and Manning 1990, appendix: the root of a cubic in closed form
    """
    n1, n2, d = (np.asarray(value, dtype=float) for value in (*n, difference))
    x1, x2 = np.asarray(x[0], dtype=float), np.asarray(x[1], dtype=float)
    whole, both = n1 + n2, x1 + x2
    second = (n1 + 2 * n2) * d - whole - both
    first = (n2 * d - whole - 2 * x2) * d + both
    zeroth = x2 * d * (1 - d)
    q = second**3 / (3 * whole) ** 3 - first * second / (6 * whole**2) + zeroth / (2 * whole)
    square = np.maximum(second**2 / (3 * whole) ** 2 - first / (3 * whole), 0.0)
    p = np.copysign(np.sqrt(square), q)
    cube = p**3
    ratio = np.divide(q, cube, out=np.zeros(np.broadcast(q, cube).shape), where=cube != 0)
    angle = (np.pi + np.arccos(np.clip(ratio, -1.0, 1.0))) / 3
    lower = np.clip(2 * p * np.cos(angle) - second / (3 * whole), np.maximum(0.0, -d), np.minimum(1.0, 1 - d))
    return np.clip(lower + d, 0.0, 1.0), np.clip(lower, 0.0, 1.0)


def most_likely_variance(x: tuple[Any, Any], n: tuple[Any, Any], difference: Any) -> Floats:
    """Variance of the difference at its most likely proportions, without N / (N - 1); arrays broadcast."""
    upper, lower = most_likely(x, n, difference)
    n1, n2 = np.asarray(n[0], dtype=float), np.asarray(n[1], dtype=float)
    return np.asarray(upper * (1 - upper) / n1 + lower * (1 - lower) / n2)


def _variance(responders: tuple[int, int], n: tuple[int, int], difference: float, factor: bool) -> float:
    whole = sum(n)
    variance = float(most_likely_variance(responders, n, difference))
    return variance * whole / (whole - 1) if factor else variance
