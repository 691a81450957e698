"""`trialist power` of exact, precision-based and phase I designs: what it prints and what it refuses."""

from __future__ import annotations

import json

import pytest
from command_line import codes, trialist

SIZED = ("--power", "0.8", "--alpha", "0.05")
SIMON = ("power", "simon", "--null", "0.1", "--alternative", "0.3", "--alpha", "0.05", "--power", "0.8")
TRUTH = "0.05,0.1,0.2,0.35,0.5"


def test_simons_designs_are_listed_and_a_stated_one_is_judged() -> None:
    shown = trialist(*SIMON)
    assert shown.exit_code == 0
    assert "optimal 1/10 then 5/29 (15.0 expected)" in shown.output
    stated = trialist(*SIMON, "--r1", "1", "--n1", "10", "--r", "5", "--n", "29")
    assert (stated.exit_code, "verdict  agrees" in stated.output) == (0, True)
    wrong = trialist(*SIMON, "--r1", "1", "--n1", "10", "--r", "4", "--n", "29")
    assert wrong.exit_code == 1
    assert "W140" in wrong.output


def test_after_a_two_stage_trial_the_estimates_come_without_the_early_stops_bias() -> None:
    result = trialist(*SIMON, "--r1", "1", "--n1", "10", "--r", "5", "--n", "29", "--responders", "7",
                      "--stage", "2", "--json")  # fmt: skip
    findings = json.loads(result.stdout)["designs"][0]["findings"]
    after = {f["note"]: f["estimate"] for f in findings if f["timepoint"] == "after the trial"}
    assert after["unbiased (UMVUE)"] > 7 / 29
    assert {f["origin"]["kind"] for f in findings} == {"designed"}


PLAN = ("power", "simon", "--r1", "6", "--n1", "19", "--r", "16", "--n", "39", "--responders", "17",
        "--stage", "2")  # fmt: skip


def test_a_second_stage_of_another_size_says_what_it_had_to_bring() -> None:
    changed = trialist(*PLAN, "--null", "0.3", "--stage-one", "7", "--stage-two", "23")
    assert "promising from, in stage 2              12 of 23" in changed.output
    assert "p, one-sided, ordered by stage            0.0828" in changed.output
    assert "UMVUE" not in changed.output
    as_planned = trialist(*PLAN, "--null", "0.3", "--stage-one", "7", "--stage-two", "20")
    assert "p, one-sided, ordered by stage            0.0455" in as_planned.output


