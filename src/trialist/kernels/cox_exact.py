"""Tied deaths of the Cox model without an approximation: as discrete times, and as times not told apart.

Discrete: those who died are one of the subsets of their size that could have; the sum over subsets is an
elementary symmetric function, built up person by person (never by listing subsets). Marginal: the tied
deaths came in some order that is not known; the sum over orders is an integral over one variable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from trialist.kernels.counts import Floats, Integers
from trialist.kernels.cox_likelihood import Derivatives, Derive, nowhere, relative_hazards, row_derivatives
from trialist.kernels.cox_rows import CoxRows


def exact_derivatives(rows: CoxRows) -> Derive:
    """Derivatives for `ties` discrete or marginal: single deaths as ever, tied ones by their own rule."""
    single = rows.deaths == 1
    marginal = rows.ties == "marginal"
    kept = single[rows.dying_at] if marginal else np.ones(rows.dying.size, dtype=bool)
    singly = replace(
        rows,
        share_weight=np.where(single, rows.share_weight, 0.0),
        dying=rows.dying[kept],
        dying_at=rows.dying_at[kept],
    )
    many = np.flatnonzero(~single)
    tied = _Marginal(rows, many) if marginal else _Discrete(rows, many)

    def derive(beta: Floats) -> Derivatives:
        alone = row_derivatives(singly, beta)
        if not np.isfinite(alone.log_likelihood):
            return alone
        likelihood, score, information = tied.terms(beta)
        if not (np.isfinite(likelihood) and np.isfinite(score).all() and np.isfinite(information).all()):
            return nowhere(beta.size)
        return Derivatives(
            alone.log_likelihood + likelihood, alone.score + score, alone.information + information
        )

    return derive


Terms = tuple[float, Floats, Floats]


class _Discrete:
    """Source: Gail, Lubin and Rubinstein 1981, Biometrika 68:703: E(d, n) = E(d, n-1) + r E(d-1, n-1)."""

    def __init__(self, rows: CoxRows, many: Integers) -> None:
        self.rows = rows
        self.many = many
        self.people = np.rint(rows.count).astype(np.int64)

    def _sets(self) -> Iterator[tuple[Integers, int]]:
        """Those at risk at each tied time, and how many die."""
        for at in self.many:
            members = np.flatnonzero((self.rows.first <= at) & (self.rows.last > at))
            yield np.repeat(members, self.people[members]), round(float(self.rows.deaths[at]))

    def terms(self, beta: Floats) -> Terms:
        eta = relative_hazards(self.rows, beta)[0]
        level = float(eta.max())
        total, score = 0.0, np.zeros(beta.size)
        information = np.zeros((beta.size, beta.size))
        for members, deaths in self._sets():
            log, mean, spread = subsets(eta[members] - level, self.rows.x[members], deaths)
            total, score, information = total - log, score - mean, information + spread
        return total, score, information


def subsets(eta: Floats, x: Floats, size: int) -> tuple[float, Floats, Floats]:
    """Log of the sum of exp(sum of eta) over subsets of a size; mean and variance of their sums of x.

    eta of each person, x a row per person; all members: the one subset.
    """
    n, count = x.shape
    if size >= n:
        return float(eta.sum()), x.sum(axis=0), np.zeros((count, count))
    centre = x.mean(axis=0)
    x = x - centre
    level = float(eta.mean())
    risk = np.exp(eta - level)
    pairs = np.triu_indices(count)
    squares = x[:, pairs[0]] * x[:, pairs[1]]
    # columns: the sum, its first and its second derivatives, over the first i people (i = 0 ... n)
    past = np.zeros((n + 1, 1 + count + squares.shape[1]))
    past[:, 0] = 1.0
    log = 0.0
    for _ in range(size):
        before = past[:-1]
        first, slope = before[:, :1], before[:, 1 : 1 + count]
        crossed = x[:, pairs[0]] * slope[:, pairs[1]] + x[:, pairs[1]] * slope[:, pairs[0]]
        grown = np.concatenate(
            (first, x * first + slope, squares * first + crossed + before[:, 1 + count :]), axis=1
        )
        past[0] = 0.0
        np.cumsum(risk[:, None] * grown, axis=0, out=past[1:])
        top = float(past[-1, 0])
        past /= top
        log += float(np.log(top))
    mean, second = past[-1, 1 : 1 + count], np.zeros((count, count))
    second[pairs] = past[-1, 1 + count :]
    second = second + np.triu(second, 1).T
    return log + size * level, mean + size * centre, second - np.outer(mean, mean)


class _Marginal:
    """Source: DeLong, Guirguis and So 1994, Biometrika 81:607: the chance that all who die do so before any
    of the others is the integral of exp(-t) times the product of 1 - exp(-t r / R), R of those who stay."""

    def __init__(self, rows: CoxRows, many: Integers) -> None:
        self.rows, self.many = rows, many
        place = np.full(rows.time.size, -1, dtype=np.int64)
        place[many] = np.arange(many.size)
        chosen = place[rows.dying_at] >= 0
        order = np.argsort(place[rows.dying_at[chosen]], kind="stable")
        self.members = rows.dying[chosen][order]
        self.at = place[rows.dying_at[chosen]][order]
        self.left = self._staying(np.where(rows.weight > 0, rows.count, 0.0))  # people: exact

    def terms(self, beta: Floats) -> Terms:
        rows, count = self.rows, beta.size
        eta, risk, level = relative_hazards(rows, beta)
        stay = self._staying(risk)
        mean = np.stack([self._staying(risk * column) for column in rows.x.T], axis=1)
        total, score, information = 0.0, np.zeros(count), np.zeros((count, count))
        used = np.flatnonzero(self.left > 0.5)  # when all die, every order is as good: a factor of 1
        if used.size == 0:
            return total, score, information
        safe = np.where(self.left > 0.5, stay, 1.0)
        mean /= safe[:, None]
        spread = np.zeros((self.many.size, count, count))
        for i in range(count):
            for j in range(i, count):
                product = self._staying(risk * rows.x[:, i] * rows.x[:, j]) / safe - mean[:, i] * mean[:, j]
                spread[:, i, j] = spread[:, j, i] = product
        for part in self._parts(used):
            inside = np.isin(self.at, part)
            at = np.searchsorted(part, self.at[inside])
            members = self.members[inside]
            ratio = np.exp(eta[members] - level) / stay[part][at]
            away = rows.x[members] - mean[part][at]
            log, slope, bend = orders(ratio, rows.count[members], at, away, spread[part])
            total, score, information = total + log, score + slope, information - bend
        return total, score, information

    def _staying(self, amount: Floats) -> Floats:
        """Sums over those at risk at the tied times who do not die there."""
        rows, size = self.rows, self.rows.time.size
        leaving = np.bincount(rows.last, weights=amount, minlength=size + 1)
        alive = np.bincount(rows.last, weights=np.where(rows.event, 0.0, amount), minlength=size + 1)
        running = np.zeros(size + 3)
        running[: size + 1] = np.cumsum(leaving[::-1])[::-1]
        found = running[2 : size + 2] + alive[1:]
        if rows.all_entry is None:
            found = found - running[rows.ends + 1]
        else:
            entering = np.bincount(rows.first, weights=amount, minlength=size + 1)
            found = found - np.cumsum(entering[::-1])[::-1][1:]
        return np.asarray(found[self.many])

    def _parts(self, used: Integers, room: int = 20_000) -> Iterator[Integers]:
        """Tied times in runs of not too many deaths together."""
        sizes = np.bincount(self.at, minlength=self.many.size)[used]
        run = (np.cumsum(sizes) - 1) // room
        for number in range(int(run[-1]) + 1):
            if (part := used[run == number]).size:
                yield part


def orders(ratio: Floats, people: Floats, at: Integers, away: Floats, spread: Floats) -> Terms:
    """Log of the integrals of some tied times, summed, with gradient and second derivative.

    ratio   relative hazard of each who dies over the sum of those who stay at the same time
    people  how many die with that ratio; at: the tied time of each, ascending from 0 without gaps
    away    covariates less their mean over those who stay; spread: their variance there, one per tied time
    The integral over log t is that of a smooth peak which falls off faster than any exponential on the right
    and like exp((d + 1) y) on the left: the trapezoidal rule is exact to rounding.
    """
    starts = np.flatnonzero(np.concatenate(([True], np.diff(at) > 0)))
    d = np.add.reduceat(people, starts)

    def over(values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, starts, axis=0))

    t = 1 + d / 2
    for _ in range(100):  # the peak: 1 - t + sum of g = 0, between 1 and 1 + d
        v = np.minimum(ratio * t[at], 700.0)
        g = v / np.expm1(v)
        fall = over(people * g * (1 - v - g)) / t - 1
        moved = np.clip(t - (1 - t + over(people * g)) / fall, 1.0, 1 + d)
        done = np.max(np.abs(moved - t) / t) < 1e-6
        t = moved
        if done:
            break
    v = np.minimum(ratio * t[at], 700.0)
    g = v / np.expm1(v)
    width = 1 / np.sqrt(t - over(people * g * (1 - v - g)))
    step = np.minimum(width / 3, 0.2)
    left, right = 9 * width + 1 + 40 / (d + 1), 9 * width + 0.5
    nodes = int(np.ceil(np.max((left + right) / step))) + 1
    y = (np.log(t) - left)[:, None] + step[:, None] * np.arange(nodes)
    t_node = np.exp(np.minimum(y, 6.5))
    v = np.minimum(ratio[:, None] * t_node[at], 700.0)
    g = v / np.expm1(np.maximum(v, 1e-300))
    log = y - np.exp(np.minimum(y, 6.5)) + over(people[:, None] * np.log(-np.expm1(-np.maximum(v, 1e-300))))
    top = log.max(axis=1)
    density = np.exp(log - top[:, None])
    mass = density.sum(axis=1)
    density /= mass[:, None]
    total = float(np.sum(top + np.log(mass) + np.log(step)))
    weighted = people[:, None] * g
    mean_g = np.sum(density[at] * weighted, axis=1)
    mean_bend = np.sum(density[at] * weighted * (1 - v - g), axis=1)
    slope = over(mean_g[:, None] * away)
    bend = (away * mean_bend[:, None]).T @ away - np.tensordot(over(mean_g), spread, axes=1)
    pull = np.stack([over(weighted * column[:, None]) for column in away.T], axis=2)
    bend = bend + np.einsum("tn,tni,tnj->ij", density, pull, pull) - slope.T @ slope
    return total, slope.sum(axis=0), bend
