"""Probability of a first adverse event by a time, with death as the competing event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trialist.findings import event_counts, event_notes, not_estimable
from trialist.findings.context import Context
from trialist.findings.incidences import incidences
from trialist.findings.model import Finding, Method
from trialist.registry import entry
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import adverse_event_analyses as analyses


@entry(
    "cumulative_incidence",
    needs="Occurrence",
    gives="cumulative_incidence",
    source="Aalen and Johansen 1978, Scand J Stat 5:141",
)
def run(table: Table, analysis: analyses.CumulativeIncidence, context: Context) -> tuple[Finding, ...]:
    """One probability per arm and time; `events` are all first events of the arm, `n` those at risk at first.

    Time runs from the first dose to the first event, death or the end of time at risk, which censors. The
    standard error is the infinitesimal jackknife.
    Problems  N401 nobody at risk in an arm, N407 a time beyond follow-up, N412 left out: never treated, N419,
              and those of the endpoint's selection (incidence)
    """
    noted = event_counts.noted(table, context.arms)
    nothing = event_notes.nothing_selected(context, noted, "cumulative_incidence", "cumulative_incidence")
    if nothing:
        return nothing
    problems = event_notes.of_selection(context, noted) + event_notes.of_starts(context, noted)
    if noted.not_at_risk:
        problems += (not_estimable.left_out(context, noted.not_at_risk, "no time at risk"),)
    cells = event_counts.first_events(table, context.arms)
    made = [finding for arm in context.arms for finding in _arm(arm, cells[arm], analysis, context)]
    for problem in problems:
        made[0] = made[0].with_problem(problem)
    return tuple(made)


def _arm(
    arm: str, cells: list[tuple[int, int, int]], analysis: analyses.CumulativeIncidence, context: Context
) -> Iterator[Finding]:
    from trialist.kernels import competing

    method = Method(
        "cumulative_incidence",
        (
            ("category", "any event"),
            ("competing", "death"),
            ("interval", analysis.interval),
            ("level", analysis.level),
            ("variance", "infinitesimal jackknife"),
            ("days_per_month", DAYS_PER_MONTH),
        ),
    )
    n = sum(count for _, _, count in cells)
    events = sum(count for _, status, count in cells if status == competing.EVENT)
    curve = competing.aalen_johansen(*(zip(*cells, strict=True) if cells else ((), (), ())))
    nobody = [] if n else [not_estimable.no_subjects(context, [arm])]
    yield from incidences(arm, curve, analysis, context, method, n=n, events=events, fatal=nobody)
