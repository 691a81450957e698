"""Pooling: what must hold whatever the data, definitions written out slowly, and bad input."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.special
from cases_pooling import effects

from trialist.kernels import (
    binomial_normal,
    heterogeneity,
    meta_influence,
    small_study_effects,
)
from trialist.kernels.meta_analysis import cumulative, leave_one_out, meta_analysis
from trialist.kernels.meta_regression import meta_regression

MODELS = (
    "common", "dersimonian_laird", "paule_mandel", "reml", "ml", "hedges", "sidik_jonkman", "empirical_bayes",
)  # fmt: skip
KINDS = ("normal", "t", "hartung_knapp", "hartung_knapp_adhoc")


def numbers(found):
    """Every scalar of a result: none may be NaN or infinite."""
    for name in found.__dataclass_fields__:
        value = getattr(found, name)
        if isinstance(value, float):
            assert math.isfinite(value), name


def test_a_common_effect_is_the_mean_weighted_by_inverse_variances():
    y, v = np.array([0.1, -0.3, 0.25]), np.array([0.04, 0.09, 0.01])
    found = meta_analysis(y, v, model="common")
    assert found.estimate == pytest.approx(np.sum(y / v) / np.sum(1 / v), rel=1e-15)
    assert found.std_err == pytest.approx(1 / math.sqrt(np.sum(1 / v)), rel=1e-15)
    assert found.prediction_low is None
    assert found.tau2 is None


def test_paule_mandel_and_empirical_bayes_are_one_number():
    y, v = effects("bcg")
    first, second = (
        heterogeneity.between(y, v, np.ones((13, 1)), kind) for kind in ("paule_mandel", "empirical_bayes")
    )
    assert first == second


@pytest.mark.parametrize("kind", ["reml", "ml"])
def test_the_likelihood_is_nowhere_larger_than_at_its_estimate(kind):
    """Two clusters of precise studies give a likelihood with more than one hill."""
    y = np.array([0.0, 0.01, -0.01, 5.0, 0.3, -0.4, 2.0])
    v = np.array([1e-4, 1e-4, 1e-4, 4.0, 1.0, 2.0, 1e-2])
    x = np.ones((y.size, 1))
    tau2 = heterogeneity.between(y, v, x, kind).tau2
    best = heterogeneity.log_likelihood(y, v, x, tau2, restricted=kind == "reml")
    for other in [0.0, *np.geomspace(1e-8, 100, 400)]:
        assert heterogeneity.log_likelihood(y, v, x, other, restricted=kind == "reml") <= best + 1e-12


def test_the_scale_of_the_effects_does_not_matter():
    y, v = effects("bcg")
    small, large = (meta_analysis(y * c, v * c * c, kind="hartung_knapp") for c in (1.0, 1e6))
    assert large.estimate == pytest.approx(1e6 * small.estimate, rel=1e-9)
    assert large.tau2 == pytest.approx(1e12 * small.tau2, rel=1e-9)
    assert large.i2 == pytest.approx(small.i2, rel=1e-9)


def test_the_order_of_the_studies_does_not_matter():
    y, v = effects("hackshaw")
    turned = meta_analysis(y[::-1], v[::-1])
    assert turned.estimate == pytest.approx(meta_analysis(y, v).estimate, rel=1e-10)


def test_the_prediction_interval_of_higgins_has_two_degrees_of_freedom_less_than_studies():
    y, v = effects("bcg")
    found = meta_analysis(y, v, prediction="k_minus_2")
    half = scipy.special.stdtrit(11, 0.975) * math.sqrt(found.std_err**2 + found.tau2)
    assert found.prediction_high - found.estimate == pytest.approx(half, rel=1e-12)
    assert meta_analysis(y[:2], v[:2], prediction="k_minus_2").prediction_low is None


def test_a_regression_on_nothing_but_a_constant_is_the_meta_analysis():
    y, v = effects("bcg")
    plain, model = meta_analysis(y, v), meta_regression(y, v, np.ones((13, 1)))
    assert plain.estimate == float(model.coefficient[0])
    assert plain.tau2 == model.tau2


def test_moderators_that_can_not_be_told_apart_are_a_status():
    y, v = effects("bcg")
    x = np.column_stack([np.ones(13), np.arange(13.0), 2 * np.arange(13.0) + 1])
    assert meta_regression(y, v, x).status == "dependent"
    assert meta_regression(y[:3], v[:3], x[:3]).status == "too_few"


@pytest.mark.parametrize(
    ("y", "v", "level", "status"),
    [
        ([], [], 0.95, "no_studies"),
        ([0.1, 0.2], [0.1, 0.0], 0.95, "variance"),
        ([0.1, 0.2], [0.1, -1.0], 0.95, "variance"),
        ([0.1, 0.2], [1e-9, 20.0], 0.95, "scale"),
        ([0.1, math.inf], [0.1, 0.1], 0.95, "not_finite"),
        ([0.1, math.nan], [0.1, 0.1], 0.95, "not_finite"),
        ([0.1, 0.2], [0.1, math.inf], 0.95, "not_finite"),
        ([0.1, 0.2], [0.1], 0.95, "lengths"),
        ([0.1, 0.2], [0.1, 0.1], 0.0, "level"),
        ([0.1, 0.2], [0.1, 0.1], 1.0, "level"),
    ],
)
def test_what_can_not_be_pooled_is_a_status(y, v, level, status):
    for model in MODELS:
        for kind in KINDS:
            found = meta_analysis(y, v, model=model, kind=kind, level=level)
            assert found.status == status
            assert found.estimate is None


def test_one_study_is_its_own_effect():
    found = meta_analysis([0.5], [0.04], kind="hartung_knapp")
    assert (found.status, found.estimate, found.std_err) == ("one_study", 0.5, 0.2)
    assert found.low == pytest.approx(0.5 - 1.959963984540054 * 0.2)
    assert (found.tau2, found.q, found.prediction_low) == (None, None, None)


def test_two_studies_are_pooled_by_every_model_without_a_number_that_is_none():
    for model in MODELS:
        for kind in KINDS:
            numbers(meta_analysis([0.1, 0.5], [0.04, 0.02], model=model, kind=kind))


def test_variances_of_very_different_size_end_in_no_number_that_is_none():
    y = [-3.0, -2.0, 3.0, 0.5]
    for apart in (1e4, 1e7, 9e9):
        v = [1.0, apart, apart / 3, 2.0]
        x = np.column_stack([np.ones(4), [0.0, 1.0, 2.0, 4.0]])
        for model in MODELS:
            found = meta_analysis(y, v, model=model)
            assert found.status == "ok"
            numbers(found)
            numbers(meta_regression(y, v, x, model=model))


def test_identical_effects_have_no_variance_between_them():
    for model in MODELS:
        for kind in KINDS:
            found = meta_analysis([0.3] * 4, [0.1, 0.2, 0.3, 0.1], model=model, kind=kind)
            numbers(found)
            assert (found.tau2 or 0.0, found.i2) == (0.0, 0.0)
            assert found.status == ("no_spread" if kind == "hartung_knapp" else "ok")
            assert (found.low is None) == (kind == "hartung_knapp")


def test_effects_closer_than_chance_allows_have_an_empty_interval_of_tau2():
    found = meta_analysis([0.3] * 9, [0.1] * 9)
    assert found.tau2_empty
    assert (found.tau2_low, found.tau2_high) == (0.0, 0.0)


def test_leaving_out_and_adding_up_end_in_statuses_too():
    assert [one.status for one in leave_one_out([0.1, 0.2], [0.1, 0.1])] == ["one_study"] * 2
    assert [one.status for one in cumulative([0.1, 0.2], [0.1, 0.1])] == ["one_study", "ok"]
    assert meta_influence.influence([0.1], [0.1]).status == "too_few"
    two = meta_influence.influence([0.1, 0.4], [0.1, 0.1])
    assert two.status == "ok"
    assert np.isnan(two.cook).all()  # without one there is nothing to fit


def test_small_study_tests_need_three_studies_of_different_errors():
    assert small_study_effects.egger([0.1, 0.2], [0.1, 0.2]).status == "too_few"
    assert small_study_effects.egger([0.1, 0.2, 0.3], [0.1] * 3).status == "dependent"
    assert small_study_effects.egger_mixed([0.1, 0.2, 0.3], [0.1] * 3).status == "dependent"
    assert small_study_effects.begg([0.1, 0.2, 0.3], [0.1] * 3).status == "constant"
    assert small_study_effects.trim_and_fill([0.1], [0.1]).status == "one_study"
    assert small_study_effects.egger([0.1, 0.2, 0.3], [0.1, -1, 1]).status == "variance"


def test_trim_and_fill_mirrors_what_it_trimmed():
    y, v = effects("hackshaw")
    found = small_study_effects.trim_and_fill(y, v, model="common")
    assert found.missing == len(found.y) == len(found.v)
    assert found.pooled.k == y.size + found.missing


def test_effects_that_are_far_apart_still_find_the_top_of_their_likelihood():
    x, n = [0, 50, 1, 49, 0, 50], [50] * 6
    found = binomial_normal.proportions(x, n)
    assert found.status == "ok"
    assert found.tau2 > 5
    assert found.estimate == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize("columns", [1, 2])
def test_traces_hold_where_one_trial_outweighs_all_others(columns):
    v = [1e-5, 4e3, 9e3, 2e4, 7e3]
    x = [[Fraction(1), Fraction(z)][:columns] for z in (0, 1, 3, -2, 5)]
    w = [1 / Fraction(value) for value in v]
    pairs = [(a, b) for a in range(columns) for b in range(columns)]
    cross = [
        [sum(m * r[a] * r[b] for m, r in zip(w, x, strict=True)) for b in range(columns)]
        for a in range(columns)
    ]
    if columns == 1:
        inverse = [[1 / cross[0][0]]]
    else:
        (a, b), (_, d) = cross
        size = a * d - b * b
        inverse = [[d / size, -b / size], [-b / size, a / size]]
    p = [
        [
            (w[i] if i == j else 0) - w[i] * w[j] * sum(x[i][a] * inverse[a][b] * x[j][b] for a, b in pairs)
            for j in range(5)
        ]
        for i in range(5)
    ]
    fit = heterogeneity.weighted(np.arange(5.0), np.array(x, dtype=float), 1 / np.array(v))
    assert fit.trace == pytest.approx(float(sum(p[i][i] for i in range(5))), rel=1e-10)
    squares = float(sum(p[i][j] * p[j][i] for i in range(5) for j in range(5)))
    assert fit.trace_of_product(fit.weight, fit.weight) == pytest.approx(squares, rel=1e-10)


def test_the_error_of_tau2_of_two_trials_is_their_variances_sum_over_root_two():
    found = meta_analysis([0.19, 0.2], [2.6e-5, 255.6], model="reml")
    assert found.tau2_std_err == pytest.approx((2.6e-5 + 255.6) / math.sqrt(2), rel=1e-10)


@pytest.mark.parametrize(
    ("y", "v"), [([1e200, -1e200], [1, 1]), ([0, 1], [1e-300, 1e-300]), ([0, 1], [1e300, 1e300])]
)
@pytest.mark.parametrize("model", MODELS)
def test_numbers_too_large_to_be_squared_are_a_status(y, v, model):
    assert meta_analysis(y, v, model=model).status == "scale"
