"""The batched kernels give each replicate the numbers that it has alone."""

from __future__ import annotations

import numpy as np
import pytest

from trialist.kernels.batched_times import batched_cox, batched_log_rank, batched_medians, batched_sets
from trialist.kernels.cox import cox
from trialist.kernels.log_rank import log_rank
from trialist.kernels.survival import kaplan_meier, quantile

Cells = tuple[np.ndarray, ...]


def drawn(seed: int, replicates: int = 60) -> Cells:
    """(replicate, stratum, time, deaths, censored, arm): small, tied, with arms and strata that run dry."""
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 40, replicates)
    replicate = np.repeat(np.arange(replicates), size)
    n = replicate.size
    longest = rng.integers(2, 60, replicates)[replicate]
    time = np.floor(rng.random(n) * longest)
    died = (rng.random(n) < rng.random(replicates)[replicate]).astype(float)
    count = rng.integers(1, 3, n)
    strata = rng.integers(1, 4, replicates)[replicate]
    stratum = np.floor(rng.random(n) * strata).astype(np.int64)
    arm = (rng.random(n) < 0.5).astype(np.int64)
    order = rng.permutation(n)
    columns = (replicate, stratum, time, died * count, (1 - died) * count, arm)
    return tuple(column[order] for column in columns)


def of(cells: Cells, number: int) -> Cells:
    mine = cells[0] == number
    return tuple(column[mine] for column in cells[1:])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_log_rank_test_of_each_replicate_is_the_one_it_has_alone(seed: int) -> None:
    cells = drawn(seed)
    found = batched_log_rank(batched_sets(*cells, 60))
    for number in range(60):
        stratum, time, deaths, censored, arm = of(cells, number)
        alone = log_rank(time, deaths, censored, arm, 2, stratum)
        assert found.ok[number] == (alone.status == "ok")
        if alone.z is not None and alone.p_value is not None:
            assert found.z[number] == pytest.approx(alone.z, rel=1e-10, abs=1e-12)
            assert found.p_value[number] == pytest.approx(alone.p_value, rel=1e-10)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_cox_model_of_each_replicate_is_the_one_it_has_alone(seed: int, ties: str) -> None:
    cells = drawn(seed)
    found = batched_cox(batched_sets(*cells, 60), ties)  # type: ignore[arg-type]
    fitted = 0
    for number in range(60):
        stratum, time, deaths, censored, arm = of(cells, number)
        pattern = [[1.0], [0.0]]
        alone = cox(time, deaths, censored, arm, pattern, stratum=stratum, ties=ties)  # type: ignore[arg-type]
        assert found.ok[number] == (alone.status == "ok"), alone.status
        if alone.status == "ok":
            fitted += 1
            assert found.log_ratio[number] == pytest.approx(float(alone.coefficient[0]), rel=1e-9, abs=1e-9)
            assert found.std_err[number] == pytest.approx(float(alone.std_err[0]), rel=1e-9)
            assert alone.score is not None
            assert alone.likelihood_ratio is not None
            assert found.score[number] == pytest.approx(alone.score.statistic, rel=1e-9, abs=1e-12)
            likelihood = alone.likelihood_ratio.statistic
            assert found.likelihood_ratio[number] == pytest.approx(likelihood, rel=1e-8, abs=1e-11)
    assert fitted > 20


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_median_of_each_replicate_is_the_one_it_has_alone(seed: int) -> None:
    cells = drawn(seed)
    replicate, _, time, deaths, censored, _ = cells
    found = batched_medians(replicate, time, deaths, censored, 61)
    for number in range(60):
        _, time, deaths, censored, _ = of(cells, number)
        alone = quantile(kaplan_meier(time, deaths, censored)).value
        assert found[number] == (np.inf if alone is None else pytest.approx(alone))
    assert np.isinf(found[60])


def test_a_curve_that_is_flat_at_one_half_has_its_median_in_the_middle() -> None:
    time = np.array([2.0, 3.0, 6.0, 9.0] * 2)
    deaths = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
    found = batched_medians(np.repeat([0, 1], 4), time, deaths, 1 - deaths, 2)
    assert found.tolist() == [4.5, 6.0]


def test_no_replicate_and_no_event_give_no_number() -> None:
    nothing = np.empty(0)
    sets = batched_sets(nothing, nothing, nothing, nothing, nothing, nothing, 2)
    assert not batched_log_rank(sets).ok.any()
    assert not batched_cox(sets).ok.any()
    assert np.isinf(batched_medians(nothing, nothing, nothing, nothing, 2)).all()
    one = np.ones(4)
    censored = batched_sets(np.zeros(4), np.zeros(4), one, 0 * one, one, np.array([0, 1, 0, 1]), 1)
    assert np.isnan(batched_log_rank(censored).p_value).all()
    assert np.isnan(batched_cox(censored).log_ratio).all()
