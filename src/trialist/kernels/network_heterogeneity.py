"""The variance between trials (tau2) of a network: estimates and intervals."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trialist.kernels.counts import Floats
from trialist.kernels.network_trials import NetworkTrials
from trialist.kernels.network_weights import fitted, inverses, laplacians, residuals, summed

Tau2 = Literal["dersimonian_laird", "reml", "ml"]
_SCAN = np.concatenate(
    [[0.0], np.geomspace(1e-6, 1e6, 73)]
)  # shares of the typical variance where likelihoods are seen


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """`value` of tau2 (0 and more) and the ends of its interval; an end of None is not reached or not asked.

    status  ok; no_degrees: no contrast is free to differ, so nothing tells tau2
    """

    status: Literal["ok", "no_degrees"]
    value: float | None = None
    low: float | None = None
    high: float | None = None


def heterogeneity(
    trials: NetworkTrials,
    treatments: int,
    method: Tau2 = "dersimonian_laird",
    *,
    interval: Literal["q_profile", "profile_likelihood"] | None = None,
    level: float = 0.95,
) -> Heterogeneity:
    """tau2 of a connected network.

    dersimonian_laird  from Q, the multivariate method of moments, as netmeta
    reml, ml           the likelihood at its highest over tau2 of 0 and more, as rma.mv with rho 1/2
    q_profile          values of tau2 at which Q is no surprise; profile_likelihood needs reml or ml
    Source: Jackson 2012, Stat Med 31:3805 (moments); Viechtbauer 2007, Stat Med 26:37 (Q profile)
    """
    start = fitted(trials, treatments, 0.0)
    df = start.rows - (treatments - 1)
    if df < 1:
        return Heterogeneity("no_degrees")
    if method == "dersimonian_laird":
        value = max(0.0, (start.q - df) / excess(trials, treatments))
    else:
        value = _highest(trials, treatments, method == "reml")
    low = high = None
    if interval == "q_profile":
        low, high = _q_profile(trials, treatments, df, level)
    elif interval == "profile_likelihood":
        low, high = _likelihood_ends(trials, treatments, method == "reml", value, level)
    return Heterogeneity("ok", value, low, high)


def excess(trials: NetworkTrials, treatments: int) -> float:
    """What one unit of tau2 adds to the expected Q of the weights without tau2."""
    inverse, shared = inverses(trials, 0.0)
    turned = inverse @ shared @ inverse
    covariance = fitted(trials, treatments, 0.0).covariance
    taken = np.vdot(covariance, summed(trials, laplacians(turned), treatments))
    return float(np.einsum("mij,mji->", inverse, shared) - taken)


def log_likelihood(trials: NetworkTrials, treatments: int, tau2: float, *, restricted: bool) -> float:
    """Of the contrasts, as metafor's; where restricted, without its constant of the design matrix."""
    inverse, _ = inverses(trials, tau2)
    fit = fitted(trials, treatments, tau2)
    edges = inverse.shape[1]
    absent = trials.arms[:, 1:] < 0
    filled = inverse + absent[:, :, None] * np.eye(edges)
    value = float(np.linalg.slogdet(filled)[1].sum()) - fit.q
    rows = fit.rows
    if restricted:
        value -= float(np.linalg.slogdet(fit.laplacian[1:, 1:])[1])
        rows -= treatments - 1
    return 0.5 * (value - rows * math.log(2 * math.pi))


def _slope(trials: NetworkTrials, treatments: int, tau2: float, restricted: bool) -> float:
    """The derivative of the log likelihood by tau2."""
    inverse, shared = inverses(trials, tau2)
    turned = laplacians(inverse @ shared @ inverse)
    fit = fitted(trials, treatments, tau2)
    left = residuals(trials, fit.effect)
    value = float(np.einsum("mi,mij,mj->", left, turned, left)) - float(
        np.einsum("mij,mji->", inverse, shared)
    )
    if restricted:
        value += float(np.vdot(fit.covariance, summed(trials, turned, treatments)))
    return 0.5 * value


def _grid(trials: NetworkTrials) -> Floats:
    edge = trials.arms[:, 1:] >= 0
    typical = float(np.median(np.diagonal(trials.covariance, axis1=1, axis2=2)[edge]))
    size = max(typical, float(np.abs(trials.effect).max()) ** 2 * 1e-3, 1e-300)
    return np.asarray(size * _SCAN, dtype=float)


def _highest(trials: NetworkTrials, treatments: int, restricted: bool) -> float:
    grid = _grid(trials)
    seen = [log_likelihood(trials, treatments, t, restricted=restricted) for t in grid.tolist()]
    best = int(np.argmax(seen))
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)])

    def slope(t: float) -> float:
        return _slope(trials, treatments, t, restricted)

    if best == 0 and slope(0.0) <= 0:
        return 0.0
    return _root(slope, low, high)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that falls passes 0 between two ends; an end where it does not."""
    from scipy.optimize import brentq

    if function(low) <= 0:
        return low
    if function(high) >= 0:
        return high
    return float(brentq(function, low, high, xtol=1e-300, rtol=8.9e-16, maxiter=500))


def _q_profile(
    trials: NetworkTrials, treatments: int, df: int, level: float
) -> tuple[float | None, float | None]:
    from scipy.special import chdtri

    ends: list[float | None] = []
    grid = _grid(trials)
    for tail in (0.5 - level / 2, 0.5 + level / 2):
        limit = float(chdtri(df, tail))

        def above(t: float, limit: float = limit) -> float:
            return fitted(trials, treatments, t).q - limit

        if above(0.0) <= 0:
            ends.append(0.0)
            continue
        high = float(grid[1])
        while above(high) > 0 and high < 1e6 * grid[-1]:
            high *= 4
        ends.append(_root(above, 0.0, high) if above(high) <= 0 else None)
    return ends[0], ends[1]


def _likelihood_ends(
    trials: NetworkTrials, treatments: int, restricted: bool, value: float, level: float
) -> tuple[float | None, float | None]:
    from scipy.special import chdtri

    floor = log_likelihood(trials, treatments, value, restricted=restricted) - 0.5 * float(
        chdtri(1, 1 - level)
    )

    def above(t: float) -> float:
        return log_likelihood(trials, treatments, t, restricted=restricted) - floor

    low = 0.0 if above(0.0) >= 0 else value - _root(lambda t: above(value - t), 0.0, value)
    high = max(2 * value, float(_grid(trials)[1]))
    last = float(_grid(trials)[-1])
    while above(high) > 0 and high < last:
        high *= 2
    return low, _root(above, value, high) if above(high) <= 0 else None
