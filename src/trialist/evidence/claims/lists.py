"""Lines one below the other: a whole and what it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import COUNT, NUMBER, printed
from trialist.evidence.claims.shares import WHO

_ITEM = re.compile(
    rf"^(?=\s*(?:[-*+.]|\d{{1,2}}[.)])\s|[^:]*:)\W*"
    rf"(?:\d{{1,2}}[.)])?\s*(?P<label>[A-Za-z][^:=|]{{1,60}}?)\s*(?:[:=|]"
    rf"|\(\s*[nN]\s*=)?\s*(?P<x>{COUNT})\s*(?P<who>{WHO})?\s*\)?\s*(?:\(\s*{NUMBER}\s?%\s*\))?\W*$",
    re.I,
)
_ITEM_WHOLE = re.compile(
    r"\b(?:randomi[sz]ed|participants|patients|total|enrolled|enrolment|enrollment|included|sample"
    r"|who took part|treated|all)\b",
    re.I,
)
_ITEM_PART = re.compile(
    r"\b(?:arm|group|cohort|placebo|control|women|men|males?|females?|mg|dose|stage|grade|positive|negative"
    r"|unknown|undetermined"
    r"|complete response|partial response|stable disease|progressive disease|not evaluable|ECOG"
    r"|experimental|standard)\b",
    re.I,
)


_SUM = re.compile(r"^\W*(?:total|sum|all|altogether)\b", re.I)


def lists(text: str, lines: Iterable[tuple[int, int]]) -> Iterator[Item]:
    """A line with a whole, then lines with its parts; or the parts first and then their total."""
    whole: Printed | None = None
    held: list[tuple[Printed, str]] = []
    for start, end in (*lines, (0, 0)):
        found = _ITEM.match(text[start:end])
        number = printed(text, start + found.start("x"), start + found.end("x")) if found else None
        label = found["label"] if found is not None and number is not None else ""
        if number is not None and _ITEM_PART.search(label) and not _SUM.match(label):
            held.append((number, label))
            continue
        if number is not None and whole is None and len(held) >= 2 and _SUM.match(label):
            yield _made(number, held)
            held = []
            continue
        if whole is not None and len(held) >= 2:
            yield _made(whole, held)
        whole = number if number is not None and _ITEM_WHOLE.search(label) else None
        held = []


def _made(whole: Printed, held: list[tuple[Printed, str]]) -> Item:
    numbers = {"total": whole} | {f"part {k}": one for k, (one, _) in enumerate(held, 1)}
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    names = tuple(label for _, label in held)
    return Item("total", first, last, first, numbers, {"form": "categories", "names": names, "open": ":"})
