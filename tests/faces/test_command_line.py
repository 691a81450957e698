"""The command line: what it answers, with which exit code, and that nothing is half-written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import ROOT, XPT_DM, codes, content, copy_of, trialist

from trialist.cli.main import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_screen_with_json(name: str) -> None:
    result = trialist(name, "--help")
    assert result.exit_code == 0
    assert "--json" in result.output


def test_a_command_that_does_not_exist_names_the_nearest() -> None:
    result = trialist("chek", "card")
    assert result.exit_code == 2
    assert "Did you mean 'check'?" in result.output


def test_a_trial_that_does_not_exist_is_bad_input() -> None:
    result = trialist("check", "no-such-trial")
    assert result.exit_code == 2
    assert "E001" in result.output
    assert "card" in result.output


def test_a_folder_of_results_does_not_hide_the_shipped_trial_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prevail").mkdir()
    assert trialist("check", "prevail").exit_code == 0


@pytest.mark.parametrize("command", ["check", "run", "simulate", "draw", "analyse", "derive", "report"])
def test_malformed_yaml_is_bad_input_everywhere(command: str, tmp_path: Path) -> None:
    folder = tmp_path / "trial"
    folder.mkdir()
    (folder / "protocol.yaml").write_text("trial: X\n  title: [unclosed\n", encoding="utf-8")
    extra: tuple[str | Path, ...] = () if command == "check" else ("--out", tmp_path / "out")
    if command == "simulate":
        extra += ("--seed", "1")
    result = trialist(command, folder, *extra)
    assert result.exit_code == 2
    assert "protocol.yaml:" in result.output
    assert not (tmp_path / "out").exists()


def test_problems_are_json_on_request(tmp_path: Path) -> None:
    folder = tmp_path / "trial"
    folder.mkdir()
    (folder / "protocol.yaml").write_text("trial: X\n", encoding="utf-8")
    result = trialist("check", folder, "--json")
    assert result.exit_code == 2
    problems = json.loads(result.stdout)["problems"]
    assert {"code", "severity", "message", "remedy", "place"} <= set(problems[0])


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "E030"),
        (b"", "E033"),
        (b"USUBJID,ENDPOINT,ARMCD,TYME,EVENT\n1,os,enzalutamide,1.0,1\n", "E3"),
        (b"USUBJID,ENDPOINT,ARMCD,TIME,EVENT\n1,os,enzalutamide,-1.0,1\n", "E3"),
        (b"USUBJID,ENDPOINT,ARMCD,TIME,EVENT\n1,os,enzalutamide,1.0,1\n1,os,enzalutamide,2.0,1\n", "E3"),
        (b"\xff\xfe\x00\x01\x02", "E0"),
    ],
    ids=["missing", "empty", "wrong column", "negative time", "duplicate subject", "binary"],
)
def test_bad_records_are_bad_input(content: bytes | None, code: str, tmp_path: Path) -> None:
    folder = copy_of("prevail", tmp_path / "prevail")
    (folder / "records").mkdir()
    if content is not None:
        (folder / "records" / "xt.csv").write_bytes(content)
    result = trialist("run", folder, "--out", tmp_path / "out")
    assert result.exit_code == 2, result.output
    assert code in result.output
    assert "xt" in result.output
    assert not (tmp_path / "out").exists()


def test_a_directory_where_a_file_should_be(tmp_path: Path) -> None:
    folder = copy_of("prevail", tmp_path / "prevail")
    (folder / "records" / "xt.csv").mkdir(parents=True)
    result = trialist("run", folder, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "E031" in result.output


def test_a_truncated_xpt_is_named_with_its_remedy(tmp_path: Path) -> None:
    short = tmp_path / "dm.xpt"
    short.write_bytes(XPT_DM.read_bytes()[:700])
    result = trialist("import", short, "--trial", "onco-pilot", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "dm.xpt" in result.output
    assert not (tmp_path / "out").exists()


def test_an_import_can_be_analysed(tmp_path: Path) -> None:
    records = XPT_DM.parent
    files = [records / f"{name}.xpt" for name in ("dm", "ds", "rs")]
    done = trialist("import", *files, "--trial", "onco-pilot", "--out", tmp_path / "mine")
    assert done.exit_code == 0, done.output
    result = trialist("derive", tmp_path / "mine", "--out", tmp_path / "results")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "results" / "adam" / "adtte.parquet").is_file()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("chek", "card"), "E075"),
        (("check",), "E075"),
        (("check", "card", "--jsn"), "E075"),
        (("run",), "E075"),
        (("simulate", "card", "--seed", "one", "--out", "made"), "E075"),
        (("simulate", "card", "--seed", "1", "--out", ""), "E075"),
        (("run", "card", "--out", ""), "E075"),
        (("run", "card", "--records", ""), "E075"),
        (("check", ""), "E075"),
        (("run", "card", "--records", "x" * 300), "E085"),
        (("check", "x" * 5000), "E001"),
        (("check", "no-such-trial"), "E001"),
        (("explain", "E999"), "E076"),
        (("explain", "no-such-finding"), "E076"),
        (("explain", "no-such-finding", "--out", "x" * 5000), "E076"),
    ],
    ids=str,
)
def test_every_refusal_is_json_on_request(
    words: tuple[str, ...], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = trialist(*words, "--json")
    assert result.exit_code == 2
    assert codes(result) == [code]
    assert content(tmp_path) == {}


def test_help_is_help_with_json_too() -> None:
    result = trialist("check", "--help", "--json")
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_the_next_step_can_be_pasted_into_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = trialist("simulate", "caba-bm", "--subjects", "10", "--seed", "1", "--out", "my made")
    assert result.exit_code == 0, result.output
    assert "next: trialist analyse 'my made'" in result.stdout


@pytest.mark.parametrize("option", [("--seed", "3"), ("--subjects", "10")])
def test_options_of_a_simulation_are_refused_where_records_are_read(
    option: tuple[str, str], tmp_path: Path
) -> None:
    result = trialist("run", "prevail", *option, "--out", tmp_path / "out", "--json")
    assert result.exit_code == 2
    assert codes(result) == ["E087"]
    assert content(tmp_path) == {}


def test_the_first_result_of_the_readme_is_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("```\n$ .venv/bin/trialist check caba_bm\n")[1].split("```")[0]
    result = trialist("check", "caba_bm")
    assert result.exit_code == 1
    assert result.output == shown
