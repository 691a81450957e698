"""A term and the words that stand for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from trialist.evidence.model import Given

Kind = Literal[
    "treatment",
    "drug",
    "class",
    "condition",
    "endpoint",
    "population",
    "measure",
    "toxicity",
    "line",
    "detail",
]
KINDS: tuple[str, ...] = get_args(Kind)
Shape = Literal["time", "response", "value", "ae", "count", "family"]
_BETWEEN = re.compile(r"[\s_\-‐‑‒–—−/]+")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'"})


@dataclass(frozen=True, slots=True)
class Term:
    """A thing with a name. Fields that a kind does not know are empty.

    plain        what a patient reads
    parents      terms of the same kind that it is a case of
    drugs        treatment: what is compared; choice: one of them is given to each patient
    drug_class   drug: id of its class
    shape        endpoint: time, response, value, ae, count, or family (shared by many, before a colon)
    better       endpoint: the direction that is good for the patient, where there is one
    time         endpoint: of an event that is counted, the endpoint of the time to it
    ctcae        toxicity: the term of CTCAE; organ_class: the class it stands in there
    """

    kind: str
    id: str
    label: str
    plain: str | None = None
    synonyms: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    drugs: tuple[Given, ...] = ()
    choice: bool = False
    drug_class: str | None = None
    shape: Shape | None = None
    better: Literal["higher", "lower"] | None = None
    time: str | None = None
    ctcae: str | None = None
    organ_class: str | None = None
    note: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every phrase that stands for it, the label first."""
        words = (self.label, self.id, self.id.replace("_", " "), *self.synonyms)
        return tuple(dict.fromkeys((*words, self.ctcae) if self.ctcae else words))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms by kind and id.

    spelling   what two ways of writing have in common
    ordinary   names that are everyday words as well, folded: no names in running text
    """

    by_kind: Mapping[str, Mapping[str, Term]]
    spelling: tuple[tuple[str, str], ...] = ()
    ordinary: frozenset[str] = frozenset()
    _phrases: Mapping[str, Mapping[str, Term]] = field(default_factory=dict, repr=False, compare=False)

    def terms(self, kind: str) -> Mapping[str, Term]:
        """The terms of a kind by id, in the order of the file."""
        return self.by_kind.get(kind, {})

    def phrases(self, kind: str) -> Mapping[str, Term]:
        """Each phrase, written as `folded` writes it, with its term."""
        return self._phrases.get(kind, {})

    def spoken(self, kind: str) -> dict[str, list[str]]:
        """Of each term the names that stand for it in running text, in either number and spelling.

        Families of endpoints, and adverse events as an endpoint, have none: toxicities name them.
        """
        return {
            term.id: self._said(name for name in term.names if self.folded(name) not in self.ordinary)
            for term in self.terms(kind).values()
            if term.shape not in ("family", "ae")
        }

    def _said(self, names: Iterable[str]) -> list[str]:
        held = list(names)
        held += [f"{name}s" for name in held if name[-1:].isalpha() and len(name) > 4 and name[-1:] != "s"]
        for written, compared in self.spelling:
            held += [name.replace(written, compared) for name in held if written in name]
        return list(dict.fromkeys(held))

    def timed(self, name: str) -> str:
        """The endpoint of the time to an event that is counted (`os` of `death`); another endpoint itself."""
        term = self.terms("endpoint").get(name)
        return term.time if term and term.time else name

    def near(self, kind: str, name: str) -> frozenset[str]:
        """A term, its cases, and what it is itself a case of."""
        term = self.terms(kind).get(name)
        return self.under(kind, name).union(term.parents if term else ())

    def folded(self, text: str) -> str:
        """How a phrase is compared: small letters, one blank between words, no hyphens, one spelling."""
        return fold(text, self.spelling)

    def find(self, kind: str, text: str) -> Term | None:
        """The term of a kind that an id, label or synonym stands for; None where there is none."""
        return self.terms(kind).get(text) or self.phrases(kind).get(self.folded(text))

    def label(self, kind: str, name: str) -> str:
        """The label of a term, or the word itself where the vocabulary does not know it."""
        term = self.find(kind, name)
        return term.label if term else name

    def under(self, kind: str, name: str) -> frozenset[str]:
        """The ids of a term and of all that are cases of it."""
        found = {name}
        size = 0
        while size != len(found):
            size = len(found)
            found |= {term.id for term in self.terms(kind).values() if found.intersection(term.parents)}
        return frozenset(found)


def fold(text: str, spelling: tuple[tuple[str, str], ...]) -> str:
    words = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).casefold()
    words = _BETWEEN.sub(" ", words).strip(" .,;:()[]\"'")
    for written, compared in spelling:
        words = words.replace(written, compared)
    return words


def indexed(
    by_kind: Mapping[str, Mapping[str, Term]],
    spelling: tuple[tuple[str, str], ...],
    ordinary: Iterable[str] = (),
) -> Vocabulary:
    """A vocabulary with its index of phrases; where a phrase is given twice, the first term keeps it."""
    phrases: dict[str, dict[str, Term]] = {}
    for kind, terms in by_kind.items():
        found = phrases.setdefault(kind, {})
        for term in terms.values():
            for name in term.names:
                found.setdefault(fold(name, spelling), term)
    everyday = frozenset(fold(name, spelling) for name in ordinary)
    return Vocabulary(by_kind, spelling, everyday, phrases)
