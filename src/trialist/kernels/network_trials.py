"""The trials of a network of treatments: contrasts or arms, each trial with the covariance of its arms.

Inside, a trial is its arms, the effect of each against the first, and the covariance of those effects. A
trial that can't be used is refused with a reason; nothing raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, Integers

Reason = Literal[
    "one_arm",
    "same_treatment",
    "missing_contrast",
    "repeated_contrast",
    "bad_number",
    "inconsistent_effects",
    "negative_arm_variance",
    "not_a_covariance",
    "no_events",
]


@dataclass(frozen=True, slots=True)
class Refused:
    """A trial that is left out: its number and why.

    reason  one_arm: nothing to compare; same_treatment: a treatment against itself, or two arms of one
            treatment; missing_contrast: not every pair of its arms; repeated_contrast: a pair twice;
            bad_number: an effect that is no number, an error that is not above 0; inconsistent_effects: A -
            B and B - C do not give A - C; negative_arm_variance: the errors give an arm a variance below 0;
            not_a_covariance: nor do they belong to any numbers; no_events: no arm (or, for odds, every
            patient) had the event
    """

    trial: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class NetworkTrials:
    """Trials as a network is fitted to them.

    trial       (m,) number of the trial as the caller counts them
    arms        (m, most) treatments; -1 where the trial has fewer arms
    effect      (m, most) effect of each arm against the first of its trial, 0 for the first
    covariance  (m, most - 1, most - 1) of effect[:, 1:]; identity where there is no arm
    """

    trial: Integers
    arms: Integers
    effect: Floats
    covariance: Floats
    refused: tuple[Refused, ...] = ()

    @property
    def present(self) -> Integers:
        """Arms of each trial."""
        return np.asarray((self.arms >= 0).sum(axis=1), dtype=np.int64)

    def some(self, which: ArrayLike) -> NetworkTrials:
        """The trials that a mask or their positions choose."""
        at = np.asarray(which)
        return NetworkTrials(self.trial[at], self.arms[at], self.effect[at], self.covariance[at])


Block = tuple[int, Sequence[int], Floats, Floats]


def from_blocks(blocks: Sequence[Block], refused: Sequence[Refused] = ()) -> NetworkTrials:
    """Trials from (number, arms, effects of all arms but the first against it, their covariance)."""
    most = max((len(arms) for _, arms, _, _ in blocks), default=2)
    bad: list[Refused] = list(refused)
    kept: list[Block] = []
    for block in blocks:
        reason = _unfit(*block[1:])
        if reason is None:
            kept.append(block)
        else:
            bad.append(Refused(block[0], reason))
    m = len(kept)
    table = np.full((m, most), -1, dtype=np.int64)
    effect, covariance = np.zeros((m, most)), np.tile(np.eye(most - 1), (m, 1, 1))
    for row, (_, arms, values, spread) in enumerate(kept):
        k = len(arms)
        table[row, :k] = arms
        effect[row, 1:k] = values
        covariance[row, : k - 1, : k - 1] = spread
    number = np.array([block[0] for block in kept], dtype=np.int64)
    return NetworkTrials(
        number, table, effect, covariance, tuple(sorted(bad, key=lambda r: (r.trial, r.reason)))
    )


def from_contrasts(
    trial: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    effect: ArrayLike,
    std_err: ArrayLike,
    *,
    tolerance: float = 1e-3,
) -> NetworkTrials:
    """Trials from effects of `first` against `second` with their standard errors, one contrast per row.

    A trial of k arms gives all k (k - 1) / 2 contrasts: their errors then hold the covariance (Ruecker's
    reduced weights say the same). Its effects must agree to `tolerance`; what rounding leaves is spread by
    least squares. Parameters
        trial, first, second  (rows,) whole numbers; treatments from 0
    Source: Ruecker 2012, Res Synth Methods 3:312; Ruecker and Schwarzer 2014, Stat Med 33:4353
    """
    number, one, two = (np.asarray(v, dtype=np.int64) for v in (trial, first, second))
    value, error = np.asarray(effect, dtype=float), np.asarray(std_err, dtype=float)
    blocks: list[Block] = []
    refused: list[Refused] = []
    order = np.argsort(number, kind="stable")
    starts = np.flatnonzero(np.diff(number[order], prepend=number.min(initial=0) - 1))
    for rows in np.split(order, starts[1:]) if order.size else []:
        found = _contrast_block(one[rows], two[rows], value[rows], error[rows], tolerance)
        if isinstance(found, str):
            refused.append(Refused(int(number[rows[0]]), found))
        else:
            blocks.append((int(number[rows[0]]), *found))
    return from_blocks(blocks, refused)


def from_arms(
    trial: ArrayLike,
    treatment: ArrayLike,
    value: ArrayLike,
    variance: ArrayLike,
    refused: Sequence[Refused] = (),
) -> NetworkTrials:
    """Trials from one independent value per arm with its variance: a log odds, a mean, a log hazard, ...

    The effect of an arm is its value less that of the first arm, whose variance all effects of the trial
    share.
    """
    number, arm = (np.asarray(v, dtype=np.int64) for v in (trial, treatment))
    mean, spread = np.asarray(value, dtype=float), np.asarray(variance, dtype=float)
    blocks: list[Block] = []
    out = {r.trial for r in refused}
    for each in dict.fromkeys(number.tolist()):
        rows = np.flatnonzero(number == each)
        if each in out:
            continue
        rows = rows[np.argsort(arm[rows], kind="stable")]
        covariance = np.diag(spread[rows[1:]]) + spread[rows[0]]
        blocks.append((each, arm[rows].tolist(), mean[rows[1:]] - mean[rows[0]], covariance))
    return from_blocks(blocks, refused)


def _contrast_block(
    one: Integers, two: Integers, value: Floats, error: Floats, tolerance: float
) -> tuple[list[int], Floats, Floats] | Reason:
    if bool((one == two).any()):
        return "same_treatment"
    if not bool(np.isfinite(value).all() and np.isfinite(error).all() and (error > 0).all()):
        return "bad_number"
    arms = sorted({*one.tolist(), *two.tolist()})
    place = {arm: i for i, arm in enumerate(arms)}
    k = len(arms)
    variance, given = np.full((k, k), np.nan), np.full((k, k), np.nan)
    for a, b, d, s in zip(one.tolist(), two.tolist(), value.tolist(), error.tolist(), strict=True):
        i, j = place[a], place[b]
        if not np.isnan(given[i, j]):
            return "repeated_contrast"
        given[i, j], given[j, i] = d, -d
        variance[i, j] = variance[j, i] = s * s
    np.fill_diagonal(variance, 0)
    np.fill_diagonal(given, 0)
    if bool(np.isnan(variance).any()):
        return "missing_contrast"
    covariance = (variance[0, 1:, None] + variance[0, None, 1:] - variance[1:, 1:]) / 2
    if k == 2:
        return arms, given[1:, 0].copy(), covariance
    loops = given[:, :, None] + given[None, :, :] - given[:, None, :]  # d_ij + d_jk - d_ik
    if float(np.abs(loops).max()) > 3 * tolerance:
        return "inconsistent_effects"
    if bool((arm_variances(variance) < 0).any()):
        return "negative_arm_variance"
    if not _positive(covariance):
        return "not_a_covariance"
    return arms, _spread(given, covariance), covariance


def arm_variances(variance: Floats) -> Floats:
    """Variances of the arms whose sums are, by least squares, the variances of the contrasts (k, k)."""
    k = len(variance)
    total = variance.sum(axis=1)
    whole = total.sum() / (2 * (k - 1))
    return np.asarray((total - whole) / (k - 2), dtype=float)


def _spread(given: Floats, covariance: Floats) -> Floats:
    """The arms' effects against the first that fit all contrasts best, with the reduced weights of their
    edges.
    """
    inverse = np.linalg.inv(covariance)
    k = len(given)
    laplacian = np.zeros((k, k))
    laplacian[1:, 1:] = inverse
    laplacian[0, 1:] = laplacian[1:, 0] = -inverse.sum(axis=0)
    laplacian[0, 0] = inverse.sum()
    right = np.zeros(k)
    for i, j in combinations(range(k), 2):
        weight = -laplacian[i, j]
        right[i] += weight * given[i, j]
        right[j] -= weight * given[i, j]
    return np.asarray(covariance @ right[1:], dtype=float)


def _unfit(arms: Sequence[int], values: Floats, covariance: Floats) -> Reason | None:
    if len(arms) < 2:
        return "one_arm"
    if len(set(arms)) < len(arms) or min(arms) < 0:
        return "same_treatment"
    if not bool(
        np.isfinite(values).all() and np.isfinite(covariance).all() and (np.diag(covariance) > 0).all()
    ):
        return "bad_number"
    return None if _positive(covariance) else "not_a_covariance"


def _positive(covariance: Floats) -> bool:
    root = np.sqrt(np.diag(covariance))
    return (
        bool((root > 0).all()) and float(np.linalg.eigvalsh(covariance / np.outer(root, root)).min()) > 1e-12
    )
