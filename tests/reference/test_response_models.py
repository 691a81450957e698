"""Answers in pairs and in ordered categories, the logistic model, and several arms."""

from __future__ import annotations

from typing import Any

import ibis
import pytest
from analysed import ANALYSIS, analyse, codes, context, one, responses
from pydantic import ValidationError
from reference_cases import cases
from test_proportion_methods import AT, SPARSE, in_strata


def categories(**arms: dict[str | None, int]) -> Any:
    rows = [(arm, value) for arm, counts in arms.items() for value, n in counts.items() for _ in range(n)]
    return ibis.memtable(
        {"arm": [row[0] for row in rows], "value": [row[1] for row in rows]},
        schema={"arm": "string", "value": "string"},
    )


def paired(*cells: tuple[bool | None, bool | None, int]) -> Any:
    rows = [(here, there) for here, there, n in cells for _ in range(n)]
    return ibis.memtable(
        {
            "arm": ["a"] * len(rows),
            "responder": [row[0] for row in rows],
            "reason": ["NO_BASELINE" if row[0] is None else "EVALUABLE" for row in rows],
            "other_responder": [row[1] for row in rows],
            "other_reason": ["NO_BASELINE" if row[1] is None else "EVALUABLE" for row in rows],
        },
        schema={
            "arm": "string",
            "responder": "boolean",
            "reason": "string",
            "other_responder": "boolean",
            "other_reason": "string",
        },
    )


def test_two_answers_of_the_same_subjects_are_compared():
    table = paired((True, True, 53), (True, False, 16), (False, True, 8), (False, False, 9))
    pinned = next(
        c["expect"]
        for c in cases("proportions_more")
        if c["method"] == "pairs" and c["options"]["pairs"][0] == 53
    )
    words = {"method": "mcnemar", "against": "other", "odds_ratio": "clopper_pearson"}
    found = analyse(table, context("a"), **words, difference="tango", test="exact")
    difference, odds = one(found, "risk_difference"), one(found, "odds_ratio")
    assert difference.estimate == pytest.approx(8 / 86)
    assert (difference.interval.low, difference.interval.high) == pytest.approx(pinned["tango"], rel=1e-8)
    assert difference.p_value.value == pytest.approx(pinned["exact_p_value"], rel=1e-6)
    assert (odds.interval.low, odds.interval.high) == pytest.approx(pinned["odds_ratio"], rel=1e-8)
    assert (difference.n, difference.events) == (86, 24)
    assert dict(difference.method.options)["pairs"] == (53, 16, 8, 9)


def test_who_lacks_an_answer_does_not_respond_or_is_left_out():
    table = paired((True, True, 3), (True, None, 2), (None, False, 4), (False, False, 1))
    everybody = one(analyse(table, context("a"), method="mcnemar", against="other"), "risk_difference")
    assert (everybody.n, everybody.estimate) == (10, 0.2)
    both = one(
        analyse(table, context("a"), method="mcnemar", against="other", denominator="evaluable"),
        "risk_difference",
    )
    assert (both.n, both.estimate, codes(both)) == (4, 0, ["N412", "N411"])
    nobody = analyse(table, context("z"), method="mcnemar", against="other")
    assert codes(nobody[0]) == ["N401"]
    alone = analyse(
        table.drop("other_responder", "other_reason"), context("a"), method="mcnemar", against="other"
    )
    assert codes(alone[0]) == ["N495"]


def test_the_arms_odds_ratio_is_adjusted_for_covariates():
    table = in_strata(*SPARSE)
    plain = one(analyse(table, AT, method="logistic"), "odds_ratio")
    two = one(analyse(table, AT, method="compare_proportions"), "odds_ratio")
    assert (plain.estimate, plain.interval.low) == pytest.approx((two.estimate, two.interval.low), rel=1e-9)
    by_age = analyse(
        table,
        AT,
        method="logistic",
        covariates=["age"],
        test="likelihood_ratio",
        interval="profile",
        standardised=["risk_difference", "risk_ratio", "odds_ratio"],
        variance="influence",
    )
    assert [f.measure for f in by_age] == ["odds_ratio", "risk_difference", "risk_ratio", "odds_ratio"]
    assert by_age[0].estimate != pytest.approx(plain.estimate, rel=1e-6)
    assert dict(by_age[3].method.options)["model"] == "standardised"
    assert by_age[1].estimate == pytest.approx(
        one(analyse(table, AT, method="compare_proportions"), "risk_difference").estimate, abs=0.05
    )
    assert all(f.interval.low < f.estimate < f.interval.high for f in by_age)


