"""Dates, periods between two dates, and how long a sentence says that they lasted."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.number_words import WORD
from trialist.evidence.claims.plain import NUMBER, printed

_MONTHS = (
    {name.lower(): k for k, name in enumerate(calendar.month_name) if name}
    | {name.lower(): k for k, name in enumerate(calendar.month_abbr) if name}
    | {"sept": 9}
)
_NAME = rf"(?:{'|'.join(name for name in (*calendar.month_name, 'Sept', *calendar.month_abbr) if name)})\.?"
_YEAR = r"(?:19|20)\d{2}"


def _date(k: int) -> str:
    """A date as a pattern; its groups end with `k`."""
    return (
        rf"(?:(?P<iso{k}>{_YEAR}-\d{{2}}(?:-\d{{2}})?)(?![\d-])"
        rf"|(?:(?P<d{k}>\d{{1,2}})(?:st|nd|rd|th)?\s+)?"
        rf"(?P<m{k}>{_NAME})(?:\s+(?P<e{k}>\d{{1,2}}))?,?(?:\s+(?P<y{k}>{_YEAR}))?(?!\d)"
        rf"|(?P<only{k}>{_YEAR})(?!\d))"
    )


_RANGE = re.compile(
    rf"\b(?i:from|between|since)\s+{_date(1)}\s*(?:,?\s*(?:to|and|until|till|through|up to)"
    rf"|\s*-)\s*{_date(2)}"
)
_DASH = re.compile(rf"(?<![\d-]){_date(1)}\s*(?:-|to)\s*{_date(2)}(?![\d-])")
_START_END = re.compile(
    rf"\b(?:start(?:ed)?(?: date)?|began|opened|first patient(?: was)?(?: enrolled| randomi[sz]ed"
    rf"| in)?)\b[^.;\d]{{0,40}}?{_date(1)}[^.]{{0,80}}?\b"
    rf"(?:complet(?:ed|ion)(?: date)?|ended|closed|finished|(?:the\s+)?last(?:\s+(?:patient|man|woman"
    rf"|one))?(?:\s+was)?(?: enrolled"
    rf"| randomi[sz]ed| in)?|end(?: date)?)\b[^.;\d]{{0,40}}?{_date(2)}",
    re.I,
)
ONE_DATE = re.compile(rf"(?<![\d.-]){_date(1)}")
_LASTED = re.compile(
    rf"\b(?:over|took|lasted|lasting|spanning|a period of|period of|a total of|within|during|for"
    rf"|in)\s+(?:(?:these|those|the|its|this)\s+)?(?P<about>about|approximately|almost|nearly|some"
    rf"|just over|just under|more than|less than"
    rf"|around)?\s*"
    rf"(?:a\s+)?(?P<n>{NUMBER}|{WORD})[\s-]+(?P<unit>years?|months?)\b(?:\s+period)?|\b(?:an?"
    rf"|the)\s+(?P<n2>{NUMBER}|{WORD})[\s-](?P<unit2>year|month)\s+(?:recruitment|enrolment|enrollment"
    rf"|accrual|study)?\s*period",
    re.I,
)
_BRACKETED = re.compile(
    rf"\s*[(,]\s*(?:that is,?\s+|a\s+(?:span|period|stretch|total|time)\s+of\s+)?"
    rf"(?P<about>about|approximately|almost|nearly|some|just over|just under"
    rf"|more than|around)?\s*"
    rf"(?P<n>{NUMBER}|{WORD})[\s-]+(?P<unit>years?|months?)(?=\s*[),])",
    re.I,
)
_OTHER = re.compile(r"follow|surviv|median|progress|treat|respon|within|prior|history|aged?\b", re.I)
_PEOPLE = re.compile(r"\b(?:aged?|patients|men|women|those|people)\s*$", re.I)
_ENROL = re.compile(
    r"enrol|recruit|accru|randomi|includ|regist|conducted|took place|ran\b|treated|screened|study period"
    r"|collected",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Days:
    """A date as printed: its first and last possible day, in days (proleptic ordinals)."""

    first: int
    last: int
    text: str


_DATED = re.compile(r"\b(?:on|from|to|and|until|date|since|between|started|dated)\s*$", re.I)


def periods(text: str, start: int, end: int) -> Iterator[Item]:
    found = _START_END.search(text, start, end) or _RANGE.search(text, start, end)
    if found is None and _ENROL.search(text, start, end):
        found = _DASH.search(text, start, end)
        if (
            found is not None
            and found["m1"] is None
            and found["iso1"] is None
            and text[found.end() : found.end() + 1].isalnum()
        ):
            found = None
    if found is not None:
        begin, stop = _read(found, 1, found), _read(found, 2, found)
        turned = found["m1"] is not None and found["y1"] is None and begin is not None and stop is not None
        if turned and begin is not None and stop is not None and begin.first > stop.last:
            begin = None  # `from September to February 2013`: the year before
        if begin is not None and stop is not None:
            item = Item("period", found.start(), found.end(), found.start(), {}, {"from": begin, "to": stop})
            lasted = _lasted(text, start, end, found)
            if lasted is not None:
                item.numbers["lasted"], item.said["unit"], item.said["about"] = lasted
            yield item
    for one in ONE_DATE.finditer(text, start, end):
        if one["d1"] or one["e1"] or (one["iso1"] and one["iso1"].count("-") == 2):
            if one["iso1"] and not _DATED.search(text[max(start, one.start() - 12) : one.start()]):
                continue
            wrong = _impossible(one)
            if wrong is not None:
                yield Item("date", one.start(), one.end(), one.start(), {}, {"wrong": wrong})


def _lasted(text: str, start: int, end: int, found: re.Match[str]) -> tuple[Printed, str, str | None] | None:
    enrolled = _ENROL.search(text, start, end) is not None
    bracket = _BRACKETED.match(text, found.end(), end)
    for m in (*((bracket,) if bracket else ()), *_LASTED.finditer(text, start, end)):
        if m.start() < found.end() and found.start() < m.end():
            continue
        gap = text[min(m.end(), found.end()) : max(m.start(), found.start())]
        if not enrolled and gap.strip(" ,(:") != "":
            continue
        near = 25 if m[0].lower().startswith(("within", "during", "for", "in ")) else 45
        before, behind = text[max(start, m.start() - 12) : m.start()], text[m.end() : m.end() + 25]
        back = re.search(r"\b(?:these|those)\b", m[0])  # `these eight years`
        if len(gap) > near or (re.search("[;%]", gap) and not back) or _PEOPLE.search(before):
            continue
        if any(_OTHER.search(words) for words in (gap, behind)):
            continue
        name, unit = ("n", "unit") if "n2" not in m.groupdict() or m["n"] else ("n2", "unit2")
        number = printed(text, *m.span(name))
        if number is not None:
            return number, m[unit].rstrip("s"), m["about"]
    return None


def date_of(found: re.Match[str]) -> Days | None:
    """The date that `ONE_DATE` found, where it has a month and a year."""
    return (
        None
        if found["only1"] is not None or (found["m1"] and found["y1"] is None)
        else _read(found, 1, found)
    )


def _read(found: re.Match[str], k: int, whole: re.Match[str]) -> Days | None:
    iso, month, only = found[f"iso{k}"], found[f"m{k}"], found[f"only{k}"]
    if only is not None:
        return _days(int(only), None, None, only)
    if iso is not None:
        parts = [int(part) for part in iso.split("-")]
        return _days(parts[0], parts[1], parts[2] if len(parts) > 2 else None, iso)
    year = found[f"y{k}"] or (whole["y2"] if k == 1 and "y2" in whole.groupdict() else None)
    if year is None:
        return None
    day = found[f"d{k}"] or found[f"e{k}"]
    name = month.rstrip(".")
    shown = " ".join(part for part in (day, name, year) if part)
    return _days(int(year), _MONTHS[name.lower()], int(day) if day else None, shown)


def _days(year: int, month: int | None, day: int | None, shown: str) -> Days | None:
    from datetime import date

    if month is None:
        return Days(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal(), shown)
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    if day is None:
        return Days(date(year, month, 1).toordinal(), date(year, month, last).toordinal(), shown)
    if not 1 <= day <= last:
        return None
    on = date(year, month, day).toordinal()
    return Days(on, on, shown)


def _impossible(found: re.Match[str]) -> str | None:
    """Why a date can't be; None when it can."""
    if found["iso1"] is not None:
        parts = [int(part) for part in found["iso1"].split("-")]
        if not 1 <= parts[1] <= 12:
            return f"there is no month {parts[1]}"
        year, month, day = parts[0], parts[1], parts[2] if len(parts) > 2 else 1
    else:
        if found["y1"] is None:
            return None
        year, month = int(found["y1"]), _MONTHS[found["m1"].rstrip(".").lower()]
        day = int(found["d1"] or found["e1"])
    last = calendar.monthrange(year, month)[1]
    return None if 1 <= day <= last else f"{calendar.month_name[month]} {year} has {last} days"
