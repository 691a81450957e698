"""Follow-up by the reverse Kaplan-Meier estimate, per arm and overall, and the observed times as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from trialist.findings import curve_problems, not_estimable
from trialist.findings.context import Context
from trialist.findings.curves import (
    WITHOUT_TIME,
    curve_of,
    interval_in_months,
    months,
    reversed_counts,
    share,
    with_left_out,
)
from trialist.findings.model import Finding, Method
from trialist.findings.time_counts import SurvivalCounts, survival_counts
from trialist.registry import entry
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import time_analyses


@entry(
    "follow_up",
    needs="TimeToEvent",
    gives=("median_follow_up", "follow_up_quantile", "observed_follow_up"),
    source="Schemper and Smith 1996, Control Clin Trials 17:343",
)
def run(table: Table, analysis: time_analyses.FollowUp, context: Context) -> tuple[Finding, ...]:
    """Median potential follow-up (months) with its interval, other quantiles, of each arm and of all.

    The end of follow-up is the event and the event its censoring. With `observed` also minimum, median and
    maximum of the observed times: of those still followed (censored), and of everybody.
    Problems  N401 nobody in an arm, N402 not reached, N412 left out
    """
    counts = survival_counts(table, context.arms)
    groups: list[tuple[tuple[str, ...], SurvivalCounts]] = [
        ((arm,), counts.of(index)) for index, arm in enumerate(context.arms)
    ]
    if len(context.arms) > 1:
        groups.append((context.arms, counts))
    found = [finding for arms, mine in groups for finding in _group(arms, mine, analysis, context)]
    return tuple(with_left_out(found, context, counts.without_time, WITHOUT_TIME))


def _group(
    arms: Sequence[str], counts: SurvivalCounts, analysis: time_analyses.FollowUp, context: Context
) -> Iterator[Finding]:
    from trialist.kernels import survival

    n, events = counts.n, counts.events
    label = " and ".join(arms)
    nobody = [not_estimable.no_subjects(context, arms)] if n == 0 else []
    curve = curve_of(reversed_counts(counts), analysis.level, analysis.interval)
    for p in (0.5, *(q for q in analysis.quantiles if q != 0.5)):
        at = survival.quantile(curve, p, analysis.convention)
        method = Method(
            "follow_up",
            (
                ("estimate", "reverse_kaplan_meier"),
                ("probability", p),
                ("interval", analysis.interval),
                ("level", analysis.level),
                ("variance", "greenwood"),
                ("quantile_interval", "brookmeyer_crowley"),
                ("convention", analysis.convention),
                ("days_per_month", DAYS_PER_MONTH),
            ),
        )
        missing = bool(n) and at.value is None
        yield context.finding(
            "median_follow_up" if p == 0.5 else "follow_up_quantile",
            months(at.value),
            method,
            arms,
            unit="months",
            timepoint=None if p == 0.5 else share(p),
            interval=interval_in_months(at, analysis.level) if n else None,
            n=n,
            events=events,
            note=f"{n - events} of {n} still followed",
            problems=[
                *nobody,
                *([curve_problems.follow_up_not_reached(context, label, p)] if missing else []),
            ],
        )
    if analysis.observed:
        yield from _observed(arms, counts, context)


def _observed(arms: Sequence[str], counts: SurvivalCounts, context: Context) -> Iterator[Finding]:
    """Minimum, median and maximum of the times of those censored, and of all."""
    for of, weights in (("censored", counts.censored), ("all", counts.censored + counts.deaths)):
        times = np.sort(np.repeat(counts.time, np.rint(weights).astype(np.int64)))
        nobody = [] if times.size else [not_estimable.no_subjects(context, arms)]
        shown = {"minimum": 0.0, "median": 0.5, "maximum": 1.0}
        for statistic, p in shown.items():
            yield context.finding(
                "observed_follow_up",
                months(float(np.quantile(times, p))) if times.size else None,
                Method(
                    "follow_up",
                    (("observed", statistic), ("of", of), ("days_per_month", DAYS_PER_MONTH)),
                ),
                arms,
                unit="months",
                timepoint=f"{statistic}, of {'those censored' if of == 'censored' else 'all'}",
                n=int(times.size),
                problems=nobody,
            )
