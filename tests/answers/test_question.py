"""How a question is read: its parts, its kind, what it takes for granted, and what it takes from before."""

from __future__ import annotations

import pytest

from trialist.evidence.answers.asked import Question, from_json
from trialist.evidence.answers.question import read_question
from trialist.evidence.store import load_store


def read(text: str, before: Question | None = None) -> Question:
    return read_question(text, load_store(), before)


def test_treatments_diseases_sites_and_outcomes_are_told_apart() -> None:
    asked = read("Can cabazitaxel clear bone metastases in mCRPC?")
    assert asked.subjects == (("drug", "cabazitaxel"),)
    assert asked.conditions == ("mcrpc",)
    assert asked.sites == ("bone_metastases",)
    assert asked.outcome == "disappearance"


def test_a_drug_behind_after_is_what_was_had_before() -> None:
    asked = read("Does cabazitaxel help after docetaxel and abiraterone?")
    assert asked.subjects == (("drug", "cabazitaxel"),)
    assert set(asked.prior) == {"docetaxel", "abiraterone"}
    assert read("Should radium-223 be used before or after docetaxel?").prior == ()


def test_a_dose_makes_a_drug_a_treatment() -> None:
    assert read("Is cabazitaxel 20 or 25 mg/m2 better?").subjects == (
        ("treatment", "cabazitaxel_20"),
        ("treatment", "cabazitaxel_25"),
    )
    assert read("Can cabazitaxel be given every two weeks?").subjects == (
        ("treatment", "cabazitaxel_biweekly"),
    )


@pytest.mark.parametrize("text", ["jevtana in mcrpc?", "Jevtana in mCRPC?", "JEVTANA IN MCRPC?"])
def test_brand_names_and_careless_capitals_are_found(text: str) -> None:
    asked = read(text)
    assert asked.subjects == (("drug", "cabazitaxel"),)
    assert asked.conditions == ("mcrpc",)


def test_the_narrowest_disease_counts() -> None:
    assert read("Survival in metastatic castration-resistant prostate cancer").conditions == ("mcrpc",)


def test_names_that_the_store_does_not_hold_are_kept_as_such() -> None:
    assert read("Does pembrolizumab help in lung cancer?").elsewhere == (
        ("condition", "lung cancer"),
        ("drug", "pembrolizumab"),
    )


def test_a_word_in_the_place_of_a_name_that_nobody_knows_is_told() -> None:
    assert read("Does cabazitaxel with zorblax help in mCRPC?").unknown == ("zorblax",)


@pytest.mark.parametrize(
    ("text", "presumes"),
    [
        ("Why does cabazitaxel cure prostate cancer?", "outcome"),
        ("Since cabazitaxel 25 mg/m2 is better than 20 mg/m2, why lower it?", "better"),
        ("Does cabazitaxel cure prostate cancer?", None),
        ("Is cabazitaxel 25 mg/m2 better than 20 mg/m2?", None),
    ],
)
def test_what_a_question_takes_for_granted(text: str, presumes: str | None) -> None:
    assert read(text).presumes == presumes


def test_a_follow_up_takes_what_it_does_not_name() -> None:
    first = read("Does cabazitaxel prolong survival in mCRPC after docetaxel?")
    then = read("And its side effects?", first)
    assert then.kind == "safety"
    assert then.subjects == first.subjects
    assert then.conditions == first.conditions
    assert set(then.taken) >= {"subjects", "conditions", "prior"}


def test_a_follow_up_about_another_drug_keeps_the_rest() -> None:
    then = read("What about docetaxel?", read("Can cabazitaxel clear bone metastases in mCRPC?"))
    assert then.subjects == (("drug", "docetaxel"),)
    assert then.outcome == "disappearance"
    assert then.sites == ("bone_metastases",)


def test_a_comparison_sets_the_new_drug_beside_the_old() -> None:
    then = read("How does it compare with enzalutamide?", read("Does cabazitaxel prolong survival in mCRPC?"))
    assert then.kind == "comparison"
    assert then.subjects == (("drug", "cabazitaxel"), ("drug", "enzalutamide"))


def test_a_follow_up_about_what_the_store_lacks_is_not_answered_with_what_was_before() -> None:
    then = read("And pembrolizumab?", read("Does cabazitaxel prolong survival in mCRPC?"))
    assert then.kind == "out of store"


def test_a_question_comes_back_from_its_json() -> None:
    asked = read("Is cabazitaxel 20 or 25 mg/m2 better in mCRPC after docetaxel?")
    assert from_json(asked.as_json()) == asked
    with pytest.raises(ValueError, match="no question"):
        from_json({"text": "x", "kind": "safety", "colour": "blue"})


@pytest.mark.parametrize(
    ("text", "typed", "read_as"),
    [
        ("abiratrone before chemo?", "abiratrone", "abiraterone"),
        ("cabazitaxal diarhea", "cabazitaxal", "cabazitaxel"),
    ],
)
def test_a_misspelt_name_is_read_as_the_nearest_and_told(text: str, typed: str, read_as: str) -> None:
    asked = read(text)
    assert ("drug", read_as) in asked.subjects
    assert (typed, read_as) in asked.corrected


@pytest.mark.parametrize("text", ["Does larotaxel help?", "Does tesetaxel help?", "Is cisplatin used?"])
def test_a_drug_that_the_store_does_not_hold_is_not_read_as_one_that_it_holds(text: str) -> None:
    asked = read(text)
    assert asked.corrected == ()
    assert asked.subjects == ()


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("What is rPFS?", ("rpfs",)),
        ("what does hazard ratio mean", ("hazard_ratio",)),
        ("What is the rPFS with enzalutamide?", ()),
        ("What is cabazitaxel?", ()),
    ],
)
def test_a_word_is_explained_only_where_a_question_asks_for_its_meaning(
    text: str, concepts: tuple[str, ...]
) -> None:
    assert read(text).concepts == concepts


def test_words_that_say_in_which_patients_are_no_endpoint() -> None:
    asked = read("Does enzalutamide work less well in men whose pain is worse at baseline?")
    assert asked.groups == ("pain",)
    assert asked.endpoints == ()


def test_two_drugs_that_one_arm_was_given_are_one_side() -> None:
    assert read("Docetaxel with estramustine against mitoxantrone").subjects == (
        ("treatment", "docetaxel_60_estramustine"),
        ("drug", "mitoxantrone"),
    )
