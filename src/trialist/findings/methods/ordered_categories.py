"""Ordered categories, such as best responses, of two arms or of arms in an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.one_sided import sided
from trialist.findings.proportion_problems import too_few_arms
from trialist.findings.reduction import categories
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import proportion_analyses


@entry(
    "ordered_categories",
    needs="Category",
    gives=("superiority", "trend"),
    source="Wilcoxon 1945, Biometrics Bull 1:80; Brunner and Munzel 2000, Biom J 42:17; Jonckheere 1954, "
    "Biometrika 41:133",
)
def run(
    table: Table, analysis: proportion_analyses.OrderedCategories, context: Context
) -> tuple[Finding, ...]:
    """Probability that a subject of the first arm has the better category (ties half), or a trend.

    By `wilcoxon` of the two arms of `compare`, by `jonckheere_terpstra` over `arms` in their order (z above
    0: later arms are better). Subjects of categories that `order` does not name are left out, and told.
    Problems  E413 not two arms, N401 nobody in an arm, N411 all in one category, N412 left out, N492 no
              interval, N499 fewer than two arms
    """
    two = analysis.test == "wilcoxon"
    arms = context.compare if two else context.arms
    method = Method(
        "ordered_categories",
        (
            ("test", analysis.test),
            ("order", analysis.order),
            ("alternative", analysis.alternative),
            *((("interval", "logit"), ("level", analysis.level)) if two else ()),
        ),
    )
    measure = "superiority" if two else "trend"

    def without(*problems: Problem) -> tuple[Finding, ...]:
        return (context.finding(measure, None, method, arms or context.arms, problems=problems),)

    if two and len(arms) != 2:
        return without(not_estimable.not_two_arms(context, "ordered_categories", len(arms)))
    counted = categories(table, arms, "value")
    worst_first = analysis.order[::-1]
    rows = [[counted[arm].get(category, 0) for category in worst_first] for arm in arms]
    out = sum(n for arm in arms for category, n in counted[arm].items() if category not in analysis.order)
    told: list[Problem] = []
    if out:
        told.append(not_estimable.left_out(context, out, "their category is not in `order`"))
    empty = [arm for arm, row in zip(arms, rows, strict=True) if not sum(row)]
    if empty:
        told.insert(0, not_estimable.no_subjects(context, empty))
    if len(arms) - len(empty) < 2:
        return without(*told) if two else without(*told, too_few_arms(context, "a trend"))
    made = _compared if two else _trend
    return (made(rows, arms, told, method, analysis, context),)


def _compared(
    rows: list[list[int]],
    arms: tuple[str, ...],
    told: list[Problem],
    method: Method,
    analysis: proportion_analyses.OrderedCategories,
    context: Context,
) -> Finding:
    from trialist.findings.proportion_problems import not_defined
    from trialist.kernels.ordered_tables import rank_sum

    found = rank_sum(rows[0], rows[1], analysis.level, analysis.alternative)
    if found.low is None:
        told.append(not_defined(context, "the interval of the probability of a better answer"))
    return context.finding(
        "superiority",
        found.value,
        method,
        arms,
        interval=None if found.low is None else Interval(found.low, found.high, analysis.level),
        p_value=sided(found.p_value, analysis.alternative),
        n=sum(map(sum, rows)),
        note=_shown(rows, arms, analysis, context),
        problems=[*told, *_untested(found.p_value, context)],
    )


def _trend(
    rows: list[list[int]],
    arms: tuple[str, ...],
    told: list[Problem],
    method: Method,
    analysis: proportion_analyses.OrderedCategories,
    context: Context,
) -> Finding:
    from trialist.kernels.ordered_tables import jonckheere_terpstra

    found = jonckheere_terpstra(rows, analysis.alternative)
    return context.finding(
        "trend",
        found.z,
        method,
        arms,
        p_value=sided(found.p_value, analysis.alternative),
        n=sum(map(sum, rows)),
        note=_shown(rows, arms, analysis, context),
        problems=[*told, *_untested(found.p_value, context)],
    )


def _untested(p_value: float | None, context: Context) -> list[Problem]:
    return [] if p_value is not None else [not_estimable.nothing_to_test(context)]


def _shown(
    rows: list[list[int]],
    arms: tuple[str, ...],
    analysis: proportion_analyses.OrderedCategories,
    context: Context,
) -> str:
    """`new: CR 3, PR 12, SD 20; control: ...`"""
    return "; ".join(
        f"{context.label(arm)}: "
        + ", ".join(f"{name} {n}" for name, n in zip(analysis.order, row[::-1], strict=True))
        for arm, row in zip(arms, rows, strict=True)
    )
