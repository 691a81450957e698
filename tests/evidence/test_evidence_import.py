"""Findings of our own, registry results and tables become curated files that the store reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from imports import evidence, imported, one

from trialist.evidence.checks import check_trial
from trialist.evidence.filter import Filter, filtered
from trialist.evidence.published import read_evidence
from trialist.evidence.store import load_store
from trialist.findings.model import Interval, PValue
from trialist.formats.evidence import curated_text, read_drafts

RECORD = Path(__file__).resolve().parents[1] / "data" / "registry" / "made_up_record.json"


def test_a_registry_record_becomes_a_trial_with_its_arms_and_results(tmp_path: Path) -> None:
    told = imported(RECORD, tmp_path)
    assert sorted({p["code"] for p in told}) == ["N612", "N613", "N614"]
    store = load_store(tmp_path)
    assert store.problems == ()
    card = store.trials["MADEUP"]
    assert (card.condition, card.phase, card.n, card.sites, card.countries) == ("mcrpc", "2-3", 200, 3, 2)
    assert card.randomised
    docetaxel = card.arms["docetaxel_75_mg_m2"]
    assert (docetaxel.treatment, docetaxel.role, docetaxel.n) == ("docetaxel_75", "experimental", 102)
    assert docetaxel.drugs == ("docetaxel", "prednisone")
    found = store.of("MADEUP")
    ratio = one(found, "os", "hazard_ratio", "docetaxel_75_mg_m2", "placebo")
    assert (ratio.estimate, ratio.interval, ratio.p_value) == (0.64, Interval(0.46, 0.89), PValue(0.008))
    median = one(found, "os", "median_time", "docetaxel_75_mg_m2")
    assert (median.estimate, median.interval, median.n) == (14.3, Interval(12.2, None), 102)
    assert [p.code for p in check_trial(store, "MADEUP")] == ["W610"]  # grip strength has no term


def test_a_registrys_weeks_percents_counts_and_times_are_read_as_such(tmp_path: Path) -> None:
    imported(RECORD, tmp_path)
    found = load_store(tmp_path).of("MADEUP")
    weeks = one(found, "ttpsa", "median_time", "placebo")
    assert weeks.estimate == pytest.approx(12 * 7 / 30.4375, abs=1e-4)
    assert weeks.note == "printed as 12.0 Weeks"
    assert one(found, "ttpsa", "median_time", "docetaxel_75_mg_m2").estimate is None
    response = one(found, "psa50", "proportion", "docetaxel_75_mg_m2")
    assert (response.events, response.n, response.estimate) == (38, 95, 0.4)
    alive = one(found, "os", "survival_probability", "docetaxel_75_mg_m2", timepoint="12 months")
    assert (alive.estimate, alive.interval) == (0.582, Interval(0.481, 0.67))
    assert one(found, "os", "proportion", "docetaxel_75_mg_m2", subgroup="Age 65 and over").estimate == 0.52
    grip = one(found, "grip_strength", "mean", "docetaxel_75_mg_m2")
    assert (grip.unit, grip.note) == ("kg", "Standard Deviation 6.2")
    assert one(found, "disposition:adverse_event", "count", "placebo").estimate == 5


def test_a_registrys_other_events_are_never_the_events_of_any_grade(tmp_path: Path) -> None:
    imported(RECORD, tmp_path)
    store = load_store(tmp_path)
    found = store.of("MADEUP")
    serious = one(found, "ae:febrile_neutropenia:serious", "proportion", "docetaxel_75_mg_m2")
    assert (serious.events, serious.n) == (6, 101)
    assert one(found, "ae:any:serious", "proportion", "placebo").events == 20
    assert one(found, "ae:diarrhoea:not_serious", "proportion", "placebo").events == 10
    assert filtered(store, Filter(trial="MADEUP", endpoint="ae:diarrhoea:any")) == ()
    assert one(found, "ae:hiccups:not_serious", "proportion", "docetaxel_75_mg_m2").events == 6
    assert one(found, "death", "proportion", "placebo").events == 60


def test_groups_of_results_that_are_none_of_the_design_become_the_arms_and_are_told(tmp_path: Path) -> None:
    text = RECORD.read_text(encoding="utf-8")
    design, results = text.split('"resultsSection"')
    renamed = results.replace("Docetaxel 75 mg/m2", "Taxane Group (Global Cohort)")
    renamed = renamed.replace('"groupIds": ["OG000", "OG001"]', '"groupIds": ["OG001", "OG007"]')
    file = tmp_path / "record.json"
    file.write_text(
        design.replace("Metastatic Castration-resistant Prostate Cancer", "Gout")
        + '"resultsSection"'
        + renamed
    )
    told = imported(file, tmp_path / "out")
    assert sorted({p["code"] for p in told}) == ["N612", "N614", "N615"]
    assert any("two listed arms" in p["message"] for p in told)
    store = load_store(tmp_path / "out")
    assert set(store.trials["MADEUP"].arms) == {"placebo", "taxane_group_global_cohort"}
    assert store.trials["MADEUP"].condition == "Gout"
    assert not [f for f in store.of("MADEUP") if f.measure == "hazard_ratio"]


def own(trial: str, kind: str) -> dict[str, Any]:
    origin = {"kind": kind, "source": None, "place": None, "reliability": None, "seed": None, "records": "r"}
    finding = {
        "id": "abc123def456",
        "trial": trial,
        "endpoint": "os",
        "measure": "hazard_ratio",
        "estimate": 0.7,
        "groups": ["cabazitaxel", "arta"],
        "interval": {"low": 0.5, "high": 0.98, "level": 0.95},
        "p_value": {"value": 0.04, "bound": "=", "sides": 2},
        "n": 255,
        "events": 150,
        "population": "itt",
        "method": {"name": "cox_ph", "options": {"ties": "efron", "strata": ["ecog"]}},
        "definition": {"derive": "overall_survival"},
        "origin": origin,
    }
    return {
        "trial": trial,
        "software": "trialist",
        "records": {"fingerprint": "f" * 64},
        "findings": [finding],
    }


def test_our_own_observed_findings_join_the_trial_and_simulated_ones_do_not(tmp_path: Path) -> None:
    file = tmp_path / "findings.json"
    data = own("CARD", "observed")
    data["findings"] += own("CARD", "simulated")["findings"]
    file.write_text(json.dumps(data), encoding="utf-8")
    told = imported(file, tmp_path / "out")
    assert [p["code"] for p in told] == ["N612"]
    assert "simulated" in told[0]["message"]
    store = load_store(tmp_path / "out")
    assert store.problems == ()
    (ours,) = [f for f in store.of("CARD") if f.origin.kind == "observed"]
    assert ours.origin.source == "OWN"
    assert dict(ours.method.options)["ties"] == "efron"
    assert [arm.treatment for arm in store.arms(ours)] == ["cabazitaxel_25", "arta_alternative"]
    assert "about" not in yaml.safe_load((tmp_path / "out" / "card.yaml").read_text(encoding="utf-8"))


def test_an_adverse_event_of_our_own_is_called_by_its_term_and_grade(tmp_path: Path) -> None:
    data = own("CARD", "observed")
    rule = {"derive": "adverse_event", "minimum_grade": 3, "serious": False, "related": False}
    for term, name in (("neutropenia", "a"), (None, "b"), ("hiccups", "c")):
        more = {
            "endpoint": f"ae_{name}",
            "id": name,
            "measure": "proportion",
            "definition": rule | {"term": term},
        }
        data["findings"].append(data["findings"][0] | more)
    file = tmp_path / "findings.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    imported(file, tmp_path / "out")
    found = {f.endpoint for f in load_store(tmp_path / "out").of("CARD") if f.origin.kind == "observed"}
    assert found == {"os", "ae:neutropenia:3+", "ae:any:3+", "ae:hiccups:3+"}


def test_a_trial_that_the_store_does_not_know_gets_a_card_with_the_condition_that_was_asked_for(
    tmp_path: Path,
) -> None:
    file = tmp_path / "findings.json"
    file.write_text(json.dumps(own("OURS", "observed")), encoding="utf-8")
    imported(file, tmp_path / "out", "--condition", "mCRPC")
    assert load_store(tmp_path / "out").trials["OURS"].condition == "mcrpc"
    assert evidence("import", file, "--out", tmp_path / "x", "--condition", "mcrcp").exit_code == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"findings": []}',
        b'{"a": 1}',
        b"\xff\xfe",
        b'{"findings": [1, {"endpoint": "os"}]}',
    ],
)
def test_what_holds_no_evidence_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file.json"
    file.write_bytes(content)
    result = evidence("import", file, "--out", tmp_path / "out", "--json")
    assert result.exit_code == 2
    assert "E624" in {p["code"] for p in json.loads(result.stdout)["problems"]}
    assert evidence("import", tmp_path / "none.json", "--out", tmp_path / "out").exit_code == 2
    assert not (tmp_path / "out").exists()


def test_a_record_without_results_or_with_odd_parts_is_no_traceback(tmp_path: Path) -> None:
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    for change in ({"resultsSection": None}, {"resultsSection": {"outcomeMeasuresModule": {}}}):
        file = tmp_path / "odd.json"
        file.write_text(json.dumps(record | change), encoding="utf-8")
        result = evidence("import", file, "--out", tmp_path / "out", "--json")
        assert result.exit_code in (0, 2)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every part of a JSON value."""
    found = [path] if path else []
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        found += places(part, (*path, key))
    return found


