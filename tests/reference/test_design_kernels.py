"""Kernels of designs beside slow definitions, identities and published examples.

Where rpact has no such function (hazards that are not proportional, MaxCombo, promising zone, blinded sizes)
the number is computed here a second time from its definition.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from trialist.kernels import (
    combination,
    power_times,
    power_weighted,
    reestimation,
    sequential,
    sequential_bounds,
    sequential_inference,
    sequential_power,
)
from trialist.kernels.power_times import Accrual, Arm, Pieces, Plan, constant, times

CONTROL = constant(math.log(2) / 12)


def two_arms(ratio: Pieces, *, dropout: tuple[float, float] = (0.005, 0.003), share: float = 0.5) -> Plan:
    arms = (Arm(times(CONTROL, ratio), dropout[0], share), Arm(CONTROL, dropout[1], 1 - share))
    return Plan(arms, Accrual(Pieces((0.0, 6.0), (1.0, 2.0)), 18.0))


DELAYED = two_arms(Pieces((0.0, 4.0), (1.0, 0.6)))


# --- hazards that are not proportional --------------------------------------------------------------


def simulated(plan: Plan, study: float, subjects: int, trials: int) -> np.ndarray:
    """Log-rank z of simulated trials, positive where the experimental arm does better; blocks of two."""
    rng = np.random.default_rng(20)
    n = subjects // 2
    found = []
    for _ in range(trials):
        entry = np.where(rng.random(2 * n) < 1 / 5, 6 * rng.random(2 * n), 6 + 12 * rng.random(2 * n))
        arm = np.repeat([True, False], n)
        spent = rng.exponential(size=2 * n)
        early = spent < CONTROL.values[0] * 4
        late = np.where(arm, 0.6, 1.0) * CONTROL.values[0]
        event = np.where(early, spent / CONTROL.values[0], 4 + (spent - CONTROL.values[0] * 4) / late)
        leave = rng.exponential(size=2 * n) / np.where(arm, 0.005, 0.003)
        stop = np.minimum(leave, study - entry)
        seen, order = event <= stop, np.argsort(np.minimum(event, stop))
        treated = arm[order]
        share = treated[::-1].cumsum()[::-1] / np.arange(2 * n, 0, -1)
        d = seen[order]
        found.append(-(d * (treated - share)).sum() / math.sqrt((d * share * (1 - share)).sum()))
    return np.array(found)


def test_the_power_under_a_delayed_effect_is_that_of_simulated_trials() -> None:
    """2000 trials: the mean of Z to 0.05, its variance to 0.07 (2.2 standard errors), the power to 0.02."""
    score = power_weighted.score(DELAYED, 36.0)
    z = simulated(DELAYED, 36.0, 400, 2000)
    assert abs(z.mean() - score.drift(400)) < 0.06
    assert abs(z.var() - float(score.truth[0, 0] / score.null[0, 0])) < 0.08
    assert abs((z > 1.96).mean() - power_weighted.power(score, 400, 1.96)) < 0.02


def test_the_noncentrality_is_lakatos_sum_over_short_steps() -> None:
    """Lakatos 1988: deaths d, hazard ratio theta and ratio at risk phi of each of many short steps."""
    plan, study, steps = DELAYED, 36.0, 18_000
    at = (np.arange(steps) + 0.5) * study / steps
    entered = np.array([plan.accrual.by(study - t) for t in at]) / plan.accrual.subjects
    spent = [np.where(at < 4, at, 4 + (at - 4) * factor) * CONTROL.values[0] for factor in (0.6, 1.0)]
    fine = [
        arm.share * np.exp(-gone - arm.dropout * at) * entered
        for arm, gone in zip(plan.arms, spent, strict=True)
    ]
    theta, phi = np.where(at < 4, 1.0, 0.6), fine[0] / fine[1]
    deaths = (fine[0] * theta + fine[1]) * CONTROL.values[0] * study / steps
    top = (deaths * (phi / (1 + phi) - phi * theta / (1 + phi * theta))).sum()
    expected = top / math.sqrt((deaths * phi / (1 + phi) ** 2).sum())
    assert power_weighted.score(plan, study).drift(1.0) == pytest.approx(expected, rel=1e-5)


def test_a_small_proportional_effect_needs_what_schoenfeld_says() -> None:
    plan = two_arms(constant(0.97), dropout=(0.004, 0.004), share=2 / 3)
    score = power_weighted.score(plan, 40.0)
    drift = norm.isf(0.025) + norm.ppf(0.8)
    events = power_times.events_needed(0.97, drift, 2 / 3)
    for exact in (True, False):
        subjects = power_weighted.subjects_for(score, 0.8, norm.isf(0.025), exact=exact)
        assert subjects is not None
        assert subjects * score.events == pytest.approx(events, rel=0.01)
    assert score.ratio == pytest.approx(0.97, rel=1e-12)
    assert score.events == pytest.approx(power_times.share_at(plan, 40.0), rel=1e-12)


def test_without_effect_the_variance_is_that_of_the_null() -> None:
    weights = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
    score = power_weighted.score(two_arms(constant(1.0), dropout=(0.01, 0.01)), 30.0, weights)
    assert np.abs(score.mean).max() < 1e-15
    np.testing.assert_allclose(score.truth, score.null, rtol=1e-9)
    assert power_weighted.subjects_for(score, 0.8, 1.96) is None


def test_the_largest_of_several_statistics_is_beyond_a_value_as_a_normal_vector_is() -> None:
    score = power_weighted.score(DELAYED, 36.0, ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0)))
    found = power_weighted.max_combo(score, 400, 0.025)
    assert found is not None
    power, z = found
    scale = np.sqrt(np.diag(score.null))
    options = {"abseps": 1e-6, "maxpts": 500_000, "seed": 1}
    null = multivariate_normal(cov=score.null / np.outer(scale, scale), **options)
    assert 1 - null.cdf(np.full(3, z)) == pytest.approx(0.025, abs=2e-5)
    truth = multivariate_normal(
        cov=score.truth / np.outer(scale, scale), abseps=1e-7, maxpts=3_000_000, seed=1
    )
    shift = math.sqrt(400) * score.mean / scale
    assert power == pytest.approx(1 - truth.cdf(z - shift), abs=2e-4)


def test_statistics_that_are_sums_of_others_are_no_trouble() -> None:
    """The weights 1, S and 1 - S: the first statistic is the sum of the others."""
    score = power_weighted.score(DELAYED, 36.0, ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)))
    found = power_weighted.max_combo(score, 400, 0.025)
    assert found is not None
    power, z = found
    assert norm.isf(0.025) < z < norm.isf(0.025 / 4)
    assert 0.85 < power < 0.95


# --- events and time --------------------------------------------------------------------------------


def test_events_that_never_come_are_told() -> None:
    arm = Arm(Pieces((0.0, 6.0), (0.1, 0.0)), 0.02, 0.5)
    plan = Plan((arm, arm), Accrual(constant(1.0), 12.0))
    ever = power_times.eventually(arm)
    assert ever == pytest.approx(0.1 / 0.12 * (1 - math.exp(-0.12 * 6)))
    assert power_times.time_of(plan, 100, 100 * ever) is None
    assert power_times.follow_up_for(plan, 100 * ever + 1, 100).status == "never"
    assert power_times.follow_up_for(plan, 100, 100).status == "too_few_subjects"
    assert power_times.follow_up_for(plan, 1, 1000).status == "already"


def test_a_hazard_says_its_median_and_its_survival() -> None:
    hazard = Pieces((0.0, 5.0), (0.05, 0.1))
    median = power_times.median(hazard)
    assert median is not None
    assert power_times.survival(hazard, median) == pytest.approx(0.5)
    assert power_times.survival(constant(power_times.hazard_of_survival(0.4, 12)), 12) == pytest.approx(0.4)
    assert power_times.median(constant(power_times.hazard_of_median(8))) == pytest.approx(8)
    assert power_times.median(Pieces((0.0, 2.0), (0.1, 0.0))) is None


# --- looks ------------------------------------------------------------------------------------------


def test_two_looks_are_two_correlated_normals() -> None:
    t, up, low, drift = [0.4, 1.0], [2.2, 1.98], [0.3, 1.98], 2.7
    found = sequential.exits(t, up, low, drift)
    mean, cov = [drift * math.sqrt(0.4), drift], [[1, math.sqrt(0.4)], [math.sqrt(0.4), 1]]
    both = multivariate_normal(mean, cov, abseps=1e-10)
    going = both.cdf([2.2, np.inf], lower_limit=[0.3, 1.98])
    assert found.above[0] == pytest.approx(norm.sf(2.2 - mean[0]), rel=1e-13)
    assert found.below[0] == pytest.approx(norm.cdf(0.3 - mean[0]), rel=1e-13)
    assert found.above[1] == pytest.approx(going, rel=1e-8)
    assert found.above.sum() + found.below.sum() == pytest.approx(1, rel=1e-13)


@pytest.mark.parametrize(("alpha", "looks", "c"), [(0.05, 2, 2.178), (0.05, 5, 2.413), (0.01, 3, 2.873)])
def test_pococks_constants_are_those_of_the_textbook(alpha: float, looks: int, c: float) -> None:
    """Two-sided, equally spaced: solved a second time from the normal vector's own distribution."""
    t = np.arange(1, looks + 1) / looks
    bounds = sequential_bounds.shaped(t, alpha, "pocock", sides=2)
    cov = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
    inside = multivariate_normal(np.zeros(looks), cov, abseps=1e-5, maxpts=500_000, seed=1)
    up = bounds.upper
    assert 1 - inside.cdf(up, lower_limit=-up) == pytest.approx(alpha, abs=5e-5)
    assert round(float(up[0]), 3) == c


