"""The log-rank test of any number of groups, stratified or not, from counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, risk_sets


@dataclass(frozen=True, slots=True)
class LogRank:
    """observed, expected: deaths per group. `z` for two groups: above 0 when the first dies more.

    status   ok, or why there is no test: no_events, no_information (no event came with two groups
             at risk and somebody left behind)
    """

    observed: Floats
    expected: Floats
    variance: Floats
    chi_square: float | None
    df: int
    p_value: float | None
    z: float | None
    status: Literal["ok", "no_events", "no_information"]


def log_rank(
    time: ArrayLike,
    deaths: ArrayLike,
    censored: ArrayLike,
    group: ArrayLike,
    groups: int,
    stratum: ArrayLike | None = None,
) -> LogRank:
    """Observed against expected deaths, summed over the distinct times of every stratum.

    One value per cell in each array; `group` from 0 to `groups` - 1. The variance is hypergeometric; the
    degrees of freedom are the groups with expected deaths, less one.
    Source: Mantel 1966; Peto and Peto 1972, JRSS A 135:185; strata as in R's survdiff.
    """
    layer = np.zeros(np.size(np.asarray(time)), dtype=np.int64) if stratum is None else stratum
    sets = risk_sets(time, deaths, censored, group, layer, groups)
    dead, at_risk = sets.deaths, sets.at_risk
    d, n = dead.sum(axis=1), at_risk.sum(axis=1)
    used = d > 0
    dead, at_risk, d, n = dead[used], at_risk[used], d[used], n[used]
    share = at_risk / n[:, None]
    observed, expected = dead.sum(axis=0), (d[:, None] * share).sum(axis=0)
    scale = np.divide(d * (n - d), n - 1, out=np.zeros_like(d), where=n > 1)
    variance = np.diag((scale[:, None] * share).sum(axis=0)) - (scale[:, None] * share).T @ share

    def result(
        status: Literal["ok", "no_events", "no_information"], chi: float | None = None, df: int = 0
    ) -> LogRank:
        if chi is None:
            return LogRank(observed, expected, variance, None, df, None, None, status)
        from scipy.special import chdtrc

        z = None
        if groups == 2:
            z = float((observed[0] - expected[0]) / math.sqrt(variance[0, 0]))
        return LogRank(observed, expected, variance, chi, df, float(chdtrc(df, chi)), z, status)

    if d.size == 0:
        return result("no_events")
    kept = np.flatnonzero(expected > 0)
    free = kept[:-1]
    inner = variance[np.ix_(free, free)]
    rounding = 1e-12 * float(scale.sum())
    if free.size == 0 or np.linalg.eigvalsh(inner)[0] <= rounding:
        return result("no_information")
    gap = (observed - expected)[free]
    return result("ok", float(gap @ np.linalg.solve(inner, gap)), int(free.size))
