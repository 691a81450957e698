"""Shift from baseline: numbers of subjects by grade at baseline and worst grade, for each arm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Method
from trialist.findings.reduction import shifts
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import analyses


@entry("shift", needs=("Grade",), gives="count", source="enumeration; ICH E3, section 12.4 (shift tables)")
def run(table: Table, analysis: analyses.Shift, context: Context) -> tuple[Finding, ...]:
    """One count per arm, grade at baseline and worst grade; `n` is the arm's size, the note the percentage.

    The cell is the options `baseline` and `worst` of the method, and in words the option `category`. A grade
    that is undetermined is `missing`, in a row and a column of its own; who has no value after baseline on
    treatment is in the column `no value`: nobody is left out. A cell that occurs in one arm is counted, as
    0, in the others.
    Problems  N401 nobody in an arm
    """
    found = shifts(table, context.arms)
    cells = sorted({cell for mine in found.values() for cell in mine}, key=lambda c: tuple(map(_rank, c)))
    made: list[Finding] = []
    for arm in context.arms:
        n = sum(found[arm].values())
        if n == 0:
            none = not_estimable.no_subjects(context, [arm])
            made.append(context.finding("count", None, Method("shift"), [arm], n=0, problems=[none]))
            continue
        made += [_count(arm, cell, found[arm].get(cell, 0), n, context) for cell in cells]
    return tuple(made)


def _count(arm: str, cell: tuple[str, str], count: int, n: int, context: Context) -> Finding:
    baseline, worst = cell
    category = f"baseline {baseline}, worst {worst}"
    options = (("category", category), ("baseline", baseline), ("worst", worst), ("denominator", "all"))
    note = f"{category}: {count} of {n} ({100 * count / n:.1f} %)"
    method = Method("shift", options)
    return context.finding("count", float(count), method, [arm], n=n, events=count, note=note)


def _rank(grade: str) -> tuple[bool, str]:
    """Grades, then what is missing, then no value."""
    return not grade.isdigit(), grade
