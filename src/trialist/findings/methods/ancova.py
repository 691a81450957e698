"""Adjusted means by arm and their differences from a linear model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trialist.findings import not_estimable, value_problems
from trialist.findings.arm_values import options_of, unit_of
from trialist.findings.context import Context
from trialist.findings.linear_rows import LinearRows, linear_rows, told_of_rows, unknown_terms
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.one_sided import null_of, p_value_of
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.linear import LinearFit
    from trialist.protocol import value_analyses


@entry(
    "ancova",
    needs="Measurement",
    gives=("mean_difference", "adjusted_mean"),
    source="Fisher 1932; Searle, Speed and Milliken 1980, The American Statistician 34:216; MacKinnon and "
    "White 1985, J Econometrics 29:305",
)
def run(table: Table, analysis: value_analyses.Ancova, context: Context) -> tuple[Finding, ...]:
    """One adjusted mean per arm, and the differences: those of `compare`, else each arm less the last.

    The model holds all arms of the analysis. Covariates are taken at their mean, factors at equal or observed
    shares. t with the residual degrees of freedom; intervals are two-sided.
    Problems  E413 fewer than two arms, E414 unknown factor, E437 unknown covariate, N401 an arm with nobody,
              N409 no variation, N412 subjects without a covariate, N430 dependent terms, N431 too few values,
              N438 a subject that alone decides a term (hc2, hc3)
    """
    pairs = compared(context)
    unknown = unknown_terms(table, analysis.covariates, analysis.strata, context)
    if len(context.arms) < 2:
        unknown = (not_estimable.not_two_arms(context, "ancova", len(context.arms)),)
    if unknown:
        return _without(pairs, analysis, context, unknown)
    rows = linear_rows(
        table,
        context.arms,
        analysis.of,
        numbers=analysis.covariates,
        factors=analysis.strata,
        with_baseline=analysis.baseline != "none",
    )
    problems = told_of_rows(rows, context)
    sizes = np.bincount(rows.arm, minlength=len(context.arms))
    absent = [arm for arm, size in zip(context.arms, sizes, strict=True) if size == 0]
    if absent:
        return _without(
            pairs, analysis, context, (not_estimable.no_subjects(context, absent), *problems), rows
        )
    from trialist.kernels.linear import combination, linear

    fit = linear(rows.value, columns(rows, rows.arm, len(context.arms), analysis), analysis.variance)
    if fit.status != "ok":
        return _without(pairs, analysis, context, (_reason(fit, context), *problems), rows)
    assert fit.coefficient is not None
    unit = np.eye(fit.coefficient.size)
    made = []
    for place, arm in enumerate(context.arms):
        mean = combination(fit, unit[place], level=analysis.level)
        made.append(
            context.finding(
                "adjusted_mean",
                mean.estimate,
                _method(analysis, context, fit.df),
                [arm],
                unit=unit_of(analysis.of, context),
                interval=Interval(mean.low, mean.high, analysis.level),
                n=int(sizes[place]),
                note=_note(rows),
                problems=problems,
            )
        )
    for first, second in pairs:
        weights = unit[context.arms.index(first)] - unit[context.arms.index(second)]
        apart = combination(fit, weights, level=analysis.level, null=null_of(analysis.margin))
        made.append(
            context.finding(
                "mean_difference",
                apart.estimate,
                _method(analysis, context, fit.df, tested=True),
                [first, second],
                unit=unit_of(analysis.of, context),
                interval=Interval(apart.low, apart.high, analysis.level),
                p_value=p_value_of(apart, analysis.alternative),
                n=rows.n,
                note=_note(rows),
                problems=problems,
            )
        )
    return tuple(made)


def compared(context: Context) -> tuple[tuple[str, str], ...]:
    """The pairs of arms compared: those of `compare`, else each arm against the last."""
    if len(context.compare) == 2:
        return ((context.compare[0], context.compare[1]),)
    return tuple((arm, context.arms[-1]) for arm in context.arms[:-1])


def columns(
    rows: LinearRows, cell: np.ndarray, cells: int, analysis: value_analyses.Ancova | value_analyses.Mmrm
) -> np.ndarray:
    """The columns of the model: one per cell, then the covariates, as `baseline` and `strata` say."""
    from trialist.kernels.adjusted_means import model_columns

    inside = {"by_arm": rows.arm, "by_visit": rows.visit}.get(analysis.baseline)
    single = [rows.baseline] if analysis.baseline == "main" else []
    return model_columns(
        cell,
        cells,
        numbers=[*single, *rows.numbers.values()],
        factors=list(rows.factors.values()),
        by_group=[] if inside is None else [(rows.baseline, inside)],
        margins=analysis.margins,
    )


def _method(
    analysis: value_analyses.Ancova, context: Context, df: int | None, *, tested: bool = False
) -> Method:
    test = (
        ("alternative", analysis.alternative),
        ("null", analysis.margin if analysis.margin is not None else 0.0),
    )
    return Method(
        "ancova",
        (
            *options_of(analysis.of, context),
            ("baseline", analysis.baseline),
            ("covariates", tuple(analysis.covariates)),
            ("strata", tuple(analysis.strata)),
            ("margins", analysis.margins),
            ("variance", analysis.variance),
            ("df", df),
            *(test if tested else ()),
            ("interval", "t"),
            ("level", analysis.level),
        ),
    )


def _without(
    pairs: tuple[tuple[str, str], ...],
    analysis: value_analyses.Ancova,
    context: Context,
    problems: tuple[Problem, ...],
    rows: LinearRows | None = None,
) -> tuple[Finding, ...]:
    note = None if rows is None else _note(rows)
    means = [("adjusted_mean", [arm], False) for arm in context.arms]
    apart = [("mean_difference", list(pair), True) for pair in pairs]
    return tuple(
        context.finding(
            measure,
            None,
            _method(analysis, context, None, tested=tested),
            groups,
            n=None if rows is None else rows.n,
            note=note,
            problems=problems,
        )
        for measure, groups, tested in (*means, *apart)
    )


def _note(rows: LinearRows) -> str | None:
    return f"{rows.not_evaluable} not evaluable, left out" if rows.not_evaluable else None


def _reason(fit: LinearFit, context: Context) -> Problem:
    if fit.status == "dependent":
        return value_problems.dependent(context)
    if fit.status == "too_few":
        return value_problems.too_small(context, fit.rows)
    if fit.status == "leverage":
        return value_problems.one_decides(context)
    return not_estimable.no_variation(context, " and ".join(context.arms), "the values beyond the model")
