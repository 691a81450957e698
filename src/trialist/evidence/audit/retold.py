"""Facts told again in other words: a share at one time (`twelve months on`), a follow-up with a bound."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from trialist.evidence.audit.known.said import APART, STRONG_SUBGROUP, TWO_PARTS
from trialist.evidence.audit.shown import values
from trialist.evidence.audit.slips import ANALYSES
from trialist.evidence.claims.model import Claim, Printed, Reading, Span
from trialist.evidence.claims.number_words import WORD, digits
from trialist.evidence.claims.plain import NUMBER, plain, printed
from trialist.kernels.coherence import Range

_MONTHS = {"month": 1.0, "year": 12.0, "week": 7 / 30.4375, "mo": 1.0}
_AFTER = re.compile(
    rf"\b(?:at|after|by)\s+(?P<a>{NUMBER}|{WORD}|an?|half\s+a)[\s-]+(?P<u>month|year|week)s?(?:'s?)?(?!\s+of\s+follow)\b"
    rf"|(?<![\w.])(?P<b>{NUMBER}|{WORD}|an?|half\s+a)\s+(?P<v>month|year|week)s?\s+"
    r"(?:on\b|later\b|in\b(?!\s+the)|into\b|after\s+(?:the\s+start|start\w*|entry|random\w+|enrol\w+))"
    rf"|(?<![\w.])(?P<c>{NUMBER}|{WORD})-(?P<w>month|year|week)\b",
    re.I,
)
_STATES = (
    ("progression-free", re.compile(
        r"\b(?:without|free\s+(?:of|from)|no)\s+(?:any\s+|radiographic\s+|disease\s+|signs?\s+of\s+)*progress\w+"
        r"|\b(?:progression-free|not\s+(?:yet\s+)?progressed)\b|\br?PFS\b", re.I)),
    ("alive", re.compile(r"\b(?:alive|still\s+liv\w+|overall\s+survival|OS|surviv\w+)\b", re.I)),
)  # fmt: skip
_SHARE = re.compile(rf"(?<![\w.,<>=])(?P<x>{NUMBER})\s?(?:%|per\s?cent\b)")
_ARM = re.compile(
    r"\b(?:on|taking|given|with|receiving|got|took|for|under)\s+(?:the\s+)?(?P<on>[A-Za-z][\w-]{2,})"
    r"|(?<=[%t])\s*\(\s*(?P<only>[A-Za-z][\w-]{2,})\s*\)"
    r"|\b(?P<in>[A-Za-z][\w-]{2,})\s+(?:arm|group)\b",
    re.I,
)
_NO_ARM = re.compile(
    r"scans?|imaging|progress\w*|that|those|these|them|two|both|each|other|study|trial|treatment|therapy|metast\w+",
    re.I,
)
_ANOTHER = re.compile(
    r"\b(?:assum|expect|plan|target|earlier|previous|historical|other\s+trial|hypothe|would|if)\w*", re.I
)


@dataclass(frozen=True, slots=True)
class Landmark:
    """A share of an arm in a state at a time in months."""

    state: str
    months: float
    arm: str
    share: Printed
    sentence: Span
    end: int


def retold(reading: Reading, many: bool) -> Iterator[tuple[Claim, Claim, str, str, str]]:
    """(first, second, what, its value, the other value)."""
    yield from _landmarks(reading)
    if not many:
        yield from _follow_up(reading)


def _landmarks(reading: Reading) -> Iterator[tuple[Claim, Claim, str, str, str]]:
    text = plain(reading.document.text)
    held: dict[tuple[str, float, str], list[Landmark]] = {}
    for span in reading.sentences:
        for one in _shares(text, span):
            held.setdefault((one.state, one.months, one.arm), []).append(one)
    for (state, months, arm), found in held.items():
        first, rest = found[0], found[1:]
        apart = [one for one in rest if not values(one.share).meets(values(first.share))]
        if len({one.share.value for one in apart}) == 1 and apart[0].sentence != first.sentence:
            what = f"share {state} at {months:g} months with {arm}"
            claims = [_claim(reading, one.share, one.end, one.sentence) for one in (first, apart[0])]
            yield claims[0], claims[1], what, f"{first.share.text}%", f"{apart[0].share.text}%"


def _shares(text: str, span: Span) -> Iterator[Landmark]:
    said = text[span.start : span.end]
    times = list(_AFTER.finditer(said))
    rest = _AFTER.sub(" ", said)
    states = [name for name, words in _STATES if words.search(said)]
    if (
        len(times) != 1
        or not states
        or any(w.search(rest) for w in (ANALYSES, APART, STRONG_SUBGROUP, TWO_PARTS, _ANOTHER))
    ):
        return
    number = next(times[0][name] for name in "abc" if times[0][name])
    unit = next(times[0][name] for name in "uvw" if times[0][name]).lower()
    months = round(_value(number) * _MONTHS[unit], 1)
    shares = list(_SHARE.finditer(said))
    for k, found in enumerate(shares):
        stop = shares[k + 1].start() if k + 1 < len(shares) else len(said)
        arm = _arm(said, found.end(), stop)
        if arm is None and len(shares) == 1:
            arm = _arm(said, max(said.rfind(";", 0, found.start()) + 1, 0), found.start())
        share = printed(text, span.start + found.start("x"), span.start + found.end("x"))
        if arm is not None and share is not None:
            yield Landmark(states[0], months, arm, share, span, span.start + found.end())


def _arm(said: str, start: int, stop: int) -> str | None:
    """The arm directly behind a share."""
    for found in _ARM.finditer(said, start, stop):
        if "," in said[start : found.start()] or ";" in said[start : found.start()]:
            return None
        name = (found["on"] or found["only"] or found["in"]).lower()
        if _NO_ARM.fullmatch(name) is None:
            return name
    return None


_FOLLOWED = re.compile(
    r"(?:\bmedian\s+(?:[a-z]+\s+)?follow[\s-]?up(?:\s+(?:time|period|duration))?"
    r"\s*(?:[,:=(]\s*|(?:of|was|is|being|stood\s+at|came\s+to|amounted\s+to|reached)\s+)*"
    r"|\bfollow(?:ed|ing)\s+(?:[a-z]+\s+){0,3}?for\s+a\s+median\s+(?:of\s+)?|\bmedian\s+(?=[^.;,]{0,40}\s+of\s+follow-?up))"
    r"(?P<told>(?:(?P<below>no\s+(?:more|longer)\s+than|not\s+(?:even|quite|more\s+than)|at\s+most"
    r"|(?:just\s+|well\s+)?(?:less\s+than|under|below|short\s+of))\s+"
    r"|(?P<above>(?:just\s+|well\s+)?(?:more\s+than|over|above|beyond)|at\s+least|no\s+less\s+than)\s+"
    r"|(?:of|about|around|roughly|approximately|some|nearly|almost|just|only|barely|a\s+mere|merely)\s+)*"
    rf"(?P<n>{NUMBER}|{WORD}|an?|half\s+a)[\s-]+(?P<unit>month|year|week|mo)s?)\b",
    re.I,
)


def _follow_up(reading: Reading) -> Iterator[tuple[Claim, Claim, str, str, str]]:
    """A median follow-up told with a bound or in words, that none of those told in digits can be."""
    text = plain(reading.document.text)
    held = [c for c in reading.of("time") if c.bound.endpoint == "followup" and "estimate" in c.numbers]
    for span in reading.sentences:
        said = text[span.start : span.end]
        found = _FOLLOWED.search(said)
        if (
            found is None
            or _ANOTHER.search(said)
            or re.search(r"\b(?:interim|final|update\w*|later|planned)\b", said, re.I)
        ):
            continue
        others = [c for c in held if c.sentence != span and "median" in reading.text(c.sentence).lower()]
        if not (found["below"] or found["above"]) and found["n"][0].isdigit():
            continue  # two_ways reads numbers in digits
        told = _range(found)
        if not others or any(_of(c).meets(told) for c in others) or len({_of(c) for c in others}) > 1:
            continue
        start, end = span.start + found.start("n"), span.start + found.end()
        mine = _claim(reading, Printed(found["n"], _value(found["n"]), start, end), end, span)
        yield others[0], mine, "median follow-up", others[0].numbers["estimate"].text, found["told"]


def _range(found: re.Match[str]) -> Range:
    value, each = _value(found["n"]), _MONTHS[found["unit"].lower()]
    if found["below"]:
        return Range(0.0, value * each)
    if found["above"]:
        return Range(value * each, math.inf)
    slack = 0.6 if each == 1.0 else 0.5
    return Range((value - slack) * each, (value + slack) * each)


def _of(claim: Claim) -> Range:
    return values(
        claim.numbers["estimate"], _MONTHS.get(str(claim.said.get("unit", "mo")).lower().rstrip("s"), 1.0)
    )


def _value(said: str) -> float:
    low = " ".join(said.lower().split())
    if low.startswith("half"):
        return 0.5
    return 1.0 if low in ("a", "an") else float(digits(low).replace(",", ""))


def _claim(reading: Reading, number: Printed, end: int, sentence: Span) -> Claim:
    return Claim("value", reading.document.span(number.start, end), sentence, {"estimate": number})
