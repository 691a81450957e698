"""Paired tests, correlation and agreement of two measurements: on data and on worked examples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from analysed import analyse, codes, context, measurements, one
from measured_arms import pinned, sleep
from reference_cases import cases


def test_a_paired_test_may_be_one_sided_against_a_margin():
    first, second = sleep()
    table_ = measurements([10 + x for x in first], [10 + x for x in second])
    greater = one(
        analyse(table_, context("single"), method="paired_t", alternative="greater", margin=1.0),
        "mean_change",
    )
    changes = np.subtract(second, first)
    t = (changes.mean() - 1) / (changes.std(ddof=1) / math.sqrt(10))
    from scipy.special import stdtr

    assert greater.p_value.value == pytest.approx(float(stdtr(9, -t)))
    assert (greater.p_value.sides, dict(greater.method.options)["null"]) == (1, 1.0)


def test_a_paired_ratio_of_geometric_means():
    found = analyse(
        measurements([10.0, 20.0, 40.0, 4.0], [5.0, 30.0, 20.0, 0.0]),
        context("single"),
        method="paired_t",
        scale="log",
    )
    ratio = one(found, "geometric_mean_ratio")
    assert ratio.estimate == pytest.approx((0.5 * 1.5 * 0.5) ** (1 / 3))
    assert (ratio.n, codes(ratio)) == (3, ["N435"])
    assert dict(ratio.method.options)["against"] == "baseline"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"of": "value"}, "needs 'against: baseline'"),
        ({"of": "change", "against": "baseline"}, "goes with 'of: value'"),
        ({"of": "change", "scale": "log"}, "write 'of: value'"),
        ({"scale": "log", "margin": -1.0}, "is no ratio"),
    ],
)
def test_words_of_pairs_that_do_not_fit_are_refused(words, told):
    with pytest.raises(ValueError, match=told):
        analyse(measurements([1.0], [2.0]), context("single"), method="paired_t", **words)


def test_pratt_s_zeros_are_ranked_before_they_are_dropped():
    case = next(
        c
        for c in cases("values")
        if c["method"] == "signed_rank_test"
        and c["data"] == "few"
        and c["options"]["zeros"] == "pratt"
        and c["options"]["exact"]
    )
    change = case["options"]["change"]
    table_ = measurements([10.0] * len(change), [10 + c for c in change])
    words = {"method": "wilcoxon_signed_rank", "zeros": "pratt", "exact": "yes"}
    found = one(analyse(table_, context("single"), **words), "median_change")
    assert found.p_value.value == pytest.approx(case["expect"]["p_value"], rel=1e-9)
    less = one(analyse(table_, context("single"), alternative="less", **words), "median_change")
    assert less.p_value.value == pytest.approx(case["expect"]["p_value_less"], rel=1e-9)
    assert "2 without change, ranked and then dropped" in found.note


def test_the_sign_test_counts_changes_above_0():
    change = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, -1.0, 0.0]
    found = one(
        analyse(measurements([10.0] * 8, [10 + c for c in change]), context("single"), method="sign_test"),
        "median",
    )
    assert (found.estimate, found.n, found.events) == (2.5, 8, 6)
    assert found.p_value.value == pytest.approx(2 * (1 + 7) / 2**7)  # worked: 0 or 1 of 7 signs
    assert (found.interval.low, found.interval.high) == (-1.0, 6.0)
    assert found.interval.level == pytest.approx(1 - 2 / 2**8)
    none = one(analyse(measurements([1.0, 2.0], [1.0, 2.0]), context("single"), method="sign_test"), "median")
    assert (none.estimate, codes(none)) == (0.0, ["N408", "N415"])


# --- linked measurements --------------------------------------------------------------------------


def test_two_measurements_of_one_subject_are_correlated_and_compared():
    case = next(c for c in cases("values") if c["method"] == "pearson" and c["data"] == "weights")
    given = measurements(case["options"]["first"], case["options"]["second"])
    at = context("single")
    r = one(analyse(given, at, method="correlation", level="90 %"), "correlation")
    assert (r.estimate, r.interval.low) == pytest.approx((case["expect"]["r"], case["expect"]["low"]))
    for kind in ("kendall", "spearman"):
        found = one(analyse(given, at, method="correlation", kind=kind), "correlation")
        assert found.interval.low == pytest.approx(pinned("rank_intervals", "weights")[kind][0])
    same = one(analyse(given, at, method="spearman", interval="bonett_wright"), "correlation")
    assert same.interval.high == pytest.approx(pinned("rank_intervals", "weights")["spearman"][1])
    line = analyse(given, at, method="deming", ratio=0.5)
    assert one(line, "slope").estimate == pytest.approx(pinned("deming", "weights", ratio=0.5)["slope"])
    assert one(line, "intercept").interval.low == pytest.approx(
        pinned("deming", "weights", ratio=0.5)["low"][1]
    )
    robust = one(analyse(given, at, method="passing_bablok"), "slope")
    assert robust.interval.high == pytest.approx(pinned("passing_bablok", "weights")["slope_high"])
    limits = analyse(given, at, method="bland_altman")
    expected = pinned("bland_altman", "weights")
    assert one(limits, "mean_difference").estimate == pytest.approx(expected["bias"][0])
    assert one(limits, "upper_limit_of_agreement").interval.high == pytest.approx(expected["upper_ends"][1])


def test_the_intraclass_correlation_of_agreement_is_below_that_of_consistency():
    given = measurements([1.0, 2.0, 3.0, 4.0, 5.0], [3.1, 3.9, 5.2, 5.8, 7.1])
    at = context("single")
    icc = {
        kind: one(analyse(given, at, method="intraclass", kind=kind), "intraclass_correlation")
        for kind in ("agreement", "consistency")
    }
    assert icc["consistency"].estimate > 0.99 > icc["agreement"].estimate
    assert dict(icc["agreement"].method.options)["model"] == "ICC(2,1)"
    apart = measurements([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])
    for kind, expected in (("consistency", 1.0), ("agreement", 2 / 3)):  # worked: MSB 2, MSJ 1.5, MSE 0
        found = one(analyse(apart, at, method="intraclass", kind=kind), "intraclass_correlation")
        assert found.estimate == pytest.approx(expected)
        assert (found.interval, codes(found)) == (None, ["N409"])


@pytest.mark.parametrize("method", ["correlation", "deming", "passing_bablok", "bland_altman", "intraclass"])
@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ([1.0], [2.0], "N408"),
        ([], [], "N408"),
        ([1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], "N409"),
    ],
)
def test_pairs_that_are_few_or_all_equal_are_told(method, first, second, told):
    for finding in analyse(measurements(first, second), context("single"), method=method):
        assert codes(finding) == [told]
        assert finding.interval is None
        assert finding.p_value is None


def test_three_pairs_have_a_correlation_without_an_interval():
    found = one(
        analyse(measurements([1.0, 2.0, 3.0], [2.0, 1.0, 4.0]), context("single"), method="correlation"),
        "correlation",
    )
    assert (found.interval, codes(found)) == (None, ["N415"])
    assert found.estimate is not None
