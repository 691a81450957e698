"""Parts that are listed line by line, or label by label: `randomised 612; intervention 305; control 307`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from trialist.evidence.claims.enumerations import ALLOCATED, ARM, FAR, LOOSE, SINGLE
from trialist.evidence.claims.items import Item
from trialist.evidence.claims.kinds import of_one_set, takes_the_rest
from trialist.evidence.claims.mentions import Count, clauses
from trialist.evidence.claims.wholes import item, numbers_of, same_kind

Stretch = tuple[int, int]

_SEGMENT = re.compile(
    r"(?P<label>[A-Za-z][A-Za-z0-9 /+-]{1,50}?)\s*(?::|=|\bn\s*=|,)?\s*\(?(?:[nN]\s*=\s*)?$"
)
_ALL = re.compile(
    r"\b(?:randomi[sz]ed|subjects|patients|participants|total|enrolled|allocated|people|N)\W*$", re.I
)


_CHOSEN = re.compile(r"\b(?:randomi[sz]ed|allocated)\W*$", re.I)
_LATER = re.compile(
    r"\b(?:lost|analy[sz]ed|complet\w+|screen\w*|withdr\w+|died|dead|treated|follow\w*|sites?|cent(?:re|er)s|countries|male|female|age|exclud\w+|not|events?|deaths|discontinu\w+|stopp\w*|evaluable|eligible|ITT|PP|safety|median|mean)\b",
    re.I,
)


def segments(text: str, sentences: Sequence[Stretch]) -> Iterator[Item]:
    """`randomised 612; to intervention 305; to control 307`: labels, each with its number."""
    held: list[tuple[Count, str]] = []
    whole: tuple[Count, str] | None = None
    for begin, stop in [*((a, b) for one in sentences for a, b in clauses(text, *one)), (0, 0)]:
        found = numbers_of(text, begin, stop) if stop > begin else []
        label = _SEGMENT.search(text[begin : found[0].start]) if len(found) == 1 else None
        one = (
            (found[0], text[begin : found[0].start])
            if label and len(text[found[0].end : stop].strip(" .)")) < 12
            else None
        )
        if (
            one is not None
            and whole is not None
            and (
                ARM.search(one[1])
                or (_CHOSEN.search(whole[1]) and not _LATER.search(one[1]) and len(held) < 2)
            )
        ):
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
_LEAD_WORDS = re.compile(
    r"\b(?:why|reasons?|causes?|groups?|arms?|divided|split|who (?:was|were|answered)|of these|of them)\b",
    re.I,
)


def line_lists(
    text: str, original: str, lines: Iterable[Stretch], population: Count | None
) -> Iterator[Item]:
    """A line with one number, and items below it with one number each."""
    lead: tuple[Stretch, list[Count]] | None = None
    held: list[tuple[Count, str]] = []
    for start, end in (*lines, (0, 0)):
        found = numbers_of(text, start, end) if end > start else []
        if end > start and _BULLET.match(original[start:end]):
            numbered = re.match(r"\s*\d{1,2}[.)]\s", original[start:end])
            body = [one for one in found if one.start >= start + (numbered.end() if numbered else 0)]
            if (
                len(body) == 1
                and not held
                and ALLOCATED.search(text[start:end])
                and not ARM.search(text[start:end])
            ):
                lead = ((start, end), body)
                continue
            if len(body) == 1 and lead is not None:
                held.append((body[0], text[start:end]))
                continue
            if len(body) != 1:
                lead, held = (
                    (None, [])
                    if not held
                    else (
                        lead,
                        [*held, (Count(lead[1][0].number, 0, 0, None, (), "", ""), "?")]
                        if lead and lead[1]
                        else held,
                    )
                )
                continue
        if lead is not None and len(held) > 1:
            yield from _lines_made(text, lead, held, population)
        lead, held = ((start, end), found), []


def _lines_made(
    text: str, lead: tuple[Stretch, list[Count]], held: list[tuple[Count, str]], population: Count | None
) -> Iterator[Item]:
    said, own = text[slice(*lead[0])], lead[1]
    labels = [label for _, label in held]
    some = all if not own or not ALLOCATED.search(said) else any
    arms = some(ARM.search(label) is not None for label in labels) and len(labels) <= 4
    whole = own[0] if len(own) == 1 else population if arms and not own else None
    if (
        whole is None
        or "?" in labels
        or LOOSE.search(said)
        or any("%" in label and "(" not in label for label in labels)
    ):
        return
    parts = [one for one, _ in held]
    summed = sum(one.value for one in parts)
    if (
        summed == whole.value
        or abs(summed - whole.value) > FAR * whole.value
        or not all(same_kind(whole.noun, one.noun) and one.value < whole.value for one in parts)
    ):
        return
    rest = takes_the_rest(labels[-1]) and len(parts) > 1
    kinds = of_one_set(labels)
    scheme = _LEAD_WORDS.search(said) or SINGLE.search(said)
    if (
        rest
        or kinds == "full"
        or (arms and ALLOCATED.search(said + " ".join(labels)))
        or (summed > whole.value and (scheme or kinds))
    ):
        yield item("list", whole.number, [one.number for one in parts])
