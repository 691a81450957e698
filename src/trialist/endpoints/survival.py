"""Overall survival."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.verbs import beside, labelled, new_therapy_start
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.endpoints.rules import OverallSurvivalRule


@entry(
    "overall_survival",
    needs=("subjects", "deaths", "therapies"),
    gives="TimeToEvent",
    source="FDA guidance, Clinical Trial Endpoints for the Approval of Cancer Drugs and Biologics, 2018",
)
def overall_survival(*, subjects: Table, deaths: Table, therapies: Table, rule: OverallSurvivalRule) -> Table:
    """Time to death from any cause; the living are censored at the last day they were known alive.

    Parameters
        subjects   one row per subject: subject, last_alive_day, cutoff_day
        deaths     subject, day
        therapies  new anticancer therapies: subject, day (read only when the rule censors at them)
        rule       new_therapy: `follow`, or `censor` for a hypothetical estimand
    Returns   TimeToEvent: a death after the cut-off is censored at the cut-off (reason AFTER_CUTOFF)
    Problems  none: without any date alive the time is censored at day 0
    Source    death from any cause, no censoring at later therapy unless an estimand asks for it
    """
    died = deaths.group_by("subject").aggregate(death=deaths.day.min())
    rows = beside(subjects.select("subject", "cutoff_day", "last_alive_day"), died)
    rows = beside(rows, new_therapy_start(therapies, subjects))
    therapy = rows.therapy_day if rule.new_therapy == "censor" else ibis.null("int64")
    dead = rows.death.notnull()
    late = (dead & (rows.death > rows.cutoff_day)).fill_null(False)
    alive = ibis.ifelse(
        (rows.last_alive_day > rows.cutoff_day).fill_null(False), rows.cutoff_day, rows.last_alive_day
    )
    alive = ibis.ifelse(late, rows.cutoff_day, ibis.ifelse(alive < 0, 0, alive))
    rows = rows.mutate(
        end=ibis.ifelse(dead & ~late, rows.death, ibis.coalesce(alive, 0)), dead=dead & ~late, therapy=therapy
    )
    stopped = (rows.therapy < rows.end).fill_null(False)
    day = ibis.ifelse(stopped, rows.therapy, rows.end)
    event = rows.dead & ~stopped
    return rows.select(
        "subject",
        day=day.cast("int64"),
        time_days=(day + 1).cast("float64"),
        event=event,
        reason=labelled(
            (event, "DEATH"),
            (stopped, "NEW_THERAPY"),
            (late, "AFTER_CUTOFF"),
            otherwise="NO_EVENT",
        ),
    )
