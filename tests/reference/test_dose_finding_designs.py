"""Phase I designs: 3 + 3, BOIN and CRM against their published tables, R packages and simulated trials."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from trialist.kernels import (
    continual_reassessment,
    dose_escalation,
)


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
