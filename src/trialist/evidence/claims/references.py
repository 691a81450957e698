"""Lists of references, the marks in the text that point at them, and what a citation says of its source."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import yaml

from trialist.evidence.claims.model import Document, Part, Reference

_TITLE = re.compile(
    r"^\W*(?:key\s+|selected\s+|further\s+)?(?:references|bibliography|literature(?: cited)?|sources"
    r"|works cited"
    r"|reading|citations)\b[\s:*_]*",
    re.I,
)
_NUMBERED = re.compile(r"^[\s>*_-]*(?:\[\^|[\[(])?(?P<n>\d{1,3})[\]).:]{0,2}\s+(?=\S)", re.M)
_PRINTED = re.compile(
    r"\b(?:19|20)\d\d\b\s*(?:[;:,]\s*\d|\)|\.)|\bdoi\b|\b10\.\d{4}/|\bPMID\b|\bet al\b", re.I
)
_MARK = re.compile(
    r"\[\^?\s*(?P<a>\d{1,3}(?:\s*[,;-]\s*\d{1,3})*)\s*\]|\^(?P<b>\d{1,3}(?:[,-]\d{1,3})*)\^?"
    r"|(?P<c>[\u00b9\u00b2\u00b3\u2070-\u2079]+(?:[,-][\u00b9\u00b2\u00b3\u2070-\u2079]+)*)"
    r"|\b(?:ref|refs|reference|references)\.?\s*(?P<d>\d{1,3}(?:\s*(?:,|and|-)\s*\d{1,3})*)"
    r"|(?<=[a-z)%])\s\((?P<e>\d{1,2}(?:\s*[,-]\s*\d{1,2})*)\)(?=[\s.,;:]|$)"
)
LONGEST = 600  # characters of one entry
_RAISED = str.maketrans("\u00b9\u00b2\u00b3\u2070\u2074\u2075\u2076\u2077\u2078\u2079", "1230456789")


@cache
def _journals() -> tuple[re.Pattern[str], Mapping[str, str]]:
    text = files("trialist.evidence.claims").joinpath("journals.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Sequence[str]] = yaml.load(text, Loader=yaml.CSafeLoader)
    ids = {name: journal for journal, names in data.items() for name in names}
    ordered = sorted(ids, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, ordered))})(?!\w)"), ids


def journals(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[str, int, int]]:
    """(id, start, end) of every journal that a stretch names."""
    pattern, ids = _journals()
    for found in pattern.finditer(text, start, len(text) if end is None else end):
        yield ids[found[0]], found.start(), found.end()


@cache
def _volumes() -> Mapping[str, Mapping[str, int]]:
    text = files("trialist.evidence.claims").joinpath("journal_volumes.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Mapping[str, int]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return data


def volumes_of(journal: str, year: int) -> range | None:
    """The volumes of a journal in a year; None where they are not known."""
    known = _volumes().get(journal)
    if known is None or not 2000 <= year <= known.get("until", 2100):
        return None
    first = known["volume"] + known["each"] * (year - known["year"])
    return range(first, first + known["each"])


@dataclass(frozen=True, slots=True)
class Described:
    """What a citation says of its source; what it does not say is None."""

    author: str | None = None
    year: int | None = None
    journal: str | None = None
    volume: str | None = None
    page: str | None = None


NOTHING = Described()
_AUTHOR = re.compile(
    r"^[\s\"'*_]*(?P<name>(?:(?:de|van|von|der|den|del|di|la"
    r"|el)\s+)*[A-ZÀ-ÞŁØŠŽ][\w'-]+)"
    r"(?=,?\s+(?:[A-Z]{1,3}\b(?!\s+(?!et\b|and\b)[a-z])|et\b|and\b|&)|,|\s*$)"
)
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b(?!\s*[-/]\s*\d{4}\b)")
_PLACE = re.compile(
    r"(?:\b(?P<year>(?:19|20)\d\d)\b[^;\d]{0,12}[;,]\s*)?(?<![\d.:/-])\b(?P<volume>\d{1,4})(?:\s*\([^)]{1,12}\))?\s*"
    r"(?:[:,]|,?\s*pp?\.|,?\s*pages?)\s*(?:pp?\.?\s*|pages?\s*)?(?P<page>[A-Za-z]?\d{1,6})\b"
    r"(?P<to>\s*(?:-|\bto\b)\s*[A-Za-z]?\d)?"
)


def place_of(citation: str) -> re.Match[str] | None:
    """Volume and first page: behind a year, or with a last page."""
    return next((m for m in _PLACE.finditer(citation) if m["year"] or m["to"]), None)


_OF_YEAR = re.compile(r"\(\s*((?:19|20)\d\d)[a-z]?\s*\)")


def described(citation: str) -> Described:
    """First author, year, journal, volume and first page of one citation."""
    author, place = _AUTHOR.match(citation), place_of(citation)
    named = list(journals(citation))
    legal = around(citation, named)
    if legal is not None:
        return replace(legal, author=folded(author["name"]) if author else None)
    # the year stands before the volume, else behind the journal, else last
    tail = citation[named[-1][1] :] if named else citation
    bracketed = _OF_YEAR.search(citation)
    years = (
        [place["year"]] if place and place["year"]
        else [bracketed[1]] if bracketed
        else _YEAR.findall(tail) or _YEAR.findall(citation)
    )  # fmt: skip
    return Described(
        folded(author["name"]) if author else None,
        int(years[-1] if not named else years[0]) if years else None,
        named[-1][0] if named else None,
        place["volume"] if place else None,
        place["page"] if place else None,
    )


_PAGE_YEAR = re.compile(r"[\s,]*(?P<page>\d{1,6})\s*\((?P<year>(?:19|20)\d\d)\)")


def around(citation: str, named: Sequence[tuple[str, int, int]]) -> Described | None:
    """`368 New England Journal of Medicine 138 (2013)`: the volume before it, page and year behind."""
    for journal, start, end in named:
        volume = re.search(r"(?<!\d)(\d{1,4})\s+(?:The\s+)?$", citation[:start])
        behind = _PAGE_YEAR.match(citation, end)
        if volume is not None and behind is not None:
            return Described(None, int(behind["year"]), journal, volume[1], behind["page"])
    return None


def folded(name: str) -> str:
    """A name in small letters without marks."""
    flat = unicodedata.normalize("NFKD", name.casefold().replace("\u00f8", "o").replace("\u0142", "l"))
    return "".join(c for c in flat if not unicodedata.combining(c))


def references(document: Document) -> tuple[Reference, ...]:
    """The entries of a list of references: under its title, or numbered and printed as sources are."""
    held: list[Reference] = []
    under = False
    for part in document.parts:
        text = document.text[part.start : part.end]
        titled = part.kind != "table" and _TITLE.match(text)
        if part.kind == "heading" and not titled:
            under = False
            continue
        if titled and _is_title(part, text, titled.end()):
            under = True
            held += _entries(document, Part("text", part.start + titled.end(), part.end), under)
        elif part.kind in ("text", "item"):
            held += _entries(document, part, under)
    return tuple(held)


_GOES_ON = re.compile(r"\W*(?:(?:and|&|list|for further reading)\s*[\w -]{0,30})?\W*$", re.I)


def _is_title(part: Part, text: str, end: int) -> bool:
    """Whether a heading is the title of a list and no more (`Literature digest` is none), or leads a text."""
    first = text.split("\n")[0]
    if _GOES_ON.fullmatch(first[end:]):
        return True
    led = ":" in first[:end] or first[end:][:1] in "[(0123456789"
    return part.kind != "heading" and led and len(first) < 40 + end


def _entries(document: Document, part: Part, under: bool) -> Iterator[Reference]:
    text = document.text[part.start : part.end]
    starts = list(_NUMBERED.finditer(text))
    alone = (under and _PRINTED.search(text)) or _stands_alone(text)
    if not starts and alone and len(text) < LONGEST:
        yield Reference(None, part.start, part.end)
    for place, found in enumerate(starts):
        stop = starts[place + 1].start() if place + 1 < len(starts) else len(text)
        entry = text[found.end() : stop]
        if _PRINTED.search(entry) and (under or _complete(described(entry))):
            yield Reference(int(found["n"]), part.start + found.end(), part.start + stop)


TITLED = 60  # characters of authors and title before the journal


def _stands_alone(text: str) -> bool:
    """Whether a paragraph is printed as a source is: authors, journal, year, volume, page, and no more."""
    said, place = described(text.lstrip(" -*+>")), place_of(text)
    named = list(journals(text))
    if len(named) != 1 or named[0][1] < TITLED:
        return False
    several = re.match(r"[^.(]{0,80}(?:\bet al\b|[A-Z]\.?,)", text)
    return _complete(said) and place is not None and several is not None and len(text) - place.end() < 120


def _complete(said: Described) -> bool:
    return said.author is not None and said.journal is not None and said.year is not None


def marks(
    text: str, start: int, end: int, known: frozenset[int]
) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """(numbers, start, end) of the marks in a stretch that point at entries of the list."""
    for found in _MARK.finditer(text, start, end):
        said = next(found[group] for group in "abcde" if found[group]).translate(_RAISED)
        numbers: list[int] = []
        for piece in re.split(r"\s*(?:,|;|and)\s*", said):
            ends = [int(number) for number in re.findall(r"\d+", piece)]
            numbers += range(ends[0], ends[-1] + 1) if ends and ends[-1] - ends[0] < 20 else ends
        if numbers and set(numbers) <= known:
            yield tuple(numbers), found.start(), found.end()
