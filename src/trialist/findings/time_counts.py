"""Times to an event counted with weights, or by the ends between which the event came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trialist.findings.reduction import Floats, Integers, SurvivalCounts, _counted, _numbers, _positions
from trialist.kernels.counts import tied_times

if TYPE_CHECKING:
    from ibis.expr.types import Table


@dataclass(frozen=True, slots=True)
class WeightedCounts:
    """Sums of weights by time (days), event and arm, of deaths and of the censored; their squares' too.

    subjects         the same cells counted
    without_weight   subjects left out whose weight is missing, below 0 or infinite
    """

    subjects: SurvivalCounts
    deaths: Floats
    censored: Floats
    deaths_squared: Floats
    censored_squared: Floats
    without_weight: int


def weighted_counts(table: Table, arms: Sequence[str], weights: str) -> WeightedCounts:
    """Counts and sums of a TimeToEvent table by time, event, arm and weight."""
    found = _counted(table, arms, ["time_days", "event", weights])
    time, event, weight = (_numbers(found[name]) for name in ("time_days", "event", weights))
    count, arm = _numbers(found["n"]), _positions(found["arm"], arms)
    usable = np.isfinite(time) & (time >= 0) & ~np.isnan(event)
    weighed = np.isfinite(weight) & (weight >= 0)
    ordered = np.lexsort((weight, event, time, arm))
    kept = ordered[(usable & weighed)[ordered]]
    died, size = event[kept] > 0, weight[kept]
    people, once, squared = count[kept], size * count[kept], size**2 * count[kept]
    subjects = SurvivalCounts(
        tied_times(time[kept]),
        np.where(died, people, 0.0),
        np.where(died, 0.0, people),
        arm[kept],
        np.zeros(kept.size, dtype=np.int64),
        1,
        round(float(count[~usable].sum())),
        0,
    )
    return WeightedCounts(
        subjects,
        np.where(died, once, 0.0),
        np.where(died, 0.0, once),
        np.where(died, squared, 0.0),
        np.where(died, 0.0, squared),
        round(float(count[usable & ~weighed].sum())),
    )


@dataclass(frozen=True, slots=True)
class IntervalCounts:
    """Cells of (lower, upper] in days (exact where equal, upper infinite where right-censored), by arm.

    read         where the ends come from: the columns' names, or that times are taken as exact
    unusable     subjects left out: no time or status, or ends that can't be
    """

    lower: Floats
    upper: Floats
    count: Floats
    arm: Integers
    read: str
    unusable: int

    def of(self, arm: int) -> IntervalCounts:
        mine = self.arm == arm
        return IntervalCounts(
            self.lower[mine], self.upper[mine], self.count[mine], self.arm[mine], self.read, self.unusable
        )

    @property
    def n(self) -> int:
        return round(float(self.count.sum()))

    @property
    def events(self) -> int:
        return round(float(self.count[np.isfinite(self.upper)].sum()))


BOUNDS = ("lower_days", "upper_days")


def interval_counts(table: Table, arms: Sequence[str]) -> IntervalCounts:
    """A TimeToEvent table by the ends between which an event came.

    With the columns `lower_days` and `upper_days` an event lies in (lower, upper], a missing end being
    `time_days`; a censored time is open from `lower_days`, or from `time_days`. Without these columns events
    are exact.
    """
    known = [name for name in BOUNDS if name in table.columns]
    found = _counted(table, arms, ["time_days", "event", *known])
    time, event, count = (_numbers(found[name]) for name in ("time_days", "event", "n"))
    ends = {name: _numbers(found[name]) for name in known}
    lower, upper = (np.where(np.isnan(ends[b]), time, ends[b]) if b in ends else time for b in BOUNDS)
    upper = np.where(event > 0, upper, np.inf)
    closed = np.isfinite(upper) | (event == 0)
    usable = np.isfinite(lower) & (lower >= 0) & (lower <= upper) & closed & ~np.isnan(event)
    arm = _positions(found["arm"], arms)
    ordered = np.lexsort((upper, lower, arm))
    kept = ordered[usable[ordered]]
    read = " and ".join(known) if known else "exact times"
    return IntervalCounts(
        lower[kept], upper[kept], count[kept], arm[kept], read, round(float(count[~usable].sum()))
    )
