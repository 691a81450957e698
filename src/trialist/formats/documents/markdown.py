"""Plain text and Markdown: the text is the original, character for character."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, zip_longest

from trialist.evidence.claims.model import Cell, Document, Part, PartKind
from trialist.formats.documents import Read, decoded
from trialist.formats.documents.laid_out import is_record, laid_out

_NEWLINE = re.compile(r"\r\n|\r|\n")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,2}[.)])\s+")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+")
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_RULE = re.compile(r"^\s*\|?[\s:|-]+\|?\s*$")
_FENCE = re.compile(r"^\s*(?:```|~~~)")


def read_plain(content: bytes, name: str) -> Read:
    return _read(content, name, tables=False)


def read_markdown(content: bytes, name: str) -> Read:
    return _read(content, name, tables=True)


def _read(content: bytes, name: str, *, tables: bool) -> Read:
    text, problems = decoded(content, name)
    if text is None:
        return (), problems
    return (document_of(text, name, tables=tables),), ()


def document_of(text: str, name: str, *, tables: bool = True) -> Document:
    """A text as a document: paragraphs end at empty lines; items, headings and rows stand alone."""
    starts = [0, *(found.end() for found in _NEWLINE.finditer(text) if found.end() < len(text))]
    lines = [(start, number) for number, start in enumerate(starts, 1)]
    parts = [piece for part in _parts(text, lines, tables) for piece in _with_tables(text, part)]
    return Document(name, text, tuple(_titled(text, parts)), tuple(lines))


_LABELLED = re.compile(r"\s*(?:\*\*|__)?[A-Z][\w /,&()-]{1,40}?(?:\*\*|__)?:(?:\*\*|__)?\s+\S")


def _with_tables(text: str, part: Part) -> Iterator[Part]:
    """A paragraph, with the runs of its lines that are laid out as a table apart."""
    lines = (
        [m.span() for m in re.finditer(r"[^\r\n]+", text[part.start : part.end])]
        if part.kind == "text"
        else []
    )
    lines = [(part.start + start, part.start + end) for start, end in lines]
    if len(lines) > 1 and all(_LABELLED.match(text, start, end) for start, end in lines):
        for (start, _), end in zip(lines, [*(start for start, _ in lines[1:]), part.end], strict=True):
            yield _below(part, text, "item", start, end)
        return
    begun = part.start
    for first, stop, rows in laid_out(text, lines):
        if lines[first][0] > begun and text[begun : lines[first][0]].strip():
            yield _below(part, text, "text", begun, lines[first][0])
        begun = lines[stop][0] if stop < len(lines) else part.end
        if is_record(text, rows):
            ends = [row[0].start for row in rows[1:]] + [begun]
            for row, end in zip(rows, ends, strict=True):
                yield _below(part, text, "item", row[0].start, end)
        else:
            yield replace(_below(part, text, "table", lines[first][0], begun), rows=rows)
    if begun == part.start:
        yield part
    elif text[begun : part.end].strip():
        yield _below(part, text, "text", begun, part.end)


def _below(part: Part, text: str, kind: PartKind, start: int, end: int) -> Part:
    """A piece of a part, with the line on which it begins."""
    line = None if part.line is None else part.line + text.count("\n", part.start, start)
    return replace(part, kind=kind, start=start, end=end, line=line)


_TITLE = re.compile(
    r"\s*(?:\d+(?:\.\d+)*\.?\s+)?[A-Z][^\n|]{2,158}[^\s.,;:!|]\s*|\s*(\*\*|__)\w[^\n|*_]{2,158}\1:?\s*"
)
_RESULT = re.compile(
    r"\d[.,·]\d|%|=|\b\d+\s+(?:of|out of|v|vs\.?|versus|months?|weeks?|patients|men|women)\b"
)


def _titled(text: str, parts: list[Part]) -> Iterator[Part]:
    """A line by itself over a text, without an end mark and without results, is the heading of it."""
    for part, behind in zip_longest(parts, parts[1:]):
        line = text[part.start : part.end]
        over = part.kind == "text" and behind is not None
        titled = over and _TITLE.fullmatch(line) and not _ITEM.match(line) and not _RESULT.search(line)
        yield replace(part, kind="heading") if titled else part


def _parts(text: str, lines: list[tuple[int, int]], tables: bool) -> Iterator[Part]:
    open_at: tuple[int, int] | None = None
    rows: list[tuple[int, int, int]] = []
    fenced = False
    ends = [start for start, _ in lines[1:]] + [len(text)]
    laid_out = _laid_out(text, lines, ends)
    for (start, number), end in zip(lines, ends, strict=True):
        line = text[start:end]
        if start in laid_out:
            if open_at is not None:
                yield _part(text, open_at, start)
                open_at = None
            table = laid_out[start]
            if table is not None:
                yield table
            continue
        is_row = tables and bool(_ROW.match(line))
        if rows and not is_row:
            yield _table(text, rows)
            rows = []
        if is_row:
            if open_at is not None:
                yield _part(text, open_at, start)
                open_at = None
            if not _RULE.match(line):
                rows.append((start, end, number))
            continue
        if tables and _FENCE.match(line):
            fenced = not fenced
        blank, heading, item = (
            not line.strip(),
            bool(tables and _HEADING.match(line)),
            bool(_ITEM.match(line)),
        )
        if (blank or heading or item) and open_at is not None:
            yield _part(text, open_at, start)
            open_at = None
        if heading:
            yield Part("heading", start, end, number)
        elif not blank and open_at is None:
            open_at = (start, number)
    if rows:
        yield _table(text, rows)
    if open_at is not None:
        yield _part(text, open_at, len(text))


_GAP = re.compile(r"[ \t]{2,}|\t")
_VALUE = re.compile(r"[<>~]?\s*-?\d[\d.,]*\s*(?:%|months?|mo)?(?:\s*\([^()]*\))?|NR|NE|-|not reached", re.I)


def _laid_out(text: str, lines: list[tuple[int, int]], ends: list[int]) -> dict[int, Part | None]:
    """Tables laid out by blanks: heads over at least two lines of a label and as many values.

    Where each of their lines begins: the table at the first, None at the others.
    """
    cells = [_columns(text, start, end) for (start, _), end in zip(lines, ends, strict=True)]
    found: dict[int, Part | None] = {}
    place = 0
    while place < len(lines):
        heads = cells[place]
        stop = place + 1
        while stop < len(lines) and len(heads) > 1 and _is_row(text, cells[stop], len(heads)):
            stop += 1
        if stop - place < 3 or any(_VALUE.fullmatch(text[c.start : c.end]) for c in heads):
            place += 1
            continue
        start = lines[place][0]
        wide = len(cells[place + 1]) > len(heads)
        corner = (Cell(start, start, header=True),) if wide else ()
        rows = (
            (*corner, *(replace(c, header=True) for c in heads)),
            *(tuple(c) for c in cells[place + 1 : stop]),
        )
        found |= {lines[k][0]: None for k in range(place, stop)}
        found[start] = Part("table", start, ends[stop - 1], lines[place][1], rows=rows)
        place = stop
    return found


def _columns(text: str, start: int, end: int) -> list[Cell]:
    line = text[start:end].rstrip()
    if "|" in line:
        return []
    held, at = [], len(line) - len(line.lstrip())
    for gap in [*_GAP.finditer(line, at), None]:
        stop = gap.start() if gap else len(line)
        if stop > at:
            held.append(Cell(start + at, start + stop))
        at = gap.end() if gap else stop
    return held


def _is_row(text: str, cells: list[Cell], heads: int) -> bool:
    """A label and a value under each head; the label may have a head of its own."""
    values = [bool(_VALUE.fullmatch(text[c.start : c.end])) for c in cells]
    return len(cells) in (heads, heads + 1) and len(cells) > 1 and not values[0] and all(values[1:])


def _part(text: str, begun: tuple[int, int], end: int) -> Part:
    start, line = begun
    return Part("item" if _ITEM.match(text, start) else "text", start, end, line)


def _table(text: str, rows: list[tuple[int, int, int]]) -> Part:
    held: list[tuple[Cell, ...]] = []
    for start, end, _ in rows:
        bars = [found.start() for found in re.finditer(r"(?<!\\)\|", text[start:end])]
        cells = []
        for left, right in pairwise(bars):
            a, b = start + left + 1, start + right
            while a < b and text[a].isspace():
                a += 1
            while b > a and text[b - 1].isspace():
                b -= 1
            cells.append(Cell(a, b, header=not held))
        held.append(tuple(cells))
    return Part("table", rows[0][0], rows[-1][1], rows[0][2], rows=tuple(row for row in held if row))
