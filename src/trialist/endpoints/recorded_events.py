"""From AE to the input of the adverse event derivations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.subjects import days_between
from trialist.records.accepted import flag
from trialist.records.columns import column
from trialist.records.possible_days import possible_days
from trialist.records.words import compared, pairs, words

if TYPE_CHECKING:
    from ibis.expr.types import StringValue, Table

UNCODED = "Uncoded"
OTHER_ACTION = "other"
MOST_SEVERE = 5


def recorded_events(ae: Table, subjects: Table) -> Table:
    """The input `adverse_events`.

    `term` is the coded term, or the reported one where there is none: by it events are found. The table of
    events is grouped by `preferred_term`, which is the coded term as it comes, `Uncoded` where it is empty,
    and the reported term where the records have no coded terms at all. An event is fatal where its result or
    its outcome says so, or its grade is 5; without any of the three it is not. The earliest and latest day
    are those that the text of a date can mean, also where the protocol has a missing day filled in.
    """
    rows = ae.inner_join(subjects.select("subject", "reference_date"), "subject")
    relation = column(rows, "relation").strip().upper().nullif("")
    unrelated = words("unrelated")
    start, end = (column(rows, name, "date") for name in ("start", "end"))
    (begun, begun_latest), (_, ended) = (possible_days(rows, name) for name in ("start", "end"))
    grade = column(rows, "grade", "int64")
    action, known = compared(column(rows, "action")), pairs("actions").items()
    dead = flag(rows, "fatal") | compared(column(rows, "outcome")).isin(words("fatal_outcomes"))
    coded = rows.term if "term" in rows.columns else rows.reported_term
    classes = [_text(column(rows, name)) for name in ("system_organ_class", "body_system")]
    return rows.select(
        "subject",
        "sequence",
        term=ibis.coalesce(column(rows, "term").nullif(""), rows.reported_term),
        preferred_term=_text(coded).fill_null(UNCODED),
        system_organ_class=ibis.coalesce(*classes),
        grade=grade,
        initial_grade=column(rows, "initial_grade", "int64"),
        serious=flag(rows, "serious"),
        related=ibis.ifelse(relation.isnull(), ibis.null("boolean"), ~relation.isin(unrelated)),
        action=ibis.ifelse(action.isnull(), ibis.null("string"), action.cases(*known, else_=OTHER_ACTION)),
        fatal=(dead | (grade == MOST_SEVERE)).fill_null(False),
        start_day=days_between(start, rows.reference_date),
        start_earliest_day=days_between(begun, rows.reference_date),
        start_latest_day=days_between(begun_latest, rows.reference_date),
        end_day=days_between(end, rows.reference_date),
        end_latest_day=days_between(ended, rows.reference_date),
    )


def _text(said: StringValue) -> StringValue:
    """A text as it comes, without the blanks around it; null when it is empty."""
    return said.strip().nullif("")
