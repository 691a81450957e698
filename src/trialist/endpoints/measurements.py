"""Paired change of a measurement, and two measurements linked within a subject."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.shapes import NO_BASELINE, NO_POSTBASELINE
from trialist.endpoints.verbs import beside, labelled, on_study
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, Table

    from trialist.endpoints.rules import LinkedMeasurementsRule, PairedChangeRule


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
    rows = on_study(measurements, subjects)
    rows = rows.filter((rows.test == rule.measurement) & rows.value.notnull())
    if rule.unit is not None:
        rows = rows.filter(rows.unit == rule.unit)
    before = _last(rows, rows.visit == rule.baseline).select("subject", baseline="value")
    after = _last(rows, rows.visit == rule.at).select("subject", "value", "day")
    found = beside(beside(subjects.select("subject"), before), after)
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


def _last(rows: Table, which: BooleanValue) -> Table:
    """The last of those rows of each subject, by day and sequence."""
    order = ibis.window(group_by="subject", order_by=[ibis.desc("day"), ibis.desc("sequence")])
    chosen = rows.filter(which.fill_null(False)).mutate(place=ibis.row_number().over(order))
    return chosen.filter(chosen.place == 0)
