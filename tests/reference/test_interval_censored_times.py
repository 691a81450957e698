"""Times known between two ends: the Turnbull estimate and the Weibull model."""

from __future__ import annotations

import math
from typing import Any

import ibis
import numpy as np
import pytest
from analysed import analyse, codes, context, one, reconstructed, times
from reference_cases import cases, data_rows
from test_curves import BOTH

from trialist.kernels import interval_censored, survival, turnbull
from trialist.units import DAYS_PER_MONTH


def cosmesis(treatment: str) -> tuple[np.ndarray, np.ndarray]:
    mine = [row for row in data_rows("cosmesis") if row["treatment"] == treatment]
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
