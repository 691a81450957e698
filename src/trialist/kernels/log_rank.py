"""The log-rank test of any number of groups, stratified or not, from counts: every event has weight 1."""

from __future__ import annotations

from numpy.typing import ArrayLike

from trialist.kernels.weighted_log_rank import LogRank, weighted_log_rank


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
    return weighted_log_rank(time, deaths, censored, group, groups, stratum)
