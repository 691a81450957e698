"""Design arithmetic against textbook and hand-worked figures, and against its own definitions."""

from __future__ import annotations

import itertools
import math

import pytest

from trialist.kernels import power


def test_196_events_find_a_hazard_ratio_of_0_67_with_power_0_80():
    # (1.959964 + 0.841621)^2 / (0.25 x log(0.67)^2) = 7.848879 / (0.25 x 0.160382) = 195.75
    assert power.log_rank_events(0.67, 0.80, 0.05, 2) == pytest.approx(195.754, abs=5e-4)
    assert power.log_rank_power(196, 0.67, 0.05, 2) == pytest.approx(0.80, abs=1e-3)


def test_freedman_counts_events_by_the_hazard_ratio_itself():
    # 7.848879 x (1.67 / 0.33)^2 = 201.01
    assert power.log_rank_events_freedman(0.67, 0.80, 0.05, 2) == pytest.approx(201.01, abs=5e-3)


def test_an_allocation_of_two_to_one_costs_an_eighth_more_events():
    even, uneven = (power.log_rank_events(0.7, 0.9, 0.05, 2, ratio) for ratio in ((1, 1), (2, 1)))
    assert uneven / even == pytest.approx(9 / 8)


def test_a_hazard_ratio_of_one_needs_infinitely_many_events():
    assert power.log_rank_events(1.0, 0.8, 0.05) == math.inf
    assert power.log_rank_events_freedman(1.0, 0.8, 0.05) == math.inf


@pytest.mark.parametrize("events", [50, 196, 635])
@pytest.mark.parametrize("allocation", [(1, 1), (2, 1)])
def test_the_detectable_hazard_ratio_has_the_power_it_was_asked_for(events, allocation):
    ratio = power.log_rank_hazard_ratio(events, 0.9, 0.05, 2, allocation)
    assert ratio < 1
    assert power.log_rank_power(events, ratio, 0.05, 2, allocation) == pytest.approx(0.9, rel=1e-12)
    assert power.log_rank_events(ratio, 0.9, 0.05, 2, allocation) == pytest.approx(events, rel=1e-12)


def test_30_pairs_at_effect_size_0_82_have_power_0_99_and_14_pairs_are_enough_for_0_80():
    assert power.paired_t_power(30, 0.82, 0.05) == pytest.approx(0.991, abs=5e-4)
    assert power.paired_t_pairs(0.82, 0.80, 0.05) == 14
    assert power.paired_t_power(13, 0.82, 0.05) < 0.80 <= power.paired_t_power(14, 0.82, 0.05)
    assert power.paired_t_effect(30, 0.80, 0.05) == pytest.approx(0.529, abs=5e-4)


def test_without_an_effect_the_paired_t_test_has_power_alpha_and_no_size():
    assert power.paired_t_power(25, 0.0, 0.05, 2) == pytest.approx(0.05, rel=1e-9)
    assert power.paired_t_pairs(0.0, 0.8, 0.05) is None


def test_no_combination_of_pairs_and_effect_gives_anything_but_a_probability():
    for pairs, effect, alpha, sides in itertools.product(
        (1, 2, 3, 5, 11, 50, 5000), (0, 1e-3, 0.1, 0.5, 1, 3, 5, 50), (0.5, 0.05, 1e-3, 1e-6), (1, 2)
    ):
        assert 0 <= power.paired_t_power(pairs, effect, alpha, sides) <= 1


def test_exact_power_is_a_saw_tooth_and_the_size_is_where_it_stays_above():
    # 30 % against 50 %, one-sided 0.05: 39 subjects reach 0.80, 40 and 42 do not, from 43 on all do.
    reached = [n for n in range(37, 80) if power.one_proportion_power(n, 0.3, 0.5, 0.05) >= 0.80]
    assert reached[:3] == [39, 41, 43]
    assert reached[2:] == list(range(43, 80))
    assert power.one_proportion_n(0.3, 0.5, 0.80, 0.05) == 43


@pytest.mark.parametrize(("null", "truth"), [(0.05, 0.2), (0.3, 0.1), (0.5, 0.65)])
@pytest.mark.parametrize("sides", [1, 2])
def test_no_larger_n_falls_below_the_power_of_the_size_found(null, truth, sides):
    n = power.one_proportion_n(null, truth, 0.85, 0.05, sides)
    assert power.one_proportion_power(n - 1, null, truth, 0.05, sides) < 0.85
    later = [power.one_proportion_power(m, null, truth, 0.05, sides) for m in range(n, 2 * n)]
    assert min(later) >= 0.85


def test_the_detectable_proportion_has_the_power_it_was_asked_for():
    found = power.one_proportion_alternative(43, 0.3, 0.8, 0.05)
    assert found > 0.3
    assert power.one_proportion_power(43, 0.3, found, 0.05) == pytest.approx(0.8, rel=1e-9)
    below = power.one_proportion_alternative(43, 0.3, 0.8, 0.05, 2, "less")
    assert power.one_proportion_power(43, 0.3, below, 0.05, 2) == pytest.approx(0.8, rel=1e-9)


def test_three_subjects_can_not_reject_one_half():
    assert power.one_proportion_power(3, 0.5, 0.99, 0.05) == 0
    assert power.one_proportion_alternative(3, 0.5, 0.8, 0.05) is None


def test_one_proportion_equal_to_its_null_has_no_size():
    assert power.one_proportion_n(0.3, 0.3, 0.8, 0.05) is None
    assert power.two_proportions_n(0.3, 0.3, 0.8, 0.05) is None


def test_77_per_group_find_75_against_50_percent_with_power_0_90():
    assert power.two_proportions_n(0.5, 0.75, 0.9, 0.05) == 154  # R power.prop.test: n = 76.7 per group
    n = power.two_proportions_n(0.5, 0.75, 0.9, 0.05, allocation=(2, 1))
    assert n % 3 in (0, 1)
    assert power.two_proportions_power(n / 3, 2 * n / 3, 0.5, 0.75, 0.05) >= 0.9


def test_fisher_is_more_careful_than_the_normal_approximation():
    exact = power.two_proportions_power_exact(50, 50, 0.5, 0.75, 0.05)
    assert exact < power.two_proportions_power(50, 50, 0.5, 0.75, 0.05)


def test_fisher_keeps_its_size():
    assert power.two_proportions_power_exact(20, 15, 0.3, 0.3, 0.05, 2) <= 0.05
    assert power.two_proportions_power_exact(20, 15, 0.3, 0.3, 0.05, 1) <= 0.05


def test_accrue_36_when_30_must_be_evaluable_and_nine_of_ten_are():
    assert power.accrual_needed(30, 0.9, 0.9) == 36
    assert power.binomial_tail(35, 30, 0.9) < 0.9 <= power.binomial_tail(36, 30, 0.9)
    assert power.binomial_tail(3, 2, 0.5) == pytest.approx(0.5)  # (3 + 1) / 8
