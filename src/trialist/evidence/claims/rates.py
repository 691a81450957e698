"""How fast patients come: `four patients a month`, so that so many are in within so long."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.plain import COUNT, NUMBER, printed
from trialist.evidence.claims.shares import PEOPLE

_UNIT = r"(?:weeks?|months?|years?)"
_MONTHS = {"w": 7 / 30.4375, "m": 1.0, "y": 12.0}
_ABOUT = (
    r"(?:about\s+|approximately\s+|around\s+|roughly\s+|some\s+|up\s+to\s+|at\s+least\s+"
    r"|an?\s+(?:average|mean)\s+of\s+)?"
)
_RATE = re.compile(
    rf"(?P<r>{NUMBER}|{COUNT})\s+(?:[a-z-]+\s+){{0,3}}?(?:{PEOPLE}\s+)?(?:(?:are|is|will be|to be|can "
    rf"be|being)\s+\w+\s+)?"
    rf"(?:per|a|an|each|every|/)\s*(?P<u>{_UNIT})\b|\b(?P<monthly>monthly|weekly|yearly|annual)\s+(?:accrual|enrol\w+|recruitment)"
    rf"(?:\s+rate)?\s+(?:of|is|was)\s+{_ABOUT}(?P<r2>{NUMBER}|{COUNT})",
    re.I,
)
_EACH_SITE = re.compile(
    r"\b(?:per|each|every|by each)\s+(?:site|centre|center|hospital|clinic)\b|\b(?:sites?|cent(?:re"
    r"|er)s?|hospitals?)\s+each\b|\beach\s+of\b",
    re.I,
)
_LONG = re.compile(
    rf"\b(?:in|within|over|for|after|take|takes|took|lasts?|last|lasting|requires?|period of|duration "
    rf"of|completed by|complete in)\s+{_ABOUT}"
    rf"(?:a\s+)?(?P<d>{NUMBER}|{COUNT})[\s-]+(?P<v>{_UNIT})\b"
    rf"|\b(?P<d2>{NUMBER}|{COUNT})[\s-](?P<v2>month|year|week)\s+(?:accrual|enrol\w+|recruitment|inclusion)\b",
    re.I,
)
_COMING = re.compile(
    r"\b(?:accru\w+|enrol\w*|recruit\w*|includ\w+|inclusion|enter\w*|take part|participat\w*|consent\w*"
    r"|randomi[sz]\w+)\b",
    re.I,
)
_OTHER_LENGTH = re.compile(r"follow|surviv|treat|observ|median|progress", re.I)
_WHOLE = re.compile(
    rf"(?<![\d./,:-])(?P<n>{COUNT})\s+(?:[a-z-]+\s+){{0,3}}?{PEOPLE}\b(?!\s*(?:per|a|an|each|every|/)\s+{_UNIT})",
    re.I,
)


def rates(text: str, start: int, end: int, part: tuple[int, int] | None = None) -> Iterator[Item]:
    """A rate with how long accrual takes in one sentence, and the patients who are to come."""
    rate = _RATE.search(text, start, end)
    if (
        rate is None
        or not _of_people(text, start, rate)
        or _COMING.search(text, start, end) is None
        or _EACH_SITE.search(text, start, end)
    ):
        return
    long = next(
        (m for m in _LONG.finditer(text, start, end) if not _other(text, m, end) and not _meet(m, rate)), None
    )
    whole = _whole(text, start, end, rate) or (_whole(text, *part, rate) if part else None)
    if long is None or whole is None:
        return
    pace, unit = ("r", rate["u"]) if rate["r"] else ("r2", rate["monthly"])
    number, length = printed(text, *rate.span(pace)), printed(text, *long.span("d" if long["d"] else "d2"))
    if number is None or length is None or number.value <= 0:
        return
    a_month = number.value / _MONTHS[{"a": "y"}.get(unit[0].lower(), unit[0].lower())]
    months = length.value * _MONTHS[(long["v"] or long["v2"])[0].lower()]
    numbers = {"rate": number, "total": whole, "length": length}
    spots = [n for n in numbers.values() if start <= n.start < end]
    first, last = min(n.start for n in spots), max(n.end for n in spots)
    yield Item("pace", first, last, first, numbers, {"a month": a_month, "months": months})


def _of_people(text: str, start: int, rate: re.Match[str]) -> bool:
    """Whether a rate is of patients: it says so, or stands bare behind a word on accrual."""
    if rate["r2"] or re.search(rf"\b{PEOPLE}\b", rate[0], re.I):
        return True
    bare = re.match(rf"\s*(?:per|a|an|each|every|/)\s*{_UNIT}", text[rate.end("r") : rate.end()], re.I)
    return bare is not None and _COMING.search(text, max(start, rate.start() - 45), rate.start()) is not None


def _other(text: str, found: re.Match[str], end: int) -> bool:
    around = text[max(0, found.start() - 30) : found.start()] + text[found.end() : min(end, found.end() + 25)]
    return _OTHER_LENGTH.search(around) is not None


def _meet(a: re.Match[str], b: re.Match[str]) -> bool:
    return a.start() < b.end() and b.start() < a.end()


def _whole(text: str, start: int, end: int, rate: re.Match[str]) -> Printed | None:
    """The largest number of people that is no pace and no number of those who are screened."""
    held = [printed(text, *m.span("n")) for m in _WHOLE.finditer(text, start, end) if not _meet(m, rate)]
    sizes = [one for one in held if one is not None and one.value > 5]
    return max(sizes, key=lambda one: one.value, default=None)
