"""A number told again, as of what was said before, that was not said before: one digit is another.

No endpoint need be known. A sentence that takes up what stands before it (`this ratio of`, `so`, `a rate of`)
tells its numbers again; one that stands nowhere else in the document, and differs in one digit from one
of the same unit that does, is a slip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trialist.evidence.audit.known.said import APART, STRONG_SUBGROUP, TWO_PARTS
from trialist.evidence.audit.slips import ANALYSES, slipped
from trialist.evidence.claims.model import Bound, Claim, Printed, Reading, Span
from trialist.evidence.claims.plain import NUMBER, plain, printed

_AGAIN = re.compile(
    r"^\W*(?:so|thus|hence|therefore|put\s+(?:differently|simply)|in\s+(?:other|plain)\s+words|that\s+is|this\s+means|in\s+short"
    r"|in\s+sum(?:mary)?|to\s+sum\s+up|in\s+conclusion|conclusions?|summary|overall,|bottom\s+line|as\s+(?:noted|said|stated)"
    r"|again|our\s+(?:main\s+)?(?:finding|result)|take-home|key\s+message|title|in\s+the\s+(?:discussion|abstract)|(?:the|a)\s+plain"
    r"|interpretation|comment|verdict|finally|all\s+in\s+all|what\s+does\s+this\s+mean)(?!\w)"
    r"|\b(?:we|they|the\s+authors)\s+(?:return|conclude|repeat|stress|call|say|write|consider)\b|\bmain\s+finding\b|\bplain-language\b",
    re.I,
)
_TAKEN_UP = re.compile(
    r"\b(?:this|that|these|those)\s+(?:[a-z-]+\s+){0,4}(?:of|was|is)?\s*\(?$|^\W*with\s+(?:a|an|the|its)\s+(?:[a-z-]+\s+){1,5}of\s+$"
    r"|(?:^|[:;]\s*|\bthe\s)\W*(?:an?|the|its)\s+(?:[a-z-]+\s+){1,5}of\s+$|\b(?:all|the)\s+(?:same\s+)?$",
    re.I,
)
_WEIGHED = re.compile(
    r"[^.;,]{0,30}?\s(?:is|was|makes?|exceed\w*|compares?|supports?|suggests?|means?|justif\w+|remains?|seems?|may|can|should|deserves?"
    r"|leaves?|would|does)\b",
    re.I,
)
_OTHERS = re.compile(
    r"\b(?:earlier|previous\w*|historical\w*|other|another|planned|expect\w*|assum\w*|target\w*|hypothe\w+|power|literature|published"
    r"|meta-analys\w+|trials|studies|would\s+be|whole|entire|at\s+least|up\s+to|more\s+than|less\s+than)\b",
    re.I,
)
_NUMBER = re.compile(
    rf"(?P<ratio>\b(?:HRs?|ORs?|RRs?|hazard\s+ratio|odds\s+ratio|risk\s+ratio)\b[^.;\d]{{0,40}}?)?(?<![\w.,:/-])(?P<x>{NUMBER})(?![\d:/])"
    r"(?:\s?(?P<unit>%|months?|weeks?|days?|years?|mg/m2|mg/kg|mg|GBq|mo\b|mmHg|kg|centres|centers|sites|hospitals|countries|cycles|doses))?",
    re.I,
)
_LEVEL = re.compile(r"\s*-?(?:CI\b|confidence|credible|interval|limit|level)", re.I)
_NEW = re.compile(r"\s*[,;(\[]+\s*(?:95|9\d|\d+\.\d|P\b|p\b|CI)")  # with an interval of its own it is no echo
_IN_ARM = re.compile(r"\s*(?:years\s+)?(?:in|on|with|for|among)\s+(?:the\s+)?[\w-]+\s+(?:arm|group)", re.I)
_OF_ARM = re.compile(r"\b(?:in|on|with|among)\s+(?:the\s+)?[\w-]+\s+(?:arm|group|cohort)s?\W*$", re.I)
_OF_WHAT = re.compile(r"\s*\)?\s*(?:for|in|among|with|at)\s+(?:the\s+)?([\w-]+)", re.I)
_CONTROL = re.compile(r"\b(?:control|placebo|sham|standard|alone|comparator|other|second)\b", re.I)
_AGE = re.compile(r"\b(?:age|aged|old)\b", re.I)
_INTERVAL = re.compile(r"(?:CI\b|confidence|interval|range|IQR)[^;]{0,30}$|-\s*$|\bto\s+$", re.I)
LONGEST = 15_000


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its unit, and its sentence."""

    printed: Printed
    unit: str
    sentence: Span
    end: int


