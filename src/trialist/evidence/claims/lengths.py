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
    rf"\b(?:total|overall|whole)\s+(?:study\s+|trial\s+)?(?:duration|length|time)\s*(?:of|is|was|will be|to|for"
    rf"|:|about|,|\s)*(?P<t>{_N})\s*{_UNIT.format('u')}"
    rf"|{_BEFORE}(?P<t2>{_N})\s*{_UNIT.format('u2')}\s+(?:in all|in total|altogether)\b"
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
            if _unit(m["v"]) != _unit(m["u"]) and not part_of:
                yield from _made(text, m, (None, "d", "t"), (m["v"], m["u"]), "units")
    yield from _summed(text, start, end)


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


def _unit(word: str) -> str:
    return word.lower().rstrip("s")


def _day(word: str) -> float:
    return DAYS[_unit(word)]
