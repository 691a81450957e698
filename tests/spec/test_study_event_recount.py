"""Every cell of the tables of adverse events is found again in ADAE and ADSL; combinations of drugs."""

from __future__ import annotations

import warnings
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from text_tables import domain

from trialist.engines.duckdb import connect
from trialist.formats.adam import adam_tables
from trialist.formats.adam.recount import Opened, open_rows
from trialist.formats.adam.written import write_adam
from trialist.problems import Problem
from trialist.protocol.check import check_protocol
from trialist.protocol.model import Protocol
from trialist.protocol.parse import parse_protocol, read_protocol
from trialist.records.model import Records
from trialist.records.registered import records_from_tables
from trialist.records.shape import conform
from trialist.study import Result, run_study

PROTOCOL = """
trial: PAIR
title: Two drugs against one
condition: metastatic cancer
randomised: true
reference: randomisation
arms:
  both: {label: Both, role: experimental, give: [{drug: First, every: 21 d}, {drug: Second, every: 1 d}]}
  one: {label: One, role: control, give: [{drug: First, every: 21 d}]}
allocation: {method: simple_random, ratio: {both: 1, one: 1}}
endpoints:
  teae: {derive: adverse_events}
  of_first: {derive: adverse_events, related: true, drug: {name: First, column: 1}}
  of_second: {derive: adverse_events, related: true, drug: {name: second, column: 2}}
  second_stopped: {derive: adverse_events, action: withdrawn, drug: {name: Second, column: 2}}
  related: {derive: adverse_events, related: true}
populations: {safety: {label: All treated, where: treated, by: actual}}
analyses:
  overview: {endpoint: teae, population: safety, method: overview}
  of_second_overview: {endpoint: of_second, population: safety, method: overview}
  terms: {endpoint: teae, population: safety, method: incidence, grades: [any, 3_or_more, not_graded]}
  first: {endpoint: of_first, population: safety, method: incidence, levels: [any], grades: [any]}
  second: {endpoint: of_second, population: safety, method: incidence, levels: [any], grades: [any]}
  stopped: {endpoint: second_stopped, population: safety, method: incidence, levels: [any], grades: [any]}
  related: {endpoint: related, population: safety, method: incidence, levels: [any], grades: [any]}
  rates: {endpoint: teae, population: safety, method: exposure_adjusted_rate}
  all_events: {endpoint: teae, population: safety, method: exposure_adjusted_rate, count: events,
               merge_gap: 1 d}
  by_time: {endpoint: teae, population: safety, method: cumulative_incidence, at_months: [1]}
  by_period: {endpoint: teae, population: safety, method: incidence_by_period, starts: [0 d, 21 d, 63 d]}
  severe_by_period: {endpoint: teae, population: safety, method: incidence_by_period, grade: 3_or_more,
                     levels: [any], every: 21 d, periods: 2}
  deaths: {endpoint: teae, population: safety, method: deaths}
"""
DAY_0 = date(2020, 1, 1)
# 2 died in the window and 5 after it; of 4 the last dose is not known, 6 was never treated
DM = """
    subject | arm_code | actual_arm_code | reference_start | first_dose | last_dose | death
    1       | both     | both            | 0               | 0          | 60        |
    2       | both     | both            | 0               | 2          | 60        | 70
    3       | one      | one             | 0               | 0          | 40        |
    4       | one      | one             | 0               | 0          |           |
    5       | one      | one             | 0               | 1          | 20        | 90
    6       | one      | one             | 0               |            |           |
"""
DS = "subject | sequence | term | date\n" + "\n".join(f"{n} | 1 | RANDOMIZED | 0" for n in range(1, 7))
AE = """
    subject|sequence|term|grade|serious|relation|relation_1|relation_2|action|action_1|action_2|outcome|start|end
    1 | 1 | Rash   | 2 | no  |     | RELATED     | NOT RELATED |          | DOSE NOT CHANGED | DRUG WITHDRAWN |       | 3  | 5
    1 | 2 | Rash   | 3 | no  |     | NOT RELATED | NOT RELATED | MULTIPLE | DOSE REDUCED     | DRUG WITHDRAWN |       | 6  | 9
    1 | 3 | Rash   |   | no  | N   | NOT RELATED | POSSIBLE    |          |                  |                |       | 30 |
    2 | 1 | Sepsis | 5 | yes | Y   | RELATED     |             |          |                  |                | FATAL | 65 | 70
    3 | 1 | Nausea | 1 | no  |     | NOT RELATED |             |          | DRUG INTERRUPTED |                |       | 10 | 12
    3 | 2 | Nausea | 3 | no  |     |             |             |          |                  |                |       | 25 | 26
    4 | 1 | Nausea | 1 | no  |     | UNLIKELY    |             |          |                  |                |       | -5 | -2
    5 | 1 | Stroke | 5 | yes |     | NOT RELATED |             |          |                  |                | FATAL | 85 | 90
"""  # noqa: E501


