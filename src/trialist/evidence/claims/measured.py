"""Amounts and how often they are taken: `2 x 7.5 mL`, `six cycles at 7.4 GBq`, `on days 1, 8 and 15`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, floor

from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.number_words import WORD
from trialist.evidence.claims.plain import COUNT, INTEGER, NUMBER, printed

# unit: (what it measures, its size in the smallest unit of that)
UNITS = {
    **dict.fromkeys(("ml", "millilitre", "milliliter", "cc"), ("volume", 1.0)),
    **dict.fromkeys(("l", "litre", "liter"), ("volume", 1000.0)),
    **dict.fromkeys(("mg", "milligram", "milligramme"), ("mass", 1.0)),
    **dict.fromkeys(("g", "gram", "gramme"), ("mass", 1000.0)),
    **dict.fromkeys(("ug", "mcg", "microgram"), ("mass", 0.001)),
    **{
        "gbq": ("activity", 1e6),
        "mbq": ("activity", 1000.0),
        "kbq": ("activity", 1.0),
        "gy": ("radiation", 1.0),
    },
    **dict.fromkeys(("tablet", "capsule", "pill"), ("pieces", 1.0)),
    **{
        "day": ("time", 1.0),
        "week": ("time", 7.0),
        "weekly": ("time", 7.0),
        "month": ("time", 30.4375),
        "year": ("time", 365.25),
    },
}
_NAMES = "|".join(sorted((rf"{name}s?" for name in UNITS if name != "weekly"), key=len, reverse=True))
_SURFACE = r"(?:m2|(?:square\s+met(?:re|er)|m2)(?:\s+of\s+body[ -]surface(?:\s+area)?)?)"
_PER = rf"(?:\s?/\s?|\s+(?:per|a|for\s+(?:each|every))\s+)(?P<per>{_SURFACE}|kg|kilogram(?:me)?)"
AMOUNT = re.compile(
    rf"(?<![\w.,/<>≤≥:-])(?<!AUC )(?P<x>{NUMBER}|{COUNT})(?:\s*\(\d+\))?(?:\s*(?:-"
    rf"|to)\s*(?P<y>{NUMBER}))?[\s-]?"
    rf"(?P<unit>(?<=-)weekly|{_NAMES})\b(?:{_PER}\b)?(?!\s?/\s?(?:[mdu]?l|min|h|hr|hour|kg|m2)\b"
    rf"|\s*(?:old|of age)\b)",
    re.I,
)
BODY = re.compile(
    rf"(?<![\w.,/-])(?P<x>{NUMBER})[\s-]?(?P<unit>m2|square\s+met(?:re|er)s|kg|kilograms?)\b(?!\s*/)", re.I
)
_TAKEN = (
    r"(?:samples?|tubes?|vials?|vacutainers?|syringes?|draws?|bottles?|aliquots?|specimens?|collections?"
    r"|visits?|occasions?|time[ -]?points?|times|draws?|cycles?|courses?|rounds?|fractions?|doses|injections?"
    r"|infusions?|administrations?|treatments?|tablets?|capsules?|pills?|puffs?|sessions?|portions?|blocks?)"
)
_WORD = (  # an adjective
    r"(?![a-z]+-weekly|(?:of|and|or|to|in|for|with|by|the|a|an|at|per|were|was|are|is|from|had|who|on|out|more|less|than|weeks?|days?"
    r"|months?|years?|m[lg]|patients|men|women)\b)[A-Za-z-]+"
)
_FACTOR = re.compile(
    rf"(?<![\w./,:-])(?P<k>{COUNT})(?:\s*\(\d+\))?(?:\s*(?:-|to|or|and(?:\s+(?:a\s+)?(?:maximum\s+of|at\s+most|up\s+to))?)\s*(?P<to>{COUNT}))?\s+(?:{_WORD}\s+){{0,2}}?"
    rf"(?P<noun>{_TAKEN})\b(?!\s+(?:apart|a\s+year))"
    rf"|(?<![\w./,:-])(?P<are>{COUNT})\s+(?:of\s+(?:them|these|those|which)\s+)?(?:is|are"
    rf"|were)\s+(?:to be\s+)?(?:taken|swallowed"
    r"|given|drawn|filled|collected|used|administered)\b"
    rf"|(?<![\w.,/:-])(?P<x>{INTEGER})\s*(?:x|@)\s*(?=\d)|(?:x|@|times"
    rf"|multiplied by)\s*(?P<after>{INTEGER})(?!\s?(?:{_NAMES})\b|[\d.])"
    rf"|(?<![\w./,:-])(?P<t>{COUNT})\s+(?=(?:\d[\d.,]*|{WORD})[\s-]?(?:weekly|{_NAMES})[\s-]+(?:[a-z]+\s+)?(?P<of>{_TAKEN})\b)"
    rf"|\b(?P<word>once|twice|thrice|again|both|bid|b\.i\.d\.|tid|t\.i\.d\.)(?=[\s,;.)(])",
    re.I,
)
_WORDS = {
    "once": 1,
    "twice": 2,
    "thrice": 3,
    "again": 2,
    "both": 2,
    "bid": 2,
    "b.i.d.": 2,
    "tid": 3,
    "t.i.d.": 3,
}
_LISTED = re.compile(
    r"(?:\(|\b(?:at|before|after|on|during|namely)\s+|\b(?=pre-?dose\b|baseline\b))(?P<list>[^.;:()]{4,200})",
    re.I,
)
_DAYS = re.compile(
    r"\bdays?\s+(?P<list>\d{1,3}(?:\s*(?:,|and|,\s*and|\+|&)\s*(?:on\s+)?(?:again\s+(?:on\s+)?)?(?:day\s+)?\d{1,3})+)",
    re.I,
)
_EACH_OF = re.compile(
    rf"\b(?:at|on|in|during|before|after)\s+(?:each|every\s+one|all)\s+(?:of\s+)?(?:the(?:se)?\s+)?(?P<k>{COUNT})\b",
    re.I,
)
_NUMBERED = re.compile(
    r"\b(?:visits|cycles|courses|infusions|weeks)\s+(?P<a>\d{1,2})\s*(?:to|-"
    r"|through)\s*(?P<b>\d{1,2})\b",
    re.I,
)
_AGAIN = re.compile(r"\bday\s+\d+\s+and\s+(?:again\s+)?(?:on\s+)?day\s+\d+", re.I)
_SPAN = re.compile(
    rf"\b(?:for|over|during|across|in|x|per|a|each)\s+(?:the\s+(?:course\s+of\s+)?|all\s+|a\s+)?(?P<n>{COUNT})?[\s-]*"
    rf"(?P<unit>day|week|month|year)s?\b(?!\s+out)"
    rf"|(?<![\w.-])(?P<m>{COUNT})\s+(?P<unit2>day|week|month)s?\s+out\s+of\b",
    re.I,
)
_RHYTHM = re.compile(
    r"\b(?P<daily>daily|(?:a|per|each|every)\s+(?:day|morning|evening)|/\s?d(?:ay)?)\b|\b(?P<weekly>weekly|(?:a|per|each|every)\s+week)\b"
    rf"|\b(?:every|each)\s+(?P<n>{COUNT})\s+(?P<unit>day|week|month)s?\b|\bq(?P<q>\d{{1,2}})(?P<qu>[dw])\b"
    rf"|(?<![\w-])(?P<k>two|three|four|six|\d)[\s-](?P<ku>week)ly\b|\b(?P<monthly>monthly|every\s+month)\b"
    r"|\b(?P<two>fortnightly|biweekly|every (?:other|second) week)\b",
    re.I,
)
_DAYS_IN = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit in the smallest unit of what it measures. `per`: `m2`, `kg` or nothing.

    `listed`: one of several with one unit.
    """

    number: Printed
    upper: Printed | None
    measures: str
    size: float
    per: str
    unit: str
    start: int
    end: int
    listed: bool = False

    @property
    def value(self) -> float:
        return self.number.value * self.size

    @property
    def kind(self) -> tuple[str, str]:
        return self.measures, self.per


