"""Events, and not only first ones, by time at risk: their number, merged into episodes where asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.recorded_events import UNCODED
from trialist.findings.event_counts import EventRow, fell_at_risk, groupings, of_arms, row_of

if TYPE_CHECKING:
    from ibis.expr.types import Table

_NEVER = 10**9  # later than any day


@dataclass(frozen=True, slots=True)
class EventTotals:
    """Events of one row and arm.

    subjects  with at least one
    n, days   subjects at risk, and all their days at risk
    spread    sum over the subjects at risk of the squares of (events - rate x days)
    """

    events: int
    subjects: int
    n: int
    days: int
    spread: float


def all_events(
    table: Table, arms: Sequence[str], levels: Sequence[str], merge_gap: int | None
) -> tuple[dict[str, EventTotals], dict[EventRow, dict[str, EventTotals]]]:
    """(arm -> its time at risk, without events; row -> arm -> events); one query per level.

    Events count that began in their subject's time at risk. With `merge_gap` (days) those of one subject and
    term that begin within so many days after the end of an earlier one are one event with it; an event
    without an end goes on. Uncoded events are never merged: they may be of different terms.
    """
    rows = of_arms(table, arms)
    rows = rows.filter(rows.risk_start_day.notnull())
    rows = rows.mutate(days=rows.risk_end_day - rows.risk_start_day + 1)
    spans = rows.select("arm", "subject", "days").distinct()
    whole = spans.group_by("arm").agg(
        n=spans.count(), days=spans.days.sum(), squares=(spans.days * spans.days).sum()
    )
    found = {row["arm"]: row for row in whole.to_pyarrow().to_pylist()}
    time = {
        arm: tuple(int(found[arm][name]) if arm in found else 0 for name in ("n", "days", "squares"))
        for arm in arms
    }
    nobody = {arm: EventTotals(0, 0, n, days, 0.0) for arm, (n, days, _) in time.items()}
    counted: dict[EventRow, dict[str, EventTotals]] = {EventRow(): dict(nobody)} if "any" in levels else {}
    begun = _first_of_episodes(rows.filter(fell_at_risk(rows)), merge_gap)
    for keys in groupings(levels):
        one = begun.group_by(["arm", *keys, "subject", "days"]).agg(events=begun.count())
        totals = one.group_by(["arm", *keys]).agg(
            events=one.events.sum(),
            subjects=one.count(),
            squares=(one.events * one.events).sum(),
            products=(one.events * one.days).sum(),
        )
        for row in totals.to_pyarrow().to_pylist():
            n, days, squares = time[row["arm"]]
            rate = row["events"] / days
            spread = row["squares"] - 2 * rate * row["products"] + rate * rate * squares
            cell = counted.setdefault(row_of(row), dict(nobody))
            cell[row["arm"]] = EventTotals(int(row["events"]), int(row["subjects"]), n, days, spread)
    return nobody, counted


def endless(table: Table, arms: Sequence[str]) -> int:
    """How many events have no end that is known."""
    rows = of_arms(table, arms)
    return int(rows.filter(rows.sequence.notnull() & rows.last_day.isnull()).count().to_pyarrow().as_py())


def _first_of_episodes(events: Table, merge_gap: int | None) -> Table:
    """The events that begin an episode; all of them without a gap."""
    if merge_gap is None:
        return events
    ends = ibis.greatest(events.last_day.fill_null(_NEVER), events.onset_day)
    before = ibis.window(
        group_by=["subject", "system_organ_class", "term"],
        order_by=["onset_day", "sequence"],
        preceding=(None, 1),
    )
    marked = events.mutate(ends=ends)
    marked = marked.mutate(covered=marked.ends.max().over(before))
    again = (marked.onset_day - marked.covered <= merge_gap).fill_null(False) & (marked.term != UNCODED)
    return marked.filter(~again)
