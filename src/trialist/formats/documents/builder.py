"""A document in the making: parts are added in reading order, each with its place in the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trialist.evidence.claims.model import Cell, Document, Part, PartKind


@dataclass(frozen=True, slots=True)
class Boxed:
    """A cell of a table that is to be written: its text, its line, how many columns and rows it takes."""

    text: str
    line: int | None = None
    header: bool = False
    columns: int = 1
    rows: int = 1


def _take(cells: list[Cell], below: dict[int, tuple[int, Cell]]) -> None:
    """Puts the cells of rows above that reach down into the next columns of a row."""
    while len(cells) in below:
        left, cell = below.pop(len(cells))
        if left > 1:
            below[len(cells)] = left - 1, cell
        cells.append(cell)


class Builder:
    """Collects the text of a document whose original is not its text (HTML, PDF, DOCX, records)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._pieces: list[str] = []
        self._length = 0
        self._parts: list[Part] = []
        self._lines: list[tuple[int, int]] = []

    def add(
        self,
        pieces: Sequence[tuple[str, int | None]],
        kind: PartKind = "text",
        *,
        page: int | None = None,
        paragraph: int | None = None,
    ) -> None:
        """A part of pieces, each with the line of the original where it begins (None: no lines there)."""
        joined = "".join(text for text, _ in pieces)
        if not joined.strip():
            return
        start = self._length
        first = next((line for text, line in pieces if text.strip()), None)
        for text, line in pieces:
            self._write(text, line)
        self._parts.append(Part(kind, start, self._length, first, page, paragraph))
        self._write("\n\n", None)

    def add_table(
        self,
        rows: Sequence[Sequence[Boxed]],
        *,
        page: int | None = None,
        paragraph: int | None = None,
    ) -> None:
        """A table; a cell over several columns or rows stands in each of them."""
        start = self._length
        held: list[tuple[Cell, ...]] = []
        below: dict[int, tuple[int, Cell]] = {}  # column -> rows that a cell above still takes, and it
        for row in rows:
            cells: list[Cell] = []
            for boxed in row:
                _take(cells, below)
                if cells:
                    self._write(" | ", None)
                begin = self._length
                self._write(" ".join(boxed.text.split()), boxed.line)
                cell = Cell(begin, self._length, header=boxed.header or not held)
                for _ in range(boxed.columns):
                    if boxed.rows > 1:
                        below[len(cells)] = boxed.rows - 1, cell
                    cells.append(cell)
            _take(cells, below)
            self._write("\n", None)
            if cells:
                held.append(tuple(cells))
        if held:
            line = next((box.line for row in rows for box in row if box.line is not None), None)
            self._parts.append(Part("table", start, self._length, line, page, paragraph, tuple(held)))
        self._write("\n", None)

    def _write(self, text: str, line: int | None) -> None:
        if line is not None and text:
            self._lines.append((self._length, line))
            at = text.find("\n")
            while at >= 0 and at + 1 < len(text):
                line += 1
                self._lines.append((self._length + at + 1, line))
                at = text.find("\n", at + 1)
        self._pieces.append(text)
        self._length += len(text)

    def done(self) -> Document:
        return Document(self.name, "".join(self._pieces), tuple(self._parts), tuple(self._lines))
