"""What is wrong in records as a whole: between records, between domains, and against the protocol.

`records.imported` has already looked at each value by itself. Here every check is a query that the
engine answers with a number and the first few record keys; no row comes out otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

import ibis

from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.checks_deaths import deaths_agree, deaths_dated
from trialist.records.checks_events import (
    criteria_agree,
    event_words_known,
    fatal_events_agree,
    serious_events_dated,
)
from trialist.records.checks_responses import one_reader, responses_agree
from trialist.records.checks_subjects import reference_known, somebody_allocated
from trialist.records.checks_tests import tests_recorded
from trialist.records.checks_values import factor_levels, far_dates, known_words, never_negative
from trialist.records.computed import computed_once
from trialist.records.domains import DOMAINS
from trialist.records.model import Records
from trialist.records.subjects import arm_code, arm_words, in_several_arms, with_dates
from trialist.records.telling import SHOWN, found, place_of
from trialist.records.words import compared, words

if TYPE_CHECKING:
    from ibis.expr.types import Table

Tables = Mapping[str, "Table"]
Check = Callable[[Records, Protocol], Iterator[Problem]]
CheckOfPeople = Callable[[Records, Protocol, "Table"], Iterator[Problem]]  # the last: DM with its dates


def check_records(records: Records, protocol: Protocol) -> tuple[Problem, ...]:
    """Every contradiction in the records, in one run.

    Parameters
        records   tables in the full shape of their domains, in any engine of Ibis
        protocol  arms, reference date and cut-off
    Returns   errors first to be corrected (they change who is counted, or when), warnings, notes
    Problems  E350 a subject twice in DM, E351 records of nobody, E352 arm code of no arm, E353 a subject in
              two arms, E355 death before the reference date, E358 negative times, E361 grade outside 1 to 5,
              E364 allocated but no reference date, E367 nobody allocated, E373 dead without any date; W354
              dates that run backwards,
              W356 records after death, W357 dose before randomisation, W360 units that differ, W368 response
              words not known, W369 values that are no level of a factor, W370 a factor without records,
              W371 dates 10 years off, W372 negative concentrations, W374 alive but with a date of death,
              W375 two dates of death, W376 a test that an endpoint reads and no record holds, W377 nor at its
              visit, W379 responses that contradict each other, W380 several readers of responses,
              W393 serious events without a start, W394 fatal by one variable and not by another,
              W397 words of causality, action or outcome that are not known, W398 not serious in spite of a
              criterion; N359 two
              values of one test on a day, N362 records after the cut-off, N363 treated otherwise than
              planned, N365 no first dose, N366 subjects not allocated
    """
    problems = [problem for check in CHECKS for problem in check(records, protocol)]
    dm = records.tables.get("dm")
    if dm is not None:
        people = computed_once(with_dates(dm, records.tables, protocol))
        problems += [problem for check in OF_PEOPLE for problem in check(records, protocol, people)]
    return tuple(problems)


def subjects_once(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """E350, E353: one record and one arm per subject in DM."""
    dm = records.tables.get("dm")
    if dm is None:
        return
    counted = dm.group_by("subject").aggregate(n=dm.count(), arms=arm_code(dm).upper().nunique())
    twice = counted.filter(counted.n > 1)
    yield from found(
        records,
        "dm",
        twice,
        "E350",
        "{n} subjects are there more than once",
        "keep one record per subject; for a re-screened patient use one USUBJID",
    )
    yield from found(
        records,
        "dm",
        counted.filter(counted.arms > 1),
        *in_several_arms("{n} subjects are"),
    )


def curves_once(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """E353, E358: reconstructed times."""
    xt = records.tables.get("xt")
    if xt is None:
        return
    counted = xt.group_by("subject").aggregate(arms=xt.arm_code.nunique())
    yield from found(
        records,
        "xt",
        counted.filter(counted.arms > 1),
        "E353",
        "{n} pseudo-patients are in more than one arm",
        "number the pseudo-patients of each arm differently",
    )
    yield from found(
        records,
        "xt",
        xt.filter(xt.time_months < 0),
        "E358",
        "{n} times are negative",
        "times count from randomisation (or the start of the curve), in months",
    )


def known_subjects(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """E351: every record belongs to somebody in DM."""
    dm = records.tables.get("dm")
    if dm is None:
        return
    known = dm.select("subject").distinct()
    for name, table in _others(records):
        if name == "xt":
            continue
        strange = table.select("subject").distinct().anti_join(known, "subject")
        yield from found(
            records,
            name,
            strange,
            "E351",
            "{n} subjects have records but are not in DM",
            "add them to DM, or correct their USUBJID",
        )


def known_arms(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """E352: every arm code is one of the protocol, or says that nothing was allocated."""
    known = [*arm_words(protocol), *words("not_allocated")]
    for name in ("dm", "xt"):
        table = records.tables.get(name)
        if table is None:
            continue
        code = arm_code(table).upper()
        strange = table.filter(code.notnull() & ~code.isin(known))
        stated = sorted(arm.code or key for key, arm in protocol.plan.arms.items())
        yield from found(
            records,
            name,
            strange,
            "E352",
            f"{{n}} records have an arm code of no arm (the protocol has {', '.join(stated)})",
            "write the code that the records use as 'code:' of the arm, or correct ARMCD",
        )


def dates_forward(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """W354: pairs of dates within a record that its domain declares as ordered."""
    for name, table in records.tables.items():
        for later, earlier in DOMAINS[name].not_before:
            if (name, later, earlier) == ("dm", "death", "reference_start"):
                continue
            late, early = (DOMAINS[name].column(c).cdisc for c in (later, earlier))
            yield from found(
                records,
                name,
                table.filter(table[later] < table[earlier]),
                "W354",
                f"{{n}} records end before they begin ({late} before {early})",
                "correct one of the two dates",
            )


def reference_dates(records: Records, protocol: Protocol, rows: Table) -> Iterator[Problem]:
    """E355, W357: death and first dose against the day that the trial counts from."""
    yield from found(
        records,
        "dm",
        rows.filter(rows.death_date < rows.reference),
        "E355",
        f"{{n}} subjects died before the day the trial counts from ({protocol.plan.reference}, else RFSTDTC)",
        "correct DTHDTC, RFSTDTC or the date of randomisation in DS",
    )
    if protocol.plan.reference == "randomisation":
        yield from found(
            records,
            "dm",
            rows.filter(rows.first_dose_date < rows.reference),
            "W357",
            "{n} subjects got their first dose before they were randomised",
            "correct RFXSTDTC, EXSTDTC or the date of randomisation in DS; else report it as a deviation",
        )


def after_death(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """W356: nothing happens to the dead."""
    dm = records.tables.get("dm")
    if dm is None:
        return
    deaths = dm.filter(dm.death.notnull()).select("subject", died=dm.death)
    for name, table, when in _dated(records):
        late = table.inner_join(deaths, "subject").filter(lambda rows, when=when: rows[when] > rows.died)
        yield from found(
            records,
            name,
            late,
            "W356",
            f"{{n}} records are dated after the subject's death ({DOMAINS[name].column(when).cdisc})",
            "correct the date, the date of death, or the subject",
        )


def after_cut_off(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """N362: what the cut-off leaves out."""
    text = protocol.plan.dates.get("cut_off", "")
    try:
        cut_off = date.fromisoformat(text)
    except ValueError:
        return
    dated = list(_dated(records))
    if "dm" in records.tables:
        dated.append(("dm", records.tables["dm"], "death"))
    for name, table, when in dated:
        yield from found(
            records,
            name,
            table.filter(table[when] > ibis.literal(cut_off)),
            "N362",
            f"{{n}} records are dated after the cut-off {text} ({DOMAINS[name].column(when).cdisc})",
            "nothing: the analysis ends at the cut-off; if they shall count, change 'dates: cut_off'",
        )


def tests_once_a_day(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """N359: endpoints choose among values of one day by a rule; a reader must know that they did."""
    for name, table in _others(records):
        columns = set(table.columns)
        if not {"test_code", "date", "value"} <= columns or name == "pc":
            continue
        by = [c for c in ("evaluator", "evaluator_id", "lesion", "category", "specimen") if c in columns]
        rows = table.filter(table.value.notnull() & table.date.notnull())
        rows = rows.mutate(test_code=compared(rows.test_code))
        groups = rows.group_by(["subject", "test_code", "date", *by])
        counted = groups.aggregate(n=rows.count(), different=rows.value.nunique())
        yield from found(
            records,
            name,
            counted.filter(counted.different > 1),
            "N359",
            "{n} times one subject has different values of one test on one day",
            "nothing, if both were measured; the endpoint's rule says which one counts",
        )


def one_unit_per_test(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """W360: numbers of one test are comparable."""
    for name, table in _others(records):
        if not {"test_code", "unit", "value"} <= set(table.columns):
            continue
        rows = table.filter(table.value.notnull()).mutate(test_code=compared(table.test_code))
        by = [c for c in ("category", "specimen") if c in table.columns]
        counted = rows.group_by(["test_code", *by]).aggregate(units=rows.unit.nunique())
        several = counted.filter(counted.units > 1).select("test_code").distinct().order_by("test_code")
        codes = several.limit(SHOWN + 1).to_pyarrow()["test_code"].to_pylist()
        if codes:
            shown = ", ".join(codes[:SHOWN]) + (" ..." if len(codes) > SHOWN else "")
            yield Problem(
                "W360",
                f"{name}: a test has values in more than one unit: {shown}",
                "convert --STRESN to one unit per test; --STRESU names it",
                place_of(records, name, None),
            )


def grades(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """E361: CTCAE grades, also in records that did not come through an import."""
    ae = records.tables.get("ae")
    if ae is None:
        return
    yield from found(
        records,
        "ae",
        ae.filter((ae.grade < 1) | (ae.grade > 5)),
        "E361",
        "{n} events have a grade outside 1 to 5",
        "correct AETOXGR; leave it empty where no grade was given",
    )


def treated_as_planned(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """N363: planned and actual arm."""
    dm = records.tables.get("dm")
    if dm is None:
        return
    planned, actual = dm.arm_code.strip().upper(), dm.actual_arm_code.strip().upper()
    other = dm.filter((planned != actual) & ~actual.isin(words("not_allocated")))
    yield from found(
        records,
        "dm",
        other,
        "N363",
        "{n} subjects were treated in another arm than planned (ACTARMCD, ARMCD)",
        "nothing, if it is so: efficacy goes by the planned arm, safety by the actual one",
    )


CHECKS: tuple[Check, ...] = (
    subjects_once,
    curves_once,
    known_subjects,
    known_arms,
    somebody_allocated,
    dates_forward,
    deaths_agree,
    after_death,
    after_cut_off,
    tests_once_a_day,
    one_unit_per_test,
    tests_recorded,
    responses_agree,
    one_reader,
    known_words,
    factor_levels,
    never_negative,
    grades,
    serious_events_dated,
    fatal_events_agree,
    event_words_known,
    criteria_agree,
    treated_as_planned,
)

OF_PEOPLE: tuple[CheckOfPeople, ...] = (
    reference_known,
    reference_dates,
    deaths_dated,
    far_dates,
)


def _others(records: Records) -> Iterator[tuple[str, Table]]:
    return ((name, table) for name, table in sorted(records.tables.items()) if name != "dm")


def _dated(records: Records) -> Iterator[tuple[str, Table, str]]:
    """Domains whose records have a date; not disposition, which is signed after a death."""
    for name, table in _others(records):
        when = next((c for c in ("date", "start") if c in table.columns), None)
        if when is not None and name != "ds":
            yield name, table, when
