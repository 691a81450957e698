"""DOCX: paragraphs and tables in order. Needs python-docx (extra `documents`)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from trialist.formats.documents import Read, damaged, missing_extra
from trialist.formats.documents.builder import Boxed, Builder


def read_docx(content: bytes, name: str) -> Read:
    try:
        import docx
        from docx.table import Table
    except ImportError:
        return (), (missing_extra(name, "DOCX"),)
    try:
        opened = docx.Document(io.BytesIO(content))
    except Exception as error:  # noqa: BLE001  zip, XML and package errors of the library, by file
        return (), (
            damaged(name, str(error).splitlines()[0][:200] if str(error) else "it is no Word document"),
        )
    builder = Builder(name)
    number = 0
    for block in opened.iter_inner_content():
        if isinstance(block, Table):
            rows = []
            for row in block.rows:
                number += 1
                own = dict.fromkeys(cell._tc for cell in row.cells)  # a cell over several columns is one
                texts = {cell._tc: cell.text for cell in row.cells}
                rows.append([Boxed(texts[cell], columns=_wide(row.cells, cell)) for cell in own])
            builder.add_table(rows, paragraph=number)
            continue
        number += 1
        style = (block.style.name or "") if block.style is not None else ""
        kind = "heading" if style.startswith(("Heading", "Title")) else "item" if "List" in style else "text"
        builder.add([(block.text, None)], kind, paragraph=number)  # type: ignore[arg-type]
    return (builder.done(),), ()


def _wide(cells: Sequence[Any], own: object) -> int:
    """How many columns of a row one cell takes."""
    return sum(cell._tc is own for cell in cells)
