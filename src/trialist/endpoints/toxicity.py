"""Adverse events: who had at least one of a kind, treatment-emergent or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.endpoints.event_gaps import WORDS, fitting, gaps_in, gaps_of_subjects, noticed, unknown
from trialist.endpoints.event_selection import events_in_question
from trialist.endpoints.verbs import beside, labelled
from trialist.problems import Place, Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import Table

    from trialist.endpoints.rules import AdverseEventRule


@entry(
    "adverse_event",
    needs=("subjects", "adverse_events"),
    gives="Response",
    source="ICH E9 section 6 and PHUSE WP-087 (treatment emergence); CTCAE grades",
)
def adverse_event(*, subjects: Table, adverse_events: Table, rule: AdverseEventRule) -> Table:
    """Subjects with at least one such event.

    Parameters
        subjects        one row per subject: subject, cutoff_day, first_dose_day, last_dose_day
        adverse_events  subject, sequence, term, grade, initial_grade, serious, related, start_day, end_day
        rule            term (any when none), minimum_grade, serious, related, treatment_emergent, window
    Returns   Response: responder is true or false for every subject; day is the first start; an event
              without a grade counts only where any grade does, one without a relation as related
    Problems  those of `untold`; choose the safety population in the analysis
    Source    ICH E9 section 6 and PHUSE WP-087
    """
    rows = fitting(_in_question(adverse_events, subjects, rule), rule)
    counted = rows.group_by("subject").aggregate(n=rows.count(), day=rows.start_day.min())
    found = beside(subjects.select("subject"), counted)
    happened = found.n.notnull()
    return found.select(
        "subject",
        responder=happened,
        day=found.day,
        reason=labelled((happened, "EVENT"), otherwise="NO_EVENT"),
    )


def untold(
    name: str, inputs: Mapping[str, Table], rule: AdverseEventRule, place: Place
) -> tuple[Problem, ...]:
    """W399 no event tells what the endpoint asks; else N417, N418, N422: some do not."""
    rows = _in_question(inputs["adverse_events"], inputs["subjects"], rule)
    gaps = gaps_in(gaps_of_subjects(rows, rule))
    whole = list(unknown(gaps))
    if whole:
        return (
            Problem(
                "W399",
                f"endpoint '{name}': no event {WORDS[whole[0]].nobody}, so nobody can be counted by it",
                f"fill {WORDS[whole[0]].variable} in the records, or do not ask for it in the endpoint",
                place,
            ),
        )
    return tuple(
        Problem(code, f"endpoint '{name}': {message}", remedy, place)
        for code, message, remedy in noticed(gaps)
    )


def _in_question(adverse_events: Table, subjects: Table, rule: AdverseEventRule) -> Table:
    return events_in_question(adverse_events, subjects, rule, () if rule.term is None else (rule.term,))
