"""Logistic regression from counts: Newton steps to the last digit, Firth's penalty, profile intervals,
separation.

A row is a covariate pattern: its values, the subjects who have it and those of them who responded. With
continuous covariates every subject is a pattern. `weight` of 0 leaves a pattern out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trialist.kernels.cox import ChiSquare
from trialist.kernels.crossing import crossing

Floats = NDArray[np.float64]
Status = Literal["ok", "no_responses", "singular", "separated", "not_converged"]
MAX_STEPS = 100
_OF_INFORMATION = 8  # steps that Firth's fit takes by the information alone
_FAR = 12.0  # of a linear predictor: then it is asked whether the data are separated


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """Coefficients are log odds ratios per unit; empty unless `status` is ok.

    status   ok; no_responses: everybody responded or nobody; singular: a covariate does not vary or follows
             from others; separated: a combination of covariates tells responders from others, so that the
             likelihood rises for ever (not with Firth's penalty); not_converged
    p_value  of each coefficient, Wald, two-sided
    log_likelihood   without the binomial coefficients; with Firth's penalty the penalised one
    """

    status: Status
    coefficient: Floats
    std_err: Floats
    covariance: Floats
    p_value: Floats
    log_likelihood: float | None
    steps: int
    n: float
    responders: float
    penalised: bool = False


def logistic(
    covariates: ArrayLike,
    responders: ArrayLike,
    n: ArrayLike,
    *,
    offset: ArrayLike | None = None,
    firth: bool = False,
) -> LogisticFit:
    """Maximum likelihood, or Firth's penalised likelihood; put a column of ones for the intercept.

    covariates   shape (patterns, columns); `responders`, `n`, `offset` one value per pattern
    Source: McCullagh and Nelder 1989, chapter 4 (R glm); Firth 1993, Biometrika 80:27, and Heinze and
    Schemper 2002, Stat Med 21:2409 (R logistf); separation: Albert and Anderson 1984, Biometrika 71:1
    """
    rows = _rows(covariates, responders, n, offset)
    whole, yes = float(rows.n.sum()), float(rows.yes.sum())
    if not firth and not 0 < yes < whole:
        return _without("no_responses", whole, yes)
    if rows.n.size == 0 or _singular(rows.x.T @ (rows.x * rows.n[:, None])):
        return _without("singular", whole, yes)
    free = np.ones(rows.x.shape[1], dtype=bool)
    status, beta, here, steps = _maximise(rows, np.zeros(free.size), free, firth)
    if status != "ok":
        return _without(status, whole, yes, steps)
    covariance: Floats = np.asarray(np.linalg.inv(here.information) / np.outer(rows.scale, rows.scale))
    beta = beta / rows.scale
    std_err: Floats = np.asarray(np.sqrt(np.diag(covariance)))
    from scipy.special import ndtr

    p_value = np.asarray(2 * ndtr(-np.abs(beta / std_err)))
    likelihood = here.log_likelihood + (float(np.sum(np.log(rows.scale))) if firth else 0.0)
    fitted = (beta, std_err, covariance, p_value, likelihood)
    return LogisticFit("ok", *fitted, steps, whole, yes, firth)


def likelihood_ratio(
    covariates: ArrayLike,
    responders: ArrayLike,
    n: ArrayLike,
    columns: list[int],
    *,
    offset: ArrayLike | None = None,
    firth: bool = False,
) -> ChiSquare | None:
    """Twice the log likelihood lost when these columns' coefficients are 0 (R anova(test = "LRT")).

    With Firth's penalty they are held at 0 in the whole model, as logistf does. None where a fit does not
    exist.
    """
    rows = _rows(covariates, responders, n, offset)
    free = np.ones(rows.x.shape[1], dtype=bool)
    whole = _maximise(rows, np.zeros(free.size), free, firth)
    free[columns] = False
    less = _maximise(rows, np.zeros(free.size), free, firth)
    if whole[0] != "ok" or less[0] != "ok":
        return None
    return _chi_square(2 * (whole[2].log_likelihood - less[2].log_likelihood), len(columns))


def score_test(
    covariates: ArrayLike,
    responders: ArrayLike,
    n: ArrayLike,
    columns: list[int],
    offset: ArrayLike | None = None,
) -> ChiSquare | None:
    """Rao's test of these columns' coefficients being 0 (R anova(test = "Rao")), in separated data too."""
    rows = _rows(covariates, responders, n, offset)
    free = np.ones(rows.x.shape[1], dtype=bool)
    free[columns] = False
    status, _, there, _ = _maximise(rows, np.zeros(free.size), free, False)
    if status != "ok" or _singular(there.information):
        return None
    return _chi_square(float(there.score @ np.linalg.solve(there.information, there.score)), len(columns))


def profile_interval(
    covariates: ArrayLike,
    responders: ArrayLike,
    n: ArrayLike,
    column: int,
    level: float = 0.95,
    *,
    offset: ArrayLike | None = None,
    firth: bool = False,
) -> tuple[float | None, float | None] | None:
    """Where the (penalised) profile likelihood has fallen by half the chi-square quantile; None without a
    fit.

    An end of None is infinite. Source: Venzon and Moolgavkar 1988, Appl Stat 37:87 (R confint of a glm)
    """
    from scipy.special import chdtri

    rows = _rows(covariates, responders, n, offset)
    free = np.ones(rows.x.shape[1], dtype=bool)
    status, beta, here, _ = _maximise(rows, np.zeros(free.size), free, firth)
    if status != "ok":
        return None
    limit = float(chdtri(1, 1 - level))
    free[column] = False
    error = float(np.sqrt(np.linalg.inv(here.information)[column, column]))
    middle = float(beta[column])
    failed = False

    def fallen(value: float) -> float:
        nonlocal failed
        start = beta.copy()
        start[column] = value
        told, _, there, _ = _maximise(rows, start, free, firth)
        failed = failed or told != "ok"
        return 2 * (here.log_likelihood - there.log_likelihood) - limit

    ends: list[float | None] = []
    for way in (-1.0, 1.0):
        step = 2 * error
        while fallen(middle + way * step) <= 0 and step < 1e3 * error:
            step *= 1.5
        outside = middle + way * step
        end = crossing(fallen, middle, outside) if fallen(outside) > 0 else None
        ends.append(None if end is None else end / float(rows.scale[column]))
    return None if failed else (ends[0], ends[1])


@dataclass(frozen=True, slots=True)
class _Rows:
    """Patterns with somebody in them; the columns of `x` are divided by `scale`, their largest size."""

    x: Floats
    scale: Floats
    yes: Floats
    n: Floats
    offset: Floats


@dataclass(frozen=True, slots=True)
class _Derivatives:
    log_likelihood: float
    score: Floats
    information: Floats
    farthest: float


def _rows(covariates: ArrayLike, responders: ArrayLike, n: ArrayLike, offset: ArrayLike | None) -> _Rows:
    yes, size = np.asarray(responders, dtype=float), np.asarray(n, dtype=float)
    x = np.asarray(covariates, dtype=float)
    x = x.reshape(size.size, x.shape[-1] if x.ndim > 1 else 1)
    shift = np.zeros(size.size) if offset is None else np.asarray(offset, dtype=float)
    used = size > 0
    scale = np.max(np.abs(x[used]), axis=0, initial=0.0)
    scale = np.where(scale > 0, scale, 1.0)
    return _Rows(x[used] / scale, scale, yes[used], size[used], shift[used])


def _derivatives(rows: _Rows, beta: Floats, firth: bool) -> _Derivatives:
    from scipy.special import expit

    eta = rows.x @ beta + rows.offset
    chance = expit(eta)
    spread = rows.n * chance * (1 - chance)
    information = rows.x.T @ (rows.x * spread[:, None])
    likelihood = float(rows.yes @ eta - rows.n @ np.logaddexp(0.0, eta))
    gap = rows.yes - rows.n * chance
    if firth:
        sign, log_size = np.linalg.slogdet(information)
        if sign <= 0 or not np.isfinite(log_size):
            return _Derivatives(-np.inf, np.zeros(beta.size), information, np.inf)
        likelihood += float(log_size) / 2
        leverage = spread * np.einsum("ij,jk,ik->i", rows.x, np.linalg.inv(information), rows.x)
        gap = gap + leverage * (0.5 - chance)
    return _Derivatives(likelihood, rows.x.T @ gap, information, float(np.max(np.abs(eta))))


def _maximise(
    rows: _Rows, start: Floats, free: NDArray[np.bool_], firth: bool
) -> tuple[Status, Floats, _Derivatives, int]:
    """Newton's method over the free coefficients, a step halved while it loses likelihood.

    Converged when a whole step no longer moves them (1e-10 of their size). Of the penalised likelihood the
    information is not the curvature; where its first steps do not end, the curvature is differenced.
    """
    beta, here = start.copy(), _derivatives(rows, start, firth)
    if not free.any():
        return "ok", beta, here, 0
    inner = np.ix_(free, free)
    asked = False
    for steps in range(1, MAX_STEPS + 1):
        if _singular(here.information[inner]):
            apart = not firth and _separated(rows, free)
            return ("separated" if apart else "singular"), beta, here, steps
        step = np.zeros(beta.size)
        bend = here.information[inner]
        if firth and steps > _OF_INFORMATION:
            bend = _curvature(rows, beta, free, bend)
        step[free] = np.linalg.solve(bend, here.score[free])
        if firth:
            step *= min(1.0, 5 / max(float(np.max(np.abs(step))), 1e-300))
        tried, halvings = _derivatives(rows, beta + step, firth), 0
        while not tried.log_likelihood >= here.log_likelihood - 1e-12 * (1 + abs(here.log_likelihood)):
            step, halvings = step / 2, halvings + 1
            if halvings > 40:
                return "not_converged", beta, here, steps
            tried = _derivatives(rows, beta + step, firth)
        beta, here = beta + step, tried
        if halvings == 0 and float(np.max(np.abs(step))) < 1e-10 * max(1.0, float(np.max(np.abs(beta)))):
            return "ok", beta, here, steps
        if here.farthest > _FAR and not (firth or asked):
            asked = True
            if _separated(rows, free):
                return "separated", beta, here, steps
    return "not_converged", beta, here, MAX_STEPS


def _curvature(rows: _Rows, beta: Floats, free: NDArray[np.bool_], information: Floats) -> Floats:
    """Minus the derivative of the penalised score, by differences; the information where it is no bowl."""
    columns = []
    for place in np.flatnonzero(free):
        step = np.zeros(beta.size)
        step[place] = 1e-5 * max(1.0, abs(float(beta[place])))
        up, down = (_derivatives(rows, beta + way * step, True) for way in (1, -1))
        columns.append((down.score - up.score)[free] / (2 * step[place]))
    found = np.column_stack(columns)
    found = (found + found.T) / 2
    if not np.isfinite(found).all() or np.linalg.eigvalsh(found)[0] <= 1e-8 * np.max(np.diag(information)):
        return information
    return np.asarray(found)


def _separated(rows: _Rows, free: NDArray[np.bool_]) -> bool:
    """Whether some direction never lowers the likelihood: a linear programme (Konis 2007, thesis, Oxford)."""
    from scipy.optimize import linprog

    x = rows.x[:, free]
    all_yes, all_no = rows.yes >= rows.n, rows.yes <= 0
    mixed = x[~(all_yes | all_no)]
    signed = np.vstack((x[all_yes], -x[all_no]))
    if signed.size == 0:
        return False
    found = linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(signed.shape[0]),
        A_eq=mixed if mixed.size else None,
        b_eq=np.zeros(mixed.shape[0]) if mixed.size else None,
        bounds=(-1, 1),
        method="highs",
    )
    return bool(found.status == 0 and -found.fun > 1e-7)


def _singular(information: Floats) -> bool:
    diagonal = np.diag(information)
    if not (np.isfinite(information).all() and np.all(diagonal > 1e-300)):
        return True
    root = np.sqrt(diagonal)
    return bool(np.linalg.eigvalsh(information / np.outer(root, root))[0] < 1e-11)


def _chi_square(statistic: float, df: int) -> ChiSquare:
    from scipy.special import chdtrc

    statistic = max(0.0, statistic)
    return ChiSquare(statistic, df, float(chdtrc(df, statistic)))


def _without(status: Status, n: float, responders: float, steps: int = 0) -> LogisticFit:
    none = np.empty(0)
    return LogisticFit(status, none, none, np.empty((0, 0)), none, None, steps, n, responders)
