"""Which findings and statements a question is about: found by their words and by their meaning.

Words by SQLite's full-text search (BM25, Porter's stemmer), meaning by the vectors of `embedding`; the
two lists of places are joined by reciprocal rank (Cormack, Clarke and Buettcher 2009, SIGIR, 758).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from trialist.evidence.answers.embedding import Vectors, available, embed, fingerprint, shipped

_RANK = 60  # of the joining of two lists: what stands first in one counts 1 / 61
_NEARBY = 400  # texts without a vector that are embedded on the spot; with more, words alone are used


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that can be found, and the ids of what it says: findings, or one statement."""

    id: str
    text: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with its joined score; likeness is the cosine of its vector with the question's, if known."""

    passage: Passage
    score: float
    likeness: float | None


@dataclass(frozen=True)
class Index:
    """Passages ready to be searched. `embedded` says whether meaning is searched as well as words."""

    passages: tuple[Passage, ...]
    words: sqlite3.Connection = field(repr=False)
    vectors: Vectors | None = field(repr=False)

    @property
    def embedded(self) -> bool:
        return self.vectors is not None

    def search(self, question: str, also: Sequence[str] = (), most: int = 20) -> tuple[Found, ...]:
        """The nearest passages, best first. `also`: other words for what is asked (synonyms)."""
        by_words = self._by_words(" ".join((question, *also)))
        likeness = self._likeness(question)
        score = np.zeros(len(self.passages))
        for place, row in enumerate(by_words):
            score[row] += 1 / (_RANK + 1 + place)
        if likeness is not None:
            for place, row in enumerate(np.argsort(-likeness, kind="stable")[: 3 * most]):
                score[row] += 1 / (_RANK + 1 + place)
        best = [row for row in np.argsort(-score, kind="stable")[:most] if score[row] > 0]
        return tuple(
            Found(
                self.passages[row],
                float(score[row]),
                None if likeness is None else float(likeness[row]),
            )
            for row in best
        )

    def _by_words(self, text: str) -> list[int]:
        words = dict.fromkeys(word.lower() for word in re.findall(r"\w[\w.-]*\w|\w", text))
        if not words:
            return []
        asked = " OR ".join(f'"{word}"' for word in words)
        rows = self.words.execute(
            "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY rank, rowid LIMIT 100", (asked,)
        )
        return [row[0] - 1 for row in rows]

    def _likeness(self, question: str) -> Vectors | None:
        if self.vectors is None:
            return None
        asked = _vector(question)
        return None if asked is None else np.asarray(self.vectors @ asked)


@lru_cache(maxsize=64)
def _vector(question: str) -> Vectors | None:
    """The vector of a question; one that is asked for several audiences is embedded once."""
    found = embed([question])
    return None if found is None else np.asarray(found[0])


def build_index(passages: Iterable[Passage]) -> Index:
    """An index in memory; vectors that shipped are used, others are made where the model is installed."""
    held = tuple(passages)
    words = sqlite3.connect(":memory:", check_same_thread=False)
    words.execute("CREATE VIRTUAL TABLE passages USING fts5(text, tokenize='porter unicode61')")
    words.executemany("INSERT INTO passages(text) VALUES (?)", ((each.text,) for each in held))
    return Index(held, words, _vectors(held))


def _vectors(passages: Sequence[Passage]) -> Vectors | None:
    if not available():
        return None
    known = shipped()
    made = {fingerprint(each.text): each.text for each in passages}
    missing = {name: text for name, text in made.items() if name not in known}
    if len(missing) > _NEARBY:
        return None
    fresh: dict[str, Vectors] = {}
    if missing:
        vectors = embed(list(missing.values()))
        if vectors is None:
            return None
        fresh = dict(zip(missing, vectors, strict=True))
    rows = [known.get(name, fresh.get(name)) for name in (fingerprint(each.text) for each in passages)]
    return np.array(rows, dtype=np.float32).reshape(len(passages), -1)
