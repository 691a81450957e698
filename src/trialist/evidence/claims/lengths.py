"""Lengths that other lengths make: cycles of days, one length in two units, parts of a study."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import COUNT, NUMBER, printed

_N = rf"(?:{COUNT}|{NUMBER})"
_BEFORE = r"(?<![\w./,:<>≥≤-])"
_UNIT = r"(?P<{0}>days?|weeks?|months?|years?)\b"
_TWO_UNITS = re.compile(
    rf"{_BEFORE}(?P<d>{_N})[\s-]{_UNIT.format('v')}\s*(?:[(=]\s*|,\s*(?:which\s+is|that\s+is|i\.e\.,?|or|equal\s+to"
    rf"|equivalent\s+to|corresponding\s+to)\s*)(?P<about>about\s+|approximately\s+|roughly\s+|some\s+)?(?P<t>{_N})\s*{_UNIT.format('u')}(?=\s*[),.;]|$)",
    re.I,
)
_SPREAD = re.compile(r"\b(?:mean|median|average|SD|IQR|range|standard)\b|±", re.I)
_SUM = re.compile(
    rf"\b(?:total|overall|whole)\s+(?:study\s+|trial\s+)?(?:duration|length|time)\s*(?:of|is|was"
    rf"|will be|to|for"
    rf"|:|about|,|\s)*(?P<t>{_N})\s*{_UNIT.format('u')}"
    rf"|{_BEFORE}(?P<t2>{_N})\s*{_UNIT.format('u2')}\s+(?:in all|in total|altogether|overall)\b"
    rf"|\b(?:trial|study|project|programme)\s+(?:will\s+|would\s+)?(?:runs?|lasts?|takes?|continues?|ran|lasted|took)\s+(?:for\s+)?(?:about\s+)?"
    rf"(?P<t3>{_N})\s*{_UNIT.format('u3')}",
    re.I,
)
_LENGTH = re.compile(
    rf"{_BEFORE}(?P<n>{_N})[\s-](?P<u>days?|weeks?|months?|years?)\b(?!\s*(?:-old|old|of age))", re.I
)
_STAGES = re.compile(r"\b(?:accru\w*|recruit\w*|enrol\w*|inclusion)\b", re.I)
_AFTER = re.compile(r"\b(?:follow\w*|treatment|observ\w+)\b", re.I)
DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}


def lengths(text: str, start: int, end: int) -> Iterator[Item]:
    spread = _SPREAD.search(text, start, end)
    for m in _TWO_UNITS.finditer(text, start, end):
        if not spread or m["about"]:
            part_of = re.search(
                r"\b(?:of|every|each|x)\s*$|\bday\s*$", text[max(start, m.start() - 8) : m.start()]
            )
            again = part_of and _unit(m["v"]) == _unit(m["u"]) and "every" in part_of[0].lower()
            if (_unit(m["v"]) != _unit(m["u"]) and not part_of) or again:
                yield from _made(text, m, (None, "d", "t"), (m["v"], m["u"]), "units")
    yield from _summed(text, start, end)
    yield from _ages(text, start, end)
    yield from _courses(text, start, end)


def _made(
    text: str, m: re.Match[str], names: tuple[str | None, str, str], units: tuple[str, str], form: str
) -> Iterator[Item]:
    times = printed(text, *m.span(names[0])) if names[0] else None
    one, whole = printed(text, *m.span(names[1])), printed(text, *m.span(names[2]))
    if one is None or whole is None:
        return
    numbers = {"part 1": one, "total": whole} | ({"times": times} if times else {})
    said = {
        "form": form,
        "days": (_day(units[0]) * (times.value if times else 1.0) * one.value,),
        "unit": _unit(units[1]),
        "exact": {_unit(one) for one in units} <= {"day", "week"},
    }
    yield Item("length", m.start(), m.end(), m.start(), numbers, said)


def _summed(text: str, start: int, end: int) -> Iterator[Item]:
    """`24 months of accrual and 12 months of follow-up, 36 months in all`."""
    found = _SUM.search(text, start, end)
    if found is None or not _STAGES.search(text, start, end) or not _AFTER.search(text, start, end):
        return
    name, unit = next(pair for pair in (("t", "u"), ("t2", "u2"), ("t3", "u3")) if found[pair[0]])
    whole = printed(text, *found.span(name))
    parts = [
        (m, printed(text, *m.span("n")))
        for m in _LENGTH.finditer(text, start, end)
        if m.start("n") != found.start(name)
    ]
    if whole is None or len(parts) != 2 or any(number is None for _, number in parts):
        return
    numbers: dict[str, Printed] = {"total": whole}
    numbers |= {f"part {k}": number for k, (_, number) in enumerate(parts, 1) if number is not None}
    days = tuple(_day(m["u"]) * number.value for m, number in parts if number is not None)
    first, last = min(n.start for n in numbers.values()), max(n.end for n in numbers.values())
    same = {_unit(m["u"]) for m, _ in parts} == {_unit(found[unit])}
    said = {"form": "sum", "days": days, "unit": _unit(found[unit]), "exact": same}
    yield Item("length", first, last, first, numbers, said)


_BORN = re.compile(r"\bborn\s+in\s+(?:[A-Z][a-z]+\s+)?(?P<y>(?:19|20)\d\d)\b", re.I)
_AGE = re.compile(
    rf"\b(?:aged?\s+(?:of\s+)?)(?P<a>{COUNT})\b|(?<![\w-])(?P<b>{COUNT})[\s-]years?[\s-]old\b", re.I
)
_YEAR = re.compile(r"(?<![\w/.-])(?:19|20)\d\d(?![\w/.-]*\d)")


def _ages(text: str, start: int, end: int) -> Iterator[Item]:
    """A birth, an age and the year in which it was reached."""
    born, ages = _BORN.search(text, start, end), list(_AGE.finditer(text, start, end))
    years = [m for m in _YEAR.finditer(text, start, end) if born is None or m.start() != born.start("y")]
    if born is None or len(ages) != 1 or len(years) != 1:
        return
    age = printed(text, *ages[0].span("a" if ages[0]["a"] else "b"))
    lived = int(years[0][0]) - int(born["y"])
    if age is not None and lived > 0 and not lived - 1 <= age.value <= lived:
        part = Printed(str(lived), float(lived), *years[0].span())
        said = {"form": "age", "days": (lived * 365.25,), "unit": "year", "exact": True}
        yield Item("length", age.start, age.end, age.start, {"part 1": part, "total": age}, said)


_GIVEN = re.compile(
    rf"(?<![\w./,:-])(?P<k>{COUNT})\s+(?:[a-z]+\s+)?(?P<what>infusions|injections|fractions|administrations|doses"
    r"|cycles|visits|treatments|courses|sessions|applications)\b",
    re.I,
)
_EVERY = re.compile(
    rf"\bevery\s+(?P<n>{COUNT})\s+(?P<u>days|weeks|months)\b|(?<![\w-])(?P<w>{COUNT})\s+(?:days|times|fractions|sessions)\s+(?:a|per)\s+week\b"
    r"|\b(?P<month>monthly|every\s+month)\b|\b(?P<week>weekly|every\s+week)\b|\b(?P<two>fortnightly|every\s+(?:other|second)\s+week)\b",
    re.I,
)
_TAKES = re.compile(
    rf"\b(?:takes?|took|lasts?|lasted|lasting|spans?|spanning|over|in(?:\s+the\s+course\s+of)?|during|within|per|a)\s+(?:the\s+first\s+|the\s+)?"
    rf"(?:about\s+)?(?P<n>a|one|{COUNT}|(?=year\s+one))\s*(?P<u>day|week|month|year)s?\b"
    rf"|\b(?P<year>(?:first|yearly|annually|each|per)\s*(?:year)?)\b(?=[^.]{{0,3}}year|\s*$)",
    re.I,
)


_OPEN_END = re.compile(r"follow|up to|scan|until|median|at least", re.I)


def _courses(text: str, start: int, end: int) -> Iterator[Item]:
    """So many infusions, one every so many weeks, over so long: two of the three make the third."""
    counts, every = list(_GIVEN.finditer(text, start, end)), list(_EVERY.finditer(text, start, end))
    takes = [m for m in _TAKES.finditer(text, start, end) if m["u"]]
    takes = [m for m in takes if not any(e.start() <= m.start("u") < e.end() for e in every)]
    if [len(counts), len(every), len(takes)] != [1, 1, 1] or _OPEN_END.search(text, start, end):
        return
    spans = [m.span() for m in (counts[0], every[0], takes[0])]
    between = re.sub(r"\bone\b", "", text[min(a for a, _ in spans) : max(b for _, b in spans)])
    if len(re.findall(NUMBER, between)) > sum(bool(re.search(r"\d", text[a:b])) for a, b in spans):
        return
    k = printed(text, *counts[0].span("k"))
    n = takes[0]["n"]
    one = Printed("1", 1.0, *takes[0].span("u"))
    long = printed(text, *takes[0].span("n")) if n and n.lower() != "a" else one
    step = _step(every[0])
    if k is None or long is None or step is None:
        return
    whole, made = long.value * _day(takes[0]["u"]), k.value * step
    if (k.value - 1) * step * 0.95 <= whole <= made * 1.08 or not 0.5 <= whole / made <= 2.0:
        return
    said = {"form": "course", "days": (whole / step,), "unit": "day", "exact": True}
    first, last = min(k.start, long.start, every[0].start()), max(k.end, takes[0].end(), every[0].end())
    yield Item("length", first, last, first, {"part 1": long, "total": k}, said)


def _step(m: re.Match[str]) -> float | None:
    if m["n"]:
        number = printed(m["n"], 0, len(m["n"]))
        return None if number is None else number.value * _day(m["u"])
    if m["w"]:
        number = printed(m["w"], 0, len(m["w"]))
        return None if number is None or not 0 < number.value < 8 else 7 / number.value
    return 30.4375 if m["month"] else 7.0 if m["week"] else 14.0


def _unit(word: str) -> str:
    return word.lower().rstrip("s")


def _day(word: str) -> float:
    return DAYS[_unit(word)]
