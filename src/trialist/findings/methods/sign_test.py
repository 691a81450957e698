"""The median change in each arm, with the sign test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.methods.paired_t import missing_note, unit_of_change
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.one_sided import p_value_of
from trialist.findings.reduction import Values, values
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import value_analyses


@entry(
    "sign_test",
    needs="Measurement",
    gives="median",
    source="Dixon and Mood 1946, JASA 41:557; Hollander, Wolfe and Chicken 2014, sections 3.4 to 3.6",
)
def run(table: Table, analysis: value_analyses.SignTest, context: Context) -> tuple[Finding, ...]:
    """Median of `change` per arm, its interval between order statistics, p of the signs (exact binomial).

    `n` are all changes; those above 0 are the events. The interval has at least the level asked for, and
    states it.
    Problems  N408 no change, or none other than 0; N415 too few changes for an interval at this level
    """
    found = values(table, context.arms, ["change"])
    return tuple(_arm(arm, found[arm], analysis, context) for arm in context.arms)


def _arm(arm: str, found: Values, analysis: value_analyses.SignTest, context: Context) -> Finding:
    from trialist.kernels.paired_ranks import sign_test

    test = sign_test(found.columns[0], analysis.level)
    method = Method(
        "sign_test",
        (
            ("of", "change"),
            ("interval", "order_statistics"),
            ("alternative", analysis.alternative),
            ("zeros", "dropped from the test, kept in the median"),
            ("level", analysis.level),
        ),
    )
    zeros = f"{test.zeros} without change, not tested" if test.zeros else None
    note = "; ".join(part for part in (missing_note(found), zeros) if part) or None
    problems: list[Problem] = []
    if test.status != "ok":
        problems.append(not_estimable.too_few(context, arm, 0, 1, "changes other than 0"))
    if test.n + test.zeros > 0 and test.low is None:
        problems.append(not_estimable.level_not_reached(context, arm, analysis.level))
    return context.finding(
        "median",
        test.median,
        method,
        [arm],
        unit=unit_of_change(context),
        interval=None if test.low is None else Interval(test.low, test.high, test.level or analysis.level),
        p_value=p_value_of(test, analysis.alternative),
        n=test.n + test.zeros,
        events=test.positive,
        note=note,
        problems=problems,
    )
