"""One patient: every line of the records, every verdict with what decided it, and who is chosen."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import ibis
import pyarrow as pa
import pytest
from text_tables import domain

from trialist.engines.duckdb import connect
from trialist.patients.chosen import evenly, examples
from trialist.patients.gather import gather, not_there
from trialist.patients.model import Patient, Verdict
from trialist.patients.plots import spiders, swimmer
from trialist.protocol.check import check_protocol
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.report import verdict_words
from trialist.report.patient_text import patient_json, patient_text
from trialist.study import Result, derive_study, origin

PROTOCOL = """
trial: ONE
title: Few patients, each with another end
condition: mCRPC
randomised: true
arms: {a: {label: New drug, role: experimental}, b: {label: Old drug, role: control}}
allocation: {method: simple_random, ratio: {a: 1, b: 1}}
schedule:
  epochs: [{id: treatment}]
  visits:
    screening: {epoch: treatment, day: -14}
    scan: {epoch: treatment, day: 56, every: 56 d, until: progression, timeline: scans}
  assessments: {tumour: {label: CT, domain: RS, at: [scan]}}
endpoints:
  pfs: {derive: progression_free_survival, label: PFS, first_of: [radiographic_progression, death],
        soft_tissue: recist_1_1, censoring: {rule: fda, missed_assessments: 2, interval: 56 d, grace: 14 d}}
  os: {derive: overall_survival, label: OS}
  psa50: {derive: psa_response, label: PSA response, criteria: pcwg3, confirm_after: 28 d}
  psa_best: {derive: psa_change, label: Best PSA}
  bor: {derive: best_overall_response, label: Best response, confirmed: false}
  target: {derive: tumour_response, label: Response from lesions}
  bone: {derive: bone_progression, label: Bone}
  grade3: {derive: adverse_event, label: Grade 3 or more, minimum_grade: 3}
  relief: {derive: pain_response, label: Relief of pain, criteria: bpi}
  ecog: {derive: category_shift, label: ECOG}
  low: {derive: laboratory_grade, label: Potassium, version: "5.0", term: Hypokalemia}
  hb: {derive: paired_change, label: Haemoglobin, measurement: HGB, baseline: screening, at: scan}
populations: {itt: {label: All randomised, where: randomised}}
estimands:
  primary: {objective: primary, population: itt, endpoint: pfs, compare: [a, b],
    intercurrent: {new_anticancer_therapy: hypothetical, death: composite}, summary: median_time}
  followed: {population: itt, endpoint: pfs, compare: [a, b],
    intercurrent: {new_anticancer_therapy: treatment_policy, death: composite}, summary: median_time}
analyses:
  medians: {estimand: primary, method: kaplan_meier, interval: log_log}
"""
DAY_0 = date(2020, 1, 1)
DM = """
    subject | arm_code | actual_arm_code | reference_start | first_dose | last_dose | death | age | sex
    P-001   | a        | a               | 0               | 1          | 43        |       | 71  | M
    P-002   | b        | b               | 0               | 0          | 0         | 100   | 66  | M
    P-003   | a        | a               | 0               | 0          | 0         |       | 58  | M
    P-004   | b        | b               | 0               | 0          | 0         |       | 60  | M
"""
DS = """
    subject | sequence | term       | date
    P-001   | 1        | RANDOMIZED | 0
    P-002   | 1        | RANDOMIZED | 0
    P-003   | 1        | RANDOMIZED | 0
    P-004   | 1        | RANDOMIZED | 0
"""
EX = """
    subject | sequence | treatment   | dose | dose_unit | start | end
    P-001   | 1        | CABAZITAXEL | 50   | mg        | 1     | 1
    P-001   | 2        | CABAZITAXEL | 40   | mg        | 22    | 22
    P-001   | 3        | PREDNISONE  | 10   | mg        | 1     | 43
    P-002   | 1        | PREDNISONE  | 10   | mg        | 0     |
