"""Patients chosen by rule: examples of every kind of end, and an even selection for a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.patients.gather import gather
from trialist.patients.model import Example
from trialist.protocol.endpoints import SHAPES, OverallSurvival, ProgressionFreeSurvival, PsaResponse

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value

    from trialist.study import Result

MOST_EXAMPLES = 8


def main_time(result: Result) -> str | None:
    """The time to event that examples are chosen by.

    That of a primary estimand; else the first progression-free or overall survival; else the first other.
    """
    plan = result.protocol.plan
    primary = [e.endpoint for e in plan.estimands.values() if e.objective == "primary"]
    survival = [n for n, e in plan.endpoints.items() if isinstance(e, ProgressionFreeSurvival)]
    survival += [n for n, e in plan.endpoints.items() if isinstance(e, OverallSurvival)]
    for name in (*primary, *survival, *plan.endpoints):
        if name in result.endpoints and SHAPES[plan.endpoints[name].derive] == "TimeToEvent":
            return name
    return None


def examples(result: Result) -> tuple[Example, ...]:
    """The first patient, in the order of ids, of each cause of the main event and of each reason to be
    censored, and the first confirmed PSA responder; each once, with everything they are the first of.

    Returns   nothing for times without people behind them
    """
    if result.inputs.reconstructed:
        return ()
    plan = result.protocol.plan
    why: dict[str, list[str]] = {}
    name = main_time(result)
    if name is not None:
        table = result.endpoints[name]
        found = table.group_by("event", "reason").aggregate(subject=table.subject.min())
        rows = found.to_pyarrow().to_pylist()
        for row in sorted(rows, key=lambda r: (not r["event"], r["reason"])):
            how = "event" if row["event"] else "censored"
            why.setdefault(row["subject"], []).append(f"{name}|{how}|{row['reason']}")
    for response, endpoint in plan.endpoints.items():
        if isinstance(endpoint, PsaResponse) and endpoint.confirmed and response in result.endpoints:
            table = result.endpoints[response]
            first = table.filter(table.responder).aggregate(subject=table.subject.min())
            subject = first.to_pyarrow()["subject"][0].as_py()
            if subject is not None:
                why.setdefault(subject, []).append(f"{response}|responder|")
            break
    kept = list(why)[:MOST_EXAMPLES]
    return tuple(Example(p, tuple(why[p.subject])) for p in gather(result, kept))


def evenly(rows: Table, order: list[Value], most: int) -> Table:
    """At most about `most` rows of a table with `arm` and `subject`, spread evenly over each arm's order.

    Returns   the rows, with `of` (rows of the arm) and `place` (0 the first of the arm)
    """
    arm = ibis.window(group_by="arm")
    placed = rows.mutate(
        place=ibis.row_number().over(ibis.window(group_by="arm", order_by=[*order, rows.subject])),
        of=rows.subject.count().over(arm),
        everyone=rows.subject.count().over(ibis.window()),
    )
    share = ibis.greatest((placed.of * most / placed.everyone).floor(), 1).cast("int64")
    share = ibis.ifelse(placed.everyone <= most, placed.of, share)
    placed = placed.mutate(share=share)
    taken = ((placed.place + 1) * placed.share / placed.of).floor()
    before = (placed.place * placed.share / placed.of).floor()
    return placed.filter(taken > before).drop("everyone", "share").order_by("arm", "place")
