"""Curves of times to event: published numbers, slow definitions, what their methods tell, and bad input."""

from __future__ import annotations

import csv
import math
import warnings
from itertools import pairwise
from typing import Any

import ibis
import numpy as np
import pytest
from analysed import ANALYSIS, analyse, codes, context, one, reconstructed, times
from pydantic import ValidationError
from reference_cases import HERE, cases

from trialist.findings.model import from_json
from trialist.kernels import bands, interval_censored, rmst, survival, turnbull
from trialist.units import DAYS_PER_MONTH

BOTH = ("enzalutamide", "placebo")
# Acute lymphoblastic leukaemia in the bone marrow transplant data of Klein and Moeschberger (1.3, table D.1)
ALL_DEATHS = [
    1,
    55,
    74,
    86,
    104,
    107,
    109,
    110,
    122,
    122,
    129,
    172,
    192,
    194,
    230,
    276,
    332,
    383,
    418,
    466,
    487,
    526,
]
ALL_DEATHS += [609, 662]
ALL_CENSORED = [226, 530, 996, 1111, 1167, 1182, 1199, 1330, 1377, 1433, 1462, 1496, 1602, 2081]


def leukaemia(interval: Any = "log_log") -> survival.KaplanMeierCurve:
    time = ALL_DEATHS + ALL_CENSORED
    event = np.repeat([1, 0], [len(ALL_DEATHS), len(ALL_CENSORED)])
    return survival.kaplan_meier(time, event, 1 - event, interval=interval)


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / "data" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def cosmesis(treatment: str) -> tuple[np.ndarray, np.ndarray]:
    mine = [row for row in rows("cosmesis") if row["treatment"] == treatment]
    left = np.array([float(row["left"]) for row in mine])
    return left, np.array([float(row["right"] or "inf") for row in mine])


def interval_table(*arms: tuple[str, np.ndarray, np.ndarray]) -> Any:
    """A TimeToEvent table whose events lie between two ends, in months."""
    found: dict[str, list[Any]] = {
        "arm": [],
        "time_days": [],
        "event": [],
        "lower_days": [],
        "upper_days": [],
    }
    for arm, left, right in arms:
        for low, high in zip(
            (left * DAYS_PER_MONTH).tolist(), (right * DAYS_PER_MONTH).tolist(), strict=True
        ):
            event = math.isfinite(high)
            found["arm"].append(arm)
            found["time_days"].append(high if event else low)
            found["event"].append(event)
            found["lower_days"].append(low)
            found["upper_days"].append(high if event else None)
    return ibis.memtable(found)


# --- published numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interval", "low", "high"),
    [
        ("plain", 107, 276),
        ("log_log", 86, 230),
        ("log", 107, 332),
        ("arcsine", 104, 276),
        ("logit", 104, 230),
    ],
)
def test_the_interval_of_a_quartile_is_the_one_that_sas_documents(interval, low, high):
    """PROC LIFETEST, product-limit method, limits of the 25th percentile, as statsmodels tests them."""
    found = survival.quantile(leukaemia(interval), 0.25, "sas")
    assert (found.value, found.low, found.high) == (122, low, high)


def test_restricted_means_are_those_that_survrm2_prints():
    """Vignette 3-2 of survRM2 1.0-4: primary biliary cirrhosis, tau 10 years."""
    curves = []
    for arm in ("1", "2"):
        mine = [row for row in rows("pbc_trial") if row["trt"] == arm]
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


def test_the_masses_of_breast_cosmesis_are_those_that_the_interval_package_prints():
    """Vignette of R's package interval (Fay and Shaw 2010, J Stat Softw 36:2)."""
    printed = {
        "Rad": "4 5 .0463, 6 7 .0334, 7 8 .0887, 11 12 .0708, 24 25 .0926, 33 34 .0818, 38 40 .1209, "
        "46 48 .4656",
        "RadChem": "4 5 .0433, 5 8 .0433, 11 12 .0692, 16 17 .1454, 18 19 .1411, 19 20 .1157, 24 25 .0999, "
        "30 31 .0709, 35 36 .1608, 44 48 .0552, 48 60 .0552",
    }
    for treatment, text in printed.items():
        fit = turnbull.turnbull(*cosmesis(treatment))
        some = fit.mass > 0
        found = zip(fit.left[some], fit.right[some], fit.mass[some], strict=True)
        assert ", ".join(f"{a:g} {b:g} {m:.4f}".replace(" 0.", " .") for a, b, m in found) == text
        assert abs(fit.gap) <= 1e-10


