"""Counts pooled by a logistic model with a normal random effect: nothing is added to an empty cell.

One proportion per study: logit p = mu + u. Two groups: given all events of a study, those of the first group
are binomial with log odds mu + u + log(n1 / n2), the approximation of the conditional model for rare events.
u is normal with variance tau2 and is integrated out by quadrature about each study's mode.
Source: Hamza, van Houwelingen and Stijnen 2008, J Clin Epidemiol 61:41; Stijnen, Hamza and Ozdemir 2010,
Stat Med 29:3046; R's metafor::rma.glmm (PLO; OR, CM.AL)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.heterogeneity import Floats
from trialist.kernels.meta_regression import chi_square_tail, quantile, two_sided

Status = Literal["ok", "no_studies", "no_events", "counts", "level", "not_converged"]
_STEPS = 100
_DROP, _PANELS, _POINTS = 40.0, 6, 16
_DEVIATION = 0.02  # step of the differences, in mu and log tau


@dataclass(frozen=True, slots=True)
class BinomialNormal:
    """Pooled log odds (of a proportion, or the log odds ratio) with the variance between studies.

    status       ok; no_studies; no_events: nobody or everybody had the event, or of two groups only one had
                 events; counts: negative or above n; level; not_converged: the likelihood has no top
    used         studies that tell something
    g, df        likelihood ratio test that all studies are alike, without the random effect
    """

    status: Status
    k: int
    used: int = 0
    estimate: float | None = None
    std_err: float | None = None
    low: float | None = None
    high: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    tau2: float | None = None
    log_likelihood: float | None = None
    g: float | None = None
    df: int | None = None
    g_p_value: float | None = None


def proportions(x: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> BinomialNormal:
    """One logit of studies with x events among n (vectors)."""
    events, size = np.asarray(x, dtype=float).ravel(), np.asarray(n, dtype=float).ravel()
    if events.shape != size.shape:
        return BinomialNormal("counts", int(events.size))
    return _fitted(events, size, np.zeros(events.size), level)


def odds_ratio(x: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> BinomialNormal:
    """One log odds ratio of studies of two groups, x and n of shape (studies, 2), for events that are rare:
    where they are not, this is nearer to a ratio of proportions. A study without events tells nothing."""
    events, size = np.asarray(x, dtype=float).reshape(-1, 2), np.asarray(n, dtype=float).reshape(-1, 2)
    k = int(events.shape[0])
    if events.shape != size.shape or not _sound(events, size):
        return BinomialNormal("counts", k)
    tells = (events.sum(axis=1) > 0) & (size.min(axis=1) > 0)
    if not tells.any():
        return BinomialNormal("no_events" if k else "no_studies", k)
    events, size = events[tells], size[tells]
    offset = np.log(size[:, 0] / size[:, 1])
    return _fitted(events[:, 0], events.sum(axis=1), offset, level, k)


def _fitted(x: Floats, m: Floats, offset: Floats, level: float, k: int | None = None) -> BinomialNormal:
    given = int(x.size) if k is None else k
    if not 0 < level < 1:
        return BinomialNormal("level", given)
    if not _sound(x, m):
        return BinomialNormal("counts", given)
    keep = m > 0
    x, m, offset = x[keep], m[keep], offset[keep]
    if not x.size:
        return BinomialNormal("no_studies", given)
    if x.sum() == 0 or x.sum() == m.sum():
        return BinomialNormal("no_events", given)
    common = _common(x, m, offset)
    g = 2 * (_saturated(x, m) - float(_log_binomial(x, m, common + offset).sum()))
    found = _random(x, m, offset, common) if x.size > 1 else (common, 0.0)
    if found is None:
        return BinomialNormal("not_converged", given, int(x.size))
    mu, tau = found
    value = _marginal(x, m, offset)
    error = _error(value, x, m, offset, mu, tau)
    if error is None:
        return BinomialNormal("not_converged", given, int(x.size))
    half, z, df = quantile(level, None) * error, mu / error, int(x.size) - 1
    return BinomialNormal(
        "ok",
        given,
        int(x.size),
        mu,
        error,
        mu - half,
        mu + half,
        z,
        float(two_sided(np.array([z]), None)[0]),
        tau**2,
        value(mu, tau),
        g if df else None,
        df if df else None,
        chi_square_tail(df, g) if df else None,
    )


def _sound(x: Floats, m: Floats) -> bool:
    finite = bool(np.isfinite(x).all() and np.isfinite(m).all())
    return finite and not bool((x < 0).any() or (x > m).any())


def _log_binomial(x: Floats, m: Floats, eta: Floats) -> Floats:
    from scipy.special import gammaln

    ways = gammaln(m + 1) - gammaln(x + 1) - gammaln(m - x + 1)
    return np.asarray(ways + x * eta - m * np.logaddexp(0.0, eta))


def _saturated(x: Floats, m: Floats) -> float:
    from scipy.special import gammaln, xlogy

    ways = gammaln(m + 1) - gammaln(x + 1) - gammaln(m - x + 1)
    return float((ways + xlogy(x, x / m) + xlogy(m - x, 1 - x / m)).sum())


def _common(x: Floats, m: Floats, offset: Floats) -> float:
    """The log odds without a random effect, by Newton's steps (the likelihood is concave)."""
    total = float(x.sum())
    mu = math.log(total / float(m.sum() - total)) - float(m @ offset / m.sum())
    for _ in range(_STEPS):
        p = _expit(mu + offset)
        step = (total - float(m @ p)) / float(m @ (p * (1 - p)))
        mu += max(-2.0, min(2.0, step))
        if abs(step) <= 1e-15 * max(1.0, abs(mu)):
            break
    return mu


