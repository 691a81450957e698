"""How a trial was planned and run: read as such, told from its card alone, borne out by what is cited."""

from __future__ import annotations

import pytest

import trialist
from trialist.evidence.answers.answer import Answer
from trialist.evidence.answers.asked import Question
from trialist.evidence.answers.audited import complaints
from trialist.evidence.answers.citations import faults
from trialist.evidence.answers.compose import compose
from trialist.evidence.answers.language import words
from trialist.evidence.answers.named import AUDIENCES, Audience
from trialist.evidence.answers.question import read_question
from trialist.evidence.store import load_store

STORE = load_store()
MATTERS = tuple(name for name in words()["matters"] if name != "listed")


def told(trial: str, audience: Audience, matters: tuple[str, ...] = MATTERS) -> Answer:
    asked = Question(f"How was {trial} run?", "design", trials=(trial,), matters=matters)
    return compose(asked, STORE, audience)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_sentence_on_a_design_cites_its_trial_or_a_finding_of_it(audience: Audience) -> None:
    findings = {f.origin.entry: f.trial for f in STORE.findings}
    for trial in STORE.trials:
        for sentence in told(trial, audience).section("short"):
            cited = {findings.get(name, name) for name in sentence.ids}
            assert trial in cited or cited & set(STORE.trials), sentence


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_sentence_on_a_design_says_more_than_its_card(audience: Audience) -> None:
    for trial in STORE.trials:
        said = [(s.text, s.ids) for s in told(trial, audience).section("short")]
        assert faults(said, STORE) == ()
        assert complaints(said, STORE) == ()


def test_what_a_card_does_not_hold_is_told_to_be_missing() -> None:
    for trial, card in STORE.trials.items():
        said = " ".join(s.text for s in told(trial, "clinician", ("sites",)).section("short"))
        assert ("holds nothing on the number of sites" in said) == (not card.sites and not card.countries)


def test_what_is_only_recalled_of_a_plan_is_told_to_be_so() -> None:
    for trial, card in STORE.trials.items():
        from_memory = any("memory" in said for name, said in card.stated.items() if name in words()["stated"])
        said = [s.text for s in told(trial, "researcher", ("planned",)).section("short")]
        assert any("only recalled" in text for text in said) == from_memory, trial


def test_a_trial_without_results_answers_with_that_none_is_held() -> None:
    for trial in (name for name in STORE.trials if not STORE.of(name)):
        answer = told(trial, "clinician", ("status",))
        assert not answer.refused
        assert any(s.text.startswith(f"No result of {trial} is held") for s in answer.sentences)


@pytest.mark.parametrize(
    ("text", "matters", "trials"),
    [
        ("At how many sites did FIRSTANA run?", {"sites"}, ("FIRSTANA",)),
        ("was AFFIRM blinded", {"blinding"}, ("AFFIRM",)),
        ("when did PROSELICA recruit?", {"dates"}, ("PROSELICA",)),
        ("What effect size was TROPIC powered for?", {"planned"}, ("TROPIC",)),
        ("what happened to NCT02621190", {"status"}, ("CARVE",)),
        ("Which dose did PROSTY II use, and on which days?", {"arms"}, ("PROSTY2",)),
        ("which rule triggered the switch in taxynergy?", {"arms"}, ("TAXYNERGY",)),
        ("who was eligible for COU-302?", {"eligible"}, ("COU-AA-302",)),
        ("stratification factors of tax 327", {"drawn"}, ("TAX327",)),
        ("what percent of patients in FUJI had bone metastases?", {"baseline"}, ("FUJI",)),
    ],
)
def test_a_question_on_design_is_read(text: str, matters: set[str], trials: tuple[str, ...]) -> None:
    asked = read_question(text, STORE)
    assert asked.kind == "design"
    assert matters <= set(asked.matters)
    assert asked.trials == trials


@pytest.mark.parametrize(
    "text",
    [
        "How many men had a PSA response in CARD?",
        "Was the primary endpoint of CABA-V7 met?",
        "What was the hazard ratio of survival in the PREVAIL trial?",
        "How often was there neutropenia in TROPIC?",
    ],
)
def test_a_question_about_a_result_is_none_on_design(text: str) -> None:
    assert read_question(text, STORE).kind != "design"


def test_a_result_and_a_matter_of_design_are_both_told() -> None:
    said = " ".join(
        s.text
        for s in trialist.ask(
            "Median OS in the updated ALSYMPCA analysis? And did it include patients with visceral disease?"
        ).section("short")
    )
    assert "14.9 months" in said
    assert "no visceral disease" in said


