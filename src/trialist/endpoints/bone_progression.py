"""Time to confirmed progression in bone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.bone import SOURCE, bone_outcome, bone_response
from trialist.endpoints.shapes import NO_BASELINE, NO_POSTBASELINE
from trialist.endpoints.verbs import beside, labelled, new_therapy_start
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.endpoints.rules import BoneRule


@entry("bone_progression", needs=("subjects", "bone_scans", "therapies"), gives="TimeToEvent", source=SOURCE)
def bone_progression(*, subjects: Table, bone_scans: Table, therapies: Table, rule: BoneRule) -> Table:
    """Time to progression in bone by the 2+2 rule; censored at the last readable scan. Death competes.

    Parameters
        subjects    one row per subject: subject, cutoff_day, first_dose_day, baseline_scan (null: not known)
        bone_scans  lesions by scan: subject, day, sequence, lesion, readable
        therapies   new anticancer therapies: subject, day
        rule        as for `bone_response`; unresolved `pd`: what no scan could confirm counts
    Returns   TimeToEvent: day of the scan that first shows the confirmed progression, or of the last
              readable scan (0 without any)
    Problems  none: reasons are BONE, UNCONFIRMED, NEW_THERAPY, NO_EVENT, NO_BASELINE, NO_POSTBASELINE
    Source    PCWG3, bone row: 2 new lesions, and 2 more or 2 that persist 6 weeks later

    There is no baseline where the records hold no tumour assessment by the reference date or the first dose.
    """
    scans = bone_response(subjects=subjects, bone_scans=bone_scans, therapies=therapies, rule=rule)
    rows = subjects.select("subject", "baseline_scan")
    rows = beside(rows, bone_outcome(scans))
    rows = beside(rows, new_therapy_start(therapies, subjects))
    no_baseline = (~rows.baseline_scan).fill_null(False)
    event = rows.progression_day.notnull() & ~no_baseline
    reached = ibis.ifelse(event, rows.progression_day, rows.last_day)
    day = ibis.ifelse(no_baseline, 0, ibis.coalesce(reached, 0))
    stopped = rows.therapy_day.notnull() if rule.new_therapy == "stop" else ibis.literal(False)
    return rows.select(
        "subject",
        day=day.cast("int64"),
        time_days=(day + 1).cast("float64"),
        event=event,
        reason=labelled(
            (event, "BONE"),
            (no_baseline, NO_BASELINE),
            (rows.last_day.isnull(), NO_POSTBASELINE),
            (rows.response == "PDu", "UNCONFIRMED"),
            (stopped, "NEW_THERAPY"),
            otherwise="NO_EVENT",
        ),
    )
