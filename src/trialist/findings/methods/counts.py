"""Numbers of subjects in each category, for each arm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Method
from trialist.findings.reduction import categories
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import analyses

_RESPONSE = {True: "yes", False: "no", None: "not evaluable"}


@entry("counts", needs=("Category", "Response", "TimeToEvent", "Grade"), gives="count", source="enumeration")
def run(table: Table, analysis: analyses.Counts, context: Context) -> tuple[Finding, ...]:
    """One count per arm and category; `n` is the arm's size, the note gives the percentage.

    The category is the option `category` of the method. A category that occurs in one arm is counted, as
    0, in the others. A subject without a category counts as `missing`. Of a time the reason says which
    component ended it, or why it was censored.
    Problems  N401 nobody in an arm
    """
    column = _column(table, analysis)
    response = column == "responder"
    found = categories(table, context.arms, column)
    words = {arm: {_word(value, response): n for value, n in mine.items()} for arm, mine in found.items()}
    known = sorted({word for mine in words.values() for word in mine})
    made: list[Finding] = []
    for arm in context.arms:
        n = sum(words[arm].values())
        if n == 0:
            none = not_estimable.no_subjects(context, [arm])
            made.append(context.finding("count", None, Method("counts"), [arm], n=0, problems=[none]))
            continue
        of = "reason" if column == "reason" else "category"
        made += [_count(arm, of, word, words[arm].get(word, 0), n, context) for word in known]
    return tuple(made)


def _column(table: Table, analysis: analyses.Counts) -> str:
    """What is counted: the reason where it is asked for, or where the shape has no category."""
    category = next((name for name in ("responder", "value") if name in table.columns), "reason")
    return "reason" if analysis.of == "reason" else category


def _count(arm: str, of: str, word: str, count: int, n: int, context: Context) -> Finding:
    options = (("of", of),) if of == "reason" else ()
    method = Method("counts", (*options, ("category", word), ("denominator", "all")))
    note = f"{word}: {count} of {n} ({100 * count / n:.1f} %)"
    return context.finding("count", float(count), method, [arm], n=n, events=count, note=note)


def _word(value: Any, response: bool) -> str:
    if response:
        return _RESPONSE[value]
    return "missing" if value is None else str(value)
