"""Whether the proportions of responders rise or fall over arms in an order, such as doses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.methods.proportion import evaluability_note
from trialist.findings.model import Finding, Method
from trialist.findings.one_sided import sided
from trialist.findings.proportion_problems import too_few_arms
from trialist.findings.reduction import responders
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import proportion_analyses


@entry(
    "proportion_trend",
    needs="Response",
    gives="trend",
    source="Cochran 1954, Biometrics 10:417; Armitage 1955, Biometrics 11:375",
)
def run(table: Table, analysis: proportion_analyses.ProportionTrend, context: Context) -> tuple[Finding, ...]:
    """z of the trend over the arms in their order, above 0 for a rise; R's prop.trend.test gives its square.

    An arm in which nobody counts takes no part, and N401 names it.
    Problems  N401 nobody in an arm, N411 responders only or none, or one score, N499 fewer than two arms,
              or scores that are not one per arm
    """
    scores = analysis.scores or tuple(float(place) for place in range(1, len(context.arms) + 1))
    alternative = analysis.alternative
    method = Method(
        "proportion_trend",
        (("scores", scores), ("alternative", alternative), ("denominator", analysis.denominator)),
    )

    def without(*problems: Problem) -> tuple[Finding, ...]:
        return (context.finding("trend", None, method, context.arms, problems=problems),)

    if len(scores) != len(context.arms):
        return without(
            too_few_arms(context, f"a trend with {len(scores)} scores over {len(context.arms)} arms")
        )
    counted = responders(table, context.arms)
    sizes = [counted[arm].denominator(analysis.denominator) for arm in context.arms]
    empty = [arm for arm, size in zip(context.arms, sizes, strict=True) if not size]
    told = [not_estimable.no_subjects(context, empty)] if empty else []
    if len(context.arms) - len(empty) < 2:
        return without(*told, too_few_arms(context, "a trend"))
    from trialist.kernels.ordered_tables import cochran_armitage

    yes = [counted[arm].yes for arm in context.arms]
    found = cochran_armitage(yes, sizes, scores, alternative)
    if found.p_value is None:
        told.append(not_estimable.nothing_to_test(context))
    notes = [
        f"{context.label(arm)}: {note}"
        for arm in context.arms
        if (note := evaluability_note(counted[arm], analysis.denominator))
    ]
    shares = [
        f"{context.label(arm)} {count} of {size}"
        for arm, count, size in zip(context.arms, yes, sizes, strict=True)
    ]
    return (
        context.finding(
            "trend",
            found.z,
            method,
            context.arms,
            p_value=sided(found.p_value, alternative),
            n=sum(sizes),
            events=sum(yes),
            note="; ".join([", ".join(shares), *notes]),
            problems=told,
        ),
    )
