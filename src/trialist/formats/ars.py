"""Findings as CDISC Analysis Results Standard JSON: a reporting event with analyses and their results.

The standard has no place for the ends of an interval, p values and numbers of subjects beside an estimate:
they are operations of their own (`LOW`, `HIGH`, `LEVEL`, `P`, `N`, `EVENTS`). Nor has it one for the origin
of the records: that is a sponsor's term, the reason of every analysis. Ids follow from the names of the
protocol alone, so the same plan has the same ids in every run.
Source  CDISC Analysis Results Standard 1.0, logical model (classes and attributes)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from trialist.findings.measures import MEASURES
from trialist.formats.adam import data_set_of
from trialist.formats.adam.laboratory import graded_tests
from trialist.formats.adam.parameters import parameters
from trialist.formats.adam.subject_level import factor_columns, flag_names

if TYPE_CHECKING:
    from trialist.findings.model import Finding, Method
    from trialist.formats.adam.parameters import Parameter
    from trialist.protocol.model import TrialProtocol
    from trialist.study import Result

Json = dict[str, Any]

_ORIGINS = ("observed", "reconstructed", "simulated")
_PURPOSES = {
    "primary": "PRIMARY OUTCOME MEASURE",
    "secondary": "SECONDARY OUTCOME MEASURE",
    "exploratory": "EXPLORATORY OUTCOME MEASURE",
}
_UNSTATED = {"sponsorTermId": "ST_PURPOSE_UNSTATED", "controlledTerm": "NOT STATED IN PROTOCOL"}
_CELL = frozenset({"category", "baseline", "worst"})
"""Options of a method that only say which cell of a table a finding is."""

_PARTS = {
    "LOW": "lower end of the interval",
    "HIGH": "upper end of the interval",
    "LEVEL": "level of the interval",
    "P": "two-sided p value",
    "P1": "one-sided p value",
    "N": "number of subjects",
    "EVENTS": "number of subjects with the event",
}
_TIMES, _CATEGORIES, _SUBGROUPS = "AG_TIMEPOINT", "AG_CATEGORY", "AG_SUBGROUP"


def reporting_event(result: Result, *, software: str) -> Json:
    """The findings of a study as one ReportingEvent, as plain JSON values.

    Parameters
        software  what made the numbers: the context of the programming code
    Returns   id, name, mainListOfContents, terminologyExtensions, analysisSets, dataSubsets,
              analysisGroupings, methods, analyses with their results, outputs
    """
    plan = result.protocol.plan
    read = {
        (analysis, parameter.name): parameter
        for parameter in parameters(result)
        for analysis in parameter.analyses
    }
    grouped: dict[str, list[Finding]] = {}
    for finding in result.findings:
        grouped.setdefault(_analysis_id(finding), []).append(finding)
    methods: dict[str, tuple[Method, dict[str, None]]] = {}
    for finding in result.findings:
        _, operations = methods.setdefault(_method_id(finding.method), (finding.method, {}))
        operations |= dict.fromkeys([finding.measure, *(f"{finding.measure}_{p}" for p in _parts(finding))])
    return {
        "id": f"RE_{plan.trial}",
        "name": plan.trial,
        "label": plan.title,
        "version": 1,
        "mainListOfContents": _contents(grouped),
        "terminologyExtensions": _terms(),
        "analysisSets": _sets(plan),
        "dataSubsets": _subsets(read.values(), result),
        "analysisGroupings": _groupings(plan),
        "methods": [_method(oid, method, names) for oid, (method, names) in methods.items()],
        "analyses": [_analysis(oid, found, read, plan, software) for oid, found in grouped.items()],
        "outputs": [_output(plan)],
    }


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:8]


def _options(method: Method) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in method.options if name not in _CELL]


def _method_id(method: Method) -> str:
    return f"M_{method.name}_{_hash(_options(method))}"


def _analysis_id(finding: Finding) -> str:
    return f"AN_{finding.analysis}_{_hash(_options(finding.method))}"


def _parts(finding: Finding) -> dict[str, float | None]:
    """What stands beside the estimate, by the ending of its operation."""
    found: dict[str, float | None] = {"N": finding.n, "EVENTS": finding.events}
    if finding.interval is not None:
        ends = finding.interval
        found |= {"LOW": ends.low, "HIGH": ends.high, "LEVEL": ends.level}
    if finding.p_value is not None:
        found["P" if finding.p_value.sides == 2 else "P1"] = finding.p_value.value
    return {name: found[name] for name in _PARTS if found.get(name) is not None}


def _terms() -> list[Json]:
    reasons = [
        {
            "id": f"ST_ORIGIN_{origin.upper()}",
            "submissionValue": _reason(origin),
            "description": f"Planned in the protocol and computed from {origin} records",
        }
        for origin in _ORIGINS
    ]
    unstated = {"id": _UNSTATED["sponsorTermId"], "submissionValue": _UNSTATED["controlledTerm"]}
    page = {"id": "ST_FILE_HTML", "submissionValue": "html"}
    return [
        {"id": "TE_REASON", "enumeration": "AnalysisReasonEnum", "sponsorTerms": reasons},
        {"id": "TE_PURPOSE", "enumeration": "AnalysisPurposeEnum", "sponsorTerms": [unstated]},
        {"id": "TE_FILE", "enumeration": "OutputFileTypeEnum", "sponsorTerms": [page]},
    ]


def _reason(origin: str) -> str:
    return f"SPECIFIED IN PROTOCOL, {origin.upper()} RECORDS"


def _contents(analyses: Iterable[str]) -> Json:
    listed = [
        {"name": oid, "level": 2, "order": place, "analysisId": oid} for place, oid in enumerate(analyses, 1)
    ]
    report = {"name": "Report", "level": 1, "order": 1, "outputId": "O_REPORT"}
    return {
        "name": "Planned analyses",
        "contentsList": {"listItems": [report | {"sublist": {"listItems": listed}}]},
    }


def _where(data_set: str, variable: str, value: object) -> Json:
    return {"dataset": data_set, "variable": variable, "comparator": "EQ", "value": [value]}


def _sets(plan: TrialProtocol) -> list[Json]:
    return [
        {
            "id": f"AS_{name}",
            "name": name,
            "label": plan.populations[name].label,
            "level": 1,
            "order": place,
            "condition": _where("ADSL", flag, "Y"),
        }
        for place, (name, (flag, _)) in enumerate(flag_names(plan.populations).items(), 1)
    ]


def _subset(parameter: Parameter) -> str:
    return f"DS_{parameter.code}"


def _subsets(read: Iterable[Parameter], result: Result) -> list[Json]:
    tests = {of.code: graded.code for graded in graded_tests(result) for of, _ in graded.terms.values()}
    wanted = {_subset(p): p for p in read if data_set_of(p.endpoint) is not None}
    return [
        {
            "id": oid,
            "name": parameter.code,
            "label": parameter.label,
            "level": 1,
            "order": place,
            "condition": _where(
                str(data_set_of(parameter.endpoint)).upper(),
                "PARAMCD",
                tests.get(parameter.code, parameter.code),
            ),
        }
        for place, (oid, parameter) in enumerate(wanted.items(), 1)
    ]


def _groupings(plan: TrialProtocol) -> list[Json]:
    made: list[Json] = []
    for by, variable in (("planned", "TRT01PN"), ("actual", "TRT01AN")):
        groups = [
            {
                "id": _arm(variable, name),
                "name": name,
                "label": arm.label or name,
                "level": 1,
                "order": place,
                "condition": _where("ADSL", variable, place),
            }
            for place, (name, arm) in enumerate(plan.arms.items(), 1)
        ]
        of = {"id": f"AG_{variable}", "name": f"Treatment, {by}", "dataDriven": False}
        made.append(of | {"groupingDataset": "ADSL", "groupingVariable": variable, "groups": groups})
    for name, column in factor_columns(plan).items():
        of = {"id": f"AG_{column}", "name": name, "label": plan.factors[name].label or name}
        made.append(of | {"dataDriven": True, "groupingDataset": "ADSL", "groupingVariable": column})
    for oid, name in (
        (_SUBGROUPS, "Subgroup by a condition"),
        (_TIMES, "Months, or visit"),
        (_CATEGORIES, "Category of the value"),
    ):
        made.append({"id": oid, "name": name, "dataDriven": True})
    return made


def _arm(variable: str, arm: str) -> str:
    return f"AG_{variable}_{arm}"


def _method(oid: str, method: Method, operations: Iterable[str]) -> Json:
    options = "; ".join(f"{name}: {value}" for name, value in _options(method))
    return {
        "id": oid,
        "name": method.name,
        "description": f"{method.name} ({options})" if options else method.name,
        "operations": [
            {"id": f"{oid}_{name}", "name": name, "label": _label(name), "order": place}
            for place, name in enumerate(operations, 1)
        ],
    }


def _label(operation: str) -> str:
    if operation in MEASURES:
        return MEASURES[operation].label
    measure, _, part = operation.rpartition("_")
    return f"{MEASURES[measure].label}: {_PARTS[part]}" if measure in MEASURES else operation


def _analysis(
    oid: str,
    findings: list[Finding],
    read: Mapping[tuple[str, str], Parameter],
    plan: TrialProtocol,
    software: str,
) -> Json:
    first = findings[0]
    parameter = read.get((first.analysis or "", first.endpoint))
    data_set = data_set_of(plan.endpoints[first.endpoint]) if first.endpoint in plan.endpoints else None
    variable = "TRT01AN" if _by_actual(first, plan) else "TRT01PN"
    factors = factor_columns(plan)
    results = [
        entry for finding in findings for entry in _results(finding, variable=variable, factors=factors)
    ]
    used = dict.fromkeys(group["groupingId"] for entry in results for group in entry["resultGroups"])
    groupings = list(used) or [f"AG_{variable}"]
    made: Json = {
        "id": oid,
        "name": first.analysis or oid,
        "version": 1,
        "reason": {
            "sponsorTermId": f"ST_ORIGIN_{first.origin.kind.upper()}",
            "controlledTerm": _reason(first.origin.kind),
        },
        "purpose": _purpose(first.endpoint, plan),
        "methodId": _method_id(first.method),
        "analysisSetId": f"AS_{first.population}",
        "orderedGroupings": [
            {"order": place, "groupingId": name, "resultsByGroup": True}
            for place, name in enumerate(groupings, 1)
        ],
        "programmingCode": {
            "context": software,
            "code": first.method.name,
            "parameters": [
                {"name": name, "value": [json.dumps(value, ensure_ascii=False)]}
                for name, value in _options(first.method)
            ],
        },
        "results": results,
    }
    if data_set is not None:
        made["dataset"] = data_set.upper()
        made["variable"] = "USUBJID" if data_set == "adlb" else "AVAL"
        if parameter is not None:
            made["dataSubsetId"] = _subset(parameter)
    return made


def _by_actual(finding: Finding, plan: TrialProtocol) -> bool:
    return finding.population in plan.populations and plan.populations[finding.population].by == "actual"


def _purpose(endpoint: str, plan: TrialProtocol) -> Json:
    stated = {estimand.objective for estimand in plan.estimands.values() if estimand.endpoint == endpoint}
    found = next((term for objective, term in _PURPOSES.items() if objective in stated), None)
    return {"controlledTerm": found} if found else dict(_UNSTATED)


def _results(finding: Finding, *, variable: str, factors: Mapping[str, str]) -> list[Json]:
    groups = [{"groupingId": f"AG_{variable}", "groupId": _arm(variable, arm)} for arm in finding.groups]
    if finding.subgroup is not None:
        factor, _, level = finding.subgroup.partition(": ")
        known = factor in factors and level
        grouping = f"AG_{factors[factor]}" if known else _SUBGROUPS
        groups.append({"groupingId": grouping, "groupValue": level if known else finding.subgroup})
    if finding.timepoint is not None:
        groups.append({"groupingId": _TIMES, "groupValue": finding.timepoint})
    category = dict(finding.method.options).get("category")
    if category is not None:
        groups.append({"groupingId": _CATEGORIES, "groupValue": str(category)})
    oid = f"{_method_id(finding.method)}_{finding.measure}"
    made = [{"operationId": oid, "resultGroups": groups, **_value(finding.estimate, finding)}]
    for part, value in _parts(finding).items():
        whole = part in ("N", "EVENTS")
        shown = {"rawValue": repr(value), "formattedValue": str(value)} if whole else _value(value, finding)
        if part in ("P", "P1", "LEVEL"):
            shown["formattedValue"] = f"{value:.4g}"
        made.append({"operationId": f"{oid}_{part}", "resultGroups": groups, **shown})
    return made


def _value(value: float | None, finding: Finding) -> Json:
    """A number in full and as printed; no raw value where there is none, and in words why."""
    if value is None:
        codes = ", ".join(problem.code for problem in finding.problems)
        return {"formattedValue": f"not estimable ({codes})" if codes else "not estimable"}
    known = MEASURES.get(finding.measure)
    return {"rawValue": repr(float(value)), "formattedValue": f"{value:.{known.decimals if known else 4}f}"}


def _output(plan: TrialProtocol) -> Json:
    title = f"{plan.trial}: report"
    return {
        "id": "O_REPORT",
        "name": title,
        "version": 1,
        "displays": [{"order": 1, "display": {"id": "D_REPORT", "name": title, "displayTitle": plan.title}}],
        "fileSpecifications": [
            {
                "name": "report.html",
                "fileType": {"sponsorTermId": "ST_FILE_HTML", "controlledTerm": "html"},
                "location": "report.html",
            }
        ],
    }