@dataclass(frozen=True, slots=True)
class Factor:
    """How often: a number, or the two ends of a range. `noun`: of what."""

    low: float
    high: float
    start: int
    end: int
    noun: str = ""


def amounts_in(text: str, start: int, end: int) -> list[Amount]:
    found = []
    for m in AMOUNT.finditer(text, start, end):
        number = printed(text, *m.span("x"))
        upper = printed(text, *m.span("y")) if m["y"] else None
        unit = m["unit"].lower()
        if number is None or m["unit"] in ("G", "Ml", "D"):
            continue
        measures, size = UNITS[unit if unit in UNITS else unit.rstrip("s")]
        per = "" if not m["per"] else "kg" if m["per"].lower().startswith("k") else "m2"
        last = Amount(number, upper, measures, size, per, text[m.start("unit") : m.end()], m.start(), m.end())
        before = list(_of_one_unit(text, start, last))
        found += [*before, replace(last, listed=bool(before))]
    for m in _EVERY_SHORT.finditer(text, start, end):
        number = printed(text, *m.span("x"))
        if number is not None:
            size = 7.0 if m["u"].lower() == "w" else 1.0
            found.append(Amount(number, None, "time", size, "", m[0], m.start(), m.end()))
    return sorted(found, key=lambda one: one.start)


_LISTED_BEFORE = re.compile(
    r"(?<![\w.,/:<>≤≥-])(?<!days )(?<!day )(?<!weeks )(?<!cycles )(?<!visits )"
    r"\d+(?:\.\d+)?(?:\s*,\s+\d+(?:\.\d+)?)*\s*,?\s+and\s+$"
)


