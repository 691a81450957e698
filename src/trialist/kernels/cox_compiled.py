"""The pass over the rows of a large Cox model as machine code: risk sets built up from the last time down."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.compiled import compiled
from trialist.kernels.counts import Floats
from trialist.kernels.cox_likelihood import Derivatives, Derive, nowhere
from trialist.kernels.cox_rows import CoxRows


def compiled_derivatives(rows: CoxRows) -> Derive:
    """As `row_derivatives` for rows without entry times; the rows are put in order once."""
    size = rows.time.size
    order, starts = _by_last(rows.last, size)
    weight, event = rows.weight[order], rows.event[order]
    x = np.ascontiguousarray(rows.x[order])
    offset = None if rows.offset is None else rows.offset[order]
    share, factor = rows.share, rows.share_weight
    entries = np.searchsorted(rows.share_at, np.arange(size + 1))
    ends = rows.ends
    died = rows.weight[rows.dying] @ rows.x[rows.dying]
    push = 0.0 if rows.offset is None else float(rows.weight[rows.dying] @ rows.offset[rows.dying])
    deaths = float(rows.weight[rows.dying].sum())

    def derive(beta: Floats) -> Derivatives:
        eta = x @ beta
        if offset is not None:
            eta += offset
        level = float(eta.max())
        count = beta.size
        log, score, information = _pass(
            x, eta, level, weight, event, starts, entries, ends, share, factor, count
        )
        if not (np.isfinite(log) and np.isfinite(score).all() and np.isfinite(information).all()):
            return nowhere(count)
        information = information + np.tril(information, -1).T
        likelihood = float(died @ beta) + push - deaths * level - log
        return Derivatives(likelihood, died - score, information)

    return derive


@compiled
def _by_last(last: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows in the order of `last`, by counting; where each value starts."""
    starts = np.zeros(size + 2, np.int64)
    for row in range(last.size):
        starts[last[row] + 1] += 1
    for value in range(size + 1):
        starts[value + 1] += starts[value]
    place = starts.copy()
    order = np.empty(last.size, np.int64)
    for row in range(last.size):
        order[place[last[row]]] = row
        place[last[row]] += 1
    return order, starts


@compiled
def _pass(
    x: Floats,
    eta: Floats,
    level: float,
    weight: Floats,
    event: NDArray[np.bool_],
    starts: NDArray[np.int64],
    entries: NDArray[np.int64],
    ends: NDArray[np.int64],
    share: Floats,
    factor: Floats,
    count: int,
) -> tuple[float, Any, Any]:
    """Sum of the logs of the hazards, of the means of the risk sets, and of their variances (lower half)."""
    log = 0.0
    score, information = np.zeros(count), np.zeros((count, count))
    sum_0, sum_1, sum_2 = 0.0, np.zeros(count), np.zeros((count, count))
    dead_0, dead_1, dead_2 = 0.0, np.zeros(count), np.zeros((count, count))
    mean = np.zeros(count)
    for at in range(ends.size - 1, -1, -1):
        if ends[at] == at + 1:
            sum_0 = 0.0
            sum_1[:] = 0.0
            sum_2[:] = 0.0
        dead_0 = 0.0
        dead_1[:] = 0.0
        dead_2[:] = 0.0
        single = entries[at + 1] - entries[at] == 1
        for row in range(starts[at + 1], starts[at + 2]):
            if weight[row] == 0.0:
                continue
            risk = weight[row] * np.exp(eta[row] - level)
            sum_0 += risk
            for i in range(count):
                part = risk * x[row, i]
                sum_1[i] += part
                for j in range(i + 1):
                    sum_2[i, j] += part * x[row, j]
            if event[row] and not single:
                dead_0 += risk
                for i in range(count):
                    part = risk * x[row, i]
                    dead_1[i] += part
                    for j in range(i + 1):
                        dead_2[i, j] += part * x[row, j]
        if not sum_0 > 0.0:
            return np.inf, score, information
        for entry in range(entries[at], entries[at + 1]):
            hazard = sum_0 - share[entry] * dead_0
            if not hazard > 0.0:
                return np.inf, score, information
            log += factor[entry] * np.log(hazard)
            for i in range(count):
                mean[i] = (sum_1[i] - share[entry] * dead_1[i]) / hazard
                score[i] += factor[entry] * mean[i]
                for j in range(i + 1):
                    square = (sum_2[i, j] - share[entry] * dead_2[i, j]) / hazard
                    information[i, j] += factor[entry] * (square - mean[i] * mean[j])
    return log, score, information
