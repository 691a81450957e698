"""Deaths of an Occurrence table by when they came and by the fatal event, counted in the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from ibis.expr.types import Table

NO_FATAL_EVENT = "no fatal event recorded"
SEVERAL = "fatal events of several terms"
WHEN = ("on", "after", "unknown")


def deaths_by_cause(table: Table, arms: Sequence[str], window: int) -> dict[tuple[str, str, str], int]:
    """(arm, when, term of the fatal event) -> deaths up to the cut-off; one query.

    when  on: from the first dose to `window` days after the last; after: later; unknown: never treated, or
          the last dose not known
    """
    rows = table.filter(table.arm.isin(list(arms)))
    rows = rows.filter(
        rows.death_day.notnull() & (rows.cutoff_day.isnull() | (rows.death_day <= rows.cutoff_day))
    )
    one = rows.select(
        *("arm", "subject", "first_dose_day", "last_dose_day", "death_day", "fatal_term", "fatal_terms")
    ).distinct()
    cause = ibis.cases(
        (one.fatal_term.isnull(), NO_FATAL_EVENT), (one.fatal_terms > 1, SEVERAL), else_=one.fatal_term
    )
    treated = one.first_dose_day.notnull() & one.last_dose_day.notnull()
    when = ibis.cases(
        (~treated, "unknown"), (one.death_day <= one.last_dose_day + window, "on"), else_="after"
    )
    cells = one.select("arm", when=when, cause=cause)
    found = cells.group_by(["arm", "when", "cause"]).agg(n=lambda t: t.count()).to_pyarrow().to_pylist()
    return {(row["arm"], row["when"], row["cause"]): int(row["n"]) for row in found}
