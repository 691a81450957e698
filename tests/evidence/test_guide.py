"""A guide is made of findings alone: every number is in one, every reference resolves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from trialist.cli.main import app
from trialist.evidence.guide import Guide, make_guide
from trialist.evidence.guide.model import Forest, Graph
from trialist.evidence.model import Store
from trialist.evidence.store import load_store
from trialist.findings.model import Finding
from trialist.problems import Problem

_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
ASKED = [
    ("cabazitaxel", "mCRPC"),
    ("docetaxel", "mCRPC"),
    ("enzalutamide", "mCRPC"),
    ("cabazitaxel", "breast cancer"),
    ("denosumab", "bone metastases"),
]
MINE = """
trial: MYTRIAL
about: {title: A trial of my own, condition: mcrpc, line: second, randomised: true, arms: {
  a: {treatment: cabazitaxel_20, label: low dose, role: experimental, n: 10, treated: 9,
      give: [{drug: cabazitaxel, dose: 20 mg/m2, every: 21 d}]},
  b: {treatment: cabazitaxel_25, label: high dose, role: control, n: 11, treated: 11,
      give: [{drug: cabazitaxel, dose: 25 mg/m2, every: 21 d}]}}}
sources: {MYPAPER: {citation: My paper, doi: 10.1000/mine, kind: paper},
  MYPAGE: {citation: A page, url: 'javascript:alert(1)'}}
findings:
  - {id: MY-1, endpoint: os, measure: median_time, estimate: 13.25, unit: months, groups: [a], n: 10,
     origin: {source: MYPAGE, place: reporting MYPAPER, reliability: read}, reported: '13.25'}
  - {id: MY-2, endpoint: os, measure: median_time, estimate: 11.5, unit: months, groups: [b], n: 11,
     origin: {source: MYPAPER, reliability: read}, reported: '11.5'}
  - {id: MY-3, endpoint: os, measure: hazard_ratio, estimate: 0.815, groups: [a, b],
     interval: {low: 0.4, high: 1.66}, origin: {source: MYPAPER, reliability: read}}
  - {id: MY-4, endpoint: os, measure: hazard_ratio, estimate: 0.9, groups: [a, b],
     interval: {low: 0.5, high: 1.7}, origin: {source: MYPAGE, reliability: read}}
  - {id: MY-5, endpoint: psa50, measure: proportion, estimate: 0.4, groups: [a], events: 4, n: 10,
     population: psa_evaluable, origin: {source: memory, reliability: memory}, reported: 40%}
  - {id: MY-6, endpoint: x, measure: proportion, estimate: 0.9, groups: [a], events: 9, n: 10,
     population: safety,
     definition: {term: neutropenia, grade: 3+, graded_by: laboratory, criteria: CTCAE 4.0},
     origin: {source: MYPAPER, reliability: read}, reported: 90%}
  - {id: MY-7, endpoint: y, measure: proportion, estimate: 0.2, groups: [a], events: 2, n: 10,
     population: safety, definition: {term: neutropenia, grade: 3+, graded_by: reported},
     origin: {source: MYPAPER, reliability: read}, reported: 20%}
