"""Is the hazard ratio constant? The score test that a coefficient changes with a function of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from trialist.kernels.counts import Floats
from trialist.kernels.cox import ChiSquare, CoxFit, chi_square
from trialist.kernels.cox_likelihood import Hazards, hazards, means, over_shares
from trialist.kernels.cox_rows import CoxRows

Transform = Literal["km", "rank", "identity", "log"]


@dataclass(frozen=True, slots=True)
class ProportionalHazards:
    """A chi-square per term and one for all; None where a test does not exist (one time of death only)."""

    terms: tuple[ChiSquare | None, ...]
    whole: ChiSquare | None


def proportional_hazards(
    fit: CoxFit, transform: Transform = "km", terms: Sequence[Sequence[int]] | None = None
) -> ProportionalHazards:
    """Score tests of theta = 0 in beta + theta g(t), per term and for all coefficients together.

    transform  g: km is 1 - the Kaplan-Meier estimate of all just before t, rank the mean rank of t among all
               times, identity t, log its logarithm; g is centred at its mean over the deaths
    terms      coefficients that belong together; each for itself when omitted
    As cox.zph of R's survival 3.0 and later (the score test, not the approximation by scaled residuals).
    Source: Grambsch and Therneau 1994, Biometrika 81:515.
    """
    groups = [[i] for i in range(fit.coefficient.size)] if terms is None else [list(t) for t in terms]
    nothing = ProportionalHazards(tuple(None for _ in groups), None)
    at = None if fit.rows is None else hazards(fit.rows, fit.scaled)
    if fit.rows is None or at is None:
        return nothing
    rows = fit.rows
    g = _of_time(rows, transform)
    if not np.isfinite(g).all() or np.ptp(g) == 0:
        return nothing
    g = (g - float(rows.deaths @ g) / float(rows.deaths.sum())) / float(np.ptp(g))
    mean = means(rows, at, rows.x)
    plain, once, twice = (_information(rows, at, mean, g[rows.share_at] ** k) for k in range(3))
    weight = rows.weight[rows.dying] * g[rows.dying_at]
    score = rows.x[rows.dying].T @ weight - mean.T @ (rows.share_weight * g[rows.share_at])

    def tested(chosen: list[int]) -> ChiSquare | None:
        inner = twice[np.ix_(chosen, chosen)] - once[chosen] @ np.linalg.solve(plain, once[chosen].T)
        root = np.sqrt(np.maximum(twice.diagonal()[chosen], 1e-300))
        if np.linalg.eigvalsh(inner / np.outer(root, root))[0] < 1e-10:
            return None
        part = score[chosen]
        return chi_square(float(part @ np.linalg.solve(inner, part)), len(chosen))

    return ProportionalHazards(tuple(tested(group) for group in groups), tested(list(range(score.size))))


def _information(rows: CoxRows, at: Hazards, mean: Floats, factor: Floats) -> Floats:
    """The information with a factor at each entry of `share`."""
    step = at.step * factor
    running = np.concatenate(([0.0], np.cumsum(over_shares(rows, step))))
    lived = running[rows.last] - running[rows.first]
    if rows.tied:
        lived[rows.dying] -= over_shares(rows, rows.share * step)[rows.dying_at]
    information = (rows.x * (at.risk * lived)[:, None]).T @ rows.x
    return np.asarray(information - (mean * (rows.share_weight * factor)[:, None]).T @ mean)


def _of_time(rows: CoxRows, transform: Transform) -> Floats:
    """g at each death time, not yet centred."""
    if transform == "identity":
        return rows.time
    if transform == "log":
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(rows.time))
    slack = 1e-9 * float(np.abs(rows.all_time).mean())  # the same time in two strata may differ by rounding
    order = np.argsort(rows.all_time)
    sorted_times = rows.all_time[order]
    before = np.searchsorted(sorted_times, rows.time - slack, side="left")
    people = np.concatenate(([0.0], np.cumsum(rows.count[order])))
    if transform == "rank":
        after = np.searchsorted(sorted_times, rows.time + slack, side="right")
        return np.asarray((people[before] + people[after] + 1) / 2)
    distinct, first = np.unique(before, return_index=True)
    number = np.searchsorted(distinct, before)
    died = np.bincount(number, weights=rows.deaths, minlength=distinct.size)
    at_risk = people[-1] - people[distinct]
    if rows.all_entry is not None:
        entry_order = np.argsort(rows.all_entry)
        waiting = np.concatenate(([0.0], np.cumsum(rows.count[entry_order])))
        entered = np.searchsorted(rows.all_entry[entry_order], rows.time[first] - slack, side="left")
        at_risk = at_risk - (waiting[-1] - waiting[entered])
    survival = np.concatenate(([1.0], np.cumprod(1 - died / at_risk)))[:-1]
    return np.asarray(1 - survival[number])
