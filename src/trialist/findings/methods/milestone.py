"""Survival at milestones: of each arm, and difference and ratio of two arms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from trialist.findings import curve_problems, not_estimable
from trialist.findings.context import Context
from trialist.findings.curves import WITHOUT_TIME, absent, contrast_finding, curve_of, with_left_out
from trialist.findings.landmark import from_landmark
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.time_counts import SurvivalCounts, survival_counts
from trialist.problems import Problem
from trialist.registry import entry
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.survival import KaplanMeierCurve
    from trialist.protocol import time_analyses


@entry(
    "milestone",
    needs="TimeToEvent",
    gives=("survival_probability", "survival_difference", "survival_ratio"),
    source="Klein, Logan, Harhoff and Andersen 2007, Stat Med 26:4505",
)
@from_landmark
def run(table: Table, analysis: time_analyses.Milestone, context: Context) -> tuple[Finding, ...]:
    """The probability of each arm at each of `at_months`; of two compared arms difference and ratio.

    Difference: normal interval by Greenwood's errors, p of the test on the named scale. Ratio: interval and
    p on the log scale.
    Problems  E413 not two arms compared, N401 nobody in an arm, N407 beyond follow-up, N462 a comparison
              that does not exist, N412 left out
    """
    arms = tuple(dict.fromkeys((*context.arms, *context.compare)))
    counts = survival_counts(table, arms)
    groups = {arm: counts.of(index) for index, arm in enumerate(arms)}
    curves = {arm: curve_of(mine, analysis.level, analysis.interval) for arm, mine in groups.items()}
    found: list[Finding] = []
    for at in analysis.at_months:
        for arm in context.arms:
            found.append(_arm(arm, groups[arm], curves[arm], at, analysis, context))
        if context.compare:
            found += list(_compared(groups, curves, at, analysis, context))
    return tuple(with_left_out(found, context, counts.without_time, WITHOUT_TIME))


def _arm(
    arm: str,
    counts: SurvivalCounts,
    curve: KaplanMeierCurve,
    at: float,
    analysis: time_analyses.Milestone,
    context: Context,
) -> Finding:
    from trialist.kernels import survival

    seen = survival.probability(curve, at * DAYS_PER_MONTH)
    options = (
        ("interval", analysis.interval),
        ("level", analysis.level),
        ("variance", "greenwood"),
        ("days_per_month", DAYS_PER_MONTH),
    )
    return context.finding(
        "survival_probability",
        seen.value,
        Method("milestone", options),
        [arm],
        timepoint=f"{at:g}",
        interval=None if seen.value is None else Interval(seen.low, seen.high, analysis.level),
        n=counts.n,
        events=counts.events,
        problems=_unknown(arm, counts, curve, at, context),
    )


def _unknown(
    arm: str, counts: SurvivalCounts, curve: KaplanMeierCurve, at: float, context: Context
) -> list[Problem]:
    from trialist.kernels import survival

    if counts.n == 0:
        return [not_estimable.no_subjects(context, [arm])]
    if survival.probability(curve, at * DAYS_PER_MONTH).value is None:
        last = float(curve.time[-1]) / DAYS_PER_MONTH
        return [not_estimable.beyond_follow_up(context, arm, at, last)]
    return []


def _compared(
    groups: dict[str, SurvivalCounts],
    curves: dict[str, KaplanMeierCurve],
    at: float,
    analysis: time_analyses.Milestone,
    context: Context,
) -> Iterator[Finding]:
    """The first arm of `compare` against the second, at one time."""
    from trialist.kernels import milestone, survival

    compare = context.compare
    sizes = [groups[arm].n for arm in compare]
    shared: dict[str, Any] = {
        "timepoint": f"{at:g}",
        "n": sum(sizes),
        "events": sum(groups[arm].events for arm in compare),
    }
    plain = (("interval", "normal"), ("test", analysis.test), ("level", analysis.level))
    logs = (("interval", "log"), ("test", "log"), ("level", analysis.level))
    ends = (("variance", "greenwood"), ("days_per_month", DAYS_PER_MONTH))
    methods = {
        "survival_difference": Method("milestone", (*plain, *ends)),
        "survival_ratio": Method("milestone", (*logs, *ends)),
    }
    if len(compare) != 2:
        reason = not_estimable.not_two_arms(context, "milestone", len(compare))
        for measure, method in methods.items():
            yield context.finding(measure, None, method, compare, problems=[reason], **shared)
        return
    problems = absent(context, compare, sizes)
    for arm in compare:
        if groups[arm].n:
            problems += _unknown(arm, groups[arm], curves[arm], at, context)
    first, second = (survival.probability(curves[arm], at * DAYS_PER_MONTH) for arm in compare)
    difference = milestone.survival_difference(first, second, analysis.level)
    tested = milestone.scale_test(first, second, analysis.test)
    missing = difference.value is not None and tested.p_value is None
    why = [curve_problems.no_contrast(context, _WITHOUT_TEST)] if missing else []
    yield contrast_finding(
        context,
        "survival_difference",
        replace(difference, p_value=tested.p_value),
        methods["survival_difference"],
        level=analysis.level,
        problems=[*problems, *why],
        **shared,
    )
    ratio = milestone.survival_ratio(first, second, analysis.level)
    lacking = not problems and ratio.p_value is None
    why = [curve_problems.no_contrast(context, _WITHOUT_TEST)] if lacking else []
    yield contrast_finding(
        context,
        "survival_ratio",
        ratio,
        methods["survival_ratio"],
        level=analysis.level,
        problems=[*problems, *why],
        **shared,
    )


_WITHOUT_TEST = "a curve is still at 1 or down to 0 at that time, where it has no error"
