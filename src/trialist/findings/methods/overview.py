"""The overview of adverse events: subjects with any, related, severe, serious, dose-changing, fatal ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import event_counts, event_notes, not_estimable
from trialist.findings.context import Context
from trialist.findings.methods.incidence import counted
from trialist.findings.model import Finding, Method
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import adverse_event_analyses as analyses


@entry("overview", needs="Occurrence", gives="proportion", source="enumeration; ICH E3, section 12.2.1")
def run(table: Table, analysis: analyses.Overview, context: Context) -> tuple[Finding, ...]:
    """One proportion per kind of event and arm; `n` is the arm's size, `events` the subjects with one.

    An event without a causality counts as related. Kinds are not exclusive: "related, serious" asks for one
    event that is both.
    Problems  N401 nobody in an arm, N417 events without a grade, N418 without a causality, W391 no grade
              at all, W392 nothing on what was done with treatment
    """
    sizes = event_counts.people(table, context.arms)
    found = event_counts.flagged(table, context.arms)
    noted = event_counts.noted(table, context.arms)
    problems = event_notes.of_grades(context, noted, ("3_or_more",), "own")
    problems += event_notes.of_relation(context, noted)
    unknown = dict.fromkeys(event_counts.GRADED_KINDS, event_notes.no_grade) if noted.no_grades else {}
    if noted.no_actions:
        unknown |= dict.fromkeys(event_counts.ACTION_KINDS, event_notes.no_action)
    made = []
    for arm in context.arms:
        if not sizes[arm]:
            none = not_estimable.no_subjects(context, [arm])
            made.append(context.finding("proportion", None, Method("overview"), [arm], n=0, problems=[none]))
            continue
        for kind, count in found[arm].items():
            method = Method(
                "overview",
                (
                    ("category", kind),
                    ("denominator", "all"),
                    ("counted", "subjects"),
                    ("missing_relation", "related"),
                ),
            )
            if kind in unknown:
                none = unknown[kind](context)
                made.append(context.finding("proportion", None, method, [arm], n=sizes[arm], problems=[none]))
                continue
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
