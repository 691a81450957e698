"""Network meta-analysis of the store: a question over several treatments -> parts, differences, findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trialist.evidence.model import Store
from trialist.evidence.pooling.network_findings import Fit, findings, fit_of
from trialist.evidence.pooling.network_question import NetworkOptions, NetworkQuestion
from trialist.evidence.pooling.network_selection import LeftOutOfNetwork, contrasts, joined_trials
from trialist.evidence.pooling.shared_arms import REASONS, JoinedTrial
from trialist.evidence.pooling.trial_differences import Differences, differences, told
from trialist.findings.model import Finding
from trialist.kernels.mantel_haenszel_network import mantel_haenszel_designs
from trialist.kernels.network import network
from trialist.kernels.network_trials import NetworkTrials, from_blocks
from trialist.kernels.network_weights import components, relabelled
from trialist.problems import Problem

_DISAGREE = 0.10  # p of direct against indirect evidence, or between designs, below which it is told


@dataclass(frozen=True, slots=True)
class NetworkEdge:
    """Two treatments that trials compare: which, and how many patients they had in these arms."""

    first: str
    second: str
    trials: tuple[str, ...]
    patients: int | None


@dataclass(frozen=True, slots=True)
class NetworkPart:
    """Treatments that trials connect.

    patients     allocated to each treatment, in order; None where a trial does not state it
    reference    the treatment that the others are shown against
    shared       trial -> how the covariance of its several contrasts came about
    differences  what differs between its trials: to be read before any ranking
    """

    treatments: tuple[str, ...]
    patients: tuple[int | None, ...]
    reference: str
    edges: tuple[NetworkEdge, ...]
    trials: tuple[JoinedTrial, ...]
    differences: Differences
    findings: tuple[Finding, ...]
    by_measure: Mapping[str, tuple[Finding, ...]]
    problems: tuple[Problem, ...]

    def of(self, measure: str, *groups: str, **definition: object) -> tuple[Finding, ...]:
        """Findings of a measure and groups whose definition says so."""
        return tuple(
            f
            for f in self.by_measure.get(measure, ())
            if (not groups or f.groups == groups)
            and all(dict(f.definition).get(key) == value for key, value in definition.items())
        )


@dataclass(frozen=True, slots=True)
class PooledNetwork:
    """What a store says of a question over several treatments. `labels` print the ids of treatments."""

    question: NetworkQuestion
    options: NetworkOptions
    labels: Mapping[str, str]
    parts: tuple[NetworkPart, ...]
    left_out: tuple[LeftOutOfNetwork, ...]
    problems: tuple[Problem, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for part in self.parts for finding in part.findings)


def pool_network(
    store: Store,
    question: NetworkQuestion,
    options: NetworkOptions | None = None,
    labels: Mapping[str, str] | None = None,
) -> PooledNetwork:
    """Fit the network of the trials that answer; parts that no trial connects are fitted apart.

    Problems: E660 no trial answers; E661 seed or reference are in no trial; E662 an option that can't be;
    N660 how the covariance of a trial of several arms came about; N661 what is left out; N662 several parts;
    N663 nothing tests consistency; N664 tau2 can't be told; N666 errors derived from p values; N667 added to
    empty cells; N668 every comparison rests on one trial; N673 which direction is better is assumed; W669
    direct and indirect evidence disagree; W665, N671, N672 of what differs between the trials.
    """
    asked = options or NetworkOptions()
    question, unsure = resolved(store, question)
    wrong = tuple(_options_that_cannot_be(question, asked))
    if wrong:
        return PooledNetwork(question, asked, dict(labels or {}), (), (), wrong)
    trials, left_out = joined_trials(store, question, asked)
    named = _labels(store, question, trials) | dict(labels or {})
    parts = tuple(_parts(store, question, asked, trials, named)) if trials else ()
    used = {t.trial for part in parts for t in part.trials}
    gone = [t.trial for t in trials if t.trial not in used]
    left_out = (*left_out, *(LeftOutOfNetwork(name, None, REASONS["no_events"]) for name in gone))
    problems = [*_refused(question, [t for t in trials if t.trial in used]), *unsure, *_left_out(left_out)]
    if len(parts) > 1:
        problems.append(_in_parts(parts, named))
    if question.seed is not None:
        parts = tuple(p for p in parts if question.seed in p.treatments)
        if any(question.reference in t.treatments for t in trials):
            problems += _reference_elsewhere(question, parts)
    return PooledNetwork(question, asked, named, parts, left_out, tuple(problems))


def _options_that_cannot_be(question: NetworkQuestion, options: NetworkOptions) -> Iterator[Problem]:
    if not 0 < options.level < 1:
        remedy = "give a number between 0 and 1, such as 0.95"
        yield Problem("E662", f"the level of an interval is {options.level:g}", remedy)
    if options.tables == "mantel_haenszel" and question.measure != "odds_ratio":
        remedy = "ask for odds_ratio, or join the trials' own effects (inverse_variance)"
        yield Problem("E662", f"Mantel and Haenszel's network has odds ratios, no {question.measure}", remedy)
    if options.seed is not None and (options.seed < 0 or options.draws < 1):
        remedy = "give a seed of 0 or more and at least one draw"
        yield Problem("E662", f"ranks can't be drawn with seed {options.seed}, draws {options.draws}", remedy)


def _refused(question: NetworkQuestion, trials: Sequence[JoinedTrial]) -> Iterator[Problem]:
    known = {t for trial in trials for t in trial.treatments}
    if not trials:
        yield Problem(
            "E660",
            f"no trial of the store compares treatments on {question.endpoint} ({question.measure})",
            "ask for another endpoint, measure, population or condition; see what was left out",
        )
        return
    for word, value in (("treatment to start from", question.seed), ("reference", question.reference)):
        if value is not None and value not in known:
            yield Problem(
                "E661",
                f"the {word} '{value}' is in no trial that answers",
                f"name one of {', '.join(sorted(known))}",
            )


def _reference_elsewhere(question: NetworkQuestion, parts: Sequence[NetworkPart]) -> Iterator[Problem]:
    """E661 where the part that was asked for lacks the reference, which another part has."""
    for part in parts:
        if question.reference not in part.treatments:
            yield Problem(
                "E661",
                f"the reference '{question.reference}' is not in the part that holds '{question.seed}'",
                f"name one of {', '.join(part.treatments)}",
            )


def _left_out(left_out: Sequence[LeftOutOfNetwork]) -> Iterator[Problem]:
    whole = [each for each in left_out if each.finding is None]
    for each in whole:
        yield Problem("N661", f"{each.trial} is left out: {each.why}", "look at its findings in the store")


def resolved(store: Store, question: NetworkQuestion) -> tuple[NetworkQuestion, tuple[Problem, ...]]:
    """The question with the cases of its conditions, and with the direction that is better."""
    words = store.words
    conditions = frozenset(case for each in question.conditions for case in words.under("condition", each))
    question = replace(question, conditions=conditions)
    if question.lower_is_better is not None:
        return question, ()
    term = words.terms("endpoint").get(question.endpoint)
    family = words.terms("endpoint").get(question.endpoint.split(":")[0])
    better = (term.better if term else None) or (family.better if family else None)
    of_times = question.measure == "hazard_ratio"  # a longer time is a lower hazard
    lower = better != "lower" if of_times else better != "higher"
    problems: tuple[Problem, ...] = ()
    if better is None:
        problems = (
            Problem(
                "N673",
                f"the vocabulary does not say which direction of {question.endpoint} is better: "
                f"{'lower' if lower else 'higher'} is taken",
                "say it with lower_is_better, or add `better` to the endpoint's term",
            ),
        )
    return replace(question, lower_is_better=lower), problems


def _labels(store: Store, question: NetworkQuestion, trials: Sequence[JoinedTrial]) -> dict[str, str]:
    """Labels of the vocabulary; of a treatment that it lacks, that of an arm."""
    found: dict[str, str] = {each: term.label for each, term in store.words.terms("treatment").items()}
    found |= {each: term.label for each, term in store.words.terms("condition").items()}
    endpoint = store.words.terms("endpoint").get(question.endpoint)
    if endpoint is not None:
        found[question.endpoint] = endpoint.label
    for trial in trials:
        for arm in store.trials[trial.trial].arms.values():
            if arm.treatment is not None:
                found.setdefault(arm.treatment, arm.label)
    return found


def _in_parts(parts: Sequence[NetworkPart], labels: Mapping[str, str]) -> Problem:
    spelt = "; ".join(
        f"part {i}: {', '.join(labels.get(t, t) for t in part.treatments)}" for i, part in enumerate(parts, 1)
    )
    return Problem(
        "N662",
        f"the network is in {len(parts)} parts that no trial connects: {spelt}",
        "treatments of different parts can't be compared; each part has its own tau2 and ranks",
    )


def _parts(
    store: Store,
    question: NetworkQuestion,
    options: NetworkOptions,
    trials: Sequence[JoinedTrial],
    labels: Mapping[str, str],
) -> Iterator[NetworkPart]:
    names = sorted({t for trial in trials for t in trial.treatments})
    data = _data(trials, {name: i for i, name in enumerate(names)}, options)
    label = components(data, len(names))
    for number in range(int(label.max(initial=-1)) + 1):
        inside = np.flatnonzero(label == number)
        mine = data.some(label[data.arms[:, 0]] == number)
        own = tuple(names[i] for i in inside)
        if len(own) > 1:
            used = tuple(t for t in trials if len(set(t.treatments) & set(own)) > 1)
            yield _part(store, question, options, own, used, relabelled(mine, inside), labels)


def _data(trials: Sequence[JoinedTrial], place: Mapping[str, int], options: NetworkOptions) -> NetworkTrials:
    """What is fitted: trials, or designs where tables are joined by Mantel and Haenszel."""
    if options.tables == "mantel_haenszel":
        rows = [
            (i, place[treatment], events, n)
            for i, trial in enumerate(trials)
            for treatment, events, n in zip(trial.treatments, trial.events, trial.patients, strict=True)
        ]
        return mantel_haenszel_designs(*zip(*rows, strict=True))[0]
    return from_blocks(
        [
            (i, [place[t] for t in trial.treatments], np.array(trial.effects), np.array(trial.covariance))
            for i, trial in enumerate(trials)
        ]
    )


def _part(
    store: Store,
    question: NetworkQuestion,
    options: NetworkOptions,
    treatments: tuple[str, ...],
    trials: tuple[JoinedTrial, ...],
    data: NetworkTrials,
    labels: Mapping[str, str],
) -> NetworkPart:
    found = network(
        data,
        len(treatments),
        model="common" if options.tables == "mantel_haenszel" else options.model,
        tau2=options.tau2,
        tau2_interval="q_profile",
        interval=options.interval,
        level=options.level,
        predict_df=options.predict_df,
    )
    fit = fit_of(treatments, trials, data, found, options)
    inside = set(treatments)
    pairs = {pair: several for pair, several in contrasts(trials).items() if inside.issuperset(pair)}
    panel = differences([(t.trial, t.treatments) for t in trials], store.trials, labels)
    direct = set(pairs)
    indirect = [(a, b) for i, a in enumerate(treatments) for b in treatments[i + 1 :] if (a, b) not in direct]
    problems = (*told(panel, indirect), *_told(fit, labels))
    results = findings(fit, question, options)
    results = (replace(results[0], problems=problems), *results[1:])
    by_measure: dict[str, list[Finding]] = {}
    for result in results:
        by_measure.setdefault(result.measure, []).append(result)
    return NetworkPart(
        treatments,
        tuple(_patients(treatment, trials) for treatment in treatments),
        _reference(question, treatments, trials),
        tuple(
            NetworkEdge(one, two, tuple(t.trial for t in several), _together(one, two, several))
            for (one, two), several in pairs.items()
        ),
        trials,
        panel,
        results,
        {measure: tuple(several) for measure, several in by_measure.items()},
        problems,
    )


def _patients(treatment: str, trials: Sequence[JoinedTrial]) -> int | None:
    sizes = [n for t in trials for name, n in zip(t.treatments, t.patients, strict=True) if name == treatment]
    known = [n for n in sizes if n is not None]
    return sum(known) if len(known) == len(sizes) else None


def _together(one: str, two: str, trials: Sequence[JoinedTrial]) -> int | None:
    both = [_patients(one, trials), _patients(two, trials)]
    return None if both[0] is None or both[1] is None else both[0] + both[1]


def _reference(question: NetworkQuestion, treatments: Sequence[str], trials: Sequence[JoinedTrial]) -> str:
    if question.reference in treatments:
        return str(question.reference)
    often = {t: sum(t in trial.treatments for trial in trials) for t in treatments}
    return max(treatments, key=lambda t: (often[t], _patients(t, trials) or 0))


def _told(fit: Fit, labels: Mapping[str, str]) -> Iterator[Problem]:
    ways = {
        "events": "takes the variance of the shared arm as one over its events",
        "patients": "parts the errors between the arms by their patients",
        "halves": "gives the shared arm half of each squared error",
    }
    for trial in fit.trials:
        if trial.shared in ways and trial.correlation is not None:
            yield Problem(
                "N660",
                f"{trial.trial} has {len(trial.treatments)} arms; the correlation of its contrasts, "
                f"{trial.correlation:.2f}, {ways[trial.shared]}",
                "see how far the result depends on it with shared_arm: events, patients or halves",
            )
        if trial.derived:
            yield Problem(
                "N666",
                f"{trial.trial}: the error of {', '.join(trial.derived)} is derived from its p value",
                "look for the interval in the paper",
            )
        if trial.corrected:
            yield Problem(
                "N667",
                f"{trial.trial} has an empty cell: something was added to its arms",
                "compare with the Mantel-Haenszel network, which adds nothing",
            )
    yield from _told_of_consistency(fit, labels)


def _told_of_consistency(fit: Fit, labels: Mapping[str, str]) -> Iterator[Problem]:
    designs, net = fit.designs, fit.network
    if net.model == "random" and net.tau2 is None:
        yield Problem(
            "N664",
            "no comparison is made twice, so the variance between trials can't be told",
            "the intervals are those of common effects and may be too narrow",
        )
    elif net.model == "random" and all(len(several) == 1 for several in contrasts(fit.trials).values()):
        yield Problem(
            "N668",
            "every comparison rests on one trial: tau2 is told by the agreement of loops alone",
            "take intervals and ranks as rough",
        )
    if designs.between.df == 0:
        yield Problem(
            "N663",
            "no closed loop of different trials: nothing tests whether direct and indirect evidence agree",
            "consistency is assumed here, not shown",
        )
    elif designs.between.p_value is not None and designs.between.p_value < _DISAGREE:
        yield Problem(
            "W669",
            f"designs disagree: Q {designs.between.q:.2f} on {designs.between.df} degrees of freedom, "
            f"p {designs.between.p_value:.3g}",
            "look at the splits and at the differences between the trials before the pooled effects",
        )
    apart = [s for s in fit.splits if s.p_value is not None and s.p_value < _DISAGREE]
    if apart and designs.between.df > 0:
        pairs = [(_label(fit, labels, s.first), _label(fit, labels, s.second), s.p_value) for s in apart]
        spelt = ", ".join(f"{one} v {two} (p {p:.2g})" for one, two, p in pairs)
        yield Problem(
            "W669",
            f"direct and indirect evidence disagree on {spelt}",
            "trust neither alone: say which trials differ, and how",
        )


def _label(fit: Fit, labels: Mapping[str, str], number: int) -> str:
    return labels.get(fit.treatments[number], fit.treatments[number])
