"""A guide is made of findings alone: every number is in one, every reference resolves."""

from __future__ import annotations

import re

import pytest
from guides import ASKED, by_id, guide_of, numbers_in, numbers_of, without

from trialist.evidence.store import load_store


@pytest.mark.parametrize(("treatment", "condition"), ASKED)
def test_every_number_of_a_table_is_in_the_finding_that_it_names(treatment: str, condition: str) -> None:
    store = load_store()
    known, said = by_id(store), {statement.id for statement in store.statements}
    checked = 0
    for value in guide_of(treatment, condition).values():
        if value.id is None or value.id in said:
            continue
        finding = known[value.id]
        behind = re.sub(r"\[\d+\]", "", value.behind or "")  # the number of a reference
        left = numbers_in(f"{value.text} {behind}") - numbers_of(finding, store)
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
        for part in section.all_parts:
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


def test_a_record_of_a_registry_is_linked_by_its_number_and_a_primary_paper_by_its_doi() -> None:
    links = {each.id: dict(each.links) for each in guide_of("cabazitaxel", "mCRPC").references}
    assert "https://clinicaltrials.gov/study/NCT02485691" in links["CARD_CTGOV"]
    assert links["EUCTR_CARD"] == {}
    assert "https://doi.org/10.1200/JCO.2016.72.1068" in links["FIRSTANA_JCO"]
    primary = ("TROPIC_LANCET", "PROSELICA_JCO", "FIRSTANA_JCO", "CARD_NEJM", "THERAP_LANCET")
    assert all(any("doi.org" in address for address in links[name]) for name in primary)
