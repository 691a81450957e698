"""Whether printed numbers agree: counts and percents, intervals, estimates and p values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from trialist.kernels.coherence import (
    Range,
    counts_for,
    denominators_for,
    estimate_range,
    interval_from_p,
    least_standard_error,
    p_value_range,
    range_of_p,
    rounding,
    shared_denominators,
    standard_error_range,
)


def test_a_printed_number_is_what_rounds_to_it():
    assert rounding("0.54") == pytest.approx((0.535, 0.545))
    assert rounding("12") == pytest.approx((11.5, 12.5))
    assert rounding("1e-4") == pytest.approx((0.00005, 0.00015))
    assert rounding("-0.30") == pytest.approx((-0.305, -0.295))
    assert rounding("NR") is None
    assert rounding("inf") is None


def test_a_p_value_below_a_bound_may_be_anything_below_it():
    assert range_of_p("0.001", "<") == (0, 0.001)
    assert range_of_p("0.05", ">") == (0.05, 1)
    assert range_of_p("0.03") == pytest.approx((0.025, 0.035))
    assert range_of_p("NS") is None
    assert range_of_p("none", "<") is None


def test_the_count_behind_a_percent_is_found_by_its_denominator():
    assert counts_for(0.3645, 0.3655, 63) == (23, 23)
    assert counts_for(0.3645, 0.3655, 52) == (19, 19)
    assert counts_for(0.1145, 0.1155, 126) is None
    assert counts_for(0.0, 1.0, 0) is None


def test_seven_tenths_of_seventy_is_forty_nine():
    assert counts_for(0.7, 0.7, 70) == (49, 49)


def test_the_denominators_of_two_percents_are_those_that_give_both():
    found = shared_denominators([Range(0.3645, 0.3655), Range(0.1145, 0.1155)], 300)
    assert set(found) == set(denominators_for(0.3645, 0.3655, 300)) & set(
        denominators_for(0.1145, 0.1155, 300)
    )
    assert 129 not in found


@given(st.integers(1, 2000), st.data(), st.integers(0, 2))
def test_a_true_percent_always_has_its_count(n, data, decimals):
    k = data.draw(st.integers(0, n))
    printed = rounding(f"{100 * k / n:.{decimals}f}")
    first, last = counts_for(printed.low / 100, printed.high / 100, n)
    assert first <= k <= last
    assert n in denominators_for(printed.low / 100, printed.high / 100, n)


@given(st.floats(-1.5, 1.5), st.floats(0.05, 0.6), st.sampled_from([0.9, 0.95, 0.9778]))
def test_a_true_ratio_with_its_interval_and_p_is_never_called_incoherent(beta, error, level):
    z = stats.norm.ppf((1 + level) / 2)
    shown = [f"{np.exp(v):.2f}" for v in (beta, beta - z * error, beta + z * error)]
    estimate, low, high = map(rounding, shown)
    p = 2 * stats.norm.sf(abs(beta) / error)
    assert standard_error_range(low, high, level).holds(error)
    assert estimate_range(low, high).holds(np.exp(beta))
    assert p_value_range(estimate, low, high, level).holds(p)


def test_the_p_value_of_a_published_ratio_follows_from_its_interval():
    found = p_value_range(*map(rounding, ("0.64", "0.46", "0.89")), 0.95)
    assert found.holds(0.008)
    assert not found.holds(0.0008)


def test_a_ratio_whose_digits_are_swapped_no_longer_lies_in_its_interval():
    assert not estimate_range(rounding("0.46"), rounding("0.89")).meets(rounding("0.46"))


def test_an_interval_that_is_too_wide_for_its_p_value_is_found():
    low, high = interval_from_p(rounding("0.64"), range_of_p("0.008"), 0.95)
    assert low.holds(0.46)
    assert high.holds(0.89)
    assert not low.holds(0.30)


def test_differences_are_symmetric_on_their_own_scale():
    low, high = interval_from_p(rounding("2.0"), range_of_p("0.0455"), 0.95, "plain")
    assert low.holds(0.04)
    assert high.holds(3.96)
    assert p_value_range(*map(rounding, ("2.0", "0.04", "3.96")), 0.95, "plain").holds(0.0455)


def test_a_p_value_that_allows_any_width_says_nothing():
    assert interval_from_p(rounding("0.64"), Range(0.5, 1.0), 0.95) is None
    assert interval_from_p(rounding("0.64"), range_of_p("0.001", "<"), 0.95) is None


def test_impossible_ends_and_levels_say_nothing():
    assert standard_error_range(Range(-2, -1), Range(0.5, 0.6), 0.95) is None
    assert standard_error_range(rounding("0.9"), rounding("0.4"), 0.95) is None
    assert standard_error_range(rounding("0.4"), rounding("0.9"), 1.0) is None
    assert estimate_range(Range(-2, -1), Range(0.5, 0.6)) is None
    assert p_value_range(rounding("0.5"), rounding("0.9"), rounding("0.4"), 0.95) is None


def test_a_margin_may_be_the_null():
    found = p_value_range(*map(rounding, ("1.024", "0.886", "1.184")), 0.9778, null=1.214)
    assert found.holds(
        2 * stats.norm.sf(np.log(1.214 / 1.024) / (np.log(1.184 / 0.886) / (2 * stats.norm.ppf(0.9889))))
    )
    assert p_value_range(*map(rounding, ("1.0", "0.9", "1.1")), 0.95, null=-1.0) is None


def test_so_many_events_allow_no_smaller_error():
    assert least_standard_error(196) == pytest.approx(2 / np.sqrt(196))
    assert least_standard_error(300, 2 / 3) == pytest.approx(np.sqrt(4.5 / 300))
    assert least_standard_error(0) is None
