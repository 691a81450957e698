"""Status of a marker at a visit, and its change between two visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.verbs import beside, labelled, on_study
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import StringValue, Table

    from trialist.endpoints.marker_rules import MarkerStatusRule

MISSING = "missing"
STATUSES = ("positive", "negative", "undetermined")


@entry(
    "marker_status",
    needs=("subjects", "measurements"),
    gives="Category",
    source="the protocol's own definition; the words are those of CDISC Controlled Terminology",
)
def marker_status(*, subjects: Table, measurements: Table, rule: MarkerStatusRule) -> Table:
    """Status of a marker at a visit, or its change since another visit.

    Parameters
        subjects      one row per subject: subject, cutoff_day
        measurements  subject, day, sequence, visit, test, result
        rule          measurement (test code); at, and baseline of a change (visit ids); the results that
                      stand for positive, negative and undetermined
    Returns   Category: positive, negative, undetermined or missing; of a change `positive to negative`. Of
              several results at a visit the last that is positive or negative counts, else one that is
              undetermined: an assay repeated because it gave no answer is read by its answer. day is that of
              the result; response_day is null
    Problems  none here: W317 tells of results that stand for no status
    Source    the protocol
    """
    rows = on_study(measurements, subjects)
    rows = rows.filter(rows.test == rule.measurement)
    rows = rows.mutate(status=status_of(rows.result, rule))
    rows = rows.filter(rows.status.notnull())
    found = beside(subjects.select("subject"), _at(rows, rule.at))
    value = found.status.fill_null(MISSING)
    if rule.baseline is not None:
        before = _at(rows, rule.baseline).select("subject", status_before="status")
        found = beside(found, before)
        value = found.status_before.fill_null(MISSING) + " to " + found.status.fill_null(MISSING)
        unknown = found.status_before.isnull() | found.status.isnull()
    else:
        unknown = found.status.isnull()
    return found.select(
        "subject",
        value=value,
        day=found.day,
        response_day=ibis.null("int64"),
        reason=labelled((unknown, "NO_RESULT"), otherwise="RESULT"),
    )


def status_of(result: StringValue, rule: MarkerStatusRule) -> StringValue:
    """The status that a result stands for; null for any other."""
    said = result.strip().upper()
    found: StringValue = ibis.cases(
        *((said.isin(getattr(rule, status)), status) for status in STATUSES), else_=ibis.null("string")
    )
    return found


def _at(rows: Table, visit: str) -> Table:
    """subject, status, day at a visit: one row per subject that has a status there."""
    rows = rows.filter((rows.visit == visit).fill_null(False))
    open_ = (rows.status == "undetermined").cast("int64")
    order = ibis.window(group_by="subject", order_by=[open_, rows.day.desc(), rows.sequence.desc()])
    chosen = rows.mutate(place=ibis.row_number().over(order))
    return chosen.filter(chosen.place == 0).select("subject", "status", "day")