def test_without_a_null_there_is_no_p_value() -> None:
    assert "p, one-sided" not in trialist(*PLAN).output


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("single_stage", "--null", "0.1", "--alternative", "0.3", *SIZED), "6/25"),
        (("single_stage", "--null", "0.1", "--alternative", "0.3", "--alpha", "0.05"), "without power"),
        (("precision", "--of", "survival", "--value", "0.3", "--half-width", "0.1", "--followed", "0.8"),
         "101 subjects are needed"),
        (("precision", "--of", "proportion", "--value", "0.3", "--half-width", "0.1", "--interval", "wald"),
         "80 subjects are needed"),
        (("fleming", "--null", "0.2", "--alpha", "0.05", "--sizes", "15,25"), "3 or 7 of 15, 8 or 9 of 25"),
        (("two_sample_t", "--effect-size", "0.5", *SIZED), "128 subjects"),
        (("correlation", "--rho", "0.3", *SIZED), "85 subjects"),
        (("mcnemar", "--first", "0.1", "--second", "0.25", *SIZED), "pairs reach"),
        (("rank_sum", "--effect-size", "0.5", *SIZED), "subjects reach"),
        (("precision", "--of", "proportion", "--value", "0.3", "--half-width", "0.1"), "88 subjects"),
        (("precision", "--of", "seen", "--value", "0.05", "--assurance", "0.95"), "59 subjects"),
        (("precision", "--of", "mean", "--half-width", "0.3", "--assurance", "0.9"), "subjects are needed"),
        (("three_plus_three", "--truth", TRUTH), "0.389"),
        (("boin", "--target", "0.3"), "at most 4   from 7            from 9"),
        (("boin", "--target", "0.3", "--truth", TRUTH, "--trials", "500"), "500 simulated trials, seed 1"),
        (("crm", "--target", "0.25", "--doses", "5", "--prior-dose", "3", "--treated", "3,3,3,0,0",
          "--toxicities", "0,0,1,0,0"), "next"),
    ],
)  # fmt: skip
def test_a_kind_prints_what_follows(words: tuple[str, ...], text: str) -> None:
    result = trialist("power", *words)
    assert result.exit_code == 0, result.output
    assert text in result.output


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("simon", "--null", "0.3", "--alternative", "0.1"), "above the null"),
        (("simon", "--null", "0", "--alternative", "0.1"), "greater than 0"),
        (("simon", "--null", "0.1", "--alternative", "0.3", "--n", "29"), "r1, n1, r and n together"),
        ((*PLAN[1:], "--stage-two", "23"), "together"),
        ((*PLAN[1:], "--stage-two", "3", "--stage-one", "7"), "of both stages"),
        ((*PLAN[1:], "--stage-two", "30", "--stage-one", "6"), "more than 6 responders"),
        (("fleming", "--null", "0.2", "--alpha", "0.05", "--sizes", "25,15"), "must rise"),
        (("boin", "--target", "0.8"), "target < high < 1"),
        (("boin", "--target", "1"), "less than 1"),
        (("crm", "--target", "0.25", "--skeleton", "0.3,0.2"), "must rise"),
        (("crm", "--target", "0.25", "--skeleton", "0.3,0.96", "--model", "logistic"), "below 0.953"),
        (
            ("crm", "--target", "0.25", "--doses", "15", "--prior-dose", "15", "--half-width", "0.2"),
            "too wide",
        ),
        (("boin", "--target", "0.25", "--n", "3", "--cohort", "4"), "do not fill a cohort"),
        (("boin", "--target", "0.3", "--truth", TRUTH, "--trials", "1000000", "--n", "300"), "fewer trials"),
        (("precision", "--of", "proportion", "--value", "1.2", "--half-width", "0.1"), "between 0 and 1"),
        (("mcnemar", "--first", "0.7", "--second", "0.7"), "more than 1"),
        (("precision", "--of", "mean", "--n", "1"), "2 subjects at least"),
        (("precision", "--of", "mean", "--n", "10", "--followed", "0.5"), "survival only"),
        (("single_stage", "--null", "0.1", "--alternative", "0.3", "--least", "5"), "beside n"),
        (("single_stage", "--null", "0.1", "--alternative", "0.3", "--least", "5", "--n", "4"), "not above"),
        (("fleming", "--null", "0.2", "--alpha", "0.7", "--sizes", "10,20"), "above 0.5"),
        (("two_sample_t", "--effect-size", "0.5", "--allocation", "0,1", *SIZED), "allocation"),
        (("rank_sum", "--effect-size", "0.5", "--allocation=-1,3", *SIZED), "allocation"),
    ],
)
def test_words_that_make_no_design_are_refused(words: tuple[str, ...], text: str) -> None:
    result = trialist("power", *words)
    assert result.exit_code == 2
    assert text in result.output


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("simon", "--null", "0.5", "--alternative", "0.51", "--alpha", "0.05", "--power", "0.8",
          "--largest", "40"), "W143"),
        (("mcnemar", "--first", "0.2", "--second", "0.2", "--alpha", "0.05", "--power", "0.8"), "W143"),
        (("correlation", "--rho", "0.3", "--n", "84", "--alpha", "0.05", "--power", "0.9"), "W141"),
        (("precision", "--of", "proportion", "--value", "0.3", "--half-width", "0.05", "--n", "100"), "W142"),
    ],
)  # fmt: skip
def test_a_design_that_no_size_can_meet_says_so(words: tuple[str, ...], code: str) -> None:
    result = trialist("power", *words, "--json")
    assert result.exit_code == 1
    assert codes(result) == [code]
