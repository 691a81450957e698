"""Deaths of an Occurrence table by when they came and by the fatal event, counted in the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis

from trialist.records.columns import column

if TYPE_CHECKING:
    from ibis.expr.types import Table

NO_FATAL_EVENT = "no fatal event recorded"
SEVERAL = "fatal events of several terms"
WHEN = ("on", "after", "unknown")


def deaths_by_cause(table: Table, arms: Sequence[str], window: int) -> dict[tuple[str, str, str], int]:
    """(arm, when, term of the fatal event) -> deaths up to the cut-off; one query.

    A death is one with a day, one that the records tell of without a day, or the subject of a fatal event.
    when  on: from the first dose to `window` days after the last; after: later; unknown: never treated, or
          the day of death or of the last dose not known
    """
    rows = table.filter(table.arm.isin(list(arms)))
    recorded = column(rows, "death_recorded", "boolean").fill_null(False)
    rows = rows.mutate(
        dead=rows.death_day.notnull() | recorded | (rows.fatal_terms > 0).fill_null(False),
        given=ibis.coalesce(column(rows, "treated", "boolean"), rows.first_dose_day.notnull()),
    )
    rows = rows.filter(rows.dead & (rows.death_day <= rows.cutoff_day).fill_null(True))
    one = rows.select(
        *("arm", "subject", "given", "last_dose_day", "death_day", "fatal_term", "fatal_terms")
    ).distinct()
    cause = ibis.cases(
        (one.fatal_term.isnull(), NO_FATAL_EVENT), (one.fatal_terms > 1, SEVERAL), else_=one.fatal_term
    )
    known = one.given & one.last_dose_day.notnull() & one.death_day.notnull()
    when = ibis.cases((~known, "unknown"), (one.death_day <= one.last_dose_day + window, "on"), else_="after")
    cells = one.select("arm", when=when, cause=cause)
    found = cells.group_by(["arm", "when", "cause"]).agg(n=lambda t: t.count()).to_pyarrow().to_pylist()
    return {(row["arm"], row["when"], row["cause"]): int(row["n"]) for row in found}
