"""Estimands and analyses fit their endpoints: shapes, arms compared, strata, intercurrent events.

Source: ICH E9(R1), A.3.2 (strategies) and A.3.3 (attributes of an estimand).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from trialist.problems import Problem
from trialist.protocol.analyses import NEEDS, Estimand
from trialist.protocol.endpoints import (
    READS,
    SHAPES,
    DurationUntil,
    Endpoint,
    OfResponse,
    OverallSurvival,
    ProgressionFreeSurvival,
    PsaProgression,
    PsaResponse,
    TimeToResponse,
)
from trialist.protocol.model import Fixed, Minimisation, PermutedBlocks, Protocol, TrialProtocol
from trialist.protocol.proportion_analyses import McNemar
from trialist.protocol.words import listed, nearest

SUMMARIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "hazard_ratio": ("TimeToEvent",),
        "median_time": ("TimeToEvent",),
        "survival_probability": ("TimeToEvent",),
        "survival_difference": ("TimeToEvent",),
        "restricted_mean_difference": ("TimeToEvent",),
        "proportion": ("Response",),
        "risk_difference": ("Response",),
        "odds_ratio": ("Response",),
        "mean_change": ("Measurement",),
        "median_change": ("Measurement",),
        "mean_difference": ("Measurement", "Repeated"),
        "correlation": ("Pair",),
        "count": ("Category", "Response", "Grade", "TimeToEvent"),
    }
)
_COMPARING = frozenset(
    {
        "hazard_ratio",
        "survival_difference",
        "restricted_mean_difference",
        "risk_difference",
        "odds_ratio",
        "mean_difference",
    }
)
_TWO_ARMS = frozenset(
    {
        "cox_ph",
        "log_rank",
        "max_combo",
        "fine_gray",
        "cause_specific",
        "weibull",
        "compare_proportions",
        "risk_difference",
        "rate_ratio",
        "logistic",
        "two_sample_t",
        "rank_sum",
    }
)
_DATED = ("TimeToEvent", "Response")
_SEVERAL_ARMS = frozenset({"cox_ph", "proportional_hazards"})
_COMPARING_METHODS = _TWO_ARMS | {"proportional_hazards", "subgroups"}


def methods_fit_their_endpoints(protocol: Protocol) -> Iterator[Problem]:
    """E203: an analysis method on an endpoint of another shape."""
    plan = protocol.plan
    for name, analysis in plan.analyses.items():
        endpoint = _endpoint_of(protocol, name)
        if endpoint is None:
            continue
        needs, shape = NEEDS[analysis.method], SHAPES[plan.endpoints[endpoint].derive]
        if shape not in needs:
            fitting = [e for e, entry in plan.endpoints.items() if SHAPES[entry.derive] in needs]
            methods = [method for method, wanted in NEEDS.items() if shape in wanted]
            ways = [f"point it at {_quoted(fitting[:4])}"] if fitting else []
            ways += [f"use {_quoted(methods)} for '{endpoint}'"] if methods else []
            yield Problem(
                "E203",
                f"analysis '{name}' uses '{analysis.method}', which needs a {' or '.join(needs)} endpoint, "
                f"but '{endpoint}' is a {shape}",
                ", or ".join(ways) or f"take the analysis out: no method takes a {shape}",
                protocol.place("analyses", name),
            )


def pairs_are_of_responses(protocol: Protocol) -> Iterator[Problem]:
    """E203: answers paired with those of an endpoint that has none."""
    plan = protocol.plan
    for name, analysis in plan.analyses.items():
        if not isinstance(analysis, McNemar) or analysis.against not in plan.endpoints:
            continue
        shape = SHAPES[plan.endpoints[analysis.against].derive]
        if shape not in NEEDS["mcnemar"]:
            yield Problem(
                "E203",
                f"analysis '{name}' pairs its answers with those of '{analysis.against}', which is a {shape} "
                "and no Response",
                "name a Response endpoint under 'against:'",
                protocol.place("analyses", name, "against"),
            )


def changes_have_a_day(protocol: Protocol) -> Iterator[Problem]:
    """E474: a time-varying covariate of an endpoint that has no day on which it happens."""
    plan = protocol.plan
    for name, analysis in plan.analyses.items():
        for covariate, endpoint in getattr(analysis, "time_varying", {}).items():
            if endpoint not in plan.endpoints:
                continue
            shape = SHAPES[plan.endpoints[endpoint].derive]
            if shape in _DATED:
                continue
            fitting = [e for e, entry in plan.endpoints.items() if SHAPES[entry.derive] in _DATED]
            yield Problem(
                "E474",
                f"analysis '{name}' lets '{covariate}' change with '{endpoint}', which is a {shape}",
                f"name a {' or '.join(_DATED)}: {_quoted(fitting[:4])}" if fitting else "take the word out",
                protocol.place("analyses", name, "time_varying", covariate),
            )


def summaries_fit_their_endpoints(protocol: Protocol) -> Iterator[Problem]:
    """E204: an estimand's summary that its endpoint can't have."""
    for name, estimand in protocol.plan.estimands.items():
        endpoint = protocol.plan.endpoints.get(estimand.endpoint)
        if endpoint is None:
            continue
        shape = SHAPES[endpoint.derive]
        if shape not in SUMMARIES[estimand.summary]:
            fitting = [summary for summary, shapes in SUMMARIES.items() if shape in shapes]
            yield Problem(
                "E204",
                f"estimand '{name}' summarises '{estimand.endpoint}' by {estimand.summary}, "
                f"but it is a {shape}",
                f"a {shape} is summarised by {listed(fitting)}" if fitting else f"no summary takes a {shape}",
                protocol.place("estimands", name, "summary"),
            )


def comparisons_have_two_arms(protocol: Protocol) -> Iterator[Problem]:
    """E205: a comparison of other than two different arms."""
    plan = protocol.plan
    for name, estimand in plan.estimands.items():
        wanted = estimand.summary in _COMPARING
        if (estimand.compare or wanted) and not _two(estimand.compare):
            yield _not_two("estimand", name, estimand.summary, estimand.compare, protocol)
    for name, analysis in plan.analyses.items():
        found = plan.estimands.get(analysis.estimand or "")
        if analysis.estimand is not None and found is None:
            continue
        compare = analysis.compare or (found.compare if found else ())
        inherited = found is not None and not analysis.compare and found.summary in _COMPARING
        if analysis.method in _SEVERAL_ARMS and _several(compare, getattr(analysis, "treatment", True)):
            continue
        several = analysis.method == "log_rank" and len(set(analysis.arms)) > 1 and not compare
        comparing = analysis.compare or analysis.method in _COMPARING_METHODS
        if inherited or several or _two(compare) or not comparing:
            continue
        if not analysis.compare and getattr(analysis, "landmark_by", None):
            continue
        yield _not_two("analysis", name, analysis.method, compare, protocol)


def _not_two(kind: str, name: str, what: str, compare: tuple[str, ...], protocol: Protocol) -> Problem:
    shown = f"[{', '.join(compare)}]" if compare else "nothing"
    block = "estimands" if kind == "estimand" else "analyses"
    arms = list(protocol.plan.arms)
    example = f"[{', '.join(arms[:2])}]" if len(arms) > 1 else "two arms (the protocol has one)"
    return Problem(
        "E205",
        f"{kind} '{name}' ({what}) compares {shown}; a comparison is of two different arms",
        f"write 'compare: {example}', first against second",
        protocol.place(block, name, "compare"),
    )


def analyses_name_what_they_analyse(protocol: Protocol) -> Iterator[Problem]:
    """E206: an analysis without estimand or endpoint, without population, or against its own estimand."""
    for name, analysis in protocol.plan.analyses.items():
        place = protocol.place("analyses", name)
        if analysis.estimand is None:
            missing = [word for word in ("endpoint", "population") if getattr(analysis, word) is None]
            if missing:
                remedy = f"add 'estimand:', or {' and '.join(repr(m + ':') for m in missing)}"
                yield Problem("E206", f"analysis '{name}' names no {' and no '.join(missing)}", remedy, place)
            continue
        found = protocol.plan.estimands.get(analysis.estimand)
        for word in ("endpoint", "population", "compare"):
            mine, theirs = getattr(analysis, word), getattr(found, word, None)
            if found is not None and mine and mine != theirs:
                yield Problem(
                    "E206",
                    f"analysis '{name}' has {word} {_shown(mine)}, its estimand '{analysis.estimand}' has "
                    f"{_shown(theirs)}",
                    f"remove '{word}:' here, or write an estimand of its own",
                    protocol.place("analyses", name, word),
                )


def strata_are_those_of_the_allocation(protocol: Protocol) -> Iterator[Problem]:
    """W208: a stratified analysis by a factor that the allocation was not stratified by."""
    allocation = protocol.plan.allocation
    strata = allocation.strata if isinstance(allocation, (Fixed, PermutedBlocks, Minimisation)) else ()
    if not set(strata) <= set(protocol.plan.factors):
        return
    for name, analysis in protocol.plan.analyses.items():
        for number, factor in enumerate(getattr(analysis, "strata", ())):
            if strata and factor in protocol.plan.factors and factor not in strata:
                yield Problem(
                    "W208",
                    f"analysis '{name}' is stratified by '{factor}', the allocation is not",
                    f"the allocation's strata are {listed(strata)}; keep to them, or say why in 'note:'",
                    protocol.place("analyses", name, "strata", number),
                )


def strategies_are_possible(protocol: Protocol) -> Iterator[Problem]:
    """E207: a strategy that the intercurrent event does not allow for this endpoint."""
    for name, estimand in protocol.plan.estimands.items():
        endpoint = protocol.plan.endpoints.get(estimand.endpoint)
        death = estimand.intercurrent.get("death")
        if endpoint is None or death is None:
            continue
        if death == "treatment_policy" and not isinstance(endpoint, OverallSurvival):
            reason = "nothing can be observed after death, so it can't be passed over"
            remedy = _death_remedy(endpoint, protocol.plan)
        elif death == "composite" and not _can_count_death(endpoint, protocol.plan):
            reason = f"death is no event of '{estimand.endpoint}'"
            remedy = "add death to 'first_of', or choose while_on_treatment or hypothetical"
        else:
            continue
        yield Problem(
            "E207",
            f"estimand '{name}' handles death by {death}, but {reason}",
            remedy,
            protocol.place("estimands", name, "intercurrent", "death"),
        )


def strategies_agree_with_the_endpoint(protocol: Protocol) -> Iterator[Problem]:
    """W209: the endpoint treats a new therapy in another way than the estimand says."""
    for name, estimand in protocol.plan.estimands.items():
        endpoint = protocol.plan.endpoints.get(estimand.endpoint)
        strategy = estimand.intercurrent.get("new_anticancer_therapy")
        handling = None if endpoint is None else _new_therapy(protocol, endpoint)
        if strategy is None or handling is None or strategy in _MEANS[handling]:
            continue
        yield Problem(
            "W209",
            f"estimand '{name}' handles a new therapy by {strategy}, but "
            f"'{estimand.endpoint}' {_DOES[handling]}",
            f"that is {' or '.join(_MEANS[handling])}; change one of them, or keep both: the estimand's "
            "analyses follow its strategy, the others the endpoint's rule",
            protocol.place("estimands", name, "intercurrent", "new_anticancer_therapy"),
        )


# what an endpoint does with a new therapy -> the strategies that describe it
_MEANS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "follow": ("treatment_policy", "principal_stratum"),
        "censor": ("hypothetical", "while_on_treatment", "principal_stratum"),
        "event": ("composite", "principal_stratum"),
        "stop": ("composite", "while_on_treatment", "hypothetical", "principal_stratum"),
    }
)
_DOES = MappingProxyType(
    {
        "follow": "follows on after it",
        "censor": "is censored at it",
        "event": "counts it as an event",
        "stop": "uses no value after it",
    }
)
_READING = MappingProxyType({"fda": "censor", "fda_inclusive": "event", "ema": "follow"})


def _new_therapy(protocol: Protocol, endpoint: Endpoint) -> str | None:
    match endpoint:
        case OverallSurvival():
            return endpoint.new_therapy
        case ProgressionFreeSurvival():
            return endpoint.censoring.new_therapy or _READING[endpoint.censoring.rule]
        case PsaProgression():
            return "censor" if endpoint.new_therapy == "stop" else "follow"
        case PsaResponse():
            return "stop" if endpoint.new_therapy == "stop" else "follow"
        case DurationUntil():
            ends = protocol.plan.endpoints.get(endpoint.until)
            return _new_therapy(protocol, ends) if isinstance(ends, ProgressionFreeSurvival) else None
        case OfResponse():
            best = protocol.plan.endpoints.get(endpoint.of)
            stops = getattr(best, "new_therapy", None)
            return None if stops is None else ("stop" if stops == "stop" else "follow")
    return None


def endpoints_read_what_they_can(protocol: Protocol) -> Iterator[Problem]:
    """E210: an endpoint that is read off another, which derives something else."""
    plan = protocol.plan
    for name, endpoint in plan.endpoints.items():
        for word, (_, derives) in READS.items():
            read = getattr(endpoint, word, None) if isinstance(endpoint, OfResponse) else None
            if read is None or read not in plan.endpoints or plan.endpoints[read].derive == derives:
                continue
            fitting = [e for e, entry in plan.endpoints.items() if entry.derive == derives]
            near = nearest(read, fitting) or (fitting[0] if fitting else None)
            yield Problem(
                "E210",
                f"endpoint '{name}' reads '{read}', which is no {derives}",
                f"write '{word}: {near}'" if near else f"declare a {derives} endpoint and name it",
                protocol.place("endpoints", name, word),
            )


def _endpoint_of(protocol: Protocol, analysis: str) -> str | None:
    entry = protocol.plan.analyses[analysis]
    found: Estimand | None = protocol.plan.estimands.get(entry.estimand or "")
    name = entry.endpoint or (found.endpoint if found else None)
    return name if name in protocol.plan.endpoints else None


def _can_count_death(endpoint: Endpoint, plan: TrialProtocol) -> bool:
    if isinstance(endpoint, DurationUntil):
        ends = plan.endpoints.get(endpoint.until)
        return isinstance(ends, ProgressionFreeSurvival) and "death" in ends.first_of
    if isinstance(endpoint, ProgressionFreeSurvival):
        return "death" in endpoint.first_of
    return not isinstance(endpoint, PsaProgression | TimeToResponse)


def _death_remedy(endpoint: Endpoint, plan: TrialProtocol) -> str:
    shape = SHAPES[endpoint.derive]
    if shape == "TimeToEvent" and not _can_count_death(endpoint, plan):
        return "choose while_on_treatment or hypothetical, and say how"
    before = "while_on_treatment (what came before it)"
    if shape not in ("TimeToEvent", "Response"):
        return f"choose {before}: a {shape} has no value that stands for death"
    return f"choose composite (death is part of the outcome) or {before}"


def _two(arms: tuple[str, ...]) -> bool:
    return len(arms) == 2 and arms[0] != arms[1]


def _several(arms: tuple[str, ...], treatment: bool) -> bool:
    """Whether a model has arms to hold against another, or needs none."""
    return len(set(arms)) == len(arms) and (len(arms) > 1 or not treatment)


def _quoted(words: list[str]) -> str:
    return " or ".join(f"'{word}'" for word in words)


def _shown(value: object) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, tuple) else f"'{value}'"
