"""Exact single-arm designs against published tables, brute force and simulation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import binom

from trialist.kernels import (
    one_sample_log_rank,
    single_stage,
    two_stage,
    two_stage_estimates,
)
from trialist.kernels.two_stage import TwoStage

# Simon 1989, Controlled Clinical Trials 10:1, table 1. (p0, p1, alpha, beta): optimal, minimax (r1, n1, r, n)
SIMON = {
    (0.05, 0.25, 0.10, 0.10): ((0, 9, 2, 24), (0, 13, 2, 20)),
    (0.05, 0.25, 0.05, 0.20): ((0, 9, 2, 17), (0, 12, 2, 16)),
    (0.05, 0.25, 0.05, 0.10): ((0, 9, 3, 30), (0, 15, 3, 25)),
    (0.10, 0.30, 0.10, 0.10): ((1, 12, 5, 35), (1, 16, 4, 25)),
    (0.10, 0.30, 0.05, 0.20): ((1, 10, 5, 29), (1, 15, 5, 25)),
    (0.10, 0.30, 0.05, 0.10): ((2, 18, 6, 35), (2, 22, 6, 33)),
    (0.20, 0.40, 0.10, 0.10): ((3, 17, 10, 37), (3, 19, 10, 36)),
    (0.20, 0.40, 0.05, 0.20): ((3, 13, 12, 43), (4, 18, 10, 33)),
    (0.30, 0.50, 0.05, 0.20): ((5, 15, 18, 46), (6, 19, 16, 39)),
}


@pytest.mark.parametrize("asked", SIMON)
def test_the_search_finds_simons_published_designs(asked):
    null, alternative, alpha, beta = asked
    found = two_stage.search(null, alternative, alpha, 1 - beta, 50)
    optimal, minimax = (found.designs[i] for i in (found.optimal, found.minimax))
    assert tuple((d.r1, d.n1, d.r, d.n) for d in (optimal, minimax)) == SIMON[asked]


def test_no_design_of_the_searched_totals_has_a_smaller_expected_size():
    null, other, alpha, power = 0.2, 0.5, 0.1, 0.8
    found = two_stage.search(null, other, alpha, power, 18)
    first = {p: [binom.pmf(np.arange(n + 1), n, p) for n in range(19)] for p in (null, other)}
    later = {p: [binom.sf(np.arange(-1, 40), n, p) for n in range(19)] for p in (null, other)}
    best = {}
    for n in range(2, 19):
        for n1, r1, r in itertools.product(range(1, n), range(n), range(n)):
            if not r1 < n1 or r < r1:
                continue
            x = np.arange(r1 + 1, n1 + 1)
            kept = [
                float(np.sum(first[p][n1][x] * later[p][n - n1][np.maximum(r - x + 1, 0)])) for p in first
            ]
            if kept[0] <= alpha and kept[1] >= power:
                expected = n1 + binom.sf(r1, n1, null) * (n - n1)
                best[n] = min(best.get(n, math.inf), expected)
    front = {n: e for n, e in best.items() if all(e < best[m] - 1e-9 for m in best if m < n)}
    assert {d.n: pytest.approx(e) for d, e in zip(found.designs, found.expected, strict=True)} == front


def test_nothing_is_found_where_no_design_is_small_enough():
    assert two_stage.search(0.5, 0.51, 0.05, 0.8, 40).designs == ()


def test_admissible_designs_are_the_best_for_their_weight():
    found = two_stage.search(0.1, 0.3, 0.05, 0.8, 40)
    totals = np.array([d.n for d in found.designs])
    for index, low, high in found.admissible():
        weight = (low + high) / 2
        assert int(np.argmin(weight * totals + (1 - weight) * found.expected)) == index
    assert [found.designs[i].n for i, _, _ in found.admissible()] == [25, 26, 27, 29]


DESIGN = TwoStage(1, 10, 5, 29)


def _results(p):
    """(stage, responders, probability) of every end of the design, by enumeration."""
    for x1 in range(DESIGN.n1 + 1):
        first = binom.pmf(x1, DESIGN.n1, p)
        if x1 <= DESIGN.r1:
            yield 1, x1, first
            continue
        for x2 in range(DESIGN.n - DESIGN.n1 + 1):
            yield 2, x1 + x2, first * binom.pmf(x2, DESIGN.n - DESIGN.n1, p)


@pytest.mark.parametrize("p", [0.05, 0.1, 0.3, 0.6])
def test_the_unbiased_estimate_has_the_true_proportion_for_its_mean(p):
    mean = sum(chance * two_stage_estimates.unbiased(DESIGN, k, stage) for stage, k, chance in _results(p))
    assert mean == pytest.approx(p, rel=1e-12)
    plain = sum(chance * k / (DESIGN.n1 if stage == 1 else DESIGN.n) for stage, k, chance in _results(p))
    assert plain == pytest.approx(two_stage_estimates.expected_proportion(DESIGN, p), rel=1e-12)
    assert plain < p  # the bias that the early stop brings


@pytest.mark.parametrize("p", [0.08, 0.2, 0.45])
def test_the_exact_interval_covers_and_the_p_value_keeps_its_size(p):
    level, covered, rejected = 0.9, 0.0, 0.0
    for stage, k, chance in _results(p):
        found = two_stage_estimates.estimates(DESIGN, k, stage, p, level)
        covered += chance * (found.low <= p <= found.high)
        rejected += chance * (found.p_value <= 0.05)
    assert covered >= level
    assert rejected <= 0.05


def test_the_p_value_of_a_promising_end_is_below_the_designs_type_one_error():
    for k in (5, 6, 7):
        p_value = two_stage_estimates.estimates(DESIGN, k, 2, 0.1).p_value
        assert (p_value <= two_stage.characteristics(DESIGN, 0.1).positive) == (k > DESIGN.r)


def test_a_second_stage_of_another_size_keeps_the_conditional_error():
    assert two_stage_estimates.critical_value(DESIGN, 3, 19, 0.1) == 3  # as planned: more than 5 in all
    for second in (10, 25):
        needed = two_stage_estimates.critical_value(DESIGN, 3, second, 0.1)
        assert binom.sf(needed - 1, second, 0.1) <= binom.sf(2, 19, 0.1) < binom.sf(needed - 2, second, 0.1)


# TwoStageInf, Koyama's public R code for Koyama and Chen 2008, run here at level 0.9: (design, responders
# of stage 1, size of stage 2, its responders, null): p value, lower end, median; the first is the example of
# the paper's sections 4.1 and 4.2
KOYAMA_CHEN = {
    (TwoStage(6, 19, 16, 39), 7, 23, 10, 0.3): (0.08278660837, 0.2820720060, 0.4046074551),
    (TwoStage(0, 13, 2, 20), 5, 7, 2, 0.05): (0.02450784175, 0.06604956722, 0.20044859530),
    (TwoStage(0, 13, 2, 20), 1, 7, 2, 0.05): (0.07355502552, 0.04262869832, 0.13305896911),
}


@pytest.mark.parametrize("asked", KOYAMA_CHEN)
def test_a_second_stage_of_another_size_has_koyama_and_chens_p_value_and_interval(asked):
    design, first, size, second, null = asked
    found = two_stage_estimates.estimates_of_another_size(design, first, size, second, null, 0.9)
    assert (found.p_value, found.low, found.median_unbiased) == pytest.approx(KOYAMA_CHEN[asked], rel=1e-8)
    assert found.high > found.median_unbiased
    assert (found.unbiased, found.adjusted) == (None, None)


def test_the_example_of_koyama_and_chen_without_a_change():
    # the same R code, section 3.4: 2 + 4 responders; p value, lower end and median at 90 %
    found = two_stage_estimates.estimates(DESIGN, 6, 2, 0.1, 0.9)
    expected = (0.04708630664, 0.1015047937, 0.2146808837)
    assert (found.p_value, found.low, found.median_unbiased) == pytest.approx(expected, rel=1e-8)


def test_with_sizes_that_depend_on_stage_one_the_interval_covers_and_the_p_value_keeps_its_size():
    sizes = dict(zip(range(2, 11), (25, 12, 19, 7, 3, 1, 30, 4, 9), strict=True))
    for p in (0.1, 0.3, 0.6):
        covered = rejected = 0.0
        for x1 in range(DESIGN.n1 + 1):
            first = binom.pmf(x1, DESIGN.n1, p)
            if x1 <= DESIGN.r1:
                ends = [(first, two_stage_estimates.estimates(DESIGN, x1, 1, p, 0.9))]
            else:
                size = sizes[x1]
                ends = [
                    (
                        first * binom.pmf(x2, size, p),
                        two_stage_estimates.estimates_of_another_size(DESIGN, x1, size, x2, p, 0.9),
                    )
                    for x2 in range(size + 1)
                ]
            covered += sum(chance * (end.low <= p <= end.high) for chance, end in ends)
            rejected += sum(chance * (end.p_value <= 0.1) for chance, end in ends)
        assert covered >= 0.9
        assert rejected <= 0.1


def test_the_number_needed_in_another_stage_two_is_the_first_whose_p_value_is_within_the_plans_alpha():
    alpha = two_stage.characteristics(DESIGN, 0.1).positive
    for first, size in ((2, 25), (3, 10), (4, 31), (5, 6)):
        needed = two_stage_estimates.critical_value(DESIGN, first, size, 0.1)
        p_values = [
            two_stage_estimates.estimates_of_another_size(DESIGN, first, size, k, 0.1).p_value
            for k in (needed - 1, needed)
        ]
        assert p_values[1] <= alpha * (1 + 1e-9) < p_values[0]


def test_a_p_value_is_at_most_one_and_there_is_none_without_a_null():
    assert two_stage_estimates.estimates(DESIGN, 0, 1, 0.1).p_value == 1.0
    assert two_stage_estimates.estimates(DESIGN, 7, 2, None).p_value is None


def test_results_that_a_design_can_not_have_are_refused():
    for responders, stage in ((2, 1), (1, 2), (30, 2)):
        with pytest.raises(ValueError, match="stage"):
            two_stage_estimates.estimates(DESIGN, responders, stage, 0.1)
    for first, size, second in ((1, 5, 3), (11, 5, 3), (3, 5, 6)):
        with pytest.raises(ValueError, match="stage"):
            two_stage_estimates.estimates_of_another_size(DESIGN, first, size, second, 0.1)


# ph2simon and twostage.admissible of R's clinfun 1.1.5, its code run here: (p0, p1, alpha, beta): designs
# (r1, n1, r, n), and the admissible totals with the lowest weight of n
CLINFUN = {
    (0.077, 0.417, 0.0308, 0.1515): (((0, 7, 3, 13), (0, 4, 3, 16)), ((13, 0.616), (14, 0.254), (16, 0.0))),
    (0.664, 0.812, 0.052, 0.2043): (
        ((21, 32, 41, 54), (13, 19, 47, 63)),
        ((54, 0.689), (57, 0.213), (63, 0.0)),
    ),
}


@pytest.mark.parametrize("asked", CLINFUN)
def test_designs_and_weights_at_odd_error_rates_are_those_of_clinfun(asked):
    null, alternative, alpha, beta = asked
    found = two_stage.search(null, alternative, alpha, 1 - beta, 70)
    ends, admissible = CLINFUN[asked]
    for index, want in zip((found.minimax, found.optimal), ends, strict=True):
        d = found.designs[index]
        assert (d.r1, d.n1, d.r, d.n) == want
    lowest = [(found.designs[i].n, pytest.approx(low, abs=6e-4)) for i, low, _ in found.admissible()]
    assert lowest == list(admissible)


@pytest.mark.parametrize(
    ("null", "alternative", "power", "n", "least"),
    [(0.05, 0.2, 0.8, 27, 4), (0.1, 0.3, 0.8, 25, 6), (0.1, 0.3, 0.9, 33, 7), (0.2, 0.4, 0.8, 35, 12)],
)
def test_the_exact_single_stage_is_the_smallest(null, alternative, power, n, least):
    found = single_stage.single_stage(null, alternative, 0.05, power)
    assert (found.n, found.least) == (n, least)
    assert found.alpha == pytest.approx(binom.sf(least - 1, n, null))
    for smaller in range(1, n):
        k = next(k for k in range(smaller + 2) if binom.sf(k - 1, smaller, null) <= 0.05)
        assert binom.sf(k - 1, smaller, alternative) < power


def test_78_subjects_tell_20_percent_from_10():
    # British Journal of Cancer 2012, 107:1801: A'Hern's approach gives 78, alpha 4.53 %, power 80.81 % (cut)
    found = single_stage.single_stage(0.1, 0.2, 0.05, 0.8)
    assert (found.n, round(100 * found.alpha, 2), int(10_000 * found.power)) == (78, 4.53, 8081)


def test_flemings_example_of_15_and_25_subjects():
    # Fleming 1982's formulas with p0 = 0.2, alpha = 0.05, as worked out in a public calculator's example
    design = single_stage.fleming(0.2, 0.05, (15, 25))
    assert (design.accept, design.reject) == ((3, 8), (7, 9))
    found = single_stage.stage_chances(design, 0.2)
    assert math.fsum((*found.promising, *found.not_promising)) == pytest.approx(1)
    promising = 1 - binom.cdf(6, 15, 0.2)
    for x in (4, 5, 6):
        promising += binom.pmf(x, 15, 0.2) * binom.sf(8 - x, 10, 0.2)
    assert math.fsum(found.promising) == pytest.approx(promising)


def test_88_subjects_against_a_historical_weibull_curve():
    # Wu 2015, Pharmaceutical Statistics 14:26: median 9, shape 1.22, ratio 1/1.75, accrual 5, follow-up 3
    past = one_sample_log_rank.Historical(9, 1.22)
    n, deaths = one_sample_log_rank.one_sample_size(past, 1 / 1.75, 0.05, 0.8, 5, 3, variance="expected")
    assert math.ceil(n) == 88
    assert one_sample_log_rank.one_sample_power(
        n, past, 1 / 1.75, 0.05, 5, 3, variance="expected"
    ) == pytest.approx(0.8, rel=1e-12)
    assert deaths < n
    assert one_sample_log_rank.one_sample_size(past, 1.0, 0.05, 0.8, 5, 3) is None


@pytest.mark.parametrize("variance", ["expected", "mean"])
def test_the_formula_of_the_one_sample_test_agrees_with_simulated_trials(variance):
    past, ratio, n, trials = one_sample_log_rank.Historical(9, 1.22), 0.6, 150, 4000
    rng = np.random.default_rng(20261128)
    time = 9 * (rng.exponential(1 / ratio, (trials, n)) / math.log(2)) ** (1 / 1.22)
    end = 3 + 5 * rng.random((trials, n))
    died = time <= end
    seen = np.minimum(time, end)
    found = [
        one_sample_log_rank.one_sample_log_rank(t, d, ~d, past, variance).p_value <= 0.05
        for t, d in zip(seen[:400], died[:400], strict=True)
    ]
    expected = past.cumulative_hazard(seen).sum(axis=1)
    observed = died.sum(axis=1)
    z = (observed - expected) / np.sqrt(expected if variance == "expected" else (expected + observed) / 2)
    assert list(z[:400] <= -1.6448536269514722) == found
    power = one_sample_log_rank.one_sample_power(n, past, ratio, 0.05, 5, 3, variance=variance)
    assert np.mean(z <= -1.6448536269514722) == pytest.approx(power, abs=0.02)
