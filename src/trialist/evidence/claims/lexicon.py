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
from typing import Any, Protocol

import yaml


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in the text: the kind and id of what it names, and where it stands."""

    kind: str
    id: str
    start: int
    end: int


class Lexicon:
    """Names by kind (`endpoint`, `population`, `treatment`, `trial`, ...), longest first.

    `drugs_by_stem`: medicines that no vocabulary knows are found by the endings of their names.
    A short name with a capital letter in it (`OS`, `ORR`) is found only as it is written.
    """

    def __init__(self, names: Mapping[str, Mapping[str, Iterable[str]]], *, drugs_by_stem: bool = False) -> None:
        stems = _read("stems.yaml") if drugs_by_stem else None
        body = "|".join(stems["stems"]) if stems else ""
        self._stems = re.compile(rf"\b[A-Za-z][a-z]{{2,}}(?:{body})(?:-[a-z]{{4}})?\b") if stems else None
        self._no_drugs = frozenset(stems["not"]) if stems else frozenset()
        self._ids: dict[str, tuple[str, str]] = {}
        self._written: dict[str, set[str]] = {}
        for kind, things in names.items():
            for thing, said in things.items():
                for name in said:
                    key = _key(name)
                    if len(key) < SHORTEST or (key.islower() and name == key and len(key) < 4):
                        continue
                    if self._ids.setdefault(key, (kind, thing)) == (kind, thing) and _as_written(name):
                        self._written.setdefault(key, set()).add(name)
        ordered = sorted(self._ids, key=len, reverse=True)
        body = "|".join(r"[\s-]+".join(map(re.escape, name.split(" "))) for name in ordered)
        self._names = re.compile(rf"(?<![\w-])(?:{body})(?!\w)", re.I) if ordered else None

    def find(self, text: str, start: int = 0, end: int | None = None) -> list[Mention]:
        """Every name between two offsets, the longest of those that begin at one place."""
        if self._names is None:
            return []
        held: list[Mention] = []
        stop = len(text) if end is None else end
        for found in self._names.finditer(text, start, stop):
            key = _key(found[0])
            named = self._ids.get(key)
            if named is None or (key in self._written and found[0] not in self._written[key]):
                continue
            held.append(Mention(*named, found.start(), found.end()))
        if self._stems is not None:
            for found in self._stems.finditer(text, start, stop):
                if found[0].lower() not in self._no_drugs and not any(m.start < found.end() and found.start() < m.end for m in held):
                    held.append(Mention("drug", found[0].lower(), found.start(), found.end()))
            held.sort(key=lambda m: m.start)
        return held


SHORTEST = 2


def _key(name: str) -> str:
    return re.sub(r"[\s-]+", " ", name.strip().lower())


def _as_written(name: str) -> bool:
    return len(name) <= 6 and sum(letter.isupper() for letter in name) > 1


@cache
def words() -> Mapping[str, Any]:
    """The language of results that stands in `words.yaml`."""
    return _read("words.yaml")


def _read(name: str) -> Mapping[str, Any]:
    text = files("trialist.evidence.claims").joinpath(name).read_text(encoding="utf-8")
    data: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return data


def lexicon(more: Mapping[str, Mapping[str, Iterable[str]]] | None = None) -> Lexicon:
    """The language of results with the names of a vocabulary: {kind: {id: names}}."""
    shared = words()
    names: dict[str, dict[str, Iterable[str]]] = {
        "endpoint": dict(shared["endpoints"]),
        "toxicity": dict(shared["toxicities"]),
        "population": dict(shared["populations"]),
        "subgroup": {"subgroup": shared["subgroups"]},
        "analysis": {name: [name] for name in shared["analyses"]},
        "treatment": {name: [name] for name in shared["controls"]},
    }
    for kind, things in (more or {}).items():
        held = names.setdefault(kind, {})
        for thing, said in things.items():
            held[thing] = [*held.get(thing, ()), *said]
    return Lexicon(names, drugs_by_stem=True)


class Term(Protocol):
    """A term of a vocabulary: every phrase that stands for it."""

    @property
    def names(self) -> tuple[str, ...]: ...


class Vocabulary(Protocol):
    """What the store's vocabulary gives: the terms of a kind by id."""

    def terms(self, kind: str) -> Mapping[str, Any]: ...


_COMMON = frozenset(
    {"all", "any", "treated", "evaluable", "other", "none", "placebo", "screened", "survival"}
)
_OF_VOCABULARY = ("endpoint", "toxicity", "population", "treatment", "drug")


def lexicon_of(vocabulary: Vocabulary, trials: Mapping[str, Iterable[str]] | None = None) -> Lexicon:
    """The language of results with the terms of a vocabulary and the names of trials."""
    more: dict[str, dict[str, Iterable[str]]] = {
        kind: {
            name: [said for said in term.names if said.lower() not in _COMMON]
            for name, term in vocabulary.terms(kind).items()
        }
        for kind in _OF_VOCABULARY
    }
    if trials:
        more["trial"] = dict(trials)
    return lexicon(more)


@cache
def shipped() -> Lexicon:
    """The language of results with the vocabulary of the store."""
    from trialist.evidence.vocabulary import vocabulary

    return lexicon_of(vocabulary())
