"""What must hold of tests of times and of competing risks on every data set: a number or a reason."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialist.kernels import competing, fine_gray, gray, max_combo, multiplicity, permuted_log_rank
from trialist.kernels.weighted_log_rank import Weight, weighted_log_rank

PATIENT = st.tuples(
    st.integers(0, 12), st.integers(0, 2), st.integers(0, 1), st.integers(0, 2), st.integers(-2, 2)
)
TRIAL = st.lists(PATIENT, min_size=1, max_size=35)
CALM = settings(max_examples=50, deadline=None, derandomize=True)
WEIGHTS = [
    *(
        Weight(kind)
        for kind in ("log_rank", "gehan_breslow", "tarone_ware", "peto_peto", "modified_peto_peto")
    ),
    Weight("fleming_harrington", 0.5, 1.5),
    Weight("modestly_weighted", until=4),
    Weight("modestly_weighted", floor=0.3),
]
FOUR = [Weight("fleming_harrington", rho, gamma) for rho, gamma in ((0, 0), (0, 1), (1, 0), (1, 1))]


def arrays(trial):
    day, kind, arm, stratum, x = (np.array(column) for column in zip(*trial, strict=True))
    return day.astype(float), kind, arm, stratum, x.astype(float)


@CALM
@given(TRIAL, st.sampled_from(WEIGHTS), st.sampled_from(["stratum", "pooled"]))
def test_a_weighted_test_is_a_number_or_a_reason_and_swapped_arms_change_its_sign(trial, weight, curve):
    day, kind, arm, stratum, _ = arrays(trial)
    died = (kind == 1).astype(float)
    one, other = (
        weighted_log_rank(day, died, 1 - died, which, 2, stratum, weight, curve) for which in (arm, 1 - arm)
    )
    assert one.status == other.status
    if one.status == "ok":
        assert math.isfinite(one.chi_square)
        assert 0 <= one.p_value <= 1
        assert one.z == pytest.approx(-other.z, rel=1e-9, abs=1e-9)
        assert one.z**2 == pytest.approx(one.chi_square, rel=1e-9)
        assert one.variance.sum() == pytest.approx(0, abs=1e-9 * (1 + one.variance.max()))
    else:
        assert (one.chi_square, one.p_value, one.z) == (None, None, None)


@CALM
@given(TRIAL, st.sampled_from(["two_sided", "less", "greater"]))
def test_a_joint_p_is_not_below_the_least_of_its_statistics(trial, alternative):
    day, kind, arm, stratum, _ = arrays(trial)
    died = (kind == 1).astype(float)
    found = max_combo.max_combo(day, died, 1 - died, arm, stratum, FOUR, alternative=alternative)
    if found.status == "ok":
        assert found.axes <= 3
        tail = math.erfc(found.statistic / math.sqrt(2)) / (1 if alternative == "two_sided" else 2)
        assert tail * (1 - 1e-8) <= found.p_value <= min(1.0, 4 * tail) * (1 + 1e-8)
    else:
        assert found.p_value is None


@CALM
@given(TRIAL, st.sampled_from(WEIGHTS))
def test_a_permutation_p_is_a_share_of_the_ways(trial, weight):
    day, kind, arm, stratum, _ = arrays(trial[:14])
    died = (kind == 1).astype(float)
    both, less, greater = (
        permuted_log_rank.permuted(day, died, 1 - died, arm, 2, stratum, weight, alternative=alternative)
        for alternative in ("two_sided", "less", "greater")
    )
    assert both.status == less.status == greater.status
    if both.status == "ok":
        assert 0 < both.p_value <= 1
        assert less.p_value + greater.p_value >= 1 - 1e-12  # what is seen counts on both sides


@CALM
@given(TRIAL)
def test_an_incidence_rises_and_its_variances_are_near_each_other(trial):
    day, kind, _, _, _ = arrays(trial)
    for variance in ("delta", "aalen"):
        curve = competing.aalen_johansen(day, kind, np.ones(day.size), variance)
        assert (np.diff(curve.probability) >= 0).all()
        assert np.isfinite(curve.std_err).all()
        assert (curve.probability + curve.free <= 1 + 1e-12).all()
    value, low, high = competing.incidence_quantile(curve, 0.5)
    assert value is None or value in day
    for end in (low, high):
        assert end is None or end in day


@CALM
@given(TRIAL, st.sampled_from([-1.0, 0.0, 0.5, 2.0]))
def test_gray_s_test_is_a_number_or_a_reason(trial, rho):
    day, kind, arm, stratum, _ = arrays(trial)
    one, other = (gray.gray(day, kind, np.ones(day.size), which, 2, stratum, rho) for which in (arm, 1 - arm))
    assert one.status == other.status
    if one.status == "ok":
        assert math.isfinite(one.chi_square)
        assert one.chi_square == pytest.approx(other.chi_square, rel=1e-6, abs=1e-9)
    else:
        assert one.chi_square is None


@CALM
@given(TRIAL, st.booleans(), st.booleans())
def test_a_subdistribution_fit_is_finite_or_a_status(trial, by_stratum, by_arm):
    day, kind, arm, stratum, x = arrays(trial)
    fit = fine_gray.fine_gray(
        day,
        kind,
        np.ones(day.size),
        np.arange(day.size),
        np.column_stack([arm, x]),
        stratum=stratum if by_stratum else None,
        censoring_group=arm if by_arm else None,
    )
    if fit.status == "ok":
        assert np.isfinite(fit.coefficient).all()
        assert np.isfinite(fit.std_err).all()
        assert (fit.std_err >= 0).all()
    else:
        assert fit.coefficient.size == 0


@CALM
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_adjusted_p_values_keep_the_order_of_p_values(p):
    for procedure in (
        "bonferroni",
        "holm",
        "hochberg",
        "hommel",
        "benjamini_hochberg",
        "benjamini_yekutieli",
    ):
        found = multiplicity.adjusted(p, procedure)
        assert (found >= np.array(p) - 1e-15).all()
        assert (found <= 1).all()
        assert (np.diff(found[np.argsort(p, kind="stable")]) >= -1e-15).all()
