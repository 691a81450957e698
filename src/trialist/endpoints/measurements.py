"""A measurement at two visits: its change, or a fall of a cell count; two measurements of one subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.evaluability import (
    ABOVE,
    BELOW,
    NO_RESULT,
    at_visit,
    one_result,
    plain_unit,
    read_results,
)
from trialist.endpoints.shapes import NO_BASELINE, NO_POSTBASELINE
from trialist.endpoints.verbs import beside, labelled, on_study
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, StringValue, Table

    from trialist.endpoints.marker_rules import LinkedMeasurementsRule, PairedChangeRule
    from trialist.endpoints.rules import CellCountRule

NO_LIMIT = 1e300  # cells: more than any count
_VOLUME = "([0-9]+[.]?[0-9]*)ml"
_VOLUME_OF_COUNTS = 7.5


@entry(
    "paired_change",
    needs=("subjects", "measurements", "specimens"),
    gives="Measurement",
    source="the protocol's own definition: difference between two visits in one subject",
)
def paired_change(*, subjects: Table, measurements: Table, specimens: Table, rule: PairedChangeRule) -> Table:
    """Change of one measurement between two visits.

    Parameters
        subjects      one row per subject: subject, cutoff_day
        measurements  subject, day, sequence, visit, test, value, comparator, unit, result, failed
        specimens     subject, day, sequence, visit, specimen, failed
        rule          measurement (test code), unit and convert; baseline and at (visit ids), the days on
                      which a result at them counts; censored, same_visit, specimen; scale (`natural`,
                      `log`, `percent`)
    Returns   Measurement; on the log scale change is the difference of natural logarithms, on the percent
              scale 100 x difference / baseline; percent_change is null where the baseline is not above 0.
              A change has no direction, and is not evaluable, where both values are below or both above
              quantification, or where the one that is known lies on the same side of the other's limit: of
              `<10` and 3 nobody knows which is lower. A result of a specimen that failed is none
    Problems  none: reasons are EVALUABLE; NO_BASELINE, NO_POSTBASELINE (nothing is known of a result);
              BASELINE_ and LATER_ before CENSORED, UNIT_UNKNOWN, OUTSIDE_WINDOW, SPECIMEN_FAILED,
              NOT_MEASURED or NO_SPECIMEN; UNITS_DIFFER, BELOW_AT_BOTH, ABOVE_AT_BOTH, DIRECTION_UNKNOWN,
              NOT_POSITIVE (log and percent scale)
    Source    the protocol
    """
    results = read_results(measurements, subjects, rule.measurement, rule, rule.unit, rule.convert)
    before = at_visit(subjects, results, specimens, rule.baseline, rule.baseline_days, rule)
    after = at_visit(subjects, results, specimens, rule.at, rule.at_days, rule)
    start = {"baseline": "value", "mark_before": "comparator", "unit_before": "unit"}
    start |= {"limit_before": "limit", "why_before": "reason"}
    found = beside(after, before.drop("day").rename(start))
    both = found.baseline.notnull() & found.value.notnull()
    differ = (both & ~(found.unit == found.unit_before).fill_null(False)).fill_null(False)
    same_side = (both & (found.mark_before == found.comparator)).fill_null(False)
    unsure = (both & _direction_unknown(found)).fill_null(False)
    positive = found.baseline > 0
    if rule.scale == "log":
        positive = positive & (found.value > 0)
    bad = ibis.literal(False) if rule.scale == "natural" else ~positive.fill_null(False)
    usable = (both & ~differ & ~same_side & ~unsure & ~bad).fill_null(False)
    percent = 100 * (found.value - found.baseline) / found.baseline.nullif(0)
    percent = ibis.ifelse((found.baseline > 0).fill_null(False), percent, ibis.null("float64"))
    if rule.scale == "log":
        low, high = (ibis.ifelse(usable, v, ibis.literal(1.0)) for v in (found.baseline, found.value))
        change = high.ln() - low.ln()
    elif rule.scale == "percent":
        change = percent
    else:
        change = found.value - found.baseline
    nothing = ibis.null("float64")
    censored = found.mark_before.notnull() | found.comparator.notnull()
    return found.select(
        "subject",
        "baseline",
        "value",
        change=ibis.ifelse(usable, change, nothing),
        percent_change=ibis.ifelse(usable, percent, nothing),
        day=found.day,
        evaluable=usable,
        censored=usable & censored,
        reason=labelled(
            (found.baseline.isnull(), named("BASELINE", found.why_before, NO_BASELINE)),
            (found.value.isnull(), named("LATER", found.reason, NO_POSTBASELINE)),
            (differ, "UNITS_DIFFER"),
            (same_side & (found.comparator == BELOW), "BELOW_AT_BOTH"),
            (same_side, "ABOVE_AT_BOTH"),
            (unsure, "DIRECTION_UNKNOWN"),
            (bad, "NOT_POSITIVE"),
            otherwise="EVALUABLE",
        ),
    )


@entry(
    "cell_count_response",
    needs=("subjects", "measurements"),
    gives="Response",
    source="Heller 2018, J Clin Oncol 36:572; Lorente 2016, Eur Urol 70:985",
)
def cell_count_response(*, subjects: Table, measurements: Table, rule: CellCountRule) -> Table:
    """Whether a count of circulating tumour cells fell as the rule asks, between two visits.

    Parameters
        subjects      one row per subject: subject, cutoff_day
        measurements  subject, day, sequence, visit, test, value, comparator, unit, failed. A count of the
                      volume that its unit names is scaled to 7.5 mL; without one it is per 7.5 mL. Cells are
                      whole: a count below 5 is at most 4 in its volume. A count of a specimen that failed is
                      none
        rule          measurement (test code), unit (as it is written, whatever volume it names), baseline
                      and at (visit ids), at_days (first and last day on which a count at `at` counts);
                      minimum_baseline; at_most (conversion: 4, clearance: 0) or fall (decline: a share of the
                      baseline)
    Returns   Response: null without a baseline, with one below the minimum, or with one not known to reach
              it; false without a later count, and with one that is not known to be low enough.
              Reasons: NO_BASELINE, LOW_BASELINE, BASELINE_CENSORED, NO_POSTBASELINE, RESPONSE,
              LATER_CENSORED, NO_RESPONSE
    Problems  none
    Source    Heller 2018: a missing count is no response; criteria/cell_counts.yaml
    """
    found = _at_two_visits(subjects, measurements, rule)
    fall = 1.0 if rule.fall is None else 1 - rule.fall
    fixed = ibis.literal(float(rule.at_most or 0))
    slack = 1 + rule.tolerance
    lowest, highest = (
        fixed if rule.fall is None else bound * fall for bound in (found.baseline_least, found.baseline_most)
    )
    fell = (found.most <= lowest * slack).fill_null(False)
    above = ((found.least > highest * slack) & (highest < NO_LIMIT)).fill_null(False)
    none = found.baseline_least.isnull()
    low = (found.baseline_most < rule.minimum_baseline).fill_null(False)
    unsure = (~low & (found.baseline_least < rule.minimum_baseline)).fill_null(False)
    return found.select(
        "subject",
        responder=ibis.ifelse(none | low | unsure, ibis.null("boolean"), fell),
        day=ibis.ifelse(fell & ~none & ~low & ~unsure, found.day, ibis.null("int64")),
        reason=labelled(
            (none, NO_BASELINE),
            (low, "LOW_BASELINE"),
            (unsure, "BASELINE_CENSORED"),
            (found.most.isnull(), NO_POSTBASELINE),
            (fell, "RESPONSE"),
            (~above, "LATER_CENSORED"),
            otherwise="NO_RESPONSE",
        ),
    )


@entry(
    "linked_measurements",
    needs=("subjects", "measurements", "specimens"),
    gives="Pair",
    source="the protocol's own definition: two measurements of one subject at one visit",
)
def linked_measurements(
    *, subjects: Table, measurements: Table, specimens: Table, rule: LinkedMeasurementsRule
) -> Table:
    """Two measurements of one subject at one visit, or their changes since the last value at day <= 0.

    Parameters
        subjects, measurements, specimens  as in `paired_change`
        rule          first and second (test codes), at (visit id) and the days on which its results count;
                      censored, same_visit, specimen; of (`value`, `change`, `ratio`)
    Returns   Pair: evaluable when both are present. A change or ratio needs a value at day <= 0 in the same
              unit, a ratio a positive one
    Problems  none: reasons are EVALUABLE; NO_FIRST, NO_SECOND (nothing is known of a result); FIRST_ and
              SECOND_ before those of `paired_change`, NO_START (no value at day <= 0), UNITS_DIFFER and
              NOT_POSITIVE
    Source    the protocol
    """
    found = subjects.select("subject")
    for name, test in (("first", rule.first), ("second", rule.second)):
        results = read_results(measurements, subjects, test, rule)
        later = at_visit(subjects, results, specimens, rule.at, rule.at_days, rule)
        if rule.of != "value":
            later = _since_start(later, results, rule.of)
        renamed = {name: "value", f"mark_{name}": "comparator", f"why_{name}": "reason"}
        found = beside(found, later.select("subject", "value", "comparator", "reason").rename(renamed))
    both = found["first"].notnull() & found["second"].notnull()
    return found.select(
        "subject",
        "first",
        "second",
        evaluable=both,
        censored=both & (found.mark_first.notnull() | found.mark_second.notnull()),
        reason=labelled(
            (found["first"].isnull(), named("FIRST", found.why_first, "NO_FIRST")),
            (found["second"].isnull(), named("SECOND", found.why_second, "NO_SECOND")),
            otherwise="EVALUABLE",
        ),
    )


def _since_start(later: Table, results: Table, of: str) -> Table:
    """The value less, or over, the last one at day <= 0; without a value the reason why."""
    start = one_result(results.filter(results.day <= 0), "last").drop("day", "limit")
    rows = beside(later, start.rename(start="value", mark_before="comparator", unit_before="unit"))
    differ = ~(rows.unit == rows.unit_before).fill_null(False)
    bad = ~(rows.start > 0).fill_null(False) if of == "ratio" else ibis.literal(False)
    made = rows.value - rows.start if of == "change" else rows.value / rows.start.nullif(0)
    return rows.select(
        "subject",
        value=ibis.ifelse(differ | bad | rows.start.isnull(), ibis.null("float64"), made),
        comparator=ibis.coalesce(rows.comparator, rows.mark_before),
        reason=ibis.coalesce(
            rows.reason,
            labelled(
                (rows.start.isnull(), "NO_START"),
                (differ, "UNITS_DIFFER"),
                (bad, "NOT_POSITIVE"),
                otherwise=NO_RESULT,
            ),
        ),
    )


def named(when: str, reason: StringValue, otherwise: str) -> StringValue:
    """The reason with the word for which of the two it is, or `otherwise` where nothing is known."""
    known = reason.notnull() & (reason != NO_RESULT)
    return ibis.ifelse(known.fill_null(False), ibis.literal(f"{when}_") + reason, ibis.literal(otherwise))


def _direction_unknown(found: Table) -> BooleanValue:
    """Whether a limit of one value leaves open which of the two is lower."""
    first, second = found.limit_before, found["limit"]
    below = (found.comparator == BELOW).fill_null(False) & (second > first)
    below = below | ((found.mark_before == BELOW).fill_null(False) & (first > second))
    above = (found.comparator == ABOVE).fill_null(False) & (second < first)
    above = above | ((found.mark_before == ABOVE).fill_null(False) & (first < second))
    unknown: BooleanValue = below | above
    return unknown


def _at_two_visits(subjects: Table, measurements: Table, rule: CellCountRule) -> Table:
    """subject, day, and least and most cells per 7.5 mL at the rule's two visits, of the last of several."""
    rows = on_study(measurements, subjects)
    rows = rows.filter((rows.test == rule.measurement) & rows.value.notnull() & ~rows.failed.fill_null(False))
    rows = rows.mutate(said=plain_unit(rows.unit))
    rows = rows.filter(in_stated_unit(rows, rule).fill_null(False))
    number = rows.said.re_extract(_VOLUME, 1).nullif("").try_cast("float64")
    per_one = rows.said.re_search("(/|per)ml$").fill_null(False)
    volume = ibis.coalesce(number.nullif(0.0), ibis.ifelse(per_one, 1.0, _VOLUME_OF_COUNTS))
    mark = rows.comparator.fill_null("").replace(" ", "")
    exact, whole, next_whole = rows.value, rows.value.floor() + 1.0, rows.value.ceil() - 1.0
    least = ibis.cases(
        (mark.startswith("<"), ibis.literal(0.0)),
        (mark == ">", whole.cast("float64")),
        (mark.startswith(">"), rows.value.ceil().cast("float64")),
        else_=exact,
    )
    most = ibis.cases(
        (mark.startswith(">"), ibis.literal(NO_LIMIT)),
        (mark == "<", ibis.greatest(next_whole.cast("float64"), ibis.literal(0.0))),
        (mark.startswith("<"), rows.value.floor().cast("float64")),
        else_=exact,
    )
    scale = _VOLUME_OF_COUNTS / volume
    rows = rows.mutate(least=least * scale, most=ibis.ifelse(most < NO_LIMIT, most * scale, most))
    before = _last(rows, rows.visit == rule.baseline)
    before = before.select("subject", baseline_least="least", baseline_most="most")
    at = rows.visit == rule.at
    if rule.at_days is not None:
        at = at & rows.day.between(*rule.at_days)
    after = _last(rows, at).select("subject", "least", "most", "day")
    return beside(beside(subjects.select("subject"), before), after)


def in_stated_unit(rows: Table, rule: CellCountRule) -> BooleanValue:
    """Whether a count is in the unit that the rule states, of whatever volume; without one every count is."""
    if rule.unit is None:
        return ibis.literal(True)
    asked = plain_unit(ibis.literal(rule.unit)).re_replace(_VOLUME, "ml")
    same: BooleanValue = plain_unit(rows.unit).re_replace(_VOLUME, "ml") == asked
    return same


def _last(rows: Table, which: BooleanValue) -> Table:
    """The last of those rows of each subject, by day and sequence."""
    order = ibis.window(group_by="subject", order_by=[ibis.desc("day"), ibis.desc("sequence")])
    chosen = rows.filter(which.fill_null(False)).mutate(place=ibis.row_number().over(order))
    return chosen.filter(chosen.place == 0)
