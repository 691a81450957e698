"""Volumes that are drawn, with how often and how much: the factors that a sentence names, in any order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import COUNT, NUMBER, printed

_ML = r"[\s-]?(?:mL|ml|millilit(?:re|er)s?)\b"
_VOLUME = re.compile(rf"(?<![\w.-])(?P<v>{NUMBER}|{COUNT}){_ML}", re.I)
_OWN = re.compile(
    rf"(?<![\w./,:-])(?P<k>{COUNT})\s*(?:x|times|(?:samples?|tubes?|vials?|draws?)\s+of)\s*$", re.I
)
_TOTAL_BEFORE = re.compile(
    r"(?:\b(?:total(?:ling|s)?|altogether|in all|sum|that is|i\.e\.|makes?|making|amounts? to|giving"
    r"|so that|thus|adds up to|comes to)\b[^.;\d]{0,60}|=\s*)$",
    re.I,
)
_TOTAL_BEHIND = re.compile(
    r"\s*(?:of\s+(?:blood|plasma|serum)\s*)?,?\s*\(?\s*(?:in total|in all|altogether|overall|total)\b", re.I
)
_TIMES = re.compile(
    rf"(?<![\w./,:-])(?P<k>{COUNT})\s*(?:x|times|(?:(?!of\b)[a-z-]+\s+){{0,2}}?(?:samples?|tubes?|vials?"
    rf"|draws?|visits?|occasions?|time[ -]?points?|cycles?|collections?|bottles?)\b)"
    rf"|(?<![\w./,:-])(?P<t>{COUNT})\s+(?=\d[\d.]*{_ML}\s+(?:samples?|tubes?|vials?|draws?|bottles?))"
    rf"|\b(?P<w>once|twice|thrice|again|both)\b",
    re.I,
)
_ALONE = re.compile(
    r"(?:\beach|\bevery|\bper)\s+(?:[a-z]+\s+)?(?:visit|cycle|course|time ?point|week|day|occasion)", re.I
)
_WORDS = {"once": 1, "twice": 2, "thrice": 3, "again": 2, "both": 2}
_LIST = re.compile(r"(?:\(|\b(?:at|before|after|on)\s+)(?P<list>[^.;:()]{4,200})", re.I)
_DRAWN = re.compile(r"\b(?:blood|sampl|tube|vial|drawn|draw|plasma|serum|urine|collect)", re.I)


def paragraph_sum(text: str, start: int, end: int, part: tuple[int, int]) -> Item | None:
    """`CTC: 2 x 10 mL, 20 mL. cfDNA: 30 mL. Altogether 60 mL`: a total of the sentences before it."""
    held = list(_VOLUME.finditer(text, start, end))
    if len(held) != 1 or not _is_total(text, start, held[0]) or _ALONE.search(text, start, end):
        return None
    if not _DRAWN.search(text, *part):
        return None
    pieces = [list(_VOLUME.finditer(piece)) for piece in re.split(r"(?<=[.;])\s+", text[part[0] : start])]
    last = [found[-1] for found in pieces if found]
    total = printed(text, *held[0].span("v"))
    before = [printed(found.string, *found.span("v")) for found in last]
    if total is None or len(before) < 2 or any(one is None for one in before):
        return None
    summed = tuple(one.value for one in before if one is not None)
    said = {"summed": summed}
    return Item("volume", held[0].start(), held[0].end(), held[0].start(), {"total": total}, said)


def volumes(text: str, start: int, end: int) -> Iterator[Item]:
    """One item for each total that a sentence states with its parts; parts that are no totals themselves."""
    held = [(m, printed(text, *m.span("v"))) for m in _VOLUME.finditer(text, start, end)]
    totals = [number for m, number in held if number and _is_total(text, start, m)]
    parts = [number for m, number in held if number and not _is_total(text, start, m)]
    if not totals or not parts or not _DRAWN.search(text, start, end):
        return
    counts = [_count(text, m) for m in _TIMES.finditer(text, start, end)]
    factors = [k for k in counts if k is not None and k > 0]
    lists = [k for m in _LIST.finditer(text, start, end) if (k := _occasions(m["list"])) > 1]
    for total in totals:
        numbers = {"total": total} | {f"part {k}": part for k, part in enumerate(parts, 1)}
        first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
        said = {
            "own": tuple(_own(text, start, part) for part in parts),
            "factors": tuple(factors),
            "lists": tuple(lists),
            "each": bool(_ALONE.search(text, start, end)),
        }
        yield Item("volume", first, last, first, numbers, said)


def _own(text: str, start: int, part: Printed) -> int | None:
    """How often a volume is drawn by the words right before it: `2 x 7.5 mL`."""
    found = _OWN.search(text[max(start, part.start - 40) : part.start])
    number = printed(found["k"], 0, len(found["k"])) if found else None
    return None if number is None else int(number.value)


def _is_total(text: str, start: int, m: re.Match[str]) -> bool:
    return bool(
        _TOTAL_BEFORE.search(text[max(start, m.start() - 80) : m.start()])
        or _TOTAL_BEHIND.match(text[m.end() : m.end() + 40])
    )


def _count(text: str, m: re.Match[str]) -> int | None:
    if m["w"]:
        return _WORDS[m["w"].lower()]
    number = printed(text, *m.span("k" if m["k"] else "t"))
    return int(number.value) if number is not None and number.value < 1000 else None


def _occasions(listed: str) -> int:
    """How many occasions a list names: `baseline and at weeks 4, 8 and 12` are four."""
    listed = re.split(r"\b(?:total|altogether|in all|making|giving|for a|that is)\b|=", listed, maxsplit=1)[0]
    pieces = re.split(r",\s*(?:and\s+)?|\s+and\s+(?:at\s+|after\s+|before\s+|on\s+)?", listed.strip(" ,"))
    return len([piece for piece in pieces if piece.strip() and not re.search(_ML, piece, re.I)])
