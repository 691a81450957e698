"""The numbers of a statement, each with its unit: share, points, time, rate, a count of something.

Digits, words, fractions, frequencies (`four times out of five`), spans (`a year and a half`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.number_words import WORD
from trialist.evidence.claims.plain import NUMBER, printed

_FRACTIONS = {"half": 1 / 2, "third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "tenth": 1 / 10}
_FRACTION = (
    rf"(?P<times>(?:\b(?:a|one|two|three|four)[\s-])?)(?P<fraction>(?<![\w-])half\b|\b(?:third|quarter|fifth"
    rf"|tenth)s?\b)|(?<![<>≤≥])(?<![<>≤≥]\s)\b(?P<k>(?:one|1)(?=\s[a-z]+\sin\s)|{WORD}|\d+(?:\.\d)?)(?:(?<=one)\s[a-z]+"
    rf"|(?<=\b1)\s[a-z]+)?[\s-](?P<often>times[\s-])?(?:in"
    rf"|out of)[\s-](?:every[\s-])?(?P<of>ten|five|four|three"
    rf"|twenty|1,?000|100|50|20|10|5|4|3)\b(?![.,]?\d)(?!\s*(?:days|weeks|months|years|quarters)\b)|(?P<halved>\bhalv(?:ing|ed|es?)\b)"
)
_SPAN = (
    rf"(?P<span>(?P<years>{WORD}|\b\d+|\ban?\b)(?P<inside>\s+(?:year|month|week)s?)?\s+and\s+(?:a|one)\s+half"
    r"(?P<behind>\s+(?:years|months|weeks))?|(?:(?<=\bin )|(?<=\bwithin )"
    r"|(?<=\bafter ))(?P<single>an?\s+(?:year|month)\b))"
)
_ANY = re.compile(
    rf"{_SPAN}|{_FRACTION}|(?<![\w.,/])(?P<number>{NUMBER})(?![\d]|\.\d)|(?<![\w-])(?P<word>{WORD})", re.I
)
_PERCENT = re.compile(r"\s?-?(?:%|per\s?cent\b)(?!\s*(?:-\s*)?(?:points?|pp)\b)", re.I)
_POINTS = re.compile(r"\s?-?(?:(?:%|percent(?:age)?|per\s?cent)?[\s-]*points?\b|pp\b)", re.I)
_TIME = re.compile(r"[\s-]?(?P<u>weeks?|months?|mo\b|quarters?|years?|yrs?)\b", re.I)
_OTHER = re.compile(
    r"\s?(?:mg|mL|ml|Gy|MBq|GBq|days?\b|hours?\b|minutes?\b|:\s?\d|\s?-\s?(?:b|β|beta)\b|-sided|-tailed"
    r"|(?:-|\s)arm\b)"
    r"|[\s-]sided|[\s-]tailed|[\s-]to[\s-]one\b|\s?-?(?:%|per\s?cent)?\s?-?(?:CI\b|confidence|credible)",
    re.I,
)
_MEASURED = re.compile(
    r"\s?(?:mm\s?Hg|mmol|kg|cm|mm|metres?|meters?|m\b|steps|units?|litres?|L\b|g\b|bpm|scores?)\b"
)
_AGAIN = re.compile(r"\s*(?:%|per\s?cent)?\s*\(\s*(?P<x>\d[\d.,]*)\s*%?\s*\)", re.I)
DAYS = {"w": 7.0, "m": 30.4375, "q": 91.3125, "y": 365.25}

EVENT = (
    r"(?:events?|deaths?|relapses?|progressions?|recurrences?|failures?|infections?|strokes?|fractures?|died)"
)
SITE = r"(?:sites?|cent(?:re|er)s?|hospitals?|clinics?)"
_CLUSTER = r"(?:clusters?|practices?|schools?|villages?|classes|wards?|homes?)"
_NOUNS = {
    "events": EVENT,
    "pairs": r"(?:discordant\s+)?pairs",
    "sites": SITE,
    "clusters": _CLUSTER,
    "responses": r"(?:responses?|responders?|responding|remissions?|successes)",
    "people": r"(?:patients?|men|women|participants?|subjects?|people|persons|volunteers?|adults?|children"
    r"|pupils?|residents?|infants?|students?|individuals?|cases|carriers?|evaluable|analy[sz]able|controls?"
    r"|mothers|births|babies|inclusions|entrants|recruits|members|employees|clients|evaluations"
    r"|enrolments?|places|slots|completers?|entrants?)",
}
_NOUN = re.compile(
    r"[\s)-]*(?:(?!(?:of|in|and|or|to|by|with|for|are|is|was|were|will|among|per|that|from|had|have|at|on"
    r"|need\w*|requir\w*|after|would|should|could|must|a|month|year|week|give|gives|yields?)\b)"
    r"[A-Za-z][\w'-]*\s+){0,4}?(?:"
    + "|".join(rf"(?P<{role}>{words})" for role, words in _NOUNS.items())
    + r")\b",
    re.I,
)
DATE = re.compile(
    r"(?:\b(?:in|since|from|to|until|by|of|and|jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sep\w*"
    r"|oct\w*|nov\w*"
    r"|dec\w*|stage|phase|part|arm|group|day|week|month|year|cycle|grade|version|figure|table)|-|/)\s*$",
    re.I,
)
_SIZE_OF = re.compile(
    r"\b(?:accrual|enrol?lment|recruitment|intake|target|sample|size|total|number) of\s*$", re.I
)
_NO_NOUN = re.compile(
    r"\s*(?:[,.;:)|]|$|(?:will|would|must|should|could|can|are|were|was|is|need|for|in|to|who|at|on|had"
    r"|have|so|and|of those|of them|of these)\b)",
    re.I,
)
_EACH = re.compile(
    r"[^.;:\d]{0,32}?(?:\b(?:per|in each|in either|to each|to either)\s+(?:[\w-]+\s+){0,3}?(?:arm|group|of"
    r"|treatment|cohort|side)s?\b|\ban? (?:arm|group|side)\b|\beach\b(?!\s+(?:month|year|week))"
    r"|\bapiece\b|/(?:arm|group))"
    r"|\s*\((?:each|per (?:arm|group))\)",
    re.I,
)
_EACH_BEFORE = re.compile(
    r"(?:\bgroup sizes? of|\beach (?:arm|group) (?:of|with|has|needs)|\b(?:per|each) (?:arm"
    r"|group)\s?[:=])\s*$",
    re.I,
)
_ALL = re.compile(
    r"[^.;:\d]{0,30}?(?:\bin (?:total|all)\b|\baltogether\b|\boverall\b|,? half in\b|,? (?:equally|evenly)"
    r" (?:split|divided|shared)|\bin both (?:arms|groups) (?:together|combined)|\bsplit (?:equally|evenly))",
    re.I,
)
_ALL_BEFORE = re.compile(
    r"\b(?:a total of|totalling|in all,?|altogether,?|total sample size[^.;\d]{0,12}|total\W{1,4}|N\s*=)\s*$",
    re.I,
)
_PACE = re.compile(
    rf"(?P<what>(?:\s+(?!per\b|a\b|an\b|each\b|every\b|in\b|to\b|or\b)[a-z-]+){{0,4}}?)(?P<each>\s+each)?"
    rf"(?P<by>\s*(?:/|\bper\b|\ba\b|\bin each\b|\bfrom each\b|\beach\b|\bat each\b|\bin every\b|\bevery\b)"
    rf"\s*{SITE}(?:\s+and)?)?"
    rf"(?:\s*(?:/|\bper\b|\ba\b|\beach\b|\bevery\b|\bin an? (?:average )?)\s*(?P<u>week|month|quarter|year)\b"
    rf"|(?<=\band)\s+(?P<and>week|month|quarter|year)\b"
    rf"|\s+(?:every|per)\s+(?P<step>{WORD}|\d+|other|second)\s+(?P<us>week|month|quarter|year)s?\b"
    rf"|\s+(?P<ly>weekly|monthly|quarterly|yearly|annually))"
    rf"(?P<by2>\s*(?:/|\bper\b|\ba\b|\bin each\b|\bfrom each\b|\beach\b|\bat each\b)\s*{SITE}\b)?",
    re.I,
)


_PACE_LABEL = re.compile(  # `patients per site per year: 6`
    rf"(?P<by>(?:\bper|/)\s*{SITE}(?:\s+and)?\s*)?(?:\bper|/|\ba)\s*(?P<u>week|month|quarter|year)"
    rf"(?P<by2>\s*(?:\bper|/|and)\s*{SITE})?[)\]]?\s*(?:[:|=]|\bis\b|\s{{2,}})\s*$"
    rf"|\b(?P<ly>weekly|monthly|quarterly|yearly|annual)\s+(?:accrual|recruitment|enrol\w+"
    rf"|inclusion)[^.;\d]{{0,24}}$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a statement. `value`: of percents and fractions a share; of times days; `each`: of a group.

    unit   share, points, days, count, rate (a day) or empty; role: what it is, empty where nothing tells
    bare   a count behind which no noun stands, which may be of what is spoken of
    """

    printed: Printed
    value: float
    unit: str
    role: str = ""
    each: bool | None = None
    bare: bool = False

    @property
    def start(self) -> int:
        return self.printed.start

    @property
    def end(self) -> int:
        return self.printed.end


