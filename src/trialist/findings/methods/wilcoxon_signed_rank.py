"""The median change in each arm by Wilcoxon's signed rank test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.methods.paired_t import missing_note
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.findings.reduction import Values, values
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import value_analyses


@entry(
    "wilcoxon_signed_rank",
    needs="Measurement",
    gives="median_change",
    source="Wilcoxon 1945, Biometrics Bulletin 1:80; Hodges and Lehmann 1963",
)
def run(table: Table, analysis: value_analyses.WilcoxonSignedRank, context: Context) -> tuple[Finding, ...]:
    """Pseudo-median (Hodges-Lehmann) of `change` per arm, interval by inverting the test, two-sided p.

    Changes of 0 are dropped (Wilcoxon's rule, as R does); `n` are the changes used. The method's options
    say whether p was exact.
    Problems  N408 no change other than 0, N415 no interval at this level
    """
    found = values(table, context.arms, ["change"])
    return tuple(_arm(arm, found[arm], analysis, context) for arm in context.arms)


def _arm(arm: str, found: Values, analysis: value_analyses.WilcoxonSignedRank, context: Context) -> Finding:
    from trialist.kernels.rank import signed_rank

    test = signed_rank(found.columns[0], exact=analysis.exact, correct=analysis.correct, level=analysis.level)
    method = Method(
        "wilcoxon_signed_rank",
        (
            ("of", "change"),
            ("estimate", "hodges_lehmann"),
            ("exact", analysis.exact),
            ("correct", analysis.correct),
            ("computed", "exact" if test.exact else "normal_approximation"),
            ("zeros", "dropped"),
            ("level", analysis.level),
        ),
    )
    zeros = f"{test.zeros} without change, dropped" if test.zeros else None
    refused = "no exact p value: ties, zeros or over 1000 changes"
    inexact = refused if analysis.exact == "yes" and test.status == "ok" and not test.exact else None
    note = "; ".join(part for part in (missing_note(found), zeros, inexact) if part) or None
    if test.status == "too_few":
        why = not_estimable.too_few(context, arm, 0, 1, "changes other than 0")
        return context.finding("median_change", None, method, [arm], n=0, note=note, problems=[why])
    problems: list[Problem] = []
    if test.low is None or test.level != analysis.level:
        problems.append(not_estimable.level_not_reached(context, arm, analysis.level))
    return context.finding(
        "median_change",
        test.pseudo_median,
        method,
        [arm],
        interval=None if test.low is None else Interval(test.low, test.high, test.level or analysis.level),
        p_value=None if test.p_value is None else PValue(test.p_value),
        n=test.n,
        note=note,
        problems=problems,
    )
