"""The abbreviations that a guide prints, with their words: those that the audit knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from trialist.evidence.claims.acronyms import known
from trialist.evidence.guide.model import Section, Sentence, Table
from trialist.evidence.guide.wording import capital

_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9-]+")
_SMALL = frozenset({"of", "in", "for", "and"})


def abbreviations(sections: Iterable[Section]) -> Sentence | None:
    """`CI, confidence interval; PSA, Prostate-Specific Antigen`, of what stands in the sections."""
    used = {token for text in _texts(sections) for token in _TOKEN.findall(text)}
    said = [
        f"{short}, {_written(entry['means'][0], named=bool(entry.get('fixed')))}"
        for short, entry in known().items()
        if short in used and _one_thing(entry["means"])
    ]
    return Sentence(f"Abbreviations: {'; '.join(sorted(said, key=str.casefold))}.") if said else None


def _texts(sections: Iterable[Section]) -> Iterator[str]:
    for part in (part for section in sections for part in section.all_parts):
        if isinstance(part, Sentence):
            yield part.text
        elif isinstance(part, Table):
            for value in (value for row in part.rows for cell in row.cells for value in cell):
                yield f"{value.text} {value.label or ''} {value.behind or ''}"


def _one_thing(means: list[str]) -> bool:
    """Whether the words that an abbreviation has are of one thing: they share a word."""
    return bool(set.intersection(*(set(re.split(r"[ -]", each)) for each in means)))


def _written(words: str, *, named: bool) -> str:
    """Names of things with capitals."""
    if not named:
        return words
    return " ".join(
        word if word in _SMALL else "-".join(map(capital, word.split("-"))) for word in words.split()
    )