def bare_numbers(text: str, start: int, end: int) -> Iterator[Number]:
    at = start
    while found := _ANY.search(text, at, end):
        at = found.end()
        if found["span"]:
            yield from _of_span(text, found)
            continue
        one = _value(text, found)
        if found["fraction"] and _OF_GROUP.match(text, found.end(), end):
            continue  # `half in each group`
        if found["number"] and re.match(r"[A-Za-z]", text[found.end() : end][:1]):
            continue  # `177Lu`
        if one is None or _OTHER.match(text, found.end(), end) or _said_again(text, one, end):
            continue
        number = _with_unit(text, one, found, start, end)
        pace = _PACE.match(text, one.end, end) if number.unit == "rate" else None
        at = pace.end() if pace else at
        yield number


_OF_GROUP = re.compile(r"\s+(?:in|to)\s+each\b", re.I)
_OF_SD = re.compile(r"\s+(?:of\s+(?:a|an|one|the)\s+)?(?:standard deviations?|SDs?)\b", re.I)
_TO_DIE = re.compile(
    r"\s+(?:(?:will|must|would|should|have|had|need|are|to|expected)\s+)+(?:die|died|relapse|relapsed"
    r"|progress|progressed)\b",
    re.I,
)


def _said_again(text: str, one: Printed, end: int) -> bool:
    """`one hundred and ninety-six (196)`, `eighty percent (80%)`: the digits stand for both."""
    again = _AGAIN.match(text, one.end, end)
    number = printed(text, *again.span("x")) if again else None
    return number is not None and number.value == one.value


