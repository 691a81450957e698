"""Every id that a protocol uses must be one that it declares."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from trialist.problems import Problem
from trialist.protocol.adverse_event_endpoints import AdverseEventTable
from trialist.protocol.checks.conditions import SUBJECT_SORTS
from trialist.protocol.competing_risk_analyses import FineGray
from trialist.protocol.cox_analyses import CoxModel
from trialist.protocol.endpoints import READS, BetweenVisits, LinkedMeasurements, OfResponse
from trialist.protocol.marker_endpoints import MarkerStatus, RepeatedMeasurement
from trialist.protocol.model import (
    BiomarkerRules,
    Fixed,
    Minimisation,
    Path,
    PermutedBlocks,
    Protocol,
    Rule,
    SimulationPlan,
    TrialProtocol,
)
from trialist.protocol.proportion_analyses import OF_SUBJECTS, Logistic, McNemar
from trialist.protocol.remainder import lacks, touched
from trialist.protocol.simulated_conduct import BY_ARM
from trialist.protocol.time_analyses import Subgroups
from trialist.protocol.words import did_you_mean

Use = tuple[Path, str, str]  # where, the kind of thing, the id used

_SOURCE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_KINDS = {
    "arm": "arms",
    "visit": "schedule: visits",
    "epoch": "schedule: epochs",
    "factor": "factors",
    "covariate": "factors",
    "endpoint": "endpoints",
    "population": "populations",
    "estimand": "estimands",
    "analysis": "analyses",
    "source": "sources",
    "list of terms": "term_lists",
    "simulated event": "simulation: adverse_events",
}


def every_reference_is_declared(protocol: Protocol) -> Iterator[Problem]:
    """E201: an arm, visit, epoch, factor, endpoint, population, list of terms ... that is not declared."""
    declared = _declared(protocol.plan)
    for path, kind, used in _uses(protocol.plan):
        if used not in declared[kind] and not _left_out(protocol, kind, used):
            none = f"declare it under '{_KINDS[kind]}:'"
            yield Problem(
                "E201",
                f"{_owner(path)} names the {kind} '{used}', which is not declared",
                did_you_mean(used, declared[kind], none),
                protocol.place(*path),
            )


def _left_out(protocol: Protocol, kind: str, used: str) -> bool:
    """Whether what is named may stand in a block that could not be read."""
    home = tuple(_KINDS[kind].split(": "))
    return touched(protocol, *home) if kind == "epoch" else lacks(protocol, *home, used)


def _declared(plan: TrialProtocol) -> dict[str, tuple[str, ...]]:
    return {
        "arm": tuple(plan.arms),
        "visit": tuple(plan.schedule.visits),
        "epoch": tuple(e.id for e in plan.schedule.epochs),
        "factor": tuple(plan.factors),
        "covariate": (*plan.factors, *SUBJECT_SORTS),
        "endpoint": tuple(plan.endpoints),
        "population": tuple(plan.populations),
        "estimand": tuple(plan.estimands),
        "analysis": tuple(plan.analyses),
        "source": tuple(plan.sources),
        "list of terms": tuple(plan.term_lists),
        "simulated event": tuple(plan.simulation.adverse_events) if plan.simulation else (),
    }


def _uses(plan: TrialProtocol) -> Iterator[Use]:
    yield from _allocation(plan)
    yield from _schedule(plan)
    yield from _endpoints(plan)
    yield from _estimands(plan)
    yield from _records(plan)
    if plan.simulation is not None:
        yield from _simulation(plan.simulation)
    yield from _sources(plan)


def _names(path: Path, kind: str, ids: Iterable[str]) -> Iterator[Use]:
    """A list's items."""
    for number, used in enumerate(ids):
        yield (*path, number), kind, used


def _keys(path: Path, kind: str, ids: Iterable[str]) -> Iterator[Use]:
    """A block's words."""
    for used in ids:
        yield (*path, used), kind, used


def _allocation(plan: TrialProtocol) -> Iterator[Use]:
    allocation = plan.allocation
    here: Path = ("allocation",)
    if isinstance(allocation, (Fixed, PermutedBlocks, Minimisation)):
        yield from _keys((*here, "ratio"), "arm", allocation.ratio)
        yield from _names((*here, "strata"), "factor", allocation.strata)
    if isinstance(allocation, Minimisation):
        yield from _keys((*here, "weights"), "factor", allocation.weights)
    if isinstance(allocation, BiomarkerRules):
        yield from _rules((*here, "rules"), allocation.rules)
        again = allocation.rescreening
        if again is not None:
            yield (*here, "rescreening", "from_arm"), "arm", again.from_arm
            yield from _rules((*here, "rescreening", "rules"), again.rules)


