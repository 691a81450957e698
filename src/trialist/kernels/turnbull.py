"""The survival curve of interval-censored times: Turnbull's nonparametric maximum likelihood estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats, Integers

Status = Literal["ok", "no_subjects", "not_converged"]
_TOLERANCE = 1e-10
_ROUNDS = 500
_DENSE = 1500
"""Support points up to which Newton's equations are solved."""


@dataclass(frozen=True, slots=True)
class TurnbullFit:
    """Masses on innermost intervals: (left, right], or [left, right] where left is right (an exact time).

    left, right, mass   shape (m,), ascending; the last right may be infinite
    survival            after each interval; between intervals the curve is flat, inside them not determined
    gap                 Gentleman and Geyer's check: the largest directional derivative over n, less 1 (the
                        log likelihood is within n x gap of its maximum)
    rounds              iterations of all kinds
    """

    left: Floats
    right: Floats
    mass: Floats
    survival: Floats
    log_likelihood: float | None
    gap: float | None
    rounds: int
    n: float
    status: Status


@dataclass(frozen=True, slots=True)
class Between:
    """A value known up to a range. `value` takes each mass at the middle of its interval, as R does."""

    value: float | None
    low: float | None
    high: float | None


def turnbull(lower: ArrayLike, upper: ArrayLike, count: ArrayLike | None = None) -> TurnbullFit:
    """The estimate from times known to lie in (lower, upper], or exactly at lower where both are equal.

    Parameters
        lower, upper  one value per cell, 0 <= lower <= upper; lower 0: left-censored; upper infinite:
                      right-censored after lower
        count         subjects (or weights > 0) of each cell; 1 when left out
    The masses start by Turnbull's self-consistency (EM) with the iterative convex minorant between its steps,
    and are then solved for by Newton on the points that carry mass, until every derivative is within 1e-10
    of its Kuhn-Tucker condition. Source: Turnbull 1976, JRSS B 38:290; Gentleman and Geyer 1994, Biometrika
    81:618; Wellner and Zhan 1997, JASA 92:945; Groeneboom and Wellner 1992.
    """
    low, high = np.asarray(lower, dtype=float), np.asarray(upper, dtype=float)
    weight = np.ones(low.size) if count is None else np.asarray(count, dtype=float)
    low, high, weight = low[weight > 0], high[weight > 0], weight[weight > 0]
    if low.size == 0:
        empty = np.zeros(0)
        return TurnbullFit(empty, empty, empty, empty, None, None, 0, 0.0, "no_subjects")
    left, right, start, end = _innermost(low, high)
    size = left.size
    cell, which = np.unique(start * (size + 1) + end, return_inverse=True)
    start, end = cell // (size + 1), cell % (size + 1)
    weight = np.bincount(which, weight).astype(np.float64)
    problem = _Ranges(start, end, weight / weight.sum(), size)
    mass, rounds = _solved(problem)
    slope = problem.slope(mass)
    gap = float(slope.max() - 1)
    settled = gap <= 1e-8 and float(np.abs((slope - 1)[mass > 0]).max()) <= 1e-6
    likelihood = float(weight @ np.log(problem.covered(mass)))
    survival = np.maximum(1 - np.cumsum(mass), 0.0)
    survival[-1] = 0.0
    status: Status = "ok" if settled else "not_converged"
    return TurnbullFit(left, right, mass, survival, likelihood, gap, rounds, float(weight.sum()), status)


def interval_quantile(fit: TurnbullFit, p: float = 0.5) -> Between:
    """The time by which a share `p` has had the event: the interval in which the curve comes down to 1 - p.

    Where the curve is flat at exactly 1 - p the range reaches from there to the next interval with mass, and
    the value is the middle of the two jumps. An interval without an end has no value: not reached.
    """
    carrying = np.flatnonzero(fit.mass > 0)
    if carrying.size == 0:
        return Between(None, None, None)
    reached = np.cumsum(fit.mass[carrying])
    first = carrying[min(int(np.searchsorted(reached, p - 1e-9)), carrying.size - 1)]
    last = carrying[min(int(np.searchsorted(reached, p + 1e-9)), carrying.size - 1)]
    high = float(fit.right[last])
    low = float(fit.left[first])
    if not np.isfinite(high):
        return Between(None, low, None)
    jumps = (fit.left[[first, last]] + fit.right[[first, last]]) / 2
    return Between(float(jumps.mean()), low, high)


