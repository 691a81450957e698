"""The result of a measurement at a visit, or why there is none that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.verbs import beside, labelled, on_study

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, FloatingValue, IntegerScalar, StringValue, Table

    from trialist.endpoints.marker_rules import Days, MeasurementReading

NO_RESULT = "NO_RESULT"
BELOW, ABOVE = "<", ">"


def read_results(
    measurements: Table,
    subjects: Table,
    test: str,
    rule: MeasurementReading,
    unit: str | None = None,
    convert: tuple[tuple[str, float], ...] = (),
) -> Table:
    """The results of a test up to the cut-off, as the rule reads them.

    Parameters
        measurements  subject, day, sequence, visit, test, value, comparator, unit, result, failed
        test, unit    unit None: results are read in whatever unit they have
        convert       (unit, factor into `unit`)
    Returns   subject, day, sequence, visit, value (null: can't be read), comparator (< or >, null: the value
              itself), limit (the recorded number), said (the unit of the records), unit, has_number,
              left_out, unit_known, failed. A number of a specimen that failed is no result
    """
    rows = on_study(measurements, subjects)
    rows = rows.filter(rows.test == test)
    mark = rows.comparator.substr(0, 1).nullif("")
    censored = mark.isin([BELOW, ABOVE]).fill_null(False)
    factor: FloatingValue = ibis.literal(1.0)
    if unit is not None:
        said = plain_unit(rows.unit)
        known = ((unit, 1.0), *(pair for pair in convert if pair[0] != unit))
        factor = ibis.cases(
            *(
                (said == plain_unit(ibis.literal(name)), ibis.literal(float(number)))
                for name, number in known
            ),
            else_=ibis.null("float64"),
        )
    below = 1.0 if rule.below_factor is None else rule.below_factor
    number = ibis.ifelse((mark == BELOW).fill_null(False), rows.value * below, rows.value) * factor
    failed = rows.failed.fill_null(False)
    left_out = censored if rule.below_factor is None else ibis.literal(False)
    return rows.select(
        "subject",
        "day",
        "sequence",
        "visit",
        value=ibis.ifelse(left_out | failed, ibis.null("float64"), number),
        comparator=ibis.ifelse(censored, mark, ibis.null("string")),
        limit=rows.value * factor,
        said=plain_unit(rows.unit),
        unit=ibis.literal(unit) if unit is not None else plain_unit(rows.unit),
        has_number=rows.value.notnull() & ~failed,
        left_out=left_out,
        unit_known=factor.notnull(),
        failed=failed,
    )


def one_result(rows: Table, same_visit: str) -> Table:
    """One result of each subject: subject, value, day, comparator, limit, unit (null where units differ).

    The last or first by day and sequence, or the mean; a mean has the comparator that all its results have,
    and the day of the last.
    """
    rows = rows.filter(rows.value.notnull())
    if same_visit == "mean":
        marks = rows.comparator.fill_null("")
        found = (
            rows.mutate(mark=marks)
            .group_by("subject")
            .aggregate(
                value=lambda t: t.value.mean(),
                limit=lambda t: t["limit"].mean(),
                day=lambda t: t.day.max(),
                least=lambda t: t.mark.min(),
                most=lambda t: t.mark.max(),
                unit_least=lambda t: t.unit.min(),
                unit_most=lambda t: t.unit.max(),
            )
        )
        nothing = ibis.null("string")
        return found.select(
            "subject",
            "value",
            "day",
            "limit",
            comparator=ibis.ifelse(found.least == found.most, found.most.nullif(""), nothing),
            unit=ibis.ifelse(found.unit_least == found.unit_most, found.unit_most, nothing),
        )
    order = [rows.day, rows.sequence] if same_visit == "first" else [rows.day.desc(), rows.sequence.desc()]
    place = ibis.row_number().over(ibis.window(group_by="subject", order_by=order))
    chosen = rows.mutate(place=place)
    return chosen.filter(chosen.place == 0).select("subject", "value", "day", "limit", "comparator", "unit")


def at_visit(
    subjects: Table, results: Table, specimens: Table, visit: str, days: Days, rule: MeasurementReading
) -> Table:
    """The result of each subject at a visit, or why there is none.

    Parameters
        results    from `read_results`
        specimens  subject, day, visit, specimen, failed: what was taken, where the records tell
        days       first and last day on which a result at the visit counts; None: any
    Returns   one row per subject: subject, value, day, comparator, limit, unit, reason (null with a value):
              CENSORED, UNIT_UNKNOWN, OUTSIDE_WINDOW, SPECIMEN_FAILED, NOT_MEASURED, NO_SPECIMEN, or
              NO_RESULT where the records tell nothing; the first that holds of those in this order
    """
    rows = results.filter((results.visit == visit).fill_null(False))
    inside = ibis.literal(True) if days is None else rows.day.between(days[0], days[1])
    rows = rows.mutate(inside=inside.fill_null(False))
    counted = one_result(rows.filter(rows.inside), rule.same_visit)
    why = rows.group_by("subject").aggregate(
        left_out=_some(rows.inside & rows.left_out & rows.has_number),
        unread=_some(rows.inside & rows.has_number & ~rows.unit_known),
        outside=_some(~rows.inside & rows.has_number),
        failed=_some(rows.failed),
        rows=rows.count(),
    )
    found = beside(beside(subjects.select("subject"), counted), why)
    found = beside(found, _specimens_at(specimens, subjects, visit, rule))
    known = _specimens_known(specimens, rule)
    found = found.cross_join(known)
    reason = labelled(
        (found.left_out == 1, "CENSORED"),
        (found.unread == 1, "UNIT_UNKNOWN"),
        (found.outside == 1, "OUTSIDE_WINDOW"),
        ((found.failed == 1) | (found.spoilt == 1), "SPECIMEN_FAILED"),
        (found.failed.notnull() | found.spoilt.notnull(), "NOT_MEASURED"),
        (found.specimens > 0, "NO_SPECIMEN"),
        otherwise=NO_RESULT,
    )
    return found.select(
        "subject",
        "value",
        "day",
        "comparator",
        "limit",
        "unit",
        reason=ibis.ifelse(found.value.notnull(), ibis.null("string"), reason),
    )


def _specimens_at(specimens: Table, subjects: Table, visit: str, rule: MeasurementReading) -> Table:
    """subject, spoilt: 1 when a specimen of the visit failed, 0 when none did."""
    rows = _mine(on_study(specimens, subjects), rule)
    rows = rows.filter((rows.visit == visit).fill_null(False))
    return rows.group_by("subject").aggregate(spoilt=_some(rows.failed.fill_null(False)))


def _specimens_known(specimens: Table, rule: MeasurementReading) -> Table:
    """One row: how many events of that specimen the records hold; without any, nothing is known."""
    rows = _mine(specimens, rule)
    return rows.aggregate(specimens=rows.count())


def _mine(specimens: Table, rule: MeasurementReading) -> Table:
    if rule.specimen is None:
        return specimens.filter(ibis.literal(False))
    return specimens.filter((specimens.specimen.upper() == rule.specimen.strip().upper()).fill_null(False))


def plain_unit(unit: StringValue) -> StringValue:
    """A unit as it is compared: in lower case and without blanks; empty where there is none."""
    return unit.fill_null("").lower().replace(" ", "")


def _some(flag: BooleanValue) -> IntegerScalar:
    return flag.fill_null(False).cast("int64").max()