def test_a_trial_that_is_not_named_is_found_by_what_it_compared() -> None:
    asked = (
        "How many men were randomised in the denosumab v zoledronic acid CRPC trial, and at how many sites?"
    )
    said = " ".join(s.text for s in trialist.ask(asked, "researcher").section("short"))
    for number in ("1904", "1901", "342 sites"):
        assert number in said


def test_trials_are_listed_by_what_is_asked_of_them() -> None:
    said = trialist.ask("Which phase 3 trials of docetaxel are there?").section("short")
    named = {s.ids[0] for s in said[1:]}
    assert named == {"FIRSTANA", "SWOG9916", "TAX327", "TRAPEZE"}


@pytest.mark.parametrize(
    ("text", "shown", "hidden"),
    [
        ("OS in COU-AA-301 at the final analysis", "15.8", "14.8 months"),
        ("OS in COU-AA-301 at the interim analysis", "14.8", "15.8 months"),
        ("updated survival in TAX 327", "19.2", "18.9"),
        ("survival in the first report of TAX 327", "18.9", "19.2"),
    ],
)
def test_the_analysis_that_is_asked_for_is_shown(text: str, shown: str, hidden: str) -> None:
    said = trialist.ask(text).section("short")[0].text
    assert shown in said
    assert hidden not in said


def test_both_analyses_are_shown_where_it_is_asked_why_they_differ() -> None:
    said = " ".join(
        s.text
        for s in trialist.ask("Why is OS in COU-AA-301 14.8 in one paper and 15.8 in another?").section(
            "short"
        )
    )
    for number in ("14.8", "15.8", "552 events", "775 events"):
        assert number in said


def test_a_share_at_a_time_is_told_or_told_to_be_missing() -> None:
    held = trialist.ask("3-year survival with docetaxel every 3 weeks in TAX 327").section("short")
    assert any("18.6% at 36 months" in s.text for s in held)
    missing = trialist.ask("5-year survival with radium-223").section("short")
    assert any("No share at the time" in s.text for s in missing)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_an_endpoint_and_a_side_effect_are_both_in_the_short_answer(audience: Audience) -> None:
    answer = trialist.ask(
        "xtandi after chemo - hw much longer did men live and did anyone get siezures?", audience
    )
    findings = {f.origin.entry: f for f in STORE.findings}
    of = {findings[name].endpoint for s in answer.section("short") for name in s.ids if name in findings}
    assert "os" in of
    assert any(name.startswith("ae:seizure") for name in of)


@pytest.mark.parametrize("drug", ["darolutamide", "apalutamide", "olaparib"])
@pytest.mark.parametrize(
    "text", ["{} + docetaxel OS", "is {} better than enzalutamide?", "enzalutamide with {}: survival"]
)
def test_a_drug_that_no_trial_tested_is_refused_beside_any_other(drug: str, text: str) -> None:
    answer = trialist.ask(text.format(drug), "clinician")
    assert answer.refused
    assert any(f"No trial in the store tested {drug}" in s.text for s in answer.section("short"))


def test_doses_without_a_unit_are_doses_of_the_drug() -> None:
    doses = (("treatment", "cabazitaxel_20"), ("treatment", "cabazitaxel_25"))
    assert read_question("cabazitaxel 20 vs 25 OS", STORE).subjects == doses
    assert set(read_question("did more men on jevtana 25 get fever than 20?", STORE).subjects) == set(doses)
    assert read_question("cabazitaxel for 20 or 25 months", STORE).subjects == (("drug", "cabazitaxel"),)


def test_a_companion_is_told_where_the_doses_were_not_compared_with_it() -> None:
    answer = trialist.ask("FN rate cabazitaxel 20 vs 25 with G-CSF?")
    said = " ".join(s.text for s in answer.section("short"))
    assert "CARD" in said
    assert "PROSELICA" in said
    assert "No trial in the store compared them with" in said


def test_whether_a_part_of_the_patients_was_foreseen_is_told() -> None:
    said = [s.text for s in trialist.ask("CARD in men 70 and over: OS?").section("short")]
    assert "In CARD this look at parts of the patients was post hoc." in said


def test_patients_read_the_mean_time_where_the_medians_mislead() -> None:
    said = " ".join(
        s.text for s in trialist.ask("Lutetium or cabazitaxel: who lived longer?", "patient").sentences
    )
    assert "19.1 months" in said
    assert "19.6 months" in said


def test_what_was_heard_wrongly_is_denied_with_the_numbers_behind() -> None:
    answer = trialist.ask(
        "I read cabazitaxel beat paclitaxel before breast surgery, is that right?", "patient"
    )
    first, second, *_ = answer.section("short")
    assert "takes for granted" in first.text
    assert "1 of 100" in second.text
    assert "11 of 100" in second.text
