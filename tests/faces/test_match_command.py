"""`trialist match`: own patients against another trial's result, what it prints, and what it refuses."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from trialist.cli.main import app
from trialist.findings.model import Finding, Method, Origin

sys.path.insert(0, str(Path(__file__).parents[1] / "evidence"))
from small_store import card, count, ratio, store

DATA = Path(__file__).parents[1] / "reference" / "data"
OWN = (DATA / "veteran.csv", "--time", "time", "--event", "status", "--arm", "trt")
TARGET = ("--target", DATA / "match_baseline.csv", "--to", "OTHER", "--draws", "20")
ANCHORED = ("--compare", "2,1", "--against", "x,c")
EFFECT = ("--effect", "0.8", "0.62", "1.03")


def match(*words: object) -> Result:
    return CliRunner().invoke(app, ["match", *map(str, words)], catch_exceptions=False)


def answer(*words: object) -> dict:
    done = match(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def codes(document: dict) -> set[str]:
    return {problem["code"] for problem in document["problems"]}


def baseline(trial: str, name: str, measure: str, arm: str, value: float, n: int | None = 100) -> Finding:
    origin = Origin("published", "PAPER", None, "read", entry=f"{trial}-{name}-{arm}")
    return Finding(
        trial, f"baseline:{name}", measure, value, origin, Method("as reported"), groups=(arm,), n=n
    )


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of one made-up trial in the place of the one that ships."""
    found = [
        ratio("A", 0.70, 0.50, 0.98),
        count("A", "x", 40, 100),
        count("A", "c", 20, 100),
        *(baseline("A", "Karnofsky 70 or more", "count", arm, n) for arm, n in (("x", 55), ("c", 45))),
        *(baseline("A", "age", "mean", arm, age) for arm, age in (("x", 60.0), ("c", 58.0))),
        *(baseline("A", "age", "sd", arm, sd) for arm, sd in (("x", 9.0), ("c", 10.0))),
        *(baseline("A", "months", "median", arm, 8.0) for arm in ("x", "c")),
        baseline("A", "pain", "count", "x", 12),
    ]
    monkeypatch.setattr("trialist.evidence.store.load_store", lambda *_: store([card("A")], found))


def line(document: dict, label: str) -> Finding:
    (found,) = (each["finding"] for each in document["lines"] if each["label"] == label)
    return found


def test_an_anchored_comparison_subtracts_the_two_effects():
    found = answer(*OWN, *ANCHORED, *TARGET, *EFFECT)
    own, other = line(found, "trt 2 against trt 1, weighted"), line(found, "x against c")
    both = line(found, "matched, robust interval")
    assert both["estimate"] == pytest.approx(own["estimate"] / other["estimate"])
    error = [
        np.log(f["interval"]["high"] / f["interval"]["low"]) / (2 * 1.959963984540054)
        for f in (own, other, both)
    ]
    assert error[2] == pytest.approx(np.hypot(error[0], error[1]))
    assert (found["anchored"], other["estimate"]) == (True, pytest.approx(0.8))
    assert dict(both["method"]["options"])["effective_n"] == found["effective_n"]


def test_own_patients_look_like_the_others_after_matching():
    found = answer(*OWN, *ANCHORED, *TARGET, *EFFECT)
    for row in found["balance"]:
        assert row["after"] == pytest.approx(row["target"])
        assert abs(row["apart"]) > 0.05
        assert row["left"] == pytest.approx(0, abs=1e-9)
    assert 1 < found["effective_n"] < found["own"]["n"] == 137


def test_where_all_of_the_others_had_something_own_patients_without_it_weigh_nothing(tmp_path):
    table = tmp_path / "target.csv"
    table.write_text("covariate,share\nkarno > 60,1\n")
    found = answer(*OWN, *ANCHORED, "--target", table, "--to", "OTHER", *EFFECT, "--draws", 0)
    assert found["effective_n"] == pytest.approx(58)


def test_the_bootstrap_is_the_same_from_the_same_seed():
    found = [answer(*OWN, *ANCHORED, *TARGET, *EFFECT, "--seed", seed) for seed in (1, 1, 2)]
    one, two, three = (line(each, "matched, bootstrap interval")["interval"] for each in found)
    assert one == two
    assert one != three


def test_without_a_common_comparator_it_must_be_asked_for_and_is_told_loudly():
    words = (*OWN, "--compare", "2", "--against", "x", *TARGET)
    refused = match(*words, "--curve", DATA / "veteran.csv")
    assert (refused.exit_code, "--unanchored is needed" in refused.output) == (2, True)
    done = match(*words, "--unanchored", "--curve", DATA / "veteran.csv")
    assert "UNANCHORED INDIRECT COMPARISON" in done.stdout
    assert "W666 UNANCHORED" in done.stdout
    assert "THE OTHER PATIENTS RECONSTRUCTED" in done.stdout


def test_times_of_the_other_arm_may_be_those_of_a_trial_with_published_curves():
    words = (*OWN, "--compare", "2", "--against", "cabazitaxel", *TARGET, "--unanchored")
    found = answer(*words, "--curve", "tropic", "--endpoint", "os")
    assert line(found, "unadjusted")["origin"]["kind"] == "reconstructed"
    assert {"W666", "W668"} <= codes(found)
    absent = match(*words, "--curve", "tropic", "--endpoint", "psa50")
    assert (absent.exit_code, "E655" in absent.output) == (2, True)


