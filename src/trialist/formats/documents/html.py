"""HTML: blocks and tables with the lines of the source; scripts, styles and navigation are left out."""

from __future__ import annotations

from html.parser import HTMLParser

from trialist.evidence.claims.model import PartKind
from trialist.formats.documents import Read, decoded
from trialist.formats.documents.builder import Builder

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
        self.rows: list[list[tuple[str, int | None]]] | None = None
        self.cell: list[tuple[str, int | None]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LEFT_OUT:
            self.skipped += 1
            return
        if tag == "br":
            self._text("\n" if self.cell is None else " ", None)
        if self.rows is None and tag in _BLOCKS:
            self.flush()
            self.kind = (
                "heading"
                if tag in ("h1", "h2", "h3", "h4", "h5", "h6")
                else "item"
                if tag == "li"
                else "text"
            )
        if tag == "table" and self.rows is None:
            self.rows = []
        elif self.rows is not None:
            if tag == "tr":
                self._close_cell()
                self.rows.append([])
            elif tag in ("td", "th"):
                self._close_cell()
                self.cell = []
                if not self.rows:
                    self.rows.append([])

    def handle_endtag(self, tag: str) -> None:
        if tag in _LEFT_OUT:
            self.skipped = max(0, self.skipped - 1)
            return
        if self.rows is not None:
            if tag in ("td", "th", "tr"):
                self._close_cell()
            elif tag == "table":
                self._close_cell()
                self.builder.add_table([row for row in self.rows if row])
                self.rows = None
        elif tag in _BLOCKS:
            self.flush()
            self.kind = "text"

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self._text(data, self.getpos()[0])

    def _text(self, data: str, line: int | None) -> None:
        if self.rows is None:
            self.pieces.append((data, line))
        elif self.cell is not None:
            self.cell.append((data, line))

    def _close_cell(self) -> None:
        if self.cell is not None and self.rows is not None:
            line = next((line for text, line in self.cell if text.strip()), None)
            self.rows[-1].append(("".join(text for text, _ in self.cell), line))
        self.cell = None

    def flush(self) -> None:
        self.builder.add(self.pieces, self.kind)
        self.pieces = []


def read_html(content: bytes, name: str) -> Read:
    text, problems = decoded(content, name)
    if text is None:
        return (), problems
    reader = _Reader(name)
    reader.feed(text)
    reader.close()
    if reader.rows:
        reader._close_cell()
        reader.builder.add_table([row for row in reader.rows if row])
        reader.rows = None
    reader.flush()
    return (reader.builder.done(),), ()
