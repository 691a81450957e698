"""Correlation of two linked measurements in each arm, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.arm_values import paired_samples
from trialist.findings.context import Context
from trialist.findings.methods.paired_t import missing_note
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.findings.counted import Floats
    from trialist.kernels.correlation import Correlation
    from trialist.protocol import value_analyses

INTERVALS = {"pearson": "fisher", "kendall": "fieller", "spearman": "bonett_wright"}


@entry(
    "correlation",
    needs="Pair",
    gives="correlation",
    source="Fisher 1921, Metron 1:3; Kendall 1938, Biometrika 30:81; Fieller, Hartley and Pearson 1957, "
    "Biometrika 44:470; Bonett and Wright 2000, Psychometrika 65:23",
)
def run(table: Table, analysis: value_analyses.Correlation, context: Context) -> tuple[Finding, ...]:
    """Pearson's r, Kendall's tau-b or Spearman's rho of `first` and `second` per arm, interval and two-sided
    p.

    Problems  N408 too few pairs, N409 one of the two does not vary, N415 too few pairs for an interval
    """
    found = paired_samples(table, context.arms, ("first", "second"))
    made = []
    for arm in context.arms:
        mine, x, y = found[arm]
        test = _tested(x, y, analysis)
        method = Method(
            "correlation",
            (
                ("kind", analysis.kind),
                ("exact", analysis.exact if analysis.kind != "pearson" else None),
                ("computed", test.how),
                ("interval", INTERVALS[analysis.kind]),
                ("level", analysis.level),
            ),
        )
        problems = []
        if test.status == "too_few":
            problems.append(not_estimable.too_few(context, arm, test.n, 3, "evaluable pairs"))
        elif test.status == "constant":
            problems.append(not_estimable.no_variation(context, arm, "the values of one of the two"))
        elif test.low is None:
            problems.append(not_estimable.level_not_reached(context, arm, analysis.level))
        refused = analysis.exact == "yes" and test.how in ("normal", "edgeworth", "t")
        inexact = (
            "no exact p value: ties or too many pairs" if refused and analysis.kind != "pearson" else None
        )
        made.append(
            context.finding(
                "correlation",
                test.r,
                method,
                [arm],
                interval=None if test.low is None else Interval(test.low, test.high, analysis.level),
                p_value=None if test.p_value is None else PValue(test.p_value),
                n=test.n,
                note="; ".join(part for part in (missing_note(mine), inexact) if part) or None,
                problems=problems,
            )
        )
    return tuple(made)


def _tested(x: Floats, y: Floats, analysis: value_analyses.Correlation) -> Correlation:
    from trialist.kernels import correlation

    if analysis.kind == "pearson":
        return correlation.pearson(x, y, analysis.level)
    if analysis.kind == "kendall":
        return correlation.kendall(x, y, exact=analysis.exact, level=analysis.level)
    from trialist.kernels.rank import spearman

    found = spearman(x, y, exact=analysis.exact)
    if found.rho is None:
        return correlation.Correlation(found.status, found.n)
    low, high = correlation.spearman_interval(found.rho, found.n, analysis.level)
    return correlation.Correlation("ok", found.n, found.rho, low, high, None, found.p_value, found.how)
