"""Bone scans out of TU and TR: which records are of one, and what a scan without a new lesion looks like."""

from __future__ import annotations

import pytest
from text_trial import DM, PLAN, TEXTS, Engine, protocol, records, rows

from trialist.endpoints import derive
from trialist.endpoints.inputs import Inputs, prepare
from trialist.endpoints.shapes import SHAPE_COLUMNS
from trialist.formats.adam.times import CENSORINGS
from trialist.protocol.model import Protocol

TU = """
    subject | sequence | lesion | result     | imaging     | evaluator    | date
    1       | 1        | B1     | NON-TARGET | BONE SCAN   | INVESTIGATOR | 2020-01-03
    1       | 2        | T1     | TARGET     | CT SCAN     | INVESTIGATOR | 2020-01-01
    1       | 3        | N1     | NEW        | bone scan   | INVESTIGATOR | 2020-04-15
    1       | 4        | N2     | NEW        | BONE SCAN   | INVESTIGATOR | 2020-04-15
    1       | 5        | N3     | NEW        | CT SCAN     | INVESTIGATOR | 2020-04-15
    1       | 6        | N9     | NEW        | BONE SCAN   | INDEPENDENT  | 2020-02-27
    2       | 1        |        | NEW        | BONE SCAN   | INVESTIGATOR | 2020-03-28
    4       | 1        | N1     | NEW        | BONE SCAN   | INVESTIGATOR | 2020-03-28
"""
TR = """
    subject | sequence | lesion | group      | result         | imaging     | evaluator    | date
    1       | 1        | B1     | NON-TARGET | PRESENT        | BONE SCAN   | INVESTIGATOR | 2020-02-27
    1       | 2        |        |            | NONE           | Bone Scan   | INVESTIGATOR | 2020-03-19
    1       | 3        | n1     | NEW        | PRESENT        |             | INVESTIGATOR | 2020-06-10
    1       | 4        | N2     | NEW        | Absent         |             | INVESTIGATOR | 2020-06-10
    1       | 5        | N1     | NEW        | NOT EVALUABLE  | BONE SCAN   | INVESTIGATOR | 2020-08-05
    1       | 6        | N1     | NEW        |                | BONE SCAN   | INVESTIGATOR | 2020-08-05
    1       | 7        | T1     | TARGET     | 15             |             | INVESTIGATOR | 2020-02-27
    1       | 8        | N1     | NEW        | PRESENT        | CT SCAN     | INVESTIGATOR | 2020-07-10
    1       | 9        | N2     | NEW        | EQUIVOCAL      | BONE SCAN   | INVESTIGATOR | 2020-09-30
    1       | 10       | N1     | NEW        | PRESENT        | BONE SCAN   | INVESTIGATOR |
"""
BONE = {"ttbp": {"derive": "bone_progression"}, "os": PLAN["endpoints"]["os"]}


@pytest.fixture(scope="module")
def plan() -> Protocol:
    return protocol(endpoints=BONE)


@pytest.fixture(scope="module")
def inputs(engine: Engine, plan: Protocol) -> Inputs:
    return prepare(records(engine, "bone_scans", {**TEXTS, "tu": TU, "tr": TR}), plan)


def test_a_record_is_of_a_bone_scan_by_its_method_or_by_that_of_its_lesion(inputs: Inputs) -> None:
    assert rows(inputs.tables["bone_scans"], "day", "lesion", "readable") == [
        ("1", 1, "B1", True),  # by the first dose: of the baseline
        ("1", 104, "N1", True),
        ("1", 104, "N2", True),
        ("1", 160, "N1", True),
        ("1", 160, None, True),  # N2 is gone
        ("1", 216, "N1", False),  # neither there nor gone
        ("1", 216, "N1", False),
        ("1", 272, None, True),  # equivocal
        ("1", 56, None, True),  # a lesion of the baseline: nothing new
        ("1", 77, None, True),  # the scan shows none
        ("2", 56, "TU RECORD 1", True),
    ]


@pytest.mark.parametrize("engine", ["DuckDB"], indirect=True)  # Spark has each of the two steps elsewhere
def test_bone_progression_is_derived_from_records(inputs: Inputs, plan: Protocol) -> None:
    tables, problems = derive(inputs, plan)
    assert problems == ()
    assert tables["ttbp"].columns == SHAPE_COLUMNS["TimeToEvent"]
    # the new therapy of day 151 of subject 1 ends its scans before N1 and N2 could be confirmed
    assert rows(tables["ttbp"], "day", "event", "reason") == [
        ("1", 104, False, "UNCONFIRMED"),
        ("2", 0, False, "NO_BASELINE"),
        ("3", 0, False, "NO_BASELINE"),
    ]
    assert "UNCONFIRMED" in CENSORINGS


