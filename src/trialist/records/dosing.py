"""What EX and DM tell of dosing: whether a subject had a dose, what is known of first and last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis

from trialist.records.columns import column
from trialist.records.possible_days import possible_days
from trialist.records.words import compared, pairs, words

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, FloatingValue, StringValue, Table

    from trialist.protocol.model import Protocol

_OF_ITS_OWN = 7
"""Days from one dose to the next from which on each dose has a record of its own: a week."""


def with_doses(rows: Table, ex: Table | None, protocol: Protocol) -> Table:
    """DM with treated, only_omitted, first_dose_date, earliest_first_dose, last_dose_date, last_dose_partial.

    treated              a dose is recorded: RFXSTDTC, or a record of EX that is a dose (see `_is_dose`)
    only_omitted         EX has records of the subject, none of them a dose: then RFXSTDTC is not believed
    first_dose_date      RFXSTDTC, else the first EXSTDTC; null where a partial date may be earlier
    earliest_first_dose  the first day that it can be
    last_dose_date       RFXENDTC, else the last day of EX; of a partial one the latest day it can mean; null
                         where treatment is ongoing or its end not known (see `_ongoing`)
    last_dose_partial    last_dose_date is such a latest day
    """
    rows = _beside_exposure(rows, ex, protocol)
    absent = (rows.ex_doses == 0).fill_null(False)
    begun, begun_latest = possible_days(rows, "first_dose")
    ended_earliest, ended = possible_days(rows, "last_dose")
    said = column(rows, "first_dose_text").strip().nullif("").notnull()
    said = said | column(rows, "first_dose", "date").notnull()
    exact = ibis.ifelse(rows.ex_first == rows.ex_earliest, rows.ex_first, ibis.null("date"))
    in_full = ibis.ifelse(begun == begun_latest, begun, ibis.null("date"))
    whole = (ended == ended_earliest).fill_null(False)
    between = (rows.ex_surely == rows.ex_last) & rows.ex_last.between(ended_earliest, ended)
    from_ex = ended.isnull() | (~whole & between.fill_null(False))
    nothing = ibis.null("date")
    first = ibis.coalesce(column(rows, "first_dose", "date"), rows.ex_first)
    earliest = ibis.coalesce(in_full, exact, begun, rows.ex_earliest)
    last = ibis.ifelse(from_ex, rows.ex_last, ended)
    partial = ibis.ifelse(from_ex, (rows.ex_surely < rows.ex_last) | rows.ex_surely.isnull(), ~whole)
    rows = rows.mutate(
        treated=~absent & (said | (rows.ex_doses > 0).fill_null(False)),
        only_omitted=absent,
        first_dose_date=ibis.ifelse(absent, nothing, first),
        earliest_first_dose=ibis.ifelse(absent, nothing, earliest),
        last_dose_date=ibis.ifelse(absent, nothing, last),
        last_dose_partial=~absent & last.notnull() & partial.fill_null(True),
    )
    return rows.drop("ex_doses", "ex_first", "ex_earliest", "ex_last", "ex_surely")


def _beside_exposure(rows: Table, ex: Table | None, protocol: Protocol) -> Table:
    """Adds what EX tells of each subject; null where it tells nothing.

    ex_doses     records that are a dose
    ex_first     the first day; null where a partial date may be earlier
    ex_earliest  the first day that it can be
    ex_last      the last day that the last dose can be; null where one is ongoing
    ex_surely    the last of the days that are known in full
    """
    if ex is None:
        unknown: dict[str, Any] = dict.fromkeys(
            ("ex_first", "ex_earliest", "ex_last", "ex_surely"), ibis.null("date")
        )
        return rows.mutate(ex_doses=ibis.null("int64"), **unknown)
    begun, begun_latest = possible_days(ex, "start")
    ended_earliest, ended = possible_days(ex, "end")
    given = _is_dose(ex)
    ex = ex.select(
        "subject",
        given=given,
        treatment=compared(column(ex, "treatment")),
        start=column(ex, "start", "date"),
        begun=begun,
        latest=ibis.coalesce(ended, begun_latest),
        full=ibis.ifelse(ended.notnull(), ended == ended_earliest, begun == begun_latest).fill_null(False),
        endless=ended.isnull() & _repeats(ex, protocol),
    )
    every = ex.group_by("subject", "treatment")
    ex = every.mutate(newest=ex.begun.max())
    ongoing = _ongoing(ex)
    nothing = ibis.null("date")
    ex = ex.mutate(
        ongoing=ongoing.cast("int64"),
        start=ibis.ifelse(ex.given, ex.start, nothing),
        earliest=ibis.ifelse(ex.given, ibis.coalesce(ex.start, ex.begun), nothing),
        begun=ibis.ifelse(ex.given, ex.begun, nothing),
        latest=ibis.ifelse(ex.given, ex.latest, nothing),
        surely=ibis.ifelse(ex.given & ex.full, ex.latest, nothing),
    )
    told = ex.group_by("subject").aggregate(
        ex_doses=ex.given.cast("int64").sum(),
        ex_start=ex.start.min(),
        ex_soonest=ex.earliest.min(),
        ex_earliest=ex.begun.min(),
        ex_latest=ex.latest.max(),
        ex_surely=ex.surely.max(),
        ex_ongoing=ex.ongoing.max(),
    )
    told = told.mutate(
        ex_first=ibis.ifelse(told.ex_start == told.ex_soonest, told.ex_start, nothing),
        ex_last=ibis.ifelse(told.ex_ongoing == 1, nothing, told.ex_latest),
    ).drop("ex_start", "ex_soonest", "ex_latest", "ex_ongoing")
    return rows.left_join(told, "subject").drop("subject_right")


def _is_dose(ex: Table) -> BooleanValue:
    """Whether a record is a dose. An amount of 0 is none, unless the treatment is called a placebo.

    An amount that is not recorded is not 0.
    """
    zero = (column(ex, "dose", "float64") == 0).fill_null(False)
    name = compared(column(ex, "treatment"))
    sham = [name.contains(word) for word in words("placebo")]
    return ~zero | ibis.or_(*sham).fill_null(False)


def _ongoing(ex: Table) -> BooleanValue:
    """Whether a dose has no end and goes on, for all that is known: no later record of its treatment."""
    return ex.given & ex.endless & (ex.begun >= ex.newest).fill_null(True)


def _repeats(ex: Table, protocol: Protocol) -> BooleanValue:
    """Whether a record without an end may stand for many doses.

    It does where doses follow each other in less than a week, or at a frequency that is not understood. It is
    a dose of its own where the frequency says once, the protocol plans a dose a week or less often, or
    neither the record nor the protocol tells of a frequency.
    """
    said = compared(column(ex, "frequency"))
    apart = days_between_doses(said)
    planned = _planned_interval(compared(column(ex, "treatment")), protocol)
    return ibis.cases(
        (said.isin(words("single_dose")).fill_null(False), ibis.literal(False)),
        ((planned >= _OF_ITS_OWN).fill_null(False), ibis.literal(False)),
        (apart.notnull(), apart < _OF_ITS_OWN),
        (said.notnull(), ibis.literal(True)),
        else_=planned.notnull(),
    )


def days_between_doses(frequency: StringValue) -> FloatingValue:
    """Days from one dose to the next: QD 1, BID 0.5, Q21D 21, EVERY 3 WEEKS 21; null where it is not said."""
    known = pairs("dosing_frequencies")
    by_word = frequency.cases(
        *((word, float(days)) for word, days in known.items()), else_=ibis.null("float64")
    )
    found = [by_word]
    for pattern, length in (
        (r"^Q *([0-9]+) *D$", 1.0),
        (r"^Q *([0-9]+) *W$", 7.0),
        (r"^EVERY +([0-9]+) +DAYS?$", 1.0),
        (r"^EVERY +([0-9]+) +WEEKS?$", 7.0),
    ):
        found.append(frequency.re_extract(pattern, 1).nullif("").try_cast("float64") * length)
    days: FloatingValue = ibis.coalesce(*found)
    return days.nullif(0.0)


def _planned_interval(treatment: StringValue, protocol: Protocol) -> FloatingValue:
    """Days from one dose to the next as planned; null where no arm, or not every arm alike, plans them."""
    found: dict[str, set[int]] = {}
    for arm in protocol.plan.arms.values():
        for give in (*arm.give, *arm.choose_one):
            found.setdefault(give.drug.strip().upper(), set()).add(give.every or 0)
    alike = {drug: every.pop() for drug, every in found.items() if len(every) == 1}
    branches = [(drug, float(every)) for drug, every in alike.items() if every]
    if not branches:
        return ibis.null("float64")
    return treatment.cases(*branches, else_=ibis.null("float64"))
