"""Two endpoints of the same subjects, compared in one study."""

from __future__ import annotations

from datetime import date

import pytest
from test_study_evaluators import DM, RS
from text_tables import domain

from trialist.engines.duckdb import connect
from trialist.protocol.check import check_protocol
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.study import Result, run_study

TEXT = """
trial: TWO-ANSWERS
title: Response and control
condition: metastatic cancer
randomised: false
arms: {a: {label: A}}
allocation: {method: single_arm}
endpoints:
  bor: {derive: best_overall_response, confirmed: false}
  any_response: {derive: objective_response, of: bor}
  control: {derive: disease_control, of: bor}
populations: {all: {label: All, where: age >= 18}}
analyses:
  either: {endpoint: control, population: all, method: mcnemar, against: any_response, test: exact}
records: {origin: simulated, note: made up, evaluator: COMMITTEE}
"""


@pytest.fixture(scope="module")
def result() -> Result:
    protocol, problems = parse_protocol(TEXT, "pairs.yaml")
    assert protocol is not None, problems
    tables = {name: domain(name, text, day_0=date(2020, 1, 1)) for name, text in (("dm", DM), ("rs", RS))}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    return run_study(protocol, records)


def test_each_subject_answers_both_endpoints(result: Result) -> None:
    """By the committee two of four respond, and all four are controlled."""
    found = [f for f in result.findings if f.analysis == "either"]
    assert [f.measure for f in found] == ["risk_difference"]
    assert dict(found[0].method.options)["pairs"] == (2, 2, 0, 0)
    assert found[0].estimate == pytest.approx(0.5)
    assert found[0].p_value is not None
    assert found[0].p_value.value == pytest.approx(0.5)


def test_a_pair_needs_an_endpoint_that_is_declared_and_a_response() -> None:
    for other, code in (("nowhere", "E201"), ("bor", "E203")):
        protocol, problems = parse_protocol(
            TEXT.replace("against: any_response", f"against: {other}"), "p.yaml"
        )
        assert protocol is not None, problems
        assert code in [problem.code for problem in check_protocol(protocol)]
