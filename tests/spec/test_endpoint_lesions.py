"""Lesions from TU and TR: roles, sizes, visits, parts, and endpoints that start from them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from text_trial import Engine, protocol, records, rows
from two_arm_simulation import TEXT, made

from trialist.endpoints import definition, derive
from trialist.endpoints.inputs import Inputs, prepare
from trialist.problems import Place
from trialist.protocol.check import check_protocol
from trialist.protocol.model import Protocol, TrialProtocol
from trialist.records import checks_tests
from trialist.records.model import Records

ENDPOINTS: dict[str, Any] = {
    "response": {"derive": "tumour_response"},
    "bor": {"derive": "best_overall_response", "confirmed": True, "read": "lesions"},
    "pfs": {
        "derive": "progression_free_survival",
        "first_of": ["radiographic_progression", "death"],
        "read": "lesions",
    },
    "reported": {"derive": "best_overall_response", "confirmed": True},
}
DM = """
    subject | arm_code | reference_start | first_dose | last_dose  | death
    1       | N        | 2020-01-01      | 2020-01-01 | 2020-05-01 |
    2       | N        | 2020-01-01      | 2020-01-01 | 2020-05-01 |
    3       | N        | 2020-01-01      | 2020-01-01 | 2020-05-01 |
"""
TU = """
    subject | sequence | lesion  | test_code | result     | location   | imaging   | evaluator | date
    1       | 1        | t01     | TUMIDENT  | Target     | LIVER      | CT        | INV       | 2019-12-20
    1       | 2        | T02     | TUMIDENT  | TARGET     | LYMPH NODE | CT        | INV       | 2019-12-20
    1       | 3        | NT1     | TUMIDENT  | NON-TARGET | LUNG       | CT        | INV       | 2019-12-20
    1       | 4        | B1      | TUMIDENT  | NON-TARGET | BONE       | Bone scan | INV       | 2019-12-20
    1       | 5        | X1      | TUMIDENT  | NEW TARGET | LUNG       | CT        | INV       | 2020-06-17
    2       | 1        | T01     | TUMIDENT  | TARGET     | LUNG       | CT        | INV       | 2019-12-20
    2       | 2        | T01.1   | TUSPLIT   | TARGET     | LUNG       | CT        | INV       | 2020-02-26
    2       | 3        | T01.2   | TUSPLIT   | TARGET     | LUNG       | CT        | INV       | 2020-02-26
    3       | 1        | T01     | TUMIDENT  | TARGET     | LUNG       | CT        | INV       | 2019-12-20
    3       | 2        | T02     | TUMIDENT  | TARGET     | LUNG       | CT        | INV       | 2019-12-20
    3       | 3        | T01/T02 | TUMERGE   | TARGET     | LUNG       | CT        | INV       | 2020-02-26
"""
TR = """
    subject | sequence | lesion  | test_code | result        | value | unit | evaluator | visit | date
    1       | 1        | T01     | LDIAM     | 4             | 4     | cm   | INV       | SCR   | 2019-12-20
    1       | 2        | T02     | LDIAM     | 30            | 30    | mm   | INV       | SCR   | 2019-12-20
    1       | 3        | T02     | SAXIS     | 20            | 20    | mm   | INV       | SCR   | 2019-12-20
    1       | 4        |         | SUMDIAM   | 60            | 60    | mm   | INV       | SCR   | 2019-12-20
    1       | 5        | B1      | TUMSTATE  | PRESENT       |       |      | INV       | SCR   | 2019-12-20
    1       | 6        | T01     | LDIAM     | TOO SMALL     |       |      | INV       | W8    | 2020-02-26
    1       | 7        | T01     | LDIAM     | 50            | 50    | mm   | IRC       | W8    | 2020-02-26
    1       | 8        | T02     | LPERP     | 8             | 8     | mm   | INV       | w8    | 2020-02-28
    1       | 9        | NT1     | TUMSTATE  | Present       |       |      | INV       | W8    | 2020-02-28
    1       | 10       | T01     | TUMSTATE  | ABSENT        |       |      | INV       | W16   | 2020-04-22
    1       | 11       | T02     | SAXIS     | 9             | 9     | mm   | INV       | W16   | 2020-04-22
    1       | 12       | NT1     | TUMSTATE  | NOT EVALUABLE |       |      | INV       | W16   | 2020-04-22
    2       | 1        | T01     | LDIAM     | 40            | 40    | mm   | INV       | SCR   | 2019-12-20
    2       | 2        | T01     | LDIAM     | NOT DONE      |       |      | INV       | W8    | 2020-02-26
    2       | 3        | T01.1   | LDIAM     | 10            | 10    | mm   | INV       | W8    | 2020-02-26
    2       | 4        | T01.2   | LDIAM     | 12            | 12    | mm   | INV       | W8    | 2020-02-26
    2       | 5        | T01     | LDIAM     | 30            | 30    | mm   | INV       | UNS   | 2020-03-25
    2       | 6        | T01     | LDIAM     | 30            | 30    | mm   | INV       | UNS   | 2020-05-20
    3       | 1        | T01     | LDIAM     | 20            | 20    | mm   | INV       | SCR   | 2019-12-20
    3       | 2        | T02     | LDIAM     | 30            | 30    | mm   | INV       | SCR   | 2019-12-20
    3       | 3        | T01/T02 | LDIAM     | 61            | 61    | mm   | INV       | W8    | 2020-02-26
