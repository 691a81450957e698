"""Clauses on replicates in batches: the same results however they are cut, wherever they run."""

from __future__ import annotations

import functools
import math
import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from batch_models import MODELS

from trialist.design.fast_gear import FastTrial
from trialist.design.replicates import Replicates, Running, mean_and_error, run_batches
from trialist.kernels.trial_batches.philox import philox

TRIAL = FastTrial(MODELS["three looks"])


@dataclass(frozen=True)
class Coins:
    """A model whose replicates are single words of the generator."""

    p: float = 0.8

    def simulate(self, seed: int, first: int, count: int) -> dict[str, np.ndarray]:
        word = philox((np.arange(first, first + count), 0, 0, 0), (seed, 0))[0] / 2.0**32
        return {"rejected": word < self.p, "value": np.where(word < 0.01, np.nan, word)}


run = functools.partial(run_batches, seed=1, replicates=4000)


def equal(ours: Replicates, theirs: Replicates) -> bool:
    return ours.count == theirs.count and all(
        np.array_equal(ours.arrays[name], theirs.arrays[name], equal_nan=array.dtype.kind == "f")
        for name, array in theirs.arrays.items()
    )


@pytest.mark.parametrize(
    ("batch", "workers", "backend"),
    [(1, 1, "loky"), (7, 1, "loky"), (333, 2, "threading"), (5000, 2, "threading")],
)
def test_results_do_not_depend_on_batches_and_workers(batch: int, workers: int, backend: str) -> None:
    whole = run(Coins(), batch=1200, replicates=1200)
    assert equal(run(Coins(), batch=batch, workers=workers, backend=backend, replicates=1200), whole)
    stopped = run(Coins(), batch=4000, stop_error=0.013, checks=300)
    assert stopped.count == 1200
    again = run(Coins(), batch=batch, workers=workers, backend=backend, stop_error=0.013, checks=300)
    assert equal(again, stopped)


def test_one_and_four_workers_simulate_the_same_trials() -> None:
    one = run_batches(TRIAL, seed=3, replicates=400, batch=400)
    for workers, batch in ((4, 100), (3, 37)):
        many = run_batches(TRIAL, seed=3, replicates=400, batch=batch, workers=workers, backend="threading")
        assert equal(many, one)


def test_processes_simulate_the_same_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    one = run_batches(TRIAL, seed=3, replicates=60, batch=60)
    assert equal(run_batches(TRIAL, seed=3, replicates=60, batch=20, workers=2, backend="loky"), one)


@pytest.mark.dask
def test_a_dask_cluster_simulates_the_same_trials() -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cluster = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        )
        with cluster, distributed.Client(cluster):
            made = run_batches(TRIAL, seed=3, replicates=60, batch=20, workers=2, backend="dask")
    assert equal(made, run_batches(TRIAL, seed=3, replicates=60, batch=60))


@pytest.mark.spark
def test_a_spark_session_simulates_the_same_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from trialist.engines import spark
    from trialist.engines.spark_map import spark_batches

    if not spark.java_found():
        pytest.skip("no Java found: no trial was simulated on Spark")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession

        another = SparkSession.getActiveSession()
        session: Any = spark.connect(tmp_path)._session
        made = run_batches(TRIAL, seed=3, replicates=60, batch=20, backend=spark_batches(session))
        if another is None:
            session.stop()
    assert equal(made, run_batches(TRIAL, seed=3, replicates=60, batch=60))


def test_a_run_stops_when_its_error_is_small_enough_and_says_when_it_is_not() -> None:
    done = run_batches(Coins(), seed=1, replicates=100_000, batch=900, stop_error=0.004)
    p, error = mean_and_error(done.arrays["rejected"])
    assert done.reached is True
    assert done.count % 1000 == 0
    assert done.count < 11_000
    assert error is not None
    assert error <= 0.004
    assert p == pytest.approx(0.8, abs=4 * error)
    short = run(Coins(), stop_error=0.0001)
    assert (short.reached, short.count) == (False, 4000)
    assert run(Coins()).reached is None


def test_a_proportion_of_none_is_not_believed_at_once() -> None:
    """After 1,000 replicates without a rejection the error counts as 0.0014, not as 0."""
    assert run_batches(Coins(0.0), seed=1, replicates=20_000, stop_error=0.001).count == 2000


def test_means_can_be_watched_and_missing_values_are_left_out() -> None:
    done = run_batches(Coins(), seed=1, replicates=50_000, stop_error=0.005, watch="value")
    mean, error = mean_and_error(done.arrays["value"])
    assert done.reached is True
    assert mean is not None
    assert error is not None
    assert error <= 0.005
    assert mean == pytest.approx(0.505, abs=4 * error)


def test_progress_is_told_after_each_batch() -> None:
    told: list[Running] = []
    run(Coins(), batch=1500, progress=told.append)
    assert [item.done for item in told] == [1500, 3000, 4000]
    assert {item.planned for item in told} == {4000}
    assert told[-1].estimate == pytest.approx(0.8, abs=0.03)
    assert told[-1].error == pytest.approx(math.sqrt(0.16 / 4000), rel=0.05)


def test_means_and_errors_of_few_replicates() -> None:
    assert mean_and_error(np.zeros(0, dtype=bool)) == (None, None)
    assert mean_and_error(np.array([np.nan])) == (None, None)
    assert mean_and_error(np.array([2.0, np.nan])) == (2.0, None)
    assert mean_and_error(np.array([2.0, 2.0])) == (2.0, 0.0)
    assert mean_and_error(np.array([1.0, 3.0])) == (2.0, 1.0)


@pytest.mark.parametrize(
    "wrong",
    [{"seed": -1}, {"replicates": 0}, {"batch": 0}, {"workers": 0}, {"checks": 0}, {"stop_error": 0.0}],
)
def test_impossible_numbers_are_a_mistake_of_the_caller(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        run_batches(Coins(), **({"seed": 1, "replicates": 10} | wrong))


def test_what_the_model_does_not_give_can_not_be_watched() -> None:
    with pytest.raises(ValueError, match="no 'power' to watch"):
        run(Coins(), stop_error=0.1, watch="power")
