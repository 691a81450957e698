"""Pain scores, palliative radiotherapy, skeletal events and performance status out of the domains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from ibis.expr.types import Table
from text_trial import DM, PLAN, TEXTS, Engine, protocol, records, rows

from trialist.endpoints import derive
from trialist.endpoints.inputs import Inputs, prepare
from trialist.endpoints.shapes import SHAPE_COLUMNS
from trialist.engines.duckdb import connect
from trialist.protocol.endpoints import SHAPES

ENDPOINTS: dict[str, Any] = {
    "pain": {"derive": "pain_response", "criteria": "ppi_analgesic"},
    "ttpain": {"derive": "pain_progression", "criteria": "ppi_analgesic", "paramcd": "TTPAINP"},
    "sse": {"derive": "skeletal_event", "paramcd": "TTSSE"},
    "ecog": {"derive": "category_shift"},
    "pfs": {
        "derive": "progression_free_survival",
        "first_of": ["pain_progression", "death"],
        "pain": "ppi_analgesic",
        "censoring": {"rule": "ema", "interval": "8 wk"},
    },
}
# day 0 is 2020-01-02 of subject 1, 2020-02-01 of subject 2
QS = """
    subject | sequence | test_code | value | result | visit   | date
    1       | 1        | ppi       | 2     |        | BASE    | 2020-01-02
    1       | 2        | ANALGES   |       | 16     | BASE    | 2020-01-02
    1       | 3        | PPI       | 3     |        | C2      | 2020-01-23
    1       | 4        | ANALGES   | 16    |        | C2      | 2020-01-23
    1       | 5        | PPI       | 3     |        | C3      | 2020-02-13
    1       | 6        | ANALGES   | 16    |        | C3      | 2020-02-13
    1       | 7        | PPI       |       | severe | C4      | 2020-03-05
    1       | 8        | PPI       | 3     |        | C5      |
    1       | 9        | ECOG101   | 1     |        | BASE    | 2020-01-02
    1       | 10       | ECOG101   | 90    |        | C2      | 2020-01-23
    2       | 1        | PPI       | 2     |        | BASE    | 2020-02-01
    2       | 2        | ANALGES   | 16    |        | BASE    | 2020-02-01
    2       | 3        | PPI       | 2     |        | C2      | 2020-02-22
    2       | 4        | ANALGES   | 16    |        | C2      | 2020-02-22
    4       | 1        | PPI       | 2     |        | BASE    | 2020-02-01
"""
RS = """
    subject | sequence | test_code | result | evaluator    | date
    1       | 1        | ECOG101   | 2      |              | 2020-02-13
    1       | 2        | OVRLRESP  | SD     | INVESTIGATOR | 2020-02-13
"""
PR = """
    subject | sequence | reported_procedure | category     | indication   | occurred | start
    1       | 1        | EBRT of L3         | Radiotherapy | bone pain    | yes      | 2020-05-01
    1       | 2        | EBRT of L4         | RADIOTHERAPY | BONE PAIN    | no       | 2020-02-01
    1       | 3        | PROSTATE           | RADIOTHERAPY | LOCAL        |          | 2020-02-01
    1       | 4        | BRACHYTHERAPY      | RADIOTHERAPY | BONE PAIN    |          | 2020-04-01
    1       | 5        | biopsy             | SURGERY      | BONE PAIN    |          | 2020-02-01
    2       | 1        | Tumor-related orthopedic surgery | SURGERY | |          | 2020-03-12
    4       | 1        | EBRT               | RADIOTHERAPY | BONE PAIN    |          | 2020-03-12
"""
CE = """
    subject | sequence | reported_term       | term                              | start
    1       | 1        | femur               | Symptomatic pathological fracture | 2020-06-01
    1       | 2        | rib                 | PATHOLOGICAL FRACTURE             | 2020-02-01
    2       | 1        | Spinal cord compression |                               | 2020-03-11
"""
CM = """
    subject | sequence | reported_treatment | category     | indication | start
    2       | 1        | EBRT               | RADIOTHERAPY | PALLIATIVE | 2020-03-01
