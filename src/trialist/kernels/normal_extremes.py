"""The probability that any of several correlated normal statistics passes a limit, by fixed quadrature.

Z = A x with x independent standard normals: the complement of {A x <= limit} is integrated over one axis
after another. On the innermost axis it is a normal tail; between the corners of the region every integrand
is smooth, so that Gauss-Legendre rules between corners converge fast. Statistics that follow from others (a
singular correlation matrix) take away an axis. Up to four statistics of which none follows from the others
need no corners: each is integrated given those before it. Panels are shortened until the digits stand; the
same arguments give the same digits in every run.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats

MOST_AXES = 4
_RANK = 1e-10  # eigenvalues of a correlation matrix below it are rounding
_PARALLEL = 1e-9
_SETTLED = 1e-9  # of the probability, between a rule and a finer one
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


@dataclass(frozen=True, slots=True)
class Extreme:
    """probability   that at least one statistic is beyond its limit; None unless `status` is ok

    axes     independent normals that the statistics are made of
    status   ok, or too_many: more than four axes, or four from more than four statistics
    """

    probability: float | None
    axes: int
    status: Literal["ok", "too_many"]


def any_beyond(correlation: ArrayLike, limit: float, sides: int = 2) -> Extreme:
    """P(max |Z| > limit), or P(max Z > limit) when `sides` is 1, for Z normal with this correlation.

    Accurate to 1e-9 of the probability; to 1e-6 for four statistics of which one nearly follows from others.
    Source: the definition; rectangle probabilities by iterated integrals as in Genz and Bretz 2009,
    Computation of Multivariate Normal and t Probabilities, chapter 2
    """
    matrix = np.asarray(correlation, dtype=float)
    values, vectors = np.linalg.eigh(matrix)
    kept = values > _RANK * matrix.shape[0]
    axes = int(kept.sum())
    if axes > MOST_AXES or (axes == MOST_AXES and matrix.shape[0] > axes):
        return Extreme(None, axes, "too_many")
    found = _one_given_others(matrix, float(limit), sides) if axes == matrix.shape[0] else None
    if found is None:
        factor = vectors[:, kept] * np.sqrt(values[kept])
        found = _along_axes(np.concatenate([factor, -factor]) if sides == 2 else factor, float(limit))
    return Extreme(min(max(found, 0.0), 1.0), axes, "ok")


def _along_axes(a: Floats, limit: float) -> float:
    """P(some a_i x > limit), panels shortened until the digits stand (four axes once: seconds)."""
    bound, before = np.full((1, a.shape[0]), limit), math.nan
    for step in (1.5, 1.0, 0.5, 0.25):
        now = float(_outside(a, bound, _reach(limit), step)[0])
        if a.shape[1] == MOST_AXES or abs(now - before) <= _SETTLED * now:
            return now
        before = now
    return before


def _reach(limit: float) -> float:
    """How far out along an axis the density still counts, beside that of passing the limit."""
    return max(8.5, abs(limit) + 6.0)


def _outside(a: Floats, bound: Floats, reach: float, step: float) -> Floats:
    """P(some a_i x > bound_i) for each row of bounds; the last column of `a` is the innermost axis."""
    if a.shape[1] == 1:
        return _tails(a[:, 0], bound)
    x, weight = _rule(_corners(a, bound), reach, step)
    inner = bound[:, None, :] - x[:, :, None] * a[:, 0]
    rows, points, count = inner.shape
    flat = inner.reshape(rows * points, count)
    size = 8 if a.shape[1] == MOST_AXES else flat.shape[0]
    parts = [_outside(a[:, 1:], flat[i : i + size], reach, step) for i in range(0, flat.shape[0], size)]
    value = np.concatenate(parts).reshape(rows, points)
    density = np.exp(-0.5 * x * x) / np.sqrt(2 * np.pi)
    return np.asarray(np.sum(weight * density * value, axis=1))


def _tails(slope: Floats, bound: Floats) -> Floats:
    """One axis: the normal probability outside all of slope_i y <= bound_i."""
    from scipy.special import ndtr

    up, down, flat = slope > _PARALLEL, slope < -_PARALLEL, np.abs(slope) <= _PARALLEL
    high = np.min(bound[:, up] / slope[up], axis=1) if up.any() else np.full(bound.shape[0], np.inf)
    low = np.max(bound[:, down] / slope[down], axis=1) if down.any() else np.full(bound.shape[0], -np.inf)
    empty = (low >= high) | (bound[:, flat] < 0).any(axis=1)
    return np.where(empty, 1.0, ndtr(low) + ndtr(-high))


def _corners(a: Floats, bound: Floats) -> Floats:
    """The corners of each row's region along the first axis, infinite where a row has fewer than others."""
    count, axes = a.shape
    chosen = np.array(list(itertools.combinations(range(count), axes)))
    systems = a[chosen] if chosen.size else np.empty((0, axes, axes))
    found = np.abs(np.linalg.det(systems)) > _PARALLEL
    if not found.any():
        return np.empty((bound.shape[0], 0))
    inverse = np.linalg.inv(systems[found])
    points = np.einsum("mas,rms->rma", inverse, bound[:, chosen[found]])
    slack = 1e-9 * (1 + np.abs(bound).max())
    inside = (np.einsum("rma,ia->rmi", points, a) <= bound[:, None, :] + slack).all(axis=2)
    along = np.sort(np.where(inside, points[:, :, 0], np.inf), axis=1)
    return np.asarray(along[:, : int(inside.sum(axis=1).max())])


