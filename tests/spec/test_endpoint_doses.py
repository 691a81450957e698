"""The doses of EX beside the plan: units, frequencies, height and weight of VS, and what can't be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from ibis.expr.types import Table
from text_tables import rows_in
from text_trial import DM, Engine, protocol, records, rows

from trialist.endpoints.doses import recorded_doses
from trialist.endpoints.exposure import dose_intensity
from trialist.endpoints.exposure_rules import dose_intensity_rule
from trialist.endpoints.inputs import prepare
from trialist.engines.duckdb import connect
from trialist.problems import Problem
from trialist.protocol.exposure_endpoints import DoseIntensity
from trialist.protocol.model import Protocol

ARMS = {
    "new": {
        "code": "N",
        "give": [
            {"drug": "Drug", "dose": "25 mg/m2", "every": "21 d", "max_cycles": 6},
            {"drug": "Pill", "dose": "1 g", "every": "1 d", "times_a_day": 2},
        ],
    },
    "old": {"give": [{"drug": "Drug", "dose": "75 mg", "every": "7 d"}]},
}
ENDPOINTS = {
    "drug": {"derive": "dose_intensity", "treatment": "drug"},
    "pill": {"derive": "dose_intensity", "treatment": "PILL"},
}
SUBJECTS = """
    subject | arm | actual_arm | reference_date | cutoff_day
    1       | new | new        | 2020-01-01     | 366
    2       | new | old        | 2020-01-01     | 366
    3       | new |            | 2020-01-01     | 366
"""
EX = """
    subject | sequence | treatment | dose | dose_unit | frequency | start      | end
    1       | 1        | " drug "  | 0.05 | G         |           | 2020-01-01 | 2020-01-01
    1       | 2        | DRUG      | 24   | mg / m2   |           | 2020-01-22 |
    1       | 3        | DRUG      | 25   | mg/m²     |           | 2020-12-31 |
    1       | 4        | DRUG      | 25   | mg/m2     |           | 2021-01-02 | # after cut-off
    1       | 5        | PILL      | 1000 | mg        | BID       | 2020-01-01 | 2020-01-10
    1       | 6        | PILL      | 1000 | mg        | BID       | 2020-12-31 | 2021-02-01 # to the cut-off
    1       | 7        | PILL      | 1    | tablet    | QD        | 2020-02-01 | 2020-02-02
    1       | 8        | PILL      | 1000 | mg        |           | 2020-03-01 |            # no end
    1       | 9        | OTHER     | 1    | mg        |           | 2020-02-01 |
    2       | 1        | DRUG      | 75   | mg        | Q7D       | 2020-01-01 | 2020-01-17
    2       | 2        | DRUG      |      |           | QW        | 2020-02-01 | 2020-02-01
    2       | 3        | DRUG      | 75   | mg        | Q1W       |            |            # no date
    3       | 1        | DRUG      | 50   | mg        |           | 2020-01-01 |            # no height
    4       | 1        | DRUG      | 50   | mg        |           | 2020-01-01 |            # not allocated
"""
VS = """
    subject | sequence | test_code  | value | unit | date
    1       | 1        | WEIGHT     | 80    | kg   | 2019-12-20
    1       | 2        | WEIGHT     | 178.5743 | LB | 2019-12-31
    1       | 3        | " weight " | 70    | kg   | 2020-01-22
    1       | 4        | WEIGHT     | 60    | kg   | 2020-01-23
    1       | 5        | HEIGHT     | 1.8   | m    | 2020-02-01
    1       | 6        | HEIGHT     | 1.9   | m    | 2020-03-01
    3       | 1        | WEIGHT     | 80    | kg   | 2019-12-20
    3       | 2        | HEIGHT     | 180   |      | 2019-12-20
