"""Subjects with at least one adverse event, by system organ class, preferred term and worst grade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import event_counts, event_notes, not_estimable
from trialist.findings.context import Context
from trialist.findings.event_counts import EventRow
from trialist.findings.model import Finding, Method
from trialist.registry import entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import Table

    from trialist.protocol import adverse_event_analyses as analyses

GRADES = {
    "any": "any grade",
    "3_or_more": "grade 3 or more",
    "3_to_4": "worst grade 3 or 4",
    "not_graded": "not graded",
}


@entry(
    "incidence",
    needs="Occurrence",
    gives="proportion",
    source="enumeration; ICH E3, sections 12.2, 14.3.1",
)
def run(table: Table, analysis: analyses.Incidence, context: Context) -> tuple[Finding, ...]:
    """One proportion per arm, row and grade; `n` is the arm's size, `events` the subjects with an event.

    Of each subject the worst grade within the row counts, so that a subject counts once. Everybody of the
    population is in the denominator. The cell is spelt out in the options `row`, `system_organ_class`,
    `term` and `grade`; their order is that of the table.
    Problems  N401 nobody in an arm, N416 events without a term, N417 without a grade,
              W390 no class at all, W391 no grade at all; where the endpoint selects by what events do not
              tell, N417, N418, N421 to N423, W391, W392, W395, W396
    """
    sizes = event_counts.people(table, context.arms)
    found = event_counts.worst_grades(
        table, context.arms, analysis.levels, missing_as_severe=analysis.not_graded == "as_3"
    )
    rows = rows_in_order(anybody(found), analysis, context, sizes)
    noted = event_counts.noted(table, context.arms)
    nothing = event_notes.nothing_selected(context, noted, "proportion", "incidence")
    if nothing:
        return nothing
    problems = event_notes.of_selection(context, noted)
    problems += event_notes.of_terms(context, noted, analysis.levels)
    problems += event_notes.of_grades(context, noted, analysis.grades, analysis.not_graded)
    unknown = set(analysis.grades) - event_notes.NOT_BY_GRADE if noted.no_grades else set()
    unknown = unknown if analysis.not_graded == "own" else set()
    made = [
        context.finding("proportion", None, Method("incidence"), [arm], n=0, problems=[none])
        for arm in context.arms
        if not sizes[arm]
        for none in [not_estimable.no_subjects(context, [arm])]
    ]
    for row in rows:
        for grade in analysis.grades:
            method = cell("incidence", row, analysis, grade, (("not_graded", analysis.not_graded),))
            for arm in context.arms:
                if not sizes[arm]:
                    continue
                if grade in unknown:
                    none = event_notes.no_grade(context)
                    made.append(
                        context.finding("proportion", None, method, [arm], n=sizes[arm], problems=[none])
                    )
                    continue
                count = event_counts.with_grade(found[row][arm], grade)
                made.append(
                    context.finding(
                        "proportion",
                        count / sizes[arm],
                        method,
                        [arm],
                        n=sizes[arm],
                        events=count,
                        note=counted(method, count, sizes[arm]),
                        problems=problems,
                    )
                )
                problems = ()
    return tuple(made)


def counted(method: Method, count: int, n: int) -> str:
    """The cell in words: `Gut / Nausea, any grade: 2 of 4 (50.0 %)`."""
    return f"{dict(method.options)['category']}: {count} of {n} ({100 * count / n:.1f} %)"


def anybody(found: Mapping[EventRow, Mapping[str, event_counts.Worst]]) -> dict[EventRow, dict[str, int]]:
    """Row -> arm -> subjects with an event of any grade."""
    return {
        row: {arm: event_counts.with_grade(worst, "any") for arm, worst in by_arm.items()}
        for row, by_arm in found.items()
    }


def rows_in_order(
    counts: Mapping[EventRow, Mapping[str, int]],
    analysis: analyses.ByTerm,
    context: Context,
    sizes: Mapping[str, int],
) -> tuple[EventRow, ...]:
    """The rows that the cut leaves, in the order that the analysis asks."""
    kept = event_counts.reached(counts, sizes, analysis.cut)
    lead = context.compare[:1] or context.arms
    return tuple(row for row in event_counts.in_order(counts, analysis.sort, lead) if row in kept)


def cell(
    name: str,
    row: EventRow,
    analysis: analyses.ByTerm,
    grade: str,
    more: tuple[tuple[str, object], ...] = (),
    *,
    counted: str = "subjects",
) -> Method:
    """The method of one cell, with everything that says which cell it is."""
    said = GRADES.get(grade, f"worst grade {grade}")
    return Method(
        name,
        (
            ("category", f"{row.label}, {said}"),
            ("row", row.level),
            ("system_organ_class", row.system_organ_class),
            ("term", row.term),
            ("grade", grade),
            ("denominator", "all"),
            ("counted", counted),
            ("cut", analysis.cut),
            ("sort", analysis.sort),
            *more,
        ),
    )
