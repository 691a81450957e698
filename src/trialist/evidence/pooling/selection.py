"""One effect per trial: which findings answer a question, which do not, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from trialist.evidence.model import Arm, Store, TrialCard
from trialist.evidence.pooling.effects import (
    OF_COUNTS,
    Effect,
    of_finding,
    of_medians,
    of_two_proportions,
)
from trialist.evidence.pooling.question import Options, Question
from trialist.findings.model import Finding
from trialist.problems import Problem

NEVER_ALONE = frozenset({"memory", "unreliable"})
_TRUST = ("read", "transcribed", "computed by source", "digitised", "computed")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A finding of the endpoint that does not count, in words.

    elsewhere  it answers another question: other treatments, another condition or line
    """

    finding: Finding
    why: str
    elsewhere: bool = False


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
    for finding in store.findings:
        if finding.endpoint == question.endpoint:
            by_trial.setdefault(finding.trial, []).append(finding)
    for trial, findings in by_trial.items():
        effect, others = _of_trial(store.trials.get(trial), findings, question, options)
        left_out += others
        if effect is not None:
            effects.append(effect)
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
    effect, others = _best(candidates, findings)
    left_out += others
    if effect is None and question.measure in OF_COUNTS:
        effect, others = _of_arms(card, findings, question, options)
        left_out += others
    if effect is None and question.measure == "hazard_ratio" and question.medians:
        effect = _of_medians(card, findings, question)
    return (None if effect is None else replace(effect, moderators=moderators(card))), left_out


def _not_of_the_question(card: TrialCard | None, question: Question) -> str | None:
    if card is None:
        return "its trial has no card that says what its arms are"
    if question.conditions and card.condition not in question.conditions:
        return f"condition {card.condition}"
    if question.line is not None and card.line != question.line:
        return f"line of treatment: {card.line}"
    return None


def _placed(card: TrialCard, finding: Finding, question: Question) -> _Candidate | LeftOut:
    """The finding with its direction, or why it does not count."""
    if len(finding.groups) != 2:
        return LeftOut(finding, "it does not compare two arms")
    arms = [card.arms.get(group) for group in finding.groups]
    if arms[0] is None or arms[1] is None:
        return LeftOut(finding, "its groups are no arms of the trial's card")
    direction = _direction(arms[0], arms[1], question)
    if isinstance(direction, str):
        return LeftOut(finding, direction, elsewhere=True)
    why = _unfit(finding, question)
    return _Candidate(finding, direction) if why is None else LeftOut(finding, why)


def _direction(one: Arm, other: Arm, question: Question) -> bool | str:
    """Whether groups are reversed; a treatment added to the other one is no comparison of the two."""
    first = question.first.holds(one), question.first.holds(other)
    second = question.second.holds(one), question.second.holds(other)
    open_ended = question.second.controls or not (question.second.treatments or question.second.drugs)
    as_asked, reversed_ = first[0] and second[1], first[1] and second[0]
    if not as_asked and not reversed_:
        return f"it compares {one.label} with {other.label}"
    if all(first) or (all(second) and not open_ended) or (as_asked and reversed_):
        return f"both arms are of one side ({one.label}, {other.label})"
    return reversed_


def _unfit(finding: Finding, question: Question) -> str | None:
    if finding.subgroup is not None:
        return f"subgroup {finding.subgroup}"
    if question.population is not None and finding.population != question.population:
        return f"population {finding.population}, not {question.population}"
    if question.timepoint is not None and finding.timepoint != question.timepoint:
        return f"timepoint {finding.timepoint or 'not stated'}, not {question.timepoint}"
    if not question.recalled and finding.origin.reliability in NEVER_ALONE:
        return f"reliability {finding.origin.reliability}: it never answers alone"
    if finding.origin.kind not in ("published", "observed", "reconstructed"):
        return f"it is {finding.origin.kind}"
    return None


def _best(
    candidates: Iterable[_Candidate], findings: Sequence[Finding]
) -> tuple[Effect | None, list[LeftOut]]:
    made: list[Effect] = []
    left_out: list[LeftOut] = []
    for candidate in candidates:
        arms = _events_of_arms(candidate.finding, findings)
        effect = of_finding(candidate.finding, flipped=candidate.flipped, arms=arms)
        if isinstance(effect, str):
            left_out.append(LeftOut(candidate.finding, effect))
        else:
            made.append(effect)
    if not made:
        return None, left_out
    best = min(made, key=_rank)
    others = {
        each.findings[0].groups
        for each in made
        if set(each.findings[0].groups) != set(best.findings[0].groups)
    }
    if others:
        best = replace(best, problems=(*best.problems, _several_arms(best, len(others) + 1)))
    left_out += [
        LeftOut(each.findings[0], f"{_name(best.findings[0])} of the same trial is used")
        for each in made
        if each.findings != best.findings
    ]
    return best, left_out


