"""The words of the store: what a phrase stands for, and how a file of words is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from trialist.evidence.vocabulary import KINDS, read_vocabulary, vocabulary
from trialist.findings.measures import MEASURES


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_terms_and_each_is_found_by_all_its_names(kind: str) -> None:
    terms = vocabulary().terms(kind)
    assert terms
    for term in terms.values():
        assert {vocabulary().find(kind, name) for name in term.names} == {term}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("drug", "Jevtana", "cabazitaxel"),
        ("drug", "XRP 6258", "cabazitaxel"),
        ("drug", "[177Lu]Lu-PSMA-617", "lutetium_psma_617"),
        ("treatment", "CBZ25", "cabazitaxel_25"),
        ("treatment", "cabazitaxel 25 mg/m²", "cabazitaxel_25"),
        ("treatment", "abiraterone or enzalutamide", "arta_alternative"),
        ("condition", "mCRPC", "mcrpc"),
        ("condition", "metastatic castrate-resistant prostate cancer", "mcrpc"),
        ("endpoint", "imaging-based progression-free survival", "rpfs"),
        ("endpoint", "Progression free survival", "pfs"),
        ("endpoint", "psa_response", "psa50"),
        ("endpoint", "TTP", "time_to_progression"),
        ("endpoint", "SRE", "sre"),
        ("endpoint", "PSA progression-free survival", "psa_pfs"),
        ("population", "intention-to-treat", "itt"),
        ("measure", "HR", "hazard_ratio"),
        ("toxicity", "Neutrophil count decreased", "neutropenia"),
        ("toxicity", "diarrhea", "diarrhoea"),
        ("toxicity", "Peripheral Edema", "peripheral_oedema"),
        ("class", "ARPI", "arta"),
        ("line", "post-docetaxel", "second"),
    ],
)
def test_a_phrase_stands_for_one_term_however_it_is_written(kind: str, text: str, expected: str) -> None:
    found = vocabulary().find(kind, text)
    assert found is not None
    assert found.id == expected


def test_a_phrase_that_nobody_knows_stands_for_nothing() -> None:
    assert vocabulary().find("drug", "unobtainium") is None
    assert vocabulary().label("drug", "unobtainium") == "unobtainium"


def test_a_condition_holds_all_that_are_cases_of_it() -> None:
    assert {"crpc", "mcrpc", "mcrpc_bone", "mcrpc_psma"} <= vocabulary().under("condition", "prostate_cancer")
    assert "her2_negative_mbc" in vocabulary().under("condition", "breast_cancer")
    assert "her2_negative_mbc" not in vocabulary().under("condition", "prostate_cancer")


@pytest.mark.parametrize(
    ("said", "kind", "expected"),
    [
        ("Deaths were few", "endpoint", "death"),
        ("symptomatic skeletal events", "endpoint", "sse"),
        ("the tumor response", "endpoint", "orr"),
        ("radiographic progression or death", "endpoint", "rpfs_event"),
        ("a median follow-up", "endpoint", "followup"),
        ("neuropathy", "toxicity", "peripheral_neuropathy"),
        ("side effects", "toxicity", "any"),
        ("all randomized", "population", "itt"),
        ("in TAX 327", "trial", "TAX327"),
    ],
)
def test_both_readers_of_a_text_know_a_thing_by_the_same_names(said: str, kind: str, expected: str) -> None:
    from trialist.evidence.audit.known.words import known
    from trialist.evidence.claims.lexicon import shipped
    from trialist.evidence.store import load_store

    found = [(m.kind, m.id) for m in known(load_store()).find(said, 0, len(said))]
    assert found == [(kind, expected)]
    if kind != "trial":
        assert [(m.kind, m.id) for m in shipped().find(said)] == found


def test_an_everyday_word_is_a_name_for_a_command_and_none_in_a_text() -> None:
    from trialist.evidence.claims.lexicon import shipped

    term = vocabulary().find("population", "treated")
    assert term is not None
    assert term.id == "treated"
    assert shipped().find("none was treated in any other way") == []


@pytest.mark.parametrize("said", ["biochemical recurrence-free survival", "cancer-specific survival"])
def test_a_survival_that_is_free_of_or_specific_to_something_is_not_overall_survival(said: str) -> None:
    from trialist.evidence.claims.lexicon import shipped

    assert shipped().find(said) == []


def test_an_event_that_is_counted_has_the_time_to_it_as_its_endpoint() -> None:
    timed = {"death": "os", "rpfs_event": "rpfs", "sse": "time_to_sse", "sre": "time_to_sre", "orr": "orr"}
    assert {name: vocabulary().timed(name) for name in timed} == timed


def test_the_measures_are_those_of_findings() -> None:
    assert set(vocabulary().terms("measure")) <= set(MEASURES)


def test_every_term_that_a_patient_may_meet_has_plain_words() -> None:
    for kind in ("drug", "condition", "endpoint", "toxicity", "treatment"):
        assert [t.id for t in vocabulary().terms(kind).values() if not t.plain] == []


GOOD = "kind: drug\nterms:\n  a: {label: drug A, synonyms: [alpha]}\n  b: {label: drug B}\n"


@pytest.mark.parametrize(
    ("was", "becomes", "code", "line"),
    [
        ("kind: drug", "kind: pill", "E610", 1),
        ("terms:", "terms: [", "E610", 4),
        ("label: drug A, ", "", "E611", 3),
        ("synonyms: [alpha]", "synonyms: alpha", "E611", 3),
        ("synonyms: [alpha]", "synonym: [alpha]", "E611", 3),
        ("label: drug B", "label: drug B, parents: [c]", "E612", 4),
        ("label: drug B", "label: drug B, class: taxane", "E612", 4),
        ("label: drug B", "label: drug B, time: os", "E612", 4),
        ("label: drug B", "label: Alpha", "E613", 4),
    ],
)
def test_each_fault_in_a_file_of_words_is_named_with_its_line(
    tmp_path: Path, was: str, becomes: str, code: str, line: int
) -> None:
    assert was in GOOD
    (tmp_path / "words.yaml").write_text(GOOD.replace(was, becomes, 1), encoding="utf-8")
    _, problems = read_vocabulary(tmp_path)
    assert [(p.code, p.place.line if p.place else None) for p in problems] == [(code, line)]


def test_a_file_of_words_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words.yaml").write_bytes(b"\xff\xfe\x00")
    assert [p.code for p in read_vocabulary(tmp_path)[1]] == ["E610"]
    (tmp_path / "words.yaml").write_text("", encoding="utf-8")
    assert [p.code for p in read_vocabulary(tmp_path)[1]] == ["E610"]
