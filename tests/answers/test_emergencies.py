"""An emergency comes first, for any drug, in any words and spelling; a question on groups is none."""

from __future__ import annotations

import pytest

import trialist
from trialist.evidence.answers.named import AUDIENCES, Audience
from trialist.evidence.answers.personal import advice_asked, signs_of
from trialist.evidence.store import load_store

DRUGS = [term.label for term in load_store().words.terms("drug").values()] + ["zorblaxumab", "my tablets"]
SIGNS = {
    "spine": [
        "he cant move his legs",
        "my legs gave way",
        "she wont pee and wet herself",
        "my feet are numb",
        "dad can not walk since this morning",
        "lost control of my bladder",
    ],
    "bleeding": [
        "my nose bleed wont stop",
        "I am coughing up blod",
        "his poo is black and tarry",
        "my gums keep bleading heavily",
    ],
    "allergy": [
        "my tounge is swolen",
        "his face is sweling",
        "I have hives and feel dizzy",
        "my throat is closing",
    ],
    "chest": [
        "I have chst pain",
        "mum cant breth",
        "he is short of breath",
        "she fainted",
        "my husband is confused",
    ],
    "infection": [
        "I have a feaver",
        "dad is shivring",
        "my temperature is 38.4",
        "I feel very unwell",
        "he cant keep anything down",
    ],
}
TYPED = [(sign, text) for sign, texts in SIGNS.items() for text in texts]


@pytest.mark.parametrize(("sign", "text"), TYPED)
def test_a_sign_is_found_however_it_is_typed(sign: str, text: str) -> None:
    for each in (text, text.upper(), text.replace("cant", "can't").replace("wont", "won't")):
        assert sign in signs_of(each)


@pytest.mark.parametrize(
    "text",
    [
        "shivering, temp 39.1, had jevtana 8 days ago, on call number is busy. is it ok to sleep it off?",
        "burning up 2 days after docetaxel, take paracetamol and wait?",
        "temp 38.9 and rigors",
        "stomach bleeding heavily since infusion",
        "legs gone numb, docetaxel last week",
        "throat tight, drip still running",
        "nosebleed for an hour, platelets were low",
        "hot and shivery, nobody answers at the clinic",
    ],
)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_sign_needs_no_person_and_is_answered_with_no_result(text: str, audience: Audience) -> None:
    answer = trialist.ask(text, audience)
    assert "urgent" in answer.section("short")[0].text
    assert answer.refused
    assert not {f.origin.entry for f in load_store().findings} & set(answer.ids)


@pytest.mark.parametrize("drug", DRUGS)
def test_a_sign_is_found_beside_any_drug(drug: str) -> None:
    for _, text in TYPED:
        assert advice_asked(f"{text}, on {drug}, is that normal?") == "urgent"
        assert advice_asked(f"{drug}: {text}. what now") == "urgent"


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize(("_sign", "text"), TYPED[::3])
def test_an_emergency_is_the_first_sentence(_sign: str, text: str, audience: Audience) -> None:
    for drug in ("cabazitaxel", "zorblaxumab"):
        answer = trialist.ask(f"{text} after {drug}. what is the survival?", audience)
        assert "urgent" in answer.section("short")[0].text


@pytest.mark.parametrize(
    "text",
    [
        "What is my risk of fever with cabazitaxel?",
        "Does cabazitaxel cause chest pain?",
        "How often do patients bleed on docetaxel?",
        "I read that cabazitaxel causes shortness of breath",
        "In AFFIRM did anyone have a seizure?",
        "What should I be given so that I do not get an allergic reaction?",
        "Do men with weak legs live less long?",
        "My father has weak bones. Can denosumab help?",
        "is swelling of the face common with docetaxel?",
        "What is febrile neutropenia?",
        "should I stop? the tingling in my feet is getting bad",
    ],
)
def test_a_question_on_how_often_or_whether_is_no_emergency(text: str) -> None:
    assert signs_of(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "my neutrophils came back 1.1, can I still have the infusion tomorrow?",
        "can i eat grapefruit with cabazitaxel",
        "my hb is 7.9 on carboplatin, do I need a transfusion",
        "I take clarithromycin and St John's wort, is that ok with cabazitaxel?",
    ],
)
def test_values_and_medicines_of_one_person_are_not_answered_by_groups(text: str) -> None:
    answer = trialist.ask(text, "patient")
    assert answer.refused
    assert "cancer team" in answer.section("short")[0].text
    findings = {f.origin.entry for f in load_store().findings}
    assert not findings & set(answer.ids)


def test_what_the_label_says_stands_behind_the_sentence_for_own_matters() -> None:
    answer = trialist.ask("I take clarithromycin, is that ok with cabazitaxel?", "patient")
    assert "caba-us-cyp3a" in {name for s in answer.section("nearby") for name in s.ids}
    values = trialist.ask("my neutrophils are 1.1, can I have the infusion?", "patient")
    assert "caba-us-boxed" in {name for s in values.section("nearby") for name in s.ids}
