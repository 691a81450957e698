"""Clauses of tables, proportions and effects of counts, and of effects out of what a paper prints."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.special
from cases_pooling import tables

from trialist.kernels import (
    binomial_normal,
    effect_from_reported,
    rare_events,
    study_effects,
)


def numbers(found):
    """Every scalar of a result: none may be NaN or infinite."""
    for name in found.__dataclass_fields__:
        value = getattr(found, name)
        if isinstance(value, float):
            assert math.isfinite(value), name


@pytest.mark.parametrize(
    ("x", "n", "status"),
    [
        ([(0, 0), (0, 0)], [(10, 10), (5, 5)], "no_events"),
        ([(10, 10)], [(10, 10)], "no_events"),
        ([(3, 0), (2, 0)], [(10, 10), (5, 5)], "one_sided"),
        ([(3, -1)], [(10, 10)], "counts"),
        ([(11, 1)], [(10, 10)], "counts"),
        ([(math.nan, 1)], [(10, 10)], "counts"),
        ([(0, 1)], [(0, 10)], "no_studies"),
        ([], [], "no_studies"),
    ],
)
def test_tables_without_an_effect_are_a_status(x, n, status):
    assert rare_events.mantel_haenszel(x, n, "odds_ratio").status == status
    assert rare_events.exact_conditional(x, n).status == status
    assert rare_events.peto(x, n).status in (status, "ok")  # Peto's needs events of either group only
    numbers(rare_events.peto(x, n))
    numbers(rare_events.mantel_haenszel(x, n, "risk_difference"))


@pytest.mark.parametrize(
    ("x", "n", "status"),
    [
        ([], [], "no_studies"),
        ([0, 0], [5, 9], "no_events"),
        ([5, 9], [5, 9], "no_events"),
        ([6, 1], [5, 9], "counts"),
        ([-1, 1], [5, 9], "counts"),
        ([math.nan, 1], [5, 9], "counts"),
        ([1], [5, 9], "counts"),
    ],
)
def test_proportions_without_a_likelihood_are_a_status(x, n, status):
    assert binomial_normal.proportions(x, n).status == status


def test_a_binomial_normal_model_of_like_studies_is_the_common_proportion():
    found = binomial_normal.proportions([3, 3, 3], [9, 9, 9])
    assert found.estimate == pytest.approx(math.log(0.5), rel=1e-12)
    assert found.tau2 == 0.0
    numbers(found)
    one = binomial_normal.proportions([3], [9])
    assert (one.status, one.tau2, one.g) == ("ok", 0.0, None)


def test_a_binomial_normal_model_takes_studies_with_an_empty_cell_as_they_are():
    found = binomial_normal.odds_ratio(
        [(0, 3), (1, 4), (0, 0), (2, 2)], [(100, 100), (90, 95), (50, 50), (80, 82)]
    )
    assert (found.status, found.k, found.used) == ("ok", 4, 3)
    numbers(found)
    assert binomial_normal.odds_ratio([(0, 0)], [(5, 5)]).status == "no_events"
    assert binomial_normal.odds_ratio([(0, 2), (0, 1)], [(5, 5), (5, 5)]).status == "no_events"
    assert binomial_normal.odds_ratio([(1, 2)], [(5, 5)], level=1.0).status == "level"


def test_studies_in_which_all_had_the_event_are_integrated_as_finely_as_others():
    """The same integral by a plain sum over a fine grid, at the estimate and around it."""
    x, n = np.array([33.0, 16, 20, 21, 23]), np.array([33.0, 16, 20, 32, 23])
    found = binomial_normal.proportions(x, n)
    z = np.linspace(-12, 12, 240_001)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)

    def slowly(mu, tau):
        p = scipy.special.expit(mu + tau * z)
        each = [
            scipy.special.comb(b, a) * p**a * (1 - p) ** (b - a) * density for a, b in zip(x, n, strict=True)
        ]
        return sum(math.log(np.sum(values) * (z[1] - z[0])) for values in each)

    tau = math.sqrt(found.tau2)
    assert found.status == "ok"
    assert found.log_likelihood == pytest.approx(slowly(found.estimate, tau), abs=1e-9)
    for mu, other in ((1.02, 1.0), (0.98, 1.0), (1.0, 1.05), (1.0, 0.95)):
        assert slowly(found.estimate * mu, tau * other) < found.log_likelihood


def test_a_level_that_is_none_pools_no_tables():
    x, n = tables("bcg", {})
    for level in (0.0, 1.0, 2.0):
        assert rare_events.peto(x, n, level).status == "level"


def test_an_empty_cell_has_an_exact_end():
    found = rare_events.exact_conditional([(3, 0), (2, 0)], [(10, 10), (5, 5)])
    assert (found.estimate, found.high) == (None, None)
    assert found.low is not None
    assert 0 < found.p_value < 1


def test_counts_that_can_not_be_have_no_effect():
    made = study_effects.of_counts(
        [1, 5, math.nan, -1], [10, 4, 10, 10], [2, 2, 2, 2], [10, 10, 10, 10], "odds_ratio"
    )
    assert made.usable == (True, False, False, False)


def test_standardised_differences_need_two_degrees_of_freedom():
    made = study_effects.of_means([1.0], [1.0], [1], [0.0], [1.0], [2], "standardised_difference")
    assert made.usable == (False,)


def test_a_proportion_comes_back_from_every_scale():
    for measure in ("proportion", "log", "logit", "arcsine", "freeman_tukey"):
        made = study_effects.of_proportions([37.0], [100.0], measure)
        again = study_effects.proportion_again(float(made.y[0]), measure, [100.0])
        assert again == pytest.approx(0.37, abs=1e-12)
    assert study_effects.proportion_again(9.0, "freeman_tukey", [10.0]) == 1.0
    assert study_effects.proportion_again(-9.0, "freeman_tukey", [10.0]) == 0.0
    assert study_effects.proportion_again(-9e3, "logit") == 0.0


class TestFromWhatAPaperPrints:
    def test_an_interval_gives_the_error_at_any_level(self):
        for level in (0.95, 0.9778, 0.9):
            z = scipy.special.ndtri(0.5 + level / 2)
            low, high = (math.exp(math.log(0.7) + side * z * 0.1) for side in (-1, 1))
            found = effect_from_reported.from_interval(0.7, low, high, level)
            assert found.std_err == pytest.approx(0.1, rel=1e-6)
            assert abs(found.off_centre) < 1e-9

    def test_an_interval_on_the_plain_scale_is_off_the_middle_of_the_log_scale(self):
        assert abs(effect_from_reported.from_interval(0.7, 0.2, 1.2).off_centre) > 0.5

    def test_a_p_value_gives_the_error_that_makes_it(self):
        found = effect_from_reported.from_p_value(0.64, 0.008)
        assert effect_from_reported.p_value_of(found.estimate, found.std_err) == pytest.approx(
            0.008, rel=1e-12
        )
        one = effect_from_reported.from_p_value(0.64, 0.004, sides=1)
        assert one.std_err == pytest.approx(found.std_err, rel=1e-12)

    def test_events_and_p_value_agree_with_events_and_ratio(self):
        """Equal allocation: variance of the log ratio 4 / events (Parmar 1998)."""
        first = effect_from_reported.from_total_events(0.7, 400)
        assert first.std_err == pytest.approx(0.1, rel=1e-12)
        p = effect_from_reported.p_value_of(first.estimate, first.std_err)
        second = effect_from_reported.from_p_value_and_events(p, 400, first_better=True)
        assert second.estimate == pytest.approx(math.log(0.7), rel=1e-9)
        assert effect_from_reported.from_events(0.7, (200, 200)).std_err == pytest.approx(0.1, rel=1e-12)

    def test_observed_less_expected_is_petos_one_step(self):
        found = effect_from_reported.from_o_minus_e(-20.0, 100.0)
        assert (found.estimate, found.std_err) == (-0.2, 0.1)

    def test_medians_stand_for_exponential_times(self):
        found = effect_from_reported.from_medians((12.0, 6.0), (50, 50))
        assert found.estimate == pytest.approx(math.log(0.5))
        assert found.std_err == pytest.approx(0.2)

    def test_curves_give_the_hazard_ratio_of_their_times(self):
        draws = np.random.default_rng(5)
        first, second = (draws.exponential(scale, 400) for scale in (2.0, 1.0))
        found = effect_from_reported.from_curves((first, np.ones(400)), (second, np.ones(400)))
        assert found.estimate == pytest.approx(math.log(0.5), abs=3 * found.std_err)

    def test_what_says_nothing_is_a_status(self):
        r = effect_from_reported
        nothing = np.array([1.0, 2.0]), np.zeros(2)
        assert r.from_interval(0.7, 0.9, 0.5).status == "order"
        assert r.from_interval(1.7, 0.5, 0.9).status == "order"
        assert r.from_interval(0.7, 0.0, 0.9).status == "range"
        assert r.from_interval(0.7, 0.5, 0.9, level=1.0).status == "level"
        assert r.from_interval(0.7, 0.5, math.inf).status == "not_finite"
        assert r.from_p_value(1.0, 0.5).status == "no_effect"
        assert r.from_p_value(0.7, 0.0).status == "range"
        assert r.from_p_value(0.7, 1.0).status == "range"
        assert r.from_p_value_and_events(0.03, 0, first_better=True).status == "no_events"
        assert r.from_events(0.7, (0, 4)).status == "no_events"
        assert r.from_medians((0.0, 4.0), (3, 3)).status == "range"
        assert r.from_o_minus_e(1.0, 0.0).status == "range"
        assert r.from_curves(nothing, nothing).status == "no_events"
        one_arm = np.array([1.0, 2.0]), np.ones(2)
        assert r.from_curves(one_arm, (np.zeros(0), np.zeros(0))).status == "not_fitted"
