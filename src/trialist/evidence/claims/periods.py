"""Periods between two dates, and how long a sentence says that they lasted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.moments import ONE_DATE, Days, date_of, date_pattern, day_of, impossible, role
from trialist.evidence.claims.plain import COUNT, NUMBER, printed

_RANGE = re.compile(
    rf"\b(?i:from|between|since)\s+{date_pattern(1)}\s*(?:,?\s*(?:to|and|until|till|through|up to)"
    rf"|\s*-)\s*{date_pattern(2)}"
)
_DASH = re.compile(rf"(?<![\d/.-]){date_pattern(1)}\s*(?:-|to|until|through)\s*{date_pattern(2)}(?![\d-])")
_OPENED = re.compile(
    rf"\b(?:start(?:ed)?|began|opened)\b[^.;\d]{{0,40}}?{date_pattern(1)}[^.\d]{{0,80}}?\b(?:ended|closed|finished"
    rf"|completed)\b[^.;\d]{{0,40}}?{date_pattern(2)}",
    re.I,
)
_OTHER = re.compile(
    r"follow|surviv|median|progress|respon|within|prior|history|\baged?\b|pause|planned|another|further|\bnet\b"
    r"|expect|instead|interval|every|previous|at least",
    re.I,
)
_MEANT = re.compile(r"\b(?:planned|expected|anticipated|target\w*|scheduled|designed|intended)\b", re.I)
_OF_OTHER = re.compile(
    r"\s+(?!(?:period|recruitment|accrual|enrol\w+|inclusion|window|span|stretch"
    r"|time|interval|study)\b)[a-z]",
    re.I,
)
_PEOPLE = re.compile(r"\b(?:aged?|patients|men|women|those|people)\s*$", re.I)
_ENROL = re.compile(
    r"enrol|recruit|accru|randomi|includ|inclusion|regist|conducted|took place|ran\b|treated|screened"
    r"|study period"
    r"|collected|patient in\b|patient (?:was )?(?:entered|joined)|entered|\bstudy\b|\btrial\b",
    re.I,
)
_ABOUT = (
    r"about|approximately|almost|nearly|some|just over|just under|well over|more than|less than|fewer than"
    r"|around|roughly|ca\.?|circa|up to|close to"
)
_LENGTH = re.compile(
    rf"(?<![\w./<>≤≥-])(?P<about>{_ABOUT})?\s*(?:an?\s+)?(?P<n>{NUMBER}|{COUNT})(?P<half>\s+and\s+a\s+half)?[\s-]+"
    r"(?P<unit>years?|months?|weeks?|days?)\b(?!\s+(?:old|of age|after|before)|\s+\(?[a-z]+ing\b)",
    re.I,
)
_LINKED = re.compile(
    r"(?:\b(?:over|took|taken|takes?|lasted|lasting|spann?\w*|period|span|stretch|window|time|duration|during|for|in"
    r"|after|needed|required|of|than|covering|covered|was|is|were|these|those|the|its|this|thus|that is"
    r"|i\.e\.,?|an?"
    r"|within)|[:=(,])\s*$",
    re.I,
)
_LATER = re.compile(
    r"\s*(?:later|went by|passed|elapsed|long|period|of\s+(?:accrual|enrol\w+"
    r"|recruit\w+)|in all|\))",
    re.I,
)
_SHORT_LINK = re.compile(r"\b(?:within|during|for|in|after|of|the|was|is|were|an?)\s*$", re.I)
_LONG_LINK = re.compile(r"(?:period|span|time|stretch|duration) of\s*(?:an?\s*)?$|\blasted for\s*$", re.I)
_BACK = re.compile(
    r"\b(?:these|those)\s*$|[;,]\s*(?:so\s+)?(?:it|this|that|which|recruitment|accrual|enrolment)\b[^;]*$",
    re.I,
)
NEAR, FAR = 25, 60  # characters between the dates and the length
LIKELY = 3.2  # a length this many times off is of something else


def periods(
    text: str, start: int, end: int, before: tuple[int, int] | None = None, part: int | None = None
) -> Iterator[Item]:
    """`before`: the sentence before; `part`: where the paragraph or the list begins."""
    found = _pair(text, start, end)
    if found is not None:
        begin, stop, first, last = found
        item = Item("period", first, last, first, {}, {"from": begin, "to": stop})
        _add_length(text, start, end, item)
        yield item
    else:
        if before is not None:
            yield from _over_two(text, before, (start, end))
        if part is not None and part < start:
            yield from _told_after(text, part, start, end)
    yield from impossible(text, start, end)


def _pair(text: str, start: int, end: int) -> tuple[Days, Days, int, int] | None:
    """Two dates of one sentence that are the ends of one period."""
    found = _RANGE.search(text, start, end) or _OPENED.search(text, start, end)
    if found is None and _ENROL.search(text, start, end):
        found = _DASH.search(text, start, end)
        years = found is not None and found["m1"] is None and found["iso1"] is None and found["num1"] is None
        if years and found is not None and text[found.end() : found.end() + 1].isalnum():
            found = None
    if found is None:
        return _by_roles(text, start, end)
    begin, stop = day_of(found, 1, found), day_of(found, 2, found)
    turned = found["m1"] is not None and found["y1"] is None and begin is not None and stop is not None
    if turned and begin is not None and stop is not None and begin.first > stop.last:
        begin = None  # `from September to February 2013`: the year before
    return None if begin is None or stop is None else (begin, stop, found.start(), found.end())


def _dated(text: str, start: int, end: int) -> list[tuple[str | None, Days, int, int]]:
    """Every date with month and year, with what it is of."""
    return [
        (role(text, start, end, m.start(), m.end()), day, m.start(), m.end())
        for m in ONE_DATE.finditer(text, start, end)
        if (day := date_of(m)) is not None
    ]


def _by_roles(text: str, start: int, end: int) -> tuple[Days, Days, int, int] | None:
    held = _dated(text, start, end)
    begins = [one for one in held if one[0] == "begin"]
    ends = [one for one in held if one[0] in ("last", "end")]
    if len(held) == 2 and _FROM_TO.search(text[start : held[0][2]] + "|" + text[held[0][3] : held[1][2]]):
        begins, ends = held[:1], held[1:]
    if len(begins) != 1 or len(ends) != 1 or len(held) > 3:
        return None
    first, last = min(begins[0][2], ends[0][2]), max(begins[0][3], ends[0][3])
    return begins[0][1], ends[0][1], first, last


_FROM_TO = re.compile(r"\bfrom\b[^|.;]*\|[^.;]*\b(?:to|until|till)\b[^.;]*$", re.I)


def _over_two(text: str, before: tuple[int, int], now: tuple[int, int]) -> Iterator[Item]:
    """`It opened on 4 April 2011. It closed 20 months later, on 6 December 2012.`"""
    held, mine = _dated(text, *before), _dated(text, *now)
    if len(held) != 1 or len(mine) != 1:
        return
    if {held[0][0], mine[0][0]} not in ({"begin", "last"}, {"begin", "end"}):
        return
    begin, stop = (held[0], mine[0]) if held[0][0] == "begin" else (mine[0], held[0])
    item = Item("period", mine[0][2], mine[0][3], mine[0][2], {}, {"from": begin[1], "to": stop[1]})
    _add_length(text, *now, item)
    yield item


def _told_after(text: str, part: int, start: int, end: int) -> Iterator[Item]:
    """`First patient in: 14 May 2013. Last patient in: 10 February 2015. Accrual time: 21 months.`"""
    found = next((m for m in _LENGTH.finditer(text, start, end) if m["n"]), None)
    if found is None or not _TAKING.search(text, start, found.start()) or ONE_DATE.search(text, start, end):
        return
    held = _by_roles(text, part, start)
    if held is not None:
        item = Item("period", start, start, start, {}, {"from": held[0], "to": held[1]})
        _add_length(text, start, end, item)
        item.end = end
        yield item


_TAKING = re.compile(r"\b(?:accrual|recruitment|enrol\w*|inclusion|intake|it|this|that|all)\b", re.I)


def _add_length(text: str, start: int, end: int, item: Item) -> None:
    enrolled = _ENROL.search(text, start, end) is not None
    begin, stop = item.said["from"], item.said["to"]
    days = (stop.first + stop.last - begin.first - begin.last) / 2
    for m in _LENGTH.finditer(text, start, end):
        if m.start() < item.end and item.start < m.end("n") and text[item.start : item.end].find(m[0]) < 0:
            continue
        number = printed(text, *m.span("n"))
        lead = text[max(start, m.start() - 30) : m.start()]
        if number is None or not (_LINKED.search(lead) or _LATER.match(text[m.end() : m.end() + 20])):
            continue
        if "-" in m[0][-len(m["unit"]) - 1 :] and _OF_OTHER.match(text, m.end()):
            continue  # `an 18-month intervention`
        gap = text[min(m.end(), item.end) : max(m.start(), item.start)]
        back = _BACK.search(lead)
        if not enrolled and gap.strip(" ,(:") != "":
            continue
        near = NEAR if _SHORT_LINK.search(lead) and not _LONG_LINK.search(lead) else FAR
        if len(gap) > near or (re.search("[;%]", gap) and not back) or _PEOPLE.search(lead):
            continue
        if _MEANT.search(text[max(start, m.start() - 45) : m.start()]):
            continue
        behind = text[m.end() : min(end, m.end() + 25)].split(",")[0]
        if any(_OTHER.search(words) for words in (gap, behind, lead[-14:])):
            continue
        value = number.value + (0.5 if m["half"] else 0.0)
        unit = m["unit"].lower().rstrip("s")
        said = Printed(f"{value:g}", value, number.start, m.end("half") if m["half"] else number.end)
        ratio = value * {"year": 365.25, "month": 30.4375, "week": 7.0, "day": 1.0}[unit] / max(days, 1)
        if ratio > LIKELY or (ratio < 1 / LIKELY and days > 0):
            continue
        item.numbers["lasted"], item.said["unit"] = (said if m["half"] else number), unit
        item.said["about"] = m["about"].lower() if m["about"] else None
        return
