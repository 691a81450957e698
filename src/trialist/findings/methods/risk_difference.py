"""Difference between two arms of the proportion of subjects with an adverse event, for each term."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import event_counts, event_notes, not_estimable
from trialist.findings.context import Context
from trialist.findings.methods.incidence import cell, rows_in_order
from trialist.findings.model import Finding, Interval, Method
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.problems import Problem
    from trialist.protocol import adverse_event_analyses as analyses


@entry(
    "risk_difference",
    needs="Occurrence",
    gives="risk_difference",
    source="Miettinen and Nurminen 1985, Stat Med 4:213",
)
def run(table: Table, analysis: analyses.RiskDifference, context: Context) -> tuple[Finding, ...]:
    """First arm of `compare` less the second, for each row; `n` and `events` are of both arms together.

    The options `subjects` and `with_event` hold the numbers of each arm. A cut looks at the grade
    compared; without one every row is there in which an event of any grade is.
    Problems  E413 not two arms, N401 an arm with nobody, N416, N417, W390, W391 (events), and those of the
              endpoint's selection (incidence)
    """

    def without(problem: Problem) -> tuple[Finding, ...]:
        groups = context.compare or context.arms
        method = Method("risk_difference")
        return (context.finding("risk_difference", None, method, groups, problems=[problem]),)

    if len(context.compare) != 2:
        return without(not_estimable.not_two_arms(context, "risk_difference", len(context.compare)))
    first, second = context.compare
    sizes = event_counts.people(table, context.compare)
    empty = [arm for arm in context.compare if not sizes[arm]]
    if empty:
        return without(not_estimable.no_subjects(context, empty))
    from trialist.kernels.score_difference import miettinen_nurminen

    found = event_counts.worst_grades(table, context.compare, analysis.levels)
    counts = {
        row: {arm: event_counts.with_grade(worst, analysis.grade) for arm, worst in by_arm.items()}
        for row, by_arm in found.items()
    }
    noted = event_counts.noted(table, context.compare)
    nothing = event_notes.nothing_selected(context, noted, "risk_difference", "risk_difference")
    if nothing:
        return nothing
    if noted.no_grades and analysis.grade not in event_notes.NOT_BY_GRADE:
        return without(event_notes.no_grade(context))
    problems = event_notes.of_selection(context, noted)
    problems += event_notes.of_terms(context, noted, analysis.levels)
    problems += event_notes.of_grades(context, noted, (analysis.grade,), "own")
    made = []
    for row in rows_in_order(counts, analysis, context, sizes):
        yes, n = (counts[row][first], counts[row][second]), (sizes[first], sizes[second])
        apart, low, high = miettinen_nurminen(yes, n, analysis.level)
        options = (
            ("interval", analysis.interval),
            ("level", analysis.level),
            ("with_event", yes),
            ("subjects", n),
        )
        made.append(
            context.finding(
                "risk_difference",
                apart,
                cell("risk_difference", row, analysis, analysis.grade, options),
                context.compare,
                interval=Interval(low, high, analysis.level),
                n=sum(n),
                events=sum(yes),
                note=f"{row.label}: {yes[0]} of {n[0]} against {yes[1]} of {n[1]}",
                problems=problems,
            )
        )
        problems = ()
    return tuple(made)