"""
KINDS = {"reference_date": pa.date32(), "cutoff_day": pa.int64()}


def prepared(
    engine: Engine, name: str, plan: Protocol, **texts: str
) -> tuple[Table, Table, tuple[Problem, ...]]:
    """Subjects, the doses of those records, and what was told of them."""
    people = rows_in(SUBJECTS)
    made = {
        column: pa.array([row[column] or None for row in people], pa.string()).cast(
            KINDS.get(column, pa.string())
        )
        for column in people[0]
    }
    subjects = engine(f"{name}_subjects", pa.table(made))
    return subjects, *recorded_doses(records(engine, name, texts).tables, subjects, plan)


@pytest.fixture(scope="module")
def read(engine: Engine) -> tuple[Table, Table, tuple[Problem, ...]]:
    return prepared(engine, "doses", protocol(arms=ARMS, endpoints=ENDPOINTS), ex=EX, vs=VS)


def test_doses_are_in_one_unit_beside_the_plan_of_the_actual_arm(read: Any) -> None:
    columns = ("day", "sequence", "treatment", "dose", "unit", "number", "last_day")
    found = rows(read[1], *columns)
    assert found == sorted(
        [
            ("1", 0, 1, "DRUG", 50.0, "mg", 1.0, 0),
            ("1", 21, 2, "DRUG", 24.0, "mg/m2", 1.0, 21),
            ("1", 365, 3, "DRUG", 25.0, "mg/m2", 1.0, 365),
            ("1", 367, 4, "DRUG", 25.0, "mg/m2", 1.0, 367),
            ("1", 0, 5, "PILL", 1000.0, "mg", 20.0, 9),
            ("1", 365, 6, "PILL", 1000.0, "mg", 4.0, 366),
            ("1", 31, 7, "PILL", 1.0, "tablet", 2.0, 32),
            ("1", 60, 8, "PILL", 1000.0, "mg", None, None),
            ("2", 0, 1, "DRUG", 75.0, "mg", 3.0, 14),  # every 7 days for 17 days
            ("2", 31, 2, "DRUG", None, None, 1.0, 31),
            ("2", None, 3, "DRUG", 75.0, "mg", 1.0, None),  # no date
            ("3", 0, 1, "DRUG", 50.0, "mg", 1.0, 0),
        ],
        key=str,
    )
    plan = ("planned_dose", "planned_unit", "planned_interval", "planned_times", "planned_cycles")
    drug = read[1].filter(lambda t: t.treatment == "DRUG").distinct()
    assert set(rows(drug, *plan)) == {
        ("1", 25.0, "mg/m2", 21, None, 6),
        ("2", 75.0, "mg", 7, None, None),  # treated as the other arm
        ("3", 25.0, "mg/m2", 21, None, 6),
    }
    pill = read[1].filter(lambda t: t.treatment == "PILL")
    assert set(rows(pill, *plan)) == {("1", 1000.0, "mg", 1, 2, None)}


def test_the_last_weight_up_to_the_dose_holds_and_a_height_of_any_day(read: Any) -> None:
    drug = read[1].filter(lambda t: t.treatment == "DRUG")
    found = [
        (*row[:2], *(None if x is None else round(x, 3) for x in row[2:]))
        for row in rows(drug, "day", "height", "weight", "first_weight")
    ]
    assert found == sorted(
        [
            ("1", 0, 180.0, 81.0, 81.0),  # pounds; the first height is later
            ("1", 21, 180.0, 70.0, 81.0),
            ("1", 365, 190.0, 60.0, 81.0),
            ("1", 367, 190.0, 60.0, 81.0),
            ("2", 0, None, None, None),
            ("2", 31, None, None, None),
            ("2", None, None, None, None),
            ("3", 0, None, 80.0, 80.0),
        ],
        key=str,
    )


def test_what_cant_be_read_is_told_with_its_number(read: Any) -> None:
    said = {p.code: p.message for p in read[2]}
    assert set(said) == {"W301", "W303", "N305", "N306", "N307", "N308"}
    assert said["W301"].startswith("1 doses are in 'tablet'")
    assert {code: text.split()[0] for code, text in said.items()} == dict.fromkeys(said, "1")


def test_the_whole_course_from_records(read: Any) -> None:
    subjects, doses, _ = read
    rule = dose_intensity_rule(DoseIntensity(derive="dose_intensity", treatment="drug"))
    found = dose_intensity(subjects=subjects, doses=doses, rule=rule)
    columns = ("doses", "cumulative_mg", "duration_weeks", "delays", "reason")
    assert [row for row in rows(found, *columns) if row[0] != "1"] == [
        ("2", None, None, None, None, "UNKNOWN_DOSE"),  # a dose not known, and one without a date
        ("3", 1, 50.0, 3.0, 0, "UNKNOWN_DOSE"),
    ]


@pytest.fixture
def duckdb() -> Iterator[Engine]:
    connection = connect()

    def table(name: str, made: pa.Table) -> Table:
        connection.con.register(name, made)
        return connection.table(name)

    yield table
    connection.disconnect()


def told(duckdb: Engine, arms: Any, treatment: str) -> dict[str, str]:
    plan = protocol(arms=arms, endpoints={"x": {"derive": "dose_intensity", "treatment": treatment}})
    ex = "subject | sequence | treatment | dose | dose_unit | start\n1 | 1 | DRUG | 25 | mg/m2 | 2020-01-01"
    _, doses, problems = prepared(duckdb, f"told_{treatment}", plan, ex=ex)
    assert {row[1] for row in rows(doses, "planned_dose")} <= {None}
    return {p.code: p.message for p in problems}


def test_a_treatment_that_nobody_was_given_or_no_arm_plans_is_told(duckdb: Engine) -> None:
    said = told(duckdb, ARMS, "drag")
    assert set(said) == {"W304", "W305"}
    assert "(it holds DRUG)" in said["W304"]
    twice = {"new": {"code": "N", "give": [{"drug": "drug", "day": 1}, {"drug": "DRUG", "day": 8}]}}
    said = told(duckdb, twice, "drug")
    assert set(said) == {"W302"}
    assert "in 2 ways" in said["W302"]


def test_records_without_an_endpoint_of_exposure_are_not_read(duckdb: Engine) -> None:
    found = prepare(records(duckdb, "idle", {"dm": DM, "ex": EX}), protocol())
    assert rows(found.tables["doses"], "day") == []
    assert not {p.code for p in found.problems} & {"W304", "N305", "N306"}


FREQUENCIES = """
    subject | sequence | treatment | dose | dose_unit | frequency      | start      | end
    1       | 1        | DRUG      | 25   | mg/m2     | EVERY 3 WEEKS  | 2020-01-01 | 2020-02-15
    1       | 2        | DRUG      | 25   | mg/m2     | every 21 days  | 2020-04-01 | 2020-04-22
    1       | 3        | DRUG      | 25   | mg/m2     | Q3W            | 2020-05-01 | 2020-06-12
    1       | 4        | DRUG      | 25   | mg/m2     | QD             | 2020-07-01 | 2020-07-02
    1       | 5        | DRUG      | 25   | mg/m2     | ONCE           | 2020-08-01 | 2020-08-02
    1       | 6        | DRUG      | 25   | mg/m2     | NOW AND THEN   | 2020-09-01 | 2020-09-20
    1       | 7        | DRUG      | 25   | mg/m2     | NOW AND THEN   | 2020-10-01 | 2020-10-01
    1       | 8        | DRUG      | 25   | mg/m2     | QOD            | 2020-11-01 | 2020-11-05
    1       | 9        | DRUG      | 0    | mg/m2     |                | 2020-12-01 |
    1       | 10       | DRUG      | 25   | mg/m2     |                | 2021-02-01 |
