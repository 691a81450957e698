"""Effects out of findings of single arms: the proportions, or the medians, of both sides of a trial."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations

from trialist.evidence.model import Arm, TrialCard
from trialist.evidence.pooling.effects import Effect, of_medians, of_restricted_means, of_two_proportions
from trialist.evidence.pooling.matching import LeftOut, direction, entry_of, rank, unfit
from trialist.evidence.pooling.question import Options, Question
from trialist.findings.model import Finding


def out_of_proportions(
    card: TrialCard, findings: Sequence[Finding], question: Question, options: Options
) -> tuple[Effect | None, list[LeftOut]]:
    """The effect of the best pair of proportions, and the proportions that are in no such pair.

    A pair is of one population, timepoint and definition; one that a single source printed comes first.
    """
    counts = [f for f in findings if f.measure == "proportion" and len(f.groups) == 1]
    if not _compares(card, question):
        return None, [LeftOut(f, "the trial does not compare the two sides", elsewhere=True) for f in counts]
    made: list[Effect] = []
    for first, second in _pairs(card, counts, question):
        effect = of_two_proportions(first, second, question.measure, add=options.add, to=options.to)  # type: ignore[arg-type]
        if isinstance(effect, Effect):
            made.append(effect)
    best = min(made, key=lambda e: (_sources(e), rank(e))) if made else None
    used = best.findings if best is not None else ()
    said = "it is in no pair of arms of one population, time and definition"
    if used:
        said = f"{entry_of(used[0])} and {entry_of(used[1])} of the same trial are used"
    return best, [LeftOut(f, unfit(f, question) or said) for f in counts if f not in used]


def out_of_medians(card: TrialCard, findings: Sequence[Finding], question: Question) -> Effect | None:
    """A hazard ratio as if times were exponential, of the first pair that has what it needs."""
    medians = [f for f in findings if f.measure == "median_time" and len(f.groups) == 1]
    for first, second in _pairs(card, medians, question):
        effect = of_medians(first, second)
        if isinstance(effect, Effect):
            return effect
    return None


def out_of_restricted_means(
    card: TrialCard, findings: Sequence[Finding], question: Question
) -> Effect | None:
    """The difference of the first pair of restricted means up to one time that have their errors."""
    means = [f for f in findings if f.measure == "restricted_mean" and len(f.groups) == 1]
    for first, second in _pairs(card, means, question):
        effect = of_restricted_means(first, second)
        if isinstance(effect, Effect):
            return effect
    return None


def _compares(card: TrialCard, question: Question) -> bool:
    return any(direction(one, other, question) is False for one, other in permutations(card.arms.values(), 2))


def _sources(effect: Effect) -> int:
    return len({finding.origin.source for finding in effect.findings})


def _of_arms(
    card: TrialCard, findings: Iterable[Finding], question: Question
) -> Iterator[tuple[Arm, Finding]]:
    for finding in findings:
        arm = card.arms.get(finding.groups[0])
        if arm is not None and unfit(finding, question) is None:
            yield arm, finding


def _pairs(
    card: TrialCard, findings: Iterable[Finding], question: Question
) -> Iterator[tuple[Finding, Finding]]:
    found = list(_of_arms(card, findings, question))
    for (one, first), (other, second) in permutations(found, 2):
        alike = all(
            getattr(first, word) == getattr(second, word)
            for word in ("population", "timepoint", "definition")
        )
        if alike and one is not other and direction(one, other, question) is False:
            yield first, second
