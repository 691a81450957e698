"""What the tutorial and the README print is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import trialist as tl
from trialist.cli.main import app

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial" / "first-trial.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TUTORIAL, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "protocol.yaml").write_text(blocks("yaml")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def trialist(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    return result.exit_code, result.output


def printed(start: str) -> str:
    """The line of the tutorial that starts so."""
    return next(line for line in TUTORIAL.splitlines() if line.startswith(start))


def test_the_check_prints_what_the_tutorial_shows(folder: Path) -> None:
    code, output = trialist("check", ".")
    assert code == 1
    for line in (
        "protocol.yaml:",
        "  Remedy: 250 events",
        "FIRST: 2 arms, 2 endpoints, 1 estimand, 3 analyses. 1",
    ):
        assert printed(line) in output


def test_the_mended_protocol_has_nothing_to_say(folder: Path) -> None:
    text = (folder / "protocol.yaml").read_text(encoding="utf-8")
    (folder / "protocol.yaml").write_text(text.replace("events: 250", "events: 331"), encoding="utf-8")
    code, output = trialist("check", ".")
    assert (code, output.strip()) == (
        0,
        printed("FIRST: 2 arms, 2 endpoints, 1 estimand, 3 analyses. Nothing"),
    )


def test_the_simulated_result_is_the_printed_one(folder: Path) -> None:
    text = (folder / "protocol.yaml").read_text(encoding="utf-8")
    (folder / "protocol.yaml").write_text(text.replace("events: 250", "events: 331"), encoding="utf-8")
    assert trialist("simulate", ".", "--subjects", "400", "--seed", "1", "--out", "made")[0] == 0
    code, output = trialist("run", "made", "--out", "results")
    assert code == 0
    assert "0.72 (0.58–0.89)" in printed("  hazard ratio")
    assert "0.72 (0.58–0.89)" in output
    assert (folder / "results" / "report.html").is_file()


def test_the_spreadsheet_of_the_tutorial_comes_in_through_its_map(folder: Path) -> None:
    (folder / "map.yaml").write_text(blocks("yaml")[1], encoding="utf-8")
    (folder / "patients.csv").write_text(
        "Patient,Group,Randomised\n1,A,01.02.2024\n2,B,03.02.2024\n", encoding="utf-8"
    )
    (folder / "ds.csv").write_text(
        "USUBJID,DSSEQ,DSDECOD,DSSTDTC\n1,1,RANDOMIZED,2024-02-01\n2,1,RANDOMIZED,2024-02-03\n",
        encoding="utf-8",
    )
    (folder / "rs.csv").write_text(
        "USUBJID,RSSEQ,RSTESTCD,RSSTRESC,RSDTC\n1,1,OVRLRESP,SD,2024-04-01\n", encoding="utf-8"
    )
    code, output = trialist("import", "map.yaml", "rs.csv", "ds.csv", "--trial", ".", "--out", "mine")
    assert code == 0, output
    code, output = trialist("run", "mine", "--out", "results")
    assert code == 0, output


def test_the_python_of_the_tutorial_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = blocks("python")[0].replace("subjects=400", "subjects=60")
    exec(compile(code, "tutorial", "exec"), {})
    assert "pfs hazard_ratio ('drug', 'control')" in capsys.readouterr().out


def test_the_readme_shows_what_check_prints_of_a_shipped_trial() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    output = trialist("check", "caba_bm")[1]
    shown = [line for line in readme.splitlines() if " W118 " in line or " W122 " in line]
    assert len(shown) == 2
    for line in shown:
        assert line[line.index(" W1") :] in output


@pytest.mark.parametrize("name", tl.__all__)
def test_every_public_name_can_be_used(name: str) -> None:
    assert getattr(tl, name) is not None


def test_what_a_notebook_needs_from_records_to_report_is_public() -> None:
    assert {"assemble", "json_schema", "render_report", "write_records"} <= set(tl.__all__)
