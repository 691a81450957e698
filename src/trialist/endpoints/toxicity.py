"""Adverse events: who had at least one of a kind, treatment-emergent or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.verbs import beside, labelled
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

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
    Problems  none: choose the safety population in the analysis
    Source    ICH E9 section 6 and PHUSE WP-087
    """
    doses = subjects.select("subject", "first_dose_day", "last_dose_day", "cutoff_day")
    rows = adverse_events.inner_join(doses, "subject")
    rows = rows.filter(
        (rows.cutoff_day.isnull() | (rows.start_day <= rows.cutoff_day)) | rows.start_day.isnull()
    )
    if rule.term is not None:
        rows = rows.filter(rows.term.upper() == rule.term.upper())
    if rule.minimum_grade > 1:
        rows = rows.filter(rows.grade >= rule.minimum_grade)
    if rule.serious:
        rows = rows.filter(rows.serious)
    if rule.related:
        rows = rows.filter(rows.related.fill_null(True))
    if rule.treatment_emergent:
        rows = rows.filter(treatment_emergent(rows, rule.window))
    counted = rows.group_by("subject").aggregate(n=rows.count(), day=rows.start_day.min())
    found = beside(subjects.select("subject"), counted)
    happened = found.n.notnull()
    return found.select(
        "subject",
        responder=happened,
        day=found.day,
        reason=labelled((happened, "EVENT"), otherwise="NO_EVENT"),
    )


def treatment_emergent(rows: Table, window: int) -> BooleanValue:
    """Whether an event is treatment-emergent; the order of the questions matters.

    Never treated: no. Ended before the first dose: no. Start missing: yes. Started from the first dose to
    `window` days after the last: yes. Started before, lasting into treatment, with a grade higher than the
    one it began with: yes. Otherwise no. A last dose not known sets no end. Of a partial date the known
    parts are compared: what can have started on treatment did, what can't have ended before it did not.
    Columns: start_day, end_day, their earliest and latest possible days, grade, initial_grade,
    first_dose_day, last_dose_day.
    """
    first = rows.first_dose_day
    earliest = ibis.coalesce(rows.start_day, rows.start_earliest_day)
    latest = ibis.coalesce(rows.start_day, rows.start_latest_day)
    ended = ibis.coalesce(rows.end_day, rows.end_latest_day)
    in_time = (latest >= first) & (rows.last_dose_day.isnull() | (earliest <= rows.last_dose_day + window))
    worse = (latest < first) & (rows.grade > rows.initial_grade)
    decided = ibis.cases(
        (first.isnull(), ibis.literal(False)),
        ((ended < first).fill_null(False), ibis.literal(False)),
        (latest.isnull(), ibis.literal(True)),
        else_=(in_time | worse).fill_null(False),
    )
    return decided
