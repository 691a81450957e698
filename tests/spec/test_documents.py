"""Documents of every format become text with its place in the original."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from trialist.evidence.claims.model import Document
from trialist.formats.documents import read_documents

TEXT = "The hazard ratio was 0.64 (95% CI 0.46-0.89)."


def one(path: Path) -> Document:
    documents, problems = read_documents(path)
    assert problems == ()
    (document,) = documents
    return document


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def at(document: Document, words: str) -> int:
    found = document.text.find(words)
    assert found >= 0, document.text
    return found


def test_plain_text_keeps_its_lines_and_every_character(tmp_path: Path) -> None:
    text = f"Title\r\n\r\nFirst line,\r\nsecond. {TEXT}\r\n"
    document = one(written(tmp_path, "a.txt", text))
    assert document.text == text
    assert document.line_of(at(document, "hazard")) == 4
    assert [part.line for part in document.parts] == [1, 3]


def test_markdown_has_headings_items_and_tables(tmp_path: Path) -> None:
    text = "# Title\ntext\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    document = one(written(tmp_path, "a.md", text))
    assert [part.kind for part in document.parts] == ["heading", "text", "item", "item", "table"]
    table = document.parts[-1]
    assert [[document.text[c.start : c.end] for c in row] for row in table.rows] == [["a", "b"], ["1", "2"]]


def test_html_gives_lines_of_the_source_and_leaves_scripts_out(tmp_path: Path) -> None:
    html = (
        "<html><head><title>x</title><script>var a = 1;</script></head>\n<body>\n<nav>menu</nav>\n"
        f"<p>Before &amp; after.</p>\n<p>{TEXT}\nMore&nbsp;words.</p>\n"
        "<table><tr><th>a</th></tr>\n<tr><td>1</td></tr></table></body></html>"
    )
    document = one(written(tmp_path, "a.html", html))
    assert "menu" not in document.text
    assert "var a" not in document.text
    assert "Before & after." in document.text
    assert document.line_of(at(document, "hazard")) == 5
    assert document.line_of(at(document, "More")) == 6
    assert document.line_of(document.parts[-1].rows[1][0].start) == 8


def test_html_that_is_not_closed_is_read_to_its_end(tmp_path: Path) -> None:
    document = one(written(tmp_path, "a.html", f"<p>One<p>{TEXT}<table><tr><td>cell"))
    assert TEXT in document.text
    assert document.parts[-1].kind == "table"


def test_bibtex_gives_each_abstract_with_its_line(tmp_path: Path) -> None:
    bib = (
        "@article{one,\n  title = {A {T}itle},\n  abstract = {In 73.6\\% of patients.\n    "
        + TEXT
        + "}\n}\n@book{two, title={x}}\n"
    )
    documents, problems = read_documents(written(tmp_path, "a.bib", bib))
    assert [problem.code for problem in problems] == ["N681"]
    (document,) = documents
    assert document.name.endswith("a.bib#one")
    assert "A Title" in document.text
    assert "73.6% of" in document.text
    assert document.line_of(at(document, "hazard")) == 4


def test_csl_json_and_registry_records_are_told_apart(tmp_path: Path) -> None:
    csl = written(tmp_path, "a.json", '[{"id": "x", "title": "T", "abstract": "' + TEXT + '"}]')
    assert TEXT in one(csl).text
    record = written(
        tmp_path,
        "b.json",
        '{"protocolSection": {"identificationModule": {"nctId": "NCT00000000"},\n'
        '"descriptionModule": {"briefSummary": "' + TEXT + '"}}}',
    )
    document = one(record)
    assert document.name.endswith("#NCT00000000")
    assert document.line_of(at(document, "hazard")) == 2


def test_a_pdf_gives_the_page(tmp_path: Path) -> None:
    pytest.importorskip("pypdfium2")
    document = one(written(tmp_path, "a.pdf", pdf([TEXT, "Second page."])))
    assert TEXT in document.text
    assert document.span(at(document, "hazard"), at(document, "hazard") + 6).page == 1
    assert document.span(at(document, "Second"), at(document, "Second") + 6).page == 2
    assert document.line_of(at(document, "hazard")) is None


def test_a_page_without_text_is_told(tmp_path: Path) -> None:
    pytest.importorskip("pypdfium2")
    documents, problems = read_documents(written(tmp_path, "a.pdf", pdf([TEXT, ""])))
    assert len(documents) == 1
    assert [problem.code for problem in problems] == ["N680"]
    _, problems = read_documents(written(tmp_path, "b.pdf", pdf([""])))
    assert [problem.code for problem in problems] == ["N680", "E683"]


def test_a_docx_gives_the_paragraph_and_its_tables(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    made = docx.Document()
    made.add_heading("Title", 1)
    made.add_paragraph(TEXT)
    table = made.add_table(rows=2, cols=2)
    table.cell(0, 0).text, table.cell(1, 1).text = "head", "value"
    content = io.BytesIO()
    made.save(content)
    document = one(written(tmp_path, "a.docx", content.getvalue()))
    assert document.span(at(document, "hazard"), at(document, "hazard") + 6).paragraph == 2
    assert document.parts[0].kind == "heading"
    assert document.parts[-1].kind == "table"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("none.txt", None, "E030"),
        ("empty.txt", b"", "E033"),
        ("blank.txt", b"  \n\n", "E683"),
        ("a.pptx", b"PK\x03\x04slides", "E680"),
        ("a.xyz", b"text", "E680"),
        ("a.docx", b"PK\x03\x04 not a document", "E681"),
        ("a.pdf", b"%PDF-1.4 and then nothing", "E681"),
        ("a.json", b"{", "E681"),
        ("a.json", b'{"a": 1}', "E681"),
        ("a.json", b"3", "E681"),
        ("a.bib", b"no entry", "E681"),
        ("a.txt", b"\x00\x01\x02\x03\xff", "E681"),
    ],
)
def test_what_can_not_be_read_is_a_problem(
    tmp_path: Path, name: str, content: bytes | None, code: str
) -> None:
    if name.endswith(".pdf"):
        pytest.importorskip("pypdfium2")
    if name == "a.docx":
        pytest.importorskip("docx")
    path = tmp_path / name if content is None else written(tmp_path, name, content)
    documents, problems = read_documents(path)
    assert [problem.code for problem in problems] == [code]
    assert code == "E683" or documents == ()


def pdf(pages: list[str]) -> bytes:
    """A PDF of one line a page."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for text in pages:
        shown = text.replace("(", r"\(").replace(")", r"\)")
        stream = f"BT /F1 11 Tf 40 700 Td ({shown}) Tj ET".encode() if text else b""
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    out, starts = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    size = len(objects) + 1
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, start)