def test_over_running_spends_the_rest_and_no_more() -> None:
    """Looks at 40 % and 75 % of the events, then 108 %: spent as the function says, at the end alpha."""
    bounds = sequential_bounds.spending([0.4, 0.75, 1.08], 0.025, "obrien_fleming")
    spent = np.cumsum(sequential.exits(bounds.information, bounds.upper, np.full(3, -np.inf)).above)
    np.testing.assert_allclose(
        spent, sequential_bounds.spent("obrien_fleming", [0.4, 0.75, 1.08], 0.025), rtol=1e-9
    )
    assert spent[-1] == pytest.approx(0.025, rel=1e-9)


@pytest.mark.parametrize(
    ("bounds", "status"),
    [
        (sequential_bounds.shaped([], 0.025, "pocock"), "no_looks"),
        (sequential_bounds.shaped([0.5, 0.5, 1], 0.025, "pocock"), "not_rising"),
        (sequential_bounds.shaped([math.nan, 1], 0.025, "pocock"), "not_rising"),
        (sequential_bounds.shaped([0.5, 0.50001, 1], 0.025, "pocock"), "too_close"),
        (sequential_bounds.shaped([0.5, 1], 0.6, "pocock"), "bad_level"),
        (sequential_bounds.shaped([0.5, 1], 0.025, "wang_tsiatis"), "bad_parameter"),
        (sequential_bounds.shaped([0.5, 1], 0.025, "haybittle_peto", parameter=1.5), "no_boundary"),
        (sequential_bounds.spending([0.5, 1], 0.025, "kim_demets"), "bad_spending"),
        (sequential_bounds.spending([0.5, 1], 0.025, "user", user=[0.02, 0.01]), "bad_spending"),
        (sequential_bounds.beta_spending([0.5, 1], 0.025, 0.99, "pocock", "pocock"), "bad_level"),
    ],
)
def test_what_can_have_no_boundary_says_why(bounds: sequential_bounds.Boundaries, status: str) -> None:
    assert bounds.status == status
    assert sequential_power.characteristics(bounds, 0.8) is None