def _rules(path: Path, rules: Sequence[Rule]) -> Iterator[Use]:
    for number, rule in enumerate(rules):
        if rule.arm is not None:
            yield (*path, number, "arm"), "arm", rule.arm


def _schedule(plan: TrialProtocol) -> Iterator[Use]:
    here: Path = ("schedule",)
    for name, visit in plan.schedule.visits.items():
        yield (*here, "visits", name, "epoch"), "epoch", visit.epoch
    for name, assessment in plan.schedule.assessments.items():
        yield from _names((*here, "assessments", name, "at"), "visit", assessment.at)
        yield from _names((*here, "assessments", name, "arms"), "arm", assessment.arms)
    for name, specimen in plan.schedule.specimens.items():
        yield from _names((*here, "specimens", name, "arms"), "arm", specimen.arms)
        for number, draw in enumerate(specimen.draws):
            yield (*here, "specimens", name, "draws", number, "at"), "visit", draw.at


def _endpoints(plan: TrialProtocol) -> Iterator[Use]:
    for name, endpoint in plan.endpoints.items():
        here: Path = ("endpoints", name)
        match endpoint:
            case OfResponse():
                for word in READS:
                    if (read := getattr(endpoint, word, None)) is not None:
                        yield (*here, word), "endpoint", read
            case BetweenVisits():
                yield (*here, "baseline"), "visit", endpoint.baseline
                yield (*here, "at"), "visit", endpoint.at
            case RepeatedMeasurement():
                yield (*here, "baseline"), "visit", endpoint.baseline
                yield from _names((*here, "at"), "visit", endpoint.at)
            case AdverseEventTable(term_list=str() as listed):
                yield (*here, "term_list"), "list of terms", listed
            case LinkedMeasurements():
                yield (*here, "at"), "visit", endpoint.at
            case MarkerStatus():
                yield (*here, "at"), "visit", endpoint.at
                if endpoint.baseline is not None:
                    yield (*here, "baseline"), "visit", endpoint.baseline


def _estimands(plan: TrialProtocol) -> Iterator[Use]:
    for name, estimand in plan.estimands.items():
        here: Path = ("estimands", name)
        yield (*here, "population"), "population", estimand.population
        yield (*here, "endpoint"), "endpoint", estimand.endpoint
        yield from _names((*here, "compare"), "arm", estimand.compare)
    for name, analysis in plan.analyses.items():
        here = ("analyses", name)
        for word in ("estimand", "endpoint", "population"):
            used = getattr(analysis, word)
            if used is not None:
                yield (*here, word), word, used
        yield from _names((*here, "compare"), "arm", analysis.compare)
        yield from _names((*here, "arms"), "arm", analysis.arms)
        if analysis.by is not None:
            yield (*here, "by"), "factor", analysis.by
        landmark_by = getattr(analysis, "landmark_by", None)
        if landmark_by is not None:
            yield (*here, "landmark_by"), "factor", landmark_by
        yield from _names((*here, "strata"), "factor", getattr(analysis, "strata", ()))
        if isinstance(analysis, Subgroups):
            yield from _names((*here, "factors"), "factor", analysis.factors)
        if isinstance(analysis, CoxModel):
            for number, covariate in enumerate(analysis.covariates):
                yield (*here, "covariates", number), "covariate", covariate.name
            for word in ("offset", "weights", "cluster"):
                if (column := getattr(analysis, word)) is not None:
                    yield (*here, word), "covariate", column
            if analysis.reference is not None:
                yield (*here, "reference"), "arm", analysis.reference
            for changing, endpoint in analysis.time_varying.items():
                yield (*here, "time_varying", changing), "endpoint", endpoint
        if isinstance(analysis, McNemar):
            yield (*here, "against"), "endpoint", analysis.against
        if isinstance(analysis, Logistic):
            for number, used in enumerate(analysis.covariates):
                if used not in OF_SUBJECTS:
                    yield (*here, "covariates", number), "factor", used
        if isinstance(analysis, FineGray):
            yield from _names((*here, "covariates"), "covariate", analysis.covariates)
    for name, family in plan.multiplicity.items():
        here = ("multiplicity", name)
        yield from _names((*here, "analyses"), "analysis", family.analyses)
    for number, assumption in enumerate(plan.design):
        if assumption.for_ is not None:
            yield ("design", number, "for"), "estimand", assumption.for_


