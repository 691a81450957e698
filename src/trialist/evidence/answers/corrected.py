"""Misspelt names of a question: a word that is known nowhere and is one or two letters off a name."""

from __future__ import annotations

from difflib import get_close_matches

from trialist.evidence.answers.language import WORD, lexicon_of, ordinary, store_words, words
from trialist.evidence.model import Store

Corrected = tuple[tuple[str, str], ...]  # as typed, as read
_LONG = 6  # of shorter words too many are one letter apart
_LIKE = 0.84  # Ratcliff and Obershelp's likeness: two letters of ten


def corrected(text: str, store: Store) -> tuple[str, Corrected]:
    """The text with misspelt names as they are spelt, and which they were.

    A word is only taken for a name that begins with the same letter, so that a drug which the store does not
    hold is not read as one that it holds.
    """
    names = lexicon_of(store).single_words(_LONG)
    known = names | ordinary() | store_words(store) | _elsewhere()
    found: dict[str, str] = {}
    for match in WORD.finditer(text):
        word = match[0].lower()
        if len(word) < _LONG or not word.isalpha() or match[0].isupper():
            continue
        if {word, word.rstrip("s"), word.removesuffix("ed")} & known:
            continue
        near = get_close_matches(word, [name for name in names if name[0] == word[0]], 1, _LIKE)
        if near:
            found[match[0]] = near[0]
    for typed, read in found.items():
        text = text.replace(typed, read)
    return text, tuple(found.items())


def _elsewhere() -> frozenset[str]:
    said = (name for names in words()["elsewhere"].values() for name in names)
    return frozenset(word for name in said for word in name.split())
