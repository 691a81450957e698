"""ADTTE and ADRS of pain and skeletal events, and how often each component or reason comes first."""

from __future__ import annotations

import inspect
import re
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from pydantic import TypeAdapter
from text_tables import domain

from trialist.endpoints import pain, skeletal
from trialist.endpoints.intercurrent import statements, with_strategies
from trialist.endpoints.palliation_rules import KINDS
from trialist.engines.duckdb import connect
from trialist.formats.adam import adam_tables
from trialist.formats.adam.times import CENSORINGS, EVENTS
from trialist.protocol.analyses import Estimand
from trialist.protocol.endpoints import Endpoint
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.study import Result, run_study

DAY_0 = date(2024, 1, 10)
PLAN = """
trial: TINY
title: Pain and bone
condition: mCRPC
randomised: true
reference: randomisation
dates: {cut_off: "2024-12-31"}
allocation: {method: simple_random}
arms: {a: {label: new drug, code: AAA}, b: {label: old drug, code: BBB}}
endpoints:
  pain: {derive: pain_response, criteria: ppi_analgesic, paramcd: PAINRSP}
  ttpain: {derive: pain_progression, criteria: ppi_analgesic, paramcd: TTPAINP}
  sse: {derive: skeletal_event, paramcd: TTSSE}
  ttp:
    derive: progression_free_survival
    label: Time to progression by scan or pain
    paramcd: TTP
    first_of: [radiographic_progression, pain_progression]
    soft_tissue: recist_1_1
    pain: ppi_analgesic
    censoring: {rule: ema, interval: 56 d}
  pain_free:
    derive: progression_free_survival
    paramcd: PFSPAIN
    first_of: [pain_progression, death]
    pain: bpi
    censoring: {rule: ema, interval: 56 d}
  ecog: {derive: category_shift, test: ECOG101}
populations:
  itt: {label: All randomised, where: randomised}
analyses:
  first: {endpoint: ttp, population: itt, method: counts}
  pain: {endpoint: pain, population: itt, method: counts}
  why: {endpoint: pain, population: itt, method: counts, of: reason}
  shift: {endpoint: ecog, population: itt, method: shift}
  worse: {endpoint: ecog, population: itt, method: counts}
"""
# dates are days after DAY_0
TEXTS = {
    "dm": """
        subject | arm_code | actual_arm_code | reference_start | first_dose | last_dose | death
        1       | AAA      | AAA             | 0               | 0          | 40        |
        2       | BBB      | BBB             | 0               | 0          | 40        | 90
        3       | AAA      | AAA             | 0               | 0          | 40        |
    """,
    "ds": """
        subject | sequence | term       | date
        1       | 1        | RANDOMIZED | 0
        2       | 1        | RANDOMIZED | 0
        3       | 1        | RANDOMIZED | 0
    """,
    "rs": """
        subject | sequence | test_code | result | date
        1       | 1        | OVRLRESP  | PD     | 55
        2       | 1        | OVRLRESP  | PD     | 55
        3       | 1        | OVRLRESP  | SD     | 55
    """,
    "qs": """
        subject | sequence | test_code | value | date
        1       | 1        | PPI       | 4     | 0
        1       | 2        | ANALGES   | 16    | 0
        1       | 3        | PPI       | 2     | 21
        1       | 4        | ANALGES   | 16    | 21
        1       | 5        | PPI       | 2     | 42
        1       | 6        | ANALGES   | 16    | 42
        2       | 1        | PPI       | 2     | 0
        2       | 2        | ANALGES   | 16    | 0
        2       | 3        | PPI       | 2     | 21
        2       | 4        | ANALGES   | 20    | 21
        2       | 5        | PPI       | 2     | 42
        2       | 6        | ANALGES   | 20    | 42
        1       | 7        | ECOG101   | 1     | 0
        1       | 8        | ECOG101   | 2     | 21
        1       | 9        | BPI203    | 4     | 0
        1       | 10       | BPI203    | 4     | 21
        2       | 7        | ECOG101   | 1     | 0
        2       | 8        | ECOG101   | 1     | 21
    """,
    "pr": """
        subject | sequence | reported_procedure | category     | indication | start
        1       | 1        | EBRT               | RADIOTHERAPY | BONE PAIN  | 100
    """,
    "ce": """
        subject | sequence | reported_term           | start
        2       | 1        | SPINAL CORD COMPRESSION | 95
    """,
}


@pytest.fixture(scope="module")
def result() -> Result:
    """1: pain relieved, later irradiated; 2: more analgesics, died; 3: no score."""
    protocol, problems = parse_protocol(PLAN, "tiny.yaml")
    assert protocol is not None, problems
    domains = {name: domain(name, text, day_0=DAY_0) for name, text in TEXTS.items()}
    records = records_from_tables(domains, origin="simulated", source="a test", connection=connect())
    return run_study(protocol, records)


@pytest.fixture(scope="module")
def tables(result: Result) -> dict[str, pa.Table]:
    return adam_tables(result)


def rows(table: pa.Table, code: str, *names: str) -> list[tuple[Any, ...]]:
    found = [r for r in table.to_pylist() if r["PARAMCD"] == code]
    return sorted(((r["USUBJID"], *(r[name] for name in names)) for r in found), key=str)


ENDED = ("AVAL", "CNSR", "EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR", "SRCSEQ")


