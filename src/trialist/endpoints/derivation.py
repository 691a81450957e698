"""Every endpoint of a protocol from the prepared inputs: one table of its shape for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.bone_progression import bone_progression
from trialist.endpoints.combined import combined_response
from trialist.endpoints.criteria import stated
from trialist.endpoints.exposure import dose_intensity
from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import DOMAIN_OF, Inputs
from trialist.endpoints.intercurrent import conflicts, governing, governing_name, with_strategies
from trialist.endpoints.laboratory import laboratory_grade
from trialist.endpoints.laboratory_values import laboratory_told
from trialist.endpoints.marker_status import marker_status
from trialist.endpoints.marker_told import unread_results
from trialist.endpoints.measurements import cell_count_response, linked_measurements, paired_change
from trialist.endpoints.occurrences import adverse_events
from trialist.endpoints.pain import pain_progression, pain_response
from trialist.endpoints.performance import category_shift
from trialist.endpoints.planned import PlannedScans, planned_scans
from trialist.endpoints.progression import progression_free_survival
from trialist.endpoints.psa import psa_change, psa_progression, psa_response
from trialist.endpoints.psa_told import low_baselines
from trialist.endpoints.repeated import repeated_measurement
from trialist.endpoints.responders import (
    disease_control,
    duration_of_response,
    duration_of_stable_disease,
    objective_response,
    time_to_response,
)
from trialist.endpoints.response import best_overall_response
from trialist.endpoints.rules import AdverseEventRule, LaboratoryGradeRule, ProgressionRule
from trialist.endpoints.skeletal import skeletal_event
from trialist.endpoints.survival import overall_survival
from trialist.endpoints.toxicity import adverse_event, untold
from trialist.endpoints.tumours import tumour_response
from trialist.problems import Place, Problem
from trialist.protocol.endpoints import READS, OfResponse, ProgressionFreeSurvival
from trialist.protocol.model import Protocol, TrialProtocol
from trialist.registry import catalogue

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.endpoints.rules import Rule
    from trialist.protocol.endpoints import Endpoint

ENDPOINTS = catalogue(
    "endpoint",
    [
        overall_survival,
        progression_free_survival,
        psa_response,
        psa_progression,
        psa_change,
        tumour_response,
        combined_response,
        bone_progression,
        pain_response,
        pain_progression,
        skeletal_event,
        category_shift,
        best_overall_response,
        objective_response,
        disease_control,
        time_to_response,
        duration_of_response,
        duration_of_stable_disease,
        paired_change,
        repeated_measurement,
        cell_count_response,
        linked_measurements,
        marker_status,
        adverse_event,
        adverse_events,
        laboratory_grade,
        dose_intensity,
    ],
)

_READING = frozenset(
    {
        *("known", "not_readable", "progression", "order", "worst_of_day", "read_as", "tolerance"),
        *("cuts", "unit_names", "conversions", "overall", "direction"),
    }
)


def derive(inputs: Inputs, protocol: Protocol) -> tuple[dict[str, Table], tuple[Problem, ...]]:
    """The table of every endpoint that the inputs allow, in the protocol's order.

    Parameters
        inputs    from `endpoints.inputs.prepare`
        protocol  its `endpoints` are derived; its estimands are compared with them
    Returns   endpoint id -> table, one row per subject (reconstructed times: per pseudo-patient of its
              curve), and the problems
    Problems  N314 low PSA baselines, W310 a domain is missing, W311 one that is read is missing, N320 times
              come from a published curve, N321 no curve of this endpoint, N322 no assessment interval
              stated, N342 an estimand's strategy changes the rule, W341 a strategy can't be carried out,
              W317 to W319 results at visits that can't be read, W343 new therapies can't be seen, W383 values
              in a unit that the grades are not stated in, W451 calcium that can't be corrected, N451 and N452
              values computed or not corrected, W399 no adverse event tells what is asked of it,
              N417, N418, N422 some do not
    """
    plan = protocol.plan
    tables: dict[str, Table] = {}
    problems: list[Problem] = []
    curves = _curves(inputs)
    entries = sorted(plan.endpoints.items(), key=lambda item: isinstance(item[1], OfResponse))
    for name, endpoint in entries:
        if inputs.reconstructed:
            table, problem = _read_off_curve(name, inputs, protocol, curves)
        else:
            table, problem = _derived(name, endpoint, inputs, protocol, tables)
        if table is not None:
            tables[name] = table
        problems.extend(problem)
    ordered = {name: tables[name] for name in plan.endpoints if name in tables}
    return ordered, (*problems, *conflicts(protocol))


def derive_estimands(
    inputs: Inputs, protocol: Protocol, derived: Mapping[str, Table]
) -> dict[str, tuple[Table, Endpoint]]:
    """Estimand -> (table, the endpoint it was derived by), where its strategies change the endpoint's rule.

    Parameters
        derived  the endpoints under their own rules, from `derive`
    Returns   nothing for an estimand that its endpoint answers as it stands, and nothing for times read off
              a published curve: no rule was applied to them
    Source    ICH E9(R1), A.3.2
    """
    plan = protocol.plan
    if inputs.reconstructed:
        return {}
    changed: dict[str, tuple[Table, Endpoint]] = {}
    for name, estimand in plan.estimands.items():
        own = governing(plan, estimand.endpoint)
        asked = with_strategies(own, estimand, plan.endpoints[estimand.endpoint])
        if estimand.endpoint not in derived or asked == own or _rule(asked, plan) == _rule(own, plan):
            continue
        table, _ = _derived(estimand.endpoint, asked, inputs, protocol, {})
        endpoint = plan.endpoints[estimand.endpoint]
        if table is not None and isinstance(endpoint, OfResponse):
            read = {**derived, governing_name(plan, estimand.endpoint): table}
            table, _ = _derived(estimand.endpoint, endpoint, inputs, protocol, read)
        if table is not None:
            changed[name] = (table, asked)
    return changed


def derive_as(inputs: Inputs, protocol: Protocol, name: str, endpoint: Endpoint) -> Table | None:
    """The table of an endpoint under other words than the protocol's; None where it can't be derived.

    `endpoint` is what governs it (`intercurrent.governing`): of what is read off a response, that response or
    what ends it. The rest of what it reads is derived from the same inputs, by the protocol's words.
    """
    plan = protocol.plan
    own = plan.endpoints[name]
    if not isinstance(own, OfResponse):
        return _derived(name, endpoint, inputs, protocol, {})[0]
    changed = {} if isinstance(endpoint, OfResponse) else {governing_name(plan, name): endpoint}
    read: dict[str, Table] = {}
    for other in (getattr(own, word, None) for word in READS):
        if other is None:
            continue
        table = derive_as(inputs, protocol, other, changed.get(other, plan.endpoints[other]))
        if table is not None:
            read[other] = table
    return _derived(name, own, inputs, protocol, read)[0]


def definition(endpoint: Endpoint, plan: TrialProtocol) -> tuple[tuple[str, Any], ...]:
    """The rule of an endpoint as (option, value): every threshold and choice that it was derived with.

    What is read off another endpoint goes on with that one's rule, under dotted names.
    """
    stated_by = getattr(endpoint, "criteria", None)
    told = {"derive": endpoint.derive} | ({"criteria": stated_by} if stated_by else {})
    if not isinstance(endpoint, OfResponse):
        return tuple((told | _flat(_rule(endpoint, plan))).items())
    for word in READS:
        read = getattr(endpoint, word, None)
        if read is not None:
            told |= {word: read} | {f"{word}.{name}": v for name, v in definition(plan.endpoints[read], plan)}
    return tuple(told.items())


def _rule(endpoint: Endpoint, plan: TrialProtocol) -> Rule:
    return rule_for(endpoint, planned_scans(plan))


def _flat(rule: Any, prefix: str = "") -> dict[str, Any]:
    """Nested rules under dotted names; word lists that only say how records are read are left out."""
    found: dict[str, Any] = {}
    idle = _not_in_force(rule)
    for item in fields(rule):
        value = getattr(rule, item.name)
        if item.name in _READING or item.name in idle:
            continue
        if is_dataclass(value):
            found |= _flat(value, f"{prefix}{item.name}.")
        else:
            found[f"{prefix}{item.name}"] = value
    return found


def _not_in_force(rule: Any) -> frozenset[str]:
    """Options that decide nothing under the other options of the rule."""
    parts = ("lesions", "bone_scans", "combined", "pain")
    reported = {name for name in parts if getattr(rule, name, None) is None}
    if isinstance(rule, ProgressionRule) and rule.lesions is None:
        reported |= {"visit_date"}
    if not isinstance(rule, ProgressionRule):
        return frozenset(reported) | getattr(rule, "idle", frozenset())
    without_psa = {"psa"} if "psa_progression" not in rule.first_of else set()
    no_gaps = {"missed_assessments", "interval"} if rule.missed != "censor" else set()
    if rule.planned_days:
        no_gaps |= {"interval"}
    if rule.soft_tissue_interval is None and rule.bone_interval is None:
        no_gaps |= {"span"} | ({"grace", "planned_days"} if rule.missed != "censor" else set())
    return frozenset(reported | without_psa | no_gaps)


def _derived(
    name: str, endpoint: Endpoint, inputs: Inputs, protocol: Protocol, done: Mapping[str, Table]
) -> tuple[Table | None, tuple[Problem, ...]]:
    part = ENDPOINTS[endpoint.derive]
    planned = planned_scans(protocol.plan)
    rule = rule_for(endpoint, planned)
    place = protocol.place("endpoints", name)
    lacking = sorted({DOMAIN_OF.get(need, "dm").upper() for need in rule.reads & inputs.missing})
    if lacking:
        return None, (
            Problem(
                "W310",
                f"endpoint '{name}' needs domain {' and '.join(lacking)}, which the records lack",
                "add the domain to the records, or take the endpoint out of the analyses",
                place,
            ),
        )
    given = {need: inputs.tables[need] for need in part.needs if need in inputs.tables}
    for word, (need, derives) in READS.items():
        read = getattr(endpoint, word, None) if isinstance(endpoint, OfResponse) else None
        if read is None:
            continue
        if read not in done:
            return None, (
                Problem(
                    "W311",
                    f"endpoint '{name}' reads '{read}', no {derives} derived here",
                    f"name an endpoint with derive: {derives}",
                    place,
                ),
            )
        given[need] = done[read]
    noticed = _unseen_therapy(name, rule, inputs, place)
    if isinstance(rule, LaboratoryGradeRule):
        noticed += laboratory_told(name, inputs.tables["laboratory"], rule, place)
    if isinstance(rule, AdverseEventRule):
        noticed += untold(name, inputs.tables, rule, place)
        if any(problem.code == "W399" for problem in noticed):
            return None, noticed
    noticed += unread_results(name, inputs.tables, rule, place)
    noticed += low_baselines(name, inputs.tables, rule, place)
    if isinstance(endpoint, ProgressionFreeSurvival):
        noticed += _interval_note(name, endpoint, planned, protocol)
    return part.run(**given, rule=rule), noticed


def _unseen_therapy(name: str, rule: Rule, inputs: Inputs, place: Place) -> tuple[Problem, ...]:
    """A rule that looks at new therapies, and records that can't show one."""
    handling = getattr(rule, "new_therapy", None)
    if handling in (None, "follow", "ignore") or "therapies" not in inputs.missing:
        return ()
    return (
        Problem(
            "W343",
            f"endpoint '{name}' has new_therapy: {handling}, but the records lack domain CM, so no new "
            "anticancer therapy can be seen",
            "add CM with category ANTICANCER; an empty CM says that nobody had one",
            place,
        ),
    )


