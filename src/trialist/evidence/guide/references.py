"""The sources that a guide cites, numbered in the order of their first use; the paper comes first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from trialist.evidence.guide.model import Fold, Part, Plain, Reference, Section, Sentence, Table, Value
from trialist.evidence.model import Store

_NCT = re.compile(r"NCT\d{8}")
_OTHER_REGISTRY = re.compile(r"\bEU\b|\bUK\b|Cancer Research|ISRCTN|mirror")
REGISTRY = "https://clinicaltrials.gov/study/"
_ID = re.compile(r"\b[A-Z0-9]+(?:_[A-Z0-9]+)+\b")


def references(store: Store, sections: Iterable[Section]) -> tuple[Reference, ...]:
    """Every source that a part cites. One that the store does not know is cited by its name alone."""
    used: dict[str, None] = {}
    for part in (part for section in sections for part in section.all_parts):
        if isinstance(part, Table):
            for value in (value for row in part.rows for cell in row.cells for value in cell):
                used |= dict.fromkeys((*value.cites, *_named(store, value.behind or "")))
        else:
            used |= dict.fromkeys(part.cites if isinstance(part, Sentence) else getattr(part, "cites", ()))
    return tuple(_reference(store, number, name) for number, name in enumerate(used, 1))


def with_numbers(sections: Iterable[Section], made: Iterable[Reference]) -> tuple[Section, ...]:
    """The sections with the number of a reference where a curator's note names a source by its id."""
    numbers = {each.id: str(each.number) for each in made}

    def numbered(value: Value) -> Value:
        if not value.behind or "_" not in value.behind:
            return value
        behind = _ID.sub(lambda m: f"[{numbers[m[0]]}]" if m[0] in numbers else m[0], value.behind)
        return replace(value, behind=behind.replace("([", "[").replace("])", "]"))

    def part(each: Part) -> Part:
        return replace(each, parts=tuple(map(plain, each.parts))) if isinstance(each, Fold) else plain(each)

    def plain(each: Plain) -> Plain:
        if not isinstance(each, Table):
            return each
        groups = tuple(
            replace(
                group,
                rows=tuple(
                    replace(row, cells=tuple(tuple(map(numbered, cell)) for cell in row.cells))
                    for row in group.rows
                ),
            )
            for group in each.groups
        )
        return replace(each, groups=groups)

    return tuple(replace(section, parts=tuple(map(part, section.parts))) for section in sections)


def _named(store: Store, text: str) -> Iterator[str]:
    """Sources that a note names by their ids."""
    return (name for name in _ID.findall(text) if name in store.sources)


def _reference(store: Store, number: int, name: str) -> Reference:
    source = store.sources.get(name)
    if source is None:
        return Reference(number, name, name)
    url = source.url or (_record(store, name) if source.kind == "registry" else None)
    return Reference(number, name, source.citation, source.doi, source.pmid, url, source.kind, source.read)


def _record(store: Store, name: str) -> str | None:
    """The page of a registry's record: by the number that its citation names, else by that of its trial."""
    source = store.sources[name]
    numbers = _NCT.findall(source.citation)
    if not numbers and _OTHER_REGISTRY.search(source.citation) is None:
        of = [card for card in store.trials.values() if name in card.sources]
        numbers = [n for card in of[:1] for n in card.registered if _NCT.fullmatch(n)]
    return f"{REGISTRY}{numbers[0]}" if numbers else None