def _of_span(text: str, found: re.Match[str]) -> Iterator[Number]:
    """`a year and a half`, `two and a half years`, `within a year`."""
    unit = found["inside"] or found["behind"] or (found["single"] or "").partition(" ")[2]
    if not unit.strip():
        return
    whole = None
    if not found["single"] and found["years"].lower() not in ("a", "an"):
        whole = printed(text, *found.span("years"))
    value = 1.0 if found["single"] else (1.0 if whole is None else whole.value) + 0.5
    yield Number(Printed(f"{value:g}", value, *found.span()), value * DAYS[unit.strip()[0].lower()], "days")


def _value(text: str, found: re.Match[str]) -> Printed | None:
    if found["halved"]:
        return Printed("0.5", 0.5, *found.span())
    if found["fraction"]:
        times = {"": 1, "a": 1, "one": 1, "two": 2, "three": 3, "four": 4}[found["times"].strip(" -").lower()]
        value = times * _FRACTIONS[found["fraction"].lower().rstrip("s")]
        return Printed(f"{value:.2f}", value, *found.span())
    if found["of"]:
        k, of = (printed(text, *found.span(word)) for word in ("k", "of"))
        return (
            None
            if k is None or of is None
            else Printed(f"{k.value / of.value:.2f}", k.value / of.value, *found.span())
        )
    return printed(text, *found.span("number" if found["number"] else "word"))