@pytest.fixture(scope="module")
def result() -> Result:
    protocol, problems = parse_protocol(PROTOCOL, "pair.yaml")
    assert protocol is not None, problems
    assert [p for p in check_protocol(protocol) if p.severity == "error"] == []
    tables = {name: domain(name, text, day_0=DAY_0) for name, text in {"dm": DM, "ds": DS, "ae": AE}.items()}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    return run_study(protocol, records)


def counts(result: Result, analysis: str, of: str = "category") -> dict[tuple[str, str], str]:
    return {
        (str(dict(f.method.options)[of]), " ".join(f.groups)): f"{f.events}/{f.n}"
        for f in result.findings
        if f.analysis == analysis
    }


def test_each_drug_has_its_own_causality_and_an_arm_without_it_none(result: Result) -> None:
    any_grade = "any event, any grade"
    # the arm of one drug: 3 has an event without a word on the first drug, and none of the second
    assert counts(result, "first") == {(any_grade, "both"): "2/2", (any_grade, "one"): "1/3"}
    assert counts(result, "second") == {(any_grade, "both"): "2/2", (any_grade, "one"): "0/3"}
    assert [p.code for f in result.findings if f.analysis == "second" for p in f.problems] == ["N418"]
    # of any drug: no by AEREL, but possibly by the second drug: related
    related = {
        (row["subject"], row["sequence"]): row["related"]
        for row in result.inputs.tables["adverse_events"].to_pyarrow().to_pylist()
    }
    assert related == {
        ("1", 1): True,
        ("1", 2): False,
        ("1", 3): True,
        ("2", 1): True,
        ("3", 1): False,
        ("3", 2): None,
        ("4", 1): False,
        ("5", 1): False,
    }


def test_what_was_done_with_a_drug_is_told_of_it_alone_and_else_the_most_of_all(result: Result) -> None:
    assert counts(result, "stopped")["any event, any grade", "both"] == "1/2"
    assert counts(result, "stopped")["any event, any grade", "one"] == "0/3"
    overview = counts(result, "overview")
    assert overview["leading to withdrawal of treatment", "both"] == "1/2"
    assert overview["leading to interruption or delay", "one"] == "1/3"


def test_deaths_by_fatal_event_are_told_apart_by_time(result: Result) -> None:
    found = {key: value for key, value in counts(result, "deaths").items() if value[0] != "0"}
    assert found == {
        ("all deaths", "both"): "1/2",
        ("from the first dose to 30 days after the last", "both"): "1/2",
        ("fatal event: Sepsis", "both"): "1/2",
        ("fatal event: Sepsis, from the first dose to 30 days after the last", "both"): "1/2",
        ("all deaths", "one"): "1/3",
        ("more than 30 days after the last dose", "one"): "1/3",
        ("fatal event: Stroke", "one"): "1/3",
        ("fatal event: Stroke, more than 30 days after the last dose", "one"): "1/3",
    }


