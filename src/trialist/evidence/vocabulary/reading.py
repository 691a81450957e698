"""Reads the YAML files of the vocabulary: one kind a file, `kind: drug`, `terms: {id: {label: ..., ...}}`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from trialist.evidence.model import Given
from trialist.evidence.vocabulary.terms import KINDS, Term, Vocabulary, fold, indexed
from trialist.evidence.yaml_text import lines_under, read_yaml, value_under
from trialist.problems import Place, Problem

_TEXTS = ("label", "plain", "class", "shape", "better", "time", "ctcae", "organ_class", "note")
_LISTS = ("synonyms", "parents")
_WORDS = frozenset({*_TEXTS, *_LISTS, "drugs", "choice"})
_GIVEN = frozenset({"drug", "dose", "every", "route"})
_ONE_OF = {
    "shape": ("time", "response", "value", "ae", "count", "family"),
    "better": ("higher", "lower"),
}
_FILE_WORDS = frozenset({"kind", "terms", "pairs"})


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that ships, read once; what is wrong with it is a fault of ours and not of the input."""
    found, problems = read_vocabulary(Path(__file__).parent)
    if problems:
        raise ValueError(str(problems[0]))
    return found


def read_vocabulary(*places: Path) -> tuple[Vocabulary, tuple[Problem, ...]]:
    """The terms of the files, and of every YAML file of the folders; a faulty term is left out and listed.

    Problems: E610 no readable file, E611 a word or value that is unknown or missing, E612 a name of a term
    that is not there, E613 a phrase or id that stands for two terms of a kind.
    """
    reader = _Reader()
    for place in places:
        for path in sorted(place.glob("*.yaml")) if place.is_dir() else (place,):
            reader.read(path)
    reader.check()
    found = indexed({kind: reader.terms[kind] for kind in KINDS}, tuple(reader.spelling), reader.ordinary)
    return found, tuple(reader.problems)


class _Reader:
    """Collects terms and problems over all files."""

    def __init__(self) -> None:
        self.terms: dict[str, dict[str, Term]] = {kind: {} for kind in KINDS}
        self.places: dict[tuple[str, str], Place] = {}
        self.spelling: list[tuple[str, str]] = []
        self.ordinary: list[str] = []
        self.problems: list[Problem] = []

    def add(self, code: str, message: str, remedy: str, place: Place) -> None:
        self.problems.append(Problem(code, message, remedy, place))

    def read(self, path: Path) -> None:
        file = str(path)
        read = read_yaml(path, "E610", "the words")
        if isinstance(read, Problem):
            self.problems.append(read)
            return
        root, data = read
        kind = data.get("kind") if isinstance(data, dict) else None
        if kind == "spelling" and isinstance(data.get("pairs"), list):
            self.spelling.extend((str(a), str(b)) for a, b in data["pairs"])
            return
        if kind == "ordinary" and isinstance(data.get("phrases"), list):
            self.ordinary.extend(str(phrase) for phrase in data["phrases"])
            return
        if not isinstance(kind, str) or kind not in KINDS or not isinstance(data.get("terms"), dict):
            self.add(
                "E610",
                "the file does not hold 'kind:' and 'terms:'",
                f"begin it with 'kind:', one of {', '.join(KINDS)}, and list the 'terms:'",
                Place(file, 1),
            )
            return
        starts = dict(lines_under(root))
        for word in set(data) - _FILE_WORDS:
            self.add(
                "E611",
                f"'{word}' is no word of a file of terms",
                "use kind and terms",
                Place(file, starts.get(str(word))),
            )
        lines = dict(lines_under(value_under(root, "terms")))
        for name, item in data["terms"].items():
            self._term(kind, str(name), item, Place(file, lines.get(str(name)), None, str(name)))

    def _term(self, kind: str, name: str, item: Any, place: Place) -> None:
        before = len(self.problems)
        if not isinstance(item, dict) or not isinstance(item.get("label"), str):
            self.add("E611", f"'{name}' has no 'label'", "write {label: ..., synonyms: [...]}", place)
            return
        for word in set(item) - _WORDS:
            self.add(
                "E611", f"'{word}' is no word of a term", f"use one of {', '.join(sorted(_WORDS))}", place
            )
        for word in _TEXTS:
            if word in item and not isinstance(item[word], str):
                self.add("E611", f"'{word}' is not text", "put it in quotation marks", place)
        for word in _LISTS:
            value = item.get(word, [])
            if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
                self.add("E611", f"'{word}' is no list of texts", f"write '{word}: [..., ...]'", place)
        for word, allowed in _ONE_OF.items():
            if word in item and item[word] not in allowed:
                self.add("E611", f"'{word}' is {item[word]!r}", f"use one of {', '.join(allowed)}", place)
        drugs = item.get("drugs", [])
        if not isinstance(drugs, list) or not all(
            isinstance(each, dict)
            and isinstance(each.get("drug"), str)
            and set(each) <= _GIVEN
            and all(isinstance(v, str) for v in each.values())
            for each in drugs
        ):
            self.add(
                "E611",
                "'drugs' is no list of drugs",
                "write 'drugs: [{drug: ..., dose: ..., every: ...}]'",
                place,
            )
        if name in self.terms[kind]:
            self.add("E613", f"the {kind} '{name}' is given twice", "give each its own id", place)
        if len(self.problems) > before:
            return
        self.places[kind, name] = place
        self.terms[kind][name] = Term(
            kind=kind,
            id=name,
            label=item["label"],
            plain=item.get("plain"),
            synonyms=tuple(item.get("synonyms", ())),
            parents=tuple(item.get("parents", ())),
            drugs=tuple(Given(**each) for each in drugs),
            choice=item.get("choice") is True,
            drug_class=item.get("class"),
            shape=item.get("shape"),
            better=item.get("better"),
            time=item.get("time"),
            ctcae=item.get("ctcae"),
            organ_class=item.get("organ_class"),
            note=item.get("note"),
        )

    def check(self) -> None:
        """What holds over all files: references, and one term a phrase."""
        spelling = tuple(self.spelling)
        for kind, terms in self.terms.items():
            said: dict[str, str] = {}
            for term in terms.values():
                place = self.places[kind, term.id]
                for wanted, name in _references(term):
                    if name not in self.terms[wanted]:
                        self.add(
                            "E612",
                            f"there is no {wanted} '{name}'",
                            f"add it to the terms of kind {wanted}",
                            place,
                        )
                for phrase in dict.fromkeys(fold(name, spelling) for name in term.names):
                    other = said.setdefault(phrase, term.id)
                    if other != term.id:
                        self.add(
                            "E613",
                            f"'{phrase}' stands for '{other}' and for '{term.id}'",
                            "leave it with one of them",
                            place,
                        )


def _references(term: Term) -> Iterator[tuple[str, str]]:
    yield from ((term.kind, parent) for parent in term.parents)
    yield from (("drug", given.drug) for given in term.drugs)
    if term.drug_class:
        yield "class", term.drug_class
    if term.time:
        yield "endpoint", term.time
