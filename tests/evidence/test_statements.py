"""What is no number: labels, recommendations, mechanisms and gaps, each with its source and date."""

from __future__ import annotations

import json

from click.testing import CliRunner

from trialist.cli.main import app
from trialist.evidence.answers.language import words as language
from trialist.evidence.filter import Filter, statements_about
from trialist.evidence.model import Statement
from trialist.evidence.store import load_store
from trialist.evidence.vocabulary import KINDS, vocabulary


def one(name: str) -> Statement:
    (found,) = [s for s in load_store().statements if s.id == name]
    return found


def test_every_statement_has_a_source_and_speaks_of_things_that_the_store_knows() -> None:
    store, words = load_store(), vocabulary()
    assert len(store.statements) >= 60
    for statement in store.statements:
        assert statement.source in store.sources
        assert statement.about
        for name in statement.about:
            known = name in store.trials or any(name in words.terms(kind) for kind in KINDS)
            assert known or name in language()["concepts"], statement
        assert (statement.source == "memory") == (statement.reliability == "memory")
        assert statement.text.endswith(".")


def test_the_dose_on_labels_goes_by_jurisdiction_and_date() -> None:
    old, new, eu = one("caba-us-dose-2010"), one("caba-us-dose-2017"), one("caba-eu-dose")
    assert (old.jurisdiction, old.superseded_by) == ("US", "caba-us-dose-2017")
    assert (new.jurisdiction, new.as_of) == ("US", "2017-09-14")
    assert "20 mg/m2" in new.text
    assert (eu.jurisdiction, eu.superseded_by) == ("EU", None)
    assert "25 mg/m2" in eu.text


def test_a_grade_is_given_only_with_the_system_it_belongs_to() -> None:
    graded = [s for s in load_store().statements if s.grading]
    assert graded
    assert all(s.kind == "recommendation" and (s.grading or "").startswith("ESMO-MCBS") for s in graded)


def test_nobody_measured_whether_bone_metastases_vanish_and_the_store_says_so() -> None:
    found = statements_about(load_store(), Filter(drug="cabazitaxel", condition="bone_metastases"))
    assert "bone-no-clearing" in {s.id for s in found}
    marrow = "change in bone-marrow androgen signalling, baseline to 9 weeks"
    endpoints = {
        name
        for card in load_store().trials.values()
        if any("cabazitaxel" in arm.drugs for arm in card.arms.values())
        for name in (*card.primary, *(f.endpoint for f in load_store().of(card.trial)))
    }
    measured = {name for name in endpoints if not name.startswith(("baseline", "ae:", "concomitant"))}
    assert {name for name in measured if "bone" in name} == {marrow}
    others = statements_about(load_store(), Filter(condition="bone_metastases"))
    assert {"ra223-what", "denosumab-what", "zoledronic-what"} <= {s.id for s in others}


def test_every_edge_of_the_mechanism_stands_on_a_statement_that_names_one_of_its_ends() -> None:
    store = load_store()
    assert len(store.mechanism.edges) >= 20
    linked = {name for edge in store.mechanism.edges for name in (edge.start, edge.end)}
    assert linked == set(store.mechanism.nodes)
    for edge in store.mechanism.edges:
        start, end = store.mechanism.nodes[edge.start], store.mechanism.nodes[edge.end]
        assert start.plain
        assert end.plain
        about = one(edge.statement).about
        drugs = [node.id for node in (start, end) if node.kind == "drug" and node.id != "arta"]
        assert all(name in about or "taxane" in about for name in drugs) or edge.start == "ar_v7", edge


def test_statements_are_asked_for_as_findings_are() -> None:
    told = CliRunner().invoke(app, ["evidence", "--statements", "--treatment", "cabazitaxel 20", "--json"])
    assert told.exit_code == 0
    found = json.loads(told.stdout)["statements"]
    assert {s["jurisdiction"] for s in found} == {"US"}
    text = CliRunner().invoke(app, ["evidence", "--statements", "--drug", "taxane"])
    assert "mechanism" in text.stdout
    none = CliRunner().invoke(app, ["evidence", "--statements", "--endpoint", "eq5d_vas"])
    assert "No statement" in none.stdout


def test_a_label_whose_date_was_not_seen_says_so() -> None:
    from trialist.report.evidence_text import statement_line

    for statement in load_store().statements:
        said = statement_line(statement)
        assert ("date not seen" in said) == bool(statement.jurisdiction and not statement.as_of)
