"""Every answer is audited before it is shown: what the audit complains of is withheld, and told."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest

from trialist.evidence.answers import ask as asking
from trialist.evidence.answers.answer import Answer
from trialist.evidence.answers.ask import ask
from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.audited import complaints, judged
from trialist.evidence.answers.citations import faults
from trialist.evidence.answers.compose import compose
from trialist.evidence.answers.named import Audience
from trialist.evidence.model import Store
from trialist.evidence.store import load_store

QUESTION = "Is cabazitaxel better than abiraterone or enzalutamide after docetaxel?"


def tampered(old: str, new: str) -> Answer:
    """An answer as `ask` gives it, where composing had said `new` for `old` in one sentence."""

    def wrong(question: Question, store: Store, audience: Audience) -> Answer:
        made = compose(question, store, audience)
        sections = (
            replace(s, sentences=tuple(replace(one, text=one.text.replace(old, new)) for one in s.sentences))
            for s in made.sections
        )
        return replace(made, sections=tuple(sections))

    with patch.object(asking, "compose", wrong):
        return ask(QUESTION, "clinician")


def shown(answer: Answer) -> str:
    return " ".join(sentence.text for sentence in answer.sentences)


def test_an_answer_as_it_is_made_is_shown_whole() -> None:
    answer = ask(QUESTION, "clinician")
    assert answer.problems == ()
    assert "0.64" in shown(answer)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hazard ratio 0.64 (95% CI 0.46 to 0.89)", "hazard ratio 0.46 (95% CI 0.64 to 0.89)"),
        ("35.7% (41 of 115)", "37.5% (41 of 115)"),
        ("median 13.6 months (95% CI 11.5 to 17.5)", "median 16.3 months (95% CI 11.5 to 17.5)"),
    ],
)
def test_a_tampered_sentence_is_withheld_and_told(old: str, new: str) -> None:
    answer = tampered(old, new)
    assert new not in shown(answer)
    assert [problem.code for problem in answer.problems]
    assert all(problem.code == "N692" and new in problem.message for problem in answer.problems)
    assert answer.as_json()["problems"][0]["code"] == "N692"


def test_what_only_the_audit_reads_is_withheld_too() -> None:
    """The number stands in what is cited; only the audit reads which arm is compared with which."""
    store = load_store()
    turned = (
        "CARD, overall survival: abiraterone or enzalutamide against cabazitaxel: hazard ratio 0.64 "
        "(95% CI 0.46 to 0.89)."
    )
    assert faults([(turned, ("CARD-0010",))], store) == ()
    assert [verdict.kind for _, verdict in complaints([(turned, ("CARD-0010",))], store)] == [
        "right for the arms the other way round"
    ]


def test_a_sentence_that_goes_on_is_read_behind_the_one_before_it() -> None:
    said = [
        ("In CARD, median overall survival was 13.6 months with cabazitaxel.", ("CARD-0008",)),
        ("It was 11.0 months with abiraterone or enzalutamide.", ("CARD-0009",)),
    ]
    found = list(judged(said, load_store()))
    assert found[0].supported
    assert not any(one.verdicts for one in found)