def test_r_stops_short_of_the_maximum_that_is_reached_here():
    """survfit stops at changes below 5e-5: its estimate is near, where the curve is determined."""
    for case in cases("curves"):
        if case["method"] != "turnbull":
            continue
        right = [math.inf if end is None else end for end in case["options"]["right"]]
        fit = turnbull.turnbull(case["options"]["left"], right)
        theirs = case["expect"]["survfit"]
        for at, value in zip(theirs["at"], theirs["survival"], strict=True):
            assert 1 - fit.mass[fit.right <= at].sum() == pytest.approx(value, abs=5e-4)


def test_bands_have_critical_values_that_agree_with_their_limits():
    # Kolmogorov's distribution: P(sup |B| <= 1.3580986) = 0.95
    assert bands.hall_wellner_value(1e-9, 1 - 1e-9) == pytest.approx(1.3580986, abs=2e-7)
    # one time only: the normal quantile
    assert bands.equal_precision_value(0.3, 0.3) == pytest.approx(1.959964, abs=1e-6)
    assert bands.hall_wellner_value(0.3, 0.3) == pytest.approx(1.959964 * math.sqrt(0.21), abs=1e-6)
    curve = leukaemia()
    for kind in ("hall_wellner", "equal_precision"):
        found = bands.band(curve, 38, kind)
        known = np.isfinite(found.low) & np.isfinite(curve.low)
        assert known.sum() > 20
        assert (found.high - found.low)[known].min() > 0
        assert ((found.high - found.low) > (curve.high - curve.low))[known].all()


def test_a_band_holds_a_simulated_bridge_as_often_as_it_says():
    draw, steps, runs = np.random.default_rng(11), 300, 2500
    share = np.linspace(0.1, 0.6, steps)
    clock = share / (1 - share)
    moved = draw.normal(size=(runs, steps)) * np.sqrt(np.diff(clock, prepend=0))
    bridge = np.cumsum(moved, axis=1) * (1 - share)
    highest = np.abs(bridge).max(axis=1), np.abs(bridge / np.sqrt(share * (1 - share))).max(axis=1)
    limits = bands.hall_wellner_value(0.1, 0.6, 0.8), bands.equal_precision_value(0.1, 0.6, 0.8)
    for found, limit in zip(highest, limits, strict=True):
        assert np.mean(found <= limit) == pytest.approx(0.8, abs=0.035)  # between steps a bridge goes unseen


# --- slow definitions and identities ----------------------------------------------------------------


def test_exact_and_right_censored_times_give_kaplan_and_meiers_estimate():
    draw = np.random.default_rng(4)
    time, event = draw.integers(1, 40, 150).astype(float), draw.random(150) < 0.6
    curve = survival.kaplan_meier(time, event, ~event)
    fit = turnbull.turnbull(time, np.where(event, time, np.inf))
    ours = [1 - fit.mass[fit.right <= at].sum() for at in curve.time]
    assert ours == pytest.approx(curve.survival.tolist(), abs=1e-12)


def test_no_other_masses_have_a_higher_likelihood():
    draw = np.random.default_rng(8)
    left = draw.integers(0, 12, 60).astype(float)
    right = np.where(draw.random(60) < 0.3, np.inf, left + draw.integers(1, 6, 60))
    fit = turnbull.turnbull(left, right)
    covers = (fit.left >= left[:, None]) & (fit.right <= right[:, None])
    assert covers.sum(axis=1).min() > 0
    best = np.log(covers @ fit.mass).sum()
    assert fit.log_likelihood == pytest.approx(best, rel=1e-12)
    for share in (0.001, 0.1):
        for other in draw.dirichlet(np.full(fit.mass.size, 0.3), 300):
            assert np.log(covers @ ((1 - share) * fit.mass + share * other)).sum() <= best + 1e-12


