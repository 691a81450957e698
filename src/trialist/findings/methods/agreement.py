"""Agreement of two evaluators on one endpoint: a cross-table, and the proportion who agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import ibis

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.reduction import categories
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, IntegerValue, StringValue, Table

    from trialist.protocol import analyses

_SEPARATOR = " | "


@entry(
    "agreement",
    needs=("Category", "TimeToEvent"),
    gives="count",
    source="FDA guidance, Clinical Trial Endpoints, 2018; Clopper and Pearson 1934, Biometrika 26:404",
)
def run(table: Table, analysis: analyses.Agreement, context: Context) -> tuple[Finding, ...]:
    """One count per arm and cell of the cross-table, then the proportion who agree with its exact interval.

    `table` holds what the other evaluator says as `other_value`, or `other_event` and `other_day`; without
    those columns nothing can be compared. Of a best response the cell is both responses. Of a time it is
    whether both, one or neither saw the event; who agrees is told for the event alone, and for the event
    with its day. Subjects are those of whom the main evaluator has a verdict; `missing` where the other has
    none, as of a duration of response that only one of them saw.
    Problems  N401 nobody in an arm, W339 no assessment of the other evaluator
    """
    method = Method(
        "agreement", (("evaluator", analysis.evaluator), ("accepted_only", analysis.accepted_only))
    )
    if "other_subject" not in table.columns:
        none = context.problem(
            "W339",
            f"the records hold no assessment of evaluator '{analysis.evaluator}' to compare with that of "
            "'records:'",
            "write evaluator: as RSEVAL has it, and name the evaluator that counts under 'records:'",
        )
        return (context.finding("count", None, method, context.arms, problems=[none]),)
    made: list[Finding] = []
    if "value" in table.columns:
        made += _cells(table, table.value, table.other_value, "response", method, analysis, context)
        return tuple(made)
    event, other = _seen(table, "event"), _seen(table, "other_event")
    made += _cells(table, event, other, "event", method, analysis, context)
    dated = event + _dated(table.event, table.day)
    dated_other = other + _dated(table.other_event, table.other_day)
    made += _cells(table, dated, dated_other, "event and day", method, analysis, context, table_too=False)
    return tuple(made)


def _seen(table: Table, column: str) -> StringValue:
    seen = table[column]
    return ibis.ifelse(seen.isnull(), ibis.null("string"), ibis.ifelse(seen, "event", "no event"))


def _dated(event: BooleanValue, day: IntegerValue) -> StringValue:
    return ibis.ifelse(event.fill_null(False), day.cast("string"), ibis.literal(""))


def _cells(
    table: Table,
    mine: StringValue,
    theirs: StringValue,
    of: str,
    method: Method,
    analysis: analyses.Agreement,
    context: Context,
    table_too: bool = True,
) -> list[Finding]:
    """Counts of the cells of one cross-table, and the proportion in those where both say the same."""
    missing = ibis.literal("missing")
    pair = mine.fill_null(missing) + _SEPARATOR + theirs.fill_null(missing)
    found = categories(table.mutate(pair_=pair), context.arms, "pair_")
    cells = sorted({cell for counted in found.values() for cell in counted})
    made = []
    for arm in context.arms:
        n = sum(found[arm].values())
        told = Method("agreement", (*method.options, ("of", of)))
        if n == 0:
            nobody = not_estimable.no_subjects(context, [arm])
            made.append(context.finding("proportion", None, told, [arm], n=0, problems=[nobody]))
            continue
        if table_too:
            made += [_count(arm, cell, found[arm].get(cell, 0), n, told, context) for cell in cells]
        made.append(_agreed(arm, found[arm], n, told, analysis, context))
    return made


def _count(arm: str, cell: str, count: int, n: int, method: Method, context: Context) -> Finding:
    main, other = cell.split(_SEPARATOR)
    category = f"{main}, other evaluator {other}"
    told = Method("agreement", (("category", category), ("main", main), ("other", other), *method.options))
    note = f"{category}: {count} of {n} ({100 * count / n:.1f} %)"
    return context.finding("count", float(count), told, [arm], n=n, note=note)


def _agreed(
    arm: str,
    cells: Mapping[Any, int],
    n: int,
    method: Method,
    analysis: analyses.Agreement,
    context: Context,
) -> Finding:
    from trialist.kernels.binomial import proportion_interval

    same = sum(count for cell, count in cells.items() if len(set(str(cell).split(_SEPARATOR))) == 1)
    low, high = proportion_interval(same, n, analysis.level, "clopper_pearson")
    note = f"{same} of {n} agree"
    interval = Interval(low, high, analysis.level)
    return context.finding("proportion", same / n, method, [arm], interval=interval, n=n, note=note)
