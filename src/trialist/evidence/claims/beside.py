"""Counts of one paragraph with their percents, all of one whole but one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.mentions import Count, Share, counts, shares
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.pairs import inside, pairs_of, share_item

Stretch = tuple[int, int]

ALONE = (
    3  # counts with a percent in one paragraph, before one is told that does not fit the whole of the others
)


def beside(text: str, part: Stretch, named: Mapping[int, Printed]) -> Iterator[Item]:
    """`14 (7%), 20 (10%) and 6 (5%)`: one count has a percent of none of the numbers named."""
    said = shares(text, *part)
    pairs = pairs_of(text, *part)
    held = [
        (share, one)
        for share in said
        if share.number is not None
        for one in counts(text, *part)
        if not inside(one.start, one.number.end, said)
        if not any(pair.start <= one.start < pair.end for pair in pairs)
        if one.number.end <= share.start and _BRACKETED.fullmatch(text[one.number.end : share.start])
        if text[share.end : share.end + 1] in ")];,"
    ]
    if len(held) < ALONE:
        return
    own = {**named, **{one.value: one.number for one in counts(text, *part)}}
    fits = {
        whole: [pair for pair in held if pair[1].value <= whole and _fits(pair, whole)]
        for whole in own
        if whole > max(one.value for _, one in held)
    }
    best = max(fits, key=lambda whole: len(fits[whole]), default=0)
    if best == 0 or len(fits[best]) != len(held) - 1:
        return
    share, odd = next(pair for pair in held if pair not in fits[best])
    if not any(_fits((share, odd), whole) for whole in own if whole >= odd.value):
        yield share_item(share, odd.number, own[best], share.end)


_BRACKETED = re.compile(r"(?:\s+(?!of\b)[a-z-]+){0,3}\s*[(\[]\s*(?:n\s*=\s*)?", re.I)


def _fits(pair: tuple[Share, Count], whole: int) -> bool:
    return whole > 0 and pair[0].low - 1e-9 <= pair[1].value / whole <= pair[0].high + 1e-9