"""
LB = """
    subject | sequence | test_code | result | value | unit  | date
    P-001   | 1        | PSA       | 100    | 100   | ng/mL | -3
    P-001   | 2        | PSA       | 45     | 45    | ng/mL | 21
    P-001   | 3        | PSA       | 30     | 30    | ng/mL | 49
    P-001   | 4        | PSA       | 120    | 120   | ng/mL | 110
    P-002   | 1        | PSA       | 80     | 80    | ng/mL | 0
    P-002   | 2        | PSA       | 79     | 79    | ng/mL | 42
    P-003   | 1        | PSA       | <0.1   |       | ng/mL | 0
    P-002   | 3        | K         | <2.9   | 2.9   | mmol/L | 50
"""
QS = """
    subject | sequence | test_code | value | visit | date
    P-002   | 1        | BPI203    | 5     | BASE  | -1
    P-002   | 2        | ANALGES   | 8     | BASE  | -1
    P-002   | 3        | BPI203    | 3     | C2    | 21
    P-002   | 4        | ANALGES   | 8     | C2    | 21
    P-002   | 5        | BPI203    | 3     | C3    | 42
    P-002   | 6        | ANALGES   | 8     | C3    | 42
    P-002   | 7        | ECOG101   | 1     | C3    | 42
"""
RS = """
    subject | sequence | test_code | result | date
    P-001   | 1        | OVRLRESP  | PR     | 56
    P-001   | 2        | OVRLRESP  | PD     | 112
    P-002   | 1        | OVRLRESP  | SD     | 55
    P-003   | 1        | OVRLRESP  | SD     | 57
    P-004   | 1        | OVRLRESP  | SD     | 55
    P-004   | 2        | OVRLRESP  | PD     | 110
"""
TU = """
    subject | sequence | lesion | test_code | result     | location | imaging   | date
    P-001   | 1        | T1     | TUMIDENT  | TARGET     | LIVER    | CT        | -3
    P-002   | 1        | T1     | TUMIDENT  | TARGET     | LIVER    | CT        | -3
    P-003   | 1        | T1     | TUMIDENT  | TARGET     | LIVER    | CT        | -3
    P-003   | 2        | B1     | TUMIDENT  | NON-TARGET | RIB      | BONE SCAN | -3
    P-003   | 3        | N1     | TUMIDENT  | NEW        | RIB      | BONE SCAN | 57
    P-003   | 4        | N2     | TUMIDENT  | NEW        | SPINE    | BONE SCAN | 57
    P-004   | 1        | T1     | TUMIDENT  | TARGET     | LIVER    | CT        | -3
"""
TR = """
    subject | sequence | group  | lesion | test_code | result | value | unit | date
    P-001   | 1        | TARGET | T1     | LDIAM     | 50     | 50    | mm   | -3
    P-001   | 2        | TARGET | T1     | LDIAM     | 30     | 30    | mm   | 56
    P-001   | 3        | TARGET | T1     | LDIAM     | 45     | 45    | mm   | 112
    P-003   | 1        | NEW    | X1     | TUMSTATE  | PRESENT |      |      | 40
    P-003   | 2        | TARGET | T1     | LDIAM     |        |       | mm   | 40
"""
CM = """
    subject | sequence | reported_treatment | category   | start
    P-004   | 1        | ANOTHER DRUG       | ANTICANCER | 80
"""
AE = """
    subject | sequence | reported_term | term        | grade | serious | relation | start | end
    P-001   | 1        | low cells     | Neutropenia | 4     | yes     | RELATED  | 30    | 40
    P-001   | 2        | tired         | Fatigue     | 1     | no      |          |       |
