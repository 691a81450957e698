"""Log partial likelihood of the Cox model, its gradient and its information, by Efron or Breslow.

The information is a sum over rows less a sum over death times: X' diag(r H) X, where r is a row's relative
hazard and H the cumulative hazard that it lives through, less the squares of the means of the risk sets. So
each step is one pass over the rows and one product of matrices. Where patterns of covariates are few, the
passes go over (death time, pattern) instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trialist.kernels.counts import Floats, Integers
from trialist.kernels.cox_rows import CoxRows
from trialist.kernels.tied_shares import MARGIN, reach

COMPILED_FROM = 100_000
FEW_ROWS = 4_000
GRID_CELLS = 4_000_000
FEW_SHARES = 20_000  # times patterns: up to here a column for each tied death takes less than sums over them
_LEAST = 1e-300  # of a hazard: what is less has no inverse
_DROWNED = 1e-6  # a difference of running sums so much smaller than they has lost six digits of sixteen


@dataclass(frozen=True, slots=True)
class Derivatives:
    """At one point; a log likelihood of minus infinity where they do not exist in floating point."""

    log_likelihood: float
    score: Floats
    information: Floats


Derive = Callable[[Floats], Derivatives]


def derivatives(rows: CoxRows) -> Derive:
    """The function that gives the derivatives at a vector of coefficients (of scaled covariates)."""
    if rows.ties in ("discrete", "marginal") and rows.deaths.max() > 1:
        from trialist.kernels.cox_exact import exact_derivatives

        return exact_derivatives(rows)
    if rows.patterns is not None and rows.time.size * rows.patterns.shape[0] <= GRID_CELLS:
        return Grid(rows).derivatives
    if rows.x.shape[0] >= COMPILED_FROM and rows.all_entry is None:
        try:
            from trialist.kernels.cox_compiled import compiled_derivatives
        except ImportError:
            pass
        else:
            return compiled_derivatives(rows)
    if rows.x.shape[0] <= FEW_ROWS:
        from trialist.kernels.cox_columns import Columns

        return Columns(rows).derivatives
    return lambda beta: row_derivatives(rows, beta)


class Grid:
    """Sums over (pattern, death time) of people at risk, those who outlive the time apart from those who die.

    A tied death at which the part `left` of the dying is still there has the hazard risk @ stay + left x
    (risk @ dying). All that is summed over the tied deaths of a time are five numbers, none of them negative.
    Where they are few, each has a column of its own as if it were a time.
    """

    def __init__(self, rows: CoxRows) -> None:
        if rows.pattern is None or rows.patterns is None:
            raise ValueError("a grid needs patterns")
        self.rows, self.x = rows, rows.patterns
        kinds, size = self.x.shape[0], rows.time.size
        weight, self.level = rows.weight, 0.0
        if rows.offset is not None:
            self.level = float(rows.offset.max())
            weight = weight * np.exp(rows.offset - self.level)
        self.stay = sums_by_kind(rows, weight, rows.pattern, kinds)
        self.tied = rows.tied
        if self.tied:
            cell = rows.pattern[rows.dying] * size + rows.dying_at
            self.dying = _summed(cell, weight[rows.dying], size * kinds).reshape(kinds, size)
            self.stay = np.maximum(self.stay - self.dying, 0.0)
            self.left = 1 - rows.share
            if rows.share.size * kinds <= FEW_SHARES:
                self.stay = self.stay[:, rows.share_at] + self.left * self.dying[:, rows.share_at]
                self.tied = False
        died = rows.weight[rows.dying]
        self.died = _summed(rows.pattern[rows.dying], died, kinds)
        self.fixed = 0.0
        if rows.offset is not None:
            self.fixed = float((died * (rows.offset[rows.dying] - self.level)).sum())

    def derivatives(self, beta: Floats) -> Derivatives:
        x = self.x
        eta = x @ beta
        shift = float(eta.max())
        risk = np.exp(eta - shift)
        hazard = risk @ self.stay
        if self.tied:
            at = self.rows.share_at
            hazard = hazard[at] + self.left * (risk @ self.dying)[at]
        if not hazard.min() > _LEAST:
            return nowhere(beta.size)
        expected, square = self._moments(hazard)
        expected = expected * risk
        spread = -square * np.outer(risk, risk)
        spread.flat[:: risk.size + 1] += expected
        logs = float((self.rows.share_weight * np.log(hazard)).sum())
        likelihood = float(self.died @ (eta - shift)) - logs + self.fixed
        return Derivatives(likelihood, x.T @ (self.died - expected), x.T @ spread @ x)

    def _moments(self, hazard: Floats) -> tuple[Floats, Floats]:
        """Sums over deaths of the people at risk by pattern, over the hazard; and of their products, over its
        square."""
        stay = self.stay
        once = self.rows.share_weight / hazard
        twice = once / hazard
        if not self.tied:
            return stay @ once, (stay * twice) @ stay.T
        at, left, size = self.rows.share_at, self.left, self.rows.time.size
        dying, mixed = self.dying, twice * left
        first = stay @ _summed(at, once, size) + dying @ _summed(at, once * left, size)
        both = (stay * _summed(at, mixed, size)) @ dying.T
        alone = (stay * _summed(at, twice, size)) @ stay.T
        return first, alone + both + both.T + (dying * _summed(at, mixed * left, size)) @ dying.T


def nowhere(count: int) -> Derivatives:
    return Derivatives(-np.inf, np.zeros(count), np.zeros((count, count)))


def sums_over_risk_sets(rows: CoxRows, amount: Floats) -> Floats:
    """Sums of `amount` over those at risk at each death time."""
    found, left, later = _from_the_end(rows, amount, np.zeros(1, dtype=np.int64), 1)
    if later is not None and (np.abs(found) < _DROWNED * np.abs(later)).any():
        return _stratum_by_stratum(left[0], rows.ends)
    return np.asarray(found[0])


def sums_by_kind(rows: CoxRows, amount: Floats, kind: Integers, kinds: int) -> Floats:
    """The same for the rows of each kind: shape (kinds, death times)."""
    return _from_the_end(rows, amount, kind, kinds)[0]


def _from_the_end(
    rows: CoxRows, amount: Floats, kind: Integers, kinds: int
) -> tuple[Floats, Floats, Floats | None]:
    """Sums over risk sets by kind, what leaves at each death time, and what of later strata was taken off."""
    size = rows.time.size
    place = kind * (size + 1)
    left = _summed(place + rows.last, amount, (size + 1) * kinds)
    if rows.all_entry is not None:
        left = left - _summed(place + rows.first, amount, (size + 1) * kinds)
    left = left.reshape(kinds, size + 1)
    running = np.zeros((kinds, size + 2))
    running[:, :-1] = np.cumsum(left[:, ::-1], axis=1)[:, ::-1]
    if rows.all_entry is not None or size == 0 or rows.ends[0] == size:
        return running[:, 1 : size + 1], left, None
    later = running[:, rows.ends + 1]
    return running[:, 1 : size + 1] - later, left, later


def _stratum_by_stratum(left: Floats, ends: Integers) -> Floats:
    """The sums over risk sets where those of a stratum are too small to be told beside those of others."""
    found, begin = np.empty(ends.size), 0
    for end in np.unique(ends).tolist():
        found[begin:end] = np.cumsum(left[begin + 1 : end + 1][::-1])[::-1]
        begin = end
    return found


def _lived(rows: CoxRows, total: Floats) -> Floats:
    """The cumulative hazard of each row from its entry, or the start of its stratum, to its end."""
    running = np.concatenate(([0.0], np.cumsum(total)))
    before = running[rows.first]
    found = np.asarray(running[rows.last] - before)
    some = rows.last > rows.first
    if rows.all_entry is None and (found[some] < _DROWNED * before[some]).any():
        begin = 0
        for end in np.unique(rows.ends).tolist():
            running[begin + 1 : end + 1] = np.cumsum(total[begin:end])
            begin = end
        found = np.where(some, running[rows.last], 0.0)
    return found


def _summed(cell: Integers, amount: Floats, size: int) -> Floats:
    return np.bincount(cell, weights=amount, minlength=size).astype(np.float64, copy=False)


def sums_over_deaths(rows: CoxRows, amount: Floats) -> Floats:
    """Sums of `amount` (one value per row) over those who die at each death time."""
    return _summed(rows.dying_at, amount[rows.dying], rows.time.size)


def relative_hazards(rows: CoxRows, beta: Floats) -> tuple[Floats, Floats, float]:
    """Log relative hazard of each row; weight times relative hazard over exp(level); the level."""
    eta = rows.x @ beta
    if rows.offset is not None:
        eta = eta + rows.offset
    level = float(eta.max()) if eta.size else 0.0
    return eta, rows.weight * np.exp(eta - level), level


def out_of_reach(rows: CoxRows, beta: Floats) -> bool:
    """Whether somewhere points stand for tied deaths that have too large a part in the hazard for them."""
    by = rows.x if rows.patterns is None else rows.patterns
    eta = by @ beta
    far = float(np.ptp(eta)) + (0.0 if rows.offset is None else float(np.ptp(rows.offset)))
    if far <= np.log(MARGIN):
        return False
    _, risk, _ = relative_hazards(rows, beta)
    points = np.bincount(rows.share_at, minlength=rows.time.size)
    short = points < rows.deaths
    part = sums_over_deaths(rows, risk)[short] / sums_over_risk_sets(rows, risk)[short]
    return bool((part > reach(points[short])).any())


@dataclass(frozen=True, slots=True)
class Hazards:
    """At one point: hazards are for a row of log relative hazard `level`.

    hazard     sum over the risk set less the share of those who die, one per entry of `share`
    step       of the cumulative hazard, one per entry of `share`
    lived      cumulative hazard that each row lives through, Efron's part for those who die
    """

    eta: Floats
    risk: Floats
    level: float
    hazard: Floats
    step: Floats
    lived: Floats


def hazards(rows: CoxRows, beta: Floats) -> Hazards | None:
    """None where they do not exist in floating point."""
    eta, risk, level = relative_hazards(rows, beta)
    hazard = sums_over_risk_sets(rows, risk)
    if rows.tied:
        hazard = hazard[rows.share_at] - rows.share * sums_over_deaths(rows, risk)[rows.share_at]
    if hazard.size == 0 or not hazard.min() > _LEAST or not np.isfinite(hazard).all():
        return None
    with np.errstate(over="ignore"):
        step = rows.share_weight / hazard
    if not np.isfinite(step).all():
        return None
    total = over_shares(rows, step)
    lived = _lived(rows, total)
    if rows.tied:
        lived[rows.dying] -= over_shares(rows, rows.share * step)[rows.dying_at]
    return Hazards(eta, risk, level, hazard, step, lived)


def over_shares(rows: CoxRows, amount: Floats) -> Floats:
    """Sums of one value per entry of `share` over the entries of each death time."""
    if not rows.tied:
        return amount
    return _summed(rows.share_at, amount, rows.time.size)


def row_derivatives(rows: CoxRows, beta: Floats) -> Derivatives:
    """One pass over rows, whatever their covariates."""
    at = hazards(rows, beta)
    if at is None:
        return nowhere(beta.size)
    died = np.zeros(rows.weight.size)
    died[rows.dying] = rows.weight[rows.dying]
    burden = at.risk * at.lived
    score = rows.x.T @ (died - burden)
    likelihood = float(died @ (at.eta - at.level) - rows.share_weight @ np.log(at.hazard))
    information = (rows.x * burden[:, None]).T @ rows.x
    mean = means(rows, at, rows.x)
    information -= (mean * rows.share_weight[:, None]).T @ mean
    if not (np.isfinite(likelihood) and np.isfinite(score).all() and np.isfinite(information).all()):
        return nowhere(beta.size)
    return Derivatives(likelihood, score, information)


def means(rows: CoxRows, at: Hazards, x: Floats) -> Floats:
    """Means of the columns of `x` (one row per row) over the risk sets, one row per entry of `share`."""
    found = np.empty((rows.share.size, x.shape[1]))
    for index, column in enumerate(x.T):
        amount = at.risk * column
        total = sums_over_risk_sets(rows, amount)
        if rows.tied:
            total = total[rows.share_at] - rows.share * sums_over_deaths(rows, amount)[rows.share_at]
        found[:, index] = total / at.hazard
    return found
