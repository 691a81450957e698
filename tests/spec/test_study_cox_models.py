"""Cox models of a protocol: covariates that change with another endpoint, forests of subgroups, words."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import yaml
from two_arm_simulation import TEXT, made, protocol

from trialist.engines.duckdb import connect
from trialist.formats.ars import reporting_event
from trialist.kernels.cox import cox
from trialist.problems import Problem
from trialist.protocol.check import check_protocol
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.report.assemble import assemble
from trialist.report.page import render_report
from trialist.study import Result, run_study

ANALYSES = {
    "os_hr": {"method": "cox_ph", "estimand": "survival", "strata": ["ecog"]},
    "os_after_response": {
        "method": "cox_ph",
        "estimand": "survival",
        "covariates": ["prior", {"name": "age", "per": 10}],
        "time_varying": {"progressed": "rpfs", "responded": "psa50"},
    },
    "os_forest": {"method": "subgroups", "estimand": "survival", "factors": ["ecog", "prior"]},
    "os_constant": {"method": "proportional_hazards", "estimand": "survival", "covariates": "prior"},
}


@pytest.fixture(scope="module")
def result() -> Result:
    plan = protocol(analyses=ANALYSES, endpoints__bor=None, endpoints__orr=None, endpoints__neutropenia=None)
    tables = made(subjects=200, seed=3)
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    return run_study(plan, records)


def rows(table: Any) -> dict[str, dict[str, Any]]:
    return {row["subject"]: row for row in table.to_pyarrow().to_pylist()}


def test_a_covariate_is_0_until_the_event_of_its_endpoint_and_1_after_it(result: Result) -> None:
    """Each subject's follow-up cut by hand at progression and at response, and fitted as intervals."""
    os, pfs, psa = (rows(result.endpoints[name]) for name in ("os", "rpfs", "psa50"))
    people = rows(result.inputs.tables["subjects"])
    intervals = []
    for name, mine in os.items():
        who = people[name]
        days = {
            "progressed": pfs[name]["day"] + 1 if pfs[name]["event"] else np.inf,
            "responded": psa[name]["day"] + 1 if psa[name]["responder"] else np.inf,
        }
        cuts = sorted({0.0, *(d for d in days.values() if 0 < d < mine["time_days"]), mine["time_days"]})
        for start, stop in pairwise(cuts):
            covariates = [
                who["arm"] == "chemo",
                who["prior"] == "long",
                who["age"] / 10,
                days["progressed"] <= start,
                days["responded"] <= start,
            ]
            died = mine["event"] and stop == mine["time_days"]
            intervals.append([start, stop, died, *covariates])
    cut = np.array(intervals, dtype=float)
    fit = cox(cut[:, 1], cut[:, 2], 1 - cut[:, 2], np.arange(len(cut)), cut[:, 3:], entry=cut[:, 0])
    assert fit.status == "ok"
    found = [f for f in result.findings if f.analysis == "os_after_response" and "ratio" in f.measure]
    assert [f.measure for f in found] == ["hazard_ratio", *["hazard_ratio_prognostic"] * 4]
    assert [np.log(f.estimate or 1) for f in found] == pytest.approx(fit.coefficient, rel=1e-9)
    assert [dict(f.method.options).get("covariate") for f in found] == [
        *(None, "prior", "age", "progressed", "responded"),
    ]
    assert {(f.n, f.events) for f in found} == {(200, fit.events)}
    assert dict(found[0].method.options)["time_varying"] == ("progressed: rpfs", "responded: psa50")
    assert dict(found[1].method.options)["against"] == "short"  # the first of the protocol's levels


def test_a_forest_has_a_line_per_level_in_the_report(result: Result) -> None:
    found = [f for f in result.findings if f.analysis == "os_forest" and f.measure == "hazard_ratio"]
    assert [f.subgroup for f in found] == ["ecog: 0-1", "ecog: 2", "prior: short", "prior: long"]
    page = render_report(assemble(result, (), (), sources={}, dated="2021-01-01"))
    assert 'id="subgroups-os-hazard_ratio' in page or "subgroups-os-hazard_ratio" in page
    for words in ("prior: short", "prior: long", "ECOG: 0-1"):
        assert words in page
    assert "Test of interaction" in page


def test_findings_of_every_model_survive_json_and_are_told_apart(result: Result) -> None:
    ids = [f.id for f in result.findings]
    assert len(set(ids)) == len(ids)
    terms = [dict(f.method.options)["term"] for f in result.findings if f.analysis == "os_constant"]
    assert terms == ["arm", "prior", "all"]


def problems(**analysis: Any) -> list[Problem]:
    content = yaml.safe_load(TEXT)
    content["analyses"]["extra"] = {"endpoint": "os", "population": "itt", **analysis}
    plan, found = parse_protocol(yaml.safe_dump(content, sort_keys=False), "p.yaml")
    return list(found if plan is None else check_protocol(plan))


ARMS = {"compare": ["chemo", "hormone"]}


@pytest.mark.parametrize(
    ("analysis", "code"),
    [
        ({"method": "cox_ph", **ARMS, "reference": "placebo"}, "E201"),
        ({"method": "cox_ph", **ARMS, "time_varying": {"progressed": "pfs"}}, "E201"),
        ({"method": "subgroups", **ARMS, "factors": ["site"]}, "E201"),
        ({"method": "cox_ph", **ARMS, "covariates": ["ecogg"]}, "E201"),
        ({"method": "cox_ph", **ARMS, "time_varying": {"best": "bor"}}, "E474"),
        ({"method": "cox_ph", **ARMS, "cluster": "site"}, "E201"),
        ({"method": "cox_ph"}, "E205"),
        ({"method": "proportional_hazards"}, "E205"),
        ({"method": "subgroups", "factors": ["ecog"]}, "E205"),
        ({"method": "cox_ph", "compare": ["chemo", "chemo"]}, "E205"),
        ({"method": "cox_ph", **ARMS, "ties": "exact"}, "E106"),
    ],
    ids=str,
)
def test_what_a_model_names_must_be_declared(analysis: dict[str, Any], code: str) -> None:
    assert [p.code for p in problems(**analysis)] == [code]


def test_a_model_without_the_arms_compares_nothing() -> None:
    assert problems(method="cox_ph", treatment=False, covariates=["age", "prior"]) == []
    assert problems(method="cox_ph", **ARMS, covariates="age", firth="when_separated") == []


def test_every_number_of_a_model_has_a_place_of_its_own_in_the_reporting_event(result: Result) -> None:
    event = reporting_event(result, software="trialist")
    for analysis in event["analyses"]:
        places = [
            (entry["operationId"], tuple(sorted(tuple(sorted(g.items())) for g in entry["resultGroups"])))
            for entry in analysis["results"]
        ]
        assert len(set(places)) == len(places)
