"""The command line: what it answers, with which exit code, and that nothing is half-written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trialist.cli.main import COMMANDS, app

ROOT = Path(__file__).resolve().parents[2]
XPT_DM = ROOT / "src" / "trialist" / "trials" / "onco_pilot" / "records" / "dm.xpt"


def trialist(*words: str | Path) -> Result:
    """The command's result; an exception that escapes it fails the test with its traceback."""
    result = CliRunner().invoke(app, [str(w) for w in words], catch_exceptions=False)
    assert "Traceback" not in result.output
    return result


def copy_of(trial: str, folder: Path, change: tuple[str, str] | None = None) -> Path:
    """A trial folder with its protocol copied, one piece of its text replaced."""
    text = (ROOT / "src" / "trialist" / "trials" / trial / "protocol.yaml").read_text(encoding="utf-8")
    if change is not None:
        assert change[0] in text, f"the protocol of {trial} no longer holds {change[0]!r}"
        text = text.replace(*change, 1)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "protocol.yaml").write_text(text, encoding="utf-8")
    return folder


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
    (tmp_path / "hecog").mkdir()
    assert trialist("check", "hecog").exit_code == 0


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


def test_explain_prints_the_page_of_a_code() -> None:
    result = trialist("explain", "e203")
    assert result.exit_code == 0
    assert result.output.startswith("# E203")


def test_explain_of_an_unknown_code_is_bad_input() -> None:
    assert trialist("explain", "E998").exit_code == 2


def test_the_output_folder_may_not_be_a_file(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_text("mine", encoding="utf-8")
    result = trialist("run", "prevail", "--out", target)
    assert result.exit_code == 2
    assert "E071" in result.output
    assert target.read_text(encoding="utf-8") == "mine"


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
