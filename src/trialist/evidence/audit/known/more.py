"""Numbers of results that the reader of claims leaves out: values without unit, ratios after long names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import MappingProxyType

from trialist.evidence.claims.model import Claim, Reading
from trialist.evidence.claims.plain import NUMBER, printed

_RATIO = re.compile(
    r"\b(?:[Hh]azards? [Rr]atios?|HR|(?P<odds>[Oo]dds [Rr]atio))\b(?P<bridge>[^.;]{0,240}?)\b(?:was|is"
    r"|of|were|at|:|=)\s+"
    r"(?P<x>\d+\.\d+)(?![\d%])(?!\s*(?:months?|mg|GBq|to\b|-\s*\d))"
)
_VALUE = re.compile(
    rf"\b(?:was|were|of|is|at|had|stood at)\s+(?:a\s+)?(?:(?:median|mean)\s+(?:of\s+)?)?(?P<x>{NUMBER})"
    rf"(?!\s*(?:%|percent|months?|weeks?|days?|years?|mg/m2|mg\b|kBq|GBq))(?![\d/])",
    re.I,
)
_MEDIAN = re.compile(r"\b(?:median|mean|average|number|count|at risk)\b", re.I)


def more_claims(reading: Reading, text: str) -> Iterator[Claim]:
    """Claims of kind ratio and value that stand in no claim of the reading."""
    taken = [(n.start, n.end) for claim in reading.claims for n in claim.numbers.values()]
    for span in reading.sentences:
        for found in _RATIO.finditer(text, span.start, span.end):
            number = printed(text, *found.span("x"), decimal=True)
            if number is not None and _free(number.start, number.end, taken) and 0 < number.value < 20:
                taken.append((number.start, number.end))
                said = {"measure": "odds_ratio" if found["odds"] else "hazard_ratio"}
                where = reading.document.span(found.start(), number.end)
                yield Claim(
                    "ratio", where, span, MappingProxyType({"estimate": number}), MappingProxyType(said)
                )
        if not _MEDIAN.search(text, span.start, span.end):
            continue
        for found in _VALUE.finditer(text, span.start, span.end):
            number = printed(text, *found.span("x"))
            if number is not None and _free(number.start, number.end, taken):
                taken.append((number.start, number.end))
                where = reading.document.span(number.start, number.end)
                yield Claim("value", where, span, MappingProxyType({"estimate": number}))


def _free(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    return all(end <= a or start >= b for a, b in taken)
