"""The words that are a number's own: between the numbers before and behind it, and what they do not tell.

Numbers that stand against one another (`8.0 v 3.7 months`) or in one enumeration have their words in common.
What stands between two numbers is cut at the last comma or conjunction: before it are words of the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from trialist.evidence.audit.known.said import BOUND_BEFORE, HALF
from trialist.evidence.audit.known.sight import Sight
from trialist.evidence.claims.lexicon import Mention
from trialist.evidence.claims.model import Claim
from trialist.evidence.claims.number_words import WORD

KINDS = ("ratio", "share", "time", "count", "value")
_CUT = re.compile(
    r"[,;]|\s[\N{EN DASH}\N{EM DASH}-]\s|\b(?:and|while|whereas|but|v|vs|versus|against)\b"
    r"|\b(?:compared\s+(?:with|to)|than)\b"
    r"|\bto\s*(?:about\s+|a\s+median\s+of\s+)?$",
    re.I,
)
_JOIN = re.compile(
    r"[\s)\]%]*(?:months?|mo|weeks?|wk|cycles?|percent|per\s+cent|points?)?\s*(?:\([^()]*\)|\[[^\[\]]*\])?\s*"
    r"(?:,|/|,?\s*\b(?:v\.?|vs\.?|versus|and|or|against|to|than|compared\s+(?:with|to)|rather\s+than)(?![\w-]))\s*"
    r"(?:only\s+|just\s+|about\s+|some\s+|a\s+median\s+of\s+|n\s*=\s*|\()*",
    re.I,
)


NONE = re.compile(  # what stands for a number: `16.7 months with X and was not reached with Y`
    r"\bnot\s+(?:yet\s+)?(?:been\s+)?(?:reached|estimable|evaluable)\b|\bN[RE]\b"
)


@dataclass(frozen=True, slots=True)
class Own:
    """A number's own words: `before` and `behind` it, and the numbers that share them, in their order.

    `others`: brackets between them that hold numbers of their own.
    """

    before: tuple[int, int]
    behind: tuple[int, int]
    group: tuple[Claim, ...]
    others: tuple[tuple[int, int], ...] = ()

    def holds(self, start: int) -> bool:
        if any(first <= start < last for first, last in self.others):
            return False
        return self.before[0] <= start < self.behind[1]


def own_words(sight: Sight, claim: Claim) -> Own:
    text, start, end = sight.text, claim.sentence.start, claim.sentence.end
    groups = list(_groups(text, _of_sentence(sight, claim)))
    place = next((k for k, group in enumerate(groups) if any(_same(c, claim) for c in group)), None)
    if place is None:
        return Own((start, claim.span.start), (claim.span.end, end), (claim,))
    group = groups[place]
    at, last = _first(group[0]), _last(group[-1])
    none = [m.span() for m in NONE.finditer(text, start, end)]
    first = max([start, *(_last(g[-1]) for g in groups[:place]), *(b for _, b in none if b <= at)])
    stop = min([end, *(_first(g[0]) for g in groups[place + 1 :]), *(a for a, _ in none if a >= last)])
    before = (_cut(text, first, at, first) if first > start else start, at)
    behind = (last, _cut(text, last, stop, stop) if stop < end else _closed(text, last, end))
    others = tuple(
        m.span() for m in _BRACKET.finditer(text, before[0], behind[1]) if not m.start() <= at < m.end()
    )
    return Own(before, behind, tuple(group), others)


def _is_date(sight: Sight, claim: Claim) -> bool:
    """Whether a time says when, and is no result: `within 30 days`, `at 12 months`."""
    before = sight.text[claim.sentence.start : claim.span.start]
    return claim.kind == "time" and BOUND_BEFORE.search(before) is not None and not HALF.search(before)


_BRACKET = re.compile(r"\([^()]*\d[^()]*\)")


def _of_sentence(sight: Sight, claim: Claim) -> list[Claim]:
    """The claims of a sentence whose numbers do not stand in one another, in their order."""
    held: list[Claim] = []
    found = [c for c in sight.reading.claims if c.sentence == claim.sentence and c.kind in KINDS]
    found = [c for c in found if c is claim or not _is_date(sight, c)]
    for one in sorted(found, key=lambda c: (_first(c), -_last(c), c is not claim)):
        if not held or _first(one) >= _last(held[-1]):
            held.append(one)
        elif one is claim:
            held[-1] = one
    return held


def _same(first: Claim, second: Claim) -> bool:
    return first is second or (_first(first) < _last(second) and _first(second) < _last(first))


def _first(claim: Claim) -> int:
    numbers = [n.start for word, n in claim.numbers.items() if word in ("estimate", "percent", "count")]
    return min(numbers, default=claim.span.start)


def _last(claim: Claim) -> int:
    return max([claim.span.end, *(n.end for n in claim.numbers.values() if n.start >= claim.span.start)])


def _groups(text: str, claims: Iterable[Claim]) -> Iterator[list[Claim]]:
    """Numbers of one kind that stand against one another, or in one enumeration; pairs are not enumerated."""
    held: list[Claim] = []
    joined: set[bool] = set()
    for one in claims:
        gap = _JOIN.fullmatch(text, _last(held[-1]), _first(one)) if held else None
        listed = gap is not None and _LISTED.search(gap[0]) is not None
        if held and (gap is None or one.kind != held[-1].kind or not joined <= {listed}):
            yield held
            held, joined = [], set()
        elif held:
            joined.add(listed)
        held.append(one)
    if held:
        yield held


_LISTED = re.compile(r",|\b(?:and|or)\b", re.I)


def _cut(text: str, start: int, stop: int, none: int) -> int:
    """Where the words of the number behind begin, between two numbers; `none`: where nothing parts them."""
    cuts = [m for m in _CUT.finditer(text, start, stop) if _open(text, start, m.start())]
    strong = [m for m in cuts if m[0] == ";"]
    return (strong or cuts)[-1].start() if cuts else none


def _open(text: str, start: int, at: int) -> bool:
    return text.count("(", start, at) <= text.count(")", start, at)


_CLOSE = re.compile(
    rf";|,\s*(?:and|but|whereas|while|which|who)\b|,\s*(?:{WORD}|\d+)\s+(?:of|for|from|had|died|were)\b", re.I
)


def _closed(text: str, start: int, end: int) -> int:
    """Where the words behind the last number of a sentence end: at a clause of their own."""
    found = [m for m in _CLOSE.finditer(text, start, end) if _open(text, start, m.start())]
    return found[0].start() if found else end


_WORDS = re.compile(r"[A-Za-z][A-Za-z'-]+")
_KNOWN = ("endpoint", "toxicity", "population", "trial", "drug", "treatment", "class", "condition", "arm")
_GRADED = re.compile(r"\bgrades?\b|\bserious\b|\bsevere\w*\b|\bany[\s-]|\ball[\s-]", re.I)


@cache
def _reporting() -> frozenset[str]:
    """Words that tell a result, whatever it is of (`claims/reporting.yaml`)."""
    text = files("trialist.evidence.claims").joinpath("reporting.yaml").read_text(encoding="utf-8")
    said: Mapping[str, str] = yaml.load(text, Loader=yaml.CSafeLoader)
    return frozenset(word for words in said.values() for word in words.split())


@cache
def _given() -> frozenset[str]:
    text = files("trialist.evidence.claims").joinpath("reporting.yaml").read_text(encoding="utf-8")
    said: Mapping[str, str] = yaml.load(text, Loader=yaml.CSafeLoader)
    return frozenset(said["given"].split())


def strange(sight: Sight, own: Own, stretch: tuple[int, int], mentions: Iterable[Mention]) -> bool:
    """Whether a stretch of own words has one that is neither a name of the store nor one that tells a result.

    `given`, `treated` and their like are strange where no arm is named that was given.
    """
    held = [m for m in mentions if m.kind in _KNOWN and stretch[0] <= m.start < stretch[1]]
    plain = (
        _reporting()
        if any(m.kind in ("arm", "drug", "treatment", "class") for m in held)
        else _reporting() - _given()
    )
    for found in _WORDS.finditer(sight.text, *stretch):
        word = found[0].casefold().strip("'-")
        if (
            not own.holds(found.start())
            or len(word) < 3
            or word in plain
            or re.fullmatch(WORD, word, re.I)
            or _GRADED.match(f"{word} ")
        ):
            continue
        if not any(m.start < found.end() and found.start() < m.end for m in held):
            return True
    return False
