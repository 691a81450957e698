"""From an engine's table to the arrays that kernels work on: grouped and counted where the data lie.

Only counts leave the engine. The order in which it returns them does not matter: kernels sum over them,
and lists of values are sorted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trialist.endpoints.shapes import NO_POSTBASELINE, UNDETERMINED
from trialist.kernels.counts import tied_times

if TYPE_CHECKING:
    from ibis.expr.types import Table

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SurvivalCounts:
    """Cells of time (days), deaths, censorings, arm (index into the arms asked for) and stratum.

    without_time, without_stratum   subjects left out for want of a time or status, or of a factor's level
    """

    time: Floats
    deaths: Floats
    censored: Floats
    arm: Integers
    stratum: Integers
    strata: int
    without_time: int
    without_stratum: int

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
        )

    @property
    def n(self) -> int:
        return round(float(np.sum(self.deaths + self.censored)))

    @property
    def events(self) -> int:
        return round(float(np.sum(self.deaths)))


def survival_counts(table: Table, arms: Sequence[str], strata: Sequence[str] = ()) -> SurvivalCounts:
    """Counts of a TimeToEvent table by time, event, arm and strata. Strata are combinations of levels.

    A time that is below 0 or infinite is as good as none; times equal up to rounding, in all arms, are one.
    """
    found = _counted(table, arms, ["time_days", "event", *strata])
    time, event = _numbers(found["time_days"]), _numbers(found["event"])
    count, arm = _numbers(found["n"]), _positions(found["arm"], arms)
    stratum, known = _combined([found[name] for name in strata], len(count))
    usable = np.isfinite(time) & (time >= 0) & ~np.isnan(event)
    ordered = np.lexsort((event, time, arm, stratum))  # a total order: results do not depend on the engine's
    kept = ordered[(usable & known)[ordered]]
    _, stratum = np.unique(stratum[kept], return_inverse=True)
    died = np.where(event[kept] > 0, count[kept], 0.0)
    return SurvivalCounts(
        tied_times(time[kept]),
        died,
        count[kept] - died,
        arm[kept],
        stratum.astype(np.int64),
        int(stratum.max()) + 1 if stratum.size else 0,
        round(float(count[~usable].sum())),
        round(float(count[usable & ~known].sum())),
    )


@dataclass(frozen=True, slots=True)
class Responders:
    """Of one arm: responders, assessed non-responders, those never assessed after baseline, not evaluable."""

    yes: int
    no: int
    unassessed: int
    not_evaluable: int

    def denominator(self, which: str) -> int:
        """Everybody (`all`), those not null (`with_baseline`), or of these the assessed (`evaluable`)."""
        assessed = self.yes + self.no
        if which == "evaluable":
            return assessed
        return assessed + self.unassessed + (self.not_evaluable if which == "all" else 0)


def responders(table: Table, arms: Sequence[str]) -> Mapping[str, Responders]:
    """Counts of a Response table, for each arm asked for."""
    found = _counted(table, arms, ["responder", "reason"])
    counted = {arm: [0, 0, 0, 0] for arm in arms}
    rows = zip(*(found[name].to_pylist() for name in ("arm", "responder", "reason", "n")), strict=True)
    for arm, responder, reason, n in rows:
        kind = 3 if responder is None else 0 if responder else 2 if reason == NO_POSTBASELINE else 1
        counted[arm][kind] += int(n)
    return {arm: Responders(*numbers) for arm, numbers in counted.items()}


def categories(table: Table, arms: Sequence[str], column: str) -> Mapping[str, Mapping[Any, int]]:
    """Arm -> value -> number of subjects; null is a value of its own."""
    found = _counted(table, arms, [column])
    counted: dict[str, dict[Any, int]] = {arm: {} for arm in arms}
    rows = zip(found["arm"].to_pylist(), found[column].to_pylist(), found["n"].to_pylist(), strict=True)
    for arm, value, n in rows:
        counted[arm][value] = counted[arm].get(value, 0) + int(n)
    return counted


MISSING, NO_VALUE = "missing", "no value"
"""Words of a grade that can't be determined, and of nothing after baseline that could have one."""


def shifts(table: Table, arms: Sequence[str]) -> Mapping[str, Mapping[tuple[str, str], int]]:
    """Arm -> (grade at baseline, worst grade) -> number of subjects of a Grade table; grades as words."""
    found = _counted(table, arms, ["baseline", "worst", "reason"])
    counted: dict[str, dict[tuple[str, str], int]] = {arm: {} for arm in arms}
    for arm, baseline, worst, reason, n in zip(
        *(found[name].to_pylist() for name in ("arm", "baseline", "worst", "reason", "n")), strict=True
    ):
        start = MISSING if baseline is None else str(baseline)
        none = MISSING if reason == UNDETERMINED else NO_VALUE
        cell = (start, none if worst is None else str(worst))
        counted[arm][cell] = counted[arm].get(cell, 0) + int(n)
    return counted


@dataclass(frozen=True, slots=True)
class Values:
    """The evaluable values of one arm, sorted; one array per column. `missing` were not evaluable.

    censored   of the evaluable, those with a value known only as below or above a limit
    """

    columns: tuple[Floats, ...]
    missing: int
    censored: int = 0

    @property
    def n(self) -> int:
        return int(self.columns[0].size)


