"""Restricted means and milestones, and their comparisons."""

from __future__ import annotations

import math

import numpy as np
import pytest
from analysed import analyse, codes, context, one, reconstructed, times
from reference_cases import cases, data_rows
from test_curves import BOTH

from trialist.kernels import rmst, survival


def test_restricted_means_are_those_that_survrm2_prints():
    """Vignette 3-2 of survRM2 1.0-4: primary biliary cirrhosis, tau 10 years."""
    curves = []
    for arm in ("1", "2"):
        mine = [row for row in data_rows("pbc_trial") if row["trt"] == arm]
        died = np.array([row["status"] == "2" for row in mine], dtype=float)
        curves.append(survival.kaplan_meier([int(row["time"]) / 365.25 for row in mine], died, 1 - died))
    first, second = (rmst.restricted_mean(curve, 10) for curve in curves)
    assert (round(first.mean, 3), round(first.std_err, 3)) == (7.146, 0.283)
    assert (round(second.mean, 3), round(second.std_err, 3)) == (7.283, 0.295)
    made = (rmst.difference(first, second), rmst.ratio(first, second), rmst.ratio(first, second, lost=True))
    assert [tuple(round(x, 3) for x in (m.value, m.low, m.high, m.p_value)) for m in made] == [
        (-0.137, -0.939, 0.665, 0.738),
        (0.981, 0.878, 1.096, 0.738),
        (1.050, 0.787, 1.402, 0.738),
    ]


def test_the_jackknife_is_the_sum_of_squared_changes_by_small_changes_of_weights():
    draw = np.random.default_rng(2)
    time, event = draw.integers(1, 15, 30).astype(float), (draw.random(30) < 0.7).astype(float)
    weight = draw.uniform(0.3, 3, 30)

    def at_seven(w: np.ndarray) -> float:
        return survival.probability(survival.kaplan_meier(time, w * event, w * (1 - event)), 7).value

    changes = [(at_seven(weight + 1e-6 * own) - at_seven(weight - 1e-6 * own)) / 2e-6 for own in np.eye(30)]
    slow = math.sqrt(sum((w * change) ** 2 for w, change in zip(weight, changes, strict=True)))
    squares = (weight**2 * event, weight**2 * (1 - event))
    curve = survival.kaplan_meier(time, weight * event, weight * (1 - event), squares=squares)
    assert survival.probability(curve, 7).std_err == pytest.approx(slow, rel=1e-7)


def test_the_area_under_a_curve_is_a_sum_of_rectangles():
    curve = survival.kaplan_meier([2, 4, 7], [1, 0, 1], [0, 1, 0])  # 1 to 2, 2/3 to 7, 0 after
    assert rmst.restricted_mean(curve, 1).mean == 1
    assert rmst.restricted_mean(curve, 5).mean == pytest.approx(2 + 3 * 2 / 3)
    assert rmst.restricted_mean(curve, 50).mean == pytest.approx(2 + 5 * 2 / 3)
    assert rmst.restricted_mean(curve, 50).lost == pytest.approx(50 - 16 / 3)
    open_end = survival.kaplan_meier([2, 4, 7], [1, 1, 0], [0, 0, 1])
    assert rmst.restricted_mean(open_end, 7).status == "ok"
    assert rmst.restricted_mean(open_end, 7.5).status == "beyond"
    assert rmst.default_tau([curve, open_end]) == 7
    assert rmst.default_tau([curve, curve]) == 7


