"""A fact of a design is stated alike by all who state it."""

from __future__ import annotations

from collections.abc import Iterator

from trialist.evidence.checks.found import Found
from trialist.evidence.model import Store
from trialist.registry import entry


@entry("design_facts", needs="store", gives=("W624",), source="the sources named")
def design_facts(store: Store) -> Iterator[Found]:
    """W624 a fact of the design that two sources state in two ways."""
    for card in store.trials.values():
        for what, said in card.stated.items():
            if len(set(said.values())) > 1:
                shown = "; ".join(f"{value} ({source})" for source, value in said.items())
                yield Found("W624", card.trial, (what,), f"{what}: {shown}", "say which is followed, and why")