"""


def test_frequencies_are_read_by_their_numbers_and_told_where_they_are_not(duckdb: Engine) -> None:
    plan = protocol(arms=ARMS, endpoints=ENDPOINTS)
    _, doses, problems = prepared(duckdb, "often", plan, ex=FREQUENCIES)
    found = [row[2:] for row in sorted(rows(doses, "sequence", "number", "last_day"), key=lambda r: r[1])]
    assert found[:9] == [
        (3.0, 42),
        (1.0, 91),
        (2.0, 142),
        (1.0, 182),
        (1.0, 213),
        (None, None),
        (1.0, 274),
        (3.0, 309),
        (1.0, 335),
    ]
    said = {p.code: p.message for p in problems}
    assert "2 doses have a frequency that is not read ('NOW AND THEN')" in said["W332"]
    assert said["N323"].startswith("2 records end on the day")
    assert said["N325"].startswith("1 records of a dose of 0")


def test_daily_records_that_overlap_are_told(duckdb: Engine) -> None:
    ex = """
        subject | sequence | treatment | dose | dose_unit | frequency | start      | end
        1       | 1        | PILL      | 500  | mg        | QD        | 2020-01-01 | 2020-01-10
        1       | 2        | PILL      | 500  | mg        | QD        | 2020-01-02 | 2020-01-10
        1       | 3        | PILL      | 500  | mg        | QD        | 2020-01-11 | 2020-01-20
        2       | 1        | PILL      | 500  | mg        | QD        | 2020-01-01 | 2020-01-10
        3       | 1        | PILL      | 500  | mg        | QD        | 2020-01-01 |
    """
    plan = protocol(arms={"new": ARMS["new"], "old": ARMS["new"] | {"code": "O"}}, endpoints=ENDPOINTS)
    _, _, problems = prepared(duckdb, "twice", plan, ex=ex)
    said = {p.code: p.message for p in problems}
    assert said["N324"].startswith("1 records of daily doses overlap")
    assert said["N307"].startswith("1 records of daily doses have no end")
