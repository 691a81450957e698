"""Adverse events in a whole study: records in; findings, tables, listings and ADAE out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from text_tables import domain

from trialist.engines.duckdb import connect
from trialist.formats.adam import adam_tables
from trialist.formats.adam.recount_events import EventCell
from trialist.formats.labels import column_labels
from trialist.protocol.check import check_protocol
from trialist.protocol.model import Protocol
from trialist.protocol.parse import parse_protocol
from trialist.records.model import Records
from trialist.records.registered import records_from_tables
from trialist.report.assemble import assemble
from trialist.report.event_tables import event_tables
from trialist.report.page import render_report
from trialist.study import Result, derive_study, run_study

PROTOCOL = """
trial: EVENTS
title: Adverse events one by one
condition: metastatic cancer
randomised: true
arms: {a: {label: A, role: experimental}, b: {label: B, role: control}}
allocation: {method: simple_random, ratio: {a: 1, b: 1}}
endpoints:
  teae: {derive: adverse_events, label: Events on treatment, dictionary: MedDRA, dictionary_version: 26.1}
  stopped: {derive: adverse_events, label: Events that ended treatment, action: withdrawn}
populations: {safety: {label: All treated, where: treated, by: actual}}
analyses:
  overview: {endpoint: teae, population: safety, method: overview}
  terms: {endpoint: teae, population: safety, compare: [a, b], method: incidence, grades: [any, 3_or_more]}
  by_grade: {endpoint: teae, population: safety, method: incidence, levels: [term],
             grades: [1, 2, 3, 4, 5, not_graded]}
  rates: {endpoint: teae, population: safety, method: exposure_adjusted_rate}
  by_time: {endpoint: teae, population: safety, method: cumulative_incidence, at_months: [1]}
  differences: {endpoint: teae, population: safety, compare: [a, b], method: risk_difference, levels: [any]}
  deaths: {endpoint: teae, population: safety, method: deaths}
  stopped: {endpoint: stopped, population: safety, method: incidence, levels: [any], grades: [any]}
"""
DAY_0 = date(2020, 1, 1)  # the days of the records are counted from it
DM = """
    subject | arm_code | actual_arm_code | reference_start | first_dose | last_dose | death
    1       | a        | a               | 0               | 0          | 60        |
    2       | a        | b               | 0               | 2          | 60        | 70
    3       | b        | b               | 0               |            |           |
    4       | b        | b               | 0               | 0          | 60        |
"""
DS = """
    subject | sequence | term       | date
    1       | 1        | RANDOMIZED | 0
    2       | 1        | RANDOMIZED | 0
    3       | 1        | RANDOMIZED | 0
    4       | 1        | RANDOMIZED | 0
"""
AE = """
    subject|sequence|reported_term|term|system_organ_class|grade|serious|relation|action|outcome|start|end
    1 | 1 | felt sick | Nausea | Gut        | 2 | no  | POSSIBLE    | DOSE NOT CHANGED | RECOVERED | 3  | 5
    1 | 2 | felt sick | Nausea | Gut        | 3 | no  | UNLIKELY    | DOSE REDUCED     |           | 9  |
    1 | 3 | my head   |        |            | 1 | no  |             |                  |           | -5 | -3
    1 | 4 | my head   |        |            |   | no  |             | drug withdrawn   |           | 12 |
    2 | 1 | sepsis    | Sepsis | Infections | 4 | yes | NOT RELATED | DRUG INTERRUPTED | fatal     | 62 | 70