def test_subjects_and_counts_of_subjects_give_the_same_masses_and_model():
    left, right = cosmesis("RadChem")
    cells, count = np.unique(np.column_stack((left, right)), axis=0, return_counts=True)
    one_by_one, counted = turnbull.turnbull(left, right), turnbull.turnbull(*cells.T, count)
    assert one_by_one.mass == pytest.approx(counted.mass.tolist(), abs=1e-12)
    zero = np.zeros(left.size, dtype=int)
    plain = interval_censored.weibull(left, right, np.ones(left.size), zero, np.zeros((1, 0)))
    grouped = interval_censored.weibull(*cells.T, count, zero[: len(cells)], np.zeros((1, 0)))
    assert plain.coefficient == pytest.approx(grouped.coefficient.tolist(), rel=1e-10)
    assert plain.log_likelihood == pytest.approx(grouped.log_likelihood, rel=1e-12)


def test_the_derivatives_of_the_weibull_likelihood_are_those_of_its_differences():
    low = np.array([0.0, 3.0, 5.0, 4.0, 0.0, 7.0])
    high = np.array([2.0, 3.0, np.inf, 9.0, 6.0, 7.5])
    x = np.column_stack((np.ones(6), [0.0, 1, 1, 0, 1, 0]))
    cells = interval_censored._Cells(low, high, np.array([1.0, 2, 1, 3, 1, 1]), x)
    at, step = np.array([1.7, -0.3, 0.2]), 1e-5
    _, gradient, hessian = cells.derivatives(at)
    for i in range(3):
        move = np.eye(3)[i] * step
        up, down = cells.derivatives(at + move), cells.derivatives(at - move)
        assert (up[0] - down[0]) / (2 * step) == pytest.approx(gradient[i], rel=1e-7)
        assert ((up[1] - down[1]) / (2 * step)).tolist() == pytest.approx(hessian[i].tolist(), rel=1e-7)


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


# --- quantiles --------------------------------------------------------------------------------------


def test_r_and_sas_part_where_a_curve_stays_flat_to_its_end():
    curve = survival.kaplan_meier([1, 2, 3, 8], [1, 1, 0, 0], [0, 0, 1, 1])  # one half from 2 on
    assert survival.quantile(curve, 0.5, "r").value == 5
    assert survival.quantile(curve, 0.5, "sas").value is None
    flat = survival.kaplan_meier([1, 2, 4, 8], [1, 1, 1, 1], [0, 0, 0, 0])
    assert survival.quantile(flat, 0.5, "r").value == survival.quantile(flat, 0.5, "sas").value == 3


def test_r_and_sas_part_at_a_last_time_at_which_all_die():
    curve = survival.kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1], [0, 0, 0, 0])
    assert survival.quantile(curve, 0.75, "r").high is None  # the interval has no end where the curve is 0
    assert survival.quantile(curve, 0.75, "sas").high == 4  # the first time that the test rejects


def test_quantiles_are_asked_for_by_the_share_with_the_event():
    table, at = reconstructed("PREVAIL_1B"), context(*BOTH)
    found = analyse(table, at, method="kaplan_meier", quantiles=[0.25, 0.5, 0.75])
    pinned = next(
        case["expect"]["quantile"]
        for case in cases("kaplan_meier")
        if case["data"] == "PREVAIL_1B"
        and case["options"] == {"group": "arm", "of": "placebo", "interval": "log_log", "level": 0.95}
    )
    quarter = one(found, "quantile_time", groups=("placebo",), timepoint="25 %")
    assert quarter.estimate == pytest.approx(pinned["value"][0], rel=1e-9)
    assert quarter.interval.low == pytest.approx(pinned["low"][0], rel=1e-9)
    assert dict(quarter.method.options)["probability"] == 0.25
    late = one(found, "quantile_time", groups=("placebo",), timepoint="75 %")
    assert (late.estimate, codes(late)) == (None, ["N402"])
    assert len([f for f in found if f.measure == "median_time"]) == 2
    assert tuple(from_json(each.as_json()) for each in found) == found


