"""A document, its places, and what it claims."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from trialist.findings.model import Finding

PartKind = Literal["text", "heading", "item", "table"]
ClaimKind = Literal[
    "ratio", "share", "time", "value", "count", "fact", "total", "p_value", "difference", "reduction",
    "pair", "volume", "dose", "period", "length", "date", "standard", "acronym",
    "negative", "cause", "superiority", "fraction", "set", "plan",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table: from `start` to `end` in the text of the document."""

    start: int
    end: int
    header: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph, heading, list item or table. `line`, `page`, `paragraph`: its place in the original."""

    kind: PartKind
    start: int
    end: int
    line: int | None = None
    page: int | None = None
    paragraph: int | None = None
    rows: tuple[tuple[Cell, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands: offsets in the text, and the line, page or paragraph of the original."""

    document: str
    start: int
    end: int
    line: int | None = None
    page: int | None = None
    paragraph: int | None = None

    def __str__(self) -> str:
        if self.page is not None:
            return f"{self.document}, page {self.page}"
        if self.paragraph is not None:
            return f"{self.document}, paragraph {self.paragraph}"
        return self.document if self.line is None else f"{self.document}:{self.line}"


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a document and its parts in reading order.

    `lines`: (offset, line) where a line of the original begins, for formats that have lines.
    """

    name: str
    text: str
    parts: tuple[Part, ...]
    lines: tuple[tuple[int, int], ...] = ()

    def line_of(self, offset: int) -> int | None:
        """The line of the original at an offset; None for formats without lines."""
        place = bisect_right(self.lines, (offset, 1 << 60)) - 1
        return self.lines[place][1] if place >= 0 else None

    def part_of(self, offset: int) -> Part | None:
        place = bisect_right(self.parts, offset, key=lambda part: part.start) - 1
        return self.parts[place] if place >= 0 else None

    def span(self, start: int, end: int) -> Span:
        part = self.part_of(start)
        page, paragraph = (part.page, part.paragraph) if part else (None, None)
        return Span(self.name, start, end, self.line_of(start), page, paragraph)

    def said(self, span: Span) -> str:
        """The words of a span, blanks made one."""
        return " ".join(self.text[span.start : span.end].split())


@dataclass(frozen=True, slots=True)
class Printed:
    """A number as it is printed: `text` has its digits with a decimal point, so that rounding is known."""

    text: str
    value: float
    start: int
    end: int

    @property
    def decimals(self) -> int:
        return len(self.text.partition(".")[2])


_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Bound:
    """What a claim speaks of; what the text does not say is None and is never guessed."""

    trial: str | None = None
    endpoint: str | None = None
    groups: tuple[str, ...] = ()
    population: str | None = None
    subgroup: str | None = None
    timepoint: str | None = None
    term: str | None = None
    grade: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a document says.

    span      the words that say it; sentence: those around it
    numbers   as printed, by word: estimate, low, high, level, p, count, n, percent, total, part ...
    said      parts that are no numbers: bound of the p value, unit, version, expansion ...
    finding   of origin `claimed`, where the claim is a result; its unknown parts are empty
    """

    kind: ClaimKind
    span: Span
    sentence: Span
    numbers: Mapping[str, Printed] = field(default_factory=lambda: _NOTHING)
    said: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    bound: Bound = Bound()
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """An entry of the list of references: its number, where it has one, and where it stands."""

    number: int | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in a document: its sentences and its claims, both in order of the text.

    references  entries of its list of references, which are no sentences
    """

    document: Document
    sentences: tuple[Span, ...]
    claims: tuple[Claim, ...]
    references: tuple[Reference, ...] = ()

    @property
    def listed(self) -> tuple[Claim, ...]:
        """The claims one by one: passages that may plan hold numbers of others."""
        return tuple(claim for claim in self.claims if claim.kind != "plan")

    def of(self, *kinds: ClaimKind) -> tuple[Claim, ...]:
        return tuple(claim for claim in self.claims if claim.kind in kinds)

    def text(self, span: Span) -> str:
        return self.document.said(span)
