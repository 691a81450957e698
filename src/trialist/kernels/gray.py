"""Gray's test: cumulative incidences of any number of groups compared, stratified or not, from counts.

A weighted log-rank test for the hazard of the subdistribution. Between events of the whole sample the numbers
at risk are those of a group, raised by the competing events that went before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialist.kernels.competing import COMPETING, EVENT
from trialist.kernels.counts import Floats, risk_sets

_NO_INFORMATION = 1e-10


@dataclass(frozen=True, slots=True)
class Gray:
    """score: per group but the last, above 0 where more events come than under no difference.

    status   ok; no_events: of the kind of interest; no_information: no variance of the score
    """

    score: Floats
    variance: Floats
    chi_square: float | None
    df: int
    p_value: float | None
    status: Literal["ok", "no_events", "no_information"]


def gray(
    time: ArrayLike,
    status: ArrayLike,
    count: ArrayLike,
    group: ArrayLike,
    groups: int,
    stratum: ArrayLike | None = None,
    rho: float = 0.0,
) -> Gray:
    """Equality of the probabilities of the event over time, with weight (1 - pooled probability)^rho.

    Parameters
        time, status, count, group, stratum   one value per cell; status 0 censored, 1 event, 2 competing
        groups    `group` runs from 0 to `groups` - 1; every group has subjects
        rho       0: each time counts alike
    Source    Gray 1988, Ann Stat 16:1141; strata summed as in cmprsk's cuminc
    """
    n, kind = np.asarray(count, dtype=float), np.asarray(status, dtype=np.int64)
    layer = np.zeros(n.size, dtype=np.int64) if stratum is None else np.asarray(stratum, dtype=np.int64)
    free = groups - 1
    score, variance, scale = np.zeros(free), np.zeros((free, free)), 0.0
    events = n * (kind == EVENT)
    if not events.sum() > 0:
        return Gray(score, variance, None, 0, None, "no_events")
    own = risk_sets(time, events, n - events, group, layer, groups)
    others = n * (kind == COMPETING)
    other = risk_sets(time, others, n - others, group, layer, groups).deaths
    happened = (own.deaths + other).sum(axis=1) > 0
    for which in np.unique(own.stratum[happened]):
        rows = happened & (own.stratum == which)
        add, spread, most = _of_stratum(own.deaths[rows], other[rows], own.at_risk[rows], rho)
        score, variance, scale = score + add[:free], variance + spread[:free, :free], scale + most
    diagonal = np.diag(variance)
    if free == 0 or not (diagonal > _NO_INFORMATION * scale).all():
        return Gray(score, variance, None, 0, None, "no_information")
    root = np.sqrt(diagonal)
    if np.linalg.eigvalsh(variance / np.outer(root, root))[0] <= _NO_INFORMATION:
        return Gray(score, variance, None, 0, None, "no_information")
    from scipy.special import chdtrc

    chi = float(score @ np.linalg.solve(variance, score))
    return Gray(score, variance, chi, free, float(chdtrc(free, chi)), "ok")


def _of_stratum(own: Floats, other: Floats, at_risk: Floats, rho: float) -> tuple[Floats, Floats, float]:
    """Score, variance and its scale of one stratum; arguments (times, groups), at times of either event."""
    present = at_risk > 0
    free: Floats = np.cumprod(1 - _over(own + other, at_risk, present), axis=0).astype(np.float64)
    before = _before(free, 1.0)
    reached: Floats = np.cumsum(before * _over(own, at_risk, present), axis=0).astype(np.float64)
    raised = _over(at_risk, before, present)
    whole, d1 = raised.sum(axis=1), own.sum(axis=1)
    pooled: Floats = np.cumsum(d1 / whole).astype(np.float64)
    left = np.maximum(1 - _before(pooled, 0.0), 0.0)
    weight = np.zeros_like(left)
    weight[left > 0] = left[left > 0] ** rho
    subjects = raised * (1 - _before(reached, 0.0))
    expected = _over(d1, subjects.sum(axis=1), subjects.sum(axis=1) > 0)[:, None] * subjects
    score = (weight[:, None] * np.where(present, own - expected, 0.0)).sum(axis=0)

    groups = at_risk.shape[1]
    a = -raised[:, :, None] * raised[:, None, :] / whole[:, None, None]
    a[:, range(groups), range(groups)] += raised
    a = a * weight[:, None, None]
    c = np.cumsum(a * _over(d1, whole * left, left > 0)[:, None, None], axis=0)
    share = _over(1 - pooled[:, None] + 0 * free, free, free > 0)

    many = np.maximum(d1 - 1, 0)[:, None]
    ties = 1 - _over(many + 0 * before, whole[:, None] * before - 1, present & (many > 0))
    of_own = np.where(present, ties * _over(before * d1[:, None], whole[:, None] * at_risk, present), 0.0)
    ties = 1 - _over(np.maximum(other - 1, 0), at_risk - 1, other > 1)
    there = (free > 0) & (other > 0)
    of_other = np.where(there, ties * _over(before**2 * other, at_risk**2, present), 0.0)

    mine = np.where(free > 0, 1 - share, 1.0)
    first = a - mine[:, None, :] * c
    second = share[:, None, :] * c
    v3 = (mine**2 * of_own + share**2 * of_other).sum(axis=0)
    v2 = np.einsum("tji,ti->ji", first, mine * of_own) - np.einsum("tji,ti->ji", second, share * of_other)
    v = np.einsum("tji,tki,ti->jk", first, first, of_own, optimize=True)
    v += np.einsum("tji,tki,ti->jk", second, second, of_other, optimize=True)
    end = c[-1]
    crossed = end @ v2.T
    spread = np.asarray(v + (end * v3) @ end.T + crossed + crossed.T)
    return score, spread, float(weight**2 @ d1)


def _before(running: Floats, start: float) -> Floats:
    """Each row's value just before it."""
    first = np.full((1, *running.shape[1:]), start)
    return np.concatenate([first, running[:-1]])


def _over(top: Floats, bottom: Floats, where: NDArray[np.bool_]) -> Floats:
    """top / bottom, 0 elsewhere."""
    shape = np.broadcast_shapes(np.shape(top), np.shape(bottom))
    return np.divide(top, bottom, out=np.zeros(shape), where=where)
