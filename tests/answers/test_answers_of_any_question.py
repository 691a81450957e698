"""Whatever is asked, an answer comes: ids stand behind every sentence, and no number is its own."""

from __future__ import annotations

import pytest
from answers_measured import words_alone
from hypothesis import given, settings
from hypothesis import strategies as st

from trialist.evidence.answers.citations import faults
from trialist.evidence.answers.compose import compose
from trialist.evidence.answers.named import AUDIENCES
from trialist.evidence.answers.question import read_question
from trialist.evidence.store import load_store

FORMS = (
    "Does {} prolong survival{}?",
    "Should I take {}{}?",
    "What are the side effects of {}{}?",
    "How does {} work{}?",
    "What is the dose of {}{}?",
    "Does {} cure{}?",
    "Why is {} better than placebo{}?",
    "What next after {}{}?",
    "{} versus docetaxel{}",
    "Does {} cause nausea{}?",
    "{}{} pain",
    "Can {} clear metastases{}?",
    "{} with zorblax{}?",
    "Does {} predict who gains{}?",
    "I have AR-V7, does {} help{}?",
)
WHOM = (
    "",
    " in mCRPC",
    " in bone metastases",
    " in breast cancer",
    " after docetaxel",
    " first-line",
    " in lung cancer",
)
SUBJECTS = ("", "taxanes", "AKT", "CARD", "nivolumab")


@pytest.fixture(scope="module", autouse=True)
def words() -> object:
    with words_alone():
        yield


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(FORMS),
    st.sampled_from([*SUBJECTS, *(term.label for term in load_store().words.terms("drug").values())]),
    st.sampled_from(WHOM),
    st.sampled_from(AUDIENCES),
)
def test_every_sentence_of_every_answer_is_borne_out(
    form: str, subject: str, whom: str, audience: str
) -> None:
    store = load_store()
    answer = compose(read_question(form.format(subject, whom), store), store, audience)  # type: ignore[arg-type]
    assert answer.section("short")
    assert faults([(s.text, s.ids) for s in answer.sentences], store) == ()
    if answer.refused:
        assert not answer.section("shows")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_answered_or_refused(text: str) -> None:
    store = load_store()
    answer = compose(read_question(text, store), store, "patient")
    assert answer.section("short")
