"""From AE to the input of the adverse event derivations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.subjects import days_between
from trialist.protocol.adverse_event_endpoints import AdverseEventTable
from trialist.records.accepted import answer
from trialist.records.columns import column
from trialist.records.domains.ae import CRITERIA, STUDY_DRUGS
from trialist.records.possible_days import possible_days
from trialist.records.words import compared, pairs, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import BooleanValue, StringValue, Table

    from trialist.protocol.model import Protocol

UNCODED = "Uncoded"
MOST_SEVERE = 5
_NOTHING_DONE = "other"
_BY_WEIGHT = ("withdrawn", "reduced", "interrupted", _NOTHING_DONE)


def recorded_events(ae: Table, subjects: Table, protocol: Protocol) -> Table:
    """The input `adverse_events`.

    `term` is the coded term, or the reported one where there is none: by it events are found. The table of
    events is grouped by `preferred_term`, which is the coded term as it comes, `Uncoded` where it is empty,
    and the reported term where the records have no coded terms at all. An event is fatal where its result or
    its outcome says so, or its grade is 5; it is not where one of them, or that it is not serious, says no.
    It is serious as AESER says; where AESER is empty, by a criterion of seriousness or its death, and not
    where every criterion says no. What is not said, or by a word that is not known, is null: of relation, of
    what was done with treatment, of seriousness and of death alike. Where single study drugs have their own
    causality, an event is related where one of them is, and not where none is of those that an endpoint
    names; what was done is, where AEACN does not tell it, the most that was done with one of them. An event
    of an arm that is not given a drug is not related to it. The earliest and latest day of a date are those
    that its text can mean, also where the protocol has a missing day filled in.
    """
    rows = ae.inner_join(subjects.select("subject", "reference_date", "arm", "actual_arm"), "subject")
    outcome = compared(column(rows, "outcome"))
    start, end = (column(rows, name, "date") for name in ("start", "end"))
    (begun, begun_latest), (_, ended) = (possible_days(rows, name) for name in ("start", "end"))
    grade = column(rows, "grade", "int64")
    given = {n: arms_given(protocol, n) for n in STUDY_DRUGS}
    drugs = {n: _of_drug(rows, n, arms) for n, arms in given.items()}
    named = [related for n, (related, _) in drugs.items() if given[n] is not None]
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
        related=_related_to_any(rows, named),
        action=_most_done(rows),
        **{f"related_{n}": related for n, (related, _) in drugs.items()},
        **{f"action_{n}": action for n, (_, action) in drugs.items()},
        fatal=_yes_or_no(dead, alive),
        start_day=days_between(start, rows.reference_date),
        start_earliest_day=days_between(begun, rows.reference_date),
        start_latest_day=days_between(begun_latest, rows.reference_date),
        end_day=days_between(end, rows.reference_date),
        end_latest_day=days_between(ended, rows.reference_date),
    )


def arms_given(protocol: Protocol, number: int) -> tuple[str, ...] | None:
    """The arms that give the drug of that number; None where no endpoint says which drug it is."""
    entries = (e for e in protocol.plan.endpoints.values() if isinstance(e, AdverseEventTable))
    names = {e.drug.name.strip().upper() for e in entries if e.drug and e.drug.column == number}
    if not names:
        return None
    arms = protocol.plan.arms.items()
    return tuple(
        name
        for name, arm in arms
        if names & {give.drug.strip().upper() for give in (*arm.give, *arm.choose_one)}
    )


def _of_drug(rows: Table, number: int, given: tuple[str, ...] | None) -> tuple[BooleanValue, StringValue]:
    """The causality and the action of one study drug; in an arm without it, unrelated and none."""
    related = _relation(column(rows, f"relation_{number}"))
    action = _action(column(rows, f"action_{number}"))
    if given is None:
        return related, action
    without = (~ibis.coalesce(rows.actual_arm, rows.arm).isin(given)).fill_null(False)
    return (
        ibis.ifelse(without & related.isnull(), ibis.literal(False), related),
        ibis.ifelse(without & action.isnull(), ibis.literal(_NOTHING_DONE), action),
    )


def _related_to_any(rows: Table, named: Sequence[BooleanValue]) -> BooleanValue:
    """As AEREL and the causality of each study drug say; `named`: of the drugs that an endpoint names."""
    whole = _relation(column(rows, "relation"))
    drugs = [_relation(column(rows, f"relation_{n}")) for n in STUDY_DRUGS]
    none = ibis.and_(_any(*(said == ibis.literal(False) for said in drugs)), *(n.notnull() for n in named))
    return _yes_or_no(_any(whole, *drugs), _any(whole == ibis.literal(False), none))


def _most_done(rows: Table) -> StringValue:
    """What AEACN says, else the first of `_BY_WEIGHT` that was done with a study drug."""
    drugs = [_action(column(rows, f"action_{n}")) for n in STUDY_DRUGS]
    most: StringValue = ibis.cases(
        *((_any(*(drug == kind for drug in drugs)), ibis.literal(kind)) for kind in _BY_WEIGHT),
        else_=ibis.null("string"),
    )
    return ibis.coalesce(_action(column(rows, "action")), most)


def _relation(said: StringValue) -> BooleanValue:
    known = compared(said)
    return _yes_or_no(known.isin(words("related")), known.isin(words("unrelated")))


def _action(said: StringValue) -> StringValue:
    known = compared(said)
    kinds = pairs("actions").items()
    found: StringValue = ibis.cases(*((known == word, ibis.literal(kind)) for word, kind in kinds))
    return found


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
