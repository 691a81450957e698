"""The audit against the store: true sentences pass, edited ones are told, faults of guides are found."""

from __future__ import annotations

from pathlib import Path

import pytest
import store_benchmark
import yaml

from trialist.evidence.audit import audit, audit_together
from trialist.evidence.audit.known.bound import placed
from trialist.evidence.audit.model import Verdict
from trialist.evidence.audit.together import not_in_store, sources_differ, supported
from trialist.evidence.claims.lexicon import lexicon_of
from trialist.evidence.claims.model import Reading
from trialist.evidence.claims.read import read_claims
from trialist.evidence.store import load_store
from trialist.formats.documents import read_documents
from trialist.formats.documents.markdown import document_of

STORE = load_store()
KNOWN = lexicon_of(STORE)
FOLDER = Path(__file__).parent / "store_documents"
FAULTS = {
    name: faults
    for file in sorted(FOLDER.glob("faults*.yaml"))
    for name, faults in yaml.safe_load(file.read_text(encoding="utf-8")).items()
}
COHERENT = sorted((Path(__file__).parent / "audit_documents" / "coherent").iterdir())


def reading(text: str, name: str = "text.md") -> Reading:
    return read_claims(document_of(text, name), KNOWN)


def verdicts(text: str) -> list[Verdict]:
    return list(audit(reading(text), STORE))


def kinds(text: str) -> set[tuple[str, str]]:
    return {pair for v in verdicts(text) if v.severity != "C" for pair in ((v.rule, v.kind), *v.also)}


def test_findings_of_the_store_as_true_sentences_pass_and_edited_digits_are_told() -> None:
    table = store_benchmark.measure(STORE, every=12)
    assert sum(table.true.values()) > 150
    assert table.false_alarms < 0.01, table.told
    assert table.recall >= 0.97, table.missed


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_what_is_wrong_in_a_guide_is_found_and_the_rest_passes(name: str) -> None:
    [document] = read_documents(FOLDER / name)[0]
    read = read_claims(document, KNOWN)
    told = [v for v in audit(read, STORE) if v.severity != "C"]
    used: set[int] = set()
    for fault in FAULTS[name]:
        right = [v for v in told if fault["said"] in " ".join(read.text(v.claim.sentence).split())]
        assert right, f"{fault} is not found"
        used |= {id(v) for v in right}
    alarms = [f"{v.rule}: {v.message}" for v in told if id(v) not in used]
    assert alarms == []


@pytest.mark.parametrize("path", COHERENT, ids=lambda path: path.name)
def test_coherent_documents_pass_beside_the_store_too(path: Path) -> None:
    for document in read_documents(path)[0]:
        told = [v for v in audit(read_claims(document, KNOWN), STORE) if v.severity != "C"]
        assert [f"{v.rule}: {v.message}" for v in told] == []


def test_a_swapped_arm_is_told_with_the_reading_that_would_be_true() -> None:
    [one] = verdicts("In CARD, median overall survival was 11.0 months with cabazitaxel.")
    assert (one.severity, one.kind) == ("A", "right for another arm")
    assert {"CARD-0008", "CARD-0009"} <= set(one.findings)
    assert any(line.startswith("nearest reading that is true") for line in one.arithmetic)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "In TROPIC, grade 3 or higher neutropenia was seen in 94% of men on cabazitaxel.",
            "right for another grade",
        ),
        (
            "In CARD, an objective response was seen in 36.5% of 129 patients on cabazitaxel.",
            "another denominator",
        ),
        ("In CARD, median overall survival was 15.9 months with cabazitaxel.", "contradicted"),
        (
            "In CARD, in patients aged 70 years or older, the hazard ratio for death was 0.58.",
            "right for another endpoint",
        ),
        (
            "In CARD, the 12-month hazard ratio for death with cabazitaxel was 0.54.",
            "right for another endpoint",
        ),
    ],
)
def test_which_word_must_change_is_told(text: str, kind: str) -> None:
    assert ("against_findings", kind) in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "In CARD, median overall survival with cabazitaxel was 59 weeks.",
        "In CARD, median overall survival with cabazitaxel was 414 days.",
        "In CARD, about 36 of 100 men on cabazitaxel had a PSA response.",
        "In CARD, the hazard ratio for death with abiraterone or enzalutamide against cabazitaxel was 1.56.",
        "In CARD, cabazitaxel reduced the risk of death by 36%.",
        "In CARD, cabazitaxel improved median overall survival by 2.6 months.",
        "CARD was planned to detect a hazard ratio of 0.67 for radiographic progression.",
        "Radiographic progression-free survival in CARD was 8.0 v 3.7 months.",
    ],
)
def test_other_units_directions_and_derived_numbers_are_supported(text: str) -> None:
    assert kinds(text) == set()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("In CARD, cabazitaxel reduced the risk of death by 46%.", "derived_findings"),
        ("In CARD, cabazitaxel improved median overall survival by 3.6 months.", "derived_findings"),
        ("No patient in TROPIC had febrile neutropenia.", "negatives"),
        ("Cabazitaxel never causes diarrhoea.", "negatives"),
        ("TROPIC found no difference in overall survival.", "negatives"),
        ("In HeCOG, cabazitaxel prolonged progression-free survival.", "causes"),
        ("In FIRSTANA, cabazitaxel 25 mg/m2 was superior to docetaxel for overall survival.", "superiority"),
        ("In FIRSTANA, overall survival was significantly longer with cabazitaxel 25 mg/m2.", "superiority"),
        ("Enzalutamide is better than radium-223 for overall survival.", "superiority"),
        (
            "Cabazitaxel improved overall survival over mitoxantrone in metastatic breast cancer.",
            "superiority",
        ),
        ("CARD (NCT00417079) compared cabazitaxel with abiraterone or enzalutamide.", "citations"),
        ("The US label of cabazitaxel recommends 25 mg/m2 every 3 weeks.", "label_doses"),
        ("The EU label of cabazitaxel gives 35 mg/m2 every 3 weeks.", "label_doses"),
        ("The ESMO-MCBS score of CARD is 5.", "label_doses"),
        ("TROPIC compared cabazitaxel 15 mg/m2 with mitoxantrone 12 mg/m2.", "arm_doses"),
        ("In CARD, 1 in 3 men stopped cabazitaxel because of side effects.", "against_findings"),
        ("In TROPIC, progression-free survival favoured mitoxantrone.", "superiority"),
    ],
)
def test_what_is_stronger_than_the_evidence_is_told(text: str, rule: str) -> None:
    assert rule in {found for found, _ in kinds(text)}