"""


@pytest.fixture(scope="module")
def result() -> Result:
    protocol, problems = parse_protocol(PROTOCOL, "events.yaml")
    assert protocol is not None
    assert [p for p in (*problems, *check_protocol(protocol)) if p.severity == "error"] == []
    texts = {"dm": DM, "ds": DS, "ae": AE}
    tables = {name: domain(name, text, day_0=DAY_0) for name, text in texts.items()}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    return run_study(protocol, records)


def counts(result: Result, analysis: str) -> dict[tuple[str, str], str]:
    return {
        (str(dict(f.method.options)["category"]), " ".join(f.groups)): f"{f.events}/{f.n}"
        for f in result.findings
        if f.analysis == analysis
    }


def test_arms_are_those_of_the_treatment_received(result: Result) -> None:
    found = counts(result, "terms")
    assert found["any event, any grade", "a"] == "1/1"
    assert found["any event, any grade", "b"] == "1/2"
    assert found["Gut / Nausea, grade 3 or more", "a"] == "1/1"
    assert found["Infections / Sepsis, grade 3 or more", "b"] == "1/2"


def test_an_event_found_by_its_reported_term_is_counted_again_from_adae(result: Result) -> None:
    rows = {row["AESEQ"]: row for row in adam_tables(result)["adae"].to_pylist() if row["USUBJID"] == "1"}
    chosen = {
        "terms": ["My Head"],
        "treatment_emergent": True,
        "minimum_grade": 1,
        **dict.fromkeys(("serious", "related", "action", "fatal")),
    }
    cell = EventCell("incidence", {"row": "any", "grade": "any"}, chosen)
    (subject,) = cell.one_row_per_subject([rows[4]], {"1": {"TRTSDT": DAY_0}})
    assert subject["HAPPENED"]
    (other,) = cell.one_row_per_subject([rows[1]], {"1": {"TRTSDT": DAY_0}})
    assert not other["HAPPENED"]
    assert "AEDECOD (AETERM where it is Uncoded) in My Head" in cell.told[0]


def test_an_event_without_a_term_is_uncoded_and_not_guessed(result: Result) -> None:
    assert counts(result, "terms")["Uncoded / Uncoded, any grade", "a"] == "1/1"
    assert {p.code for f in result.findings for p in f.problems if f.analysis == "terms"} == {"N416", "N417"}


def test_words_of_the_records_are_read(result: Result) -> None:
    overview = counts(result, "overview")
    assert overview["fatal", "b"] == "1/2"  # by its outcome: the grade is 4
    assert overview["leading to withdrawal of treatment", "a"] == "1/1"
    assert overview["leading to a lower dose", "a"] == "1/1"
    assert overview["leading to interruption or delay", "b"] == "1/2"
    assert overview["related", "a"] == "1/1"
    assert overview["related", "b"] == "0/2"
    assert counts(result, "stopped")["any event, any grade", "a"] == "1/1"


def test_the_dictionary_goes_with_every_result(result: Result) -> None:
    mine = [f for f in result.findings if f.endpoint == "teae"]
    assert {dict(f.definition)["dictionary_version"] for f in mine} == {"26.1"}
    assert len({f.id for f in result.findings}) == len(result.findings)


def test_the_report_lays_findings_out_and_computes_nothing(result: Result) -> None:
    tables = {table.id: table for table in event_tables(result.protocol.plan, result.findings)}
    assert list(tables) == [
        *("overview", "terms", "by_grade", "stopped", "rates", "by_time", "differences", "deaths"),
    ]
    terms = tables["terms"]
    assert terms.columns[:2] == ("A, any grade (n 1)", "B, any grade (n 2)")
    assert [(line.label, line.kind) for line in terms.lines][:3] == [
        ("Any event", ""),
        ("Gut", "system"),
        ("Nausea", "nested"),
    ]
    ids = {f.id for f in result.findings}
    assert {
        cell.finding.id for t in tables.values() for line in t.lines for cell in line.cells if cell
    } <= ids
    page = render_report(assemble(result, (), (), sources={}, dated="2020-06-01"))
    assert page.count('<details class="events">') >= 2  # the listings are folded
    assert "Serious events: Events on treatment (1)" in page
    assert "100.0%" in page


def test_adae_holds_every_event_and_marks_the_first_ones(result: Result) -> None:
    table = adam_tables(result)["adae"]
    rows: list[dict[str, Any]] = table.to_pylist()
    flags = [(r["USUBJID"], r["AESEQ"], r["TRTEMFL"], r["AOCCFL"], r["AOCCSFL"], r["AOCCPFL"]) for r in rows]
    assert flags == [
        ("1", 1, "Y", "Y", "Y", "Y"),
        ("1", 2, "Y", None, None, None),
        ("1", 3, None, None, None, None),  # over before the first dose
        ("1", 4, "Y", None, "Y", "Y"),
        ("2", 1, "Y", "Y", "Y", "Y"),
    ]
    assert [r["ASTDY"] for r in rows] == [4, 10, -5, 13, 61]  # from the first dose, without a day 0
    assert [r["AENDY"] for r in rows] == [6, None, -3, None, 69]
    assert [r["RELGR1"] for r in rows] == ["RELATED", "NOT RELATED", "RELATED", "RELATED", "NOT RELATED"]
    assert rows[4]["ASTDT"] == date(2020, 3, 3)
    assert (rows[4]["TRTP"], rows[4]["TRTA"], rows[4]["ATOXGR"], rows[4]["AESDTH"]) == ("A", "B", "4", "Y")
    assert all(column_labels(table).values())


ENDPOINTS = """
  severe: {derive: adverse_event, label: Severe, minimum_grade: 3}
  serious: {derive: adverse_event, label: Serious, serious: true}
  related: {derive: adverse_event, label: Related, related: true}
