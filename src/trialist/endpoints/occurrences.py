"""Adverse events one by one, beside everybody who could have had one, with the time at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.event_gaps import fitting, gap_columns, gaps_of_subjects
from trialist.endpoints.event_selection import events_in_question
from trialist.endpoints.recorded_events import UNCODED
from trialist.endpoints.verbs import beside
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import IntegerValue, Table

    from trialist.endpoints.adverse_event_rules import OccurrenceRule

_NEVER = 10**9  # later than any day


@entry(
    "adverse_events",
    needs=("subjects", "adverse_events", "therapies"),
    gives="Occurrence",
    source="ICH E3, sections 12.2 and 14.3; ICH E9 section 6 and PHUSE WP-087 (treatment emergence)",
)
def adverse_events(
    *, subjects: Table, adverse_events: Table, therapies: Table | None = None, rule: OccurrenceRule
) -> Table:
    """The events that fit, and every subject without one.

    Parameters
        subjects        one row per subject: subject, first_dose_day, last_dose_day, cutoff_day, death_day,
                        last_alive_day
        adverse_events  subject, sequence, term, preferred_term, system_organ_class, grade, initial_grade,
                        serious, related, action, fatal, start_day, end_day and their possible days
        therapies       subject, day of a new anticancer therapy; nobody had one where they are left out
        rule            terms, minimum_grade, serious, related, action, fatal, treatment_emergent, window (d),
                        new_therapy
    Returns   Occurrence. Time at risk runs from the first dose to the first of: last dose + window, death,
              cut-off, and a new therapy where the rule says so; where the last dose is not known, to the
              last day known alive at most. An emergent event that began before the first dose, or on a day
              not known at all, has its onset on the first dose; one of a partial date on the earliest day on
              treatment that it can mean
              Causality and action are those of the rule's drug, where it names one
              Details that events do not tell are counted for each subject, of those that the rule asks
    Problems  none: choose the safety population in the analysis
    Source    ICH E3, section 12.2; He and others 2015, J Biom Biostat 6:238 (time at risk)
    """
    subjects = _with_limit(subjects, therapies, rule)
    asked = events_in_question(adverse_events, subjects, rule, rule.terms)
    rows = fitting(asked, rule)
    earliest = ibis.coalesce(rows.start_day, rows.start_earliest_day, rows.first_dose_day)
    early = earliest < rows.first_dose_day
    events = rows.select(
        "subject",
        "sequence",
        term=rows.preferred_term.fill_null(UNCODED),
        system_organ_class=rows.system_organ_class.fill_null(UNCODED),
        grade=rows.grade,
        serious=rows.serious,
        related=rows[rule.relation_column],
        action=rows[rule.action_column],
        fatal=rows.fatal,
        emergent=rows.emergent,
        start_day=rows.start_day,
        end_day=rows.end_day,
        last_day=ibis.coalesce(rows.end_day, rows.end_latest_day),
        onset_day=ibis.ifelse(early, rows.first_dose_day, earliest),
    )
    people = beside(_at_risk(subjects, rule.window), _causes(adverse_events, subjects))
    people = beside(people, gaps_of_subjects(asked, rule))
    people = people.mutate(**{column: people[column].fill_null(0) for column in gap_columns()})
    own = [column for column in people.columns if column != "subject"]
    return beside(people, events).select(*events.columns, *own)


def _with_limit(subjects: Table, therapies: Table | None, rule: OccurrenceRule) -> Table:
    """Adds therapy_limit: the day of the first new therapy, where it ends treatment emergence; else null."""
    if therapies is None or rule.new_therapy != "end":
        return subjects.mutate(therapy_limit=ibis.null("int64"))
    first = therapies.group_by("subject").agg(therapy_limit=therapies.day.min())
    return beside(subjects, first)


def _at_risk(subjects: Table, window: int) -> Table:
    """subject, risk_start_day, risk_end_day, died; no days for a subject never treated."""
    covered = ibis.coalesce(subjects.last_dose_day + window, subjects.last_alive_day)
    last = _first_of(_first_of(covered, subjects.cutoff_day), subjects.death_day)
    last = _first_of(last, subjects.therapy_limit)
    known = (subjects.first_dose_day <= last).fill_null(False)
    return subjects.select(
        "subject",
        risk_start_day=ibis.ifelse(known, subjects.first_dose_day, ibis.null("int64")),
        risk_end_day=ibis.ifelse(known, last, ibis.null("int64")),
        died=(known & (subjects.death_day == last)).fill_null(False),
    )


def _causes(adverse_events: Table, subjects: Table) -> Table:
    """subject, fatal_term, fatal_terms: the first term, and how many, of all fatal events to the cut-off.

    Whatever the rule selects, and treatment-emergent or not: a cause that is recorded is told.
    """
    rows = adverse_events.inner_join(subjects.select("subject", "cutoff_day"), "subject")
    late = (rows.start_day > rows.cutoff_day).fill_null(False)
    fatal = rows.filter(rows.fatal.fill_null(False) & ~late)
    fatal = fatal.select("subject", term=fatal.preferred_term.fill_null(UNCODED))
    return fatal.group_by("subject").agg(fatal_term=fatal.term.min(), fatal_terms=fatal.term.nunique())


def _first_of(one: IntegerValue, other: IntegerValue) -> IntegerValue:
    """The earlier of two days; a day not known ends nothing."""
    a, b = one.fill_null(_NEVER), other.fill_null(_NEVER)
    return ibis.ifelse(a <= b, a, b).nullif(_NEVER)
