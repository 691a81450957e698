"""Findings as Analysis Results Standard JSON: whole, and the same numbers when they are read back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from test_adam_names import DAY_0, PLAN, TEXTS
from text_tables import domain

from trialist.engines.duckdb import connect
from trialist.formats.ars import reporting_event
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.study import Result, run_study

ANALYSES = """
estimands:
  os: {population: itt, endpoint: os, compare: [a, b], summary: hazard_ratio, objective: primary}
analyses:
  os_km: {endpoint: os, population: itt, method: kaplan_meier, interval: log_log, at_months: [1, 2]}
  os_hr: {estimand: os, method: cox_ph, ties: efron, test: wald}
  bor: {endpoint: bor, population: itt, method: counts}
  ae: {endpoint: ae_any, population: safety, method: proportion}
  ae_by: {endpoint: ae_any, population: itt, method: proportion, by: ecog}
  ae_old: {endpoint: ae_any, population: itt, method: proportion, where: "arm == 'b'"}
"""
Numbers = tuple[Any, ...]


@pytest.fixture(scope="module")
def result() -> Result:
    protocol, problems = parse_protocol(PLAN + ANALYSES, "tiny.yaml")
    assert protocol is not None, problems
    domains = {name: domain(name, text, day_0=DAY_0) for name, text in TEXTS.items()}
    records = records_from_tables(domains, origin="simulated", source="a test", connection=connect())
    return run_study(protocol, records)


@pytest.fixture(scope="module")
def event(result: Result) -> dict[str, Any]:
    written = json.dumps(reporting_event(result, software="trialist"), allow_nan=False)
    read: dict[str, Any] = json.loads(written)
    return read


def read_back(event: dict[str, Any]) -> dict[Numbers, dict[str, float | None]]:
    """(analysis, set, measure, groups and values) -> the numbers, from the file alone."""
    operations = {o["id"]: o["name"] for m in event["methods"] for o in m["operations"]}
    arms = {g["id"]: g["name"] for a in event["analysisGroupings"] for g in a.get("groups", ())}
    factors = {a["id"]: a["name"] for a in event["analysisGroupings"] if "groupingVariable" in a}
    found: dict[Numbers, dict[str, float | None]] = {}
    for analysis in event["analyses"]:
        population = analysis["analysisSetId"].removeprefix("AS_")
        for entry in analysis["results"]:
            said = entry["resultGroups"]
            groups = tuple(arms[g["groupId"]] for g in said if "groupId" in g)
            values = {g["groupingId"]: g["groupValue"] for g in said if "groupValue" in g}
            subgroup = values.pop("AG_SUBGROUP", None)
            for grouping, name in factors.items():
                if grouping in values:
                    subgroup = f"{name}: {values[grouping]}"
            name = operations[entry["operationId"]]
            stem, _, part = name.rpartition("_")
            measure, part = (stem, part) if part.isupper() else (name, "ESTIMATE")
            key = (
                *(analysis["name"], population, measure, groups, subgroup),
                *(values.get("AG_TIMEPOINT"), values.get("AG_CATEGORY")),
            )
            numbers = found.setdefault(key, {})
            assert part not in numbers, (key, part)
            numbers[part] = float(entry["rawValue"]) if "rawValue" in entry else None
    return found


def expected(result: Result) -> dict[Numbers, dict[str, float | None]]:
    found: dict[Numbers, dict[str, float | None]] = {}
    for f in result.findings:
        category = dict(f.method.options).get("category")
        key = (f.analysis, f.population, f.measure, f.groups, f.subgroup, f.timepoint, category)
        numbers: dict[str, float | None] = {"N": f.n, "EVENTS": f.events}
        if f.interval is not None:
            numbers |= {"LOW": f.interval.low, "HIGH": f.interval.high, "LEVEL": f.interval.level}
        if f.p_value is not None:
            numbers["P"] = f.p_value.value
        kept = {name: value for name, value in numbers.items() if value is not None}
        found[key] = {"ESTIMATE": f.estimate, **kept}
    assert len(found) == len(result.findings)
    return found


def test_every_number_is_read_back_as_it_was(result: Result, event: dict[str, Any]) -> None:
    assert len(result.findings) > 20
    assert read_back(event) == expected(result)


def ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("id"), str):
            yield value["id"]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from ids(part)


def test_ids_are_unique_and_the_same_in_every_run(result: Result, event: dict[str, Any]) -> None:
    assert [oid for oid, count in Counter(ids(event)).items() if count > 1] == []
    assert reporting_event(result, software="trialist") == event


def test_what_is_referred_to_is_there(event: dict[str, Any]) -> None:
    there = set(ids(event))
    for analysis in event["analyses"]:
        named = {analysis[key] for key in ("methodId", "analysisSetId", "dataSubsetId") if key in analysis}
        named |= {analysis["reason"]["sponsorTermId"]}
        named |= {grouping["groupingId"] for grouping in analysis["orderedGroupings"]}
        for entry in analysis["results"]:
            named |= {entry["operationId"]}
            for group in entry["resultGroups"]:
                named |= {group[key] for key in ("groupingId", "groupId") if key in group}
        assert named <= there
    listed = event["mainListOfContents"]["contentsList"]["listItems"][0]["sublist"]["listItems"]
    assert [item["analysisId"] for item in listed] == [a["id"] for a in event["analyses"]]


def test_each_class_has_what_the_standard_requires(event: dict[str, Any]) -> None:
    required = {
        "analysisSets": {"id", "name", "level", "order", "condition"},
        "dataSubsets": {"id", "name", "level", "order", "condition"},
        "analysisGroupings": {"id", "name", "dataDriven"},
        "methods": {"id", "name", "operations"},
        "analyses": {"id", "name", "reason", "purpose", "methodId", "results"},
        "outputs": {"id", "name", "displays"},
        "terminologyExtensions": {"id", "enumeration", "sponsorTerms"},
    }
    for part, wanted in required.items():
        assert event[part]
        assert [entry["id"] for entry in event[part] if not wanted <= set(entry)] == []


def test_origin_purpose_and_sets_are_said(event: dict[str, Any]) -> None:
    analyses = {analysis["name"]: analysis for analysis in event["analyses"]}
    assert {a["reason"]["sponsorTermId"] for a in analyses.values()} == {"ST_ORIGIN_SIMULATED"}
    assert analyses["os_hr"]["purpose"] == {"controlledTerm": "PRIMARY OUTCOME MEASURE"}
    assert analyses["bor"]["purpose"]["sponsorTermId"] == "ST_PURPOSE_UNSTATED"
    assert (analyses["os_hr"]["dataset"], analyses["os_hr"]["dataSubsetId"]) == ("ADTTE", "DS_OS")
    sets = {entry["name"]: entry["condition"] for entry in event["analysisSets"]}
    assert sets["safety"] == {"dataset": "ADSL", "variable": "SAFFL", "comparator": "EQ", "value": ["Y"]}
    assert analyses["ae"]["results"][0]["resultGroups"][0]["groupingId"] == "AG_TRT01AN"


def test_what_can_not_be_estimated_has_no_raw_value_and_says_why(event: dict[str, Any]) -> None:
    silent = [r for a in event["analyses"] for r in a["results"] if "rawValue" not in r]
    assert silent
    assert {entry["formattedValue"][:13] for entry in silent} == {"not estimable"}
