"""From records of a score at planned visits to the findings of its analyses, as a protocol plans them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from small_records import PROTOCOL

from trialist.engines.duckdb import connect
from trialist.protocol.check import check_protocol
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.report import words
from trialist.study import Result, run_study

PLAN = """\
schedule:
  epochs: [{id: screening}, {id: treatment}]
  visits:
    screening: {epoch: screening, day: 0}
    week_3: {epoch: treatment, day: 21}
    week_6: {epoch: treatment, day: 42}
estimands:
  pain_at_week_6: {population: itt, endpoint: pain, compare: [new, old], summary: mean_difference}
analyses:
  model: {method: mmrm, estimand: pain_at_week_6, covariance: heterogeneous_ar1, covariates: [age],
          strata: [ecog]}
  at_six: {method: ancova, endpoint: pain_six, population: itt, compare: [new, old], strata: [ecog]}
  ranks: {method: rank_sum, endpoint: pain_six, population: itt, compare: [new, old]}
  everybody: {method: describe, endpoint: pain_six, population: itt, quantiles: type_2}
"""
ENDPOINTS = """\
endpoints:
  pain: {derive: repeated_measurement, measurement: PAIN, baseline: screening, at: [week_3, week_6],
         label: Pain}
  pain_six: {derive: paired_change, measurement: PAIN, baseline: screening, at: week_6}
"""
TEXT = PROTOCOL.replace("endpoints:\n  os: {derive: overall_survival}\n", ENDPOINTS) + PLAN


@pytest.fixture(scope="module")
def result() -> Result:
    parsed, problems = parse_protocol(TEXT, "protocol.yaml")
    assert parsed is not None, problems
    assert [p for p in check_protocol(parsed) if p.code.startswith("E")] == []
    rng = random.Random(7)
    people: list[dict[str, Any]] = []
    scores: list[dict[str, Any]] = []
    factors: list[dict[str, Any]] = []
    for number in range(40):
        subject, start = f"{number:03d}", date(2014, 1, 1) + timedelta(days=number)
        code, ecog = "AB"[number % 2], ("0-1", "2")[number % 3 == 0]
        allocated = {"subject": subject, "arm_code": code, "actual_arm_code": code}
        people.append({**allocated, "reference_start": start, "age": 50.0 + number % 17})
        factors.append({"subject": subject, "test_code": "ECOG", "value": ecog})
        level = 5 + rng.gauss(0, 1)
        for place, (visit, day) in enumerate((("screening", 0), ("week_3", 21), ("week_6", 42)), start=2):
            value = level - (code == "A") * day / 21 + rng.gauss(0, 1)
            if rng.random() < 0.9:
                scores.append(
                    _row(subject, place, "PAIN", round(value, 2), visit, start + timedelta(days=day))
                )
    tables = {"dm": pa.Table.from_pylist(people), "qs": pa.Table.from_pylist(scores)}
    tables["sc"] = pa.Table.from_pylist(factors)
    records = records_from_tables(tables, origin="observed", connection=connect(threads=1))
    return run_study(parsed, records)


def _row(subject: str, sequence: int, test: str, value: float, visit: str, day: date) -> dict[str, Any]:
    return {"subject": subject, "sequence": sequence, "test_code": test, "value": value, "visit": visit,
            "date": day}  # fmt: skip


def test_the_mixed_model_of_a_protocol_gives_a_difference_at_each_visit(result: Result) -> None:
    found = [f for f in result.findings if f.analysis == "model" and f.measure == "mean_difference"]
    assert [f.timepoint for f in found] == ["week_3", "week_6"]
    for finding in found:
        assert finding.groups == ("new", "old")
        assert finding.estimate is not None
        assert finding.estimate < 0
        assert dict(finding.definition)["at"] == ("week_3", "week_6")
        assert "mixed model for repeated measures" in words.method(finding.method)
    assert found[1].n == sum(
        f.n or 0
        for f in result.findings
        if f.analysis == "model" and f.measure == "adjusted_mean" and f.timepoint == "week_6"
    )


def test_the_change_at_one_visit_is_compared_by_means_and_by_ranks(result: Result) -> None:
    by = {f.analysis: f for f in result.findings if f.measure in ("mean_difference", "location_shift")}
    model = next(
        f
        for f in result.findings
        if f.analysis == "model" and f.measure == "mean_difference" and f.timepoint == "week_6"
    )
    assert by["at_six"].estimate == pytest.approx(model.estimate, abs=0.5)
    assert by["ranks"].estimate == pytest.approx(model.estimate, abs=0.7)
    assert by["at_six"].p_value.value < 0.01
    quartile = next(f for f in result.findings if f.analysis == "everybody" and f.measure == "q1")
    assert dict(quartile.method.options)["quartiles"] == "type 2"


def test_a_repeated_measurement_is_not_simulated_and_says_so() -> None:
    from trialist.records.simulated.markers import not_repeated

    parsed, _ = parse_protocol(TEXT, "protocol.yaml")
    assert parsed is not None
    told = not_repeated(parsed)
    assert [p.code for p in told] == ["N502"]
    assert "'pain'" in told[0].message


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("at: [week_3, week_6]", "at: [week_3, week_9]", "E201"),
        ("{method: describe, endpoint: pain_six", "{method: describe, endpoint: pain", "E203"),
        ("strata: [ecog]}\n  at_six", "strata: [egoc]}\n  at_six", "E201"),
        ("compare: [new, old], summary", "summary", "E205"),
        ("method: rank_sum, endpoint: pain_six, population: itt, compare: [new, old]",
         "method: rank_sum, endpoint: pain_six, population: itt", "E205"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_found_before_there_are_data(old: str, new: str, code: str) -> None:
    assert old in TEXT
    parsed, problems = parse_protocol(TEXT.replace(old, new), "protocol.yaml")
    found = [p.code for p in problems] if parsed is None else [p.code for p in check_protocol(parsed)]
    assert code in found
