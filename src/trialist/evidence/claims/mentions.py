"""Numbers that count something, each with what it counts; and shares, in digits or in words.

A reader that asks "how many, of what, of how many" need not know the order of the words: it asks here for the
counts and shares of a stretch, and looks at what stands between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trialist.evidence.claims.assertions import plain_words
from trialist.evidence.claims.model import Printed
from trialist.evidence.claims.number_words import WORD, in_words
from trialist.evidence.claims.plain import COUNT, NUMBER, printed
from trialist.evidence.claims.thresholds import threshold


@dataclass(frozen=True, slots=True)
class Count:
    """A number of things: `the 147 women with a stent` has the noun `women`, behind it `with a stent`."""

    number: Printed
    start: int
    end: int  # behind the number, or behind its noun where it has one
    noun: str | None
    adjectives: tuple[str, ...]
    before: str
    behind: str  # from the end of the number

    @property
    def value(self) -> int:
        return int(self.number.value)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole: `35%`, `a third`, `nearly half`, `1 in 14`. From `low` to `high`."""

    start: int
    end: int
    low: float
    high: float
    said: str
    number: Printed | None = None  # where it is a percent


UNIT = (
    r"(?:\s?%|\s?per ?cent|\s*-?\s*(?:mg|mL|ml|g\b|ug|kg|mm|cm|km|months?|weeks?|days?|years?|hours?"
    r"|minutes?|times"
    r"|arms?|cycles?|visits?|GBq|[Mk]Bq|Gy|lines?|strata|stages?|phases?|points?|doses|sessions|courses|ng|IU|ml|mmol"
    r"|fractions|degrees|o'clock|groups?|cohorts?|occasions|o)\b|:\d|\s:\s?\d|\s*-\s*\d|-(?:year|month|week|day|point|item"
    r"|fold|arm|centre|center|part|stage|by)|\s+(?:to|or)\s+\d|\s*[x*]\s*\d|\s+per\s+(?!arm|group|cohort|treatment|cent(?:re|er))|\s+million|\s*\+)"
)
_COUNT = re.compile(
    rf"(?<![\w.,/:≤≥<>=-])(?<![A-Za-z]-)(?<![<>≤≥=] )(?<![\d.]\s-\s)(?P<x>{COUNT})"
    rf"(?:\s*\((?P<again>[\d,]+)\))?(?!{UNIT})(?![\w-])(?!\.\d)|\b[nN]\s?=\s?(?P<n>[\d,]*\d)(?!\.\d)",
    re.I,
)
_LABEL = re.compile(
    r"\b(?:phase|grades?|cycles?|days?|weeks?|stages?|lines?|visits?|month|year|table|fig(?:ure)?"
    r"|level|step|slide|section|version|type|question|day|page|no|nr|score|age|aged|between|least|than|under|over|most"
    r"|status|Gleason|ECOG|item|title|reference|chapter|PS|above|below|after|until|by|every|AUC|article|annex|article|case"
    r"|(?:January|February|March|April|May|June|July|August|September|October|November|December)|hours|P|p)"
    r"\s+$",
    re.I,
)
_GROUP_LABEL = re.compile(
    r"\b(?:arms?|groups?|cohorts?|parts?|site|cent(?:re|er))\s+$", re.I
)  # of small numbers
_RATIO = re.compile(r"\d(?:\s?/|\s:|:)\s*$(?<!\d: )|\d[\w%]*\s*(?:-|\bto|\bor)\s*$")
_PERCENTS = re.compile(  # `45, 48, 32%`, `45 v 48%`: one sign for all
    rf"(?<![\w.,/])(?:{NUMBER}\s?,\s+(?:and\s+)?(?={NUMBER}\s?(?:,|and\b))(?:{NUMBER}\s?,?\s+(?:and\s+)?)+"
    rf"|{NUMBER}\s+(?:v|vs\.?|versus)\s+){NUMBER}\s?%"
)
_RANGE = re.compile(r"\s*(?:[a-z]+\s+)?(?:to|or|-)\s+\d")
_ONE = re.compile(r"(?:[,;(]|\band|\bby)\s*(?:only\s+|just\s+)?$", re.I)
_NOT_ONE = re.compile(
    r"\s+(?:of the (?:most|first|main|few)|another|who|that|day|hand|can|has|would|third|half|quarter"
    r"|in (?:two|three|four|five|six|seven|eight|nine|ten|\d+)|year|or)\b",
    re.I,
)
_WORDS = re.compile(r"\s*(?:\(\d[\d,]*\)\s*)?((?:[A-Za-z][A-Za-z'-]*[ ]+)*[A-Za-z][A-Za-z'-]*)")
_STOP = plain_words("no_noun")
_IRREGULAR = plain_words("plurals")
_NO_PLURAL = plain_words("no_plurals")


