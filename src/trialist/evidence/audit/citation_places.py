"""What a citation says of its source against itself, the journal's volumes and the sources that are held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trialist.evidence.audit.known.sources import Cited, one_author
from trialist.evidence.claims.references import Described, volumes_of

_FIELDS = ("author", "year", "journal", "volume", "page")


@dataclass(frozen=True, slots=True)
class Wrong:
    """The part of a citation that is wrong, and why; `source`: the id of the one that it must be."""

    what: str
    why: str
    source: str | None = None


def wrong_in(cited: Cited, held: Mapping[str, Described]) -> Iterator[Wrong]:
    """What is wrong with a citation by itself; the first that is found is enough."""
    said = cited.said
    near = _nearest(said, held)
    if near is not None:
        name, differs = near
        told = ", ".join(f"{getattr(held[name], word)} (not {getattr(said, word)})" for word in differs)
        yield Wrong(differs[0], f"the {' and the '.join(differs)} of this source is {told}", name)
        return
    if said.journal is not None and said.year is not None and said.volume is not None:
        volumes = volumes_of(said.journal, said.year)
        if volumes is not None and said.volume != str(said.year) and _other(said.volume, volumes):
            shown = " and ".join(map(str, volumes))
            yield Wrong(
                "volume", f"the volumes of this journal in {said.year} are {shown}, not {said.volume}"
            )


def _other(volume: str, volumes: range) -> bool:
    return volume.isdigit() and int(volume) not in volumes


def _nearest(said: Described, held: Mapping[str, Described]) -> tuple[str, list[str]] | None:
    """The source that a citation must be, and the parts in which it differs; None where all is right."""
    found: list[tuple[int, str, list[str]]] = []
    for name, source in held.items():
        same = {word for word in _FIELDS if _same(word, said, source)}
        differs = [
            word
            for word in _FIELDS
            if word not in same and getattr(said, word) is not None and getattr(source, word) is not None
        ]
        if _is_it(same):
            if not differs:
                return None
            found.append((len(same), name, differs))
    if not found:
        return None
    _, name, differs = max(found)
    return (name, differs) if len(differs) < 3 else None


def _is_it(same: set[str]) -> bool:
    """Whether the parts that agree are enough to know a source by."""
    return (
        {"volume", "page"} <= same
        or {"author", "page"} <= same
        or {"author", "year", "journal", "volume"} <= same
    )


def _same(word: str, said: Described, source: Described) -> bool:
    a, b = getattr(said, word), getattr(source, word)
    if a is None or b is None:
        return False
    return one_author(a, b) if word == "author" else a == b
