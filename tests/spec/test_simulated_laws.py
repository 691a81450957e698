"""Clauses of the laws that simulated trials follow."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialist.kernels.draws import spread, stream
from trialist.kernels.multistate import (
    PiecewiseHazard,
    draw,
    draw_earlier,
    exponential,
    illness_death,
    proportional_hazards,
)

DRAWS = 400_000


def laws(control: float, compared: float, ratio: float) -> tuple[PiecewiseHazard, PiecewiseHazard]:
    pair = proportional_hazards(control, compared, ratio)
    assert pair is not None
    return pair


def drawn(
    free: PiecewiseHazard, alive: PiecewiseHazard, before: float, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Days of progression-free time and of survival, from a daily grid over 20 years."""
    edges = np.arange(7306.0)
    model = illness_death(free.survival(edges), alive.survival(edges), before)
    rng = stream(seed, "test")
    progression, death = draw(model, rng.random(DRAWS), rng.random(DRAWS), rng.standard_exponential(DRAWS))
    return np.minimum(progression, death) + 0.5, death + 0.5


def test_both_medians_and_the_ratio_hold_in_the_law_itself() -> None:
    control, compared = laws(3.7, 8.0, 0.54)
    assert control.survival(np.array([3.7]))[0] == pytest.approx(0.5)
    assert compared.survival(np.array([8.0]))[0] == pytest.approx(0.5)
    grid = np.linspace(0.1, 40, 50)
    np.testing.assert_allclose(compared.at(grid) / control.at(grid), 0.54)


def test_after_the_later_median_the_mean_hazard_so_far_goes_on() -> None:
    control, _ = laws(3.7, 8.0, 0.54)
    assert control.after == pytest.approx(math.log(2) / 0.54 / 8.0)


def test_a_ratio_above_one_needs_the_shorter_median_in_the_compared_arm() -> None:
    control, compared = laws(8.0, 3.7, 1 / 0.54)
    assert compared.survival(np.array([3.7]))[0] == pytest.approx(0.5)
    assert control.survival(np.array([8.0]))[0] == pytest.approx(0.5)


@pytest.mark.parametrize(("control", "compared", "ratio"), [(8, 3.7, 0.54), (3.7, 8, 1.2), (5, 5, 0.8)])
def test_no_law_is_made_of_medians_that_contradict_the_ratio(
    control: float, compared: float, ratio: float
) -> None:
    assert proportional_hazards(control, compared, ratio) is None


def test_published_medians_come_back_from_drawn_subjects_within_one_percent() -> None:
    free, alive = laws(3.7 * 30.4375, 8.0 * 30.4375, 0.54), laws(11 * 30.4375, 13.6 * 30.4375, 0.64)
    for arm, (pfs, os) in enumerate([(3.7, 11.0), (8.0, 13.6)]):
        first, death = drawn(free[arm], alive[arm], 0.15)
        assert np.median(first) / 30.4375 == pytest.approx(pfs, rel=0.01)
        assert np.median(death) / 30.4375 == pytest.approx(os, rel=0.01)


def test_the_share_of_deaths_before_progression_is_the_planned_one() -> None:
    """Where the death density is everywhere below that of progression, it is exactly the share q."""
    free, alive = exponential(120.0), exponential(400.0)
    edges = np.arange(20_000.0)
    model = illness_death(free.survival(edges), alive.survival(edges), 0.15)
    leave = np.diff(model.first)
    early = -np.diff(free.survival(edges)) > -np.diff(alive.survival(edges))
    expected = 0.15 * -np.diff(alive.survival(edges))
    np.testing.assert_allclose((model.death_first * leave)[early], expected[early], atol=1e-12)


def test_nobody_dies_before_the_progression_that_is_recorded() -> None:
    first, death = drawn(exponential(60.0), exponential(90.0), 0.0)
    assert np.all(death >= first)


def test_a_progression_law_above_survival_is_lowered_and_said_so() -> None:
    edges = np.arange(4000.0)
    alive = exponential(300.0).survival(edges)
    model = illness_death(exponential(500.0).survival(edges), alive, 0.2)
    assert model.capped
    np.testing.assert_allclose(1 - model.first, alive)


def test_where_the_laws_touch_the_progressed_die_at_once_and_later_ones_do_not() -> None:
    """S_T = S_D up to the second edge, apart after it."""
    alive = np.array([1.0, 0.9, 0.8, 0.7, 0.6])
    free = np.array([1.0, 0.9, 0.8, 0.5, 0.2])
    model = illness_death(free, alive, 0.0)
    rng = stream(1, "touch")
    progression, death = draw(model, rng.random(DRAWS), rng.random(DRAWS), rng.standard_exponential(DRAWS))
    assert np.array_equal(death[progression < 2], progression[progression < 2])
    assert (death <= 3).mean() == pytest.approx(0.4, abs=0.005)
    assert (death <= 2).mean() == pytest.approx(0.3, abs=0.005)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    control=st.floats(1, 30),
    gain=st.floats(1.05, 4),
    ratio=st.floats(0.2, 0.95),
    longer=st.floats(1.1, 5),
    before=st.floats(0, 0.9),
)
def test_both_marginals_come_out_exactly_whatever_they_are(
    control: float, gain: float, ratio: float, longer: float, before: float
) -> None:
    """Carrying the mass through the model, without drawing, gives S_T and S_D at every edge."""
    free = laws(control, control * gain, ratio)[1]
    alive = exponential(control * gain * longer)
    edges = np.concatenate([[0.0], np.geomspace(0.01, 200, 400)])
    target = alive.survival(edges)
    held = np.minimum(free.survival(edges), target)
    model = illness_death(free.survival(edges), target, before)
    stay = np.exp(-np.diff(model.after))
    leave = np.diff(model.first)
    ill = dead = 0.0
    for cell in range(len(leave)):
        early = leave[cell] * model.death_first[cell]
        now = ill + leave[cell] - early
        late = now * (1 - stay[cell])
        ill, dead = now - late, dead + early + late
        assert dead == pytest.approx(1 - target[cell + 1], abs=1e-9)
        assert 1 - model.first[cell + 1] == pytest.approx(held[cell + 1], abs=1e-12)


def test_an_earlier_time_drawn_backwards_has_its_own_law_and_never_comes_later() -> None:
    edges = np.arange(3000.0)
    later = exponential(250.0).survival(edges)
    earlier = exponential(100.0).survival(edges)
    model = illness_death(earlier, later, 0.5)
    rng = stream(4, "backwards")
    cell = np.searchsorted(1 - later[1:], rng.random(DRAWS))
    first = draw_earlier(model, later, cell, rng.random(DRAWS), 1.0 - rng.random(DRAWS))
    assert np.all(first <= cell)
    assert np.median(first) == pytest.approx(100, rel=0.01)
    for day in (20, 50, 200, 400):
        assert (first >= day).mean() == pytest.approx(earlier[day], abs=0.003)


def test_streams_of_other_names_do_not_move_each_other() -> None:
    alone = stream(7, "lb", 0).random(5)
    stream(7, "ae", 0).random(1000)
    np.testing.assert_array_equal(alone, stream(7, "lb", 0).random(5))
    assert not np.array_equal(alone, stream(7, "lb", 1).random(5))
    assert not np.array_equal(alone, stream(8, "lb", 0).random(5))


def test_a_ragged_table_knows_its_owners() -> None:
    owner, position = spread(np.array([2, 0, 3]))
    assert owner.tolist() == [0, 0, 2, 2, 2]
    assert position.tolist() == [0, 1, 0, 1, 2]
