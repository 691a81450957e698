"""Kernels of values beside their definitions written out: enumeration, all pairs, swapped samples."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from trialist.kernels import correlation, location, measured_twice, paired_ranks, passing_bablok, rank_sum
from trialist.kernels.rank import average_ranks
from trialist.kernels.repeated_measures import repeated_measures

TIED = [1.0, 1.0, 2.0, 3.0], [1.0, 2.0, 2.0, 4.0, 5.0]


def test_the_exact_rank_sum_p_counts_all_ways_to_divide_the_midranks() -> None:
    x, y = TIED
    ranks = average_ranks([*x, *y])
    seen = ranks[:4].sum()
    sums = np.array([sum(some) for some in itertools.combinations(ranks, 4)])
    found = rank_sum.rank_sum(x, y, exact="yes")
    assert found.p_less == pytest.approx(np.mean(sums <= seen))
    assert found.p_greater == pytest.approx(np.mean(sums >= seen))
    assert found.p_value == pytest.approx(np.mean(abs(sums - sums.mean()) >= abs(seen - sums.mean())))


@pytest.mark.parametrize("zeros", ["dropped", "pratt"])
def test_the_exact_signed_rank_p_counts_all_signs(zeros) -> None:
    change = np.array([0.0, 1, 1, -1, 2, 0, 3])
    ranks = average_ranks(abs(change) if zeros == "pratt" else abs(change[change != 0]))
    ranks = ranks[change != 0] if zeros == "pratt" else ranks
    seen = ranks[change[change != 0] > 0].sum()
    sums = np.array([ranks @ signs for signs in itertools.product((0, 1), repeat=ranks.size)])
    found = paired_ranks.signed_rank_test(change, zeros=zeros)
    assert found.p_greater == pytest.approx(np.mean(sums >= seen))
    assert found.p_value == pytest.approx(2 * np.mean(sums >= seen))


def test_differences_found_by_counting_are_those_of_all_pairs(monkeypatch) -> None:
    rng = np.random.default_rng(44003)
    x, y = np.round(rng.normal(size=61), 1), np.round(rng.normal(0.3, 2, size=48), 1)
    for correct in (True, False):
        every = rank_sum.rank_sum(x, y, correct=correct)
        with monkeypatch.context() as changed:
            changed.setattr(rank_sum, "ALL_DIFFERENCES", 0)
            counted = rank_sum.rank_sum(x, y, correct=correct)
        for name in ("w", "p_value", "shift", "low", "high"):
            assert getattr(counted, name) == pytest.approx(getattr(every, name), rel=1e-12), name
    assert every.shift == np.median(np.subtract.outer(x, y))


def test_swapped_samples_mirror_every_number() -> None:
    x, y = TIED
    one, other = rank_sum.rank_sum(x, y), rank_sum.rank_sum(y, x)
    assert (one.shift, one.low, one.high) == (-other.shift, -other.high, -other.low)
    assert (one.p_greater, one.p_value) == pytest.approx((other.p_less, other.p_value))
    for interval in ("newcombe", "brunner_munzel"):
        here = rank_sum.probabilistic_index(x, y, interval=interval)
        there = rank_sum.probabilistic_index(y, x, interval=interval)
        assert here.estimate == pytest.approx(1 - there.estimate)
        assert here.low == pytest.approx(1 - there.high)
        assert here.p_value == pytest.approx(there.p_value)
    size, mirrored = location.standardised_difference(x, y), location.standardised_difference(y, x)
    assert (size.g, size.d_low) == pytest.approx((-mirrored.g, -mirrored.d_high))


def test_samples_without_overlap_have_an_interval_of_the_index_that_ends_at_one() -> None:
    found = rank_sum.probabilistic_index([7.0, 8.0, 9.0], [1.0, 2.0, 3.0])
    assert (found.status, found.estimate, found.high) == ("separated", 1.0, 1.0)
    assert 0.3 < found.low < 0.7


def test_large_samples_agree_with_the_exact_distribution_by_the_normal_approximation() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(0.2, size=60), rng.normal(size=55)
    exact, normal = (rank_sum.rank_sum(x, y, exact=how) for how in ("yes", "no"))
    assert exact.exact
    assert normal.p_value == pytest.approx(exact.p_value, rel=0.02)


def test_inversions_are_counted_pair_by_pair() -> None:
    values = np.random.default_rng(2).integers(0, 9, 37)
    pairs = sum(values[i] > values[j] for i in range(37) for j in range(i + 1, 37))
    assert correlation.inversions(values) == pairs
    assert correlation.inversions([]) == 0


def test_kendall_s_exact_p_counts_all_orders() -> None:
    x, y = np.arange(5.0), np.array([2.0, 1.0, 4.0, 3.0, 5.0])

    def concordant(order) -> int:
        return sum(order[i] < order[j] for i in range(5) for j in range(i + 1, 5))

    all_orders = np.array([concordant(order) for order in itertools.permutations(range(5))])
    found = correlation.kendall(x, y)
    assert found.p_value == pytest.approx(2 * np.mean(all_orders >= concordant(y)))


def test_deming_s_line_turns_round_when_the_measurements_change_places() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=30)
    y = 2 + 1.5 * x + rng.normal(scale=0.3, size=30)
    line, other = measured_twice.deming(x, y, 0.4), measured_twice.deming(y, x, 1 / 0.4)
    assert line.slope == pytest.approx(1 / other.slope)
    assert line.intercept == pytest.approx(-other.intercept / other.slope)
    falling = measured_twice.deming(x, -y, 0.4)
    assert (falling.slope, falling.slope_error) == pytest.approx((-line.slope, line.slope_error))


def test_passing_and_bablok_s_line_turns_round_too_and_needs_measurements_that_rise_together() -> None:
    rng = np.random.default_rng(6)
    x = rng.normal(10, 3, size=41)
    y = 1 + 1.2 * x + rng.normal(scale=0.5, size=41)
    line, other = passing_bablok.passing_bablok(x, y), passing_bablok.passing_bablok(y, x)
    assert line.slope == pytest.approx(1 / other.slope)
    assert line.slope_low == pytest.approx(1 / other.slope_high)
    assert passing_bablok.passing_bablok(x, 5 - 1.2 * x).status == "constant"
    assert passing_bablok.passing_bablok(np.arange(3001.0), np.arange(3001.0)).status == "too_many"
    few = passing_bablok.passing_bablok([1.0, 2.0, 3.0], [1.1, 2.0, 3.2])
    assert (few.status, few.slope_low, few.slope_high) == ("ok", None, None)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_the_unit_of_values_changes_no_test(scale) -> None:
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=9), rng.normal(size=9)
    for run in (location.two_sample_t, rank_sum.rank_sum, correlation.pearson, measured_twice.deming):
        plain, scaled = run(x, y), run(scale * x, scale * y)
        assert scaled.status == plain.status == "ok"
        if hasattr(plain, "p_value"):
            assert scaled.p_value == pytest.approx(plain.p_value)


def test_values_beyond_any_measurement_end_in_a_status_and_not_in_a_warning() -> None:
    huge, tiny = np.array([1e50, 2e50, -3e50, 1e50]), np.array([1e-300, 2e-300, 0.0, 1e-300])
    for x, y in ((huge, tiny), (huge, huge[::-1]), (tiny, tiny[::-1])):
        for run in (
            location.two_sample_t,
            rank_sum.rank_sum,
            correlation.pearson,
            measured_twice.bland_altman,
        ):
            found = run(x, y)
            numbers = [getattr(found, name) for name in found.__slots__]
            assert all(math.isfinite(v) for v in numbers if isinstance(v, float))


def test_subjects_that_never_change_leave_the_covariance_without_an_estimate() -> None:
    n, visits = 10, 3
    y = np.repeat(np.random.default_rng(4).normal(size=n), visits)
    when = np.tile(np.arange(visits), n)
    fit = repeated_measures(y, np.eye(visits)[when], np.repeat(np.arange(n), visits), when, visits)
    assert fit.status in ("singular", "not_converged")
    assert fit.coefficient is None
