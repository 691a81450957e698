"""Strategies for intercurrent events act: one endpoint, two estimands, two results."""

from __future__ import annotations

from datetime import date

import pytest
from text_tables import domain

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
DAY_0 = date(2020, 1, 1)

PEOPLE = """
    subject | arm_code | actual_arm_code | reference_start | first_dose  # dates are days after DAY_0
    000     | a        | a               | 0               | 0
    001     | b        | b               | 0               | 0
    002     | a        | a               | 0               | 0
    003     | b        | b               | 0               | 0
    004     | a        | a               | 0               | 0
    005     | b        | b               | 0               | 0
    006     | a        | a               | 0               | 0
    007     | b        | b               | 0               | 0
"""
OF_EACH = {
    "ds": """
        sequence | term       | date
        1        | RANDOMIZED | 0
    """,
    "rs": """
        sequence | test_code | result | date
        1        | OVRLRESP  | SD     | 60
        2        | OVRLRESP  | SD     | 110
        3        | OVRLRESP  | PD     | 170
    """,
    "tu": """
        sequence | result | date
        1        | TARGET | -3
    """,
    "cm": """
        sequence | reported_treatment | category   | start
        1        | ANOTHER DRUG       | ANTICANCER | 115
    """,
}


def of_each(text: str) -> str:
    """The same records for each of the eight subjects."""
    head, *lines = text.strip().splitlines()
    return "\n".join([f"subject | {head}", *(f"{n:03} | {line}" for n in range(8) for line in lines)])


@pytest.fixture(scope="module")
def result() -> Result:
    """Each of eight subjects: scans on days 60, 110 and 170 (then PD), a new therapy on day 115."""
    protocol, problems = parse_protocol(PROTOCOL, "two.yaml")
    assert protocol is not None, problems
    assert [p.code for p in check_protocol(protocol)] == ["W209"]  # two readings of one endpoint are meant
    texts = {"dm": PEOPLE, **{name: of_each(text) for name, text in OF_EACH.items()}}
    tables = {name: domain(name, text, day_0=DAY_0) for name, text in texts.items()}
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
