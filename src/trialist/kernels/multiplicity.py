"""P values adjusted for testing several hypotheses: the least alpha at which each of them is rejected."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats

Procedure = Literal[
    "none",
    "bonferroni",
    "holm",
    "hochberg",
    "hommel",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "fixed_sequence",
]


def adjusted(p_values: ArrayLike, procedure: Procedure) -> Floats:
    """Adjusted p values in the order given; fixed_sequence tests in that order.

    Source  Holm 1979, Scand J Stat 6:65; Hochberg 1988, Biometrika 75:800; Hommel 1988, Biometrika 75:383;
            Benjamini and Hochberg 1995, JRSS B 57:289; Benjamini and Yekutieli 2001, Ann Stat 29:1165;
            fixed sequence: Maurer, Hothorn and Lehmacher 1995
    """
    p = np.asarray(p_values, dtype=float)
    m = p.size
    if procedure == "none" or m == 0:
        return p
    if procedure == "bonferroni":
        return np.asarray(np.minimum(1.0, m * p))
    if procedure == "fixed_sequence":
        return np.asarray(np.maximum.accumulate(p))
    order = np.argsort(p, kind="stable")
    rising, rank = p[order], np.arange(1, m + 1)
    if procedure == "holm":
        found = np.maximum.accumulate((m - rank + 1) * rising)
    elif procedure == "hommel":
        found = _hommel(rising)
    else:
        factor = m - rank + 1.0 if procedure == "hochberg" else m / rank
        if procedure == "benjamini_yekutieli":
            factor = factor * float(np.sum(1 / rank))
        found = np.minimum.accumulate((factor * rising)[::-1])[::-1]
    result = np.empty(m)
    result[order] = np.minimum(1.0, found)
    return result


def _hommel(p: Floats) -> Floats:
    """The closure of Simes' test, from the largest intersections down (Wright 1992, Biometrics 48:1005)."""
    m = p.size
    found = np.full(m, float(np.min(m * p / np.arange(1, m + 1))))
    for size in range(m - 1, 1, -1):
        few, many = p[: m - size + 1], p[m - size + 1 :]
        least = float(np.min(size * many / np.arange(2, size + 1)))
        here = np.minimum(size * few, least)
        found = np.maximum(found, np.append(here, np.full(many.size, here[-1])))
    return np.asarray(np.maximum(found, p))


def graphical(p_values: ArrayLike, weights: ArrayLike, transitions: ArrayLike) -> Floats:
    """Adjusted p values of the sequentially rejective graphical procedure.

    Parameters
        weights      of each hypothesis, together at most 1
        transitions  row i: the shares of i's weight that go to each other hypothesis once i is rejected; each
                     row together at most 1, 0 on the diagonal
    Source  Bretz, Maurer, Brannath and Posch 2009, Stat Med 28:586, algorithms 1 and 2
    """
    p, w = np.asarray(p_values, dtype=float), np.array(weights, dtype=float)
    g = np.array(transitions, dtype=float).reshape(p.size, p.size)
    result, left, reached = np.ones(p.size), np.ones(p.size, dtype=bool), 0.0
    while left.any():
        ratio = np.full(p.size, np.inf)
        usable = left & (w > 0)
        ratio[usable] = p[usable] / w[usable]
        j = int(np.argmin(ratio))
        if not ratio[j] < np.inf:
            break
        reached = max(reached, min(1.0, float(ratio[j])))
        result[j] = reached
        left[j] = False
        w = np.where(left, w + w[j] * g[j], 0.0)
        g = _without(g, j, left)
    return result


def _without(g: Floats, j: int, left: np.ndarray) -> Floats:
    """The transitions among those left once j is gone."""
    loop = g[:, j] * g[j]
    top = g + np.outer(g[:, j], g[j])
    bottom = np.broadcast_to((1 - loop)[:, None], g.shape)
    found = np.divide(top, bottom, out=np.zeros_like(g), where=bottom > 1e-12)
    found = found * np.outer(left, left)
    np.fill_diagonal(found, 0.0)
    return np.asarray(found)


def chain(size: int) -> Floats:
    """The transitions of the fallback procedure: each hypothesis hands on to the next.

    Source: Wiens 2003, Pharm Stat 2:211; as a graph: Bretz and others 2009
    """
    return np.eye(size, k=1)
