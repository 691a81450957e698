"""What must hold of curves of every data set: the order of subjects and the unit of time change nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialist.kernels import interval_censored, rmst, survival, turnbull

SUBJECT = st.tuples(st.integers(0, 12), st.integers(0, 5), st.booleans(), st.integers(0, 1))
TRIAL = st.lists(SUBJECT, min_size=4, max_size=40)
CALM = settings(max_examples=60, deadline=None, derandomize=True)


def ends(trial):
    """(lower, upper, arm): exact where both are equal and above 0, else (lower, upper], or open."""
    low = np.array([float(a) for a, _, _, _ in trial])
    width = np.array([float(b) if a or b else 1.0 for a, b, _, _ in trial])
    seen = np.array([c for _, _, c, _ in trial])
    return low, np.where(seen, low + width, np.inf), np.array([d for _, _, _, d in trial])


@CALM
@given(TRIAL, st.randoms(use_true_random=False), st.sampled_from([1 / 30.4375, 24.0, 1e-3]))
def test_order_and_unit_change_no_mass(trial, random, unit):
    low, high, _ = ends(trial)
    again = ends(random.sample(trial, len(trial)))
    one, other = turnbull.turnbull(low, high), turnbull.turnbull(again[0] * unit, again[1] * unit)
    assert one.status == other.status == "ok"
    assert one.gap <= 1e-8
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-9, abs=1e-9)
    assert other.right == pytest.approx((one.right * unit).tolist())
    assert float(one.mass.sum()) == pytest.approx(1)


@settings(CALM, max_examples=30)
@given(TRIAL)
def test_a_weibull_model_is_the_same_in_any_unit_and_turned_round(trial):
    low, high, arm = ends(trial)
    count = np.ones(arm.size)
    one = interval_censored.weibull(low, high, count, arm, [[1.0], [0.0]])
    other = interval_censored.weibull(low * 30.4375, high * 30.4375, count, arm, [[0.0], [1.0]])
    assert (one.status == "ok") == (other.status == "ok")
    if one.status != "ok":
        return
    events = np.isfinite(high) & (high > 0)
    assert all(events[arm == which].any() for which in (0, 1))
    ratio, turned = one.log_hazard_ratio(1), other.log_hazard_ratio(1)
    assert ratio[0] == pytest.approx(-turned[0], rel=1e-6, abs=1e-8)
    assert ratio[1] == pytest.approx(turned[1], rel=1e-6)
    assert one.log_scale == pytest.approx(other.log_scale, rel=1e-6, abs=1e-8)


@CALM
@given(TRIAL)
def test_a_restricted_mean_grows_with_tau_and_never_beyond_it(trial):
    time = np.array([float(a + 1) for a, _, _, _ in trial])
    event = np.array([c for _, _, c, _ in trial])
    curve = survival.kaplan_meier(time, event, ~event)
    means = [rmst.restricted_mean(curve, tau) for tau in (0.5, 1, 4, 9.5, 40)]
    known = [found.mean for found in means if found.mean is not None]
    assert known == sorted(known)
    assert all(found.mean is None or found.mean <= found.tau + 1e-12 for found in means)
    assert all((found.mean is None) == (found.tau > rmst.largest_tau(curve)) for found in means)


@CALM
@given(TRIAL, st.sampled_from([0.1, 0.25, 0.5, 0.9]))
def test_a_quantile_by_either_convention_is_where_the_curve_crosses(trial, p):
    time = np.array([float(a + 1) for a, _, _, _ in trial])
    event = np.array([c for _, _, c, _ in trial])
    curve = survival.kaplan_meier(time, event, ~event)
    for convention in ("r", "sas"):
        found = survival.quantile(curve, p, convention)
        if found.value is None:
            assert curve.survival[-1] >= 1 - p - 1e-9
            continue
        before = survival.probability(curve, math.nextafter(found.value, 0) * (1 - 1e-9)).value
        assert before >= 1 - p - 1e-7
        if found.low is not None:
            assert found.low <= found.value
