"""Volumes and doses with the parts that make them: `2 x 10 mL`, `5 mg twice daily`, `6 cycles of 7.4 GBq`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.number_words import TIMES, digits
from trialist.evidence.claims.plain import COUNT, NUMBER, printed
from trialist.evidence.claims.volumes import paragraph_sum, volumes

_DAILY = re.compile(
    rf"(?P<d>{NUMBER})\s?(?P<unit>mg/m2|mg/kg|mg|g|ug)\s+(?P<k>once|twice|two times|three times"
    rf"|four times|bid"
    rf"|b\.i\.d\.|tid)\s*(?:daily|a day|per day)?\s*[,(]*\s*(?:which is"
    rf"|that is)?\s*(?:(?P<dd>a (?:total )?daily dose of|(?:total )?daily dose:?)|a total of|total|i\.e\."
    rf"|or"
    rf"|=)?[\s,]*(?P<t>{NUMBER})\s?(?P=unit)(?![\w/])(?(dd)|\s*(?:/\s?d(?:ay)?|daily|a day|per day"
    rf"|in total))",
    re.I,
)
_TOTAL_FIRST = re.compile(
    rf"(?P<t>{NUMBER})\s?(?P<unit>Gy|GBq|MBq|mg/m2|mg)\b[^.;\d]{{0,20}}(?:\(|\b(?:in|as|given as"
    rf"|delivered (?:in|as)|over)\s+)(?P<k>{COUNT})\s+"
    rf"(?:(?:equal\s+|daily\s+)?(?:fractions|doses|cycles|injections"
    rf"|infusions)\s+of\s+(?P<d>{NUMBER})\s?(?P=unit)(?![\w/])"
    rf"|(?P<d2>{NUMBER})[\s-]?(?P=unit)\s+(?:capsules|tablets|pills|fractions|doses)\b)",
    re.I,
)
_DAILY_FIRST = re.compile(
    rf"\bdaily\s+dose\s+(?:was|of|is)\s+(?P<t>{NUMBER})\s?(?P<unit>mg/m2|mg|g"
    rf"|ug)\b[^.;\d]{{0,30}}?(?P<d>{NUMBER})\s?(?P=unit)\s+"
    r"(?P<k>once|twice|two times|three times|four times)\b",
    re.I,
)
_SCALE = {"g": 1000.0, "mg": 1.0, "ug": 0.001}
_IN_BRACKETS = re.compile(
    rf"(?P<t>{NUMBER})\s?(?P<u>mg|g|ug)\s*(?:per day|daily|a day|/\s?day|/d)\s*[(,]\s*(?:as\s+|i\.e\.,?\s+)?"
    rf"(?P<d>{NUMBER})\s?(?P<unit>mg|g|ug)\s+(?P<k>once|twice|two times|three times|four times)\b",
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
    rf"(?P<d>{NUMBER})\s?(?P<unit>mg/m2|mg|GBq|MBq|kBq/kg|Gy)\b(?P<gap>[^.;\d]{{0,60}}(?:(?:every|per"
    rf"|of)\s+\d+\s+(?:weeks|days)[^.;\d]{{0,30}})?)"
    rf"(?:for|x|in|over|up to|times)\s*(?:up to\s+)?(?P<k>\d{{1,2}}|{TIMES})\s*(?:cycles|doses|fractions"
    rf"|injections|infusions|courses)?(?P<gap2>[^.;\d]{{0,50}})"
    rf"(?P<how>cumulative|total|in all)[^.;\d]{{0,30}}(?P<t>{NUMBER})\s?(?P=unit)(?![\w/])",
    re.I,
)
_CYCLES_OF = re.compile(
    rf"(?<![\d.])(?P<k>\d{{1,2}}|{TIMES})\s+(?:(?:weekly|daily|monthly|equal)\s+)?(?:cycles|doses"
    rf"|fractions|injections|infusions"
    rf"|courses)\s+of\s+(?P<d>{NUMBER})\s?(?P<unit>mg/m2|mg|GBq|MBq|kBq/kg|Gy)\b(?P<gap>[^.;\d]{{0,60}})"
    rf"(?P<t>{NUMBER})\s?(?P=unit)\s*(?:in total|in all|cumulative|altogether)|"
    rf"(?<![\d.])(?P<k2>\d{{1,2}}|{TIMES})\s+(?:(?:weekly|daily|monthly|equal)\s+)?(?:cycles|doses"
    rf"|fractions|injections|infusions"
    rf"|courses)\s+of\s+(?P<d2>{NUMBER})\s?(?P<unit2>mg/m2|mg|GBq|MBq|kBq/kg|Gy)\b[^.;\d]{{0,30}}(?:total"
    rf"|cumulative)[^.;\d]{{0,30}}(?P<t2>{NUMBER})\s?(?P=unit2)(?![\w/])",
    re.I,
)


def amounts(text: str, start: int, end: int, part: tuple[int, int]) -> Iterator[Item]:
    yield from volumes(text, start, end)
    summed = paragraph_sum(text, start, end, part)
    if summed is not None:
        yield summed
    yield from _doses(text, start, end)


def _doses(text: str, start: int, end: int) -> Iterator[Item]:
    yield from _of_area(text, start, end)
    for m in _DAILY.finditer(text, start, end):
        yield from _dose(text, m, ("d", "k", "t"), _PER_DAY[m["k"].lower()], "daily", m["unit"])
    for m in _DAILY_FIRST.finditer(text, start, end):
        yield from _dose(text, m, ("d", "k", "t"), _PER_DAY[m["k"].lower()], "daily", m["unit"])
    for m in _IN_BRACKETS.finditer(text, start, end):
        if m["u"] == m["unit"]:
            yield from _dose(text, m, ("d", "k", "t"), _PER_DAY[m["k"].lower()], "daily", m["unit"])
        else:
            yield from _converted(text, m)
    for m in _TOTAL_FIRST.finditer(text, start, end):
        count = printed(text, *m.span("k"))
        if count is not None:
            name = "d" if m["d"] else "d2"
            yield from _dose(text, m, (name, "k", "t"), int(count.value), "cumulative", m["unit"])
    for pattern in (_CYCLES, _CYCLES_OF):
        for m in pattern.finditer(text, start, end):
            second = pattern is _CYCLES_OF and m["k"] is None
            names = ("d2", "k2", "t2") if second else ("d", "k", "t")
            unit = m["unit2"] if second else m["unit"]
            yield from _dose(text, m, names, int(digits(m[names[1]])), "cumulative", unit)


def _converted(text: str, m: re.Match[str]) -> Iterator[Item]:
    """A daily dose in another unit than the single one: the total in the unit of the single dose."""
    whole = printed(text, *m.span("t"))
    if whole is None:
        return
    value = whole.value * _SCALE[m["u"].lower()] / _SCALE[m["unit"].lower()]
    for item in _dose(text, m, ("d", "k", "t"), _PER_DAY[m["k"].lower()], "daily", m["unit"]):
        item.numbers["total"] = Printed(f"{value:g}", value, whole.start, whole.end)
        yield item


_AREA = re.compile(
    rf"(?:body[ -]surface area|BSA)\b[^.;\d]{{0,30}}(?P<a>{NUMBER})\s?m2\b|(?P<b>\d\.\d+)\s?m2\b", re.I
)
_PER_AREA = re.compile(rf"(?P<d>{NUMBER})\s?mg/m2")
_FLAT = re.compile(rf"(?P<t>{NUMBER})\s?mg\b(?!\s*/)")


def _of_area(text: str, start: int, end: int) -> Iterator[Item]:
    """A dose for one body: surface x dose per surface, where the sentence has one of each."""
    found = [list(pattern.finditer(text, start, end)) for pattern in (_AREA, _PER_AREA, _FLAT)]
    if [len(held) for held in found] != [1, 1, 1]:
        return
    area = printed(text, *found[0][0].span("a" if found[0][0]["a"] else "b"))
    one, whole = printed(text, *found[1][0].span("d")), printed(text, *found[2][0].span("t"))
    if area is None or one is None or whole is None or not 0.5 <= area.value <= 3.0:
        return
    numbers = {"total": whole, "part 1": one, "area": area}
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    yield Item(
        "dose", first, last, first, numbers, {"times": (1,), "draws": 1, "unit": "mg", "form": "of area"}
    )


def _dose(
    text: str, m: re.Match[str], names: tuple[str, str, str], times: int, form: str, unit: str
) -> Iterator[Item]:
    one, whole = printed(text, *m.span(names[0])), printed(text, *m.span(names[2]))
    if one is not None and whole is not None:
        numbers = {"total": whole, "part 1": one}
        yield Item(
            "dose",
            min(one.start, whole.start),
            max(one.end, whole.end),
            m.start(),
            numbers,
            {"times": (times,), "draws": 1, "unit": unit, "form": form},
        )
