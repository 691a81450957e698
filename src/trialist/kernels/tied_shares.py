"""Efron's sums over tied deaths: l / d for the l-th of d deaths, or few points that stand for all of them.

Of d who die together the l-th sees a risk set without the share l / d of them, l = 0 ... d - 1. What is
summed over l is smooth in it, the more so the smaller their part in the hazard of the risk set; so where d is
large a Gauss rule of few points gives the sum to rounding.
"""

from __future__ import annotations

import numpy as np

from trialist.kernels.counts import Floats, Integers

POINTS = (3, 4, 5, 6, 8, 11, 16, 24, 40)
REACH = (0.01, 0.055, 0.13, 0.22, 0.38, 0.57, 0.75, 0.87, 0.95)
"""Numbers of points, and the part of the hazard in the dying up to which a rule errs by less than 1e-13."""
MARGIN = 3.0
"""So many times larger than with everybody alike the odds of a death may become, and the rule reaches."""
_CLOSED = 5  # points up to which the nodes are roots of a quadratic equation


def shares(tied: Floats, mean: Floats, at_risk: Floats | None = None) -> tuple[Floats, Integers, Floats]:
    """l / d, its death time and the mean weight behind it: an entry per tied death, or per point of a rule.

    tied, mean  people who die at each death time, and their mean case weight
    at_risk     weight at risk at each death time; None: an entry for every death
    """
    whole = np.rint(tied).astype(np.int64)
    points = np.zeros(whole.size, dtype=np.int64)
    if at_risk is not None and whole.size and int(whole.max()) >= 2 * POINTS[0]:
        points = _points(whole, tied * mean, at_risk)
    each = np.where(points > 0, points, whole)
    at = np.repeat(np.arange(each.size), each)
    firsts = np.cumsum(each) - each
    share, weight = (np.arange(at.size) - firsts[at]) / each[at], mean[at]
    for count in POINTS:
        mine = np.flatnonzero(points == count)
        if mine.size == 0:
            continue
        node, behind = gauss(whole[mine], count)
        place = firsts[mine][:, None] + np.arange(count)
        share[place], weight[place] = node, weight[place] * behind
    return share, at, weight


def _points(whole: Integers, dying: Floats, at_risk: Floats) -> Integers:
    """Points of the rule for each death time; 0 where the deaths stand one by one, being few or most."""
    stay = np.maximum(at_risk - dying, 0.0)
    part = MARGIN * dying / np.maximum(MARGIN * dying + stay, 1e-300)
    place = np.searchsorted(REACH, part)
    points = np.append(POINTS, 0)[place]
    return np.where(2 * points <= whole, points, 0)


def reach(points: Integers) -> Floats:
    """The part of the hazard up to which rules of so many points are exact to rounding."""
    return np.asarray(REACH)[np.minimum(np.searchsorted(POINTS, points), len(REACH) - 1)]


def gauss(deaths: Integers, points: int) -> tuple[Floats, Floats]:
    """Nodes and weights of the Gauss rule for sums over l / d, l = 0 ... d - 1: a row per d.

    From the recurrence of Chebyshev's discrete polynomials (Gautschi 2004, Orthogonal Polynomials, 1.4).
    """
    d = deaths.astype(np.float64)
    square = [k**2 * (d**2 - k**2) / (4 * (4 * k**2 - 1)) for k in range(1, points)]
    side = [np.sqrt(each) for each in square]
    away = _quadratic(square) if points <= _CLOSED else _eigenvalues(deaths, side)
    before, here = np.zeros_like(away), np.ones_like(away)
    total = here.copy()
    for k in range(points - 1):  # orthonormal polynomials at the nodes
        back = side[k - 1][:, None] * before if k else 0.0
        before, here = here, (away * here - back) / side[k][:, None]
        total += here**2
    return ((d[:, None] - 1) / 2 + away) / d[:, None], d[:, None] / total


def _quadratic(square: list[Floats]) -> Floats:
    """Distances of three to five nodes from the middle."""
    total = np.sum(square, axis=0)
    if len(square) == 2:
        far = np.sqrt(total)
        return np.stack((-far, np.zeros_like(far), far), axis=1)
    product = square[0] * square[2]
    if len(square) == 4:
        product = product + square[0] * square[3] + square[1] * square[3]
    larger = (total + np.sqrt(total**2 - 4 * product)) / 2
    far, near = np.sqrt(larger), np.sqrt(product / larger)
    middle = [np.zeros_like(far)] if len(square) == 4 else []
    return np.stack((-far, -near, *middle, near, far), axis=1)


def _eigenvalues(deaths: Integers, side: list[Floats]) -> Floats:
    sizes, first, number = np.unique(deaths, return_index=True, return_inverse=True)
    matrix = np.zeros((sizes.size, len(side) + 1, len(side) + 1))
    for k, each in enumerate(side):
        matrix[:, k + 1, k] = each[first]
    return np.asarray(np.linalg.eigvalsh(matrix)[number.ravel()])