def noun_of(text: str, at: int) -> tuple[str | None, tuple[str, ...], int]:
    """The plural noun behind a number, the words between, and where it ends."""
    found = _WORDS.match(text, at)
    if found is None:
        return None, (), at
    between: list[str] = []
    for word in list(re.finditer(r"[A-Za-z][A-Za-z'-]*", found[1]))[:5]:
        small = word[0].lower().rstrip("'")
        if small in _STOP:
            break
        plural = small in _IRREGULAR or (
            small.endswith("s")
            and not small.endswith(("ss", "us", "is", "wards"))
            and small not in _NO_PLURAL
        )
        if plural:
            return small, tuple(between), found.start(1) + word.end()
        between.append(small)
    return None, (), at


def counts(text: str, start: int, end: int) -> list[Count]:
    """Every number of the stretch that counts something."""
    held: list[Count] = []
    rows = [row.span() for row in _PERCENTS.finditer(text, start, end)]
    for m in _COUNT.finditer(text, start, end):
        name = "x" if m["x"] else "n"
        number = printed(text, *m.span(name))
        ahead = text[max(start, m.start() - 70) : m.start()]
        if number is None or "." in number.text or (1900 <= number.value <= 2100 and "," not in m[name]):
            continue
        if name == "x" and (
            (_LABEL.search(ahead) and not re.search(r"\bcame to $", ahead)) or _RATIO.search(ahead)
        ):
            continue
        if number.value < 10 and _GROUP_LABEL.search(ahead):
            continue
        if any(a <= m.start() < b for a, b in rows):
            continue
        another = m["again"] and m["again"].replace(",", "") != number.text
        m_end = m.end(name) if another else m.end()
        if number.text == "1" and name == "x" and (not _ONE.search(ahead) or _NOT_ONE.match(text, m_end)):
            continue
        if re.match(r"\s+in\s+\d", text[m_end:end]) and number.value < 10 and number.text.isdigit():
            continue  # a score: `0 in 61, 1 in 52`
        if re.search(r"\bfrom\s+$", ahead) and _RANGE.match(text, m_end):
            continue
        noun, adjectives, stop = noun_of(text, m_end) if m_end < end else (None, (), m_end)
        held.append(Count(number, m.start(), max(stop, m_end), noun, adjectives, ahead, text[m_end:end]))
    return held


_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_FRACTION = (
    rf"(?:(?P<many>{WORD}|\ba|\ban)[\s-]+)?(?P<part>half|halves|(?:third|quarter|fourth|fifth|sixth|eighth|tenth)s?)\b"
    r"(?!\s+(?:cycle|dose|week|visit|year|time|day|trial|arm|group|line|quarter|month|party|interim|study|edition))"
)
_ODDS = (
    rf"(?P<k>{WORD}|\d+)\s+(?:(?:[a-z]+\s+)?(?:people|patients?|men|women|man|woman|person|child"
    rf"|children)\s+)?(?:in|(?:out\s+)?of)\s+(?:every\s+)?(?P<m>{WORD}|\d[\d,]*)\b(?!\s+(?:cent|%))"
)
_PER = (
    r"(?P<y>\d[\d.]*)\s+(?:[a-z]+\s+)?(?:per|in every|out of every|for every"
    r"|in each)\s+(?P<base>1,?000|100|10,?000|hundred|thousand)\b"
)
_EVERY = (
    rf"\b(?:of|out of|for) every (?P<m2>{WORD}|\d[\d,]*)\b[^.;\d]{{0,70}}?,\s*(?:about |some "
    rf"|only )?(?P<k2>{WORD}|\d+)\b"
)
_PCT = rf"(?P<pct>{NUMBER}|{WORD})\s?(?:%|per ?cent\b)(?!\s?-?\s?(?:CI|confidence|credible|power))"
_SHARE = re.compile(
    rf"(?<![\w.,/-])(?:{_PCT}|{_PER}|{_FRACTION}|(?P<odds>{_ODDS})|{_EVERY}|every (?P<nth>second|third"
    rf"|fourth|fifth|tenth)\b)",
    re.I,
)
_NEAR = re.compile(r"\b(?:about|around|roughly|approximately|some|close to|almost exactly|nearer)\s+$", re.I)
_UNDER = re.compile(r"\b(?:nearly|almost|just (?:under|below)|not quite|close to)\s+$", re.I)
_BELOW = re.compile(r"\b(?:fewer than|less than|under|below|up to|at most)\s+$", re.I)
_ABOVE = re.compile(r"\b(?:more than|over|above|at least|upwards of|no fewer than|no less than)\s+$", re.I)
_JUST = re.compile(r"\b(?:just|slightly|a little|a bit)\s+(?:more than|over|above)\s+$", re.I)
_MOST = re.compile(
    r"\b(?:(?:a|the)\s+(?:(?P<large>large|vast|great|clear)\s+)?(?P<word>majority|minority))\b", re.I
)
_HALF_LENGTH = re.compile(
    r"\b(?:year|hour|month|day|mile|life|dose|time)s?\b[\s-]+(?:and\s+a\s+)?$|\ban? hour and a $", re.I
)


