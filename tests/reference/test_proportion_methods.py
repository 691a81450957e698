"""Analyses of one proportion, of two and in strata: small tables, and what is said without an estimate."""

from __future__ import annotations

import math
from typing import Any

import ibis
import pytest
from analysed import ANALYSIS, analyse, codes, context, one, responses
from pydantic import ValidationError
from reference_cases import cases

from trialist.kernels.score_difference import difference_z

AB = {"compare": ("a", "b")}
AT = context("a", "b", compare=("a", "b"))


def in_strata(*cells: tuple[str, str | None, int, int, int]) -> Any:
    """A Response table of (arm, centre, responders, others, not evaluable)."""
    rows = [
        (arm, centre, value)
        for arm, centre, yes, no, unknown in cells
        for value in [True] * yes + [False] * no + [None] * unknown
    ]
    return ibis.memtable(
        {
            "subject": [f"{i:04d}" for i in range(len(rows))],
            "arm": [row[0] for row in rows],
            "centre": [row[1] for row in rows],
            "responder": [row[2] for row in rows],
            "reason": ["NO_BASELINE" if row[2] is None else "EVALUABLE" for row in rows],
            "age": [50.0 + (7 * i) % 31 if row[1] else None for i, row in enumerate(rows)],
        },
        schema={
            "subject": "string",
            "arm": "string",
            "centre": "string",
            "responder": "boolean",
            "reason": "string",
            "age": "float64",
        },
    )


# --- one proportion ---------------------------------------------------------------------------------


def test_a_proportion_is_tested_against_the_one_that_the_protocol_states():
    found = one(
        analyse(responses(a=(7, 13, 0)), context("a"), method="proportion", null=0.2, alternative="greater"),
        "proportion",
    )
    pinned = next(
        c["expect"]
        for c in cases("proportions_more")
        if c["method"] == "one_proportion_tests"
        and c["options"] == {"responders": 7, "n": 20, "null": 0.2, "alternative": "greater"}
    )
    assert found.p_value.value == pytest.approx(pinned["exact"], rel=1e-9)
    assert found.p_value.sides == 1
    options = dict(found.method.options)
    assert (options["null"], options["test"], options["alternative"]) == (0.2, "exact", "greater")


def test_without_a_stated_proportion_nothing_is_tested_and_no_test_may_be_named():
    found = one(analyse(responses(a=(7, 13, 0)), context("a"), method="proportion"), "proportion")
    assert found.p_value is None
    assert [key for key, _ in found.method.options] == ["interval", "level", "denominator"]
    with pytest.raises(ValidationError, match="go with `null`"):
        ANALYSIS.validate_python({"method": "proportion", "test": "score"})


def test_a_logit_interval_of_nobody_is_not_made_up():
    found = one(
        analyse(responses(a=(0, 9, 0)), context("a"), method="proportion", interval="logit"), "proportion"
    )
    assert (found.estimate, found.interval, codes(found)) == (0, None, ["N492"])


# --- two proportions --------------------------------------------------------------------------------


def test_what_is_not_asked_for_is_as_it_was():
    found = analyse(responses(a=(9, 11, 0), b=(3, 17, 0)), AT, method="compare_proportions")
    assert [f.measure for f in found] == ["risk_difference", "odds_ratio"]
    assert dict(found[0].method.options) == {
        "test": "chi_square",
        "denominator": "all",
        "interval": "wald",
        "level": 0.95,
    }


def test_every_measure_stands_with_its_interval_and_the_one_p_value():
    table = responses(a=(56, 14, 0), b=(48, 32, 0))
    found = analyse(
        table,
        AT,
        method="compare_proportions",
        test="barnard",
        difference="miettinen_nurminen",
        odds_ratio="conditional",
        risk_ratio="koopman",
        number_needed_to_treat=True,
    )
    assert [f.measure for f in found] == [
        "risk_difference",
        "number_needed_to_treat",
        "odds_ratio",
        "risk_ratio",
    ]
    pinned = next(
        c["expect"]
        for c in cases("proportions_more")
        if c["method"] == "two_proportions_intervals" and c["options"]["responders"] == [56, 48]
    )
    for finding, key in (
        (found[0], "miettinen_nurminen"),
        (found[2], "conditional"),
        (found[3], "ratio_koopman"),
    ):
        ends = pinned[key][-2:]
        assert (finding.interval.low, finding.interval.high) == pytest.approx(ends, rel=1e-8)
    assert found[1].estimate == pytest.approx(5)
    assert found[1].interval.low == pytest.approx(1 / found[0].interval.high)
    assert len({f.p_value for f in found}) == 1
    assert dict(found[0].method.options)["grid"] == 400
    assert {tuple(codes(f)) for f in found} == {()}


