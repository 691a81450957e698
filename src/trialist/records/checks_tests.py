"""Is what the protocol's endpoints read among the records: the tests, and the visits they are read at?"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

import ibis

from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.accepted import accepted
from trialist.records.asked import asked, response_tests, visit_ids
from trialist.records.domains.rs import RESPONSE_TESTS
from trialist.records.model import Records
from trialist.records.telling import place_of, words_of
from trialist.records.words import compared, pairs

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, IntegerScalar, Table

Tests = tuple[str, ...]  # test codes, upper case; one of them is enough

_ALIKE = 0.8
_MANY = 100
_ANY = ""  # the visit of what is counted whatever its visit


def tests_recorded(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """W376, W377: a test that an endpoint reads and no record holds, or none at its visit."""
    told: dict[tuple[tuple[str, ...], Tests], dict[str, list[str]]] = {}
    for item in asked(protocol):
        for visit in (_ANY, *item.visits):
            reading = told.setdefault((item.domains, item.tests), {}).setdefault(visit, [])
            reading.append(item.endpoint)
    counted = _counted(records, protocol)
    for (domains, tests), at in told.items():
        endpoints = at.pop(_ANY)
        tables = {name: records.tables[name] for name in domains if name in records.tables}
        every = sum(counted[name, (), _ANY] for name in tables)
        held = sum(counted[name, tests, _ANY] for name in tables)
        if every and not held:
            yield _no_test(records, tables, tests, endpoints, every)
        if not held:
            continue
        if "rs" in tables:
            yield from _none_accepted(records, protocol, _of(tables["rs"], tests), tests, endpoints)
        for visit, reading in at.items():
            if not sum(counted[name, tests, visit] for name in tables):
                yield _no_visit(records, tables, tests, visit, reading)
    yield from _nearly(records, protocol)


def _counted(records: Records, protocol: Protocol) -> dict[tuple[str, Tests, str], int]:
    """How many records there are by domain, tests (none: of any) and visit, or at any.

    One query per table: each asks for all that the endpoints read of it.
    """
    wanted: dict[str, dict[tuple[Tests, str], None]] = {}
    for item in asked(protocol):
        for name in item.domains:
            wanted.setdefault(name, {((), _ANY): None})
            wanted[name] |= dict.fromkeys((item.tests, visit) for visit in (_ANY, *item.visits))
    found: dict[tuple[str, Tests, str], int] = {}
    for name, keys in wanted.items():
        table = records.tables.get(name)
        if table is None:
            continue
        counts = {f"count_{i}": _number(table, protocol, *key) for i, key in enumerate(keys)}
        row = table.aggregate(**counts).to_pyarrow().to_pylist()[0]
        found |= {(name, *key): row[f"count_{i}"] for i, key in enumerate(keys)}
    return found


def _number(table: Table, protocol: Protocol, tests: Tests, visit: str) -> IntegerScalar:
    if not tests:
        return table.count()
    asked_for = compared(table.test_code).isin(list(tests))
    if visit != _ANY:
        names = [word for word, name in visit_ids(protocol).items() if name == visit]
        asked_for = asked_for & compared(table.visit).replace(" ", "_").isin(names)
    return table.count(where=asked_for).fill_null(0)  # Spark sums, and the sum of no rows is null


def _of(table: Table, tests: Tests) -> Table:
    return table.filter(compared(table.test_code).isin(list(tests)))


def _no_test(
    records: Records, tables: dict[str, Table], tests: Tests, endpoints: list[str], count: int
) -> Problem:
    name = next(iter(tables))
    said = "; ".join(filter(None, (words_of(table, "test_code") for table in tables.values())))
    return Problem(
        "W376",
        f"{', '.join(tables)}: {_named(endpoints)} read {_or(tests)}, which none of {count} records holds; "
        f"the most frequent tests are {said}",
        f"write the test code as {_or(tests)} (upper and lower case are alike), or use a map.yaml",
        place_of(records, name, None),
    )


def _none_accepted(
    records: Records, protocol: Protocol, held: Table, tests: Tests, endpoints: list[str]
) -> Iterator[Problem]:
    """W376: records of the test, but none that `records:` lets through."""
    plan = protocol.plan.records
    if plan is None or held.filter(accepted(held, plan)).count().to_pyarrow().as_py():
        return
    asking = {
        "evaluator": (plan.evaluator, "RSEVAL"),
        "category": (plan.response_category, "RSCAT"),
        "accepted": ("Y" if plan.accepted_only else None, "RSACPTFL"),
    }
    wanted = [
        f"{cdisc} '{word}' (found: {words_of(held, column) or 'nothing'})"
        for column, (word, cdisc) in asking.items()
        if word is not None
    ]
    yield Problem(
        "W376",
        f"rs: {_named(endpoints)} read {_or(tests)}, of which no record has {' and '.join(wanted)}, as "
        "'records:' of the protocol asks",
        "correct evaluator, response_category or accepted_only under 'records:', or the records",
        place_of(records, "rs", None),
    )


def _no_visit(
    records: Records, tables: dict[str, Table], tests: Tests, visit: str, endpoints: list[str]
) -> Problem:
    said = "; ".join(filter(None, (words_of(_of(table, tests), "visit") for table in tables.values())))
    return Problem(
        "W377",
        f"{', '.join(tables)}: {_named(endpoints)} read {_or(tests)} at the visit '{visit}', but no record "
        f"of it is at that visit; the most frequent visits are {said or 'none'}",
        "write VISIT as the id or the label of the protocol's visit, or translate it in a map.yaml",
        place_of(records, next(iter(tables)), None),
    )


def _nearly(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """W376: response tests that are none but look like one that is read."""
    rs = records.tables.get("rs")
    read = response_tests(protocol)
    if rs is None or not read:
        return
    known = [*RESPONSE_TESTS, *pairs("progression_tests")]
    code = compared(rs.test_code)
    strange: BooleanValue = code.notnull() & ~code.isin(known)
    other = rs.filter(strange).group_by(code=code.upper()).aggregate(n=ibis._.count())
    rows = other.order_by([ibis.desc("n"), "code"]).limit(_MANY).to_pyarrow().to_pylist()
    near = [row for row in rows if get_close_matches(row["code"], read, n=1, cutoff=_ALIKE)]
    if near:
        said = ", ".join(f"'{row['code'][:20]}'" for row in near[:5])
        yield Problem(
            "W376",
            f"rs: {sum(row['n'] for row in near)} records hold a test that is not read but looks like "
            f"{_or(tuple(read))}: {said}",
            "correct RSTESTCD, or translate it in a map.yaml: until then these records do not count",
            place_of(records, "rs", None),
        )


def _named(endpoints: list[str]) -> str:
    return "the endpoints " + ", ".join(f"'{name}'" for name in dict.fromkeys(endpoints))


def _or(tests: Tests) -> str:
    return " or ".join(tests)