"""
TEXTS = {"dm": DM, "ds": DS, "ex": EX, "lb": LB, "rs": RS, "tu": TU, "tr": TR, "cm": CM, "ae": AE, "qs": QS}


@pytest.fixture(scope="module")
def result() -> Result:
    protocol, problems = parse_protocol(PROTOCOL, "one.yaml")
    assert protocol is not None, problems
    assert not [p for p in check_protocol(protocol) if p.severity == "error"]
    tables = {name: domain(name, text, day_0=DAY_0) for name, text in TEXTS.items()}
    flags = pa.array([{True: "Y", False: "N"}[said] for said in tables["ae"]["serious"].to_pylist()])
    place = tables["ae"].column_names.index("serious")
    tables["ae"] = tables["ae"].set_column(place, "serious", flags)  # as a file of AE holds it
    records = records_from_tables(tables, origin="simulated", seed=7, connection=connect())
    return derive_study(protocol, records)


@pytest.fixture(scope="module")
def patients(result: Result) -> dict[str, Patient]:
    return {p.subject: p for p in gather(result, ["P-001", "P-002", "P-003", "P-004"])}


def verdict(patient: Patient, endpoint: str) -> Verdict:
    return next(v for v in patient.verdicts if v.endpoint == endpoint)


def said(result: Result, patient: Patient, endpoint: str) -> str:
    return verdict_words.verdict(result.protocol.plan, verdict(patient, endpoint))


def test_the_timeline_holds_every_record_in_the_order_of_days(patients: dict[str, Patient]) -> None:
    shown = [(e.day, verdict_words.entry(e)) for e in patients["P-001"].entries]
    assert shown == [
        (-3, "target lesion T1 50 mm"),
        (-3, "PSA 100 ng/mL"),
        (1, "cabazitaxel 50 mg"),
        (1, "prednisone 10 mg, to day 43"),
        (21, "PSA 45 ng/mL"),
        (22, "cabazitaxel 40 mg"),
        (30, "Neutropenia, grade 4, serious, related, to day 40"),
        (49, "PSA 30 ng/mL"),
        (56, "target lesion T1 30 mm"),
        (56, "overall response PR"),
        (110, "PSA 120 ng/mL"),
        (112, "last known alive"),
        (112, "target lesion T1 45 mm"),
        (112, "overall response PD"),
        (None, "Fatigue, grade 1"),  # without a date
    ]
    others = {name: [verdict_words.entry(e) for e in p.entries] for name, p in patients.items()}
    assert "PSA <0.1 ng/mL" in others["P-003"]
    assert "new anticancer therapy" in others["P-004"]
    assert "death" in others["P-002"]


def test_lesions_are_told_as_they_were_seen_and_bone_scans_by_what_baseline_did_not_show(
    result: Result, patients: dict[str, Patient]
) -> None:
    shown = [(e.day, verdict_words.entry(e)) for e in patients["P-003"].of("lesion", "bone scan")]
    assert shown == [
        (-3, "bone scan: 1 lesion at baseline"),
        (-3, "target lesion T1 present"),
        (40, "new lesion X1 present"),
        (40, "target lesion T1 not read"),
        (57, "bone scan: 2 lesions not seen at baseline"),
    ]
    bone = verdict(patients["P-003"], "bone").paragraph
    assert bone is not None
    assert "bone rows" in dict(verdict_words.rule_terms(bone))["Source"]


def test_a_response_names_its_values_and_the_day_that_met_it_again(
    result: Result, patients: dict[str, Patient]
) -> None:
    assert said(result, patients["P-001"], "psa50") == "Responder, day 21."
    assert verdict_words.values(verdict(patients["P-001"], "psa50")) == (
        "Baseline 100 ng/mL, limit 50 ng/mL, value 45 ng/mL, confirmed day 49."
    )
    assert said(result, patients["P-002"], "psa50") == "No responder: no value reached the limit."
    assert "value 79 ng/mL" in verdict_words.values(verdict(patients["P-002"], "psa50"))
    assert said(result, patients["P-003"], "psa50") == "Not evaluable: the baseline is below quantification."
    assert said(result, patients["P-004"], "psa50") == "Not evaluable: no baseline assessment."


def test_a_time_names_its_event_or_why_it_is_censored(result: Result, patients: dict[str, Patient]) -> None:
    assert {name: said(result, p, "pfs") for name, p in patients.items()} == {
        "P-001": "Event on day 112 (3.7 months): radiographic progression.",
        "P-002": "Event on day 100 (3.3 months): death.",
        "P-003": "Censored on day 57 (1.9 months): no event.",
        "P-004": "Censored on day 55 (1.8 months): new anticancer therapy.",
    }
    on_day = {name: verdict_words.seen(verdict(p, "pfs")) for name, p in patients.items()}
    assert "overall response PD" in on_day["P-001"]
    assert "death" in on_day["P-002"]
    assert "overall response SD" in on_day["P-004"]


def test_the_line_of_the_censoring_rule_that_decided_is_named(patients: dict[str, Patient]) -> None:
    def decided(name: str) -> list[str]:
        paragraph = verdict(patients[name], "pfs").paragraph
        assert paragraph is not None
        return [f"{c.name}: {c.says}" for c in paragraph.clauses]

    assert decided("P-001") == ["P2: event on the day of the assessment that shows it"]
    assert [text[:2] for text in decided("P-002")] == ["P7", "P8"]
    assert decided("P-003") == ["P3: censored at the last adequate assessment"]
    assert decided("P-004") == ["P6: censored at the last adequate assessment on or before its start"]


def test_an_estimand_that_reads_its_endpoint_otherwise_has_a_verdict_of_its_own(
    result: Result, patients: dict[str, Patient]
) -> None:
    found = [v for v in patients["P-004"].verdicts if v.endpoint == "pfs"]
    assert [v.estimand for v in found] == [None, "followed"]
    followed = verdict_words.verdict(result.protocol.plan, found[1])
    assert followed == "Event on day 110 (3.6 months): radiographic progression."
    assert found[1].paragraph is not None
    assert dict(found[1].paragraph.options)["new_therapy"] == "follow"


def test_the_rule_prints_its_thresholds_sources_and_the_protocols_own_word(
    patients: dict[str, Patient],
) -> None:
    paragraph = verdict(patients["P-001"], "psa50").paragraph
    assert paragraph is not None
    terms = dict(verdict_words.rule_terms(paragraph))
    assert "Fall 50% of baseline" in terms["Thresholds"]
    assert "confirm after 28 days (the protocol's word)" in terms["Thresholds"]
    assert "Scher 2016" in terms["Source"]
    grown = verdict(patients["P-001"], "target").paragraph
    assert grown is not None
    assert "progression rise 20% of the nadir" in dict(verdict_words.rule_terms(grown))["Thresholds"]


def test_each_visit_of_a_response_from_lesions_has_its_sum_and_nadir(patients: dict[str, Patient]) -> None:
    first, second = verdict_words.visits(verdict(patients["P-001"], "target"))
    assert first.startswith("day 56: PR, the sum of the targets fell.")
    assert "sum 30 mm" in first
    assert second.startswith("day 112: PD, the sum of the targets grew.")
    assert "sum 45 mm, nadir 30 mm, baseline 50 mm" in second


def test_an_adverse_event_endpoint_shows_the_event_of_its_day(
    result: Result, patients: dict[str, Patient]
) -> None:
    assert said(result, patients["P-001"], "grade3") == "Yes, first on day 30."
    assert verdict_words.seen(verdict(patients["P-001"], "grade3")).startswith("Neutropenia, grade 4")
    assert said(result, patients["P-002"], "grade3") == "No."


def test_scores_and_laboratory_values_stand_in_the_timeline_and_beside_their_verdict(
    result: Result, patients: dict[str, Patient]
) -> None:
    shown = [(e.day, verdict_words.entry(e)) for e in patients["P-002"].entries]
    for line in ((-1, "BPI203 5"), (21, "ANALGES 8"), (42, "ECOG101 grade 1"), (50, "K <2.9 mmol/L")):
        assert line in shown
    assert said(result, patients["P-002"], "relief") == "Responder, day 21."
    assert verdict_words.seen(verdict(patients["P-002"], "relief")) == "ANALGES 8; BPI203 3"


def test_every_endpoint_of_the_protocol_has_a_verdict_in_text_and_json(
    result: Result, patients: dict[str, Patient]
) -> None:
    plan, came_from = result.protocol.plan, origin(result.protocol, result.records)
    for patient in patients.values():
        text = patient_text(patient, plan, came_from, width=80)
        assert max(map(len, text.splitlines())) <= 80
        assert "SIMULATED, SEED 7" in text
        told = patient_json(patient, plan, came_from)
        assert [v["endpoint"] for v in told["verdicts"] if v["estimand"] is None] == list(plan.endpoints)
        assert all(v["said"] for v in told["verdicts"])
        assert told["origin"] == {"kind": "simulated", "seed": 7, "label": "SIMULATED, SEED 7"}


@pytest.mark.parametrize("asked", ["P-1", "p-001", "P001", "P-0001"])
def test_an_id_that_is_not_there_is_answered_with_the_nearest(result: Result, asked: str) -> None:
    problem = not_there(result, asked)
    assert problem is not None
    assert problem.code == "E090"
    assert "the nearest of 4 are P-001, " in problem.remedy
    assert not_there(result, "P-001") is None


def test_examples_are_the_first_of_each_cause_and_reason_and_the_first_responder(result: Result) -> None:
    assert [(e.patient.subject, e.why) for e in examples(result)] == [
        ("P-002", ("pfs|event|DEATH",)),
        ("P-001", ("pfs|event|RADIOGRAPHIC", "psa50|responder|")),
        ("P-004", ("pfs|censored|NEW_THERAPY",)),
        ("P-003", ("pfs|censored|NO_EVENT",)),
    ]


def test_a_lane_ends_in_death_or_the_last_day_known_alive_and_carries_its_marks(result: Result) -> None:
    plot = swimmer(result)
    assert plot is not None
    lanes = {lane.subject: lane for lane in plot.lanes}
    assert [(lane.subject, lane.end, lane.dead) for lane in plot.lanes] == [
        ("P-001", 112, False),
        ("P-003", 57, False),
        ("P-004", 110, False),
        ("P-002", 100, True),
    ]
    assert lanes["P-001"].doses == ((1, 1), (1, 43), (22, 22))
    marks = [(mark.day, mark.kind) for mark in lanes["P-001"].marks]
    assert marks == [(21, "PSA response"), (56, "response"), (112, "progression")]
    assert [(mark.day, mark.kind) for mark in lanes["P-004"].marks] == [(80, "new therapy")]
    assert lanes["P-002"].marks == ()  # death is no progression
    assert plot.of == {"a": 2, "b": 2}


def test_a_spoke_holds_every_later_value_against_the_baseline_of_the_endpoint(result: Result) -> None:
    drawn = spiders(result, {"P-001": "PSA response"})
    spokes = {s.subject: s for s in drawn["psa_best"].spokes}
    assert spokes["P-001"].points == ((0, 0.0), (21, -55.0), (49, -70.0), (110, 20.0))
    assert spokes["P-001"].category == "PSA response"
    assert spokes["P-002"].points == ((0, 0.0), (42, -1.25))
    assert "P-003" not in spokes  # no change can be measured from below quantification
    assert drawn["target"].spokes[0].points == ((0, 0.0), (56, -40.0), (112, -10.0))


def test_an_even_selection_keeps_the_share_of_each_arm_and_its_longest() -> None:
    rows = [
        {"subject": f"{arm}{n:03}", "arm": arm, "end": n}
        for arm in "ab"
        for n in range(100 if arm == "a" else 50)
    ]
    table = ibis.memtable(rows)
    kept = evenly(table, [table.end.desc()], 30).to_pyarrow().to_pylist()
    ends = {arm: [r["end"] for r in kept if r["arm"] == arm] for arm in "ab"}
    assert {arm: len(found) for arm, found in ends.items()} == {"a": 20, "b": 10}
    steps = {a - b for found in ends.values() for a, b in pairwise(found)}
    assert steps == {5}
    assert {r["of"] for r in kept if r["arm"] == "a"} == {100}
    assert evenly(table, [table.end.desc()], 150).count().to_pyarrow().as_py() == 150
