"""Logistic models, ordered tables and crossings by their definitions: enumeration and identities."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from trialist.kernels import (
    contingency,
    exact_two_by_two,
    logistic,
    ordered_tables,
    standardised,
    stratified_tables,
    two_proportions,
)
from trialist.kernels.crossing import crossing

TWO = np.array([[1.0, 1.0], [1.0, 0.0]])


def test_a_logistic_model_of_two_arms_is_the_two_by_two_table():
    fit = logistic.logistic(TWO, [56, 48], [70, 80])
    woolf = two_proportions.odds_ratio((56, 48), (70, 80))
    assert math.exp(fit.coefficient[1]) == pytest.approx(woolf.value, rel=1e-12)
    assert math.exp(fit.coefficient[1] + 1.959963984540054 * fit.std_err[1]) == pytest.approx(woolf.high)
    plain = standardised.standardised(TWO, 1, [56, 48], [70, 80])
    found = standardised.compared(plain, "risk_difference")
    wald = two_proportions.difference((56, 48), (70, 80))
    assert (found.low, found.high) == pytest.approx((wald.low, wald.high), rel=1e-10)


def test_separation_is_told_and_not_estimated():
    assert logistic.logistic(TWO, [0, 7], [10, 12]).status == "separated"
    assert logistic.logistic(TWO, [10, 7], [10, 12]).status == "separated"
    assert logistic.logistic(TWO, [0, 0], [10, 12]).status == "no_responses"
    x = np.column_stack([np.ones(40), np.arange(40.0)])
    assert logistic.logistic(x, (np.arange(40) > 21).astype(float), np.ones(40)).status == "separated"
    nearly = (np.arange(40) > 21).astype(float)
    nearly[[20, 23]] = 1, 0
    fit = logistic.logistic(x, nearly, np.ones(40))  # steep, but not separated
    assert fit.status == "ok"
    assert fit.coefficient[1] > 0.4
    constant = np.column_stack([np.ones(4), np.array([1, 1, 0, 0.0]), np.full(4, 3.0)])
    assert logistic.logistic(constant, [1, 0, 1, 0], np.ones(4)).status == "singular"
    assert logistic.logistic(np.empty((0, 2)), [], []).status == "no_responses"


def test_firths_penalty_gives_two_separated_arms_half_a_subject_more_in_every_cell():
    fit = logistic.logistic(TWO, [0, 7], [10, 12], firth=True)
    assert fit.coefficient[1] == pytest.approx(math.log(0.5 * 5.5 / (10.5 * 7.5)), rel=1e-10)
    low, high = logistic.profile_interval(TWO, [0, 7], [10, 12], 1, firth=True)
    assert low < fit.coefficient[1] < high < 0


def test_firths_estimate_is_found_in_small_samples_and_in_any_unit():
    for seed in range(12):
        draw = np.random.default_rng(seed)
        x = np.column_stack([np.ones(8), draw.integers(0, 2, 8), draw.normal(size=8)])
        y = draw.integers(0, 2, 8).astype(float)
        for unit in (1.0, 1e-8, 1e5):
            fit = logistic.logistic(x * [1, 1, unit], y, np.ones(8), firth=True)
            if unit == 1.0:
                first = fit
            assert fit.status == first.status
            if first.status == "ok":
                assert fit.coefficient * [1, 1, unit] == pytest.approx(first.coefficient, abs=1e-8)
                assert fit.log_likelihood == pytest.approx(first.log_likelihood + math.log(unit), rel=1e-9)


def test_cells_and_subjects_give_the_same_model_and_an_offset_moves_the_intercept():
    cells = logistic.logistic(TWO, [56, 48], [70, 80])
    x = np.repeat(TWO, [70, 80], axis=0)
    y = np.concatenate([np.arange(70) < 56, np.arange(80) < 48]).astype(float)
    subjects = logistic.logistic(x, y, np.ones(150))
    assert subjects.coefficient == pytest.approx(cells.coefficient, rel=1e-12)
    assert subjects.std_err == pytest.approx(cells.std_err, rel=1e-12)
    moved = logistic.logistic(TWO, [56, 48], [70, 80], offset=[2.0, 2.0])
    assert moved.coefficient == pytest.approx(cells.coefficient - [2, 0], abs=1e-10)
    empty = logistic.logistic(np.vstack([TWO, [[1.0, 5.0]]]), [56, 48, 0], [70, 80, 0])
    assert empty.coefficient == pytest.approx(cells.coefficient, rel=1e-12)


# --- tables ---------------------------------------------------------------------------------------


def test_jonckheere_and_terpstra_have_the_mean_and_variance_of_all_orders():
    """Every way to deal nine tied values to arms of 2, 3 and 4."""
    values, sizes = np.array([1, 1, 2, 2, 2, 3, 4, 4, 4]), (2, 3, 4)

    def pairs(arms: list[np.ndarray]) -> float:
        return sum(
            float(np.sum(a[:, None] < b)) + float(np.sum(a[:, None] == b)) / 2
            for a, b in itertools.combinations(arms, 2)
        )

    found = []
    for first in itertools.combinations(range(9), sizes[0]):
        rest = [i for i in range(9) if i not in first]
        for second in itertools.combinations(rest, sizes[1]):
            third = [i for i in rest if i not in second]
            found.append(pairs([values[list(chosen)] for chosen in (first, second, third)]))
    seen = [values[[0, 4]], values[[1, 2, 6]], values[[3, 5, 7, 8]]]
    table = [[int(np.sum(arm == value)) for value in (1, 2, 3, 4)] for arm in seen]
    z = (pairs(seen) - np.mean(found)) / np.std(found)
    assert ordered_tables.jonckheere_terpstra(table).z == pytest.approx(z, rel=1e-12)


def test_two_arms_of_jonckheere_and_terpstra_are_the_rank_sum_test():
    first, second = [5, 10, 20, 8], [12, 14, 15, 3]
    trend, sums = ordered_tables.jonckheere_terpstra([second, first]), ordered_tables.rank_sum(first, second)
    assert trend.z == pytest.approx(sums.z, rel=1e-12)
    up = ordered_tables.rank_sum(first, second, alternative="greater").p_value
    down = ordered_tables.rank_sum(first, second, alternative="less").p_value
    assert up + down == pytest.approx(1)
    assert sums.p_value == pytest.approx(2 * min(up, down))


def test_nothing_ordered_and_nothing_to_tell_apart():
    assert ordered_tables.cochran_armitage([0, 0], [5, 7]).z is None
    assert ordered_tables.cochran_armitage([], []).z is None
    assert ordered_tables.cochran_armitage([2, 1], [5, 7], [3, 3]).z is None
    assert ordered_tables.rank_sum([0, 0], [3, 4]).value is None
    alone = ordered_tables.rank_sum([1, 0], [1, 0])
    assert (alone.value, alone.z, alone.low) == (0.5, None, None)
    apart = ordered_tables.rank_sum([0, 5], [5, 0])
    assert (apart.value, apart.low) == (1, None)
    assert ordered_tables.jonckheere_terpstra([[3, 0], [4, 0]]).z is None
    assert contingency.chi_square([[3, 0], [4, 0]]).status == "nothing"
    assert contingency.freeman_halton([[0, 0], [4, 3]]).status == "nothing"
    assert stratified_tables.general_association([[[1, 0], [0, 0]]]).p_value is None


def test_the_test_of_freeman_and_halton_is_the_sum_over_all_tables():
    table = np.array([[3, 1, 0], [1, 4, 2]])
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    weight: dict[tuple[int, ...], float] = {}
    for first in itertools.product(*(range(c + 1) for c in columns)):
        if sum(first) == rows[0]:
            weight[first] = math.prod(math.comb(int(c), k) for c, k in zip(columns, first, strict=True))
    mine = weight[tuple(int(k) for k in table[0])]
    expected = sum(w for w in weight.values() if w <= mine) / sum(weight.values())
    for turned in (table, table.T, table[:, ::-1]):
        assert contingency.freeman_halton(turned).p_value == pytest.approx(expected, rel=1e-12)
    assert contingency.freeman_halton(np.full((4, 6), 30)).status == "too_large"


def test_two_by_two_freeman_halton_is_fishers_test():
    assert contingency.freeman_halton([[7, 27], [1, 33]]).p_value == pytest.approx(
        exact_two_by_two.fisher([(7, 1)], [(34, 34)]), rel=1e-12
    )


def test_a_crossing_is_found_to_the_last_digit_wherever_it_starts():
    assert crossing(lambda x: x**3 - 2, 0.0, 2.0) == pytest.approx(2 ** (1 / 3), rel=1e-15)
    assert crossing(lambda x: math.exp(50 * x) - 1e5, -1.0, 1.0) == pytest.approx(
        math.log(1e5) / 50, rel=1e-14
    )
    assert crossing(lambda x: abs(x) * (x - 0.5), 0.0, 1.0) == pytest.approx(0.5)  # 0 where it starts
    assert crossing(lambda x: x + 2, 0.0, 1.0) == 0.0  # none
