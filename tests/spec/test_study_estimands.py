"""Strategies for intercurrent events act: one endpoint, two estimands, two results."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest

from trialist.engines.duckdb import connect
from trialist.findings.model import Finding, from_json
from trialist.formats.adam import adam_tables
from trialist.protocol.check import check_protocol
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.study import Result, run_study

PROTOCOL = """
trial: TWO-READINGS
title: One endpoint read under two strategies
condition: metastatic cancer
randomised: true
arms: {a: {label: A, role: experimental}, b: {label: B, role: control}}
allocation: {method: simple_random, ratio: {a: 1, b: 1}}
schedule:
  epochs: [{id: treatment}]
  visits: {scan: {epoch: treatment, day: 56, every: 63 d, until: progression, timeline: scans}}
  assessments: {tumour: {label: CT, domain: RS, at: [scan]}}
endpoints:
  pfs:
    derive: progression_free_survival
    first_of: [radiographic_progression, death]
    soft_tissue: recist_1_1
    censoring: {rule: fda}
populations: {itt: {label: All randomised, where: randomised}}
estimands:
  had_it_not_happened: {objective: primary, population: itt, endpoint: pfs, compare: [a, b],
    intercurrent: {new_anticancer_therapy: hypothetical, death: composite}, summary: median_time}
  whatever_happens: {population: itt, endpoint: pfs, compare: [a, b],
    intercurrent: {new_anticancer_therapy: treatment_policy, death: composite}, summary: median_time}
analyses:
  hypothetical: {estimand: had_it_not_happened, method: kaplan_meier, interval: log_log}
  policy: {estimand: whatever_happens, method: kaplan_meier, interval: log_log}
"""
DAY_0 = datetime.date(2020, 1, 1)


def dated(day: int) -> datetime.date:
    return DAY_0 + datetime.timedelta(days=day)


@pytest.fixture(scope="module")
def result() -> Result:
    """Each of eight subjects: scans on days 60, 110 and 170 (then PD), a new therapy on day 115."""
    protocol, problems = parse_protocol(PROTOCOL, "two.yaml")
    assert protocol is not None, problems
    assert [p.code for p in check_protocol(protocol)] == ["W209"]  # two readings of one endpoint are meant
    subjects = [f"{n:03}" for n in range(8)]
    scans = [
        (s, n, day, "PD" if day == 170 else "SD") for s in subjects for n, day in enumerate((60, 110, 170), 1)
    ]
    tables = {
        "dm": pa.table(
            {
                "subject": subjects,
                "arm_code": ["a", "b"] * 4,
                "actual_arm_code": ["a", "b"] * 4,
                "reference_start": [DAY_0] * 8,
                "first_dose": [DAY_0] * 8,
            }
        ),
        "ds": pa.table(
            {"subject": subjects, "sequence": [1] * 8, "term": ["RANDOMIZED"] * 8, "date": [DAY_0] * 8}
        ),
        "rs": pa.table(
            {
                "subject": [s for s, *_ in scans],
                "sequence": [n for _, n, *_ in scans],
                "test_code": ["OVRLRESP"] * len(scans),
                "result": [r for *_, r in scans],
                "date": [dated(day) for _, _, day, _ in scans],
            }
        ),
        "tu": pa.table(
            {"subject": subjects, "sequence": [1] * 8, "result": ["TARGET"] * 8, "date": [dated(-3)] * 8}
        ),
        "cm": pa.table(
            {
                "subject": subjects,
                "sequence": [1] * 8,
                "reported_treatment": ["ANOTHER DRUG"] * 8,
                "category": ["ANTICANCER"] * 8,
                "start": [dated(115)] * 8,
            }
        ),
    }
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    return run_study(protocol, records)


def medians(result: Result, analysis: str) -> list[Finding]:
    return [f for f in result.findings if f.analysis == analysis and f.measure == "median_time"]


def test_hypothetical_censors_at_the_last_scan_before_the_new_therapy(result: Result) -> None:
    assert [(f.events, f.estimate) for f in medians(result, "hypothetical")] == [(0, None), (0, None)]


def test_treatment_policy_follows_on_to_the_progression(result: Result) -> None:
    assert [f.events for f in medians(result, "policy")] == [4, 4]
    assert [f.estimate for f in medians(result, "policy")] == pytest.approx([171 / 30.4375] * 2)


def test_the_change_of_rule_is_noted_and_stands_in_the_finding(result: Result) -> None:
    assert [p.code for p in result.problems if p.code in {"N342", "W341"}] == ["N342"]
    definitions = {f.analysis: dict(f.definition)["new_therapy"] for f in result.findings}
    assert definitions == {"hypothetical": "censor", "policy": "follow"}


def test_a_finding_with_its_definition_survives_json(result: Result) -> None:
    assert all(from_json(f.as_json()) == f for f in result.findings)


def test_adtte_holds_the_reading_of_each_estimand(result: Result) -> None:
    adtte = adam_tables(result)["adtte"].to_pylist()
    events = {code: sum(r["CNSR"] == 0 for r in adtte if r["PARAMCD"] == code) for code in ("PFS", "PFS02")}
    assert events == {"PFS": 0, "PFS02": 8}
