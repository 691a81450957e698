"""Sources of the store as texts cite them: by DOI, PMID, number of a list, author, journal and year."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from trialist.evidence.audit.known.words import Known
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Reference
from trialist.evidence.claims.references import NOTHING, Described, around, described, folded, journals, marks

_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+[^\s\"<>.,;)\]]")
_PMID = re.compile(r"\bPMID:?\s*(\d{6,9})\b|pubmed\.ncbi\.nlm\.nih\.gov/(\d{6,9})", re.I)
_YEAR = r"(?P<year>(?:19|20)\d\d)(?![\d-]*\d)"
_AUTHOR = re.compile(
    r"\b(?P<name>(?:(?:de|van|von|der|den|del|di|la)\s+)*[A-ZÀ-ÞŁØŠŽ][\w'-]+)(?:\s+[A-Z]{1,3}\b)?"
    r"(?:(?P<more>,?\s+et\s+al\.?|,?\s+and\s+(?:colleagues|co-?workers|others)|'s group)|\s+(?:and"
    r"|&)\s+[A-Z][\w-]+)?"
    r"[\s,;:]*\(?"
)
_OTHERS_BEFORE = re.compile(
    r"(?P<name>(?:(?:de|van|von)\s+)?[A-ZÀ-Þ][\w'-]+)\s+[A-Z]{1,3},\s*(?:(?:(?:de|van|von)\s+)?[A-ZÀ-Þ][\w'-]+\s+[A-Z]{1,3},\s*)*$"
)
_YEAR_BY = re.compile(
    rf"\b{_YEAR}\s+(?:[a-z-]+\s+){{0,2}}(?:paper|study|report|trial|article|publication|analysis)\s+(?:\([^)]*\)\s+)?(?:by|from|of)\s+"
    r"(?P<name>(?:(?:de|van|von|der|den|del|di|la)\s+)*[A-ZÀ-ÞŁØŠŽ][\w'-]+)(?P<more>\s+(?:et\s+al|and\s+(?:colleagues|others|co-?workers)))?"
)
_BETWEEN = re.compile(r"[\s,;:.(]*(?:(?:[a-z'-]+\s+){0,4}in\s+)?(?:the\s+)?$")
_NAMES_NO_AUTHOR = frozenset(
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "the",
        "in",
        "of",
        "since",
        "and",
        "by",
        "from",
        "until",
        "between",
        "after",
        "before",
        "phase",
        "trial",
        "study",
        "published",
    ]
)


@dataclass(frozen=True, slots=True)
class Cited:
    """A source as a text names it: ids in the store that it may be, what is said of it, where it stands."""

    sources: tuple[str, ...]
    start: int
    end: int
    by: str
    said: Described = NOTHING
    codes: tuple[str, ...] = ()  # its DOI and PMID


def citations(
    text: str, start: int, end: int, names: Known, listed: Iterable[Reference] = ()
) -> Iterator[Cited]:
    """Every source that a stretch cites: by DOI, PMID, the number of a list, author, journal and year."""
    numbered = {entry.number: entry for entry in listed if entry.number is not None}
    for found, held in _by_code(text, start, end, names):
        yield Cited(held, found.start(), found.end(), "number of a register")
    for cited, first, last in marks(text, start, end, frozenset(numbered)):
        for number in cited:
            entry = numbered[number]
            yield _entry(text, entry, names, first, last, f"reference {number}")
    yield from _running(text, start, end, names)


def entries(text: str, listed: Iterable[Reference], names: Known) -> Iterator[Cited]:
    """The entries of a list of references themselves."""
    for entry in listed:
        yield _entry(text, entry, names, entry.start, entry.end, "its entry")


def _entry(text: str, entry: Reference, names: Known, first: int, last: int, by: str) -> Cited:
    said = described(" ".join(text[entry.start : entry.end].split()))
    found = list(_by_code(text, entry.start, entry.end, names))
    held = next((sources for _, sources in found if sources), None) or held_as(said, names)
    return Cited(held, first, last, by, said, tuple(m[1] or m[2] if m.lastindex else m[0] for m, _ in found))


def _by_code(
    text: str, start: int, end: int, names: Known
) -> Iterator[tuple[re.Match[str], tuple[str, ...]]]:
    sources = names.store.sources
    for found in _DOI.finditer(text, start, end):
        wanted = found[0].casefold()
        yield found, tuple(k for k, s in sources.items() if s.doi and s.doi.casefold() == wanted)
    for found in _PMID.finditer(text, start, end):
        number = found[1] or found[2]
        yield found, tuple(k for k, s in sources.items() if s.pmid == number)


def _running(text: str, start: int, end: int, names: Known) -> Iterator[Cited]:
    """`de Bono et al., Lancet 2010`, `Tannock (2004)`, `N Engl J Med 2019;381:2506`."""
    years = [(m, int(m["year"])) for m in re.finditer(_YEAR, text[start:end])]
    named = list(journals(text, start, end))
    used: set[int] = set()
    for found in _AUTHOR.finditer(text, start, end):
        listed = _OTHERS_BEFORE.search(text[start : found.start()])
        name = folded(listed["name"] if listed else found["name"])
        if name in _NAMES_NO_AUTHOR or name.split()[-1] in _NAMES_NO_AUTHOR:
            continue
        journal = next((j for j in named if _joins(text, found.end(), j[1])), None)
        at = journal[2] if journal else found.end()
        year = next((y for y in years if _joins(text, at, start + y[0].start())), None)
        if year is None or start + year[0].start() == found.end("name"):
            continue
        said = Described(name, year[1], journal[0] if journal else None)
        held = held_as(said, names)
        if held or found["more"] or name in names.authors:
            used.add(year[0].start())
            tail = described(text[journal[1] : min(end, start + year[0].end() + 24)]) if journal else NOTHING
            said = replace(said, volume=tail.volume, page=tail.page)
            yield Cited(held, found.start(), start + year[0].end(), "author and year", said)
    legal = around(text[start:end], [(j, a - start, b - start) for j, a, b in named])
    if legal is not None:
        yield Cited(held_as(legal, names), named[0][1], named[-1][2], "journal, volume and page", legal)
    for found in _YEAR_BY.finditer(text, start, end):
        said = Described(folded(found["name"]), int(found["year"]))
        if said.author in names.authors or found["more"]:
            yield Cited(held_as(said, names), found.start(), found.end(), "author and year", said)
    for name, first, last in named:
        year = next(
            (y for y in years if y[0].start() not in used and _joins(text, last, start + y[0].start())), None
        )
        before = next(
            (y for y in years if y[0].start() not in used and _joins(text, start + y[0].end(), first)), None
        )
        chosen = year or before
        if chosen is not None:
            tail = described(text[first : min(end, last + 40)]) if year else Described()
            said = Described(None, chosen[1], name, tail.volume, tail.page)
            stop = max(last, start + chosen[0].end())
            yield Cited(
                held_as(said, names), min(first, start + chosen[0].start()), stop, "journal and year", said
            )


def _joins(text: str, end: int, start: int) -> bool:
    """Whether nothing but marks and small words stands between two parts of a citation."""
    return 0 <= start - end < 36 and _BETWEEN.fullmatch(text[end:start]) is not None


def held_as(said: Described, names: Known) -> tuple[str, ...]:
    """The sources of the store that a citation may be: place in the journal, or author and year."""
    if said.volume and said.page:
        exact = [
            k
            for k, d in names.cited_as.items()
            if (d.journal, d.volume, d.page) == (said.journal, said.volume, said.page)
        ]
        if exact:
            return tuple(exact)
    if said.author is None or said.year is None:
        return ()
    last = said.author.split()[-1]
    return tuple(
        k
        for k, d in names.cited_as.items()
        if d.author is not None
        and d.year == said.year
        and (d.author == said.author or d.author.split()[-1] == last)
        and (said.journal is None or d.journal is None or d.journal == said.journal)
    )


def one_author(first: str, second: str) -> bool:
    """Whether two names may be of one author: the last word of both is one."""
    return first.split()[-1] == second.split()[-1]


def cited_in(
    text: str, start: int, end: int, names: Known, listed: Iterable[Reference] = ()
) -> Iterator[Mention]:
    """Trials of the sources that a stretch cites, where they belong to one trial alone."""
    for cited in citations(text, start, end, names, listed):
        trials = trials_of(cited.sources, names.trial_of_source)
        if len(trials) == 1:
            yield Mention("trial", trials.pop(), cited.start, cited.end)


def trials_of(sources: Iterable[str], of: Mapping[str, frozenset[str]]) -> set[str]:
    return {trial for name in sources for trial in of.get(name, ())}
