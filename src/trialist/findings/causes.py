"""Times to the first of several events, counted where they lie: the reason of an event says which it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.counted import (
    Floats,
    Integers,
    alike_together,
    as_numbers,
    as_text,
    combined,
    counted,
    holds_numbers,
    positions,
)
from trialist.problems import Problem

if TYPE_CHECKING:
    from ibis.expr.types import Table

CENSORED, EVENT, COMPETING = 0, 1, 2


@dataclass(frozen=True, slots=True)
class CauseCounts:
    """Cells of time (days), status (0 censored, 1 event, 2 competing), arm, stratum and covariates.

    covariates   a row per cell, a column per term
    terms        what each column stands for: an arm is not among them
    left_out     why -> subjects left out
    seen         reason -> events of it, of those left in
    neither      of these, the reasons that are neither of interest nor competing: taken as censorings
    """

    time: Floats
    status: Integers
    count: Floats
    arm: Integers
    stratum: Integers
    covariates: Floats
    terms: tuple[str, ...]
    left_out: Mapping[str, int]
    seen: Mapping[str, int]
    neither: Mapping[str, int]

    def total(self, arm: int | None = None, status: int | None = None) -> int:
        mine = np.ones(self.count.size, dtype=bool) if arm is None else self.arm == arm
        if status is not None:
            mine &= self.status == status
        return round(float(self.count[mine].sum()))


def cause_counts(
    table: Table,
    arms: Sequence[str],
    interest: Sequence[str],
    competing: Sequence[str],
    strata: Sequence[str] = (),
    covariates: Sequence[str] = (),
) -> CauseCounts:
    """Counts of a TimeToEvent table by time, kind of event, arm, strata and covariates.

    A covariate of text has a column for each level but its first in alphabetical order; a number is itself.
    """
    found = counted(table, arms, ["time_days", "event", "reason", *strata, *covariates])
    time, event, count = as_numbers(found["time_days"]), as_numbers(found["event"]), as_numbers(found["n"])
    arm = positions(found["arm"], arms)
    stratum, known = combined([found[name] for name in strata], count.size)
    reason = as_text(found["reason"])
    happened = event > 0
    of_interest = np.isin(reason.astype(str), list(interest)) & happened
    competes = happened & ~of_interest
    if competing:
        competes &= np.isin(reason.astype(str), list(competing))
    status = np.where(of_interest, EVENT, np.where(competes, COMPETING, CENSORED)).astype(np.int64)
    why = {
        "no time, or a negative or infinite one, or no status": ~(
            np.isfinite(time) & (time >= 0) & ~np.isnan(event)
        ),
        "an event without a reason": happened & _none(reason),
        "a stratification factor has no value": ~known,
    }
    usable = ~np.any(np.array(list(why.values())), axis=0)
    absent = [_absent(found[name]) for name in covariates]
    why["a covariate has no value"] = np.any([np.zeros(count.size, dtype=bool), *absent], axis=0)
    kept, left_out = usable & ~why["a covariate has no value"], {}
    columns, terms = [], []
    for name in covariates:
        more, called = _covariate(found[name], name, kept)
        columns += more
        terms += called
    told = np.zeros(count.size, dtype=bool)
    for word, which in why.items():
        left_out[word] = round(float(count[which & ~told].sum()))
        told |= which
    seen = _by_reason(reason[kept & happened], count[kept & happened])
    strange = kept & happened & (status == CENSORED)
    matrix = np.column_stack(columns) if columns else np.zeros((count.size, 0))
    order = np.lexsort((*matrix.T[::-1], status, time, arm, stratum))
    order, many = alike_together(order[kept[order]], count, (*matrix.T, status, time, arm, stratum))
    _, layer = np.unique(stratum[order], return_inverse=True)
    return CauseCounts(
        time[order],
        status[order],
        many,
        arm[order],
        layer.astype(np.int64),
        matrix[order],
        tuple(terms),
        {word: n for word, n in left_out.items() if n},
        seen,
        _by_reason(reason[strange], count[strange]),
    )


def _by_reason(reason: Any, count: Floats) -> dict[str, int]:
    found: dict[str, int] = {}
    for word, n in zip(reason.tolist(), count.tolist(), strict=True):
        found[str(word)] = found.get(str(word), 0) + round(n)
    return dict(sorted(found.items()))


def _none(words: NDArray[Any]) -> NDArray[np.bool_]:
    return np.array([word is None for word in words], dtype=bool)


def _absent(column: Any) -> NDArray[np.bool_]:
    """Where a covariate has no value."""
    if holds_numbers(column):
        return ~np.isfinite(as_numbers(column))
    return _none(as_text(column))


def _covariate(column: Any, name: str, kept: NDArray[np.bool_]) -> tuple[list[Floats], list[str]]:
    """Columns and what they stand for; levels are those of the subjects kept."""
    if holds_numbers(column):
        values = as_numbers(column)
        return [np.where(np.isfinite(values), values, 0.0)], [f"{name}, per unit"]
    text = as_text(column)
    levels = sorted(set(text[kept].tolist()))
    return (
        [(text == level).astype(np.float64) for level in levels[1:]],
        [f"{name}: {level} against {levels[0]}" for level in levels[1:]],
    )


class Noted(NamedTuple):
    """The counts with what must be said of them: `notes` beside every result, `stop` instead of one."""

    counts: CauseCounts
    arms: tuple[str, ...]
    notes: tuple[Problem, ...]
    stop: tuple[Problem, ...]


def noted(
    table: Table, analysis: Any, context: Context, arms: tuple[str, ...], covariates: Sequence[str] = ()
) -> Noted:
    """Counts of an analysis with competing events, and its problems.

    Problems  N401 an empty arm, E414 unknown factor or covariate, N412 left out, N480 no event of interest,
              N481 events that are of neither list, E482 a reason in both lists
    """
    strata = tuple(getattr(analysis, "strata", ()))
    empty = np.zeros(0)
    whole = np.zeros(0, dtype=np.int64)
    nothing = CauseCounts(empty, whole, empty, whole, whole, np.zeros((0, 0)), (), {}, {}, {})
    absent = [name for name in (*strata, *covariates) if name not in table.columns]
    if absent:
        return Noted(nothing, arms, (), (not_estimable.no_such_factor(context, absent),))
    if "reason" not in table.columns:
        return Noted(nothing, arms, (), (not_estimable.no_reasons(context),))
    twice = [word for word in analysis.event_of_interest if word in analysis.competing]
    if twice:
        return Noted(nothing, arms, (), (not_estimable.both_causes(context, twice),))
    counts = cause_counts(table, arms, analysis.event_of_interest, analysis.competing, strata, covariates)
    notes = [not_estimable.left_out(context, n, why) for why, n in counts.left_out.items()]
    if counts.neither:
        notes.append(not_estimable.neither_cause(context, counts.neither))
    stop = []
    nobody = [arm for index, arm in enumerate(arms) if counts.total(index) == 0]
    if nobody:
        stop.append(not_estimable.no_subjects(context, nobody))
    if counts.total(status=EVENT) == 0 and not nobody:
        stop.append(not_estimable.no_event_of_interest(context, analysis.event_of_interest, counts.seen))
    return Noted(counts, arms, tuple(notes), tuple(stop))