def test_a_number_needed_to_treat_across_no_effect_says_so():
    table = responses(a=(10, 10, 0), b=(8, 12, 0))
    found = analyse(table, AT, method="compare_proportions", number_needed_to_treat=True)
    needed = one(found, "number_needed_to_treat")
    assert codes(needed) == ["N494"]
    assert needed.interval.low > 0 > needed.interval.high
    equal = analyse(
        responses(a=(5, 5, 0), b=(5, 5, 0)), AT, method="compare_proportions", number_needed_to_treat=True
    )
    assert (one(equal, "number_needed_to_treat").estimate, codes(one(equal, "number_needed_to_treat"))) == (
        None,
        ["N492"],
    )


def test_non_inferiority_is_tested_against_its_margin_beside_the_difference_only():
    table = responses(a=(60, 40, 0), b=(62, 38, 0))
    words = {"method": "compare_proportions", "margin": -0.15, "alternative": "greater"}
    found = analyse(table, AT, **words, test="farrington_manning")
    z = difference_z((60, 62), (100, 100), -0.15)
    assert one(found, "risk_difference").p_value.value == pytest.approx(0.5 * math.erfc(z / math.sqrt(2)))
    assert one(found, "risk_difference").p_value.sides == 1
    assert one(found, "odds_ratio").p_value is None
    exact = one(analyse(table, AT, **words, test="exact_score"), "risk_difference")
    assert exact.p_value.value == pytest.approx(one(found, "risk_difference").p_value.value, rel=0.2)
    assert dict(exact.method.options)["margin"] == -0.15
    with pytest.raises(ValidationError, match="`margin` goes with `test:`"):
        ANALYSIS.validate_python({**words, "test": "chi_square"})


@pytest.mark.parametrize(
    "test",
    [
        "chi_square",
        "chi_square_corrected",
        "chi_square_n_1",
        "fisher",
        "barnard",
        "boschloo",
        "miettinen_nurminen",
    ],
)
def test_the_two_sides_of_a_test_share_the_evidence(test):
    table = responses(a=(12, 8, 0), b=(5, 15, 0))
    p = {
        side: one(
            analyse(table, AT, method="compare_proportions", test=test, alternative=side), "risk_difference"
        ).p_value
        for side in ("two_sided", "greater", "less")
    }
    assert p["greater"].value < 0.05 < 0.9 < p["less"].value
    assert p["greater"].value < p["two_sided"].value <= 2 * p["greater"].value + 1e-3
    assert (p["two_sided"].sides, p["greater"].sides) == (2, 1)


@pytest.mark.parametrize("test", ["fisher", "fisher_mid_p", "chi_square", "farrington_manning", "boschloo"])
def test_where_nobody_responds_an_exact_test_has_p_1_and_the_others_nothing_to_test(test):
    found = analyse(responses(a=(0, 5, 0), b=(0, 6, 0)), AT, method="compare_proportions", test=test)
    exact = test in ("fisher", "boschloo")  # R: fisher.test gives 1, chisq.test nothing
    assert (found[0].p_value and found[0].p_value.value) == (1 if exact else None)
    assert codes(found[0]) == ([] if exact else ["N411"])


def test_one_sided_chi_square_tests_are_those_of_r():
    for pinned in cases("proportions_more"):
        if pinned["method"] == "two_proportions_tests":
            (a, b), (n, m) = pinned["options"]["responders"], pinned["options"]["n"]
            table = responses(a=(a, n - a, 0), b=(b, m - b, 0))
            for side, test, key in (
                ("less", "chi_square_corrected", "less_corrected"),
                ("greater", "chi_square", "greater"),
            ):
                found = analyse(table, AT, method="compare_proportions", test=test, alternative=side)[0]
                assert found.p_value.value == pytest.approx(pinned["expect"][key], rel=1e-6)


def test_ratios_of_an_arm_in_which_nobody_responded():
    table = responses(a=(0, 20, 0), b=(5, 15, 0))
    found = analyse(table, AT, method="compare_proportions", risk_ratio="katz", odds_ratio="score")
    assert (one(found, "risk_ratio").estimate, codes(one(found, "risk_ratio"))) == (0, ["N492"])
    odds = one(found, "odds_ratio")
    assert (odds.estimate, odds.interval.low) == (0, 0)
    assert odds.interval.high < 1
    nobody = analyse(
        responses(a=(0, 5, 0), b=(0, 6, 0)),
        AT,
        method="compare_proportions",
        test="barnard",
        risk_ratio="koopman",
        odds_ratio="conditional",
        difference="newcombe",
    )
    assert (one(nobody, "risk_difference").p_value.value, codes(one(nobody, "risk_difference"))) == (1, [])
    assert codes(one(nobody, "risk_ratio")) == ["N492"]
    assert codes(one(nobody, "odds_ratio")) == ["N410"]
    one_each = analyse(
        responses(a=(1, 0, 0), b=(0, 1, 0)),
        AT,
        method="compare_proportions",
        difference="exact",
        test="boschloo",
    )
    assert one(one_each, "risk_difference").estimate == 1


