"""The questions written before the answers: what each must cite, when it is refused, how it reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from answers_measured import QUESTIONS, Measured, as_read, audit_table, measured, missed, table, words_alone

from trialist.evidence.answers.ask import ask
from trialist.evidence.answers.choice import choose
from trialist.evidence.answers.citations import faults
from trialist.evidence.answers.embedding import available
from trialist.evidence.answers.question import read_question
from trialist.evidence.store import load_store

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "answers.md"


def which(held: Measured) -> str:
    return f"{held.asked['ask']} ({held.answer.audience})"


def test_at_least_sixty_questions_of_all_kinds_are_asked() -> None:
    assert len({asked["ask"] for asked in QUESTIONS}) == len(QUESTIONS) >= 200
    kinds = {
        "efficacy",
        "safety",
        "dosing",
        "sequencing",
        "mechanism",
        "comparison",
        "misconception",
        "definition",
        "design",
        "out of store",
    }
    assert {asked["kind"] for asked in QUESTIONS} == kinds


def test_every_question_is_read_as_what_it_is() -> None:
    other = {
        which(m): m.answer.question.kind for m in measured() if m.answer.question.kind != m.asked["kind"]
    }
    assert other == {}


def test_every_number_of_every_sentence_is_one_of_what_it_cites() -> None:
    assert {which(m): m.faults for m in measured() if m.faults} == {}


def test_the_audit_complains_of_no_sentence() -> None:
    grave = {which(m): [v.message for one in m.judged for v in one.grave] for m in measured()}
    assert {name: said for name, said in grave.items() if said} == {}


def test_no_sentence_stands_without_ids() -> None:
    bare = [s.text for m in measured() for s in m.answer.sentences if not s.ids]
    assert bare == []


def test_what_must_be_cited_is_cited_to_every_audience() -> None:
    assert {which(m): m.missed for m in measured() if m.missed} == {}


def test_what_the_store_holds_is_answered_and_nothing_else() -> None:
    other = [which(m) for m in measured() if m.answer.refused != m.asked.get("refused", False)]
    assert other == []


def test_a_refusal_says_which_part_is_missing_and_gives_no_result() -> None:
    findings = {finding.origin.entry for finding in load_store().findings}
    for m in measured():
        if m.answer.refused:
            said = " ".join(s.text for s in m.answer.section("short"))
            assert "not answered here" in said, which(m)
            assert not findings.intersection(m.answer.ids), which(m)


def test_what_to_do_for_one_person_is_told_to_be_no_advice() -> None:
    for m in measured():
        said = any("no advice" in s.text for s in m.answer.section("short"))
        assert said == m.asked.get("advice", False), which(m)


def test_a_misconception_is_denied_in_the_short_answer() -> None:
    for m in measured():
        if m.asked.get("denied"):
            assert any("takes for granted" in s.text for s in m.answer.section("short")), which(m)


def test_memory_and_unreliable_pages_never_carry_a_short_answer() -> None:
    weak = {f.origin.entry for f in load_store().findings if f.origin.reliability in ("memory", "unreliable")}
    weak |= {s.id for s in load_store().statements if s.reliability in ("memory", "unreliable")}
    carried = [(which(m), s.text) for m in measured() for s in m.answer.section("short") if set(s.ids) & weak]
    assert [each for each in carried if "measured instead" not in each[1]] == []


def test_patients_read_both_arms_in_people_out_of_the_same_number() -> None:
    for m in measured():
        if m.answer.audience == "patient":
            for one, two in zip(m.answer.sentences, m.answer.sentences[1:], strict=False):
                first, second = (re.findall(r"\d+ of (1000?)\b", s.text) for s in (one, two))
                if second and two.text.startswith("On "):
                    assert first == second, (which(m), one.text, two.text)


def test_patients_read_no_p_value_no_interval_and_no_ratio() -> None:
    for m in measured():
        if m.answer.audience == "patient" and m.asked["kind"] != "definition":
            told = " ".join(s.text for s in m.answer.sentences if s not in m.answer.section("sources"))
            assert not re.search(r"\bp [<=>]|CI |hazard ratio|odds ratio", told), which(m)


def test_most_answers_for_patients_read_at_grade_8_and_none_much_above_9() -> None:
    grades = {
        which(m): m.answer.grade
        for m in measured()
        if m.answer.audience == "patient" and not m.answer.refused and m.answer.grade is not None
    }
    assert sum(grade <= 8 for grade in grades.values()) >= 0.8 * len(grades)
    assert [name for name, grade in grades.items() if grade > 9.5] == []


def test_the_second_reading_finds_a_digit_that_was_changed() -> None:
    """Each number of each clinician's sentence is changed by one in its last digit: nearly all is found."""
    found = tried = 0
    for m in measured()[1::9]:
        for section in m.answer.sections:
            if section.name in ("sources", "instead"):
                continue
            for s in section.sentences:
                for match in re.finditer(r"(?<![\w-])\d+(?:\.\d+)?(?![\w/-])", s.text):
                    last = (int(match[0][-1]) + 3) % 10
                    changed = s.text[: match.start()] + match[0][:-1] + str(last) + s.text[match.end() :]
                    tried += 1
                    found += bool(faults([(changed, s.ids)], load_store()))
    assert tried > 300
    assert found / tried > 0.9


def test_the_second_reading_finds_numbers_of_the_other_arm() -> None:
    store = load_store()
    text = "In CARD, about 14 of 100 people on cabazitaxel had their PSA fall by half."
    assert faults([(text, ["CARD-0017"])], store)
    swapped = (
        "CARD, overall survival: cabazitaxel 25 mg/m2 every 3 weeks median 11.0 months; "
        "abiraterone or enzalutamide, whichever not had before median 13.6 months."
    )
    assert faults([(swapped, ["CARD-0008", "CARD-0009"])], store)
    straight = "In CARD, about 14 of 100 people on another hormone tablet had their PSA fall by half."
    assert not faults([(straight, ["CARD-0018"])], store)


def test_the_second_reading_finds_ids_that_are_none() -> None:
    assert faults([("No number here.", ["CARD-9999"])], load_store())
    assert faults([("No number here.", [])], load_store())


@pytest.mark.skipif(not available(), reason="no model")  # an extra; `make test` installs it
@pytest.mark.parametrize("asked", QUESTIONS[::13], ids=lambda asked: asked["ask"])
def test_meaning_beside_words_cites_what_must_be_cited(asked: dict[str, object]) -> None:
    before = read_question(str(asked["after"]), load_store()) if "after" in asked else None
    answer = ask(str(asked["ask"]), "clinician", before=before)
    assert answer.question.kind == asked["kind"]
    assert answer.refused == asked.get("refused", False)
    assert missed(asked, answer) == ()


def test_the_page_of_the_answers_shows_what_is_measured() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert table() in page, "run docs/make_answers.py"
    assert audit_table() in page, "run docs/make_answers.py"


def test_the_part_that_is_missing_is_the_one_that_was_expected() -> None:
    store = load_store()
    with words_alone():
        for asked in QUESTIONS:
            if "absent" in asked:
                kinds = {each.kind for each in choose(as_read(asked), store).absent}
                assert asked["absent"] in kinds, asked["ask"]


def test_a_question_about_a_group_that_no_trial_counted_is_told_that_the_numbers_are_of_all() -> None:
    said = ask("Does radium-223 help frail men?", "clinician").section("short")
    assert any("all patients together" in sentence.text for sentence in said)
