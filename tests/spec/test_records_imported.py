"""From data sets to domains: names, kinds, and every bad value told once with its records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trialist.dates import Fill
from trialist.engines.duckdb import connect
from trialist.formats import SUFFIXES, Format, read_table
from trialist.formats.folder import read_folder, read_records, write_records
from trialist.problems import Place, Problem, errors
from trialist.records.imported import import_domain
from trialist.records.model import Records, RecordsKind
from trialist.records.registered import records_from_tables
from trialist.records.shape import domain_schema

PILOT = Path(__file__).resolve().parents[1] / "data" / "pilot"
FILES = {name: PILOT / f"{name}.csv" for name in ("dm", "ae", "ds", "ex", "rs", "tu")}


@pytest.fixture(scope="module")
def connection() -> Any:
    return connect(threads=1)


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


def test_the_files_of_a_trial_become_records(connection: Any) -> None:
    records, problems = read_records(FILES, origin="observed", connection=connection, source="pilot")
    assert records is not None
    assert errors(problems) == ()
    assert set(records.tables) == set(FILES)
    counts = {name: table.count().to_pyarrow().as_py() for name, table in records.tables.items()}
    assert counts == {"dm": 5, "ae": 8, "ds": 13, "ex": 12, "rs": 36, "tu": 42}
    assert records.origin == "observed"


def test_the_fingerprint_hangs_on_values_only(connection: Any, tmp_path: Path) -> None:
    def of(files: Mapping[str, Path]) -> str:
        records, problems = read_records(files, origin="observed", connection=connection)
        assert records is not None, problems
        return records.fingerprint

    plain = {"dm": PILOT / "dm.csv", "rs": PILOT / "rs.csv"}
    assert of(plain) == of(dict(reversed(plain.items())))
    assert of(plain) == of({"dm": PILOT / "dm.xpt", "rs": PILOT / "rs.xpt"})
    head, *rows = (PILOT / "dm.csv").read_text().splitlines()
    shuffled = tmp_path / "dm.csv"
    shuffled.write_text("\n".join([head, *reversed(rows)]) + "\n")
    assert of(plain) == of({**plain, "dm": shuffled})
    changed = tmp_path / "dm2.csv"
    changed.write_text("\n".join([head, *rows]).replace(",63,YEARS", ",64,YEARS") + "\n")
    assert changed.read_text() != (PILOT / "dm.csv").read_text()
    assert of(plain) != of({**plain, "dm": changed})
    assert of(plain) != of({"dm": PILOT / "dm.csv"})


def test_records_without_dm_are_refused(connection: Any) -> None:
    records, problems = read_records({"rs": PILOT / "rs.csv"}, origin="observed", connection=connection)
    assert records is None
    assert [p.code for p in errors(problems)] == ["E335"]


def test_problems_of_all_files_come_together(connection: Any, tmp_path: Path) -> None:
    (tmp_path / "ae.csv").write_bytes(b"")
    (tmp_path / "dm.csv").write_text("AGE\n60\n")
    files = {"dm": "dm.csv", "ae": "ae.csv", "lb": "lb.csv"}
    records, problems = read_records(files, origin="observed", connection=connection, folder=tmp_path)
    assert records is None
    assert {p.code for p in problems} == {"E033", "E320", "E030"}


@pytest.fixture
def simulated(connection: Any) -> Records:
    table, _ = read_table(PILOT / "rs.csv")
    people, _ = read_table(PILOT / "dm.csv")
    assert table is not None
    assert people is not None
    rs, _ = import_domain("rs", table, Place("rs"), partial_dates="last")
    dm, _ = import_domain("dm", people, Place("dm"))
    return records_from_tables(
        {"dm": dm, "rs": rs}, origin="simulated", connection=connection, source="us", seed=7, note="not real"
    )


@pytest.mark.parametrize("kind", SUFFIXES)
def test_a_simulated_folder_stays_simulated(
    simulated: Records, connection: Any, tmp_path: Path, kind: Format
) -> None:
    assert write_records(simulated, tmp_path / "a", kind) == ()
    back, problems = read_folder(tmp_path / "a", connection, origin="observed")
    assert problems == () or {p.code for p in problems} == {"N332"}
    assert back is not None
    assert (back.origin, back.seed, back.source, back.note) == ("simulated", 7, "us", "not real")
    assert back.fingerprint == simulated.fingerprint
    dates = [r.tables["rs"].order_by(["subject", "sequence"]).date.to_pyarrow() for r in (simulated, back)]
    assert dates[0].to_pylist() == dates[1].to_pylist()


def test_the_same_records_give_the_same_folder(simulated: Records, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert write_records(simulated, tmp_path / name, "xpt") == ()
    files = [{p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("a", "b")]
    assert set(files[0]) == {"dm.xpt", "rs.xpt", "records.json"}
    assert files[0] == files[1]


def test_a_folder_that_was_changed_says_so(simulated: Records, connection: Any, tmp_path: Path) -> None:
    assert write_records(simulated, tmp_path / "a", "csv") == ()
    dm = tmp_path / "a" / "dm.csv"
    dm.write_text("\n".join(dm.read_text().splitlines()[:-1]) + "\n")
    back, problems = read_folder(tmp_path / "a", connection)
    assert back is not None
    assert "W086" in {p.code for p in problems}


def test_nothing_guesses_what_a_folder_holds(connection: Any) -> None:
    records, problems = read_folder(PILOT, connection)
    assert records is None
    assert [p.code for p in problems] == ["E085"]
    records, _ = read_folder(PILOT, connection, origin="observed")
    assert records is not None
    assert records.origin == "observed"
    assert "dm" in records.tables


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"origin": "real"}',
        '{"origin": "observed", "domains": {"dm": "../dm.csv"}}',
        '{"origin": "observed", "domains": ["dm.csv"]}',
        '{"origin": "observed", "seed": "seven"}',
        '{"origin": "observed", "note": "\\ud800"}',
        '{"origin": "observed", "domains": {"dm": "\\ud800.csv"}}',
        '{"origin": "observed", "domains": {"dm": "d\\u0000m.csv"}}',
        '{"origin": "observed", "seed": ' + "9" * 5000 + "}",
    ],
)
def test_a_records_file_that_makes_no_sense_is_refused(connection: Any, tmp_path: Path, text: str) -> None:
    (tmp_path / "records.json").write_text(text)
    records, problems = read_folder(tmp_path, connection)
    assert records is None
    assert [p.code for p in problems] == ["E085"]


@pytest.mark.parametrize("origin", [None, "observed"])
def test_a_folder_of_records_that_is_none_is_said_to_be_none(
    connection: Any, tmp_path: Path, origin: RecordsKind | None
) -> None:
    (tmp_path / "a").write_text("a file")
    for name, code, says in (
        ("a", "E032", "a is a file, not a folder"),
        ("b", "E030", "there is no folder b"),
        ("a\0b", "E030", "there is no folder"),
        ("a" * 300, "E085", "can't be looked into"),
    ):
        records, problems = read_folder(tmp_path / name, connection, origin=origin)
        assert records is None
        assert [p.code for p in problems] == [code]
        assert says in problems[0].message


def test_a_file_where_the_folder_should_be_is_left_alone(simulated: Records, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("as it was")
    assert [p.code for p in write_records(simulated, tmp_path / "a")] == ["E071"]
    assert (tmp_path / "a").read_text() == "as it was"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_records_written_again_leave_no_domain_of_the_earlier_ones(
    simulated: Records, connection: Any, tmp_path: Path
) -> None:
    some = tmp_path / "a"
    assert write_records(simulated, some, "csv") == ()
    (some / "minutes.txt").write_text("ours")
    one = {"dm": simulated.tables["dm"].to_pyarrow()}
    fewer = records_from_tables(one, origin="simulated", connection=connection, seed=1)
    assert write_records(fewer, some) == ()
    assert sorted(p.name for p in some.iterdir()) == ["dm.parquet", "minutes.txt", "records.json"]


def test_a_column_that_a_domain_does_not_have_is_our_own_mistake(connection: Any) -> None:
    with pytest.raises(ValueError, match="dm has no column shoe_size"):
        records_from_tables({"dm": pa.table({"shoe_size": [42]})}, origin="simulated", connection=connection)


def test_written_files_carry_cdisc_names_and_labels(simulated: Records, tmp_path: Path) -> None:
    assert write_records(simulated, tmp_path / "a") == ()
    table = pq.read_table(tmp_path / "a" / "dm.parquet")
    assert table.column_names[:3] == ["STUDYID", "DOMAIN", "USUBJID"]
    assert table.schema.field("USUBJID").metadata == {b"label": b"Unique subject identifier"}
    assert json.loads((tmp_path / "a" / "records.json").read_text())["domains"]["dm"] == "dm.parquet"


MAP = """\
tables:
  - file: patients.csv
    domain: dm
    columns:
      USUBJID: Patient
      SEX: {from: Sex, values: {male: M, female: F}}
      RFSTDTC: {from: Start, date: DD.MM.YYYY}
      STUDYID: {constant: OURS-01}
  - file: psa.csv
    domain: lb
    melt: {columns: [week 0, week 12], name: when, value: psa}
    columns:
      USUBJID: Patient
      LBTESTCD: {constant: PSA}
      LBSTRESN: {from: psa, unit: ng/mL}
      VISIT: {from: when, values: {week 0: BASELINE, week 12: WEEK 12}}