# --- weights ----------------------------------------------------------------------------------------


def weighed(values: list[float | None]) -> Any:
    table = times([("a", 10, True), ("a", 20, True), ("a", 30, False), ("a", 40, True)])
    known = ibis.memtable({"subject": [f"{i:03d}" for i in range(4)], "iptw": values})
    return table.join(known, "subject")


def test_a_subject_of_weight_two_counts_twice_in_the_curve_and_once_in_the_numbers():
    at = 15 / DAYS_PER_MONTH
    found = analyse(
        weighed([2.0, 1.0, 1.0, 1.0]), context("a"), method="kaplan_meier", weights="iptw", at_months=[at]
    )
    assert one(found, "survival_probability").estimate == pytest.approx(3 / 5)
    assert one(found, "n_at_risk").estimate == 3
    assert one(found, "median_time").n == 4
    assert dict(found[0].method.options)["variance"] == "jackknife"


def test_a_weight_that_can_not_be_used_leaves_its_subject_out():
    found = analyse(weighed([2.0, None, -1.0, 1.0]), context("a"), method="kaplan_meier", weights="iptw")
    assert codes(one(found, "median_time")) == ["N412"]
    assert one(found, "median_time").problems[0].message.count("2 subjects are left out") == 1
    assert (one(found, "median_time").n, one(found, "median_time").events) == (2, 2)
    none = analyse(
        weighed([0.0, 0.0, 0.0, 0.0]), context("a"), method="kaplan_meier", weights="iptw", at_months=[1]
    )
    assert one(none, "median_time").estimate is None
    unknown = analyse(weighed([1.0] * 4), context("a"), method="kaplan_meier", weights="ipcw")
    assert codes(unknown[0]) == ["N463"]
    words = analyse(weighed([1.0] * 4), context("a"), method="kaplan_meier", weights="arm")
    assert codes(words[0]) == ["N463"]


def test_weights_go_with_the_product_limit_estimate_only():
    with pytest.raises(ValidationError, match="weights and variance"):
        ANALYSIS.validate_python({"method": "kaplan_meier", "weights": "iptw", "estimate": "nelson_aalen"})
    with pytest.raises(ValidationError, match="a band is of"):
        ANALYSIS.validate_python({"method": "kaplan_meier", "weights": "iptw", "band": "hall_wellner"})


def test_a_band_stands_beside_the_interval_of_each_time():
    found = analyse(
        reconstructed("PREVAIL_1B"),
        context("placebo"),
        method="kaplan_meier",
        at_months=[0.1, 12],
        band="hall_wellner",
    )
    wide, plain = (one(found, name, timepoint="12") for name in ("survival_band", "survival_probability"))
    assert wide.estimate == plain.estimate
    assert wide.interval.low < plain.interval.low < plain.interval.high < wide.interval.high
    early = one(found, "survival_band", timepoint="0.1")
    assert (early.estimate, early.interval) == (1.0, None)
    assert "the band covers" in early.note


# --- follow-up --------------------------------------------------------------------------------------


def test_follow_up_is_how_long_subjects_would_have_been_followed():
    table = times([("a", 100, True), ("a", 200, False), ("b", 300, True), ("b", 400, False)])
    found = analyse(table, context("a", "b"), method="follow_up", observed=True, quantiles=[0.25])
    overall = one(found, "median_follow_up", groups=("a", "b"))
    # one of the 3 still there at day 200 ends; then 1 of 1 at day 400
    assert overall.estimate == pytest.approx(400 / DAYS_PER_MONTH)
    assert overall.note == "2 of 4 still followed"
    quarter = one(found, "follow_up_quantile", groups=("a", "b"))
    assert quarter.estimate == pytest.approx(200 / DAYS_PER_MONTH)
    seen = {
        f.timepoint: f.estimate * DAYS_PER_MONTH
        for f in found
        if f.measure == "observed_follow_up" and len(f.groups) == 2
    }
    assert seen == pytest.approx(
        {
            "minimum, of those censored": 200,
            "median, of those censored": 300,
            "maximum, of those censored": 400,
            "minimum, of all": 100,
            "median, of all": 250,
            "maximum, of all": 400,
        }
    )


