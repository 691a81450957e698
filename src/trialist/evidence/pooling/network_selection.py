"""Which findings of which trials join a network, and why the others do not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from trialist.evidence.model import Store, TrialCard
from trialist.evidence.pooling.effects import contrast_of, scale_of
from trialist.evidence.pooling.matching import entry_of, rank_finding, unfit
from trialist.evidence.pooling.network_question import NetworkOptions, NetworkQuestion
from trialist.evidence.pooling.shared_arms import REASONS, Contrast, JoinedTrial, joined
from trialist.findings.model import Finding
from trialist.kernels import arm_effects, network_trials

OF_COUNTS = ("odds_ratio", "risk_ratio", "risk_difference")


@dataclass(frozen=True, slots=True)
class LeftOutOfNetwork:
    """A finding, or a whole trial, that does not count, and why."""

    trial: str
    finding: Finding | None
    why: str


def is_ratio(measure: str) -> bool:
    """Whether effects of the measure are pooled as logarithms."""
    return scale_of(measure) == "log"


def joined_trials(
    store: Store, question: NetworkQuestion, options: NetworkOptions
) -> tuple[tuple[JoinedTrial, ...], tuple[LeftOutOfNetwork, ...]]:
    """The trials that answer, in order of their first year of enrolment, and what was left out."""
    by_trial: dict[str, list[Finding]] = {}
    for finding in store.findings:
        if finding.endpoint == question.endpoint and _defined(finding, question):
            by_trial.setdefault(finding.trial, []).append(finding)
    found: list[JoinedTrial] = []
    left_out: list[LeftOutOfNetwork] = []
    for name, findings in by_trial.items():
        card = store.trials.get(name)
        wanted = [f for f in findings if f.measure == question.measure]
        elsewhere = _elsewhere(card, question)
        if card is None or elsewhere is not None:
            left_out += [LeftOutOfNetwork(name, f, elsewhere or "") for f in wanted]
            continue
        trial = _of_trial(card, findings, question, options, left_out)
        refused = None if trial is None else _refused(trial)
        if refused is not None:
            left_out.append(LeftOutOfNetwork(name, None, refused))
        elif trial is not None:
            found.append(trial)
    found.sort(key=lambda t: (store.trials[t.trial].enrolled_from or "9999", t.trial))
    return tuple(found), tuple(left_out)


def _refused(trial: JoinedTrial) -> str | None:
    """Why no network can take the trial, where it can't."""
    arms = list(range(len(trial.treatments)))
    block = (0, arms, np.array(trial.effects), np.array(trial.covariance))
    refused = network_trials.from_blocks([block]).refused
    return REASONS[refused[0].reason] if refused else None


def _defined(finding: Finding, question: NetworkQuestion) -> bool:
    stated = dict(finding.definition)
    return all(stated.get(key) == value for key, value in question.definition)


def _elsewhere(card: TrialCard | None, question: NetworkQuestion) -> str | None:
    if card is None:
        return "its trial has no card that says what its arms are"
    if question.conditions and card.condition not in question.conditions:
        return f"condition {card.condition}"
    if question.randomised and not card.randomised:
        return "its card does not say that it is randomised"
    if question.lines and card.line not in question.lines:
        return f"line of therapy: {card.line}"
    return None


def _of_trial(
    card: TrialCard,
    findings: Sequence[Finding],
    question: NetworkQuestion,
    options: NetworkOptions,
    left_out: list[LeftOutOfNetwork],
) -> JoinedTrial | None:
    if question.measure in OF_COUNTS:
        counted = _of_counts(card, findings, question, options, left_out)
        if counted is not None:
            return counted
        if options.tables == "mantel_haenszel":
            return None
    chosen = list(_chosen(card, findings, question, left_out))
    if not chosen:
        return None
    found = joined(card, chosen, findings, options.shared_arm)
    if isinstance(found, str):
        left_out.append(LeftOutOfNetwork(card.trial, None, found))
        return None
    unused = [c for c in chosen if c.finding not in found.findings]
    left_out += [LeftOutOfNetwork(card.trial, c.finding, "it follows from the others") for c in unused]
    return found


