"""What the inputs of endpoints tell the reader, and what changes nothing: on one engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from ibis.expr.types import Table
from text_trial import CM, DM, LB, PLAN, TEXTS, Engine, protocol, records, rows

from trialist.endpoints import definition, derive
from trialist.endpoints.inputs import Inputs, prepare
from trialist.endpoints.planned import PlannedScans, planned_scans
from trialist.engines.duckdb import connect


@pytest.fixture
def duckdb() -> Iterator[Engine]:
    connection = connect()

    def table(name: str, made: pa.Table) -> Table:
        connection.con.register(name, made)
        return connection.table(name)

    yield table
    connection.disconnect()


def test_a_baseline_lesion_is_a_baseline_assessment(duckdb: Engine) -> None:
    lesions = "subject | sequence | date\n1 | 1 | 2020-01-01\n2 | 1 | 2020-02-02"
    found = prepare(records(duckdb, "lesion", {"dm": DM, "tu": lesions}), protocol())
    assert rows(found.tables["subjects"], "baseline_scan") == [("1", True), ("2", False), ("3", False)]


@pytest.mark.parametrize(
    ("category", "days", "told"),
    [
        ("Anti-Cancer Therapy", [("1", 151), ("2", 396)], None),
        ("POST-STUDY CANCER THERAPY", [("1", 151)], "1 records of CM speak of a cancer therapy"),
        ("CONCOMITANT", [("1", 151)], None),
    ],
)
def test_a_therapy_that_may_be_a_new_one_is_told(
    duckdb: Engine, category: str, days: list[tuple[str, int]], told: str | None
) -> None:
    cm = CM + f"    2       | 2        | Z                  | {category} | 2021-03-03\n"
    name = "therapy_" + category.replace(" ", "_").replace("-", "_")
    found = prepare(records(duckdb, name, {**TEXTS, "cm": cm}), protocol())
    assert rows(found.tables["therapies"], "day") == days
    problems = [p.message for p in found.problems if p.code == "W381"]
    assert [message.startswith(told or "") for message in problems] == ([True] if told else [])


def test_therapies_of_which_none_is_marked_are_told_where_they_matter(duckdb: Engine) -> None:
    texts = {**TEXTS, "cm": CM.replace("ANTICANCER", "SUBSEQUENT")}
    found = prepare(records(duckdb, "unmarked", texts), protocol())
    message = next(p.message for p in found.problems if p.code == "W381")
    assert message.startswith("none of 3 records of CM")
    assert "'SUBSEQUENT', 'OTHER'" in message
    idle = protocol(endpoints={"os": PLAN["endpoints"]["os"]})
    assert "W381" not in {p.code for p in prepare(records(duckdb, "idle", texts), idle).problems}


def test_moving_all_dates_by_the_same_days_changes_nothing(duckdb: Engine) -> None:
    plan = protocol()
    texts = {**TEXTS, "dm": DM.replace("2020-07 ", "        ")}
    still, _ = derive(prepare(records(duckdb, "still", texts), plan), plan)
    late = protocol(dates={"cut_off": "2021-04-11"})
    moved, _ = derive(prepare(records(duckdb, "moved", texts, shift=100), late), late)
    for name, table in still.items():
        assert rows(table, *table.columns[1:]) == rows(moved[name], *table.columns[1:]), name


def test_a_missing_domain_is_told_for_each_endpoint_that_needs_it(duckdb: Engine) -> None:
    plan = protocol()
    texts = {name: text for name, text in TEXTS.items() if name in {"dm", "ds", "rs"}}
    tables, problems = derive(prepare(records(duckdb, "missing", texts), plan), plan)
    assert sorted(tables) == ["bor", "dcr", "dor", "orr", "os", "pfs", "ttr"]
    told = {p.message.split("'")[1]: p.message for p in problems if p.code == "W310"}
    assert {problem.code for problem in problems} == {"W310", "W343"}  # without CM no new therapy is seen
    assert sorted(told) == ["ae", "hb", "link", "psa50", "ttpp", "waterfall"]
    assert "needs domain LB" in told["psa50"]
    assert "needs domain AE" in told["ae"]


def test_an_objective_response_without_its_best_response_is_told(duckdb: Engine) -> None:
    plan = protocol(endpoints={"orr": {"derive": "objective_response", "of": "nothing"}})
    tables, problems = derive(prepare(records(duckdb, "of", TEXTS), plan), plan)
    assert tables == {}
    assert [problem.code for problem in problems] == ["W311"]


def test_a_cut_off_that_is_no_date_is_told_and_not_applied(duckdb: Engine) -> None:
    inputs = prepare(records(duckdb, "cut", TEXTS), protocol(dates={"cut_off": "2021-01"}))
    assert "N316" in {problem.code for problem in inputs.problems}
    assert rows(inputs.tables["subjects"], "cutoff_day", "last_alive_day")[0] == ("1", None, 424)


def test_a_low_baseline_of_psa_is_told_unless_the_endpoint_leaves_it_out(duckdb: Engine) -> None:
    lb = """
        subject | sequence | test_code | result | value | unit  | date
        1       | 1        | PSA       | 1.9    | 1.9   | ng/mL | 2020-01-01
        2       | 1        | PSA       | 2      | 2     | ng/mL | 2020-01-01
    """

    def told(**words: Any) -> list[str]:
        plan = protocol(endpoints={"psa50": {"derive": "psa_response", **words}})
        texts = {"dm": DM, "ds": TEXTS["ds"], "lb": lb, "cm": CM}
        _, problems = derive(prepare(records(duckdb, "low", texts), plan), plan)
        return [p.message for p in problems if p.code == "N314"]

    (message,) = told()
    assert "a baseline of PSA below 2 ng/mL: 1 (for example 1)" in message
    assert told(minimum_baseline=2) == []


def test_an_unstated_interval_is_told(duckdb: Engine) -> None:
    plan = protocol(schedule={}, endpoints={"pfs": PLAN["endpoints"]["pfs"]})
    _, problems = derive(prepare(records(duckdb, "interval", TEXTS), plan), plan)
    assert [problem.code for problem in problems] == ["N322"]
    assert "63 days" in problems[0].message


def test_each_part_is_due_as_the_schedule_plans_it() -> None:
    visits = {
        "scan": {"epoch": "treatment", "day": 56, "every": "56 d"},
        "bone": {"epoch": "treatment", "day": 84, "every": "84 d"},
    }
    ct = {"label": "CT", "domain": "RS", "test": "SFTSRESP", "at": ["scan"]}
    bone_scan = {"label": "Bone scan", "domain": "RS", "test": "BONERESP", "at": ["bone"]}
    schedule = {
        "epochs": [{"id": "treatment"}],
        "visits": visits,
        "assessments": {"ct": ct, "bone_scan": bone_scan},
    }
    plan = protocol(schedule=schedule).plan
    assert planned_scans(plan) == PlannedScans(every=84, soft_tissue=56, bone=84)
    told = dict(definition(plan.endpoints["pfs"], plan))
    assert (told["soft_tissue_interval"], told["bone_interval"], told["interval"]) == (56, 84, 84)


EVERY_9_THEN_12_WEEKS = {
    "week_9": {"epoch": "treatment", "day": 63},
    "week_17": {"epoch": "treatment", "day": 119},
    "later": {"epoch": "treatment", "day": 175, "every": "84 d", "until": "progression"},
}
TWICE_THEN_LATER = {
    "first": {"epoch": "treatment", "day": 56, "every": "56 d", "times": 2},
    "then": {"epoch": "treatment", "day": 196, "every": "84 d"},
    "before": {"epoch": "treatment", "day": -7},
}
OPEN_AND_ONE = {
    "open": {"epoch": "treatment", "day": 56, "every": "56 d"},
    "one": {"epoch": "treatment", "day": 140},
}


@pytest.mark.parametrize(
    ("visits", "days"),
    [
        (EVERY_9_THEN_12_WEEKS, (63, 119, 175, 259)),
        (TWICE_THEN_LATER, (56, 112, 196, 280)),
        ({"even": {"epoch": "treatment", "day": 56, "every": "56 d"}}, ()),
        (OPEN_AND_ONE, (56, 112, 140, 168, 224)),
    ],
)
def test_the_schedule_s_days_are_read_where_the_time_between_them_changes(
    visits: dict[str, Any], days: tuple[int, ...]
) -> None:
    scan = {"label": "CT and bone scan", "domain": "RS", "at": list(visits)}
    schedule = {"epochs": [{"id": "treatment"}], "visits": visits, "assessments": {"scan": scan}}
    plan = protocol(schedule=schedule).plan
    assert planned_scans(plan).days == days
    told = dict(definition(plan.endpoints["pfs"], plan))
    assert told.get("planned_days", ()) == days
    assert ("interval" in told) == (not days)


def test_records_without_subjects_derive_nothing(duckdb: Engine) -> None:
    plan = protocol()
    inputs: Inputs = prepare(records(duckdb, "nobody", {"lb": LB}), plan)
    tables, problems = derive(inputs, plan)
    assert tables == {}
    assert {problem.code for problem in problems} == {"W310"}
