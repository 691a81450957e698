"""One statement with two counts: `fractures occurred in 17 patients of that group` ... `fractures were seen
in 19`.

Two clauses of different sentences say the same where every word of the shorter that carries meaning stands in
the longer, and nothing in the longer names another time, group, grade or kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trialist.evidence.claims.assertions import plain_words
from trialist.evidence.claims.items import Item
from trialist.evidence.claims.mentions import Count
from trialist.evidence.claims.number_words import in_words
from trialist.evidence.claims.sets import NOT_SAID, slip
from trialist.evidence.claims.wholes import numbers_of, same_kind

Stretch = tuple[int, int]
FEWEST = 3  # words that two statements share
LONGEST = 15_000

_EMPTY = plain_words("of_statements")
_APART = re.compile(
    r"\b(?:placebo|control\w*|comparator|other|another|first|second|third|last|before|after|later|early|earlier|new|more|further|interim|final|update\w*"
    r"|weeks?|months?|years?|days?|cycles?|baseline|grade|severe|serious|mild|fatal|all|any|not|no|without|never|least|until|by|age[ds]?|older|younger"
    r"|confirmed|including|subgroup|of (?:these|them|whom)|among (?:these|them)|per[- ]protocol"
    r"|evaluable|expected|remaining|rest|half|investigators?|central)\b",
    re.I,
)


def restated(text: str, sentences: Sequence[Stretch]) -> Iterator[Item]:
    if len(text) > LONGEST:
        return
    held = [
        (place, one, clause, words)
        for place, stretch in enumerate(sentences)
        if not NOT_SAID.search(text, *stretch)
        for one in _alone(text, stretch)
        for clause in [_clause(text, stretch, one)]
        if len(words := _words(text[slice(*clause)])) >= FEWEST - 1
    ]
    for k, (place, one, clause, words) in enumerate(held):
        for place2, other, clause2, words2 in held[:k]:
            if place == place2 or one.value == other.value or not slip_or_near(one.value, other.value):
                continue
            short, long = sorted((words, words2), key=len)
            if (
                not short <= long
                or (len(short) < FEWEST and not _one_arm(text, clause, clause2))
                or not same_kind(one.noun, other.noun)
            ):
                continue
            extra = [{m[0].lower() for m in _APART.finditer(text[slice(*c)])} for c in (clause, clause2)]
            if extra[0] == extra[1]:
                yield Item(
                    "set",
                    one.start,
                    one.end,
                    one.start,
                    {"n": one.number, "total": other.number},
                    {"noun": one.noun},
                )
                break


def _one_arm(text: str, first: Stretch, second: Stretch) -> bool:
    a, b = (set(re.findall(r"\b([a-z][\w-]+) (?:arm|group)\b", text[slice(*one)])) for one in (first, second))
    return bool(a) and a == b


def slip_or_near(first: int, second: int) -> bool:
    return min(first, second) > 4 and (slip(first, second) or abs(first - second) <= 3)


def _alone(text: str, stretch: Stretch) -> list[Count]:
    """The count of a clause that has one."""
    found = numbers_of(text, *stretch)
    return [
        one
        for one in found
        if sum(_clause(text, stretch, one) == _clause(text, stretch, o) for o in found) == 1
    ]


def _clause(text: str, stretch: Stretch, count: Count) -> Stretch:
    start = max(text.rfind(";", stretch[0], count.start) + 1, stretch[0])
    stop = text.find(";", count.end, stretch[1])
    return start, stop if stop > 0 else stretch[1]


def _words(said: str) -> frozenset[str]:
    return frozenset(
        word[:5]
        for word in re.findall(r"[a-z][a-z-]{2,}", said.lower())
        if word not in _EMPTY and in_words(word) is None
    )
