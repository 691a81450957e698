"""Gray's test: the cumulative incidences of two or more arms compared, stratified or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.causes import COMPETING, EVENT, noted
from trialist.findings.context import Context
from trialist.findings.model import Finding, Method, PValue
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import competing_risk_analyses as analyses


@entry("gray", needs="TimeToEvent", gives="gray", source="Gray 1988, Ann Stat 16:1141")
def run(table: Table, analysis: analyses.Gray, context: Context) -> tuple[Finding, ...]:
    """Chi-square and p; the arms of `compare`, or all arms described when nothing is compared.

    Problems  E413 one arm only, E414 unknown factor, N401 an empty arm, N406 nothing to compare, N412 left
              out, N480 no event of interest, N481 events of neither list, E482 a reason in both lists
    """
    arms = context.compare or context.arms

    def made(
        statistic: float | None, df: int | None, p: float | None, n: int, seen: tuple[int, int], *why: Problem
    ) -> tuple[Finding, ...]:
        options = (
            ("statistic", "chi_square"),
            ("df", df),
            ("rho", analysis.rho),
            ("strata", tuple(analysis.strata)),
            ("event_of_interest", tuple(analysis.event_of_interest)),
            ("competing", tuple(analysis.competing) or "every other event"),
            ("competing_events", seen[1]),
        )
        p_value = None if p is None else PValue(p)
        method = Method("gray", options)
        return (
            context.finding(
                "gray", statistic, method, arms, p_value=p_value, n=n, events=seen[0], problems=why
            ),
        )

    if len(arms) < 2:
        why = not_estimable.not_two_arms(context, "gray", len(arms))
        return made(None, None, None, 0, (0, 0), why)
    found = noted(table, analysis, context, arms)
    counts = found.counts
    n, seen = counts.total(), (counts.total(status=EVENT), counts.total(status=COMPETING))
    if found.stop:
        return made(None, None, None, n, seen, *found.stop, *found.notes)
    from trialist.kernels.gray import gray

    test = gray(counts.time, counts.status, counts.count, counts.arm, len(arms), counts.stratum, analysis.rho)
    if test.status != "ok":
        return made(None, None, None, n, seen, not_estimable.not_identified(context), *found.notes)
    return made(test.chi_square, test.df, test.p_value, n, seen, *found.notes)
