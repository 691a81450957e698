"""The line through two linked measurements that are both made with error."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    "deming",
    needs="Pair",
    gives=("slope", "intercept"),
    source="Linnet 1990, Stat Med 9:1463; 1993, Clin Chem 39:424 (jackknife)",
)
def run(table: Table, analysis: value_analyses.Deming, context: Context) -> tuple[Finding, ...]:
    """Slope and intercept per arm: second = intercept + slope x first; jackknife errors, t on n - 2.

    Problems  N408 fewer than three pairs, N409 one of the two does not vary, or they do not vary together
    """
    from trialist.kernels.measured_twice import deming

    found = paired_samples(table, context.arms, ("first", "second"))
    method = Method(
        "deming", (("ratio", analysis.ratio), ("interval", "jackknife"), ("level", analysis.level))
    )
    made: list[Finding] = []
    for arm in context.arms:
        mine, x, y = found[arm]
        line = deming(x, y, analysis.ratio, analysis.level)
        problems = without_line(context, arm, line)
        made += slope_and_intercept(
            context, arm, line, method, level=analysis.level, note=missing_note(mine), problems=problems
        )
    return tuple(made)
