"""Sources of the store as texts cite them: DOI, PMID, author and year; and the trial that one belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trialist.evidence.audit.known.words import Known
from trialist.evidence.claims.lexicon import Mention
from trialist.protocol.model import Source

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+[^\s\"<>.,;)\]]")
_PMID = re.compile(r"\bPMID:?\s*(\d{6,9})\b|pubmed\.ncbi\.nlm\.nih\.gov/(\d{6,9})", re.I)
_AUTHOR = re.compile(
    r"\b(?P<name>(?:(?:de|van|von|der|del|di|la)\s+)*[A-Z][\w'-]+)(?:\s+[A-Z]{1,3})?(?:\s+et\s+al\.?"
    r"|\s+and colleagues"
    r"|\s+and\s+[A-Z][\w-]+)?,?\s*(?:\(|[A-Z][A-Za-z .]{2,40},?\s*)?(?P<year>(?:19|20)\d\d)\b"
)
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")


@dataclass(frozen=True, slots=True)
class Cited:
    """A source as a text names it: the ids in the store that it may be, and where it stands."""

    sources: tuple[str, ...]
    start: int
    end: int
    by: str


def year_of(source: Source) -> int | None:
    """The year of a citation, the last that stands in it."""
    found = _YEAR.findall(source.citation)
    return int(found[-1]) if found else None


def author_of(source: Source) -> str | None:
    found = re.match(r"((?:(?:de|van|von|der)\s+)*[A-Z][\w'-]+)(?:\s+[A-Z]{1,3}\b|,)", source.citation)
    return found[1].casefold() if found else None


def citations(text: str, start: int, end: int, names: Known) -> Iterator[Cited]:
    """Every source that a stretch of text cites, by DOI, PMID, or author and year."""
    store = names.store
    for found in _DOI.finditer(text, start, end):
        wanted = found[0].casefold()
        held = tuple(k for k, s in store.sources.items() if s.doi and s.doi.casefold() == wanted)
        yield Cited(held, found.start(), found.end(), "doi")
    for found in _PMID.finditer(text, start, end):
        number = found[1] or found[2]
        held = tuple(k for k, s in store.sources.items() if s.pmid == number)
        yield Cited(held, found.start(), found.end(), "pmid")
    for found in _AUTHOR.finditer(text, start, end):
        name, year = found["name"].casefold(), int(found["year"])
        held = tuple(k for k, s in store.sources.items() if author_of(s) == name and year_of(s) == year)
        if held:
            yield Cited(held, found.start(), found.end(), "author and year")


def cited_in(text: str, start: int, end: int, names: Known) -> Iterator[Mention]:
    """Trials of the sources that a stretch cites, where they belong to one trial alone."""
    for cited in citations(text, start, end, names):
        trials = {t for name in cited.sources for t in names.trial_of_source.get(name, ())}
        if len(trials) == 1:
            yield Mention("trial", trials.pop(), cited.start, cited.end)
