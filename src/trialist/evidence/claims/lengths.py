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
_CYCLE = r"(?:cycles|courses|blocks)"
_GAP = r"[^.;()\d]{0,30}?"
_WHOLE = (
    rf"(?:\s*\(\s*(?:=\s*)?(?:i\.e\.,?\s*|that is,?\s*|a total of\s+"
    rf"|total\s+)?(?P<t>{_N})\s*{_UNIT.format('u')}(?:\s+(?:in\s+)?(?:total|all))?"
    r"\s*\)"
    r"|\s*[,;]?\s*(?:for a total of|that is|a total of|in total|lasting|=)"
    rf"\s*(?P<t2>{_N})\s*{_UNIT.format('u2')})"
)
_CYCLES = (
    re.compile(
        rf"{_BEFORE}(?P<k>{COUNT})\s+(?:[a-z]+\s+)?{_CYCLE},?\s+(?:each\s+)?(?:lasts?|lasted|takes?|took|of"
        rf"|lasting)\s+(?P<d>{_N})\s*{_UNIT.format('v')}{_GAP}{_WHOLE}", re.I),
    re.compile(
        rf"{_BEFORE}(?P<k>{COUNT})\s+(?P<d>{_N})[\s-]{_UNIT.format('v')}[\s-]{_CYCLE}{_GAP}{_WHOLE}", re.I
    ),
    re.compile(
        rf"\bevery\s+(?P<d>{_N})\s*{_UNIT.format('v')}\s+(?:for|x|up to"
        rf"|for up to)\s+(?P<k>{COUNT})\s+(?:cycles|courses|doses|infusions){_GAP}{_WHOLE}", re.I),
)  # fmt: skip
_TWO_UNITS = re.compile(
    rf"{_BEFORE}(?P<d>{_N})[\s-]{_UNIT.format('v')}\s*[(=]\s*(?P<t>{_N})\s*{_UNIT.format('u')}\s*\)", re.I
)
_SPREAD = re.compile(r"\b(?:mean|median|average|SD|IQR|range|standard)\b|±", re.I)
_SUM = re.compile(
    rf"\b(?:total|overall|whole)\s+(?:study\s+|trial\s+)?(?:duration|length|time)\s*(?:of|is|was|will be"
    rf"|:|about|,|\s)*(?P<t>{_N})\s*{_UNIT.format('u')}"
    rf"|{_BEFORE}(?P<t2>{_N})\s*{_UNIT.format('u2')}\s+(?:in all|in total|altogether)\b",
    re.I,
)
_LENGTH = re.compile(
    rf"{_BEFORE}(?P<n>{_N})[\s-](?P<u>days?|weeks?|months?|years?)\b(?!\s*(?:-old|old|of age))", re.I
)
_STAGES = re.compile(r"\b(?:accru\w*|recruit\w*|enrol\w*|inclusion)\b", re.I)
_AFTER = re.compile(r"\b(?:follow\w*|treatment)\b", re.I)
DAYS = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}


def lengths(text: str, start: int, end: int) -> Iterator[Item]:
    for pattern in _CYCLES:
        for m in pattern.finditer(text, start, end):
            name, unit = ("t", "u") if m["t"] else ("t2", "u2")
            yield from _made(text, m, ("k", "d", name), (m["v"], m[unit]), "cycles")
    if not _SPREAD.search(text, start, end):
        for m in _TWO_UNITS.finditer(text, start, end):
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
    }
    yield Item("length", m.start(), m.end(), m.start(), numbers, said)


def _summed(text: str, start: int, end: int) -> Iterator[Item]:
    """`24 months of accrual and 12 months of follow-up, 36 months in all`."""
    found = _SUM.search(text, start, end)
    if found is None or not _STAGES.search(text, start, end) or not _AFTER.search(text, start, end):
        return
    name, unit = ("t", "u") if found["t"] else ("t2", "u2")
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
    yield Item(
        "length", first, last, first, numbers, {"form": "sum", "days": days, "unit": _unit(found[unit])}
    )


def _unit(word: str) -> str:
    return word.lower().rstrip("s")


def _day(word: str) -> float:
    return DAYS[_unit(word)]
