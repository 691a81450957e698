"""The numbers of a fitted network as findings of origin `pooled`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from trialist.evidence.pooling.network_question import NetworkOptions, NetworkQuestion
from trialist.evidence.pooling.network_selection import is_ratio
from trialist.evidence.pooling.shared_arms import JoinedTrial, entry
from trialist.findings.model import Finding, Interval, Method, Origin, PValue
from trialist.kernels.counts import Floats
from trialist.kernels.network import Network
from trialist.kernels.network_flow import flow
from trialist.kernels.network_inconsistency import Decomposition, Part, Split, decomposition, splits
from trialist.kernels.network_trials import NetworkTrials
from trialist.kernels.network_weights import fitted
from trialist.kernels.ranking import mean_ranks, p_scores, rankogram
from trialist.problems import Problem

TRIAL = "pooled"


@dataclass(frozen=True, slots=True)
class Fit:
    """One connected part of a network and its numbers on the scale on which effects are pooled."""

    treatments: tuple[str, ...]
    trials: tuple[JoinedTrial, ...]
    data: NetworkTrials
    network: Network
    designs: Decomposition
    splits: tuple[Split, ...]


def fit_of(
    treatments: tuple[str, ...],
    trials: tuple[JoinedTrial, ...],
    data: NetworkTrials,
    network: Network,
    options: NetworkOptions,
) -> Fit:
    """The network of one part with its inconsistency."""
    n = len(treatments)
    found = splits(data, n, network.tau2 or 0.0, method=options.split)
    return Fit(treatments, trials, data, network, decomposition(data, n), found)


class Maker:
    """What all findings of one network have in common."""

    def __init__(self, fit: Fit, question: NetworkQuestion, options: NetworkOptions) -> None:
        self.fit, self.question, self.options = fit, question, options
        self.ids = tuple(f.id for t in fit.trials for f in t.findings)
        self.entries = tuple(entry(f) for t in fit.trials for f in t.findings)
        sizes = [n for t in fit.trials for n in t.patients]
        known = [n for n in sizes if n is not None]
        self.n = sum(known) if len(known) == len(sizes) else None
        self.names = tuple(t.trial for t in fit.trials)
        shared = tuple(f"{t.trial}: {t.shared}" for t in fit.trials if t.shared)
        self.method = Method(
            "network_meta_analysis",
            (*options.as_options(), ("covariance", shared or None), ("tau2_value", fit.network.tau2)),
        )
        self.ratio = is_ratio(question.measure)

    def __call__(
        self,
        measure: str,
        estimate: float | None,
        groups: tuple[str, ...] = (),
        *,
        interval: Interval | None = None,
        p_value: float | None = None,
        n: int | None = None,
        problems: tuple[Problem, ...] = (),
        **more: Any,
    ) -> Finding:
        return Finding(
            trial=TRIAL,
            endpoint=self.question.endpoint,
            measure=measure,
            estimate=estimate,
            origin=Origin("pooled"),
            method=self.method,
            population=self.question.population or "any",
            groups=groups,
            interval=interval,
            p_value=None if p_value is None else PValue(p_value),
            n=n,
            definition=(
                *self.question.definition,
                *more.items(),
                ("trials", self.names),
                ("findings", self.ids),
                ("entries", self.entries),
            ),
            problems=problems,
        )

    def printed(self, value: float | None) -> float | None:
        """Back from the scale on which effects are pooled."""
        if value is None or math.isnan(value):
            return None
        return math.exp(min(value, 700.0)) if self.ratio else value

    def interval(self, low: float | None, high: float | None) -> Interval | None:
        ends = self.printed(low), self.printed(high)
        return None if None in ends else Interval(*ends, self.options.level)


def findings(fit: Fit, question: NetworkQuestion, options: NetworkOptions) -> tuple[Finding, ...]:
    """Every contrast in both directions; direct, indirect and predicted effects; Q, tau2, I2; ranks."""
    make = Maker(fit, question, options)
    return (
        *_contrasts(make),
        *_evidence(make),
        *_heterogeneity(make),
        *_ranks(make),
        *_contributions(make),
    )


def _at(values: Floats | None, i: int, j: int) -> float | None:
    return None if values is None else float(values[i, j])


def _contrasts(make: Maker) -> Iterator[Finding]:
    net, names = make.fit.network, make.fit.treatments
    predicted = "predicted_ratio" if make.ratio else "predicted_difference"
    for i, one in enumerate(names):
        for j, two in enumerate(names):
            if i == j:
                continue
            value = make.printed(_at(net.effect, i, j))
            p = _at(net.p_value, i, j)
            p = None if p is None or math.isnan(p) else p
            yield make(
                make.question.measure,
                value,
                (one, two),
                interval=make.interval(_at(net.low, i, j), _at(net.high, i, j)),
                p_value=p,
                n=make.n,
                evidence="network",
            )
            if net.predict_low is not None:
                ends = make.interval(_at(net.predict_low, i, j), _at(net.predict_high, i, j))
                yield make(predicted, value, (one, two), interval=ends, evidence="network")


def _evidence(make: Maker) -> Iterator[Finding]:
    names, measure = make.fit.treatments, make.question.measure
    apart = "direct_over_indirect" if make.ratio else "direct_less_indirect"
    half = _normal(make.options.level)
    for split in make.fit.splits:
        pair = names[split.first], names[split.second]
        trials = sum(set(pair) <= set(trial.treatments) for trial in make.fit.trials)
        yield make("direct_share", split.proportion, pair, direct_trials=trials)
        for kind, value, error in (
            ("direct", split.direct, split.direct_error),
            ("indirect", split.indirect, split.indirect_error),
        ):
            if value is None or error is None or split.trials == 0:
                continue
            for sign, groups in ((1, pair), (-1, pair[::-1])):
                ends = make.interval(sign * value - half * error, sign * value + half * error)
                yield make(measure, make.printed(sign * value), groups, interval=ends, evidence=kind)
        if split.difference is not None and split.difference_error is not None:
            low, high = (split.difference + s * half * split.difference_error for s in (-1, 1))
            yield make(
                apart,
                make.printed(split.difference),
                pair,
                interval=make.interval(low, high),
                p_value=split.p_value,
                split=make.options.split,
            )


def _normal(level: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + level / 2)


def _heterogeneity(make: Maker) -> Iterator[Finding]:
    net, designs = make.fit.network, make.fit.designs
    if net.tau2 is not None:
        ends = None if net.tau2_low is None else Interval(net.tau2_low, net.tau2_high, make.options.level)
        yield make("tau_squared", net.tau2, interval=ends)
    if net.i2 is not None:
        ends = None if net.i2_low is None else Interval(net.i2_low, net.i2_high, make.options.level)
        yield make("i_squared", net.i2, interval=ends)
    parts: tuple[tuple[str, Part], ...] = (
        ("total", designs.total),
        ("within designs", designs.within),
        ("between designs", designs.between),
        ("design-by-treatment interaction, random effects", designs.between_random),
    )
    for name, part in parts:
        if part.df > 0:
            yield make("heterogeneity", part.q, p_value=part.p_value, part=name, df=part.df)
    label = _names(make.fit.treatments)
    for design in designs.designs:
        if design.within.df > 0:
            yield make(
                "heterogeneity",
                design.within.q,
                label(design.treatments),
                p_value=design.within.p_value,
                part="within one design",
                df=design.within.df,
            )
        if design.detached is not None and design.detached.df > 0:
            yield make(
                "heterogeneity",
                design.detached.q,
                label(design.treatments),
                p_value=design.detached.p_value,
                part="between designs, this one detached",
                df=design.detached.df,
            )


def _names(treatments: Sequence[str]) -> Callable[[tuple[int, ...]], tuple[str, ...]]:
    return lambda numbers: tuple(treatments[i] for i in numbers)


def _ranks(make: Maker) -> Iterator[Finding]:
    net, names, lower = make.fit.network, make.fit.treatments, make.question.lower_is_better is not False
    if net.effect is None or net.std_err is None or net.covariance is None:
        return
    scores = p_scores(net.effect, net.std_err, lower_is_better=lower)
    ranks = mean_ranks(scores)
    for i, name in enumerate(names):
        yield make("p_score", float(scores[i]), (name,))
        yield make("mean_rank", float(ranks[i]), (name,), by="P-score")
    seed = make.options.seed
    if seed is None:
        return
    draws = make.options.draws
    drawn = rankogram(net.effect[:, 0], net.covariance, lower_is_better=lower, draws=draws, seed=seed)
    for i, name in enumerate(names):
        yield make("sucra", float(drawn.sucra[i]), (name,), draws=draws, seed=seed)
        for rank in range(len(names)):
            value = float(drawn.probability[i, rank])
            error = float(drawn.error[i, rank])
            yield make(
                "rank_probability",
                value,
                (name,),
                rank=rank + 1,
                draws=draws,
                seed=seed,
                monte_carlo_error=round(error, 6),
            )


def _contributions(make: Maker) -> Iterator[Finding]:
    names, n = make.fit.treatments, len(make.fit.treatments)
    fit = fitted(make.fit.data, n, make.fit.network.tau2 or 0.0)
    for i, j in combinations(range(n), 2):
        found = flow(fit, i, j)
        for (one, two), share in zip(found.edges.tolist(), found.contribution.tolist(), strict=True):
            if share > 5e-4:
                yield make("contribution", share, (names[i], names[j]), of=(names[one], names[two]))