def _rank(effect: Effect) -> tuple[int, int, int, str]:
    """What is preferred comes first: an error that was printed, most events, the better read."""
    finding = effect.findings[0]
    return (
        0 if effect.how == "interval" else 1,
        -(finding.events or 0),
        _TRUST.index(finding.origin.reliability) if finding.origin.reliability in _TRUST else len(_TRUST),
        _name(finding),
    )


def _several_arms(best: Effect, several: int) -> Problem:
    groups = " against ".join(best.findings[0].groups)
    return Problem(
        "N654",
        f"{best.trial} makes {several} such comparisons, which share an arm; one counts: {groups}",
        "name a treatment (a dose) and not a drug where the other comparison is meant",
    )


def _name(finding: Finding) -> str:
    return finding.origin.entry or finding.id


def _events_of_arms(finding: Finding, findings: Iterable[Finding]) -> tuple[int | None, int | None]:
    """The events of both arms, from findings of one arm each in the same population."""
    found: dict[str, int] = {}
    for each in findings:
        alike = each.population == finding.population and each.subgroup is None
        if len(each.groups) == 1 and each.events is not None and alike:
            found.setdefault(each.groups[0], each.events)
    first, second = finding.groups
    return found.get(first), found.get(second)


def _of_one_arm(
    card: TrialCard, findings: Iterable[Finding], question: Question, measure: str
) -> Iterator[tuple[Arm, Finding]]:
    for finding in findings:
        if finding.measure == measure and len(finding.groups) == 1 and _unfit(finding, question) is None:
            arm = card.arms.get(finding.groups[0])
            if arm is not None:
                yield arm, finding


def _pairs(
    card: TrialCard, findings: Sequence[Finding], question: Question, measure: str
) -> Iterator[tuple[Finding, Finding]]:
    """Findings of one arm each that stand on the two sides of the question, of one timepoint."""
    found = list(_of_one_arm(card, findings, question, measure))
    for one, first in found:
        for other, second in found:
            alike = first.timepoint == second.timepoint and first.population == second.population
            if one is not other and alike and _direction(one, other, question) is False:
                yield first, second


def _of_arms(
    card: TrialCard, findings: Sequence[Finding], question: Question, options: Options
) -> tuple[Effect | None, list[LeftOut]]:
    """The effect of the best pair of proportions, and the proportions that are in no such pair."""
    made: list[Effect] = []
    for first, second in _pairs(card, findings, question, "proportion"):
        effect = of_two_proportions(first, second, question.measure, add=options.add, to=options.to)  # type: ignore[arg-type]
        if isinstance(effect, Effect):
            made.append(effect)
    best = min(made, key=_rank) if made else None
    used = best.findings if best is not None else ()
    said = f"{_name(used[0])} and {_name(used[1])} of the same trial are used" if used else "no pair of arms"
    left_out = []
    for finding in findings:
        if finding.measure == "proportion" and len(finding.groups) == 1 and finding not in used:
            left_out.append(LeftOut(finding, _unfit(finding, question) or said))
    return best, left_out


def _of_medians(card: TrialCard, findings: Sequence[Finding], question: Question) -> Effect | None:
    for first, second in _pairs(card, findings, question, "median_time"):
        effect = of_medians(first, second)
        if isinstance(effect, Effect):
            return effect
    return None


def moderators(card: TrialCard) -> dict[str, str | float]:
    """What a card says that may explain differences between trials."""
    found: dict[str, str | float] = {"line": card.line, "condition": card.condition}
    if card.enrolled_from and card.enrolled_from[:4].isdigit():
        found["year"] = float(card.enrolled_from[:4])
    for key, value in (
        ("phase", card.phase),
        ("blinding", card.blinding),
        ("growth_factor", card.growth_factor),
    ):
        if value:
            found[key] = value
    if card.n is not None:
        found["n"] = float(card.n)
    return found


def differing(effects: Iterable[Effect]) -> Mapping[str, tuple[str, ...]]:
    """Of line and condition those in which the trials differ: name -> values, each with its trials."""
    found: dict[str, dict[str, list[str]]] = {}
    for effect in effects:
        for key in ("condition", "line"):
            value = effect.moderators.get(key)
            if value is not None:
                found.setdefault(key, {}).setdefault(str(value), []).append(effect.trial)
    return {
        key: tuple(f"{value} ({', '.join(trials)})" for value, trials in values.items())
        for key, values in found.items()
        if len(values) > 1
    }
