"""From AE to the input of the adverse event derivations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.subjects import days_between
from trialist.records.accepted import answer
from trialist.records.columns import column
from trialist.records.domains.ae import CRITERIA
from trialist.records.possible_days import possible_days
from trialist.records.words import compared, pairs, words

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, StringValue, Table

UNCODED = "Uncoded"
MOST_SEVERE = 5


def recorded_events(ae: Table, subjects: Table) -> Table:
    """The input `adverse_events`.

    `term` is the coded term, or the reported one where there is none: by it events are found. The table of
    events is grouped by `preferred_term`, which is the coded term as it comes, `Uncoded` where it is empty,
    and the reported term where the records have no coded terms at all. An event is fatal where its result or
    its outcome says so, or its grade is 5; it is not where one of them, or that it is not serious, says no.
    It is serious as AESER says; where AESER is empty, by a criterion of seriousness or its death, and not
    where every criterion says no. What is not said, or by a word that is not known, is null: of relation, of
    what was done with treatment, of seriousness and of death alike. The earliest and latest day of a date
    are those that its text can mean, also where the protocol has a missing day filled in.
    """
    rows = ae.inner_join(subjects.select("subject", "reference_date"), "subject")
    relation, outcome = compared(column(rows, "relation")), compared(column(rows, "outcome"))
    start, end = (column(rows, name, "date") for name in ("start", "end"))
    (begun, begun_latest), (_, ended) = (possible_days(rows, name) for name in ("start", "end"))
    grade = column(rows, "grade", "int64")
    action, known = compared(column(rows, "action")), pairs("actions").items()
    said = answer(rows, "serious")
    dead = _any(answer(rows, "fatal"), outcome.isin(words("fatal_outcomes")), grade == MOST_SEVERE)
    alive = _any(
        answer(rows, "fatal") == ibis.literal(False),
        outcome.isin(words("other_outcomes")),
        grade < MOST_SEVERE,
        said == ibis.literal(False),
    )
    criteria = [answer(rows, name) for name in CRITERIA]
    by_criteria = said.isnull() & _any(dead, *criteria)
    no_criterion = ibis.and_(*((each == ibis.literal(False)).fill_null(False) for each in criteria))
    coded = rows.term if "term" in rows.columns else rows.reported_term
    classes = [_text(column(rows, name)) for name in ("system_organ_class", "body_system")]
    return rows.select(
        "subject",
        "sequence",
        term=ibis.coalesce(_text(column(rows, "term")), rows.reported_term),
        preferred_term=_text(coded).fill_null(UNCODED),
        system_organ_class=ibis.coalesce(*classes),
        grade=grade,
        initial_grade=column(rows, "initial_grade", "int64"),
        serious=_yes_or_no(_any(said, by_criteria), _any(said == ibis.literal(False), no_criterion)),
        related=_yes_or_no(relation.isin(words("related")), relation.isin(words("unrelated"))),
        action=ibis.cases(*((action == word, ibis.literal(kind)) for word, kind in known)),
        fatal=_yes_or_no(dead, alive),
        start_day=days_between(start, rows.reference_date),
        start_earliest_day=days_between(begun, rows.reference_date),
        start_latest_day=days_between(begun_latest, rows.reference_date),
        end_day=days_between(end, rows.reference_date),
        end_latest_day=days_between(ended, rows.reference_date),
    )


def _any(*said: BooleanValue) -> BooleanValue:
    """Whether one of them holds; one that is not known does not."""
    return ibis.or_(*(each.fill_null(False) for each in said))


def _yes_or_no(yes: BooleanValue, no: BooleanValue) -> BooleanValue:
    """Yes before no; null where neither is said."""
    said: BooleanValue = ibis.cases(
        (yes.fill_null(False), ibis.literal(True)),
        (no.fill_null(False), ibis.literal(False)),
        else_=ibis.null("boolean"),
    )
    return said


def _text(said: StringValue) -> StringValue:
    """A text as it comes, without the blanks around it; null when it is empty."""
    return said.strip().nullif("")
