"""Who is counted, and from which day: arms, and the dates that a subject's times count from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import ibis

from trialist.protocol.model import Protocol
from trialist.records.accepted import flag
from trialist.records.columns import column
from trialist.records.dosing import with_doses
from trialist.records.possible_days import earliest_day
from trialist.records.words import compared, words

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


def in_several_arms(who: str) -> tuple[str, str, str]:
    """E353 of DM: code, message and remedy of subjects (`who`, with the verb) that have more than one arm."""
    return (
        "E353",
        f"{who} in more than one arm",
        "find out which arm was allocated; a crossover belongs in EX, not in a second DM record",
    )


def allocated(dm: Table, protocol: Protocol) -> Table:
    """The rows of DM that belong to an arm of the protocol."""
    return dm.filter(arm_code(dm).upper().isin(arm_words(protocol)))


def with_dates(dm: Table, tables: Mapping[str, Table], protocol: Protocol) -> Table:
    """DM with reference, dosing, death_date, earliest_death and died, null where unknown.

    Parameters
        dm        rows of DM
        tables    domain -> table; EX and DS complete what DM does not say
        protocol  the day that times count from (randomisation, first_dose or enrolment), and what is given
    Returns   one row per row of `dm`. Randomisation is RANDOMIZED in DS, else RFSTDTC; the first dose is
              RFXSTDTC, else the first EXSTDTC, else (as a reference) RFSTDTC; enrolment is ENROLLED in DS,
              else RFICDTC, else RFSTDTC; death is DTHDTC, else the first DEATH in DS, and earliest_death the
              first day that a partial date of the same two can mean, where neither is full;
              died: a death is recorded, with or without a date (DTHFL, DTHDTC, DEATH in DS). Of dosing see
              `dosing.with_doses`
    """
    rows = dm
    for name in ("randomised", "enrolled", "died"):
        rows = with_disposition(rows, tables.get("ds"), name)
    rows = with_disposition(rows, tables.get("ds"), "died", "text")
    rows = _with_death_recorded(rows, tables.get("ds"))
    rows = with_doses(rows, tables.get("ex"), protocol)
    rows = rows.mutate(
        death_date=ibis.coalesce(column(rows, "death", "date"), rows.died_date),
    )
    partial = ibis.coalesce(earliest_day(_text(rows, "death_text")), earliest_day(rows.died_text))
    rows = rows.mutate(earliest_death=ibis.ifelse(rows.death_date.isnull(), partial, ibis.null("date")))
    start = column(rows, "reference_start", "date")
    chosen: dict[str, DateValue] = {
        "randomisation": ibis.coalesce(rows.randomised_date, start),
        "first_dose": ibis.coalesce(rows.first_dose_date, start),
        "enrolment": ibis.coalesce(rows.enrolled_date, column(rows, "consent", "date"), start),
    }
    made = ("randomised_date", "enrolled_date", "died_date", "died_text")
    return rows.mutate(reference=chosen[protocol.plan.reference]).drop(*made)


def _with_death_recorded(rows: Table, ds: Table | None) -> Table:
    """Adds died: DM or DS tells of a death, whatever is known of its day."""
    told = flag(rows, "death_flag").fill_null(False) | column(rows, "death", "date").notnull()
    told = told | _text(rows, "death_text").notnull()
    if ds is None:
        return rows.mutate(died=told)
    dead = ds.filter(compared(ds.term).isin(words("died"))).select("subject").distinct().mutate(in_ds=True)
    rows = rows.left_join(dead, "subject").drop("subject_right")
    return rows.mutate(died=told | rows.in_ds.fill_null(False)).drop("in_ds")


def with_disposition(
    rows: Table, ds: Table | None, name: str, what: Literal["date", "text"] = "date"
) -> Table:
    """Adds when a disposition was: `{name}_date`, its first full date, or `{name}_text`, as captured.

    Parameters
        rows  one or more rows per subject
        ds    rows of DS, or None
        name  what the disposition is in `words.yaml`: randomised, enrolled or died
        what  the full date, or the text of a date of any precision
    Returns   the same rows; null where DS has no such record of the subject
    """
    made = f"{name}_{what}"
    if ds is None or (what == "text" and "date_text" not in ds.columns):
        return rows.mutate(**{made: ibis.null("date" if what == "date" else "string")})
    chosen = ds.filter(compared(ds.term).isin(words(name)))
    value = column(chosen, "date", "date") if what == "date" else _text(chosen, "date_text")
    first = chosen.group_by("subject").aggregate(**{made: value.min()})
    return rows.left_join(first, "subject").drop("subject_right")


def _text(rows: Table, name: str) -> StringValue:
    return column(rows, name).strip().nullif("")