def _interval_note(
    name: str, endpoint: ProgressionFreeSurvival, planned: PlannedScans, protocol: Protocol
) -> tuple[Problem, ...]:
    asked = endpoint.censoring
    own = (asked.interval, asked.soft_tissue_interval, asked.bone_interval)
    if any(days is not None for days in (*own, planned.every)):
        return ()
    days = stated("pfs_censoring", "interval")
    return (
        Problem(
            "N322",
            f"neither endpoint '{name}' nor the schedule states the time between assessments; {days} days "
            "were taken to recognise missed ones",
            "write censoring: {interval: ...} in the endpoint, or a scan visit with every: in the schedule",
            protocol.place("endpoints", name),
        ),
    )


def _curves(inputs: Inputs) -> frozenset[str]:
    """The endpoints that have a published curve among the records."""
    if not inputs.reconstructed:
        return frozenset()
    found = inputs.tables["times"].select("endpoint").distinct().to_pyarrow()
    return frozenset(found.column("endpoint").to_pylist())


def _read_off_curve(
    name: str, inputs: Inputs, protocol: Protocol, curves: frozenset[str]
) -> tuple[Table | None, tuple[Problem, ...]]:
    place = protocol.place("endpoints", name)
    if name not in curves:
        return None, (
            Problem(
                "N321",
                f"endpoint '{name}' can't be derived: the records hold only times from published curves, "
                "and none of this endpoint",
                "use patient records, or a simulation, for this endpoint",
                place,
            ),
        )
    times = inputs.tables["times"]
    rows = times.filter(times.endpoint == name)
    table = rows.select(
        "subject",
        day=ibis.null("int64"),
        time_days=rows.time_days,
        event=rows.event,
        reason=ibis.ifelse(rows.event, ibis.literal("EVENT"), ibis.literal("CENSORED")),
    )
    note = Problem(
        "N320",
        f"times of '{name}' come from a published curve: the endpoint's rule was not applied",
        "read the curve's own definition in its source before comparing it with other results",
        place,
    )
    return table, (note,)