"""


@pytest.fixture
def sheets(tmp_path: Path) -> Path:
    (tmp_path / "patients.csv").write_text("Patient,Sex,Start\nP1,male,2.1.2014\nP2,female,15.02.2014\n")
    (tmp_path / "psa.csv").write_text("Patient,week 0,week 12\nP1,40,12\nP2,33.5,\n")
    (tmp_path / "map.yaml").write_text(MAP)
    return tmp_path


def test_spreadsheets_come_in_through_a_map(sheets: Path, connection: Any) -> None:
    records, problems = read_records({}, maps=[sheets / "map.yaml"], origin="observed", connection=connection)
    assert problems == ()
    assert records is not None
    dm = records.tables["dm"].order_by("subject").to_pyarrow().to_pylist()
    assert [(r["subject"], r["sex"], r["reference_start"], r["study"]) for r in dm] == [
        ("P1", "M", date(2014, 1, 2), "OURS-01"),
        ("P2", "F", date(2014, 2, 15), "OURS-01"),
    ]
    lb = records.tables["lb"].order_by(["subject", "sequence"]).to_pyarrow().to_pylist()
    assert [(r["subject"], r["sequence"], r["visit"], r["value"], r["unit"]) for r in lb] == [
        ("P1", 1, "BASELINE", 40.0, "ng/mL"),
        ("P1", 2, "WEEK 12", 12.0, "ng/mL"),
        ("P2", 1, "BASELINE", 33.5, "ng/mL"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("USUBJID: Patient\n      SEX", "USUBJID: Pateint\n      SEX", "E082", 5),
        ("{from: Sex,", "{form: Sex,", "E080", 6),
        ("STUDYID: {constant: OURS-01}", "STUDY: {constant: OURS-01}", "E083", 8),
        ("male: M, ", "", "E084", 6),
        ("DD.MM.YYYY", "MON-DD-YYYY", "E084", 7),
        ("DD.MM.YYYY", "day.month.year", "E080", 7),
        ("domain: lb", "domain: labs", "E327", 10),
        ("    domain: dm\n", "", "E081", 2),
        ("name: when, ", "", "E081", 10),
        ("file: patients.csv", "file: people.csv", "E030", None),
        ("{constant: PSA}", "{constant: PSA, from: x}", "E081", 14),
        ("unit: ng/mL", "units: ng/mL", "E080", 15),
    ],
)
def test_a_mistake_in_a_map_is_told_at_its_line(
    sheets: Path, connection: Any, old: str, new: str, code: str, line: int | None
) -> None:
    assert MAP.count(old) == 1
    (sheets / "map.yaml").write_text(MAP.replace(old, new))
    records, problems = read_records({}, maps=[sheets / "map.yaml"], origin="observed", connection=connection)
    assert records is None
    found = [p for p in problems if p.code == code]
    assert found != [], problems
    assert code in {"E030", "E081"} or {p.place.line for p in found if p.place} == {line}
