"""A guide passes the audit that reads any document, and what does not is never written."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from guides import ASKED, by_id, guide_of, numbers_of

from trialist.cli.main import app
from trialist.evidence.guide import Guide
from trialist.evidence.guide.model import Group, Row, Section, Table, Value
from trialist.evidence.guide.second_reading import read_again
from trialist.evidence.store import load_store
from trialist.report.guide_audit import Form, audit_guide
from trialist.report.guide_page import render_guide

QUICK = [("cabazitaxel", "breast cancer"), ("radium-223", "bone metastases")]


def drawn(guide: Guide, form: Form) -> bytes:
    if form == "html":
        return render_guide(guide).encode()
    pytest.importorskip("docx")
    from trialist.report.guide_docx import guide_docx

    made = guide_docx(guide)
    assert isinstance(made, bytes)
    return made


def tampered(guide: Guide, finding: str, text: str) -> Guide:
    """The guide with another number in every table where a finding stands."""

    def changed(value: Value) -> Value:
        return replace(value, text=text) if value.id == finding else value

    def part(each: Any) -> Any:
        if not isinstance(each, Table):
            return each
        groups = tuple(
            replace(
                group,
                rows=tuple(
                    replace(row, cells=tuple(tuple(map(changed, cell)) for cell in row.cells))
                    for row in group.rows
                ),
            )
            for group in each.groups
        )
        return replace(each, groups=groups)

    def section(each: Section) -> Section:
        return replace(each, parts=tuple(map(part, each.parts)))

    return replace(guide, sections=tuple(map(section, guide.sections)))


@pytest.mark.parametrize("form", ["html", "docx"])
@pytest.mark.parametrize(("treatment", "condition"), QUICK)
def test_a_guide_passes_the_audit_of_its_own_file(treatment: str, condition: str, form: Form) -> None:
    content = drawn(guide_of(treatment, condition), form)
    assert audit_guide(content, form, load_store(), f"guide.{form}") == ()


@pytest.mark.parametrize("form", ["html", "docx"])
def test_the_widest_guide_passes_it_too(form: Form) -> None:
    content = drawn(guide_of("cabazitaxel", "mCRPC"), form)
    assert audit_guide(content, form, load_store(), f"guide.{form}") == ()


def test_the_command_writes_a_page_and_a_document_that_pass(tmp_path: Path) -> None:
    pytest.importorskip("docx")
    page, document = tmp_path / "guide.html", tmp_path / "guide.docx"
    asked = ["guide", "docetaxel", "--condition", "mCRPC", "--html", str(page), "--docx", str(document)]
    run = CliRunner().invoke(app, asked)
    assert run.exit_code == 0, run.output
    assert run.output.count("passes its own audit") == 2
    audited = CliRunner().invoke(app, ["audit", str(page), "--fail-on", "B"])
    assert audited.exit_code == 0, audited.output
    assert document.read_bytes().startswith(b"PK")


@pytest.mark.parametrize(
    ("finding", "text"),
    [("TAX327-0004", "0.86 (95% CI 0.62–0.94), p=0.009"), ("TAX327-0002", "19.8 months")],
)
def test_the_audit_of_the_file_finds_another_number(finding: str, text: str) -> None:
    wrong = tampered(guide_of("docetaxel", "mCRPC"), finding, text)
    found = audit_guide(drawn(wrong, "html"), "html", load_store(), "guide.html")
    assert {problem.code for problem in found} == {"E634"}
    assert any(text[:4] in problem.message for problem in found)


@pytest.mark.parametrize("second_reading", [True, False])
def test_a_guide_with_another_number_is_refused_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, second_reading: bool
) -> None:
    wrong = tampered(guide_of("docetaxel", "mCRPC"), "TAX327-0004", "0.86 (95% CI 0.62–0.94), p=0.009")
    monkeypatch.setattr("trialist.evidence.guide.make_guide", lambda *_: wrong)
    if not second_reading:
        monkeypatch.setattr("trialist.evidence.guide.second_reading.read_again", lambda *_: ())
    file = tmp_path / "guide.html"
    run = CliRunner().invoke(app, ["guide", "docetaxel", "--condition", "mCRPC", "--html", str(file)])
    assert run.exit_code == 2
    assert "E634" in run.stderr
    assert "0.86" in run.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_changed_digit_of_a_value_is_found_by_the_second_reading_in_97_of_100() -> None:
    store, guide = load_store(), guide_of("cabazitaxel", "mCRPC")
    assert read_again(guide, store) == ()
    findings = by_id(store)
    changed = missed = 0
    for value in guide.values():
        number = re.match(r"\d+(?:\.\d+)?", value.text)
        if value.id not in findings or number is None:
            continue
        last = str((int(number[0][-1]) + 4) % 10)
        text = f"{number[0][:-1]}{last}{value.text[number.end() :]}"
        if float(number[0][:-1] + last) in numbers_of(findings[value.id], store):
            continue  # another number of the same finding
        small = replace(guide, sections=(_alone(replace(value, text=text)),))
        missed += not read_again(small, store)  # it is another number of the finding, as that of its table
        changed += 1
    assert changed > 300
    assert missed <= 3 * changed // 100


def _alone(value: Value) -> Section:
    row = Row(((Value("trial"),), (value,)))
    return Section("one", "One value", (Table("One value", ("Trial", "Value"), (Group(None, (row,)),)),))


@pytest.mark.parametrize(("treatment", "condition"), [*ASKED, ("taxane", "cancer")])
def test_its_sentences_are_claims_that_the_audit_reads_and_finds_coherent(
    tmp_path: Path, treatment: str, condition: str
) -> None:
    from trialist.evidence.audit import audit
    from trialist.evidence.claims.lexicon import lexicon_of
    from trialist.evidence.claims.read import read_claims
    from trialist.formats.documents import read_documents

    store = load_store()
    said = [s for s in guide_of(treatment, condition).sentences() if "more than one number" not in s.text]
    file = tmp_path / "guide.txt"
    file.write_text("\n\n".join(s.text for s in said), encoding="utf-8")
    (document,), problems = read_documents(file)
    assert problems == ()
    reading = read_claims(document, lexicon_of(store))
    assert audit(reading) == ()
    measured = sum(s.text.startswith("In ") and bool(s.ids) for s in said)
    assert len([claim for claim in reading.claims if claim.bound.trial]) >= measured
