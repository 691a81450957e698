"""`trialist pool`: what it prints of a table and of the store, as text, JSON, page and pictures."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from trialist.cli.main import app
from trialist.report.pooled_words import _endpoint

sys.path.insert(0, str(Path(__file__).parents[1] / "evidence"))
from small_store import card, ratio, store

DATA = Path(__file__).parents[1] / "reference" / "data"
THREE = [ratio("A", 0.70, 0.50, 0.98), ratio("B", 0.80, 0.60, 1.0667), ratio("C", 0.95, 0.70, 1.2893)]


def pool(*words: str | Path) -> Result:
    """The command's result; an exception that escapes it fails the test with its traceback."""
    return CliRunner().invoke(app, ["pool", *map(str, words)], catch_exceptions=False)


def table(folder: Path, text: str) -> Path:
    path = folder / "trials.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of three made-up trials in the place of the one that ships."""
    held = store([card("A"), card("B"), card("C", line="first")], THREE)
    monkeypatch.setattr("trialist.evidence.store.load_store", lambda *_: held)


def test_a_table_of_effects_is_pooled_as_metafor_pools_it() -> None:
    """R: metafor::rma(yi, vi, data = dat.hackshaw1998), exp."""
    done = pool(
        "--csv", DATA / "pool_hackshaw.csv", "--measure", "odds_ratio", "--interval", "normal", "--json"
    )
    assert done.exit_code == 0
    first = json.loads(done.stdout)["findings"][0]
    reference = json.loads((DATA.parent / "pooling.json").read_text())["cases"]
    r = next(
        c["expect"]
        for c in reference
        if c["data"] == "hackshaw" and c["options"] == {"model": "ml", "kind": "normal", "level": 0.95}
    )
    again = json.loads(
        pool(
            *("--csv", DATA / "pool_hackshaw.csv", "--measure", "odds_ratio"),
            *("--interval", "z", "--tau2", "ML", "--json"),
        ).stdout
    )
    assert again["findings"][0]["p_value"]["value"] == pytest.approx(r["p_value"], rel=1e-6)
    assert first["origin"]["kind"] == "pooled"


def test_the_text_has_trials_weights_the_pooled_number_and_heterogeneity() -> None:
    done = pool(
        "--csv",
        DATA / "pool_pignon.csv",
        "--column",
        "study=trial",
        "--tau2",
        "common",
        "--interval",
        "normal",
    )
    text = " ".join(done.stdout.split())
    assert done.exit_code == 0
    assert "common effect, normal interval, 95%" in text
    assert "Pitie-74" in text
    assert "I²" in text
    assert "risk of bias: not judged: asked." in text


def test_subgroups_moderators_and_the_rest_are_printed_when_asked(tmp_path: Path) -> None:
    rows = "\n".join(f"T{i},{0.1 * (i % 3)},0.0{i + 1},{'ab'[i % 2]},{2000 + i}" for i in range(6))
    path = table(tmp_path, f"study,yi,vi,dose,year\n{rows}\n")
    done = pool(
        *("--csv", path, "--subgroup", "dose", "--regress", "year", "--leave-one-out", "--cumulative"),
        *("--small-studies", "--influence"),
    )
    for said in ("Subgroup, by dose", "test of interaction", "Regression, by year", "Without each trial"):
        assert said in done.stdout
    for said in ("Cumulative, by year", "Egger's regression", "N652", "Cook's distance of T1"):
        assert said in done.stdout
    document = json.loads(pool("--csv", path, "--subgroup", "dose", "--json").stdout)
    assert [f["subgroup"] for f in document["variations"][0]["findings"]] == ["dose: a", "dose: b", "dose"]


def test_a_page_and_pictures_are_written(tmp_path: Path) -> None:
    given = ("--csv", DATA / "pool_nielweise.csv", "--small-studies", "--leave-one-out")
    page, forest, funnel = (tmp_path / name for name in ("page.html", "forest.svg", "funnel.svg"))
    done = pool(*given, "--html", page, "--forest", forest, "--funnel", funnel)
    assert done.exit_code == 0
    html = page.read_text(encoding="utf-8")
    assert '="http' not in html.replace('="http://www.w3.org/2000/svg"', "")
    for said in ("POOLED", "How much the trials differ", "Certainty", "What must be said"):
        assert said in html
    for path in (forest, funnel):
        drawn = ElementTree.fromstring(path.read_text(encoding="utf-8"))
        assert not re.search(r'"(nan|inf|None)"', path.read_text(encoding="utf-8"))
        assert drawn.tag.endswith("svg")
    assert len(ElementTree.fromstring(forest.read_text()).findall(".//*[@data-kind='trial']")) == 9
    assert forest.read_text().count('data-kind="pooled"') == 1


