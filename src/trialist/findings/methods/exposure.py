"""Exposure described in each arm: distributions, categories of dose intensity, delays and reductions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from trialist.endpoints.criteria import stated
from trialist.endpoints.exposure import AT_LEAST_ONE, COUNTED, with_categories
from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.methods.describe import MEASURES, summarised
from trialist.findings.model import Finding, Method
from trialist.findings.reduction import Values, tabulated
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import analyses

# column -> its unit, where {unit} is that of the treatment's doses; cycles are days of a daily treatment
UNITS: Mapping[str, str | None] = {
    "doses": None,
    "duration_weeks": "weeks",
    "cumulative_dose": "{unit}",
    "intensity": "{unit}/week",
    "relative_dose_intensity": "%",
    "relative_dose": "%",
}
_SHARE = "relative_dose_intensity"


@entry(
    "exposure",
    needs="Exposure",
    gives=(*MEASURES, "count"),
    source="ICH E3, section 12.1 (extent of exposure); Hryniuk and Bush 1984, J Clin Oncol 2:1281",
)
def run(table: Table, analysis: analyses.Exposure, context: Context) -> tuple[Finding, ...]:
    """Of the subjects who were given the treatment: seven findings per arm and column of `UNITS`, and counts.

    Who was given it on days that are not known is one of them: what needs a day is not known of him.

    The column is the option `of` of the method. Counted are the categories of relative dose intensity, and
    subjects with at least one delay, reduction and omission (option `category`); `n` are those of whom it is
    known. Quartiles and SD as by the method describe.
    Problems  N309 no value is known, N401 nobody was given the treatment, N408 one value: no SD
    """
    given = table.filter(table.treatment.notnull())
    kinds = {column: f"{column}_category" for column in (_SHARE, *COUNTED)}
    found = tabulated(with_categories(given), context.arms, list(UNITS), ["unit", *kinds.values()])
    units = {arm: _only(found[arm].words["unit"]) for arm in context.arms}
    made: list[Finding] = []
    for column in UNITS:
        for arm in context.arms:
            made += _described(column, arm, found[arm].numbers[column], units[arm], context)
    for column, kind in kinds.items():
        words = [name for name, _, _ in stated("exposure", "categories")]
        for arm in context.arms:
            numbers = found[arm].words[kind]
            n = sum(count for word, count in numbers.items() if word is not None)
            for word in words if column == _SHARE else [AT_LEAST_ONE]:
                if n:
                    made.append(_count(column, arm, word, numbers.get(word, 0), n, context))
    return tuple(made)


def _described(column: str, arm: str, mine: Values, unit: str | None, context: Context) -> Iterator[Finding]:
    method = Method("exposure", (("of", column), ("quartiles", "type 7"), ("sd_divisor", "n - 1")))
    told = UNITS[column]
    if told is not None and "{" in told:
        told = told.format(unit=unit) if unit else None
    note = f"{mine.missing} not known, left out" if mine.missing else None
    if mine.n == 0:
        none = not_estimable.no_subjects(context, [arm])
        if mine.missing:
            none = not_estimable.not_known(context, arm, column.replace("_", " "))
        yield context.finding("mean", None, method, [arm], unit=told, n=0, note=note, problems=[none])
        return
    for measure in MEASURES:
        few = measure == "sd" and mine.n == 1
        problems = [not_estimable.too_few(context, arm, 1, 2, "values")] if few else []
        value = summarised(measure, mine.columns[0])
        yield context.finding(
            measure, value, method, [arm], unit=told, n=mine.n, note=note, problems=problems
        )


def _count(column: str, arm: str, word: str, count: int, n: int, context: Context) -> Finding:
    method = Method("exposure", (("of", column), ("category", word)))
    note = f"{word}: {count} of {n} ({100 * count / n:.1f} %)"
    return context.finding("count", float(count), method, [arm], n=n, events=count, note=note)


def _only(found: Mapping[str | None, int]) -> str | None:
    """The one unit of an arm; None where it has several, or none."""
    known = [unit for unit in found if unit is not None]
    return known[0] if len(known) == 1 else None
