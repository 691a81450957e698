"""The records of a trial as they were known on earlier days: interim looks at the data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import ibis

from trialist.records.computed import computed_once
from trialist.records.domains import DOMAINS
from trialist.records.model import Records

if TYPE_CHECKING:
    from ibis.expr.types import Table

_ENDS = frozenset({"reference_end", "participation_end"})


def known_at(records: Records, looks: Table) -> Records:
    """Each subject once for every look, with what was known of it on that day.

    Parameters
        records  with full dates, in an engine
        looks    subject, seen (date), known_as (the subject's name at that look), in the same engine
    Returns   records in which `subject` is `known_as`: who had not entered by the day of the look is absent,
              rows that begin after it are not there, later dates within a row (the end of a therapy, death)
              are null, and the last day in the trial is not after it. Who was alive and followed on that day
              is known to have been so. Rows without a date stay.
    """
    who = records.tables["dm"].select("subject", start="reference_start").inner_join(looks, "subject")
    there = who.filter((who.start <= who.seen).fill_null(True)).select("subject", "seen", "known_as")
    there = computed_once(there)
    tables = {name: computed_once(_cut(name, table, there)) for name, table in records.tables.items()}
    return replace(records, tables=tables)


def _cut(name: str, table: Table, there: Table) -> Table:
    dates = [column.name for column in DOMAINS[name].columns if column.kind == "date"]
    dates = [column for column in dates if column in table.columns]
    rows = table.inner_join(there, "subject")
    if name != "dm" and dates:
        rows = rows.filter((rows[dates[0]] <= rows.seen).fill_null(True))
    changed = {"subject": rows.known_as}
    for column in dates if name == "dm" else dates[1:]:
        later = (rows[column] > rows.seen).fill_null(False)
        text = f"{column}_text"
        if column in _ENDS:
            changed[column] = ibis.ifelse(later, rows.seen, rows[column])
            if text in table.columns:
                changed[text] = ibis.ifelse(later, rows.seen.cast("string"), rows[text])
            continue
        changed[column] = ibis.ifelse(later, ibis.null("date"), rows[column])
        if text in table.columns:
            changed[text] = ibis.ifelse(later, ibis.null("string"), rows[text])
        if column == "death" and "death_flag" in table.columns:
            changed["death_flag"] = ibis.ifelse(later, ibis.null("string"), rows.death_flag)
    return rows.mutate(**changed).select(*table.columns)
