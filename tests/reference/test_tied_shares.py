"""Efron's sums over tied deaths by few points, and cells counted in place: the numbers of the long way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialist.findings.counted import alike_together
from trialist.findings.counting import by_counting
from trialist.kernels import counts, cox_likelihood, whole_numbers
from trialist.kernels.counts import risk_sets, tied_times
from trialist.kernels.cox import cox, fit_rows
from trialist.kernels.cox_likelihood import Grid, derivatives, out_of_reach, row_derivatives
from trialist.kernels.cox_rows import CoxRows, cox_rows, with_every_share
from trialist.kernels.tied_shares import POINTS, REACH, gauss, shares

CALM = settings(max_examples=30, deadline=None, derandomize=True)
PATTERNS = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])


def tied_rows(seed: int, hazard: float, extra: str) -> CoxRows:
    """Counts of people at few times in three strata: of those at risk a part `hazard` dies at each time, all
    at the last of the first stratum, one at the first of the second."""
    draw = np.random.default_rng(seed)
    time, stratum, kind = (part.ravel() for part in np.meshgrid(np.arange(1.0, 9), range(3), range(4)))
    size = int(draw.integers(20, 900) / hazard)
    left = size * (1 - hazard) ** time
    died = np.floor(left * hazard * draw.uniform(0.5, 1.5, time.size))
    lost = np.floor(left * draw.uniform(0, 0.05, time.size))
    died[(stratum == 1) & (time == 1)] = [1, 0, 0, 0]
    last = (stratum == 0) & (time == 8)
    died[last], lost[last] = [700, 300, 40, 500], 0
    more = {
        "plain": {},
        "weights": {"weight": draw.uniform(0.2, 3, time.size)},
        "offset": {"offset": draw.uniform(-0.3, 0.3, time.size)},
        "entry": {"entry": np.where(draw.random(time.size) < 0.2, np.floor(time / 2), 0.0)},
    }[extra]
    return cox_rows(time, died, lost, kind, PATTERNS, stratum=stratum.astype(int), **more)


def alike(one, other, events: float) -> None:
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-13)
    assert one.score == pytest.approx(other.score, rel=1e-11, abs=1e-12 * events)
    assert one.information == pytest.approx(other.information, rel=1e-11, abs=1e-13 * events)


@CALM
@given(
    st.integers(0, 10**6),
    st.sampled_from([0.9, 0.3, 0.05, 0.01, 1e-3, 1e-5]),
    st.sampled_from(["plain", "weights", "offset", "entry"]),
    st.tuples(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6)),
)
def test_few_points_give_the_derivatives_of_a_share_for_each_death(seed, hazard, extra, beta):
    rows = tied_rows(seed, hazard, extra)
    whole, at = with_every_share(rows), np.array(beta)
    assert whole.share.size == round(float(rows.deaths.sum()))
    if out_of_reach(rows, at):
        return
    events = float((rows.weight * rows.event).sum())
    few, one_by_one = Grid(rows).derivatives(at), Grid(whole).derivatives(at)
    alike(few, one_by_one, events)
    alike(row_derivatives(rows, at), row_derivatives(whole, at), events)
    assert few.log_likelihood == pytest.approx(row_derivatives(whole, at).log_likelihood, rel=1e-11)


@pytest.mark.parametrize("hazard", [0.3, 0.01, 1e-4])
def test_the_compiled_pass_takes_the_few_points(monkeypatch, hazard):
    pytest.importorskip("numba")
    monkeypatch.setattr(cox_likelihood, "GRID_CELLS", 0)
    monkeypatch.setattr(cox_likelihood, "COMPILED_FROM", 1)
    rows, at = tied_rows(3, hazard, "weights"), np.array([0.4, -0.2])
    events = float((rows.weight * rows.event).sum())
    alike(derivatives(rows)(at), row_derivatives(with_every_share(rows), at), events)


def test_the_fewer_of_those_at_risk_die_the_fewer_points_stand_for_them():
    died, mean = np.full(5, 1000.0), np.ones(5)
    at_risk = np.array([1000.0, 1001, 3000, 30_000, 1e7])
    _, at, weight = shares(died, mean, at_risk)
    assert np.bincount(at).tolist() == [1000, 1000, 16, 5, 3]
    assert np.bincount(at, weights=weight) == pytest.approx(died, rel=1e-13)
    share, at, _ = shares(np.array([1.0, 2, 5]), np.ones(3), np.full(3, 1e9))
    assert np.bincount(at).tolist() == [1, 2, 5]
    assert share.tolist() == pytest.approx([0, 0, 1 / 2, 0, 1 / 5, 2 / 5, 3 / 5, 4 / 5])


@pytest.mark.parametrize(("points", "part"), list(zip(POINTS, REACH, strict=True)))
def test_a_rule_is_exact_within_its_reach(points, part):
    for deaths in (2 * points, 3 * points + 1, 1000, 50_000):
        node, weight = gauss(np.array([deaths]), points)
        left, behind = 1 - node[0], weight[0]
        every = 1 - np.arange(deaths) / deaths
        for power in (1, 2):
            for k in range(power + 1):
                few, all_ = (
                    (part * v) ** k / (1 - part + part * v) ** power for v in (left, every)
                )  # what the dying have in a risk set, over its hazard
                assert math.fsum(behind * few) == pytest.approx(math.fsum(all_), abs=2e-13 * deaths)
        logs = math.fsum(np.log(1 - part + part * every))
        assert math.fsum(behind * np.log(1 - part + part * left)) == pytest.approx(logs, abs=1e-13 * deaths)


def test_where_those_who_die_are_far_above_the_rest_each_death_stands_for_itself():
    time = np.repeat(np.arange(1.0, 21), 2)
    kind = np.tile([0, 1], 20)
    died = np.where(kind == 1, 900.0, 40.0)
    lost = np.where(time == 20, np.where(kind == 1, 2e4, 3e5), 0.0)
    rows = cox_rows(time, died, lost, kind, [[0.0], [1.0]])
    fit = fit_rows(rows)
    assert fit.coefficient[0] > 4
    assert rows.shortened
    assert out_of_reach(rows, np.array([6.0]))
    whole = fit_rows(with_every_share(rows))
    assert fit.coefficient == pytest.approx(whole.coefficient, rel=1e-12)
    assert fit.std_err == pytest.approx(whole.std_err, rel=1e-12)


def efron(time, died, lost, x, beta) -> float:
    """Efron's log partial likelihood, death by death."""
    total = 0.0
    for at in np.unique(time[died > 0]):
        here, left = time == at, time >= at
        risk = float(((died + lost) * np.exp(x * beta))[left].sum())
        dead, d = float((died * np.exp(x * beta))[here].sum()), int(died[here].sum())
        total += float((died * x * beta)[here].sum())
        total -= math.fsum(math.log(risk - dead * k / d) for k in range(d))
    return total


