"""Who gets which arm: permuted blocks, minimisation, and decision lists on biomarkers.

Lists are reproducible from the generator that is handed in. Arms are the keys of the ratio, in the
order of the protocol; draws give their positions in that order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trialist.protocol.model import BiomarkerRules, Minimisation, Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]


def block_list(ratio: Sequence[int], sizes: Sequence[int], length: int, rng: np.random.Generator) -> Integers:
    """Arm positions of one stratum's list, cut to `length` slots.

    Each block's size is drawn from `sizes` with equal chances; within a block every arrangement is
    equally likely. Sizes must be multiples of sum(ratio). Raises ValueError otherwise.
    Source: permuted blocks of varying size, ICH E9 section 2.3.2.
    """
    total = sum(ratio)
    if not sizes or any(size < 1 or size % total for size in sizes):
        raise ValueError(f"block sizes {list(sizes)} are not all multiples of {total}")
    drawn = rng.choice(np.asarray(sizes, dtype=np.int64), size=-(-length // min(sizes)))
    blocks = np.repeat(np.arange(len(drawn)), drawn)
    one = np.repeat(np.arange(len(ratio)), ratio)
    arms = np.tile(one, int(drawn.sum()) // total)
    order = np.lexsort((rng.random(len(blocks)), blocks))
    return np.asarray(arms[order][:length], dtype=np.int64)


def by_blocks(
    strata: Integers, ratio: Sequence[int], sizes: Sequence[int], rng: np.random.Generator
) -> Integers:
    """Arm positions of subjects in order of entry; each stratum has its own list.

    `strata` is one stratum number per subject. Lists are drawn stratum by stratum, lowest number first.
    """
    arms = np.empty(len(strata), dtype=np.int64)
    for stratum in np.unique(strata):
        members = np.flatnonzero(strata == stratum)
        arms[members] = block_list(ratio, sizes, len(members), rng)
    return arms


def minimisation_scores(
    counts: Mapping[str, Mapping[str, int]],
    ratio: Mapping[str, int],
    measure: str = "range",
    weights: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """How unbalanced the trial would be with the new subject in each arm.

    counts   factor -> arm -> subjects already there *at the new subject's level* of that factor
    ratio    arm -> weight of the allocation ratio; counts are divided by it first
    measure  spread of an arm's counts: `range`, or `variance` (sum of squares over arms - 1)
    Returns  arm -> weighted sum of the spreads
    Source   Pocock and Simon, Biometrics 1975;31:103
    """
    scores = {}
    for candidate in ratio:
        score = 0.0
        for factor, by_arm in counts.items():
            weight = (weights or {}).get(factor, 1.0)
            spread = [(by_arm.get(arm, 0) + (arm == candidate)) / ratio[arm] for arm in ratio]
            score += weight * (_variance(spread) if measure == "variance" else max(spread) - min(spread))
        scores[candidate] = score
    return scores


def preferred(scores: Mapping[str, float]) -> tuple[str, ...]:
    """The arm or tied arms with the smallest score."""
    least = min(scores.values())
    return tuple(arm for arm, score in scores.items() if score <= least + 1e-9)


def chances(scores: Mapping[str, float], ratio: Mapping[str, int], p: float) -> dict[str, float]:
    """Allocation probabilities: `p` to the preferred arm, the rest shared by ratio; ties by ratio alone."""
    best = preferred(scores)
    if len(best) == len(scores):
        return {arm: ratio[arm] / sum(ratio.values()) for arm in scores}
    ours, others = sum(ratio[a] for a in best), sum(ratio[a] for a in scores if a not in best)
    return {arm: p * ratio[arm] / ours if arm in best else (1 - p) * ratio[arm] / others for arm in scores}


def by_minimisation(
    plan: Minimisation, levels: Mapping[str, Integers], size: int, rng: np.random.Generator
) -> Integers:
    """Arm positions of `size` subjects in order of entry; `levels` is factor -> level number per subject."""
    arms = tuple(plan.ratio)
    seen: dict[tuple[str, int], dict[str, int]] = {}
    uniform = rng.random(size)
    columns = {factor: levels[factor].tolist() for factor in plan.strata}
    given = np.empty(size, dtype=np.int64)
    for subject in range(size):
        cells = {f: seen.setdefault((f, columns[f][subject]), dict.fromkeys(arms, 0)) for f in plan.strata}
        scores = minimisation_scores(cells, plan.ratio, plan.measure, plan.weights)
        split = chances(scores, plan.ratio, plan.p)
        ends = np.cumsum([split[arm] for arm in arms])
        chosen = min(int(np.searchsorted(ends, uniform[subject], side="right")), len(arms) - 1)
        for cell in cells.values():
            cell[arms[chosen]] += 1
        given[subject] = chosen
    return given


@dataclass(frozen=True, slots=True)
class Decision:
    """What a decision list said: the arm or, without one, `pending` or `not_allocated`; and the reason."""

    arm: str | None
    outcome: str | None
    reason: str


def decide(
    plan: BiomarkerRules,
    values: Mapping[str, object],
    episode: int = 1,
    previous_arm: str | None = None,
) -> Decision:
    """Run the decision list of a screening episode for one subject.

    values        the inputs, None where missing; a re-screening may also use what its `require` names
    episode       1, or more for a re-screening
    previous_arm  the arm of the earlier episode
    The first rule whose `when` is true decides; an unknown (null) condition is not true. A re-screening
    that is not open to the subject gives `not_allocated` with that reason.
    Raises ValueError for a condition that does not parse: `check_protocol` reports those.
    """
    rules: tuple[Rule, ...] = plan.rules
    if episode > 1:
        again = plan.rescreening
        if again is None or episode > again.max_episodes:
            return Decision(None, "not_allocated", "no such screening episode")
        if previous_arm != again.from_arm:
            return Decision(None, "not_allocated", f"re-screening is open to arm {again.from_arm} only")
        if again.require is not None and _holds(again.require, values) is not True:
            return Decision(None, "not_allocated", f"re-screening requires {again.require}")
        rules = again.rules
    for rule in rules:
        if _holds(rule.when, values) is True:
            return Decision(rule.arm, rule.outcome, rule.reason)
    return Decision(None, "pending", "no rule applies")


def _variance(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((v - mean) ** 2 for v in values) / (len(values) - 1) if len(values) > 1 else 0.0


def _holds(text: str, values: Mapping[str, object]) -> bool | None:
    from trialist.protocol.predicate import parse_condition

    condition, message = parse_condition(text)
    if condition is None:
        raise ValueError(message)
    return condition.evaluate(values)
