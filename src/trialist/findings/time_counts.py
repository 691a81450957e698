"""Times to an event, counted: cells of time, arm and stratum, weighted cells, and ends of intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trialist.findings.counted import (
    Floats,
    Integers,
    alike_together,
    as_numbers,
    combined,
    counted,
    positions,
)
from trialist.findings.counting import by_counting
from trialist.findings.rows import Rows
from trialist.kernels.counts import tied_times

if TYPE_CHECKING:
    from ibis.expr.types import Table


@dataclass(frozen=True, slots=True)
class SurvivalCounts:
    """Cells of time (days), deaths, censorings, arm (index into the arms asked for) and stratum.

    without_time, without_stratum   subjects left out for want of a time or status, or of a factor's level
    below_0      those of `without_time` whose time is below 0
    """

    time: Floats
    deaths: Floats
    censored: Floats
    arm: Integers
    stratum: Integers
    strata: int
    without_time: int
    without_stratum: int
    below_0: int = 0

    def of(self, arm: int) -> SurvivalCounts:
        mine = self.arm == arm
        return SurvivalCounts(
            self.time[mine],
            self.deaths[mine],
            self.censored[mine],
            self.arm[mine],
            self.stratum[mine],
            self.strata,
            self.without_time,
            self.without_stratum,
            self.below_0,
        )

    def sizes(self, arms: int) -> list[int]:
        """Subjects of each arm."""
        found = np.bincount(self.arm, weights=self.deaths + self.censored, minlength=arms)
        return [round(n) for n in found.tolist()]

    @property
    def n(self) -> int:
        return round(float((self.deaths + self.censored).sum()))

    @property
    def events(self) -> int:
        return round(float(self.deaths.sum()))


def survival_counts(table: Table | Rows, arms: Sequence[str], strata: Sequence[str] = ()) -> SurvivalCounts:
    """Counts of a TimeToEvent table by time, event, arm and strata. Strata are combinations of levels.

    A time that is below 0 or infinite is as good as none; times equal up to rounding, in all arms, are one.
    """
    if isinstance(table, Rows):
        return table.once(_survival_counts, tuple(arms), tuple(strata))
    return _survival_counts(table, tuple(arms), tuple(strata))


def _survival_counts(table: Table | Rows, arms: tuple[str, ...], strata: tuple[str, ...]) -> SurvivalCounts:
    found = counted(table, arms, ["time_days", "event", *strata])
    rows = found.once(_timed, arms) if isinstance(found, Rows) else _timed(found, arms)
    stratum, known = combined([found[name] for name in strata], rows.count.size)
    without_stratum = round(float(rows.count[rows.usable & ~known].sum())) if strata else 0
    keys = (rows.event, rows.time, rows.arm, stratum)  # a total order: none of the engine's is seen
    cells = by_counting(np.flatnonzero(rows.usable & known), rows.count, keys)
    if cells is None:
        ordered = np.lexsort(keys)
        cells = alike_together(ordered[(rows.usable & known)[ordered]], rows.count, keys)
    kept, count = cells
    stratum = numbered(stratum[kept])
    died = np.where(rows.event[kept] > 0, count, 0.0)
    return SurvivalCounts(
        rows.time[kept],
        died,
        count - died,
        rows.arm[kept],
        stratum,
        int(stratum[-1]) + 1 if stratum.size else 0,
        rows.without_time,
        without_stratum,
        rows.below_0,
    )


@dataclass(frozen=True, slots=True)
class _Timed:
    """Rows as they came; usable are those with a status and a time that is at least 0 and finite."""

    time: Floats
    event: Floats
    count: Floats
    arm: Integers
    usable: NDArray[np.bool_]
    without_time: int
    below_0: int


def _timed(found: Any, arms: tuple[str, ...]) -> _Timed:
    time, event = as_numbers(found["time_days"]), as_numbers(found["event"])
    count, arm = as_numbers(found["n"]), positions(found["arm"], arms)
    usable = (time >= 0) & (time < np.inf) & (event == event)
    if usable.all():
        return _Timed(tied_times(time), event, count, arm, usable, 0, 0)
    time = time.copy()
    time[usable] = tied_times(time[usable])
    below_0 = (time < 0) & (time > -np.inf) & (event == event)
    without = (round(float(count[some].sum())) for some in (~usable, below_0))
    return _Timed(time, event, count, arm, usable, *without)


def numbered(codes: Integers) -> Integers:
    """Sorted codes as 0, 1, 2 ..."""
    new = np.zeros(codes.size, dtype=np.int64)
    new[1:] = codes[1:] != codes[:-1]
    return new.cumsum()


@dataclass(frozen=True, slots=True)
class WeightedCounts:
    """Sums of weights by time (days), event and arm, of deaths and of the censored; their squares' too.

    without_weight   subjects left out whose weight is missing, below 0 or infinite
    """

    time: Floats
    deaths: Floats
    censored: Floats
    deaths_squared: Floats
    censored_squared: Floats
    arm: Integers
    without_weight: int


def weighted_counts(table: Table | Rows, arms: Sequence[str], weights: str) -> WeightedCounts:
    """A TimeToEvent table by time, event, arm and weight; rows without a usable time or status are not in."""
    found = counted(table, arms, ["time_days", "event", weights])
    time, event, weight = (as_numbers(found[name]) for name in ("time_days", "event", weights))
    count, arm = as_numbers(found["n"]), positions(found["arm"], arms)
    usable = np.isfinite(time) & (time >= 0) & ~np.isnan(event)
    weighed = np.isfinite(weight) & (weight >= 0)
    ordered = np.lexsort((weight, event, time, arm))
    kept = ordered[(usable & weighed)[ordered]]
    died, size = event[kept] > 0, weight[kept]
    once, squared = size * count[kept], size**2 * count[kept]
    return WeightedCounts(
        tied_times(time[kept]),
        np.where(died, once, 0.0),
        np.where(died, 0.0, once),
        np.where(died, squared, 0.0),
        np.where(died, 0.0, squared),
        arm[kept],
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
    found = counted(table, arms, ["time_days", "event", *known])
    time, event, count = (as_numbers(found[name]) for name in ("time_days", "event", "n"))
    ends = {name: as_numbers(found[name]) for name in known}
    lower, upper = (np.where(np.isnan(ends[b]), time, ends[b]) if b in ends else time for b in BOUNDS)
    upper = np.where(event > 0, upper, np.inf)
    closed = np.isfinite(upper) | (event == 0)
    usable = np.isfinite(lower) & (lower >= 0) & (lower <= upper) & closed & ~np.isnan(event)
    arm = positions(found["arm"], arms)
    ordered = np.lexsort((upper, lower, arm))
    kept = ordered[usable[ordered]]
    kept, many = alike_together(kept, count, (upper, lower, arm))
    read = " and ".join(known) if known else "exact times"
    return IntervalCounts(lower[kept], upper[kept], many, arm[kept], read, round(float(count[~usable].sum())))
