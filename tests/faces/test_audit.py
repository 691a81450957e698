"""`trialist audit`: what it prints, its JSON, its exit codes and its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import trialist

from trialist.evidence.audit import audit
from trialist.evidence.claims.read import read_claims
from trialist.formats.documents.markdown import document_of
from trialist.report.audit_page import render_audit

FAULTY = """# A trial

In all 755 patients were randomised 1:1: 387 to one arm and 377 to the other.
The hazard ratio for death was 0.64 (95% CI 0.46-0.89; P=0.008).

| Event, n (%) | First (N = 126) | Second (N = 124) |
| --- | --- | --- |
| Any | 71 (56.3) | 65 (52.4) |
| Renal | 4 (3.2) | 10 (9.1) |
| Cardiac | 1 (0.8) | 6 (4.8) |

Response in 22 of 27 patients (82%) & <others>.
"""


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    path = tmp_path / "abstract.md"
    path.write_text(FAULTY, encoding="utf-8")
    return path


def test_every_verdict_has_its_line_its_arithmetic_and_a_remedy(faulty: Path) -> None:
    result = trialist("audit", faulty)
    assert result.exit_code == 1
    assert f"{faulty}:3: A the arms make 764, not 755" in result.output
    assert "387 + 377 = 764; printed 755" in result.output
    assert f"{faulty}:9: A 10 of 124 is 8.1%, not 9.1%" in result.output
    assert f"{faulty}:12: C 22 of 27 is 81%, not 82%" in result.output
    assert result.output.count("Remedy: ") == 3
    assert "3 verdicts (2 A, 1 C)." in result.output


def test_json_holds_the_claims_findings_and_the_verdicts(faulty: Path) -> None:
    result = trialist("audit", faulty, "--json")
    assert result.exit_code == 1
    (document,) = json.loads(result.stdout)["documents"]
    assert [v["rule"] for v in document["verdicts"]] == [
        "parts_and_total",
        "percent_of_count",
        "percent_of_count",
    ]
    (ratio,) = [claim for claim in document["claims"] if claim["kind"] == "ratio"]
    assert ratio["numbers"] == {
        "estimate": "0.64",
        "low": "0.46",
        "high": "0.89",
        "level": "95",
        "p": "0.008",
    }
    assert (ratio["line"], ratio["bound"]) == (4, {"endpoint": "os", "groups": []})
    last = document["verdicts"][-1]
    assert last["place"]["line"] == 12
    assert FAULTY[last["place"]["start"] : last["place"]["end"]] == "22 of 27 patients (82%"
    assert last["claim"]["origin"]["kind"] == "claimed"
    assert last["findings"] == []


@pytest.mark.parametrize(("severity", "code"), [("A", 1), ("B", 1), ("C", 1)])
def test_the_mildest_severity_that_fails_can_be_set(faulty: Path, severity: str, code: int) -> None:
    assert trialist("audit", faulty, "--fail-on", severity).exit_code == code


def test_a_mild_verdict_alone_does_not_fail_on_a(tmp_path: Path) -> None:
    path = tmp_path / "mild.txt"
    path.write_text("Response in 22 of 27 patients (82%).", encoding="utf-8")
    assert trialist("audit", path, "--fail-on", "A").exit_code == 0
    assert trialist("audit", path).exit_code == 1


def test_a_coherent_document_has_nothing_to_say(tmp_path: Path) -> None:
    path = tmp_path / "fine.txt"
    path.write_text("The hazard ratio was 0.64 (95% CI 0.46-0.89; P=0.008).", encoding="utf-8")
    result = trialist("audit", path)
    assert result.exit_code == 0
    assert "1 document, 1 claim read: nothing to say." in result.output


def test_a_file_that_can_not_be_read_is_refused_and_the_others_are_audited(
    tmp_path: Path, faulty: Path
) -> None:
    result = trialist("audit", tmp_path / "none.txt")
    assert result.exit_code == 2
    assert "E030" in result.output
    result = trialist("audit", tmp_path / "none.txt", faulty)
    assert result.exit_code == 1
    assert "the arms make 764" in result.output
    assert trialist("audit").exit_code == 2


def test_a_page_is_written_whole_or_the_place_is_a_problem(tmp_path: Path, faulty: Path) -> None:
    page = tmp_path / "page.html"
    trialist("audit", faulty, "--html", page)
    assert "the arms make 764, not 755" in page.read_text(encoding="utf-8")
    result = trialist("audit", faulty, "--html", tmp_path / "no" / "page.html")
    assert "E070" in result.output
    assert result.exit_code == 1


def page_of(text: str) -> str:
    reading = read_claims(document_of(text, "abstract.md"))
    return render_audit([(reading, audit(reading))])


def test_the_page_shows_the_text_with_its_claims_and_verdicts_in_place() -> None:
    html = page_of(FAULTY)
    assert '<mark class="verdict A" id="text-1">755 patients' in html
    assert '<span class="claim">hazard ratio for death was 0.64 (95% CI 0.46-0.89; P=0.008</span>' in html
    assert "&lt;others&gt;" in html
    assert "<others>" not in html
    assert html.count('class="note ') == 3
    for number in (1, 2, 3):
        assert f'id="verdict-{number}"' in html
        assert f'href="#verdict-{number}"' in html


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_quiet_and_no_wider_than_the_screen(browser: Any, tmp_path: Path, width: int) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_of(FAULTY + "\nword" + "longer" * 40), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_load_state()
    assert said == []
    assert asked == [path.as_uri()]
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    page.close()


KNOWN = """In CARD, median overall survival was 11.0 months with cabazitaxel.

In CARD, the PSA response was 35.7% with cabazitaxel.
"""


def test_findings_of_the_store_are_named_and_what_agrees_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "known.md"
    path.write_text(KNOWN, encoding="utf-8")
    page = tmp_path / "page.html"
    result = trialist("audit", path, "--html", page)
    assert result.exit_code == 1
    assert "Findings: CARD-0008, CARD-0009" in result.output
    assert "1 result agrees with findings of the store; on 0 it holds nothing." in result.output
    assert "findings: CARD-0008, CARD-0009" in page.read_text(encoding="utf-8")
    [shown] = json.loads(trialist("audit", path, "--json").output)["documents"]
    assert [one["findings"] for one in shown["supported"]] == [["CARD-0017"]]
    assert shown["not_in_store"] == []
    assert trialist("audit", path, "--no-store").exit_code == 0


def test_two_files_of_one_call_are_held_against_each_other(tmp_path: Path) -> None:
    first, second = tmp_path / "first.md", tmp_path / "second.md"
    first.write_text("In CARD, median overall survival was 13.6 months with cabazitaxel.", encoding="utf-8")
    second.write_text("In CARD, median overall survival was 13.9 months with cabazitaxel.", encoding="utf-8")
    documents = json.loads(trialist("audit", first, second, "--json").output)["documents"]
    assert all("between_documents" in {v["rule"] for v in one["verdicts"]} for one in documents)


def test_two_trials_of_one_text_are_told_apart_without_a_store() -> None:
    text = """# Chemotherapy after docetaxel and before

In TROPIC the hazard ratio for death was 0.70 (95% CI 0.59-0.83).

In CARD the hazard ratio for death was 0.64 (95% CI 0.46-0.89).
"""
    reading = read_claims(document_of(text, "two.md"))
    assert [claim.bound.trial for claim in reading.of("ratio")] == ["TROPIC", "CARD"]
    assert audit(reading) == ()
