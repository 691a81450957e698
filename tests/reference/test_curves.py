"""Curves of times to event: published numbers, slow definitions, what their methods tell, and bad input."""

from __future__ import annotations

import math
import warnings
from itertools import pairwise
from typing import Any

import ibis
import numpy as np
import pytest
from analysed import ANALYSIS, analyse, codes, context, one, reconstructed, times
from pydantic import ValidationError
from reference_cases import cases

from trialist.findings.model import from_json
from trialist.kernels import bands, survival
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
