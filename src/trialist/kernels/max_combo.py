"""The largest of several weighted log-rank statistics of two groups, and the trend over ordered groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats
from trialist.kernels.normal_extremes import any_beyond
from trialist.kernels.weighted_log_rank import LOG_RANK, Curve, Weight, joint_scores

Alternative = Literal["two_sided", "less", "greater"]
"""Of the hazard of the first group against the second: less is the better for the first."""
_NO_INFORMATION = 1e-12  # of `scale`: what rounding leaves of a variance of 0


@dataclass(frozen=True, slots=True)
class MaxCombo:
    """z, correlation: of each weight's statistic, above 0 when the first group dies more; (k,), (k, k).

    statistic  the largest |z| (two-sided), z (greater) or -z (less)
    largest    the place of that weight in the list
    p_value    that at least one of the statistics is as large, under no difference
    axes       statistics of which none follows from the others
    status     ok; no_events; no_information: a weight that leaves its statistic without variance;
               too_many: more statistics than can be integrated (`normal_extremes`)
    """

    z: Floats
    correlation: Floats
    statistic: float | None
    largest: int | None
    p_value: float | None
    axes: int
    status: Literal["ok", "no_events", "no_information", "too_many"]


def max_combo(
    time: ArrayLike,
    deaths: ArrayLike,
    censored: ArrayLike,
    group: ArrayLike,
    stratum: ArrayLike | None,
    weights: Sequence[Weight],
    *,
    alternative: Alternative = "two_sided",
    curve: Curve = "stratum",
) -> MaxCombo:
    """Two groups (0 and 1) by the largest of their weighted log-rank statistics.

    The statistics are jointly normal with the covariance of their scores under no difference.
    Source: Karrison 2016, Stata J 16:678; Lin and others 2020, Stat Biopharm Res 12:187
    """
    found = joint_scores(time, deaths, censored, group, 2, stratum, weights, curve)
    none = np.empty(0)
    if found.events == 0:
        return MaxCombo(none, np.empty((0, 0)), None, None, None, 0, "no_events")
    covariance = found.covariance[:, :, 0, 0]
    variance = np.diag(covariance)
    if (variance <= _NO_INFORMATION * found.scale).any():
        return MaxCombo(none, np.empty((0, 0)), None, None, None, 0, "no_information")
    error = np.sqrt(variance)
    z = (found.observed - found.expected)[:, 0] / error
    correlation = covariance / np.outer(error, error)
    signed = {"two_sided": np.abs(z), "greater": z, "less": -z}[alternative]
    largest = int(np.argmax(signed))
    statistic = float(signed[largest])
    beyond = any_beyond(correlation, statistic, 2 if alternative == "two_sided" else 1)
    return MaxCombo(z, correlation, statistic, largest, beyond.probability, beyond.axes, beyond.status)


@dataclass(frozen=True, slots=True)
class Trend:
    """score and variance of sum over groups of their score x (observed - expected); z is their ratio's root.

    status  ok; no_events; no_information: no variance of the score, as when all scores are equal
    """

    score: float | None
    variance: float | None
    z: float | None
    status: Literal["ok", "no_events", "no_information"]


def log_rank_trend(
    time: ArrayLike,
    deaths: ArrayLike,
    censored: ArrayLike,
    group: ArrayLike,
    scores: Sequence[float],
    stratum: ArrayLike | None = None,
    weight: Weight = LOG_RANK,
    curve: Curve = "stratum",
) -> Trend:
    """Tarone's test for trend: `scores` has one number per group; z is above 0 when high scores die more.

    Source: Tarone 1975, Biometrika 62:679; Klein and Moeschberger 2003, section 7.4
    """
    found = joint_scores(time, deaths, censored, group, len(scores), stratum, (weight,), curve)
    if found.events == 0:
        return Trend(None, None, None, "no_events")
    given = np.asarray(scores, dtype=float)
    given = given - given.mean()  # the variance has no part along a constant
    score = float(given @ (found.observed - found.expected)[0])
    variance = float(given @ found.covariance[0, 0] @ given)
    if variance <= _NO_INFORMATION * float(found.scale[0]) * float(given @ given):
        return Trend(None, None, None, "no_information")
    return Trend(score, variance, score / math.sqrt(variance), "ok")
