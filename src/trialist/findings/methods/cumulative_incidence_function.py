"""Probability by a time of one event of several, the others competing (Aalen-Johansen), per arm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.causes import COMPETING, EVENT, CauseCounts, noted
from trialist.findings.context import Context
from trialist.findings.curves import months
from trialist.findings.incidences import incidences
from trialist.findings.model import Finding, Interval, Method
from trialist.problems import Problem
from trialist.registry import entry
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import competing_risk_analyses as analyses


@entry(
    "cumulative_incidence_function",
    needs="TimeToEvent",
    gives=("cumulative_incidence", "time_to_incidence"),
    source="Aalen and Johansen 1978, Scand J Stat 5:141",
)
def run(
    table: Table, analysis: analyses.CumulativeIncidenceFunction, context: Context
) -> tuple[Finding, ...]:
    """Per arm the probability at each of `at_months`, and the months by which each of `quantiles` is reached.

    Problems  N401 nobody in an arm, N402 a quantile not reached, N407 a time beyond follow-up, N412 left out,
              N480 no event of interest, N481 events of neither list, E482 a reason in both lists
    """
    found = noted(table, analysis, context, context.arms)
    unread = found.counts.count.size == 0  # no table could be counted: whatever stopped it is the reason
    fatal = [p for p in found.stop if p.code.startswith("E") or (unread and p.code == "N480")]
    made = [
        each
        for index, arm in enumerate(context.arms)
        for each in _arm(arm, index, found.counts, analysis, context, fatal)
    ]
    remarks = found.notes + tuple(p for p in found.stop if p.code == "N480" and p not in fatal)
    for problem in remarks if made else ():
        made[0] = made[0].with_problem(problem)
    return tuple(made)


def _arm(
    arm: str,
    index: int,
    counts: CauseCounts,
    analysis: analyses.CumulativeIncidenceFunction,
    context: Context,
    fatal: list[Problem],
) -> Iterator[Finding]:
    from trialist.kernels import competing

    mine = counts.arm == index
    curve = competing.aalen_johansen(
        counts.time[mine], counts.status[mine], counts.count[mine], analysis.variance
    )
    method = Method(
        "cumulative_incidence_function",
        (
            ("event_of_interest", tuple(analysis.event_of_interest)),
            ("competing", tuple(analysis.competing) or "every other event"),
            ("competing_events", counts.total(index, COMPETING)),
            ("variance", analysis.variance),
            ("interval", analysis.interval),
            ("level", analysis.level),
            ("days_per_month", DAYS_PER_MONTH),
        ),
    )
    n, events = counts.total(index), counts.total(index, EVENT)
    nobody = fatal or ([not_estimable.no_subjects(context, [arm])] if n == 0 else [])
    yield from incidences(arm, curve, analysis, context, method, n=n, events=events, fatal=nobody)
    for share in analysis.quantiles:
        value, low, high = competing.incidence_quantile(curve, share, analysis.level, analysis.interval)
        why = list(nobody)
        if value is None and not why:
            why.append(not_estimable.share_not_reached(context, arm, share))
        yield context.finding(
            "time_to_incidence",
            months(value),
            Method(method.name, (("incidence", share), *method.options)),
            [arm],
            unit="months",
            interval=None if nobody else Interval(months(low), months(high), analysis.level),
            n=n,
            events=events,
            problems=why,
        )