def test_every_cell_is_found_again_with_its_subjects(result: Result, tmp_path: Path) -> None:
    write_adam(result, tmp_path, created="2026-11-21T00:00:00")
    methods: dict[str, int] = {}
    for finding in result.findings:
        opened = open_rows(finding, tmp_path)
        assert isinstance(opened, Opened), (finding.analysis, opened)
        assert opened.disagreement(finding) is None, (finding.analysis, finding.note, opened)
        if finding.estimate is not None:
            assert (opened.n, opened.events) == (finding.n, finding.events), (finding.analysis, finding.note)
        methods[finding.method.name] = methods.get(finding.method.name, 0) + 1
        if finding.method.name == "exposure_adjusted_rate":
            assert opened.person_years == dict(finding.method.options)["person_years"]
    assert len(methods) == 6


def test_a_row_that_is_gone_is_noticed_in_every_method(result: Result, tmp_path: Path) -> None:
    from pyarrow import parquet

    write_adam(result, tmp_path, created="2026-11-21T00:00:00")
    file = tmp_path / "adam" / "adae.parquet"
    rows = parquet.read_table(file)
    parquet.write_table(rows.filter([name != "2" for name in rows["USUBJID"].to_pylist()]), file)
    noticed = set()
    for finding in result.findings:
        opened = open_rows(finding, tmp_path)
        assert isinstance(opened, Opened)
        if opened.disagreement(finding) is not None:
            noticed.add(finding.method.name)
    assert noticed == {
        "overview",
        "incidence",
        "exposure_adjusted_rate",
        "cumulative_incidence",
        "incidence_by_period",
        "deaths",
    }


def test_time_at_risk_that_a_new_therapy_ends_is_found_again(tmp_path: Path) -> None:
    text = PROTOCOL.replace(
        "teae: {derive: adverse_events}", "teae: {derive: adverse_events, new_therapy: end}"
    )
    protocol, problems = parse_protocol(text, "pair.yaml")
    assert protocol is not None, problems
    cm = """
        subject | sequence | treatment | category   | start
        1       | 1        | Third     | ANTICANCER | 20
        3       | 1        | Third     | ANTICANCER | 25
    """
    texts = {"dm": DM, "ds": DS, "ae": AE, "cm": cm}
    tables = {name: domain(name, told, day_0=DAY_0) for name, told in texts.items()}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    result = run_study(protocol, records)
    severe = counts(result, "terms")
    assert severe["Uncoded / Rash, any grade", "both"] == "1/2"  # of 1 on days 3 and 6, not on day 30
    assert severe["Uncoded / Rash, not graded", "both"] == "0/2"
    write_adam(result, tmp_path, created="2026-11-21T00:00:00")
    mine = [finding for finding in result.findings if finding.endpoint == "teae"]
    years = [dict(f.method.options)["person_years"] for f in mine if f.analysis == "all_events"]
    assert years[0] == round((21 + 69) / 365.25, 5)
    for finding in mine:
        opened = open_rows(finding, tmp_path)
        assert isinstance(opened, Opened), opened
        assert opened.disagreement(finding) is None, (finding.analysis, finding.note)


LISTED = """
trial: LISTED
title: Events of special interest
condition: metastatic cancer
randomised: true
arms: {both: {label: Both, role: experimental}, one: {label: One, role: control}}
allocation: {method: simple_random, ratio: {both: 1, one: 1}}
term_lists: {gut: {file: lists/gut.csv, source: "own query of gut events, version 2"}}
endpoints:
  gut: {derive: adverse_events, term_list: gut}
populations: {safety: {label: All treated, where: treated, by: actual}}
analyses:
  gut: {endpoint: gut, population: safety, method: incidence, levels: [any], grades: [any]}
"""


