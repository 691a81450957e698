"""Laboratory values graded by CTCAE: each value by the rows of a table, then each subject's worst grade."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from trialist.endpoints.shapes import NO_POSTBASELINE
from trialist.endpoints.verbs import beside, labelled, on_study
from trialist.problems import Place, Problem
from trialist.records.columns import column
from trialist.records.words import compared
from trialist.registry import entry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.expr.types import BooleanValue, FloatingValue, StringValue, Table

    from trialist.endpoints.rules import LaboratoryGradeRule

NOT_TREATED = "NOT_TREATED"
UNDETERMINED = "UNDETERMINED"

_COMPARATOR = r"^(<=|>=|<|>|≤|≥)"
_CUTS = pa.schema(
    [
        *(("test", pa.string()), ("grade", pa.int64()), ("cut_unit", pa.string())),
        *(("condition", pa.string()), ("lower_op", pa.string()), ("lower_basis", pa.string())),
        *(("lower_number", pa.float64()), ("upper_op", pa.string()), ("upper_basis", pa.string())),
        ("upper_number", pa.float64()),
    ]
)


@entry(
    "laboratory_grade",
    needs=("subjects", "laboratory"),
    gives="Grade",
    source="NCI CTCAE v4.03 (2010) and v5.0 (2017), laboratory terms",
)
def laboratory_grade(*, subjects: Table, laboratory: Table, rule: LaboratoryGradeRule) -> Table:
    """The grade of one term at baseline, and the worst one on treatment.

    Parameters
        subjects    one row per subject: subject, cutoff_day, first_dose_day, last_dose_day
        laboratory  values: subject, day, sequence, test, value, comparator, unit, lower, upper
        rule        cuts of the term, how units are read, window (days after the last dose), tolerance
    Returns   Grade: baseline is that of the last value up to day 0. Values count from the first dose, and
              after day 0, to `window` days after the last dose; a last dose not known sets no end. worst is
              the highest grade known; reason says why there is none, or that it is known only in part
    Problems  none: grades that can't be determined are null, and told in `reason`
    Source    CTCAE v4.03 and v5.0; grade 5 and grades by symptoms are never read off a value
    """
    graded = graded_values(on_study(laboratory, subjects), rule)
    last = ibis.row_number().over(
        ibis.window(group_by="subject", order_by=[graded.day.desc(), graded.sequence.desc()])
    )
    early = graded.filter(graded.day <= 0)
    baselines = early.mutate(place=last).filter(lambda t: t.place == 0).select("subject", baseline="grade")
    doses = subjects.select("subject", "first_dose_day", "last_dose_day")
    later = graded.filter(graded.day > 0).inner_join(doses, "subject")
    ended = (later.day > later.last_dose_day + rule.window).fill_null(False)
    later = later.filter((later.day >= later.first_dose_day).fill_null(False) & ~ended)
    worst = later.group_by("subject").aggregate(
        values=later.count(), known=later.grade.count(), worst=later.grade.max()
    )
    reached = beside(later.select("subject", "day", "grade"), worst.select("subject", "worst"))
    reached = reached.filter(reached.grade == reached.worst)
    rows = subjects.select("subject", "first_dose_day")
    for part in (baselines, worst, reached.group_by("subject").aggregate(day=reached.day.min())):
        rows = beside(rows, part)
    return rows.select(
        "subject",
        "baseline",
        "worst",
        "day",
        reason=labelled(
            (rows.first_dose_day.isnull(), NOT_TREATED),
            (rows["values"].isnull(), NO_POSTBASELINE),
            (rows.known == 0, UNDETERMINED),
            (rows.known < rows["values"], "GRADED_IN_PART"),
            otherwise="GRADED",
        ),
    )


def graded_values(laboratory: Table, rule: LaboratoryGradeRule) -> Table:
    """Every value of the rule's tests with its grade.

    Parameters
        laboratory  subject, day, sequence, test, value, comparator, unit, lower, upper; rows without a number
                    are left out
    Returns   subject, test, day, sequence, grade: the highest of the rows that hold (ties to the worst), 0
              where none can hold, null where none holds but one might: a limit or the baseline is missing,
              the value is known only as below or above a number, or the unit has no cuts
    Source    CTCAE v4.03 and v5.0

    Truth is three-valued: what is not known holds no row and refutes none. A row that compares with the
    baseline is no row for the baseline itself, nor for values before it.
    """
    tests = sorted({cut.test for cut in rule.cuts})
    rows = laboratory.filter(laboratory.test.isin(tests) & laboratory.value.notnull())
    rows = _beside_baseline(_in_units_of_cuts(rows, rule), rule.tolerance)
    names = [*(_CUTS.names[:2]), "cut_unit", *(_CUTS.names[3:])]
    lines = [dict(zip(names, asdict(cut).values(), strict=True)) for cut in rule.cuts]
    cuts = ibis.memtable(pa.Table.from_pylist(lines, _CUTS))
    met = rows.left_join(
        cuts, [rows.test == cuts.test, (cuts.cut_unit == rows.unit) | cuts.cut_unit.isnull()]
    )
    met = met.mutate(holds=_holds(met, rule.tolerance))
    found = met.group_by("subject", "test", "day", "sequence").aggregate(
        highest=met.grade.max(where=met.holds.fill_null(False)),
        open=(met.grade.isnull() | met.holds.isnull()).cast("int64").sum(),
    )
    nothing = ibis.ifelse(found["open"] > 0, ibis.null("int64"), ibis.literal(0, "int64"))
    grade = ibis.coalesce(found.highest, nothing)
    return found.select("subject", "test", "day", "sequence", grade=grade.cast("int64"))


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
    read = _in_units_of_cuts(rows.mutate(said=rows.unit), rule)
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


def _in_units_of_cuts(rows: Table, rule: LaboratoryGradeRule) -> Table:
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


def _beside_baseline(rows: Table, tolerance: float) -> Table:
    """Adds the last value up to day 0 of the subject and test, in the same unit, and where it lay.

    base  the number, null where it is known only as below or above one, or was in another unit
    high, low  whether it was outside its own limits of normal (of the value's, where it has none); false
               where that is not known
    """
    order = [rows.day.desc(), rows.sequence.desc()]
    early = rows.filter(rows.day <= 0)
    place = ibis.row_number().over(ibis.window(group_by=["subject", "test"], order_by=order))
    last = early.mutate(place=place).filter(lambda t: t.place == 0)
    last = last.select(
        "subject",
        "test",
        base_value="value",
        base_comparator="comparator",
        base_unit="unit",
        base_lower="lower",
        base_upper="upper",
    )
    seen = rows.left_join(last, ["subject", "test"]).drop("subject_right", "test_right")
    same = (seen.base_unit == seen.unit).fill_null(False)
    nothing = ibis.null("float64")
    upper = ibis.coalesce(seen.base_upper, ibis.ifelse(same, seen.upper, nothing))
    lower = ibis.coalesce(seen.base_lower, ibis.ifelse(same, seen.lower, nothing))
    exact = seen.base_comparator.isnull()

    def base_under(limit: FloatingValue, strictly: bool) -> BooleanValue:
        return _under(seen.base_value, seen.base_comparator, limit, tolerance, strictly=strictly)

    return seen.mutate(
        base=ibis.ifelse(same & exact, seen.base_value, nothing),
        high=(~base_under(upper, False)).fill_null(False),
        low=base_under(lower, True).fill_null(False),
    )


def _holds(met: Table, tolerance: float) -> BooleanValue:
    """Whether a value meets a row of the table: true, false, or null where that is not known."""
    applies = met.condition.cases(
        ("ANY", ibis.literal(True)),
        ("BASE_NORMAL", ~met.high),
        ("BASE_ABNORMAL", met.high),
        ("BASE_LOW", met.low),
        ("BASE_NOT_LOW", ~met.low),
        else_=ibis.literal(False),
    )
    relative = met.lower_basis.contains("BASE") | met.upper_basis.contains("BASE")
    counts = applies & ~(relative & (met.day <= 0))
    lower = _bound(met, met.lower_basis, met.lower_number)
    upper = _bound(met, met.upper_basis, met.upper_number)

    def under(cut: FloatingValue, strictly: bool) -> BooleanValue:
        return _under(met.value, met.comparator, cut, tolerance, strictly=strictly)

    above = met.lower_op.cases(
        (">=", ~under(lower, True)), (">", ~under(lower, False)), else_=ibis.literal(True)
    )
    below = met.upper_op.cases(
        ("<", under(upper, True)), ("<=", under(upper, False)), else_=ibis.literal(True)
    )
    return counts & above & below


def _bound(met: Table, basis: StringValue, number: FloatingValue) -> FloatingValue:
    """A side of a row as a number in the unit of the value; null where its reference is missing."""
    both = ibis.ifelse(met.base > met.upper, met.base, met.upper)
    bound: FloatingValue = basis.cases(
        ("ABS", number),
        ("ULN", number * met.upper),
        ("LLN", number * met.lower),
        ("BASE", number * met.base),
        ("ULN+", met.upper + number),
        ("BASE+", met.base + number),
        ("MAX(BASE,ULN)", ibis.ifelse(met.base.notnull(), number * both, ibis.null("float64"))),
        else_=ibis.null("float64"),
    )
    return bound


def _under(
    value: FloatingValue, comparator: StringValue, cut: FloatingValue, tolerance: float, *, strictly: bool
) -> BooleanValue:
    """value < cut (`strictly`) or value <= cut, equal within the tolerance; null where it can't be told.

    Of `<x` it is known that it is below what x does not exceed, and of `>x` that it is not below what x
    reaches; anything else of them is not known.
    """
    slack = cut.abs() * tolerance
    less = value < cut - slack
    at_most = value <= cut + slack
    unknown = ibis.null("boolean")
    yes, no = ibis.literal(True), ibis.literal(False)
    found: BooleanValue = ibis.cases(
        (cut.isnull() | value.isnull(), unknown),
        (comparator.isnull(), less if strictly else at_most),
        (comparator == "<", ibis.ifelse(at_most, yes, unknown)),
        (comparator == "<=", ibis.ifelse(less if strictly else at_most, yes, unknown)),
        (comparator == ">", ibis.ifelse(~less, no, unknown)),
        (comparator == ">=", ibis.ifelse(~less if strictly else ~at_most, no, unknown)),
        else_=unknown,
    )
    return found


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