def changed(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """A copy of a JSON value with another part at a path."""
    copied = json.loads(json.dumps(value))
    part = copied
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = other
    return copied


OTHERS: tuple[Any, ...] = (None, 1, -1.5, "", "x", [], {}, True, [1], {"a": 1})


@pytest.mark.parametrize("place", range(len(OTHERS)))
@pytest.mark.parametrize("kind", ["registry", "findings"])
def test_any_part_of_a_file_may_be_of_another_kind_and_nothing_breaks(
    tmp_path: Path, kind: str, place: int
) -> None:
    other = OTHERS[place]
    whole = json.loads(RECORD.read_text(encoding="utf-8")) if kind == "registry" else own("CARD", "observed")
    file = tmp_path / "file.json"
    for number, path in enumerate(places(whole)):
        if kind == "registry" and (number + place) % 41:  # a part in 41, another one for each kind of value
            continue
        file.write_text(json.dumps(changed(whole, path, other)), encoding="utf-8")
        drafts, problems = read_drafts(file)
        assert all(p.place is not None for p in problems)
        for draft in drafts:
            made = tmp_path / "made.yaml"
            made.write_text(curated_text(draft), encoding="utf-8")
            _, wrong = read_evidence(made)
            assert {p.code for p in wrong} <= {"E602", "E603"}, (path, wrong)


def test_a_group_of_a_registry_is_no_arm_whose_title_only_begins_like_it(tmp_path: Path) -> None:
    text = RECORD.read_text(encoding="utf-8")
    design, results = text.split('"resultsSection"')
    file = tmp_path / "record.json"
    renamed = results.replace('"title": "Placebo"', '"title": "Placebolike"')
    assert renamed != results
    file.write_text(design + '"resultsSection"' + renamed, encoding="utf-8")
    imported(file, tmp_path / "out")
    assert "placebolike" in load_store(tmp_path / "out").trials["MADEUP"].arms


def test_numbers_that_cannot_be_are_left_out_of_a_registrys_record_and_counted(tmp_path: Path) -> None:
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    outcomes = record["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"]
    counted = next(each for each in outcomes if each.get("paramType") == "COUNT_OF_PARTICIPANTS")
    for measured in counted["classes"][0]["categories"][0]["measurements"]:
        measured["value"] = "9999"
    file = tmp_path / "record.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    told = imported(file, tmp_path / "out")
    assert any("that their measure can't be" in problem["message"] for problem in told)
    assert load_store(tmp_path / "out").problems == ()


def test_a_difference_of_percents_is_read_as_one_of_shares(tmp_path: Path) -> None:
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    outcomes = record["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"]
    outcome = next(each for each in outcomes if len(each.get("groups", ())) == 2)
    groups = [group["id"] for group in outcome["groups"]]
    outcome["unitOfMeasure"] = "percentage of participants"
    limits = {"ciPctValue": "95", "ciLowerLimit": "-2.5", "ciUpperLimit": "11"}
    outcome["analyses"] = [
        {"groupIds": groups, "paramType": "Risk Difference (RD)", "paramValue": value, "pValue": "p=0.24"}
        | limits
        for value in ("4.3", "430")
    ]
    record["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"] = [outcome]
    file = tmp_path / "record.json"
    file.write_text(json.dumps(record), encoding="utf-8")
    imported(file, tmp_path / "out")
    (found,) = [f for f in load_store(tmp_path / "out").of("MADEUP") if f.measure == "risk_difference"]
    assert (found.estimate, found.interval, found.p_value) == (0.043, Interval(-0.025, 0.11), PValue(0.24))
