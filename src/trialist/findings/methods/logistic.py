"""The odds ratio of two arms adjusted for covariates by a logistic model, and standardised proportions."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from trialist.findings import not_estimable, proportion_problems
from trialist.findings.context import Context
from trialist.findings.covariate_patterns import Patterns, patterns
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.logistic import LogisticFit
    from trialist.protocol import proportion_analyses

Options = tuple[tuple[str, object], ...]
ARM = 1  # the column of the first arm, after the intercept


@entry(
    "logistic",
    needs="Response",
    gives=("odds_ratio", "odds_ratio_prognostic", "risk_difference", "risk_ratio"),
    source="McCullagh and Nelder 1989, chapter 4; Firth 1993, Biometrika 80:27; Ge and others 2011, Ther "
    "Innov Regul Sci 45:481",
)
def run(table: Table, analysis: proportion_analyses.Logistic, context: Context) -> tuple[Finding, ...]:
    """Odds ratio of the first arm of `compare` against the second, the covariates being equal.

    A factor enters by indicators of its levels but the first in the alphabet, age as a number; with
    `covariate_ratios` their odds ratios follow that of the arm. Where asked
    for, `standardised` measures compare the proportions that the model predicts for everybody in either arm;
    their odds ratio is the marginal one. `n` and `events` are of both arms together.
    Problems  E413 not two arms, E414 unknown covariate, N401 an arm with nobody, N411 responders only or
              none,
              N412 no value of a covariate, N490 separated, N491 a covariate that does not vary or follows
              from others, N497 not converged
    """
    options: Options = (
        ("covariates", analysis.covariates),
        ("denominator", analysis.denominator),
        ("level", analysis.level),
    )

    def without(*problems: Problem, n: int | None = None, events: int | None = None) -> tuple[Finding, ...]:
        groups = context.compare or context.arms
        methods = {"odds_ratio": (("model", "conditional on covariates"),)}
        methods |= {
            name: (("model", "standardised"),) for name in analysis.standardised if name != "odds_ratio"
        }
        return tuple(
            context.finding(
                measure,
                None,
                Method("logistic", (*more, *options)),
                groups,
                n=n,
                events=events,
                problems=problems,
            )
            for measure, more in methods.items()
        )

    if len(context.compare) != 2:
        return without(not_estimable.not_two_arms(context, "logistic", len(context.compare)))
    unknown = [name for name in analysis.covariates if name not in table.columns]
    if unknown:
        return without(not_estimable.no_such_factor(context, unknown))
    rows = patterns(table, context.compare, analysis.covariates, analysis.denominator)
    notes: tuple[Problem, ...] = ()
    if rows.without_value:
        notes = (not_estimable.left_out(context, rows.without_value, "a covariate has no value"),)
    empty = [arm for arm, size in zip(context.compare, rows.sizes, strict=True) if not size]
    if empty:
        return without(not_estimable.no_subjects(context, empty), *notes)
    fitted = _fit(rows, analysis)
    if fitted.status != "ok":
        return without(_reason(fitted, context), *notes, n=rows.n, events=rows.events)
    columns = range(ARM, len(rows.columns)) if analysis.covariate_ratios else (ARM,)
    return (
        *(_odds_ratio(column, rows, fitted, options, notes, analysis, context) for column in columns),
        *_standardised(rows, options, notes, analysis, context),
    )


def _fit(rows: Patterns, analysis: proportion_analyses.Logistic) -> LogisticFit:
    from trialist.kernels.logistic import logistic

    fitted = logistic(rows.x, rows.responders, rows.size, firth=analysis.firth == "always")
    if fitted.status == "separated" and analysis.firth == "when_separated":
        return logistic(rows.x, rows.responders, rows.size, firth=True)
    return fitted


def _odds_ratio(
    column: int,
    rows: Patterns,
    fitted: LogisticFit,
    options: Options,
    notes: tuple[Problem, ...],
    analysis: proportion_analyses.Logistic,
    context: Context,
) -> Finding:
    from trialist.kernels import logistic as kernel

    penalised = fitted.penalised
    middle, error = float(fitted.coefficient[column]), float(fitted.std_err[column])
    half = NormalDist().inv_cdf(0.5 + analysis.level / 2) * error
    told = list(notes)
    low: float | None = middle - half
    high: float | None = middle + half
    data = (rows.x, rows.responders, rows.size)
    if analysis.interval == "profile":
        ends = kernel.profile_interval(*data, column, analysis.level, firth=penalised)
        low, high = ends if ends is not None else (None, None)
        if ends is None:
            told.append(proportion_problems.model_not_converged(context, kernel.MAX_STEPS))
    p_value: float | None = float(fitted.p_value[column])
    if analysis.test == "likelihood_ratio":
        test = kernel.likelihood_ratio(*data, [column], firth=penalised)
        p_value = None if test is None else test.p_value
    elif analysis.test == "score":
        test = kernel.score_test(*data, [column])
        p_value = None if test is None else test.p_value
    method = Method(
        "logistic",
        (
            ("model", "conditional on covariates"),
            *((("covariate", rows.columns[column]),) if column != ARM else ()),
            *options,
            ("test", analysis.test),
            ("interval", analysis.interval),
            ("penalty", "firth" if penalised else None),
        ),
    )
    return context.finding(
        "odds_ratio" if column == ARM else "odds_ratio_prognostic",
        math.exp(middle),
        method,
        context.compare,
        interval=Interval(_exp(low), _exp(high), analysis.level),
        p_value=None if p_value is None else PValue(p_value),
        n=rows.n,
        events=rows.events,
        problems=told,
    )


def _standardised(
    rows: Patterns,
    options: Options,
    notes: tuple[Problem, ...],
    analysis: proportion_analyses.Logistic,
    context: Context,
) -> list[Finding]:
    if not analysis.standardised:
        return []
    from trialist.kernels.standardised import compared, standardised, wald_p_value

    found = standardised(rows.x, ARM, rows.responders, rows.size, analysis.variance)
    made = []
    for measure in analysis.standardised:
        method = Method(
            "logistic",
            (("model", "standardised"), *options, ("variance", analysis.variance), ("interval", "wald")),
        )
        told = list(notes)
        each, p_value = compared(found, measure, analysis.level), wald_p_value(found)
        if each.value is None:
            told.append(proportion_problems.separated(context))
        shown = None
        if found.first is not None and found.second is not None:
            shown = f"standardised proportions {found.first:.4f} against {found.second:.4f}"
        made.append(
            context.finding(
                measure,
                each.value,
                method,
                context.compare,
                interval=None if each.low is None else Interval(each.low, each.high, analysis.level),
                p_value=None if p_value is None else PValue(p_value),
                n=rows.n,
                events=rows.events,
                note=shown,
                problems=told,
            )
        )
    return made


def _exp(value: float | None) -> float | None:
    return None if value is None else math.exp(value)


def _reason(fitted: LogisticFit, context: Context) -> Problem:
    if fitted.status == "no_responses":
        return not_estimable.nothing_to_test(context)
    if fitted.status == "separated":
        return proportion_problems.separated(context)
    if fitted.status == "singular":
        return proportion_problems.not_identified(context)
    return proportion_problems.model_not_converged(context, fitted.steps)
