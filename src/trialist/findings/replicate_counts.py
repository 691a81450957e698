"""Counts by replicate: the reductions of `findings.reduction` with the replicate among the keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trialist.endpoints.shapes import NO_POSTBASELINE
from trialist.findings.counted import as_numbers, combined, counted, positions

if TYPE_CHECKING:
    from ibis.expr.types import Table

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ReplicateTimes:
    """Cells of replicate, stratum, time (days), deaths, censorings, and arm (index into the arms asked for).

    left_out   subjects without a time or status, or without a level of a factor
    """

    replicate: Integers
    stratum: Integers
    time: Floats
    deaths: Floats
    censored: Floats
    arm: Integers
    left_out: int

    def of(self, arm: int) -> ReplicateTimes:
        mine = self.arm == arm
        return ReplicateTimes(
            self.replicate[mine],
            self.stratum[mine],
            self.time[mine],
            self.deaths[mine],
            self.censored[mine],
            self.arm[mine],
            self.left_out,
        )


def replicate_times(table: Table, arms: Sequence[str], strata: Sequence[str] = ()) -> ReplicateTimes:
    """Counts of a TimeToEvent table with a column `replicate` (a whole number), by it and the rest."""
    found = counted(table, arms, ["replicate", "time_days", "event", *strata])
    time, event, count = (as_numbers(found[name]) for name in ("time_days", "event", "n"))
    stratum, known = combined([found[name] for name in strata], len(count))
    usable = np.isfinite(time) & (time >= 0) & ~np.isnan(event) & known
    died = np.where(event[usable] > 0, count[usable], 0.0)
    return ReplicateTimes(
        as_numbers(found["replicate"])[usable].astype(np.int64),
        stratum[usable],
        time[usable],
        died,
        count[usable] - died,
        positions(found["arm"], arms)[usable],
        round(float(count[~usable].sum())),
    )


def replicate_responders(
    table: Table, arms: Sequence[str], denominator: str, replicates: int
) -> tuple[Integers, Integers]:
    """(responders, subjects of the denominator) of a Response table, shape (replicates, arms) each.

    `denominator` as in `reduction.Responders`: all, with_baseline or evaluable.
    """
    import pyarrow.compute as pc

    found = counted(table, arms, ["replicate", "responder", "reason"])
    said, count = as_numbers(found["responder"]), as_numbers(found["n"])
    unassessed = as_numbers(pc.fill_null(pc.equal(found["reason"], NO_POSTBASELINE), False)) > 0
    counts = np.ones(len(count), dtype=bool)
    if denominator != "all":
        counts = ~np.isnan(said)
    if denominator == "evaluable":
        counts &= (said > 0) | ~unassessed
    place = as_numbers(found["replicate"]).astype(np.int64) * len(arms) + positions(found["arm"], arms)
    shape = (replicates, len(arms))
    size = replicates * len(arms)
    yes = np.bincount(place, weights=np.where(said > 0, count, 0.0), minlength=size).reshape(shape)
    n = np.bincount(place, weights=np.where(counts, count, 0.0), minlength=size).reshape(shape)
    return np.rint(yes).astype(np.int64), np.rint(n).astype(np.int64)