def test_a_means_drift_that_changes_on_the_way_is_followed() -> None:
    """No effect until the first look, then all of it: the first look has its level."""
    t, up, low = [0.5, 1.0], [2.5, 2.0], [-np.inf, -np.inf]
    found = sequential.exits(t, up, low, np.array([0.0, 2.8]))
    assert found.above[0] == pytest.approx(norm.sf(2.5), rel=1e-12)
    both = multivariate_normal([0.0, 2.8], [[1, math.sqrt(0.5)], [math.sqrt(0.5), 1]])
    assert found.above[1] == pytest.approx(both.cdf([2.5, np.inf], lower_limit=[-np.inf, 2.0]), rel=1e-7)


def test_the_predictive_power_is_the_conditional_power_averaged_over_what_is_believed() -> None:
    bounds = sequential_bounds.spending([0.5, 1], 0.025, "obrien_fleming")
    z, t = 1.4, 0.5
    drifts = np.linspace(-10, 16, 20_001)
    believed = norm.pdf(drifts, z / math.sqrt(t), 1 / math.sqrt(t))
    powers = norm.sf((bounds.upper[1] - z * math.sqrt(t) - drifts * 0.5) / math.sqrt(0.5))
    expected = float((believed * powers).sum() * (drifts[1] - drifts[0]))
    assert sequential_power.predictive_power(bounds, 1, z) == pytest.approx(expected, rel=1e-9)
    three = sequential_bounds.spending([0.5, 0.9, 1], 0.025, "user", user=[0.0015, 0.0015, 0.025])
    by_nodes = sequential_power.predictive_power(three, 1, z, prior_mean=1.0, prior_variance=4.0)
    two = sequential_bounds.spending([0.5, 1], 0.025, "user", user=[0.0015, 0.025])
    assert by_nodes == pytest.approx(
        sequential_power.predictive_power(two, 1, z, prior_mean=1.0, prior_variance=4.0), abs=1e-8
    )
    sure = sequential_power.predictive_power(two, 1, z, prior_mean=2.8, prior_variance=0.0)
    assert sure == sequential_power.conditional_power(two, 1, z, 2.8)