def test_the_likelihood_is_that_written_out_death_by_death():
    draw = np.random.default_rng(7)
    time, x = np.repeat(np.arange(1.0, 7), 2), np.tile([0.0, 1.0], 6)
    died, lost = draw.integers(20, 200, 12).astype(float), draw.integers(0, 30_000, 12).astype(float)
    lost[-2:] = 0
    fit = cox(time, died, lost, x.astype(int), [[0.0], [1.0]])
    assert fit.rows.shortened
    beta = float(fit.coefficient[0])
    assert fit.log_likelihood[1] == pytest.approx(efron(time, died, lost, x, beta), rel=1e-13)
    assert fit.log_likelihood[0] == pytest.approx(efron(time, died, lost, x, 0.0), rel=1e-13)


# --- counted in place ----------------------------------------------------------------------------------


def cells(seed: int, n: int = 6000, unit: float = 1.0):
    draw = np.random.default_rng(seed)
    time = draw.integers(0, 400, n) * unit
    return (
        time,
        draw.integers(0, 3, n),
        draw.integers(0, 3, n),
        draw.integers(0, 4, n),
        draw.integers(0, 4, n),
    )


@pytest.mark.parametrize("unit", [1.0, 0.1, 7 / 365.25])
def test_risk_sets_counted_in_place_are_those_of_sorted_cells(monkeypatch, unit):
    time, died, lost, group, stratum = cells(1, unit=unit)
    kept = stratum != 2  # a stratum of nobody
    given = (time[kept], died[kept], lost[kept], group[kept], stratum[kept])
    placed = risk_sets(*given, 5)
    monkeypatch.setattr(counts, "MANY", 10**9)
    ordered = risk_sets(*given, 5)
    for part in ("stratum", "time", "deaths", "at_risk"):
        assert np.array_equal(getattr(placed, part), getattr(ordered, part)), part
    assert placed.stratum.dtype == ordered.stratum.dtype


@pytest.mark.parametrize("unit", [1.0, 0.1])
def test_rows_put_together_by_counting_are_those_put_together_by_sorting(unit):
    time, n, arm, stratum, event = cells(2, unit=unit)
    keys = (event % 2 * 1.0, time, arm, stratum)
    kept = np.flatnonzero(n > 0)
    found = by_counting(kept, n.astype(float), keys)
    order = np.lexsort(keys)
    first, many = alike_together(order[(n > 0)[order]], n.astype(float), keys)
    assert found is not None
    assert np.array_equal(found[1], many)
    for key in keys:
        assert np.array_equal(key[found[0]], key[first])


def test_rows_that_could_differ_in_too_many_ways_or_are_few_are_sorted():
    draw = np.random.default_rng(3)
    number = draw.normal(size=3000)
    assert by_counting(np.arange(3000), np.ones(3000), (number, draw.integers(0, 9, 3000))) is None
    assert by_counting(np.arange(5), np.ones(5), (np.arange(5),)) is None
    assert by_counting(np.empty(0, dtype=np.int64), np.ones(3000), (number,)) is None


def test_whole_numbers_whose_unit_is_within_rounding_of_the_largest_are_still_tied():
    time = np.append(np.arange(3000.0), 3e12)
    together = tied_times(time)
    assert together[1] == 0.0
    assert tied_times(np.arange(3000.0)).tolist() == list(range(3000))
    assert tied_times(np.append(np.arange(3000.0), np.inf))[-1] == np.inf


@pytest.mark.parametrize(
    "values", [[3.0, 1, 2], [0.5, 1.5], [np.nan, 1.0], [np.inf, 1.0], [-5.0, 1e15], [2.0, 2, 2]]
)
def test_ranks_are_those_of_sorted_values(values):
    given = np.array(values * 800)
    distinct, rank = whole_numbers.distinct_ranks(given)
    expected, place = np.unique(given, return_inverse=True)
    assert np.array_equal(distinct, expected, equal_nan=True)
    assert np.array_equal(rank, place)
