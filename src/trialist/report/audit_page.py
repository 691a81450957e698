"""An audited document as one HTML page: its text, what it claims, and the verdicts in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.together import not_in_store, supported
from trialist.evidence.claims.model import Claim, Document, Part, Reading, Span
from trialist.evidence.model import Store
from trialist.report.page import environment

_SEVERITIES = {"A": "can't be", "B": "does not agree", "C": "imprecise"}
LONGEST = 900  # characters of a paragraph as it is shown
_QUIET = frozenset({"superiority", "cause", "negative"})  # claims without a number, told more faintly


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: plain, a claim, or the place of one or more verdicts (their numbers)."""

    text: str
    kind: str | None = None
    verdicts: tuple[int, ...] = ()
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document as it is shown, and the verdicts that stand beside it."""

    kind: str
    place: str | None
    pieces: tuple[Piece, ...]
    rows: tuple[tuple[tuple[Piece, ...], ...], ...]
    notes: tuple[tuple[int, Verdict], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document of the page."""

    name: str
    anchor: str
    claims: int
    numbered: tuple[tuple[int, Verdict, str], ...]
    blocks: tuple[Block, ...]
    agreeing: tuple[tuple[str, str], ...] = ()
    unknown: tuple[tuple[str, str, str], ...] = ()


def render_audit(audited: Sequence[tuple[Reading, Sequence[Verdict]]], store: Store | None = None) -> str:
    """The page of `trialist audit --html`. With a store also what agrees and what it does not hold."""
    sheets: list[Sheet] = []
    number = 1
    for place, (reading, verdicts) in enumerate(audited, 1):
        sheet = _sheet(reading, verdicts, number, f"document-{place}")
        sheets.append(sheet if store is None else _with_store(sheet, reading, store))
        number += len(verdicts)
    counted: Counter[str] = Counter(verdict.severity for _, verdicts in audited for verdict in verdicts)
    return (
        environment()
        .get_template("audit.html")
        .render(
            sheets=sheets,
            severities=[(letter, words, counted[letter]) for letter, words in _SEVERITIES.items()],
            claims=sum(sheet.claims for sheet in sheets),
            verdicts=sum(counted.values()),
            words=_SEVERITIES,
            stored=store is not None,
        )
    )


def _sheet(reading: Reading, verdicts: Sequence[Verdict], first: int, anchor: str) -> Sheet:
    numbered = tuple(enumerate(verdicts, first))
    held = [
        (number, verdict) for number, verdict in numbered if verdict.claim.span.end > verdict.claim.span.start
    ]
    blocks = tuple(
        _block(reading, part, held) for whole in reading.document.parts for part in _cut(reading, whole)
    )
    return Sheet(
        PurePath(reading.document.name).name,
        anchor,
        len(reading.listed),
        tuple((number, verdict, _where(verdict.claim.span)) for number, verdict in numbered),
        tuple(block for block in blocks if block.pieces or block.rows),
    )


def _cut(reading: Reading, part: Part) -> Iterator[Part]:
    """A long part (a page of a PDF) in pieces that end with sentences: a verdict stands near its text."""
    if part.kind == "table" or part.end - part.start <= LONGEST:
        yield part
        return
    start = part.start
    for sentence in reading.sentences:
        if part.start <= sentence.start < part.end and sentence.end - start >= LONGEST // 2:
            yield replace(part, start=start, end=sentence.end)
            start = sentence.end
    if start < part.end:
        yield replace(part, start=start)


def _with_store(sheet: Sheet, reading: Reading, store: Store) -> Sheet:
    agreeing = tuple((reading.text(c.span), ", ".join(ids)) for c, ids in supported(reading, store))
    unknown = tuple(
        (reading.text(one.claim.span), _where(one.claim.span) or "", one.why)
        for one in not_in_store(reading, store)
    )
    return replace(sheet, agreeing=agreeing, unknown=unknown)


def _block(reading: Reading, part: Part, held: Sequence[tuple[int, Verdict]]) -> Block:
    inside = [(n, v) for n, v in held if part.start <= v.claim.span.start < part.end]
    claims = [c for c in reading.claims if part.start <= c.span.start < part.end]
    document = reading.document
    if part.kind == "table":
        rows = tuple(
            tuple(tuple(_pieces(document, cell.start, cell.end, inside, claims)) for cell in row)
            for row in part.rows
        )
        return Block("table", _place(part), (), rows, tuple(inside))
    pieces = tuple(_pieces(document, part.start, part.end, inside, claims))
    return Block(part.kind, _place(part), pieces, (), tuple(inside))


def _pieces(
    document: Document, start: int, end: int, held: Sequence[tuple[int, Verdict]], claims: Sequence[Claim]
) -> Iterator[Piece]:
    """The text cut where verdicts and claims begin and end; verdicts go before claims."""
    marks: list[tuple[int, int, str, tuple[int, ...], str | None]] = []
    for number, verdict in held:
        a, b = max(verdict.claim.span.start, start), min(verdict.claim.span.end, end)
        same = next((k for k, m in enumerate(marks) if m[0] <= a < m[1] or m[0] < b <= m[1]), None)
        if same is not None:
            m = marks[same]
            worst = min(m[4] or "C", verdict.severity)
            marks[same] = (min(m[0], a), max(m[1], b), "verdict", (*m[3], number), worst)
        elif a < b:
            marks.append((a, b, "verdict", (number,), verdict.severity))
    for claim in sorted(claims, key=lambda one: (one.kind in _QUIET, one.span.start - one.span.end)):
        a, b = max(claim.span.start, start), min(claim.span.end, end)
        if a < b and all(b <= m[0] or m[1] <= a for m in marks):
            marks.append((a, b, "faint" if claim.kind in _QUIET else "claim", (), None))
    at = start
    for a, b, kind, numbers, severity in sorted(marks):
        if a < at:
            continue
        if at < a:
            yield Piece(document.text[at:a])
        yield Piece(document.text[a:b], kind, numbers, severity)
        at = b
    if at < end:
        yield Piece(document.text[at:end])


def _place(part: Part) -> str | None:
    if part.page is not None:
        return f"page {part.page}"
    if part.paragraph is not None:
        return f"§ {part.paragraph}"
    return None if part.line is None else str(part.line)


def _where(span: Span) -> str:
    if span.page is not None:
        return f"page {span.page}"
    if span.paragraph is not None:
        return f"paragraph {span.paragraph}"
    return "" if span.line is None else f"line {span.line}"
