"""Sizes by the width of an interval or the chance to see an event."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

from trialist.kernels import (
    precision,
)


def test_half_widths_are_those_of_the_intervals_they_belong_to():
    from scipy.stats import beta, chi2, t

    n, p = 40, 0.3
    k = np.arange(n + 1)
    low = np.where(k > 0, beta.ppf(0.025, k, n - k + 1), 0.0)
    high = np.where(k < n, beta.ppf(0.975, k + 1, n - k), 1.0)
    expected = float(np.sum(binom.pmf(k, n, p) * np.nan_to_num(high - low))) / 2
    assert precision.proportion_half_width(n, p, 0.95, "clopper_pearson") == pytest.approx(expected, rel=1e-9)
    assured = t.ppf(0.975, 24) * math.sqrt(chi2.ppf(0.9, 24) / 24 / 25)
    assert precision.mean_half_width(25, 0.95, 0.9) == pytest.approx(assured, rel=1e-9)
    rng = np.random.default_rng(1)
    spread = rng.normal(size=(20_000, 25)).std(axis=1, ddof=1).mean()
    assert precision.mean_half_width(25, 0.95) == pytest.approx(t.ppf(0.975, 24) * spread / 5, rel=0.01)


@pytest.mark.parametrize("proportion", [0.02, 0.3, 0.5, 0.9])
def test_a_wald_interval_without_width_is_not_taken_for_a_narrow_one(proportion):
    def width(n):
        return precision.proportion_half_width(n, proportion, 0.95, "wald")

    assert width(1) == 0.0  # nobody responds, or the only one does
    first = precision.falls_from(proportion, 0.95, "wald")
    around = [width(n) for n in range(1, 3 * first + 10)]
    assert width(first) == pytest.approx(max(around))
    wanted = 0.7 * width(first)
    n = precision.smallest_size(width, wanted, first)
    assert n > first
    assert width(n) <= wanted < width(n - 1)


def test_the_half_width_of_a_rate_is_its_longer_arm():
    # 100 events: the rate times exp(-+ 1.96 / 10)
    assert precision.rate_half_width(100, 0.95) == pytest.approx(math.exp(0.1959963985) - 1, rel=1e-9)
    assert precision.rate_half_width(100, 0.95) > 1 - math.exp(-0.1959963985)


def test_censoring_widens_the_interval_of_a_survival_probability():
    plain = precision.survival_half_width(100, 0.4, 0.95)
    assert precision.survival_half_width(100, 0.4, 0.95, 0.64) == pytest.approx(plain / 0.8)


def test_59_subjects_see_an_event_of_five_percent_once_with_probability_0_95():
    assert precision.subjects_to_see_one(0.05, 0.95) == 59  # 1 - 0.95^59 = 0.9515, 1 - 0.95^58 = 0.9490
    assert precision.subjects_to_see_one(0.0, 0.95) is None


def test_the_smallest_size_is_the_first_that_is_narrow_enough():
    def width(n):
        return precision.mean_half_width(n, 0.95)

    n = precision.smallest_size(width, 0.3, 2)
    assert width(n) <= 0.3 < width(n - 1)