"""
ANALYSES = """
  overview: {endpoint: teae, population: safety, method: overview}
  severe: {endpoint: severe, population: safety, method: proportion}
  serious: {endpoint: serious, population: safety, method: proportion}
  related: {endpoint: related, population: safety, method: proportion}
"""


def studied(
    ae: str, run: Callable[[Protocol, Records], Result] = run_study, dm: str = DM, ds: str = DS
) -> Result:
    """The trial with yes-or-no endpoints beside the events; with findings, unless it is only derived."""
    head, rest = PROTOCOL.split("populations:")
    text = f"{head.rstrip()}{ENDPOINTS}populations:{rest.split('analyses:')[0]}analyses:{ANALYSES}"
    protocol, problems = parse_protocol(text, "events.yaml")
    assert protocol is not None, problems
    tables = {name: domain(name, text, day_0=DAY_0) for name, text in {"dm": dm, "ds": ds, "ae": ae}.items()}
    return run(
        protocol, records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    )


def one_event_each(events: list[dict[str, str]]) -> Result:
    """A trial of treated patients, named by their place, with one of the events each, derived once."""
    columns = sorted({name for event in events for name in event})
    ae = [
        f"{n}|1|sick|3|" + "|".join(event.get(name, "") for name in columns) for n, event in enumerate(events)
    ]
    return studied(
        "\n".join((f"subject|sequence|reported_term|start|{'|'.join(columns)}", *ae)),
        derive_study,
        dm="subject|arm_code|actual_arm_code|reference_start|first_dose|last_dose|death\n"
        + "\n".join(f"{n}|a|a|0|0|60|" for n in range(len(events))),
        ds="subject|sequence|term|date\n" + "\n".join(f"{n}|1|RANDOMIZED|0" for n in range(len(events))),
    )


def test_a_yes_or_no_endpoint_is_not_derived_from_what_no_event_tells() -> None:
    result = studied("subject|sequence|reported_term|start\n 1 | 1 | sick | 3\n 4 | 1 | sick | 4")
    assert set(result.endpoints) == {"teae", "stopped", "related"}
    assert sorted((p.code, p.message.split(":")[0]) for p in result.problems if p.code[1:] >= "391") == [
        ("N418", "endpoint 'related'"),
        ("W399", "endpoint 'serious'"),
        ("W399", "endpoint 'severe'"),
    ]
    told = {f.analysis: f.problems[0].code for f in result.findings if f.estimate is None}
    assert told == {"overview": told["overview"], "severe": "W399", "serious": "W399"}


def test_a_yes_or_no_endpoint_says_how_many_events_do_not_tell() -> None:
    result = studied(
        "subject|sequence|reported_term|grade|serious|start\n"
        " 1 | 1 | sick | 3 | yes | 3\n 4 | 1 | sick | | | 4"
    )
    told = sorted(p.message for p in result.problems if p.code in ("N417", "N422"))
    assert told == [
        "endpoint 'serious': 1 event of 2 have no word on seriousness; they do not count",
        "endpoint 'severe': 1 event of 2 have no grade; they do not count",
    ]
    assert "severe" in result.endpoints


SAID: list[tuple[dict[str, str], str | None]] = [
    ({}, None),
    ({"serious": "yes"}, "Y"),
    ({"serious": "no"}, "N"),
    ({"hospitalised": "yes"}, "Y"),
    ({"serious": "no", "disabling": "yes"}, "N"),  # AESER is believed, and W398 tells
    ({"fatal": "yes"}, "Y"),
    ({"outcome": "died"}, "Y"),
    ({"grade": "5"}, "Y"),
    ({"grade": "4"}, None),  # severe is not serious
]


@pytest.fixture(scope="module")
def seriousness() -> dict[str, str | None]:
    rows = adam_tables(one_event_each([said for said, _ in SAID]))["adae"].to_pylist()
    return {row["USUBJID"]: row["AESER"] for row in rows}


@pytest.mark.parametrize("case", range(len(SAID)), ids=[str(said) for said, _ in SAID])
def test_an_event_is_serious_as_aeser_says_else_by_any_criterion_and_unknown_where_nothing_is_said(
    case: int, seriousness: dict[str, str | None]
) -> None:
    assert seriousness[str(case)] == SAID[case][1]


WORDS: list[tuple[dict[str, str], str, Any]] = [
    ({"relation": "NOT SUSPECTED"}, "related", False),
    ({"relation": "PROBABLY NOT RELATED"}, "related", False),
    ({"relation": "PERHAPS"}, "related", None),
    ({"action": "DISCONTINUED"}, "action", "withdrawn"),
    ({"action": "MULTIPLE"}, "action", None),
    ({"action": "SOMETHING"}, "action", None),
    ({"outcome": "DEATH"}, "fatal", True),
    ({"outcome": "RESOLVED"}, "fatal", False),
    ({"outcome": "UNKNOWN"}, "fatal", None),
]


@pytest.fixture(scope="module")
def words_read() -> dict[str, dict[str, Any]]:
    events = one_event_each([words for words, _, _ in WORDS]).endpoints["teae"].to_pyarrow()
    return {row["subject"]: row for row in events.to_pylist()}


@pytest.mark.parametrize("case", range(len(WORDS)), ids=[str(words) for words, _, _ in WORDS])
def test_the_usual_words_are_read_and_others_are_not_guessed(
    case: int, words_read: dict[str, dict[str, Any]]
) -> None:
    _, column, meant = WORDS[case]
    assert words_read[str(case)][column] == meant


@pytest.mark.parametrize(
    ("words", "category", "count"),
    [
        ({"relation": "PERHAPS"}, "related", 1),
        ({"action": "MULTIPLE"}, "leading to withdrawal of treatment", None),
        ({"outcome": "UNKNOWN"}, "fatal", None),
    ],
)
def test_a_word_that_is_not_read_counts_as_related_and_leaves_other_counts_open(
    words: dict[str, str], category: str, count: int | None
) -> None:
    ((name, word),) = words.items()
    result = studied(f"subject|sequence|reported_term|start|{name}\n 1 | 1 | sick | 3 | {word}")
    (found,) = [
        f
        for f in result.findings
        if f.groups == ("a",) and dict(f.method.options).get("category") == category
    ]
    assert found.events == count
