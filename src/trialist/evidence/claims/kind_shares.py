"""Shares of kinds that exclude one another, and names against their number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from trialist.evidence.claims.enumerations import LOOSE
from trialist.evidence.claims.items import Item
from trialist.evidence.claims.kinds import of_one_set, takes_the_rest
from trialist.evidence.claims.mentions import Share, shares
from trialist.evidence.claims.number_words import WORD
from trialist.evidence.claims.plain import printed


def percents(text: str, start: int, end: int) -> Iterator[Item]:
    """Percents, or shares in words, of kinds that exclude one another: `women made up 56% and men 44%`."""
    said = shares(text, start, end)
    if not 2 <= len(said) <= 5 or LOOSE.search(text, start, end) or any(one.high > 0.999 for one in said):
        return
    if re.search(r"\b(?:in|by|among|for|of)\s+$", text[start : said[0].start]):
        return  # the share of each kind
    kinds = "was" if _is_of_one(text, said, start) else None
    if (
        takes_the_rest(text[said[-2].end : said[-1].start][-16:] + " ")
        and len(said) > 2
        and all(one.number for one in said)
    ):
        kinds = "full"
    kinds = kinds or next(
        (k for labels in _labels_of_shares(text, said, start, end) if (k := of_one_set(labels))), None
    )
    if kinds is None:
        return
    numbers = [one.number for one in said if one.number is not None]
    if len(numbers) == len(said) and (kinds == "full" or sum(n.value for n in numbers) > 100):
        parts = {f"part {k}": n for k, n in enumerate(numbers, 1)}
        yield Item(
            "total",
            said[0].start,
            said[-1].end,
            said[0].start,
            {"total": numbers[0], **parts},
            {"form": "percents", "names": ()},
        )
    elif not numbers:
        low, high = sum(one.low for one in said), sum(one.high for one in said)
        slack = sum((one.high - one.low) / 2 for one in said) - 0.04  # each is near what it says
        if low + slack > 1.0 or (kinds == "full" and high - slack < 1.0):
            shown = " + ".join(one.said for one in said)
            yield Item(
                "fraction",
                said[0].start,
                said[-1].end,
                said[0].start,
                {},
                {"form": "sum", "share": shown, "low": low, "high": high},
            )


def _is_of_one(text: str, said: list[Share], start: int) -> bool:
    """`blood group was O in 45%, A in 40% ...`: what something is, it is once."""
    gaps = [text[a.end : b.start] for a, b in pairwise(said)]
    return (
        len(said) > 2
        and bool(
            re.search(
                r"\bwas\s+(?:[a-z]+ed\s+)?(?:as\s+)?[\w+-]+(?:\s[\w+-]+)?\s+in\s+$",
                text[start : said[0].start],
            )
        )
        and all(re.fullmatch(r"\s*(?:,|;|,? and)\s+[\w+-]+(?:\s[\w+-]+)?\s+in\s+", gap) for gap in gaps)
    )


def _labels_of_shares(text: str, said: list[Share], start: int, end: int) -> Iterator[list[str]]:
    ends = [*(one.start for one in said[1:]), end]
    yield [text[one.end : stop] for one, stop in zip(said, ends, strict=True)]
    begins = [start, *(one.end for one in said[:-1])]
    yield [text[begin : one.start] for one, begin in zip(said, begins, strict=True)]


_NAMES = re.compile(
    rf"(?P<k>\b\d+|{WORD})\s+(?:[a-z]+\s+){{0,2}}(?:countries|cities|states|provinces|counties|islands"
    r"|languages|towns)\s*(?::|\(|-|,\s*namely)\s*"
    r"(?P<list>(?:the\s+)?[A-Z][\w' ]+(?:,\s*(?:the\s+)?[A-Z][\w' ]+)*,?"
    r"\s+and\s+(?:the\s+)?[A-Z][\w' ]+)(?=[.);]|$)"
)


def names(text: str, start: int, end: int) -> Iterator[Item]:
    """`five countries: Norway, Sweden, Denmark, Finland and Iceland`."""
    for m in _NAMES.finditer(text, start, end):
        number = printed(text, *m.span("k"))
        held = re.split(r",\s*(?:and\s+)?|\s+and\s+", m["list"])
        fewest = 1 + m["list"].count(",")
        if number is not None and not fewest <= number.value <= len(held):
            yield Item(
                "total",
                m.start(),
                m.end(),
                m.start(),
                {"total": number},
                {"form": "names", "named": len(held), "sure": True},
            )
