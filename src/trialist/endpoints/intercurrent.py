"""What an estimand's strategies ask of its endpoint's rule (ICH E9(R1), A.3.2).

Censoring is an estimator's act, not a strategy: the protocol names the strategy, this module says which
option of the derivation carries it out, in words that can be printed beside the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from trialist.problems import Problem
from trialist.protocol import endpoints as words
from trialist.protocol.analyses import Estimand
from trialist.protocol.model import Protocol, TrialProtocol
from trialist.protocol.pain_endpoints import PainProgression, PainResponse, SkeletalEvent


@dataclass(frozen=True, slots=True)
class Statement:
    """One intercurrent event under its strategy: what is done, and the option that does it.

    carried_out  false when no option of the derivation can do it; `text` then says what would
    """

    event: str
    strategy: str
    text: str
    carried_out: bool = True
    option: tuple[str, str] | None = None


_FOLLOW = "what happens after it counts as it does before"
_CENSOR = "the time is censored at the last adequate assessment up to it, as if it had not happened"
_LAST_SCAN = "bone scans after it are not used; the time is censored at the last one up to it"

# (kind of endpoint, event, strategy) -> (option, value, what it does); None as option: true as it stands
_ASKED: Mapping[tuple[str, str, str], tuple[str | None, str, str]] = MappingProxyType(
    {
        ("os", "new_anticancer_therapy", "treatment_policy"): (
            "new_therapy",
            "follow",
            "deaths after it count",
        ),
        ("os", "new_anticancer_therapy", "hypothetical"): (
            "new_therapy",
            "censor",
            "survival is censored on the day it starts, as if starting it told nothing of the prognosis",
        ),
        ("os", "death", "composite"): (None, "", "death is the event"),
        ("pfs", "new_anticancer_therapy", "treatment_policy"): ("censoring.new_therapy", "follow", _FOLLOW),
        ("pfs", "new_anticancer_therapy", "hypothetical"): ("censoring.new_therapy", "censor", _CENSOR),
        ("pfs", "new_anticancer_therapy", "composite"): (
            "censoring.new_therapy",
            "event",
            "its start is an event",
        ),
        ("pfs", "new_anticancer_therapy", "while_on_treatment"): (
            "censoring.new_therapy",
            "censor",
            _CENSOR,
        ),
        ("pfs", "missed_assessments", "treatment_policy"): (
            "censoring.missed",
            "event",
            "an event after a gap counts on its own date",
        ),
        ("pfs", "missed_assessments", "hypothetical"): (
            "censoring.missed",
            "censor",
            "an event after a gap is censored at the last adequate assessment before it",
        ),
        ("pfs", "clinical_progression", "treatment_policy"): (
            "censoring.clinical",
            "follow",
            "it is no event by itself; later progression or death counts",
        ),
        ("pfs", "clinical_progression", "hypothetical"): (
            "censoring.clinical",
            "censor",
            "the time is censored at the last adequate assessment before treatment stops for it",
        ),
        ("pfs", "clinical_progression", "composite"): (
            "censoring.clinical",
            "event",
            "it is an event on the day it is stated",
        ),
        ("psa_time", "new_anticancer_therapy", "treatment_policy"): ("new_therapy", "ignore", _FOLLOW),
        ("psa_time", "new_anticancer_therapy", "hypothetical"): (
            "new_therapy",
            "stop",
            "values after it are not used; the time is censored at the last value up to it",
        ),
        ("psa_time", "new_anticancer_therapy", "while_on_treatment"): (
            "new_therapy",
            "stop",
            "values after it are not used; the time is censored at the last value up to it",
        ),
        ("bone_time", "new_anticancer_therapy", "treatment_policy"): ("new_therapy", "ignore", _FOLLOW),
        ("bone_time", "new_anticancer_therapy", "hypothetical"): ("new_therapy", "stop", _LAST_SCAN),
        ("bone_time", "new_anticancer_therapy", "while_on_treatment"): ("new_therapy", "stop", _LAST_SCAN),
        ("response", "new_anticancer_therapy", "treatment_policy"): ("new_therapy", "ignore", _FOLLOW),
        ("response", "new_anticancer_therapy", "composite"): (
            "new_therapy",
            "stop",
            "nothing after it counts, so one who has not responded by then is a non-responder",
        ),
        ("response", "new_anticancer_therapy", "while_on_treatment"): (
            "new_therapy",
            "stop",
            "nothing after it counts: the response is that of the time before",
        ),
        ("response", "death", "composite"): (
            None,
            "",
            "one who dies without a response is a non-responder",
        ),
        ("response", "death", "while_on_treatment"): (None, "", "the response is that of the time before"),
        ("category", "new_anticancer_therapy", "treatment_policy"): ("new_therapy", "ignore", _FOLLOW),
        ("category", "new_anticancer_therapy", "while_on_treatment"): (
            "new_therapy",
            "stop",
            "nothing after it counts: the best response is that of the time before",
        ),
        ("category", "death", "while_on_treatment"): (
            None,
            "",
            "the best response is that of the time before",
        ),
        ("best_change", "new_anticancer_therapy", "treatment_policy"): ("new_therapy", "ignore", _FOLLOW),
        ("best_change", "new_anticancer_therapy", "while_on_treatment"): (
            "new_therapy",
            "stop",
            "values after it are not used: the best change is that of the time before",
        ),
        ("best_change", "death", "while_on_treatment"): (
            None,
            "",
            "the best change is that of the time before",
        ),
        ("change_at_day", "new_anticancer_therapy", "treatment_policy"): ("new_therapy", "ignore", _FOLLOW),
        ("ae", "treatment_stop", "while_on_treatment"): (
            "treatment_emergent",
            "yes",
            "events count from the first dose to the last and the window after it",
        ),
        ("ae", "treatment_stop", "treatment_policy"): (
            "treatment_emergent",
            "no",
            "events count whenever they begin",
        ),
    }
)

_KIND: Mapping[type[object], str] = MappingProxyType(
    {
        words.OverallSurvival: "os",
        words.ProgressionFreeSurvival: "pfs",
        words.PsaProgression: "psa_time",
        words.BoneProgression: "bone_time",
        words.PsaResponse: "response",
        PainProgression: "psa_time",
        PainResponse: "response",
        words.AdverseEvents: "ae",
    }
)


def statements(
    endpoint: words.Endpoint, estimand: Estimand, named: words.Endpoint | None = None
) -> tuple[Statement, ...]:
    """What each strategy of the estimand means for this endpoint, in plain words.

    Parameters
        endpoint  the one whose rule a strategy acts on (`governing`)
        named     the one that the estimand names, where that is another
    """
    kind = _kind(endpoint, named or endpoint)
    return tuple(
        _statement(endpoint, kind, event, strategy)
        for event, strategy in sorted(estimand.intercurrent.items())
    )


def with_strategies(
    endpoint: words.Endpoint, estimand: Estimand, named: words.Endpoint | None = None
) -> words.Endpoint:
    """The endpoint with the options that the estimand's strategies ask for; itself when nothing changes.

    A principal stratum is a condition on the population and changes no endpoint; a strategy that no
    option can carry out changes nothing either: `statements`, which takes the same, tells both.
    """
    for statement in statements(endpoint, estimand, named):
        if statement.option is not None:
            endpoint = _set(endpoint, *statement.option)
    return endpoint


def governing(plan: TrialProtocol, name: str) -> words.Endpoint:
    """The endpoint whose rule a strategy acts on (`governing_name`)."""
    return plan.endpoints.get(governing_name(plan, name), plan.endpoints[name])


def governing_name(plan: TrialProtocol, name: str) -> str:
    """What ends a duration; for what else is read off a best overall response, that response."""
    endpoint = plan.endpoints[name]
    if isinstance(endpoint, words.DurationUntil):
        return endpoint.until
    return endpoint.of if isinstance(endpoint, words.OfResponse) else name


def conflicts(protocol: Protocol) -> tuple[Problem, ...]:
    """What the strategies of the estimands do to their endpoints' rules.

    Problems  N342 a strategy changes the rule for its estimand, W341 no option can carry it out
    """
    plan = protocol.plan
    problems = []
    for name, estimand in plan.estimands.items():
        if estimand.endpoint not in plan.endpoints:
            continue
        endpoint = governing(plan, estimand.endpoint)
        for said in statements(endpoint, estimand, plan.endpoints[estimand.endpoint]):
            if said.strategy == "principal_stratum":
                continue
            if said.carried_out and (said.option is None or _has(endpoint, *said.option)):
                continue
            problems.append(_parted(protocol, name, said))
    return tuple(problems)


def _parted(protocol: Protocol, name: str, said: Statement) -> Problem:
    """The estimand's strategy against the endpoint's own rule: acted on where an option can."""
    place = protocol.place("estimands", name, "intercurrent", said.event)
    asked = f"estimand '{name}' handles {said.event} by {said.strategy}: {said.text}"
    endpoint = protocol.plan.estimands[name].endpoint
    if said.option is None:
        return Problem(
            "W341",
            f"{asked}, so endpoint '{endpoint}' is analysed under its own rule",
            "choose a strategy that the endpoint can carry out, or another endpoint",
            place,
        )
    return Problem(
        "N342",
        f"{asked}. For it, endpoint '{endpoint}' is derived with {said.option[0]}: {said.option[1]}",
        f"nothing, if that is meant; writing {said.option[0]}: {said.option[1]} in the endpoint says it once",
        place,
    )


def _kind(endpoint: words.Endpoint, named: words.Endpoint) -> str:
    """What a strategy can act on: a best response is a yes or no only for the response that reads it."""
    if isinstance(endpoint, words.BestResponse):
        yes_or_no = isinstance(named, words.ObjectiveResponse | words.DiseaseControl)
        return "response" if yes_or_no else "category"
    if isinstance(endpoint, words.PsaChange):
        return "best_change" if endpoint.what == "best" else "change_at_day"
    return _KIND.get(type(endpoint), "")


def _statement(endpoint: words.Endpoint, kind: str, event: str, strategy: str) -> Statement:
    if strategy == "principal_stratum":
        text = (
            "the endpoint is unchanged; the estimand speaks of the patients in whom it would not happen: "
            "write them as a condition under populations"
        )
        return Statement(event, strategy, text)
    if event == "death" and isinstance(endpoint, words.ProgressionFreeSurvival):
        return _death(endpoint, strategy)
    found = _ASKED.get((kind, event, strategy))
    if found is not None:
        option, value, text = found
        return Statement(event, strategy, text, True, (option, value) if option else None)
    if event == "palliative_radiotherapy" and _irradiation_counts(endpoint):
        return Statement(event, strategy, "it is itself an event of the endpoint", strategy == "composite")
    if strategy == "treatment_policy" and event != "death":
        return Statement(event, strategy, f"no rule of the endpoint looks at it: {_FOLLOW}")
    return Statement(event, strategy, "no option of this derivation carries it out", False)


def _irradiation_counts(endpoint: words.Endpoint) -> bool:
    """Whether palliative radiotherapy is one of the events of this time."""
    from trialist.endpoints.filled import rule_for

    if isinstance(endpoint, SkeletalEvent):
        return "radiotherapy" in endpoint.first_of
    if isinstance(endpoint, PainProgression):
        return getattr(rule_for(endpoint), "radiotherapy", None) == "event"
    if isinstance(endpoint, words.ProgressionFreeSurvival):
        pain = getattr(rule_for(endpoint), "pain", None)
        return "pain_progression" in endpoint.first_of and getattr(pain, "radiotherapy", None) == "event"
    return False


def _death(endpoint: words.ProgressionFreeSurvival, strategy: str) -> Statement:
    counts = "death" in endpoint.first_of
    if strategy == "composite":
        text = "death is one of the events" if counts else "death would have to be among first_of"
        return Statement("death", strategy, text, counts)
    text = "death is among first_of, so it is an event" if counts else "death censors and competes"
    return Statement("death", strategy, text, not counts and strategy == "hypothetical")


def _set(endpoint: words.Endpoint, option: str, value: str) -> words.Endpoint:
    read = _value(value)
    if option.startswith("censoring.") and isinstance(endpoint, words.ProgressionFreeSurvival):
        censoring = endpoint.censoring.model_copy(update={option.removeprefix("censoring."): read})
        return endpoint.model_copy(update={"censoring": censoring})
    return endpoint.model_copy(update={option: read})


def _has(endpoint: words.Endpoint, option: str, value: str) -> bool:
    """Whether the endpoint's rule already does what the option asks for."""
    from trialist.endpoints.filled import rule_for

    name = option.removeprefix("censoring.")
    return bool(getattr(rule_for(endpoint), name) == _value(value))


def _value(value: str) -> str | bool:
    return {"yes": True, "no": False}.get(value, value)
