"""Names of things found in a question; a name is found as it is written, or in small letters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in the text: the kind and id of what it names, and where it stands."""

    kind: str
    id: str
    start: int
    end: int


class Lexicon:
    """Names by kind, longest first; a phrase stands for the first thing that it was given for."""

    def __init__(self, names: Mapping[str, Mapping[str, Iterable[str]]]) -> None:
        self._ids: dict[str, tuple[str, str]] = {}
        for kind, things in names.items():
            for thing, said in things.items():
                for name in said:
                    self._ids.setdefault(re.sub(r"[\s-]+", " ", name.strip().lower()), (kind, thing))
        body = "|".join(
            r"[\s-]+".join(map(re.escape, name.split(" ")))
            for name in sorted(self._ids, key=len, reverse=True)
        )
        self._names = re.compile(rf"(?<![\w-])(?:{body})(?!\w)", re.I)

    def find(self, text: str) -> list[Mention]:
        return [
            Mention(*self._ids[re.sub(r"[\s-]+", " ", found[0].lower())], found.start(), found.end())
            for found in self._names.finditer(text)
        ]