def values(table: Table, arms: Sequence[str], columns: Sequence[str]) -> Mapping[str, Values]:
    """Arm -> the values of these columns where the row is evaluable and all of them are present."""
    marked = "censored" in table.columns
    found = _counted(table, arms, ["evaluable", *(["censored"] if marked else []), *columns])
    count = _numbers(found["n"])
    arm = _positions(found["arm"], arms)
    data = [_numbers(found[name]) for name in columns]
    full = _numbers(found["evaluable"]) > 0
    for column in data:
        full = full & ~np.isnan(column)
    limited = _numbers(found["censored"]) > 0 if marked else np.zeros(len(count), dtype=bool)
    order = np.lexsort(data[::-1])
    result = {}
    for index, name in enumerate(arms):
        mine = order[(arm == index)[order] & full[order]]
        repeat = count[mine].astype(np.int64)
        result[name] = Values(
            tuple(np.repeat(column[mine], repeat) for column in data),
            round(float(count[(arm == index) & ~full].sum())),
            round(float(count[(arm == index) & full & limited].sum())),
        )
    return result


@dataclass(frozen=True, slots=True)
class Evaluable:
    """Of one arm: subjects, those evaluable, of these with a value at a limit, and why the others are not."""

    n: int
    evaluable: int
    censored: int
    why: Mapping[str, int]


def reasons(table: Table, arms: Sequence[str]) -> Mapping[str, Evaluable]:
    """Counts of a Measurement or Pair table by why its subjects are evaluable or not."""
    marked = "censored" in table.columns
    found = _counted(table, arms, ["evaluable", "reason", *(["censored"] if marked else [])])
    rows = found.to_pylist()
    made = {}
    for name in arms:
        mine = [row for row in rows if row["arm"] == name]
        used = [row for row in mine if row["evaluable"]]
        why: dict[str, int] = {}
        for row in mine:
            if not row["evaluable"]:
                why[row["reason"]] = why.get(row["reason"], 0) + int(row["n"])
        limited = sum(int(row["n"]) for row in used if row.get("censored"))
        all_, evaluable = (sum(int(row["n"]) for row in some) for some in (mine, used))
        made[name] = Evaluable(all_, evaluable, limited, why)
    return made


@dataclass(frozen=True, slots=True)
class Tabulated:
    """Of one arm, by column: the values known of each number, and subjects by each word (null is one)."""

    numbers: Mapping[str, Values]
    words: Mapping[str, Mapping[Any, int]]


def tabulated(
    table: Table, arms: Sequence[str], numbers: Sequence[str], words: Sequence[str]
) -> Mapping[str, Tabulated]:
    """Arm -> each of these columns by itself, from one question to the engine."""
    chosen = table.filter(table.arm.isin(list(arms)))
    names = ["arm", *numbers, *words]
    found = chosen.group_by(names).agg(n=lambda t: t.count()).to_pyarrow()
    count, arm = _numbers(found["n"]).astype(np.int64), _positions(found["arm"], arms)
    result = {}
    for index, name in enumerate(arms):
        mine = arm == index
        told: dict[str, dict[Any, int]] = {word: {} for word in words}
        for word in words:
            for value, n in zip(found[word].filter(mine).to_pylist(), count[mine], strict=True):
                told[word][value] = told[word].get(value, 0) + int(n)
        known = {}
        for column in numbers:
            data = np.repeat(_numbers(found[column])[mine], count[mine])
            here = np.sort(data[~np.isnan(data)])
            known[column] = Values((here,), int(data.size - here.size))
        result[name] = Tabulated(known, told)
    return result


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


def weighted_counts(table: Table, arms: Sequence[str], weights: str) -> WeightedCounts:
    """A TimeToEvent table by time, event, arm and weight; rows without a usable time or status are not in."""
    found = _counted(table, arms, ["time_days", "event", weights])
    time, event, weight = (_numbers(found[name]) for name in ("time_days", "event", weights))
    count, arm = _numbers(found["n"]), _positions(found["arm"], arms)
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


def _counted(table: Table, arms: Sequence[str], columns: Sequence[str]) -> Any:
    """Rows of these arms counted by arm and the columns, as an Arrow table."""
    chosen = table.filter(table.arm.isin(list(arms)))
    keys = {"arm": chosen.arm} | {
        name: chosen[name].cast("int8") if name in ("event", "evaluable", "censored") else chosen[name]
        for name in columns
    }
    return chosen.select(**keys).group_by(list(keys)).agg(n=lambda t: t.count()).to_pyarrow()


def _numbers(column: Any) -> Floats:
    """A numeric Arrow column as floats, null as NaN."""
    import pyarrow as pa
    import pyarrow.compute as pc

    filled = pc.fill_null(column.cast(pa.float64()), float("nan"))
    return np.asarray(filled.to_numpy(), dtype=np.float64)


def _positions(column: Any, words: Sequence[str]) -> Integers:
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.index_in(column.cast(pa.string()), value_set=pa.array(list(words), pa.string()))
    return np.asarray(found.to_numpy(), dtype=np.int64)


def _combined(columns: Sequence[Any], size: int) -> tuple[Integers, NDArray[np.bool_]]:
    """One code per combination of levels, and where every level is known."""
    import pyarrow as pa
    import pyarrow.compute as pc

    code = np.zeros(size, dtype=np.int64)
    known = np.ones(size, dtype=bool)
    for column in columns:
        text = column.cast(pa.string())
        known &= ~np.asarray(pc.is_null(text).to_numpy(), dtype=bool)
        levels = sorted(level for level in set(text.to_pylist()) if level is not None)
        place = pc.fill_null(pc.index_in(text, value_set=pa.array(levels, pa.string())), 0)
        code = code * max(len(levels), 1) + np.asarray(place.to_numpy(), dtype=np.int64)
    return code, known
