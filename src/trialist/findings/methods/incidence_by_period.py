"""Subjects with an adverse event that began in each period on treatment, of those at risk in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import event_counts, event_notes, not_estimable
from trialist.findings.context import Context
from trialist.findings.methods.incidence import cell, counted, rows_in_order
from trialist.findings.model import Finding, Method
from trialist.registry import entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ibis.expr.types import Table

    from trialist.problems import Problem
    from trialist.protocol import adverse_event_analyses as analyses


@entry(
    "incidence_by_period",
    needs="Occurrence",
    gives="proportion",
    source="enumeration; ICH E3, section 12.2.2 (events by time on treatment)",
)
def run(table: Table, analysis: analyses.IncidenceByPeriod, context: Context) -> tuple[Finding, ...]:
    """One proportion per arm, row and period; `n` are the subjects whose time at risk reaches the period.

    An event counts in the period in which it began, its worst grade of that period; a period in which nobody
    of an arm is at risk has no finding there. Periods are counted from the first dose; the last has no end.
    The cell is spelt out in the options of `incidence`, and `period`, `from_day`, `to_day` (day 1 is that of
    the first dose; null: no end).
    Problems  N401 nobody at risk in an arm, N412 subjects left out: no time at risk, N416 events without a
              term, N417 without a grade, N419 without a full start, W390 no class at all, W391 no grade at
              all, and those of the endpoint's selection (incidence)
    """
    starts = analysis.first_days
    at_risk, found = event_counts.worst_grades_in_periods(table, context.arms, analysis.levels, starts)
    sizes = {arm: periods[0] for arm, periods in at_risk.items()}
    most = {
        row: {
            arm: max(event_counts.with_grade(worst, analysis.grade) for worst in by_period)
            for arm, by_period in by_arm.items()
        }
        for row, by_arm in found.items()
    }
    noted = event_counts.noted(table, context.arms)
    nothing = event_notes.nothing_selected(context, noted, "proportion", "incidence_by_period")
    if nothing:
        return nothing
    problems = event_notes.of_selection(context, noted) + event_notes.of_starts(context, noted)
    problems += event_notes.of_terms(context, noted, analysis.levels)
    problems += event_notes.of_grades(context, noted, (analysis.grade,), "own")
    if noted.not_at_risk:
        problems += (not_estimable.left_out(context, noted.not_at_risk, "no time at risk"),)
    if noted.no_grades and analysis.grade not in event_notes.NOT_BY_GRADE:
        return (_none(context, context.arms, event_notes.no_grade(context)),)
    made = [
        _none(context, [arm], not_estimable.no_subjects(context, [arm]))
        for arm in context.arms
        if not sizes[arm]
    ]
    for row in rows_in_order(most, analysis, context, sizes):
        for arm in context.arms:
            for period, start in enumerate(starts):
                n = at_risk[arm][period]
                if not n:
                    continue
                until = starts[period + 1] if period + 1 < len(starts) else None
                options = (("period", period + 1), ("from_day", start + 1), ("to_day", until))
                count = event_counts.with_grade(found[row][arm][period], analysis.grade)
                method = cell("incidence_by_period", row, analysis, analysis.grade, options)
                made.append(
                    context.finding(
                        "proportion",
                        count / n,
                        method,
                        [arm],
                        timepoint=f"days {start + 1} to {until}" if until else f"from day {start + 1}",
                        n=n,
                        events=count,
                        note=counted(method, count, n),
                        problems=problems,
                    )
                )
                problems = ()
    return tuple(made)


def _none(context: Context, arms: Iterable[str], why: Problem) -> Finding:
    return context.finding("proportion", None, Method("incidence_by_period"), arms, n=0, problems=[why])