def test_the_covariates_own_odds_ratios_follow_where_asked():
    table = in_strata(*SPARSE[:4], ("a", "5", 4, 1, 0), ("b", "5", 1, 3, 0))
    found = analyse(table, AT, method="logistic", covariates=["centre", "age"], covariate_ratios=True)
    assert [f.measure for f in found] == ["odds_ratio", *["odds_ratio_prognostic"] * 3]
    assert [dict(f.method.options).get("covariate") for f in found] == [
        None,
        "centre: 2 against 1",
        "centre: 5 against 1",
        "age",
    ]


def test_separated_arms_have_no_odds_ratio_but_a_penalised_one_where_asked():
    table = in_strata(("a", "1", 7, 5, 0), ("b", "1", 0, 10, 0))
    found = one(analyse(table, AT, method="logistic"), "odds_ratio")
    assert (found.estimate, found.interval, codes(found)) == (None, None, ["N490"])
    penalised = one(
        analyse(table, AT, method="logistic", firth="when_separated", interval="profile"), "odds_ratio"
    )
    assert penalised.estimate == pytest.approx(7.5 * 10.5 / (5.5 * 0.5), rel=1e-9)
    assert penalised.interval.low > 1
    assert dict(penalised.method.options)["penalty"] == "firth"


def test_a_model_without_subjects_answers_or_variation_says_why():
    alone = analyse(in_strata(("a", "1", 3, 3, 0)), AT, method="logistic", standardised=["risk_ratio"])
    assert [codes(f) for f in alone] == [["N401"], ["N401"]]
    nobody = analyse(in_strata(("a", "1", 0, 3, 0), ("b", "1", 0, 3, 0)), AT, method="logistic")
    assert codes(nobody[0]) == ["N411"]
    table = in_strata(("a", "1", 2, 3, 0), ("b", "2", 1, 3, 0), ("b", None, 1, 0, 0))
    same = analyse(table, AT, method="logistic", covariates=["centre"])  # the arm by another name
    assert codes(same[0]) == ["N491", "N412"]
    assert codes(analyse(table, AT, method="logistic", covariates=["site"])[0]) == ["E414"]
    assert codes(analyse(table, context("a"), method="logistic")[0]) == ["E413"]
    with pytest.raises(ValidationError, match="goes with `firth: never`"):
        ANALYSIS.validate_python({"method": "logistic", "test": "score", "firth": "always"})


def test_a_trend_over_doses_is_that_of_r():
    table = responses(low=(10, 40, 0), middle=(20, 35, 0), high=(35, 25, 0))
    found = one(analyse(table, context("low", "middle", "high"), method="proportion_trend"), "trend")
    assert found.estimate**2 == pytest.approx(16.9825537875, rel=1e-9)  # pinned with R's prop.trend.test
    assert found.estimate > 0
    assert found.note.startswith("low 10 of 50, middle 20 of 55")
    few = analyse(table, context("low"), method="proportion_trend")
    assert codes(few[0]) == ["N499"]
    scores = analyse(table, context("low", "high"), method="proportion_trend", scores=[1, 2, 3])
    assert codes(scores[0]) == ["N499"]
    empty = analyse(table, context("low", "none", "high"), method="proportion_trend")
    assert codes(empty[0]) == ["N401"]
    assert empty[0].estimate > 0


BEST = ["CR", "PR", "SD", "PD"]


