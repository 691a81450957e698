"""The one chain: (protocol, records) -> findings, for observed, reconstructed and simulated records alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from trialist.endpoints import definition, derive, derive_estimands
from trialist.endpoints.alternatives import alternatives
from trialist.endpoints.derivation import derive_as
from trialist.endpoints.evaluators import by_evaluator
from trialist.endpoints.inputs import Inputs, prepare
from trialist.endpoints.intercurrent import governing
from trialist.findings.context import Context
from trialist.findings.methods import METHODS
from trialist.findings.model import Finding, Method, Origin
from trialist.findings.model_rows import with_changes
from trialist.findings.multiplicity import adjusted_p_values
from trialist.findings.sensitivity import Sensitivity, counts, labelled, moves
from trialist.problems import Problem
from trialist.protocol.analyses import Agreement
from trialist.protocol.model import Protocol, TrialProtocol
from trialist.protocol.predicate import parse_condition
from trialist.protocol.proportion_analyses import McNemar
from trialist.records.computed import computed_once
from trialist.records.model import Records
from trialist.records.words import words
from trialist.software import software

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol.analyses import Analysis
    from trialist.protocol.endpoints import Endpoint

NOT_DERIVED = frozenset({"W310", "W311", "W399", "N321"})
"""Problems that say why an endpoint has no table."""


@dataclass(frozen=True)
class Result:
    """Everything one run of a study gives.

    inputs      the prepared tables that derivations read
    endpoints   endpoint id -> table of its shape, one row per subject, under the endpoint's own rule
    estimands   estimand id -> (table, endpoint), where its strategies change that rule
    findings    one record per planned result, in the protocol's order
    problems    what the derivations and analyses had to say
    sensitivity  the analyses repeated under other readings of their endpoint
    """

    protocol: Protocol
    records: Records
    inputs: Inputs
    endpoints: Mapping[str, Table]
    estimands: Mapping[str, tuple[Table, Endpoint]]
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    sensitivity: tuple[Sensitivity, ...] = ()


class Planned(NamedTuple):
    """An analysis with its estimand filled in: what is computed, in whom, compared how."""

    id: str
    analysis: Analysis
    endpoint: str
    population: str
    compare: tuple[str, ...]


def planned(protocol: Protocol) -> tuple[Planned, ...]:
    """The analyses of the protocol, each resolved against its estimand."""
    plan = protocol.plan
    resolved = []
    for name, analysis in plan.analyses.items():
        estimand = plan.estimands[analysis.estimand] if analysis.estimand else None
        endpoint = analysis.endpoint or (estimand.endpoint if estimand else "")
        population = analysis.population or (estimand.population if estimand else "")
        compare = analysis.compare or (estimand.compare if estimand else ())
        filled = analysis.model_copy(
            update={"endpoint": endpoint, "population": population, "compare": compare}
        )
        resolved.append(Planned(name, filled, endpoint, population, compare))
    return tuple(resolved)


def run_study(protocol: Protocol, records: Records) -> Result:
    """Derive every endpoint and compute every planned result, in the engine that holds the records."""
    result = derive_study(protocol, records)
    found = tuple(finding for item in planned(protocol) for finding in analyse(item, result))
    findings = (*found, *_adjusted(protocol, found))
    repeated = tuple(other for item in planned(protocol) for other in sensitivity(item, result))
    return replace(result, findings=findings, sensitivity=repeated)


def _adjusted(protocol: Protocol, findings: tuple[Finding, ...]) -> Iterator[Finding]:
    """The adjusted p values of every family of the protocol."""
    whole = {name: analysis.where for name, analysis in protocol.plan.analyses.items()}
    for name, family in protocol.plan.multiplicity.items():
        yield from adjusted_p_values(name, family, findings, protocol.place("multiplicity", name), whole)


def derive_study(protocol: Protocol, records: Records) -> Result:
    """Derive every endpoint, in the engine that holds the records; no finding is computed."""
    inputs = prepare(records, protocol)
    tables, problems = derive(inputs, protocol)
    kept = {name: computed_once(table) for name, table in tables.items()}
    changed = {
        name: (computed_once(table), endpoint)
        for name, (table, endpoint) in derive_estimands(inputs, protocol, kept).items()
    }
    return Result(protocol, records, inputs, kept, changed, (), (*inputs.problems, *problems))


def patients_with(protocol: Protocol, records: Records, endpoint: str) -> Table | None:
    """One endpoint of every subject beside what is known of the subject; None where it can't be derived."""
    inputs = prepare(records, protocol)
    if inputs.reconstructed:
        table = derive(inputs, protocol)[0].get(endpoint)
    else:
        table = derive_as(inputs, protocol, endpoint, governing(protocol.plan, endpoint))
    return None if table is None else computed_once(table.join(inputs.tables["subjects"], "subject"))


