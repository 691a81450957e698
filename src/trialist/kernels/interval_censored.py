"""The Weibull model of times that are exact or known to lie between two bounds, by maximum likelihood."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, Integers

Status = Literal["ok", "no_events", "infinite", "singular", "not_converged", "not_positive"]
_STEPS = 60
_FAR, _NARROW = 15.0, -4.0
"""A log hazard ratio still on its way so far from the first guess, or a log scale so low, has no end."""


@dataclass(frozen=True, slots=True)
class WeibullFit:
    """log T = x b + scale x W, W the standard smallest extreme value: hazards are proportional too.

    coefficient   shape (covariates + 1,): intercept first; with log scale last in `covariance`
    log_scale     log of the scale; the Weibull shape is 1 / scale
    covariance    shape (covariates + 2, covariates + 2): inverse of the observed information
    """

    coefficient: Floats
    log_scale: float
    covariance: Floats
    log_likelihood: float | None
    n: float
    events: float
    steps: int
    status: Status

    @property
    def scale(self) -> float:
        return math.exp(self.log_scale)

    def acceleration(self, which: int) -> tuple[float, float]:
        """Log acceleration factor of covariate `which` (1 is the first) and its standard error."""
        return float(self.coefficient[which]), math.sqrt(float(self.covariance[which, which]))

    def log_hazard_ratio(self, which: int) -> tuple[float, float]:
        """-coefficient / scale, with its standard error by the delta method."""
        value = -float(self.coefficient[which]) / self.scale
        gradient = np.zeros(self.covariance.shape[0])
        gradient[which], gradient[-1] = -1 / self.scale, -value
        return value, math.sqrt(float(gradient @ self.covariance @ gradient))

    def log_quantile(self, pattern: ArrayLike, p: float) -> tuple[float, float]:
        """Log of the time by which a share `p` has had the event at covariates `pattern`, and its error."""
        x = np.append(1.0, np.asarray(pattern, dtype=float))
        w = math.log(-math.log1p(-p))
        gradient = np.append(x, w * self.scale)
        value = float(x @ self.coefficient) + w * self.scale
        return value, math.sqrt(float(gradient @ self.covariance @ gradient))


def weibull(
    lower: ArrayLike,
    upper: ArrayLike,
    count: ArrayLike,
    pattern: ArrayLike,
    patterns: ArrayLike,
) -> WeibullFit:
    """Maximum likelihood by Newton's method with the exact second derivatives.

    Parameters
        lower, upper  one value per cell: an exact time where both are equal (then > 0); else in (lower,
                      upper], lower 0: left-censored, upper infinite: right-censored
        count         subjects (or weights) of each cell
        pattern       row of `patterns` of each cell; patterns: shape (patterns, covariates), no intercept
    Status    no_events: everybody right-censored; infinite: a coefficient or the scale has no finite
              estimate; not_positive: an exact time that is not above 0
    Source: Kalbfleisch and Prentice 2002, 2.2 and 3; Lawless 2003, 6; equals R's survreg (dist = "weibull").
    """
    low, high = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    weight = np.asarray(count, dtype=float)
    design = np.column_stack((np.ones(len(np.asarray(patterns))), np.asarray(patterns, dtype=float)))
    x = design[np.asarray(pattern, dtype=np.int64)]
    used = (weight > 0) & ~((low <= 0) & np.isinf(high))
    n = float(weight[weight > 0].sum())
    low, high, weight, x = low[used], high[used], weight[used], x[used]
    events = float(weight[np.isfinite(high)].sum())
    size = x.shape[1] + 1

    def without(status: Status, steps: int = 0) -> WeibullFit:
        nothing = np.full((size, size), np.nan)
        return WeibullFit(nothing[0, :-1], math.nan, nothing, None, n, events, steps, status)

    if events == 0:
        return without("no_events")
    if bool(((low == high) & (low <= 0)).any()):
        return without("not_positive")
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return without("singular")
    cells = _Cells(low, high, weight, x)
    theta, value, hessian, steps, status = _climbed(cells)
    if status != "ok":
        return without(status, steps)
    covariance: Floats = np.asarray(np.linalg.inv(-hessian), dtype=np.float64)
    return WeibullFit(theta[:-1], float(theta[-1]), covariance, value, n, events, steps, "ok")


def _climbed(cells: _Cells) -> tuple[Floats, float, Floats, int, Status]:
    """Newton's steps, halved where the likelihood would fall: (estimates, value, second derivatives, ...)."""
    first = theta = cells.start()
    value, gradient, hessian = cells.derivatives(theta)
    for step in range(1, _STEPS + 1):
        move = _ascent(gradient, hessian)
        share, tried = 1.0, cells.derivatives(theta + move)
        while tried[0] < value - 1e-12 * abs(value) and share > 1e-8:
            share /= 2
            tried = cells.derivatives(theta + share * move)
        if share <= 1e-8:
            return theta, value, hessian, step, _on_its_way(theta, first)
        theta = theta + share * move
        still = float(np.abs(move).max()) <= 1e-7 * (1 + float(np.abs(theta).max()))
        settled = share == 1.0 and still and float(gradient @ move) < 1e-13 * (1 + abs(value))
        value, gradient, hessian = tried
        if settled and step > 1:
            break
    else:
        return theta, value, hessian, _STEPS, _on_its_way(theta, first)
    spread = np.linalg.eigvalsh(-hessian)
    flat = spread[0] <= 1e-9 * spread[-1]
    return theta, value, hessian, step, "infinite" if flat else "ok"


