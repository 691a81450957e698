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


def characteristics(
    arrays: Arrays, *, truth: float | None, level: float, null: bool
) -> tuple[Characteristic, ...]:
    """What follows from replicates.

    Parameters
        arrays  by replicate: rejected, favours, futile (truth values), last (the look at which it ended);
                by replicate and look: day (calendar days), enrolled, reached; log_hr, std_err (NaN where
                there is none), or difference of proportions; by replicate, look and arm: events; by replicate
                and arm: median_days, where there are any (infinite where not reached)
        truth   the true hazard ratio, first arm against second; None where there is no single one: then bias
                and coverage have no estimate
        level   of the interval of the hazard ratio whose coverage is asked for
        null    whether the null hypothesis is true: rejections then are errors
    Returns   characteristics in the order in which they are read
    Source    interval of a proportion: Wilson 1927, JASA 22:209; of a median: order statistics
    """
    return tuple(_all(arrays, truth, level, null))


def _all(arrays: Arrays, truth: float | None, level: float, null: bool) -> Iterator[Characteristic]:
    rows = np.arange(arrays["last"].size)
    last = arrays["last"].astype(np.int64)
    yield _proportion("type_one_error" if null else "power", arrays["rejected"])
    yield _proportion("power_in_favour", arrays["favours"])
    if "log_hr" in arrays:
        yield from _ratios(arrays["log_hr"][rows, last], arrays["std_err"][rows, last], truth, level)
    else:
        yield _mean("risk_difference", arrays["difference"][rows, last])
    if "median_days" in arrays:
        for arm in (0, 1):
            yield _median("median_time", arrays["median_days"][:, arm] / DAYS_PER_MONTH, group=arm)
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


def _ratios(
    log_hr: NDArray[np.float64], std_err: NDArray[np.float64], truth: float | None, level: float
) -> Iterator[Characteristic]:
    known = log_hr[np.isfinite(log_hr)]
    yield _median("hazard_ratio_median", np.exp(known))
    yield _mean("hazard_ratio_geometric_mean", known, ratio=True)
    if truth is None:
        yield _unknown("bias_log_hazard_ratio")
        yield _unknown("coverage")
        return
    yield _mean("bias_log_hazard_ratio", known - math.log(truth))
    half = NormalDist().inv_cdf(0.5 + level / 2)
    there = np.isfinite(log_hr) & np.isfinite(std_err)
    yield _proportion("coverage", np.abs(log_hr - math.log(truth))[there] <= half * std_err[there])


def _unknown(measure: str, group: int | None = None) -> Characteristic:
    return Characteristic(measure, None, None, None, None, 0, group=group)


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
        return _unknown(measure, group)
    half = None if error is None else NormalDist().inv_cdf(0.5 + LEVEL / 2) * error
    low, high = (None, None) if half is None else (estimate - half, estimate + half)
    if ratio:
        mean = math.exp(estimate)
        error = None if error is None else mean * error
        low, high = (None if end is None else math.exp(end) for end in (low, high))
        estimate = mean
    count = int(np.count_nonzero(np.isfinite(values)))
    return Characteristic(measure, estimate, error, low, high, count, group=group)


def _median(measure: str, values: NDArray[np.float64], group: int | None = None) -> Characteristic:
    """The median, and order statistics around it; infinite values are medians that were not reached.

    The error is half the width over the normal quantile.
    """
    values = values[~np.isnan(values)]
    if values.size == 0:
        return _unknown(measure, group)
    ordered = np.sort(values)
    quantile = NormalDist().inv_cdf(0.5 + LEVEL / 2)
    spread = quantile * math.sqrt(values.size) / 2
    first = max(0, math.floor(values.size / 2 - spread) - 1)
    final = min(values.size - 1, math.ceil(values.size / 2 + spread))
    low, high = (float(v) if np.isfinite(v) else None for v in ordered[[first, final]])
    middle = float(np.median(ordered)) if np.isfinite(ordered[values.size // 2]) else None
    known = low is not None and high is not None and values.size > 1
    error = (high - low) / (2 * quantile) if known else None  # type: ignore[operator]  # both are there
    return Characteristic(measure, middle, error, low, high, values.size, group=group)
