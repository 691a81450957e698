"""Spreadsheets that come in through a map; a mistake in a map is told at its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from trialist.engines.duckdb import connect
from trialist.formats.folder import read_records

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


@pytest.fixture(scope="module")
def connection() -> Any:
    return connect(threads=1)


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
