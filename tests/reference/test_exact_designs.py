"""Exact single-arm and phase I designs against published tables, brute force and simulation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import binom

from trialist.kernels import (
    continual_reassessment,
    dose_escalation,
    one_sample_log_rank,
    precision,
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


def test_three_plus_three_by_enumeration_agrees_with_a_walk_through_trials():
    truth = (0.05, 0.1, 0.2, 0.35, 0.5)
    found = dose_escalation.three_plus_three(truth)
    assert found.chosen.sum() + found.none == pytest.approx(1)
    rng = np.random.default_rng(20261128)
    trials = 20_000
    chosen, treated = np.zeros(5), np.zeros(5)
    for _ in range(trials):
        dose, n = _walk(truth, rng)
        treated += n
        if dose >= 0:
            chosen[dose] += 1
    error = np.sqrt(found.chosen * (1 - found.chosen) / trials)
    assert np.all(np.abs(chosen / trials - found.chosen) < 4.5 * error)
    assert treated / trials == pytest.approx(found.treated, rel=0.02)


def _walk(truth, rng):
    """One trial of the 3 + 3 design, step by step."""
    n, y, dose, top = [0] * len(truth), [0] * len(truth), 0, len(truth) - 1

    def treat(at):
        n[at] += 3
        y[at] += rng.binomial(3, truth[at])

    while True:
        treat(dose)
        if y[dose] == 1:
            treat(dose)
        if y[dose] > 1 or (n[dose] == 3 and y[dose]):
            break
        if dose == top:
            if n[dose] == 3:
                treat(dose)
            if y[dose] <= 1:
                return dose, n
            break
        dose += 1
    dose -= 1
    while dose >= 0:
        if n[dose] == 3:
            treat(dose)
        if y[dose] <= 1:
            return dose, n
        dose -= 1
    return -1, n


def test_boin_has_the_published_boundaries_and_table_for_a_target_of_0_3():
    # Liu and Yuan 2015, Applied Statistics 64:507: 0.236 and 0.358; decisions for 3, 6, 9, 12, 15, 18 treated
    rule = dose_escalation.boin(0.3)
    assert (rule.up, rule.down) == (pytest.approx(0.2365, abs=5e-5), pytest.approx(0.3585, abs=5e-5))
    table = dose_escalation.decisions(rule, range(3, 19, 3))
    assert table.up.tolist() == [0, 1, 2, 2, 3, 4]
    assert table.down.tolist() == [2, 3, 4, 5, 6, 7]
    assert table.out.tolist() == [3, 4, 5, 7, 8, 9]


# get.boundary of R's BOIN 2.7.2 (10 cohorts of 3), its R code run here: 3, 6, ..., 30 treated
BOIN_TABLES = {
    0.1: ((0, 0, 0, 0, 1, 1, 1, 1, 2, 2), (1, 1, 2, 2, 2, 3, 3, 3, 4, 4), (2, 2, 3, 3, 4, 4, 5, 5, 6, 6)),
    0.2: ((0, 0, 1, 1, 2, 2, 3, 3, 4, 4), (1, 2, 3, 3, 4, 5, 6, 6, 7, 8), (2, 3, 4, 5, 6, 7, 8, 8, 9, 10)),
    0.25: (
        (0, 1, 1, 2, 2, 3, 4, 4, 5, 5),
        (1, 2, 3, 4, 5, 6, 7, 8, 9, 9),
        (3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
    ),
    0.4: (
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
        (2, 3, 5, 6, 8, 9, 11, 12, 13, 15),
        (3, 5, 7, 8, 10, 11, 13, 14, 15, 17),
    ),
}


@pytest.mark.parametrize("target", BOIN_TABLES)
def test_boins_table_is_that_of_its_r_package(target):
    table = dose_escalation.decisions(dose_escalation.boin(target), range(3, 31, 3))
    assert tuple(tuple(row.tolist()) for row in (table.up, table.down, table.out)) == BOIN_TABLES[target]


def test_no_dose_is_given_up_before_its_first_toxicity():
    # the uniform prior alone puts 0.99^4 = 0.96 above a target of 0.01
    table = dose_escalation.decisions(dose_escalation.boin(0.01), [3, 6])
    assert table.out.tolist() == [1, 1]


def test_a_dose_that_nobody_took_is_not_chosen():
    # the first cohort starts on dose 2; with 2 or 3 of 3 toxicities of one cohort in all, dose 2 is given up
    rng = np.random.default_rng(1)
    found = dose_escalation.boin_characteristics(
        dose_escalation.boin(0.1), (0.05, 0.999), 1, 3, 400, rng, start=1
    )
    assert found.treated.tolist() == [0, 3]
    assert (found.chosen[0], found.none > 0.99) == (0, True)


def test_the_dose_chosen_is_that_of_r_boin():
    # select.mtd of R's BOIN 2.7.2, its R code run here: (target, treated, toxicities) and the dose it selects
    for target, n, y, dose in (
        (0.3, (3, 3, 15, 9, 0), (0, 0, 4, 4, 0), 3),
        (0.3, (3, 3, 0, 0), (0, 0, 0, 0), 2),
        (0.3, (6, 6, 6, 0), (2, 2, 2, 0), 1),
    ):
        out = np.array([len(n)])
        assert int(dose_escalation.tolerated(np.array([y]), np.array([n]), out, target)[0]) == dose - 1


def test_isotonic_estimates_rise_and_pool_what_falls():
    values = np.array([[0.1, 0.3, 0.2, 0.5], [0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4]])
    weights = np.array([[1.0, 1, 1, 1], [1, 1, 2, 1], [1, 1, 1, 1]])
    fitted = dose_escalation.isotonic(values, weights)
    assert fitted[0] == pytest.approx([0.1, 0.25, 0.25, 0.5])
    assert fitted[1] == pytest.approx([0.24] * 4)
    assert fitted[2] == pytest.approx(values[2])


def test_designs_that_learn_choose_the_right_dose_most_often_and_stop_where_all_are_toxic():
    rng = np.random.default_rng(20261128)
    rule = dose_escalation.boin(0.3)
    model = continual_reassessment.Crm(0.3, continual_reassessment.skeleton(0.3, 0.06, 2, 5))
    safe, toxic = (0.05, 0.12, 0.3, 0.5, 0.6), (0.7, 0.8, 0.85, 0.9, 0.95)
    for found in (
        dose_escalation.boin_characteristics(rule, safe, 10, 3, 2000, rng),
        continual_reassessment.crm_characteristics(model, safe, 10, 3, 2000, rng),
    ):
        assert int(np.argmax(found.chosen)) == 2
        assert found.chosen[2] > 0.5
        assert found.subjects <= 30 * (1 + 1e-12)
    for found in (
        dose_escalation.boin_characteristics(rule, toxic, 10, 3, 1000, rng),
        continual_reassessment.crm_characteristics(model, toxic, 10, 3, 1000, rng),
    ):
        assert found.none > 0.9
        assert found.subjects < 12


def test_a_skeleton_of_indifference_intervals_has_its_defining_property():
    # Lee and Cheung 2009: where dose k is target + half width, dose k - 1 is target - half width
    made = np.array(continual_reassessment.skeleton(0.25, 0.05, 2, 5))
    assert made[2] == pytest.approx(0.25)
    for low, high in itertools.pairwise(made):
        power = math.log(0.3) / math.log(high)
        assert low**power == pytest.approx(0.2)


def test_the_posterior_by_quadrature_is_that_of_a_fine_sum():
    design = continual_reassessment.Crm(0.2, (0.05, 0.12, 0.25, 0.4, 0.55))
    toxic, n = np.array([[0, 1, 1, 0, 0]]), np.array([[3, 3, 6, 0, 0]])
    found = continual_reassessment.posterior(design, toxic, n)
    b = np.linspace(-12, 12, 200_001)
    curve = np.array(design.skeleton)[None, :] ** np.exp(b)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.nan_to_num(
            (toxic[0] * np.log(curve) + (n[0] - toxic[0]) * np.log1p(-curve)).sum(axis=1), nan=-np.inf
        )
    mass = np.exp(logs - logs.max() - b**2 / (2 * 1.34))
    mass /= mass.sum()
    assert found.b[0] == pytest.approx(float(mass @ b), rel=1e-7)
    assert found.toxicity[0] == pytest.approx(mass @ curve, rel=1e-7)


@pytest.mark.parametrize("variance", [0.05, 1.34, 100.0])
@pytest.mark.parametrize("n", [12, 300])
def test_the_posterior_is_right_for_every_prior_and_size(variance, n):
    design = continual_reassessment.Crm(0.25, (0.05, 0.12, 0.25, 0.4, 0.55), "power", variance)
    toxic, treated = np.array([[0, 0, n // 4, 0, 0]]), np.array([[0, 0, n, 0, 0]])
    b = np.linspace(-9, 4, 100_001)
    curve = 0.25 ** np.exp(b)
    logs = n // 4 * np.log(curve) + (n - n // 4) * np.log1p(-curve) - b**2 / (2 * variance)
    mass = np.exp(logs - logs.max())
    expected = float(mass @ b / mass.sum())
    found = continual_reassessment.posterior(design, toxic, treated)
    assert found.b[0] == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("model", "b", "toxicity"),
    [
        ("power", -0.212171526305, (0.0886529469646, 0.1553009274271, 0.2720538784723, 0.4277897775747)),
        ("logistic", -0.110111608792, (0.0891029822337, 0.1603896725907, 0.2831370371591, 0.4398681849239)),
    ],
)
def test_the_estimate_after_ten_patients_is_that_of_dfcrms_example(model, b, toxicity):
    # the example of crm() in R's dfcrm 0.2-2.1, its R code run here; integrate() is good to about 1e-7
    design = continual_reassessment.Crm(0.2, (0.05, 0.10, 0.20, 0.35, 0.50, 0.70), model)
    toxic, n = np.array([[0, 0, 1, 2, 0, 0]]), np.array([[0, 3, 4, 3, 0, 0]])
    found = continual_reassessment.posterior(design, toxic, n)
    assert found.b[0] == pytest.approx(b, abs=1e-6)
    assert continual_reassessment._curve(design, found.b)[0, :4] == pytest.approx(toxicity, abs=1e-6)
    assert continual_reassessment.next_dose(design, found, np.array([3])).tolist() == [1]


@pytest.mark.parametrize(
    ("half_width", "doses", "model", "made"),
    [
        (0.05, 5, "power", (0.0839734913056, 0.1567410211426, 0.25, 0.3545004276151, 0.4603431110853)),
        (0.05, 5, "logistic", (0.0888735648568, 0.1580489220293, 0.25, 0.3554960694232, 0.4617722166944)),
        (0.1, 6, "logistic", (0.0177261662878, 0.0861165361565, 0.25, 0.4668234524590, 0.6468609729308)),
    ],
)
def test_the_skeleton_of_either_model_is_that_of_dfcrms_getprior(half_width, doses, model, made):
    # getprior() of R's dfcrm 0.2-2.1, its R code run here; the last row is the example of its help page
    found = continual_reassessment.skeleton(0.25, half_width, 2, doses, model)
    assert found[:5] == pytest.approx(made, rel=1e-10)


def test_the_next_dose_skips_none_and_stops_when_the_lowest_is_too_toxic():
    design = continual_reassessment.Crm(0.25, continual_reassessment.skeleton(0.25, 0.05, 2, 5))
    quiet = continual_reassessment.posterior(design, np.zeros((1, 5), int), np.array([[3, 0, 0, 0, 0]]))
    assert continual_reassessment.next_dose(design, quiet, np.array([0])).tolist() == [1]
    bad = continual_reassessment.posterior(design, np.array([[6, 0, 0, 0, 0]]), np.array([[6, 0, 0, 0, 0]]))
    assert continual_reassessment.next_dose(design, bad, np.array([0])).tolist() == [-1]


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
