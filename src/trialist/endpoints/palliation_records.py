"""Pain, palliative radiotherapy, skeletal events and performance status out of QS, RS, PR, CM and CE."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.filled import rule_for
from trialist.endpoints.pain_rules import PainProgressionRule
from trialist.endpoints.subjects import days_between
from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.protocol.pain_endpoints import CategoryShift, PainReading, SkeletalEvent
from trialist.records.columns import column
from trialist.records.telling import words_of
from trialist.records.words import compared, pairs, words

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

_LARGEST_ECOG = 5


def palliation_tables(
    domains: Mapping[str, Table], subjects: Table, protocol: Protocol
) -> tuple[dict[str, Table], tuple[Problem, ...]]:
    """The inputs `pain`, `radiotherapies`, `skeletal_events` and `performance`, where an endpoint reads them.

    Parameters
        domains   plain tables by domain; those of qs, rs, pr, cm and ce are read
        subjects  subject, reference_date
        protocol  its endpoints say what is read
    Returns   input -> table; pain: one row per value of a test that an endpoint names; radiotherapies:
              courses of PR, and of CM, that are radiotherapy for pain or palliation; skeletal_events: kind
              (RADIOTHERAPY, FRACTURE, COMPRESSION, SURGERY); performance: grades 0 to 5
    Problems  W323 no record can show palliative radiotherapy, W324 radiotherapy of unknown purpose, W325
              fractures that are not said to be symptomatic, W326 diary values without a visit, W327 no value
              of a pain score, W330 grades of performance status that are none, W331 no grade
    Source    words: `radiotherapy`, `radiotherapy_purposes`, `skeletal_events` of records/words.yaml
    """
    made: dict[str, Table] = {}
    problems: tuple[Problem, ...] = ()
    if "qs" in domains and (tests := pain_tests(protocol)):
        made["pain"] = _scores(domains["qs"], subjects, tests)
        problems += _without_scores(domains["qs"], made["pain"], protocol)
        problems += _without_visit(made["pain"], protocol)
    courses = _courses(domains, subjects)
    if _asking(protocol, radiotherapy=True):
        if courses is not None:
            made["radiotherapies"] = courses.filter(courses.purpose.notnull()).drop("external")
        problems += _beam_problems(courses, "pr" in domains, protocol)
    if "ce" in domains and _asking(protocol, radiotherapy=False):
        made["skeletal_events"], untold = _skeletal_events(domains, courses, subjects, protocol)
        problems += untold
    if ("qs" in domains or "rs" in domains) and (tests := performance_tests(protocol)):
        made["performance"], outside = _performance(domains, subjects, tests, protocol)
        problems += outside
    return made, problems


def pain_tests(protocol: Protocol) -> list[str]:
    """The codes of pain and analgesic scores (QSTESTCD) that the endpoints read, in order."""
    rules = [rule for _, rule in _pain_rules(protocol)]
    return sorted({test for rule in rules for test in (*rule.score, rule.analgesic)})


def performance_tests(protocol: Protocol) -> list[str]:
    """The codes of performance status (QSTESTCD, RSTESTCD) that the endpoints read, in order."""
    asked = (e for e in protocol.plan.endpoints.values() if isinstance(e, CategoryShift))
    return sorted({e.test.strip().upper() for e in asked})


def _pain_rules(protocol: Protocol) -> list[tuple[str, PainProgressionRule]]:
    found = []
    for name, endpoint in protocol.plan.endpoints.items():
        rule = rule_for(endpoint)
        if isinstance(endpoint, PainReading):
            found.append((name, rule))
        elif (pain := getattr(rule, "pain", None)) is not None:
            found.append((name, pain))
    return found  # type: ignore[return-value]


def _asking(protocol: Protocol, *, radiotherapy: bool) -> str | None:
    """The first endpoint that counts palliative radiotherapy, or skeletal events."""
    if not radiotherapy:
        named = [n for n, e in protocol.plan.endpoints.items() if isinstance(e, SkeletalEvent)]
    else:
        named = [n for n, rule in _pain_rules(protocol) if getattr(rule, "radiotherapy", "") == "event"]
    return named[0] if named else None


def _dated(rows: Table, subjects: Table, name: str) -> Table:
    """Adds `day`; rows without a full date, or of subjects not allocated, are dropped."""
    seen = rows.inner_join(subjects.select("subject", "reference_date"), "subject")
    seen = seen.mutate(day=days_between(seen[name], seen.reference_date))
    return seen.filter(seen.day.notnull())


def _number(rows: Table) -> ibis.expr.types.FloatingValue:
    """The numeric result, or the result in words where that is a number; null for NaN."""
    said = column(rows, "result").strip().try_cast("float64")
    found = ibis.coalesce(column(rows, "value", "float64"), said)
    return ibis.ifelse(found.isnan().fill_null(False), ibis.null("float64"), found)


def _scores(qs: Table, subjects: Table, tests: list[str]) -> Table:
    rows = _dated(qs.filter(compared(qs.test_code).isin(tests)), subjects, "date")
    number = column(rows, "visit_number", "float64").cast("string")
    visit = ibis.coalesce(column(rows, "visit").strip().upper().nullif(""), number)
    rows = rows.mutate(score=_number(rows))
    return rows.filter(rows.score.notnull()).select(
        "subject",
        "day",
        sequence=rows.sequence.cast("int64"),
        visit=visit,
        test=compared(rows.test_code),
        value=rows.score,
    )


def _without_scores(qs: Table, pain: Table, protocol: Protocol) -> tuple[Problem, ...]:
    """W327, once for each set of tests."""
    known = set(pain.select("test").distinct().to_pyarrow()["test"].to_pylist())
    told: dict[tuple[str, ...], Problem] = {}
    for name, rule in _pain_rules(protocol):
        lacking = tuple(test for test in (*rule.score, rule.analgesic) if test not in known)
        if lacking and lacking not in told:
            told[lacking] = Problem(
                "W327",
                f"endpoint '{name}' reads {' and '.join(lacking)}, of which QS holds no value; QSTESTCD "
                f"holds {words_of(qs, 'test_code') or 'nothing'}",
                "write the codes of the records under score: and analgesic: of the endpoint, or translate "
                "them in a map.yaml",
                protocol.place("endpoints", name),
            )
    return tuple(told.values())


def _without_visit(pain: Table, protocol: Protocol) -> tuple[Problem, ...]:
    daily = [name for name, rule in _pain_rules(protocol) if rule.daily]
    lost = _counted(pain, pain.visit.isnull()) if daily else 0
    if not lost:
        return ()
    return (
        Problem(
            "W326",
            f"endpoint '{daily[0]}' reads a diary by the day, and {lost} values of it name no visit; they "
            "were not used",
            "fill VISIT (or VISITNUM) in QS with the visit that a day of the diary belongs to",
            protocol.place("endpoints", daily[0]),
        ),
    )


def _courses(domains: Mapping[str, Table], subjects: Table) -> Table | None:
    """subject, day, sequence, purpose (null: unknown), external: the radiotherapy of PR and CM."""
    found = []
    for name, said in (("pr", "procedure"), ("cm", "treatment")):
        if name not in domains:
            continue
        rows = domains[name]
        every = {word: compared(column(rows, word)) for word in (said, f"reported_{said}", "category")}
        beam: BooleanValue = ibis.literal(False)
        inside: BooleanValue = ibis.literal(False)
        for word in every.values():
            beam = beam | word.isin(words("radiotherapy")).fill_null(False)
            inside = inside | word.isin(words("not_external")).fill_null(False)
        purposes = pairs("radiotherapy_purposes")
        told = [compared(column(rows, "indication")), every[said], every[f"reported_{said}"]]
        purpose = ibis.coalesce(*(word.cases(*purposes.items(), else_=None) for word in told))
        rows = rows.mutate(purpose=purpose, external=~inside)
        rows = _dated(rows.filter(beam & _occurred(rows)), subjects, "start")
        found.append(
            rows.select("subject", "day", "purpose", "external", sequence=rows.sequence.cast("int64"))
        )
    if not found:
        return None
    every_one = ibis.union(*found, distinct=False) if len(found) > 1 else found[0]
    return every_one.select("subject", "day", "sequence", "purpose", "external")


def _occurred(rows: Table) -> BooleanValue:
    """Unless the record says that it did not happen."""
    if "occurred" not in rows.columns:
        return ibis.literal(True)
    said = rows.occurred
    happened: BooleanValue = said if said.type().is_boolean() else compared(said) != "N"
    return happened.fill_null(True)


def _beam_problems(courses: Table | None, recorded: bool, protocol: Protocol) -> tuple[Problem, ...]:
    name = _asking(protocol, radiotherapy=True)
    place = protocol.place("endpoints", name or "")
    every = 0 if courses is None else _counted(courses)
    if not every and not recorded:
        return (
            Problem(
                "W323",
                f"endpoint '{name}' counts palliative radiotherapy, but the records lack domain PR, and CM "
                "holds none",
                "add PR with category RADIOTHERAPY and an indication (an empty PR says that nobody had any), "
                "or write radiotherapy: ignore",
                place,
            ),
        )
    unknown = 0 if courses is None else _counted(courses, courses.purpose.isnull())
    if not unknown:
        return ()
    return (
        Problem(
            "W324",
            f"endpoint '{name}' counts palliative radiotherapy, and {unknown} of {every} courses of "
            "radiotherapy have no purpose that is known; they do not count",
            "write BONE PAIN or PALLIATIVE in PRINDC (or CMINDC) of what was given for it, by a map.yaml if "
            "need be; nothing, if these were given for another purpose",
            place,
        ),
    )


def _skeletal_events(
    domains: Mapping[str, Table], courses: Table | None, subjects: Table, protocol: Protocol
) -> tuple[Table, tuple[Problem, ...]]:
    kinds = pairs("skeletal_events")
    found = []
    for domain, said in (("ce", "term"), ("pr", "procedure")):
        if domain not in domains:
            continue
        rows = domains[domain]
        named = [compared(column(rows, word)) for word in (f"reported_{said}", said)]
        kind = ibis.coalesce(*(word.cases(*kinds.items(), else_=None) for word in named))
        rows = rows.mutate(kind=kind)
        rows = _dated(rows.filter(rows.kind.notnull() & _occurred(rows)), subjects, "start")
        found.append(rows.select("subject", "day", "kind", sequence=rows.sequence.cast("int64")))
    if courses is not None:
        beams = courses.filter(courses.external & (courses.purpose == "BONE PAIN").fill_null(False))
        found.append(beams.select("subject", "day", "sequence", kind=ibis.literal("RADIOTHERAPY")))
    columns = ("subject", "day", "sequence", "kind")
    events = [rows.select(*columns) for rows in found]
    table = ibis.union(*events, distinct=False) if len(events) > 1 else events[0]
    ce = domains["ce"]
    both = [compared(column(ce, word)) for word in ("reported_term", "term")]
    untold = ibis.coalesce(*(word.cases(*kinds.items(), else_=None) for word in both)).isnull()
    fracture = ibis.literal(False)
    for word in both:
        fracture = fracture | word.isin(words("fracture_not_told")).fill_null(False)
    lost = _counted(ce, fracture & untold & _occurred(ce))
    if not lost:
        return table, ()
    name = _asking(protocol, radiotherapy=False)
    return table, (
        Problem(
            "W325",
            f"endpoint '{name}' counts symptomatic fractures, and {lost} pathological fractures of CE are "
            "not said to be symptomatic; they do not count",
            "write SYMPTOMATIC PATHOLOGICAL FRACTURE in CEDECOD of those that had symptoms; nothing, if they "
            "were only found by imaging",
            protocol.place("endpoints", name or ""),
        ),
    )


def _performance(
    domains: Mapping[str, Table], subjects: Table, tests: list[str], protocol: Protocol
) -> tuple[Table, tuple[Problem, ...]]:
    found = []
    for domain in ("qs", "rs"):
        if domain not in domains:
            continue
        rows = domains[domain]
        rows = _dated(rows.filter(compared(rows.test_code).isin(tests)), subjects, "date")
        rows = rows.mutate(grade=_number(rows), test=compared(rows.test_code))
        found.append(rows.select("subject", "day", "test", "grade", sequence=rows.sequence.cast("int64")))
    rows = ibis.union(*found, distinct=False) if len(found) > 1 else found[0]
    whole = (rows.grade == rows.grade.floor()) & (rows.grade >= 0) & (rows.grade <= _LARGEST_ECOG)
    rows = rows.filter(rows.grade.notnull()).mutate(whole=whole)
    kept = rows.filter(rows.whole)
    table = kept.select("subject", "day", "sequence", "test", ecog=kept.grade.cast("int64"))
    lost = _counted(rows, ~rows.whole)
    name = next(n for n, e in protocol.plan.endpoints.items() if isinstance(e, CategoryShift))
    if not _counted(rows):
        return table, (
            Problem(
                "W331",
                f"endpoint '{name}' reads performance status, and no record of QS or RS holds "
                f"{' or '.join(tests)}",
                "write the code of the records under test: of the endpoint, or translate it in a map.yaml",
                protocol.place("endpoints", name),
            ),
        )
    if not lost:
        return table, ()
    return table, (
        Problem(
            "W330",
            f"endpoint '{name}' reads performance status, and {lost} values are no grade from 0 to "
            f"{_LARGEST_ECOG}; they were not used",
            "give the ECOG grade as a whole number",
            protocol.place("endpoints", name),
        ),
    )


def _counted(rows: Table, which: BooleanValue | None = None) -> int:
    """How many of the rows, or how many of which it is true."""
    chosen = rows if which is None else rows.filter(which.fill_null(False))
    return int(chosen.count().to_pyarrow().as_py())
