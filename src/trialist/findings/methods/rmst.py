"""Restricted mean survival time per arm, the time lost, and contrasts of two arms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from trialist.findings import curve_problems, not_estimable
from trialist.findings.context import Context
from trialist.findings.curves import WITHOUT_TIME, absent, contrast_finding, curve_of, months, with_left_out
from trialist.findings.landmark import from_landmark
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.time_counts import SurvivalCounts, survival_counts
from trialist.problems import Problem
from trialist.registry import entry
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.rmst import RestrictedMean
    from trialist.kernels.survival import KaplanMeierCurve
    from trialist.protocol import time_analyses

CONTRASTS = ("restricted_mean_difference", "restricted_mean_ratio", "restricted_mean_lost_ratio")


@entry(
    "rmst",
    needs="TimeToEvent",
    gives=("restricted_mean", "restricted_mean_lost", *CONTRASTS),
    source="Irwin 1949, J Hyg 47:188; Royston and Parmar 2013, BMC Med Res Methodol 13:152; Uno 2014, J Clin "
    "Oncol 32:2380",
)
@from_landmark
def run(table: Table, analysis: time_analyses.Rmst, context: Context) -> tuple[Finding, ...]:
    """Mean time up to tau (months) of each arm, tau less it, and of two compared arms difference and ratios.

    Without `tau_months` tau is the longest time at which every arm's curve is known: the smallest of their
    last times, a curve that has come down to 0 setting no limit (survRM2's rule). Normal intervals; those of
    ratios on the log scale.
    Problems  E413 not two arms compared, N401 nobody in an arm, N461 a curve not known up to tau, N462 a
              contrast that does not exist, N412 left out
    """
    from trialist.kernels import rmst

    arms = tuple(dict.fromkeys((*context.arms, *context.compare)))
    counts = survival_counts(table, arms)
    groups = [counts.of(index) for index in range(len(arms))]
    curves = [curve_of(mine, analysis.level) for mine in groups]
    some = [curve for curve in curves if curve.time.size]
    asked = None if analysis.tau_months is None else analysis.tau_months * DAYS_PER_MONTH
    tau = asked if asked is not None else rmst.default_tau(some) if some else 0.0
    chosen = "given" if asked is not None else "longest_known_in_all_arms"
    method = Method(
        "rmst",
        (
            ("tau_months", months(tau)),
            ("tau", chosen),
            ("variance", "greenwood"),
            ("interval", "normal"),
            ("level", analysis.level),
            ("days_per_month", DAYS_PER_MONTH),
        ),
    )
    means = {arm: rmst.restricted_mean(curve, tau) for arm, curve in zip(arms, curves, strict=True)}
    found = []
    for arm, mine, curve in zip(arms, groups, curves, strict=True):
        if arm in context.arms:
            found += list(_arm(arm, mine, curve, means[arm], method, analysis.level, context))
    if context.compare:
        sizes = [groups[arms.index(arm)] for arm in context.compare]
        found += list(_contrasts(means, curves, arms, sizes, method, analysis.level, context))
    return tuple(with_left_out(found, context, counts.without_time, WITHOUT_TIME))


def _arm(
    arm: str,
    counts: SurvivalCounts,
    curve: KaplanMeierCurve,
    mean: RestrictedMean,
    method: Method,
    level: float,
    context: Context,
) -> Iterator[Finding]:
    z = NormalDist().inv_cdf(0.5 + level / 2)
    why = _unknown(arm, curve, mean, context)
    for measure, value in (("restricted_mean", mean.mean), ("restricted_mean_lost", mean.lost)):
        interval = None
        if value is not None and mean.std_err:
            half = z * mean.std_err
            interval = Interval(months(value - half), months(value + half), level)
        yield context.finding(
            measure,
            months(value),
            method,
            [arm],
            unit="months",
            timepoint=f"{mean.tau / DAYS_PER_MONTH:.6g}" if mean.tau else None,
            interval=interval,
            n=counts.n,
            events=counts.events,
            problems=why,
        )


def _unknown(arm: str, curve: KaplanMeierCurve, mean: RestrictedMean, context: Context) -> list[Problem]:
    if mean.status == "no_subjects":
        return [not_estimable.no_subjects(context, [arm])]
    if mean.status == "beyond":
        last = float(curve.time[-1]) / DAYS_PER_MONTH
        return [curve_problems.tau_beyond(context, arm, mean.tau / DAYS_PER_MONTH, last)]
    return []


def _contrasts(
    means: dict[str, RestrictedMean],
    curves: Sequence[KaplanMeierCurve],
    arms: Sequence[str],
    groups: Sequence[SurvivalCounts],
    method: Method,
    level: float,
    context: Context,
) -> Iterator[Finding]:
    """The first arm of `compare` against the second."""
    from trialist.kernels import rmst

    n, events = sum(each.n for each in groups), sum(each.events for each in groups)
    if len(context.compare) != 2:
        why = not_estimable.not_two_arms(context, "rmst", len(context.compare))
        for measure in CONTRASTS:
            yield context.finding(measure, None, method, context.compare, n=n, events=events, problems=[why])
        return
    first, second = (means[arm] for arm in context.compare)
    problems = absent(context, context.compare, [each.n for each in groups])
    for arm in context.compare:
        if means[arm].status == "beyond":
            problems += _unknown(arm, curves[arms.index(arm)], means[arm], context)
    made = {
        "restricted_mean_difference": rmst.difference(first, second, level),
        "restricted_mean_ratio": rmst.ratio(first, second, level),
        "restricted_mean_lost_ratio": rmst.ratio(first, second, level, lost=True),
    }
    for measure, found in made.items():
        reason = {
            "no_variance": "no event came before tau in either arm",
            "not_positive": "no time was lost in one of the arms, or all of it",
        }.get(found.status)
        yield contrast_finding(
            context,
            measure,
            found,
            method,
            level=level,
            per_month=measure == "restricted_mean_difference",
            timepoint=f"{first.tau / DAYS_PER_MONTH:.6g}" if first.tau else None,
            n=n,
            events=events,
            problems=[*problems, *([curve_problems.no_contrast(context, reason)] if reason else [])],
        )
