"""What must hold of every data set: order, unit of time, names of arms and empty strata change nothing."""

from __future__ import annotations

import math
import time as clock

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trialist.kernels import binomial, counts, cox, log_rank, paired, rank, survival

PATIENT = st.tuples(
    st.integers(1, 15),  # day: few, so that ties are common
    st.booleans(),  # event
    st.integers(0, 1),  # arm
    st.integers(0, 2),  # stratum
)
TRIAL = st.lists(PATIENT, min_size=6, max_size=40)
CALM = settings(max_examples=60, deadline=None, derandomize=True)


def arrays(trial):
    day, event, arm, stratum = (np.array(column, dtype=float) for column in zip(*trial, strict=True))
    return day, event, 1 - event, arm.astype(int), stratum.astype(int)


def ratio(day, event, lost, arm, stratum, ties="efron", first=0):
    """The fit of the first arm against the other."""
    return cox.cox(day, event, lost, arm, [[1.0 - first], [0.0 + first]], stratum=stratum, ties=ties)


@CALM
@given(TRIAL, st.randoms(use_true_random=False), st.sampled_from(["efron", "breslow"]))
def test_the_order_of_patients_changes_nothing(trial, random, ties):
    shuffled = random.sample(trial, len(trial))
    one, other = ratio(*arrays(trial), ties), ratio(*arrays(shuffled), ties)
    assert one.status == other.status
    assert one.coefficient == pytest.approx(other.coefficient, rel=1e-9, abs=1e-10)
    assert one.std_err == pytest.approx(other.std_err, rel=1e-9)
    first, second = (log_rank.log_rank(*arrays(t)[:4], 2, arrays(t)[4]) for t in (trial, shuffled))
    assert first.status == second.status
    if first.status == "ok":
        assert first.chi_square == pytest.approx(second.chi_square, rel=1e-9, abs=1e-12)


@CALM
@given(TRIAL, st.sampled_from([1 / 30.4375, 24.0, 1e-3, 1e6]))
def test_the_unit_of_time_changes_times_only(trial, unit):
    day, event, lost, arm, stratum = arrays(trial)
    one, other = ratio(day, event, lost, arm, stratum), ratio(day * unit, event, lost, arm, stratum)
    assert one.coefficient == pytest.approx(other.coefficient, rel=1e-9, abs=1e-10)
    plain = survival.quantile(survival.kaplan_meier(day, event, lost))
    scaled = survival.quantile(survival.kaplan_meier(day * unit, event, lost))
    for name in ("value", "low", "high"):
        before, after = getattr(plain, name), getattr(scaled, name)
        assert (before is None) == (after is None)
        assert before is None or after == pytest.approx(before * unit)


@CALM
@given(TRIAL)
def test_swapping_the_arms_inverts_the_hazard_ratio(trial):
    one, other = ratio(*arrays(trial)), ratio(*arrays(trial), first=1)
    assert one.status == other.status
    assume(one.status == "ok")
    assert math.exp(one.coefficient[0]) == pytest.approx(math.exp(-other.coefficient[0]), rel=1e-8)
    assert one.std_err == pytest.approx(other.std_err, rel=1e-8)
    day, event, lost, arm, stratum = arrays(trial)
    z = [log_rank.log_rank(day, event, lost, which, 2, stratum).z for which in (arm, 1 - arm)]
    assert (z[0] is None) == (z[1] is None)
    assert z[0] is None or z[0] == pytest.approx(-z[1], rel=1e-9, abs=1e-12)


@CALM
@given(TRIAL, st.lists(st.tuples(st.integers(1, 15), st.booleans()), min_size=1, max_size=10))
def test_a_stratum_with_one_arm_adds_nothing(trial, alone):
    more = [*trial, *((day, event, 1, 9) for day, event in alone)]
    one, other = ratio(*arrays(trial)), ratio(*arrays(more))
    assume(one.status == "ok")
    assert one.coefficient == pytest.approx(other.coefficient, rel=1e-8, abs=1e-9)
    assert one.std_err == pytest.approx(other.std_err, rel=1e-8)
    z = [log_rank.log_rank(*arrays(t)[:4], 2, arrays(t)[4]).z for t in (trial, more)]
    assert z[0] == pytest.approx(z[1], rel=1e-9, abs=1e-12)