def interval_probability(fit: TurnbullFit, at: float) -> Between:
    """Survival at a time; low and high differ inside an interval with mass. None in the last, open, one."""
    if fit.mass.size == 0:
        return Between(None, None, None)
    t = at * (1 + 1e-12)
    exact = fit.left == fit.right
    low = 1 - float(fit.mass[(fit.left < at) | (exact & (fit.left <= t))].sum())
    high = 1 - float(fit.mass[fit.right <= t].sum())
    middle = 1 - float(fit.mass[(fit.left + fit.right) / 2 <= t].sum())
    low, high, middle = (min(max(each, 0.0), 1.0) for each in (low, high, middle))
    if not np.isfinite(fit.right[-1]) and fit.mass[-1] > 0 and at > fit.left[-1] * (1 + 1e-12):
        return Between(None, low, high)
    return Between(middle, low, high)


class _Ranges:
    """Cells that each cover the innermost intervals from `start` up to (not with) `end`; weights sum to 1."""

    def __init__(self, start: Integers, end: Integers, weight: Floats, size: int) -> None:
        self.start, self.end, self.weight, self.size = start, end, weight, size

    def covered(self, mass: Floats) -> Floats:
        """The probability of each cell."""
        total = np.append(0.0, np.cumsum(mass))
        return np.asarray(total[self.end] - total[self.start])

    def summed(self, amount: Floats) -> Floats:
        """For each interval, the sum of `amount` over the cells that cover it."""
        n = self.size + 1
        ends = np.bincount(self.start, amount, n) - np.bincount(self.end, amount, n)
        return np.asarray(np.cumsum(ends)[:-1])

    def slope(self, mass: Floats) -> Floats:
        """Derivative of the mean log likelihood by each mass: 1 at the maximum, at most 1 where it is 0."""
        return self.summed(self.weight / self.covered(mass))

    def value(self, mass: Floats) -> float:
        covered = self.covered(mass)
        if covered.min() <= 0:
            return -np.inf
        return float(self.weight @ np.log(covered))

    def of(self, support: Integers) -> _Ranges:
        """The same cells on the intervals of `support` alone."""
        start, end = np.searchsorted(support, self.start), np.searchsorted(support, self.end)
        return _Ranges(start, end, self.weight, support.size)

    def curvature(self, mass: Floats) -> Floats:
        """Minus the second derivatives, shape (size, size)."""
        n = self.size
        square = self.weight / self.covered(mass) ** 2
        corner = np.bincount(self.start * (n + 1) + self.end, square, (n + 1) ** 2).reshape(n + 1, n + 1)
        filled = np.cumsum(np.cumsum(corner, axis=0)[:, ::-1], axis=1)[:, ::-1][:-1, 1:]
        upper = np.triu(filled)
        return np.asarray(upper + np.triu(filled, 1).T)


def _innermost(low: Floats, high: Floats) -> tuple[Floats, Floats, Integers, Integers]:
    """Ends of the innermost intervals, and the first and one past the last that each cell covers.

    A left end directly followed by a right end. At one time: exact left ends, right ends, open left ends.
    """
    exact = low == high
    value = np.concatenate((low, high))
    kind = np.concatenate((np.where(exact, 0, 2), np.ones(low.size, dtype=np.int64)))
    points, place = np.unique(np.column_stack((value, kind)), axis=0, return_inverse=True)
    place = place.ravel()
    opens = points[:, 1] != 1
    first = np.flatnonzero(opens[:-1] & ~opens[1:])
    start = np.searchsorted(first, place[: low.size])
    end = np.searchsorted(first + 1, place[low.size :], side="right")
    return points[first, 0], points[first + 1, 0], start.astype(np.int64), end.astype(np.int64)


