"""Parts that are listed: in a sentence, in the sentences after their whole, or line by line.

A list is a number of things and, behind it, numbers of parts that are said alike: one preposition (`58 in the
placebo group and 38 in the treatment group`), or labels with numbers (`pneumonia, 4; stroke, 3`). Whether they
leave nobody out is said by their kinds (`kinds.py`), by a last one that takes the rest, or by the verb.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from trialist.evidence.claims.fractions import pairs_of
from trialist.evidence.claims.items import Item
from trialist.evidence.claims.kinds import UNNUMBERED, of_one_set, takes_the_rest
from trialist.evidence.claims.mentions import Count, Share, clauses, shares
from trialist.evidence.claims.population import took_part
from trialist.evidence.claims.plain import WORD, printed
from trialist.evidence.claims.wholes import item, numbers_of, same_kind

Stretch = tuple[int, int]
MOST_PARTS = 8
FAR = 0.45  # of the whole: numbers of something else

_OPENER = re.compile(
    r"\)?(?:[^\d.;:()]{0,90}?)(?P<open>:|;|\(|\s-\s|\b(?:consisted of|comprised|were made up of|was made up of|divided into"
    r"|split into|namely|viz|of whom|of which|, with|consisting of|made up of)\b|,)\s*(?:[^\d.;:()]{0,70})$",
    re.I,
)
_ALL_TOLD = re.compile(r"\b(?:consist\w* of|compris\w+|made up of|divided into|split into|namely)\b", re.I)
_LOOSE = re.compile(
    r"\b(?:includ\w+|such as|e\.g|mainly|mostly|more than one|some|several|among others|at least|also|as well|both\s+\w+ and"
    r"|metasta\w+|sites? of|comorbid\w*|symptoms?|prior|previous\w*|multiple|could be|history of|respectively|versus|vs?|compared"
    r"|expected|planned|required|median|mean|rising|from \d|per|out of)\b",
    re.I,
)
_SINGLE = re.compile(  # things of which each patient has one
    r"\b(?:deaths?|died|fatal\w*|reasons?|causes?|why|best|responses?|responders|stages?|grades?|withdr\w+|discontinu\w+|stopp\w+"
    r"|excluded|exclusions?|first|sex|gender|status|allocat\w+|assign\w+|randomi[sz]\w+|countr\w+|cent(?:re|er)s?|sites|hospitals"
    r"|groups?|arms?|left (?:the )?(?:study|trial)|relapses|events?|episodes|infections|fractures|strokes|cases|lesions|answers?"
    r"|respondents|survey|tumou?rs|type|subtypes?|classified|outcomes?|results?|lost|dropped out|break down|breakdown)\b",
    re.I,
)
_PREP = re.compile(
    r"\s*(?:\(\d+\)\s*)?(?:(?:patients|men|women|people|participants|deaths|events|cases|of them|of these|were|was|occurred|died|assigned"
    r"|allocated|randomi[sz]ed)\s+)*"
    r"(?P<p>in|on|to|of|from|by|after|before|during|due to|because of|for|with|had|were|at|under|as|received|got|a|an)\b",
    re.I,
)
_OVERLAP = frozenset({"with", "had", "for"})
_ARM = re.compile(
    r"\b(?:arms?|groups?|drug|allocated to|assigned to|placebo|control\w*|dummy|sham|usual care|standard care|comparator|experimental|vaccine|mg|dose|patch|drug"
    r"|exp|ctrl|control|pbo|waiting list|observation|active|treatment|intervention)\b",
    re.I,
)
_ALLOCATED = re.compile(
    r"\b(?:randomi[sz]\w+|assign\w*|allocat\w*|divided|split|entered|(?:joined|took part)|arms?|groups?)\b", re.I
)


def enumerations(text: str, sentences: Sequence[Stretch], population: Count | None) -> Iterator[Item]:
    """Lists in the sentences of one paragraph; `population`: the number of patients of the document, if it has one."""
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
        if told is None and population is not None:
            yield from _of_all(text, here, stretch, population)


def _listed(text: str, here: list[Count], stretch: Stretch) -> Item | None:
    """The first number with an opener behind it, and all numbers after it, up to the end of the list."""
    for k, whole in enumerate(here[:-1]):
        parts = here[k + 1 :]
        if len(parts) > 2 and parts[0].value < 10 and parts[0].noun and not same_kind(parts[0].noun, whole.noun):
            parts = parts[1:]  # `66 mice into three cages: 22 ...`
        opener = _OPENER.match(_bare(text[whole.end : parts[0].start]))
        if opener is None or (opener["open"] not in ":(" and any(one.value >= whole.value for one in here[:k])):
            continue
        start, end = parts[0].start, stretch[1]
        cut = next((k for k, one in enumerate(parts) if one.noun != whole.noun and _PLACES.match(one.noun or "")), len(parts))
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


_OTHER_NUMBERS = re.compile(r"\d+(?:\s?:\s?\d+)+|\d[\d.]*(?=\s?(?:mg|ug|g\b|kg|Gy|mL|ml|%|weeks|days|months|years|cycles|doses|arms|groups))")


def _bare(said: str) -> str:
    """A stretch without its doses, lengths and ratios."""
    return _OTHER_NUMBERS.sub(lambda m: "x" * len(m[0]), said)


def _bracketed(text: str, parts: list[Count]) -> list[Count]:
    """`in France (5), Spain (4) and Italy (5)`: numbers that stand alone in brackets, one behind the other."""
    held = [one for one in parts if text[: one.start].rstrip().endswith("(") and text[one.number.end :].lstrip().startswith(")")]
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
    labels = [text[max(one.number.end, whole.end if k == 0 else 0) : e] for k, (one, e) in enumerate(zip(parts, ends, strict=True))]
    summed = sum(one.value for one in parts)
    if _LOOSE.search(text, *stretch) or of_one_set(labels) is None or summed == whole.value:
        return None
    full = of_one_set(labels) == "full" or summed > whole.value
    return item("list", whole.number, [one.number for one in parts]) if full and abs(summed - whole.value) <= FAR * whole.value else None


_LAST = re.compile(r"\(\s*(?:[nN]\s*=\s*|total\s*:?\s*|of\s+)?$")


def _whole_last(text: str, here: list[Count], stretch: Stretch) -> Item | None:
    """`status was 0 in 61, 1 in 52 and 2 in 7 (N=120)`."""
    whole, parts = here[-1], here[:-1]
    ends = re.match(r"\s*\)\s*[.;]?\s*$", text[whole.number.end : stretch[1]])
    if len(parts) < 2 or not ends or text[whole.start] not in "nN" or not _LAST.search(text[stretch[0] : whole.start]):
        return None
    said = text[slice(*stretch)]
    summed = sum(one.value for one in parts)
    if _LOOSE.search(said) or not _SINGLE.search(said) or summed == whole.value or max(p.value for p in parts) >= whole.value:
        return None
    near = summed > whole.value or whole.value - summed <= 0.5 * min(one.value for one in parts)
    return item("list", whole.number, [one.number for one in parts]) if near and abs(summed - whole.value) <= FAR * whole.value else None


_PLACES = re.compile(r"(?:sites|cent(?:re|er)s|countries|hospitals|cities|clinics|months|regions|departments|practices|laboratories|blocks)$")


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
    if _LOOSE.search(said) or re.search(r"\d\s*%\s+of\b|%\s*(?:,|and)\s*\d[\d.]*\s*%", said):
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
    if opener == "," and _labelled(text, parts):
        return False  # the first of a list, not its whole
    if opener == ";" and not _ALLOCATED.search(head + said):
        return False
    kinds = of_one_set(labels)
    row = all(re.fullmatch(r"\s*(?:,|and|, and|/)\s*", text[a.end : b.start]) for a, b in pairwise(parts))
    arms = _ALLOCATED.search(head + said) is not None and (
        all(_ARM.search(label) for label in labels) or row or alike in ("to", "on", "received", "got")
    )
    told = _ALL_TOLD.search(opener) is not None
    rest = takes_the_rest(labels[-1]) and len(parts) > 2
    exclusive = kinds is not None or told or rest or arms
    things = whole.noun is not None and not same_kind(whole.noun, "patients")  # each happens in one place and time
    exclusive |= alike is not None and alike not in _OVERLAP and (things or _SINGLE.search(head) is not None)
    exclusive |= alike is None and _labelled(text, parts) and _SINGLE.search(head) is not None
    ways = opener == ":" and _SINGLE.search(head) and all(_WAY.match(label) for label in labels)
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
    full |= opener in ":;(" and exclusive and whole.value - summed <= max(0.5 * min(one.value for one in parts), 2)
    return full


_WAY = re.compile(r"\s+(?!had\b|have\b|with\b|report|experienc|also\b|received\b)(?:[a-z]+(?:ed|ew|eft)\b|could|did|were|was|for\b)", re.I)
_ARE = re.compile(r"\s+(?:were|are)\s+(?:[a-z]+\s+){0,2}?[a-z]+s\b(?!\w)", re.I)


def _may_be_part(whole: Count, part: Count, told: bool) -> bool:
    return told or same_kind(whole.noun, part.noun) or (part.noun or "") in ("deaths", "events", "cases", "responses")


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
    if len(parts) < 2 or any(one.value >= whole.value for one in parts) or not all(
        same_kind(whole.noun, one.noun) for one in parts
    ):
        return None
    said, span = text[slice(*stretch)], (parts[0].start, stretch[1])
    if _LOOSE.search(said) or re.search(r"\bof (?:whom|which)\b", said):
        return None
    summed, labels = sum(one.value for one in parts), labels_of(text, parts, span)
    kinds = of_one_set(labels)
    are = all(re.match(r"\s+(?:were|are|was)\s+(?:[a-z]+\s+){0,2}[a-z]+s\b", text[one.number.end :]) for one in parts)
    arms = all(_ARM.search(label) for label in labels)
    if summed == whole.value or abs(summed - whole.value) > FAR * whole.value:
        return None
    exact = kinds == "full" or (takes_the_rest(labels[-1]) and len(parts) > 2) or (arms and len(parts) == 2 and _ALLOCATED.search(text, whole.start, stretch[1]))
    two = len(parts) == 2 and took_part(whole) and _contrasted(text, parts)
    if exact or two or (summed > whole.value and (kinds or are or arms)):
        return item("list", whole.number, [one.number for one in parts])
    return None


_GOT = re.compile(r"(?:\s+[a-z]+)?\s+(?:received|got|took|were given|was given|had|used|drank|ate|wore|underwent|were treated)\b", re.I)


def _contrasted(text: str, parts: Sequence[Count]) -> bool:
    """`503 infants received the new formula, while 505 received the standard one`."""
    between = text[parts[0].end : parts[1].start]
    return re.search(r"\b(?:while|whereas|against|and the other)\b", between) is not None and all(
        _GOT.match(text, one.number.end) for one in parts
    )


def _of_all(
    text: str, here: list[Count], stretch: Stretch, population: Count
) -> Iterator[Item]:
    """`40 were positive, 63 negative and 43 undetermined`, of the number of patients that the document has."""
    said = text[slice(*stretch)]
    parts = [one for one in here if one.value != population.value]
    if not 2 <= len(parts) <= 5 or _LOOSE.search(said) or re.search(r"\bof (?:the|these|those|whom|them)\s+\d", said):
        return
    labels = labels_of(text, parts, (parts[0].start, stretch[1]))
    full = of_one_set(labels) == "full" or (takes_the_rest(labels[-1]) and of_one_set(labels[:-1]) is not None)
    summed = sum(one.value for one in parts)
    if not full or summed == population.value or abs(summed - population.value) > 0.2 * population.value:
        return
    if not any(re.search(r"\b(?:of|among)\s+(?:the\s+)?$", one.before) for one in parts):
        yield item("list", population.number, [one.number for one in parts])


_SEGMENT = re.compile(r"(?P<label>[A-Za-z][A-Za-z0-9 /+-]{1,50}?)\s*(?::|=|\bn\s*=|,)?\s*\(?(?:[nN]\s*=\s*)?$")
_ALL = re.compile(r"\b(?:randomi[sz]ed|subjects|patients|participants|total|enrolled|allocated|people|N)\W*$", re.I)


_CHOSEN = re.compile(r"\b(?:randomi[sz]ed|allocated)\W*$", re.I)
_LATER = re.compile(r"\b(?:lost|analy[sz]ed|complet\w+|screen\w*|withdr\w+|died|dead|treated|follow\w*|sites?|cent(?:re|er)s|countries|male|female|age|exclud\w+|not|events?|deaths|discontinu\w+|stopp\w*|evaluable|eligible|ITT|PP|safety|median|mean)\b", re.I)


def segments(text: str, sentences: Sequence[Stretch]) -> Iterator[Item]:
    """`randomised 612; allocated to intervention 305; allocated to control 307`: labels, each with its number."""
    held: list[tuple[Count, str]] = []
    whole: tuple[Count, str] | None = None
    for begin, stop in [*((a, b) for one in sentences for a, b in clauses(text, *one)), (0, 0)]:
        found = numbers_of(text, begin, stop) if stop > begin else []
        label = _SEGMENT.search(text[begin : found[0].start]) if len(found) == 1 else None
        one = (found[0], text[begin : found[0].start]) if label and len(text[found[0].end : stop].strip(" .)")) < 12 else None
        if one is not None and whole is not None and (_ARM.search(one[1]) or (_CHOSEN.search(whole[1]) and not _LATER.search(one[1]) and len(held) < 2)):
            held.append(one)
            continue
        if whole is not None and len(held) in (2, 3, 4):
            parts = [c for c, _ in held]
            summed = sum(c.value for c in parts)
            if summed != whole[0].value and abs(summed - whole[0].value) <= FAR * whole[0].value:
                yield item("list", whole[0].number, [c.number for c in parts])
        held = []
        whole = one if one is not None and _ALL.search(one[1]) else None


_BULLET = re.compile(r"\s*(?:(?:[-*+.]|\d{1,2}[.)])\s|(?:Arm|Group|Cohort)\s+\w+\b[^.]*[:,-])")
_LEAD_WORDS = re.compile(r"\b(?:why|reasons?|causes?|groups?|arms?|divided|split|who (?:was|were|answered)|of these|of them)\b", re.I)


def line_lists(text: str, original: str, lines: Iterable[Stretch], population: Count | None) -> Iterator[Item]:
    """A line with one number, and items below it with one number each."""
    lead: tuple[Stretch, list[Count]] | None = None
    held: list[tuple[Count, str]] = []
    for start, end in (*lines, (0, 0)):
        found = numbers_of(text, start, end) if end > start else []
        if end > start and _BULLET.match(original[start:end]):
            numbered = re.match(r"\s*\d{1,2}[.)]\s", original[start:end])
            body = [one for one in found if one.start >= start + (numbered.end() if numbered else 0)]
            if len(body) == 1 and not held and _ALLOCATED.search(text[start:end]) and not _ARM.search(text[start:end]):
                lead = ((start, end), body)
                continue
            if len(body) == 1 and lead is not None:
                held.append((body[0], text[start:end]))
                continue
            if len(body) != 1:
                lead, held = (None, []) if not held else (lead, [*held, (Count(lead[1][0].number, 0, 0, None, (), "", ""), "?")] if lead and lead[1] else held)
                continue
        if lead is not None and len(held) > 1:
            yield from _lines_made(text, lead, held, population)
        lead, held = ((start, end), found), []


def _lines_made(
    text: str, lead: tuple[Stretch, list[Count]], held: list[tuple[Count, str]], population: Count | None
) -> Iterator[Item]:
    said, own = text[slice(*lead[0])], lead[1]
    labels = [label for _, label in held]
    some = all if not own or not _ALLOCATED.search(said) else any
    arms = some(_ARM.search(label) is not None for label in labels) and len(labels) <= 4
    whole = own[0] if len(own) == 1 else population if arms and not own else None
    if whole is None or "?" in labels or _LOOSE.search(said) or any("%" in label and "(" not in label for label in labels):
        return
    parts = [one for one, _ in held]
    summed = sum(one.value for one in parts)
    if summed == whole.value or abs(summed - whole.value) > FAR * whole.value or not all(
        same_kind(whole.noun, one.noun) and one.value < whole.value for one in parts
    ):
        return
    rest = takes_the_rest(labels[-1]) and len(parts) > 1
    kinds = of_one_set(labels)
    scheme = _LEAD_WORDS.search(said) or _SINGLE.search(said)
    if rest or kinds == "full" or (arms and _ALLOCATED.search(said + " ".join(labels))) or (summed > whole.value and (scheme or kinds)):
        yield item("list", whole.number, [one.number for one in parts])


def percents(text: str, start: int, end: int) -> Iterator[Item]:
    """Percents, or shares in words, of kinds that exclude one another: `women made up 56% and men 44%`."""
    said = shares(text, start, end)
    if not 2 <= len(said) <= 5 or _LOOSE.search(text, start, end) or any(one.high > 0.999 for one in said):
        return
    if re.search(r"\b(?:in|by|among|for|of)\s+$", text[start : said[0].start]):
        return  # the share of each kind
    kinds = "was" if _is_of_one(text, said, start) else None
    if takes_the_rest(text[said[-2].end : said[-1].start][-16:] + " ") and len(said) > 2 and all(one.number for one in said):
        kinds = "full"
    kinds = kinds or next((k for labels in _labels_of_shares(text, said, start, end) if (k := of_one_set(labels))), None)
    if kinds is None:
        return
    numbers = [one.number for one in said if one.number is not None]
    if len(numbers) == len(said) and (kinds == "full" or sum(n.value for n in numbers) > 100):
        parts = {f"part {k}": n for k, n in enumerate(numbers, 1)}
        yield Item("total", said[0].start, said[-1].end, said[0].start, {"total": numbers[0], **parts}, {"form": "percents", "names": ()})
    elif not numbers:
        low, high = sum(one.low for one in said), sum(one.high for one in said)
        slack = sum((one.high - one.low) / 2 for one in said) - 0.04  # each is near what it says
        if low + slack > 1.0 or (kinds == "full" and high - slack < 1.0):
            shown = " + ".join(one.said for one in said)
            yield Item("fraction", said[0].start, said[-1].end, said[0].start, {}, {"form": "sum", "share": shown, "low": low, "high": high})


def _is_of_one(text: str, said: list[Share], start: int) -> bool:
    """`blood group was O in 45%, A in 40% ...`: what something is, it is once."""
    gaps = [text[a.end : b.start] for a, b in pairwise(said)]
    return len(said) > 2 and bool(re.search(r"\bwas\s+(?:[a-z]+ed\s+)?(?:as\s+)?[\w+-]+(?:\s[\w+-]+)?\s+in\s+$", text[start : said[0].start])) and all(
        re.fullmatch(r"\s*(?:,|;|,? and)\s+[\w+-]+(?:\s[\w+-]+)?\s+in\s+", gap) for gap in gaps
    )


def _labels_of_shares(text: str, said: list[Share], start: int, end: int) -> Iterator[list[str]]:
    ends = [*(one.start for one in said[1:]), end]
    yield [text[one.end : stop] for one, stop in zip(said, ends, strict=True)]
    begins = [start, *(one.end for one in said[:-1])]
    yield [text[begin : one.start] for one, begin in zip(said, begins, strict=True)]


_NAMES = re.compile(
    rf"(?P<k>\b\d+|{WORD})\s+(?:[a-z]+\s+){{0,2}}(?:countries|cities|states|provinces|counties|islands|languages|towns)\s*(?::|\(|-|,\s*namely)\s*"
    r"(?P<list>(?:the\s+)?[A-Z][\w' ]+(?:,\s*(?:the\s+)?[A-Z][\w' ]+)*,?\s+and\s+(?:the\s+)?[A-Z][\w' ]+)(?=[.);]|$)"
)


def names(text: str, start: int, end: int) -> Iterator[Item]:
    """`five countries: Norway, Sweden, Denmark, Finland and Iceland`."""
    for m in _NAMES.finditer(text, start, end):
        number = printed(text, *m.span("k"))
        held = re.split(r",\s*(?:and\s+)?|\s+and\s+", m["list"])
        fewest = 1 + m["list"].count(",")
        if number is not None and not fewest <= number.value <= len(held):
            yield Item("total", m.start(), m.end(), m.start(), {"total": number}, {"form": "names", "named": len(held), "sure": True})