def sensitivity(item: Planned, result: Result) -> Iterator[Sensitivity]:
    """One planned analysis under each other reading that it asks for; the main one stands unchanged.

    Levels of `by` are not repeated. Nothing where the endpoint could not be derived, and nothing of times
    read off a published curve.
    """
    asked = getattr(item.analysis, "sensitivity", ())
    if not asked or item.endpoint not in result.endpoints or result.inputs.reconstructed:
        return
    plan = result.protocol.plan
    estimand = item.analysis.estimand or ""
    own = (result.endpoints[item.endpoint], plan.endpoints[item.endpoint])
    main, endpoint = result.estimands.get(estimand, own)
    whole = item._replace(analysis=item.analysis.model_copy(update={"by": None}))
    for other in alternatives(endpoint, asked):
        table = derive_as(result.inputs, result.protocol, item.endpoint, other.endpoint)
        if table is None:
            continue
        there = replace(result, estimands={estimand: (computed_once(table), other.endpoint)})
        for rows, context in populations(whole, there):
            moved = moves(main.join(rows.select("subject", "arm"), "subject"), rows)
            found = METHODS[item.analysis.method].run(rows, item.analysis, context)
            found = (*found, *counts(moved, _sizes(rows), context))
            told = tuple(labelled(finding, other.name, other.means) for finding in found)
            yield Sensitivity(item.id, item.endpoint, other.name, other.means, told, moved)


def _sizes(rows: Table) -> dict[str, int]:
    """Arm -> subjects."""
    counted = rows.group_by("arm").agg(n=lambda t: t.count()).to_pyarrow().to_pylist()
    return {row["arm"]: row["n"] for row in counted}


def analyse(item: Planned, result: Result) -> Iterator[Finding]:
    """The findings of one planned analysis: one set in all subjects, or one per level of `by`.

    An analysis of an endpoint that could not be derived is a finding without an estimate, with the reason.
    """
    method = METHODS[item.analysis.method]
    if item.endpoint not in result.endpoints:
        yield _not_derived(item, result, method.gives[0])
    for table, context in populations(item, result):
        if isinstance(item.analysis, Agreement):
            table = _beside_other_evaluator(table, item.endpoint, item.analysis, result)
        if isinstance(item.analysis, McNemar):
            table = _beside_other_endpoint(table, item.analysis, result)
        yield from method.run(table, item.analysis, context)


def _beside_other_evaluator(table: Table, name: str, analysis: Agreement, result: Result) -> Table:
    """Adds what the other evaluator says under the same rule, as columns `other_...`.

    The table itself where nothing is known; null for a subject of whom the other has no verdict.
    """
    changed = result.estimands.get(analysis.estimand or "")
    endpoint = changed[1] if changed else governing(result.protocol.plan, name)
    asked = (name, endpoint, analysis.evaluator, analysis.accepted_only)
    other = by_evaluator(result.records, result.protocol, *asked)
    if other is None:
        return table
    said = [column for column in ("value", "event", "day") if column in other.columns]
    told = other.select(other_subject="subject", **{f"other_{column}": column for column in said})
    return table.left_join(told, table.subject == told.other_subject)


def _beside_other_endpoint(table: Table, analysis: McNemar, result: Result) -> Table:
    """Adds the answers to the other endpoint as `other_responder`, `other_reason`, where it was derived."""
    other = result.endpoints.get(analysis.against)
    if other is None:
        return table
    told = other.select(other_subject="subject", other_responder="responder", other_reason="reason")
    return table.left_join(told, table.subject == told.other_subject)


def not_derived(finding: Finding) -> bool:
    """Whether a finding only says that its endpoint could not be derived from these records."""
    return any(problem.code in NOT_DERIVED for problem in finding.problems)


def _not_derived(item: Planned, result: Result, measure: str) -> Finding:
    place = result.protocol.place("endpoints", item.endpoint)
    reasons = tuple(p for p in result.problems if p.code in NOT_DERIVED and p.place == place)
    return Finding(
        trial=result.protocol.plan.trial,
        endpoint=item.endpoint,
        measure=measure,
        estimate=None,
        origin=origin(result.protocol, result.records),
        method=Method(item.analysis.method),
        population=item.population,
        groups=item.compare or item.analysis.arms or tuple(result.protocol.plan.arms),
        analysis=item.id,
        problems=reasons,
    )


