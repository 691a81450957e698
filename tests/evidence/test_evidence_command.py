"""`trialist evidence`: what it prints, as text, JSON and a page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from trialist.cli.main import app


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of 80 columns, where no number is broken over two."""
    monkeypatch.setenv("COLUMNS", "80")


def evidence(*words: str | Path) -> Result:
    """The command's result; an exception that escapes it fails the test with its traceback."""
    result = CliRunner().invoke(app, ["evidence", *map(str, words)], catch_exceptions=False)
    assert "Traceback" not in result.output
    return result


def test_alone_it_lists_every_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    result = evidence()
    assert result.exit_code == 0
    assert "TAX327" in result.stdout
    assert "31 trials, 926 findings" in result.stderr
    listed = json.loads(evidence("--json").stdout)["trials"]
    assert [t["findings"] for t in listed if t["trial"] == "CARD"] == [109]
    assert len(listed) == 31


@pytest.mark.parametrize("columns", ["40", "80", "140"])
def test_no_line_is_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for words in ((), ("card",), ("--endpoint", "os", "--trial", "PROSELICA"), ("TRAPEZE",)):
        text = evidence(*words).stdout
        wide = [line for line in text.splitlines() if len(line) > int(columns)]
        assert [line for line in wide if len(line.split()) > 1] == []  # a long word stands alone


def test_findings_are_asked_for_in_words_and_show_interval_denominator_and_source() -> None:
    result = evidence("--endpoint", "overall survival", "--condition", "mCRPC", "--line", "second")
    assert result.exit_code == 0
    assert "0.70 (0.59–0.83), p<0.0001" in " ".join(result.stdout.split())
    assert "TROPIC_REPO" in result.stdout
    assert "of 7 trials" in result.stderr
    found = json.loads(evidence("--endpoint", "os", "--trial", "CARD", "--json").stdout)["findings"]
    assert len(found) == 10
    assert {f["trial"] for f in found} == {"CARD"}
    fewer = json.loads(evidence("--endpoint", "os", "--trial", "CARD", "--no-subgroups", "--json").stdout)
    assert len(fewer["findings"]) == 4


def test_a_ratio_keeps_the_digits_and_the_level_it_was_printed_with() -> None:
    text = " ".join(evidence("--endpoint", "os", "--trial", "PROSELICA").stdout.split())
    assert "1.024 (97.78% CI 0.886–1.184)" in text


def test_a_word_that_stands_for_nothing_ends_with_what_is_near_it() -> None:
    result = evidence("--condition", "mcrcp", "--json")
    assert result.exit_code == 2
    (problem,) = json.loads(result.stdout)["problems"]
    assert problem["code"] == "E622"
    assert "mcrpc" in problem["remedy"]
    assert evidence("NOTRIAL").exit_code == 2
    assert "No finding" in evidence("--endpoint", "pcr", "--trial", "CARD").stdout


def test_one_trial_shows_what_it_is_its_arms_findings_sources_and_contradictions() -> None:
    text = " ".join(evidence("NCT02485691").stdout.split())
    for part in (
        "metastatic castration-resistant prostate cancer",
        "primary prophylaxis in every cycle",
        "n 129, 126 treated",
        "324 (CARD_DESIGN_ABS); 274 (HRA_CARD); 234 (recalled, not read)",
        "0.54 (0.40–0.73), p<0.001",
        "doi:10.1056/NEJMoa1911206",
        "50/111 (CARD_NEJM) and 51/111",
    ):
        assert part in text
    told = json.loads(evidence("card", "--json").stdout)
    assert len(told["findings"]) == 109
    assert told["trial"]["arms"]["cabazitaxel"]["treatment"] == "cabazitaxel_25"
    assert {p["code"] for p in told["problems"]} == {"N610"}
    assert "CARD_NEJM" in told["sources"]


def test_points_of_a_curve_are_told_in_one_line_and_a_trial_without_results_says_why() -> None:
    text = evidence("TROPIC").stdout
    assert "by month" in text
    assert "Withdrawn before anybody was enrolled" in evidence("CARVE").stdout


def test_the_page_of_a_trial_is_one_file_with_every_finding_and_every_source(tmp_path: Path) -> None:
    result = evidence("card", "--html", tmp_path / "card.html")
    assert result.exit_code == 0
    page = (tmp_path / "card.html").read_text(encoding="utf-8")
    assert page.count("data-finding=") == 109
    assert re.findall(r'(?:src|href)="(?!#|https://doi.org/)', page) == []  # nothing is loaded from elsewhere
    assert 'href="#recalled"' in page
    assert page.count('id="source-CARD_NEJM"') == 1
    assert evidence("card", "--html", tmp_path / "none" / "card.html").exit_code == 2


def test_the_check_ends_well_where_every_contradiction_is_explained(tmp_path: Path) -> None:
    result = evidence("check")
    assert result.exit_code == 0
    assert "0 unexplained" in result.stderr
    assert json.loads(evidence("check", "PROSELICA", "--json").stdout)["problems"] == []
    assert evidence("check", "NOTRIAL").exit_code == 2
    (tmp_path / "card.yaml").write_text(
        "trial: CARD\nsources: {OURS: {citation: Ours}}\nfindings:\n"
        "  - {id: OURS-1, endpoint: os, measure: hazard_ratio, estimate: 0.9, "
        "interval: {low: 0.8, high: 1.0}, groups: [cabazitaxel, arta], "
        "origin: {source: OURS, reliability: read}}\n",
        encoding="utf-8",
    )
    for words in (("--store", tmp_path, "check"), ("check", "card", "--store", tmp_path)):
        told = evidence(*words)
        assert told.exit_code == 1
        assert "W619" in told.stdout


def test_a_folder_is_read_beside_the_store_in_every_command(tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(
        "trial: NEW\nabout: {title: A new trial, condition: mcrpc}\nsources: {}\n"
        "reason: not reported\nfindings: []\n",
        encoding="utf-8",
    )
    assert "A new trial" in evidence("new", "--store", tmp_path).stdout
    assert "A new trial" in evidence("--store", tmp_path, "new").stdout
    assert "NEW" in evidence("--store", tmp_path).stdout
    assert evidence("--store", tmp_path / "none").exit_code == 2
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "x.yaml").write_text("trial: [", encoding="utf-8")
    assert evidence("--store", tmp_path / "broken").exit_code == 2
