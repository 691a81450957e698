"""Limits of counts in a plan: `no more than 1 of the first 10`, `13 or more`, `≤5/29`, `stop at 3/13`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.number_words import WORD
from trialist.evidence.claims.plain import printed

_ONE = rf"(?P<x>{WORD}|\d{{1,3}})(?![\d%]|\.\d|\s?%)"
_BEFORE = {
    "most": r"(?:\bno more than|\bat most|≤|<=|\bup to|\bnot more than|\bno fewer than)",
    "below": r"(?:\bfewer than|\bless than|(?<!≤)<)",
    "above": r"(?:\bmore than|\bexceed(?:s|ing)?|>)(?!=)",
    "least": r"(?:\bat least|≥|>=|\bat a minimum|\ba minimum of|\bno fewer than|\bno less than)",
}
_BEHIND = {
    "most": r"\s*(?:[a-z]+\s+){0,2}?or (?:fewer|less)\b",
    "least": r"\s*(?:[a-z]+\s+){0,2}?or (?:more|better|greater)\b",
}
_OF = re.compile(
    rf"\s*(?:[a-z]+\s+){{0,2}}?(?:/|(?:out\s+)?of|in|among)\s*(?:(?:all|the|first|these|total"
    rf"|initial)\s+){{0,3}}"
    rf"(?P<n>{WORD}|\d{{1,3}})(?![\d%]|\.\d|\s?%|:)",
    re.I,
)
_STOP = re.compile(
    r"\b(?:stop\w*|terminat\w*|clos\w+|futil\w*|end\w*|abandon\w*|halt\w*|not (?:go|pursue)\w*)\b", re.I
)
_NONE = re.compile(
    r"\b(?P<x>no|none|without(?: an?| any)?|not (?:one|a single|any))\s+(?:[a-z]+\s+)?(?:respon\w+"
    r"|success\w*)",
    re.I,
)
_WAYS = [
    *((way, re.compile(rf"(?<!no )(?<!not ){words}\s*{_ONE}", re.I)) for way, words in _BEFORE.items()),
    *((way, re.compile(rf"(?<![\w./-]){_ONE}{words}", re.I)) for way, words in _BEHIND.items()),
]


@dataclass(frozen=True, slots=True)
class Limit:
    """The largest count `r` that falls short, and the whole where it is told."""

    printed: Printed
    r: int
    n: Printed | None


def limits(text: str, start: int, end: int) -> list[Limit]:
    found = {one.printed.start: one for one in _limits(text, start, end)}
    return [found[at] for at in sorted(found)]


def _limits(text: str, start: int, end: int) -> Iterator[Limit]:
    for way, pattern in _WAYS:
        for m in pattern.finditer(text, start, end):
            number = printed(text, *m.span("x"))
            if number is None or "." in number.text:
                continue
            of = _OF.match(text, m.end(), end)
            whole = printed(text, *of.span("n")) if of else None
            r = int(number.value) - (way in ("below", "least"))
            yield Limit(number, r, whole)
    for m in _NONE.finditer(text, start, end):
        yield Limit(Printed("0", 0.0, m.start("x"), m.end("x")), 0, None)
    for m in re.finditer(r"(?<![\w./≤≥<>-])(?P<x>\d{1,2})\s?/\s?(?P<n>\d{1,3})(?![\d/])", text[start:end]):
        number = printed(text, start + m.start("x"), start + m.end("x"))
        whole = printed(text, start + m.start("n"), start + m.end("n"))
        lead = text[max(start, start + m.start() - 40) : start + m.end() + 24]
        if number is not None and whole is not None and _STOP.search(lead):
            yield Limit(number, int(number.value), whole)
