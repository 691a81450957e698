"""A measurement at two visits: its change, or a fall of a cell count; two measurements of one subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.evaluability import BELOW, NO_RESULT, at_visit, one_result, read_results
from trialist.endpoints.shapes import NO_BASELINE, NO_POSTBASELINE
from trialist.endpoints.verbs import beside, labelled, on_study
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, StringValue, Table

    from trialist.endpoints.marker_rules import LinkedMeasurementsRule, PairedChangeRule
    from trialist.endpoints.rules import CellCountRule


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
              scale 100 x difference / baseline. A change whose two values are both below, or both above
              quantification has no direction and is not evaluable
    Problems  none: reasons are EVALUABLE; NO_BASELINE, NO_POSTBASELINE (nothing is known of a result);
              BASELINE_ and LATER_ before CENSORED, UNIT_UNKNOWN, OUTSIDE_WINDOW, SPECIMEN_FAILED,
              NOT_MEASURED or NO_SPECIMEN; UNITS_DIFFER, BELOW_AT_BOTH, ABOVE_AT_BOTH, NOT_POSITIVE (log and
              percent scale)
    Source    the protocol
    """
    results = read_results(measurements, subjects, rule.measurement, rule, rule.unit, rule.convert)
    before = at_visit(subjects, results, specimens, rule.baseline, rule.baseline_days, rule)
    after = at_visit(subjects, results, specimens, rule.at, rule.at_days, rule)
    start = {"baseline": "value", "mark_before": "comparator", "unit_before": "unit", "why_before": "reason"}
    found = beside(after, before.drop("day").rename(start))
    both = found.baseline.notnull() & found.value.notnull()
    differ = (both & ~(found.unit == found.unit_before).fill_null(False)).fill_null(False)
    same_side = (both & (found.mark_before == found.comparator)).fill_null(False)
    positive = found.baseline > 0
    if rule.scale == "log":
        positive = positive & (found.value > 0)
    bad = ibis.literal(False) if rule.scale == "natural" else ~positive.fill_null(False)
    usable = (both & ~differ & ~same_side & ~bad).fill_null(False)
    percent = 100 * (found.value - found.baseline) / found.baseline.nullif(0)
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
        measurements  subject, day, sequence, visit, test, value (cells per 7.5 mL), unit
        rule          measurement (test code), unit, baseline and at (visit ids); minimum_baseline; at_most
                      (conversion: 4, clearance: 0) or fall (decline: a share of the baseline)
    Returns   Response: null without a baseline or with one below the minimum; false without a later count.
              Reasons: NO_BASELINE, LOW_BASELINE, NO_POSTBASELINE, RESPONSE, NO_RESPONSE
    Problems  none
    Source    Heller 2018: a missing count is no response; criteria/cell_counts.yaml
    """
    found = _at_two_visits(subjects, measurements, rule)
    limit = (
        found.baseline * (1 - rule.fall) if rule.fall is not None else ibis.literal(float(rule.at_most or 0))
    )
    fell = (found.value <= limit * (1 + rule.tolerance)).fill_null(False)
    none = found.baseline.isnull()
    low = (found.baseline < rule.minimum_baseline).fill_null(False)
    return found.select(
        "subject",
        responder=ibis.ifelse(none | low, ibis.null("boolean"), fell),
        day=ibis.ifelse(fell & ~none & ~low, found.day, ibis.null("int64")),
        reason=labelled(
            (none, NO_BASELINE),
            (low, "LOW_BASELINE"),
            (found.value.isnull(), NO_POSTBASELINE),
            (fell, "RESPONSE"),
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
    start = one_result(results.filter(results.day <= 0), "last").drop("day")
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


def _at_two_visits(subjects: Table, measurements: Table, rule: CellCountRule) -> Table:
    """subject, baseline, value, day: the rule's measurement at its two visits, the last of several."""
    rows = on_study(measurements, subjects)
    rows = rows.filter((rows.test == rule.measurement) & rows.value.notnull())
    if rule.unit is not None:
        rows = rows.filter(rows.unit == rule.unit)
    before = _last(rows, rows.visit == rule.baseline).select("subject", baseline="value")
    after = _last(rows, rows.visit == rule.at).select("subject", "value", "day")
    return beside(beside(subjects.select("subject"), before), after)


def _last(rows: Table, which: BooleanValue) -> Table:
    """The last of those rows of each subject, by day and sequence."""
    order = ibis.window(group_by="subject", order_by=[ibis.desc("day"), ibis.desc("sequence")])
    chosen = rows.filter(which.fill_null(False)).mutate(place=ibis.row_number().over(order))
    return chosen.filter(chosen.place == 0)
