"""Pairs of a count and its whole, `31 of the 204`, `31/204`, and what is made of a share with them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.mentions import UNIT, Share
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.number_words import WORD
from trialist.evidence.claims.plain import COUNT, printed


@dataclass(frozen=True, slots=True)
class Pair:
    """A count with its whole: `31 of the 204`, `31/204`."""

    count: Printed
    whole: Printed
    start: int
    end: int


_ALL = r"(?:(?:the|all|all the|these|those|our|a total of|its|their)\s+)?(?:[a-z-]+\s+(?=\d{2}))?"
_PAIR = re.compile(
    rf"(?<![\w.,/:%=-])(?<!\d\s)(?P<x>{COUNT})(?!{UNIT})(?:(?:/|\s/\s)(?P<m>\d(?:[\d,]*\d)?)(?!{UNIT})(?![\d.]*[/\d])"
    rf"|\s+(?:(?!in\b|of\b|and\b|or\b|{WORD})[a-z-]+\s+){{0,2}}?(?:out\s+)?(?:of|among)\s+{_ALL}(?P<n>{COUNT})(?![\w.-]*\d|\s*%|\s+(?:per\b|mg\b|g\b)))",
    re.I,
)
_GRADED = re.compile(
    r"\b(?:grades?|stages?|types?|levels?|visits?|weeks?|days?|cycles?|scores?|doses?|up to)\s+$", re.I
)


def pairs_of(text: str, start: int, end: int) -> list[Pair]:
    held = []
    for m in _PAIR.finditer(text, start, end):
        name = "m" if m["m"] else "n"
        count, whole = printed(text, *m.span("x")), printed(text, *m.span(name))
        ahead = text[max(start, m.start() - 16) : m.start()]
        if count is None or whole is None or _GRADED.search(ahead) or "." in count.text + whole.text:
            continue
        if 1900 <= whole.value <= 2100 and count.value >= 1900:
            continue
        if re.search(r"\ball but\s+$", ahead, re.I):
            left = whole.value - count.value
            count = Printed(f"{left:g}", left, count.start, count.end)
        if whole.value >= count.value and whole.value > 1:
            held.append(Pair(count, whole, m.start(), m.end()))
    return held


def inside(start: int, end: int, said: list[Share]) -> bool:
    return any(one.start < end and start < one.end for one in said)


def share_item(share: Share, count: Printed, whole: Printed, end: int) -> Item:
    numbers = {"count": count, "n": whole} | ({"percent": share.number} if share.number else {})
    first = min(share.start, count.start)
    said = {"low": share.low, "high": share.high, "share": share.said, "form": "fraction"}
    return Item("fraction", first, max(share.end, end), first, numbers, said)
