"""Trials that are described, parts of the patients and times, and what is not understood."""

from __future__ import annotations

import pytest

import trialist
from trialist.evidence.answers.question import read_question
from trialist.evidence.store import load_store

STORE = load_store()


@pytest.mark.parametrize(
    ("text", "trial"),
    [
        ("survival in the German compassionate-use programme", "CUP-DE"),
        ("diarrhoea in the Australian EAP", "EAP-AU"),
        ("the Greek study of cabazitaxel", "HeCOG"),
        ("French real-world cohort of cabazitaxel", "FUJI"),
        ("EU cabazitaxel CUP/EAP: ages?", "CUP-EU"),
        ("did androgen signalling in bone marrow fall?", "CABA-BM"),
    ],
)
def test_a_trial_is_known_by_its_country_or_the_words_of_its_title(text: str, trial: str) -> None:
    assert read_question(text, STORE).trials == (trial,)


@pytest.mark.parametrize(
    "text",
    [
        "Does cabazitaxel shrink tumours in HER2-negative metastatic breast cancer?",
        "What does the European label say on cabazitaxel?",
        "Is docetaxel better than mitoxantrone in prostate cancer?",
    ],
)
def test_a_disease_or_a_region_describes_no_trial(text: str) -> None:
    assert read_question(text, STORE).trials == ()


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("18-week PFS rate", ("18 weeks",)),
        ("odds of surviving at least two years", ("24 months",)),
        ("1-year survival", ("12 months",)),
        ("alive at 18 months", ("18 months",)),
    ],
)
def test_the_time_of_a_share_is_read(text: str, times: tuple[str, ...]) -> None:
    assert read_question(f"CARD: {text}?", STORE).times == times


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("AFFIRM OS HR in ECOG 2 patients", {"AFFIRM-0028"}),
        ("TAXYNERGY: how many still respond if you switch early?", {"TAXYNERGY-0004"}),
        ("PFS hazard ratio by AR-V7 in CABARESC", {"CABARESC-0006"}),
        ("cabazitaxel-carboplatin vs cabazitaxel PFS", {"CORN2019-0001", "CORN2019-0002"}),
        ("How many control patients later got abiraterone in COU-AA-302?", {"COU-AA-302-0007"}),
    ],
)
def test_what_is_asked_of_a_part_or_of_conduct_is_in_the_short_answer(text: str, ids: set[str]) -> None:
    short = trialist.ask(text, "clinician").section("short")
    assert ids <= {name for sentence in short for name in sentence.ids}


def test_an_interval_that_cannot_be_right_is_not_told() -> None:
    said = trialist.ask("AFFIRM OS HR in ECOG 2 patients", "clinician").section("short")[0].text
    assert "0.65" in said
    assert "0.51" not in said


def test_the_size_of_a_part_stands_beside_its_result() -> None:
    said = trialist.ask("PREVAIL rPFS with and without visceral metastases", "clinician").section("short")
    assert "(204 patients)" in said[0].text


@pytest.mark.parametrize("word", ["libido", "caregivers", "hypothyroidism"])
def test_what_is_not_understood_is_said_and_nothing_else_is_told(word: str) -> None:
    for asked in (f"cabazitaxel {word}", f"In TROPIC, what was seen of {word}?"):
        answer = trialist.ask(asked, "clinician")
        assert answer.refused
        assert word in answer.section("short")[0].text


@pytest.mark.parametrize("trial", [name for name in STORE.trials if not STORE.of(name)])
def test_a_trial_without_results_is_answered_by_what_its_card_holds(trial: str) -> None:
    answer = trialist.ask(f"What was the overall survival in {trial}?", "researcher")
    assert answer.refused
    assert trial in {name for sentence in answer.section("nearby") for name in sentence.ids}
    assert not {f.origin.entry for f in STORE.findings} & set(answer.ids)


@pytest.mark.parametrize(
    "text",
    ["would you give him the chemo or just stop everything?", "shall we tell grandad to quit the chemo"],
)
def test_a_decision_without_a_treatment_is_for_the_team(text: str) -> None:
    answer = trialist.ask(text, "patient")
    assert "cancer team" in answer.section("short")[0].text
