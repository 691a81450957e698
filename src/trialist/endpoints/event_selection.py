"""Which adverse events are asked about: one choice and one treatment emergence for every derivation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import BooleanValue, Table

    from trialist.endpoints.adverse_event_rules import OccurrenceRule
    from trialist.endpoints.rules import AdverseEventRule


def events_in_question(
    adverse_events: Table, subjects: Table, rule: AdverseEventRule | OccurrenceRule, terms: Sequence[str]
) -> Table:
    """Events of those terms up to the cut-off, each with `emergent` and the days of its subject.

    Which of them fit the details that the rule asks (grade, seriousness, relation, action, death) is
    decided by `event_gaps.fitting`, and how many do not tell them by `event_gaps.gaps_of_subjects`.

    Parameters
        adverse_events  the input of that name
        subjects        one row per subject: subject, cutoff_day, first_dose_day, last_dose_day
        rule            treatment_emergent, window (days)
        terms           compared without regard to case; none: every term
    """
    doses = subjects.select("subject", "first_dose_day", "last_dose_day", "cutoff_day")
    rows = adverse_events.inner_join(doses, "subject")
    rows = rows.filter(
        (rows.cutoff_day.isnull() | (rows.start_day <= rows.cutoff_day)) | rows.start_day.isnull()
    )
    if terms:
        rows = rows.filter(rows.term.strip().upper().isin([term.strip().upper() for term in terms]))
    rows = rows.mutate(emergent=treatment_emergent(rows, rule.window))
    return rows.filter(rows.emergent) if rule.treatment_emergent else rows


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