def test_follow_up_that_everybodys_death_cut_short_is_not_reached():
    table = times([("a", 100, True), ("a", 200, True)])
    found = analyse(table, context("a"), method="follow_up", observed=True)
    assert codes(one(found, "median_follow_up")) == ["N402"]
    assert {f.estimate for f in found if f.timepoint and "censored" in f.timepoint} == {None}


# --- restricted means and milestones ----------------------------------------------------------------


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


# --- landmark ---------------------------------------------------------------------------------------


def test_a_landmark_leaves_out_whose_time_had_ended_and_tells_it():
    rows_ = [("a", 60.875, True), ("a", 182.625, True), ("a", 200, True), ("b", 300, False), ("b", 400, True)]
    found = analyse(times(rows_), context("a", "b", compare=("a", "b")), method="cox_ph", landmark_months=6)[
        0
    ]
    assert found.n == 3  # the death on the landmark itself is not at risk after it
    assert found.subgroup == "at risk at 6 months"
    assert "N460" in codes(found)
    assert "2 of 'a'" in next(p.message for p in found.problems if p.code == "N460")
    assert dict(found.method.options)["landmark_months"] == 6


def test_groups_at_a_landmark_may_be_those_of_a_factor():
    rows_ = [
        ("a", 400, True),
        ("b", 500, True),
        ("a", 300, False),
        ("b", 350, True),
        ("b", 10, True),
        ("a", 380, True),
    ]
    table = times(rows_, response=["yes", "yes", "no", "no", "no", None])
    words: dict[str, Any] = {
        "landmark_months": 6,
        "landmark_by": "response",
        "landmark_levels": ["yes", "no"],
    }
    found = analyse(table, context("a", "b", compare=("a", "b")), method="log_rank", **words)[0]
    assert (found.groups, found.n) == (("yes", "no"), 4)
    assert codes(found) == ["N460", "N412"]
    medians = analyse(table, context("a", "b"), method="kaplan_meier", **words)
    assert [f.groups for f in medians] == [("yes",), ("no",)]
    missing = analyse(table, context("a", "b"), method="kaplan_meier", **{**words, "landmark_by": "psa"})
    assert codes(missing[0]) == ["E414"]


def test_rows_in_memory_start_at_a_landmark_as_an_engines_table_does():
    rows_in_memory = pytest.importorskip("trialist.findings.rows")
    told = [("a", 400.0, True), ("b", 500.0, True), ("a", 300.0, False), ("b", 10.0, True), ("a", -1.0, True)]
    response = ["yes", "no", "no", "yes", None]
    arm, time, event = zip(*told, strict=True)
    columns = {"arm": rows_in_memory.coded(arm), "response": rows_in_memory.coded(response)}
    numbers = {"time_days": np.array(time), "event": np.array(event, dtype=float)}
    memory = rows_in_memory.Rows({**columns, **numbers}, np.ones(5))
    at = context("a", "b", compare=("a", "b"))
    words: dict[str, Any] = {
        "landmark_months": 6,
        "landmark_by": "response",
        "landmark_levels": ["yes", "no"],
    }
    for method in ("kaplan_meier", "log_rank", "rmst"):
        for chosen in ({"landmark_months": 6}, words):
            here = analyse(memory, at, method=method, **chosen)
            assert here == analyse(times(told, response=response), at, method=method, **chosen)


def test_a_landmark_of_a_factor_names_its_levels():
    for words in (
        {"landmark_months": 6, "landmark_by": "response"},
        {"landmark_by": "response", "landmark_levels": ["yes", "no"]},
        {"landmark_months": 6, "landmark_by": "response", "landmark_levels": ["yes", "yes"]},
    ):
        with pytest.raises(ValidationError):
            ANALYSIS.validate_python({"method": "log_rank", **words})