def test_futility_by_conditional_power_has_that_conditional_power() -> None:
    bounds = sequential_bounds.shaped([0.3, 0.6, 1], 0.025, "obrien_fleming")
    for look, z in enumerate(sequential_power.futility_at(bounds, [0.1, 0.2]), 1):
        observed = float(z) / math.sqrt(bounds.information[look - 1])
        found = sequential_power.conditional_power(bounds, look, float(z), observed)
        assert found == pytest.approx((0.1, 0.2)[look - 1], rel=1e-9)
    assert sequential_power.conditional_power(bounds, 3, 2.0, 0.0) is None


def test_the_interval_at_the_stop_excludes_no_effect_exactly_where_the_trial_rejects() -> None:
    bounds = sequential_bounds.spending([0.5, 1], 0.025, "obrien_fleming")
    for look, z in ((1, float(bounds.upper[0])), (2, float(bounds.upper[1]))):
        found = sequential_inference.at_stop(bounds, look, z)
        assert found.p_value <= 0.025 + 1e-9
        low, drift, high = found.low, found.drift, found.high
        assert low is not None
        assert drift is not None
        assert high is not None
        assert low < drift < high
    assert found.p_value == pytest.approx(0.025, rel=1e-9)
    assert low == pytest.approx(0.0, abs=1e-8)


# --- combination tests and sizes computed again -----------------------------------------------------


def test_fishers_test_keeps_its_level_when_stages_are_drawn() -> None:
    found = combination.fisher_bounds([0.3, 1.0], 0.025, stop_above=[0.5])
    u = (np.arange(2000) + 0.5) / 2000
    p1, p2 = np.meshgrid(u, u)
    w = found.weights
    early, late = p1 <= found.critical[0], p1 ** w[0] * p2 ** w[1] <= found.critical[1]
    assert np.mean(early | ((p1 <= 0.5) & late)) == pytest.approx(0.025, abs=1e-4)


