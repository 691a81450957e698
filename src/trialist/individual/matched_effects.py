"""The effects of a matched comparison: weighted, drawn again, and out of a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trialist.individual.comparison import Comparison, OfOutcome, Options
from trialist.individual.own import Floats, Own
from trialist.individual.target import Other, Target
from trialist.kernels import simulated_comparison as simulated
from trialist.kernels.draws import stream
from trialist.kernels.matching import (
    Matched,
    Variance,
    Weighted,
    match,
    weighted_difference,
    weighted_hazard_ratio,
)

_POPULATION = 20_000


def weights_of(own: Own, target: Target, options: Options) -> Matched:
    """Own patients weighted to the published means, and standard deviations where they were published."""
    means = [each.mean for each in target.characteristics]
    sds = [each.sd if options.spread and each.sd is not None else np.nan for each in target.characteristics]
    return match(own.covariates, means, sds)


def share_of(values: Floats, matched: Matched) -> Weighted:
    """The weighted share as its logit, with a robust error."""
    assert matched.weight is not None
    total = float(matched.weight.sum())
    p = float(matched.weight @ values) / total
    if not 0 < p < 1:
        return Weighted("no_variance")
    error = float(np.sqrt(np.sum((matched.weight * (values - p)) ** 2))) / total
    return Weighted("ok", float(np.log(p / (1 - p))), error / (p * (1 - p)))


def effect_of(own: Own, other: Other, matched: Matched, measure: OfOutcome, variance: Variance) -> Weighted:
    """Of the first own arm against the second, or against the other trial's patients, each counting once."""
    arm, outcome, event = own.arm, own.outcome, own.event
    if other.outcome is not None and other.event is not None:
        more = other.outcome.size
        assert matched.weight is not None
        assert matched.moments is not None
        moments = np.vstack([matched.moments, np.zeros((more, matched.moments.shape[1]))])
        matched = replace(matched, weight=np.append(matched.weight, np.ones(more)), moments=moments)
        arm = np.append(arm, np.zeros(more))
        outcome, event = np.append(outcome, other.outcome), np.append(event, other.event)
    if measure == "hazard_ratio":
        return weighted_hazard_ratio(outcome, event, arm, matched)
    return weighted_difference(outcome, arm, matched, measure, variance=variance)


def bootstrap(made: Comparison, estimate: float | None) -> tuple[tuple[float, float, float] | None, int]:
    """Percentile ends and standard error: own patients drawn again within arms and weighted anew; the other
    trial's effect drawn from its error, or its patients again."""
    options, own, other = made.options, made.own, made.other
    if options.draws < 1 or estimate is None:
        return None, 0
    random = stream(options.seed, "matched comparison")
    arms = [np.flatnonzero(own.arm == which) for which in (1, 0)]
    found = []
    for _ in range(options.draws):
        again = own.rows(np.concatenate([random.choice(arm, arm.size) for arm in arms]))
        matched = weights_of(again, made.target, options)
        theirs = other
        if other.outcome is not None and other.event is not None:
            chosen = random.integers(0, other.outcome.size, other.outcome.size)
            theirs = replace(other, outcome=other.outcome[chosen], event=other.event[chosen])
        shift = 0.0 if other.estimate is None else random.normal(other.estimate, other.std_err or 0.0)
        effect = None
        if matched.weight is not None:
            effect = effect_of(again, theirs, matched, made.measure, "fixed").estimate
        if effect is not None:
            found.append(effect - shift)
    failed = options.draws - len(found)
    if len(found) < options.draws / 2 or len(found) < 2:
        return None, failed
    low, high = np.quantile(found, [0.5 - options.level / 2, 0.5 + options.level / 2])
    return (float(low), float(high), float(np.std(found, ddof=1))), failed


def simulated_effect(made: Comparison) -> Weighted | None:
    """What a model of own patients says of the other trial's: marginal of values and odds, conditional of
    hazards.

    Every characteristic may change the effect. None of ratios and differences of proportions.
    """
    own, measure = made.own, made.measure
    means = [each.mean for each in made.target.characteristics]
    if measure == "hazard_ratio":
        found = simulated.hazard_at_means(own.outcome, own.event, own.arm, own.covariates, means)
    elif measure == "mean_difference":
        found = simulated.at_means(own.outcome, own.arm, own.covariates, means, "mean")
    elif measure == "odds_ratio":
        sds = [
            float(own.covariates[:, i].std()) if each.sd is None else each.sd
            for i, each in enumerate(made.target.characteristics)
        ]
        people = simulated.like(own.covariates, means, sds, draws=_POPULATION, seed=made.options.seed)
        found = simulated.standardised(own.outcome, own.arm, own.covariates, people, "response")
    else:
        return None
    return None if found.estimate is None else Weighted("ok", found.estimate, found.std_err)