def _rule(corners: Floats, reach: float, step: float) -> tuple[Floats, Floats]:
    """Points and weights of the rule between corners, and between steps: a row per row of corners."""
    steps = np.linspace(-reach, reach, 2 * math.ceil(reach / step) + 1)
    rows = corners.shape[0]
    inside = np.clip(corners, -reach, reach)
    edges = np.concatenate([inside, np.broadcast_to(steps, (rows, steps.size))], axis=1)
    edges.sort(axis=1)
    return _between(edges[:, :-1], edges[:, 1:])


def _between(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Gauss-Legendre points and weights of panels (rows, panels), a row per row."""
    half, middle = (high - low) / 2, (high + low) / 2
    x = (middle[:, :, None] + half[:, :, None] * _NODES).reshape(low.shape[0], -1)
    return x, (half[:, :, None] * _WEIGHTS).reshape(low.shape[0], -1)


def _one_given_others(matrix: Floats, limit: float, sides: int) -> float | None:
    """One statistic given those before it, panels halved until the digits stand; None if not soon."""
    order = _falling(matrix)
    root: Floats = np.linalg.cholesky(matrix[np.ix_(order, order)]).astype(np.float64)
    before = _one_by_one(root, limit, sides, 1)
    for panels in (2, 4, 8):
        now = _one_by_one(root, limit, sides, panels)
        if abs(now - before) <= _SETTLED * now:
            return now
        before = now
    return None


def _falling(matrix: Floats) -> list[int]:
    """The statistics by falling variance given those before: the order of a pivoted Cholesky root."""
    left, rest, order = matrix.copy(), list(range(matrix.shape[0])), []
    while rest:
        chosen = max(rest, key=lambda i: left[i, i])
        order.append(chosen)
        rest.remove(chosen)
        left = left - np.outer(left[:, chosen], left[chosen]) / left[chosen, chosen]
    return order


def _one_by_one(root: Floats, limit: float, sides: int, panels: int) -> float:
    """Sum over statistics of P(this one is the first beyond): products of normal densities and a tail."""
    from scipy.special import ndtr

    reach = _reach(limit)
    given, weight, found = np.zeros((1, root.shape[0])), np.ones(1), 0.0
    for i in range(root.shape[0]):
        high = (limit - given[:, i]) / root[i, i]
        low = (-limit - given[:, i]) / root[i, i] if sides == 2 else np.full_like(high, -np.inf)
        found += float(weight @ (ndtr(low) + ndtr(-high)))
        if i + 1 == root.shape[0]:
            break
        low, high = np.clip(low, -reach, reach), np.clip(high, -reach, reach)
        share = np.linspace(0.0, 1.0, panels + 1)
        edges = low[:, None] + (high - low)[:, None] * share
        y, points = _between(edges[:, :-1], edges[:, 1:])
        density = points * np.exp(-0.5 * y * y) / math.sqrt(2 * math.pi)
        given = (given[:, None, :] + y[:, :, None] * root[:, i]).reshape(-1, root.shape[0])
        weight = (weight[:, None] * density).reshape(-1)
    return found
