"""Records against what endpoints read: tests, visits and evaluators that no record names, and two readers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from small_records import PEOPLE, PROTOCOL, Checked, Rows, codes, record, response, value

from trialist.engines.duckdb import connect
from trialist.problems import Problem
from trialist.protocol.parse import parse_protocol
from trialist.records.check import check_records
from trialist.records.registered import records_from_tables


@pytest.fixture(scope="module")
def connection() -> Any:
    return connect(threads=1)


READING = """\
schedule:
  visits:
    screening: {epoch: screening, day: -14, label: Screening}
    week_9: {epoch: treatment, day: 63, label: Week 9}
"""
ENDPOINTS = """\
endpoints:
  pfs: {derive: progression_free_survival, first_of: [radiographic_progression, death]}
  bor: {derive: best_overall_response, confirmed: false}
  psa50: {derive: psa_response}
  hb: {derive: paired_change, measurement: HGB, baseline: screening, at: week_9}
"""


@pytest.fixture
def read_by(connection: Any) -> Callable[..., list[Problem]]:
    """Problems of tests, visits and readers under a protocol whose endpoints read RS and LB."""

    def run(plan: str = "", **domains: Rows) -> list[Problem]:
        text = PROTOCOL.replace("endpoints:\n  os: {derive: overall_survival}\n", ENDPOINTS)
        parsed, problems = parse_protocol(text + READING + plan, "protocol.yaml")
        assert parsed is not None, problems
        tables = {name: pa.Table.from_pylist(rows) for name, rows in {"dm": PEOPLE, **domains}.items()}
        records = records_from_tables(tables, origin="observed", connection=connection)
        return [p for p in check_records(records, parsed) if "W376" <= p.code <= "W380"]

    return run


def test_a_test_that_no_record_holds_is_told_with_the_words_found(read_by: Checked) -> None:
    assert read_by(rs=[response(1, "SD", " ovrlresp ")]) == []
    problems = read_by(rs=[response(1, "SD", "OVERALL"), response(2, "PD", "OVERALL")])
    assert codes(problems) == ["W376", "W376"]  # progression reads any of three tests, best response one
    assert "OVRLRESP or SFTSRESP or BONERESP, which none of 2 records holds" in problems[0].message
    assert "'pfs'" in problems[0].message
    assert "'OVERALL'" in problems[0].message
    near = read_by(rs=[response(1, "SD"), response(2, "PD", "OVRLRSP"), response(3, "PD", "BESTRESP")])
    assert codes(near) == ["W376"]
    assert "1 records hold a test that is not read but looks like" in near[0].message
    assert codes(read_by(lb=[at("HGB", 1), at("HGB", 2), value(1, 5.0, test_code="PSAX")])) == [
        "W376",
        "W377",
    ]


def at(test: str, sequence: int, visit: str = "screening") -> dict[str, Any]:
    return value(10 + sequence, 12.0, "g/dL", test_code=test, visit=visit, date=date(2014, 2, sequence))


def test_a_visit_at_which_no_record_of_the_test_is_is_told(read_by: Checked) -> None:
    psa = value(1, 12.0, visit=None)
    assert read_by(lb=[psa, at("hgb", 1, "SCREENING"), at("Hgb", 2, "week 9")]) == []
    problems = read_by(lb=[psa, at("HGB", 1), at("HGB", 2, "WK9")])
    assert codes(problems) == ["W377"]
    assert all(said in problems[0].message for said in ("'hb'", "'week_9'", "'WK9'"))


def by(evaluator: str, word: str, sequence: int = 1, **more: Any) -> dict[str, Any]:
    made = {"test_code": "OVRLRESP", "result": word, "evaluator": evaluator, "date": date(2014, 3, 4)}
    return record(sequence=sequence, **{**made, **more})


NAMED = "records: {origin: observed, note: x, evaluator: investigator}\n"


def test_an_evaluator_of_whom_there_is_no_record_is_told(read_by: Checked) -> None:
    problems = read_by(NAMED, rs=[by("SITE", "SD")])
    assert codes(problems) == ["W376", "W376"]
    assert "RSEVAL 'investigator' (found: 'SITE')" in problems[0].message
    assert read_by(NAMED, rs=[by(" Investigator ", "SD")]) == []


def test_contradictory_responses_of_one_day_are_told(read_by: Checked) -> None:
    two = [by("INVESTIGATOR", "SD"), by("INVESTIGATOR", "PD", 2)]
    problems = read_by(NAMED, rs=two)
    assert codes(problems) == ["W379"]
    assert "the worst counts" in problems[0].remedy
    assert read_by(NAMED, rs=[two[0], by("INVESTIGATOR", "sd", 2)]) == []
    assert read_by(NAMED, rs=[two[0], by("INDEPENDENT ASSESSOR", "PD", 2)]) == []


def test_several_readers_without_a_choice_are_told(read_by: Checked) -> None:
    problems = read_by(rs=[by("INVESTIGATOR", "SD"), by("INDEPENDENT ASSESSOR", "PD", 2)])
    assert codes(problems) == ["W380"]
    assert "several RSEVAL: 'INDEPENDENT ASSESSOR', 'INVESTIGATOR'" in problems[0].message
    category = read_by(rs=[by("A", "SD", category="RECIST 1.1"), by("A", "SD", 2, category="PCWG3")])
    assert codes(category) == ["W380"]
    assert "response_category" in category[0].remedy
    readers = read_by(rs=[by("A", "SD", evaluator_id="R1"), by("A", "SD", 2, evaluator_id="R2")])
    assert codes(readers) == ["W380"]
    assert "accepted_only" in readers[0].remedy
