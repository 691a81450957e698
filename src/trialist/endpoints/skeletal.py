"""Time to the first symptomatic skeletal event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.verbs import beside, labelled, on_study
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.endpoints.palliation_rules import SkeletalEventRule


@entry(
    "skeletal_event",
    needs=("subjects", "skeletal_events", "deaths"),
    gives="TimeToEvent",
    source="Fizazi 2020, Lancet Oncol 21:1513 (symptomatic skeletal events)",
)
def skeletal_event(
    *, subjects: Table, skeletal_events: Table, deaths: Table, rule: SkeletalEventRule
) -> Table:
    """Time to the first skeletal event; censored at death, which competes, or at the last day known alive.

    Parameters
        subjects         one row per subject: subject, cutoff_day, last_alive_day
        skeletal_events  subject, day, sequence, kind (RADIOTHERAPY, FRACTURE, COMPRESSION, SURGERY)
        deaths           subject, day
        rule             kinds that count; of one day, the label is that of the first kind named
    Returns   TimeToEvent: reason is the kind of the event, else DEATH (censored on its day) or NO_EVENT
    Problems  none: events up to day 0 are not new and do not count
    Source    external beam radiotherapy for bone pain, new symptomatic pathological fracture, spinal cord
              compression, tumour-related orthopaedic surgery; a fracture without symptoms is none

    An event on the day of death is an event, one after it is none.
    """
    died = on_study(deaths, subjects).group_by("subject").aggregate(death=lambda t: t.day.min())
    seen = skeletal_events.filter((skeletal_events.day > 0) & skeletal_events.kind.isin(list(rule.kinds)))
    seen = beside(on_study(seen, subjects), died)
    seen = seen.filter((seen.day <= seen.death).fill_null(True))
    rank = seen.kind.cases(*((kind, place) for place, kind in enumerate(rule.kinds)), else_=None)
    first = seen.group_by("subject").aggregate(event_day=seen.day.min())
    ranked = beside(seen.mutate(rank=rank), first)
    ranked = ranked.filter(ranked.day == ranked.event_day)
    kinds = ranked.group_by("subject").aggregate(rank=ranked["rank"].min())
    rows = subjects.select("subject", "cutoff_day", "last_alive_day")
    for part in (died, first, kinds):
        rows = beside(rows, part)
    alive = ibis.ifelse(
        (rows.last_alive_day > rows.cutoff_day).fill_null(False), rows.cutoff_day, rows.last_alive_day
    )
    alive = ibis.ifelse((alive < 0).fill_null(True), 0, alive)
    event = rows.event_day.notnull()
    day = ibis.coalesce(rows.event_day, rows.death, alive)
    return rows.select(
        "subject",
        day=day.cast("int64"),
        time_days=(day + 1).cast("float64"),
        event=event,
        reason=labelled(
            *((rows["rank"] == place, kind) for place, kind in enumerate(rule.kinds)),
            (rows.death.notnull(), "DEATH"),
            otherwise="NO_EVENT",
        ),
    )