def test_a_trial_whose_times_were_read_off_curves_has_nothing_to_match():
    arms = ("--compare", "cabazitaxel", "--against", "x", "--unanchored")
    done = match("tropic", "--endpoint", "os", *arms, *TARGET, "--count", "3", "9")
    assert (done.exit_code, "E653" in done.output) == (2, True)


def test_an_unanchored_odds_ratio_of_counts_is_that_of_the_weighted_share():
    words = (DATA / "veteran.csv", "--response", "status", "--arm", "trt", "--compare", "2", "--against", "x")
    found = answer(*words, *TARGET, "--unanchored", "--count", 30, 50)
    plain = line(found, "unadjusted")
    assert plain["estimate"] == pytest.approx((64 / 4) / (30 / 20))
    assert plain["measure"] == "odds_ratio"
    shares = [line(found, label) for label in ("trt 2, as observed", "trt 2, weighted", "x")]
    assert [each["measure"] for each in shares] == ["proportion"] * 3
    assert (shares[0]["estimate"], shares[2]["estimate"]) == (pytest.approx(64 / 68), pytest.approx(0.6))
    odds = [each["estimate"] / (1 - each["estimate"]) for each in shares]
    assert line(found, "matched, robust interval")["estimate"] == pytest.approx(odds[1] / odds[2])


def test_published_characteristics_come_from_the_store_and_those_left_are_told(small):
    found = answer(
        *OWN, "--compare", "2,1", "--against", "x,c", "--to", "A", "--endpoint", "os", "--draws", 0,
        "--match", "Karnofsky 70 or more", "karno >= 70", "--match", "age", "age",
    )  # fmt: skip
    share, age = found["balance"]
    assert share["target"] == pytest.approx(0.5)
    assert age["target"] == pytest.approx(59.0)
    assert line(found, "x against c")["estimate"] == pytest.approx(0.70)
    assert "N657" in codes(found)
    assert "N659" not in codes(found)
    entries = dict(line(found, "matched, robust interval")["definition"])["entries"]
    assert {"A-1", "A-Karnofsky 70 or more-x", "A-age-c"} <= set(entries)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("months", "two medians have no common one"),
        ("pain", "not published of every arm"),
        ("hair", "not published of every arm"),
    ],
)
def test_what_was_not_published_of_both_arms_is_refused(small, name, why):
    done = match(*OWN, *ANCHORED, "--to", "A", "--endpoint", "os", "--match", name, "age >= 60")
    assert (done.exit_code, "E656" in done.output, why in " ".join(done.output.split())) == (2, True, True)


def test_an_odds_ratio_of_the_store_comes_out_of_its_counts(small):
    words = (DATA / "veteran.csv", "--response", "status", "--arm", "trt", *ANCHORED, "--to", "A")
    found = answer(*words, "--endpoint", "orr", "--match", "age", "age", "--draws", 0)
    assert line(found, "x against c")["estimate"] == pytest.approx((40 / 60) / (20 / 80))
    assert line(found, "simulated")["method"]["name"] == "stc"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("covariate,mean\nkarno,200\n", "E652"),
        ("covariate,mean\nheight,170\n", "E653"),
        ("covariate,share\nkarno > 'x',0.5\n", "E653"),
        ("covariate,share\nkarno > 60,1.5\n", "E656"),
        ("covariate,mean\nkarno,\n", "E656"),
        ("covariate,mean,sd\nkarno,60,0\n", "E656"),
    ],
)
def test_what_can_not_be_matched_is_told_and_ends_with_2(tmp_path, rows, code):
    table = tmp_path / "target.csv"
    table.write_text(rows)
    done = match(*OWN, *ANCHORED, "--target", table, "--to", "OTHER", *EFFECT)
    assert (done.exit_code, code in done.output) == (2, True)
    assert "Traceback" not in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--compare", "2,1", "--against", "x", *EFFECT), "two arms on each side"),
        (("--compare", "9,1", "--against", "x,c", *EFFECT), "E655"),
        ((*ANCHORED, "--effect", "0.8", "0.9", "1.03"), "E654"),
        ((*ANCHORED, "--count", "3", "9"), "does not go with two arms"),
        ((*ANCHORED, *EFFECT, "--unanchored"), "takes one arm on each side"),
        ((*ANCHORED, *EFFECT, "--measure", "odds_ratio"), "--measure of times is one of hazard_ratio"),
        ((*ANCHORED, *EFFECT, "--where", "time > 100000"), "E096"),
    ],
)
def test_words_that_ask_for_nothing_are_refused(words, said):
    done = match(*OWN, *words, *TARGET)
    assert (done.exit_code, said in done.output) == (2, True)


def test_nothing_is_left_of_patients_far_away_but_few_and_that_is_told(tmp_path):
    table = tmp_path / "target.csv"
    table.write_text("covariate,mean\nkarno,88\n")
    found = answer(*OWN, *ANCHORED, "--target", table, "--to", "OTHER", *EFFECT, "--draws", "20")
    assert {"W667", "N675", "N659"} <= codes(found)


def test_the_page_says_what_it_is_and_holds_both_drawings(tmp_path):
    page = tmp_path / "page.html"
    assert match(*OWN, *ANCHORED, *TARGET, *EFFECT, "--html", page).exit_code == 0
    html = page.read_text(encoding="utf-8")
    for said in ("INDIRECT COMPARISON", "What was matched", "effective sample size", "Weights of patients"):
        assert said in html
    assert '="http' not in html.replace('="http://www.w3.org/2000/svg"', "")
