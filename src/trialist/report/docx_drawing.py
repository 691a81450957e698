"""A drawing of ours in a Word document: an SVG for those that draw one, a metafile for those that do not."""

from __future__ import annotations

from typing import Any

from trialist.report.emf import emf_of

_PIXELS_IN_CM = 96 / 2.54
_EMU = 360000
_SVG = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"
_SVG_URI = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"


def add_drawing(document: Any, drawing: str, *, alt: str, width_cm: float) -> None:
    """Append a paragraph with the drawing, as wide as it is but no wider than asked; `alt` is read aloud."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml

    metafile, wide, high = emf_of(drawing)
    width = min(width_cm, wide / _PIXELS_IN_CM)
    height = width * high / wide
    package = document.part.package
    number = sum(1 for part in package.iter_parts() if str(part.partname).startswith("/word/media/drawing"))
    number = number // 2 + 1
    names = []
    for suffix, kind, content in (
        ("emf", "image/x-emf", metafile),
        ("svg", "image/svg+xml", drawing.encode()),
    ):
        name = PackURI(f"/word/media/drawing{number}.{suffix}")
        names.append(document.part.relate_to(Part(name, kind, content, package), RELATIONSHIP_TYPE.IMAGE))
    size = (round(width * _EMU), round(height * _EMU))
    paragraph = document.add_paragraph()
    paragraph.add_run()._r.append(parse_xml(_inline(number, size, names, alt)))


def _inline(number: int, size: tuple[int, int], names: list[str], alt: str) -> str:
    from xml.sax.saxutils import quoteattr

    wide, high = size
    said = quoteattr(alt)
    main = "http://schemas.openxmlformats.org"
    return (
        f'<w:drawing xmlns:w="{main}/wordprocessingml/2006/main" '
        f'xmlns:wp="{main}/drawingml/2006/wordprocessingDrawing" '
        f'xmlns:a="{main}/drawingml/2006/main" xmlns:pic="{main}/drawingml/2006/picture" '
        f'xmlns:r="{main}/officeDocument/2006/relationships">'
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{wide}" cy="{high}"/>'
        f'<wp:docPr id="{1000 + number}" name="Drawing {number}" descr={said}/>'
        f'<a:graphic><a:graphicData uri="{main}/drawingml/2006/picture"><pic:pic>'
        f'<pic:nvPicPr><pic:cNvPr id="{number}" name="Drawing {number}" descr={said}/><pic:cNvPicPr/>'
        f'</pic:nvPicPr><pic:blipFill><a:blip r:embed="{names[0]}"><a:extLst><a:ext uri="{_SVG_URI}">'
        f'<asvg:svgBlip xmlns:asvg="{_SVG}" r:embed="{names[1]}"/></a:ext></a:extLst></a:blip>'
        f'<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/>'
        f'<a:ext cx="{wide}" cy="{high}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        f"</pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
