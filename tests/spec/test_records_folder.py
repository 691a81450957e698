"""Folders of records: what they hold, that they keep their origin, and how a changed one is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trialist.engines.duckdb import connect
from trialist.formats import SUFFIXES, Format, read_table
from trialist.formats.folder import read_folder, read_records, write_records
from trialist.problems import Place, errors
from trialist.records.imported import import_domain
from trialist.records.model import Records, RecordsKind
from trialist.records.registered import records_from_tables

PILOT = Path(__file__).resolve().parents[1] / "data" / "pilot"
FILES = {name: PILOT / f"{name}.csv" for name in ("dm", "ae", "ds", "ex", "rs", "tu")}


@pytest.fixture(scope="module")
def connection() -> Any:
    return connect(threads=1)


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