@CALM
@given(TRIAL)
def test_patients_and_counts_of_patients_give_the_same_numbers(trial):
    cells: dict[tuple[int, int, int], list[int]] = {}
    for day, event, arm, stratum in trial:
        cells.setdefault((day, arm, stratum), [0, 0])[0 if event else 1] += 1
    day, arm, stratum = (np.array(column) for column in zip(*cells, strict=True))
    died, lost = (np.array(column, dtype=float) for column in zip(*cells.values(), strict=True))
    one, other = ratio(*arrays(trial)), ratio(day.astype(float), died, lost, arm, stratum)
    assert one.status == other.status
    assert one.coefficient == pytest.approx(other.coefficient, rel=1e-9, abs=1e-10)


@CALM
@given(TRIAL)
def test_without_ties_the_score_test_of_one_arm_covariate_is_the_log_rank_test(trial):
    _, event, _, arm, stratum = arrays(trial)
    day = np.arange(1.0, len(trial) + 1)
    fit = ratio(day, event, 1 - event, arm, stratum)
    assume(fit.status == "ok")
    tested = log_rank.log_rank(day, event, 1 - event, arm, 2, stratum)
    assert fit.score.statistic == pytest.approx(tested.chi_square, rel=1e-9, abs=1e-12)
    breslow = ratio(day, event, 1 - event, arm, stratum, "breslow")
    assert fit.coefficient == pytest.approx(breslow.coefficient, rel=1e-12)


@CALM
@given(TRIAL)
def test_a_fit_is_a_finite_estimate_or_a_status(trial):
    fit = ratio(*arrays(trial))
    if fit.status == "ok":
        assert np.isfinite(fit.coefficient).all()
        assert (fit.std_err > 0).all()
        assert 0 <= fit.wald.p_value <= 1
    else:
        assert fit.coefficient.size == 0
        assert fit.wald is None


@CALM
@given(st.lists(st.tuples(st.integers(1, 15), st.booleans()), min_size=1, max_size=40))
def test_a_curve_falls_from_one_and_its_interval_holds_it(patients):
    day, event = (np.array(column, dtype=float) for column in zip(*patients, strict=True))
    for kind in survival.INTERVAL_TYPES:
        curve = survival.kaplan_meier(day, event, 1 - event, interval=kind)
        assert (np.diff(curve.survival) <= 0).all()
        assert curve.survival.min() >= 0
        known = ~np.isnan(curve.low)
        assert (curve.low[known] <= curve.survival[known] + 1e-12).all()
        assert (curve.high[known] >= curve.survival[known] - 1e-12).all()
    if event.all():  # without censoring it is the share still alive
        alive = [(day > t).mean() for t in curve.time]
        assert curve.survival == pytest.approx(np.array(alive), abs=1e-12)


@CALM
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=25), st.booleans())
def test_the_sign_of_the_changes_turns_the_rank_test_around(changes, correct):
    one = rank.signed_rank(changes, correct=correct)
    other = rank.signed_rank([-c for c in changes], correct=correct)
    assert one.status == other.status
    assume(one.status == "ok")
    assert one.p_value == pytest.approx(other.p_value, rel=1e-9)
    assert one.pseudo_median == pytest.approx(-other.pseudo_median, abs=1e-9)
    nonzero = [c for c in changes if c]
    walsh = [(a + b) / 2 for i, a in enumerate(nonzero) for b in nonzero[i:]]
    assert one.pseudo_median == pytest.approx(float(np.median(walsh)), abs=1e-9)
    if one.low is not None and other.low is not None:
        assert one.low == pytest.approx(-other.high, abs=1e-9)


@CALM
@given(st.integers(1, 60), st.data())
def test_the_exact_interval_holds_what_the_exact_tails_do_not_reject(n, data):
    yes = data.draw(st.integers(0, n))
    low, high = binomial.proportion_interval(yes, n, 0.9)
    assert 0 <= low <= yes / n <= high <= 1
    for truth in (low, high):
        if 0 < truth < 1:
            chance = binomial.binomial_probabilities(n, truth)
            tail = min(chance[: yes + 1].sum(), chance[yes:].sum())
            assert tail == pytest.approx(0.05, rel=1e-8)


