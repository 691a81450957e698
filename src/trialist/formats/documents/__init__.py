"""Documents as text with places: text, Markdown, HTML, PDF, DOCX, BibTeX, CSL-JSON, registry records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from trialist.problems import Place, Problem, errors

if TYPE_CHECKING:
    from trialist.evidence.claims.model import Document

Read = tuple["tuple[Document, ...]", "tuple[Problem, ...]"]
MAX_BYTES = 64 * 1024**2
_SUFFIXES: Mapping[str, str] = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".bib": "bibtex",
    ".json": "json",
}


def read_documents(path: Path | str, *, max_bytes: int = MAX_BYTES) -> Read:
    """The documents of a file, by content and suffix; a bibliography and a list of records hold several.

    Parameters
        path       .txt, .md, .html, .pdf, .docx, .bib, .json (CSL-JSON, ClinicalTrials.gov v2)
        max_bytes  larger files are refused
    Problems  E030-E034 the file, E680 no format of a document, E681 damaged or of another format, E682 an
              extra is not installed, E683 no text in it, N680 pages without text, N681 entries without an
              abstract
    """
    from trialist.formats.source import file_bytes, look

    path = Path(path)
    _, seen = look(path, max_bytes)
    stopped = tuple(problem for problem in seen if problem.code not in ("E035", "E036"))
    if errors(stopped):
        return (), stopped
    content, problems = file_bytes(path)
    if content is None:
        return (), problems
    kind = _kind(path, content)
    if kind is None:
        listed = ", ".join(sorted(_SUFFIXES))
        return (), (
            Problem(
                "E680",
                f"{path.name} is no document that is known here",
                f"use one of {listed}",
                Place(str(path)),
            ),
        )
    found, problems = _readers()[kind](content, str(path))
    if not errors(problems) and not any(document.text.strip() for document in found):
        remedy = "give a file with text; a scanned page needs text recognition first"
        return (), (*problems, Problem("E683", f"{path.name} holds no text", remedy, Place(str(path))))
    return found, problems


def _kind(path: Path, content: bytes) -> str | None:
    if content.startswith(b"%PDF"):
        return "pdf"
    if content.startswith(b"PK\x03\x04"):
        return "docx" if path.suffix.lower() == ".docx" else None
    kind = _SUFFIXES.get(path.suffix.lower())
    return None if kind in ("pdf", "docx") else kind


def _readers() -> Mapping[str, Callable[[bytes, str], Read]]:
    from trialist.formats.documents import bibliography, docx, html, markdown, pdf, records

    return {
        "text": markdown.read_plain,
        "markdown": markdown.read_markdown,
        "html": html.read_html,
        "pdf": pdf.read_pdf,
        "docx": docx.read_docx,
        "bibtex": bibliography.read_bibtex,
        "json": records.read_json,
    }


def damaged(name: str, why: str) -> Problem:
    """E681: the file is not what its name says, or is damaged."""
    return Problem(
        "E681",
        f"{Path(name).name} can't be read: {why}",
        "check that it is whole and save it again",
        Place(name),
    )


def missing_extra(name: str, what: str) -> Problem:
    """E682: a library of the extra `documents` is not installed."""
    return Problem(
        "E682",
        f"{what} files are read only where a library is installed",
        "pip install 'trialist[documents]'",
        Place(name),
    )


def decoded(content: bytes, name: str) -> tuple[str | None, tuple[Problem, ...]]:
    """UTF-8 text (with or without a mark), or UTF-16 with one, else the words of Western Europe."""
    for start, encoding in (
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
        (b"", "utf-8-sig"),
        (b"", "cp1252"),
    ):
        if content.startswith(start):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            if "\x00" in text:
                break
            return text, ()
    return None, (damaged(name, "it holds bytes that are no text"),)