def test_a_picture_that_can_not_be_written_ends_with_a_problem(tmp_path: Path) -> None:
    done = pool("--csv", DATA / "pool_nielweise.csv", "--forest", tmp_path / "no" / "x.svg")
    assert done.exit_code == 2
    assert "E070" in done.stderr


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("study,hazard\nA,0.7\n", "E641"),
        ("", "E641"),
        ("study,hr,low,high\nA,0.7,0.5,0.9\nB,0.7,0.8,0.9\n", "E642"),
        ("study,hr,low,high\nA,0.7,0.5\n", "E642"),
        ('study,hr,low,high\n"A,0.7,0.5,0.9\n', "E641"),
        ("study,ai,n1i,ci,n2i\nA,0,10,0,10\nB,0,9,0,9\n", None),
        ("study,yi,vi\n", "E641"),
    ],
)
def test_a_bad_table_is_told_and_ends_with_2(tmp_path: Path, text: str, code: str | None) -> None:
    done = pool("--csv", table(tmp_path, text))
    assert "Traceback" not in done.output
    assert done.exit_code == (0 if code is None else 2)
    if code:
        assert code in done.stderr
        document = json.loads(pool("--csv", table(tmp_path, text), "--json").stdout)
        assert document["problems"][0]["code"] == code


def test_tables_without_any_event_have_no_peto(tmp_path: Path) -> None:
    path = table(tmp_path, "study,ai,n1i,ci,n2i\nA,0,10,0,10\nB,0,9,0,9\n")
    for method in ("peto", "mh", "exact"):
        done = pool("--csv", path, "--measure", "odds_ratio", "--tables", method)
        assert done.exit_code == 2
        assert "E644" in done.stderr


def test_rare_events_are_pooled_with_nothing_added(tmp_path: Path) -> None:
    path = table(tmp_path, "study,ai,n1i,ci,n2i\nA,0,100,3,100\nB,1,90,4,95\nC,0,50,0,50\n")
    found = [
        json.loads(pool("--csv", path, "--measure", "odds_ratio", "--tables", m, "--json").stdout)[
            "findings"
        ][0]
        for m in ("peto", "mh", "exact")
    ]
    assert all(f["estimate"] < 0.5 for f in found)
    assert [f["method"]["options"]["tables"] for f in found] == [
        "peto",
        "mantel_haenszel",
        "exact_conditional",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("--tau2", "best"),
        ("--interval", "wide"),
        ("--column", "hr"),
        ("--add", "nan"),
        (),
        ("--endpoint", "os"),
    ],
)
def test_words_that_are_none_are_usage_errors(words: tuple[str, ...]) -> None:
    assert pool(*words).exit_code == 2


def test_a_level_that_is_none_is_told() -> None:
    done = pool("--csv", DATA / "pool_nielweise.csv", "--level", "95")
    assert done.exit_code == 2
    assert "E643" in done.stderr


@pytest.mark.usefixtures("small")
def test_a_question_of_the_store_is_answered_in_the_words_of_the_clinic() -> None:
    done = pool("--endpoint", "overall survival", "--compare", "alphamab", "betanib")
    assert done.exit_code == 0
    assert "Overall survival: alphamab against betanib" in done.stdout
    assert _endpoint("ae:neutropenia:3+") == "neutropenia, grade 3+"
    assert "N643" in done.stdout
    document = json.loads(
        pool("--endpoint", "os", "--compare", "alphamab", "control", "--line", "second", "--json").stdout
    )
    assert [t["trial"] for t in document["trials"]] == ["A", "B"]
    assert [each["why"] for each in document["left_out"]] == ["line of treatment: first"]
    assert [each["domain"] for each in document["certainty"]] == [
        "risk of bias", "inconsistency", "indirectness", "imprecision", "publication bias",
    ]  # fmt: skip


@pytest.mark.usefixtures("small")
def test_a_question_that_no_trial_answers_shows_what_was_left_out() -> None:
    done = pool("--endpoint", "os", "--compare", "alphamab", "alphamab")
    assert done.exit_code == 2
    assert "E640" in done.stderr
    assert "A: it compares alphamab" in done.stdout


@pytest.mark.usefixtures("small")
def test_words_that_stand_for_nothing_are_told() -> None:
    done = pool("--endpoint", "oss", "--compare", "alphamb", "control", "--line", "ninth", "--json")
    assert done.exit_code == 2
    assert [p["code"] for p in json.loads(done.stdout)["problems"]] == ["E622"] * 3


def test_the_store_that_ships_answers_in_words_of_the_clinic() -> None:
    done = pool(
        *("--endpoint", "os", "--condition", "mCRPC", "--compare", "Jevtana", "mitoxantrone"), "--json"
    )
    document = json.loads(done.stdout)
    first = document["findings"][0]
    assert (round(first["estimate"], 2), round(first["interval"]["high"], 2)) == (0.70, 0.83)
    assert [t["trial"] for t in document["trials"]] == ["TROPIC"]
    assert "N640" in [p["code"] for p in document["problems"]]


@pytest.mark.parametrize("columns", ["40", "80", "140"])
def test_no_line_is_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    text = pool("--csv", DATA / "pool_nielweise.csv", "--leave-one-out").stdout
    wide = [
        line for line in text.splitlines() if len(line) > int(columns) and not line.startswith(("N", "  Rem"))
    ]
    assert wide == []
