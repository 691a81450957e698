"""Records against themselves and the protocol: each contradiction has its code and names its records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from small_records import (
    NOT_ALLOCATED,
    PEOPLE,
    PROTOCOL,
    Checked,
    Rows,
    checked_together,
    codes,
    person,
    record,
    response,
    value,
)

from trialist.engines.duckdb import connect
from trialist.formats.folder import read_records
from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.protocol.parse import parse_protocol
from trialist.records.check import check_records
from trialist.records.model import Records
from trialist.records.registered import records_from_tables

PILOT = Path(__file__).resolve().parents[1] / "data" / "pilot"


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    parsed, problems = parse_protocol(PROTOCOL, "protocol.yaml")
    assert parsed is not None, problems
    return parsed


@pytest.fixture(scope="module")
def connection() -> Any:
    return connect(threads=1)


@pytest.fixture(scope="module")
def checked(connection: Any, protocol: Protocol) -> Callable[..., list[Problem]]:
    """Problems of the two people of DM (or others) with the records that are given."""

    def run(**domains: Rows) -> list[Problem]:
        rows: dict[str, Rows] = {"dm": PEOPLE, **domains}
        tables = {name: pa.Table.from_pylist(given) for name, given in rows.items() if given}
        records: Records = records_from_tables(tables, origin="observed", connection=connection)
        return list(check_records(records, protocol))

    return run


def test_good_records_are_no_trouble(checked: Checked) -> None:
    ae = [record(start=date(2014, 3, 1), end=date(2014, 3, 4), grade=2)]
    ds = [record(term="RANDOMIZED", date=date(2014, 1, 1))]
    ex = [record(start=date(2014, 1, 1), end=date(2014, 1, 1), treatment="x")]
    assert checked(ae=ae, ds=ds, ex=ex) == []


CONTRADICTIONS: list[tuple[dict[str, Rows], list[str], str]] = [
    ({"dm": [person(), person(sex="M")]}, ["E350"], "001"),
    ({"dm": [person(), person(arm_code="B")]}, ["E350", "E353"], "001"),
    ({"dm": [person(arm_code="C")]}, ["E352"], "001"),
    ({"ae": [record("009")]}, ["E351"], "009"),
    ({"dm": [person(death=date(2013, 12, 31))]}, ["E355"], "001"),
    ({"dm": [person(first_dose=date(2013, 12, 31))]}, ["W357"], "001"),
    ({"ex": [record(start=date(2013, 12, 31))]}, ["W357"], "001"),
    ({"dm": [person(first_dose=date(2014, 1, 5), last_dose=date(2014, 1, 4))]}, ["W354"], "001"),
    ({"ae": [record(start=date(2014, 5, 3), end=date(2014, 3, 5))]}, ["W354"], "001 #1"),
    ({"ae": [record(grade=0), record(sequence=2, grade=6), record(sequence=3, grade=5)]}, ["E361"], "#2"),
    ({"rs": [record(date=date(2015, 1, 2)), record(sequence=2, date=date(2015, 1, 1))]}, ["N362"], "#1"),
    ({"dm": [person(death=date(2015, 3, 1))]}, ["N362"], "001"),
    ({"dm": [person(actual_arm_code="B")]}, ["N363"], "001"),
    (
        {
            "dm": [person(death=date(2014, 5, 28))],
            "rs": [record(date=date(2014, 5, 28)), record(sequence=2, date=date(2014, 6, 1))],
        },
        ["W356"],
        "001 #2",
    ),
    (
        {
            "ds": [record(term="RANDOMIZED", date=date(2014, 1, 3))],
            "ex": [record(start=date(2014, 1, 2))],
        },
        ["W357"],
        "001",
    ),
]


@pytest.fixture(scope="module")
def contradictions(checked: Checked) -> list[list[Problem]]:
    return checked_together(checked, [domains for domains, _, _ in CONTRADICTIONS])


@pytest.mark.parametrize("number", range(len(CONTRADICTIONS)))
def test_each_contradiction_has_its_code_and_names_its_records(
    contradictions: list[list[Problem]], number: int
) -> None:
    _, code, names = CONTRADICTIONS[number]
    assert codes(contradictions[number]) == code
    assert all(names in p.message for p in contradictions[number])


def test_two_different_values_of_a_test_on_one_day_are_noted(checked: Checked) -> None:
    assert [p.code for p in checked(lb=[value(1, 12.0), value(2, 12.6)])] == ["N359"]
    assert checked(lb=[value(1, 12.0), value(2, 12.0)]) == []
    assert checked(lb=[value(1, 12.0), value(2, 12.6, date=date(2014, 3, 2))]) == []
    assert checked(lb=[value(1, 12.0, specimen="BLOOD"), value(2, 12.6, specimen="URINE")]) == []


def test_two_units_of_one_test_are_warned_of(checked: Checked) -> None:
    later = date(2014, 4, 1)
    problems = checked(lb=[value(1, 12.0), value(2, 13.0, "ug/dL", date=later)])
    assert [p.code for p in problems] == ["W360"]
    assert "PSA" in problems[0].message
    assert checked(lb=[value(1, 12.0), value(2, 13.0, "g/dL", test_code="HGB")]) == []


def test_reconstructed_times_are_checked_without_dm(connection: Any, protocol: Protocol) -> None:
    rows = [
        {"subject": "p1", "endpoint": "os", "arm_code": "A", "time_months": -0.4, "event": 1},
        {"subject": "p2", "endpoint": "os", "arm_code": "A", "time_months": 3.0, "event": 0},
        {"subject": "p2", "endpoint": "pfs", "arm_code": "B", "time_months": 2.0, "event": 0},
        {"subject": "p3", "endpoint": "os", "arm_code": "C", "time_months": 2.0, "event": 0},
    ]
    xt = {"xt": pa.Table.from_pylist(rows)}
    records = records_from_tables(xt, origin="reconstructed", connection=connection)
    assert {p.code: p.message.split("(")[-1] for p in check_records(records, protocol)} == {
        "E353": "p2)",
        "E358": "p1)",
        "E352": "p3)",
    }


def test_the_excerpt_of_a_real_data_set_has_arms_of_its_own_and_is_otherwise_clean(
    connection: Any, protocol: Protocol
) -> None:
    files = {name: PILOT / f"{name}.csv" for name in ("dm", "ae", "ds", "ex", "rs", "tu")}
    records, _ = read_records(files, origin="observed", connection=connection)
    assert records is not None
    problems = check_records(records, protocol)
    assert {p.code for p in problems if p.code[0] == "E"} == {"E352"}
    screen_failure, allocated = "01-701-1057", "01-701-1015"
    assert allocated in problems[0].message
    assert screen_failure not in problems[0].message


def test_many_bad_records_are_one_problem_with_a_count(checked: Checked) -> None:
    problems = checked(ae=[record(sequence=n, grade=7) for n in range(1, 201)])
    assert [p.code for p in problems] == ["E361"]
    assert "200 events" in problems[0].message
    assert problems[0].message.count("#") == 5


def test_screen_failures_are_counted_and_left_out(checked: Checked) -> None:
    problems = checked(dm=[*PEOPLE, *NOT_ALLOCATED])
    assert codes(problems) == ["N366"]
    assert "2 of 4 subjects" in problems[0].message
    assert "003; 004" in problems[0].message


@pytest.mark.parametrize("arm", ["SCRNFAIL", None, ""])
def test_a_trial_in_which_nobody_was_allocated_is_refused(checked: Checked, arm: str | None) -> None:
    assert codes(checked(dm=[person(arm_code=arm), person("002", arm_code=arm)])) == ["E367"]


def test_a_dm_of_a_header_alone_is_refused(connection: Any, protocol: Protocol) -> None:
    empty = pa.table({"subject": pa.array([], pa.string()), "arm_code": pa.array([], pa.string())})
    records = records_from_tables({"dm": empty}, origin="observed", connection=connection)
    assert codes(list(check_records(records, protocol))) == ["E367"]


def test_an_allocated_subject_without_a_reference_date_is_refused(checked: Checked) -> None:
    lost = [*PEOPLE, person("005", reference_start=None), {"subject": "006", "arm_code": "SCRNFAIL"}]
    problems = [p for p in checked(dm=lost) if p.code != "N366"]
    assert codes(problems) == ["E364"]
    assert "1 allocated subjects" in problems[0].message
    assert "005" in problems[0].message
    randomised = [record("005", term="RANDOMIZED", date=date(2014, 1, 3))]
    assert "E364" not in codes(checked(dm=lost, ds=randomised))


@pytest.mark.parametrize(("reference", "code"), [("first_dose", "N365"), ("enrolment", "E364")])
def test_who_was_never_treated_has_no_first_dose(connection: Any, reference: str, code: str) -> None:
    parsed, _ = parse_protocol(PROTOCOL + f"reference: {reference}\n", "protocol.yaml")
    assert parsed is not None
    dm = [person(), person("002", reference_start=None)]
    records = records_from_tables({"dm": pa.Table.from_pylist(dm)}, origin="observed", connection=connection)
    problems = list(check_records(records, parsed))
    assert codes(problems) == [code]
    assert "(002)" in problems[0].message


def test_a_response_word_that_is_no_term_is_warned_of_and_shown_when_short(checked: Checked) -> None:
    known = ["CR", "Non-CR/Non-PD", "PDu", " pd ", "iUPD", "PMD", None, "NE"]
    good = [response(n, word) for n, word in enumerate(known, 1)]
    assert checked(rs=[*good, response(9, "EQUIVOCAL", "NEWLPROG")]) == []
    long = "he told me that he felt worse"
    problems = checked(rs=[*good, response(9, "BANANA", "SFTSRESP"), response(10, long)])
    assert codes(problems) == ["W368"]
    assert "2 records" in problems[0].message
    assert "'BANANA'" in problems[0].message
    assert "001 #9" in problems[0].message
    assert long not in str(problems[0])


def factor(subject: str, level: str, test: str = "ECOG") -> dict[str, Any]:
    return record(subject, test_code=test, value=level)


def test_a_value_that_is_no_level_of_its_factor_is_warned_of(checked: Checked) -> None:
    assert checked(sc=[factor("001", "0-1"), factor("002", "2"), factor("001", "7", "OTHER")]) == []
    problems = checked(sc=[factor("001", "0-1"), factor("002", "two")])
    assert codes(problems) == ["W369"]
    assert all(said in problems[0].message for said in ("1 subjects", "'ecog'", "0-1, 2", "'two'", "(002)"))


@pytest.mark.parametrize(
    "use",
    [
        "allocation: {method: permuted_blocks, ratio: {new: 1, old: 1}, strata: [ecog]}",
        "analyses: {km: {endpoint: os, method: kaplan_meier, by: ecog}}",
        "analyses: {km: {endpoint: os, method: cox_ph, strata: [ecog]}}",
        "analyses: {km: {endpoint: os, method: kaplan_meier, where: \"ecog = '2'\"}}",
    ],
)
def test_a_factor_in_use_without_records_is_warned_of(connection: Any, use: str) -> None:
    lines = [line for line in PROTOCOL.splitlines() if not line.startswith(use.split(":")[0])]
    parsed, problems = parse_protocol("\n".join([*lines, use, ""]), "protocol.yaml")
    assert parsed is not None, problems
    tables = {"dm": pa.Table.from_pylist([*PEOPLE, *NOT_ALLOCATED])}
    records = records_from_tables(tables, origin="observed", connection=connection)
    found = [p for p in check_records(records, parsed) if p.code == "W370"]
    assert len(found) == 1
    assert "2 allocated subjects" in found[0].message


def test_negative_concentrations_are_counted_per_test(checked: Checked) -> None:
    later = date(2014, 4, 1)
    rows = [value(1, -1.0), value(2, -9.0, date=later), value(3, -2.0, "10^9/L", test_code="NEUT")]
    allowed = [
        value(4, -2.0, "mmol/L", test_code="BASEEXC"),
        value(5, -0.3, "log ng/mL", date=date(2014, 5, 1)),
    ]
    problems = [p for p in checked(lb=[*rows, *allowed]) if p.code != "W360"]
    assert codes(problems) == ["W372", "W372"]
    assert "1 values of NEUT" in problems[0].message
    assert "2 values of PSA" in problems[1].message


def test_a_date_ten_years_off_is_warned_of(checked: Checked) -> None:
    problems = checked(ae=[record(start=date(2003, 5, 1)), record(sequence=2, start=date(2013, 5, 1))])
    assert codes(problems) == ["W371"]
    assert "001 #1" in problems[0].message
    assert codes(checked(dm=[person(death=date(2041, 1, 1))])) == ["N362", "W371"]
    assert checked(cm=[record(start=date(2001, 5, 1))]) == []


def test_a_death_without_any_date_is_refused_and_a_year_is_enough(checked: Checked) -> None:
    nobody_knows_when = [person(death_flag="Y"), person("002")]
    problems = checked(dm=nobody_knows_when)
    assert codes(problems) == ["E373"]
    assert "(001)" in problems[0].message
    assert codes(checked(ds=[record(term=" Death ")])) == ["E373"]
    assert checked(dm=[person(death_flag="Y", death_text="2014")]) == []
    assert checked(dm=nobody_knows_when, ds=[record(term="DEATH", date_text="2014-05")]) == []
    assert checked(dm=[person(death_flag="Y", arm_code="B"), *NOT_ALLOCATED[1:]])[0].code == "N366"


def test_a_date_of_death_of_the_living_is_warned_of(checked: Checked) -> None:
    assert codes(checked(dm=[person(death_flag="N", death=date(2014, 6, 1))])) == ["W374"]
    dead = [record(term="DEATH", date_text="2014-06")]
    assert codes(checked(dm=[person(death_flag="N")], ds=dead)) == ["W374"]
    assert checked(dm=[person(death_flag="N")]) == []


DATES_OF_DEATH = [
    ("2014-06-01", "2014-06-01", True),
    ("2014-06-01", "2014-06", True),
    ("2014", "2014-06-01", True),
    ("2014-06-01", "2014-06-11", False),
    ("2014-06-01", "2014-07", False),
]


@pytest.fixture(scope="module")
def dated_twice(checked: Checked) -> list[list[Problem]]:
    cases: list[dict[str, Rows]] = [
        {"dm": [person(death_text=here)], "ds": [record(term="DEATH", date_text=there)]}
        for here, there, _ in DATES_OF_DEATH
    ]
    return checked_together(checked, cases)


@pytest.mark.parametrize("number", range(len(DATES_OF_DEATH)))
def test_two_dates_of_death_are_told_and_dthdtc_counts(dated_twice: list[list[Problem]], number: int) -> None:
    problems = dated_twice[number]
    assert codes(problems) == ([] if DATES_OF_DEATH[number][2] else ["W375"])
    assert all("DTHDTC counts" in p.remedy for p in problems)
