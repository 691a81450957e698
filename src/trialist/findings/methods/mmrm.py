"""Adjusted means by arm and visit and their differences from a mixed model for repeated measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trialist.findings import not_estimable, value_problems
from trialist.findings.arm_values import unit_of
from trialist.findings.context import Context
from trialist.findings.linear_rows import LinearRows, linear_rows, told_of_rows, unknown_terms
from trialist.findings.methods.ancova import columns, compared
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.one_sided import null_of, p_value_of
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.linear import Combination
    from trialist.kernels.repeated_measures import RepeatedFit
    from trialist.protocol import value_analyses


@entry(
    "mmrm",
    needs="Repeated",
    gives=("mean_difference", "adjusted_mean"),
    source="Jennrich and Schluchter 1986, Biometrics 42:805; Kenward and Roger 1997, Biometrics 53:983; "
    "Mallinckrodt and others 2008, Drug Information Journal 42:303",
)
def run(table: Table, analysis: value_analyses.Mmrm, context: Context) -> tuple[Finding, ...]:
    """At every visit one adjusted mean per arm, and the differences: those of `compare`, else each arm less
    the last.

    The model has a mean for every arm and visit, the baseline, covariates and factors; the covariance of a
    subject's visits is estimated by REML from every value that there is (missing at random). `n` are the
    values at that visit. Covariates are taken at their mean over all values used.
    Problems  E413 fewer than two arms, E414 unknown factor, E437 unknown covariate, N401 an arm with nobody,
              N409 no variation, N412 values without a covariate, N430 dependent terms, N431 too few values,
              N432 covariance not estimable, E433 not converged, N434 nobody of an arm at a visit
    """
    visits = visits_of(table)
    unknown = unknown_terms(table, analysis.covariates, analysis.strata, context)
    if len(context.arms) < 2:
        unknown = (not_estimable.not_two_arms(context, "mmrm", len(context.arms)),)
    elif not visits:
        unknown = (not_estimable.no_subjects(context, context.arms),)
    if unknown:
        return _without(visits, analysis, context, unknown)
    rows = linear_rows(
        table,
        context.arms,
        analysis.of,
        numbers=analysis.covariates,
        factors=analysis.strata,
        visits=visits,
        with_baseline=analysis.baseline != "none",
    )
    problems = told_of_rows(rows, context)
    sizes = np.bincount(rows.arm, minlength=len(context.arms))
    absent = [arm for arm, size in zip(context.arms, sizes, strict=True) if size == 0]
    if absent:
        problems = (not_estimable.no_subjects(context, absent), *problems)
        return _without(visits, analysis, context, problems, rows)
    fit, place = fitted(rows, len(context.arms), len(visits), analysis)
    if fit.status != "ok":
        return _without(visits, analysis, context, (_reason(fit, analysis, context), *problems), rows)
    arms = len(context.arms)
    seen = np.bincount(rows.visit * arms + rows.arm, minlength=arms * len(visits))
    made = []
    for number, visit in enumerate(visits):
        cells = range(number * arms, (number + 1) * arms)
        at = {arm: _Cell(int(place[c]), int(seen[c])) for arm, c in zip(context.arms, cells, strict=True)}
        for groups in _groups(context):
            made.append(_finding(fit, at, visit, groups, rows, analysis, context, problems))
    return tuple(made)


def visits_of(table: Table) -> tuple[str, ...]:
    """The visits of the rows, in planned order."""
    found = table.select("visit", "visit_number").distinct().to_pyarrow().to_pylist()
    ordered = sorted((row["visit_number"], row["visit"]) for row in found if row["visit"] is not None)
    return tuple(visit for _, visit in ordered)


def fitted(
    rows: LinearRows, arms: int, visits: int, analysis: value_analyses.Mmrm
) -> tuple[RepeatedFit, np.ndarray]:
    """The fit, and for every visit and arm (visit x arms + arm) the place of its mean; -1 where nobody has a
    value.

    Visits at which nobody has a value are not in the model.
    """
    from trialist.kernels.repeated_measures import repeated_measures

    cell = rows.visit * arms + rows.arm
    shown = np.bincount(cell, minlength=arms * visits) > 0
    place = np.where(shown, np.cumsum(shown) - 1, -1)
    present, visit = np.unique(rows.visit, return_inverse=True)
    fit = repeated_measures(
        rows.value,
        columns(rows, place[cell], int(shown.sum()), analysis),
        rows.subject,
        visit,
        int(present.size),
        analysis.covariance,
    )
    return fit, place


@dataclass(frozen=True, slots=True)
class _Cell:
    """Of an arm at a visit: the place of its coefficient (-1: none) and the number of values."""

    place: int
    n: int


def _groups(context: Context) -> tuple[tuple[str, ...], ...]:
    """What is reported at a visit: the arms, then the pairs compared."""
    return (*((arm,) for arm in context.arms), *compared(context))


def _finding(
    fit: RepeatedFit,
    at: dict[str, _Cell],
    visit: str,
    groups: tuple[str, ...],
    rows: LinearRows,
    analysis: value_analyses.Mmrm,
    context: Context,
    problems: tuple[Problem, ...],
) -> Finding:
    """A mean, or a difference of two, at a visit."""
    from trialist.kernels.repeated_contrasts import contrast

    cells = [at[arm] for arm in groups]
    absent = [arm for arm in groups if at[arm].place < 0]
    why = tuple(value_problems.no_value_at(context, arm, visit) for arm in absent)
    test: Combination | None = None
    if not absent:
        assert fit.coefficient is not None
        weights = np.zeros(fit.coefficient.size)
        weights[cells[0].place] = 1
        if len(cells) == 2:
            weights[cells[1].place] = -1
        null = null_of(analysis.margin) if len(cells) == 2 else 0.0
        test = contrast(fit, weights, analysis.degrees_of_freedom, level=analysis.level, null=null)
        if test is None:
            why = (value_problems.covariance_at_the_edge(context, analysis.covariance),)
    compares = len(groups) == 2
    return context.finding(
        "mean_difference" if compares else "adjusted_mean",
        None if test is None else test.estimate,
        _method(analysis, context, test, compares=compares),
        groups,
        unit=unit_of(analysis.of, context),
        timepoint=visit,
        interval=None if test is None else Interval(test.low, test.high, analysis.level),
        p_value=p_value_of(test, analysis.alternative) if compares and test is not None else None,
        n=sum(cell.n for cell in cells),
        note=_note(rows),
        problems=(*why, *problems),
    )


def _method(
    analysis: value_analyses.Mmrm, context: Context, test: Combination | None, *, compares: bool
) -> Method:
    null = ("null", analysis.margin if analysis.margin is not None else 0.0)
    tested = (("alternative", analysis.alternative), null) if compares else ()
    return Method(
        "mmrm",
        (
            ("of", analysis.of),
            ("baseline", analysis.baseline),
            ("covariates", tuple(analysis.covariates)),
            ("strata", tuple(analysis.strata)),
            ("margins", analysis.margins),
            ("covariance", analysis.covariance),
            ("estimation", "reml"),
            ("degrees_of_freedom", analysis.degrees_of_freedom),
            ("df", None if test is None else round(test.df, 4)),
            *tested,
            ("interval", "t"),
            ("level", analysis.level),
        ),
    )


def _without(
    visits: tuple[str, ...],
    analysis: value_analyses.Mmrm,
    context: Context,
    problems: tuple[Problem, ...],
    rows: LinearRows | None = None,
) -> tuple[Finding, ...]:
    """A finding without an estimate for everything that would have been reported."""
    return tuple(
        context.finding(
            "mean_difference" if len(groups) == 2 else "adjusted_mean",
            None,
            _method(analysis, context, None, compares=len(groups) == 2),
            groups,
            timepoint=visit,
            n=None if rows is None else rows.n,
            note=None if rows is None else _note(rows),
            problems=problems,
        )
        for visit in visits or (None,)
        for groups in _groups(context)
    )


def _note(rows: LinearRows) -> str | None:
    return f"{rows.not_evaluable} values not evaluable, left out" if rows.not_evaluable else None


def _reason(fit: RepeatedFit, analysis: value_analyses.Mmrm, context: Context) -> Problem:
    if fit.status == "dependent":
        return value_problems.dependent(context)
    if fit.status == "too_few":
        return value_problems.too_small(context, fit.rows)
    if fit.status == "singular":
        return value_problems.covariance_at_the_edge(context, analysis.covariance)
    if fit.status == "not_converged":
        return value_problems.not_converged(context, fit.steps)
    return not_estimable.no_variation(context, " and ".join(context.arms), "the values beyond the model")
