"""The Cox model: maximum partial likelihood of rows or of counts of alike rows, with every rule for ties.

Rows are cells: a time with its deaths and censorings, in one stratum and of one covariate pattern. A
categorical model has few patterns and so few cells; with continuous covariates every patient is a
pattern, and the same sums run over patients. No loop goes over rows. What follows from a fit stands in
modules of its own: `cox_profile` (intervals, tests of terms), `cox_residuals` (with the robust variance),
`cox_proportional` (is the ratio constant), `cox_survival` (curves), `concordance`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats
from trialist.kernels.cox_likelihood import derivatives, out_of_reach
from trialist.kernels.cox_newton import Status, maximise, singular
from trialist.kernels.cox_rows import CoxRows, Ties, cox_rows, with_every_share
from trialist.kernels.normal import above_chi_square

Variance = Literal["model", "robust"]
_LEAST = 1e-100  # ranges of covariates whose squares have no place in floating point


@dataclass(frozen=True, slots=True)
class ChiSquare:
    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True)
class CoxFit:
    """Coefficients are log hazard ratios per unit of covariate; empty unless `status` is ok.

    status   ok; no_events; singular: the covariates do not vary, or one follows from others, where deaths
             occur; infinite: the likelihood rises for ever (monotone); not_converged
    covariance  inverse information, or the robust one where it was asked for; `model_covariance` the former
    p_value  of each coefficient, Wald, two-sided
    score    chi-square at coefficients of 0: with one binary covariate and no ties the log-rank statistic
    penalised   whether Firth's penalty was added to the log likelihood
    rows     what was fitted, for residuals and the rest; None without events
    """

    status: Status
    coefficient: Floats
    std_err: Floats
    covariance: Floats
    p_value: Floats
    wald: ChiSquare | None
    score: ChiSquare | None
    likelihood_ratio: ChiSquare | None
    log_likelihood: tuple[float, float] | None
    steps: int
    n: int
    events: int
    model_covariance: Floats = field(default_factory=lambda: np.empty((0, 0)), repr=False)
    variance: Variance = "model"
    penalised: bool = False
    rows: CoxRows | None = field(default=None, repr=False, compare=False)

    @property
    def scaled(self) -> Floats:
        """Coefficients of the scaled covariates of `rows`."""
        if self.rows is None:
            raise ValueError("a fit without rows has no coefficients")
        return self.coefficient * self.rows.scale


def cox(
    time: ArrayLike,
    deaths: ArrayLike,
    censored: ArrayLike,
    pattern: ArrayLike,
    covariates: ArrayLike,
    *,
    stratum: ArrayLike | None = None,
    ties: Ties = "efron",
    entry: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    offset: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    person: ArrayLike | None = None,
    variance: Variance = "model",
    firth: bool = False,
) -> CoxFit:
    """Maximum partial likelihood; a status instead of an error where there is no estimate.

    time, deaths, censored, pattern   one value per cell; deaths and censored are numbers of people
    covariates   a row per pattern, a column per covariate
    stratum      code of each cell from 0 on; entry: time after which the cell is at risk (left truncation,
                 time-varying covariates); weight: case weight of each person; offset: added to the log hazard
    ties         efron, breslow, discrete (R's "exact", SAS's DISCRETE), marginal (SAS's EXACT); the last two
                 take no case weights (they are read as 1)
    cluster      code of each cell; the robust variance sums over clusters instead of people
    person       code of each cell, where the follow-up of people is cut: which cells are theirs
    variance     robust: Lin and Wei's; firth: penalised by half the log determinant of the information
                 (efron and breslow)
    Source: Cox 1972, JRSS B 34:187; Efron 1977, JASA 72:557; Breslow 1974, Biometrics 30:89; Gail, Lubin and
    Rubinstein 1981, Biometrika 68:703 (discrete); DeLong, Guirguis and So 1994, Biometrika 81:607 (marginal);
    monotone likelihood: Bryson and Johnson 1981, Technometrics 23:381; Lin and Wei 1989, JASA 84:1074;
    Heinze and Schemper 2001, Biometrics 57:114.
    """
    if ties in ("discrete", "marginal"):
        weight = None
    rows = cox_rows(
        time, deaths, censored, pattern, covariates,
        stratum=stratum, ties=ties, entry=entry, weight=weight, offset=offset,
    )  # fmt: skip
    return fit_rows(rows, cluster=cluster, person=person, variance=variance, firth=firth)


def fit_rows(
    rows: CoxRows,
    *,
    cluster: ArrayLike | None = None,
    person: ArrayLike | None = None,
    variance: Variance = "model",
    firth: bool = False,
) -> CoxFit:
    """The fit of rows made ready; `cluster` and `person` have one value per cell that the rows came from."""
    n, events = round(float(rows.count.sum())), round(float(rows.deaths.sum()))
    if events == 0:
        return _without_estimate("no_events", n, events)
    if rows.covariates == 0 or not (rows.scale.min() > _LEAST and rows.scale.max() < 1 / _LEAST):
        return _without_estimate("singular", n, events)
    derive = derivatives(rows)
    start = derive(np.zeros(rows.covariates))
    weighed = float(rows.weight[rows.dying].sum())
    if not np.isfinite(start.log_likelihood):
        return _without_estimate("not_converged", n, events)
    if singular(start.information, weighed):
        return _without_estimate("singular", n, events)
    if firth:
        from trialist.kernels.cox_firth import maximise_penalised, penalised

        rows = with_every_share(rows) if rows.shortened else rows
        derive = penalised(rows)
        start = derive(np.zeros(rows.covariates))
        status, beta, here, steps = maximise_penalised(derive, np.zeros(rows.covariates), start, weighed)
    else:
        status, beta, here, steps = maximise(derive, np.zeros(rows.covariates), start, weighed)
        if rows.shortened and (status != "ok" or out_of_reach(rows, beta) or out_of_reach(rows, 0 * beta)):
            whole = with_every_share(rows)
            return fit_rows(whole, cluster=cluster, person=person, variance=variance)
    if status != "ok":
        return _without_estimate(status, n, events, steps)
    count = rows.covariates
    inverse = _inverse(here.information)
    first = float(start.score @ _inverse(start.information) @ start.score)
    wald = float(beta @ here.information @ beta)
    scales = rows.scale[:, None] * rows.scale
    model = inverse / scales
    covariance = model
    if variance == "robust":
        from trialist.kernels.cox_residuals import robust_covariance

        robust = robust_covariance(rows, beta, inverse, cluster, person)
        if singular(robust, float(inverse.diagonal().max())):
            return _without_estimate("singular", n, events, steps)
        wald = float(beta @ np.linalg.solve(robust, beta))
        covariance = robust / scales
    from scipy.special import ndtr

    coefficient, std_err = beta / rows.scale, np.sqrt(covariance.diagonal())
    return CoxFit(
        "ok",
        coefficient,
        std_err,
        covariance,
        np.asarray(2 * ndtr(-np.abs(coefficient / std_err))),
        chi_square(wald, count),
        chi_square(first, count),
        chi_square(2 * (here.log_likelihood - start.log_likelihood), count),
        (start.log_likelihood, here.log_likelihood),
        steps,
        n,
        events,
        model,
        variance,
        firth,
        rows,
    )


def _inverse(matrix: Floats) -> Floats:
    return np.asarray(1 / matrix if matrix.size == 1 else np.linalg.inv(matrix))


def chi_square(statistic: float, df: int) -> ChiSquare:
    """A statistic that rounding took below 0 is 0."""
    statistic = max(statistic, 0.0)
    return ChiSquare(statistic, df, above_chi_square(statistic, df))


def _without_estimate(status: Status, n: int, events: int, steps: int = 0) -> CoxFit:
    none = np.empty(0)
    return CoxFit(status, none, none, np.empty((0, 0)), none, None, None, None, None, steps, n, events)