"""
GIVEN = {**TEXTS, "qs": QS, "rs": RS, "pr": PR, "ce": CE, "cm": CM}


@pytest.fixture
def duckdb() -> Iterator[Engine]:
    connection = connect()

    def table(name: str, made: pa.Table) -> Table:
        connection.con.register(name, made)
        return connection.table(name)

    yield table
    connection.disconnect()


def messages(inputs: Inputs, code: str) -> list[str]:
    return [p.message for p in inputs.problems if p.code == code]


def test_what_the_domains_say_becomes_the_inputs(duckdb: Engine) -> None:
    plan = protocol(endpoints=ENDPOINTS)
    found = prepare(records(duckdb, "palliation", GIVEN), plan)
    assert rows(found.tables["pain"], "day", "visit", "test", "value") == [
        ("1", 0, "BASE", "ANALGES", 16.0),  # a number that is told in words
        ("1", 0, "BASE", "PPI", 2.0),
        ("1", 21, "C2", "ANALGES", 16.0),
        ("1", 21, "C2", "PPI", 3.0),
        ("1", 42, "C3", "ANALGES", 16.0),
        ("1", 42, "C3", "PPI", 3.0),
        ("2", 0, "BASE", "ANALGES", 16.0),
        ("2", 0, "BASE", "PPI", 2.0),
        ("2", 21, "C2", "ANALGES", 16.0),
        ("2", 21, "C2", "PPI", 2.0),
    ]
    assert rows(found.tables["radiotherapies"], "day", "purpose") == [
        ("1", 120, "BONE PAIN"),
        ("1", 90, "BONE PAIN"),
        ("2", 29, "PALLIATIVE"),
    ]
    assert rows(found.tables["skeletal_events"], "day", "kind") == [
        ("1", 120, "RADIOTHERAPY"),  # external beam alone
        ("1", 151, "FRACTURE"),
        ("2", 39, "COMPRESSION"),
        ("2", 40, "SURGERY"),
    ]
    assert rows(found.tables["performance"], "day", "test", "ecog") == [
        ("1", 0, "ECOG101", 1),
        ("1", 42, "ECOG101", 2),
    ]
    assert messages(found, "W324")[0].startswith(
        "endpoint 'ttpain' counts palliative radiotherapy, and 1 of 4"
    )
    assert messages(found, "W325")[0].startswith("endpoint 'sse' counts symptomatic fractures, and 1 path")
    assert messages(found, "W330")[0].startswith("endpoint 'ecog' reads performance status, and 1 values")
    tables, problems = derive(found, plan)
    assert problems == ()
    for name, table in tables.items():
        promised = SHAPE_COLUMNS[SHAPES[ENDPOINTS[name]["derive"]]]
        assert table.columns[: len(promised)] == promised, name
    assert rows(tables["pain"], "responder", "reason") == [
        ("1", False, "NO_RESPONSE"),
        ("2", False, "NO_RESPONSE"),
        ("3", None, "NO_BASELINE"),
    ]
    assert rows(tables["ttpain"], "day", "event", "reason") == [
        ("1", 21, True, "PAIN"),
        ("2", 29, True, "RADIOTHERAPY"),
        ("3", 0, False, "NO_BASELINE"),
    ]
    assert rows(tables["pfs"], "day", "event", "reason")[:2] == [
        ("1", 21, True, "PAIN"),
        ("2", 29, True, "PAIN"),
    ]
    assert rows(tables["sse"], "day", "event", "reason")[:2] == [
        ("1", 120, True, "RADIOTHERAPY"),
        ("2", 39, True, "COMPRESSION"),
    ]
    assert rows(tables["ecog"], "baseline", "worst", "reason") == [
        ("1", 1, 2, "WORSENED"),
        ("2", None, None, "NO_BASELINE"),
        ("3", None, None, "NO_BASELINE"),
    ]


def test_what_the_records_lack_is_told(duckdb: Engine) -> None:
    plan = protocol(endpoints=ENDPOINTS)
    found = prepare(records(duckdb, "lacking", {"dm": DM}), plan)
    assert {"pain", "radiotherapies", "skeletal_events", "performance"} <= found.missing
    tables, problems = derive(found, plan)
    assert tables == {}
    assert [p.message for p in problems if p.code == "W310"] == [
        f"endpoint '{name}' needs domain {domain}, which the records lack"
        for name, domain in zip(ENDPOINTS, ("QS", "QS", "CE", "QS OR RS", "QS"), strict=True)
    ]
    assert messages(found, "W323")[0].startswith("endpoint 'ttpain' counts palliative radiotherapy, but the")


def test_an_empty_domain_of_procedures_says_that_nobody_had_radiotherapy(duckdb: Engine) -> None:
    plan = protocol(endpoints={"ttpain": ENDPOINTS["ttpain"]})
    nobody = "\n".join(line for line in PR.splitlines() if line.split()[:1] not in (["1"], ["2"]))
    found = prepare(records(duckdb, "nobody", {"dm": DM, "qs": QS, "pr": nobody}), plan)
    assert [p.code for p in found.problems if p.code.startswith("W32")] == []
    idle = protocol(endpoints={"ttpain": {**ENDPOINTS["ttpain"], "radiotherapy": "ignore"}})
    without = prepare(records(duckdb, "idle", {"dm": DM, "qs": QS}), idle)
    assert [p.code for p in without.problems if p.code.startswith("W32")] == []


def test_tests_that_no_record_holds_and_days_without_a_visit_are_told(duckdb: Engine) -> None:
    asked = {
        "pain": {"derive": "pain_response", "criteria": "bpi", "daily": True, "analgesic": "Analges"},
        "ecog": {"derive": "category_shift", "test": "ECOGPS"},
    }
    plan = protocol(endpoints=asked)
    found = prepare(records(duckdb, "codes", {"dm": DM, "qs": QS.replace("C2  ", "    ")}), plan)
    assert messages(found, "W327") == [
        "endpoint 'pain' reads BPI203, of which QS holds no value; "
        "QSTESTCD holds 'PPI', 'ANALGES', 'ECOG101', 'ppi'"
    ]
    assert messages(found, "W326")[0].startswith("endpoint 'pain' reads a diary by the day, and 2 values")
    assert messages(found, "W331") == [
        "endpoint 'ecog' reads performance status, and no record of QS or RS holds ECOGPS"
    ]


def test_endpoints_that_read_none_of_it_leave_the_inputs_empty(duckdb: Engine) -> None:
    plan = protocol(endpoints={"os": PLAN["endpoints"]["os"]})
    found = prepare(records(duckdb, "unread", GIVEN), plan)
    for name in ("pain", "radiotherapies", "skeletal_events", "performance"):
        assert rows(found.tables[name]) == []
