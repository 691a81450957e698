"""What a document says piece by piece: its sentences and the rows of its tables, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trialist.evidence.claims.model import Claim, Part, Reading, Span
from trialist.evidence.claims.plain import plain
from trialist.evidence.claims.voice import FRAME

_NO_HEADING = re.compile(r"[.!?]$|\d\s?%|\d\.\d|^\W*[-*+]\s")
_LEAD = 90  # letters of a line by itself that may be a heading


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence or a row.

    place   of its part among the parts of the document
    framed  stands under a heading or a lead-in of aims, limits, myths: it claims nothing
    behind  what follows in the same part
    """

    span: Span
    text: str
    place: int
    framed: bool
    behind: str
    claims: tuple[Claim, ...]

    def claim(self, start: int, end: int, document: Reading) -> Claim:
        """What a verdict on a stretch of the passage hangs on."""
        at = self.span.start
        return Claim("superiority", document.document.span(at + start, at + end), self.span)


_LAST: list[tuple[Reading, tuple[Passage, ...]]] = []


def passages(reading: Reading) -> tuple[Passage, ...]:
    """Every passage of a reading; made once for it."""
    for one, made in _LAST:
        if one is reading:
            return made
    made = tuple(_passages(reading))
    _LAST.append((reading, made))
    del _LAST[:-8]
    return made


def _passages(reading: Reading) -> Iterator[Passage]:
    text, parts = plain(reading.document.text), reading.document.parts
    spans = list(reading.sentences)
    for part in parts:
        if part.kind == "table":
            spans += [reading.document.span(row[0].start, row[-1].end) for row in part.rows if row]
    spans.sort(key=lambda span: span.start)
    by_sentence: dict[tuple[int, int], list[Claim]] = {}
    for claim in reading.claims:
        by_sentence.setdefault((claim.sentence.start, claim.sentence.end), []).append(claim)
    starts = [part.start for part in parts]
    place = 0
    for k, span in enumerate(spans):
        while place + 1 < len(parts) and starts[place + 1] <= span.start:
            place += 1
        follows = spans[k + 1] if k + 1 < len(spans) else None
        behind = text[follows.start : follows.end] if follows and follows.start < parts[place].end else ""
        held = tuple(by_sentence.get((span.start, span.end), ()))
        framed = any(FRAME.search(lead) for lead in _leads(text, parts, place))
        yield Passage(span, text[span.start : span.end], place, framed, behind, held)


def _leads(text: str, parts: tuple[Part, ...], place: int) -> Iterator[str]:
    """The heading over a part, and what leads in the list that it is an item of."""
    part = parts[place]
    before = place - 1
    while before >= 0 and parts[before].kind == "item" and part.kind == "item":
        before -= 1
    for k in range(before, -1, -1):
        said = text[parts[k].start : parts[k].end].strip()
        line = parts[k].kind == "text" and len(said) < _LEAD and not _NO_HEADING.search(said)
        heading = parts[k].kind == "heading" or line
        if heading or (k == before and said.endswith(":") and part.kind == "item"):
            yield said
        if heading:
            return
