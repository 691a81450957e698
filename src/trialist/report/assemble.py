"""From a study's result to what a report shows: curves, waterfalls, flow, provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trialist.findings.methods.kaplan_meier import kaplan_meier_curves
from trialist.findings.model import Finding
from trialist.patients.chosen import examples
from trialist.patients.plots import spiders, swimmer
from trialist.problems import Problem
from trialist.protocol.checks.design import design_table
from trialist.protocol.endpoints import PsaChange, PsaResponse
from trialist.protocol.model import Source, TrialProtocol
from trialist.report import words
from trialist.report.event_listings import event_listings
from trialist.report.model import Bar, Curve, DesignRow, Flow, FlowArm, Provenance, ReportData
from trialist.report.side_by_side import why_not_joined
from trialist.software import software
from trialist.study import Result, not_derived, origin, participants, planned, populations


def assemble(
    result: Result,
    published: Sequence[Finding],
    problems: Sequence[Problem],
    *,
    sources: Mapping[str, Source],
    dated: str,
    command: str | None = None,
) -> ReportData:
    """What the report of this run shows.

    Parameters
        published  findings of the literature, and `sources` of those that the protocol does not list
        problems   found before the study ran, in the protocol and the records
        dated      date of the analysis, ISO 8601
    """
    protocol = result.protocol
    records = result.records
    return ReportData(
        protocol=protocol,
        findings=tuple(f for f in result.findings if not not_derived(f)),
        provenance=Provenance(
            origin=origin(protocol, records),
            software=software(),
            records_note=records.note,
            records_files=records.files,
            command=command,
        ),
        dated=dated,
        sources=sources,
        published=tuple(published),
        design=tuple(
            DesignRow(
                design_label(protocol.plan, row.label), row.stated, row.follows, row.verdict, row.source
            )
            for row in design_table(protocol)
        ),
        curves=_curves(result, published),
        waterfalls=_waterfalls(result),
        thresholds=_thresholds(result),
        flow=_flow(result),
        swimmer=swimmer(result),
        spiders=spiders(result, _confirmed_responders(result)),
        examples=examples(result),
        problems=(*problems, *result.problems),
        listings=event_listings(result),
        sensitivity=result.sensitivity,
    )


def design_label(plan: TrialProtocol, label: str) -> str:
    """`os: log-rank test`, which names an estimand by its id -> `Overall survival: log-rank test`."""
    name, colon, test = label.partition(": ")
    planned = plan.estimands.get(name)
    return f"{words.endpoint(plan, planned.endpoint)}{colon}{test}" if planned else label


def _curves(result: Result, published: Sequence[Finding]) -> Mapping[str, tuple[Curve, ...]]:
    """One curve per arm of each planned Kaplan-Meier analysis; medians are those of the findings."""
    drawn: dict[str, tuple[Curve, ...]] = {}
    for item in planned(result.protocol):
        if item.analysis.method != "kaplan_meier":
            continue
        own = [finding for finding in result.findings if finding.analysis == item.id]
        later = item.analysis.landmark_months is not None
        for table, context in populations(item, result):
            if context.subgroup is not None:
                continue
            curves = kaplan_meier_curves(table, item.analysis, context)
            drawn[item.id] = tuple(
                replace(
                    Curve.of(curve),
                    median=curve.median if later else _median(own, item.endpoint, item.population, curve.arm),
                    published_median=_median(published, item.endpoint, item.population, curve.arm),
                )
                for curve in curves
            )
    return drawn


def _median(findings: Sequence[Finding], endpoint: str, population: str, arm: str) -> float | None:
    """The one median of these findings; None where there is none, or where several differ."""
    known = {
        finding.estimate
        for finding in findings
        if why_not_joined(finding) is None
        and (finding.endpoint, finding.measure, finding.population, finding.groups, finding.subgroup)
        == (
            endpoint,
            "median_time",
            population,
            (arm,),
            None,
        )
    }
    return known.pop() if len(known) == 1 else None


def _waterfalls(result: Result) -> Mapping[str, tuple[Bar, ...]]:
    """Best percent change of every evaluable subject, by endpoint; confirmed responders are marked."""
    subjects = result.inputs.tables["subjects"].select("subject", "arm")
    confirmed = _confirmed_responders(result)
    bars: dict[str, tuple[Bar, ...]] = {}
    for name, endpoint in result.protocol.plan.endpoints.items():
        if not isinstance(endpoint, PsaChange) or endpoint.what != "best" or name not in result.endpoints:
            continue
        table = result.endpoints[name].filter(lambda t: t.evaluable & t.percent_change.notnull())
        joined = table.join(subjects, "subject").select("subject", "arm", "percent_change").to_pyarrow()
        rows = joined.sort_by([("percent_change", "descending"), ("subject", "ascending")]).to_pylist()
        if rows:
            bars[name] = tuple(
                Bar(r["subject"], r["arm"], r["percent_change"], confirmed.get(r["subject"])) for r in rows
            )
    return bars


def _confirmed_responders(result: Result) -> Mapping[str, str]:
    """Subject -> label of the first confirmed PSA response endpoint that the subject met."""
    for name, endpoint in result.protocol.plan.endpoints.items():
        if isinstance(endpoint, PsaResponse) and endpoint.confirmed and name in result.endpoints:
            table = result.endpoints[name]
            met = table.filter(table.responder).select("subject").to_pyarrow().column("subject").to_pylist()
            return dict.fromkeys(met, endpoint.label or name)
    return {}


def _thresholds(result: Result) -> Mapping[str, tuple[float, ...]]:
    """The falls that the protocol's PSA responses ask for, as lines on every PSA waterfall."""
    endpoints = result.protocol.plan.endpoints
    falls = sorted(
        {-100.0 * e.fall for e in endpoints.values() if isinstance(e, PsaResponse) and e.fall is not None}
    )
    return {name: tuple(falls) for name, e in endpoints.items() if isinstance(e, PsaChange)} if falls else {}


def _flow(result: Result) -> Flow | None:
    """Participants from screening to the primary analysis; None for times without people behind them."""
    if result.records.origin == "reconstructed":
        return None
    plan = result.protocol.plan
    counts = participants(result)
    arms = tuple(
        FlowArm(
            arm=c.arm,
            label=plan.arms[c.arm].label or c.arm,
            allocated=c.allocated,
            treated=c.treated,
            not_treated=(("no dose recorded", c.allocated - c.treated),) if c.treated < c.allocated else (),
            lost=c.left,
            analysed=c.analysed,
            not_analysed=((f"not in: {words.population(plan, c.population)}", c.allocated - c.analysed),)
            if c.analysed < c.allocated
            else (),
            population=c.population,
        )
        for c in counts
    )
    screened = result.inputs.screened
    enrolled = sum(a.allocated for a in arms)
    excluded = (
        (("not allocated", screened - enrolled),) if screened is not None and screened > enrolled else ()
    )
    return Flow(
        enrolled=enrolled, arms=arms, screened=screened, excluded=excluded, randomised=plan.randomised
    )
