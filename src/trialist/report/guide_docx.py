"""A guide as a Word document: tables whose heads repeat, pictures as drawings, references by number.

A number is followed by the marks of its references and, small and grey, by the id of its finding.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from trialist.evidence.guide import Guide
from trialist.evidence.guide.model import Flow, Forest, Graph, Row, Section, Sentence, Table, Value
from trialist.evidence.guide.printed import RECALLED
from trialist.problems import Problem
from trialist.report import words
from trialist.report.guide_page import figures_of, numbered
from trialist.report.section_figures import Drawing
from trialist.software import software

_MANY = 5  # columns of a table whose rows are so high that they may be broken between pages
_WORDED = (10.5, 3.7, 2.8)  # centimetres, of a table whose rows begin with a sentence
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
        self.later: list[Table] = []
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
            f"Newest dated source {held.newest}; store {held.fingerprint}; {len(guide.trials)} of "
            f"{held.trials} trials; {software()}. Raised numbers are references, the paper before the page "
            f"that was read; small grey words are ids of findings."
        )
        efficacy = False
        for section in guide.sections:
            endpoint = section.id.startswith("endpoint-")
            if endpoint and not efficacy:
                self.made.add_heading("Efficacy, by endpoint", 1)
                efficacy = True
            self._section(section, 2 if endpoint else 1)
        if self.later:
            self.made.add_heading("Appendix: more tables", 1)
            for table in self.later:
                self._table(table, "", 1)
        if guide.problems:
            self.made.add_heading("What does not agree in the store", 1)
            for problem in guide.problems:
                place = f" ({problem.place.file}: {problem.place.record})" if problem.place else ""
                self._bullet(f"{problem.code} {problem.message}{place}")
        self._references()
        file = io.BytesIO()
        self.made.save(file)
        return file.getvalue()

    def _section(self, section: Section, level: int) -> None:
        self.made.add_heading(section.title, level)
        undrawn = []
        for part in section.parts:
            if isinstance(part, Sentence):
                self._sentence(part)
            elif isinstance(part, Table) and part.folded:
                self.later.append(part)
                self._quiet(f"{part.title[:1].upper()}{part.title[1:]}: in the appendix.")
            elif isinstance(part, Table):
                self._table(part, section.title, level)
            else:
                drawing = self.figures.get(part)
                if drawing is not None:
                    self._picture(part, drawing)
                elif isinstance(part, Flow):
                    undrawn.append(f"{part.trial}: {part.missing}.")
        if undrawn:
            self._quiet("Not drawn:")
            for text in undrawn:
                self._bullet(text)

    def _sentence(self, said: Sentence) -> None:
        paragraph = self.made.add_paragraph()
        run = paragraph.add_run(said.text)
        if said.warning:
            run.italic = True
            paragraph.paragraph_format.left_indent = self.Cm(0.5)
        self._marks(paragraph, said.cites, said.marks, chain=False)
        self._id(paragraph, ", ".join(said.ids) if len(said.ids) <= 4 else _from_to(said.ids))

    def _table(self, table: Table, under: str, level: int) -> None:
        if table.title != under:
            self.made.add_heading(table.title[:1].upper() + table.title[1:], min(level + 1, 4))
        made = self.made.add_table(rows=1, cols=len(table.head))
        made.style = "Table Grid"
        made.autofit = False
        worded = any(row.cells[0] and row.cells[0][0].id for row in table.rows)
        widths = _WORDED if worded and len(table.head) == len(_WORDED) else _widths(len(table.head))
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
            for row in group.rows:
                self._row(made, row)
        for row in made.rows:
            if len(table.head) < _MANY:
                _whole(row)
            for cell, width in zip(row.cells, widths, strict=False):
                cell.width = self.Cm(width)
        self.made.add_paragraph()

    def _row(self, table: Any, row: Row) -> None:
        cells = table.add_row().cells
        for cell, values in zip(cells, row.cells, strict=True):
            paragraph = cell.paragraphs[0]
            for i, value in enumerate(values):
                paragraph = paragraph if i == 0 else cell.add_paragraph()
                self._value(paragraph, value)
            if not values:
                self._run(paragraph, "–", grey=True)
        for why in row.disputed:
            self._run(cells[0].add_paragraph(), f"Does not agree: {why}", grey=True)

    def _value(self, paragraph: Any, value: Value) -> None:
        paragraph.paragraph_format.space_after = self.Pt(2)
        if value.label:
            self._run(paragraph, f"{value.label[:1].upper()}{value.label[1:]}: ", grey=True)
        self._run(paragraph, value.text, bold=bool(value.id and value.label) and RECALLED not in value.marks)
        if value.behind:
            run = self._run(paragraph, "" if value.label else "\n", grey=True)
            run.add_text(f" {value.behind}" if value.label else value.behind)
        self._marks(paragraph, value.cites, value.marks, chain=value.id is not None)
        self._id(paragraph, value.id or "")

    def _marks(self, paragraph: Any, cites: Iterable[str], marks: Iterable[str], *, chain: bool) -> None:
        cited = [str(number) for number, _ in numbered(self.guide, cites)]
        if cited:
            run = self._run(paragraph, (" in " if chain else ", ").join(cited))
            run.font.superscript = True
            run.font.color.rgb = self.colour(_LINK)
        for mark in marks:
            self._run(paragraph, f" [{mark}]", grey=True)

    def _id(self, paragraph: Any, name: str) -> None:
        if name:
            run = self._run(paragraph, f" {name}", grey=True)
            run.font.size = self.Pt(6.5)

    def _picture(self, part: Forest | Flow | Graph, drawing: Drawing) -> None:
        from trialist.report.docx_drawing import add_drawing

        add_drawing(self.made, str(drawing.wide), alt=_alt(part, drawing), width_cm=17.0)
        self._quiet(f"{drawing.heading} {drawing.caption}")

    def _references(self) -> None:
        self.made.add_heading("References", 1)
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

    def _bullet(self, text: str) -> None:
        self._run(self.made.add_paragraph(style="List Bullet"), text, size=9.0)


def _alt(part: Forest | Flow | Graph, drawing: Drawing) -> str:
    if isinstance(part, Forest):
        return f"{part.title}: " + "; ".join(f"{r.trial}, {r.label}: {r.printed}" for r in part.ratios)
    if isinstance(part, Graph):
        labels = {node.id: node.label for node in part.nodes}
        return f"{part.title}: " + "; ".join(
            f"{labels[e.start]} {e.kind} {labels[e.end]}" for e in part.edges
        )
    return f"Flow of patients. {drawing.heading} {drawing.caption}"


def _from_to(ids: tuple[str, ...]) -> str:
    return f"{ids[0]} to {ids[-1]}"


def _widths(columns: int) -> tuple[float, ...]:
    """Centimetres: 17 in all."""
    given = {
        2: (5.0, 12.0),
        3: (4.2, 7.8, 5.0),
        5: (3.2, 2.4, 3.2, 4.4, 3.8),
        6: (2.9, 2.7, 2.1, 4.3, 2.3, 2.7),
    }
    return given.get(columns, tuple([17.0 / columns] * columns))


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
