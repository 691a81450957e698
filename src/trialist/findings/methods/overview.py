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
    Problems  N401 nobody in an arm; events without a grade N417 (W391: none has one), without a causality
              N418, without a word on treatment N421 (W392), seriousness N422 (W395), or death N423 (W396)
    """
    sizes = event_counts.people(table, context.arms)
    found = event_counts.flagged(table, context.arms)
    noted = event_counts.noted(table, context.arms)
    nothing = event_notes.nothing_selected(context, noted, "proportion", "overview")
    if nothing:
        return nothing
    problems = event_notes.of_selection(context, noted)
    problems += event_notes.of_grades(context, noted, ("3_or_more",), "own")
    problems += event_notes.of_relation(context, noted) + event_notes.of_details(context, noted)
    unknown = dict.fromkeys(event_counts.GRADED_KINDS, "grade") if noted.no_grades else {}
    unknown |= dict.fromkeys(event_counts.ACTION_KINDS, "action") if noted.no_actions else {}
    unknown |= dict.fromkeys(event_counts.SERIOUS_KINDS, "serious") if noted.no_seriousness else {}
    unknown |= dict.fromkeys(event_counts.FATAL_KINDS, "fatal") if noted.no_fatality else {}
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
                none = event_notes.nobody_tells(context, unknown[kind])
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
