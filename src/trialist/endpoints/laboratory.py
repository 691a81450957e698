"""Laboratory values graded by CTCAE: each value by the rows of a table, then each subject's worst grade."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from trialist.endpoints.laboratory_computed import UNCORRECTED
from trialist.endpoints.laboratory_values import as_reported, in_units_of_cuts
from trialist.endpoints.shapes import NO_POSTBASELINE, UNDETERMINED
from trialist.endpoints.verbs import beside, labelled, on_study
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, FloatingValue, StringValue, Table

    from trialist.endpoints.rules import LaboratoryGradeRule

NOT_TREATED = "NOT_TREATED"

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
    source="NCI CTCAE v4.03 (2010), v5.0 (2017) and v6.0, laboratory terms",
)
def laboratory_grade(*, subjects: Table, laboratory: Table, rule: LaboratoryGradeRule) -> Table:
    """The grade of one term at baseline, and the worst one on treatment.

    Parameters
        subjects    one row per subject: subject, cutoff_day, first_dose_day, last_dose_day
        laboratory  values: subject, day, sequence, test, value, comparator, unit, lower, upper
        rule        cuts of the term, how units are read, window (days after the last dose), tolerance
    Returns   Grade: baseline is that of the last value up to the later of day 0 and the day of the first
              dose, for a value of that day was as a rule taken before it. Later ones count, to `window` days
              after the last dose; a last dose not known sets no end. worst is the highest grade known;
              reason says why there is none, or that it is known only in part
    Problems  none: grades that can't be determined are null, and told in `reason`
    Source    CTCAE v4.03, v5.0 and v6.0; grade 5 and grades by symptoms are never read off a value
    """
    course = graded_course(subjects=subjects, laboratory=laboratory, rule=rule)
    baselines = course.filter(course.is_baseline).select("subject", baseline="grade")
    later = course.filter(course.on_treatment)
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


def graded_course(*, subjects: Table, laboratory: Table, rule: LaboratoryGradeRule) -> Table:
    """Every graded value up to the cut-off, and which of them a grade of `laboratory_grade` is read from.

    Parameters
        subjects    one row per subject: subject, cutoff_day, first_dose_day, last_dose_day
        laboratory  values: subject, day, sequence, test, value, comparator, unit, lower, upper
        rule        cuts of the term, how units are read, window (days after the last dose), tolerance
    Returns   subject, test, day, sequence, grade, early (up to the later of day 0 and the day of the first
              dose), is_baseline (the last of these), on_treatment (after them, to `window` days after the
              last dose)
    """
    graded = graded_values(with_early(on_study(laboratory, subjects), subjects), rule)
    early = graded.early
    order = [early.desc(), graded.day.desc(), graded.sequence.desc()]
    place = ibis.row_number().over(ibis.window(group_by="subject", order_by=order))
    marked = beside(
        graded.mutate(is_baseline=early & (place == 0)),
        subjects.select("subject", "first_dose_day", "last_dose_day"),
    )
    ended = (marked.day > marked.last_dose_day + rule.window).fill_null(False)
    treated = marked.first_dose_day.notnull()
    marked = marked.mutate(on_treatment=~marked.early & treated & ~ended)
    return marked.drop("first_dose_day", "last_dose_day")


def with_early(laboratory: Table, subjects: Table) -> Table:
    """Adds `early`: whether a value is of a day up to the later of day 0 and the day of the first dose."""
    ends = subjects.select("subject", baseline_end=ibis.greatest(subjects.first_dose_day.fill_null(0), 0))
    seen = laboratory.inner_join(ends, "subject")
    return seen.mutate(early=seen.day <= seen.baseline_end).drop("baseline_end")


def graded_values(laboratory: Table, rule: LaboratoryGradeRule) -> Table:
    """Every value of the rule's tests with its grade.

    Parameters
        laboratory  subject, day, sequence, test, value, comparator, unit, lower, upper, early (may be the
                    baseline); rows without a number are left out, but those of calcium that could not
                    be corrected: after baseline they are there, undetermined
    Returns   subject, test, day, sequence, early, grade: the highest of the rows that hold (ties to the
              worst), 0 where none can hold, null where none holds but one might: a limit or the baseline is
              missing, the value is known only as below or above a number, the unit has no cuts, or another
              term grades the value
    Source    CTCAE v4.03, v5.0 and v6.0

    Truth is three-valued: what is not known holds no row and refutes none. A row that compares with the
    baseline is no row for values before it; the baseline itself it holds as 1.0 times itself, which from
    version 6.0 on has grade 1.
    """
    tests = sorted({cut.test for cut in rule.cuts})
    left = (laboratory.made == UNCORRECTED).fill_null(False) & ~laboratory.early
    rows = laboratory.filter(laboratory.test.isin(tests) & (laboratory.value.notnull() | left))
    rows = _beside_baseline(in_units_of_cuts(as_reported(rows, rule), rule), rule.tolerance)
    names = [*(_CUTS.names[:2]), "cut_unit", *(_CUTS.names[3:])]
    lines = [dict(zip(names, asdict(cut).values(), strict=True)) for cut in rule.cuts]
    cuts = ibis.memtable(pa.Table.from_pylist(lines, _CUTS))
    met = rows.left_join(
        cuts, [rows.test == cuts.test, (cuts.cut_unit == rows.unit) | cuts.cut_unit.isnull()]
    )
    met = met.mutate(holds=_holds(met, rule))
    found = met.group_by("subject", "test", "day", "sequence", "early").aggregate(
        highest=met.grade.max(where=met.holds.fill_null(False)),
        open=(met.condition.isnull() | met.holds.isnull() | (met.holds & met.grade.isnull()))
        .fill_null(True)
        .cast("int64")
        .sum(),
    )
    nothing = ibis.ifelse(found["open"] > 0, ibis.null("int64"), ibis.literal(0, "int64"))
    grade = ibis.coalesce(found.highest, nothing)
    return found.select("subject", "test", "day", "sequence", "early", grade=grade.cast("int64"))


def _beside_baseline(rows: Table, tolerance: float) -> Table:
    """Adds the last early value of the subject and test, in the same unit, and where it lay.

    base  the number, null where it is known only as below or above one, or was in another unit
    itself     whether the row is that value
    high, low  whether it was outside its own limits of normal (of the value's, where it has none); false
               where that is not known
    """
    order = [rows.day.desc(), rows.sequence.desc()]
    early = rows.filter(rows.early)
    place = ibis.row_number().over(ibis.window(group_by=["subject", "test"], order_by=order))
    last = early.mutate(place=place).filter(lambda t: t.place == 0)
    last = last.select(
        "subject",
        "test",
        base_day="day",
        base_sequence="sequence",
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
        itself=(seen.early & (seen.day == seen.base_day) & (seen.sequence == seen.base_sequence)).fill_null(
            False
        ),
        high=(~base_under(upper, False)).fill_null(False),
        low=base_under(lower, True).fill_null(False),
    )


def _holds(met: Table, rule: LaboratoryGradeRule) -> BooleanValue:
    """Whether a value meets a row of the table: true, false, or null where that is not known."""
    tolerance = rule.tolerance
    applies = met.condition.cases(
        ("ANY", ibis.literal(True)),
        ("BASE_NORMAL", ~met.high),
        ("BASE_ABNORMAL", met.high),
        ("BASE_LOW", met.low),
        ("BASE_NOT_LOW", ~met.low),
        else_=ibis.literal(False),
    )
    relative = met.lower_basis.contains("BASE") | met.upper_basis.contains("BASE")
    before = relative & met.early
    counts = applies & ~before
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
    own = (met.lower_basis == "BASE") & (met.lower_op == ">=") & (met.lower_number <= 1) & met.itself
    own = (own & ((met.upper_basis == "BASE") & (met.upper_number >= 1))).fill_null(False)
    holds = (counts & above & below) | (own & applies)
    if rule.abnormal_baseline == "ungraded":
        open_row = before & applies & (met.condition == "BASE_ABNORMAL")
        holds = ibis.ifelse(open_row, ibis.null("boolean"), holds)
    if not rule.require_outside_normal_range:
        return holds
    low = rule.direction == "L"
    normal = ~under(met.lower, True) if low else under(met.upper, False)
    return holds & ~normal.fill_null(False)


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
