"""Dates as printed, and what each is of: the first patient, the last one, a cut-off, a publication."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass

from trialist.evidence.claims.items import Item
from trialist.evidence.claims.model import Claim, Document, Part

_MONTHS = (
    {name.lower(): k for k, name in enumerate(calendar.month_name) if name}
    | {name.lower(): k for k, name in enumerate(calendar.month_abbr) if name}
    | {"sept": 9}
)
_NAME = rf"(?:{'|'.join(name for name in (*calendar.month_name, 'Sept', *calendar.month_abbr) if name)})\.?"
_YEAR = r"(?:19|20)\d{2}"


def date_pattern(k: int) -> str:
    """A date as a pattern; its groups end with `k`."""
    return (
        rf"(?:(?P<num{k}>(?:\d{{1,2}}[./])?\d{{1,2}}[./]{_YEAR})(?![\d/])|(?P<iso{k}>{_YEAR}-\d{{2}}(?:-\d{{2}})?)(?![\d-])"
        rf"|(?:(?P<d{k}>\d{{1,2}})(?:st|nd|rd|th)?\s+)?"
        rf"(?P<m{k}>{_NAME})(?:\s+(?P<e{k}>\d{{1,2}}))?,?(?:\s+(?P<y{k}>{_YEAR}))?(?!\d)"
        rf"|(?P<only{k}>{_YEAR})(?!\d))"
    )


@dataclass(frozen=True, slots=True)
class Days:
    """A date as printed: its first and last possible day, in days (proleptic ordinals)."""

    first: int
    last: int
    text: str


ONE_DATE = re.compile(rf"(?<![\d.-]){date_pattern(1)}")


def _numeric(said: str) -> Days | None:
    """`05/2010`, `14.2.2011`; where day and month can't be told apart, from the first to the last reading."""
    parts = [int(part) for part in re.split(r"[./]", said)]
    if len(parts) == 2:
        return _days(parts[1], parts[0], None, said)
    first, second, year = parts
    both = (_days(year, second, first, said), _days(year, first, second, said))
    read = [one for one in both if one is not None]
    return Days(min(d.first for d in read), max(d.last for d in read), said) if read else None


_PEOPLE = (
    r"(?:patients?|participants?|m[ae]n|wom[ae]n|subjects?|persons?|people|enrolm?ents?|inclusions?"
    r"|ones?)"
)
_TAKING = r"(?:enrolm?ent|enrollment|accrual|recruitment|inclusion|randomi[sz]ation|registration|intake)"
_ANCHORS = (
    ("cut", r"cut-?\s?off|\bcut\b|data[ -]?(?:base)?[ -]?(?:lock(?:ed)?|fr(?:ee|o)ze(?:n)?)"
    r"|database was locked|(?:data|database) (?:was|were) (?:cut|locked"
            r"|frozen|analy[sz]ed)|data (?:was|were) (?:extracted|exported|downloaded|analy[sz]ed"
            r"|pulled)|(?:lock|fr[eo]ez|froz|cut)\w*\s+(?:the\s+)?data|snapshot"
            r"|followed (?:up )?(?:until|to|through)|censored|primary completion"
            r"|follow-?\s?up (?:was\s+)?(?:closed|ended|stopped|ran (?:until|to))"),
    ("begin", rf"first {_PEOPLE}|(?:study |trial )?start(?:ed|s|ing)?(?: date)?\b|\bFP(?:I|FV)\b|opened"
    rf"|open(?:s|ing)? (?:to|for|of)|began|begun|begins?\b|beginning|commenc\w+"
              rf"|launch\w*|initiated|{_TAKING} (?:opened|started|began)"),
    ("last", rf"\bLPI\b|\b(?:last|final) {_PEOPLE}|(?<=the )last(?= (?:was|had|were|on|in|enrolled"
    rf"|randomi[sz]ed|entered|joined|one)\b)|{_TAKING}(?: had| has| was| were)*(?: been)? (?:ended"
    rf"|closed|completed|complete|finished|stopped)"
             rf"|closed(?: to (?:accrual|enrol\w+|recruit\w+))?|(?:end|close|completion) of {_TAKING}"
             rf"|{_TAKING} (?:end|closure|completion)"),
    ("end", r"\b(?:ended|finished|completed|completion|concluded|end date|stopped)\b"),
    ("published", r"\b(?:published|appeared in print|publication)\b"),
    ("between", r"\b(?:approved|amended|registered|diagnos\w+|born|died|licen[sc]ed|protocol|released"
    r"|interim|amendment)\b"),
)  # fmt: skip
_ANCHOR = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _ANCHORS), re.I)


def role(text: str, start: int, end: int, first: int, last: int) -> str | None:
    """What the date from `first` to `last` is of, by the nearest words of its clause: before it, else behind.

    `start` and `end`: of the sentence or the row of a table.
    """
    dates = [m for m in ONE_DATE.finditer(text, start, end) if m["only1"] is None]
    before = max((m.end() for m in dates if m.end() <= first), default=start)
    behind = min((m.start() for m in dates if m.start() >= last), default=end)
    held = list(_ANCHOR.finditer(text, before, first))
    if held:
        return held[-1].lastgroup
    stop = re.search(r"[;,.|](?=\s|$)|\band\b", text[last:behind])
    found = _ANCHOR.search(text, last, last + stop.start() if stop else behind)
    return found.lastgroup if found else None


def table_dates(document: Document, text: str, part: Part) -> Iterator[Claim]:
    """The dates of cells; the row says what they are of."""
    for row in part.rows[1:]:
        for cell in row[1:]:
            found = ONE_DATE.search(text, cell.start, cell.end)
            day = date_of(found) if found else None
            if found is not None and day is not None:
                span = document.span(row[0].start, row[-1].end)
                yield Claim("date", document.span(found.start(), found.end()), span, said={"date": day})


def impossible(text: str, start: int, end: int) -> Iterator[Item]:
    """Dates that no calendar has."""
    for one in ONE_DATE.finditer(text, start, end):
        if one["d1"] or one["e1"] or (one["iso1"] and one["iso1"].count("-") == 2):
            if one["iso1"] and not _DATED.search(text[max(start, one.start() - 12) : one.start()]):
                continue
            wrong = _impossible(one)
            if wrong is not None:
                yield Item("date", one.start(), one.end(), one.start(), {}, {"wrong": wrong})


_DATED = re.compile(r"\b(?:on|from|to|and|until|date|since|between|started|dated)\s*$", re.I)


def date_of(found: re.Match[str]) -> Days | None:
    """The date that `ONE_DATE` found, where it has a month and a year."""
    return (
        None
        if found["only1"] is not None or (found["m1"] and found["y1"] is None)
        else day_of(found, 1, found)
    )


def day_of(found: re.Match[str], k: int, whole: re.Match[str]) -> Days | None:
    iso, month, only = found[f"iso{k}"], found[f"m{k}"], found[f"only{k}"]
    if found[f"num{k}"] is not None:
        return _numeric(found[f"num{k}"])
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