def shares(text: str, start: int, end: int) -> list[Share]:
    held = [
        one
        for m in _SHARE.finditer(text, start, end)
        if not (text[m.start() - 1 : m.start()] == "[" and text[m.end() : m.end() + 1] == "]")  # a source
        and (one := _share(text, start, m)) is not None
    ]
    for m in _MOST.finditer(text, start, end):
        low, high = (0.5, 1.0) if m["word"].lower() == "majority" else (0.0, 0.5)
        held.append(Share(m.start(), m.end(), low, high, m[0]))
    return sorted(held, key=lambda one: one.start)


def _share(text: str, start: int, m: re.Match[str]) -> Share | None:
    ahead = text[max(start, m.start() - 30) : m.start()]
    if (m["pct"] or m["part"]) and threshold(text, *m.span(), start):
        return None
    if m["pct"]:
        number = printed(text, *m.span("pct"))
        if number is None or number.value > 100 or number.value < 0:
            return None
        step = 0.5 * 10.0**-number.decimals  # cut off, or rounded twice: let pass
        low, high = (number.value - 2 * step) / 100, (number.value + 2 * step) / 100
        return _hedged(m, ahead, low, high, step / 100, number)
    if m["y"]:
        per = {"hundred": 100, "thousand": 1000}.get(m["base"].lower()) or int(m["base"].replace(",", ""))
        value = float(m["y"].rstrip(".")) / per
        return _hedged(m, ahead, value - 0.6 / per, value + 0.6 / per, 0.5 / per, None)
    if m["nth"]:
        nth = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "tenth": 10}[m["nth"].lower()]
        return Share(m.start(), m.end(), 1 / nth - 0.035, 1 / nth + 0.035, m[0])
    if m["part"]:
        many = (m["many"] or "a").lower()
        part = m["part"].lower().rstrip("s") if m["part"].lower() != "halves" else "half"
        k = 1 if many in ("a", "an") else in_words(many)
        whole = _PARTS.get(part, 2)
        if k is None or k >= whole or (not m["many"] and part != "half") or _HALF_LENGTH.search(ahead):
            return None
        return _hedged(m, ahead, k / whole - 0.035, k / whole + 0.035, 0.035, None)
    k, base = (_integer(m[name]) for name in (("k2", "m2") if m["m2"] else ("k", "m")))
    if k is None or base is None or not 0 < k < base or base > 100_000 or (k > 9 and base < 100):
        return None
    if re.search(r"\bof\b", m[0]) and "every" not in m[0].lower() and (base > 10 or m["m"].isdigit()):
        return None  # a count of its whole
    people = m["m2"] or _PEOPLE.search(m[0]) or _PEOPLE.match(text, m.end()) or _HEDGE.search(ahead)
    if not people and "every" not in m[0] and " out " not in m[0] and re.search(r"\d", m[0]):
        return None  # `performance status 1 in 20`
    if re.search(r"\d[\d,]*\s+$|\d\s*(?:-|to)\s*$", ahead) or base in range(1900, 2101):
        return None
    slack = 0.045 if base < 6 else 0.5 / base
    low, high = (
        (k / base - slack, k / base + slack) if k > 1 or base < 6 else (1 / (base + 0.5), 1 / (base - 0.5))
    )
    return _hedged(m, ahead, low, high, (high - low) / 2, None)


_PEOPLE = re.compile(
    r"(?:\s+[a-z-]+){0,2}\s+(?:people|patients?|men|women|persons?|children|adults|participants|families|babies|births"
    r"|pregnancies|cases|times|users)\b",
    re.I,
)
_HEDGE = re.compile(
    r"\b(?:about|around|roughly|approximately|nearly|almost|than|some|under|over|only)\s+$", re.I
)


def _integer(said: str) -> int | None:
    return int(said.replace(",", "")) if said[0].isdigit() else in_words(said)


def _hedged(
    m: re.Match[str], ahead: str, low: float, high: float, step: float, number: Printed | None
) -> Share | None:
    middle = (low + high) / 2
    if _JUST.search(ahead):
        low, high = middle - step / 4, middle + 0.07
    elif _ABOVE.search(ahead):
        low, high = middle - step / 4, 1.0
    elif _UNDER.search(ahead):
        low, high = middle - max(0.1, step), middle + step / 2
    elif _BELOW.search(ahead):
        low, high = 0.0, middle + step / 4
    elif _NEAR.search(ahead):
        slack = max(step, min(0.03, 0.15 * middle))
        low, high = low - slack, high + slack
    return Share(m.start(), m.end(), max(low, 0.0), min(high, 1.0), m[0], number)


def clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches of a sentence between semicolons."""
    at = start
    for m in re.finditer(r";|\s\|\s", text[start:end]):
        yield at, start + m.start()
        at = start + m.end()
    yield at, end