def _on_its_way(theta: Floats, first: Floats) -> Status:
    """Why the climb did not end: an estimate without end, or a scale that shrinks to 0."""
    ratios = (theta - first)[:-1] / math.exp(max(float(theta[-1]), -20.0))
    endless = float(np.abs(ratios).max()) > _FAR or float(theta[-1]) < _NARROW
    return "infinite" if endless else "not_converged"


def _ascent(gradient: Floats, hessian: Floats) -> Floats:
    """Newton's step; where the function is not concave, each axis by its absolute curvature."""
    values, axes = np.linalg.eigh(-hessian)
    floor = max(float(np.abs(values).max()) * 1e-12, 1e-300)
    return np.asarray(axes @ ((axes.T @ gradient) / np.maximum(np.abs(values), floor)))


class _Cells:
    """The cells by kind, and the log likelihood with its derivatives by (coefficients, log scale)."""

    def __init__(self, low: Floats, high: Floats, weight: Floats, x: Floats) -> None:
        exact = low == high
        self.exact: Integers = np.flatnonzero(exact)
        self.between: Integers = np.flatnonzero(~exact)
        self.weight, self.x = weight, x
        with np.errstate(divide="ignore"):
            self.low, self.high = np.log(low), np.log(high)

    def start(self) -> Floats:
        """Least squares of the log times, intervals by their middle or the end that they have."""
        both = np.isfinite(self.low) & np.isfinite(self.high)
        y = np.where(np.isfinite(self.low), self.low, self.high)
        y = np.where(both, (np.where(both, self.low, 0) + np.where(both, self.high, 0)) / 2, y)
        root = np.sqrt(self.weight)
        found = np.linalg.lstsq(self.x * root[:, None], y * root, rcond=None)[0]
        spread = float(self.weight @ (y - self.x @ found) ** 2 / self.weight.sum())
        scale = max(math.sqrt(spread) * 0.78, 1e-2)
        found[0] += 0.5772 * scale
        return np.append(found, math.log(scale))

    def derivatives(self, theta: Floats) -> tuple[float, Floats, Floats]:
        """Log likelihood, gradient, second derivatives; the first is -inf out of range."""
        scale = math.exp(min(max(float(theta[-1]), -300.0), 300.0))
        middle = self.x @ theta[:-1]
        k = theta.size
        gradient, hessian = np.zeros(k), np.zeros((k, k))
        value = 0.0
        with np.errstate(all="ignore"):
            if self.exact.size:
                x, w = self.x[self.exact], self.weight[self.exact]
                z = (self.low[self.exact] - middle[self.exact]) / scale
                power = np.exp(z)
                value += float(w @ (z - power - theta[-1] - self.low[self.exact]))
                _add(gradient, hessian, x, z, w * (1 - power), w * -power, scale)
                gradient[-1] -= w.sum()
            if self.between.size:
                x, w = self.x[self.between], self.weight[self.between]
                ends = [(end[self.between] - middle[self.between]) / scale for end in (self.low, self.high)]
                part, first, second, cross = _between(*ends)
                value += float(w @ part)
                for z, g, h in zip(ends, first, second, strict=True):
                    _add(gradient, hessian, x, np.where(np.isfinite(z), z, 0.0), w * g, w * h, scale)
                rows = [np.column_stack((x / -scale, -np.where(np.isfinite(z), z, 0.0))) for z in ends]
                mixed = (rows[0] * (w * cross)[:, None]).T @ rows[1]
                hessian += mixed + mixed.T
        if not (np.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            return -math.inf, gradient, hessian
        return value, gradient, hessian


def _add(
    gradient: Floats, hessian: Floats, x: Floats, z: Floats, first: Floats, second: Floats, scale: float
) -> None:
    """Adds what a function of z = (y - x b) / scale with these derivatives by z gives, by (b, log scale)."""
    row = np.column_stack((x / -scale, -z))
    gradient += row.T @ first
    hessian += (row * second[:, None]).T @ row
    mixed = x.T @ first / scale
    hessian[:-1, -1] += mixed
    hessian[-1, :-1] += mixed
    hessian[-1, -1] += first @ z


def _between(
    low: Floats, high: Floats
) -> tuple[Floats, tuple[Floats, Floats], tuple[Floats, Floats], Floats]:
    """Log of S(low) - S(high), S(z) = exp(-exp(z)), and its derivatives by the two standardised ends."""
    u, v = np.exp(low), np.exp(high)  # 0 where left-censored, infinite where right-censored
    open_end = np.isinf(v)
    gap = np.where(open_end, 1.0, v - u)
    value = -u + np.where(open_end, 0.0, np.log(-np.expm1(-gap)))
    share = np.where(open_end, 1.0, -np.expm1(-gap))
    by_low = -u / share
    by_high = np.where(open_end, 0.0, v / np.expm1(gap))
    mixed = np.where(open_end, 0.0, np.exp(-gap) / share**2)
    end = np.where(open_end, 0.0, v)
    second = (by_low - u**2 * mixed, by_high - end**2 * mixed)
    return value, (by_low, by_high), second, u * end * mixed
