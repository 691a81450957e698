"""Acronyms with the words a document gives for them: `overall survival (OS)`, `OS (overall survival)`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import yaml

from trialist.evidence.claims.model import Claim, Document, Span

_SHORT = r"[A-Za-z][A-Za-z0-9-]{1,9}"
_BEHIND = re.compile(
    rf"(?:\(\s*|,\s+(?:or|called|abbreviated(?: as)?|known as)\s+"
    rf"|,\s+(?={_SHORT}\s+for\s+short))(?P<short>{_SHORT}?)s?\s*(?=[);,.]|for\s+short)"
)
_BEFORE = re.compile(
    rf"(?<![\w-])(?P<short>{_SHORT})s?\s*(?:\(|,?\s+(?:stands|short|standing) for\s+(?:the\s+)?"
    rf"|\s+(?:=|means|is|-)\s+(?:the\s+)?|,\s+(?:or\s+|i\.e\.,?\s+|that is,?\s+)?(?:the\s+"
    rf"|an?\s+)?)(?P<long>[A-Za-z](?:[A-Za-z0-9' -]|(?<=\w)\([A-Za-z0-9 -]+\)){{6,80}}?)(?=[);,.]|$)"
)
_TELLS = (
    r"stands?\s+for|(?:is\s+)?short\s+for|means|denotes|refers\s+to|abbreviates|signifies"
    r"|is\s+(?:the|an)\s+(?:abbreviation|acronym)\s+(?:of|for)"
)
_TOLD = re.compile(
    rf"(?<![\w-])[\"']?(?P<short>{_SHORT})s?[\"']?(?:,?\s+(?:{_TELLS})\s+(?:the\s+|an?\s+)?|(?P<listed>\s*[:=]\s+|\s+-\s+))"
    r"[\"']?(?P<long>[A-Za-z][^;\"|:]{5,90}?)(?=[\"');,.?]|$)"
)
_IT = re.compile(
    rf"\W*(?:It|This|The\s+(?:abbreviation|acronym|letters?"
    rf"|name))\s+(?:{_TELLS})\s+(?:the\s+)?[\"']?(?P<long>[A-Za-z][^;\"|:]{{5,90}}?)(?=[\"');,.?]|$)"
)
_NAMED = re.compile(rf"(?<![\w-])(?P<short>{_SHORT})(?![\w-])")
_SMALL = frozenset({"of", "the", "in", "for", "to", "and", "by", "on", "a", "an", "with"})


@cache
def known() -> Mapping[str, Mapping[str, Any]]:
    text = files("trialist.evidence.claims").joinpath("acronyms.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Mapping[str, Any]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return data


def even(words: str) -> str:
    """Words for comparison: small letters, one spelling, no hyphen, no plural."""
    plain = re.sub(r"[\s,()-]+", " ", words.lower()).strip(" .,;:")
    for british, american in (
        ("carcinoma", "cancer"),
        ("castrate ", "castration "),
        ("refractory", "resistant"),
        ("radiotherapy", "radiation therapy"),
        ("leukaemia", "leukemia"),
        ("oestrogen", "estrogen"),
        ("haem", "hem"),
        ("isational", "izational"),
        ("signalling", "signaling"),
        ("centre", "center"),
        ("tumour", "tumor"),
        ("isation", "ization"),
        ("ising", "izing"),
        ("trophin", "tropin"),
    ):
        plain = plain.replace(british, american)
    plain = re.sub(r"\b(?:of|the|in|for|on)\b ?", "", plain)
    plain = re.sub(r"ies\b", "y", plain)
    return re.sub(r"(?<=[a-z]{3})(?<!s)s\b", "", plain)


@cache
def meanings() -> Mapping[str, frozenset[str]]:
    return {short: frozenset(even(words) for words in entry["means"]) for short, entry in known().items()}


@cache
def _longest() -> tuple[str, ...]:
    return tuple(sorted({words for said in meanings().values() for words in said}, key=len, reverse=True))


def claims(document: Document, text: str, sentences: Sequence[Span]) -> list[Claim]:
    found: list[Claim] = []
    for before, sentence in zip((None, *sentences), sentences, strict=False):
        mine = [*_of(document, text, sentence), *_told(document, text, sentence, before)]
        found += {(claim.said["acronym"], claim.span.start): claim for claim in reversed(mine)}.values()
    return found + list(_of_cells(document, text)) + list(_of_terms(document, text))


def _told(document: Document, text: str, sentence: Span, before: Span | None) -> Iterator[Claim]:
    """`PSMA stands for ...`, `OS: ...`; `What does RECIST mean? It is short for ...`."""
    for m in _TOLD.finditer(text, sentence.start, sentence.end):
        if _like(m["short"]):
            how = "listed" if m["listed"] else "told"
            yield _claim(document, sentence, m.start(), m.end("long"), m["short"], m["long"].strip(), how)
    found = _IT.match(text, sentence.start, sentence.end)
    if found is None or before is None:
        return
    named = {m[0] for m in _NAMED.finditer(text, before.start, before.end) if _like(m[0])}
    if len(named) == 1:
        words = found["long"].strip()
        yield _claim(document, sentence, found.start(), found.end("long"), named.pop(), words, "told")


def _of_cells(document: Document, text: str) -> Iterator[Claim]:
    """Rows that begin with a name and its words."""
    for part in document.parts:
        for row in part.rows if part.kind == "table" else ():
            if len(row) > 1:
                yield from _pair(document, text, (row[0].start, row[0].end), (row[1].start, row[1].end))


def _of_terms(document: Document, text: str) -> Iterator[Claim]:
    """A name by itself, then its words: a list of definitions."""
    for first, second in pairwise(document.parts):
        if first.kind != "table" and second.kind != "table" and second.end - second.start < 100:
            yield from _pair(document, text, (first.start, first.end), (second.start, second.end))


def _pair(document: Document, text: str, name: tuple[int, int], words: tuple[int, int]) -> Iterator[Claim]:
    short, long = text[slice(*name)].strip(" :*_-"), text[slice(*words)].strip(" .*_")
    if short in known() and re.fullmatch(r"[A-Za-z][^.;:|]{5,90}", long):
        yield _claim(document, document.span(name[0], words[1]), name[0], words[1], short, long, "told")


def _of(document: Document, text: str, sentence: Span) -> Iterator[Claim]:
    for m in _BEHIND.finditer(text, sentence.start, sentence.end):
        short = m["short"]
        if not _like(short):
            continue
        begin = _long_start(text, sentence.start, m.start(), short)
        if begin is not None:
            yield _claim(document, sentence, begin, m.end(), short, text[begin : m.start()].strip())
    for m in _BEFORE.finditer(text, sentence.start, sentence.end):
        short, words = m["short"], m["long"]
        loose = "(" not in text[m.start() : m.start("long")]  # words that may go on with something else
        if _like(short) and (
            (has_initials(words, short) and not loose) or wrong(_singular(short), words, "bracket")
        ):
            yield _claim(document, sentence, m.start(), m.end("long"), short, words.strip())


def near(short: str, words: str) -> bool:
    """Whether words are most of those that a name stands for, and not those themselves."""
    entry = known().get(short)
    if entry is None or entry.get("loose"):
        return False
    half = bool(entry.get("only")) and has_initials(words, short)
    if is_of(short, words):
        return False
    return any(shared(words, right, half=half) for right in entry["means"])


def wrong(short: str, words: str, how: str) -> bool:
    """Whether words that are given for a known name are none of its own but were meant to be.

    `how`: by `told` or in a `listed` line the words are those of the name whatever they are; in a `bracket`
    something else may stand before it. A name with one meaning (not `loose`) is wrong with the right initials
    or most of the right words; one of several only where a single word is another form of the right one.
    """
    entry = known().get(short)
    if entry is None or is_of(short, words) or _CLAUSE.search(words):
        return False
    most = max(len(re.split(r"[\s-]+", right)) for right in entry["means"])
    words = " ".join(re.split(r"(?<=\S)\s+", words)[:most]) if how != "bracket" or " of " in words else words
    if entry.get("loose"):
        return any(_distorted(words, right) for right in entry["means"])
    if near(short, words) or any(_distorted(words, right) for right in entry["means"]):
        return True
    common = max(len(_stems(words) & _stems(right)) for right in entry["means"])
    long = max(len(_stems(right)) for right in entry["means"]) > 2
    fits = has_initials(words, short)
    if how == "told":
        return fits or common > 1 or (common == 1 and len(_stems(words)) <= 3)
    return fits and common > 0 and (long or how == "listed")


_CLAUSE = re.compile(r"\b(?:that|which|who|whose|not|no)\b", re.I)


def _singular(short: str) -> str:
    return short if short in known() else short.removesuffix("s")


def _stems(words: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[a-z0-9]+", even(words))} - _SMALL


_FORMS = re.compile(r"(?:ical|ic|al|ally|ed|ing|e?s|e|ly|ic?ally)$")


def _distorted(words: str, right: str) -> bool:
    """Whether one word of several is another: of four or more any, of fewer one that begins alike."""
    a, b = even(words).split(), even(right).split()
    if len(a) != len(b) or len(b) < 2:
        return False
    other = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
    if len(other) != 1:
        return False
    x, y = other[0]
    if _FORMS.sub("", x) == _FORMS.sub("", y) or (x.startswith(y) and len(x) - len(y) < 2):
        return False
    return (len(b) > 3 and x[0] == y[0]) or (x[:5] == y[:5] and len(y) > 4)


def is_of(short: str, words: str) -> bool:
    """Whether words are those of a known name, but for blanks, their order or one that is left out."""
    bare = _KIND.sub("", words)
    means = known()[short]["means"] if short in known() else ()
    return any(_same(said, right) for right in means for said in (words, bare))


_KIND = re.compile(
    r"\s+(?:criteria|guidelines?|recommendations?|consensus|scores?|scales?|questionnaires?|trials?"
    r"|stud(?:y|ies)|statement)$",
    re.I,
)


def _same(words: str, right: str) -> bool:
    """Whether two expansions differ in blanks or the order of their words alone."""
    a, b = even(words), even(right)
    if [_FORMS.sub("", word) for word in a.split()] == [_FORMS.sub("", word) for word in b.split()]:
        return True  # another form of the same words
    if len(a.split()) > 2 and set(a.split()) < set(b.split()):
        return True  # a word left out
    return a.replace(" ", "").endswith(b.replace(" ", "")) or (
        set(b.split()) <= set(a.split()) and (len(a.split()) == len(b.split()))
    )


def shared(words: str, right: str, *, half: bool = False) -> bool:
    """Whether two expansions share more than half of their words (or `half`); word beginnings count."""
    a, b = ({word[:5] for word in re.findall(r"[a-z0-9]+", even(said))} - _SMALL for said in (words, right))
    return min(len(a), len(b)) > 1 and 2 * len(a & b) + half > max(len(a), len(b))


def _like(short: str) -> bool:
    return sum(letter.isupper() for letter in short) >= 2 or short in known()


def _long_start(text: str, start: int, stop: int, short: str) -> int | None:
    """Where the words begin that an acronym behind them stands for: known words, or words of its letters."""
    before = text[start:stop].rstrip()
    words = [m.start() for m in re.finditer(r"(?<![\w-])[A-Za-z]", before)]
    count = sum(1 for letter in short if letter.isalpha())
    for begin in reversed(words[-(count + 4) :]):
        phrase = before[begin:]
        if phrase.count(")") > phrase.count("("):
            break  # within a bracket
        if phrase.split()[0].lower() not in _SMALL and has_initials(phrase, short):
            return start + begin
    for begin in words[-9:]:
        if before[begin:].count(")") > before[begin:].count("("):
            continue
        if (
            short in known()
            and even(before[begin:]) in _longest()
            and not before[:begin].rstrip().endswith(")")
        ):
            return start + begin if _whole_phrase(before, begin) else None
    if short not in known():
        return None
    for begin in reversed(words[-9:]):
        if before[begin].lower() != short[0].lower() or before[begin:].count(")") > before[begin:].count("("):
            continue
        if is_of(short, before[begin:]):
            return None
        if "," in before[begin:]:
            continue
        if wrong(short, before[begin:], "bracket"):
            return start + begin
    return None


_BEFORE_PHRASE = re.compile(
    r"(?:^|[,.;:()]\s*|\b(?:the|an?|was|were|is|of|and|or|for|in|to|with|on|by|including|median|longer"
    r"|improved|their)\s+)$",
    re.I,
)


def _whole_phrase(before: str, begin: int) -> bool:
    """Whether no adjective stands before known words, which would make them others."""
    return _BEFORE_PHRASE.search(before[:begin]) is not None


def has_initials(words: str, short: str) -> bool:
    """Whether the letters of an acronym are the initials of the words, small words left out or in."""
    letters = [letter.lower() for letter in short if letter.isalnum()]
    parts = [part for part in re.split(r"[\s-]+", words) if part]
    small = [part[0].lower() for part in parts if part.lower() not in _SMALL]
    every = [part[0].lower() for part in parts]
    return letters in (small, every)


def _claim(
    document: Document, sentence: Span, start: int, end: int, short: str, words: str, how: str = "bracket"
) -> Claim:
    said = MappingProxyType({"acronym": short, "words": words, "how": how})
    return Claim("acronym", document.span(start, end), sentence, said=said)
