"""Deaths: is there a date for each, and do flag, DM and DS tell the same?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import ibis

from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.accepted import flag
from trialist.records.model import Records
from trialist.records.subjects import allocated
from trialist.records.telling import found
from trialist.records.words import compared, words

if TYPE_CHECKING:
    from ibis.expr.types import StringValue, Table

_DAY = len("YYYY-MM-DD")


def deaths_dated(records: Records, protocol: Protocol, people: Table) -> Iterator[Problem]:
    """E373, W374: the death flag, and DEATH in DS, against the dates of death of allocated subjects."""
    ds = records.tables.get("ds")
    rows = allocated(people, protocol)
    undated = rows.filter(rows.death_date.isnull() & rows.earliest_death.isnull())
    dead = undated.filter(flag(undated, "death_flag")).select("subject")
    if ds is not None:
        dead = dead.union(undated.semi_join(_deaths(ds), "subject").select("subject"), distinct=True)
    yield from found(
        records,
        "dm",
        dead,
        "E373",
        "{n} subjects are dead (DTHFL is Y, or DS holds DEATH), but no date says when, not even a year",
        "fill DTHDTC in DM or DSSTDTC of DEATH in DS; a year or a month is enough to count the death",
    )
    if "death_flag" in rows.columns:
        alive = compared(rows.death_flag.cast("string")).isin(["N", "FALSE"])
        told = rows.death_date.notnull() | rows.earliest_death.notnull()
        yield from found(
            records,
            "dm",
            rows.filter(alive & told),
            "W374",
            "{n} subjects have a date of death (DTHDTC, or DEATH in DS) though DTHFL is N",
            "correct DTHFL or the date: until then they count as dead on that date",
        )


def deaths_agree(records: Records, protocol: Protocol) -> Iterator[Problem]:
    """W375: the date of death in DS against DTHDTC, as far as both are known."""
    dm, ds = records.tables.get("dm"), records.tables.get("ds")
    if dm is None or ds is None:
        return
    deaths = _deaths(ds)
    there = deaths.select("subject", there=_captured(deaths, "date"))
    both = dm.select("subject", here=_captured(dm, "death")).inner_join(there, "subject")
    known = ibis.least(both.here.length(), both.there.length(), ibis.literal(_DAY))
    other = both.filter(both.here.substr(0, known) != both.there.substr(0, known))
    yield from found(
        records,
        "dm",
        other.select("subject").distinct(),
        "W375",
        "{n} subjects have another date of death in DS than in DTHDTC",
        "correct one of the two: until then DTHDTC counts, and the date in DS only where DTHDTC is not full",
    )


def _deaths(ds: Table) -> Table:
    return ds.filter(compared(ds.term).isin(words("died")))


def _captured(rows: Table, name: str) -> StringValue:
    """The date as text, full or partial; null where there is none."""
    text = rows[name].cast("date").cast("string")
    partial = f"{name}_text"
    return ibis.coalesce(text, rows[partial].strip().nullif("")) if partial in rows.columns else text
