"""The analysis methods on times read off a published trial, and on worked examples."""

from __future__ import annotations

import ibis
import pytest
from analysed import analyse, codes, context, measurements, one, reconstructed, responses, times
from reference_cases import cases

from trialist.findings.methods import METHODS
from trialist.findings.methods.kaplan_meier import kaplan_meier_curves
from trialist.findings.model import from_json
from trialist.protocol.analyses import NEEDS
from trialist.protocol.time_analyses import KaplanMeier

BOTH = ("enzalutamide", "placebo")


@pytest.mark.parametrize(
    ("file", "ratio", "low", "high"), [("PREVAIL_1A", 0.185, 0.149, 0.231), ("PREVAIL_1B", 0.725, 0.61, 0.86)]
)
def test_the_hazard_ratio_of_a_reconstructed_trial(file, ratio, low, high):
    found = one(analyse(reconstructed(file), context(*BOTH, compare=BOTH), method="cox_ph"), "hazard_ratio")
    assert found.groups == BOTH
    assert found.estimate == pytest.approx(ratio, abs=5e-4)
    assert found.interval.low == pytest.approx(low, abs=5e-3)
    assert found.interval.high == pytest.approx(high, abs=5e-3)
    assert found.problems == ()
    assert dict(found.method.options) == {
        "ties": "efron",
        "strata": (),
        "test": "wald",
        "interval": "wald",
        "level": 0.95,
    }


def test_a_median_is_in_months_and_a_curve_that_stays_above_one_half_has_none():
    found = analyse(reconstructed("PREVAIL_1A"), context(*BOTH), method="kaplan_meier", at_months=[3, 12])
    treated, control = (one(found, "median_time", groups=(arm,)) for arm in BOTH)
    assert treated.estimate is None
    assert codes(treated) == ["N402"]
    assert treated.interval.low == pytest.approx(13.8, abs=0.05)
    assert control.unit == "months"
    pinned = next(
        c
        for c in cases("kaplan_meier")
        if c["data"] == "PREVAIL_1A"
        and c["options"] == {"group": "arm", "of": "placebo", "interval": "log_log", "level": 0.95}
    )["expect"]
    assert control.estimate == pytest.approx(pinned["quantile"]["value"][1], rel=1e-9)
    assert control.interval.low == pytest.approx(pinned["quantile"]["low"][1], rel=1e-9)
    at_three = one(found, "survival_probability", groups=("placebo",), timepoint="3")
    assert at_three.estimate == pytest.approx(pinned["at"]["survival"][0], rel=1e-9)
    assert at_three.interval.high == pytest.approx(pinned["at"]["high"][0], rel=1e-9)
    assert one(found, "n_at_risk", groups=("placebo",), timepoint="3").estimate == pinned["at"]["at_risk"][0]


def test_the_log_rank_p_can_stand_beside_the_cox_ratio():
    table, at = reconstructed("PREVAIL_1B"), context(*BOTH, compare=BOTH)
    alone = one(analyse(table, at, method="log_rank"), "log_rank")
    beside = one(analyse(table, at, method="cox_ph", test="log_rank"), "hazard_ratio")
    assert beside.p_value == alone.p_value
    assert alone.p_value.value == pytest.approx(1.97458572e-4, rel=1e-6)
    assert dict(alone.method.options)["df"] == 1


def test_the_arm_named_first_is_in_the_numerator():
    table = reconstructed("PREVAIL_1B")
    one_way, other_way = (
        one(analyse(table, context(*BOTH, compare=pair), method="cox_ph"), "hazard_ratio")
        for pair in (BOTH, BOTH[::-1])
    )
    assert one_way.estimate * other_way.estimate == pytest.approx(1)
    assert one_way.interval.low * other_way.interval.high == pytest.approx(1)


def test_the_curve_has_a_step_at_each_time_and_a_mark_at_each_censoring():
    table = times([("a", 30.4375, True), ("a", 60.875, False), ("a", 91.3125, True), ("b", 10, False)])
    curves = kaplan_meier_curves(table, KaplanMeier(method="kaplan_meier"), context("a", "b", "c"))
    assert [curve.arm for curve in curves] == ["a", "b"]
    first = curves[0]
    assert first.time_months == pytest.approx((1, 2, 3))
    assert first.survival == pytest.approx((2 / 3, 2 / 3, 0))
    assert first.at_risk == (3, 2, 1)
    assert first.censor_months == pytest.approx((2,))
    assert first.censor_survival == pytest.approx((2 / 3,))
    assert first.median == pytest.approx(3)
    assert first.low[2] is None


