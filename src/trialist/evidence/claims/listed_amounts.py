"""What the items of a list add up to: each with its own sum, the whole in the last item or behind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from trialist.evidence.claims.amounts import cue_of, own_factor
from trialist.evidence.claims.items import Item
from trialist.evidence.claims.measured import Amount, amounts_in, factors_in
from trialist.evidence.claims.model import Document, Part

_BULLET = re.compile(r"\s*(?:[-*+•]|(?:\d{1,2}|[a-z])[.)])\s")
_WHOLE = re.compile(
    r"\b(?:total\w*|altogether|in all|sum"
    r"|(?:per|each|every|an?|one) (?:patient|participant|man|woman|person|subject)"
    r"|research (?:volume|blood))\b",
    re.I,
)
_OPEN = re.compile(
    r"\b(?:each|every|per|weekly|daily|again|if|at most|up to|optional\w*|or|any)\b|[<>≤≥~]|\babout\b", re.I
)
_MORE = re.compile(
    r"\b(?:plus|besides|additional\w*|on top|safety|routine|including|also|further|about|some|roughly"
    r"|up to|except|without|median|mean|limit\w*|exceed\w*|litres?|more than|less than"
    r"|below|under|above|only)\b",
    re.I,
)


def listed(document: Document, text: str) -> Iterator[Item]:
    """`- CTC: 2 x 10 mL (20 mL)` ... `A patient thus gives 60 mL in total.`"""
    items: list[Part] = []
    for part in document.parts:
        if part.kind == "table" or part.kind == "heading":
            items = []
        elif lines := _items(document, part):
            if len(lines) == 1:
                yield from _whole_of(text, items, part)
            items += lines
        else:
            yield from _whole_of(text, items, part)
            items = []


def _items(document: Document, part: Part) -> list[Part]:
    """A part that is an item, or the items that stand in its lines."""
    lines = [m.span() for m in re.finditer(r"[^\n]+", document.text[part.start : part.end])]
    marked = [
        replace(part, start=part.start + a, end=part.start + b)
        for a, b in lines
        if _BULLET.match(document.text, part.start + a)
    ]
    if len(marked) > 1:
        return marked
    return [part] if part.kind == "item" or (marked and marked[0].start == part.start) else []


def _whole_of(text: str, items: Sequence[Part], part: Part) -> Iterator[Item]:
    """The only amount of a part that is told as a whole, with the sums of the items before it."""
    held = amounts_in(text, part.start, part.end)
    if len(items) < 2 or len(held) != 1 or held[0].measures not in ("volume", "mass", "activity"):
        return
    whole, words = held[0], text[part.start : part.end]
    if not _WHOLE.search(words) or _MORE.search(words):
        return
    if cue_of(text, part.start, part.end, whole, held) not in ("strong", "weak") and "volume" not in words:
        return
    sums: list[Amount] = []
    for item in items:
        found = [one for one in amounts_in(text, item.start, item.end) if one.kind == whole.kind]
        if not found:
            continue
        if not _settled(text, item, found):
            return
        sums.append(found[-1])
    if len(sums) < 2:
        return
    factors = [f for f in factors_in(text, part.start, part.end) if f.high != 1]
    numbers = {"total": whole.number} | {f"part {k}": one.number for k, one in enumerate(sums, 1)}
    said = {
        "total": (whole.value,),
        "terms": tuple((one.value, (1.0, 1.0)) for one in sums),
        "factors": tuple((f.low, f.high) for f in factors),
        "lists": (), "each": False, "rough": False, "cue": "items", "unit": whole.unit, "size": whole.size,
    }  # fmt: skip
    kind = "volume" if whole.measures == "volume" else "dose"
    yield Item(kind, whole.start, whole.end, whole.start, numbers, said)


def _settled(text: str, item: Part, held: Sequence[Amount]) -> bool:
    """Whether an item ends with its own sum, or has one amount that nothing multiplies."""
    last, before = held[-1], held[:-1]
    if not before:
        often = own_factor(text, last, factors_in(text, item.start, item.end))
        return (often is None or often.high == 1) and not _OPEN.search(text, item.start, item.end)
    whole = sum(one.value for one in before)
    multiple = any(
        one.value and abs(last.value / one.value - round(last.value / one.value)) < 1e-9 for one in before
    )
    return last.value > 0 and (multiple or abs(last.value - whole) < 1e-9)
