"""Own patients against another trial's: what the weights do, and what can't be compared."""

from __future__ import annotations

import numpy as np
import pytest
from cases_matching import patients

from trialist.kernels import matching, simulated_comparison
from trialist.kernels.matching import Weighted


@pytest.fixture(scope="module")
def own():
    return patients(["karno", "age", "before"])


def test_weighted_means_are_the_other_trials(own):
    target = np.array([62.0, 60.0, 0.25])
    found = matching.match(own["x"], target)
    assert found.weight @ own["x"] / found.weight.sum() == pytest.approx(target, rel=1e-12)
    assert found.weight.sum() == pytest.approx(len(found.weight))
    assert 1 < found.effective_n < len(found.weight)


def test_standard_deviations_are_matched_where_asked_but_not_of_shares(own):
    found = matching.match(own["x"], [60.0, 58.0, 0.3], [18.0, 9.0, 0.4])
    w = found.weight / found.weight.sum()
    mean = w @ own["x"]
    assert np.sqrt(w @ (own["x"] - mean) ** 2)[:2] == pytest.approx([18.0, 9.0], rel=1e-10)
    assert mean[2] == pytest.approx(0.3)


def test_own_means_need_no_weights(own):
    found = matching.match(own["x"], own["x"].mean(axis=0))
    assert found.weight == pytest.approx(np.ones(len(found.weight)))
    assert found.effective_n == pytest.approx(len(found.weight))


@pytest.mark.parametrize(
    ("means", "status"),
    [
        ([200.0, 60.0, 0.2], "no_overlap"),
        ([np.nan, 60.0, 0.2], "not_finite"),
    ],
)
def test_means_that_no_weights_give_are_told(own, means, status):
    found = matching.match(own["x"], means)
    assert (found.status, found.weight) == (status, None)


def test_means_that_can_be_had_one_by_one_but_not_together_are_told(own):
    karno = own["x"][:, 0]
    assert matching.match(np.column_stack([karno, karno**2]), [50.0, 2000.0]).status == "no_overlap"
    assert matching.match(np.column_stack([karno, karno**2]), [50.0, 3000.0]).status == "ok"


def test_nobody_and_columns_that_do_not_vary():
    assert matching.match(np.zeros((0, 2)), [0.0, 0.0]).status == "no_patients"
    x = np.column_stack([np.arange(10.0), np.full(10, 3.0)])
    assert matching.match(x, [5.0, 3.0]).status == "ok"
    assert matching.match(x, [5.0, 2.0]).status == "no_overlap"
    twice = np.column_stack([np.arange(10.0), 2 * np.arange(10.0)])
    assert matching.match(twice, [5.0, 10.0]).status == "ok"
    assert matching.match(twice, [5.0, 9.0]).status == "no_overlap"


def test_effects_that_do_not_exist_have_a_status(own):
    matched = matching.match(own["x"], [60.0, 58.0, 0.3])
    nobody = np.zeros(len(own["arm"]))
    assert matching.weighted_difference(nobody, own["arm"], matched, "odds_ratio").status == "no_variance"
    assert (
        matching.weighted_difference(nobody, own["arm"], matched, "risk_difference").status == "no_variance"
    )
    assert matching.weighted_difference(own["early"], nobody, matched, "odds_ratio").status == "one_arm"
    assert matching.weighted_hazard_ratio(own["time"], nobody, own["arm"], matched).status == "no_estimate"
    assert matching.through_common(Weighted("one_arm"), Weighted("ok", 0.1, 0.1)).estimate is None


def test_effects_against_a_common_comparator_are_subtracted():
    found = matching.through_common(Weighted("ok", -0.5, 0.3), Weighted("ok", -0.2, 0.4))
    assert (found.estimate, found.std_err) == pytest.approx((-0.3, 0.5))


def test_drawn_patients_have_the_means_deviations_and_shares_that_were_asked(own):
    people = simulated_comparison.like(own["x"], [62, 60, 0.25], [18, 9, 0], draws=200_000, seed=5)
    assert people.mean(axis=0) == pytest.approx([62, 60, 0.25], rel=0.01)
    assert people.std(axis=0)[:2] == pytest.approx([18, 9], rel=0.01)
    assert set(np.unique(people[:, 2])) == {0.0, 1.0}
    assert np.corrcoef(people[:, 0], people[:, 1])[0, 1] == pytest.approx(
        np.corrcoef(own["x"][:, 0], own["x"][:, 1])[0, 1], abs=0.01
    )
    again = simulated_comparison.like(own["x"], [62, 60, 0.25], [18, 9, 0], draws=200_000, seed=5)
    assert (again == people).all()


def test_a_linear_effect_is_the_same_at_the_means_and_standardised(own):
    y, arm, x = np.log(own["time"]), own["arm"], own["x"]
    people = x[::2]
    one = simulated_comparison.at_means(y, arm, x, people.mean(axis=0), "mean")
    two = simulated_comparison.standardised(y, arm, x, people, "mean")
    assert (one.estimate, one.std_err) == pytest.approx((two.estimate, two.std_err))


def test_models_that_do_not_exist_have_a_status(own):
    nobody, x, arm = np.zeros(len(own["arm"])), own["x"], own["arm"]
    means = x.mean(axis=0)
    assert simulated_comparison.at_means(nobody, arm, x, means, "response").status == "no_responses"
    assert simulated_comparison.at_means(own["early"], nobody, x, means, "response").status == "singular"
    assert simulated_comparison.at_means(own["early"], nobody, x, means, "mean").status == "dependent"
    blank = np.where(np.arange(len(arm)) == 0, np.nan, own["early"])
    assert simulated_comparison.standardised(blank, arm, x, x, "response").status == "not_finite"
    assert simulated_comparison.hazard_at_means(own["time"], nobody, arm, x, means).estimate is None
