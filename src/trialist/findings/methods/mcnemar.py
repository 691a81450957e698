"""Two answers of the same subjects in each arm: the difference of their proportions, and McNemar's test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trialist.endpoints.shapes import NO_POSTBASELINE
from trialist.findings import not_estimable, proportion_problems
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.findings.response_counts import paired_answers
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.two_proportions import Estimate
    from trialist.protocol import proportion_analyses

Pairs = tuple[int, int, int, int]


@entry(
    "mcnemar",
    needs="Response",
    gives=("risk_difference", "odds_ratio"),
    source="McNemar 1947, Psychometrika 12:153; Newcombe 1998, Stat Med 17:2635; Tango 1998, Stat Med 17:891",
)
def run(table: Table, analysis: proportion_analyses.McNemar, context: Context) -> tuple[Finding, ...]:
    """Responders of this endpoint less those of `against`, per arm; `n` are subjects, `events` the changed.

    `table` holds the other answer as `other_responder` and `other_reason`. A subject counts whom the
    denominator takes for both endpoints; of these, one who is not known to respond does not. The odds ratio,
    where asked for, is yes here only / yes there only. The four numbers are the option `pairs`: both, here
    only, there only, neither.
    Problems  N401 nobody in an arm, N410 nobody changed one way, N411 nobody changed, N412 subjects of one
              endpoint only, N495 the other endpoint is not there
    """
    if "other_responder" not in table.columns:
        none = proportion_problems.no_other_answer(context, analysis.against)
        method = Method("mcnemar", (("against", analysis.against),))
        return (context.finding("risk_difference", None, method, context.arms, problems=[none]),)
    found = paired_answers(table, context.arms)
    return tuple(one for arm in context.arms for one in _arm(arm, found[arm], analysis, context))


def _arm(
    arm: str,
    answers: dict[tuple[Any, Any, Any, Any], int],
    analysis: proportion_analyses.McNemar,
    context: Context,
) -> list[Finding]:
    from trialist.kernels import paired_proportions

    pairs, out = _pairs(answers, analysis.denominator)
    n, changed = sum(pairs), pairs[1] + pairs[2]

    def method(interval: str) -> Method:
        return Method(
            "mcnemar",
            (
                ("against", analysis.against),
                ("test", analysis.test),
                ("denominator", analysis.denominator),
                ("pairs", pairs),
                ("interval", interval),
                ("level", analysis.level),
            ),
        )

    if n == 0:
        none = not_estimable.no_subjects(context, [arm])
        return [
            context.finding("risk_difference", None, method(analysis.difference), [arm], n=0, problems=[none])
        ]
    told: list[Problem] = []
    if out:
        told.append(not_estimable.left_out(context, out, "not in the denominator of both endpoints"))
    test = paired_proportions.mcnemar(pairs, analysis.test)
    p_value = None if test.p_value is None else PValue(test.p_value)
    if p_value is None:
        told.append(not_estimable.nothing_to_test(context))
    measures: list[tuple[str, str, Estimate]] = [
        (
            "risk_difference",
            analysis.difference,
            paired_proportions.paired_difference(pairs, analysis.level, analysis.difference),
        )
    ]
    if analysis.odds_ratio is not None:
        odds = paired_proportions.paired_odds_ratio(pairs, analysis.level, analysis.odds_ratio)
        measures.append(("odds_ratio", analysis.odds_ratio, odds))
    made = []
    for measure, kind, each in measures:
        ends = (
            None if each.low is None and each.high is None else Interval(each.low, each.high, analysis.level)
        )
        why = [not_estimable.empty_cell(context)] if each.value is None else []
        made.append(
            context.finding(
                measure,
                each.value,
                method(kind),
                [arm],
                interval=ends,
                p_value=p_value,
                n=n,
                events=changed,
                note=f"{pairs[0]} both, {pairs[1]} here only, {pairs[2]} there only, {pairs[3]} neither",
                problems=[*why, *told],
            )
        )
    return made


def _pairs(answers: dict[tuple[Any, Any, Any, Any], int], denominator: str) -> tuple[Pairs, int]:
    """(both, here only, there only, neither) and how many are left out."""
    counts, out = [0, 0, 0, 0], 0
    for (here, reason, there, other_reason), n in answers.items():
        if _counts(here, reason, denominator) and _counts(there, other_reason, denominator):
            counts[(0 if here else 2) + (0 if there else 1)] += n
        else:
            out += n
    return (counts[0], counts[1], counts[2], counts[3]), out


def _counts(responder: bool | None, reason: str | None, denominator: str) -> bool:
    """Whether the denominator takes a subject."""
    if denominator == "all":
        return True
    if responder is None:
        return False
    return denominator == "with_baseline" or bool(responder) or reason != NO_POSTBASELINE
