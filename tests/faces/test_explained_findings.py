"""The command `explain`: a code opens to its page, a finding to its rows and its source."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest
from command_line import codes, trialist


def test_explain_prints_the_page_of_a_code() -> None:
    result = trialist("explain", "e203")
    assert result.exit_code == 0
    assert result.output.startswith("# E203")


def test_explain_of_an_unknown_code_is_bad_input() -> None:
    assert trialist("explain", "E998").exit_code == 2


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{}",
        b"[]",
        b"nonsense",
        b'{"findings": 3}',
        b'{"findings": [{}]}',
        b'{"findings": [3, {"id": 4}]}',
        b'{"findings": [{"id": "wanted", "estimate": NaN}]}',
        b'{"findings": [{"id": "wanted", "estimate": 1e999}]}',
        b"[" * 100_000,
        '{"findings": []}'.encode("utf-16"),
    ],
    ids=lambda damage: damage[:30].decode("latin-1"),
)
def test_explain_passes_over_damaged_results(damage: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "findings.json").write_bytes(damage)
    alone = trialist("explain", "wanted", "--out", tmp_path, "--json")
    assert alone.exit_code == 2
    assert codes(alone) == ["W077", "E076"]
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "findings.json").write_text(
        '{"findings": [{"id": "wanted", "estimate": 0.5}]}', encoding="utf-8"
    )
    both = trialist("explain", "wanted", "--out", tmp_path)
    assert both.exit_code == 0
    assert "0.5" in both.stdout
    assert "W077" in both.stderr
    assert str(tmp_path / "a" / "findings.json") in both.stderr


@pytest.fixture(scope="module")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("small") / "hecog"
    assert trialist("run", "hecog", "--subjects", "30", "--out", out).exit_code == 0
    return out


@pytest.fixture
def copied_run(small_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_run, tmp_path / "copy"))


def found(out: Path, measure: str) -> dict[str, Any]:
    """The first finding of that measure of progression-free survival in a folder of results."""
    findings = json.loads((out / "findings.json").read_text(encoding="utf-8"))["findings"]
    return next(f for f in findings if (f["endpoint"], f["measure"]) == ("pfs", measure))


def test_a_finding_opens_to_its_rows_which_are_counted_again(small_run: Path) -> None:
    median = found(small_run, "median_time")
    shown = trialist("explain", median["id"], "--out", small_run)
    assert shown.exit_code == 0
    for piece in (
        "SIMULATED, SEED 1",
        "Kaplan-Meier",
        "Progression-free survival (pfs)",
        "adtte.parquet",
        'PARAMCD = "PFS"',
        'ADSL.ITTFL = "Y"',
        "events: CNSR = 0",
        "HeCOG-0001  HeCOG-0002  HeCOG-0003",
        f"These agree with the finding: {median['n']} subjects, {median['events']} events.",
    ):
        assert piece in shown.stdout, piece
    assert max(map(len, shown.stdout.replace(str(small_run), "out").splitlines())) <= 80


def test_every_finding_agrees_with_its_rows(small_run: Path) -> None:
    findings = json.loads((small_run / "findings.json").read_text(encoding="utf-8"))["findings"]
    for finding in findings:
        rows = json.loads(trialist("explain", finding["id"], "--out", small_run, "--json").stdout)["rows"]
        assert rows["agrees"] is True, finding
        assert (rows["n"], rows["problems"]) == (finding["n"], [])


def test_a_finding_whose_rows_were_changed_is_a_problem(copied_run: Path) -> None:
    file = copied_run / "adam" / "adtte.parquet"
    rows = parquet.read_table(file)
    gone = rows["PARAMCD"].to_pylist().index("PFS")
    parquet.write_table(rows.filter([place != gone for place in range(rows.num_rows)]), file)
    median = found(copied_run, "median_time")
    shown = trialist("explain", median["id"], "--out", copied_run)
    assert shown.exit_code == 1
    assert "These disagree with the finding: 29 subjects" in shown.stdout
    assert "W078" in shown.stdout
    told = trialist("explain", median["id"], "--out", copied_run, "--json")
    assert [p["code"] for p in json.loads(told.stdout)["rows"]["problems"]] == ["W078"]


@pytest.mark.parametrize("damage", [None, b"", b"no parquet"])
def test_a_finding_without_its_rows_is_still_explained(damage: bytes | None, copied_run: Path) -> None:
    file = copied_run / "adam" / "adsl.parquet"
    file.unlink()
    if damage is not None:
        file.write_bytes(damage)
    shown = trialist("explain", found(copied_run, "median_time")["id"], "--out", copied_run)
    assert shown.exit_code == 0
    assert "W079" in shown.stdout
    assert "Kaplan-Meier" in shown.stdout


def test_rows_of_another_shape_are_said_to_be_missing(copied_run: Path) -> None:
    file = copied_run / "adam" / "adsl.parquet"
    parquet.write_table(parquet.read_table(file).drop_columns(["ITTFL"]), file)
    shown = trialist("explain", found(copied_run, "median_time")["id"], "--out", copied_run)
    assert shown.exit_code == 0
    assert "the files lack 'ITTFL'" in shown.stdout


def test_a_published_finding_opens_to_its_source_and_place(tmp_path: Path) -> None:
    shown = trialist("explain", "CARD-0002", "--out", tmp_path)
    assert shown.exit_code == 0
    for piece in ("card/published.yaml", "8.0 months", "SANOFI_CAMPUS_CARD", "reporting CARD_NEJM"):
        assert piece in shown.stdout, piece
    told = json.loads(trialist("explain", "CARD-0002", "--out", tmp_path, "--json").stdout)
    assert told["origin"]["place"] == "reporting CARD_NEJM"
    assert told["source"]["kind"] == "secondary page"


def test_a_finding_that_is_not_there_is_answered_with_where_it_was_sought(small_run: Path) -> None:
    answer = trialist("explain", "nowhere", "--out", small_run)
    assert answer.exit_code == 2
    assert f"1 findings.json under {small_run}" in answer.stderr
    assert "published.yaml" in answer.stderr
