"""Who is alive and who has died are together all patients of an arm."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.checks.found import Found
from trialist.evidence.checks.same import analysis
from trialist.evidence.model import Store
from trialist.registry import entry


@entry("deaths", needs="store", gives=("W625",), source="arithmetic")
def deaths(store: Store) -> Iterator[Found]:
    """W625 patients alive and patients dead that do not make the arm, at one cut-off."""
    living = [f for f in store.findings if f.endpoint == "alive" and f.events is not None]
    for alive in living:
        for dead in store.of(alive.trial):
            if dead.endpoint != "death" or dead.groups != alive.groups or dead.events is None:
                continue
            if analysis(dead) != analysis(alive) or dead.n != alive.n or alive.n is None:
                continue
            total = (alive.events or 0) + dead.events
            if total != alive.n:
                yield Found(
                    "W625",
                    alive.trial,
                    tuple(f.origin.entry or f.id for f in (alive, dead)),
                    f"{alive.groups[0] if alive.groups else 'all'}: {alive.events} alive and {dead.events} "
                    f"dead are {total} of {alive.n}",
                    "say who was neither counted as alive nor as dead",
                )