def _solved(problem: _Ranges) -> tuple[Floats, int]:
    """Masses at the maximum, and the rounds it took."""
    mass = np.full(problem.size, 1 / problem.size)
    for rounds in range(1, _ROUNDS + 1):
        mass = mass * problem.slope(mass)
        mass = _convex_minorant(problem, mass / mass.sum())
        slope = problem.slope(mass)
        off = max(float(slope.max() - 1), float(np.abs((slope - 1)[mass > 1e-12]).max()))
        if off <= _TOLERANCE:
            return mass, rounds
        if (off < 1e-2 or rounds % 25 == 0) and np.count_nonzero(mass) <= _DENSE:
            found, more = _newton(problem, mass)
            if found is not None:
                return found, rounds + more
    return mass, _ROUNDS


def _convex_minorant(problem: _Ranges, mass: Floats) -> Floats:
    """One step of the iterative convex minorant algorithm, halved until the likelihood rises."""
    if problem.size == 1:
        return mass
    from scipy.optimize import isotonic_regression

    covered = problem.covered(mass)
    n = problem.size + 1
    first, second = problem.weight / covered, problem.weight / covered**2
    rise = (np.bincount(problem.end, first, n) - np.bincount(problem.start, first, n))[1:-1]
    bend = (np.bincount(problem.end, second, n) + np.bincount(problem.start, second, n))[1:-1]
    total = np.cumsum(mass)[:-1]
    wanted = isotonic_regression(total + rise / bend, weights=bend).x
    target = np.diff(np.concatenate(([0.0], np.clip(wanted, 0.0, 1.0), [1.0])))
    now, share = problem.value(mass), 1.0
    for _ in range(30):
        moved = mass + share * (target - mass)
        if problem.value(moved) > now:
            return np.asarray(np.maximum(moved, 0.0))
        share /= 2
    return mass


def _newton(problem: _Ranges, mass: Floats) -> tuple[Floats | None, int]:
    """Newton on the masses that are not 0, points leaving at 0 and entering where the slope is above 1.

    None where it does not settle: the caller goes on by its slower steps.
    """
    support = np.flatnonzero(mass > 1e-9)
    current = mass[support] / mass[support].sum()
    for rounds in range(1, 101):
        inner = problem.of(support)
        if inner.covered(current).min() <= 0:
            return None, rounds
        slope = inner.slope(current)
        if np.abs(slope - 1).max() <= _TOLERANCE / 10:
            whole = np.zeros(problem.size)
            whole[support] = current
            outside = problem.slope(whole) - 1
            if outside.max() <= _TOLERANCE:
                return whole, rounds
            if support.size >= _DENSE:
                return None, rounds
            enter = int(np.argmax(outside))
            place = int(np.searchsorted(support, enter))
            support, current = np.insert(support, place, enter), np.insert(current, place, 0.0)
            inner = problem.of(support)
            slope = inner.slope(current)
        step = _newton_step(inner, current, slope)
        falling = step < 0
        limit = np.min(current[falling] / -step[falling], initial=1.0)
        share = min(1.0, float(limit))
        now = inner.value(current)
        while share > 1e-10 and inner.value(current + share * step) < now - 1e-15:
            share /= 2
        current = current + share * step
        kept = current > 1e-13
        support, current = support[kept], current[kept] / current[kept].sum()
    return None, 100


def _newton_step(inner: _Ranges, mass: Floats, slope: Floats) -> Floats:
    """The step of the quadratic model with masses summing to 1; the shortest where several are best."""
    n = mass.size
    system = np.ones((n + 1, n + 1))
    system[:n, :n] = inner.curvature(mass)
    system[n, n] = 0.0
    try:
        found = np.linalg.solve(system, np.append(slope, 0.0))
    except np.linalg.LinAlgError:
        found = np.linalg.lstsq(system, np.append(slope, 0.0), rcond=None)[0]
    return np.asarray(found[:n])