def test_findings_survive_json():
    found = analyse(
        reconstructed("PREVAIL_1B"), context(*BOTH, compare=BOTH), method="kaplan_meier", at_months=[60]
    )
    assert tuple(from_json(each.as_json()) for each in found) == found


def test_the_order_of_rows_does_not_change_the_last_digit_or_the_identity_of_a_finding():
    table, at = reconstructed("PREVAIL_1B"), context(*BOTH, compare=BOTH)
    for method in ("cox_ph", "log_rank", "kaplan_meier"):
        first = analyse(table.order_by("subject"), at, method=method)
        second = analyse(table.order_by(ibis.desc("time_days"), "subject"), at, method=method)
        assert [f.id for f in first] == [f.id for f in second]


def test_every_method_of_the_protocol_is_there_and_needs_the_shape_the_protocol_says():
    assert {name: entry.needs for name, entry in METHODS.items()} == dict(NEEDS)


# --- when there is nothing to estimate ---------------------------------------------------------------


def test_no_event_is_a_finding_without_an_estimate():
    table = times([("a", 10, False), ("b", 12, False)])
    for method, measure in (("cox_ph", "hazard_ratio"), ("log_rank", "log_rank")):
        found = one(analyse(table, context("a", "b", compare=("a", "b")), method=method), measure)
        assert found.estimate is None
        assert codes(found) == ["N403"]
        assert (found.n, found.events) == (2, 0)
        assert str(found.problems[0].place) == "protocol.yaml:88"


def test_events_of_one_arm_only_give_no_finite_ratio():
    table = times([("a", 40 + i, False) for i in range(6)] + [("b", 10 + i, True) for i in range(6)])
    found = one(analyse(table, context("a", "b", compare=("a", "b")), method="cox_ph"), "hazard_ratio")
    assert found.estimate is None
    assert found.interval is None
    assert codes(found) == ["N404"]
    tested = one(analyse(table, context("a", "b", compare=("a", "b")), method="log_rank"), "log_rank")
    assert tested.p_value.value < 0.01


def test_an_empty_arm_is_named():
    table = times([("a", 10, True)])
    found = analyse(table, context("a", "b", compare=("a", "b")), method="cox_ph")
    assert codes(found[0]) == ["N401"]
    assert "'b'" in found[0].problems[0].message
    medians = analyse(table, context("a", "b"), method="kaplan_meier", at_months=[1])
    empty = one(medians, "median_time", groups=("b",))
    assert (empty.estimate, empty.n, codes(empty)) == (None, 0, ["N401"])


def test_arms_in_separate_strata_can_not_be_compared():
    table = times(
        [("a", 10, True), ("a", 20, True), ("b", 15, True), ("b", 25, True)], centre=["1", "1", "2", "2"]
    )
    at = context("a", "b", compare=("a", "b"))
    for method, measure in (("cox_ph", "hazard_ratio"), ("log_rank", "log_rank")):
        found = one(analyse(table, at, method=method, strata=["centre"]), measure)
        assert (found.estimate, codes(found)) == (None, ["N406"])


def test_a_subject_without_a_level_or_a_time_is_left_out_and_counted():
    rows = [("a", 10, True), ("a", 20, False), ("b", 15, True), ("b", 25, True), ("b", None, None)]
    table = times(rows, centre=["1", "1", "1", None, "1"])
    at = context("a", "b", compare=("a", "b"))
    found = one(analyse(table, at, method="cox_ph", strata=["centre"]), "hazard_ratio")
    assert found.n == 3
    assert codes(found) == ["N412", "N412"]


def test_an_unknown_factor_and_a_missing_comparison_are_errors_with_a_place():
    table = times([("a", 10, True), ("b", 20, True)])
    unknown = analyse(table, context("a", "b", compare=("a", "b")), method="cox_ph", strata=["ecog"])[0]
    assert codes(unknown) == ["E414"]
    lonely = analyse(table, context("a"), method="log_rank")[0]
    assert codes(lonely) == ["E413"]
    alone = analyse(table, context("a", "b"), method="cox_ph")[0]
    assert codes(alone) == ["E413"]
    assert alone.problems[0].place.line == 88