def _marginal(x: Floats, m: Floats, offset: Floats) -> Callable[[float, float], float]:
    """The log likelihood of (mu, tau), the random effect integrated out: on both sides of each study's mode
    down to e^-40 of its height, in panels of Gauss and Legendre."""
    point, weight = np.polynomial.legendre.leggauss(_POINTS)
    starts = np.arange(_PANELS)[:, None]
    share, part = ((starts + (point + 1) / 2) / _PANELS).ravel(), np.tile(weight / (2 * _PANELS), _PANELS)
    constant = _log_binomial(x, m, np.zeros(x.size)) + m * math.log(2.0)

    def value(mu: float, tau: float) -> float:
        eta = mu + offset
        if tau == 0:
            return float(_log_binomial(x, m, eta).sum())
        mode = _modes(x, m, eta, tau)

        def height(z: Floats) -> Floats:
            where = eta.reshape(-1, *[1] * (z.ndim - 1)) + tau * z
            events, size = (each.reshape(-1, *[1] * (z.ndim - 1)) for each in (x, m))
            return np.asarray(events * where - size * np.logaddexp(0.0, where) - z**2 / 2)

        top = height(mode)
        whole = np.zeros(x.size)
        for side in (-1.0, 1.0):
            reach = _reach(lambda d, side=side: top - height(mode + side * d), x.size)  # type: ignore[misc]
            z = mode[:, None] + side * reach[:, None] * share
            whole = whole + reach * (np.exp(height(z) - top[:, None]) @ part)
        return float((constant + top + np.log(whole) - 0.5 * math.log(2 * math.pi)).sum())

    return value


def _reach(drop: Callable[[Floats], Floats], size: int) -> Floats:
    """How far from the mode the integrand has fallen by `_DROP`: it falls faster than the normal density."""
    near, far = np.zeros(size), np.full(size, math.sqrt(2 * _DROP))
    for _ in range(10):
        middle = (near + far) / 2
        beyond = drop(middle) >= _DROP
        near, far = np.where(beyond, near, middle), np.where(beyond, middle, far)
    return np.asarray(far)


def _modes(x: Floats, m: Floats, eta: Floats, tau: float) -> Floats:
    """Where each study's random effect (over tau) is most likely.

    The slope falls with z and is 0 between the ends: Newton's steps, halving where one would leave them.
    """
    low, high = tau * (x - m), tau * x
    z = np.clip(np.zeros(x.size), low, high)
    for _ in range(_STEPS):
        p = _expit(eta + tau * z)
        slope = tau * (x - m * p) - z
        low, high = np.where(slope > 0, z, low), np.where(slope > 0, high, z)
        step = slope / (1 + tau**2 * m * p * (1 - p))
        wanted = z + step
        there = np.abs(step) <= 1e-14 * np.maximum(1.0, np.abs(z))
        if bool(there.all()):
            break
        inside = there | ((wanted > low) & (wanted < high))
        z = np.where(inside, wanted, (low + high) / 2)
    return np.asarray(z)


