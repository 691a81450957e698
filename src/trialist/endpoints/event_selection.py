"""Which adverse events are asked about: one choice and one treatment emergence for every derivation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.records.columns import column

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
        subjects        one row per subject: subject, cutoff_day, treated, first_dose_day, last_dose_day,
                        first_dose_earliest_day, therapy_limit (where the rule ends emergence by it)
        rule            treatment_emergent, window (days)
        terms           compared without regard to case; none: every term
    """
    earliest = column(subjects, "first_dose_earliest_day", "int64")
    doses = subjects.select(
        "subject",
        "first_dose_day",
        "last_dose_day",
        "cutoff_day",
        therapy_limit=column(subjects, "therapy_limit", "int64"),
        treated=ibis.coalesce(column(subjects, "treated", "boolean"), subjects.first_dose_day.notnull()),
        first_dose_earliest_day=ibis.coalesce(earliest, subjects.first_dose_day),
    )
    rows = adverse_events.inner_join(doses, "subject")
    begun = ibis.coalesce(rows.start_earliest_day, rows.start_day)
    rows = rows.filter((begun <= rows.cutoff_day).fill_null(True))
    if terms:
        rows = rows.filter(rows.term.strip().upper().isin([term.strip().upper() for term in terms]))
    rows = rows.mutate(emergent=treatment_emergent(rows, rule.window))
    return rows.filter(rows.emergent) if rule.treatment_emergent else rows


def treatment_emergent(rows: Table, window: int) -> BooleanValue:
    """Whether an event is treatment-emergent; the order of the questions matters.

    Never treated: no. Ended before the first dose: no. Start missing: yes. Started from the first dose to
    `window` days after the last, and no later than a new therapy that ends it (therapy_limit): yes. Started
    before, lasting into treatment, with a grade higher than the one it began with: yes. Otherwise no. A last
    dose not known sets no end. Of a partial date the known parts are compared: what can have started on
    treatment did, what can't have ended before it did not. So too of a first dose: its earliest day counts,
    and one of which no day is known excludes nothing.
    Columns: start_day, end_day, their earliest and latest possible days (which come before them), grade,
    initial_grade, treated, first_dose_earliest_day, last_dose_day, therapy_limit.
    """
    first = rows.first_dose_earliest_day
    earliest = ibis.coalesce(rows.start_earliest_day, rows.start_day)
    latest = ibis.coalesce(rows.start_latest_day, rows.start_day)
    ended = ibis.coalesce(rows.end_latest_day, rows.end_day)
    begun = (latest >= first).fill_null(True)
    limit = column(rows, "therapy_limit", "int64")
    before_other = limit.isnull() | (earliest <= limit)
    in_time = begun & before_other & (rows.last_dose_day.isnull() | (earliest <= rows.last_dose_day + window))
    worse = (latest < first) & (rows.grade > rows.initial_grade)
    decided = ibis.cases(
        (~rows.treated, ibis.literal(False)),
        ((ended < first).fill_null(False), ibis.literal(False)),
        (latest.isnull(), ibis.literal(True)),
        else_=(in_time | worse).fill_null(False),
    )
    return decided
