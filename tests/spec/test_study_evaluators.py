"""Two evaluators on the same endpoint: who says what, and how often they agree."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from text_tables import domain

from trialist.engines.duckdb import connect
from trialist.findings.model import Finding
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.study import Result, run_study

PROTOCOL = """
trial: TWO-EYES
title: Investigator and committee
condition: metastatic cancer
randomised: false
arms: {a: {label: A}}
allocation: {method: single_arm}
endpoints:
  bor: {derive: best_overall_response, confirmed: false}
  pfs:
    derive: progression_free_survival
    first_of: [radiographic_progression, death]
    soft_tissue: recist_1_1
populations: {all: {label: All, where: age >= 18}}
analyses:
  responses: {endpoint: bor, population: all, method: agreement, evaluator: investigator}
  times: {endpoint: pfs, population: all, method: agreement, evaluator: INVESTIGATOR}
  nobody: {endpoint: bor, population: all, method: agreement, evaluator: SPONSOR}
records: {origin: simulated, note: made up, evaluator: COMMITTEE}
"""
DM = """
    subject | arm_code | actual_arm_code | reference_start | first_dose | age
    001     | a        | a               | 0               | 0          | 60
    002     | a        | a               | 0               | 0          | 60
    003     | a        | a               | 0               | 0          | 60
    004     | a        | a               | 0               | 0          | 60
"""
# 001: the same; 002: PR against SD, and PD seen later; 003: PD by the investigator alone; 004: by one only
RS = """
    subject | sequence | test_code | result | evaluator    | date
    001     | 1        | OVRLRESP  | PR     | COMMITTEE    | 56
    001     | 2        | OVRLRESP  | PR     | INVESTIGATOR | 56
    001     | 3        | OVRLRESP  | PD     | COMMITTEE    | 112
    001     | 4        | OVRLRESP  | PD     | INVESTIGATOR | 112
    002     | 1        | OVRLRESP  | PR     | COMMITTEE    | 56
    002     | 2        | OVRLRESP  | SD     | INVESTIGATOR | 56
    002     | 3        | OVRLRESP  | PD     | COMMITTEE    | 168
    002     | 4        | OVRLRESP  | PD     | INVESTIGATOR | 112
    003     | 1        | OVRLRESP  | SD     | COMMITTEE    | 56
    003     | 2        | OVRLRESP  | PD     | INVESTIGATOR | 56
    004     | 1        | OVRLRESP  | SD     | COMMITTEE    | 56
"""


@pytest.fixture(scope="module")
def result() -> Result:
    protocol, problems = parse_protocol(PROTOCOL, "eyes.yaml")
    assert protocol is not None, problems
    tables = {name: domain(name, text, day_0=date(2020, 1, 1)) for name, text in (("dm", DM), ("rs", RS))}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    return run_study(protocol, records)


def found(result: Result, analysis: str, measure: str) -> list[Finding]:
    return [f for f in result.findings if (f.analysis, f.measure) == (analysis, measure)]


def option(finding: Finding, name: str) -> Any:
    return dict(finding.method.options)[name]


def test_the_cross_table_of_best_responses(result: Result) -> None:
    cells = {(option(f, "main"), option(f, "other")): f.estimate for f in found(result, "responses", "count")}
    assert cells == {("PR", "PR"): 1, ("PR", "SD"): 1, ("SD", "MISSING"): 1, ("SD", "PD"): 1}
    assert {f.n for f in found(result, "responses", "count")} == {4}


def test_the_proportion_who_agree_on_the_response(result: Result) -> None:
    (agreed,) = found(result, "responses", "proportion")
    assert (agreed.estimate, agreed.n, agreed.note) == (0.25, 4, "1 of 4 agree")
    assert agreed.interval is not None
    assert agreed.interval.low == pytest.approx(0.006309, abs=1e-5)  # exact, 1 of 4


def test_times_agree_on_the_event_and_on_its_day(result: Result) -> None:
    cells = {(option(f, "main"), option(f, "other")): f.estimate for f in found(result, "times", "count")}
    assert cells == {("event", "event"): 2, ("no event", "event"): 1, ("no event", "no event"): 1}
    agreed = {option(f, "of"): f.estimate for f in found(result, "times", "proportion")}
    assert agreed == {"event": 0.75, "event and day": 0.5}


def test_an_evaluator_who_assessed_nothing_is_told(result: Result) -> None:
    (finding,) = [f for f in result.findings if f.analysis == "nobody"]
    assert finding.estimate is None
    assert [p.code for p in finding.problems] == ["W339"]
