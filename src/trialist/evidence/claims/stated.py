"""Doses, dates and numbers of patients that a sentence states by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.moments import ONE_DATE, date_of
from trialist.evidence.claims.plain import INTEGER, NUMBER, printed
from trialist.evidence.claims.shares import PEOPLE

_OFTEN = r"daily|weekly|day|week|twice daily|every\s+(?:\d+|two|three|four|six)\s+(?:weeks|days)|q\d+w"
_DOSE = re.compile(
    rf"(?<![\d./-])(?P<x>{NUMBER})\s?(?P<unit>mg/m2|mg/kg|mg|kBq/kg|MBq|GBq|Gy|ug)(?![\w/])"
    rf"(?:\s*(?:/|per|a|each)?\s*(?P<often>{_OFTEN}))?"
    rf"|\bAUC\s?(?P<auc>{NUMBER})(?!\s*(?:to|-)\s*\d|\s*(?:ng|mg|h\b))"
)
_PATIENTS = re.compile(
    rf"(?<![\d./,:%-])(?<!\d )(?P<x>{INTEGER})\s+(?:[a-z-]+\s+){{0,2}}?{PEOPLE}\b"
    rf"|\b[nN]\s*=\s*(?P<n>{INTEGER})"
)


def stated(text: str, start: int, end: int, others: Iterable[Item]) -> Iterator[Item]:
    """What no other item of the sentence holds already."""
    held = list(others)
    taken = [(number.start, number.end) for item in held for number in item.numbers.values()]
    taken += [(item.first, item.last) for item in held if not item.numbers or item.kind == "period"]
    for found in _DOSE.finditer(text, start, end):
        name = "x" if found["x"] else "auc"
        number = printed(text, *found.span(name))
        if number is not None and _free(number, taken):
            said = {"unit": found["unit"] or "AUC", "often": found["often"]}
            yield Item("dose", found.start(), found.end(), found.start(), {"dose": number}, said)
    for found in _PATIENTS.finditer(text, start, end):
        number = printed(text, *found.span("x" if found["x"] else "n"))
        if number is not None and _free(number, taken):
            yield Item("count", found.start(), found.end(), found.start(), {"n": number})
    for found in ONE_DATE.finditer(text, start, end):
        day = date_of(found)
        if day is not None and all(found.end() <= a or found.start() >= b for a, b in taken):
            yield Item("date", found.start(), found.end(), found.start(), {}, {"date": day})


def _free(number: Printed, taken: list[tuple[int, int]]) -> bool:
    return all(number.end <= a or number.start >= b for a, b in taken)