def listed(folder: Path, lines: str | None) -> tuple[Protocol | None, tuple[Problem, ...]]:
    """The protocol in that folder, with these lines as its list."""
    (folder / "lists").mkdir(exist_ok=True)
    if lines is not None:
        (folder / "lists" / "gut.csv").write_text(lines, encoding="utf-8")
    (folder / "protocol.yaml").write_text(LISTED, encoding="utf-8")
    return read_protocol(folder / "protocol.yaml")


def test_events_of_a_list_in_a_file_are_counted_and_its_terms_go_with_the_result(tmp_path: Path) -> None:
    protocol, problems = listed(tmp_path, "code,Term\n1,nausea \n2,Vomiting\n3,NAUSEA\n4,\n")
    assert protocol is not None, problems
    tables = {name: domain(name, text, day_0=DAY_0) for name, text in {"dm": DM, "ds": DS, "ae": AE}.items()}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    found = run_study(protocol, records)
    assert counts(found, "gut") == {
        ("any event, any grade", "both"): "0/2",
        ("any event, any grade", "one"): "1/3",  # that of 4 was over before treatment
    }
    definition = dict(found.findings[0].definition)
    assert (definition["term_list"], definition["terms"]) == ("gut", ("nausea", "Vomiting"))
    another, _ = listed(tmp_path, "term\nNausea\n")
    assert another is not None
    assert another.fingerprint != protocol.fingerprint  # the list is part of what was planned


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (None, "No such file"),
        ("preferred\nNausea\n", "it has no column 'term'"),
        ("term\n\n", "it holds no term"),
    ],
)
def test_a_list_that_can_not_be_used_is_refused(tmp_path: Path, lines: str | None, why: str) -> None:
    protocol, problems = listed(tmp_path, lines)
    assert protocol is None
    assert [(p.code, why in p.message) for p in problems] == [("E247", True)]


def test_a_list_outside_the_folder_or_of_a_text_alone_is_refused() -> None:
    for text in (LISTED, LISTED.replace("lists/gut.csv", "../gut.csv")):
        protocol, problems = parse_protocol(text, "p.yaml")
        assert protocol is None
        assert [p.code for p in problems] == ["E247"]


def test_a_list_that_is_not_declared_is_named(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "gut.csv").write_text("term\nNausea\n", encoding="utf-8")
    file = tmp_path / "protocol.yaml"
    file.write_text(LISTED.replace("term_list: gut", "term_list: guts"), "utf-8")
    protocol, problems = read_protocol(file)
    assert protocol is not None, problems
    (problem,) = check_protocol(protocol)
    assert (problem.code, "did you mean 'gut'" in problem.remedy) == ("E201", True)


def test_adae_holds_the_causality_of_each_drug(result: Result) -> None:
    rows: list[dict[str, Any]] = adam_tables(result)["adae"].to_pylist()
    last = next(row for row in rows if (row["USUBJID"], row["AESEQ"]) == ("1", 3))
    names = ("AEREL", "AEREL1", "AEREL2", "RELGR1", "RELGR2", "RELGR3")
    assert [last[name] for name in names] == [
        *("N", "NOT RELATED", "POSSIBLE"),
        *("RELATED", "NOT RELATED", "RELATED"),
    ]
    assert {row["ACNGR3"] for row in rows if row["USUBJID"] == "3"} == {"OTHER"}


@pytest.mark.spark
def test_every_finding_is_the_same_on_spark(result: Result, spark_tables: Any) -> None:
    if spark_tables is None:
        pytest.skip("no Java found: the study was not run on Spark")
    texts = {"dm": DM, "ds": DS, "ae": AE}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Spark's own, about newer pandas versions
        tables = {
            name: spark_tables(f"pair_{name}", conform(name, domain(name, text, day_0=DAY_0)))
            for name, text in texts.items()
        }
        there = Records(tables, "simulated", result.records.fingerprint, "a test")
        assert run_study(result.protocol, there).findings == result.findings
