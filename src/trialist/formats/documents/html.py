"""HTML: blocks and tables with the lines of the source; scripts, styles and navigation are left out."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from trialist.evidence.claims.model import PartKind
from trialist.formats.documents import Read, decoded
from trialist.formats.documents.builder import Boxed, Builder

_LEFT_OUT = frozenset({"script", "style", "noscript", "template", "svg", "head", "nav", "button", "select"})
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "aside",
        "blockquote",
        "pre",
        "li",
        "ul",
        "ol",
        "dl",
        "dt",
        "dd",
        "figure",
        "figcaption",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "table",
        "tr",
        "td",
        "th",
        "caption",
        "form",
        "fieldset",
        "address",
        "details",
        "summary",
        "hr",
        "body",
    ]
)
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "source", "area", "col"})


class _Reader(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__(convert_charrefs=True)
        self.builder = Builder(name)
        self.pieces: list[tuple[str, int | None]] = []
        self.kind: PartKind = "text"
        self.skipped = 0
        self.rows: list[list[Boxed]] | None = None
        self.cell: list[tuple[str, int | None]] | None = None
        self.box = Boxed("")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LEFT_OUT:
            self.skipped += 1
            return
        if tag == "br":
            self._text("\n" if self.cell is None else " ", None)
        if self.rows is None and tag in _BLOCKS:
            self._begin(tag)
        if tag == "table" and self.rows is None:
            self.rows = []
        elif self.rows is not None:
            if tag == "caption":
                self.cell, self.box = [], Boxed("", header=True)
            if tag == "tr":
                self._close_cell()
                self.rows.append([])
            elif tag in ("td", "th"):
                self._close_cell()
                self.cell, said = [], dict(attrs)
                wide, high = (_many(said.get(name)) for name in ("colspan", "rowspan"))
                self.box = Boxed("", None, tag == "th", wide, high)
                if not self.rows:
                    self.rows.append([])

    def _begin(self, tag: str) -> None:
        """A new part; what is told of a term (`dd`) goes on behind it (`dt`)."""
        while tag == "dd" and self.pieces and not self.pieces[-1][0].strip():
            self.pieces.pop()
        if tag == "dd" and self.pieces:
            self.pieces.append((": ", None))
        else:
            self.flush()
        heading = tag in ("h1", "h2", "h3", "h4", "h5", "h6")
        self.kind = "heading" if heading else "item" if tag in ("li", "dt", "dd") else "text"

    def handle_endtag(self, tag: str) -> None:
        if tag in _LEFT_OUT:
            self.skipped = max(0, self.skipped - 1)
            return
        if self.rows is not None:
            if tag == "caption" and self.cell is not None:
                self.builder.add(self.cell, "heading")
                self.cell = None
            elif tag in ("td", "th", "tr"):
                self._close_cell()
            elif tag == "table":
                self.close_table()
        elif tag in _BLOCKS and tag != "dt":
            self.flush()
            self.kind = "text"

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self._text(data, self.getpos()[0])

    def _text(self, data: str, line: int | None) -> None:
        if self.rows is None:
            if data.strip() or self.kind != "item" or self.pieces:
                self.pieces.append((data, line))
        elif self.cell is not None:
            self.cell.append((data, line))

    def _close_cell(self) -> None:
        if self.cell is not None and self.rows is not None:
            line = next((line for text, line in self.cell if text.strip()), None)
            self.rows[-1].append(replace(self.box, text="".join(text for text, _ in self.cell), line=line))
        self.cell = None

    def close_table(self) -> None:
        """Writes a table; one of two columns whose rows have heads of their own is a list of terms."""
        self._close_cell()
        rows = [row for row in self.rows or () if row]
        if rows and all([box.header for box in row] == [True, False] for row in rows):
            for label, told in rows:
                body = " ".join(told.text.split())
                self.builder.add([(f"{' '.join(label.text.split())}: {body}", label.line)], "item")
        else:
            self.builder.add_table(rows)
        self.rows = None

    def flush(self) -> None:
        self.builder.add(self.pieces, self.kind)
        self.pieces = []


def _many(said: str | None) -> int:
    """The value of `colspan` and `rowspan`."""
    return min(max(int(said), 1), 50) if said and said.strip().isdigit() else 1


def read_html(content: bytes, name: str) -> Read:
    text, problems = decoded(content, name)
    if text is None:
        return (), problems
    reader = _Reader(name)
    reader.feed(text)
    reader.close()
    if reader.rows:
        reader.close_table()
    reader.flush()
    return (reader.builder.done(),), ()