def test_nobody_left_at_the_landmark_is_said():
    table = times([("a", 10, True), ("b", 20, True)])
    found = analyse(table, context("a", "b", compare=("a", "b")), method="rmst", landmark_months=6)
    assert {code for f in found for code in codes(f)} == {"N401", "N460"}


# --- interval censoring -----------------------------------------------------------------------------


def test_the_finding_says_between_which_ends_a_median_is_not_determined():
    table = interval_table(("rt", *cosmesis("Rad")), ("rtct", *cosmesis("RadChem")))
    found = analyse(table, context("rt", "rtct"), method="turnbull", at_months=[12.5, 39], quantiles=[0.25])
    median = one(found, "median_time", groups=("rt",))
    assert median.estimate == pytest.approx(39)
    assert median.note == "between 38 and 40 months"
    assert median.interval is None
    assert dict(median.method.options)["times"] == "lower_days and upper_days"
    inside = one(found, "survival_probability", groups=("rt",), timepoint="39")
    assert inside.note == "between 0.4656 and 0.5864"
    flat = one(found, "survival_probability", groups=("rt",), timepoint="12.5")
    assert flat.note is None
    assert flat.estimate == pytest.approx(1 - 0.0463 - 0.0334 - 0.0887 - 0.0708, abs=1e-4)


def test_a_weibull_model_reads_the_same_ends():
    table = interval_table(("rtct", *cosmesis("RadChem")), ("rt", *cosmesis("Rad")))
    at = context("rtct", "rt", compare=("rtct", "rt"))
    found = analyse(table, at, method="weibull")
    pinned = next(
        c["expect"] for c in cases("curves") if c["method"] == "weibull" and c["data"] == "cosmesis"
    )
    ratio = one(found, "hazard_ratio")
    assert math.log(ratio.estimate) == pytest.approx(pinned["hazard_ratio"]["log"], rel=1e-8)
    half = 1.959963984540054 * pinned["hazard_ratio"]["std_err"]
    assert math.log(ratio.interval.high) == pytest.approx(pinned["hazard_ratio"]["log"] + half, rel=1e-8)
    assert math.log(one(found, "acceleration_factor").estimate) == pytest.approx(
        pinned["coefficient"][1], rel=1e-8
    )
    assert math.log(one(found, "weibull_shape").estimate) == pytest.approx(-pinned["log_scale"], rel=1e-8)
    assert (ratio.n, ratio.events) == (94, 56)


def test_without_ends_times_are_taken_as_exact_and_the_finding_says_so():
    table, at = reconstructed("PREVAIL_1B"), context(*BOTH, compare=BOTH)
    found = one(analyse(table, at, method="weibull"), "hazard_ratio")
    assert dict(found.method.options)["times"] == "exact times"
    medians = analyse(table, at, method="turnbull")
    plain = analyse(table, at, method="kaplan_meier")
    for arm in BOTH:
        one_, other = (one(each, "median_time", groups=(arm,)) for each in (medians, plain))
        assert one_.estimate == pytest.approx(other.estimate)


def test_ends_in_the_wrong_order_are_left_out():
    left, right = np.array([3.0, 5.0, 2.0, -1.0]), np.array([6.0, 4.0, np.inf, 3.0])
    found = analyse(interval_table(("a", left, right)), context("a"), method="turnbull")
    assert (found[0].n, codes(found[0])) == (2, ["N412"])


def test_a_weibull_model_without_a_finite_estimate_is_said():
    at = context("a", "b", compare=("a", "b"))
    cases_ = {
        "N403": [("a", 10, False), ("b", 12, False)],
        "N465": [("a", 10, True), ("a", 20, True), ("b", 12, False), ("b", 14, False)],
        "N466": [("a", 0, True), ("b", 10, True), ("b", 20, True)],
        "N401": [("a", 10, True), ("a", 20, True)],
    }
    for code, rows_ in cases_.items():
        found = analyse(times(rows_), at, method="weibull")
        assert {f.estimate for f in found} == {None}, code
        assert {c for f in found for c in codes(f)} == {code}
    alike = analyse(times([("a", 10, True), ("a", 10, True), ("b", 20, True)]), at, method="weibull")
    assert codes(alike[0]) == ["N465"]
    assert codes(analyse(times([("a", 10, True)]), context("a"), method="weibull")[0]) == ["E413"]


