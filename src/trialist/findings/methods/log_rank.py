"""The log-rank test of the compared arms, stratified or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.landmark import from_landmark
from trialist.findings.methods.cox_ph import left_out, nobody
from trialist.findings.model import Finding, Method, PValue
from trialist.findings.time_counts import survival_counts
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import time_analyses


@entry(
    "log_rank",
    needs="TimeToEvent",
    gives="log_rank",
    source="Mantel 1966, Cancer Chemotherapy Reports 50:163; Peto and Peto 1972, JRSS A 135:185",
)
@from_landmark
def run(table: Table, analysis: time_analyses.LogRank, context: Context) -> tuple[Finding, ...]:
    """Chi-square and two-sided p; the arms of `compare`, or all arms described when nothing is compared.

    Problems  E413 one arm only, E414 unknown factor, N401 an empty arm, N403 no event, N406 arms never at
              risk together, N412 subjects left out
    """
    arms = context.compare or context.arms

    def made(
        statistic: float | None, df: int | None, p: float | None, n: int, events: int, *problems: Problem
    ) -> tuple[Finding, ...]:
        options = (("statistic", "chi_square"), ("df", df), ("strata", tuple(analysis.strata)))
        p_value = None if p is None else PValue(p)
        method = Method("log_rank", options)
        return (
            context.finding(
                "log_rank", statistic, method, arms, p_value=p_value, n=n, events=events, problems=problems
            ),
        )

    if len(arms) < 2:
        return made(None, None, None, 0, 0, not_estimable.not_two_arms(context, "log_rank", len(arms)))
    unknown = [name for name in analysis.strata if name not in table.columns]
    if unknown:
        return made(None, None, None, 0, 0, not_estimable.no_such_factor(context, unknown))
    counts = survival_counts(table, arms, analysis.strata)
    notes = left_out(context, counts)
    n, events = counts.n, counts.events
    if any(counts.of(index).n == 0 for index in range(len(arms))):
        return made(None, None, None, n, events, *nobody(table, context, arms), *notes)
    from trialist.kernels.log_rank import log_rank

    test = log_rank(counts.time, counts.deaths, counts.censored, counts.arm, len(arms), counts.stratum)
    if test.status != "ok":
        none = test.status == "no_events"
        why = not_estimable.no_events(context) if none else not_estimable.not_identified(context)
        return made(None, None, None, n, events, why, *notes)
    return made(test.chi_square, test.df, test.p_value, n, events, *notes)
