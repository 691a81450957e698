"""The derivatives of a Cox model of few rows that are hardly ever alike, all its covariates at once.

Rows are put in order once: those who leave last come first, so that a risk set is a run of rows, and its sum
a difference of two running sums. Where such a difference has lost its digits, the slower sums of
`cox_likelihood` take over.
"""

from __future__ import annotations

import math

import numpy as np

from trialist.kernels.counts import Floats, Integers
from trialist.kernels.cox_likelihood import Derivatives, nowhere, row_derivatives
from trialist.kernels.cox_rows import CoxRows

_LEAST = 1e-300  # of a hazard: what is less has no inverse
_DROWNED = 1e-6  # a difference of running sums so much smaller than they has lost six digits of sixteen


class Columns:
    """Arrays have a line per covariate and a column per row, or per entry of `share`.

    reach    how far the running sums reach for the risk set of each entry
    beyond   how far for those who are not in it: of later strata or, by `entering`, not yet there
    later    entries above 0: they lack a part of those who die at their time
    tied     who die at these times, in order of time; tied_at: at which of them; tied_from: where each begins
    """

    def __init__(self, rows: CoxRows) -> None:
        self.rows, size = rows, rows.time.size
        order = (-rows.last).argsort(kind="stable")
        self.x = np.ascontiguousarray(rows.x[order].T)
        self.weight, self.last, self.first = rows.weight[order], rows.last[order], rows.first[order]
        self.offset = None if rows.offset is None else rows.offset[order]
        leaving, self.entering = _at_least(rows.last, size), None
        beyond = leaving[rows.ends + 1]
        if rows.all_entry is not None:
            self.entering = (-self.first).argsort(kind="stable")
            beyond = _at_least(rows.first, size)[1:-1]
        self.reach, self.beyond = leaving[1:-1][rows.share_at], beyond[rows.share_at]
        place = np.empty(order.size, dtype=np.int64)
        place[order] = np.arange(order.size)
        who = rows.dying_at.argsort(kind="stable")
        self.dying = place[rows.dying[who]]
        died = self.weight[self.dying]
        self.died, self.died_x = died, self.x[:, self.dying] @ died
        self.later = rows.share.nonzero()[0]
        if self.later.size:
            self._tie(rows.dying_at[who], size)

    def _tie(self, dying_at: Integers, size: int) -> None:
        at = self.rows.share_at[self.later]
        held = np.zeros(size, dtype=np.int64)
        held[at] = 1
        mine, number = held[dying_at] > 0, held.cumsum() - 1
        self.tied, self.tied_at = self.dying[mine], number[dying_at[mine]]
        self.tied_from = self.tied_at.searchsorted(np.arange(int(number[-1]) + 1))
        self.part, self.part_of = self.rows.share[self.later], number[at]

    def derivatives(self, beta: Floats) -> Derivatives:
        rows, x = self.rows, self.x
        eta = beta @ x
        if self.offset is not None:
            eta = eta + self.offset
        eta = eta - eta.max()
        amount = np.empty((1 + beta.size, eta.size))
        risk = np.multiply(self.weight, np.exp(eta), out=amount[0])
        np.multiply(x, risk, out=amount[1:])
        total, others = self._over_risk_sets(amount)
        if (total[0] < _DROWNED * others).any():
            return row_derivatives(rows, beta)
        if self.later.size:
            dying = np.add.reduceat(amount.take(self.tied, axis=1), self.tied_from, axis=1)
            total[:, self.later] -= self.part * dying.take(self.part_of, axis=1)
        hazard = total[0]
        if not hazard.min() > _LEAST:
            return nowhere(beta.size)
        likelihood = float(self.died @ eta[self.dying] - rows.share_weight @ np.log(hazard))
        with np.errstate(over="ignore", invalid="ignore"):
            mean = total[1:] / hazard
            lived = self._lived(rows.share_weight / hazard)
            if lived is None:
                return row_derivatives(rows, beta)
            score = self.died_x - mean @ rows.share_weight
            information = (x * (risk * lived)) @ x.T - (mean * rows.share_weight) @ mean.T
        if not (math.isfinite(likelihood) and np.isfinite(information).all()):
            return nowhere(beta.size)
        return Derivatives(likelihood, score, information)

    def _over_risk_sets(self, amount: Floats) -> tuple[Floats, Floats]:
        """Sums over the risk sets, and of the first line the sums over those who are beyond them."""
        running = np.zeros((amount.shape[0], amount.shape[1] + 1))
        amount.cumsum(axis=1, out=running[:, 1:])
        total = running.take(self.reach, axis=1)
        if self.entering is not None:
            amount.take(self.entering, axis=1).cumsum(axis=1, out=running[:, 1:])
        others = running.take(self.beyond, axis=1)
        return total - others, others[0]

    def _lived(self, step: Floats) -> Floats | None:
        """The cumulative hazard that each row lives through; None where it has lost its digits."""
        rows = self.rows
        running = np.zeros(rows.time.size + 1)
        whole = np.bincount(rows.share_at, weights=step, minlength=rows.time.size) if rows.tied else step
        whole.cumsum(out=running[1:])
        before = running[self.first]
        lived: Floats = running[self.last] - before
        if (lived < _DROWNED * before)[self.last > self.first].any():
            return None
        if self.later.size:
            lived[self.tied] -= np.bincount(self.part_of, weights=self.part * step[self.later])[self.tied_at]
        return lived


def _at_least(value: Integers, size: int) -> Integers:
    """How many are at least 0, 1, ... and `size` + 1."""
    found: Integers = np.bincount(value, minlength=size + 2)[::-1].cumsum()[::-1]
    return found
