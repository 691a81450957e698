"""The median change in each arm by Wilcoxon's signed rank test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.methods.paired_t import missing_note
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.one_sided import p_value_of
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
    source="Wilcoxon 1945, Biometrics Bulletin 1:80; Hodges and Lehmann 1963; Pratt 1959, JASA 54:655",
)
def run(table: Table, analysis: value_analyses.WilcoxonSignedRank, context: Context) -> tuple[Finding, ...]:
    """Pseudo-median (Hodges-Lehmann) of `change` per arm, interval by inverting the test, and p.

    Changes of 0 are dropped before ranks are given (Wilcoxon's rule, as R does), or after it (Pratt's); `n`
    are the changes used. With ties or zeros, `exact: yes` takes the distribution over all signs of the
    midranks, and the interval is by the normal approximation. The method's options say whether p and
    interval were exact.
    Problems  N408 no change other than 0, N415 no interval at this level
    """
    found = values(table, context.arms, ["change"])
    return tuple(_arm(arm, found[arm], analysis, context) for arm in context.arms)


def _arm(arm: str, found: Values, analysis: value_analyses.WilcoxonSignedRank, context: Context) -> Finding:
    from trialist.kernels.paired_ranks import MOST_EXACT, signed_rank_test
    from trialist.kernels.rank import signed_rank

    changes = found.columns[0]
    plain = signed_rank(changes, exact=analysis.exact, correct=analysis.correct, level=analysis.level)
    test: Any = plain
    sided = analysis.alternative != "two_sided"
    refused = analysis.exact == "yes" and plain.status == "ok" and not plain.exact
    if analysis.zeros == "pratt" or sided or refused:
        by_midranks = analysis.exact == "yes" or (sided and plain.exact)
        test = signed_rank_test(changes, zeros=analysis.zeros, exact=by_midranks, correct=analysis.correct)
    told: tuple[tuple[str, Any], ...] = (("interval", "exact" if plain.exact else "normal_approximation"),)
    if sided:
        told += (("alternative", analysis.alternative),)
    method = Method(
        "wilcoxon_signed_rank",
        (
            ("of", "change"),
            ("estimate", "hodges_lehmann"),
            ("exact", analysis.exact),
            ("correct", analysis.correct),
            ("computed", "exact" if test.exact else "normal_approximation"),
            ("zeros", analysis.zeros),
            *(told if test is not plain else ()),
            ("level", analysis.level),
        ),
    )
    zeros = f"{test.zeros} without change, {analysis.zeros if analysis.zeros == 'dropped' else _PRATT}"
    inexact = f"no exact p value: over {MOST_EXACT} changes"
    too_many = analysis.exact == "yes" and test.status == "ok" and not test.exact
    parts = (missing_note(found), zeros if test.zeros else None, inexact if too_many else None)
    note = "; ".join(part for part in parts if part) or None
    if test.status == "too_few":
        why = not_estimable.too_few(context, arm, 0, 1, "changes other than 0")
        return context.finding("median_change", None, method, [arm], n=0, note=note, problems=[why])
    problems: list[Problem] = []
    if plain.low is None or plain.level != analysis.level:
        problems.append(not_estimable.level_not_reached(context, arm, analysis.level))
    ends = None if plain.low is None else Interval(plain.low, plain.high, plain.level or analysis.level)
    return context.finding(
        "median_change",
        plain.pseudo_median,
        method,
        [arm],
        interval=ends,
        p_value=p_value_of(test, analysis.alternative),
        n=test.n,
        note=note,
        problems=problems,
    )


_PRATT = "ranked and then dropped"