def test_best_responses_are_compared_in_their_order():
    table = categories(
        a={"CR": 8, "PR": 20, "SD": 10, "PD": 5, "NE": 2}, b={"CR": 3, "PR": 15, "SD": 14, "PD": 12}
    )
    found = one(analyse(table, AT, method="ordered_categories", order=BEST), "superiority")
    pinned = next(c["expect"] for c in cases("proportions_more") if c["method"] == "rank_sum_of_categories")
    assert (found.estimate, found.interval.low, found.interval.high) == pytest.approx(
        (pinned["value"], *pinned["interval"]), rel=1e-8
    )
    assert found.p_value.value == pytest.approx(pinned["p_value"], rel=1e-6)
    assert codes(found) == ["N412"]
    assert found.note == "a: CR 8, PR 20, SD 10, PD 5; b: CR 3, PR 15, SD 14, PD 12"
    trend = one(
        analyse(
            table, context("b", "a"), method="ordered_categories", order=BEST, test="jonckheere_terpstra"
        ),
        "trend",
    )
    assert trend.estimate == pytest.approx(pinned["z"], rel=1e-8)
    lonely = analyse(categories(a={"CR": 1}), AT, method="ordered_categories", order=BEST)
    assert (lonely[0].estimate, codes(lonely[0])) == (None, ["N401"])
    same = analyse(categories(a={"CR": 3}, b={"CR": 2}), AT, method="ordered_categories", order=BEST)
    assert (same[0].estimate, codes(same[0])) == (0.5, ["N492", "N411"])


def test_several_arms_are_tested_for_equal_proportions():
    table = responses(a=(30, 70, 0), b=(25, 75, 0), c=(45, 55, 0), d=(50, 50, 0))
    at = context("a", "b", "c", "d")
    pinned = next(
        c["expect"]
        for c in cases("proportions_more")
        if c["method"] == "several_arms" and c["options"]["table"][0] == [30, 70]
    )
    found = one(analyse(table, at, method="homogeneity"), "homogeneity")
    assert (found.estimate, found.p_value.value) == pytest.approx((pinned["statistic"], pinned["p_value"]))
    assert (found.n, found.events, dict(found.method.options)["df"]) == (400, 150, 3)
    exact = one(analyse(table, at, method="homogeneity", test="freeman_halton"), "p_value")
    assert exact.p_value.value == exact.estimate == pytest.approx(pinned["exact_p_value"], rel=1e-6)


def test_homogeneity_says_what_it_can_not_do():
    small = responses(a=(1, 9, 0), b=(0, 10, 0), c=(3, 7, 0))
    found = one(analyse(small, context("a", "b", "c"), method="homogeneity"), "homogeneity")
    assert codes(found) == ["N496"]
    nobody = one(analyse(small, context("b"), method="homogeneity"), "homogeneity")
    assert codes(nobody) == ["N499"]
    flat = responses(a=(0, 9, 0), b=(0, 10, 0))
    assert codes(analyse(flat, context("a", "b"), method="homogeneity")[0]) == ["N411"]
    assert codes(analyse(flat, context("a", "b", "z"), method="homogeneity")[0]) == ["N401", "N411"]
    large = categories(**{arm: {str(k): 30 for k in range(6)} for arm in "abcd"})
    told = analyse(large, context(*"abcd"), method="homogeneity", test="freeman_halton")[0]
    assert (told.estimate, codes(told)) == (None, ["N493"])


def test_general_association_over_strata_is_cmh_of_two_arms():
    table = in_strata(*SPARSE, ("b", None, 1, 1, 0))
    words = {"strata": ["centre"], "test": "cmh"}
    found = one(analyse(table, context("a", "b"), method="homogeneity", **words), "homogeneity")
    pinned = next(c["expect"] for c in cases("proportions_more") if c["data"] == "sparse")
    assert found.estimate == pytest.approx(pinned["cmh"], rel=1e-8)
    assert codes(found) == ["N412"]
    assert codes(analyse(table, AT, method="homogeneity", strata=["site"], test="cmh")[0]) == ["E414"]
    as_categories = table.mutate(value=table.responder.cast("string")).drop("responder", "reason")
    again = one(analyse(as_categories, context("a", "b"), method="homogeneity", **words), "homogeneity")
    assert again.estimate == pytest.approx(pinned["cmh"], rel=1e-8)