def test_a_restricted_mean_and_its_contrasts_in_months():
    found = analyse(reconstructed("PREVAIL_1B"), context(*BOTH, compare=BOTH), method="rmst", tau_months=24)
    pinned = next(
        case["expect"]
        for case in cases("curves")
        if case["method"] == "restricted_mean"
        and case["data"] == "PREVAIL_1B"
        and case["options"]["tau"] == 24
    )
    turned = pinned["difference"]["value"] * (1 if pinned["mean"][0] > pinned["mean"][1] else -1)
    difference = one(found, "restricted_mean_difference")
    assert abs(difference.estimate) == pytest.approx(abs(turned), rel=1e-9)
    assert difference.p_value.value == pytest.approx(pinned["difference"]["p_value"], rel=1e-6)
    assert difference.unit == "months"
    means = [one(found, "restricted_mean", groups=(arm,)) for arm in BOTH]
    lost = [one(found, "restricted_mean_lost", groups=(arm,)) for arm in BOTH]
    assert difference.estimate == pytest.approx(means[0].estimate - means[1].estimate)
    assert [a.estimate + b.estimate for a, b in zip(means, lost, strict=True)] == pytest.approx([24, 24])
    assert one(found, "restricted_mean_ratio").estimate == pytest.approx(
        means[0].estimate / means[1].estimate
    )


def test_tau_is_the_longest_time_that_every_arm_reaches_unless_it_is_given():
    table = times([("a", 304.375, True), ("a", 608.75, False), ("b", 152.1875, True), ("b", 304.375, True)])
    found = analyse(table, context("a", "b", compare=("a", "b")), method="rmst")
    told = dict(found[0].method.options)
    assert told["tau_months"] == pytest.approx(20)  # b has come down to 0 and sets no limit
    assert told["tau"] == "longest_known_in_all_arms"
    assert one(found, "restricted_mean", groups=("b",)).estimate == pytest.approx(7.5)
    late = analyse(table, context("a", "b", compare=("a", "b")), method="rmst", tau_months=21)
    assert codes(one(late, "restricted_mean", groups=("a",))) == ["N461"]
    assert one(late, "restricted_mean", groups=("b",)).estimate == pytest.approx(7.5)
    assert codes(one(late, "restricted_mean_difference")) == ["N461"]


def test_a_mean_without_an_event_has_no_interval_and_no_comparison():
    table = times([("a", 300, False), ("b", 300, False)])
    found = analyse(table, context("a", "b", compare=("a", "b")), method="rmst")
    assert one(found, "restricted_mean", groups=("a",)).interval is None
    assert codes(one(found, "restricted_mean_difference")) == ["N462"]
    assert one(found, "restricted_mean_difference").p_value is None
    assert codes(one(found, "restricted_mean_lost_ratio")) == ["N462"]


def test_milestones_are_compared_on_the_scale_that_is_named():
    table, at = reconstructed("PREVAIL_1B"), context(*BOTH, compare=BOTH)
    pinned = next(
        case["expect"]
        for case in cases("curves")
        if case["method"] == "milestone" and case["data"] == "PREVAIL_1B" and case["options"]["at"] == 12
    )
    for test, p in pinned["p_values"].items():
        found = analyse(table, at, method="milestone", at_months=[12, 24], test=test)
        difference = one(found, "survival_difference", timepoint="12")
        assert difference.p_value.value == pytest.approx(p, rel=1e-6)
        assert dict(difference.method.options)["test"] == test
    first, second = (
        one(found, "survival_probability", groups=(arm,), timepoint="24").estimate for arm in BOTH
    )
    assert one(found, "survival_difference", timepoint="24").estimate == pytest.approx(first - second)
    assert one(found, "survival_ratio", timepoint="24").estimate == pytest.approx(first / second)


def test_curves_at_one_or_nought_are_not_compared_by_a_test():
    table = times([("a", 60, True), ("a", 90, True), ("b", 80, True), ("b", 400, False)])
    at = context("a", "b", compare=("a", "b"))
    found = analyse(table, at, method="milestone", at_months=[1, 6, 24])
    early = one(found, "survival_difference", timepoint="1")
    assert (early.estimate, early.interval, early.p_value, codes(early)) == (0.0, None, None, ["N462"])
    down = one(found, "survival_ratio", timepoint="6")
    assert (down.estimate, codes(down)) == (None, ["N462"])
    assert codes(one(found, "survival_difference", timepoint="24")) == ["N407"]
