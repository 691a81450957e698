"""Efron's sums over tied deaths by few points: the numbers of a share for each death."""

from __future__ import annotations

import math
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trialist.kernels import cox_likelihood
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


def summed(rows: CoxRows) -> Grid:
    """The likelihood by sums over the tied deaths of a time."""
    with patch.object(cox_likelihood, "FEW_SHARES", 0):
        grid = Grid(rows)
    assert grid.tied
    return grid


def in_columns(rows: CoxRows) -> Grid:
    """The likelihood with a column for each tied death."""
    with patch.object(cox_likelihood, "FEW_SHARES", 10**9):
        grid = Grid(rows)
    assert not grid.tied
    return grid


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
    few, one_by_one = summed(rows).derivatives(at), summed(whole).derivatives(at)
    alike(few, one_by_one, events)
    for of in (rows, whole):
        alike(in_columns(of).derivatives(at), one_by_one, events)
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
                assert math.fsum(behind * few) == pytest.approx(
                    math.fsum(all_), rel=2e-13, abs=2e-13 * deaths
                )
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


def test_offsets_that_set_those_who_die_far_above_the_rest_are_seen():
    time = np.repeat(np.arange(1.0, 11), 4)
    kind, high = np.tile([0, 1, 0, 1], 10), np.tile([0, 0, 1, 1], 10)
    died, lost = np.where(high == 1, 300.0, 0.0), np.where(high == 1, 0.0, 2e4)
    given = (time, died, lost, kind, [[0.0], [1.0]])
    rows = cox_rows(*given, offset=high * 6.0)
    assert rows.shortened
    assert out_of_reach(rows, np.zeros(1))
    fit, whole = fit_rows(rows), fit_rows(with_every_share(rows))
    assert fit.log_likelihood == pytest.approx(whole.log_likelihood, rel=1e-14)
    assert fit.std_err == pytest.approx(whole.std_err, rel=1e-13)


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
