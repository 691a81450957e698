"""P values of weighted log-rank tests by permuting groups within strata: all ways, or drawn ones.

A subject's score is its weighted event less what was expected of it up to its time; a group's statistic is
the sum of its scores. The scores do not change when groups are permuted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, Integers, tied_times
from trialist.kernels.max_combo import Alternative
from trialist.kernels.weighted_log_rank import LOG_RANK, Curve, Weight, weights_at_events

MOST_ENUMERATED = 36
"""Subjects whose permutations are all counted: halves of 18 have 262,144 subsets each."""
MOST_DRAWN = 4_000_000_000
"""Subjects x draws: some minutes."""
_AT_ONCE = 2_000_000  # scores held at a time while drawing


@dataclass(frozen=True, slots=True)
class Permuted:
    """p_value   None unless `status` is ok
    status   ok; no_events; too_many subjects to enumerate, or to permute so often; two_groups: enumeration
             is of two groups;
             no_information: all scores of every stratum are equal, or a stratum holds one group
    """

    p_value: float | None
    status: Literal["ok", "no_events", "no_information", "too_many", "two_groups"]


def scores(
    time: ArrayLike,
    deaths: ArrayLike,
    censored: ArrayLike,
    stratum: ArrayLike | None,
    weight: Weight = LOG_RANK,
    curve: Curve = "stratum",
) -> tuple[Floats, Floats]:
    """Per cell, the score of one of its deaths and of one of its censorings.

    Source: Peto and Peto 1972, JRSS A 135:185; Prentice 1978, Biometrika 65:167
    """
    when, size = tied_times(time), np.size(np.asarray(time))
    layer = np.zeros(size, dtype=np.int64) if stratum is None else np.asarray(stratum, dtype=np.int64)
    sets, w = weights_at_events(time, deaths, censored, layer, weight, curve)
    d, n = sets.deaths[:, 0], sets.at_risk[:, 0]
    expected = np.append(0.0, np.cumsum(w * d / n))
    lost, dead = np.zeros(size), np.zeros(size)
    for which in np.unique(layer):
        rows = np.flatnonzero(sets.stratum == which)
        mine = layer == which
        first = int(rows[0]) if rows.size else 0
        passed = np.searchsorted(sets.time[rows], when[mine], side="right")
        lost[mine] = expected[first] - expected[first + passed]
        if rows.size:
            dead[mine] = w[rows][np.maximum(passed - 1, 0)]
    return dead + lost, lost


def permuted(
    time: ArrayLike,
    deaths: ArrayLike,
    censored: ArrayLike,
    group: ArrayLike,
    groups: int,
    stratum: ArrayLike | None = None,
    weight: Weight = LOG_RANK,
    curve: Curve = "stratum",
    *,
    alternative: Alternative = "two_sided",
    draws: int | None = None,
    seed: int = 1,
) -> Permuted:
    """P value under all allocations with the group sizes of each stratum, or under `draws` of them.

    Two groups: of the sum of the first group's scores, two-sided by its distance from the mean. More: of the
    quadratic form in the sums with their permutation covariance. Drawn p values are
    (1 + as far) / (1 + draws).
    Source: Hothorn and Lausen 2003, Comp Stat Data Anal 43:121; Phipson and Smyth 2010, Stat Appl Genet Mol
    Biol 9:39
    """
    died, lost = np.asarray(deaths, dtype=float), np.asarray(censored, dtype=float)
    if not died.sum() > 0:
        return Permuted(None, "no_events")
    of_dead, of_lost = scores(time, deaths, censored, stratum, weight, curve)
    each = np.concatenate(
        [np.repeat(of_dead, np.rint(died).astype(int)), np.repeat(of_lost, np.rint(lost).astype(int))]
    )

    def spread(values: ArrayLike) -> Integers:
        given = np.asarray(values, dtype=np.int64)
        both = [np.repeat(given, np.rint(n).astype(int)) for n in (died, lost)]
        return np.concatenate(both)

    which = spread(group)
    layer = spread(np.zeros(died.size) if stratum is None else stratum)
    order = np.lexsort((which, each, layer))
    each, which, layer = each[order], which[order], layer[order]
    _, layer = np.unique(layer, return_inverse=True)
    each = each - (np.bincount(layer, each) / np.bincount(layer))[layer]
    covariance = _covariance(each, which, layer, groups)
    free = np.flatnonzero(np.diag(covariance) > 1e-12 * max(float(each @ each), 1e-300))[:-1]
    if free.size == 0:
        return Permuted(None, "no_information")
    if draws is not None and draws * each.size > MOST_DRAWN:
        return Permuted(None, "too_many")
    if draws is not None:
        return Permuted(_drawn(each, which, layer, free, covariance, alternative, draws, seed), "ok")
    if groups != 2:
        return Permuted(None, "two_groups")
    if each.size > MOST_ENUMERATED:
        return Permuted(None, "too_many")
    return Permuted(_enumerated(each, which == 0, layer, alternative), "ok")


def _covariance(each: Floats, which: Integers, layer: Integers, groups: int) -> Floats:
    """Of the groups' sums of centred scores, under permutation within strata."""
    found = np.zeros((groups, groups))
    for stratum in range(int(layer.max()) + 1):
        mine = layer == stratum
        n = int(mine.sum())
        if n > 1:
            share = np.bincount(which[mine], minlength=groups) / n
            square = float(each[mine] @ each[mine]) * n / (n - 1)
            found += square * (np.diag(share) - np.outer(share, share))
    return found


