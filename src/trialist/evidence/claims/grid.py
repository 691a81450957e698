"""The heads and labels of a table: what stands over a cell and before it."""

from __future__ import annotations

import re

from trialist.evidence.claims.model import Cell, Part

_SIZE = re.compile(r"\(?\s*\b[nN]\s*=\s*[\d,]+\s*\)?")


def body(text: str, part: Part) -> tuple[tuple[Cell, ...], ...]:
    """The rows under the heads."""
    return part.rows[_depth(text, part) :]


def head(text: str, part: Part, place: int) -> str:
    """The words over a column: of all its heads, each once."""
    cells = [row[place] for row in part.rows[: _depth(text, part)] if place < len(row)]
    return " ".join(dict.fromkeys(said for cell in cells if (said := text[cell.start : cell.end])))


def _depth(text: str, part: Part) -> int:
    """How many rows are heads: the first, and those under it that are marked so or have no label."""
    rows = part.rows
    depth = 1 if rows else 0
    while depth < len(rows) - 1 and _goes_on(text, rows[depth - 1], rows[depth]):
        depth += 1
    return depth


def _goes_on(text: str, above: tuple[Cell, ...], row: tuple[Cell, ...]) -> bool:
    if all(cell.header for cell in row):
        return True
    unlabelled = bool(row) and (row[0].start == row[0].end or row[0].start == above[0].start)
    words = [_SIZE.sub("", text[cell.start : cell.end]) for cell in row[1:]]
    return unlabelled and len(row) > 1 and not any(re.search(r"\d", said) for said in words)
