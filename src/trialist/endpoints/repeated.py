"""A measurement at several planned visits, each beside the same baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.measurements import paired_change
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.endpoints.marker_rules import RepeatedMeasurementRule


@entry(
    "repeated_measurement",
    needs=("subjects", "measurements", "specimens"),
    gives="Repeated",
    source="the protocol's own definition: one measurement at several visits in one subject",
)
def repeated_measurement(
    *, subjects: Table, measurements: Table, specimens: Table, rule: RepeatedMeasurementRule
) -> Table:
    """The change of one measurement from its baseline to each of several visits.

    Parameters
        subjects, measurements, specimens  as in `paired_change`
        rule          what `paired_change` is told, with `at` (visit ids in planned order) and `days` (visit,
                      first and last day on which a result at it counts)
    Returns   Repeated: one row per subject and visit, also where nothing was measured; `reason` says why a
              row is not evaluable, in the words of `paired_change`
    Problems  none
    Source    the protocol
    """
    found = []
    for number, visit in enumerate(rule.at, start=1):
        change = paired_change(
            subjects=subjects, measurements=measurements, specimens=specimens, rule=rule.at_visit(visit)
        )
        found.append(
            change.select(
                "subject",
                visit=ibis.literal(visit),
                visit_number=ibis.literal(number, "int64"),
                **{name: change[name] for name in change.columns if name != "subject"},
            )
        )
    return ibis.union(*found, distinct=False) if len(found) > 1 else found[0]
