"""A guide as a Word document: tables whose heads repeat, pictures as drawings, references by number.

A number is followed by its references in brackets; the ids of findings stand beneath their table. What a page
folds is in an annex.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any

from trialist.evidence.guide import Guide
from trialist.evidence.guide.model import (
    Flow,
    Fold,
    Forest,
    Graph,
    Plain,
    Row,
    Section,
    Sentence,
    Table,
    Value,
)
from trialist.evidence.guide.printed import RECALLED
from trialist.problems import Problem
from trialist.report import words
from trialist.report.guide_page import figures_of, numbered
from trialist.report.section_figures import Drawing
from trialist.software import software

_MANY = 5  # columns of a table whose rows are so high that they may be broken between pages
_WORDS = re.compile(r"[^\s/-]+")
_WIDE = 17.0  # centimetres, of a table
_GREY = "6B6B6B"
_LINK = "00558C"


def guide_docx(guide: Guide) -> bytes | Problem:
    """The document's bytes. E633 where the extra that writes Word documents is not installed."""
    try:
        import docx
    except ImportError:
        return Problem(
            "E633", "Word documents need the package python-docx", "pip install 'trialist[documents]'"
        )
    return _Document(guide, docx).bytes()


class _Document:
    """One document in the making."""

    def __init__(self, guide: Guide, docx: Any) -> None:
        from docx.shared import Cm, Pt, RGBColor

        self.guide, self.Pt, self.Cm, self.colour = guide, Pt, Cm, RGBColor.from_string
        self.made = docx.Document()
        self.figures = figures_of(guide.sections)
        self.later: list[tuple[str, tuple[Plain, ...]]] = []
        self.marked = 0
        page = self.made.sections[0]
        page.page_width, page.page_height = Cm(21), Cm(29.7)
        page.left_margin = page.right_margin = Cm(2)
        page.top_margin = page.bottom_margin = Cm(2)
        normal = self.made.styles["Normal"]
        normal.font.name, normal.font.size = "Arial", Pt(10)
        properties = self.made.core_properties
        properties.title, properties.author = guide.title, software()
        properties.comments = f"Written by rule from the store {guide.dated.fingerprint}"

    def bytes(self) -> bytes:
        guide = self.guide
        self.made.add_heading(guide.title, 0)
        held = guide.dated
        self._quiet(
            f"{len(guide.trials)} of {held.trials} trials of the store; {len(guide.references)} references; "
            f"newest dated source {held.newest}; store {held.fingerprint}; {software()}. Numbers in brackets "
            f"are references, the paper before the page that was read."
        )
        outer = [section for section in guide.sections if section.within is None]
        self._section(outer[0], 1)
        self._contents(outer[1:])
        for section in outer[1:]:
            self._section(section, 1)
        if guide.problems:
            notes = tuple(Sentence(_note(problem)) for problem in guide.problems)
            self.later.append(("What does not agree in the store", notes))
        self._annexes()
        self._references()
        file = io.BytesIO()
        self.made.save(file)
        return file.getvalue()

    def _contents(self, sections: Iterable[Section]) -> None:
        self._heading("Contents", 1)
        named = [(section.id, section.title) for section in sections if not section.folded]
        for name, title in (*named, ("annex", "Annex"), ("references", "References")):
            paragraph = self.made.add_paragraph()
            paragraph.paragraph_format.space_after = self.Pt(2)
            self._inner_link(paragraph, name, title)

    def _section(self, section: Section, level: int) -> None:
        if section.folded:
            self.later.append((section.title, tuple(section.all_parts)))
            return
        self._heading(section.title, level, section.id)
        before = len(self.later)
        for part in section.parts:
            if isinstance(part, Fold):
                self.later.append((part.title, part.parts))
            else:
                self._part(part, section.title, level)
        undrawn = [p for p in section.parts if isinstance(p, Flow) and self.figures.get(p) is None]
        if undrawn:
            said = tuple(Sentence(f"{part.trial}: {part.missing}.") for part in undrawn)
            self.later.append(("Trials of which too little is published to draw them", said))
        inner = [each for each in self.guide.sections if each.within == section.id]
        if len(self.later) > before:
            names = " and ".join(_letter(place) for place in range(before, len(self.later)))
            self._quiet(f"More: annex {names}.")
        for each in inner:
            self._section(each, level + 1)

    def _annexes(self) -> None:
        if not self.later:
            return
        self._heading("Annex", 1, "annex")
        for place, (title, parts) in enumerate(self.later):
            self._heading(f"{_letter(place)}. {_capital(title)}", 2)
            for part in parts:
                self._part(part, title, 2)

    def _part(self, part: Plain, under: str, level: int) -> None:
        if isinstance(part, Sentence):
            self._sentence(part)
        elif isinstance(part, Table):
            self._table(part, under, level)
        else:
            drawing = self.figures.get(part)
            if drawing is not None:
                self._picture(part, drawing)

    def _heading(self, text: str, level: int, mark: str | None = None) -> None:
        heading = self.made.add_heading(text, level)
        heading.paragraph_format.keep_with_next = True
        if mark is not None:
            self.marked += 1
            _bookmark(heading, mark, self.marked)

    def _sentence(self, said: Sentence) -> None:
        paragraph = self.made.add_paragraph()
        run = paragraph.add_run(said.text)
        if said.warning:
            run.italic = True
            paragraph.paragraph_format.left_indent = self.Cm(0.5)
        self._marks(paragraph, said.cites, said.marks, chain=False)

    def _table(self, table: Table, under: str, level: int) -> None:
        if table.title != under:
            self._heading(_capital(table.title), min(level + 1, 4))
        made = self.made.add_table(rows=1, cols=len(table.head))
        made.style = "Table Grid"
        made.autofit = False
        widths = _widths(table)
        for column, width in zip(made.columns, widths, strict=True):
            column.width = self.Cm(width)
        for cell, name in zip(made.rows[0].cells, table.head, strict=True):
            self._run(cell.paragraphs[0], name, bold=True)
            _shade(cell, "E9EEF2")
        _repeat(made.rows[0])
        for group in table.groups:
            if group.heading:
                cells = made.add_row().cells
                merged = cells[0].merge(cells[-1])
                self._run(merged.paragraphs[0], group.heading, bold=True)
                if group.note:
                    self._run(merged.add_paragraph(), f"{group.note[:1].upper()}{group.note[1:]}.", grey=True)
                _shade(merged, "F6F6F4")
                for paragraph in merged.paragraphs:
                    paragraph.paragraph_format.keep_with_next = True
            for row in group.rows:
                self._row(made, row)
        for row in made.rows:
            if len(table.head) < _MANY:
                _whole(row)
            for cell, width in zip(row.cells, widths, strict=False):
                cell.width = self.Cm(width)
        ids = dict.fromkeys(v.id for row in table.rows for cell in row.cells for v in cell if v.id)
        self._run(self.made.add_paragraph(), f"Made of {', '.join(ids)}." if ids else "", grey=True, size=7.5)

    def _row(self, table: Any, row: Row) -> None:
        cells = table.add_row().cells
        for cell, values in zip(cells, row.cells, strict=True):
            paragraph = cell.paragraphs[0]
            for i, value in enumerate(values):
                paragraph = paragraph if i == 0 else cell.add_paragraph()
                self._value(paragraph, value)
            if not values:
                self._run(paragraph, "–", grey=True)
        if row.disputed:
            cells = table.add_row().cells
            merged = cells[0].merge(cells[-1])
            for i, why in enumerate(row.disputed):
                paragraph = merged.paragraphs[0] if i == 0 else merged.add_paragraph()
                self._run(paragraph, f"Does not agree: {why}", grey=True)

    def _value(self, paragraph: Any, value: Value) -> None:
        paragraph.paragraph_format.space_after = self.Pt(2)
        if value.label:
            self._run(paragraph, f"{value.label[:1].upper()}{value.label[1:]}: ", grey=True)
        self._run(paragraph, value.text, bold=bool(value.id and value.label) and RECALLED not in value.marks)
        if value.behind:
            run = self._run(paragraph, "" if value.label else "\n", grey=True)
            run.add_text(f" {value.behind}" if value.label else value.behind)
        self._marks(paragraph, value.cites, value.marks, chain=value.id is not None)

    def _marks(self, paragraph: Any, cites: Iterable[str], marks: Iterable[str], *, chain: bool) -> None:
        cited = [str(number) for number, _ in numbered(self.guide, cites)]
        if cited:
            run = self._run(paragraph, f" [{(' in ' if chain else ', ').join(cited)}]", size=7.5)
            run.font.color.rgb = self.colour(_LINK)
        for mark in marks:
            self._run(paragraph, f" [{mark}]", grey=True)

    def _picture(self, part: Forest | Flow | Graph, drawing: Drawing) -> None:
        from trialist.report.docx_drawing import add_drawing

        add_drawing(self.made, str(drawing.wide), alt=_alt(part, drawing), width_cm=_WIDE)
        self.made.paragraphs[-1].paragraph_format.keep_with_next = True
        self._quiet(f"{drawing.heading} {drawing.caption}")

    def _references(self) -> None:
        self._heading("References", 1, "references")
        for each in self.guide.references:
            paragraph = self.made.add_paragraph()
            paragraph.paragraph_format.left_indent = self.Cm(0.9)
            paragraph.paragraph_format.first_line_indent = self.Cm(-0.9)
            self._run(paragraph, f"{each.number}. {each.citation}", size=9.0)
            for address, text in each.links:
                self._link(paragraph, address, text)
            more = "; ".join(
                p for p in (each.kind, f"read: {each.read}" if each.read else None, each.id) if p
            )
            self._run(paragraph, f" {more}", grey=True)
        if any(RECALLED in each.marks for each in self.guide.values()):
            self._quiet(f"{RECALLED}: {words.RECALLED_MEANS}")

    def _link(self, paragraph: Any, address: str, text: str) -> None:
        from docx.opc.constants import RELATIONSHIP_TYPE
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        name = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link = OxmlElement("w:hyperlink")
        link.set(qn("r:id"), name)
        self._run(paragraph, ". ", size=9.0)
        run = self._run(paragraph, text, size=9.0)
        run.font.color.rgb = self.colour(_LINK)
        run.font.underline = True
        link.append(run._r)
        paragraph._p.append(link)

    def _inner_link(self, paragraph: Any, name: str, text: str) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), name)
        run = self._run(paragraph, text, size=10.0)
        run.font.color.rgb = self.colour(_LINK)
        link.append(run._r)
        paragraph._p.append(link)

    def _run(
        self, paragraph: Any, text: str, *, bold: bool = False, grey: bool = False, size: float = 8.5
    ) -> Any:
        run = paragraph.add_run(text)
        run.font.size = self.Pt(size)
        run.bold = bold
        if grey:
            run.font.color.rgb = self.colour(_GREY)
        return run

    def _quiet(self, text: str) -> None:
        self._run(self.made.add_paragraph(), text, grey=True, size=9.0)


