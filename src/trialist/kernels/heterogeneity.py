"""Variance between studies (tau2): seven estimators and the interval by inverting Q.

Effects y (k,) with known variances v (k,), and the columns x (k, p) of a linear model of their means; a
single column of ones is a plain meta-analysis. Weights are 1 / (v + tau2).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.crossing import crossing
from trialist.kernels.linear import orthogonal

Floats = NDArray[np.float64]
Tau2 = Literal[
    "dersimonian_laird", "paule_mandel", "reml", "ml", "hedges", "sidik_jonkman", "empirical_bayes"
]
_GRID = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Heterogeneity:
    """How much effects differ beyond chance: what every pooled effect and regression says of it.

    tau2       variance between studies with its error and interval (empty: effects are closer than chance
               makes them, printed as 0 to 0)
    q, q_df    residual heterogeneity with weights 1 / v
    i2, h2     share (percent) of the variance that is between studies, and variance over that within; their
               intervals follow from that of tau2
    typical    variance within studies
    """

    tau2: float | None = None
    tau2_std_err: float | None = None
    tau2_low: float | None = None
    tau2_high: float | None = None
    tau2_empty: bool = False
    q: float | None = None
    q_df: int | None = None
    q_p_value: float | None = None
    i2: float | None = None
    h2: float | None = None
    typical: float | None = None

    @property
    def i2_low(self) -> float | None:
        return self._share(self.tau2_low)

    @property
    def i2_high(self) -> float | None:
        return self._share(self.tau2_high)

    @property
    def h2_low(self) -> float | None:
        return self._over(self.tau2_low)

    @property
    def h2_high(self) -> float | None:
        return self._over(self.tau2_high)

    def _share(self, tau2: float | None) -> float | None:
        return None if tau2 is None or self.typical is None else 100 * tau2 / (self.typical + tau2)

    def _over(self, tau2: float | None) -> float | None:
        return None if tau2 is None or self.typical is None else tau2 / self.typical + 1


@dataclass(frozen=True, slots=True)
class Weighted:
    """Weighted least squares: coefficients, (X'WX)^-1, leverages, residuals y - Xb, and sum of w r^2."""

    weight: Floats
    coefficient: Floats
    unscaled: Floats
    basis: Floats
    residual: Floats
    q: float

    @property
    def leverage(self) -> Floats:
        return np.asarray(np.einsum("ij,ij->i", self.basis, self.basis))

    def free(self) -> tuple[Floats, Floats]:
        """(k,) one less each leverage, and the rows (fewer than 2 p, k) of the hat matrix of the leverages
        above 1/2, without their diagonal.

        Of those, 1 - h is what the others have, sum of h_ij^2 over h: the difference itself would be lost
        where one effect outweighs all others.
        """
        leverage = self.leverage
        heavy = np.flatnonzero(leverage > 0.5)
        rows = self.basis[heavy] @ self.basis.T
        rows[np.arange(heavy.size), heavy] = 0.0
        left = 1 - leverage
        left[heavy] = np.einsum("ij,ij->i", rows, rows) / leverage[heavy]
        return np.asarray(left), np.asarray(rows)

    @property
    def trace(self) -> float:
        """tr P, P = W - W X (X'WX)^-1 X'W."""
        return float(self.weight @ self.free()[0])

    def trace_of_product(self, first: Floats, second: Floats) -> float:
        """tr(P A P B) for diagonal A, B: `first` is w a, `second` is w b."""
        left, rows = self.free()
        heavy = self.leverage > 0.5
        light, own = ~heavy, left**2 * first * second
        some = self.basis[light]
        one, two = (some.T @ (part[light, None] * some) for part in (first, second))
        both = (first * second)[light]
        rest = float(both.sum() - 2 * (both @ self.leverage[light]) + np.sum(one * two))
        square, to_light = rows**2, rows[:, light] ** 2
        across = first[heavy] @ square @ second + first[light] @ to_light.T @ second[heavy]
        return rest + float(own[heavy].sum()) + float(across)


@dataclass(frozen=True, slots=True)
class Between:
    """tau2 with its standard error (None where v can't tell it)."""

    tau2: float
    std_err: float | None


def independent(x: Floats) -> bool:
    """Whether the columns of a model can be told apart."""
    return orthogonal(x) is not None


def weighted(y: Floats, x: Floats, weight: Floats) -> Weighted:
    """Least squares with weights; the columns of x are independent."""
    root = np.sqrt(weight)[:, None] * x
    norm = np.sqrt(np.einsum("ij,ij->j", root, root))
    basis, upper = np.linalg.qr(root / norm)
    back = np.linalg.inv(upper) / norm[:, None]
    coefficient = back @ (basis.T @ (np.sqrt(weight) * y))
    residual = y - x @ coefficient
    return Weighted(weight, coefficient, back @ back.T, basis, residual, float(weight @ residual**2))


def between(y: Floats, v: Floats, x: Floats, kind: Tau2) -> Between:
    """tau2 of more effects than columns, all variances above 0; an estimate below 0 is 0.

    dersimonian_laird   the first moment of Q. DerSimonian and Laird 1986, Control Clin Trials 7:177
    hedges              the first moment of the unweighted sum of squares. Hedges and Olkin 1985, ch 9
    sidik_jonkman       one step from the raw variance. Sidik and Jonkman 2005, J R Stat Soc C 54:367
    paule_mandel        Q at its degrees of freedom. Paule and Mandel 1982, J Res Natl Bur Stand 87:377
    empirical_bayes     the same number by another route. Morris 1983, JASA 78:47
    ml, reml            the largest (restricted) likelihood: every local maximum is compared, 0 among them
    The errors are those of Viechtbauer, López-López, Sánchez-Meca and Marín-Martínez 2015, Psychol Methods
    20:360, as in R's metafor.
    """
    k, p = x.shape
    df = k - p
    if kind == "hedges":
        flat = weighted(y, x, np.ones(k))
        mean = float(v @ (1 - flat.leverage))
        tau2 = max(0.0, (flat.q - mean) / df)
        square = 2 * flat.trace_of_product(v, v) + 4 * tau2 * mean + 2 * tau2**2 * df
        return Between(tau2, _root(square, 1 / df))
    if kind == "dersimonian_laird":
        fit = weighted(y, x, 1 / v)
        tau2 = max(0.0, (fit.q - df) / fit.trace)
        square = 2 * df + 4 * tau2 * fit.trace + 2 * tau2**2 * fit.trace_of_product(fit.weight, fit.weight)
        return Between(tau2, _root(square, 1 / fit.trace))
    if kind == "sidik_jonkman":
        start = float(np.var(y))
        if start <= 0:
            return Between(0.0, None)
        fit = weighted(y, x, 1 / (v + start))
        tau2 = start * fit.q / df
        own, w = fit.weight * v, fit.weight
        square = 2 * fit.trace_of_product(own, own) + 4 * tau2 * fit.trace_of_product(own, w)
        square += 2 * tau2**2 * fit.trace_of_product(w, w)
        return Between(tau2, _root(square, start / df))
    if kind in ("paule_mandel", "empirical_bayes"):
        tau2 = at_q(y, v, x, float(df))
        return Between(tau2, math.sqrt(2 * k**2 / df) / float((1 / (v + tau2)).sum()))
    tau2 = _most_likely(y, v, x, restricted=kind == "reml")
    fit = weighted(y, x, 1 / (v + tau2))
    square = (
        fit.trace_of_product(fit.weight, fit.weight) if kind == "reml" else float(fit.weight @ fit.weight)
    )
    return Between(tau2, _root(2 / square, 1.0) if square > 0 else None)


def _root(square: float, factor: float) -> float | None:
    """A standard error; None where rounding left nothing of its square."""
    return factor * math.sqrt(square) if square > 0 else None


def interval(y: Floats, v: Floats, x: Floats, level: float) -> tuple[float, float, bool]:
    """(low, high, empty) of tau2: the values at which Q is no surprise.

    Empty: the effects are closer than chance allows even without any variance between them; both ends are 0.
    Source: Viechtbauer 2007, Stat Med 26:37 (Q-profile)
    """
    from scipy.special import chdtri

    df = y.size - x.shape[1]
    many, few = float(chdtri(df, (1 - level) / 2)), float(chdtri(df, (1 + level) / 2))
    low, high = at_q(y, v, x, many), at_q(y, v, x, few)
    return low, high, weighted(y, x, 1 / v).q < few


def at_q(y: Floats, v: Floats, x: Floats, target: float) -> float:
    """The tau2 at which Q, which falls with it, is `target`; 0 where it is below that at once."""

    at = _residuals(y, v, x)

    def above(tau2: float) -> float:
        weight, _, _, residual = at(tau2)
        return float(weight @ residual**2) - target

    if above(0.0) <= 0:
        return 0.0
    most = weighted(y, x, np.ones(y.size)).q / target  # Q(tau2) is below the raw sum of squares / tau2
    return crossing(above, 0.0, most)


def log_likelihood(y: Floats, v: Floats, x: Floats, tau2: float, *, restricted: bool) -> float:
    """Of normal effects with variances v + tau2, as R's metafor writes it."""
    fit = weighted(y, x, 1 / (v + tau2))
    n = y.size - (x.shape[1] if restricted else 0)
    value = -0.5 * (n * math.log(2 * math.pi) - float(np.log(fit.weight).sum()) + fit.q)
    if restricted:
        value += 0.5 * float(np.linalg.slogdet(fit.unscaled)[1])
        value += 0.5 * float(np.linalg.slogdet(x.T @ x)[1])
    return value


def _most_likely(y: Floats, v: Floats, x: Floats, *, restricted: bool) -> float:
    """The largest of the maxima: where the slope of the likelihood falls through 0, and 0 itself."""
    slope = _slope(y, v, x, restricted)
    raw = weighted(y, x, np.ones(y.size)).q
    most = 1.01 * max(float(v.max()), 2 * raw / (y.size - x.shape[1]))  # beyond it the slope is below 0
    grid = [0.0, *np.geomspace(most * 1e-7, most, _GRID).tolist()]
    slopes = [slope(tau2) for tau2 in grid]
    found = [
        crossing(slope, grid[i], grid[i + 1]) for i in range(_GRID) if slopes[i] > 0 and slopes[i + 1] <= 0
    ]
    if slopes[0] <= 0:
        found = [0.0, *found]
    if len(found) == 1:
        return found[0]
    return max(found, key=lambda tau2: log_likelihood(y, v, x, tau2, restricted=restricted))


def _slope(y: Floats, v: Floats, x: Floats, restricted: bool) -> Callable[[float], float]:
    at = _residuals(y, v, x)

    def slope(tau2: float) -> float:
        weight, below, across, residual = at(tau2)
        given = float(np.sum((weight * residual) ** 2))
        trace = float(weight.sum())
        if restricted:
            trace -= float(np.trace(np.linalg.solve(across, below.T @ below)))
        return given - trace

    return slope


def _residuals(y: Floats, v: Floats, x: Floats) -> Callable[[float], tuple[Floats, Floats, Floats, Floats]]:
    """For searches: tau2 -> (w, W B, B'WB, residuals) with an orthonormal basis B of the columns."""
    found = orthogonal(x)
    assert found is not None, "the columns of a model are checked before it is fitted"
    basis = found[0]

    def at(tau2: float) -> tuple[Floats, Floats, Floats, Floats]:
        weight = 1 / (v + tau2)
        below = weight[:, None] * basis
        across = basis.T @ below
        return weight, below, across, y - basis @ np.linalg.solve(across, below.T @ y)

    return at
