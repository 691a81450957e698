"""Batches of a simulation on a Spark cluster: a mapper for `design.replicates.run_batches`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

Task = TypeVar("Task")
Made = TypeVar("Made")


def spark_batches(session: Any, slices: int | None = None) -> Callable[..., Iterable[Any]]:
    """A mapper whose workers are the executors of a `SparkSession`.

    Parameters
        session  the session; every executor needs this package (and numba where that is used)
        slices   tasks at a time; as many as the cluster's default parallelism when omitted
    Returns   what to hand to `run_batches` as `backend`: batches go out in rounds of `slices`, one task each,
              and results come back in their order
    """
    context = session.sparkContext
    at_once = slices or context.defaultParallelism

    def mapped(function: Callable[[Task], Made], batches: Iterable[Task]) -> Iterable[Made]:
        waiting = list(batches)
        for begin in range(0, len(waiting), at_once):
            part = waiting[begin : begin + at_once]
            yield from context.parallelize(part, len(part)).map(function).collect()

    return mapped
