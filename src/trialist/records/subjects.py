"""Who is counted, and from which day: arms, and the dates that a subject's times count from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import ibis

from trialist.protocol.model import Protocol
from trialist.records.words import words

if TYPE_CHECKING:
    from ibis.expr.types import DateValue, StringValue, Table

    from trialist.protocol.model import Arm


def words_of_arm(name: str, arm: Arm) -> frozenset[str]:
    """Every word that names an arm in the records, in upper case: its id, code and label."""
    return frozenset(word.strip().upper() for word in (name, arm.code, arm.label) if word)


def arm_words(protocol: Protocol) -> list[str]:
    """The words of all arms."""
    every = (words_of_arm(name, arm) for name, arm in protocol.plan.arms.items())
    return sorted(frozenset().union(*every))


def arm_code(dm: Table) -> StringValue:
    """The planned arm as recorded: ARMCD, else ARM; null where both are empty."""
    return ibis.coalesce(_text(dm, "arm_code"), _text(dm, "arm"))


def actual_arm_code(dm: Table) -> StringValue:
    """The actual arm as recorded: ACTARMCD, else ACTARM, else the planned one."""
    return ibis.coalesce(_text(dm, "actual_arm_code"), _text(dm, "actual_arm"), arm_code(dm))


def arm_of(code: StringValue, protocol: Protocol) -> StringValue:
    """The protocol's arm id of a recorded arm, whatever its case; null where it is none."""
    arms = protocol.plan.arms.items()
    said = code.strip().upper()
    branches = [(said.isin(sorted(words_of_arm(name, arm))), ibis.literal(name)) for name, arm in arms]
    return ibis.cases(*branches, else_=ibis.null("string"))


def allocated(dm: Table, protocol: Protocol) -> Table:
    """The rows of DM that belong to an arm of the protocol."""
    return dm.filter(arm_code(dm).upper().isin(arm_words(protocol)))


def with_dates(dm: Table, tables: Mapping[str, Table], reference: str) -> Table:
    """DM with reference, first_dose_date, last_dose_date and death_date (each null where not recorded).

    Parameters
        dm         rows of DM
        tables     domain -> table; EX and DS complete what DM does not say
        reference  the day that times count from: randomisation, first_dose or enrolment
    Returns   one row per row of `dm`. Randomisation is RANDOMIZED in DS, else RFSTDTC; the first dose is
              RFXSTDTC, else the first EXSTDTC, else (as a reference) RFSTDTC; enrolment is ENROLLED in DS,
              else RFICDTC, else RFSTDTC
    """
    rows = dm
    for name in ("randomised", "enrolled", "died"):
        rows = _beside(rows, tables.get("ds"), name)
    ex = tables.get("ex")
    if ex is None:
        rows = rows.mutate(ex_first=ibis.null("date"), ex_last=ibis.null("date"))
    else:
        last = ibis.coalesce(_date(ex, "end"), ex.start)
        given = ex.group_by("subject").aggregate(ex_first=ex.start.min(), ex_last=last.max())
        rows = rows.left_join(given, "subject").drop("subject_right")
    rows = rows.mutate(
        first_dose_date=ibis.coalesce(_date(rows, "first_dose"), rows.ex_first),
        last_dose_date=ibis.coalesce(_date(rows, "last_dose"), rows.ex_last),
        death_date=ibis.coalesce(_date(rows, "death"), rows.died_date),
    )
    start = _date(rows, "reference_start")
    chosen: dict[str, DateValue] = {
        "randomisation": ibis.coalesce(rows.randomised_date, start),
        "first_dose": ibis.coalesce(rows.first_dose_date, start),
        "enrolment": ibis.coalesce(rows.enrolled_date, _date(rows, "consent"), start),
    }
    made = ("randomised_date", "enrolled_date", "died_date", "ex_first", "ex_last")
    return rows.mutate(reference=chosen[reference]).drop(*made)


def _beside(rows: Table, ds: Table | None, name: str) -> Table:
    """The rows with `{name}_date`: the first date of that disposition term."""
    column = f"{name}_date"
    if ds is None:
        return rows.mutate(**{column: ibis.null("date")})
    chosen = ds.filter(ds.term.strip().upper().isin(words(name)))
    first = chosen.group_by("subject").aggregate(**{column: chosen.date.min()})
    return rows.left_join(first, "subject").drop("subject_right")


def _text(rows: Table, name: str) -> StringValue:
    return rows[name].cast("string").strip().nullif("") if name in rows.columns else ibis.null("string")


def _date(rows: Table, name: str) -> DateValue:
    return rows[name].cast("date") if name in rows.columns else ibis.null("date")
