"""Names of arms that only this document knows: heads and labels of tables, and what it calls an arm."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.grid import body, head
from trialist.evidence.claims.lexicon import Lexicon, Mention, read_words
from trialist.evidence.claims.model import Document, Part

_ARM = re.compile(r"\b(?P<name>[A-Za-z][\w-]{3,})[\s-](?:arms?|groups?)\b")
_HEAD = re.compile(r"^\W*(?P<name>[A-Za-z][A-Za-z-]{3,})\W*(?:\(?\s*[nN]\s*=\s*[\d,]+\s*\)?\W*)?$")
_NAME = r"[A-Za-z]{5,}"
_OPPOSITE = (
    r"(?:placebo|sham|best\s+supportive|standard\s+(?:care|treatment|therapy)|usual\s+care|chemotherapy"
    r"|no\s+treatment|observation)"
)
_AGAINST = (
    r"(?:or|v\.?|vs\.?|versus|than|than\s+(?:with|on)|compared\s+with|against|and)\s+(?:with\s+|on\s+|to\s+)?"
)
_COMPARED = re.compile(
    rf"\b(?P<name>{_NAME})\s+{_AGAINST}{_OPPOSITE}\b|\b{_OPPOSITE}\s+{_AGAINST}(?P<other>{_NAME})\b"
    rf"|\b(?P<dosed>{_NAME}),?\s+\(?\d[\d.]*\s?(?:mg|g|ug|mg/m2|mg/kg)\b"
    rf"|\d\s?(?:mg|ug|mg/m2|mg/kg)\s+of\s+(?P<given>{_NAME})\b"
)
_THAN = re.compile(
    rf"\b(?:with|on|given|taking|receiving)\s+(?P<name>{_NAME})\s+(?:than|versus|vs\.?|v)\s+(?:with\s+|on\s+|given\s+)?(?P<other>{_NAME})\b"
)
_ALREADY = re.compile(r"\b(?:to|with|on|given|of|than|by|received|taking)\s+$|^\W*$", re.I)
_COMMON = frozenset(read_words("common_words.yaml"))


class Extended(Lexicon):
    """A lexicon with the names of one document."""

    def __init__(self, base: Lexicon, names: frozenset[str]) -> None:
        super().__init__({})
        self._base = base
        body = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        self._own = re.compile(rf"(?<![\w-])(?:{body})(?![\w-])", re.I)

    def find(self, text: str, start: int = 0, end: int | None = None) -> list[Mention]:
        held = self._base.find(text, start, end)
        stop = len(text) if end is None else end
        own = [
            Mention("treatment", found[0].lower(), *found.span())
            for found in self._own.finditer(text, start, stop)
            if not any(m.start < found.end() and found.start() < m.end for m in held)
        ]
        return sorted((*held, *own), key=lambda m: m.start)


def with_own_names(document: Document, text: str, known: Lexicon) -> Lexicon:
    """The lexicon with what this document alone calls its arms."""
    found = {name.lower() for name in _names(document, text)} - _COMMON
    own = frozenset(name for name in found if not known.find(name))
    return Extended(known, own) if own else known


def _names(document: Document, text: str) -> Iterator[str]:
    for part in document.parts:
        if part.kind == "table":
            yield from _of_table(text, part)
        else:
            yield from (m["name"] for m in _ARM.finditer(text, part.start, part.end))
            for m in _THAN.finditer(text, part.start, part.end):
                yield from (m["name"], m["other"])
            for m in _COMPARED.finditer(text, part.start, part.end):
                first = m["name"] or m["dosed"]
                if m["other"] or m["given"] or (first and _ALREADY.search(text[part.start : m.start()])):
                    yield first or m["other"] or m["given"]


def _of_table(text: str, part: Part) -> Iterator[str]:
    """One-word heads of columns, where some column has a known arm or a size; labels of rows likewise."""
    rows = body(text, part)
    heads = [head(text, part, place) for place in range(1, max(map(len, rows), default=0))]
    labels = [text[row[0].start : row[0].end] for row in rows if row]
    for said in (heads, labels):
        names = [m["name"] for one in said if (m := _HEAD.match(one)) is not None]
        sized = any(re.search(r"\b[nN]\s*=", one) for one in said)
        against = any(
            re.match(r"\W*(?:placebo|control|sham|standard|usual care)\b", one, re.I) for one in said
        )
        if sized or against:
            yield from names