def populations(item: Planned, result: Result) -> Iterator[tuple[Table, Context]]:
    """(table, context) of an analysis: its endpoint joined to the subjects of its population, by subgroup.

    Nothing when the endpoint could not be derived: the problems of the result say why.
    """
    plan = result.protocol.plan
    if item.endpoint not in result.endpoints:
        return
    table, endpoint = result.estimands.get(
        item.analysis.estimand or "", (result.endpoints[item.endpoint], plan.endpoints[item.endpoint])
    )
    subjects = result.inputs.tables["subjects"]
    for text in (plan.populations[item.population].where, item.analysis.where):
        if text:
            subjects = subjects.filter(_condition(text).to_ibis(subjects))
    by_arm = plan.populations[item.population].by
    if by_arm == "actual":
        subjects = subjects.mutate(arm=subjects.actual_arm)
    joined = with_changes(table, item.analysis, result.endpoints).join(subjects, "subject")
    rule: tuple[tuple[str, Any], ...] = (("times", "read off a published curve"),)
    if not result.inputs.reconstructed:
        rule = definition(endpoint, plan)
    context = Context(
        trial=plan.trial,
        endpoint=item.endpoint,
        analysis=item.id,
        population=item.population,
        subgroup=item.analysis.where,
        arms=item.analysis.arms or item.compare or tuple(plan.arms),
        compare=item.compare,
        labels={name: arm.label or name for name, arm in plan.arms.items()},
        origin=origin(result.protocol, result.records),
        place=result.protocol.place("analyses", item.id),
        definition=(*rule, *_asked_of(item, plan)),
        planned={name: arm.planned_n for name, arm in plan.arms.items() if arm.planned_n is not None},
        levels={name: factor.levels for name, factor in plan.factors.items()},
    )
    by = item.analysis.by
    if by is None:
        yield joined, context
        return
    for level in plan.factors[by].levels:
        named = "; ".join(part for part in (item.analysis.where, f"{by}: {level}") if part)
        yield joined.filter(joined[by] == level), replace(context, subgroup=named)


def _asked_of(item: Planned, plan: TrialProtocol) -> tuple[tuple[str, Any], ...]:
    """In whom and on which assessments a result was computed, as (option, value)."""
    population = plan.populations[item.population]
    told: dict[str, Any] = {"population": population.where, "arms": population.by}
    if item.analysis.where:
        told["where"] = item.analysis.where
    if plan.records is not None:
        said = {
            "evaluator": plan.records.evaluator,
            "accepted_only": plan.records.accepted_only or None,
            "response_category": plan.records.response_category,
            "partial_dates": plan.records.partial_dates,
        }
        told |= {key: value for key, value in said.items() if value is not None}
    return tuple(told.items())


def origin(protocol: Protocol, records: Records) -> Origin:
    """The origin that every number computed from these records carries."""
    return Origin(
        kind=records.origin,
        source=records.source,
        seed=records.seed,
        records=records.fingerprint,
        protocol=protocol.fingerprint,
        software=software(),
    )


def _condition(text: str) -> Any:
    condition, message = parse_condition(text)
    if condition is None:
        raise ValueError(f"unchecked condition {text!r}: {message}")
    return condition


@dataclass(frozen=True, slots=True)
class Participants:
    """One arm's numbers from allocation to the primary analysis. `left`: disposition terms and subjects."""

    arm: str
    allocated: int
    treated: int
    analysed: int
    population: str
    left: tuple[tuple[str, int], ...]


def participants(result: Result) -> tuple[Participants, ...]:
    """Subjects per arm: allocated, treated, in the primary analysis set, and why they left."""
    plan = result.protocol.plan
    primary = next((e for e in plan.estimands.values() if e.objective == "primary"), None)
    population = primary.population if primary else next(iter(plan.populations))
    subjects = result.inputs.tables["subjects"]
    inside = _condition(plan.populations[population].where).to_ibis(subjects)
    counted = (
        subjects.mutate(
            treated_=subjects.treated.cast("int64"), inside_=inside.fill_null(False).cast("int64")
        )
        .group_by("arm")
        .agg(
            allocated=lambda t: t.count(),
            treated=lambda t: t.treated_.sum(),
            analysed=lambda t: t.inside_.sum(),
        )
        .to_pyarrow()
        .to_pylist()
    )
    by_arm = {row["arm"]: row for row in counted}
    left = _reasons_for_leaving(result)
    return tuple(
        Participants(
            arm=arm,
            allocated=by_arm[arm]["allocated"],
            treated=by_arm[arm]["treated"],
            analysed=by_arm[arm]["analysed"],
            population=population,
            left=left.get(arm, ()),
        )
        for arm in plan.arms
        if arm in by_arm
    )


def _reasons_for_leaving(result: Result) -> dict[str, tuple[tuple[str, int], ...]]:
    """Arm -> (reason, subjects) from the disposition events; one reason per subject, completers left out."""
    if "ds" not in result.records:
        return {}
    ds = result.records.tables["ds"]
    ended = ds.filter(
        ds.category.upper().isin(words("disposition")) & ~ds.term.upper().isin(words("completed"))
    )
    one = ended.group_by("subject").agg(term=ended.term.first(order_by=[ended.date, ended.sequence]))
    joined = one.join(result.inputs.tables["subjects"].select("subject", "arm"), "subject")
    rows = joined.group_by("arm", "term").agg(n=lambda t: t.count()).to_pyarrow().to_pylist()
    found: dict[str, list[tuple[str, int]]] = {}
    for row in sorted(rows, key=lambda r: (-r["n"], r["term"])):
        found.setdefault(row["arm"], []).append((row["term"].lower(), row["n"]))
    return {arm: tuple(reasons) for arm, reasons in found.items()}
