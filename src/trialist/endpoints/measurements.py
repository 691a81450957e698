"""A measurement at two visits: its change, or a fall of a cell count; two measurements of one subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.shapes import NO_BASELINE, NO_POSTBASELINE
from trialist.endpoints.verbs import beside, labelled, on_study
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

    from trialist.endpoints.rules import CellCountRule, LinkedMeasurementsRule, PairedChangeRule


@entry(
    "paired_change",
    needs=("subjects", "measurements"),
    gives="Measurement",
    source="the protocol's own definition: difference between two visits in one subject",
)
def paired_change(*, subjects: Table, measurements: Table, rule: PairedChangeRule) -> Table:
    """Change of one measurement between two visits.

    Parameters
        subjects      one row per subject: subject, cutoff_day
        measurements  subject, day, sequence, visit, test, value, unit
        rule          measurement (test code), unit, baseline and at (visit ids), scale (`natural`, `log`)
    Returns   Measurement; on the log scale change is the difference of natural logarithms. Of several
              results at one visit the last counts.
    Problems  none: reasons are NO_BASELINE, NO_POSTBASELINE, NOT_POSITIVE (log scale), EVALUABLE
    Source    the protocol
    """
    found = _at_two_visits(subjects, measurements, rule)
    both = found.baseline.notnull() & found.value.notnull()
    nothing = ibis.null("float64")
    if rule.scale == "log":
        usable = (both & (found.baseline > 0) & (found.value > 0)).fill_null(False)
        low = ibis.ifelse(usable, found.baseline, ibis.literal(1.0))
        high = ibis.ifelse(usable, found.value, ibis.literal(1.0))
        change = high.ln() - low.ln()
    else:
        usable = both
        change = found.value - found.baseline
    percent = 100 * (found.value - found.baseline) / found.baseline.nullif(0)
    return found.select(
        "subject",
        "baseline",
        "value",
        change=ibis.ifelse(usable, change, nothing),
        percent_change=ibis.ifelse(usable, percent, nothing),
        day=found.day,
        evaluable=usable,
        reason=labelled(
            (found.baseline.isnull(), NO_BASELINE),
            (found.value.isnull(), NO_POSTBASELINE),
            (~usable, "NOT_POSITIVE"),
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
    needs=("subjects", "measurements"),
    gives="Pair",
    source="the protocol's own definition: two measurements of one subject at one visit",
)
def linked_measurements(*, subjects: Table, measurements: Table, rule: LinkedMeasurementsRule) -> Table:
    """Two measurements of one subject at one visit, or their changes since the last value at day <= 0.

    Parameters
        subjects      one row per subject: subject, cutoff_day
        measurements  subject, day, sequence, visit, test, value, unit
        rule          first and second (test codes), at (visit id), of (`value`, `change`)
    Returns   Pair: evaluable when both are present. Of several results the last counts.
    Problems  none: reasons are NO_FIRST, NO_SECOND, EVALUABLE
    Source    the protocol
    """
    rows = on_study(measurements, subjects)
    rows = rows.filter(rows.value.notnull())
    found = subjects.select("subject")
    for name, test in (("first", rule.first), ("second", rule.second)):
        mine = rows.filter(rows.test == test)
        value = _last(mine, mine.visit == rule.at).select("subject", "value")
        if rule.of == "change":
            start = _last(mine, mine.day <= 0).select("subject", start="value")
            both = value.inner_join(start, "subject")
            value = both.select("subject", value=both.value - both.start)
        found = beside(found, value.rename({name: "value"}))
    return found.select(
        "subject",
        "first",
        "second",
        evaluable=found["first"].notnull() & found["second"].notnull(),
        reason=labelled(
            (found["first"].isnull(), "NO_FIRST"),
            (found["second"].isnull(), "NO_SECOND"),
            otherwise="EVALUABLE",
        ),
    )


def _at_two_visits(subjects: Table, measurements: Table, rule: PairedChangeRule | CellCountRule) -> Table:
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
