"""The sources that a guide cites, numbered in the order of their first use; the paper comes first."""

from __future__ import annotations

from collections.abc import Iterable

from trialist.evidence.guide.model import Reference, Section, Sentence, Table
from trialist.evidence.model import Store


def references(store: Store, sections: Iterable[Section]) -> tuple[Reference, ...]:
    """Every source that a part cites. One that the store does not know is cited by its name alone."""
    used: dict[str, None] = {}
    for section in sections:
        for part in section.parts:
            if isinstance(part, Table):
                for row in part.rows:
                    for cell in row.cells:
                        for value in cell:
                            used |= dict.fromkeys(value.cites)
            else:
                used |= dict.fromkeys(
                    part.cites if isinstance(part, Sentence) else getattr(part, "cites", ())
                )
    made = []
    for number, name in enumerate(used, 1):
        source = store.sources.get(name)
        if source is None:
            made.append(Reference(number, name, name))
            continue
        made.append(
            Reference(
                number, name, source.citation, source.doi, source.pmid, source.url, source.kind, source.read
            )
        )
    return tuple(made)
