"""What is read off a best overall response: objective response, disease control, starts and lengths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.response import RESPONSES
from trialist.endpoints.verbs import beside
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import BooleanValue, IntegerValue, Table

    from trialist.endpoints.rules import OfResponseRule

SOURCE = "RECIST 1.1, Eisenhauer 2009, Eur J Cancer 45:228, section 4.6"
STABLE = "SD"
CONTROLLED = (*RESPONSES, STABLE, "NON-CR/NON-PD")


@entry("objective_response", needs=("subjects", "best_response"), gives="Response", source=SOURCE)
def objective_response(*, subjects: Table, best_response: Table, rule: OfResponseRule) -> Table:
    """Yes when the best overall response is CR or PR.

    Parameters
        subjects       one row per subject: subject
        best_response  the Category table of the endpoint that the rule names
        rule           of: that endpoint
    Returns   Response: responder is null when the best response is NE or MISSING; day of the first CR or PR;
              reason repeats the best response
    Problems  none
    Source    RECIST 1.1 section 4.6
    """
    rows = _read(subjects, best_response)
    return _answered(rows, rows.value.isin(RESPONSES), rows.response_day)


@entry("disease_control", needs=("subjects", "best_response"), gives="Response", source=SOURCE)
def disease_control(*, subjects: Table, best_response: Table, rule: OfResponseRule) -> Table:
    """Yes when the best overall response is CR, PR, SD or NON-CR/NON-PD.

    Parameters, Returns and Problems are those of `objective_response`; day is that of the deciding visit. How
    long a stable disease must have lasted is the minimum that the best overall response asks for.
    """
    rows = _read(subjects, best_response)
    return _answered(rows, rows.value.isin(CONTROLLED), rows.day)


@entry("time_to_response", needs=("subjects", "best_response"), gives="TimeToEvent", source=SOURCE)
def time_to_response(*, subjects: Table, best_response: Table, rule: OfResponseRule) -> Table:
    """Time from the reference date to the first CR or PR of those who responded.

    Parameters
        subjects, best_response, rule  as in `objective_response`
    Returns   TimeToEvent with a row for each responder: event is true, reason RESPONSE
    Problems  none
    Source    RECIST 1.1 section 4.6: the first visit at which the criteria were met
    """
    rows = _responders(subjects, best_response)
    return rows.select(
        "subject",
        day="response_day",
        time_days=(rows.response_day + 1).cast("float64"),
        event=ibis.literal(True),
        reason=ibis.literal("RESPONSE"),
    )


@entry(
    "duration_of_response",
    needs=("subjects", "best_response", "progression"),
    gives="TimeToEvent",
    source=SOURCE,
)
def duration_of_response(
    *, subjects: Table, best_response: Table, progression: Table, rule: OfResponseRule
) -> Table:
    """Time from the first CR or PR to progression or death, in those who responded.

    Parameters
        subjects, best_response  as in `objective_response`
        progression              the TimeToEvent table of the endpoint that the rule names with `until`
        rule                     of, until: those endpoints
    Returns   TimeToEvent with a row for each responder, both days counted; event and reason are those of
              `until`. Where that time ended before the response, the duration is the one day of the
              response, censored: BEFORE_RESPONSE
    Problems  none
    Source    RECIST 1.1 section 4.6
    """
    rows = _responders(subjects, best_response)
    ends = progression.select("subject", "event", "reason", end_day="day")
    rows = rows.inner_join(ends, "subject")
    before = rows.end_day < rows.response_day
    day = ibis.ifelse(before, rows.response_day, rows.end_day)
    return rows.select(
        "subject",
        day=day,
        time_days=(day - rows.response_day + 1).cast("float64"),
        event=rows.event & ~before,
        reason=ibis.ifelse(before, ibis.literal("BEFORE_RESPONSE"), rows.reason),
    )


@entry(
    "duration_of_stable_disease",
    needs=("subjects", "best_response", "progression"),
    gives="TimeToEvent",
    source=SOURCE,
)
def duration_of_stable_disease(
    *, subjects: Table, best_response: Table, progression: Table, rule: OfResponseRule
) -> Table:
    """Time from the reference date to progression or death, in those whose best response is SD.

    Parameters
        subjects, best_response, progression, rule  as in `duration_of_response`
    Returns   TimeToEvent with a row for each such subject, both days counted; day, event and reason are those
              of `until`
    Problems  none
    Source    RECIST 1.1 section 4.6: stable disease is measured from the start, not from the visit
    """
    rows = _read(subjects, best_response)
    rows = rows.filter(rows.value == STABLE).select("subject")
    rows = rows.inner_join(progression.select("subject", "day", "event", "reason"), "subject")
    return rows.select("subject", "day", "event", "reason", time_days=(rows.day + 1).cast("float64"))


def _read(subjects: Table, best_response: Table) -> Table:
    return beside(subjects.select("subject"), best_response.select("subject", "value", "day", "response_day"))


def _responders(subjects: Table, best_response: Table) -> Table:
    """subject, response_day of those whose best response is CR or PR."""
    rows = _read(subjects, best_response)
    return rows.filter(rows.value.isin(RESPONSES)).select("subject", "response_day")


def _answered(rows: Table, yes: BooleanValue, day: IntegerValue) -> Table:
    """Response: null when the best response is NE or MISSING."""
    judged = rows.value.notnull() & ~rows.value.isin(["NE", "MISSING"])
    return rows.select(
        "subject",
        responder=ibis.ifelse(judged, yes, ibis.null("boolean")),
        day=ibis.ifelse(judged & yes, day, ibis.null("int64")),
        reason=ibis.coalesce(rows.value, ibis.literal("MISSING")),
    )