def _far(sums: Floats, seen: float, alternative: Alternative) -> Floats:
    """Where a sum of centred scores is as far as the one seen, rounding aside."""
    slack = 1e-9 * max(1.0, abs(seen))
    if alternative == "greater":
        return np.asarray(sums >= seen - slack)
    if alternative == "less":
        return np.asarray(sums <= seen + slack)
    return np.asarray(np.abs(sums) >= abs(seen) - slack)


def _drawn(
    each: Floats,
    which: Integers,
    layer: Integers,
    free: Integers,
    covariance: Floats,
    alternative: Alternative,
    draws: int,
    seed: int,
) -> float:
    rng = np.random.Generator(np.random.Philox(seed))
    inverse = np.linalg.inv(covariance[np.ix_(free, free)])
    members = (which[:, None] == free).astype(float)
    two = int(which.max()) == 1 and free.size == 1

    def statistic(sums: Floats) -> Floats:
        return sums[:, 0] if two else np.einsum("ri,ij,rj->r", sums, inverse, sums)

    seen = float(statistic((each @ members)[None])[0])
    cuts = np.flatnonzero(np.diff(layer)) + 1
    far, left = 0, draws
    while left:
        rows = min(left, max(1, _AT_ONCE // each.size))
        shuffled = np.broadcast_to(each, (rows, each.size)).copy()
        for part in np.split(shuffled, cuts, axis=1):
            rng.permuted(part, axis=1, out=part)
        far += int(_far(statistic(shuffled @ members), seen, alternative if two else "greater").sum())
        left -= rows
    return (1 + far) / (1 + draws)


def _enumerated(each: Floats, first: Floats, layer: Integers, alternative: Alternative) -> float:
    """Subsets of two halves, joined where their sizes per stratum add to those of the first group."""
    seen = float(each[first].sum())
    radix = np.append(1, np.cumprod(np.bincount(layer) + 1)).astype(
        np.int64
    )  # sizes per stratum as one number
    step = radix[layer]
    wanted = int(step[first].sum())
    half = each.size // 2
    key_a, sum_a = _subsets(each[:half], step[:half])
    key_b, sum_b = _subsets(each[half:], step[half:])
    order = np.lexsort((sum_b, key_b))
    key_b, sum_b = key_b[order], sum_b[order]
    slack = 1e-9 * max(1.0, abs(seen))
    total = far = 0
    for key in np.unique(key_a):
        low, high = (
            np.searchsorted(key_b, wanted - key, side="left"),
            np.searchsorted(key_b, wanted - key, side="right"),
        )
        mine, others = sum_a[key_a == key], sum_b[low:high]
        total += mine.size * others.size
        size = others.size
        if alternative in ("two_sided", "greater"):
            limit = (abs(seen) if alternative == "two_sided" else seen) - slack
            far += int((size - np.searchsorted(others, limit - mine, side="left")).sum())
        if alternative in ("two_sided", "less"):
            limit = (-abs(seen) if alternative == "two_sided" else seen) + slack
            far += int(np.searchsorted(others, limit - mine, side="right").sum())
    return min(1.0, far / total)


def _subsets(each: Floats, step: Integers) -> tuple[Integers, Floats]:
    """Of every subset, its sizes per stratum as one number, and its sum."""
    key, total = np.zeros(1, dtype=np.int64), np.zeros(1)
    for score, one in zip(each.tolist(), step.tolist(), strict=True):
        key, total = np.concatenate([key, key + one]), np.concatenate([total, total + score])
    return key, total
