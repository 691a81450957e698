"""The command line: what it answers, with which exit code, and that nothing is half-written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest
from click.testing import CliRunner, Result

from trialist.cli.main import COMMANDS, app
from trialist.formats.staged import write_results

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


def codes(result: Result) -> list[str]:
    """The codes of the problems that a command gave as JSON on standard output."""
    return [problem["code"] for problem in json.loads(result.stdout)["problems"]]


def content(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below a folder, with what the files hold."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


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


@pytest.mark.parametrize(
    ("command", "target", "folder"),
    [
        (("report", "caba-bm", "--subjects", "10"), "report.html", True),
        (("derive", "caba-bm", "--subjects", "10"), "adam", False),
        (("simulate", "caba-bm", "--subjects", "10", "--seed", "1"), "records", False),
        (("draw", "caba-bm"), "protocol.html", True),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
def test_a_result_whose_place_is_taken_leaves_everything_as_it_was(
    command: tuple[str, ...], target: str, folder: bool, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "arms.svg").write_text("mine", encoding="utf-8")
    if folder:
        (out / target).mkdir()
    else:
        (out / target).write_text("mine", encoding="utf-8")
    before = content(tmp_path)
    result = trialist(*command, "--out", out, "--json")
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
    """The first finding of that measure in a folder of results."""
    findings = json.loads((out / "findings.json").read_text(encoding="utf-8"))["findings"]
    return next(f for f in findings if f["measure"] == measure)


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
    parquet.write_table(parquet.read_table(file).slice(1), file)
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


def test_results_name_no_folder_of_the_machine(tmp_path: Path) -> None:
    folder = copy_of("caba_bm", tmp_path / "my trial")
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
    done = trialist("report", folder, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.output
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "pilot/records/rs.xpt" in page
    assert str(tmp_path) not in page


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
    assert left == ["adam/adsl.parquet", "adam/adtte.parquet", "findings.json", "notes.txt", "report.html"]
    findings = json.loads((out / "findings.json").read_text(encoding="utf-8"))
    findings["protocol"]["fingerprint"] = "of another protocol"
    (out / "findings.json").write_text(json.dumps(findings), encoding="utf-8")
    assert trialist("analyse", "prevail", "--out", out).exit_code == 0
    assert sorted(p.name for p in out.rglob("*") if p.is_file()) == ["findings.json", "notes.txt"]


def test_the_first_result_of_the_readme_is_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("```\n$ .venv/bin/trialist check caba_bm\n")[1].split("```")[0]
    result = trialist("check", "caba_bm")
    assert result.exit_code == 1
    assert result.output == shown