def _records(plan: TrialProtocol) -> Iterator[Use]:
    for number, curve in enumerate(plan.records.curves if plan.records else ()):
        yield ("records", "curves", number, "endpoint"), "endpoint", curve.endpoint
        yield ("records", "curves", number, "arm"), "arm", curve.arm


def _simulation(simulation: SimulationPlan) -> Iterator[Use]:
    here: Path = ("simulation",)
    yield from _keys((*here, "cut_at_events"), "endpoint", simulation.cut_at_events)
    yield from _keys((*here, "times"), "endpoint", simulation.times)
    for name, law in simulation.times.items():
        yield from _keys((*here, "times", name, "medians"), "arm", law.medians)
        if law.versus is not None:
            yield (*here, "times", name, "versus"), "arm", law.versus
    yield from _keys((*here, "psa_response"), "arm", simulation.psa_response)
    yield from _keys((*here, "objective_response"), "arm", simulation.objective_response)
    for term, by_arm in simulation.adverse_events.items():
        yield from _keys((*here, "adverse_events", term), "arm", by_arm)
    yield from _keys((*here, "factor_levels"), "factor", simulation.factor_levels)
    for test, counts in simulation.cell_counts.items():
        there: Path = (*here, "cell_counts", test)
        yield (*there, "factor"), "factor", counts.factor
        yield (*there, "baseline"), "visit", counts.baseline
        yield (*there, "at"), "visit", counts.at
        yield from _names((*there, "arms"), "arm", counts.arms)
    for test, status in simulation.later_status.items():
        there = (*here, "later_status", test)
        yield (*there, "factor"), "factor", status.factor
        yield (*there, "at"), "visit", status.at
        yield from _names((*there, "arms"), "arm", status.arms)
    if simulation.pain is not None:
        for word in ("at_baseline", "response"):
            yield from _keys((*here, "pain", word), "arm", getattr(simulation.pain, word))
    if simulation.conduct is not None:
        for word in BY_ARM:
            yield from _keys((*here, "conduct", word), "arm", getattr(simulation.conduct, word))
        yield from _keys((*here, "conduct", "looks"), "endpoint", simulation.conduct.looks)
    for test, blood in simulation.blood_counts.items():
        there = (*here, "blood_counts", test)
        yield (*there, "event"), "simulated event", blood.event
        yield from _names((*there, "at"), "visit", blood.at)


def _sources(plan: TrialProtocol) -> Iterator[Use]:
    for number, stated in enumerate(plan.stated_otherwise):
        yield from _keys(("stated_otherwise", number, "values"), "source", stated.values)
    if not plan.sources:
        return
    cited: list[tuple[Path, str | None]] = [
        *((("eligibility", n, "source"), c.source) for n, c in enumerate(plan.eligibility)),
        *((("design", n, "source"), a.source) for n, a in enumerate(plan.design)),
        *((("endpoints", n, "source"), e.source) for n, e in plan.endpoints.items()),
        *((("schedule", "specimens", n, "stated_source"), s.stated_source)
          for n, s in plan.schedule.specimens.items()),
    ]  # fmt: skip
    if plan.records is not None:
        cited += [(("records", "curves", n, "source"), c.source) for n, c in enumerate(plan.records.curves)]
    if plan.simulation is not None:
        cited += [(("simulation", "times", n, "source"), t.source) for n, t in plan.simulation.times.items()]
    for path, used in cited:
        if used is not None and _SOURCE_ID.fullmatch(used) and used not in _NO_SOURCE:
            yield path, "source", used


_NO_SOURCE = frozenset({"memory", "assumed"})


def _owner(path: Path) -> str:
    """The part that a path is in, for a message: `analysis 'os_hr'`."""
    match path:
        case (("endpoints" | "estimands" | "analyses") as block, str() as name, *_):
            return f"{block.removesuffix('s') if block != 'analyses' else 'analysis'} '{name}'"
        case ("multiplicity", str() as name, *_):
            return f"family '{name}'"
        case ("schedule", ("visits" | "assessments" | "specimens") as block, str() as name, *_):
            return f"{block.removesuffix('s')} '{name}'"
        case (str() as block, *_):
            return f"'{block}'"
    return "the protocol"
