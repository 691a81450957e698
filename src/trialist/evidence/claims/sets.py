"""A set that is spoken of again: `the 410 men` of a document whose cohort has 401.

`the`, `these`, `all`, `each of the` point back at things that the document has counted. Where no count of
the document, no sum of a sentence's counts and no difference of two is that number, but one that may be
mistaken for it is said of the same things, the two are one set with two sizes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from trialist.evidence.claims.assertions import plain_words
from trialist.evidence.claims.items import Item
from trialist.evidence.claims.mentions import Count
from trialist.evidence.claims.population import took_part
from trialist.evidence.claims.wholes import alike, item, numbers_of, same_kind

Stretch = tuple[int, int]
LONGEST = 15_000  # characters
CLOSE = 0.15  # of a size: another that near is a slip, and not another set
SURE = 0.5  # where `these` points at the only things of that name

_DEFINITE = re.compile(
    r"\b(?:(?P<sure>these|those|each of the|every one of the|all of the|all the|all|each of these)|the|our"
    r"|(?:the (?:whole|entire|full|total)|this|our|the present) (?:trial|study|sample|cohort|group"
    r"|series|population|sample|survey|review|set) (?:of|in|with|had|has|included))\s+$",
    re.I,
)
_LEADING = re.compile(r"\b(?:Of|Among|With|In)\s+$")
_APPOSED = re.compile(r"\b(?:population|cohort|sample|set|group|series)\s*\(\s*(?:[nN]\s*=\s*)?$", re.I)
_PLAIN = plain_words("of_sets")
_RESTRICTED = re.compile(
    r"\s*(?:\([^()]*\)\s*)?,?\s*(?:who|whose|with|without|in whom|that|which|having|from|aged|at"
    r"|treated|given|receiving|assessed|evaluable|for whom|on"
    r"|in (?!(?:the|this|our) (?:trial|study|sample|cohort|survey)\b)(?:the|this|arm|group|each|our"
    r"|whom)|under|over|randomi[sz]ed (?:to|in)|assigned|allocated|still|available|lost|alive|not"
    r"|remaining|seen|where|left|treated|between"
    r"|by|within|most|more|less|screened|analy[sz]ed|withdrawn|reported|who'd)\b",
    re.I,
)
_ARM_BEHIND = re.compile(
    r"\s+(?:(?:patients|men|women|people|participants|subjects|adults|children|dogs|animals)\s+)?(?:on"
    r"|given|taking|receiving|in the|assigned to|allocated to"
    r"|treated with|who (?:got|had|took|received|were given))\s+(?:the\s+)?(?P<arm>[a-z][\w-]+)",
    re.I,
)
_ARM_BEFORE = re.compile(r"\b(?P<arm>[a-z][\w-]+)(?:\s+(?:group|arm))?\s*\(\s*$", re.I)
NOT_SAID = re.compile(
    r"\b(?:plan\w*|target\w*|aim\w*|need\w*|would|expect\w*|earlier|previous\w*|pilot|claim\w*|leaflet"
    r"|company|another|other (?:trial|study|studies|cohort)"
    r"|if|assum\w*|required|older trial|will|quote\w*|wrong\w*|validat\w*|power|interim|first look"
    r"|extension|so far|sub-?study|sub-?group|second (?:cohort|trial|study))\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Said:
    """A count where it stands: its sentence, and whether it points back at things that were counted."""

    count: Count
    place: int
    sentence: Stretch
    definite: bool
    sure: bool
    restricted: bool
    arm: str | None
    unsaid: bool

    @property
    def value(self) -> int:
        return self.count.value


def sets(text: str, sentences: Sequence[Stretch], elsewhere: frozenset[int]) -> Iterator[Item]:
    """`elsewhere`: numbers that stand in tables."""
    if len(text) > LONGEST:
        return
    read = [numbers_of(text, *one) for one in sentences]
    held = [_said(text, one, k, sentences[k]) for k, here in enumerate(read) for one in here]
    known = [one.value for one in held]
    derived = _derived(read, known) | elsewhere
    for one in held:
        if (
            not (one.definite or took_part(one.count))
            or one.unsaid
            or one.value < 5
            or known.count(one.value) > 1
            or one.value in derived
        ):
            continue
        other = _other(one, held)
        if other is not None:
            yield Item(
                "set",
                one.count.start,
                one.count.end,
                one.count.start,
                {"n": one.count.number, "total": other.count.number},
                {"noun": one.count.noun},
            )
        elif one.definite and not one.restricted:
            here = [c for c in read[one.place] if c.end <= one.count.start]
            yield from _sum_before(
                one, here if len(here) > 1 and one.sure else read[one.place - 1] if one.place else ()
            )


def _said(text: str, count: Count, place: int, sentence: Stretch) -> _Said:
    found = _DEFINITE.search(count.before)
    pair = bool(re.search(r"\b(?:of|among)\s+(?:the|these|those|all)\s+$", count.before, re.I))
    leads = bool(_LEADING.search(text[sentence[0] : count.start])) and count.noun is not None
    apposed = bool(_APPOSED.search(count.before))
    behind = text[count.end : sentence[1]]
    arm = _ARM_BEHIND.match(count.behind) or _ARM_BEFORE.search(text[max(0, count.start - 40) : count.start])
    restricted = bool(_RESTRICTED.match(behind)) and not re.match(
        r",\s+(?:most|more|less|not|still|by)\b", behind
    )
    return _Said(
        count, place, sentence, bool(found) or leads or apposed or pair,
        bool(found and found["sure"]), restricted,
        arm["arm"].lower() if arm else None, bool(NOT_SAID.search(text, *sentence)),
    )  # fmt: skip


def _derived(read: Sequence[Sequence[Count]], known: Sequence[int]) -> frozenset[int]:
    """Sums of the counts of one sentence or two, and differences of any two counts."""
    found = {abs(a - b) for a, b in combinations(set(known), 2)}
    for place, here in enumerate(read):
        values = [one.value for one in (*(read[place - 1] if place else ()), *here)][:8]
        found |= {sum(some) for size in (2, 3, 4) for some in combinations(values, size)}
        found |= {a * b for a, b in combinations(values, 2) if 1 < min(a, b) < 10}
    return frozenset(found)


def _other(one: _Said, held: Sequence[_Said]) -> _Said | None:
    """The set that a definite number may be of: said of the same things, of nearly or turned that size."""
    noun = one.count.noun
    rest = [
        other for other in held
        if other is not one and not other.unsaid and other.value > 4
        if _alike_words(one.count.adjectives, other.count.adjectives)
    ]  # fmt: skip
    if one.arm is not None and one.restricted:
        rest = [other for other in rest if other.arm == one.arm and other.place != one.place]
        return (
            rest[0] if len({other.value for other in rest}) == 1 and slip(one.value, rest[0].value) else None
        )
    turned = [
        other for other in rest
        if other.place < one.place and noun is not None and other.count.noun == noun
        and turned_round(one.value, other.value)
    ]  # fmt: skip
    if turned and (one.sure or not one.restricted):
        return turned[0] if len({other.value for other in turned}) == 1 else None
    if one.restricted or not one.definite:
        return None
    rest = [
        other for other in rest
        if other.place != one.place and (not other.restricted or took_part(other.count))
    ]  # fmt: skip
    named = [other for other in rest if noun is not None and other.count.noun == noun]
    only = one.sure and len({other.value for other in named}) == 1 and named[0].place < one.place
    if only and abs(named[0].value - one.value) <= SURE * named[0].value:
        return named[0]
    named = [other for other in named if other.place < one.place or other.definite or took_part(other.count)]
    rest = [other for other in rest if other.place < one.place or other.definite or took_part(other.count)]
    alone = len({other.value for other in named}) == 1
    if alone and slip(one.value, named[0].value):
        return named[0]
    turned = [other for other in rest if alike(one.value, other.value) and _same(one, other)]
    turned = [other for other in turned if min(one.value, other.value) > 30 or one.count.noun == "deaths"]
    return turned[0] if len({other.value for other in turned}) == 1 else None


def _alike_words(mine: Sequence[str], others: Sequence[str]) -> bool:
    """Whether a set has no word of its own; `chemo-naive` and `chemotherapy-naive` are one."""
    stems = {word[:5] for word in others}
    return all(word in _PLAIN or word[:5] in stems for word in mine)


def _same(one: _Said, other: _Said) -> bool:
    """Whether two counts are of one kind of things; one of them may have no noun of its own."""
    if one.count.noun is None and other.count.noun is None:
        return False
    if one.count.noun == "deaths":
        return re.search(r"\bdied\b|\bdeaths\b", other.count.behind[:40]) is not None
    return same_kind(one.count.noun, other.count.noun) and (
        sorted(str(one.value)) == sorted(str(other.value)) or one.count.noun == other.count.noun
    )


def turned_round(first: int, second: int) -> bool:
    return first != second and min(first, second) > 9 and sorted(str(first)) == sorted(str(second))


def slip(first: int, second: int) -> bool:
    return first != second and (
        alike(first, second) or abs(first - second) <= max(CLOSE * max(first, second), 2)
    )


def _sum_before(one: _Said, before: Sequence[Count]) -> Iterator[Item]:
    """`41 dogs and 39. All 82 dogs`: the parts stand in the sentence before."""
    parts = [part for part in before if same_kind(part.noun, one.count.noun)]
    summed = sum(part.value for part in parts)
    near = abs(summed - one.value) <= (2 if one.sure else 1) * CLOSE * summed
    few = 2 <= len(parts) == len(before) <= 4
    if few and near and summed != one.value and max(p.value for p in parts) < one.value:
        yield item("sum", one.count.number, [part.number for part in parts])
