"""The line through two linked measurements by the median of all slopes between two subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable, value_problems
from trialist.findings.arm_values import paired_samples
from trialist.findings.context import Context
from trialist.findings.fitted_lines import slope_and_intercept, without_line
from trialist.findings.methods.paired_t import missing_note
from trialist.findings.model import Finding, Method
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import value_analyses


@entry(
    "passing_bablok",
    needs="Pair",
    gives=("slope", "intercept"),
    source="Passing and Bablok 1983, J Clin Chem Clin Biochem 21:709",
)
def run(table: Table, analysis: value_analyses.PassingBablok, context: Context) -> tuple[Finding, ...]:
    """Slope and intercept per arm: second = intercept + slope x first, for measurements that rise together.

    Problems  N408 fewer than three pairs, N409 one of the two does not vary or they do not rise together,
              N415 no interval at this level, N437 over 3000 pairs
    """
    from trialist.kernels.passing_bablok import passing_bablok

    found = paired_samples(table, context.arms, ("first", "second"))
    method = Method("passing_bablok", (("interval", "ranks_of_slopes"), ("level", analysis.level)))
    made: list[Finding] = []
    for arm in context.arms:
        mine, x, y = found[arm]
        line = passing_bablok(x, y, analysis.level)
        problems = without_line(context, arm, line)
        if line.status == "too_many":
            problems = [value_problems.too_many_pairs(context, arm, line.n)]
        elif not problems and line.slope_low is None and line.slope_high is None:
            problems = [not_estimable.level_not_reached(context, arm, analysis.level)]
        made += slope_and_intercept(
            context, arm, line, method, level=analysis.level, note=missing_note(mine), problems=problems
        )
    return tuple(made)