def test_an_exact_method_that_would_take_too_long_says_so():
    table = responses(a=(300, 300, 0), b=(280, 320, 0))
    found = analyse(table, AT, method="compare_proportions", difference="exact")
    assert codes(one(found, "risk_difference")) == ["N493"]
    assert one(found, "risk_difference").estimate == pytest.approx(20 / 600)
    assert one(found, "risk_difference").interval is None


# --- strata -----------------------------------------------------------------------------------------

SPARSE = (("a", "1", 3, 1, 0), ("b", "1", 0, 6, 0), ("a", "2", 1, 2, 0), ("b", "2", 2, 1, 0),
          ("a", "3", 2, 0, 0), ("b", "3", 1, 3, 0), ("a", "4", 0, 3, 0), ("b", "4", 0, 1, 0),
          ("a", "5", 4, 1, 0), ("b", "5", 1, 3, 0))  # fmt: skip


def test_strata_give_the_mantel_haenszel_measures_of_r():
    pinned = next(c["expect"] for c in cases("proportions_more") if c["data"] == "sparse")
    words = {"method": "compare_proportions", "strata": ["centre"], "risk_ratio": "mantel_haenszel"}
    found = analyse(in_strata(*SPARSE), AT, **words, homogeneity="tarone")
    assert [f.measure for f in found] == ["risk_difference", "odds_ratio", "risk_ratio", "homogeneity"]
    for finding, key in zip(found, ("sato", "odds_ratio", "risk_ratio"), strict=False):
        r = pinned[key]
        assert (finding.estimate, finding.interval.low, finding.interval.high) == pytest.approx(r, rel=1e-8)
        assert finding.p_value.value == pytest.approx(pinned["cmh_p_value"], rel=1e-6)
    assert (found[3].estimate, found[3].p_value.value) == pytest.approx(
        (pinned["tarone"], pinned["tarone_p_value"])
    )
    assert dict(found[3].method.options)["df"] == 3
    options = dict(found[0].method.options)
    assert (options["test"], options["strata"], options["strata_used"]) == ("cmh", ("centre",), 5)
    exact = analyse(in_strata(*SPARSE), AT, **words, test="exact_conditional", difference="newcombe")
    assert exact[0].p_value.value == pytest.approx(pinned["exact_p_value"], rel=1e-6)
    assert (exact[0].interval.low, exact[0].interval.high) == pytest.approx(pinned["newcombe"], rel=1e-8)


def test_a_stratum_of_one_arm_and_subjects_without_a_level_are_left_out_and_told():
    table = in_strata(*SPARSE, ("a", "6", 2, 1, 0), ("b", None, 1, 1, 0))
    found = analyse(table, AT, method="compare_proportions", strata=["centre"])
    whole = analyse(in_strata(*SPARSE), AT, method="compare_proportions", strata=["centre"])
    assert [f.estimate for f in found] == [f.estimate for f in whole]
    assert codes(found[0]) == ["N412", "N498"]
    assert found[0].n == whole[0].n


def test_strata_without_both_arms_anywhere_have_no_estimate():
    table = in_strata(("a", "1", 2, 2, 0), ("b", "2", 1, 3, 0))
    found = analyse(table, AT, method="compare_proportions", strata=["centre"], homogeneity="breslow_day")
    assert [f.estimate for f in found] == [None, None, None]
    assert "N498" in codes(found[0])
    empty = analyse(in_strata(("a", "1", 2, 2, 0)), AT, method="compare_proportions", strata=["centre"])
    assert codes(empty[0]) == ["N401"]
    unknown = analyse(table, AT, method="compare_proportions", strata=["site"])
    assert codes(unknown[0]) == ["E414"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"strata": ["centre"], "difference": "wald"}, "does not go with `strata`"),
        ({"difference": "klingenberg"}, "does not go without `strata`"),
        ({"strata": ["centre"], "test": "fisher"}, "does not go with `strata`"),
        ({"homogeneity": "tarone"}, "goes with `strata`"),
        ({"berger_boos": 0.001}, "goes with `test:`"),
    ],
)
def test_a_word_that_does_not_fit_is_refused(words, said):
    with pytest.raises(ValidationError, match=said):
        ANALYSIS.validate_python({"method": "compare_proportions", **words})
