"""The score interval of a difference of two proportions."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

_STEPS = 100


def miettinen_nurminen(
    responders: tuple[int, int], n: tuple[int, int], level: float = 0.95
) -> tuple[float, float, float]:
    """First proportion less the second, with its score interval; each group has at least one subject.

    The interval holds every difference that the score test does not reject: its variance is taken at the
    proportions that are most likely under that difference, times N / (N - 1).
    Source: Miettinen and Nurminen 1985, Stat Med 4:213
    """
    apart = responders[0] / n[0] - responders[1] / n[1]
    limit = NormalDist().inv_cdf(0.5 + level / 2)

    def inside(difference: float) -> bool:
        variance = _variance(responders, n, difference)
        return abs(apart - difference) <= limit * math.sqrt(variance)

    return apart, _edge(inside, apart, -1.0), _edge(inside, apart, 1.0)


def _edge(inside: Callable[[float], bool], start: float, end: float) -> float:
    """Where the interval around `start` ends on the way to `end`, by bisection."""
    if inside(end):
        return end
    for _ in range(_STEPS):
        middle = (start + end) / 2
        if inside(middle):
            start = middle
        else:
            end = middle
    return start


def _variance(responders: tuple[int, int], n: tuple[int, int], difference: float) -> float:
    """Of the difference, at the proportions most likely given it: the root of a cubic in closed form."""
    whole, both = sum(n), sum(responders)
    third = float(whole)
    second = (n[0] + 2 * n[1]) * difference - whole - both
    first = (n[1] * difference - whole - 2 * responders[1]) * difference + both
    zeroth = responders[1] * difference * (1 - difference)
    q = second**3 / (3 * third) ** 3 - first * second / (6 * third**2) + zeroth / (2 * third)
    square = second**2 / (3 * third) ** 2 - first / (3 * third)
    p = math.copysign(math.sqrt(max(square, 0.0)), q)
    ratio = 0.0 if p == 0 else max(-1.0, min(1.0, q / p**3))
    angle = (math.pi + math.acos(ratio)) / 3
    lower = min(1.0, max(0.0, 2 * p * math.cos(angle) - second / (3 * third)))
    upper = min(1.0, max(0.0, lower + difference))
    return (upper * (1 - upper) / n[0] + lower * (1 - lower) / n[1]) * whole / (whole - 1)
