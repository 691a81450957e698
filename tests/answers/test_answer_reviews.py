"""The life of an answer: what is cited is held by its fingerprint, and a change withdraws an approval."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from trialist.evidence.answers.ask import ask
from trialist.evidence.answers.review import (
    approved,
    read_reviews,
    status_of,
    submitted,
    swept,
    write_reviews,
)
from trialist.evidence.store import load_store

QUESTION = "Is cabazitaxel better than abiraterone or enzalutamide after docetaxel?"
WHEN = "2026-01-02T03:04:05+00:00"


def test_an_answer_is_a_draft_until_it_is_submitted_and_then_approved() -> None:
    store, answer = load_store(), ask(QUESTION, "patient")
    assert status_of(answer, {}, store) == "draft"
    held = submitted(answer, {}, store, who="Ann", when=WHEN)
    assert status_of(answer, held, store) == "under review"
    held, problem = approved(answer, held, store, who="Bo", when=WHEN, changed="a comma")
    assert problem is None
    assert status_of(answer, held, store) == "approved"
    (review,) = held.values()
    assert [(s.who, s.status, s.what) for s in review.steps] == [
        ("Ann", "under review", "submitted"),
        ("Bo", "approved", "a comma"),
    ]


def test_a_draft_can_not_be_approved() -> None:
    _, problem = approved(ask(QUESTION, "patient"), {}, load_store(), who="Bo", when=WHEN)
    assert problem is not None
    assert problem.code == "E694"


def test_a_cited_finding_that_changes_withdraws_the_answer_by_itself() -> None:
    store, answer = load_store(), ask(QUESTION, "clinician")
    held, _ = approved(answer, submitted(answer, {}, store, who="Ann", when=WHEN), store, who="Bo", when=WHEN)
    changed = replace(
        store,
        findings=tuple(
            replace(f, estimate=0.65) if f.origin.entry == "CARD-0010" else f for f in store.findings
        ),
    )
    assert status_of(answer, held, changed) == "withdrawn"
    (review,) = swept(held, changed, when=WHEN).values()
    assert review.status == "withdrawn"
    assert review.steps[-1].what == "changed: CARD-0010"


def test_a_cited_finding_that_goes_withdraws_the_answer() -> None:
    store, answer = load_store(), ask(QUESTION, "clinician")
    held = submitted(answer, {}, store, who="Ann", when=WHEN)
    fewer = replace(store, findings=tuple(f for f in store.findings if f.origin.entry != "CARD-0010"))
    (review,) = swept(held, fewer, when=WHEN).values()
    assert review.steps[-1].what == "gone: CARD-0010"


def test_a_finding_that_is_not_cited_changes_nothing() -> None:
    store, answer = load_store(), ask(QUESTION, "clinician")
    held = submitted(answer, {}, store, who="Ann", when=WHEN)
    other = replace(
        store,
        findings=tuple(
            replace(f, note="x") if f.origin.entry == "AFFIRM-0001" else f for f in store.findings
        ),
    )
    assert swept(held, other, when=WHEN) == held


def test_other_words_withdraw_an_approval() -> None:
    store, answer = load_store(), ask(QUESTION, "patient")
    held = submitted(answer, {}, store, who="Ann", when=WHEN)
    assert status_of(replace(answer, sections=answer.sections[:1]), held, store) == "withdrawn"


def test_reviews_come_back_from_their_file(tmp_path: Path) -> None:
    held = submitted(ask(QUESTION, "patient"), {}, load_store(), who="Ann", when=WHEN)
    file = tmp_path / "reviews.json"
    write_reviews(file, held)
    assert read_reviews(file) == (held, ())
    assert read_reviews(tmp_path / "none.json") == ({}, ())
    file.write_text("{}", encoding="utf-8")
    assert read_reviews(file)[1][0].code == "E691"
