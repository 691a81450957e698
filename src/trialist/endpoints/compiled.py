"""Derivations of many subjects by compiled loops: the same rows as their expressions give.

An expression runs on every engine; where its rows are many and lie in DuckDB, one pass over the values of
each subject takes a tenth of the time. Every clause and second reading is asked of both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from trialist.endpoints.courses import amounts, courses, days, people, word
from trialist.endpoints.shapes import NO_BASELINE, NO_POSTBASELINE
from trialist.kernels.days import NEVER
from trialist.records.streamed import kept_as_table

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.endpoints.rules import BestResponseRule, PsaProgressionRule


def psa_progression(*, subjects: Table, read: Table, therapies: Table, rule: PsaProgressionRule) -> Table:
    """What `psa.psa_progression` gives.

    Parameters
        read  values that can be read: subject, day, value (ng/mL), below
    """
    from trialist.kernels import psa_course as course

    of = people(subjects, therapies)
    rows = read.select(
        subject=read.subject.cast("string"),
        day=read.day.cast("int64"),
        value=read.value.cast("float64"),
        below=read.below.cast("int8"),
    )
    start, column = courses(rows, of)
    always = rule.early_rise == "none"
    needs_fall = rule.early_rise == "no_decline_only"
    reading = course.Reading(
        baseline={"first": course.FIRST, "mean": course.MEAN}.get(rule.baseline, course.LAST),
        oldest=-int(NEVER) if rule.baseline_window is None else -int(rule.baseline_window),
        same_day={"max": course.HIGHEST, "min": course.LOWEST, "mean": course.AVERAGE}[rule.same_day],
        stop_at_therapy=rule.new_therapy != "ignore",
        tolerance=float(rule.tolerance),
        rise_ratio=float(rule.rise_ratio),
        rise_absolute=float(rule.rise_absolute),
        responder_rise_ratio=float(rule.responder_rise_ratio),
        responder_rise_absolute=float(rule.responder_rise_absolute),
        responder_fall=float(rule.responder_fall),
        confirm_after=int(rule.confirm_after),
        consecutive=rule.confirming == "consecutive",
        exempt=-int(NEVER) if always else int(rule.early_days),
        after_fall=needs_fall and rule.decline == "any_earlier",
        fall_near=needs_fall and rule.decline == "at_early_days",
        early_days=int(rule.early_days),
        decline_window=int(rule.decline_window),
        pending_counts=rule.unconfirmed_last == "event",
        stop_before=rule.unconfirmed_last == "last_nonprogressing",
    )
    found = course.progressions(
        start, column["day"], column["value"], column["below"], of.cutoff, of.therapy, reading
    )
    reasons = ("PSA", NO_BASELINE, NO_POSTBASELINE, "UNCONFIRMED", "NEW_THERAPY", "NO_EVENT")
    made = kept_as_table(
        subjects,
        {
            "subject": of.names,
            "day": pa.array(found.day),
            "reason": pa.array(found.reason),
            **{name: amounts(getattr(found, name)) for name in ("baseline", "nadir", "limit", "value")},
        },
    )
    event = (made.reason == course.PSA).name("event")
    decided = (made[name] for name in ("baseline", "nadir", "limit", "value"))
    return made.select(
        made.subject,
        made.day,
        (made.day + 1).cast("float64").name("time_days"),
        event,
        word(made.reason, reasons).name("reason"),
        *decided,
    )


def best_overall_response(*, subjects: Table, read: Table, therapies: Table, rule: BestResponseRule) -> Table:
    """What `response.best_overall_response` gives.

    Parameters
        read  responses: subject, day, rank (place of the response in the rule's `worst_of_day`)
    """
    from trialist.kernels import response_course as course

    of = people(subjects, therapies)
    rows = read.select(
        subject=read.subject.cast("string"), day=read.day.cast("int64"), rank=read["rank"].cast("int8")
    )
    start, column = courses(rows, of)
    last = of.cutoff if rule.new_therapy == "ignore" else np.minimum(of.cutoff, of.therapy)
    known = {word: place for place, word in enumerate(("NE", "CR", "PR", "SD", "NON-CR/NON-PD", "PD"))}
    found = course.best_responses(
        start,
        column["day"],
        column["rank"],
        last,
        np.array([known.get(word, course.OTHER) for word in rule.worst_of_day], np.int64),
        course.Reading(
            confirmed=rule.confirmed,
            confirm_after=int(rule.confirm_after),
            minimum_stable=int(rule.minimum_stable),
            max_not_evaluable=int(rule.max_not_evaluable),
            accept_stable_between=rule.accept_stable_between,
            max_stable_between=int(rule.max_stable_between),
        ),
    )
    made = kept_as_table(
        subjects,
        {
            "subject": of.names,
            "value": pa.array(found.best),
            "day": days(found.day),
            "response_day": days(found.response_day),
            "reason": pa.array(found.reason),
        },
    )
    nothing = "NE" if rule.missing_as_not_evaluable else "MISSING"
    reasons = (
        NO_POSTBASELINE,
        "CONFIRMED",
        "BEST_VISIT",
        "CR_THEN_LESS",
        "UNCONFIRMED",
        "NO_LATE_STABLE_VISIT",
    )
    return made.select(
        "subject",
        value=word(made.value, ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE", nothing)),
        day=made.day,
        response_day=made.response_day,
        reason=word(made.reason, reasons),
    )
