"""Data files: what is read, what is refused and why, and that a file appears whole or not at all."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from trialist.formats import read_table, write_table
from trialist.formats.labels import column_labels, label_of, name_of, with_labels
from trialist.problems import Problem, errors

PILOT = Path(__file__).resolve().parents[1] / "data" / "pilot"


def only(path: Path, **options: int | str) -> Problem:
    """The one error that reading this file gives."""
    table, problems = read_table(path, **options)  # type: ignore[arg-type]
    assert table is None
    assert len(problems) == 1
    return problems[0]


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def make(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make


Make = Callable[[str, bytes], Path]


@pytest.mark.parametrize("domain", ["dm", "rs"])
def test_csv_and_xpt_of_one_data_set_hold_the_same_values(domain: str) -> None:
    from_csv, _ = read_table(PILOT / f"{domain}.csv")
    from_xpt, _ = read_table(PILOT / f"{domain}.xpt")
    assert from_csv is not None
    assert from_xpt is not None
    assert from_csv.column_names == from_xpt.column_names
    texts = [n for n in from_csv.column_names if pa.types.is_string(from_xpt[n].type)]
    assert "USUBJID" in texts
    for name in texts:
        assert from_csv[name].to_pylist() == from_xpt[name].to_pylist()
    number = "AGE" if domain == "dm" else "RSSEQ"
    assert [float(v) for v in from_csv[number].to_pylist()] == from_xpt[number].to_pylist()


def test_labels_come_with_an_xpt_file() -> None:
    table, _ = read_table(PILOT / "dm.xpt")
    assert table is not None
    assert name_of(table) == "DM"
    assert column_labels(table)["USUBJID"] == "Unique Subject Identifier"


def test_a_missing_file_names_the_nearest_one() -> None:
    problem = only(PILOT / "DM.csv")
    assert problem.code == "E030"
    assert "dm.csv" in problem.remedy


def test_a_folder_is_no_data_file() -> None:
    assert only(PILOT).code == "E031"


def test_an_unreadable_name_is_told() -> None:
    assert only(Path("x" * 5000 + ".csv")).code == "E032"


def test_a_named_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "dm.csv"
    os.mkfifo(pipe)
    problem = only(pipe)
    assert problem.code == "E032"
    assert "not a regular file" in problem.message


def test_a_file_larger_than_memory_should_hold_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "lb.csv"
    with path.open("wb") as sparse:
        sparse.write(b"USUBJID,LBSEQ\n")
        sparse.truncate(3 * 1024**3)
    problem = only(path)
    assert problem.code == "E034"
    assert "3.22 GB" in problem.message


def test_what_a_packed_file_unpacks_to_is_limited_too(file: Make) -> None:
    path = file("lb.csv.gz", gzip.compress(b"A,B\n" + b"1,2\n" * 100_000, mtime=0))
    assert only(path, max_bytes=10_000).code == "E034"


@pytest.mark.parametrize(
    ("name", "content", "code", "line"),
    [
        ("empty.csv", b"", "E033", None),
        ("sheet.xlsx", b"PK\x03\x04....", "E035", None),
        ("sheet.csv", b"PK\x03\x04....", "E036", None),
        ("dm.csv", b"PAR1....", "E036", None),
        ("cut.csv.gz", gzip.compress(b"A,B\n1,2\n" * 50, mtime=0)[:-12], "E037", None),
        ("latin.csv", b"A,B\n1,2\n1,\xe9\n", "E038", 3),
        ("nul.csv", b"A,B\n1,\x00\n", "E039", 2),
        ("twice.csv", b"A,B,A\n1,2,3\n", "E040", 1),
        ("unnamed.csv", b"A,,C\n1,2,3\n", "E040", 1),
        ("blank.csv", b"\n\n\n", "E040", 1),
        ("quote.csv", b'A,B\n1,"2\n3,4\n', "E041", 2),
        ("ragged.csv", b"A,B\n1,2\n1,2,3\n4\n", "E042", 3),
        ("text.xpt", b"no transport file " * 30, "E044", None),
        ("text.parquet", b"no parquet", "E047", None),
        ("cut.parquet", b"PAR1 and then nothing", "E047", None),
        ("text.json", b'{"rows": [', "E048", 1),
        ("other.json", b'{"rows": []}', "E049", None),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_with_its_line(
    file: Make, name: str, content: bytes, code: str, line: int | None
) -> None:
    problem = only(file(name, content))
    assert problem.code == code
    assert problem.place is not None
    assert problem.place.line == line


def test_every_ragged_row_is_counted_and_the_first_are_named(file: Make) -> None:
    problem = only(file("dm.csv", b"A,B\n" + b"1,2\n" * 3 + b"1\n" * 7))
    assert "7 rows" in problem.message
    assert "row 5 has 1" in problem.message


def test_semicolons_are_recognised_and_said(file: Make) -> None:
    table, problems = read_table(file("dm.csv", b"\xef\xbb\xbfUSUBJID;AGE\r\n001;63\r\n"))
    assert table is not None
    assert table.to_pylist() == [{"USUBJID": "001", "AGE": "63"}]
    assert [p.code for p in problems] == ["N041"]


def test_another_encoding_can_be_named(file: Make) -> None:
    table, problems = read_table(file("dm.csv", "A,B\n1,é\n".encode("cp1252")), encoding="cp1252")
    assert problems == ()
    assert table is not None
    assert table["B"].to_pylist() == ["é"]


def test_text_over_several_lines_stays_in_its_field(file: Make) -> None:
    table, _ = read_table(file("ae.csv", b'A,B\n1,"two\nlines, one field"\n2,\n'))
    assert table is not None
    assert table.to_pylist() == [{"A": "1", "B": "two\nlines, one field"}, {"A": "2", "B": None}]


@pytest.mark.parametrize("name", ["cm.csv", "cm.xpt", "cm.parquet", "cm.json"])
def test_a_file_without_rows_is_read_with_a_warning(tmp_path: Path, name: str) -> None:
    empty = pa.table({"USUBJID": pa.array([], pa.string()), "CMSEQ": pa.array([], pa.float64())})
    assert write_table(empty, tmp_path / name) == ()
    table, problems = read_table(tmp_path / name)
    assert table is not None
    assert table.column_names == ["USUBJID", "CMSEQ"]
    assert [p.code for p in problems] == ["W040"]


def test_an_xpt_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = (PILOT / "rs.xpt").read_bytes()
    table, _ = read_table(PILOT / "rs.xpt")
    assert table is not None
    path = tmp_path / "rs.xpt"
    passed = []
    for end in range(1, len(whole) - 1, 79):
        path.write_bytes(whole[:end])
        shorter, problems = read_table(path)
        if shorter is not None and shorter.num_rows:
            passed.append(end)
        else:
            assert shorter is not None or {p.code for p in problems} <= {"E044", "E045"}
    assert passed == []


def test_a_version_8_file_states_its_rows_so_a_cut_between_two_rows_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "long.xpt"
    long = pa.table({"A_LONG_COLUMN_NAME": [f"{n:08d}" for n in range(100)]})
    assert write_table(long, path) == ()
    path.write_bytes(path.read_bytes()[:-80])
    assert only(path).code == "E045"


def test_dataset_json_with_fewer_rows_than_it_states_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dm.ndjson"
    assert write_table(pa.table({"A": ["1", "2"]}), path) == ()
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    problem = only(path)
    assert problem.code == "E049"
    assert "cut off" in problem.message


def test_dataset_json_has_the_parts_of_the_standard_in_its_order(tmp_path: Path) -> None:
    import json

    table, _ = read_table(PILOT / "dm.xpt")
    assert table is not None
    path = tmp_path / "dm.json"
    assert write_table(table, path, label="Demographics") == ()
    read = json.loads(path.read_text())
    assert list(read) == [
        "datasetJSONCreationDateTime", "datasetJSONVersion", "itemGroupOID", "records", "name", "label",
        "columns", "rows",
    ]  # fmt: skip
    assert read["records"] == len(read["rows"]) == 5
    assert read["label"] == "Demographics"
    age = next(column for column in read["columns"] if column["name"] == "AGE")
    assert age == {"itemOID": "IT.DM.AGE", "name": "AGE", "label": "Age", "dataType": "double"}


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".xpt", ".parquet", ".json", ".ndjson"])
def test_the_same_table_gives_the_same_bytes_and_reads_back(tmp_path: Path, suffix: str) -> None:
    table, _ = read_table(PILOT / "dm.xpt")
    assert table is not None
    first, second = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    assert write_table(table, first, name="DM") == ()
    assert write_table(table, second, name="DM") == ()
    assert first.read_bytes() == second.read_bytes()
    assert b"21NOV" not in first.read_bytes()
    back, problems = read_table(first)
    assert problems == ()
    assert back is not None
    if "csv" in suffix:
        assert back["USUBJID"].to_pylist() == table["USUBJID"].to_pylist()
    else:
        assert back.equals(table)
        assert column_labels(back) == column_labels(table)


def test_an_adam_table_with_dates_goes_through_xpt(tmp_path: Path) -> None:
    table = pa.table({"USUBJID": ["a", "b"], "ADT": pa.array([date(2014, 1, 2), None], pa.date32())})
    table = with_labels(table, "ADTTE", "Times", {"ADT": "Analysis Date"})
    assert write_table(table, tmp_path / "adtte.xpt") == ()
    back, _ = read_table(tmp_path / "adtte.xpt")
    assert back is not None
    assert back.equals(table)
    assert label_of(back) == "Times"


@pytest.mark.parametrize(
    ("table", "name"),
    [
        (pa.table({"PSA (ng/mL)": [1.0]}), "a.xpt"),
        (pa.table({"A": [1e300]}), "a.xpt"),
        (pa.table({"A": [2**60]}), "a.xpt"),
        (pa.table({"a": [1.0], "A": [1.0]}), "a.xpt"),
        (pa.table({"A": [[1, 2]]}), "a.xpt"),
        (pa.table({"A": [[1, 2]]}), "a.csv"),
        (pa.table({"A": [[1, 2]]}), "a.json"),
    ],
)
def test_what_a_format_can_not_hold_is_refused_and_nothing_is_left_behind(
    tmp_path: Path, table: pa.Table, name: str
) -> None:
    (tmp_path / name).write_text("as it was")
    problems = write_table(table, tmp_path / name)
    assert {p.code for p in problems} == {"E072"}
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "as it was"


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "dm.parquet"
    target.write_text("as it was")
    monkeypatch.setattr(os, "replace", full)
    problems = write_table(pa.table({"A": [1]}), target)
    assert [p.code for p in errors(problems)] == ["E070"]
    assert "No space left" in problems[0].message
    assert [p.name for p in tmp_path.iterdir()] == ["dm.parquet"]
    assert target.read_text() == "as it was"


@pytest.mark.parametrize("target", ["not/there/dm.csv", "folder.csv"])
def test_a_place_that_can_not_be_written_is_told(tmp_path: Path, target: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    assert [p.code for p in write_table(pa.table({"A": [1]}), tmp_path / target)] == ["E070"]


def test_a_suffix_of_no_format_is_refused_for_writing(tmp_path: Path) -> None:
    assert [p.code for p in write_table(pa.table({"A": [1]}), tmp_path / "dm.sas7bdat")] == ["E035"]