@pytest.mark.parametrize(
    ("information", "options", "status"),
    [
        ([0.5, 0.5], {}, "not_rising"),
        ([0.5, 1.0], {"stop_above": [0.01]}, "bad_level"),
        ([0.5, 1.0], {"method": "user", "user": [0.02, 0.01]}, "bad_spending"),
    ],
)
def test_a_combination_that_can_not_be_says_why(information: list[float], options: dict, status: str) -> None:
    assert combination.fisher_bounds(information, 0.025, **options).status == status


def test_more_subjects_where_the_usual_test_keeps_its_level_keep_it() -> None:
    """Type I error of the usual final test over the zone, by integration over the interim z."""
    seen, planned, most, z_alpha = 0.5, 1.0, 2.0, norm.isf(0.025)
    least = reestimation.least_promising(seen, planned, most, z_alpha, 0.8)
    assert least is not None
    z = np.linspace(-8, 8, 4_001)
    error = 0.0
    for value, weight in zip(z, norm.pdf(z) * (z[1] - z[0]), strict=True):
        if weight < 1e-14:
            continue
        there = reestimation.promising_zone(value, seen, planned, most, z_alpha, least=least, power=0.8)
        assert there is not None
        total = there.total
        further = total - seen
        error += weight * norm.sf((z_alpha * math.sqrt(total) - value * math.sqrt(seen)) / math.sqrt(further))
    assert 0.020 < error <= 0.025 + 1e-6
    assert round(least, 2) == 0.36


def test_the_weighted_test_reaches_the_conditional_power_that_was_asked_for() -> None:
    found = reestimation.promising_zone(1.4, 221, 442, 884, norm.isf(0.025), least=0.36, power=0.8)
    assert found is not None
    assert found.zone == "promising"
    assert 442 < found.total < 884
    assert found.reached == pytest.approx(0.8, rel=1e-12)
    assert found.conventional
    far = reestimation.promising_zone(0.2, 221, 442, 884, norm.isf(0.025), least=0.36, power=0.8)
    assert far is not None
    assert (far.zone, far.total) == ("unfavourable", 442)
    near = reestimation.promising_zone(2.6, 221, 442, 884, norm.isf(0.025), least=0.36, power=0.8)
    assert near is not None
    assert (near.zone, near.total) == ("favourable", 442)


def test_a_look_at_or_after_the_planned_end_promises_nothing() -> None:
    assert reestimation.promising_zone(1.4, 442, 442, 884, 1.96, least=0.36, power=0.8) is None
    assert reestimation.least_promising(0.5, 1.0, 1.0, 1.96, 0.8) is None


def test_the_variance_of_all_values_together_holds_the_difference_as_well() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(size=(4000, 60)) + np.repeat([0.0, 0.8], 30)
    pooled = float(values.var(axis=1, ddof=1).mean())
    found = reestimation.values_again(pooled, 60, 0.8, 0.8, 0.05)
    assert found.nuisance == pytest.approx(1.0, abs=0.01)
    assert reestimation.values_again(1.0, 60, 0.5, 0.8, 0.05).subjects == pytest.approx(128, abs=12)
    assert reestimation.values_again(0.01, 60, 0.8, 0.8, 0.05).status == "variance_too_small"
    assert reestimation.values_again(1.0, 60, 0.0, 0.8, 0.05).status == "no_effect"


def test_a_pooled_rate_leaves_the_difference_as_assumed() -> None:
    found = reestimation.proportions_again(0.3, 0.2, 0.8, 0.05)
    assert (round(found.nuisance or 0, 12), found.subjects) == (0.2, 164)
    assert reestimation.proportions_again(0.05, 0.2, 0.8, 0.05).status == "impossible"


def test_a_pooled_hazard_tells_when_the_events_come() -> None:
    plan = two_arms(constant(0.7), dropout=(0.0, 0.0))
    hazard, duration = reestimation.events_again(plan, 50, 1000.0, 0.7, 247, 410)
    assert hazard == pytest.approx(0.05 / 0.85)
    assert duration.status == "ok"
    assert reestimation.events_again(plan, 0, 10.0, 0.7, 247, 410)[1].status == "never"
