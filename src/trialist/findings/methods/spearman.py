"""Spearman's rank correlation of two linked measurements in each arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.methods.paired_t import missing_note
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.findings.reduction import Values, values
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import value_analyses


@entry(
    "spearman",
    needs="Pair",
    gives="correlation",
    source="Spearman 1904; Best and Roberts 1975, Applied Statistics 24:377 (AS 89)",
)
def run(table: Table, analysis: value_analyses.Spearman, context: Context) -> tuple[Finding, ...]:
    """rho of `first` and `second` per arm with its two-sided p; an interval where it is asked for (R gives
    none).

    Problems  N408 fewer than three pairs, N409 one of the two does not vary
    """
    found = values(table, context.arms, ["first", "second"])
    return tuple(_arm(arm, found[arm], analysis, context) for arm in context.arms)


def _arm(arm: str, found: Values, analysis: value_analyses.Spearman, context: Context) -> Finding:
    from trialist.kernels.rank import spearman

    test = spearman(found.columns[0], found.columns[1], exact=analysis.exact)
    asked = analysis.interval != "none"
    told = (("interval", analysis.interval), ("level", analysis.level)) if asked else ()
    method = Method("spearman", (("exact", analysis.exact), ("computed", test.how), *told))
    inexact = "no exact p value: ties or over 9 pairs" if analysis.exact == "yes" else None
    parts = (missing_note(found), inexact if test.how in ("edgeworth", "t") else None)
    note = "; ".join(part for part in parts if part) or None
    if test.status == "too_few":
        why = not_estimable.too_few(context, arm, test.n, 3, "evaluable pairs")
        return context.finding("correlation", None, method, [arm], n=test.n, note=note, problems=[why])
    if test.status == "constant":
        same = not_estimable.no_variation(context, arm, "the values of one of the two")
        return context.finding("correlation", None, method, [arm], n=test.n, note=note, problems=[same])
    p_value = None if test.p_value is None else PValue(test.p_value)
    ends = None
    if asked and test.rho is not None:
        from trialist.kernels.correlation import spearman_interval

        low, high = spearman_interval(test.rho, test.n, analysis.level)
        ends = None if low is None else Interval(low, high, analysis.level)
    return context.finding(
        "correlation", test.rho, method, [arm], interval=ends, p_value=p_value, n=test.n, note=note
    )
