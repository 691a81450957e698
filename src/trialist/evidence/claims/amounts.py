"""Volumes and doses with the parts that make them: `2 x 10 mL`, `5 mg twice daily`, `6 cycles of 7.4 GBq`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.number_words import TIMES, digits
from trialist.evidence.claims.plain import NUMBER, printed

_ML = r"\s?(?:mL|ml|millilit(?:re|er)s?)\b"
_TUBES = re.compile(
    rf"(?<![\d.])(?P<k>\d{{1,2}}|{TIMES})\s*(?:x|tubes?\s+of|samples?\s+of|vials?\s+of|draws?\s+of|times)\s*(?P<v>{NUMBER}){_ML}",
    re.I,
)
_SINGLE = re.compile(rf"(?<![\w./])(?P<v>{NUMBER}){_ML}", re.I)
_TOTAL_ML = re.compile(
    rf"\b(?:total|altogether|in all|sum)\b[^.;\d]{{0,60}}?(?P<a>{NUMBER}){_ML}"
    rf"|(?P<b>{NUMBER}){_ML}(?:\s+of\s+(?:blood|plasma))?\s*,?\s*(?:in total|in all|altogether)\b"
    rf"|=\s*(?P<c>{NUMBER}){_ML}",
    re.I,
)
_TIMES = re.compile(
    rf"\b(?:at|on)\s+(?:each\s+of\s+)?(?:the\s+)?(?P<k>\d{{1,2}}|{TIMES})\s+(?:time[ -]?points"
    rf"|occasions|visits|times)\b"
    rf"|\b(?P<w>twice|three times|four times)\b",
    re.I,
)
_AT = re.compile(r"\b(?:at|before|after)\s+(?P<list>[^.;:()]{4,160})", re.I)
_SAMPLES = re.compile(rf"(?:\d{{1,2}}|{TIMES})\s+(?:samples?|tubes?|draws?|vials?)\s+of\b", re.I)
_EACH = re.compile(r"\b(?:each|every|per)\b", re.I)
_DAILY = re.compile(
    rf"(?P<d>{NUMBER})\s?(?P<unit>mg|g|ug)\s+(?P<k>once|twice|two times|three times|four times|bid"
    rf"|b\.i\.d\.|tid)\s*(?:daily|a day|per day)?\s*[,(]*\s*(?:a total of|total|i\.e\.|or"
    rf"|=)?[\s,]*(?P<t>{NUMBER})\s?(?P=unit)\s*(?:/\s?d(?:ay)?|daily|a day|per day|in total)",
    re.I,
)
_PER_DAY = {
    "once": 1,
    "twice": 2,
    "two times": 2,
    "three times": 3,
    "four times": 4,
    "bid": 2,
    "b.i.d.": 2,
    "tid": 3,
}
_CYCLES = re.compile(
    rf"(?P<d>{NUMBER})\s?(?P<unit>mg/m2|mg|GBq|MBq|kBq/kg|Gy)\b(?P<gap>[^.;\d]{{0,60}}(?:(?:every|per|of)\s+\d+\s+(?:weeks|days)[^.;\d]{{0,30}})?)"
    rf"(?:for|x|in|over|up to|times)\s*(?:up to\s+)?(?P<k>\d{{1,2}}|{TIMES})\s*(?:cycles|doses|fractions"
    rf"|injections|infusions|courses)?(?P<gap2>[^.;\d]{{0,50}})"
    rf"(?P<how>cumulative|total|in all)[^.;\d]{{0,30}}(?P<t>{NUMBER})\s?(?P=unit)(?![\w/])",
    re.I,
)
_CYCLES_OF = re.compile(
    rf"(?<![\d.])(?P<k>\d{{1,2}}|{TIMES})\s+(?:cycles|doses|fractions|injections|infusions|courses)\s+of\s+(?P<d>{NUMBER})\s?(?P<unit>mg/m2|mg|GBq|MBq|kBq/kg|Gy)\b(?P<gap>[^.;\d]{{0,60}})"
    rf"(?P<t>{NUMBER})\s?(?P=unit)\s*(?:in total|in all|cumulative|altogether)|"
    rf"(?<![\d.])(?P<k2>\d{{1,2}}|{TIMES})\s+(?:cycles|doses|fractions|injections|infusions|courses)\s+of\s+(?P<d2>{NUMBER})\s?(?P<unit2>mg/m2|mg|GBq|MBq|kBq/kg|Gy)\b[^.;\d]{{0,30}}(?:total|cumulative)[^.;\d]{{0,30}}(?P<t2>{NUMBER})\s?(?P=unit2)(?![\w/])",
    re.I,
)


def amounts(text: str, start: int, end: int) -> Iterator[Item]:
    yield from _volumes(text, start, end)
    yield from _doses(text, start, end)


def _volumes(text: str, start: int, end: int) -> Iterator[Item]:
    tubes = list(_TUBES.finditer(text, start, end))
    total = _TOTAL_ML.search(text, start, end)
    if total is not None and not tubes:
        tubes = [
            m
            for m in _SINGLE.finditer(text, start, end)
            if m.end() <= total.start() or m.start() >= total.end()
        ]
        if len(tubes) != 1 or _draws(text, start, end, total, 1) is None:
            return
    if total is None or not tubes:
        return
    whole = printed(text, *total.span(next(n for n in "abc" if total[n])))
    if whole is None:
        return
    numbers: dict[str, Printed] = {"total": whole}
    times: list[int] = []
    for place, m in enumerate(tubes, 1):
        volume = printed(text, *m.span("v"))
        if volume is None or volume.start == whole.start:
            return
        numbers[f"part {place}"] = volume
        times.append(int(digits(m["k"])) if "k" in m.groupdict() else 1)
    said = {"times": tuple(times), "draws": _draws(text, start, end, total, len(tubes)), "unit": "mL"}
    yield Item(
        "volume",
        min(n.start for n in numbers.values()),
        max(n.end for n in numbers.values()),
        tubes[0].start(),
        numbers,
        said,
    )


def _draws(text: str, start: int, end: int, total: re.Match[str], tubes: int) -> int | None:
    """How often it is drawn, where the sentence says so: a number, or a list of occasions. None: not said."""
    said = _TIMES.search(text, start, end)
    if said is not None:
        return int(digits((said["k"] or said["w"]).split()[0]))
    if tubes == 1 and _SAMPLES.search(text, start, end) and re.search(r"\([^()]*,[^()]*\)", text[start:end]):
        return 1  # each of the samples that are listed
    if tubes > 1 or _EACH.search(text, start, end):
        return None
    occasions = [
        m for m in _AT.finditer(text, start, end) if not re.match(r"(?:most|least|a total)", m["list"])
    ]
    if len(occasions) != 1:
        if len(occasions) == 0:
            return None
        found = re.search(r"\bat\s+(\w[\w ]*?)\s+and\s+(?:at|after|before)\s+(\w[\w ]*)", text[start:end])
        return 2 if found and len(occasions) == 2 else None
    listed = occasions[0]["list"]
    listed = re.split(r"\b(?:total|altogether|in all|making|giving|for a)\b|=", listed)[0].strip(" ,")
    if total.start() < occasions[0].start() and "=" not in total[0]:
        listed = listed.strip()
    pieces = [
        piece
        for piece in re.split(r",\s*(?:and\s+)?|\s+and\s+(?:at\s+|after\s+|before\s+)?", listed)
        if piece.strip() and not re.search(rf"\d{_ML}", piece, re.I)
    ]
    return len(pieces) if 1 <= len(pieces) <= 8 else None


def _doses(text: str, start: int, end: int) -> Iterator[Item]:
    for m in _DAILY.finditer(text, start, end):
        yield from _dose(text, m, ("d", "k", "t"), _PER_DAY[m["k"].lower()], "daily", m["unit"])
    for pattern in (_CYCLES, _CYCLES_OF):
        for m in pattern.finditer(text, start, end):
            second = pattern is _CYCLES_OF and m["k"] is None
            names = ("d2", "k2", "t2") if second else ("d", "k", "t")
            unit = m["unit2"] if second else m["unit"]
            yield from _dose(text, m, names, int(digits(m[names[1]])), "cumulative", unit)


def _dose(
    text: str, m: re.Match[str], names: tuple[str, str, str], times: int, form: str, unit: str
) -> Iterator[Item]:
    one, whole = printed(text, *m.span(names[0])), printed(text, *m.span(names[2]))
    if one is not None and whole is not None:
        numbers = {"total": whole, "part 1": one}
        yield Item(
            "dose",
            one.start,
            whole.end,
            m.start(),
            numbers,
            {"times": (times,), "draws": 1, "unit": unit, "form": form},
        )
