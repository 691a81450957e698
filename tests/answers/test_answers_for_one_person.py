"""What is asked for one person: an emergency is told first, a change refused, a choice not taken over."""

from __future__ import annotations

import pytest

import trialist
from trialist.evidence.answers.personal import advice_asked


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("I have a fever of 38.6 on day 9 of chemo, what should I do?", "urgent"),
        ("My husband is shivering and confused after his cabazitaxel", "urgent"),
        ("my dad's temperature is 39, can he wait until monday?", "urgent"),
        ("I can't feel my legs since yesterday, is it the docetaxel?", "urgent"),
        ("Should I stop my own cabazitaxel?", "change"),
        ("Can I take half the dose this week?", "change"),
        ("May I skip a cycle of docetaxel?", "change"),
        ("Which drug should I choose, abiraterone or cabazitaxel?", "decision"),
        ("Is radium right for my father?", "decision"),
        ("My dad had docetaxel, does cabazitaxel help him live longer?", "person"),
        ("What is my risk of fever with cabazitaxel?", None),
        ("How often is there fever with cabazitaxel?", None),
        ("Does cabazitaxel stop the cancer growing?", None),
        ("How many stopped treatment because of side effects?", None),
    ],
)
def test_what_is_asked_for_one_person_is_read(text: str, advice: str | None) -> None:
    assert advice_asked(text) == advice


@pytest.mark.parametrize("audience", ["patient", "clinician", "researcher"])
def test_an_emergency_is_told_before_everything_else(audience: str) -> None:
    answer = trialist.ask("I have a fever of 38.6 on day 9 of cabazitaxel, what should I do?", audience)
    first, *_ = answer.section("short")
    assert first.ids == ("unwell",)
    assert ("now" if audience == "patient" else "at once") in first.text
    assert any(s.text.startswith("NICE_CG151") for s in answer.section("sources"))


@pytest.mark.parametrize("audience", ["patient", "clinician", "researcher"])
@pytest.mark.parametrize(
    "text", ["Should I stop my own cabazitaxel?", "Can I take half the dose of Jevtana?"]
)
def test_to_stop_or_change_a_treatment_is_not_answered(text: str, audience: str) -> None:
    answer = trialist.ask(text, audience)
    assert answer.refused
    first, last = answer.section("short")
    assert "no advice" in first.text
    assert last.text == "So this question is not answered here."
    assert answer.section("shows") == ()


def test_a_choice_is_left_to_patient_and_doctor_before_what_groups_did_is_told() -> None:
    answer = trialist.ask("Which drug should I choose, abiraterone or cabazitaxel?", "patient")
    first, *rest = answer.section("short")
    assert first.text.startswith("This is for you and your cancer team to decide")
    assert any("CARD" in s.text for s in rest)