def _random(x: Floats, m: Floats, offset: Floats, common: float) -> tuple[float, float] | None:
    """(mu, tau): Newton's steps in mu and log tau, shortened until they climb; tau is 0 where none helps."""
    value = _marginal(x, m, offset)
    start = [(value(common, tau), tau) for tau in np.geomspace(1e-3, 4.0, 25)]
    best, tau = max(start)
    flat = value(common, 0.0)
    if best <= flat + 1e-12 * abs(flat):
        return common, 0.0
    at = np.array([common, math.log(tau)])

    def height(place: Floats) -> float:
        return value(float(place[0]), math.exp(float(place[1])))

    here = height(at)
    for _ in range(_STEPS):
        slope, curve = _derivatives(height, at)
        step = _climb(slope, curve)
        share, higher = 1.0, -math.inf
        while share > 1e-6 and higher < here - 1e-12 * abs(here):
            higher = height(at + share * step)
            share /= 2
        if higher < here - 1e-12 * abs(here):
            return None
        at, here = at + 2 * share * step, higher
        if at[1] < math.log(1e-4):
            return common, 0.0
        if float(np.abs(step).max()) <= 1e-11:
            return float(at[0]), math.exp(float(at[1]))
    small = float(np.abs(step).max()) <= 1e-7
    return (float(at[0]), math.exp(float(at[1]))) if small else None


def _climb(slope: Floats, curve: Floats) -> Floats:
    """Newton's step, with curvature taken away where the surface is not yet a hill."""
    top = float(np.linalg.eigvalsh(curve)[-1])
    if top > -1e-6:
        curve = curve - (top + 1.0) * np.eye(2)
    step = -np.linalg.solve(curve, slope)
    return np.asarray(step / max(1.0, float(np.abs(step).max())))


def _derivatives(height: Callable[[Floats], float], at: Floats) -> tuple[Floats, Floats]:
    """Slope and curvature by central differences of sixth order."""
    h = _DEVIATION
    unit = np.eye(2) * h
    centre = height(at)
    slope, curve = np.zeros(2), np.zeros((2, 2))
    for i in range(2):
        up, down = ([height(at + sign * far * unit[i]) for far in (1, 2, 3)] for sign in (1, -1))
        apart = [u - d for u, d in zip(up, down, strict=True)]
        both = [u + d for u, d in zip(up, down, strict=True)]
        slope[i] = (45 * apart[0] - 9 * apart[1] + apart[2]) / (60 * h)
        curve[i, i] = (270 * both[0] - 27 * both[1] + 2 * both[2] - 490 * centre) / (180 * h * h)
    crosses = []
    for far in (1, 2, 3):
        a, b = far * unit
        corners = height(at + a + b) - height(at + a - b) - height(at - a + b) + height(at - a - b)
        crosses.append(corners / (4 * far**2 * h * h))
    curve[0, 1] = curve[1, 0] = 1.5 * crosses[0] - 0.6 * crosses[1] + 0.1 * crosses[2]
    return slope, curve


def _error(
    value: Callable[[float, float], float], x: Floats, m: Floats, offset: Floats, mu: float, tau: float
) -> float | None:
    """Of mu, with tau estimated too: from the curvature of both."""
    if tau == 0:
        p = _expit(mu + offset)
        information = float(m @ (p * (1 - p)))
        return 1 / math.sqrt(information) if information > 0 else None

    def height(place: Floats) -> float:
        return value(float(place[0]), math.exp(float(place[1])))

    _, curve = _derivatives(height, np.array([mu, math.log(tau)]))
    if float(np.linalg.eigvalsh(curve)[-1]) >= 0:
        return None
    return math.sqrt(float(np.linalg.inv(-curve)[0, 0]))


def _expit(eta: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(eta))
