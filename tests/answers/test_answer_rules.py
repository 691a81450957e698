"""What an answer says: verdicts by interval, conflicts with their reason, absence, bone; and the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import trialist
from trialist.cli.main import app
from trialist.evidence.answers.answer import Answer
from trialist.evidence.answers.results import result_of, verdict
from trialist.evidence.store import load_store

BONE = "Can cabazitaxel clear bone metastases in mCRPC?"


def said(answer: Answer, section: str) -> str:
    return " ".join(sentence.text for sentence in answer.section(section))


@pytest.mark.parametrize(
    ("trial", "endpoint", "one", "two", "how"),
    [
        ("CARD", "os", "cabazitaxel", "arta", "better"),
        ("CARD", "os", "arta", "cabazitaxel", "worse"),
        ("CARD", "time_to_sse", "cabazitaxel", "arta", "no clear difference"),
        ("PROSELICA", "os", "cabazitaxel_20", "cabazitaxel_25", "no clear difference"),
        ("TROPIC", "pain_response", "cabazitaxel", "mitoxantrone", "no clear difference"),
        ("TROPIC", "psa50", "mitoxantrone", "cabazitaxel", "worse"),
        ("GENEVIEVE", "pcr", "cabazitaxel", "paclitaxel", "worse"),
        ("CARD", "sse", "cabazitaxel", "arta", None),
    ],
)
def test_a_verdict_is_that_of_the_interval_or_p_value(
    trial: str, endpoint: str, one: str, two: str, how: str | None
) -> None:
    store = load_store()
    result = result_of(store, store.trials[trial], endpoint)
    assert result is not None
    found = verdict(result, one, two)
    assert (found[0] if found else None) == how


def test_the_numbers_of_all_arms_stand_together() -> None:
    store = load_store()
    result = result_of(store, store.trials["FIRSTANA"], "os")
    assert result is not None
    assert [name for name, _ in result.arms] == ["cabazitaxel_20", "cabazitaxel_25", "docetaxel"]
    assert len(result.contrasts) == 2


def test_two_sources_that_differ_are_told_with_what_differs() -> None:
    told = said(trialist.ask("Does cabazitaxel relieve pain in mCRPC?"), "shows")
    assert "Conflict in CARD, pain response" in told
    assert "45.0% and 46%" in told
    assert "two sources (CARD_NEJM, ARTSENKRANT_QOL)" in told


def test_counts_by_laboratory_and_by_report_are_not_put_side_by_side_in_silence() -> None:
    told = said(trialist.ask("What about neutropenia with cabazitaxel?", "researcher"), "shows")
    assert "Trials differ: neutropenia" in told
    assert "laboratory" in told


@pytest.mark.parametrize("audience", ["patient", "clinician", "researcher"])
def test_the_bone_question(audience: str) -> None:
    answer = trialist.ask(BONE, audience)
    assert "bone-no-clearing" in answer.section("short")[0].ids
    assert "bone metastases" in said(answer, "short")
    instead = {name for sentence in answer.section("shows") for name in sentence.ids}
    assert instead >= {"CARD-0002", "CARD-0021", "CARD-0028"}
    other = {name for sentence in answer.section("instead") for name in sentence.ids}
    assert other >= {"ra223-what", "denosumab-what", "zoledronic-what"}
    assert answer.section("safety")
    assert "PSA" in said(answer, "misreadings")
    assert "know" in said(answer, "certainty").lower()


def test_a_refusal_names_the_part_and_what_is_near() -> None:
    answer = trialist.ask("Does cabazitaxel prolong survival in mHSPC?")
    assert answer.refused
    assert "hormone-sensitive" in said(answer, "short")
    assert "CARD" in said(answer, "nearby")
    assert not answer.section("shows")


def test_another_audience_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no audience"):
        trialist.ask(BONE, "nurse")  # type: ignore[arg-type]


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["ask", *words])
    return done.exit_code, done.output


def test_the_command_prints_sections_with_ids_and_the_reading_level() -> None:
    code, text = run(BONE, "--for", "patient")
    assert code == 0
    assert "Short answer" in text
    assert "[bone-no-clearing, " in text
    assert "reading level: grade" in text


def test_the_command_gives_json_a_page_and_a_thread(tmp_path: Path) -> None:
    thread, page = tmp_path / "thread.json", tmp_path / "page.html"
    assert run(BONE, "--thread", str(thread), "--html", str(page))[0] == 0
    assert 'id="CARD-0002"' in page.read_text(encoding="utf-8")
    code, text = run("And its side effects?", "--thread", str(thread), "--json")
    assert code == 0
    data = json.loads(text)
    assert data["question"]["kind"] == "safety"
    assert data["question"]["subjects"] == [["drug", "cabazitaxel"]]
    assert len(json.loads(thread.read_text(encoding="utf-8"))["questions"]) == 2


def test_the_command_keeps_reviews(tmp_path: Path) -> None:
    file = str(tmp_path / "reviews.json")
    assert run(BONE, "--review", file, "--approve", "Bo")[0] == 2
    assert "under review" in run(BONE, "--review", file, "--submit", "Ann")[1]
    assert "approved" in run(BONE, "--review", file, "--approve", "Bo", "--changed", "nothing")[1]
    assert "approved" in run(BONE, "--review", file)[1]


def test_bad_files_and_options_are_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("[", encoding="utf-8")
    assert "E690" in run(BONE, "--thread", str(bad))[1]
    assert "E691" in run(BONE, "--review", str(bad))[1]
    assert "E692" in run(BONE, "--html", str(tmp_path / "no" / "page.html"))[1]
    assert run(BONE, "--submit", "Ann")[0] == 2
    assert run(BONE, "--model", "small")[0] == 2


def test_words_and_trials_of_a_folder_are_asked_as_well(tmp_path: Path) -> None:
    (tmp_path / "words.yaml").write_text(
        "kind: drug\nterms:\n  zorblaxel: {label: zorblaxel, synonyms: [Zorblax], class: taxane}\n",
        encoding="utf-8",
    )
    (tmp_path / "trial.yaml").write_text(
        """trial: ZORB
