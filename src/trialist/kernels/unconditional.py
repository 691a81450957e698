"""Exact unconditional tests of two proportions: the largest probability of tables as extreme as the one seen.

Only the sizes of the groups are fixed. The p value is the largest over the proportion that both groups share
(with a margin: over that of the second group): looked for on a grid, denser towards 0 and 1, and then
narrowed down around every high point of the grid at once until it stands still.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.one_proportion import interval as one_interval
from trialist.kernels.score_difference import most_likely_variance

Floats = NDArray[np.float64]
Two = tuple[int, int]
Alternative = Literal["two_sided", "greater", "less"]
Kind = Literal["barnard", "boschloo", "score"]
MOST_TABLES = 1_000_000
MOST_TABLES_OF_AN_INTERVAL = 40_000
_TIE = 1e-9  # statistics closer than this are equal
_NARROWED = 12  # high points of the grid that are followed up
_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True, slots=True)
class Unconditional:
    """p value with the nuisance proportion at which it is reached and the number of grid points.

    status   ok; too_large: more tables than are gone through
    """

    status: Literal["ok", "too_large"]
    p_value: float | None = None
    nuisance: float | None = None
    grid: int = 0
    statistic: float | None = None


def unconditional(
    x: Two,
    n: Two,
    kind: Kind = "barnard",
    alternative: Alternative = "two_sided",
    *,
    margin: float = 0.0,
    berger_boos: float = 0.0,
) -> Unconditional:
    """Exact test of p1 - p2 = `margin` (of 0 by barnard and boschloo) in groups of n[0] and n[1].

    barnard   ordered by the pooled z; two-sided by its absolute value. Barnard 1947, Biometrika 34:123;
              Suissa and Shuster 1985, JRSS A 148:317
    boschloo  ordered by the p value of Fisher's test of the same sides. Boschloo 1970, Stat Neerl 24:1
    score     ordered by z under the margin (Farrington and Manning). Chan 1998, Stat Med 17:1403

    `berger_boos` above 0 looks only in the exact interval of the nuisance proportion at level 1 - berger_boos
    and adds that much to the p value. Source: Berger and Boos 1994, JASA 89:1012
    """
    if (n[0] + 1) * (n[1] + 1) > MOST_TABLES:
        return Unconditional("too_large")
    extreme, seen = _as_extreme(x, n, kind, alternative, margin)
    low, high = max(0.0, -margin), min(1.0, 1 - margin)
    if berger_boos > 0:
        alone = (x[1], n[1]) if margin else (sum(x), sum(n))
        ends = one_interval(*alone, 1 - berger_boos, "clopper_pearson") or (0.0, 1.0)
        low, high = max(low, min(ends[0], high)), min(high, max(ends[1], low))
    p, at, grid = _largest(extreme, n, margin, low, high)
    return Unconditional("ok", min(1.0, p + berger_boos), at, grid, seen)


def _as_extreme(
    x: Two, n: Two, kind: Kind, alternative: Alternative, margin: float
) -> tuple[NDArray[np.bool_], float]:
    order = _statistic(n, kind, alternative, margin)
    seen = float(order[x])
    return order >= seen - _TIE * max(1.0, abs(seen)), seen


def difference_interval(x: Two, n: Two, level: float = 0.95) -> tuple[float, float] | None:
    """Differences that neither one-sided exact test by the score statistic rejects at half of alpha.

    None for more tables than are gone through. Where the p value is no monotone function of the difference
    the outermost end counts, found among 40 differences and then narrowed down to 1e-8.
    Source: Chan and Zhang 1999, Biometrics 55:1202
    """
    if (n[0] + 1) * (n[1] + 1) > MOST_TABLES_OF_AN_INTERVAL:
        return None
    return _lower_end(x, n, level), -_lower_end((x[1], x[0]), (n[1], n[0]), level)


def _lower_end(x: Two, n: Two, level: float) -> float:
    tail = (1 - level) / 2
    apart = x[0] / n[0] - x[1] / n[1]

    def kept(margin: float) -> bool:
        extreme, _ = _as_extreme(x, n, "score", "greater", margin)
        return _largest(extreme, n, margin, max(0.0, -margin), min(1.0, 1 - margin), tail)[0] > tail

    if apart <= -1 + 1e-12 or kept(-1 + 1e-9):
        return -1.0
    steps = np.linspace(-1 + 1e-9, apart, 41)[1:]
    first = next((i for i, margin in enumerate(steps) if kept(float(margin))), steps.size - 1)
    outside = float(steps[first - 1]) if first else -1 + 1e-9
    inside = float(steps[first])
    while inside - outside > 1e-8:
        middle = (inside + outside) / 2
        if kept(middle):
            inside = middle
        else:
            outside = middle
    return inside


def _statistic(n: Two, kind: Kind, alternative: Alternative, margin: float) -> Floats:
    """Of every table (responders of the first group by those of the second); larger is more extreme."""
    first, second = np.arange(n[0] + 1)[:, None], np.arange(n[1] + 1)[None, :]
    if kind == "boschloo":
        return -_fisher_everywhere(n, alternative)
    if kind == "barnard":
        share = (first + second) / sum(n)
        variance = share * (1 - share) * (1 / n[0] + 1 / n[1])
        margin = 0.0
    else:
        variance = most_likely_variance((first, second), n, margin)
    gap = first / n[0] - second / n[1] - margin
    tiny = 1e-14
    z = np.divide(gap, np.sqrt(variance), out=np.zeros(gap.shape), where=variance > tiny)
    z = np.where((variance <= tiny) & (np.abs(gap) > 1e-12), np.sign(gap) * 1e6, z)
    if alternative == "two_sided":
        return np.asarray(np.abs(z))
    return np.asarray(z if alternative == "greater" else -z)


def _fisher_everywhere(n: Two, alternative: Alternative) -> Floats:
    """Fisher's p value of every table; one step per number of responders."""
    from scipy.special import gammaln

    def log_choose(size: int, k: NDArray[np.int64]) -> Floats:
        return np.asarray(gammaln(size + 1) - gammaln(k + 1) - gammaln(size - k + 1))

    found = np.ones((n[0] + 1, n[1] + 1))
    for total in range(sum(n) + 1):
        k = np.arange(max(0, total - n[1]), min(n[0], total) + 1)
        log_chance = log_choose(n[0], k) + log_choose(n[1], total - k)
        chance = np.exp(log_chance - log_chance.max())
        chance /= chance.sum()
        if alternative == "greater":
            p = np.cumsum(chance[::-1])[::-1]
        elif alternative == "less":
            p = np.cumsum(chance)
        else:
            order = np.argsort(chance, kind="stable")
            summed = np.cumsum(chance[order])
            last = np.searchsorted(chance[order], chance * (1 + 1e-7), side="right") - 1
            p = summed[last]
        found[k, total - k] = np.minimum(p, 1.0)
    return found


