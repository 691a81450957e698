"""Operating characteristics of a design from what its replicates found, each with its Monte Carlo error.

Both gears of simulation give the same arrays and come through here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.design.replicates import mean_and_error
from trialist.kernels.binomial import proportion_interval
from trialist.units import DAYS_PER_MONTH

Arrays = Mapping[str, NDArray[Any]]

LEVEL = 0.95
"""Of the intervals that show the Monte Carlo error."""


@dataclass(frozen=True, slots=True)
class Characteristic:
    """One number of a design: a word of `findings.measures`, its Monte Carlo standard error and interval.

    timepoint  `look 1`, ... where it belongs to a look; group: 0 or 1 where it belongs to an arm
    count      replicates that it rests on
    """

    measure: str
    estimate: float | None
    error: float | None
    low: float | None
    high: float | None
    count: int
    timepoint: str | None = None
    group: int | None = None


def characteristics(arrays: Arrays, *, truth: float, level: float, null: bool) -> tuple[Characteristic, ...]:
    """What follows from replicates.

    Parameters
        arrays  by replicate: rejected, favours, futile (truth values), last (the look at which it ended);
                by replicate and look: day (calendar days), enrolled, reached, log_hr, std_err (NaN where
                there is none); by replicate, look and arm: events
        truth   the true hazard ratio, first arm against second
        level   of the interval of the hazard ratio whose coverage is asked for
        null    whether the null hypothesis is true: rejections then are errors
    Returns   characteristics in the order in which they are read
    Source    interval of a proportion: Wilson 1927, JASA 22:209; of a median: order statistics
    """
    return tuple(_all(arrays, truth, level, null))


def _all(arrays: Arrays, truth: float, level: float, null: bool) -> Iterator[Characteristic]:
    rows = np.arange(arrays["last"].size)
    last = arrays["last"].astype(np.int64)
    log_hr, std_err = arrays["log_hr"][rows, last], arrays["std_err"][rows, last]
    yield _proportion("type_one_error" if null else "power", arrays["rejected"])
    yield _proportion("power_in_favour", arrays["favours"])
    known = log_hr[np.isfinite(log_hr)]
    yield _median_ratio(known)
    yield _mean("hazard_ratio_geometric_mean", known, ratio=True)
    yield _mean("bias_log_hazard_ratio", known - math.log(truth))
    half = NormalDist().inv_cdf(0.5 + level / 2)
    there = np.isfinite(log_hr) & np.isfinite(std_err)
    yield _proportion("coverage", np.abs(log_hr - math.log(truth))[there] <= half * std_err[there])
    events = arrays["events"][rows, last]
    yield _mean("expected_events", events.sum(axis=1).astype(float))
    for arm in (0, 1):
        yield _mean("expected_events", events[:, arm].astype(float), group=arm)
    yield _mean("expected_duration", arrays["day"][rows, last] / DAYS_PER_MONTH)
    yield _mean("expected_enrolled", arrays["enrolled"][rows, last].astype(float))
    looks = arrays["day"].shape[1]
    for look in range(looks):
        name = f"look {look + 1}"
        here = last == look
        if looks > 1:
            yield _proportion("stop_for_efficacy", here & arrays["rejected"], name)
            yield _proportion("stop_for_futility", here & arrays["futile"], name)
        yield _proportion("events_reached", arrays["reached"][last >= look, look], name)


def _proportion(measure: str, values: NDArray[np.bool_], timepoint: str | None = None) -> Characteristic:
    estimate, error = mean_and_error(values)
    low = high = None
    if values.size:
        ends = proportion_interval(int(np.count_nonzero(values)), values.size, LEVEL, "wilson")
        low, high = ends
    return Characteristic(measure, estimate, error, low, high, values.size, timepoint)


def _mean(
    measure: str, values: NDArray[np.float64], *, ratio: bool = False, group: int | None = None
) -> Characteristic:
    """A mean; of a ratio the geometric mean, with the error of its logarithm times itself."""
    estimate, error = mean_and_error(values)
    if estimate is None:
        return Characteristic(measure, None, None, None, None, 0, group=group)
    half = None if error is None else NormalDist().inv_cdf(0.5 + LEVEL / 2) * error
    low, high = (None, None) if half is None else (estimate - half, estimate + half)
    if ratio:
        mean = math.exp(estimate)
        error = None if error is None else mean * error
        low, high = (None if end is None else math.exp(end) for end in (low, high))
        estimate = mean
    return Characteristic(measure, estimate, error, low, high, values.size, group=group)


def _median_ratio(known: NDArray[np.float64]) -> Characteristic:
    """The median, and order statistics around it; its error is half the width over the normal quantile."""
    measure = "hazard_ratio_median"
    if known.size == 0:
        return Characteristic(measure, None, None, None, None, 0)
    ordered = np.sort(known)
    quantile = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    spread = quantile * math.sqrt(known.size) / 2
    first = max(0, math.floor(known.size / 2 - spread) - 1)
    final = min(known.size - 1, math.ceil(known.size / 2 + spread))
    low, middle, high = (math.exp(v) for v in (ordered[first], float(np.median(ordered)), ordered[final]))
    return Characteristic(measure, middle, (high - low) / (2 * quantile), low, high, known.size)
