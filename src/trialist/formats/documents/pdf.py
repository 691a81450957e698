"""PDF: the text of each page, lines of a paragraph joined. Needs pypdfium2 (extra `documents`)."""

from __future__ import annotations

import re

from trialist.formats.documents import Read, damaged, missing_extra
from trialist.formats.documents.builder import Builder
from trialist.problems import Place, Problem

_SOFT = re.compile(r"[\u00ad\ufffe\x02]\n?")  # a hyphen at the end of a line, as the library marks it


def read_pdf(content: bytes, name: str) -> Read:
    try:
        import pypdfium2
    except ImportError:
        return (), (missing_extra(name, "PDF"),)
    try:
        opened = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        return (), (damaged(name, str(error)),)
    builder, empty = Builder(name), []
    try:
        for number, page in enumerate(opened, 1):
            text = page.get_textpage().get_text_bounded().replace("\r\n", "\n").replace("\r", "\n")
            if not text.strip():
                empty.append(str(number))
            for block in re.split(r"\n\s*\n", _SOFT.sub("-", text)):
                builder.add([(" ".join(block.split()), None)], page=number)
    finally:
        opened.close()
    problems: tuple[Problem, ...] = ()
    if empty:
        many = len(empty) > 1
        pages = f"page{'s' if many else ''} {', '.join(empty[:12])}"
        told = f"{pages} of the PDF hold{'' if many else 's'} no text"
        problems = (Problem("N680", told, "a scanned page needs text recognition first", Place(name)),)
    return (builder.done(),), problems
