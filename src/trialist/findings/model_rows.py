"""Rows of a regression of times: counted by distinct pattern where the data lie, with what was left out.

A model of factors has few patterns and stays small whatever the number of subjects; with a number among its
covariates a row is a subject.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
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
from trialist.findings.time_counts import SurvivalCounts, numbered, survival_counts

if TYPE_CHECKING:
    from ibis.expr.types import Table

START = "start_days"
"""The column of a table of intervals (start, time]: times after which a row is at risk."""


def change_column(name: str) -> str:
    """The column with the time at which a time-varying covariate of this name becomes 1."""
    return f"becomes_{name}"


def with_changes(table: Table, analysis: Any, endpoints: Mapping[str, Table]) -> Table:
    """A TimeToEvent table with the time at which each time-varying covariate of the analysis becomes 1.

    That is the day of the event (or of the response) of the endpoint that the analysis names, counted as the
    times of the table are; null for who never has it. A name whose endpoint has no table has no column.
    """
    for name, endpoint in getattr(analysis, "time_varying", {}).items():
        other = endpoints.get(endpoint)
        sign = (
            None if other is None else next((c for c in ("event", "responder") if c in other.columns), None)
        )
        if other is None or sign is None:
            continue
        happened = other[sign]
        told = other.filter(happened).select(changed_="subject", change_day_="day")
        joined = table.left_join(told, table.subject == told.changed_)
        when = (joined.change_day_ - joined.day + joined.time_days).cast("float64")
        table = joined.mutate(**{change_column(name): when}).drop("changed_", "change_day_")
    return table


@dataclass(frozen=True, slots=True)
class Covariate:
    """Values of a covariate, one per row: numbers, or codes of `levels`."""

    name: str
    values: Floats
    levels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelRows:
    """One value per row in each array; deaths and censored are numbers of subjects (or of their intervals).

    arm        index into the arms asked for; stratum: code from 0
    entry, offset, weight, cluster   None where not asked for
    person     of the parts of a follow-up that was cut: which belong together; None where nothing was cut
    covariates in the order asked for, then the time-varying ones (0 until the change, 1 after it)
    left_out   why -> subjects (rows) left out; n: subjects in the rows
    """

    time: Floats
    deaths: Floats
    censored: Floats
    arm: Integers
    stratum: Integers
    entry: Floats | None
    offset: Floats | None
    weight: Floats | None
    cluster: Integers | None
    covariates: tuple[Covariate, ...]
    n: int
    first: Floats
    person: Integers | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def events(self) -> int:
        return round(float(np.sum(self.deaths)))

    def people(self, kept: NDArray[np.bool_]) -> int:
        """Subjects of the marked rows: those of their first intervals."""
        return round(float(self.first[kept].sum()))

    def where(self, kept: NDArray[np.bool_]) -> ModelRows:
        """The marked rows."""
        told = {
            each.name: getattr(self, each.name)[kept]
            for each in fields(self)
            if isinstance(getattr(self, each.name), np.ndarray)
        }
        covariates = tuple(replace(c, values=c.values[kept]) for c in self.covariates)
        return replace(self, **told, covariates=covariates, n=self.people(kept))

    def covariate(self, name: str) -> Covariate:
        return next(c for c in self.covariates if c.name == name)


def model_rows(
    table: Table,
    arms: Sequence[str],
    *,
    strata: Sequence[str] = (),
    covariates: Sequence[str] = (),
    factors: Sequence[str] = (),
    time_varying: Sequence[str] = (),
    offset: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
) -> ModelRows:
    """Rows of a TimeToEvent table, or of one of intervals (it has a column `start_days`), of these arms.

    strata, covariates   columns; a covariate of numbers or truths is a number, one of text has levels
    factors              columns that come after the covariates, each value a level; one may be missing (NaN)
    time_varying         names whose `becomes_...` column holds the time from which they are 1
    offset, weights, cluster   columns. Weights count a subject of a row as so many.
    A subject is left out for the first of these that holds: no status or no usable time (not finite, or
    below 0), a time at risk that ends at its start, no level of a stratum, no (finite) value of a covariate,
    an offset or a cluster, no weight above 0.
    """
    started = START in table.columns
    if not (started or covariates or factors or time_varying or offset or weights or cluster):
        return _of_arms_alone(survival_counts(table, arms, strata))
    singles = [name for name in (offset, weights, cluster) if name]
    changes = [change_column(name) for name in time_varying]
    asked = ["time_days", "event", *([START] if started else []), *strata, *covariates, *factors]
    asked += [*singles, *changes]
    marked = started and "subject" in table.columns and hasattr(table, "mutate")
    if marked:
        begun = table[START].min().over(group_by=table.subject)
        table, asked = table.mutate(first_=(table[START] == begun).cast("int8")), [*asked, "first_"]
    found = counted(table, arms, list(dict.fromkeys(asked)))
    count, arm = as_numbers(found["n"]), positions(found["arm"], arms)
    time, event = as_numbers(found["time_days"]), as_numbers(found["event"])
    entry = as_numbers(found[START]) if started else None
    stratum, known = combined([found[name] for name in strata], len(count))
    needed = [_covariate(name, found[name]) for name in covariates]
    given = [*needed, *(_in_levels(_covariate(name, found[name])) for name in factors)]
    push = as_numbers(found[offset]) if offset else None
    weight = as_numbers(found[weights]) if weights else None
    group, grouped = combined([found[cluster]] if cluster else [], len(count))
    when = [as_numbers(found[name]) for name in changes]
    reasons = {"no time or no status": ~np.isfinite(time) | np.isnan(event), "a time below 0": time < 0}
    if entry is not None:
        reasons["no time at risk after the start"] = ~(entry < time) | ~np.isfinite(entry)
    reasons["a stratification factor has no value"] = ~known
    reasons |= {f"'{c.name}' has no value": ~np.isfinite(c.values) for c in needed}
    if push is not None:
        reasons[f"'{offset}' has no value between -500 and 500"] = ~(np.abs(push) <= 500)
    if weight is not None:
        reasons[f"'{weights}' gives no weight above 0"] = ~(np.isfinite(weight) & (weight > 0))
    if cluster:
        reasons[f"'{cluster}' has no value"] = ~grouped
    kept, left_out = np.ones(len(count), dtype=bool), {}
    for why, out in reasons.items():
        if not np.count_nonzero(out):
            continue
        if (lost := round(float(count[kept & out].sum()))) > 0:
            left_out[why] = lost
        kept &= ~out
    keys = [a for a in (entry, push, weight, group, *when) if a is not None]
    begins = as_numbers(found["first_"]) if marked else np.ones(len(count))
    total = (begins, *keys, *(c.values for c in given), event, time, arm, stratum)
    cells = by_counting(np.flatnonzero(kept), count, total)  # a total order: none of the engine's is seen
    if cells is None:
        order = np.lexsort(total)
        cells = alike_together(order[kept[order]], count, total)
    order, many = cells

    def taken(values: Any) -> Any:
        return None if values is None else values[order]

    layer = numbered(stratum[order])
    died = np.where(event[order] > 0, many, 0.0)
    first = np.where(begins[order] > 0, many, 0.0)
    rows = ModelRows(
        time[order], died, many - died, arm[order], layer, taken(entry),
        taken(push), taken(weight), group[order] if cluster else None,
        tuple(Covariate(c.name, c.values[order], c.levels) for c in given),
        round(float(first.sum())), first, None, left_out,
    )  # fmt: skip
    return _changing(rows, dict(zip(time_varying, (taken(each) for each in when), strict=True)))


def _of_arms_alone(counts: SurvivalCounts) -> ModelRows:
    """The rows of a model of arms: the counts of the log-rank test."""
    reasons = {
        "no time or no status": counts.without_time - counts.below_0,
        "a time below 0": counts.below_0,
        "a stratification factor has no value": counts.without_stratum,
    }
    people = counts.deaths + counts.censored
    return ModelRows(
        counts.time, counts.deaths, counts.censored, counts.arm, counts.stratum, None, None, None, None, (),
        counts.n, people, None, {why: n for why, n in reasons.items() if n},
    )  # fmt: skip


def _changing(rows: ModelRows, when: Mapping[str, Floats]) -> ModelRows:
    """Rows cut at the times at which covariates become 1; a missing time is never."""
    waiting = dict(when)
    if when:
        rows = replace(rows, person=np.arange(rows.time.size))
    for name in when:
        change = waiting.pop(name)
        start = np.full(rows.time.size, -np.inf) if rows.entry is None else rows.entry
        begin = np.where(np.isfinite(start), start, np.minimum(0.0, rows.time - 1))
        cut = (change > begin) & (change < rows.time)
        value = (np.nan_to_num(change, nan=np.inf) <= begin).astype(np.float64)
        index = np.concatenate((np.arange(cut.size), np.flatnonzero(cut)))
        after = np.arange(index.size) >= cut.size
        before = np.concatenate((cut, np.zeros(index.size - cut.size, dtype=bool)))
        rows = replace(
            rows,
            time=np.where(before, change[index], rows.time[index]),
            deaths=np.where(before, 0.0, rows.deaths[index]),
            censored=np.where(before, (rows.deaths + rows.censored)[index], rows.censored[index]),
            arm=rows.arm[index],
            stratum=rows.stratum[index],
            entry=np.where(after, change[index], begin[index]),
            offset=None if rows.offset is None else rows.offset[index],
            weight=None if rows.weight is None else rows.weight[index],
            cluster=None if rows.cluster is None else rows.cluster[index],
            first=np.where(after, 0.0, rows.first[index]),
            person=None if rows.person is None else rows.person[index],
            covariates=(
                *(replace(c, values=c.values[index]) for c in rows.covariates),
                Covariate(name, np.where(after, 1.0, value[index])),
            ),
        )
        waiting = {other: times[index] for other, times in waiting.items()}
    return rows


def _covariate(name: str, column: Any) -> Covariate:
    """Numbers and truths as numbers, anything else as codes of its sorted levels; null is NaN."""
    if isinstance(column, np.ndarray):
        return Covariate(name, column)
    if not hasattr(column, "levels"):
        import pyarrow as pa

        kind = column.type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
            return Covariate(name, as_numbers(column))
        if pa.types.is_boolean(kind):
            return Covariate(name, as_numbers(column.cast(pa.int8())))
        column = column.cast(pa.string())
        levels = tuple(sorted(level for level in set(column.to_pylist()) if level is not None))
        code = _place(column, levels)
    else:
        levels, code = column.levels, column.code
    return Covariate(name, np.where(code < 0, np.nan, code.astype(np.float64)), levels)


def _in_levels(covariate: Covariate) -> Covariate:
    """A covariate with its numbers as levels."""
    if covariate.levels:
        return covariate
    known = np.isfinite(covariate.values)
    distinct, code = np.unique(covariate.values[known], return_inverse=True)
    values = np.full(covariate.values.size, np.nan)
    values[known] = code
    return Covariate(covariate.name, values, tuple(f"{value:.15g}" for value in distinct.tolist()))


def _place(column: Any, levels: Sequence[str]) -> Integers:
    """The place of each text among the levels; -1 for null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.fill_null(pc.index_in(column, value_set=pa.array(list(levels), column.type)), -1)
    return np.asarray(found.to_numpy(), dtype=np.int64)
