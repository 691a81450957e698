"""Weighted log-rank tests of any number of groups, stratified or not, alone or several at once, from counts.

With d events among n at risk at a time, the score of group g is the sum over times of
weight x (events of g - d x share of g at risk); its variance is hypergeometric. The plain log-rank test has
weight 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, Integers, RiskSets, risk_sets
from trialist.kernels.normal import above_chi_square

Status = Literal["ok", "no_events", "no_information"]
Kind = Literal[
    "log_rank",
    "gehan_breslow",
    "tarone_ware",
    "peto_peto",
    "modified_peto_peto",
    "fleming_harrington",
    "modestly_weighted",
]
Curve = Literal["stratum", "pooled"]
_NO_INFORMATION = 1e-12  # of `scale`: what rounding leaves of a variance of 0


@dataclass(frozen=True, slots=True)
class Weight:
    """How much the events of a time count. S is the Kaplan-Meier estimate of all groups together.

    log_rank            1
    gehan_breslow       n, the number at risk (Wilcoxon's test generalised)
    tarone_ware         square root of n
    peto_peto           product of 1 - d / (n + 1) up to and with the time
    modified_peto_peto  the same x n / (n + 1)
    fleming_harrington  S^rho (1 - S)^gamma, S just before the time
    modestly_weighted   1 / max(S just before the time, S at `until`), or 1 / max(S, `floor`)

    Source  Gehan 1965, Biometrika 52:203; Breslow 1970, Biometrika 57:579; Tarone and Ware 1977, Biometrika
            64:156; Peto and Peto 1972, JRSS A 135:185; Andersen and others 1982, Int Stat Rev 50:219; Fleming
            and Harrington 1991, Counting Processes and Survival Analysis, 7.1; Magirr and Burman 2019, Stat
            Med 38:3782 (until), Magirr 2021, Pharm Stat 20:512 (floor)
    """

    kind: Kind = "log_rank"
    rho: float = 0.0
    gamma: float = 0.0
    until: float | None = None
    floor: float | None = None


LOG_RANK = Weight()


@dataclass(frozen=True, slots=True)
class LogRank:
    """observed, expected: weighted events per group. `z` for two groups: above 0 when the first dies more.

    variance  of observed - expected, a row and a column per group
    status    ok, or why there is no test: no_events, no_information (no event with weight came with two
              groups at risk and somebody left behind)
    """

    observed: Floats
    expected: Floats
    variance: Floats
    chi_square: float | None
    df: int
    p_value: float | None
    z: float | None
    status: Status


def weighted_log_rank(
    time: ArrayLike,
    deaths: ArrayLike,
    censored: ArrayLike,
    group: ArrayLike,
    groups: int,
    stratum: ArrayLike | None = None,
    weight: Weight = LOG_RANK,
    curve: Curve = "stratum",
) -> LogRank:
    """Observed against expected deaths, weighted and summed over the distinct times of every stratum.

    Parameters
        time, deaths, censored, group, stratum   one value per cell; `group` from 0 to `groups` - 1
        curve   where n and S of the weight come from: the cell's own stratum, or all strata pooled
    Returns   the degrees of freedom are the groups with expected deaths, less one
    Source    Mantel 1966; Tarone and Ware 1977, Biometrika 64:156; strata as in R's survdiff
    """
    found = joint_scores(time, deaths, censored, group, groups, stratum, (weight,), curve)
    observed, expected, variance = found.observed[0], found.expected[0], found.covariance[0, 0]
    if found.events == 0:
        return LogRank(observed, expected, variance, None, 0, None, None, "no_events")
    kept = np.flatnonzero(expected > 0)
    free = kept[:-1]
    inner = variance[:1, :1] if groups == 2 else variance[np.ix_(free, free)]
    rounding = _NO_INFORMATION * float(found.scale[0])
    if free.size == 0 or (inner[0, 0] if free.size == 1 else np.linalg.eigvalsh(inner)[0]) <= rounding:
        return LogRank(observed, expected, variance, None, 0, None, None, "no_information")
    gap = (observed - expected)[free]
    z = None
    if free.size == 1:
        chi = float(gap[0] * gap[0] / inner[0, 0])
        if groups == 2:
            z = float(gap[0]) / math.sqrt(float(inner[0, 0]))
    else:
        chi = float(gap @ np.linalg.solve(inner, gap))
    p_value = above_chi_square(chi, free.size)
    return LogRank(observed, expected, variance, chi, int(free.size), p_value, z, "ok")


@dataclass(frozen=True, slots=True)
class JointScores:
    """Several weighted log-rank scores of the same data: k weights, g groups.

    observed, expected   (k, g)
    covariance           (k, k, g, g)
    scale                (k,) sum over times of weight^2 d (n - d) / (n - 1): what the variances are shares of
    events               deaths in all
    """

    observed: Floats
    expected: Floats
    covariance: Floats
    scale: Floats
    events: float


def joint_scores(
    time: ArrayLike,
    deaths: ArrayLike,
    censored: ArrayLike,
    group: ArrayLike,
    groups: int,
    stratum: ArrayLike | None,
    weights: Sequence[Weight],
    curve: Curve = "stratum",
) -> JointScores:
    """Scores under each weight, and their covariance: the sum over times of both weights x variance.

    Source: Tarone 1981, Biometrika 68:127; Karrison 2016, Stata J 16:678
    """
    layer = np.zeros(np.size(time), dtype=np.int64) if stratum is None else stratum
    sets = risk_sets(time, deaths, censored, group, layer, groups)
    one = np.ones(groups)
    every = sets.deaths @ one
    used = (every > 0).nonzero()[0]
    dead, at_risk, d = sets.deaths.take(used, axis=0), sets.at_risk.take(used, axis=0), every[used]
    n = at_risk @ one
    k = len(weights)
    if d.size == 0:
        none = np.zeros((k, groups))
        return JointScores(none, none, np.zeros((k, k, groups, groups)), np.zeros(k), 0.0)
    share = at_risk / n[:, None]
    left = np.maximum(n - 1, 1.0)
    scale = d * (n - d) / left
    if k == 1 and weights[0].kind == "log_rank":
        variance = -(scale * share.T) @ share
        variance.flat[:: groups + 1] += scale @ share
        each = np.ones(d.size)
        return JointScores(
            (each @ dead)[None], (d @ share)[None], variance[None, None], scale.sum()[None], float(d.sum())
        )
    when, where = sets.time[used], sets.stratum[used]
    if curve == "pooled":
        w = _pooled(weights, time, deaths, censored, when)
    else:
        w = np.stack([_weights(weight, d, n, when, where) for weight in weights])
    covariance = np.empty((k, k, groups, groups))
    for i in range(k):
        for j in range(i + 1):
            table = (w[i] * w[j] * scale)[:, None] * share
            covariance[i, j] = np.diag(table.sum(axis=0)) - table.T @ share
            covariance[j, i] = covariance[i, j]
    return JointScores(w @ dead, (w * d) @ share, covariance, (w * w) @ scale, float(d.sum()))


def weights_at_events(
    time: ArrayLike,
    deaths: ArrayLike,
    censored: ArrayLike,
    stratum: ArrayLike,
    weight: Weight,
    curve: Curve = "stratum",
) -> tuple[RiskSets, Floats]:
    """The times with deaths of every stratum, all groups in one column, and the weight of each."""
    zero = np.zeros(np.size(np.asarray(time)), dtype=np.int64)
    sets = risk_sets(time, deaths, censored, zero, stratum, 1)
    used = sets.deaths[:, 0] > 0
    kept = RiskSets(sets.stratum[used], sets.time[used], sets.deaths[used], sets.at_risk[used])
    if kept.time.size == 0:
        return kept, np.empty(0)
    if curve == "pooled":
        return kept, _pooled((weight,), time, deaths, censored, kept.time)[0]
    return kept, _weights(weight, kept.deaths[:, 0], kept.at_risk[:, 0], kept.time, kept.stratum)


def _pooled(
    weights: Sequence[Weight], time: ArrayLike, deaths: ArrayLike, censored: ArrayLike, at: Floats
) -> Floats:
    """Weights from all strata together, at these times with deaths: a row per weight."""
    zero = np.zeros(np.size(np.asarray(time)), dtype=np.int64)
    sets, _ = weights_at_events(time, deaths, censored, zero, LOG_RANK)
    d, n = sets.deaths[:, 0], sets.at_risk[:, 0]
    row = np.searchsorted(sets.time, at)
    return np.stack([_weights(weight, d, n, sets.time, sets.stratum)[row] for weight in weights])


def _weights(weight: Weight, d: Floats, n: Floats, time: Floats, stratum: Integers) -> Floats:
    """Weights of rows that come by stratum and rising time."""
    if weight.kind == "log_rank":
        return np.ones_like(d)
    if weight.kind == "gehan_breslow":
        return n
    if weight.kind == "tarone_ware":
        return np.asarray(np.sqrt(n))
    if weight.kind in ("peto_peto", "modified_peto_peto"):
        near = _products(1 - d / (n + 1), stratum)
        return near * n / (n + 1) if weight.kind == "modified_peto_peto" else near
    after = _products(1 - d / n, stratum)
    before = np.append(1.0, after[:-1])
    first = np.append(True, stratum[1:] != stratum[:-1])
    before[first] = 1.0
    if weight.kind == "fleming_harrington":
        return np.asarray(before**weight.rho * (1 - before) ** weight.gamma)
    if weight.until is not None:
        floor = _least_until(after, time, stratum, weight.until)
    else:
        floor = np.full_like(before, 0.0 if weight.floor is None else weight.floor)
    return np.asarray(1 / np.maximum(before, floor))


def _products(factor: Floats, stratum: Integers) -> Floats:
    """Running products within each stratum."""
    if stratum[0] == stratum[-1]:
        return np.cumprod(factor).astype(np.float64)
    cuts = np.flatnonzero(stratum[1:] != stratum[:-1]) + 1
    return np.concatenate([np.cumprod(part) for part in np.split(factor, cuts)])


def _least_until(after: Floats, time: Floats, stratum: Integers, until: float) -> Floats:
    """The stratum's curve at a time, for each of its rows."""
    reached = np.where(time <= until * (1 + 1e-12), after, 1.0)
    starts = np.flatnonzero(np.append(True, stratum[1:] != stratum[:-1]))
    least = np.minimum.reduceat(reached, starts)
    return np.asarray(np.repeat(least, np.diff(np.append(starts, stratum.size))))
