"""Kaplan-Meier per arm: median, probabilities and numbers at risk at times, and the curve itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.reduction import SurvivalCounts, survival_counts
from trialist.problems import Problem
from trialist.registry import entry
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.survival import KaplanMeierCurve
    from trialist.protocol import time_analyses


@dataclass(frozen=True, slots=True)
class Curve:
    """One arm's curve: a right-continuous step function, 1 before the first time.

    time_months      every distinct observed time, events and censorings alike, ascending
    survival         probability at and after each of these times
    low, high        pointwise interval at `level`; None where not defined
    at_risk          number at risk just before each time
    censor_months, censor_survival   the marks: times with a censoring, and the height of the curve there
    median           months; None when not reached
    """

    arm: str
    label: str
    time_months: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    at_risk: tuple[int, ...]
    censor_months: tuple[float, ...]
    censor_survival: tuple[float, ...]
    median: float | None
    level: float


@entry(
    "kaplan_meier",
    needs="TimeToEvent",
    gives=("median_time", "survival_probability", "n_at_risk"),
    source="Kaplan and Meier 1958, JASA 53:457; Brookmeyer and Crowley 1982, Biometrics 38:29",
)
def run(table: Table, analysis: time_analyses.KaplanMeier, context: Context) -> tuple[Finding, ...]:
    """Median (months) with its interval for each arm, and the rest at each of `at_months`.

    Problems  N401 nobody in an arm, N402 median not reached, N407 a time beyond follow-up, N412 left out
    """
    counts = survival_counts(table, context.arms)
    found = [
        finding
        for index, arm in enumerate(context.arms)
        for finding in _arm(arm, counts.of(index), analysis, context)
    ]
    if counts.without_time:
        reason = not_estimable.left_out(context, counts.without_time, "no usable time or no status")
        found = [each.with_problem(reason) if each.measure == "median_time" else each for each in found]
    return tuple(found)


def kaplan_meier_curves(
    table: Table, analysis: time_analyses.KaplanMeier, context: Context
) -> tuple[Curve, ...]:
    """The whole curve of each arm that has subjects, for plots. Times in months."""
    from trialist.kernels import survival

    counts = survival_counts(table, context.arms)
    curves = []
    for index, arm in enumerate(context.arms):
        curve = _estimate(counts.of(index), analysis)
        if curve.time.size == 0:
            continue
        months = curve.time / DAYS_PER_MONTH
        lost = curve.censored > 0
        median = survival.quantile(curve).value
        curves.append(
            Curve(
                arm,
                context.label(arm),
                tuple(months.tolist()),
                tuple(curve.survival.tolist()),
                tuple(None if x != x else x for x in curve.low.tolist()),
                tuple(None if x != x else x for x in curve.high.tolist()),
                tuple(round(n) for n in curve.at_risk.tolist()),
                tuple(months[lost].tolist()),
                tuple(curve.survival[lost].tolist()),
                None if median is None else median / DAYS_PER_MONTH,
                analysis.level,
            )
        )
    return tuple(curves)


def _arm(
    arm: str, counts: SurvivalCounts, analysis: time_analyses.KaplanMeier, context: Context
) -> Iterator[Finding]:
    from trialist.kernels import survival

    curve = _estimate(counts, analysis)
    method = Method(
        "kaplan_meier",
        (
            ("interval", analysis.interval),
            ("level", analysis.level),
            ("variance", "greenwood"),
            ("median_interval", "brookmeyer_crowley"),
            ("days_per_month", DAYS_PER_MONTH),
        ),
    )
    n, events = counts.n, counts.events
    problems: list[Problem] = []
    if n == 0:
        problems.append(not_estimable.no_subjects(context, [arm]))
    median = survival.quantile(curve)
    if n and median.value is None:
        problems.append(not_estimable.not_reached(context, arm))
    yield context.finding(
        "median_time",
        _months(median.value),
        method,
        [arm],
        unit="months",
        interval=Interval(_months(median.low), _months(median.high), analysis.level) if n else None,
        n=n,
        events=events,
        problems=problems,
    )
    last = float(curve.time[-1]) / DAYS_PER_MONTH if n else 0.0
    for at in analysis.at_months:
        seen = survival.probability(curve, at * DAYS_PER_MONTH)
        why: list[Problem] = []
        if n == 0:
            why.append(not_estimable.no_subjects(context, [arm]))
        elif seen.value is None:
            why.append(not_estimable.beyond_follow_up(context, arm, at, last))
        yield context.finding(
            "survival_probability",
            seen.value,
            method,
            [arm],
            timepoint=f"{at:g}",
            interval=None if seen.value is None else Interval(seen.low, seen.high, analysis.level),
            n=n,
            events=events,
            problems=why,
        )
        yield context.finding(
            "n_at_risk",
            float(survival.number_at_risk(curve, at * DAYS_PER_MONTH)) if n else None,
            Method("kaplan_meier", (("at_risk", "time not smaller"),)),
            [arm],
            timepoint=f"{at:g}",
            n=n,
            problems=[not_estimable.no_subjects(context, [arm])] if n == 0 else (),
        )


def _estimate(counts: SurvivalCounts, analysis: time_analyses.KaplanMeier) -> KaplanMeierCurve:
    from trialist.kernels import survival

    return survival.kaplan_meier(
        counts.time, counts.deaths, counts.censored, level=analysis.level, interval=analysis.interval
    )


def _months(days: float | None) -> float | None:
    return None if days is None else days / DAYS_PER_MONTH
