"""Deaths: all of them, those within a window after the last dose, and by fatal adverse event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.endpoints.criteria import first
from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.event_counts import people
from trialist.findings.fatal_events import NO_FATAL_EVENT, SEVERAL, WHEN, deaths_by_cause
from trialist.findings.model import Finding, Method
from trialist.registry import entry

if TYPE_CHECKING:
    from collections.abc import Collection

    from ibis.expr.types import Table

    from trialist.protocol import adverse_event_analyses as analyses


@entry("deaths", needs="Occurrence", gives="count", source="enumeration; ICH E3, sections 12.3.1 and 14.3.2")
def run(table: Table, analysis: analyses.Deaths, context: Context) -> tuple[Finding, ...]:
    """One count per arm and kind of death; `n` is the arm's size.

    Deaths up to the cut-off are counted: all, from the first dose to `window` days after the last, later
    ones, those of subjects never treated or whose last dose is not known; and by the term of the fatal event,
    of all those in the records up to the cut-off, whatever the endpoint selects. Who has fatal events of
    several terms is counted in a row of that name, and who has none in another: no cause is chosen. Each
    fatal event is counted once more among the deaths within the window, and among the later ones.
    Problems  N401 nobody in an arm
    """
    window = first(analysis.window, "treatment_emergent", "window")
    sizes = people(table, context.arms)
    found = deaths_by_cause(table, context.arms, window)
    rows = _rows(found, window)
    made = []
    for arm in context.arms:
        if not sizes[arm]:
            none = not_estimable.no_subjects(context, [arm])
            made.append(context.finding("count", None, Method("deaths"), [arm], n=0, problems=[none]))
            continue
        mine = {(when, cause): n for (a, when, cause), n in found.items() if a == arm}
        for said, when, cause in rows:
            n = sum(each for (w, c), each in mine.items() if when in (None, w) and cause in (None, c))
            options = (
                ("category", said),
                ("when", when),
                ("cause", cause),
                ("window", window),
                ("denominator", "all"),
            )
            method, note = Method("deaths", options), f"{said}: {n} of {sizes[arm]}"
            made.append(context.finding("count", float(n), method, [arm], n=sizes[arm], events=n, note=note))
    return tuple(made)


def _rows(found: Collection[tuple[str, str, str]], window: int) -> list[tuple[str, str | None, str | None]]:
    """(label, when, cause) of each row: all deaths, by time, by fatal event, and by both."""
    words = {
        "on": f"from the first dose to {window} days after the last",
        "after": f"more than {window} days after the last dose",
        "unknown": "never treated, or day of death or last dose not known",
    }
    rows: list[tuple[str, str | None, str | None]] = [("all deaths", None, None)]
    rows += [(words[when], when, None) for when in WHEN]
    causes = {cause for _, _, cause in found}
    last = [cause for cause in (SEVERAL, NO_FATAL_EVENT) if cause in causes]
    ordered = [*sorted(causes - set(last)), *last]
    said = {cause: cause if cause in last else f"fatal event: {cause}" for cause in ordered}
    rows += [(said[cause], None, cause) for cause in ordered]
    there = {(when, cause) for _, when, cause in found}
    rows += [
        (f"{said[cause]}, {words[when]}", when, cause)
        for when in ("on", "after")
        for cause in ordered
        if (when, cause) in there
    ]
    return rows
