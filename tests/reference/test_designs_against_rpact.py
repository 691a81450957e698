"""Boundaries, inference after looks and combination tests agree with rpact.

rpact finds boundaries and durations by searches that stop at 1e-8 and integrates on a coarser grid: 1e-6 is
asked of boundaries, probabilities and durations; the levels of boundaries beyond 4.5, where rpact's own one-
and two-sided answers differ in the fourth digit, are compared to 1e-8.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from cases_design import drift, plan
from reference_cases import cases, label
from scipy.special import ndtr, ndtri

from trialist.kernels import combination, power_times, sequential_bounds, sequential_inference
from trialist.kernels import sequential_power as kernel
from trialist.kernels.power import two_proportions_power
from trialist.kernels.sequential_bounds import Boundaries

CASES = cases("sequential")
SIZES = [case for case in cases("design") if case["method"] == "survival_size"]
FAR = 4.5


def of_method(method: str) -> Any:
    found = [case for case in CASES if case["method"] == method]
    return pytest.mark.parametrize("case", found, ids=[f"{i:03d} {label(c)}" for i, c in enumerate(found)])


def bounds_of(o: dict[str, Any], alpha: float | None = None) -> Boundaries:
    """The boundaries of a case, at its level or another."""
    level = o["alpha"] if alpha is None else alpha
    if "futility_spending" in o:
        return sequential_bounds.beta_spending(
            o["looks"], level, 1 - o["power"], o["spending"], o["futility_spending"],
            parameter=o.get("parameter"), futility_parameter=o.get("futility_parameter"),
            binding=o["binding"],
        )  # fmt: skip
    options = {
        "sides": o["sides"],
        "parameter": o.get("parameter"),
        "futility": o.get("futility"),
        "binding": o.get("binding", False),
    }
    if "alpha_spent" in o:
        return sequential_bounds.spending(o["looks"], level, "user", user=o["alpha_spent"], **options)
    if "spending" in o:
        return sequential_bounds.spending(o["looks"], level, o["spending"], **options)
    return sequential_bounds.shaped(o["looks"], level, o["boundary"], **options)


def near(ours: Any, theirs: Any, tolerance: float = 1e-6) -> None:
    ours, theirs = (
        np.atleast_1d(np.asarray(ours, dtype=float)),
        np.atleast_1d(np.asarray(theirs, dtype=float)),
    )
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


@of_method("boundaries")
def test_boundaries_and_what_they_cost_are_those_of_rpact(case: dict[str, Any]) -> None:
    o, expect = case["options"], case["expect"]
    bounds = bounds_of(o)
    assert bounds.status == "ok"
    theirs = np.array([math.inf if z is None else z for z in expect["upper"]], dtype=float)
    close = theirs < FAR
    near(bounds.upper[close], theirs[close])
    near(ndtr(-bounds.upper[~close]), ndtr(-theirs[~close]), 1e-8)
    if "lower" in expect:
        near(bounds.lower[:-1], expect["lower"])
    cost = kernel.characteristics(bounds, o["power"])
    assert cost is not None
    near(cost.drift**2, expect["shift"], 2e-6)
    near(cost.inflation, expect["inflation"])
    near(np.cumsum(cost.reject), expect["power"])
    if o["sides"] == 1:
        near(cost.futility, expect["futility_probabilities"])
    near(cost.average_alternative, expect["average_alternative"])
    near(cost.average_halfway, expect["average_halfway"])
    near(cost.average_null, expect["average_null"])


@of_method("event_share")
def test_expected_events_over_time_are_those_of_rpact(case: dict[str, Any]) -> None:
    """rpact integrates over accrual numerically, across the kinks of the hazards: 1e-6 is what it has."""
    o, expect = case["options"], case["expect"]
    of = plan(o)
    for arm, key in zip(of.arms, ("experimental", "control"), strict=True):
        ours = [power_times.event_share(arm, of.accrual, time) for time in o["times"]]
        np.testing.assert_allclose(ours, expect[key], rtol=2e-6)
    both = [power_times.share_at(of, time) for time in o["times"]]
    np.testing.assert_allclose(both, expect["both"], rtol=2e-6)


@pytest.mark.parametrize("case", SIZES, ids=[label(case) for case in SIZES])
def test_subjects_for_a_follow_up_are_those_of_rpact(case: dict[str, Any]) -> None:
    o = case["options"]
    found = power_times.subjects_for(plan(o), case["expect"]["events"], o["follow_up"])
    assert found.subjects == pytest.approx(case["expect"]["subjects"], rel=2e-7)


def test_expected_events_are_the_integral_over_entry_and_time() -> None:
    """The closed form beside a sum over a fine grid of entry times and follow-up (midpoints, 1e-6)."""
    case = next(c for c in CASES if c["method"] == "event_share" and c["options"]["hazard_ratio"] == 0.55)
    of = plan(case["options"] | {"dropout": [0.2, 0.1]})
    arm, time, steps = of.arms[0], 15.0, 6000
    since = (np.arange(steps) + 0.5) * time / steps
    hazard = np.array([arm.hazard.at(s) for s in since])
    at_risk = np.array([power_times.survival(arm.hazard, s) for s in since]) * np.exp(-arm.dropout * since)
    entered = np.array([of.accrual.by(time - s) for s in since]) / of.accrual.subjects
    slow = float((hazard * at_risk * entered).sum() * time / steps)
    assert power_times.event_share(arm, of.accrual, time) == pytest.approx(slow, rel=1e-6)


@of_method("follow_up")
def test_the_study_lasts_as_long_as_rpact_says(case: dict[str, Any]) -> None:
    o = case["options"]
    events = power_times.events_needed(o["hazard_ratio"], drift(o["alpha"], o["power"]), 0.5)
    found = power_times.follow_up_for(plan(o), events or 0.0, o["subjects"])
    assert found.status == "ok"
    near(found.study, case["expect"]["study"])


@of_method("accrual")
def test_accrual_lasts_as_long_as_rpact_says(case: dict[str, Any]) -> None:
    o = case["options"]
    leaving = -math.log(0.95) / 12
    control = power_times.constant(0.04)
    treated = power_times.constant(0.7 * 0.04)
    arms = (power_times.Arm(treated, leaving, 0.5), power_times.Arm(control, leaving, 0.5))
    accrual = power_times.Accrual(power_times.Pieces((0.0, 6.0), tuple(map(float, o["rates"]))), 7.0)
    events = power_times.events_needed(0.7, drift(0.025, 0.8), 0.5) or 0.0
    found = power_times.accrual_for(power_times.Plan(arms, accrual), events, o["follow_up"])
    assert found.accrual is not None
    at = power_times.share_at(
        power_times.Plan(arms, power_times.Accrual(accrual.rates, found.accrual)), found.study or 0.0
    )
    assert (found.subjects or 0.0) * at == pytest.approx(events, rel=1e-10)
    near(found.accrual, case["expect"]["accrual"], 1e-5)  # rpact stops the search at 1e-6 of the follow-up
    near(found.subjects, case["expect"]["subjects"], 1e-5)


@of_method("survival_looks")
def test_a_survival_design_with_looks_is_that_of_rpact(case: dict[str, Any]) -> None:
    o, expect = case["options"], case["expect"]
    bounds, share = bounds_of(o), o["allocation"] / (1 + o["allocation"])
    cost = kernel.characteristics(bounds, 0.8)
    assert cost is not None
    events = power_times.events_needed(0.7, cost.drift, share)
    near(events, expect["events"], 2e-6)
    assert events is not None
    near(events * bounds.information, expect["at_looks"], 2e-6)
    simple = {"course": {"starts": 0, "hazards": math.log(2) / 12}, "allocation": o["allocation"]}
    entry = {"accrual": {"starts": 0, "rates": 1, "end": 18}}
    of = plan({**simple, **entry, "hazard_ratio": 0.7, "dropout": [0.05, 0.05]})
    subjects = power_times.subjects_for(of, events, 12).subjects
    near(subjects, expect["subjects"], 2e-6)
    times = [power_times.time_of(of, subjects or 0.0, events * t) for t in bounds.information]
    near(times, expect["times"], 2e-6)
    fixed = events / cost.inflation
    near(fixed * cost.average_alternative, expect["expected_alternative"], 2e-6)
    near(fixed * cost.average_null, expect["expected_null"], 2e-6)
    hazard_ratios = np.exp(-bounds.upper / np.sqrt(events * bounds.information * share * (1 - share)))
    if o["sides"] == 1:
        near(1 / hazard_ratios if expect["bounds"][0] > 1 else hazard_ratios, expect["bounds"], 2e-6)
    there = power_times.drift_of(0.75, 300, share)
    if o["sides"] == 1:
        found = kernel.outcome(bounds, there)
        near(found.above, expect["reject"])
        near(found.reject, expect["power"])
    of = plan({**simple, **entry, "hazard_ratio": 0.75, "dropout": [0, 0]})
    near([power_times.time_of(of, 600, 300 * t) for t in bounds.information], expect["times_of_power"])


@of_method("means_looks")
def test_a_comparison_of_means_with_looks_has_the_power_of_rpact(case: dict[str, Any]) -> None:
    o, expect = case["options"], case["expect"]
    found = kernel.outcome(bounds_of(o), o["alternative"] / 1.3 * math.sqrt(200 / 4))
    near(found.above, expect["reject"])
    near(found.reject, expect["power"])


@of_method("rates_looks")
def test_a_comparison_of_rates_with_looks_has_the_power_of_rpact(case: dict[str, Any]) -> None:
    """The drift is z_alpha and the z of the power that the test with one look has, pooled variance."""
    o, expect = case["options"], case["expect"]
    first = 150 * o["allocation"] / (1 + o["allocation"])
    one_look = two_proportions_power(150 - first, first, 0.2, 0.4, 0.025, 1)
    found = kernel.outcome(bounds_of(o), float(ndtri(one_look) - ndtri(0.025)))
    near(found.above, expect["reject"])
    near(found.reject, expect["power"])


@of_method("after_looks")
def test_inference_after_looks_is_that_of_rpact(case: dict[str, Any]) -> None:
    o, expect = case["options"], case["expect"]
    bounds, z, events = bounds_of(o), o["z"], o["events"]
    root = math.sqrt(events / 4)  # drift = log hazard ratio times this
    for look in (1, 2):
        chance = kernel.conditional_power(bounds, look, z[look - 1], 0.0)
        near(chance, expect["rejection_chance"][look - 1])
        low, high = sequential_inference.repeated_interval(bounds, look, z[look - 1])
        near([math.exp(low / root), math.exp(high / root)],
             [expect["low"][look - 1], expect["high"][look - 1]], 2e-6)  # fmt: skip
    if z[1] < 2.3:  # rpact searches repeated p values to 1e-6; beyond the boundary it gives them too
        repeated = sequential_inference.repeated_p(lambda alpha: bounds_of(o, alpha), 2, z[1])
        near(repeated, expect["repeated"][1], 5e-6)
    near(
        kernel.conditional_power(bounds, 2, z[1], math.log(o["hazard_ratio"]) * root),
        expect["conditional_power"],
    )
    if expect["p"] is not None:
        found = sequential_inference.at_stop(bounds, 2, z[1])
        near(found.p_value, expect["p"])
        ours = [found.low, found.high, found.drift]
        theirs = [expect["final_low"], expect["final_high"], expect["median_unbiased"]]
        near([math.exp((value or 0.0) / root) for value in ours], theirs, 5e-6)


@of_method("fisher")
def test_critical_values_of_fishers_combination_are_those_of_rpact(case: dict[str, Any]) -> None:
    o, expect = case["options"], case["expect"]
    found = combination.fisher_bounds(o["looks"], 0.025, o["method"], stop_above=o.get("stop_above"))
    assert found.status == "ok"
    for ours, theirs in ((found.critical, "critical"), (found.level, "level"), (found.spent, "spent")):
        np.testing.assert_allclose(ours, expect[theirs], rtol=1e-6)


@of_method("inverse_normal")
def test_stage_p_values_combine_as_in_rpact(case: dict[str, Any]) -> None:
    o = case["options"]
    near(combination.inverse_normal(o["p"], o["looks"]), case["expect"]["combined"], 1e-9)


def test_increments_put_together_by_planned_weights_are_the_cumulative_statistic() -> None:
    looks, z = [0.3, 0.7, 1.0], [0.4, 1.9, 2.2]
    p = 1 - ndtr(combination.increments(z, looks))
    near(combination.inverse_normal(p, looks), z, 1e-12)
    assert ndtri(0.5) == 0
