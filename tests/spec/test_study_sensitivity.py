"""Sensitivity analyses: one endpoint, its standard alternatives, and who moved under each."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter
from text_tables import domain

from trialist.endpoints.alternatives import alternatives
from trialist.endpoints.criteria import criteria
from trialist.endpoints.filled import rule_for
from trialist.engines.duckdb import connect
from trialist.findings.model import from_json
from trialist.protocol.endpoints import Endpoint
from trialist.protocol.parse import parse_protocol
from trialist.protocol.time_analyses import CoxPh
from trialist.records.registered import records_from_tables
from trialist.report.assemble import assemble
from trialist.report.page import render_report
from trialist.study import Result, run_study

ENTRY: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)
PFS: dict[str, Any] = {
    "derive": "progression_free_survival",
    "first_of": ["soft_tissue_progression", "bone_progression", "death"],
}
PROTOCOL = """
trial: SENSITIVE
title: One endpoint and its alternatives
condition: metastatic cancer
randomised: true
arms: {a: {label: A, role: experimental}, b: {label: B, role: control}}
allocation: {method: simple_random, ratio: {a: 1, b: 1}}
endpoints:
  pfs:
    derive: progression_free_survival
    first_of: [radiographic_progression, death]
    soft_tissue: recist_1_1
    censoring: {rule: fda, interval: 63 d}
  os: {derive: overall_survival}
populations: {itt: {label: All randomised, where: randomised}}
analyses:
  pfs_hr: {endpoint: pfs, population: itt, compare: [a, b], method: cox_ph, sensitivity: standard}
"""
RECORDS = {
    "dm": """
        subject | arm_code | actual_arm_code | reference_start | first_dose | death
        001     | a        | a               | 0               | 0          |
        002     | a        | a               | 0               | 0          | 300
        003     | b        | b               | 0               | 0          |
        004     | b        | b               | 0               | 0          |
    """,
    "ds": """
        subject | sequence | term       | date
        001     | 1        | RANDOMIZED | 0
        002     | 1        | RANDOMIZED | 0
        003     | 1        | RANDOMIZED | 0
        004     | 1        | RANDOMIZED | 0
    """,
    "tu": """
        subject | sequence | result | date
        001     | 1        | TARGET | -3
        002     | 1        | TARGET | -3
        003     | 1        | TARGET | -3
        004     | 1        | TARGET | -3
    """,
    # 001 progresses after a new therapy, 002 dies after missed scans, 003 on schedule, 004 not at all
    "rs": """
        subject | sequence | test_code | result | date
        001     | 1        | OVRLRESP  | SD     | 60
        001     | 2        | OVRLRESP  | PD     | 120
        002     | 1        | OVRLRESP  | SD     | 60
        003     | 1        | OVRLRESP  | PD     | 60
        004     | 1        | OVRLRESP  | SD     | 90
    """,
    "cm": """
        subject | sequence | reported_treatment | category   | start
        001     | 1        | ANOTHER DRUG       | ANTICANCER | 100
    """,
}


@pytest.fixture(scope="module")
def result() -> Result:
    protocol, problems = parse_protocol(PROTOCOL, "sensitive.yaml")
    assert protocol is not None, problems
    tables = {name: domain(name, text, day_0=date(2020, 1, 1)) for name, text in RECORDS.items()}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    return run_study(protocol, records)


def test_the_standard_set_leaves_out_what_the_endpoint_does_anyway(result: Result) -> None:
    names = [other.name for other in result.sensitivity]
    assert names == ["ema", "new_therapy_as_event", "missed_as_event"]  # fda is its own, no bone scan is read
    assert [f.analysis for f in result.findings] == ["pfs_hr"]


MOVED = {
    "ema": [
        ("001", "censored to event", 60, "NEW_THERAPY", 120, "RADIOGRAPHIC"),
        ("002", "censored to event", 60, "MISSED_ASSESSMENTS", 300, "DEATH"),
    ],
    "new_therapy_as_event": [("001", "censored to event", 60, "NEW_THERAPY", 100, "NEW_THERAPY")],
    "missed_as_event": [("002", "censored to event", 60, "MISSED_ASSESSMENTS", 300, "DEATH")],
}


def test_each_alternative_lists_who_moved_and_why(result: Result) -> None:
    found = {
        other.name: [(m.subject, m.kind, m.day, m.reason, m.other_day, m.other_reason) for m in other.moves]
        for other in result.sensitivity
    }
    assert found == MOVED


def test_findings_under_an_alternative_say_so_and_carry_its_rule(result: Result) -> None:
    ema = result.sensitivity[0]
    ratio = next(f for f in ema.findings if f.measure == "hazard_ratio")
    assert (ratio.n, ratio.events, ratio.analysis) == (4, 3, "pfs_hr")
    told = dict(ratio.definition)
    assert (told["sensitivity"], told["new_therapy"], told["missed"]) == ("ema", "follow", "event")
    assert (ratio.note or "").startswith("sensitivity: all censoring as the EMA has it")
    main = result.findings[0]
    assert (main.n, main.events) == (4, 1)
    assert "sensitivity" not in dict(main.definition)
    counts = {
        (f.groups[0], dict(f.method.options)["category"]): f.estimate
        for f in ema.findings
        if f.measure == "count"
    }
    assert counts[("a", "censored to event")] == 2
    assert counts[("b", "censored to event")] == counts[("a", "earlier")] == 0
    assert all(from_json(f.as_json()) == f for f in ema.findings)


def test_the_report_has_one_line_per_alternative(result: Result) -> None:
    page = render_report(assemble(result, (), (), sources={}, dated="2021-01-01"))
    assert page.count("censored to event: 2") == 1
    assert page.count("censored to event: 1") == 2
    assert "All censoring as the EMA has it" in page


def test_alternatives_with_one_rule_are_one() -> None:
    strict = ENTRY.validate_python({**PFS, "censoring": {"new_therapy": "event", "missed": "event"}})
    names = [a.name for a in alternatives(strict, ["standard", "new_therapy_as_event", "ema"])]
    assert names == ["fda", "ema"]


def test_bone_scans_have_alternatives_of_their_own() -> None:
    by_scans = ENTRY.validate_python({**PFS, "read": "lesions", "bone": "pcwg3"})
    found = {a.name: rule_for(a.endpoint) for a in alternatives(by_scans, ["standard", "first_day_of_visit"])}
    assert found["unresolved_as_progression"].bone_scans.unresolved == "pd"  # type: ignore[union-attr]
    assert found["first_day_of_visit"].visit_date == "first"  # type: ignore[union-attr]


def test_every_alternative_is_a_word_of_the_protocol_and_changes_some_rule() -> None:
    known = criteria("pfs_sensitivity")
    words = CoxPh.model_json_schema()["properties"]["sensitivity"]["items"]["enum"]
    assert set(words) == {"standard", *known["alternatives"]}
    assert set(known["standard"]) <= set(known["alternatives"])
    some = [
        {**PFS, "read": "lesions", "bone": "pcwg3", "censoring": {"rule": rule}} for rule in ("fda", "ema")
    ]
    every = [*known["alternatives"]]
    changed = {a.name for words in some for a in alternatives(ENTRY.validate_python(words), every)}
    left = set(known["alternatives"]) - changed
    assert left <= {"new_therapy_followed", "missed_censored"}
    for name in left:
        assert alternatives(ENTRY.validate_python(some[name == "missed_censored"]), [name])
