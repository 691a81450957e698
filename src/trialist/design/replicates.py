"""Replicates of a simulated trial in batches: on one core, on all of them, or on a cluster.

Replicate k is a function of the model, the seed and k alone. How replicates are cut into batches, how many
workers there are and in which order these end changes nothing in the results, nor where a run stops that was
asked for a Monte Carlo error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]
Batch = tuple[int, int]
"""(first replicate, number of replicates)"""

CHECKS = 1000
"""Replicates between two looks at the Monte Carlo error: part of what `stop_error` means."""


class Model(Protocol):
    """What can be simulated in batches. It is pickled when workers are processes or on a cluster."""

    def simulate(self, seed: int, first: int, count: int) -> Arrays:
        """Replicates first..first+count-1: name -> array whose leading axis is the replicate.

        Every call gives the same names, types and trailing axes.
        """


Mapper = Callable[[Callable[[Batch], Arrays], Iterable[Batch]], Iterable[Arrays]]
"""Applies a function to batches and gives the results in the order of the batches (`map` is one)."""


@dataclass(frozen=True, slots=True)
class Running:
    """How far a run is: replicates done of those planned, mean of the watched result and its error."""

    done: int
    planned: int
    estimate: float | None
    error: float | None


@dataclass(frozen=True, slots=True)
class Replicates:
    """Results of replicates 0..count-1, in that order.

    arrays   name -> array, leading axis `count`
    reached  whether the Monte Carlo error asked for was reached; None when none was asked for
    """

    arrays: dict[str, NDArray[Any]]
    count: int
    seed: int
    reached: bool | None


def run_batches(
    model: Model,
    *,
    seed: int,
    replicates: int,
    batch: int = 1000,
    workers: int = 1,
    backend: str | Mapper = "loky",
    stop_error: float | None = None,
    watch: str = "rejected",
    checks: int = CHECKS,
    progress: Callable[[Running], None] | None = None,
) -> Replicates:
    """Simulate replicates 0..replicates-1, or as many of them as a Monte Carlo error needs.

    Parameters
        model       see `Model`; one function call makes a batch
        seed        not negative
        replicates  how many, or how many at most (at least 1)
        batch       replicates in one call of the model: a task for one worker
        workers     1: in this process, one after another; more: as many at a time; -1: as many as cores
        backend     with several workers, a name of joblib (`loky` processes, `threading`, `dask` for the
                    cluster of the current client, or one registered with joblib); or a `Mapper`, which then
                    decides about workers itself (`trialist.engines.spark_map`)
        stop_error  end at the first multiple of `checks` replicates where the Monte Carlo standard error of
                    the mean of `watch` is not above it
        watch       name of an array of the model (one number per replicate) whose mean is followed
        checks      replicates between two looks at the error
        progress    told after every batch how far the run is
    Returns   `Replicates`; the numbers are the same for every `batch`, `workers` and `backend`
    Raises    ValueError for numbers that are not possible and for a `watch` that the model does not give
    Source    standard error of a proportion with two successes and two failures added, so that it is not 0
              before a replicate differs: Agresti and Coull 1998, Am Stat 52:119
    """
    _expect(seed, replicates, batch, workers, stop_error, checks)
    mapped = _mapper(workers, backend)
    task = _Task(model, seed)
    parts: list[Arrays] = []
    follow = _Follow(watch, stop_error, checks, needed=stop_error is not None)
    done = 0
    while done < replicates and follow.stopped is None:
        goal = min(replicates, follow.goal(done, batch, workers))
        for made in mapped(task, _cut(done, goal, batch)):
            parts.append(made)
            done += follow.add(made)
            if progress is not None:
                progress(Running(done, replicates, *follow.running()))
            if follow.stopped is not None and workers == 1 and not callable(backend):
                break
    count = follow.stopped or done
    arrays = {name: np.concatenate([part[name] for part in parts])[:count] for name in parts[0]}
    return Replicates(arrays, count, seed, follow.reached())


def mean_and_error(values: NDArray[Any]) -> tuple[float | None, float | None]:
    """Mean over replicates and its Monte Carlo standard error; None where there are too few finite values.

    Truth values: sqrt(p (1 - p) / n). Numbers: SD / sqrt(n); NaN is left out.
    """
    if values.dtype == np.bool_:
        n = values.size
        if n == 0:
            return None, None
        p = float(np.mean(values))
        return p, math.sqrt(p * (1 - p) / n) if n > 1 else None
    known = values[np.isfinite(values)]
    if known.size == 0:
        return None, None
    if np.ptp(known) == 0:
        return float(known[0]), 0.0 if known.size > 1 else None
    return float(np.mean(known)), float(np.std(known, ddof=1)) / math.sqrt(known.size)


@dataclass(frozen=True, slots=True)
class _Task:
    model: Model
    seed: int

    def __call__(self, batch: Batch) -> Arrays:
        return self.model.simulate(self.seed, *batch)


class _Follow:
    """The watched result over the replicates so far, and where a run may stop."""

    def __init__(self, watch: str, stop_error: float | None, checks: int, *, needed: bool) -> None:
        self.watch, self.stop_error, self.checks, self.needed = watch, stop_error, checks, needed
        self.total = self.squares = 0.0
        self.seen = self.done = 0
        self.open: list[NDArray[np.float64]] = []
        self.truth = False
        self.stopped: int | None = None

    def add(self, made: Arrays) -> int:
        """Take in a batch and give its number of replicates."""
        size = len(next(iter(made.values())))
        if self.watch not in made:
            if self.needed:
                raise ValueError(f"the model gives no '{self.watch}' to watch, only {', '.join(made)}")
            self.done += size
            return size
        values = made[self.watch]
        self.truth = values.dtype == np.bool_
        begin = 0
        while begin < size:
            end = min(size, begin + self.checks - self.done % self.checks)
            self.open.append(values[begin:end].astype(float))
            self.done += end - begin
            begin = end
            if self.done % self.checks == 0:
                self._close()
        return size

    def _close(self) -> None:
        """Sum the replicates since the last look in one piece, however they were cut, and look."""
        total, squares, seen = _sums(self.open)
        self.total, self.squares, self.seen = self.total + total, self.squares + squares, self.seen + seen
        self.open = []
        error = _guarded(self.total, self.squares, self.seen, self.truth)
        if self.stopped is None and self.stop_error is not None and error is not None:
            self.stopped = self.done if error <= self.stop_error else None

    def running(self) -> tuple[float | None, float | None]:
        more, squares, seen = _sums(self.open)
        seen += self.seen
        if not seen:
            return None, None
        mean = (self.total + more) / seen
        return mean, _guarded(self.total + more, self.squares + squares, seen, self.truth)

    def reached(self) -> bool | None:
        """Whether the run ended with the error asked for."""
        if self.stop_error is None:
            return None
        error = self.running()[1]
        return self.stopped is not None or (error is not None and error <= self.stop_error)

    def goal(self, done: int, batch: int, workers: int) -> int:
        """How many replicates to have before deciding again: all, or as many as the error asks for."""
        if self.stop_error is None:
            return 2**62
        error = self.running()[1]
        if done == 0 or error is None:
            return max(self.checks, batch * abs(workers))
        wanted = math.ceil(done * (error / self.stop_error) ** 2 * 1.02)
        return max(done + 1, math.ceil(wanted / self.checks) * self.checks)


def _sums(parts: list[NDArray[np.float64]]) -> tuple[float, float, int]:
    values = np.concatenate([*parts, np.zeros(0)])
    known = values[np.isfinite(values)]
    return float(known.sum()), float(known @ known), known.size


def _guarded(total: float, squares: float, seen: int, truth: bool) -> float | None:
    """The error of a mean; of a proportion with two successes and two failures added."""
    if truth:
        p = (total + 2) / (seen + 4)
        return math.sqrt(p * (1 - p) / (seen + 4))
    if seen < 2:
        return None
    return math.sqrt(max(0.0, squares - total**2 / seen) / (seen - 1) / seen)


def _cut(begin: int, end: int, batch: int) -> Iterator[Batch]:
    for first in range(begin, end, batch):
        yield first, min(batch, end - first)


def _mapper(workers: int, backend: str | Mapper) -> Mapper:
    if callable(backend):
        return backend
    if workers == 1:
        return map

    def mapped(task: Callable[[Batch], Arrays], batches: Iterable[Batch]) -> Iterable[Arrays]:
        from joblib import Parallel, delayed, parallel_config

        with parallel_config(backend=backend, n_jobs=workers):
            results: Iterable[Arrays] = Parallel(return_as="generator")(delayed(task)(b) for b in batches)
            yield from results

    return mapped


def _expect(
    seed: int, replicates: int, batch: int, workers: int, stop_error: float | None, checks: int
) -> None:
    wrong = {
        "seed": seed < 0,
        "replicates": replicates < 1,
        "batch": batch < 1,
        "workers": workers < -1 or workers == 0,
        "checks": checks < 1,
        "stop_error": stop_error is not None and not stop_error > 0,
    }
    bad = [name for name, is_bad in wrong.items() if is_bad]
    if bad:
        raise ValueError(f"{', '.join(bad)}: not a possible number")