"""
RS = """
    subject | sequence | test_code | result | evaluator | date
    1       | 1        | OVRLRESP  | PD     | INV       | 2020-02-26
"""
KEPT = {"origin": "observed", "note": "made up", "evaluator": "INV"}
TEXTS = {"dm": DM, "tu": TU, "tr": TR, "rs": RS}


def planned(endpoints: dict[str, Any]) -> Protocol:
    return protocol(endpoints=endpoints, records=KEPT)


@pytest.fixture(scope="module")
def inputs(engine: Engine) -> Inputs:
    return prepare(records(engine, "lesions", TEXTS), planned(ENDPOINTS))


def test_each_lesion_has_one_row_per_visit_or_part(inputs: Inputs) -> None:
    found = rows(inputs.tables["lesions"], "day", "lesion", "role", "node", "organ", "diameter", "state")
    assert found == [
        ("1", -12, "NT1", "NON-TARGET", False, "LUNG", None, "PRESENT"),  # identified, not in TR
        ("1", -12, "T01", "TARGET", False, "LIVER", 40.0, None),  # cm
        ("1", -12, "T02", "TARGET", True, "NODES", 20.0, None),  # by short axis
        ("1", 112, "NT1", "NON-TARGET", False, "LUNG", None, None),  # not read
        ("1", 112, "T01", "TARGET", False, "LIVER", None, "ABSENT"),
        ("1", 112, "T02", "TARGET", True, "NODES", 9.0, None),
        ("1", 168, "X1", "NEW", False, "LUNG", None, "PRESENT"),
        ("1", 56, "NT1", "NON-TARGET", False, "LUNG", None, "PRESENT"),
        ("1", 56, "T01", "TARGET", False, "LIVER", None, "TOO SMALL"),
        ("1", 56, "T02", "TARGET", True, "NODES", 8.0, None),  # two days later, of the same visit
        ("2", -12, "T01", "TARGET", False, "LUNG", 40.0, None),
        ("2", 140, "T01", "TARGET", False, "LUNG", 30.0, None),  # unscheduled visits are two
        ("2", 56, "T01", "TARGET", False, "LUNG", 10.0, None),  # the parts, not the unread whole
        ("2", 56, "T01", "TARGET", False, "LUNG", 12.0, None),
        ("2", 84, "T01", "TARGET", False, "LUNG", 30.0, None),
        ("3", -12, "T01", "TARGET", False, "LUNG", 20.0, None),
        ("3", -12, "T02", "TARGET", False, "LUNG", 30.0, None),
        ("3", 56, "T01", "TARGET", False, "LUNG", 61.0, None),  # the merged mass
        ("3", 56, "T02", "TARGET", False, "LUNG", None, "MERGED"),
    ]


def test_what_a_lesion_is_stands_in_tu_without_a_date_too(duckdb_tables: Engine) -> None:
    undated = """
        subject | sequence | lesion | test_code | result | location   | evaluator | date
        1       | 1        | T2     | TUMIDENT  | TARGET | LYMPH NODE | INV       |
        1       | 2        | T3     | TUMIDENT  | NEW    | LUNG       | INV       |
    """
    sizes = """
        subject | sequence | lesion | test_code | value | unit | evaluator | date
        1       | 1        | T2     | LDIAM     | 33.28 | mm   | INV       | 2020-01-01
        1       | 2        | T2     | LPERP     | 32    | mm   | INV       | 2020-01-01
    """
    texts = {"dm": DM, "tu": undated, "tr": sizes}
    found = prepare(records(duckdb_tables, "undated", texts), planned(ENDPOINTS))
    assert rows(found.tables["lesions"], "day", "lesion", "role", "node", "diameter") == [
        ("1", 0, "T2", "TARGET", True, 32.0)  # by short axis; T3 was seen on no day that is known
    ]


@pytest.mark.parametrize("engine", ["DuckDB"], indirect=True)  # Spark has each of the two steps elsewhere
def test_endpoints_start_from_lesions_where_the_protocol_says_so(inputs: Inputs) -> None:
    plan = planned(ENDPOINTS)
    tables, problems = derive(inputs, plan)
    assert [problem.code for problem in problems] == ["W343", "W343", "W343"]
    assert rows(tables["response"], "day", "response", "sum", "reason") == [
        ("1", 112, "PR", 9.0, "NON_TARGET_NOT_READ"),
        ("1", 168, "PD", None, "NEW_LESION"),
        ("1", 56, "PR", 13.0, "TARGET_FALLEN"),
        ("2", 140, "PD", 30.0, "TARGET_GROWN"),
        ("2", 56, "PR", 22.0, "TARGET_FALLEN"),
        ("2", 84, "PD", 30.0, "TARGET_GROWN"),
        ("3", 56, "PD", 61.0, "TARGET_GROWN"),
    ]
    assert rows(tables["bor"], "value", "day") == [("1", "PR", 56), ("2", "SD", 56), ("3", "PD", 56)]
    assert rows(tables["reported"], "value", "day") == [
        ("1", "PD", 56),
        ("2", "MISSING", None),
        ("3", "MISSING", None),
    ]
    assert rows(tables["pfs"], "day", "event", "reason") == [
        ("1", 168, True, "SOFT_TISSUE"),
        ("2", 84, True, "SOFT_TISSUE"),
        ("3", 56, True, "SOFT_TISSUE"),
    ]


def test_the_definition_tells_the_thresholds_of_lesions_only_where_they_are_read() -> None:
    plan = planned(ENDPOINTS).plan
    told = dict(definition(plan.endpoints["pfs"], plan))
    assert (told["lesions.progression_rise"], told["lesions.progression_absolute"]) == (0.2, 5)
    assert not [name for name, _ in definition(plan.endpoints["reported"], plan) if "lesion" in name]
    assert dict(definition(plan.endpoints["response"], plan))["normal_node"] == 10


def test_without_tr_an_endpoint_from_lesions_is_not_derived(duckdb_tables: Engine) -> None:
    plan = planned(ENDPOINTS)
    found = prepare(records(duckdb_tables, "without", {"dm": DM, "rs": RS}), plan)
    tables, problems = derive(found, plan)
    assert list(tables) == ["reported"]
    assert [p.message.split()[4].rstrip(",") for p in problems if p.code == "W310"] == ["TR", "TR", "TR"]


def test_a_test_of_lesions_that_no_record_holds_is_told(duckdb_tables: Engine) -> None:
    sums = """
        subject | sequence | test_code | value | unit | evaluator | lesion | date
        1       | 1        | SUMDIAM   | 60    | mm   | INV       |        | 2020-02-26
    """
    plan = planned({"bor": ENDPOINTS["bor"]})
    found = checks_tests.tests_recorded(records(duckdb_tables, "sums", {"dm": DM, "tr": sums}), plan)
    assert [problem.code for problem in found] == ["W376"]


def test_without_tu_the_group_of_results_is_the_role(duckdb_tables: Engine) -> None:
    tr = """
        subject | sequence | group      | lesion | test_code | value | result  | evaluator | date
        1       | 1        | TARGET     | T1     | SAXIS     | 20    | 20      | INV       | 2020-01-01
        1       | 2        | NON-TARGET |        | TUMSTATE  |       | PRESENT | INV       | 2020-01-01
        1       | 3        | TARGET     |        | LDIAM     | 20    | 20      | INV       | 2020-01-01
        1       | 4        |            | Z      | LDIAM     | 20    | 20      | INV       | 2020-01-01
    """
    found = prepare(records(duckdb_tables, "groups", {"dm": DM, "tr": tr}), planned(ENDPOINTS))
    assert rows(found.tables["lesions"], "lesion", "role", "node", "organ", "diameter") == [
        ("1", "NON-TARGET", "NON-TARGET", False, None, None),  # followed as a group
        ("1", "T1", "TARGET", True, "NODES", 20.0),  # measured by short axis only
    ]
    # the third has no link; the fourth has neither a group nor a role of TU
    assert [p.message.split()[0] for p in found.problems if p.code == "W386"] == ["1"]
    assert [p.message.split()[0] for p in found.problems if p.code == "N333"] == ["1"]


def chosen(sizes: list[tuple[str, str, float]]) -> dict[str, str]:
    """TU and TR of one subject: location, test and size of each target at baseline."""
    tu = "subject | sequence | lesion | test_code | result | location | evaluator | date\n"
    tr = "subject | sequence | lesion | test_code | value | evaluator | date\n"
    for n, (location, test, size) in enumerate(sizes, 1):
        tu += f"1 | {n} | T{n} | TUMIDENT | TARGET | {location} | INV | 2019-12-20\n"
        tr += f"1 | {n} | T{n} | {test} | {size} | INV | 2019-12-20\n"
    return {"dm": DM, "tu": tu, "tr": tr}


@pytest.mark.parametrize(
    ("sizes", "codes"),
    [
        ([(organ, "LDIAM", 10) for organ in ("LIVER", "LIVER", "LUNG", "SKIN", "BRAIN")], []),
        ([(organ, "LDIAM", 10) for organ in ("LIVER", "LIVER", "LUNG", "SKIN", "BRAIN", "LUNG")], ["W387"]),
        ([("LIVER", "LDIAM", 10)] * 3, ["W384"]),
        (
            [("LYMPH NODE, A", "SAXIS", 15), ("LYMPH NODE, B", "SAXIS", 15), ("LYMPH NODE, C", "SAXIS", 15)],
            ["W384"],
        ),
        ([("LIVER", "LDIAM", 9.9)], ["W385"]),
        ([("LYMPH NODE", "SAXIS", 15)], []),
        ([("LYMPH NODE", "SAXIS", 14.9)], ["W385"]),
    ],
    ids=["five", "six", "one organ", "nodes", "small", "node", "small node"],
)
def test_targets_that_the_criteria_would_not_have_chosen_are_told(
    duckdb_tables: Engine, request: pytest.FixtureRequest, sizes: Any, codes: list[str]
) -> None:
    name = f"chosen_{request.node.callspec.id.replace(' ', '_')}"
    plan = planned({"bor": ENDPOINTS["bor"]})
    found = prepare(records(duckdb_tables, name, chosen(sizes)), plan)
    assert [p.code for p in found.problems if p.code in ("W384", "W385", "W387")] == codes


def test_nothing_is_told_of_targets_where_no_endpoint_reads_them(duckdb_tables: Engine) -> None:
    plan = planned({"reported": ENDPOINTS["reported"]})
    found = prepare(records(duckdb_tables, "unread", chosen([("LIVER", "LDIAM", 5)])), plan)
    assert not {p.code for p in found.problems} & {"W384", "W385", "W387"}


def test_responses_at_visits_are_analysed_by_no_method() -> None:
    refused = protocol(
        endpoints={"response": ENDPOINTS["response"]},
        analyses={"k": {"method": "kaplan_meier", "endpoint": "response", "population": "itt"}},
    )
    found = [problem for problem in check_protocol(refused) if problem.code == "E203"]
    assert [problem.remedy for problem in found] == ["take the analysis out: no method takes a Visits"]


def test_targets_of_a_simulated_trial_respond_as_its_records_say(duckdb_tables: Engine) -> None:
    tables = {name: duckdb_tables(f"made_{name}", rows) for name, rows in made(400).items()}
    text = yaml.safe_load(TEXT)
    kept = {key: text[key] for key in text if key not in ("estimands", "analyses", "simulation")}
    plan = Protocol(
        TrialProtocol.model_validate({**kept, "endpoints": {"response": {"derive": "tumour_response"}}}),
        "p.yaml",
        "0",
        {(): Place("p.yaml", 1)},
    )
    found = prepare(Records(tables, "simulated", "0"), plan)
    visits = derive(found, plan)[0]["response"].select("subject", "day", "target")
    said = tables["rs"].filter(lambda t: t.test_code == "TRGRESP").select("subject", "date", "result")
    said = said.inner_join(found.tables["subjects"], "subject")
    said = said.mutate(day=said.date.delta(said.reference_date, unit="day").cast("int64"))
    after = (said.day > said.first_dose_day.fill_null(0)) & (said.day > 0)
    said = said.filter(after & (said.cutoff_day.isnull() | (said.day <= said.cutoff_day)))
    both = said.left_join(visits, ["subject", "day"])
    counted = both.group_by("result", "target").aggregate(n=both.count()).to_pyarrow().to_pylist()
    assert {row["result"] for row in counted} == {"PR", "SD", "PD"}
    assert [row for row in counted if row["result"] != row["target"]] == []