def test_time_to_pain_progression(tables: dict[str, pa.Table]) -> None:
    assert rows(tables["adtte"], "TTPAINP", *ENDED) == [
        ("1", 101, 0, "Palliative radiotherapy", None, None, None, None),
        ("2", 22, 0, "Pain progression by the analgesic score", None, "QS", "QSDTC", None),
        ("3", 1, 5, "No baseline assessment", "Randomization", "ADSL", "RANDDT", None),
    ]


def test_time_to_the_first_skeletal_event(tables: dict[str, pa.Table]) -> None:
    """Subject 2 died before the compression was recorded: death competes."""
    assert rows(tables["adtte"], "TTSSE", *ENDED) == [
        ("1", 101, 0, "Palliative radiotherapy", None, None, None, None),
        ("2", 91, 11, "Death, which competes", "Death", "ADSL", "DTHDT", None),
        ("3", 56, 1, "No event", "Last known alive", "ADSL", "LSTALVDT", None),
    ]


def test_a_time_to_progression_without_death_says_what_ended_it(tables: dict[str, pa.Table]) -> None:
    named = {row[1] for row in rows(tables["adtte"], "TTP", "PARAM")}
    assert named == {"Time to progression by scan or pain"}
    assert rows(tables["adtte"], "TTP", *ENDED) == [
        ("1", 56, 0, "Radiographic progression", None, "RS", "RSDTC", 1),
        ("2", 22, 0, "Pain progression", None, None, None, None),
        ("3", 56, 1, "No event", "Last adequate assessment", "RS", "RSDTC", 1),
    ]


def test_visits_with_a_pain_score_are_the_assessments_where_no_scan_counts(
    tables: dict[str, pa.Table],
) -> None:
    assert rows(tables["adtte"], "PFSPAIN", *ENDED) == [
        ("1", 22, 1, "No event", "Last assessment", None, None, None),
        ("2", 91, 0, "Death", None, "ADSL", "DTHDT", None),
        ("3", 1, 6, "No assessment after baseline", "Randomization", "ADSL", "RANDDT", None),
    ]


def test_pain_response_is_yes_no_or_not_evaluable(tables: dict[str, pa.Table]) -> None:
    assert rows(tables["adrs"], "PAINRSP", "AVALC", "ADT", "AREASON") == [
        ("1", "Y", date(2024, 1, 31), "RESPONSE"),
        ("2", "N", None, "NO_RESPONSE"),
        ("3", "NE", None, "NO_BASELINE"),
    ]


def counted(result: Result, analysis: str) -> dict[tuple[str, str], int]:
    return {
        (f.groups[0], dict(f.method.options)["category"]): f.events or 0
        for f in result.findings
        if f.analysis == analysis
    }


def test_findings_tell_the_first_component_and_the_reasons(result: Result) -> None:
    assert counted(result, "first") == {
        ("a", "NO_EVENT"): 1,
        ("a", "PAIN"): 0,
        ("a", "RADIOGRAPHIC"): 1,
        ("b", "NO_EVENT"): 0,
        ("b", "PAIN"): 1,
        ("b", "RADIOGRAPHIC"): 0,
    }
    assert {key for key, n in counted(result, "pain").items() if n} == {
        ("a", "yes"),
        ("a", "not evaluable"),
        ("b", "no"),
    }
    assert {key for key, n in counted(result, "why").items() if n} == {
        ("a", "RESPONSE"),
        ("a", "NO_BASELINE"),
        ("b", "NO_RESPONSE"),
    }


def test_performance_status_shifts_and_worsens(result: Result) -> None:
    assert {key for key, n in counted(result, "shift").items() if n} == {
        ("a", "baseline 1, worst 2"),
        ("a", "baseline missing, worst no value"),
        ("b", "baseline 1, worst 1"),
    }
    assert counted(result, "worse")["a", "WORSENED"] == 1
    assert counted(result, "worse")["b", "WORSENED"] == 0


def test_the_rule_that_was_in_force_goes_with_each_finding(result: Result) -> None:
    told = {f.analysis: dict(f.definition) for f in result.findings}
    assert told["first"]["pain.rise_points"] == 1
    assert told["first"]["pain.radiotherapy"] == "event"
    assert told["pain"]["fall_points"] == 2
    assert not {name for name in told["pain"] if "days" in name}  # no diary
    assert told["shift"]["worsening"] == 1
    assert not {"window", "grade_of_death"} & set(told["shift"])


def test_every_reason_that_such_a_time_can_end_for_has_its_code_or_its_words() -> None:
    texts = inspect.getsource(pain.pain_progression) + inspect.getsource(skeletal)
    words = {*re.findall(r'"([A-Z_]{3,})"', texts), *KINDS.values()}
    assert words - set(CENSORINGS) - set(EVENTS) == set()


@pytest.mark.parametrize(
    ("derive", "strategy", "new_therapy"),
    [
        ("pain_progression", "treatment_policy", "ignore"),
        ("pain_progression", "hypothetical", "stop"),
        ("pain_response", "treatment_policy", "ignore"),
        ("pain_response", "composite", "stop"),
    ],
)
def test_a_strategy_for_new_therapies_sets_the_option_of_pain_endpoints(
    derive: str, strategy: str, new_therapy: str
) -> None:
    entry: Endpoint = TypeAdapter(Endpoint).validate_python({"derive": derive, "criteria": "bpi"})
    asked = Estimand.model_validate(
        {
            "population": "itt",
            "endpoint": "pain",
            "intercurrent": {"new_anticancer_therapy": strategy},
            "summary": "hazard_ratio",
        }
    )
    assert getattr(with_strategies(entry, asked), "new_therapy", None) == new_therapy
    assert [said.carried_out for said in statements(entry, asked)] == [True]
