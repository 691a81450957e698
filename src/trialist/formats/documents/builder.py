"""A document in the making: parts are added in reading order, each with its place in the original."""

from __future__ import annotations

from collections.abc import Sequence

from trialist.evidence.claims.model import Cell, Document, Part, PartKind


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
        rows: Sequence[Sequence[tuple[str, int | None]]],
        *,
        page: int | None = None,
        paragraph: int | None = None,
    ) -> None:
        """A table; every row is a list of cells, (text, line)."""
        start = self._length
        held: list[tuple[Cell, ...]] = []
        for row in rows:
            cells = []
            for place, (text, line) in enumerate(row):
                if place:
                    self._write(" | ", None)
                begin = self._length
                self._write(" ".join(text.split()), line)
                cells.append(Cell(begin, self._length, header=not held))
            self._write("\n", None)
            if cells:
                held.append(tuple(cells))
        if held:
            line = next((line for row in rows for _, line in row if line is not None), None)
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
