"""One effect per trial: which findings answer a question, which do not, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from trialist.evidence.model import Store, TrialCard
from trialist.evidence.pooling.arms import out_of_medians, out_of_proportions, out_of_restricted_means
from trialist.evidence.pooling.differences import moderators
from trialist.evidence.pooling.effects import OF_COUNTS, Effect, of_finding
from trialist.evidence.pooling.matching import LeftOut, direction, entry_of, rank, unfit
from trialist.evidence.pooling.question import Options, Question
from trialist.findings.model import Finding
from trialist.problems import Problem


@dataclass(frozen=True, slots=True)
class Selection:
    """The effects of the trials that answer a question, by first year of enrolment, and what was left out.

    Problems  N654 a trial compares several arms of one side, of which one comparison counts
    """

    effects: tuple[Effect, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    finding: Finding
    flipped: bool


def select(store: Store, question: Question, options: Options) -> Selection:
    """One effect of each trial; among several findings that answer, the one with a usable error, then of most
    events, then the better read, then the first."""
    effects: list[Effect] = []
    left_out: list[LeftOut] = []
    by_trial: dict[str, list[Finding]] = {}
    labels = {name: term.label for name, term in store.words.terms("treatment").items()}
    for finding in store.findings:
        if finding.endpoint == question.endpoint:
            by_trial.setdefault(finding.trial, []).append(finding)
    for trial, findings in by_trial.items():
        effect, others = _of_trial(store.trials.get(trial), findings, question, options)
        left_out += others
        if effect is not None:
            more = effect.moderators | _control(store.trials[trial], effect, question, labels)
            effects.append(replace(effect, moderators=more))
    effects.sort(key=lambda e: (str(e.moderators.get("year", "9999")), e.trial))
    return Selection(tuple(effects), tuple(left_out))


def _of_trial(
    card: TrialCard | None, findings: Sequence[Finding], question: Question, options: Options
) -> tuple[Effect | None, list[LeftOut]]:
    compared = [f for f in findings if f.measure == question.measure]
    elsewhere = _not_of_the_question(card, question)
    if elsewhere is not None or card is None:
        return None, [LeftOut(f, elsewhere or "its trial has no card", card is not None) for f in compared]
    left_out: list[LeftOut] = []
    candidates: list[_Candidate] = []
    for finding in compared:
        found = _placed(card, finding, question)
        if isinstance(found, LeftOut):
            left_out.append(found)
        else:
            candidates.append(found)
    effect, others = _best(card, candidates, findings)
    left_out += others
    if effect is None and question.measure in OF_COUNTS:
        effect, others = out_of_proportions(card, findings, question, options)
        left_out += others
    if effect is None and question.measure == "hazard_ratio" and question.medians:
        effect = out_of_medians(card, findings, question)
    if effect is None and question.measure == "restricted_mean_difference":
        effect = out_of_restricted_means(card, findings, question)
    return (None if effect is None else replace(effect, moderators=moderators(card))), left_out


def _control(
    card: TrialCard, effect: Effect, question: Question, labels: Mapping[str, str]
) -> dict[str, str | float]:
    """What a trial's control arm had, where any control was asked for."""
    if not (question.first.controls or question.second.controls):
        return {}
    arms = [card.arms[group] for finding in effect.findings for group in finding.groups]
    given = [labels.get(arm.treatment or "", arm.label) for arm in arms if arm.role == "control"]
    return {"control": given[0]} if given else {}


def _not_of_the_question(card: TrialCard | None, question: Question) -> str | None:
    if card is None:
        return "its trial has no card that says what its arms are"
    if question.conditions and card.condition not in question.conditions:
        return f"condition {card.condition}"
    if question.line is not None and card.line != question.line:
        return f"line of treatment: {card.line}"
    return None if card.randomised else "its card does not say that it is randomised"


def _placed(card: TrialCard, finding: Finding, question: Question) -> _Candidate | LeftOut:
    """The finding with its direction, or why it does not count."""
    if len(finding.groups) != 2:
        return LeftOut(finding, "it does not compare two arms")
    arms = [card.arms.get(group) for group in finding.groups]
    if arms[0] is None or arms[1] is None:
        return LeftOut(finding, "its groups are no arms of the trial's card")
    flipped = direction(arms[0], arms[1], question)
    if isinstance(flipped, str):
        return LeftOut(finding, flipped, elsewhere=True)
    why = unfit(finding, question)
    return _Candidate(finding, flipped) if why is None else LeftOut(finding, why)


def _best(
    card: TrialCard, candidates: Iterable[_Candidate], findings: Sequence[Finding]
) -> tuple[Effect | None, list[LeftOut]]:
    made: list[Effect] = []
    left_out: list[LeftOut] = []
    for candidate in candidates:
        arms = _events_of_arms(candidate.finding, findings)
        sizes = [card.arms[group].n for group in candidate.finding.groups]
        allocated = (sizes[0], sizes[1]) if sizes[0] and sizes[1] else (1, 1)
        effect = of_finding(candidate.finding, flipped=candidate.flipped, arms=arms, allocated=allocated)
        if isinstance(effect, str):
            left_out.append(LeftOut(candidate.finding, effect))
        else:
            made.append(effect)
    if not made:
        return None, left_out
    best = min(made, key=rank)
    others = {
        each.findings[0].groups
        for each in made
        if set(each.findings[0].groups) != set(best.findings[0].groups)
    }
    if others:
        best = replace(best, problems=(*best.problems, _several_arms(best, len(others) + 1)))
    left_out += [
        LeftOut(each.findings[0], f"{entry_of(best.findings[0])} of the same trial is used")
        for each in made
        if each.findings != best.findings
    ]
    return best, left_out


def _several_arms(best: Effect, several: int) -> Problem:
    groups = " against ".join(best.findings[0].groups)
    return Problem(
        "N654",
        f"{best.trial} makes {several} such comparisons, which share an arm; one counts: {groups}",
        "name a treatment (a dose) and not a drug where the other comparison is meant",
    )


def _events_of_arms(finding: Finding, findings: Iterable[Finding]) -> tuple[int | None, int | None]:
    """The events of both arms, from findings of one arm each in the same population at the same time."""
    found: dict[str, int] = {}
    for each in findings:
        alike = (each.population, each.timepoint) == (finding.population, finding.timepoint)
        alike = alike and each.subgroup is None
        if len(each.groups) == 1 and each.events is not None and alike:
            found.setdefault(each.groups[0], each.events)
    first, second = finding.groups
    return found.get(first), found.get(second)