@CALM
@given(st.lists(st.floats(-50, 50), min_size=2, max_size=30), st.floats(-100, 100))
def test_a_shift_moves_the_mean_change_and_not_its_spread(changes, shift):
    one = paired.paired_t(changes)
    assume(one.status == "ok" and one.sd > 1e-3)
    other = paired.paired_t([c + shift for c in changes])
    assert other.mean == pytest.approx(one.mean + shift, abs=1e-9)
    assert other.sd == pytest.approx(one.sd, rel=1e-6)


@pytest.mark.parametrize("pairs", [50, 20_000])
def test_in_matched_pairs_the_hazard_ratio_counts_who_died_first(pairs):
    # worked: each pair is a stratum; in three of five the first arm's member dies first, so 3 : 2
    first_dies = np.arange(pairs) % 5 < 3
    day = np.concatenate([np.where(first_dies, 10.0, 20.0), np.where(first_dies, 20.0, 10.0)])
    died = (day == 10).astype(float)
    arm, stratum = np.repeat([0, 1], pairs), np.tile(np.arange(pairs), 2)
    fit = ratio(day, died, 1 - died, arm, stratum)
    assert math.exp(fit.coefficient[0]) == pytest.approx(1.5, rel=1e-9)
    assert fit.std_err[0] == pytest.approx(math.sqrt(1 / (0.6 * pairs) + 1 / (0.4 * pairs)), rel=1e-9)


@pytest.mark.parametrize(
    ("status", "day", "died", "arm", "stratum"),
    [
        ("no_events", [1, 2, 3, 4], [0, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0]),
        ("singular", [1, 2, 3, 4], [1, 1, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]),
        ("singular", [1, 2, 3, 4], [1, 1, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]),
        ("infinite", [1, 2, 3, 4], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0]),
    ],
)
def test_why_there_is_no_hazard_ratio(status, day, died, arm, stratum):
    died = np.array(died, dtype=float)
    assert ratio(day, died, 1 - died, arm, stratum).status == status


def test_a_monotone_likelihood_is_seen_behind_a_finite_coefficient():
    draw = np.random.default_rng(3)
    day, age = np.arange(1.0, 41), draw.normal(60, 8, 40)
    arm = (np.arange(40) >= 20).astype(float)
    died = 1 - arm  # nobody of the second arm dies
    fit = cox.cox(day, died, 1 - died, np.arange(40), np.column_stack([arm, age]))
    assert fit.status == "infinite"
    alone = cox.cox(day, died, 1 - died, np.arange(40), age)
    assert alone.status == "ok"


def test_a_covariate_that_follows_from_others_is_singular():
    draw = np.random.default_rng(3)
    day, age = np.arange(1.0, 41), draw.normal(60, 8, 40)
    fit = cox.cox(day, np.ones(40), np.zeros(40), np.arange(40), np.column_stack([age, 120 - 2 * age]))
    assert fit.status == "singular"


def test_times_equal_up_to_rounding_are_ties():
    assert counts.tied_times([0.1 + 0.2, 0.3, 0.6]).tolist() == [0.3, 0.3, 0.6]
    assert counts.tied_times([1.0, 1.000001]).tolist() == [1.0, 1.000001]


def test_a_hundred_thousand_patients_in_three_strata_take_well_under_a_second():
    draw = np.random.default_rng(7)
    n = 100_000
    arm, stratum = draw.integers(0, 2, n), draw.integers(0, 3, n)
    day = np.ceil(draw.exponential(np.where(arm == 0, 400, 300)))
    event = (draw.random(n) < 0.7).astype(float)
    start = clock.process_time()
    fit = ratio(day, event, 1 - event, arm, stratum)
    tested = log_rank.log_rank(day, event, 1 - event, arm, 2, stratum)
    spent = clock.process_time() - start
    assert fit.status == "ok"
    assert math.exp(fit.coefficient[0]) == pytest.approx(0.75, abs=0.02)
    assert tested.z < 0
    assert spent < 1.0