def _chosen(
    card: TrialCard,
    findings: Sequence[Finding],
    question: NetworkQuestion,
    left_out: list[LeftOutOfNetwork],
) -> Iterator[Contrast]:
    """One contrast for two arms: first with a printed interval, then of most events, then the better read."""
    pairs: dict[frozenset[str], list[Contrast]] = {}
    for finding in findings:
        if finding.measure != question.measure:
            continue
        found = _contrast(card, finding, question)
        if isinstance(found, str):
            left_out.append(LeftOutOfNetwork(card.trial, finding, found))
        else:
            pairs.setdefault(frozenset(finding.groups), []).append(found)
    for several in pairs.values():
        best = min(several, key=_rank)
        yield best
        left_out += [
            LeftOutOfNetwork(card.trial, c.finding, f"{entry_of(best.finding)} of the same trial is used")
            for c in several
            if c is not best
        ]


def _contrast(card: TrialCard, finding: Finding, question: NetworkQuestion) -> Contrast | str:
    arms = [card.arms.get(group) for group in finding.groups]
    if len(arms) != 2:
        return "it does not compare two arms"
    one, two = arms
    if one is None or two is None:
        return "its groups are no arms of the trial's card"
    if one.treatment is None or two.treatment is None:
        return "an arm has no treatment of the vocabulary"
    if one.treatment == two.treatment:
        return f"both arms have the treatment {one.treatment}"
    if question.treatments and not {one.treatment, two.treatment} <= question.treatments:
        return f"it compares {one.treatment} with {two.treatment}"
    why = unfit(finding, question)
    if why is not None:
        return why
    found = _effect(finding)
    return found if isinstance(found, str) else Contrast(finding, one, two, *found)


def _effect(finding: Finding) -> tuple[float, float, bool] | str:
    """The effect with its error, and whether that was printed as an interval."""
    found = contrast_of(finding)
    if isinstance(found, str):
        return found
    assert found.estimate is not None
    assert found.std_err is not None
    return found.estimate, found.std_err, found.how == "interval"


def _rank(contrast: Contrast) -> tuple[bool, int, int, str]:
    return not contrast.printed, *rank_finding(contrast.finding)


def _of_counts(
    card: TrialCard,
    findings: Sequence[Finding],
    question: NetworkQuestion,
    options: NetworkOptions,
    left_out: list[LeftOutOfNetwork],
) -> JoinedTrial | None:
    """A trial from the counts of its arms: findings of one source, time, population and definition, of those
    with most arms."""
    alike: dict[tuple[object, ...], dict[str, Finding]] = {}
    for each in findings:
        arm = card.arms.get(each.groups[0]) if len(each.groups) == 1 else None
        counted = each.measure == "proportion" and each.events is not None and each.n
        if arm is None or not counted or arm.treatment is None or unfit(each, question) is not None:
            continue
        if question.treatments and arm.treatment not in question.treatments:
            continue
        of_one_kind = each.origin.source, each.timepoint, each.population, each.definition
        alike.setdefault(of_one_kind, {}).setdefault(arm.name, each)
    found = max(alike.values(), key=len, default={})
    if len(found) < 2:
        return None
    left_out += [
        LeftOutOfNetwork(card.trial, each, "counts of another source, time or population are used")
        for other in alike.values()
        if other is not found
        for each in other.values()
    ]
    arms = [card.arms[name] for name in found]
    if len({arm.treatment for arm in arms}) < len(arms):
        left_out.append(LeftOutOfNetwork(card.trial, None, REASONS["same_treatment"]))
        return None
    measure = next(m for m in OF_COUNTS if m == question.measure)
    events, n = [f.events or 0 for f in found.values()], [f.n or 0 for f in found.values()]
    values = arm_effects.from_counts([0] * len(arms), events, n, measure, add=options.add)  # type: ignore[arg-type]
    if values.refused:
        left_out.append(LeftOutOfNetwork(card.trial, None, REASONS[values.refused[0].reason]))
        return None
    covariance = np.diag(values.variance[1:]) + values.variance[0]
    return JoinedTrial(
        card.trial,
        tuple(str(arm.treatment) for arm in arms),
        tuple(float(v) for v in values.value[1:] - values.value[0]),
        tuple(tuple(float(v) for v in row) for row in covariance),
        tuple(found.values()),
        tuple(n),
        "counts" if len(arms) > 2 else None,
        float(covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1])) if len(arms) > 2 else None,
        (),
        values.corrected > 0 and options.tables == "inverse_variance",
        tuple(events),
    )


def contrasts(trials: Iterable[JoinedTrial]) -> dict[tuple[str, str], list[JoinedTrial]]:
    """Trials of every pair of treatments that are compared, each pair once, in the order of their names."""
    found: dict[tuple[str, str], list[JoinedTrial]] = {}
    for trial in trials:
        for one, two in combinations(sorted(trial.treatments), 2):
            found.setdefault((one, two), []).append(trial)
    return found
