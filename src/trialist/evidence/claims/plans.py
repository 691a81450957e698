"""What a passage plans: its statements, each with its numbers and their roles.

A statement is a sentence, a line, an item of a list or a row of a table; half a sentence where a semicolon
parts two powers. A passage is a paragraph, a list or a table, with what introduces it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from trialist.evidence.claims.model import Claim, Document, Part, Span
from trialist.evidence.claims.plan_numbers import numbers
from trialist.evidence.claims.plan_units import Number

_LINE = re.compile(r"[^\n]+")
_LONGEST = 40  # statements of one passage


@dataclass(frozen=True, slots=True)
class Statement:
    """A stretch of a passage with its numbers."""

    start: int
    end: int
    numbers: tuple[Number, ...]
    closed: bool = False  # an item with a power of its own, which lends its numbers to no other

    def of(self, *roles: str) -> tuple[Number, ...]:
        return tuple(one for one in self.numbers if one.role in roles)


def claims(document: Document, text: str, sentences: Sequence[Span]) -> Iterator[Claim]:
    """One claim of kind `plan` for each passage that plans; `said["statements"]` has what it says."""
    for stretches in _passages(document, text, sentences):
        whole = document.span(stretches[0][0], stretches[-1][1])
        if len(stretches) > _LONGEST:
            continue
        held = tuple(
            _statement(document, text, start, end)
            for begin, stop in stretches
            for start, end in _clauses(text, begin, stop)
        )
        if any(one.numbers for one in held):
            yield Claim("plan", whole, whole, said={"statements": held, "text": text})


def _statement(document: Document, text: str, start: int, end: int) -> Statement:
    mark = re.compile(r"\d{1,2}[.)]\s").match(text, start, end)
    held = tuple(numbers(text, mark.end() if mark else start, end))
    part = document.part_of(start)
    item = part is not None and (part.kind == "item" or bool(_BULLET.match(document.text, part.start)))
    return Statement(start, end, held, item and any(one.role == "power" for one in held))


_BULLET = re.compile(r"\s*(?:[-*+.]|\d{1,2}[.)])\s")


def _passages(document: Document, text: str, sentences: Sequence[Span]) -> Iterator[list[tuple[int, int]]]:
    """The statements of each passage: an item or a table goes on with what stands before it."""
    held: list[tuple[int, int]] = []
    kind: str | None = None
    for part in document.parts:
        if part.kind == "heading":
            continue
        mine = list(_statements(document, text, part, sentences))
        if kind is not None and (part.kind != kind or kind == "text") and not _goes_on(kind, part):
            if held:
                yield held
            held = []
        held = [*held, *mine]
        kind = part.kind
    if held:
        yield held


def _goes_on(kind: str, part: Part) -> bool:
    return kind == part.kind == "item" or "table" in (kind, part.kind)


def _statements(
    document: Document, text: str, part: Part, sentences: Sequence[Span]
) -> Iterator[tuple[int, int]]:
    if part.kind == "table":
        yield from ((row[0].start, row[-1].end) for row in part.rows if row)
        return
    for span in sentences:
        if part.start <= span.start < part.end:
            lines = [m.span() for m in _LINE.finditer(document.text, span.start, span.end)]
            laid_out = sum(1 for a, b in lines if re.search(r"\S {2,}\S|\t|:\s", document.text[a:b])) > 1
            yield from lines if laid_out else [(span.start, span.end)]


_POWER = re.compile(r"\bpower\b", re.I)


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence, or its halves where each has a power of its own."""
    cuts = [m.end() for m in re.finditer(r";\s", text[start:end])]
    ends = [start, *(start + cut for cut in cuts), end]
    parts = list(pairwise(ends))
    if len(parts) > 1 and sum(bool(_POWER.search(text, a, b)) for a, b in parts) > 1:
        yield from parts
    else:
        yield start, end
