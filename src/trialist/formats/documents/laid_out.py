"""Tables of plain text: cells apart by blanks, tabs or bars, one row a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trialist.evidence.claims.model import Cell

Line = tuple[int, int]  # where a line begins and ends in the text
_GAP = re.compile(r"(?<=[^\s.!?;])(?:[ \u00a0]{2,}|[ ]*\t[ \t]*)(?=\S)|(?<=\.\d)[ ]{2,}(?=\S)")
_BAR = re.compile(r"\s*\|\s*")
_SEMICOLON = re.compile(r"\s+;\s+")
_RULE = re.compile(r"[\s|+=_-]*[=_+-]{3,}[\s|+=_-]*")
_NOT_FIRST = re.compile(r"\s*(?:[-*+•]|\d{1,2}[.)])\s")
_SIZE = re.compile(r"\b[nN]\s*=\s*[\d,]+")
LONGEST = 70  # characters of a cell
FEWEST = 2  # rows


Rows = tuple[tuple[Cell, ...], ...]


def laid_out(text: str, lines: Sequence[Line]) -> Iterator[tuple[int, int, Rows]]:
    """(first, behind the last, rows) of every run of lines that is a table."""
    cells = [_cells(text, line) for line in lines]
    first = 0
    while first < len(lines):
        stop = first
        while stop < len(lines) and (len(cells[stop]) > 1 or (stop > first and _rule(text, lines[stop]))):
            stop += 1
        held = [cells[k] for k in range(first, stop) if len(cells[k]) > 1]
        if len(held) >= FEWEST and _aligned(text, held):
            yield first, stop, _columns(text, held)
        first = max(stop, first + 1)


def _rule(text: str, line: Line) -> bool:
    return _RULE.fullmatch(text[line[0] : line[1]].rstrip()) is not None


def _cells(text: str, line: Line) -> list[Line]:
    """The cells of a line; one cell or none where it is a line of running text."""
    body = text[line[0] : line[1]].rstrip()
    if not body.strip() or _rule(text, line) or _NOT_FIRST.match(body):
        return []
    mark = _BAR if "|" in body else _SEMICOLON if body.count(" ; ") > 1 else _GAP
    begin = len(body) - len(body.lstrip())
    held: list[Line] = []
    for found in (*mark.finditer(body, begin), None):
        stop = found.start() if found else len(body)
        held.append((line[0] + begin, line[0] + stop))
        begin = found.end() if found else stop
    if mark is not _GAP and not body.lstrip().startswith("|"):
        return held if all(b - a <= 2 * LONGEST for a, b in held) else []
    return held if all(0 < b - a <= LONGEST for a, b in held) else []


def _aligned(text: str, rows: list[list[Line]]) -> bool:
    """Whether the rows have as many cells as one another, but for labels that stand alone or are missing."""
    most = max(map(len, rows))
    full = sum(len(row) == most for row in rows)
    return full >= FEWEST if most > FEWEST else full == len(rows)


def is_record(text: str, rows: Rows) -> bool:
    """Whether a table is a list of names with what is told of each: two columns and no heads over them."""
    if len(rows[0]) != 2:
        return False
    told = [re.search(r"\d", _SIZE.sub("", text[row[1].start : row[1].end])) is not None for row in rows]
    return told[0] or sum(told) * 2 <= len(told)


def _columns(text: str, rows: list[list[Line]]) -> Rows:
    """Each cell in its column: of rows with fewer cells the one it stands under."""
    most = max(map(len, rows))
    full = [row for row in rows if len(row) == most]
    spans = [
        (min(_at(text, row[k][0]) for row in full), max(_at(text, row[k][1]) for row in full))
        for k in range(most)
    ]
    held = []
    for place, row in enumerate(rows):
        placed: dict[int, Line] = dict(enumerate(row)) if len(row) == most else {}
        for cell in row if len(row) < most else ():
            placed.setdefault(_nearest(text, cell, spans), cell)
        empty = (row[0][0], row[0][0])
        held.append(tuple(Cell(*placed.get(k, empty), header=place == 0) for k in range(most)))
    return tuple(held)


def _nearest(text: str, cell: Line, spans: list[Line]) -> int:
    middle = (_at(text, cell[0]) + _at(text, cell[1])) / 2
    return min(range(len(spans)), key=lambda k: abs((spans[k][0] + spans[k][1]) / 2 - middle))


def _at(text: str, offset: int) -> int:
    """The column of an offset in its line."""
    return offset - text.rfind("\n", 0, offset)
