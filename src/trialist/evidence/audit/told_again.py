"""A difference or a reduction of risk told again in another sentence: one that no two numbers make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from trialist.evidence.audit.known.said import APART, HEDGED, STRONG_SUBGROUP
from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.shown import values
from trialist.evidence.claims.model import Claim, Printed, Reading, Span
from trialist.evidence.claims.number_words import WORD, digits
from trialist.evidence.claims.plain import NUMBER, plain
from trialist.evidence.model import Store
from trialist.kernels.coherence import Range
from trialist.registry import entry

LONGEST = 15_000
MOST = 12  # numbers of one kind in a document that is looked at
_HALF = r"(?:\s+and\s+a\s+half)?"
_LONGER = re.compile(
    rf"(?P<about>about|almost|nearly|some|around|roughly|approximately|over|more than"
    rf"|just over)?\s*(?<![\d.])"
    rf"(?P<x>{NUMBER}|{WORD}{_HALF})[\s-]+(?P<unit>month|week)s?\s+(?:longer|gain|gained|benefit|improvement|difference|advantage|extension|prolongation)\b"
    rf"|\b(?:gain|difference|benefit|improvement|advantage)(?:\s+in\s+[a-z -]{{3,30}})?(?:,|:|\s+of"
    rf"|\s+was|\s+is)\s+(?P<y>{NUMBER}|{WORD}{_HALF})"
    r"[\s-]+(?P<unit2>month|week)s?\b",
    re.I,
)
_FALL = re.compile(
    rf"(?P<x>{NUMBER})\s?%(?=[^.;%]{{0,40}}\b(?:reduc\w+|lower|fall|decrease|less|fewer)\b)"
    rf"|\b(?:reduc\w+|lower\w*|fall|fell|decreas\w+|cut)\b[^.;%\d]{{0,60}}?(?P<y>{NUMBER})\s?%",
    re.I,
)
_RISK = re.compile(r"\b(?:hazard|risk|rate of (?:death|progression)|danger|chance)\b", re.I)


_SUBTRACTED = re.compile(rf"{NUMBER}\s*(?:minus|less|-)\s*{NUMBER}(?!\s*%)")


@entry("told_again", needs="a difference or reduction, and its numbers in another sentence",
       gives="difference of other values", source="subtraction")  # fmt: skip
def run(reading: Reading, store: Store | None) -> Iterator[Verdict]:
    if len(reading.document.text) > LONGEST:
        return
    text = plain(reading.document.text)
    own = {claim.sentence for claim in reading.of("difference", "reduction")}
    for sentence in reading.sentences:
        said = text[sentence.start : sentence.end]
        if sentence in own or any(words.search(said) for words in (HEDGED, APART, STRONG_SUBGROUP)):
            continue
        if _SUBTRACTED.search(said):
            continue  # its numbers stand in it
        here = {claim.kind for claim in reading.of("time", "ratio") if claim.sentence == sentence}
        if "ratio" not in here:
            yield from _reductions(reading, sentence, said)
        yield from _differences(reading, sentence, said)


def _differences(reading: Reading, sentence: Span, said: str) -> Iterator[Verdict]:
    found = list(_LONGER.finditer(said))
    if len(found) != 1:
        return
    shown = found[0]["x"] or found[0]["y"]
    told = _length(shown)
    unit, about = (found[0]["unit"] or found[0]["unit2"]).lower(), found[0]["about"] is not None
    times = [c for c in reading.of("time") if _timed(c, unit) and c.sentence != sentence]
    pairs = [(a, b) for a, b in combinations(times, 2) if a.bound.endpoint == b.bound.endpoint]
    if told is None or not pairs or len(times) > MOST:
        return
    if any(
        c.sentence == sentence and c.span.start - sentence.start < found[0].start()
        for c in reading.of("time")
    ):
        return
    slack = 0.6 if about or "." not in shown else 0.06
    gaps = [_gap(_of(a), _of(b)) for a, b in pairs]
    if any(gap.low - slack <= told.high and told.low <= gap.high + slack for gap in gaps):
        return
    first, second = pairs[0]
    yield _verdict(
        reading, sentence, found[0], f"no two of the times differ by {shown} {unit}s", (first, second)
    )


def _reductions(reading: Reading, sentence: Span, said: str) -> Iterator[Verdict]:
    found = list(_FALL.finditer(said))
    ratios = [c for c in reading.of("ratio") if "estimate" in c.numbers]
    if len(found) != 1 or not _RISK.search(said) or not ratios or len(ratios) > MOST:
        return
    told = float((found[0]["x"] or found[0]["y"]).replace(",", "."))
    shares = [
        n.value for c in reading.of("share") if c.sentence != sentence and (n := c.numbers.get("estimate"))
    ]
    could = [100 * abs(1 - c.numbers["estimate"].value) for c in ratios]
    could += [
        100 * abs(1 - c.numbers["estimate"].value ** -1) for c in ratios if c.numbers["estimate"].value > 0
    ]
    could += [abs(a - b) for a, b in combinations(shares, 2)]
    could += [100 * abs(a - b) / max(a, b) for a, b in combinations(shares, 2) if max(a, b) > 0]
    if not any(abs(told - one) <= 2.5 for one in could):
        yield _verdict(
            reading, sentence, found[0], f"no ratio of the document is a change of {told:g}%", (ratios[0],)
        )


def _timed(claim: Claim, unit: str) -> bool:
    return (
        str(claim.said.get("unit", "")).lower().startswith(unit[:2])
        and claim.bound.endpoint not in (None, "followup")
        and "estimate" in claim.numbers
        and claim.finding is not None
        and claim.finding.measure in ("median_time", None)
    )


def _of(claim: Claim) -> Printed:
    return claim.numbers["estimate"]


def _gap(first: Printed, second: Printed) -> Range:
    low, high = sorted((values(first), values(second)), key=lambda one: one.low)
    return Range(max(high.low - low.high, 0.0), high.high - low.low)


def _length(said: str) -> Range | None:
    """`3.9`, `four`, `three and a half` as what it may stand for."""
    words, half, _ = said.partition(" and a half")
    number = digits(words.strip()) if words[:1].isalpha() else words.replace(",", ".")
    try:
        value = float(number) + (0.5 if half else 0.0)
    except ValueError:
        return None
    near = 0.05 if "." in number else 0.0
    return Range(value - near, value + near)


def _verdict(
    reading: Reading, sentence: Span, found: re.Match[str], message: str, others: tuple[Claim, ...]
) -> Verdict:
    start = sentence.start + found.start("x" if found["x"] else "y")
    span = reading.document.span(start, sentence.start + found.end())
    lines = tuple(f"{reading.text(claim.span)} ({claim.span})" for claim in others)
    return Verdict(
        "told_again", "difference of other values", "B", Claim("difference", span, sentence), message, lines,
        "look up the difference and the numbers that it is of", others=others,
    )  # fmt: skip
