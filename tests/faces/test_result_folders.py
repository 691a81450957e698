"""Folders of results: nothing is half-written, mixed with what was there, or named by its machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command_line import XPT_DM, codes, content, few_of, trialist

from trialist.formats.staged import write_results


def test_the_output_folder_may_not_be_a_file(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_text("mine", encoding="utf-8")
    result = trialist("run", "prevail", "--out", target)
    assert result.exit_code == 2
    assert "E071" in result.output
    assert target.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("command", "target", "folder"),
    [
        (("report", "--subjects", "10"), "report.html", True),
        (("derive", "--subjects", "10"), "adam", False),
        (("simulate", "--subjects", "10", "--seed", "1"), "records", False),
        (("draw",), "protocol.html", True),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
def test_a_result_whose_place_is_taken_leaves_everything_as_it_was(
    command: tuple[str, ...], target: str, folder: bool, tmp_path: Path
) -> None:
    trial = few_of("caba_bm", tmp_path / "trial", "ar_signalling")
    out = tmp_path / "out"
    out.mkdir()
    (out / "arms.svg").write_text("mine", encoding="utf-8")
    if folder:
        (out / target).mkdir()
    else:
        (out / target).write_text("mine", encoding="utf-8")
    before = content(tmp_path)
    result = trialist(command[0], trial, *command[1:], "--out", out, "--json")
    assert result.exit_code == 2
    assert codes(result) == ["E071"]
    assert content(tmp_path) == before


@pytest.mark.parametrize("out", ["x" * 300, "/proc/results", "/proc/1/none/results"])
@pytest.mark.parametrize("command", [("draw", "card"), ("simulate", "card", "--seed", "1"), ("run", "card")])
def test_a_folder_that_the_system_refuses(
    command: tuple[str, ...], out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = trialist(*command, "--out", out, "--json")
    assert result.exit_code == 2
    assert codes(result) == ["E071"]
    assert content(tmp_path) == {}


def test_results_need_no_right_to_write_beside_their_folder(tmp_path: Path) -> None:
    """The temporary files lie in the folder itself when it exists."""
    out = tmp_path / "out"
    out.mkdir()
    seen: list[Path] = []
    assert write_results(out, seen.append) == ()  # type: ignore[arg-type]
    assert [path.parent for path in seen] == [out]
    assert content(tmp_path) == {"out": None}


def test_a_disk_that_fails_is_a_problem(tmp_path: Path) -> None:
    def full(folder: Path) -> None:
        (folder / "half").write_text("h", encoding="utf-8")
        raise OSError(28, "No space left on device")

    problems = write_results(tmp_path / "a" / "out", full)
    assert [(p.code, "no space left on device" in p.message) for p in problems] == [("E071", True)]
    assert content(tmp_path) == {}


def test_results_name_no_folder_of_the_machine(tmp_path: Path) -> None:
    folder = few_of("caba_bm", tmp_path / "my trial", "ar_signalling")
    out = tmp_path / "out"
    done = trialist("run", folder, "--subjects", "20", "--out", out, "--json")
    assert done.exit_code == 0, done.output
    document = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    places = [p["place"]["file"] for p in document["problems"] if p["place"]]
    assert "my trial/protocol.yaml" in places
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "trialist run &#39;my trial&#39; --subjects 20" in page
    for text in (json.dumps(document), page):
        assert str(tmp_path) not in text


def test_a_report_names_the_files_of_the_trial_from_beside_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "pilot"
    shutil.copytree(XPT_DM.parents[1], folder)
    few_of("onco_pilot", folder, "bor")
    done = trialist("report", folder, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "pilot/records/rs.xpt" in page
    assert str(tmp_path) not in page


def simulated(trial: str, folder: Path, *more: str) -> Path:
    result = trialist("simulate", trial, "--subjects", "20", "--seed", "1", "--out", folder, *more)
    assert result.exit_code == 0, result.output
    return folder


def test_simulated_records_replace_neither_another_trial_nor_observed_records(tmp_path: Path) -> None:
    other = simulated("caba-bm", tmp_path / "other")
    before = content(other)
    again = trialist("simulate", "hecog", "--seed", "1", "--out", other, "--json")
    assert (again.exit_code, codes(again)) == (2, ["E088"])
    assert content(other) == before
    about = other / "records" / "records.json"
    stated = json.loads(about.read_text(encoding="utf-8")) | {"origin": "observed", "seed": None}
    about.write_text(json.dumps(stated), encoding="utf-8")
    before = content(other)
    again = trialist("simulate", "caba-bm", "--seed", "2", "--out", other, "--json")
    assert (again.exit_code, codes(again)) == (2, ["E088"])
    assert content(other) == before


def test_records_simulated_again_leave_no_file_of_the_earlier_format(tmp_path: Path) -> None:
    folder = simulated("caba-bm", tmp_path / "made", "--format", "csv")
    simulated("caba-bm", folder)
    assert {p.suffix for p in (folder / "records").iterdir()} == {".parquet", ".json"}


def test_simulated_files_stay_simulated_when_they_are_imported(tmp_path: Path) -> None:
    files = sorted((simulated("caba-bm", tmp_path / "made") / "records").glob("*.parquet"))
    asked = ("import", *files, "--trial", "caba-bm", "--out", tmp_path / "study", "--json")
    against = trialist(*asked, "--origin", "observed")
    assert (against.exit_code, codes(against)) == (2, ["E089"])
    taken = trialist(*asked)
    assert taken.exit_code == 0, taken.output
    about = json.loads((tmp_path / "study" / "records" / "records.json").read_text(encoding="utf-8"))
    assert (about["origin"], about["seed"]) == ("simulated", 1)


def test_results_of_another_protocol_do_not_stay_beside_new_findings(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert trialist("run", "prevail", "--out", out).exit_code == 0
    (out / "notes.txt").write_text("ours", encoding="utf-8")
    (out / "adam" / "adchg.parquet").write_text("of an earlier run", encoding="utf-8")
    assert trialist("derive", "prevail", "--out", out).exit_code == 0
    left = sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file())
    written = ["adam/adsl.parquet", "adam/adtte.parquet", "adam/define.json", "adam/define.xml"]
    assert left == [*written, "ars.json", "findings.json", "notes.txt", "report.html"]
    findings = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    findings["protocol"]["fingerprint"] = "of another protocol"
    (out / "findings.json").write_text(json.dumps(findings), encoding="utf-8")
    assert trialist("analyse", "prevail", "--out", out).exit_code == 0
    assert sorted(p.name for p in out.rglob("*") if p.is_file()) == ["ars.json", "findings.json", "notes.txt"]