# --- bad input --------------------------------------------------------------------------------------

EVERY = (
    {
        "method": "kaplan_meier",
        "at_months": [1, 12],
        "quantiles": [0.01, 0.99],
        "convention": "sas",
        "band": "equal_precision",
    },
    {"method": "kaplan_meier", "at_months": [1], "estimate": "fleming_harrington", "interval": "arcsine"},
    {"method": "kaplan_meier", "at_months": [1], "variance": "jackknife", "interval": "logit"},
    {"method": "kaplan_meier", "landmark_months": 1},
    {"method": "follow_up", "observed": True},
    {"method": "rmst"},
    {"method": "rmst", "tau_months": 0.5},
    {"method": "milestone", "at_months": [0.01, 1, 12], "test": "logit"},
    {"method": "turnbull", "at_months": [1, 12], "quantiles": [0.01, 0.99]},
    {"method": "weibull"},
)
BAD: dict[str, list[tuple[str, float | None, bool | None]]] = {
    "nobody": [],
    "one arm empty": [("a", 10, True), ("a", 40, False)],
    "all censored": [("a", 10, False), ("b", 40, False), ("b", 41, False)],
    "all dead at one time": [("a", 30, True), ("a", 30, True), ("b", 30, True), ("b", 30, True)],
    "one each": [("a", 10, True), ("b", 20, False)],
    "negative and infinite": [
        ("a", -5, True),
        ("a", math.inf, False),
        ("b", 20, True),
        ("b", 31, False),
        ("a", 3, True),
    ],
    "missing": [("a", None, True), ("a", 10, None), ("b", 20, True), ("b", None, None)],
    "at nought": [("a", 0, True), ("a", 0, False), ("b", 0, True), ("b", 12, True)],
}


@pytest.mark.parametrize("words", EVERY, ids=lambda words: "-".join(str(v) for v in words.values())[:40])
@pytest.mark.parametrize("name", BAD)
def test_bad_input_ends_in_a_problem_or_a_number(name, words):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = analyse(times(BAD[name]), context("a", "b", compare=("a", "b")), **words)
    assert found
    for finding in found:
        numbers = [finding.estimate]
        if finding.interval is not None:
            numbers += [finding.interval.low, finding.interval.high]
        if finding.p_value is not None:
            numbers.append(finding.p_value.value)
        assert all(number is None or math.isfinite(number) for number in numbers), finding
        assert finding.estimate is not None or finding.problems, finding


def test_negative_and_infinite_times_are_left_out_and_counted():
    found = analyse(times(BAD["negative and infinite"]), context("a", "b"), method="kaplan_meier")
    assert [f.n for f in found] == [1, 2]
    assert "2 subjects are left out" in found[0].problems[-1].message


def test_near_ties_are_found_across_arms():
    table = times([("a", 100.0, True), ("b", 100.0 + 1e-9, True), ("a", 130, False), ("b", 140, True)])
    exact = times([("a", 100.0, True), ("b", 100.0, True), ("a", 130, False), ("b", 140, True)])
    at = context("a", "b", compare=("a", "b"))
    for method in ("log_rank", "cox_ph"):
        assert analyse(table, at, method=method) == analyse(exact, at, method=method)


def test_survival_falls_and_interval_ends_are_in_order_on_every_scale():
    for interval in survival.INTERVAL_TYPES:
        curve = leukaemia(interval)
        assert all(b <= a for a, b in pairwise(curve.survival.tolist()))
        known = np.isfinite(curve.low)
        assert (curve.low[known] <= curve.survival[known]).all()
        assert (curve.survival[known] <= curve.high[known]).all()
