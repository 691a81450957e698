"""Names that a document may use for a thing, found in its text.

The language of results (`words.yaml`) stands here; names of drugs and treatments come from a vocabulary:
anything with `terms(kind)` that gives, for each id, the names it goes by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in the text: the kind and id of what it names, and where it stands."""

    kind: str
    id: str
    start: int
    end: int


class Lexicon:
    """Names by kind (`endpoint`, `population`, `treatment`, `trial`, ...), longest first."""

    def __init__(self, names: Mapping[str, Mapping[str, Iterable[str]]]) -> None:
        self._ids: dict[str, tuple[str, str]] = {}
        for kind, things in names.items():
            for thing, said in things.items():
                for name in said:
                    self._ids.setdefault(_key(name), (kind, thing))
        ordered = sorted(self._ids, key=len, reverse=True)
        # a name may be followed by a plural s; blanks and hyphens in it are the same
        body = "|".join(re.escape(name).replace(r"\ ", r"[\s-]+").replace(" ", r"[\s-]+") for name in ordered)
        self._names = re.compile(rf"(?<![\w-])(?:{body})(?![\w])", re.I) if ordered else None

    def find(self, text: str, start: int = 0, end: int | None = None) -> list[Mention]:
        """Every name between two offsets, the longest of those that begin at one place."""
        if self._names is None:
            return []
        stop = len(text) if end is None else end
        return [
            Mention(*self._ids[_key(found[0])], found.start(), found.end())
            for found in self._names.finditer(text, start, stop)
        ]

    def knows(self, kind: str, name: str) -> str | None:
        found = self._ids.get(_key(name))
        return found[1] if found and found[0] == kind else None


def _key(name: str) -> str:
    return re.sub(r"[\s-]+", " ", name.strip().lower())


@cache
def words() -> Mapping[str, Any]:
    """The language of results that stands in `words.yaml`."""
    text = files("trialist.evidence.claims").joinpath("words.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return data


def lexicon(more: Mapping[str, Mapping[str, Iterable[str]]] | None = None) -> Lexicon:
    """The language of results with the names of a vocabulary: {kind: {id: names}}."""
    shared = words()
    names: dict[str, dict[str, Iterable[str]]] = {
        "endpoint": dict(shared["endpoints"]),
        "population": dict(shared["populations"]),
        "subgroup": {"subgroup": shared["subgroups"]},
        "analysis": {name: [name] for name in shared["analyses"]},
        "treatment": {name: [name] for name in shared["controls"]},
    }
    for kind, things in (more or {}).items():
        held = names.setdefault(kind, {})
        for thing, said in things.items():
            held[thing] = [*held.get(thing, ()), *said]
    return Lexicon(names)
