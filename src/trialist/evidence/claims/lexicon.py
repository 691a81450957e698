"""Names that a document may use for a thing, found in its text: the vocabulary's, and those of trials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from trialist.evidence.model import Store

Names = Mapping[str, Mapping[str, Iterable[str]]]
_KINDS = ("toxicity", "endpoint", "population", "treatment", "drug")
_SHORTEST = 2
_FIRST = re.compile(r"\w+|\W")
_OTHER = ("-free ", "-specific ")  # before `survival`: another endpoint, of which no name is known
_PLACES = re.compile(r"(?<![\w-])(?:\w+|[^\w\s])")


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in the text: the kind and id of what it names, and where it stands."""

    kind: str
    id: str
    start: int
    end: int


class Lexicon:
    """Names by kind (`endpoint`, `population`, `treatment`, `trial`, ...), longest first.

    A name of two things is that of the first. A short name with capital letters in it (`OS`, `ORR`), and the
    name of a trial, which may be a word in small letters, are found only as they are written.
    `drugs_by_stem`: medicines that no vocabulary knows are found by the endings of their names.
    """

    def __init__(self, names: Names, *, drugs_by_stem: bool = False) -> None:
        self._unknown = _stems() if drugs_by_stem else None
        self._ids: dict[str, tuple[str, str]] = {}
        self._written: dict[str, set[str]] = {}
        for kind, things in names.items():
            for thing, said in things.items():
                for name in said:
                    key = _key(name)
                    if len(key) < _SHORTEST or (key.islower() and name == key and len(key) < 4):
                        continue
                    if self._ids.setdefault(key, (kind, thing)) == (kind, thing) and _as_written(kind, name):
                        self._written.setdefault(key, set()).add(_joined(name))
        by_first: dict[str, list[str]] = {}
        for key in sorted(self._ids, key=len, reverse=True):
            by_first.setdefault(_FIRST.findall(key)[0], []).append(key)
        self._patterns = {first: _pattern(keys) for first, keys in by_first.items()}

    def find(self, text: str, start: int = 0, end: int | None = None) -> list[Mention]:
        """Every name between two offsets, the longest of those that begin at one place."""
        stop = len(text) if end is None else end
        held: list[Mention] = []
        for place in _PLACES.finditer(text, start, stop):
            pattern = self._patterns.get(place[0].lower())
            if pattern is None or (held and place.start() < held[-1].end):
                continue
            found = pattern.match(text, place.start(), stop)
            if found is None:
                continue
            key, joined = _key(found[0]), _joined(found[0])
            if key not in self._ids or joined not in self._written.get(key, (joined,)):
                continue
            kind, thing = self._ids[key]
            if kind == "endpoint" and text[max(0, found.start() - 10) : found.start()].endswith(_OTHER):
                continue
            held.append(Mention(kind, thing, found.start(), found.end()))
        if self._unknown is not None:
            held += _by_stem(*self._unknown, text, start, stop, held)
            held.sort(key=lambda mention: mention.start)
        return _without_components(text, start, stop, held)

    def single_words(self, least: int) -> frozenset[str]:
        """Every word of at least so many letters that stands in a name, in small letters."""
        return frozenset(w for name in self._ids for w in name.split() if len(w) >= least and w.isalpha())


_COMPONENTS = re.compile(
    r"\bcomposite\s+(?:endpoint\s+)?(?:of|(?:that|which)\s+includ\w+|includ\w+|comprising|consisting\s+of)\b(?:(?!\b(?:was|were|had|is|has)\b)[^.;:()]){0,120}",
    re.I,
)


def _without_components(text: str, start: int, stop: int, held: list[Mention]) -> list[Mention]:
    """`progression-free survival (composite of PSA, tumour, pain, death)` names one endpoint."""
    if not any(mention.kind == "endpoint" for mention in held):
        return held
    for parts in _COMPONENTS.finditer(text, start, stop):
        if any(m.kind == "endpoint" and m.end <= parts.start() for m in held):
            held = [m for m in held if m.kind != "endpoint" or not parts.start() <= m.start < parts.end()]
    return held


def _by_stem(
    pattern: re.Pattern[str], words: frozenset[str], text: str, start: int, stop: int, held: Iterable[Mention]
) -> list[Mention]:
    taken = [(mention.start, mention.end) for mention in held]
    return [
        Mention("drug", found[0].lower(), found.start(), found.end())
        for found in pattern.finditer(text, start, stop)
        if found[0].lower() not in words and not any(a < found.end() and found.start() < b for a, b in taken)
    ]


@cache
def _stems() -> tuple[re.Pattern[str], frozenset[str]]:
    """Names that end as those of medicines do, and words of the language that end so as well."""
    said = _read("stems.yaml")
    pattern = re.compile(rf"\b[A-Za-z][a-z]{{2,}}(?:{'|'.join(said['stems'])})(?:-[a-z]{{4}})?\b")
    return pattern, frozenset(said["not"])


def _pattern(keys: Iterable[str]) -> re.Pattern[str]:
    body = "|".join(r"[\s-]+".join(map(re.escape, key.split(" "))) for key in keys)
    return re.compile(rf"(?:{body})(?!\w)", re.I)


def _joined(name: str) -> str:
    return re.sub(r"[\s-]+", " ", name.strip())


def _key(name: str) -> str:
    return _joined(name).lower()


def _as_written(kind: str, name: str) -> bool:
    return (kind == "trial" or len(name) <= 6) and sum(letter.isupper() for letter in name) > 1


@cache
def _words() -> Mapping[str, list[str]]:
    """The grammar of results that stands in `words.yaml`."""
    return _read("words.yaml")


def read_words(name: str) -> list[str]:
    """The words of a file that holds one list of them."""
    return _read(name)["words"]


def _read(name: str) -> Mapping[str, list[str]]:
    text = files("trialist.evidence.claims").joinpath(name).read_text(encoding="utf-8")
    data: Mapping[str, list[str]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return data


def lexicon_of(store: Store, more: Names | None = None) -> Lexicon:
    """What claims are read with: the grammar of results, the words and trials of a store, and more names."""
    names: dict[str, dict[str, Iterable[str]]] = {kind: {**store.words.spoken(kind)} for kind in _KINDS}
    names["subgroup"] = {"subgroup": _words()["subgroups"]}
    names["analysis"] = {name: [name] for name in _words()["analyses"]}
    names["treatment"] |= {name: [name] for name in _words()["controls"]}
    names["trial"] = {name: [name, *card.registered] for name, card in store.trials.items()}
    for kind, things in (more or {}).items():
        names[kind] = {**names.get(kind, {}), **things}
    return Lexicon(names, drugs_by_stem=True)


def lexicon(more: Names | None = None) -> Lexicon:
    """The lexicon of the store that ships, with more names."""
    from trialist.evidence.store import load_store

    return lexicon_of(load_store(), more)


@cache
def shipped() -> Lexicon:
    """The lexicon of the store that ships, made once."""
    return lexicon()
