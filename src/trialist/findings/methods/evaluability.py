"""Why n is what it is: subjects planned, accrued and evaluable, and the reasons of those who are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Method
from trialist.findings.reduction import reasons
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import analyses


@entry("evaluability", needs=("Measurement", "Pair"), gives="count", source="enumeration")
def run(table: Table, analysis: analyses.Evaluability, context: Context) -> tuple[Finding, ...]:
    """One count per arm and category: planned (where the protocol states it), accrued, evaluable, each reason
    why not, and of the evaluable those with a value known only as below or above a limit.

    The category is the option `category` of the method; `n` is the number accrued, the note the percentage of
    it. A reason that occurs in one arm is counted, as 0, in the others.
    Problems  N401 nobody in an arm
    """
    found = reasons(table, context.arms)
    known = sorted({reason for mine in found.values() for reason in mine.why})
    made: list[Finding] = []
    for arm in context.arms:
        mine = found[arm]
        if mine.n == 0:
            none = not_estimable.no_subjects(context, [arm])
            made.append(context.finding("count", None, Method("evaluability"), [arm], n=0, problems=[none]))
            continue
        planned = context.planned.get(arm)
        rows = [("planned", planned)] if planned is not None else []
        rows += [("accrued", mine.n), ("evaluable", mine.evaluable)]
        rows += [(f"not evaluable: {_said(reason)}", mine.why.get(reason, 0)) for reason in known]
        rows.append(("evaluable, with a value at a limit of quantification", mine.censored))
        made += [_count(arm, category, count, mine.n, context) for category, count in rows]
    return tuple(made)


def _said(reason: str) -> str:
    return reason.lower().replace("_", " ")


def _count(arm: str, category: str, count: int, n: int, context: Context) -> Finding:
    method = Method("evaluability", (("category", category), ("denominator", "all")))
    if category == "planned":
        note = f"{n} of {count} planned subjects"
        return context.finding("count", float(count), method, [arm], events=count, note=note)
    note = f"{category}: {count} of {n} ({100 * count / n:.1f} %)"
    return context.finding("count", float(count), method, [arm], n=n, events=count, note=note)
