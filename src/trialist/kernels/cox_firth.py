"""Firth's penalty for the Cox model: half the log determinant of the information joins the log likelihood.

The estimate is finite where the plain one is not (monotone likelihood), and less biased elsewhere.
Source: Firth 1993, Biometrika 80:27; Heinze and Schemper 2001, Biometrics 57:114.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.counts import Floats
from trialist.kernels.cox_likelihood import Derivatives, Derive, hazards, means, nowhere
from trialist.kernels.cox_newton import Status, slack
from trialist.kernels.cox_rows import CoxRows

_STEPS, _PATIENT = 60, 20


def penalised(rows: CoxRows) -> Derive:
    """Penalised log likelihood and its gradient, with the information of the plain likelihood.

    Gradient of the penalty: half the sum over death times of the third central moments of the covariates in
    the risk sets, contracted with the inverse information. Efron's and Breslow's ties.
    """
    pairs = np.triu_indices(rows.covariates)
    died = np.zeros(rows.weight.size)
    died[rows.dying] = rows.weight[rows.dying]
    units = float(np.log(rows.scale).sum())  # of the determinant, in the covariates' own units
    columns = np.concatenate((rows.x, rows.x[:, pairs[0]] * rows.x[:, pairs[1]]), axis=1)

    def derive(beta: Floats) -> Derivatives:
        at = hazards(rows, beta)
        if at is None:
            return nowhere(beta.size)
        weight, count = rows.share_weight, beta.size
        found = means(rows, at, columns)
        mean, square = found[:, :count], np.empty((weight.size, count, count))
        square[:, pairs[0], pairs[1]] = square[:, pairs[1], pairs[0]] = found[:, count:]
        spread = square - mean[:, :, None] * mean[:, None, :]
        information = np.tensordot(weight, spread, axes=1)
        sign, determinant = np.linalg.slogdet(information)
        if not sign > 0:
            return nowhere(count)
        inverse = np.linalg.inv(information)
        length = np.einsum("ni,ij,nj->n", rows.x, inverse, rows.x)
        found = means(rows, at, np.concatenate((length[:, None], rows.x * length[:, None]), axis=1))
        turned = np.einsum("eij,ej->ei", spread, mean @ inverse)
        third = found[:, 1:] - mean * found[:, :1] - 2 * turned
        likelihood = float(died @ (at.eta - at.level) - weight @ np.log(at.hazard))
        score = rows.x.T @ (died - at.risk * at.lived) + 0.5 * weight @ third
        return Derivatives(likelihood + 0.5 * float(determinant) + units, score, information)

    return derive


def maximise_penalised(
    derive: Derive, begin: Floats, start: Derivatives, events: float, free: NDArray[np.bool_] | None = None
) -> tuple[Status, Floats, Derivatives, int]:
    """As `cox_newton.maximise`, for a penalised likelihood: its second derivative by central differences of
    the gradient, which moves the steps and not where they end."""
    del events
    beta, here = begin, start
    chosen = np.flatnonzero(np.ones(beta.size, dtype=bool) if free is None else free)
    for steps in range(1, _STEPS + 1):
        step = np.zeros(beta.size)
        if chosen.size:
            step[chosen] = np.linalg.solve(_curvature(derive, beta, here, chosen), here.score[chosen])
        limit = float(np.abs(step).max()) / 5
        if limit > 1:
            step = step / limit
        tried, halvings = derive(beta + step), 0
        while not tried.log_likelihood >= here.log_likelihood - slack(here.log_likelihood):
            step, halvings = step / 2, halvings + 1
            if halvings > 40:
                return "not_converged", beta, here, steps
            tried = derive(beta + step)
        beta, here = beta + step, tried
        if halvings == 0 and float(np.abs(step).max()) < 1e-7 * max(1.0, float(np.abs(beta).max())):
            return "ok", beta, here, steps
        if steps >= _PATIENT and abs(float(step @ here.score)) < slack(here.log_likelihood):
            return "ok", beta, here, steps  # flat to rounding: what is left to gain can't be seen
    return "not_converged", beta, here, _STEPS


def _curvature(derive: Derive, beta: Floats, here: Derivatives, chosen: NDArray[np.int64]) -> Floats:
    """Minus the second derivative in the chosen directions; the information where that does not bend down."""
    width = 1e-4
    plain = here.information[np.ix_(chosen, chosen)]
    found = np.empty((chosen.size, chosen.size))
    for row, index in enumerate(chosen):
        away = np.zeros(beta.size)
        away[index] = width
        found[row] = (derive(beta - away).score - derive(beta + away).score)[chosen] / (2 * width)
    found = (found + found.T) / 2
    if not np.isfinite(found).all() or np.linalg.eigvalsh(found)[0] <= 1e-8 * float(plain.diagonal().max()):
        return plain
    return found