def _with_unit(text: str, one: Printed, found: re.Match[str], start: int, end: int) -> Number:
    if _OF_SD.match(text, one.end, end):
        return Number(one, one.value, "", "effect")
    if found["fraction"] or found["of"] or found["halved"]:
        role = "reduction" if found["halved"] else "power" if found["often"] and one.value > 0.4 else ""
        return Number(one, one.value, "share", role)
    at = one.end
    if _POINTS.match(text, at, end):
        return Number(one, one.value / 100, "points")
    if _PERCENT.match(text, at, end):
        return Number(replace(one, text=one.text + "%"), one.value / 100, "share")
    label = _PACE_LABEL.search(text, max(start, one.start - 60), one.start)
    pace = label or _PACE.match(text, at, end)
    if pace is not None and _is_pace(text, one, pace, start):
        return _paced(text, one, pace)
    time = _TIME.match(text, at, end)
    if time is not None:
        return Number(one, one.value * DAYS[time["u"][0].lower()], "days")
    if _MEASURED.match(text, at, end):
        return Number(one, one.value, "measured")
    return _counted(text, one, start, end)


_ACCRUAL = re.compile(
    r"\b(?:accru|enrol|recruit|includ|inclusion|regist|screen|randomi|join|entry|enter|bring|come|see\b"
    r"|admit)",
    re.I,
)


_DOSES = re.compile(
    r"\b(?:doses?|cycles?|courses?|infusions?|injections?|visits?|sessions?|treatments?|fractions?"
    r"|tablets?|scans?)\b",
    re.I,
)


def _is_pace(text: str, one: Printed, pace: re.Match[str], start: int) -> bool:
    """Whether a rate is none of a rate (`per 1,000 a year`), and one in several months one of accrual."""
    if re.search(r"\bper\s+$", text[max(start, one.start - 5) : one.start]):
        return False
    if _DOSES.search(text, one.end, min(len(text), pace.end() + 14)):
        return False
    step = pace.groupdict().get("step")
    return not step or _ACCRUAL.search(text, max(start, one.start - 60), pace.end()) is not None


def _paced(text: str, one: Printed, pace: re.Match[str]) -> Number:
    """A rate as so many a day; of each site where the words say so."""
    held = pace.groupdict()
    unit = next(held[word] for word in ("u", "ly", "and", "us") if held.get(word))
    days = DAYS["y" if unit.lower().startswith("annual") else unit[0].lower()]
    if held.get("step"):
        steps = None if held["step"].lower() in ("other", "second") else printed(text, *pace.span("step"))
        days *= 2.0 if steps is None else max(steps.value, 1.0)
    by_site = bool(held.get("by") or held.get("by2") or held.get("each"))
    return Number(one, one.value / days, "rate", "site rate" if by_site else "rate")


def _counted(text: str, one: Printed, start: int, end: int) -> Number:
    noun = _NOUN.match(text, one.end, end)
    role = "" if noun is None else str(noun.lastgroup)
    if role == "people" and noun is not None and _TO_DIE.match(text, noun.end(), end):
        role = "events"
    before = text[max(start, one.start - 24) : one.start]
    stop = noun.end() if noun else one.end
    each = None
    near, whole = _EACH.match(text, stop, end), _ALL.match(text, stop, end)
    if whole is not None and (near is None or whole.end() <= near.end()):
        each = False
    elif near is not None or _EACH_BEFORE.search(before):
        each = True
    elif _ALL_BEFORE.search(before):
        each = False
    if one.text.isdigit() and not role and each is not None and one.value >= 5:
        role = "people"
    year = 1900 <= one.value <= 2100 and "," not in text[one.start : one.end]
    bare = (
        not role
        and not year
        and one.text.isdigit()
        and bool(_NO_NOUN.match(text, one.end, end))
        and (not DATE.search(before) or _SIZE_OF.search(before) is not None)
    )
    return Number(one, one.value, "count" if one.text.isdigit() else "", role, each, bare)
