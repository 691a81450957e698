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


@entry("counts", needs=("Category", "Response"), gives="count", source="enumeration")
def run(table: Table, analysis: analyses.Counts, context: Context) -> tuple[Finding, ...]:
    """One count per arm and category; `n` is the arm's size, the note gives the percentage.

    The category is the option `category` of the method. A category that occurs in one arm is counted, as
    0, in the others. A subject without a category counts as `missing`.
    Problems  N401 nobody in an arm
    """
    response = "responder" in table.columns
    found = categories(table, context.arms, "responder" if response else "value")
    words = {arm: {_word(value, response): n for value, n in mine.items()} for arm, mine in found.items()}
    known = sorted({word for mine in words.values() for word in mine})
    made: list[Finding] = []
    for arm in context.arms:
        n = sum(words[arm].values())
        if n == 0:
            none = not_estimable.no_subjects(context, [arm])
            made.append(context.finding("count", None, Method("counts"), [arm], n=0, problems=[none]))
            continue
        made += [_count(arm, word, words[arm].get(word, 0), n, context) for word in known]
    return tuple(made)


def _count(arm: str, word: str, count: int, n: int, context: Context) -> Finding:
    method = Method("counts", (("category", word), ("denominator", "all")))
    note = f"{word}: {count} of {n} ({100 * count / n:.1f} %)"
    return context.finding("count", float(count), method, [arm], n=n, events=count, note=note)


def _word(value: Any, response: bool) -> str:
    if response:
        return _RESPONSE[value]
    return "missing" if value is None else str(value)
