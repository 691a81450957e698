"""Analyses of curves planned in a protocol: from the records to findings and the report."""

from __future__ import annotations

from datetime import date

import pytest
from text_tables import domain

from trialist.engines.duckdb import connect
from trialist.problems import Problem
from trialist.protocol.check import check_protocol
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.report.assemble import assemble
from trialist.report.page import render_report
from trialist.report.sections import sensitivity_rows
from trialist.study import Result, run_study

PROTOCOL = """
trial: CURVES
title: Curves of a time to an event
condition: metastatic cancer
randomised: true
arms: {a: {label: A, role: experimental}, b: {label: B, role: control}}
factors: {response: {levels: [yes_, no_]}}
allocation: {method: simple_random, ratio: {a: 1, b: 1}}
endpoints:
  pfs:
    derive: progression_free_survival
    first_of: [radiographic_progression, death]
    soft_tissue: recist_1_1
    censoring: {rule: ema, interval: 63 d}
populations: {itt: {label: All randomised, where: randomised}}
estimands:
  mean: {population: itt, endpoint: pfs, compare: [a, b], summary: restricted_mean_difference}
analyses:
  curve:
    {endpoint: pfs, population: itt, method: kaplan_meier, at_months: [3], quantiles: [0.25], convention: sas}
  later: {endpoint: pfs, population: itt, method: kaplan_meier, landmark_months: 2.5}
  follow: {endpoint: pfs, population: itt, method: follow_up}
  mean: {estimand: mean, method: rmst, tau_months: 2.9, sensitivity: fda}
  year: {endpoint: pfs, population: itt, compare: [a, b], method: milestone, at_months: [3]}
  between: {endpoint: pfs, population: itt, method: turnbull}
  weibull: {endpoint: pfs, population: itt, compare: [a, b], method: weibull}
"""
RECORDS = {
    "dm": """
        subject | arm_code | actual_arm_code | reference_start | first_dose | death
        001     | a        | a               | 0               | 0          |
        002     | a        | a               | 0               | 0          | 300
        003     | b        | b               | 0               | 0          |
        004     | b        | b               | 0               | 0          |
    """,
    "ds": """
        subject | sequence | term       | date
        001     | 1        | RANDOMIZED | 0
        002     | 1        | RANDOMIZED | 0
        003     | 1        | RANDOMIZED | 0
        004     | 1        | RANDOMIZED | 0
    """,
    "rs": """
        subject | sequence | test_code | result | date
        001     | 1        | OVRLRESP  | SD     | 60
        001     | 2        | OVRLRESP  | PD     | 120
        002     | 1        | OVRLRESP  | SD     | 60
        003     | 1        | OVRLRESP  | PD     | 60
        004     | 1        | OVRLRESP  | SD     | 90
    """,
}


def problems_of(text: str) -> tuple[Problem, ...]:
    protocol, problems = parse_protocol(text, "p.yaml")
    return problems if protocol is None else check_protocol(protocol)


@pytest.fixture(scope="module")
def result() -> Result:
    protocol, problems = parse_protocol(PROTOCOL, "curves.yaml")
    assert protocol is not None, problems
    tables = {name: domain(name, text, day_0=date(2020, 1, 1)) for name, text in RECORDS.items()}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    return run_study(protocol, records)


def test_progression_between_two_scans_reaches_the_methods_that_read_it(result: Result) -> None:
    found = {f.groups: f for f in result.findings if f.analysis == "between"}
    first = found[("a",)]
    assert dict(first.method.options)["times"] == "lower_days and upper_days"
    # 001 between days 61 and 121, 002 on day 301: half of the arm has come down within the first of them
    assert first.note == "between 2.004 and 9.889 months"
    assert {f.n for f in result.findings if f.analysis == "weibull"} == {4}


def test_every_planned_curve_has_its_findings(result: Result) -> None:
    by = {f.analysis for f in result.findings if f.estimate is not None}
    assert by >= {"curve", "later", "follow", "mean", "year", "between"}
    later = [f for f in result.findings if f.analysis == "later"]
    assert [(f.n, f.subgroup) for f in later] == [(2, "at risk at 2.5 months"), (1, "at risk at 2.5 months")]
    mean = next(f for f in result.findings if f.measure == "restricted_mean_difference")
    assert mean.timepoint == "2.9"
    assert mean.p_value is not None


def test_the_report_shows_the_curves_and_says_which_starts_at_a_landmark(result: Result) -> None:
    page = render_report(assemble(result, (), (), sources={}, dated="2021-01-01"))
    assert "from 2.5 months" in page
    assert "Only those still at risk at 2.5 months; time counts from then." in page
    assert "difference in restricted means" in page.lower()


def test_a_restricted_mean_is_repeated_under_another_reading_of_the_endpoint(result: Result) -> None:
    other = sensitivity_rows(assemble(result, (), (), sources={}, dated="2021-01-01"), "pfs")
    assert [f.measure for row in other for f in row.findings] == ["restricted_mean_difference"]
    assert dict(other[0].findings[0].definition)["sensitivity"] == "fda"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("landmark_months: 2.5", "landmark_months: 2.5, landmark_by: respons, landmark_levels: [x]", "E201"),
        ("landmark_months: 2.5", "landmark_months: 2.5, landmark_by: response", "E108"),
        ("landmark_months: 2.5", "landmark_months: 0", "E107"),
        ("quantiles: [0.25]", "quantiles: [25]", "E107"),
        ("quantiles: [0.25]", "quantiles: [0.25, 0.25]", "E108"),
        ("method: milestone, at_months: [3]", "method: milestone", "E102"),
        ("compare: [a, b], method: weibull", "method: weibull", "E205"),
        ("convention: sas", "convention: stata", "E106"),
    ],
)
def test_a_word_that_can_not_be_is_told_with_its_line(old: str, new: str, code: str) -> None:
    assert problems_of(PROTOCOL) == ()
    found = problems_of(PROTOCOL.replace(old, new))
    assert [p.code for p in found] == [code], found
    assert code != "E108" or found[0].remedy.startswith("write ")
