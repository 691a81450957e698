"""Exact designs of one proportion with one stage, and Fleming's with several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SingleStage:
    """Promising with at least `least` responders of n; both probabilities are exact."""

    n: int
    least: int
    alpha: float
    power: float


def single_stage(
    null: float, alternative: float, alpha: float, power: float, largest: int = 10_000
) -> SingleStage | None:
    """The smallest n of which some number of responders keeps alpha and reaches the power, exactly.

    One-sided, 0 < null < alternative < 1. Some larger n may not reach the power again (its saw-tooth); see
    `kernels.power.one_proportion_n` for the n from which it stays. None: no n up to `largest`.
    Source: A'Hern 2001, Statistics in Medicine 20:859.
    """
    for start in range(1, largest + 1, 200):
        n = np.arange(start, min(start + 200, largest + 1))
        least = _least(n, null, alpha)
        reached = np.where(least <= n, _at_least(n, np.minimum(least, n), alternative), 0.0)
        enough = np.flatnonzero(reached >= power * (1 - 1e-12))
        if enough.size:
            k = int(enough[0])
            size, needed = int(n[k]), int(least[k])
            return SingleStage(size, needed, float(_at_least(size, needed, null)), float(reached[k]))
    return None


@dataclass(frozen=True, slots=True)
class Fleming:
    """Cumulative sizes; a stage ends the trial as not promising at `accept` responders, as promising at
    `reject`."""

    sizes: tuple[int, ...]
    accept: tuple[int, ...]
    reject: tuple[int, ...]


def fleming(null: float, alpha: float, sizes: Sequence[int]) -> Fleming:
    """Boundaries of a one-sided test of `null` with one to several stages of these cumulative sizes.

    Source: Fleming 1982, Biometrics 38:143, equations for acceptance and rejection points.
    """
    total, u = sizes[-1], -NormalDist().inv_cdf(alpha)
    spread = u * math.sqrt(total * null * (1 - null))
    far = (math.sqrt(total * null) + math.sqrt(1 - null) * u) ** 2 / (total + u * u)
    away = u * math.sqrt(total * far * (1 - far))
    reject = [_nearest(n * null + spread) + 1 for n in sizes]
    accept = [_nearest(n * far - away) for n in sizes[:-1]] + [reject[-1] - 1]
    return Fleming(tuple(sizes), tuple(max(a, -1) for a in accept), tuple(reject))


@dataclass(frozen=True, slots=True)
class StageChances:
    """At one true proportion: of each stage the chance to end there as promising or not, and expected
    subjects."""

    promising: tuple[float, ...]
    not_promising: tuple[float, ...]
    expected: float


def stage_chances(design: Fleming, p: float) -> StageChances:
    """Exact probabilities of every way to end, at a true proportion p."""
    from trialist.kernels.binomial import binomial_probabilities

    alive = np.array([1.0])
    before, promising, not_promising, expected = 0, [], [], 0.0
    for size, low, high in zip(design.sizes, design.accept, design.reject, strict=True):
        alive = np.convolve(alive, binomial_probabilities(size - before, p))
        seen = np.arange(alive.size)
        promising.append(float(alive[seen >= high].sum()))
        not_promising.append(float(alive[seen <= low].sum()))
        expected += size * (promising[-1] + not_promising[-1])
        alive = np.where((seen > low) & (seen < high), alive, 0.0)
        before = size
    return StageChances(tuple(promising), tuple(not_promising), expected)


def _nearest(value: float) -> int:
    return math.floor(value + 0.5)


def _least(n: NDArray[np.int64], null: float, alpha: float) -> NDArray[np.int64]:
    """The smallest k with P(X >= k) <= alpha under the null; n + 1 where there is none."""
    low, high = np.zeros_like(n), n + 1
    while np.any(high - low > 1):
        middle = (low + high) // 2
        small = _at_least(n, middle, null) <= alpha * (1 + 1e-12)
        low, high = np.where(small, low, middle), np.where(small, middle, high)
    return high


def _at_least(n: int | NDArray[np.int64], k: int | NDArray[np.int64], p: float) -> Floats:
    from scipy.special import betainc

    size, least = np.asarray(n, dtype=float), np.asarray(k, dtype=float)
    inside = (least > 0) & (least <= size)
    a, b = np.where(inside, least, 1.0), np.where(inside, size - least + 1, 1.0)
    return np.asarray(np.where(inside, betainc(a, b, p), np.where(least <= 0, 1.0, 0.0)), dtype=np.float64)


def fewest(n: int, null: float, alpha: float) -> int:
    """The fewest responders of n that reject the null at alpha; n + 1: none do."""
    return int(_least(np.array([n]), null, alpha)[0])


def chance(n: int, least: int, p: float) -> float:
    """P(X >= least) of n subjects at a true proportion p."""
    return float(_at_least(n, least, p))
