"""Two arms' proportions of responders compared: difference, odds ratio, and the named test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.methods.proportion import evaluability_note
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.findings.reduction import responders
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels import binomial
    from trialist.protocol import proportion_analyses


@entry(
    "compare_proportions",
    needs="Response",
    gives=("risk_difference", "odds_ratio"),
    source="Fleiss, Levin and Paik 2003; Woolf 1955, Annals of Human Genetics 19:251; Fisher 1935",
)
def run(
    table: Table, analysis: proportion_analyses.CompareProportions, context: Context
) -> tuple[Finding, ...]:
    """First arm of `compare` against the second: difference (Wald interval), sample odds ratio (Woolf).

    `n` and `events` are subjects and responders of both arms together.
    Problems  E413 not two arms, N401 an arm with nobody, N410 an empty cell, N411 nothing to test
    """

    def method(interval: str) -> Method:
        return Method(
            "compare_proportions",
            (
                ("test", analysis.test),
                ("denominator", analysis.denominator),
                ("interval", interval),
                ("level", analysis.level),
            ),
        )

    def without(problem: Problem) -> tuple[Finding, ...]:
        groups = context.compare or context.arms
        return tuple(
            context.finding(measure, None, method(interval), groups, problems=[problem])
            for measure, interval in (("risk_difference", "wald"), ("odds_ratio", "woolf"))
        )

    if len(context.compare) != 2:
        return without(not_estimable.not_two_arms(context, "compare_proportions", len(context.compare)))
    counted = responders(table, context.compare)
    first, second = (counted[arm] for arm in context.compare)
    yes = (first.yes, second.yes)
    n = (first.denominator(analysis.denominator), second.denominator(analysis.denominator))
    empty = [arm for arm, size in zip(context.compare, n, strict=True) if size == 0]
    if empty:
        return without(not_estimable.no_subjects(context, empty))
    from trialist.kernels import binomial

    test = _test(yes, n, analysis.test)
    p_value = None if test.p_value is None else PValue(test.p_value)
    untested = [not_estimable.nothing_to_test(context)] if p_value is None else []
    notes = [
        f"{context.label(arm)}: {note}"
        for arm in context.compare
        if (note := evaluability_note(counted[arm], analysis.denominator))
    ]
    note = "; ".join(notes) or None
    apart, low, high = binomial.risk_difference(yes, n, analysis.level)
    odds = binomial.odds_ratio(yes, n, analysis.level)
    return (
        context.finding(
            "risk_difference",
            apart,
            method("wald"),
            context.compare,
            interval=Interval(low, high, analysis.level),
            p_value=p_value,
            n=sum(n),
            events=sum(yes),
            note=note,
            problems=untested,
        ),
        context.finding(
            "odds_ratio",
            odds[0] if odds else None,
            method("woolf"),
            context.compare,
            interval=Interval(odds[1], odds[2], analysis.level) if odds else None,
            p_value=p_value,
            n=sum(n),
            events=sum(yes),
            note=note,
            problems=untested if odds else [not_estimable.empty_cell(context), *untested],
        ),
    )


def _test(yes: tuple[int, int], n: tuple[int, int], name: str) -> binomial.Test:
    from trialist.kernels import binomial

    if name == "fisher":
        return binomial.fisher_exact(yes, n)
    return binomial.chi_square(yes, n, correct=name == "chi_square_corrected")
