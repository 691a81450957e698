"""From data sets to domains: names, kinds, and every bad value told once with its records."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from trialist.dates import Fill
from trialist.formats import read_table
from trialist.problems import Place, Problem, errors
from trialist.records.imported import import_domain
from trialist.records.shape import domain_schema


def lb(**columns: list[Any]) -> pa.Table:
    """A small LB: three records of two subjects, with some columns replaced."""
    made: dict[str, list[Any]] = {
        "USUBJID": ["001", "001", "002"],
        "LBSEQ": ["1", "2", "1"],
        "LBTESTCD": ["PSA", "PSA", "PSA"],
        "LBSTRESN": ["40.0", "12", ""],
        "LBDTC": ["2014-01-02", "2014-02-13", "2014-01"],
    }
    return pa.table({**made, **columns})


def bring(name: str, table: pa.Table, fill: Fill = "leave") -> tuple[pa.Table | None, list[Problem]]:
    made, problems = import_domain(name, table, Place("lb.csv"), partial_dates=fill)
    return made, list(problems)


def only(name: str, table: pa.Table) -> Problem:
    made, problems = bring(name, table)
    found = errors(problems)
    assert made is None
    assert len(found) == 1
    return found[0]


def test_a_domain_gets_plain_names_and_every_declared_column() -> None:
    table, problems = bring("LB", lb())
    assert table is not None
    assert table.schema == domain_schema("lb")
    assert table["subject"].to_pylist() == ["001", "001", "002"]
    assert table["sequence"].to_pylist() == [1, 2, 1]
    assert table["value"].to_pylist() == [40.0, 12.0, None]
    assert table["date"].to_pylist() == [date(2014, 1, 2), date(2014, 2, 13), None]
    assert table["date_text"].to_pylist() == ["2014-01-02", "2014-02-13", "2014-01"]
    assert table["unit"].null_count == 3
    assert [p.code for p in problems] == ["N331"]


@pytest.mark.parametrize(("fill", "day"), [("first", 1), ("last", 31)])
def test_a_missing_day_is_filled_as_the_protocol_says_and_listed(fill: Fill, day: int) -> None:
    table, problems = bring("lb", lb(), fill)
    assert table is not None
    assert table["date"].to_pylist()[2] == date(2014, 1, day)
    assert table["date_text"].to_pylist()[2] == "2014-01"
    assert [p.code for p in problems] == ["N332"]
    assert "002 #1" in problems[0].message


def test_blanks_are_no_value_and_names_may_be_in_lower_case() -> None:
    table = lb(LBSTRESN=[" 40.0 ", "  ", "\t"]).rename_columns(
        ["usubjid", "lbseq", " LBTESTCD", "LbStresN", "LBDTC"]
    )
    made, _ = bring("lb", table)
    assert made is not None
    assert made["value"].to_pylist() == [40.0, None, None]


def test_types_of_other_formats_are_understood() -> None:
    table = lb(
        LBSEQ=[1.0, 2.0, 1.0],
        LBSTRESN=[40, 12, None],
        LBBLFL=[True, False, None],
        LBDTC=[date(2014, 1, 2), date(2014, 2, 13), None],
        VISIT=pa.array(["A", "B", "A"]).dictionary_encode(),
    )
    made, problems = bring("lb", table)
    assert problems == []
    assert made is not None
    assert made["sequence"].to_pylist() == [1, 2, 1]
    assert made["baseline_flag"].to_pylist() == ["Y", "N", None]
    assert made["date_text"].to_pylist() == ["2014-01-02", "2014-02-13", None]
    assert made["visit"].to_pylist() == ["A", "B", "A"]


@pytest.mark.parametrize(
    ("columns", "code", "says"),
    [
        ({"USUBJID": ["001", "", "002"]}, "E321", "USUBJID: 1 of 3 records have no value"),
        ({"LBSTRESN": ["<0.1", "1,5", "12"]}, "E322", "LBSTRESN: 2 of 3 records"),
        ({"LBSTRESN": ["1e999", "1", "2"]}, "E322", "001 #1"),
        ({"LBSEQ": ["1.5", "2", "1"]}, "E322", "whole numbers"),
        ({"LBSEQ": ["0", "2", "1"]}, "E324", "below 1"),
        ({"LBSTRESN": ["1e308", "12", "-1e16"]}, "E324", "2 of 3 records are larger than 1e+15"),
        ({"LBSTRESN": [1e308, 12.0, None]}, "E324", "001 #1"),
        ({"LBDTC": ["9999-12-31", "1016-01-02", "2014-01-02"]}, "E324", "LBDTC (Date of specimen): 2 of 3"),
        ({"LBDTC": ["2100-01-02", "1900-01-01", "2100-01-01"]}, "E324", "001 #1"),
        ({"LBDTC": ["2014-02-30", "", ""]}, "E323", "does not exist in that month"),
        ({"LBBLFL": ["Y", "yes", ""]}, "E325", "none of the terms Y, N"),
        ({"LBSEQ": ["1", "1", "1"]}, "E326", "USUBJID, LBSEQ"),
        ({"lbseq": ["1", "2", "1"]}, "E328", "LBSEQ"),
        ({"LBSTRESN": [[1], [2], [3]]}, "E328", "LBSTRESN"),
        ({"DOMAIN": ["LB", "LB", "RS"]}, "E329", "1 of 3 records state another domain"),
    ],
)
def test_a_bad_value_is_told_once_per_column_with_its_records(
    columns: dict[str, list[Any]], code: str, says: str
) -> None:
    problem = only("lb", lb(**columns))
    assert problem.code == code
    assert says in problem.message


def test_no_captured_value_is_repeated_in_a_message() -> None:
    words = "her husband reported"
    _, problems = bring("lb", lb(LBSTRESN=[words] * 3, LBDTC=[words] * 3, LBBLFL=[words] * 3))
    assert {p.code for p in errors(problems)} == {"E322", "E323", "E325"}
    assert not any(words in str(problem) for problem in problems)


def test_all_problems_of_a_file_come_at_once() -> None:
    table = lb(LBSTRESN=["x", "1", "2"], LBDTC=["2014-13", "", ""]).drop_columns(["LBTESTCD"])
    made, problems = bring("lb", table)
    assert made is None
    assert {p.code for p in problems} == {"E320", "E322", "E323"}


def test_a_wrong_column_name_is_answered_with_the_nearest() -> None:
    table = lb().rename_columns(["USUBJD", "LBSEQ", "LBTESTCD", "LBSTRESN", "LBDTC"])
    problem = only("lb", table)
    assert problem.code == "E320"
    assert "USUBJD" in problem.remedy


def test_an_unknown_domain_is_answered_with_the_nearest() -> None:
    problem = only("lbb", lb())
    assert problem.code == "E327"
    assert "'lb'" in problem.remedy


def test_an_impossible_age_and_an_unknown_sex_are_told() -> None:
    dm = pa.table({"USUBJID": ["1", "2"], "AGE": ["230", "-1"], "SEX": ["male", "F"]})
    made, problems = bring("dm", dm)
    assert made is None
    assert [p.code for p in problems] == ["E324", "E325"]


def test_a_duplicate_subject_in_dm_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "dm.csv"
    path.write_text("USUBJID,AGE\n001,60\n002,61\n001,62\n")
    table, _ = read_table(path)
    assert table is not None
    _, problems = import_domain("dm", table, Place(str(path)))
    assert [p.code for p in problems] == ["E326"]
    assert "line 2: 001" in problems[0].message
    assert problems[0].place == Place(str(path), 2, None, "dm 001")


def test_a_subject_in_two_arms_is_told_beside_what_else_is_wrong_in_the_file() -> None:
    people = {
        "USUBJID": ["1", "1", "2", "2", None, None],
        "ARMCD": ["A", "B", "A", "a", "A", "B"],
        "DTHDTC": ["2020-13-01", None, None, None, None, None],
    }
    table, problems = bring("dm", pa.table(people))
    found = {p.code: p.message for p in errors(problems)}
    assert table is None
    assert found.keys() == {"E321", "E323", "E326", "E353"}
    assert "1 subject in more than one arm" in found["E353"]
    assert "row" not in found["E353"]


def test_negative_times_are_out_of_range() -> None:
    xt = pa.table({"USUBJID": ["1"], "ENDPOINT": ["os"], "ARMCD": ["A"], "TIME": ["-0.4"], "EVENT": ["1"]})
    problem = only("xt", xt)
    assert problem.code == "E324"
    assert "below 0" in problem.message


def test_a_million_rows_are_typed_in_seconds() -> None:
    import time

    count = 1_000_000
    subjects = pa.array([f"S{n:05d}" for n in range(20_000)])
    table = pa.table(
        {
            "USUBJID": subjects.take(pa.array([n // 50 for n in range(count)])),
            "LBSEQ": pa.array([str(n % 50 + 1) for n in range(count)]),
            "LBTESTCD": pa.array(["PSA"] * count),
            "LBSTRESN": pa.array(["12.5"] * count),
            "LBDTC": pa.array(["2014-01-02", "2014-02"] * (count // 2)),
        }
    )
    started = time.process_time()
    made, _ = bring("lb", table)
    assert made is not None
    assert time.process_time() - started < 15
