"""The proportion of responders in each arm with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.reduction import Responders, responders
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import proportion_analyses


@entry(
    "proportion",
    needs="Response",
    gives="proportion",
    source="Clopper and Pearson 1934, Biometrika 26:404; Wilson 1927, JASA 22:209",
)
def run(table: Table, analysis: proportion_analyses.ExactProportion, context: Context) -> tuple[Finding, ...]:
    """Responders / denominator per arm; `events` are the responders, `n` is the denominator.

    The denominator is everybody (`all`), those with a baseline (`with_baseline`: who is not evaluable is
    left out), or those with a baseline and an assessment after it (`evaluable`); the note counts the rest.
    Problems  N401 nobody in the denominator
    """
    method = Method(
        "proportion",
        (
            ("interval", analysis.interval),
            ("level", analysis.level),
            ("denominator", analysis.denominator),
        ),
    )
    counted = responders(table, context.arms)
    return tuple(_arm(arm, counted[arm], method, analysis, context) for arm in context.arms)


def evaluability_note(counts: Responders, denominator: str) -> str | None:
    """How many were not evaluable or never assessed, and what became of them; None when there are none."""
    parts = []
    if counts.not_evaluable:
        fate = "counted as not responding" if denominator == "all" else "left out"
        parts.append(f"{counts.not_evaluable} not evaluable, {fate}")
    if counts.unassessed:
        fate = "left out" if denominator == "evaluable" else "counted as not responding"
        parts.append(f"{counts.unassessed} never assessed after baseline, {fate}")
    return "; ".join(parts) or None


def _arm(
    arm: str,
    counts: Responders,
    method: Method,
    analysis: proportion_analyses.ExactProportion,
    context: Context,
) -> Finding:
    from trialist.kernels.binomial import proportion_interval

    n = counts.denominator(analysis.denominator)
    note = evaluability_note(counts, analysis.denominator)
    if n == 0:
        none = not_estimable.no_subjects(context, [arm])
        return context.finding("proportion", None, method, [arm], n=0, events=0, note=note, problems=[none])
    low, high = proportion_interval(counts.yes, n, analysis.level, analysis.interval)
    return context.finding(
        "proportion",
        counts.yes / n,
        method,
        [arm],
        interval=Interval(low, high, analysis.level),
        n=n,
        events=counts.yes,
        note=note,
    )