"""


@cache
def guide_of(treatment: str, condition: str, *folders: Path) -> Guide:
    made = make_guide(load_store(*folders), treatment, condition)
    assert isinstance(made, Guide), made
    return made


def refused(treatment: str, condition: str) -> tuple[Problem, ...]:
    made = make_guide(load_store(), treatment, condition)
    assert not isinstance(made, Guide)
    return made


def by_id(store: Store) -> dict[str, Finding]:
    return {f.origin.entry or f.id: f for f in store.findings}


def numbers_in(text: str) -> set[float]:
    return {float(number) for number in _NUMBER.findall(text.replace(",", ""))}


def numbers_of(finding: Finding, store: Store) -> set[float]:
    """Every number that a page may print of a finding: written apart from what prints it."""
    ends = finding.interval
    plain: list[Any] = [finding.n, finding.events]
    scaled = [finding.estimate, *((ends.low, ends.high) if ends else ())]
    plain += scaled
    plain += [round(value * 100, digits) for value in scaled if value is not None for digits in range(4)]
    if finding.n and finding.events is not None:
        plain.append(round(100 * finding.events / finding.n, 1))
    if ends:
        plain.append(round(ends.level * 100, 4))
    if finding.p_value:
        plain.append(finding.p_value.value)
    card = store.trials[finding.trial]
    options = " ".join(str(value) for value in dict(finding.method.options).values())
    texts = (
        finding.reported or "",
        finding.timepoint or "",
        finding.note or "",
        finding.subgroup or "",
        options,
        finding.trial,
        *(arm.label for arm in card.arms.values()),
        store.words.label("endpoint", finding.endpoint),
        finding.endpoint,
        str(dict(finding.definition)),
    )
    return {abs(float(value)) for value in plain if value is not None} | {
        n for t in texts for n in numbers_in(t)
    }


def without(text: str, words: Iterable[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, " ")
    return text


@pytest.mark.parametrize(("treatment", "condition"), ASKED)
def test_every_number_of_a_table_is_in_the_finding_that_it_names(treatment: str, condition: str) -> None:
    store = load_store()
    known, said = by_id(store), {statement.id for statement in store.statements}
    checked = 0
    for value in guide_of(treatment, condition).values():
        if value.id is None or value.id in said:
            continue
        finding = known[value.id]
        left = numbers_in(f"{value.text} {value.behind or ''}") - numbers_of(finding, store)
        assert not left, (value, left)
        checked += 1
    assert checked > 2


@pytest.mark.parametrize(("treatment", "condition"), ASKED)
def test_every_number_of_a_sentence_is_in_a_finding_or_statement_that_it_names(
    treatment: str, condition: str
) -> None:
    store = load_store()
    known = by_id(store)
    said = {statement.id: statement for statement in store.statements}
    claims = 0
    for sentence in guide_of(treatment, condition).sentences():
        if not sentence.ids or sentence.text.startswith("Not listed"):
            continue
        allowed = set()
        for name in sentence.ids:
            allowed |= numbers_of(known[name], store) if name in known else numbers_in(said[name].text)
        left = numbers_in(without(sentence.text, store.trials)) - allowed
        assert not left, (sentence.text, left)
        claims += 1
    assert claims > 0


@pytest.mark.parametrize(("treatment", "condition"), ASKED)
def test_figures_are_printed_as_their_source_printed_them(treatment: str, condition: str) -> None:
    known = by_id(load_store())
    for value in guide_of(treatment, condition).values():
        finding = known.get(value.id or "")
        if finding and finding.reported and re.fullmatch(r"[\d./%<]+", finding.reported):
            assert value.text.startswith((finding.reported, "p")), value


@pytest.mark.parametrize(("treatment", "condition"), ASKED)
def test_every_reference_resolves_and_the_paper_comes_before_the_page(treatment: str, condition: str) -> None:
    store = load_store()
    guide = guide_of(treatment, condition)
    assert [each.number for each in guide.references] == list(range(1, len(guide.references) + 1))
    for reference in guide.references:
        assert reference.id in store.sources
        assert reference.citation == store.sources[reference.id].citation
    known = by_id(store)
    for value in guide.values():
        assert all(guide.number_of(name) for name in value.cites), value
        finding = known.get(value.id or "")
        place = (finding.origin.place or "") if finding else ""
        if finding and place.startswith("reporting "):
            assert value.cites == (place.removeprefix("reporting "), finding.origin.source)
        if finding and finding.origin.source != "memory":
            assert value.cites, value


@pytest.mark.parametrize(("treatment", "condition"), ASKED)
def test_no_trial_of_another_condition_or_without_the_treatment_is_in_it(
    treatment: str, condition: str
) -> None:
    store = load_store()
    guide = guide_of(treatment, condition)
    inside = store.words.under("condition", guide.condition)
    drug = store.words.find("drug", treatment)
    assert drug is not None
    for name in guide.trials:
        assert store.trials[name].condition in inside
        assert any(drug.id in arm.drugs for arm in store.trials[name].arms.values())
    known = by_id(store)
    of_findings = {known[v.id].trial for v in guide.values() if v.id in known}
    of_sentences = {known[name].trial for s in guide.sentences() for name in s.ids if name in known}
    assert of_findings | of_sentences <= set(guide.trials)
    for trial, card in store.trials.items():
        if card.condition in inside and any(
            given.drug == drug.id and given.purpose is None
            for arm in card.arms.values()
            for given in arm.give
        ):
            assert trial in guide.trials


@pytest.mark.parametrize(("treatment", "condition"), [*ASKED, ("taxane", "cancer")])
def test_every_finding_of_its_trials_is_listed_or_told(treatment: str, condition: str) -> None:
    guide = guide_of(treatment, condition)
    shown = {value.id for value in guide.values()}
    for section in guide.sections:
        for part in section.parts:
            shown |= set(getattr(part, "ids", ()))
    known = by_id(load_store())
    assert {name for name, finding in known.items() if finding.trial in guide.trials} <= shown
    about = guide.section("about")
    assert about is not None
    left = [s for s in about.sentences if s.text.startswith("Not listed")]
    for name in (name for sentence in left for name in sentence.ids):
        assert known[name].population not in ("itt", "all", "safety") or len(known[name].groups) == 2


def test_a_number_that_was_recalled_is_marked_and_carries_no_sentence_alone() -> None:
    known = by_id(load_store())
    guide = guide_of("cabazitaxel", "mCRPC")
    recalled = [v for v in guide.values() if v.id in known and known[v.id].origin.reliability == "memory"]
    assert recalled
    assert all("recalled, not read" in value.marks for value in recalled)
    for sentence in guide.sentences():
        found = [known[name] for name in sentence.ids if name in known]
        assert not found or any(f.origin.reliability != "memory" for f in found)


def test_two_sources_on_one_result_are_both_shown_with_what_differs() -> None:
    guide = guide_of("cabazitaxel", "mCRPC")
    section = guide.section("endpoint-pain_response")
    assert section is not None
    said = next(s for s in section.sentences if "more than one number" in s.text)
    assert set(said.ids) == {"CARD-0021", "CARD-0023"}
    assert "45.0% (50/111) and 46% (51/111)" in said.text
    assert "the number counted and the source" in said.text
    row = next(r for t in section.tables for r in t.rows if r.cells[0][0].text == "CARD")
    assert {"CARD-0021", "CARD-0023"} <= {value.id for value in row.cells[1]}
    assert any("the report on pain and quality of life gives 51" in why for why in row.disputed)


def test_where_sources_differ_the_sentence_follows_the_paper_and_not_a_page_about_it() -> None:
    section = guide_of("enzalutamide", "mCRPC").section("endpoint-time_to_sre")
    assert section is not None
    claim = next(s for s in section.sentences if s.text.startswith("In PREVAIL"))
    assert "0.72" in claim.text
    assert any("0.72, p<0.001 and 0.63" in s.text for s in section.sentences)


def test_a_p_value_among_three_arms_names_the_two_that_it_is_of() -> None:
    section = guide_of("docetaxel", "mCRPC").section("endpoint-orr")
    assert section is not None
    claim = next(s for s in section.sentences if s.text.startswith("In FIRSTANA"))
    assert (
        "(p=0.037, cabazitaxel 25 mg/m2 + prednisone against docetaxel 75 mg/m2 + prednisone)" in claim.text
    )
    assert "30.9% with docetaxel" in claim.text


def test_a_count_by_laboratory_values_and_one_of_reports_are_in_groups_that_say_so() -> None:
    known = by_id(load_store())
    section = guide_of("cabazitaxel", "mCRPC").section("safety")
    assert section is not None
    mixed = 0
    for table in section.tables:
        for group in table.groups:
            found = [known[v.id] for row in group.rows for cell in row.cells for v in cell if v.id in known]
            kinds = {dict(f.definition).get("graded_by") for f in found}
            assert len(kinds) == 1, group.heading
            if "laboratory" in kinds:
                assert group.heading is not None
                assert group.heading.endswith("by laboratory values")
            if group.note:
                assert "not to be compared" in group.note
                mixed += 1
    assert mixed >= 2


def test_a_forest_plot_holds_each_ratio_once_and_says_whom_it_favours() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("endpoint-os")
    assert section is not None
    forest = next(part for part in section.parts if isinstance(part, Forest))
    assert forest.below_one == "first"
    assert len({ratio.id for ratio in forest.ratios}) == len(forest.ratios)
    proselica = next(ratio for ratio in forest.ratios if ratio.trial == "PROSELICA")
    assert proselica.behind == "97.78% interval"


def test_at_a_glance_each_randomised_trial_has_survival_and_its_primary_endpoint_under_a_warning() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("glance")
    assert section is not None
    assert any(s.warning and "not to be ranked" in s.text for s in section.sentences)
    rows = {row.cells[0][0].text: row.cells for table in section.tables for row in table.rows}
    assert [value.id for value in rows["CARD"][1]] == ["CARD-0010"]
    assert [value.id for value in rows["CARD"][2]] == ["CARD-0004"]
    assert [value.id for value in rows["FIRSTANA"][1]] == ["FIRSTANA-0004", "FIRSTANA-0005"]
    assert [value.id for value in rows["TROPIC"][1]] == ["TROPIC-0004"]
    assert rows["TROPIC"][1][0].label == "cabazitaxel + prednisone v mitoxantrone + prednisone, hazard ratio"
    assert rows["TROPIC"][2][0].text == "survival is the primary endpoint"
    assert [value.text for value in rows["THERAP"][2]] == ["66%", "37%"]
    assert "FUJI" not in rows


def test_severe_toxicities_of_several_randomised_trials_are_said_with_how_they_were_counted() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("safety")
    assert section is not None
    said = next(s for s in section.sentences if s.text.startswith("In TROPIC, neutropenia"))
    assert "of grade 3+ (by laboratory values) was seen in 82% (303/371) with" in said.text
    assert not any("nausea" in s.text for s in section.sentences)


def test_endpoints_of_several_trials_never_stand_without_the_warning() -> None:
    for section in guide_of("cabazitaxel", "mCRPC").sections:
        trials = {r.cells[0][0].text for t in section.tables if not t.folded for r in t.rows}
        if section.id.startswith("endpoint-") and len(trials) > 1:
            assert any(s.warning and "not to be ranked" in s.text for s in section.sentences), section.id


def test_differences_between_trials_are_computed_from_their_cards() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("comparison")
    assert section is not None
    rows = {row.cells[0][0].text: row.cells[1] for table in section.tables for row in table.rows}
    lines = {value.text: value.behind or "" for value in rows["Line of treatment"]}
    assert "FIRSTANA" in lines["first line"]
    assert "CARD" in lines["third line or later"]
    growth = {value.text: value.behind or "" for value in rows["Growth factor"]}
    assert "CARD" in growth["primary prophylaxis in every cycle of cabazitaxel"]
    assert "FIRSTANA" in growth["not stated"]


def test_an_arm_that_is_a_choice_says_that_not_everybody_had_the_drug() -> None:
    section = guide_of("enzalutamide", "mCRPC").section("comparison")
    assert section is not None
    assert any("not everybody in it had enzalutamide" in s.text for s in section.sentences)


def test_what_nobody_measured_names_bone_and_trials_without_results() -> None:
    guide = guide_of("cabazitaxel", "mCRPC")
    section = guide.section("not-measured")
    assert section is not None
    said = " ".join(s.text for s in section.sentences)
    assert "disappearance of bone metastases" in said
    silent = [problem.message for problem in guide.problems if problem.code == "N630"]
    assert silent
    assert all(
        any(name in message for message in silent) for name in guide.trials if f"{name} has no" in said
    )


def test_every_arrow_of_the_mechanism_stands_on_a_statement_that_is_listed() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("mechanism")
    assert section is not None
    graph = next(part for part in section.parts if isinstance(part, Graph))
    listed = {name for sentence in section.sentences for name in sentence.ids}
    assert {edge.statement for edge in graph.edges} <= listed
    assert "cabazitaxel" in graph.subjects


def test_a_label_that_was_superseded_says_so_with_its_date_and_place() -> None:
    section = guide_of("cabazitaxel", "mCRPC").section("labels")
    assert section is not None
    rows = {row.cells[0][0].id: row for table in section.tables for row in table.rows}
    old = rows["caba-us-dose-2010"]
    assert "superseded" in old.cells[0][0].marks
    assert (old.cells[1][0].text, old.cells[2][0].text) == ("US", "2010")
    assert not any("breast" in (row.cells[0][0].text) for row in rows.values())


def test_a_bad_word_is_told_with_what_is_near() -> None:
    (problem,) = refused("cabazitaxell", "mCRPC")
    assert problem.code == "E630"
    assert "cabazitaxel" in problem.remedy
    (problem,) = refused("cabazitaxel", "mcrcp")
    assert problem.code == "E622"
    assert "mcrpc" in problem.remedy
    assert [p.code for p in refused("nothing known", "nothing known")] == ["E630", "E622"]


def test_a_treatment_without_a_trial_in_the_condition_is_refused_with_what_there_is() -> None:
    (problem,) = refused("radium-223", "breast cancer")
    assert problem.code == "E631"
    assert "bone metastases" in problem.remedy
    assert "paclitaxel" in problem.remedy
    (problem,) = refused("prednisone", "mCRPC")
    assert problem.code == "E631"


def test_a_trial_of_a_folder_joins_with_its_numbers_conflicts_and_references(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        MINE.replace("sources: {", "sources: {memory: {citation: recalled, kind: memory}, "), encoding="utf-8"
    )
    guide = guide_of("cabazitaxel 20 mg/m2", "mCRPC", tmp_path)
    assert "MYTRIAL" in guide.trials
    section = guide.section("endpoint-os")
    assert section is not None
    claim = next(s for s in section.sentences if s.text.startswith("In MYTRIAL"))
    assert "13.25 months with low dose and 11.5 months with high dose" in claim.text
    assert "0.815 (95% CI 0.40–1.66)" in claim.text
    assert any(set(s.ids) == {"MY-3", "MY-4"} for s in section.sentences)
    value = next(v for v in guide.values() if v.id == "MY-1")
    assert value.cites == ("MYPAPER", "MYPAGE")
    mine = [each for each in guide.references if each.id in ("MYPAPER", "MYPAGE")]
    assert [each.doi for each in mine] == ["10.1000/mine", None]
    assert not any("MY-5" in sentence.ids for sentence in guide.sentences())
    assert {each.id: each.links for each in mine}["MYPAGE"] == ()
    assert guide.dated.fingerprint != guide_of("cabazitaxel", "mCRPC").dated.fingerprint


def test_the_same_store_gives_the_same_guide() -> None:
    first = make_guide(load_store(), "docetaxel", "mCRPC")
    assert first == make_guide(load_store(), "docetaxel", "mCRPC")


def test_the_command_prints_sentences_json_and_problems(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["guide", "cabazitaxel", "--condition", "mCRPC"])
    assert run.exit_code == 0
    assert "In TROPIC, median overall survival was 15.1 months (95% CI 14.1–16.3)" in " ".join(
        run.output.split()
    )
    run = CliRunner().invoke(app, ["guide", "docetaxel", "--condition", "mCRPC", "--json"])
    told = json.loads(run.output)
    assert told["title"].startswith("Docetaxel")
    parts = {part["part"] for section in told["sections"] for part in section["parts"]}
    assert parts == {"sentence", "table", "forest", "flow", "graph"}
    run = CliRunner().invoke(app, ["guide", "docetaxol", "--condition", "mCRPC", "--json"])
    assert run.exit_code == 2
    assert json.loads(run.output)["problems"][0]["code"] == "E630"
    nowhere = tmp_path / "missing" / "guide.html"
    run = CliRunner().invoke(app, ["guide", "docetaxel", "--condition", "mCRPC", "--html", str(nowhere)])
    assert run.exit_code == 2
    assert "E632" in run.stderr


def test_a_statement_about_another_disease_is_not_in_it() -> None:
    breast = {i for s in guide_of("cabazitaxel", "breast cancer").sentences() for i in s.ids}
    assert "bone-no-clearing" not in breast
    assert "caba-brain-preclinical" in breast
    assert "caba-breast-label" in breast
    prostate = {i for s in guide_of("cabazitaxel", "mCRPC").sentences() for i in s.ids}
    assert "caba-breast-label" not in prostate


@pytest.mark.parametrize(("treatment", "condition"), [*ASKED, ("taxane", "cancer")])
def test_its_sentences_are_claims_that_the_audit_reads_and_finds_coherent(
    tmp_path: Path, treatment: str, condition: str
) -> None:
    from trialist.evidence.audit import audit
    from trialist.evidence.claims.lexicon import lexicon_of
    from trialist.evidence.claims.read import read_claims
    from trialist.formats.documents import read_documents

    store = load_store()
    said = [s for s in guide_of(treatment, condition).sentences() if "more than one number" not in s.text]
    file = tmp_path / "guide.txt"
    file.write_text("\n\n".join(s.text for s in said), encoding="utf-8")
    (document,), problems = read_documents(file)
    assert problems == ()
    reading = read_claims(document, lexicon_of(store))
    assert audit(reading) == ()
    measured = sum(s.text.startswith("In ") and bool(s.ids) for s in said)
    assert len([claim for claim in reading.claims if claim.bound.trial]) >= measured