def echoes(reading: Reading) -> Iterator[tuple[Claim, Claim, str]]:
    """(first, second, unit) where the second takes up the first with a wrong digit."""
    text = plain(reading.document.text)
    if len(text) > LONGEST:
        return
    held = [number for span in _spans(reading) for number in _numbers(text, span)]
    bound = {
        n.start: c.bound for c in reading.claims for w in ("estimate", "percent") if (n := c.numbers.get(w))
    }
    for place, one in enumerate(held):
        if not _takes_up(text, one) or sum(_equal(one, other) for other in held) > 1:
            continue
        before = [
            other for other in held[:place] if other.unit == one.unit and other.sentence != one.sentence
        ]
        first = next((other for other in before if slipped(other.printed, one.printed)), None)
        again = [other for other in held if other.sentence == one.sentence and first and _equal(first, other)]
        of = [bound.get(number.printed.start, Bound()) for number in (first, one) if number is not None]
        if first is not None and not again and not _apart(text, first, one) and _may_be_one(*of):
            yield _claim(reading, first), _claim(reading, one), one.unit


def _spans(reading: Reading) -> Sequence[Span]:
    rows = {claim.sentence for claim in reading.claims}
    return sorted({*reading.sentences, *rows}, key=lambda span: span.start)


def _numbers(text: str, span: Span) -> Iterator[Number]:
    for found in _NUMBER.finditer(text, span.start, span.end):
        number = printed(text, *found.span("x"))
        unit = (found["unit"] or "").lower().rstrip("s")
        if found["ratio"]:
            unit = "ratio"
        elif unit in ("year", "") and _AGE.search(
            text, max(span.start, found.start() - 30), min(found.end() + 6, span.end)
        ):
            unit = "years of age"
        if (
            number is not None
            and unit
            and not _LEVEL.match(text, found.end())
            and not _INTERVAL.search(text[max(span.start, found.start() - 40) : found.start("x")])
        ):
            yield Number(
                number, unit.replace("center", "centre").replace("site", "centre"), span, found.end()
            )


def _equal(first: Number, second: Number) -> bool:
    return first.unit == second.unit and first.printed.value == second.printed.value


def _takes_up(text: str, one: Number) -> bool:
    """Whether a number is told as one that is known already."""
    said = text[one.sentence.start : one.sentence.end]
    if _NEW.match(text, one.end) or any(_says(words, said) for words in _kept_apart(one)):
        return False
    before = text[one.sentence.start : one.printed.start]
    if _AGAIN.search(said) or re.search(
        r"\b(?:this|that|these|those)\s+(?:[a-z-]+\s+){0,4}(?:of|was|is)?\s*\(?$", before, re.I
    ):
        return True
    return bool(
        _TAKEN_UP.search(before)
        and (
            before[-5:].strip() in ("all", "the")
            or _WEIGHED.match(text, one.end)
            or "with a" in before.lower()
        )
    )


def _apart(text: str, first: Number, second: Number) -> bool:
    said = text[first.sentence.start : first.sentence.end]
    there = text[second.sentence.start : second.sentence.end]
    if {m.lower() for m in _CONTROL.findall(there)} - {m.lower() for m in _CONTROL.findall(said)}:
        return True
    before = text[second.sentence.start : second.printed.start]
    if _OF_ARM.search(before) or _qualified(text, second.end, said):
        return True
    if _IN_ARM.match(text, first.end) and not _IN_ARM.match(text, second.end):
        return True
    return any(_says(words, said) for words in _kept_apart(first))


def _says(words: re.Pattern[str], said: str) -> bool:
    """Whether a sentence has some of the words; `5 years` alone is a time."""
    return any(not re.fullmatch(r"\d+\s+years", found[0]) for found in words.finditer(said))


def _qualified(text: str, end: int, said: str) -> bool:
    """Whether words behind a number say what it is of, and a sentence does not have them."""
    found = _OF_WHAT.match(text, end)
    return found is not None and found[1].lower() not in said.lower()


def _kept_apart(one: Number) -> tuple[re.Pattern[str], ...]:
    """Words for another study, analysis or part of the patients; an age has those of the last by itself."""
    return (
        (_OTHERS, ANALYSES)
        if one.unit == "years of age"
        else (_OTHERS, ANALYSES, APART, STRONG_SUBGROUP, TWO_PARTS)
    )


def _may_be_one(first: Bound, second: Bound) -> bool:
    """Whether two numbers may be of one endpoint and arm, as far as is known."""
    if first.groups and second.groups and first.groups != second.groups:
        return False
    if first.trial and second.trial and first.trial != second.trial:
        return False
    if second.term is not None and second.term != first.term:
        return second.term == "any"
    return None in (first.endpoint, second.endpoint) or first.endpoint == second.endpoint


def _claim(reading: Reading, one: Number) -> Claim:
    return Claim(
        "value", reading.document.span(one.printed.start, one.end), one.sentence, {"estimate": one.printed}
    )