def _alt(part: Forest | Flow | Graph, drawing: Drawing) -> str:
    if isinstance(part, Forest):
        return f"{part.title}: " + "; ".join(f"{r.trial}, {r.label}: {r.printed}" for r in part.ratios)
    if isinstance(part, Graph):
        labels = {node.id: node.label for node in part.nodes}
        return f"{part.title}: " + "; ".join(
            f"{labels[e.start]} {e.kind} {labels[e.end]}" for e in part.edges
        )
    return f"Flow of patients. {drawing.heading} {drawing.caption}"


def _letter(place: int) -> str:
    """`A`, ..., `Z`, `AA`."""
    first, last = divmod(place, 26)
    return (chr(64 + first) if first else "") + chr(65 + last)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _note(problem: Problem) -> str:
    place = f" ({problem.place.file}: {problem.place.record})" if problem.place else ""
    return f"{problem.code} {problem.message}{place}"


def _bookmark(heading: Any, name: str, number: int) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("w:bookmarkStart", "w:bookmarkEnd"):
        element = OxmlElement(kind)
        element.set(qn("w:id"), str(number))
        if kind.endswith("Start"):
            element.set(qn("w:name"), name)
        heading._p.append(element)


def _widths(table: Table) -> list[float]:
    """Centimetres, 17 in all: wider where more is said, and wide enough for the longest word."""
    said = [[name] for name in table.head]
    for row in table.rows:
        for column, cell in zip(said, row.cells, strict=True):
            column.append(" ".join(f"{v.label or ''} {v.text} {v.behind or ''}" for v in cell))
    weights = [sum(len(text) for text in column) ** 0.5 for column in said]
    least = [min(2.3, 0.4 + 0.16 * max(map(len, _WORDS.findall(" ".join(column))))) for column in said]
    free = _WIDE - sum(least)
    return [low + free * weight / sum(weights) for low, weight in zip(least, weights, strict=True)]


def _repeat(row: Any) -> None:
    _flag(row, "w:tblHeader")


def _whole(row: Any) -> None:
    _flag(row, "w:cantSplit")


def _flag(row: Any, name: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(name)
    element.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(element)


def _shade(cell: Any, colour: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:color"), "auto")
    shade.set(qn("w:fill"), colour)
    cell._tc.get_or_add_tcPr().append(shade)