about:
  title: Zorblaxel in mCRPC
  condition: mcrpc
  line: second
  randomised: true
  primary: [os]
  enrolled: {n: 200}
  arms:
    a: {label: zorblaxel, role: experimental, n: 100, give: [{drug: zorblaxel}]}
    b: {treatment: placebo, label: placebo, role: control, n: 100, give: [{drug: placebo}]}
sources: {P: {citation: A paper. 2026}}
findings:
- {id: ZORB-1, endpoint: os, measure: hazard_ratio, estimate: 0.5, interval: {low: 0.4, high: 0.6},
   population: itt, groups: [a, b], method: {name: as reported}, origin: {source: P, reliability: read}}
""",
        encoding="utf-8",
    )
    store = load_store(tmp_path)
    assert [str(problem) for problem in store.problems] == []
    answer = trialist.ask("Does Zorblax prolong survival in mCRPC?", store=store)
    assert not answer.refused
    assert "ZORB-1" in answer.section("short")[0].ids
    assert trialist.ask("Does Zorblax prolong survival in mCRPC?").refused


def test_a_median_that_was_not_estimable_is_not_told_to_be_not_reached() -> None:
    told = said(trialist.ask("Does cabazitaxel reduce symptomatic skeletal events?"), "shows")
    assert "median not estimable; abiraterone" in told
    plain = said(
        trialist.ask("Does enzalutamide delay pain progression after docetaxel?", "patient"), "shows"
    )
    assert "most people had not come to that point when it was counted" in plain


def test_what_a_word_means_is_said_first_and_where_it_was_measured() -> None:
    answer = trialist.ask("What is rPFS?", "patient")
    assert answer.section("short")[0].ids == ("what-rpfs",)
    assert "CARD" in said(answer, "measured")


def test_a_question_about_old_patients_is_answered_by_what_was_counted_in_them() -> None:
    short = trialist.ask("Does cabazitaxel still work in men over 75?", "patient").section("short")
    assert short[0].ids == ("TROPIC-0031",)
    assert short[0].text.startswith("Among people aged 65 or over: ")
    assert any("less sure" in sentence.text for sentence in short)


def test_that_a_higher_dose_is_better_is_held_against_the_trial_of_the_doses() -> None:
    answer = trialist.ask("Since the higher dose is always better, why not give 25 mg/m2 to everyone?")
    assert "takes for granted what PROSELICA did not show" in said(answer, "short")


def test_a_drug_is_not_taken_for_one_of_another_class() -> None:
    assert "it is not of the class" in said(trialist.ask("Cabazitaxel is hormone therapy, right?"), "short")


def test_the_bone_question_tells_survival_only_of_trials_that_measured_something_nearer() -> None:
    shown = {s.ids[0].partition("-")[0] for s in trialist.ask(BONE, "patient").section("shows")}
    assert "FIRSTANA" not in shown
    assert shown >= {"CARD", "TROPIC"}
