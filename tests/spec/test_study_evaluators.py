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
  ttr: {derive: time_to_response, of: bor}
  dor: {derive: duration_of_response, of: bor, until: pfs}
populations: {all: {label: All, where: age >= 18}}
analyses:
  responses: {endpoint: bor, population: all, method: agreement, evaluator: investigator}
  times: {endpoint: pfs, population: all, method: agreement, evaluator: INVESTIGATOR}
  lasting: {endpoint: dor, population: all, method: agreement, evaluator: INVESTIGATOR}
  beginning: {endpoint: ttr, population: all, method: agreement, evaluator: INVESTIGATOR}
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


def cells_of(result: Result, analysis: str) -> dict[tuple[Any, Any], float | None]:
    return {(option(f, "main"), option(f, "other")): f.estimate for f in found(result, analysis, "count")}


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


def test_durations_and_times_of_response_are_compared_too(result: Result) -> None:
    for analysis in ("lasting", "beginning"):  # 002 responds for one of them only
        assert cells_of(result, analysis) == {("event", "event"): 1, ("event", "missing"): 1}


def test_both_evaluators_are_read_by_the_rule_of_the_estimand() -> None:
    asked = PROTOCOL[: PROTOCOL.index("analyses:")]
    asked += """
estimands:
  followed:
    objective: primary
    endpoint: pfs
    population: all
    intercurrent: {new_anticancer_therapy: treatment_policy}
    summary: median_time
analyses:
  own: {endpoint: pfs, population: all, method: agreement, evaluator: INVESTIGATOR}
  same: {estimand: followed, method: agreement, evaluator: INVESTIGATOR}
records: {origin: simulated, note: made up, evaluator: COMMITTEE}
"""
    protocol, problems = parse_protocol(asked, "eyes.yaml")
    assert protocol is not None, problems
    rows = """
        subject | sequence | test_code | result | evaluator    | date
        001     | 1        | OVRLRESP  | SD     | COMMITTEE    | 56
        001     | 2        | OVRLRESP  | SD     | INVESTIGATOR | 56
        001     | 3        | OVRLRESP  | PD     | COMMITTEE    | 112
        001     | 4        | OVRLRESP  | PD     | INVESTIGATOR | 112
    """
    therapy = """
        subject | sequence | reported_treatment | category   | start
        001     | 1        | ANOTHER DRUG       | ANTICANCER | 80
    """
    held = (("dm", "\n".join(DM.splitlines()[:3])), ("rs", rows), ("cm", therapy))
    tables = {name: domain(name, text, day_0=date(2020, 1, 1)) for name, text in held}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    result = run_study(protocol, records)
    for analysis, cell in (("own", ("no event", "no event")), ("same", ("event", "event"))):
        assert cells_of(result, analysis) == {cell: 1}
        (agreed,) = [f for f in found(result, analysis, "proportion") if option(f, "of") == "event and day"]
        assert agreed.estimate == 1.0
