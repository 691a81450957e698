"""Parts that are listed: in a sentence, in the sentences after their whole, or line by line.

A list is a number of things and, behind it, numbers of parts that are said alike: one preposition (`58 in
the placebo group and 38 in the treatment group`), or labels with numbers (`pneumonia, 4; stroke, 3`).
Whether they leave nobody out is said by their kinds (`kinds.py`), by a last one that takes the rest, or by
the verb.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.kinds import UNNUMBERED, of_one_set, takes_the_rest
from trialist.evidence.claims.mentions import Count
from trialist.evidence.claims.pairs import pairs_of
from trialist.evidence.claims.population import took_part
from trialist.evidence.claims.wholes import item, numbers_of, same_kind

Stretch = tuple[int, int]
MOST_PARTS = 8
FAR = 0.45  # of the whole: numbers of something else

_OPENER = re.compile(
    r"\)?(?:[^\d.;:()]{0,90}?)(?P<open>:|;|\(|\s-\s|\b(?:consisted of|comprised|were made up of|was "
    r"made up of|divided into"
    r"|split into|namely|viz|of whom|of which|, with|consisting of|made up of)\b|,)\s*(?:[^\d.;:()]{0,70})$",
    re.I,
)
_ALL_TOLD = re.compile(r"\b(?:consist\w* of|compris\w+|made up of|divided into|split into|namely)\b", re.I)
LOOSE = re.compile(
    r"\b(?:includ\w+|such as|e\.g|mainly|mostly|more than one|some|several|among others|at least|also"
    r"|(?:one|two|three|\d+) each"
    r"|as well|both\s+\w+ and"
    r"|metasta\w+|sites? of|comorbid\w*|symptoms?|prior|previous\w*|multiple|could be|history of"
    r"|respectively|versus|vs?|compared"
    r"|expected|planned|required|median|mean|rising|from \d|per|out of)\b",
    re.I,
)
SINGLE = re.compile(  # things of which each patient has one
    r"\b(?:deaths?|died|fatal\w*|reasons?|causes?|why|best|responses?|responders|stages?|grades?|withdr\w+|discontinu\w+|stopp\w+"
    r"|excluded|exclusions?|first|sex|gender|status|allocat\w+|assign\w+|randomi[sz]\w+|countr\w+|cent(?:re|er)s?|sites|hospitals"
    r"|groups?|arms?|left (?:the )?(?:study|trial)|relapses|events?|episodes|infections|fractures"
    r"|strokes|cases|lesions|answers?"
    r"|respondents|survey|tumou?rs|type|subtypes?|classified|outcomes?|results?|lost|dropped out|break "
    r"down|breakdown)\b",
    re.I,
)
_PREP = re.compile(
    r"\s*(?:\(\d+\)\s*)?(?:(?:patients|men|women|people|participants|deaths|events|cases|of them|of "
    r"these|were|was|occurred|died|assigned"
    r"|allocated|randomi[sz]ed)\s+)*"
    r"(?P<p>in|on|to|of|from|by|after|before|during|due to|because of|for|with|had|were|at|under|as"
    r"|received|got|a|an)\b",
    re.I,
)
_OVERLAP = frozenset({"with", "had", "for"})
ARM = re.compile(
    r"\b(?:arms?|groups?|drug|allocated to|assigned to|placebo|control\w*|dummy|sham|usual care"
    r"|standard care|comparator|experimental|vaccine|mg|dose|patch|drug"
    r"|exp|ctrl|control|pbo|waiting list|observation|active|treatment|intervention)\b",
    re.I,
)
ALLOCATED = re.compile(
    r"\b(?:randomi[sz]\w+|assign\w*|allocat\w*|divided|split|entered|(?:joined|took part)|arms?|groups?)\b",
    re.I,
)


def enumerations(text: str, sentences: Sequence[Stretch]) -> Iterator[Item]:
    """Lists in the sentences of one paragraph."""
    read = [numbers_of(text, *one) for one in sentences]
    for place, stretch in enumerate(sentences):
        here = read[place]
        if len(here) < 2:
            continue
        told = _listed(text, here, stretch)
        told = told or _paired(text, here, stretch) or _whole_last(text, here, stretch)
        earlier = [one for one in read[place - 1] if one.value > 9 or one.noun is None] if place else []
        if told is None and len(earlier) == 1:
            told = _closed(text, [*earlier, *here], stretch)
        yield from [told] if told is not None else []


def _listed(text: str, here: list[Count], stretch: Stretch) -> Item | None:
    """The first number with an opener behind it, and all numbers after it, up to the end of the list."""
    for k, whole in enumerate(here[:-1]):
        parts = here[k + 1 :]
        if (
            len(parts) > 2
            and parts[0].value < 10
            and parts[0].noun
            and not same_kind(parts[0].noun, whole.noun)
        ):
            parts = parts[1:]  # `66 mice into three cages: 22 ...`
        opener = _OPENER.match(_bare(text[whole.end : parts[0].start]))
        if opener and opener["open"] in ",(" and text[whole.start - 1] + text[whole.number.end] == "()":
            continue  # the first of a list of its like: `(11), consent withdrawn (7) and ...`
        if opener is None or (
            opener["open"] not in ":(" and any(one.value >= whole.value for one in here[:k])
        ):
            continue
        start, end = parts[0].start, stretch[1]
        cut = next(
            (k for k, one in enumerate(parts) if one.noun != whole.noun and _PLACES.match(one.noun or "")),
            len(parts),
        )
        if cut < len(parts):
            parts, end = parts[:cut], parts[cut].start
        if opener["open"] == "(":
            end = _closing(text, text.find("(", whole.number.end), end)
            inside = [one for one in parts if one.start < end]
            parts = inside if len(inside) > 1 else _bracketed(text, parts)
            end = parts[-1].end if parts and len(inside) < 2 else end
            if not parts:
                continue
        else:
            stop = text.find(";", start, end)
            if stop > 0 and re.search(r"\d", text[start:stop]) and opener["open"] == ",":
                parts, end = [one for one in parts if one.start < stop], stop
        if _fits(text, whole, parts, (start, end), opener["open"]):
            return item("list", whole.number, [one.number for one in parts])
    return None


_OTHER_NUMBERS = re.compile(
    r"\d+(?:\s?:\s?\d+)+|(?<=/m)2\b|\d[\d.]*(?=\s?(?:mg|ug|g\b|kg|Gy|mL|ml|%|weeks|days|months|years|cycles|doses|arms|groups))"
)


def _bare(said: str) -> str:
    """A stretch without its doses, lengths and ratios."""
    return _OTHER_NUMBERS.sub(lambda m: "x" * len(m[0]), said)


def _bracketed(text: str, parts: list[Count]) -> list[Count]:
    """`in France (5), Spain (4) and Italy (5)`: numbers alone in brackets, one behind the other."""
    held = [
        one
        for one in parts
        if text[: one.start].rstrip().endswith("(") and text[one.number.end :].lstrip().startswith(")")
    ]
    return held if len(held) == len(parts) else []


def _paired(text: str, here: list[Count], stretch: Stretch) -> Item | None:
    """`Nine of the fifteen lesions shrank, four stayed the same and two grew`."""
    pairs = pairs_of(text, *stretch)
    if len(pairs) != 1 or not re.fullmatch(r"\W*(?:[A-Z][a-z]+\s+){0,2}", text[stretch[0] : pairs[0].start]):
        return None
    whole = next((one for one in here if one.number.start == pairs[0].whole.start), None)
    parts = [one for one in here if one is not whole]
    if whole is None or not 2 <= len(parts) <= MOST_PARTS or parts[0].start != pairs[0].count.start:
        return None
    ends = [*(one.start for one in parts[1:]), stretch[1]]
    labels = [
        text[max(one.number.end, whole.end if k == 0 else 0) : e]
        for k, (one, e) in enumerate(zip(parts, ends, strict=True))
    ]
    summed = sum(one.value for one in parts)
    if LOOSE.search(text, *stretch) or of_one_set(labels) is None or summed == whole.value:
        return None
    full = of_one_set(labels) == "full" or summed > whole.value
    return (
        item("list", whole.number, [one.number for one in parts])
        if full and abs(summed - whole.value) <= FAR * whole.value
        else None
    )


_LAST = re.compile(r"\(\s*(?:[nN]\s*=\s*|total\s*:?\s*|of\s+)?$")


def _whole_last(text: str, here: list[Count], stretch: Stretch) -> Item | None:
    """`status was 0 in 61, 1 in 52 and 2 in 7 (N=120)`."""
    whole, parts = here[-1], here[:-1]
    ends = re.match(r"\s*\)\s*[.;]?\s*$", text[whole.number.end : stretch[1]])
    if (
        len(parts) < 2
        or not ends
        or text[whole.start] not in "nN"
        or not _LAST.search(text[stretch[0] : whole.start])
    ):
        return None
    said = text[slice(*stretch)]
    summed = sum(one.value for one in parts)
    if (
        LOOSE.search(said)
        or not SINGLE.search(said)
        or summed == whole.value
        or max(p.value for p in parts) >= whole.value
    ):
        return None
    near = summed > whole.value or whole.value - summed <= 0.5 * min(one.value for one in parts)
    return (
        item("list", whole.number, [one.number for one in parts])
        if near and abs(summed - whole.value) <= FAR * whole.value
        else None
    )


_PLACES = re.compile(
    r"(?:sites|cent(?:re|er)s|countries|hospitals|cities|clinics|months|regions|departments|practices|laboratories|blocks)$"
)


def _closing(text: str, at: int, end: int) -> int:
    depth = 0
    for place in range(at, end):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0:
            return place
    return end


def _fits(text: str, whole: Count, parts: list[Count], span: Stretch, opener: str) -> bool:
    """Whether the parts are a list of the whole that is told when it does not add up."""
    if not 2 <= len(parts) <= MOST_PARTS or any(one.value >= whole.value for one in parts):
        return False
    said = text[whole.start : span[1]]
    if LOOSE.search(said) or re.search(r"\d\s*%\s+of\b|%\s*(?:,|and)\s*\d[\d.]*\s*%", said):
        return False
    summed, labels = sum(one.value for one in parts), labels_of(text, parts, span)
    if summed == whole.value or abs(summed - whole.value) > FAR * whole.value:
        return False
    if re.search(r"\bof (?:whom|which|these|them)\b", text[slice(*span)]):
        return False
    head = text[max(0, whole.start - 90) : span[0]]
    if re.search(r"\b(?:planned|expected|required|target\w*|intended)\s+$", text[: whole.start]):
        return False
    alike = _alike(text, parts)
    first = of_one_set([text[whole.number.end : parts[0].start], *labels]) is not None
    if opener == "," and (first or _labelled(text, parts)):
        return False  # the first of a list, not its whole
    if opener == ";" and not ALLOCATED.search(head + said):
        return False
    kinds = of_one_set(labels)
    row = all(re.fullmatch(r"\s*(?:,|and|, and|/)\s*", text[a.end : b.start]) for a, b in pairwise(parts))
    arms = ALLOCATED.search(head + said) is not None and (
        all(ARM.search(label) for label in labels) or row or alike in ("to", "on", "received", "got")
    )
    told = _ALL_TOLD.search(opener) is not None
    rest = takes_the_rest(labels[-1]) and len(parts) > 2
    exclusive = kinds is not None or told or rest or arms
    things = whole.noun is not None and not same_kind(
        whole.noun, "patients"
    )  # each happens in one place and time
    exclusive |= alike is not None and alike not in _OVERLAP and (things or SINGLE.search(head) is not None)
    exclusive |= alike is None and _labelled(text, parts) and SINGLE.search(head) is not None
    ways = opener == ":" and SINGLE.search(head) and all(_WAY.match(label) for label in labels)
    are = all(_ARE.match(label) for label in labels)
    exclusive |= bool(summed > whole.value and (ways or are))
    if not exclusive or not all(_may_be_part(whole, one, told) for one in parts):
        return False
    if summed > whole.value:
        return True
    if UNNUMBERED.search(text, *span):
        return False
    full = kinds == "full" or told or rest
    full |= opener in ":,(" and len(parts) == 2 and alike is not None and arms
    full |= (
        opener in ":;("
        and exclusive
        and whole.value - summed <= max(0.5 * min(one.value for one in parts), 2)
    )
    return full


_WAY = re.compile(
    r"\s+(?!had\b|have\b|with\b|report|experienc|also\b|received\b)(?:[a-z]+(?:ed|ew|eft)\b|could|did|were|was|for\b)",
    re.I,
)
_ARE = re.compile(r"\s+(?:were|are)\s+(?:[a-z]+\s+){0,2}?[a-z]+s\b(?!\w)", re.I)


def _may_be_part(whole: Count, part: Count, told: bool) -> bool:
    return (
        told
        or same_kind(whole.noun, part.noun)
        or (part.noun or "") in ("deaths", "events", "cases", "responses")
    )


def labels_of(text: str, parts: Sequence[Count], span: Stretch) -> list[str]:
    """What is said of each part: behind it, up to the next; or before it, where labels stand first."""
    first = _labelled(text, parts)
    begins = [span[0] - 60 if first else span[0], *(one.number.end for one in parts[:-1])]
    if first:
        return [text[max(0, b) : one.start] for b, one in zip(begins, parts, strict=True)]
    ends = [*(one.start for one in parts[1:]), span[1]]
    return [text[one.number.end : e] for one, e in zip(parts, ends, strict=True)]


def _labelled(text: str, parts: Sequence[Count]) -> bool:
    """Whether labels stand before their numbers: `pneumonia, 4; stroke, 3`."""
    return all(re.match(r"\s*(?:\([^()]*\)\s*)?(?:[,;.)]|and\b|$)", text[one.number.end :]) for one in parts)


def _alike(text: str, parts: Sequence[Count]) -> str | None:
    """The preposition or verb that stands behind every part (it may be left out behind the later ones)."""
    words = [_PREP.match(text, one.number.end) for one in parts]
    first = words[0]
    if first is None:
        return None
    said = first["p"].lower()
    return said if all(m is None or m["p"].lower() == said for m in words) and words[1] is not None else None


def _closed(text: str, numbers: list[Count], stretch: Stretch) -> Item | None:
    """`We heard from 260 people. 150 were patients, 70 were carers and 40 were health workers.`"""
    whole, *parts = numbers
    if (
        len(parts) < 2
        or any(one.value >= whole.value for one in parts)
        or not all(same_kind(whole.noun, one.noun) for one in parts)
    ):
        return None
    said, span = text[slice(*stretch)], (parts[0].start, stretch[1])
    if LOOSE.search(said) or re.search(r"\bof (?:whom|which)\b", said):
        return None
    summed, labels = sum(one.value for one in parts), labels_of(text, parts, span)
    kinds = of_one_set(labels)
    are = all(
        re.match(r"\s+(?:were|are|was)\s+(?:[a-z]+\s+){0,2}[a-z]+s\b", text[one.number.end :])
        for one in parts
    )
    arms = all(ARM.search(label) for label in labels)
    if summed == whole.value or abs(summed - whole.value) > FAR * whole.value:
        return None
    exact = (
        kinds == "full"
        or (takes_the_rest(labels[-1]) and len(parts) > 2)
        or (arms and len(parts) == 2 and ALLOCATED.search(text, whole.start, stretch[1]))
    )
    two = len(parts) == 2 and took_part(whole) and _contrasted(text, parts)
    if exact or two or (summed > whole.value and (kinds or are or arms)):
        return item("list", whole.number, [one.number for one in parts])
    return None


_GOT = re.compile(
    r"(?:\s+[a-z]+)?\s+(?:received|got|took|were given|was given|had|used|drank|ate|wore|underwent"
    r"|were treated)\b",
    re.I,
)


def _contrasted(text: str, parts: Sequence[Count]) -> bool:
    """`503 infants received the new formula, while 505 received the standard one`."""
    between = text[parts[0].end : parts[1].start]
    return re.search(r"\b(?:while|whereas|against|and the other)\b", between) is not None and all(
        _GOT.match(text, one.number.end) for one in parts
    )