@pytest.mark.parametrize(
    ("method", "endpoints", "told"),
    [("WB BONE SCAN", BONE, True), ("BONE SCAN", BONE, False), ("WB BONE SCAN", {"os": BONE["os"]}, False)],
)
def test_lesions_of_which_none_was_found_by_a_bone_scan_are_told(
    duckdb_tables: Engine, method: str, endpoints: dict[str, object], told: bool
) -> None:
    tr = f"""
        subject | sequence | lesion | result | imaging  | evaluator    | date
        1       | 1        |        | NONE   | {method} | INVESTIGATOR | 2020-02-27
    """
    name = f"method_{method}_{len(endpoints)}".replace(" ", "_")
    found = prepare(records(duckdb_tables, name, {"dm": DM, "tr": tr}), protocol(endpoints=endpoints))
    messages = [p.message for p in found.problems if p.code == "W388"]
    assert len(messages) == told
    assert all(f"'{method}'" in message for message in messages)


@pytest.mark.parametrize(
    ("later", "criteria", "told"),
    [
        ("N1 | PRESENT", "pcwg3", False),
        ("N1 | ABSENT", "pcwg3", False),
        ("B1 | PRESENT", "pcwg3", True),
        ("B1 | PRESENT", "pcwg2_plain", False),  # asks no lesion to persist
    ],
)
def test_new_lesions_that_no_later_scan_names_are_told(
    duckdb_tables: Engine, later: str, criteria: str, told: bool
) -> None:
    tu = """
        subject | sequence | lesion | result     | imaging   | evaluator    | date
        1       | 1        | B1     | NON-TARGET | BONE SCAN | INVESTIGATOR | 2020-01-01
        1       | 2        | N1     | NEW        | BONE SCAN | INVESTIGATOR | 2020-02-27
        2       | 1        | N1     | NEW        | BONE SCAN | INVESTIGATOR | 2020-06-27
    """
    tr = f"""
        subject | sequence | lesion | result     | imaging   | evaluator    | date
        1       | 1        | {later} | BONE SCAN | INVESTIGATOR | 2020-04-27
    """
    name = f"followed_{criteria}_" + later.replace(" | ", "_")
    plan = protocol(endpoints={"ttbp": {"derive": "bone_progression", "criteria": criteria}})
    found = prepare(records(duckdb_tables, name, {"dm": DM, "tu": tu, "tr": tr}), plan)
    messages = [p.message for p in found.problems if p.code == "W389"]
    assert len(messages) == told
    assert all("none of 1 new lesions" in message for message in messages)


def test_a_new_lesion_that_a_scan_could_not_judge_is_told(duckdb_tables: Engine, plan: Protocol) -> None:
    tr = """
        subject | sequence | lesion | group | result  | imaging   | evaluator    | date
        1       | 1        | N1     | NEW   | PRESENT | BONE SCAN | INVESTIGATOR | 2020-04-15
        1       | 2        | N2     | NEW   | PRESENT | BONE SCAN | INVESTIGATOR | 2020-04-15
        1       | 3        | N1     | NEW   | NE      | BONE SCAN | INVESTIGATOR | 2020-06-10
        1       | 4        | N2     | NEW   | PRESENT | BONE SCAN | INVESTIGATOR | 2020-06-10
        1       | 5        | N2     | NEW   | NE      | BONE SCAN | INVESTIGATOR | 2020-08-05
    """
    found = prepare(records(duckdb_tables, "doubt", {"dm": DM, "tr": tr}), plan)
    told = [p.message.split()[0] for p in found.problems if p.code == "N335"]
    assert told == ["1"]  # the last scan was not read at all


def test_without_tr_no_scan_can_be_followed(duckdb_tables: Engine, plan: Protocol) -> None:
    found = prepare(records(duckdb_tables, "without_tr", {"dm": DM, "tu": TU}), plan)
    tables, problems = derive(found, plan)
    assert "ttbp" not in tables
    assert [p.message for p in problems if p.code == "W310"] == [
        "endpoint 'ttbp' needs domain TR, which the records lack"
    ]