def test_a_probability_after_the_last_follow_up_is_not_guessed():
    table = times([("a", 100, True), ("a", 300, False)])
    found = analyse(table, context("a"), method="kaplan_meier", at_months=[6, 24])
    assert one(found, "survival_probability", timepoint="6").estimate == 0.5
    late = one(found, "survival_probability", timepoint="24")
    assert (late.estimate, codes(late)) == (None, ["N407"])


# --- proportions ------------------------------------------------------------------------------------


def test_those_not_evaluable_count_as_not_responding_unless_left_out_by_name():
    table = responses(a=(12, 20, 8))
    everybody = one(analyse(table, context("a"), method="proportion"), "proportion")
    assert (everybody.events, everybody.n) == (12, 40)
    assert everybody.note == "8 not evaluable, counted as not responding"
    evaluable = one(analyse(table, context("a"), method="proportion", denominator="evaluable"), "proportion")
    assert (evaluable.events, evaluable.n) == (12, 32)
    assert evaluable.note == "8 not evaluable, left out"
    assert dict(evaluable.method.options)["denominator"] == "evaluable"


def test_those_never_assessed_after_baseline_leave_the_evaluable_denominator_only():
    table = responses(a=(12, 20, 8))
    table = table.mutate(
        reason=((table.subject < "014") & (table.responder == False)).ifelse("NO_POSTBASELINE", table.reason)  # noqa: E712
    )
    sizes = {
        which: one(analyse(table, context("a"), method="proportion", denominator=which), "proportion").n
        for which in ("all", "with_baseline", "evaluable")
    }
    assert sizes == {"all": 40, "with_baseline": 32, "evaluable": 30}


def test_nobody_responding_still_has_an_exact_upper_end():
    found = one(analyse(responses(a=(0, 30, 0)), context("a"), method="proportion"), "proportion")
    assert found.interval.low == 0
    assert found.interval.high == pytest.approx(1 - 0.025 ** (1 / 30))  # worked: (1 - p)^30 = 0.025


def test_proportions_are_compared_by_the_named_test():
    pinned = next(
        c for c in cases("proportions") if c["options"] == {"responders": [46, 13], "n": [129, 126]}
    )
    table = responses(a=(46, 83, 0), b=(13, 113, 0))
    at = context("a", "b", compare=("a", "b"))
    for test, key in (("chi_square", "chi_square"), ("chi_square_corrected", "chi_square_corrected")):
        found = one(analyse(table, at, method="compare_proportions", test=test), "risk_difference")
        assert found.p_value.value == pytest.approx(pinned["expect"][key]["p_value"], rel=1e-6)
        assert dict(found.method.options)["test"] == test
    found = analyse(table, at, method="compare_proportions", test="fisher")
    assert one(found, "risk_difference").p_value.value == pytest.approx(
        pinned["expect"]["fisher_p"], rel=1e-6
    )
    assert one(found, "risk_difference").estimate == pytest.approx(46 / 129 - 13 / 126)
    assert one(found, "odds_ratio").estimate == pytest.approx(46 * 113 / (83 * 13))


def test_an_empty_cell_has_a_difference_but_no_odds_ratio():
    table = responses(a=(7, 13, 0), b=(0, 19, 0))
    found = analyse(table, context("a", "b", compare=("a", "b")), method="compare_proportions")
    assert one(found, "risk_difference").estimate == pytest.approx(0.35)
    assert (one(found, "odds_ratio").estimate, codes(one(found, "odds_ratio"))) == (None, ["N410"])
    nobody = analyse(
        responses(a=(0, 5, 0), b=(0, 6, 0)),
        context("a", "b", compare=("a", "b")),
        method="compare_proportions",
    )
    assert codes(one(nobody, "risk_difference")) == ["N411"]


def test_categories_are_counted_in_every_arm():
    found = analyse(responses(a=(3, 4, 1), b=(2, 0, 0)), context("a", "b"), method="counts")
    counted = {(f.groups[0], dict(f.method.options)["category"]): f.estimate for f in found}
    assert counted == {
        ("a", "no"): 4,
        ("a", "not evaluable"): 1,
        ("a", "yes"): 3,
        ("b", "no"): 0,
        ("b", "not evaluable"): 0,
        ("b", "yes"): 2,
    }
    assert found[0].note == "no: 4 of 8 (50.0 %)"


# --- measurements -----------------------------------------------------------------------------------


