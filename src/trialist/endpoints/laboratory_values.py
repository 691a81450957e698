"""Laboratory values as records state them: numbers, comparators, limits, in units that CTCAE prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from trialist.problems import Place, Problem
from trialist.records.columns import column
from trialist.records.words import compared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import BooleanValue, FloatingValue, StringValue, Table

    from trialist.endpoints.rules import LaboratoryGradeRule

_COMPARATOR = r"^(<=|>=|<|>|≤|≥)"


def laboratory_values(rows: Table, tests: Sequence[str]) -> Table:
    """Values of these tests out of LB rows with a `day`: in the standard unit, else as collected.

    A result `<x` is the number x with the comparator <; so are <=, > and >=. Limits of normal are stated in
    the standard unit, so a value known only as collected has none. A standard result without a unit has the
    unit as collected, where it is the same number.
    Returns   subject, day, sequence, test, value, comparator (null: the value itself), unit, lower, upper
    """
    rows = rows.filter(compared(rows.test_code).isin(list(tests)))
    read = reported(rows)
    return rows.select(
        "subject",
        "day",
        sequence=rows.sequence.cast("int64"),
        test=compared(rows.test_code),
        value=read.value,
        comparator=read.comparator,
        unit=read.unit,
        lower=ibis.ifelse(read.standard, _number(rows, "lower_limit"), ibis.null("float64")),
        upper=ibis.ifelse(read.standard, _number(rows, "upper_limit"), ibis.null("float64")),
    )


@dataclass(frozen=True, slots=True)
class Reported:
    """Columns: the number of a result, its comparator (null: the number itself), its unit, its words, and
    whether it is the standard result."""

    value: FloatingValue
    comparator: StringValue
    unit: StringValue
    text: StringValue
    standard: BooleanValue


def reported(rows: Table) -> Reported:
    """How the results of LB or QS rows are read: the standard one, else the one as collected."""
    value = _number(rows, "value")
    result, original = (_text(rows, name) for name in ("result", "original"))
    read, first = _read(result), _read(original)
    standard = value.notnull() | read.notnull()
    text = ibis.ifelse(standard, ibis.coalesce(result, original), original)
    mark = text.re_extract(_COMPARATOR, 1).replace("≤", "<=").replace("≥", ">=").nullif("")
    collected = _text(rows, "original_unit")
    number = ibis.ifelse(mark.notnull() & read.notnull(), read, ibis.coalesce(value, read))
    same = (first == number).fill_null(False)
    own = ibis.coalesce(_text(rows, "unit"), ibis.ifelse(same, collected, ibis.null("string")))
    return Reported(
        value=ibis.ifelse(standard, number, first),
        comparator=mark,
        unit=ibis.ifelse(standard, own, collected),
        text=ibis.coalesce(result, original),
        standard=standard,
    )


def unread_units(
    name: str, laboratory: Table, rule: LaboratoryGradeRule, place: Place
) -> tuple[Problem, ...]:
    """W383: values in a unit in which the term has no cuts, and that no stated factor converts."""
    units = {cut.unit for cut in rule.cuts}
    if None in units:
        return ()
    tests = sorted({cut.test for cut in rule.cuts})
    rows = laboratory.filter(laboratory.test.isin(tests) & laboratory.value.notnull())
    read = in_units_of_cuts(rows.mutate(said=rows.unit), rule)
    unread = read.filter(~read.unit.isin(sorted(unit for unit in units if unit)).fill_null(False))
    count = unread.aggregate(n=unread.count(), example=unread.said.max()).to_pyarrow().to_pylist()[0]
    if not count["n"]:
        return ()
    said = f"in a unit without cuts ('{count['example']}')" if count["example"] else "without a unit"
    return (
        Problem(
            "W383",
            f"endpoint '{name}': {count['n']} values of {' and '.join(tests)} are {said}; their grade is "
            "undetermined",
            f"give them in {' or '.join(sorted(unit for unit in units if unit))}",
            place,
        ),
    )


def in_units_of_cuts(rows: Table, rule: LaboratoryGradeRule) -> Table:
    """Units as CTCAE prints them; what it prints no cuts in is converted where a factor is stated.

    A unit that is not known stays as it is: multiples of limits and baseline hold in any unit.
    """
    plain = rows.unit.fill_null("").lower().replace(" ", "")
    printed = {spelt: unit for unit, spellings in rule.unit_names.items() for spelt in spellings}
    unit = plain.cases(*printed.items(), else_=plain)
    factor = ibis.literal(1.0)
    tests = {cut.test for cut in rule.cuts}
    for test, spelt, into, number in rule.conversions:
        if test in tests and any(cut.unit == into for cut in rule.cuts):
            here = (rows.test == test) & (plain == spelt.lower())
            unit = ibis.ifelse(here, into, unit)
            factor = ibis.ifelse(here, float(number), factor)
    return rows.mutate(
        unit=unit, value=rows.value * factor, lower=rows.lower * factor, upper=rows.upper * factor
    )


def _text(rows: Table, name: str) -> StringValue:
    found: StringValue = column(rows, name)
    return found.strip().nullif("")


def _read(text: StringValue) -> Any:
    """The number of a result, without the comparator before it."""
    number = text.re_replace(_COMPARATOR, "").strip().try_cast("float64")
    return ibis.ifelse(number.isnan().fill_null(True), ibis.null("float64"), number)


def _number(rows: Table, name: str) -> Any:
    if name not in rows.columns:
        return ibis.null("float64")
    number = rows[name].cast("float64")
    return ibis.ifelse(number.isnan().fill_null(True), ibis.null("float64"), number)
