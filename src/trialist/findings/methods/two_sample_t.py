"""The difference in means of two arms by t, on the scale as it is or of logarithms."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from trialist.findings import not_estimable, value_problems
from trialist.findings.arm_values import Samples, options_of, samples, unit_of
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.one_sided import null_of, p_value_of
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import value_analyses


@entry(
    "two_sample_t",
    needs="Measurement",
    gives=("mean_difference", "geometric_mean_ratio", "standardised_difference"),
    source="Student 1908, Biometrika 6:1; Welch 1947, Biometrika 34:28; Hedges 1981, J Educ Stat 6:107",
)
def run(table: Table, analysis: value_analyses.TwoSampleT, context: Context) -> tuple[Finding, ...]:
    """First arm of `compare` less the second, t interval (two-sided) and p; asked for, in units of the
    pooled SD.

    On the log scale the ratio of geometric means. `n` are the evaluable subjects of both arms.
    Problems  E413 not two arms, N401 an arm with nobody, N408 too few, N409 all values equal, N435 values not
              above 0 on the log scale
    """
    log = analysis.scale == "log"
    measure = "geometric_mean_ratio" if log else "mean_difference"
    method = Method(
        "two_sample_t",
        (
            *options_of(analysis.of, context),
            ("scale", analysis.scale),
            ("variances", analysis.variances),
            ("alternative", analysis.alternative),
            ("null", analysis.margin if analysis.margin is not None else float(log)),
            ("interval", "t"),
            ("level", analysis.level),
        ),
    )
    if len(context.compare) != 2:
        why = not_estimable.not_two_arms(context, "two_sample_t", len(context.compare))
        groups = context.compare or context.arms
        return (context.finding(measure, None, method, groups, problems=[why]),)
    found = samples(table, context, analysis.of, positive=log)
    from trialist.kernels.location import two_sample_t

    x, y = (np.log(values) if log else values for values in found.values)
    test = two_sample_t(
        x,
        y,
        equal_variances=analysis.variances == "equal",
        level=analysis.level,
        null=null_of(analysis.margin, analysis.scale),
    )
    problems = [*found.problems]
    if test.status == "too_few":
        problems += value_problems.short(context, test.n, 2 if analysis.variances == "unequal" else 1)
    elif test.status == "no_variance":
        problems.append(not_estimable.no_variation(context, " and ".join(context.compare), "the values"))
    shown = [
        None if value is None else math.exp(value) if log else value
        for value in (test.difference, test.low, test.high)
    ]
    first = context.finding(
        measure,
        shown[0],
        method,
        context.compare,
        unit=None if log else unit_of(analysis.of, context),
        interval=None if shown[1] is None else Interval(shown[1], shown[2], analysis.level),
        p_value=p_value_of(test, analysis.alternative),
        n=sum(test.n),
        note=found.note,
        problems=problems,
    )
    if analysis.standardised == "none":
        return (first,)
    return (first, _standardised(found, x, y, analysis, context))


def _standardised(
    found: Samples, x: np.ndarray, y: np.ndarray, analysis: value_analyses.TwoSampleT, context: Context
) -> Finding:
    from trialist.kernels.location import standardised_difference

    effect = standardised_difference(x, y, analysis.level)
    hedges = analysis.standardised == "hedges_g"
    estimate, low, high = (
        (effect.g, effect.g_low, effect.g_high) if hedges else (effect.d, effect.d_low, effect.d_high)
    )
    method = Method(
        "two_sample_t",
        (
            *options_of(analysis.of, context),
            ("scale", analysis.scale),
            ("divided_by", "pooled SD"),
            ("standardised", analysis.standardised),
            ("interval", "noncentral_t"),
            ("level", analysis.level),
        ),
    )
    problems = [*found.problems]
    if effect.status == "too_few":
        problems += value_problems.short(context, (x.size, y.size), 2)
    elif effect.status == "no_variance":
        problems.append(not_estimable.no_variation(context, " and ".join(context.compare), "the values"))
    return context.finding(
        "standardised_difference",
        estimate,
        method,
        context.compare,
        interval=None if low is None and high is None else Interval(low, high, analysis.level),
        n=int(x.size + y.size),
        note=found.note,
        problems=problems,
    )
