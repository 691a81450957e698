"""Two arms, several arms, covariates and linked measurements: the methods on data and on worked examples."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pytest
from analysed import analyse, codes, context, measurements, one
from cases_values import complete, table
from measured_arms import AB, arms, pinned, sleep

from trialist.findings.model import from_json


def anorexia() -> Any:
    data = complete(table("anorexia"), ["Treat", "Prewt", "Postwt"])
    n = data["Prewt"].size
    return ibis.memtable(
        {
            "subject": [f"{i:03d}" for i in range(n)],
            "arm": data["Treat"].tolist(),
            "baseline": data["Prewt"].tolist(),
            "value": data["Postwt"].tolist(),
            "change": (data["Postwt"] - data["Prewt"]).tolist(),
            "percent_change": [0.0] * n,
            "evaluable": [True] * n,
        }
    )


# --- two arms -----------------------------------------------------------------------------------------


def test_a_difference_of_means_has_the_interval_and_p_of_welch_s_test():
    first, second = sleep()
    given = arms({"a": first, "b": second})
    found = one(
        analyse(given, context(*AB, compare=AB), method="two_sample_t", level="90 %"), "mean_difference"
    )
    expected = pinned("two_sample_t", "sleep", equal_variances=False, null=0)
    assert found.estimate == pytest.approx(expected["difference"], rel=1e-12)
    assert found.interval.low == pytest.approx(expected["low"], rel=1e-9)
    assert found.p_value.value == pytest.approx(expected["p_value"], rel=1e-9)
    assert (found.groups, found.n, found.p_value.sides) == (AB, 20, 2)
    assert dict(found.method.options)["variances"] == "unequal"
    assert from_json(found.as_json()) == found


def test_non_inferiority_is_a_one_sided_p_against_the_margin_beside_a_two_sided_interval():
    first, second = sleep()
    given = arms({"a": first, "b": second})
    found = one(
        analyse(
            given,
            context(*AB, compare=AB),
            method="two_sample_t",
            variances="equal",
            margin=-0.7,
            alternative="greater",
        ),
        "mean_difference",
    )
    expected = pinned("two_sample_t", "sleep", equal_variances=True, null=-0.7)
    assert found.p_value.value == pytest.approx(expected["p_value_greater"], rel=1e-9)
    assert found.p_value.sides == 1
    assert found.interval.high is not None
    assert dict(found.method.options)["null"] == -0.7


def test_on_the_log_scale_the_difference_is_a_ratio_of_geometric_means():
    given = arms({"a": [-8.0, -6.0, 0.0], "b": [10.0, 30.0, 0.0]})  # values 2, 4, 10 and 20, 40, 10
    at = context(*AB, compare=AB)
    found = one(
        analyse(given, at, method="two_sample_t", of="value", scale="log", margin=0.5), "geometric_mean_ratio"
    )
    assert found.estimate == pytest.approx((2 * 4 * 10 / (20 * 40 * 10)) ** (1 / 3))
    assert found.interval.low * found.interval.high == pytest.approx(found.estimate**2)
    zero = arms({"a": [-10.0, -6.0, 0.0], "b": [10.0, 30.0, 0.0]})
    left = one(analyse(zero, at, method="two_sample_t", of="value", scale="log"), "geometric_mean_ratio")
    assert codes(left) == ["N435"]
    assert left.n == 5


def test_an_effect_size_is_the_difference_in_units_of_the_pooled_sd():
    first, second = sleep()
    at = context(*AB, compare=AB)
    found = analyse(arms({"a": first, "b": second}), at, method="two_sample_t", standardised="hedges_g")
    expected = pinned("standardised_difference", "sleep")
    size = one(found, "standardised_difference")
    assert size.estimate == pytest.approx(expected["g"], rel=1e-9)
    assert size.interval.high == pytest.approx(expected["g_high"], rel=1e-9)
    assert size.unit is None or "SD" in size.unit


def test_ranks_tell_the_shift_and_how_often_the_first_arm_is_greater():
    first, second = sleep()
    found = analyse(arms({"a": first, "b": second}), context(*AB, compare=AB), method="rank_sum", exact="yes")
    shift = one(found, "location_shift")
    expected = pinned("rank_sum_exact", "sleep")
    assert shift.p_value.value == pytest.approx(expected["p_value"], rel=1e-9)
    assert shift.estimate == pytest.approx(np.median(np.subtract.outer(first, second)))
    assert dict(shift.method.options)["computed"] == "exact"
    index = one(found, "probabilistic_index")
    again = pinned("probabilistic_index", "sleep")
    assert index.estimate == pytest.approx(again["estimate"])
    assert index.interval.low == pytest.approx(again["newcombe"][0])
    assert index.p_value.value == pytest.approx(again["p_value"])


def test_a_margin_of_ranks_moves_the_first_arm_and_not_the_estimate():
    first, second = sleep()
    given, at = arms({"a": first, "b": second}), context(*AB, compare=AB)
    plain = one(analyse(given, at, method="rank_sum"), "location_shift")
    moved = one(analyse(given, at, method="rank_sum", margin=-5.0, alternative="greater"), "location_shift")
    assert moved.estimate == pytest.approx(plain.estimate)
    assert moved.interval.low == pytest.approx(plain.interval.low)
    assert moved.p_value.value < 0.01 < plain.p_value.value


@pytest.mark.parametrize(
    ("change", "method", "words", "told"),
    [
        ({"a": [1.0], "b": [1.0, 2.0]}, "two_sample_t", {}, {"mean_difference": ["N408"]}),
        ({"a": [1.0, 1.0], "b": [1.0, 1.0]}, "two_sample_t", {}, {"mean_difference": ["N409"]}),
        ({"a": [1.0, 2.0], "b": [None]}, "two_sample_t", {}, {"mean_difference": ["N408"]}),
        ({"a": [1.0, 2.0]}, "two_sample_t", {}, {"mean_difference": ["N401", "N408"]}),
        (
            {"a": [3.0, 3.0], "b": [3.0, 3.0]},
            "rank_sum",
            {},
            {"location_shift": ["N436"], "probabilistic_index": ["N439"]},
        ),
        (
            {"a": [1.0, 2.0], "b": [5.0, 6.0]},
            "rank_sum",
            {},
            {"location_shift": ["N415"], "probabilistic_index": ["N439"]},
        ),
        (
            {"a": [None], "b": [None]},
            "rank_sum",
            {},
            {"location_shift": ["N408", "N408"], "probabilistic_index": ["N408", "N408"]},
        ),
        ({"a": [1.0, 1.0], "b": [2.0, 2.0]}, "one_way", {}, {"f_statistic": ["N409"]}),
        ({"a": [1.0], "b": [2.0, 3.0]}, "one_way", {"test": "welch"}, {"f_statistic": ["N408"]}),
        ({"a": [2.0], "b": [2.0]}, "one_way", {"test": "kruskal_wallis"}, {"kruskal_wallis": ["N436"]}),
        (
            {"a": [1.0, 2.0, 4.0], "b": [3.0, 5.0]},
            "ancova",
            {},
            {"mean_difference": ["N430"], "adjusted_mean": ["N430"]},  # the baseline is 10 in everybody
        ),
        ({"a": [1.0], "b": [3.0]}, "ancova", {"baseline": "none"}, {"mean_difference": ["N431"]}),
        ({"a": [1.0, 1.0], "b": [3.0, 3.0]}, "ancova", {"baseline": "none"}, {"mean_difference": ["N409"]}),
        ({"a": [1.0, 2.0], "b": [None]}, "ancova", {"baseline": "none"}, {"mean_difference": ["N401"]}),
        ({"a": [1.0], "b": [1.0]}, "ancova", {"strata": ["region"]}, {"mean_difference": ["E414"]}),
        ({"a": [1.0], "b": [1.0]}, "ancova", {"covariates": ["height"]}, {"mean_difference": ["E437"]}),
        (
            {"a": [1.0, 2.0, 4.0], "b": [3.0]},
            "ancova",
            {"baseline": "none", "variance": "hc3"},
            {"mean_difference": ["N438"]},
        ),
    ],
)
def test_what_can_not_be_estimated_is_told(change, method, words, told):
    found = analyse(arms(change), context(*AB, compare=AB), method=method, **words)
    for measure, wanted in told.items():
        for finding in (f for f in found if f.measure == measure):
            assert codes(finding) == wanted, measure
            if wanted not in (["N415"], ["N439"]) and method != "two_sample_t":
                assert finding.estimate is None
            assert finding.p_value is None or wanted == ["N415"]


def test_a_comparison_of_other_than_two_arms_is_an_error():
    given = arms({"a": [1.0, 2.0], "b": [2.0, 4.0]})
    for method in ("two_sample_t", "rank_sum"):
        for finding in analyse(given, context(*AB), method=method):
            assert (codes(finding), finding.estimate) == (["E413"], None)
    for method in ("one_way", "ancova"):
        for finding in analyse(given, context("a"), method=method):
            assert codes(finding) == ["E413"]


def test_all_arms_are_compared_by_one_test():
    found = analyse(anorexia(), context("CBT", "Cont", "FT"), method="one_way", test="kruskal_wallis")
    expected = pinned("kruskal_wallis", "anorexia")
    statistic = one(found, "kruskal_wallis")
    assert statistic.estimate == pytest.approx(expected["h"], rel=1e-9)
    assert statistic.p_value.value == pytest.approx(expected["p_value"], rel=1e-6)
    assert dict(statistic.method.options)["df"] == (2,)


# --- covariates -----------------------------------------------------------------------------------------


def test_adjusted_means_and_differences_of_three_arms():
    at = context("CBT", "Cont", "FT")
    found = analyse(anorexia(), at, method="ancova", of="value")
    expected = pinned(
        "ancova", "anorexia", interaction=False, variance="classical", margins="balanced", arm="Treat"
    )
    for place, arm in enumerate(at.arms):
        mean = one(found, "adjusted_mean", groups=(arm,))
        assert mean.estimate == pytest.approx(expected["mean"][place], rel=1e-9)
        assert mean.interval.low == pytest.approx(expected["low"][place], rel=1e-9)
    # against the last arm; R's pairs are (CBT, Cont), (CBT, FT), (Cont, FT)
    for pair, place in ((("CBT", "FT"), 1), (("Cont", "FT"), 2)):
        apart = one(found, "mean_difference", groups=pair)
        assert apart.estimate == pytest.approx(expected["difference"][place], rel=1e-9)
        assert apart.p_value.value == pytest.approx(expected["p_value"][place], rel=1e-6)
        assert apart.n == 72


def test_change_and_value_give_the_same_difference_once_the_baseline_is_in_the_model():
    at = context("CBT", "Cont", compare=("CBT", "Cont"))
    found = [
        one(analyse(anorexia(), at, method="ancova", of=of), "mean_difference") for of in ("change", "value")
    ]
    assert found[0].estimate == pytest.approx(found[1].estimate, rel=1e-10)
    assert found[0].p_value.value == pytest.approx(found[1].p_value.value, rel=1e-8)


def test_a_slope_in_each_arm_and_robust_errors_are_options():
    at = context("CBT", "Cont", "FT")
    found = analyse(anorexia(), at, method="ancova", of="value", baseline="by_arm", variance="hc3")
    expected = pinned("ancova", "anorexia", interaction="Prewt", variance="hc3", margins="balanced")
    mean = one(found, "adjusted_mean", groups=("Cont",))
    assert mean.estimate == pytest.approx(expected["mean"][1], rel=1e-9)
    assert mean.interval.high == pytest.approx(expected["high"][1], rel=1e-9)


def test_subjects_without_a_covariate_are_left_out_and_told():
    given = arms(
        {"a": [1.0, 2.0, 4.0, 3.0], "b": [2.0, 5.0, 3.0, None]},
        age=[50.0, 60.0, 70.0, None, 55.0, 65.0, 40.0, 50.0],
        region=["n", "s", "n", "s", "n", None, "s", "s"],
    )
    at = context(*AB, compare=AB)
    found = one(
        analyse(given, at, method="ancova", baseline="none", covariates=["age"], strata=["region"]),
        "mean_difference",
    )
    assert (found.n, codes(found), found.note) == (5, ["N412"], "1 not evaluable, left out")
    assert found.estimate is not None


# --- description ------------------------------------------------------------------------------------------


def test_a_description_may_take_sas_s_quartiles_and_add_geometric_and_trimmed_means():
    values = [1.0, 2.0, 4.0, 8.0]
    found = analyse(
        measurements([1.0] * 4, values),
        context("single"),
        method="describe",
        of="value",
        quantiles="type_2",
        also=["geometric_mean", "geometric_cv", "trimmed_mean"],
        trim=0.25,
    )
    shown = {f.measure: f.estimate for f in found}
    assert (shown["q1"], shown["q3"]) == (1.5, 6.0)  # worked: averages at the jumps
    assert shown["geometric_mean"] == pytest.approx(64**0.25)
    assert shown["trimmed_mean"] == 3.0
    assert dict(one(found, "q1").method.options)["quartiles"] == "type 2"
    zero = analyse(
        measurements([1.0] * 2, [0.0, 2.0]),
        context("single"),
        method="describe",
        of="value",
        also=["geometric_mean"],
    )
    assert (one(zero, "geometric_mean").estimate, codes(one(zero, "geometric_mean"))) == (None, ["N435"])
