"""Laboratory values as records state them: numbers, comparators, limits, in units that CTCAE prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.laboratory_computed import (
    COMPUTED,
    UNCORRECTED,
    canonical,
    spellings,
    spelt_plainly,
    with_computed_values,
)
from trialist.problems import Place, Problem
from trialist.protocol.laboratory_terms import COMPUTED_FROM, TOTAL_CALCIUM
from trialist.records.columns import column
from trialist.records.words import compared

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ibis.expr.types import BooleanValue, FloatingValue, StringValue, Table

    from trialist.endpoints.rules import LaboratoryGradeRule

_COMPARATOR = r"^(<=|>=|<|>|≤|≥)"


def laboratory_values(rows: Table, tests: Sequence[str]) -> Table:
    """Values of these tests out of LB rows with a `day`: in the standard unit, and as reported.

    Where there is no standard result, the value is the one as collected. A result `<x` is the number x with
    the comparator <; so are <=, > and >=. Limits of normal are stated in the standard unit; those of a value
    as collected are the ones reported with it, else the standard ones in proportion to the two results. A
    standard result without a unit has the unit as collected, where it is the same number. Values computed
    from other tests, where a test is lacking, are added (`with_computed_values`).
    Returns   subject, day, sequence, test, value, comparator (null: the value itself), unit, lower, upper,
              the same as the laboratory reported them (reported_value, reported_comparator, ...), and made:
              null for a value of the records, COMPUTED or UNCORRECTED
    """
    parts = {part for test in tests for group in COMPUTED_FROM.get(test, ()) for part in group}
    rows = rows.filter(compared(rows.test_code).isin(sorted({*tests, *parts})))
    read, said = reported(rows), _as_collected(rows)
    nothing = ibis.null("float64")
    limits = {side: _number(rows, f"{side}_limit") for side in ("lower", "upper")}  # in the standard unit
    scale = ibis.ifelse(read.standard, said.value / read.value.nullif(0.0), nothing)
    own = {
        side: ibis.coalesce(_limit(rows, f"original_{side}_limit"), limits[side] * scale) for side in limits
    }
    values = rows.select(
        "subject",
        "day",
        sequence=rows.sequence.cast("int64"),
        test=compared(rows.test_code),
        value=read.value,
        comparator=read.comparator,
        unit=read.unit,
        lower=ibis.ifelse(read.standard, limits["lower"], own["lower"]),
        upper=ibis.ifelse(read.standard, limits["upper"], own["upper"]),
        reported_value=said.value,
        reported_comparator=said.comparator,
        reported_unit=said.unit,
        reported_lower=own["lower"],
        reported_upper=own["upper"],
        made=ibis.null("string"),
    )
    return with_computed_values(values, tests) if parts else values


def _as_collected(rows: Table) -> Reported:
    """The result as the laboratory reported it, whatever the standard one is."""
    original = _text(rows, "original")
    return Reported(
        value=_read(original),
        comparator=_mark(original),
        unit=_text(rows, "original_unit"),
        text=original,
        standard=ibis.literal(False),
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
    mark = _mark(text)
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


def laboratory_told(
    name: str, laboratory: Table, rule: LaboratoryGradeRule, place: Place
) -> tuple[Problem, ...]:
    """W383 values in a unit without cuts, W451 calcium that can't be corrected, N451 values computed.

    W383: no stated factor converts them. N452: calcium graded as it was measured.
    """
    tests = sorted({cut.test for cut in rule.cuts})
    rows = laboratory.filter(laboratory.test.isin(tests))
    rows = as_reported(rows, rule)
    return (*_unread_units(name, rows, rule, place), *_made_told(name, rows, rule, place))


def _unread_units(
    name: str, laboratory: Table, rule: LaboratoryGradeRule, place: Place
) -> tuple[Problem, ...]:
    units = {cut.unit for cut in rule.cuts}
    if None in units:
        return ()
    tests = sorted({cut.test for cut in rule.cuts})
    rows = laboratory.filter(laboratory.value.notnull())
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


def _made_told(name: str, rows: Table, rule: LaboratoryGradeRule, place: Place) -> Iterator[Problem]:
    test = rule.cuts[0].test
    (found,) = (
        rows.aggregate(
            computed=(rows.made == COMPUTED).fill_null(False).cast("int64").sum(),
            uncorrected=(rows.made == UNCORRECTED).fill_null(False).cast("int64").sum(),
            total=rows.value.count(),
        )
        .to_pyarrow()
        .to_pylist()
    )
    if found["computed"]:
        parts = " and ".join(group[0] for group in COMPUTED_FROM[test][:2])
        yield Problem(
            "N451",
            f"endpoint '{name}': {found['computed']} values of {test} are computed from {parts} of the same "
            "day, for the records hold none",
            "nothing, if the records hold no measured value",
            place,
        )
    if found["uncorrected"]:
        yield Problem(
            "W451",
            f"endpoint '{name}': {found['uncorrected']} values of calcium have no albumin of the same day "
            "that can be read, so they can't be corrected; their grade is undetermined",
            "add ALB (or CACR) to LB, or grade them as measured with `calcium: total`",
            place,
        )
    if rule.calcium == "total" and test in TOTAL_CALCIUM.values() and found["total"]:
        yield Problem(
            "N452",
            f"endpoint '{name}': {found['total']} values of calcium are graded as measured, not corrected by "
            "albumin; CTCAE grades corrected calcium",
            "write `calcium: corrected`, if the records hold albumin",
            place,
        )


def as_reported(rows: Table, rule: LaboratoryGradeRule) -> Table:
    """Values in the unit that the laboratory reported, where the rule asks for it and CTCAE has cuts in it.

    A test that is compared with its baseline keeps the standard unit, in which all values of a subject are.
    """
    plain, chosen = spelt_plainly(rows.reported_unit), ibis.literal(False)
    for test, units in _units_of_tests(rule).items():
        bases = {
            basis for cut in rule.cuts if cut.test == test for basis in (cut.lower_basis, cut.upper_basis)
        }
        if units and not any("BASE" in basis for basis in bases):
            chosen = chosen | ((rows.test == test) & plain.isin(spellings(units, rule.unit_names)))
    if rule.unit != "reported":
        return rows
    chosen = (chosen & rows.reported_value.notnull()).fill_null(False)
    names = ("value", "comparator", "unit", "lower", "upper")
    return rows.mutate(**{name: ibis.ifelse(chosen, rows[f"reported_{name}"], rows[name]) for name in names})


def in_units_of_cuts(rows: Table, rule: LaboratoryGradeRule) -> Table:
    """Units as CTCAE prints them; what it prints no cuts in is converted where a factor is stated.

    A unit that is not known stays as it is: multiples of limits and baseline hold in any unit.
    """
    plain = spelt_plainly(rows.unit)
    unit = canonical(rows.unit, rule.unit_names)
    printed = {spelt: one for one, of in rule.unit_names.items() for spelt in of}
    factor = ibis.literal(1.0)
    for test, units in _units_of_tests(rule).items():
        for of, spelt, into, number in rule.conversions:
            if of == test and into in units and printed.get(spelt) not in units:
                here = (rows.test == test) & (plain == spelt.lower())
                unit = ibis.ifelse(here, into, unit)
                factor = ibis.ifelse(here, float(number), factor)
    return rows.mutate(
        unit=unit, value=rows.value * factor, lower=rows.lower * factor, upper=rows.upper * factor
    )


def _units_of_tests(rule: LaboratoryGradeRule) -> dict[str, set[str]]:
    """Test -> the units in which CTCAE prints cuts of it; none for a test of multiples alone."""
    found: dict[str, set[str]] = {cut.test: set() for cut in rule.cuts}
    for cut in rule.cuts:
        if cut.unit is not None:
            found[cut.test].add(cut.unit)
    return found


def _text(rows: Table, name: str) -> StringValue:
    found: StringValue = column(rows, name)
    return found.strip().nullif("")


def _mark(text: StringValue) -> StringValue:
    """The comparator before a number; null where there is none."""
    found: StringValue = text.re_extract(_COMPARATOR, 1).replace("≤", "<=").replace("≥", ">=").nullif("")
    return found


def _limit(rows: Table, name: str) -> Any:
    """A limit of normal as reported, which is text."""
    number = _text(rows, name).try_cast("float64")
    return ibis.ifelse(number.isnan().fill_null(True), ibis.null("float64"), number)


def _read(text: StringValue) -> Any:
    """The number of a result, without the comparator before it."""
    number = text.re_replace(_COMPARATOR, "").strip().try_cast("float64")
    return ibis.ifelse(number.isnan().fill_null(True), ibis.null("float64"), number)


def _number(rows: Table, name: str) -> Any:
    if name not in rows.columns:
        return ibis.null("float64")
    number = rows[name].cast("float64")
    return ibis.ifelse(number.isnan().fill_null(True), ibis.null("float64"), number)