@pytest.mark.parametrize(
    "text",
    [
        "Is cabazitaxel superior to docetaxel for overall survival in FIRSTANA?",
        "In FIRSTANA, cabazitaxel was not superior to docetaxel for overall survival.",
        "Overall survival did not differ significantly between the arms of FIRSTANA.",
        "In TROPIC, overall survival was significantly longer with cabazitaxel than with mitoxantrone.",
        "Cabazitaxel was first approved in the US at 25 mg/m2 in 2010.",
        "The EU label of cabazitaxel gives 25 mg/m2.",
        "No complete response was seen with cabazitaxel in TROPIC.",
        "No new safety signals were seen in CARD.",
        "No trial has compared cabazitaxel with radium-223.",
        "In TROPIC, cabazitaxel was reduced to 20 mg/m2 after febrile neutropenia.",
        "FIRSTANA assessed whether cabazitaxel 25 mg/m2 is superior to docetaxel in terms of overall "
        "survival.",
        "The hazard ratio in FIRSTANA for overall survival was 1.01 for C20 versus D75 and for C25 "
        "versus D75 0.97.",
        "In PROSELICA, haematuria was seen in 19.4% of patients who received prior radiation.",
    ],
)
def test_careful_sentences_pass(text: str) -> None:
    assert kinds(text) == set()


def test_a_result_that_two_sources_give_otherwise_is_supported_and_the_conflict_told() -> None:
    read = reading("In CARD, pain response was seen in 51 of 111 patients (46%) with cabazitaxel.")
    assert audit(read, STORE) == ()
    [(_, agrees, differs)] = sources_differ(read, STORE)
    assert {agrees.origin.entry, differs.origin.entry} == {"CARD-0023", "CARD-0021"}


def test_what_was_read_from_memory_alone_contradicts_nothing() -> None:
    text = "In CARD, any-grade infection occurred in 35.7% with cabazitaxel."
    assert {f.origin.reliability for f in STORE.of("CARD") if f.endpoint == "ae:infection:any"} == {"memory"}
    assert kinds(text) == set()


def test_a_document_that_names_no_trial_is_bound_by_numbers_that_one_trial_has() -> None:
    [document] = read_documents(FOLDER / "d10_unnamed.md")[0]
    found = {(one.trial, one.how) for one in placed(read_claims(document, KNOWN), STORE)}
    assert found == {("CARD", "numbers")}
    few = reading("Median overall survival was 13.6 months with cabazitaxel.")
    assert {one.trial for one in placed(few, STORE)} == {None}


def test_a_study_of_its_own_that_names_a_trial_in_passing_is_not_taken_for_it() -> None:
    own = (
        "Median overall survival was 27.0 months in men without docetaxel and 18.0 months in men after it. "
        "A PSA response was seen in 34.9%.\n\nThe figures of AFFIRM were other ones."
    )
    assert kinds(own) == set()
    theirs = (
        "# AFFIRM\n\nMedian overall survival was 18.9 months with enzalutamide and 13.6 months with placebo."
    )
    assert ("against_findings", "contradicted") in kinds(theirs)


def test_what_the_store_does_not_hold_is_listed_and_never_an_alarm() -> None:
    read = reading("In the OTHER1 trial, median overall survival was 99.1 months with placebo.")
    assert audit(read, STORE) == ()
    assert len(not_in_store(read, STORE)) == 1
    assert supported(read, STORE) == ()


def test_two_documents_that_give_one_result_otherwise_are_told_on_both() -> None:
    one = reading("In CARD, median overall survival was 13.6 months with cabazitaxel.", "one.md")
    two = reading("In CARD, median overall survival was 13.9 months with cabazitaxel.", "two.md")
    first, second = audit_together([one, two], STORE)
    assert "between_documents" in {v.rule for v in first}
    assert "between_documents" in {v.rule for v in second}
    assert all("CARD-0008" in v.findings for v in (*first, *second) if v.rule == "between_documents")


def test_every_verdict_shows_its_arithmetic_and_what_is_on_both_sides() -> None:
    ids = {f.origin.entry for f in STORE.findings} | {s.id for s in STORE.statements}
    for name in FAULTS:
        [document] = read_documents(FOLDER / name)[0]
        for verdict in audit(read_claims(document, KNOWN), STORE):
            assert verdict.arithmetic, verdict
            assert verdict.remedy, verdict
            assert all(part in ids for name in verdict.findings for part in name.split("+")), verdict


def test_without_a_store_the_rules_of_the_store_say_nothing() -> None:
    assert audit(reading("In CARD, median overall survival was 99 months with cabazitaxel.")) == ()
