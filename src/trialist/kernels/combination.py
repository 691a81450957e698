"""Combination tests: stage-wise p values put together by the inverse normal or by Fisher's product.

The stages' p values (one-sided) are independent under the null however later stages were changed after a
look. Inverse normal: sum w_k Phi^-1(1 - p_k) over its standard deviation, w_k fixed in advance as the root
of the planned information of the stage; its boundaries are those of a group-sequential test with that
information (Lehmacher and Wassmer 1999, Biometrics 55:1286; Cui, Hung and Wang 1999, Biometrics 55:853).
Fisher: the product of p_k^{w_k}, w_1 = 1 (Bauer and Kohne 1994, Biometrics 50:1029; Wassmer 1999).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
FisherMethod = Literal["equal", "full", "user"]
Status = Literal["ok", "not_rising", "bad_level", "bad_spending", "no_boundary"]

NODES = 24
MOST_STEPS = 1500


def stage_weights(information: Any) -> Values:
    """Weights of the inverse normal: roots of the planned information of each stage."""
    found: Values = np.sqrt(np.diff(np.asarray(information, dtype=float), prepend=0.0))
    return found


def inverse_normal(p_values: Any, information: Any) -> Values:
    """The combined z after each stage that was seen.

    Parameters
        p_values     one-sided, of each stage alone, 0 < p < 1
        information  planned, as shares, of at least as many looks
    """
    from scipy.special import ndtri

    p = np.asarray(p_values, dtype=float)
    w = stage_weights(information)[: len(p)]
    found: Values = np.cumsum(-w * ndtri(p)) / np.sqrt(np.cumsum(w**2))
    return found


def increments(z: Any, information: Any) -> Values:
    """The z of each stage alone from cumulative z values with the information that was there."""
    z, t = np.asarray(z, dtype=float), np.asarray(information, dtype=float)
    found: Values = np.diff(z * np.sqrt(t), prepend=0.0) / np.sqrt(np.diff(t, prepend=0.0))
    return found


@dataclass(frozen=True, slots=True)
class FisherBounds:
    """Reject after stage k when the product of p_j^{w_j} up to it is at most critical[k].

    level  the level of the product test at this critical value with no other stage
    spent  alpha spent up to each stage
    """

    weights: Values
    critical: Values
    level: Values
    spent: Values
    status: Status = "ok"


def fisher_bounds(
    information: Any,
    alpha: float,
    method: FisherMethod = "equal",
    *,
    stop_above: Any = None,
    user: Any = None,
) -> FisherBounds:
    """Critical values of Fisher's combination test.

    Parameters
        method      equal: the same level at every stage; full: the last product at the full level alpha, the
                    stages before at one level (or, where that leaves nothing, at the last critical value);
                    user: `user` holds the alpha spent up to each stage
        stop_above  p value of a stage above which the trial stops for futility (binding), one per early stage
    """
    t = np.asarray(information, dtype=float).ravel()
    w = _fisher_weights(t) if t.size else t
    if t.size == 0 or t[0] <= 0 or np.any(np.diff(t) <= 0):
        return _no_bounds(t, "not_rising")
    early = np.ones(len(t) - 1) if stop_above is None else np.asarray(stop_above, dtype=float).ravel()
    if not 0 < alpha < 0.5 or len(early) != len(t) - 1 or np.any(early <= alpha) or np.any(early > 1):
        return _no_bounds(w, "bad_level")
    if method == "user":
        return _by_spending(w, early, alpha, user)

    last = _critical(w, alpha)

    def of_level(level: float) -> Values:
        critical = np.array([_critical(w[: k + 1], level) for k in range(len(w))])
        if method == "full":
            critical = np.maximum(critical, last)
            critical[-1] = last
        return critical

    def excess(log_level: float) -> float:
        return float(_spent(w, early, of_level(math.exp(log_level))).sum()) - alpha

    from scipy.optimize import brentq

    least, most = math.log(alpha) - 12, math.log(alpha)
    if len(w) == 1 or (method == "full" and excess(least) > -1e-12):  # the last product alone takes all
        critical = np.full(len(w), last)
    else:
        critical = of_level(math.exp(float(brentq(excess, least, most, xtol=1e-13, rtol=1e-14))))
    return _bounds(w, early, critical)


# --- parts ------------------------------------------------------------------------------------------


def _fisher_weights(information: Any) -> Values:
    t = np.asarray(information, dtype=float)
    found: Values = np.sqrt(np.diff(t, prepend=0.0) / t[0])
    return found


def _no_bounds(weights: Values, status: Status) -> FisherBounds:
    none = np.zeros(len(weights))
    return FisherBounds(weights, none, none, none, status)


def _bounds(w: Values, early: Values, critical: Values) -> FisherBounds:
    level = np.array([_tail(w[: k + 1], -math.log(critical[k])) for k in range(len(w))])
    return FisherBounds(w, critical, level, np.cumsum(_spent(w, early, critical)))


def _by_spending(w: Values, early: Values, alpha: float, user: Any) -> FisherBounds:
    wanted = np.asarray(() if user is None else user, dtype=float).ravel()
    if len(wanted) != len(w) or np.any(np.diff(wanted, prepend=0.0) <= 0) or abs(wanted[-1] - alpha) > 1e-12:
        return _no_bounds(w, "bad_spending")
    critical = np.zeros(len(w))
    for k in range(len(w)):

        def excess(log_c: float, k: int = k) -> float:
            tried = np.append(critical[:k], math.exp(log_c))
            return float(_spent(w[: k + 1], early[:k], tried).sum() - wanted[k])

        critical[k] = math.exp(_root(excess, -60.0, 0.0))
    return _bounds(w, early, critical)


def _critical(w: Values, level: float) -> float:
    """The critical product at which a test after all of these stages has so large a level."""
    return math.exp(_root(lambda log_c: _tail(w, -log_c) - level, -100.0 * float(w.max()), 0.0))


def _tail(w: Values, bound: float) -> float:
    """P(sum of w_j E_j >= bound), E_j exponential: a chain of stages, by uniformisation."""
    from scipy.special import gammaln, xlogy

    alive, fastest = _alive(tuple(w)), 1 / float(w.min())
    n = np.arange(len(alive))
    return float(np.exp(xlogy(n, fastest * bound) - fastest * bound - gammaln(n + 1)) @ alive)


@cache
def _alive(w: tuple[float, ...]) -> Values:
    """Chance that the chain is not through after so many steps of its uniform clock."""
    moves = min(w) / np.array(w)
    at = np.zeros(len(w))
    at[0] = 1.0
    found = np.empty(MOST_STEPS)
    for n in range(MOST_STEPS):
        found[n] = at.sum()
        gone = at * moves
        at = at - gone
        at[1:] += gone[:-1]
    return found


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(rising, low, high, xtol=1e-13, rtol=1e-14))


def _spent(w: Values, early: Values, critical: Values) -> Values:
    """P(first rejected at each stage): T_k = sum w_j E_j, E_j = -log p_j exponential, against -log critical.

    The density of T among those who go on is held as Legendre series between its kinks.
    """
    bounds, least = -np.log(critical), -np.log(early)
    found = np.zeros(len(w))
    found[0] = math.exp(-bounds[0] / w[0])
    pieces: list[tuple[float, float, Values]] = []
    for k in range(1, len(w)):
        pieces = (
            _first(least[0], bounds[0]) if k == 1 else _next(pieces, w[k - 1], least[k - 1], bounds[k - 1])
        )
        found[k] = math.exp(-bounds[k] / w[k]) * sum(
            _integral(low, high, series, w[k]) for low, high, series in pieces
        )
    return found


def _first(low: float, high: float) -> list[tuple[float, float, Values]]:
    return [_series(a, b, lambda y: np.exp(-y)) for a, b in _spans([low, high], high)]


def _next(
    pieces: list[tuple[float, float, Values]], w: float, least: float, bound: float
) -> list[tuple[float, float, Values]]:
    if not pieces:
        return []
    kinks = [edge + w * least for low, high, _ in pieces for edge in (low, high)]
    whole = np.cumsum([0.0, *(_integral(low, high, series, w, high) for low, high, series in pieces)])
    starts = np.array([low for low, _, _ in pieces])

    def density(at: Values) -> Values:
        ends = at - w * least
        inside = np.searchsorted(starts, ends, side="right") - 1
        held = [(pieces[i], whole[i], end) for i, end in zip(inside, ends, strict=True)]
        parts = [before + _integral(low, high, series, w, end) for (low, high, series), before, end in held]
        found: Values = np.exp(-at / w) / w * np.array(parts)
        return found

    return [_series(a, b, density) for a, b in _spans(kinks, bound)]


def _spans(kinks: list[float], bound: float) -> list[tuple[float, float]]:
    """Pieces between kinks up to the bound, none longer than 3."""
    edges = sorted({k for k in kinks if k < bound} | {bound}) if min(kinks) < bound else []
    return [
        (low + (high - low) * i / n, low + (high - low) * (i + 1) / n)
        for low, high in pairwise(edges)
        if high - low > 1e-12
        for n in [math.ceil((high - low) / 3)]
        for i in range(n)
    ]


def _series(low: float, high: float, density: Callable[[Values], Values]) -> tuple[float, float, Values]:
    points, _ = _rule()
    values = density((low + high) / 2 + (high - low) / 2 * points)
    return low, high, _to_series() @ values


@cache
def _rule() -> tuple[Values, Values]:
    points, weights = np.polynomial.legendre.leggauss(NODES)
    return np.asarray(points, dtype=np.float64), np.asarray(weights, dtype=np.float64)


@cache
def _to_series() -> Values:
    """From values at the nodes to the coefficients of Legendre polynomials."""
    basis = np.polynomial.legendre.legvander(_rule()[0], NODES - 1)
    return np.asarray(np.linalg.inv(basis), dtype=np.float64)


def _integral(low: float, high: float, series: Values, w: float, end: float = math.inf) -> float:
    """The integral of density times exp(x / w) over a piece, up to `end`."""
    points, weights = _rule()
    stop = min(high, end)
    at: Values = (low + stop) / 2 + (stop - low) / 2 * points
    scaled: Values = (2 * at - low - high) / (high - low)
    return (
        float(weights @ (np.polynomial.legendre.legval(scaled, series) * np.exp(at / w))) * (stop - low) / 2
    )
