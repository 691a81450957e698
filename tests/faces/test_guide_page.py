"""The guide in a real browser, and as a Word document: quiet, readable, every number with its finding."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from command_line import trialist

from trialist.evidence.guide import Guide, make_guide
from trialist.evidence.store import load_store
from trialist.report.emf import emf_of
from trialist.report.guide_docx import guide_docx
from trialist.report.guide_figures import flow_figure, forest_figure, mechanism_figure
from trialist.report.guide_page import render_guide

_UNSIGNED = 4


def guide_of(treatment: str, condition: str = "mCRPC") -> Guide:
    made = make_guide(load_store(), treatment, condition)
    assert isinstance(made, Guide)
    return made


def parts(guide: Guide, kind: str) -> list[Any]:
    return [part for section in guide.sections for part in section.parts if type(part).__name__ == kind]


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    ("treatment", "condition"), [("cabazitaxel", "mCRPC"), ("denosumab", "bone metastases")]
)
def test_the_page_is_quiet_no_wider_than_the_screen_and_has_no_dead_link(
    browser: Any, tmp_path: Path, treatment: str, condition: str, width: int
) -> None:
    file = tmp_path / "guide.html"
    file.write_text(render_guide(guide_of(treatment, condition)), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_load_state()
    assert said == []
    assert asked == [file.as_uri()]
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    broken = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.getElementById("
        "decodeURIComponent(a.getAttribute('href').slice(1)))).map(a => a.getAttribute('href'))"
    )
    assert broken == []
    twice = page.evaluate(
        "(ids => ids.filter((id, i) => ids.indexOf(id) !== i))"
        "([...document.querySelectorAll('[id]')].map(e => e.id))"
    )
    assert twice == []
    page.close()


def test_every_number_on_the_page_names_its_finding_and_links_to_its_paper() -> None:
    guide = guide_of("cabazitaxel")
    page = render_guide(guide)
    for value in guide.values():
        if value.id and value.label:
            assert f'title="{value.id}" data-finding="{value.id}"' in page
    for reference in guide.references:
        assert f'id="ref-{reference.number}"' in page
        if reference.doi:
            assert f'href="https://doi.org/{reference.doi}"' in page
        if reference.pmid:
            assert f'href="https://pubmed.ncbi.nlm.nih.gov/{reference.pmid}/"' in page


def test_a_flow_is_drawn_only_where_every_count_is_known_and_says_what_nobody_tells() -> None:
    flows = {flow.trial: flow for flow in parts(guide_of("cabazitaxel"), "Flow")}
    tropic = flow_figure(flows["TROPIC"])
    assert tropic is not None
    assert "Stopped early, n\N{NO-BREAK SPACE}266" in tropic.wide
    assert "165 were screened and not included." in tropic.caption
    card = flow_figure(flows["CARD"])
    assert card is not None
    assert "Stopped early: not stated" in card.wide
    assert flow_figure(flows["FIRSTANA"]) is None
    assert flows["FIRSTANA"].missing == "how many were treated is not stated for every arm"
    assert flow_figure(flows["CABARESC"]) is None


def test_a_mechanism_is_drawn_with_words_and_breaks_the_arrows_of_what_is_preclinical() -> None:
    (graph,) = parts(guide_of("cabazitaxel"), "Graph")
    drawing = mechanism_figure(graph)
    for variant in (drawing.wide, drawing.narrow):
        for node in graph.nodes:
            assert node.label.split()[0] in variant
        for edge in graph.edges:
            assert f'data-statement="{edge.statement}"' in variant
        reached = re.search(r'<g data-statement="caba-bbb">.*?</g>', variant)
        assert reached is not None
        assert "stroke-dasharray" in reached[0]
        bound = re.search(r'<g data-statement="taxane-tubulin">.*?</g>', variant)
        assert bound is not None
        assert "stroke-dasharray" not in bound[0]
    assert 'width="358"' in drawing.narrow


def test_a_drawing_becomes_a_metafile_whose_sizes_and_records_are_right() -> None:
    forest = next(part for part in parts(guide_of("cabazitaxel"), "Forest") if part.endpoint == "os")
    metafile, width, height = emf_of(str(forest_figure(forest).wide))
    kind, size = struct.unpack_from("<II", metafile)
    assert (kind, size) == (1, 88)
    signature, _, whole, records = struct.unpack_from("<IIII", metafile, 40)
    assert signature == 0x464D4520
    assert whole == len(metafile)
    at, found, last = 0, 0, 0
    while at < whole:
        last, size = struct.unpack_from("<II", metafile, at)
        assert size >= 8
        assert size % _UNSIGNED == 0
        at, found = at + size, found + 1
    assert (at, found, last) == (whole, records, 14)
    assert "PROSELICA".encode("utf-16-le") in metafile
    assert (width, height > 100) == (860.0, True)


def test_the_word_document_holds_tables_drawings_references_and_the_ids_of_findings() -> None:
    docx = pytest.importorskip("docx")
    guide = guide_of("cabazitaxel")
    content = guide_docx(guide)
    assert isinstance(content, bytes)
    made = docx.Document(io.BytesIO(content))
    tables = [table for section in guide.sections for table in section.tables]
    assert len(made.tables) == len(tables)
    assert sum(len(table.rows) for table in made.tables) >= sum(len(table.rows) for table in tables)
    for table in made.tables:
        assert "w:tblHeader" in table.rows[0]._tr.xml
    words = "\n".join(cell.text for table in made.tables for row in table.rows for cell in row.cells)
    beneath = "\n".join(each.text for each in made.paragraphs if each.text.startswith("Made of"))
    for value in guide.values():
        assert value.text in words
        assert value.id is None or value.id in beneath
    headings = [each.text for each in made.paragraphs if each.style.name.startswith(("Heading", "Title"))]
    assert guide.title in headings
    for section in guide.sections:
        assert any(heading.endswith(section.title) for heading in headings), section.title
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        drawn = [name for name in held.namelist() if name.startswith("word/media/")]
        links = held.read("word/_rels/document.xml.rels").decode()
        body = held.read("word/document.xml").decode()
    figures = len(parts(guide, "Forest")) + len(parts(guide, "Graph"))
    figures += sum(flow_figure(flow) is not None for flow in parts(guide, "Flow"))
    assert len(drawn) == 2 * figures
    assert body.count("svgBlip") == figures
    for reference in guide.references:
        assert not reference.doi or f"https://doi.org/{reference.doi}" in links
    assert all(f">{reference.number}. " in body for reference in guide.references)


def test_the_word_document_has_contents_with_links_and_an_annex_of_what_a_page_folds() -> None:
    pytest.importorskip("docx")
    guide = guide_of("docetaxel")
    content = guide_docx(guide)
    assert isinstance(content, bytes)
    with zipfile.ZipFile(io.BytesIO(content)) as held:
        body = held.read("word/document.xml").decode()
    leads = set(re.findall(r'w:anchor="([^"]+)"', body))
    assert {"trials", "efficacy", "safety", "annex", "references"} <= leads
    assert leads <= set(re.findall(r'w:bookmarkStart [^>]*w:name="([^"]+)"', body))
    shown = [section for section in guide.sections if not section.folded]
    folds = [p.title for section in shown for p in section.parts if type(p).__name__ == "Fold"]
    assert folds
    for title in folds:
        assert f". {title[:1].upper()}{title[1:]}" in re.sub("<[^>]+>", "", body)


def test_the_page_folds_what_is_read_second_and_begins_with_the_summary() -> None:
    guide = guide_of("docetaxel")
    page = render_guide(guide)
    assert page.index('id="summary"') < page.index('aria-label="Contents"') < page.index('id="trials"')
    for section in guide.sections:
        tag = "details" if section.folded else "section"
        assert re.search(rf'<{tag}[^>]* id="{section.id}"', page), section.id


def test_without_the_extra_a_word_document_is_refused_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "docx", None)
    run = trialist("guide", "docetaxel", "--condition", "mCRPC", "--docx", tmp_path / "guide.docx")
    assert run.exit_code == 2
    assert "E633" in run.stderr
    assert not (tmp_path / "guide.docx").exists()