def _of_one_unit(text: str, start: int, last: Amount) -> Iterator[Amount]:
    """`20, 20, 15 and 15 mg`: the amounts before the one that has the unit of all."""
    listed = _LISTED_BEFORE.search(text, max(start, last.start - 60), last.start)
    if listed is None or last.upper is not None:
        return
    for m in re.finditer(NUMBER, listed[0]):
        at = listed.start() + m.start()
        number = printed(text, at, listed.start() + m.end())
        if number is not None:
            yield replace(last, number=number, start=at, end=number.end, listed=True)


_EVERY_SHORT = re.compile(r"\bq\s?(?P<x>\d{1,2})\s?(?P<u>w|d)(?:ks?|eeks?|ays?)?\b", re.I)


def bodies_in(text: str, start: int, end: int) -> list[tuple[str, Printed]]:
    """Surfaces and weights of a body."""
    return [
        ("kg" if m["unit"].lower().startswith("k") else "m2", number)
        for m in BODY.finditer(text, start, end)
        if (number := printed(text, *m.span("x"))) is not None
    ]


def factors_in(text: str, start: int, end: int) -> list[Factor]:
    """Counts of what is taken or given, lists of days and of occasions, and days or weeks of a rhythm."""
    found = []
    for m in _FACTOR.finditer(text, start, end):
        if m["word"]:
            found.append(Factor(_WORDS[m["word"].lower()], _WORDS[m["word"].lower()], m.start(), m.end()))
            continue
        group = next(name for name in ("k", "are", "x", "after", "t") if m[name])
        number = printed(text, *m.span(group))
        upper = printed(text, *m.span("to")) if m["to"] else number
        if number is not None and upper is not None and 0 < number.value < 1000:
            found.append(
                Factor(number.value, upper.value, m.start(), m.end(), (m["noun"] or m["of"] or "").lower())
            )
    for m in (*_DAYS.finditer(text, start, end), *_AGAIN.finditer(text, start, end)):
        found.append(Factor(k := len(re.findall(r"\d+", m[0])), k, m.start(), m.end()))
    for m in _EACH_OF.finditer(text, start, end):
        number = printed(text, *m.span("k"))
        if number is not None and not any(f.start <= m.start("k") < f.end for f in found):
            found.append(Factor(number.value, number.value, m.start("k"), m.end("k")))
    for m in _NUMBERED.finditer(text, start, end):
        if (k := int(m["b"]) - int(m["a"]) + 1) > 1:
            found.append(Factor(k, k, m.start(), m.end()))
    return found + list(_spans(text, start, end))


def occasions_in(text: str, start: int, end: int) -> list[int]:
    """How many occasions each list of the stretch names: `baseline and at weeks 4, 8 and 12` are four."""
    days = [m.span() for m in _DAYS.finditer(text, start, end)]
    return [
        k
        for m in _LISTED.finditer(text, start, end)
        if not any(m.start() < stop and first < m.end() for first, stop in days)
        and (k := _occasions(m["list"])) > 1
    ]


def _occasions(listed: str) -> int:
    listed = re.split(
        r"\b(?:total|altogether|in all|making|giving|hence|thus|for a|that is|so that|i\.e)\b|=",
        listed,
        maxsplit=1,
    )[0]
    pieces = re.split(r",\s*(?:and\s+)?|\s+and\s+(?:at\s+|after\s+|before\s+|on\s+)?", listed.strip(" ,"))
    named = [piece for piece in pieces if piece.strip() and not re.search(r"\bm[lL]\b|millilit", piece, re.I)]
    return len(named)


def _spans(text: str, start: int, end: int) -> Iterator[Factor]:
    """`daily for 12 weeks` is 84 times, `weekly for three weeks out of four` three times."""
    every = [days for m in _RHYTHM.finditer(text, start, end) if (days := _rhythm(m))]
    if not every:
        return
    for m in _SPAN.finditer(text, start, end):
        unit = (m["unit"] or m["unit2"]).lower()
        held = m["n"] or m["m"]
        number = printed(text, *m.span("n" if m["n"] else "m")) if held else None
        if held is None and unit != "year":
            continue
        days = (number.value if number else 1.0) * _DAYS_IN[unit]
        for each in every:
            if days / each >= 1 and (unit == "year" or held is not None):
                yield Factor(floor(days / each + 1e-6), ceil(days / each - 1e-6), m.start(), m.end(), "span")


def _rhythm(m: re.Match[str]) -> float | None:
    if m["daily"]:
        return 1.0
    if m["weekly"]:
        return 7.0
    if m["monthly"]:
        return 30.4375
    if m["two"]:
        return 14.0
    if m["q"]:
        return float(m["q"]) * (7 if m["qu"].lower() == "w" else 1)
    said, unit = (m["n"], m["unit"]) if m["n"] else (m["k"], m["ku"])
    number = printed(said, 0, len(said))
    return None if number is None else number.value * _DAYS_IN[unit.lower()]
