"""The proportion of responders in each arm with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable, proportion_problems
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.one_sided import sided
from trialist.findings.reduction import Responders, responders
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import proportion_analyses


@entry(
    "proportion",
    needs="Response",
    gives="proportion",
    source="Clopper and Pearson 1934, Biometrika 26:404; Wilson 1927, JASA 22:209; Newcombe 1998, "
    "Stat Med 17:857",
)
def run(table: Table, analysis: proportion_analyses.ExactProportion, context: Context) -> tuple[Finding, ...]:
    """Responders / denominator per arm; `events` are the responders, `n` is the denominator.

    The denominator is everybody (`all`), those with a baseline (`with_baseline`: who is not evaluable is
    left out), or those with a baseline and an assessment after it (`evaluable`); the note counts the rest.
    With `null` the p value of the named test against it; `null`, `test` and `alternative` are options then.
    Problems  N401 nobody in the denominator, N492 the interval is not defined (logit, with responders only or
              none)
    """
    tested: tuple[tuple[str, object], ...] = ()
    if analysis.null is not None:
        kind = analysis.test or "exact"
        tested = (("null", analysis.null), ("test", kind), ("alternative", analysis.alternative))
    method = Method(
        "proportion",
        (
            ("interval", analysis.interval),
            ("level", analysis.level),
            ("denominator", analysis.denominator),
            *tested,
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
    from trialist.kernels.one_proportion import against_null, interval

    n = counts.denominator(analysis.denominator)
    note = evaluability_note(counts, analysis.denominator)
    if n == 0:
        none = not_estimable.no_subjects(context, [arm])
        return context.finding("proportion", None, method, [arm], n=0, events=0, note=note, problems=[none])
    ends = interval(counts.yes, n, analysis.level, analysis.interval)
    p_value = None
    if analysis.null is not None:
        test = against_null(counts.yes, n, analysis.null, analysis.test or "exact", analysis.alternative)
        p_value = sided(test.p_value, analysis.alternative)
    named = f"the {analysis.interval} interval of '{arm}'"
    return context.finding(
        "proportion",
        counts.yes / n,
        method,
        [arm],
        interval=None if ends is None else Interval(*ends, analysis.level),
        p_value=p_value,
        n=n,
        events=counts.yes,
        note=note,
        problems=[] if ends else [proportion_problems.not_defined(context, named)],
    )