def test_paired_changes_leave_out_pairs_that_lack_an_end():
    table = measurements([1.0, 2.0, 3.0, 4.0], [2.0, 4.0, None, 5.5])
    found = one(analyse(table, context("single"), method="paired_t"), "mean_change")
    assert found.n == 3
    assert found.estimate == pytest.approx(1.5)
    assert found.note == "1 not evaluable, left out"
    # worked: sd 0.5, standard error 0.288675, t(2) 0.975 quantile 4.302653
    assert found.interval.high == pytest.approx(1.5 + 4.302653 * 0.288675, rel=1e-5)


def test_changes_that_are_all_equal_have_a_mean_but_no_test():
    table = measurements([1.0, 2.0, 3.0], [2.0, 3.0, 4.0])
    found = one(analyse(table, context("single"), method="paired_t"), "mean_change")
    assert (found.estimate, found.p_value, codes(found)) == (1.0, None, ["N409"])
    single = one(analyse(measurements([1.0], [2.0]), context("single"), method="paired_t"), "mean_change")
    assert codes(single) == ["N408"]


def test_the_signed_rank_test_says_when_it_was_exact():
    pinned = next(
        c for c in cases("pairs") if c["method"] == "signed_rank" and c["data"] == "hollander"
    )  # exact = auto, correct = True
    change = pinned["options"]["change"]
    table = measurements([0.0 + 1] * len(change), [1 + c for c in change])
    found = one(analyse(table, context("single"), method="wilcoxon_signed_rank"), "median_change")
    assert found.p_value.value == pytest.approx(pinned["expect"]["p_value"], rel=1e-9)
    assert found.estimate == pytest.approx(pinned["expect"]["pseudo_median"], rel=1e-9)
    assert dict(found.method.options)["computed"] == "exact"


def test_an_exact_p_of_tied_changes_counts_the_signs_of_their_midranks():
    table = measurements([1.0] * 6, [2.0, 2.0, 0.5, 3.0, 4.5, 1.25])
    found = one(
        analyse(table, context("single"), method="wilcoxon_signed_rank", exact="yes"), "median_change"
    )
    options = dict(found.method.options)
    assert (options["computed"], options["interval"]) == ("exact", "normal_approximation")
    # worked: ranks 1, 2 (the fall), 3.5, 3.5, 5, 6; sums of at most 2 are those of none, {1} and {2}: 3 of 64
    assert found.p_value.value == pytest.approx(2 * 3 / 64)
    tied = one(analyse(table, context("single"), method="spearman", exact="yes"), "correlation")
    assert codes(tied) == ["N409"]


def test_no_change_at_all_leaves_the_signed_rank_test_without_data():
    found = one(
        analyse(measurements([1.0, 2.0], [1.0, 2.0]), context("single"), method="wilcoxon_signed_rank"),
        "median_change",
    )
    assert (found.estimate, codes(found)) == (None, ["N408"])
    assert found.note == "2 without change, dropped"


def test_four_changes_can_not_carry_a_95_percent_interval():
    table = measurements([1.0] * 4, [1.5, 2.1, 2.9, 1.2])
    found = one(analyse(table, context("single"), method="wilcoxon_signed_rank"), "median_change")
    assert found.interval.level == pytest.approx(0.875)
    assert codes(found) == ["N415"]


def test_a_correlation_of_opposite_orders_is_minus_one():
    table = measurements([1.0, 2.0, 3.0, 4.0, 9.0], [8.0, 7.0, 5.0, 2.0, None])
    found = one(analyse(table, context("single"), method="spearman"), "correlation")
    assert found.estimate == pytest.approx(-1)
    assert found.n == 4
    assert found.p_value.value == pytest.approx(2 / 24)  # 1 of 4! orders on each side
    flat = measurements([1.0, 1.0, 1.0], [3.0, 1.0, 2.0])
    constant = one(analyse(flat, context("single"), method="spearman"), "correlation")
    assert (constant.estimate, codes(constant)) == (None, ["N409"])


def test_a_measurement_is_described_by_seven_numbers():
    table = measurements([10.0, 20.0, 40.0, 5.0], [5.0, 30.0, 20.0, None])
    found = analyse(table, context("single"), method="describe", of="percent_change")
    shown = {f.measure: f.estimate for f in found}
    assert shown == pytest.approx(
        {"mean": -50 / 3, "sd": 57.735027, "median": -50, "q1": -50, "q3": 0, "minimum": -50, "maximum": 50}
    )
    assert {f.n for f in found} == {3}
