"""The mean change in each arm by the paired t test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.findings.reduction import Values, values
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import analyses


@entry("paired_t", needs="Measurement", gives="mean_change", source="Student 1908, Biometrika 6:1")
def run(table: Table, analysis: analyses.PairedT, context: Context) -> tuple[Finding, ...]:
    """Mean of `change` (later less baseline, on the endpoint's scale) per arm, t interval, two-sided p.

    Only evaluable pairs count; the note says how many were not.
    Problems  N408 fewer than two pairs, N409 all changes equal
    """
    method = Method("paired_t", (("of", "change"), ("interval", "t"), ("level", analysis.level)))
    found = values(table, context.arms, ["change"])
    return tuple(_arm(arm, found[arm], method, analysis.level, context) for arm in context.arms)


def missing_note(found: Values) -> str | None:
    """How many had no evaluable pair; None when all had."""
    return f"{found.missing} not evaluable, left out" if found.missing else None


def _arm(arm: str, found: Values, method: Method, level: float, context: Context) -> Finding:
    from trialist.kernels.paired import paired_t

    test = paired_t(found.columns[0], level)
    note = missing_note(found)
    if test.status == "too_few":
        why = not_estimable.too_few(context, arm, found.n, 2, "evaluable pairs")
        return context.finding("mean_change", test.mean, method, [arm], n=found.n, note=note, problems=[why])
    if test.status == "no_variance":
        same = not_estimable.no_variation(context, arm, "the changes")
        return context.finding("mean_change", test.mean, method, [arm], n=found.n, note=note, problems=[same])
    return context.finding(
        "mean_change",
        test.mean,
        method,
        [arm],
        interval=Interval(test.low, test.high, level),
        p_value=None if test.p_value is None else PValue(test.p_value),
        n=found.n,
        note=note,
    )