def _largest(
    extreme: NDArray[np.bool_], n: Two, margin: float, low: float, high: float, enough: float = 1.0
) -> tuple[float, float, int]:
    """The largest probability of the extreme tables over the nuisance proportion, where, and points looked
    at.

    Not narrowed down where the grid alone says whether it is above `enough`.
    """
    inside = extreme.astype(float)

    def tail(second: Floats) -> Floats:
        first = np.clip(second + margin, 0.0, 1.0)
        return np.asarray(np.sum((_binomial(n[0], first) @ inside) * _binomial(n[1], second), axis=1))

    points = min(1000, 100 + 2 * sum(n))
    grid = low + (high - low) * (1 - np.cos(np.linspace(0.0, np.pi, points))) / 2
    value = tail(grid)
    highest = int(np.argmax(value))
    if value[highest] > enough or value[highest] < 0.8 * enough < 0.5:
        return float(value[highest]), float(grid[highest]), points
    left, right = np.append(-1.0, value[:-1]), np.append(value[1:], -1.0)
    peaks = np.flatnonzero((value >= left) & (value >= right) & (value >= 0.9 * value[highest]))
    peaks = peaks[np.argsort(-value[peaks], kind="stable")][:_NARROWED]
    a, b = grid[np.maximum(peaks - 1, 0)], grid[np.minimum(peaks + 1, points - 1)]
    for _ in range(40):
        c, d = b - _GOLDEN * (b - a), a + _GOLDEN * (b - a)
        both = tail(np.concatenate((c, d)))
        higher = both[: c.size] > both[c.size :]
        a, b = np.where(higher, a, c), np.where(higher, d, b)
    places = np.concatenate(((a + b) / 2, grid[peaks]))
    values = tail(places)
    best = int(np.argmax(values))
    return float(values[best]), float(places[best]), points


def _binomial(n: int, p: Floats) -> Floats:
    """P(X = k) for each proportion (rows) and number (columns)."""
    from scipy.special import gammaln, xlog1py, xlogy

    k = np.arange(n + 1)
    log_choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return np.asarray(np.exp(log_choose + xlogy(k, p[:, None]) + xlog1py(n - k, -p[:, None])))
