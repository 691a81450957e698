"""A verdict does not hang on what else stands in the document."""

from __future__ import annotations

import audit_context
import pytest
from test_audit_store import kinds, verdicts

from trialist.evidence.claims.references import references
from trialist.formats.documents.markdown import document_of

CASES = list(audit_context.ours())


def test_a_fault_that_is_told_alone_is_told_in_its_document_and_among_others() -> None:
    score = audit_context.of_faults(CASES[::5], only=("between", "bullet", "wrapped"))
    assert sum(score.asked.values()) > 60
    assert score.share >= 0.97, score.lost


def test_true_documents_one_after_the_other_are_silent() -> None:
    truth = audit_context.of_truth([case for case in CASES if case.fault is None][::3])
    assert truth.pairs >= 12
    assert truth.alarms == []


def test_the_letter_of_an_arm_ends_a_sentence() -> None:
    text = (
        "Of these, 246 were randomised: 82 to arm A, 84 to arm B and 78 to arm C. Arm A received cabazitaxel."
    )
    assert [v.rule for v in verdicts(text)] == ["parts_and_total"]


@pytest.mark.parametrize(
    ("title", "listed"), [("References", 1), ("Sources and notes", 1), ("Literature digest of the month", 0)]
)
def test_a_list_of_references_has_a_title_that_says_no_more(title: str, listed: int) -> None:
    text = f"# {title}\n\n- Tannock IF, et al. N Engl J Med 2004;351:1502-1512.\n"
    assert len(references(document_of(text, "text.md"))) == listed


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Results", "heading"),
        ("**After docetaxel**", "heading"),
        ("CARD: cabazitaxel or a second inhibitor", "heading"),
        ("Median OS 13.6 v 11.0 months", "text"),
        ("All were randomised.", "text"),
        ("- Cabazitaxel, every three weeks", "item"),
    ],
)
def test_a_line_by_itself_without_an_end_or_a_result_is_a_heading(line: str, kind: str) -> None:
    document = document_of(f"{line}\n\nMore was said of it.\n", "text.txt", tables=False)
    assert document.parts[0].kind == kind


WRONG = "Median overall survival was 15.6 months with cabazitaxel and 11.0 months with the second inhibitor."


def test_a_title_without_marks_names_the_trial_of_what_follows() -> None:
    text = (
        f"CARD: cabazitaxel or a second inhibitor\n\nPatients\n\n255 men took part.\n\nSurvival\n\n{WRONG}\n"
    )
    assert ("against_findings", "contradicted") in kinds(text)


def test_a_study_with_a_title_of_its_own_is_not_that_of_the_title_before() -> None:
    own = "WREN: a small phase 2 trial of intermittent sorvalimab\n\n"
    said = "Median progression-free survival was 2.9 months, and median overall survival 12.8 months."
    assert verdicts(f"# VISION at the congress\n\nThe trial was large.\n\n{own}{said}\n") == []


def test_a_block_that_no_number_of_the_trial_before_agrees_with_is_of_another() -> None:
    text = (
        "In TROPIC, 755 men were randomised.\n\n"
        "Survival reached a median of 8.2 months.\n\nMedian progression-free survival was 6.3 months.\n"
    )
    assert verdicts(text) == []


def test_what_a_paragraph_opens_with_tells_of_whom_it_is() -> None:
    text = (
        "In ALSYMPCA, 921 men were randomised.\n\n"
        "From June 2018, 831 men were given 177Lu-PSMA-617 or not. Median overall survival was 15.3 months.\n"
    )
    assert verdicts(text) == []
