"""Tests of small-study effects on sizes and scores, read a second time: enumerated tables, plain lines."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from cases_pooling import tables

from trialist.kernels import small_study_sizes
from trialist.kernels.study_effects import of_counts


@pytest.fixture(scope="module")
def bcg():
    (x, n) = tables("bcg", {})
    return x[:, 0], n[:, 0], x[:, 1], n[:, 1]


def hypergeometric(n1: int, n2: int, events: int) -> tuple[float, float]:
    """Mean and variance of the first cell given the margins, over all tables there are."""
    cells = range(max(0, events - n2), min(events, n1) + 1)
    ways = [comb(n1, a) * comb(n2, events - a) for a in cells]
    mean = sum(a * w for a, w in zip(cells, ways, strict=True)) / sum(ways)
    square = sum(a * a * w for a, w in zip(cells, ways, strict=True)) / sum(ways)
    return mean, square - mean**2


def line(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Plain least squares: coefficients and their t."""
    b, left, _, _ = np.linalg.lstsq(x, y, rcond=None)
    error = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * left[0] / (len(y) - 2))
    return b, b / error


def test_harbords_intercept_is_that_of_enumerated_tables():
    """The paper's form: score over root of information on root of information; its intercept is tested."""
    made = np.random.default_rng(4)
    n1, n2 = made.integers(8, 40, 9), made.integers(8, 40, 9)
    a, c = made.binomial(n1, 0.3), made.binomial(n2, 0.45)
    both = [hypergeometric(*map(int, row)) for row in zip(n1, n2, a + c, strict=True)]
    score = a - np.array([mean for mean, _ in both])
    root = np.sqrt([variance for _, variance in both])
    b, t = line(score / root, np.column_stack([np.ones(9), root]))
    found = small_study_sizes.harbord(a, n1, c, n2)
    assert (found.slope, found.statistic, found.limit) == pytest.approx((b[0], t[0], b[1]))
    assert found.df == 7


def test_harbord_leaves_out_tables_without_any_event(bcg):
    a, n1, c, n2 = (np.append(part, more) for part, more in zip(bcg, (0, 50, 0, 60), strict=True))
    assert small_study_sizes.harbord(a, n1, c, n2) == small_study_sizes.harbord(*bcg)


def test_harbord_is_the_same_of_the_events_and_of_those_without_them(bcg):
    a, n1, c, n2 = bcg
    one, other = small_study_sizes.harbord(a, n1, c, n2), small_study_sizes.harbord(n1 - a, n1, n2 - c, n2)
    assert other.statistic == pytest.approx(-one.statistic)
    assert other.limit == pytest.approx(-one.limit)


def test_peters_is_a_line_through_effects_by_one_over_the_size(bcg):
    a, n1, c, n2 = bcg
    y, n, events = of_counts(a, n1, c, n2, "odds_ratio").y, n1 + n2, a + c
    root = 1 / np.sqrt(1 / events + 1 / (n - events))
    b, t = line(y * root, np.column_stack([np.ones(y.size), 1 / n]) * root[:, None])
    found = small_study_sizes.peters(y, events, n)
    assert (found.slope, found.statistic) == pytest.approx((b[1], t[1]))


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (small_study_sizes.peters([0.1, 0.2], [3, 4], [9, 9]), "too_few"),
        (small_study_sizes.peters([0.1, 0.2, 0.3], [3, 4, 5], [9, 9, 9]), "dependent"),
        (small_study_sizes.peters([0.1, 0.2, 0.3], [0, 9, 5], [9, 9, 8]), "too_few"),
        (small_study_sizes.peters([0.1, 0.2], [3], [9]), "lengths"),
        (small_study_sizes.harbord([0, 0, 0], [5, 6, 7], [0, 0, 0], [5, 6, 7]), "too_few"),
        (small_study_sizes.harbord([1], [5], [1, 2], [5]), "lengths"),
        (small_study_sizes.harbord([2, 2, 2], [9, 9, 9], [3, 3, 3], [9, 9, 9]), "dependent"),
        (small_study_sizes.by_size([0.1, 0.2, 0.3], [0.1, 0.0, 0.1], [9, 8, 7]), "variance"),
        (small_study_sizes.by_size([0.1, 0.2, 0.3], [0.1, 0.2, 0.1], [9, 9, 9]), "dependent"),
        (small_study_sizes.by_size([0.1], [0.1, 0.2], [9, 8]), "lengths"),
    ],
)
def test_what_can_not_be_tested_is_a_status(found, status):
    assert (found.status, found.p_value) == (status, None)
