"""Group-sequential tests: the chance of leaving between two boundaries at each look, for any drift.

Z_1..Z_K are standardised statistics with independent increments: E Z_k = drift sqrt(t_k), and
Cov(Z_j, Z_k) = sqrt(t_j / t_k) for j <= k, where t_k is the information at look k as a share of the planned
(t_K = 1, or another number after over- or under-running). The joint density is carried from look to look by
recursive numerical integration (Armitage, McPherson and Rowe 1969, JRSS A 132:235; Jennison and Turnbull
2000, Group Sequential Methods, chapter 19), here with Gauss-Legendre nodes on panels as narrow as the steps
between looks, so that about 13 digits are right.

Boundaries are on the z scale; -inf or inf where a look has none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

REACH = 8.0  # standard deviations beyond which nothing is counted: 1e-15
NODES = 16  # of one panel
PANEL = 5.0  # width of a panel in standard deviations of a step between looks
MOST_PANELS = 200


@dataclass(frozen=True, slots=True)
class Exits:
    """Chance of first leaving above or below at each look."""

    above: Values
    below: Values

    @property
    def reject(self) -> float:
        return float(self.above.sum())


@dataclass(frozen=True, slots=True)
class Going:
    """Those who go on after a look: nodes on the z scale and the mass at each (weights included)."""

    at: Values
    mass: Values
    information: float


START = Going(np.zeros(1), np.ones(1), 0.0)


def exits(
    information: Any, upper: Any, lower: Any, drift: float | Values = 0.0, start: Going = START
) -> Exits:
    """The chance of first leaving at each look, above `upper` or below `lower`.

    Parameters
        information  rising, one per look, as shares of what drift refers to
        upper, lower on the z scale; where lower >= upper the trial stops there for certain
        drift        E Z at information 1; or E Z at each look, where the effect changes on the way
        start        those who come to the first of these looks; all, if not given
    Returns   `above` and `below`, one number per look
    Source    Jennison and Turnbull 2000, chapter 19
    """
    t = np.asarray(information, dtype=float)
    up, low = np.asarray(upper, dtype=float), np.asarray(lower, dtype=float)
    looks = len(t)
    means = np.broadcast_to(drift, looks) * (np.sqrt(t) if np.ndim(drift) == 0 else 1.0)
    slopes = np.diff(means * np.sqrt(t), prepend=0.0) / np.diff(t, prepend=0.0)
    if np.ndim(drift) == 0:
        slopes = np.full(looks, drift)
    above, below = np.zeros(looks), np.zeros(looks)
    going = start
    for k in range(looks):
        above[k] = chance_above(going, t[k], up[k], slopes[k])
        below[k] = chance_below(going, t[k], min(low[k], up[k]), slopes[k])
        if k + 1 < looks:
            width = narrowest(t, k, start.information)
            going = step(going, t[k], low[k], up[k], slopes[k], width, means[k])
    return Exits(above, below)


def narrowest(t: Values, k: int, start: float = 0.0) -> float:
    """Standard deviation, on the z scale of look k, of the narrower of the steps to it and from it."""
    before = t[k - 1] if k else start
    to = math.sqrt(max(1 - before / t[k], 1e-12))
    after = math.sqrt(max(t[k + 1] / t[k] - 1, 1e-12)) if k + 1 < len(t) else to
    return min(to, after, 1.0)


def chance_above(going: Going, information: float, bound: float, drift: float) -> float:
    """P(going on until now, then Z >= bound at this information)."""
    if bound == math.inf:
        return 0.0
    return float(np.dot(going.mass, _phi(-_distance(going, information, bound, drift))))


def chance_below(going: Going, information: float, bound: float, drift: float) -> float:
    """P(going on until now, then Z < bound at this information)."""
    if bound == -math.inf:
        return 0.0
    return float(np.dot(going.mass, _phi(_distance(going, information, bound, drift))))


def density(going: Going, information: float, z: float, drift: float) -> float:
    """Density of Z at this look on the z scale, those going on until now only."""
    gained = information - going.information
    scale = math.sqrt(gained / information)
    d = _distance(going, information, z, drift)
    return float(np.dot(going.mass, np.exp(-0.5 * d * d)) / (math.sqrt(2 * math.pi) * scale))


def step(
    going: Going,
    information: float,
    low: float,
    up: float,
    drift: float,
    width: float = 1.0,
    mean: float | None = None,
) -> Going:
    """Those who go on between two boundaries: nodes and masses after this look.

    `width` is the standard deviation of the narrower of the steps to and from this look, on its z scale;
    `mean` is E Z there, where the drift is only that of the last step.
    """
    mean = drift * math.sqrt(information) if mean is None else mean
    first, last = max(low, mean - REACH), min(up, mean + REACH)
    if not first < last:
        return Going(np.zeros(1), np.zeros(1), information)
    panels = min(max(2, math.ceil((last - first) / (PANEL * width))), MOST_PANELS)
    points, weights = _legendre(NODES)
    edges = np.linspace(first, last, panels + 1)
    half = (edges[1] - edges[0]) / 2
    at = ((edges[:-1] + edges[1:])[:, None] / 2 + half * points).ravel()
    gained = information - going.information
    root_before, root_now = math.sqrt(going.information), math.sqrt(information)
    to = (at * root_now - drift * gained)[:, None] - going.at * root_before
    kernel = np.exp(-0.5 * to * to / gained)
    scale = root_now / math.sqrt(2 * math.pi * gained)
    mass = np.tile(weights * half, panels) * scale * (kernel @ going.mass)
    return Going(at, mass, information)


def _distance(going: Going, information: float, bound: float, drift: float) -> Values:
    """How far the bound lies, in standard deviations of the step, from each node."""
    gained = information - going.information
    to: Values = (
        bound * math.sqrt(information) - going.at * math.sqrt(going.information) - drift * gained
    ) / (math.sqrt(gained))
    return to


def _phi(x: Values) -> Values:
    from scipy.special import ndtr

    found: Values = ndtr(x)
    return found


@cache
def _legendre(nodes: int) -> tuple[Values, Values]:
    points, weights = np.polynomial.legendre.leggauss(nodes)
    return points, weights
