"""One's own patients against another trial's published result: matching-adjusted and simulated comparison."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from trialist.evidence.pooling.effects import printer
from trialist.evidence.pooling.pooled_findings import pooled_origin
from trialist.findings.model import Finding, Interval, Method, Origin, PValue
from trialist.individual.matched_told import told
from trialist.individual.own import Floats, Own
from trialist.individual.target import Other, Target
from trialist.kernels import simulated_comparison as simulated
from trialist.kernels.draws import stream
from trialist.kernels.effect_from_reported import p_value_of
from trialist.kernels.matching import (
    Matched,
    Measure,
    Variance,
    Weighted,
    match,
    through_common,
    weighted_difference,
    weighted_hazard_ratio,
)
from trialist.kernels.normal import half_width
from trialist.problems import Problem

OfOutcome = Measure | Literal["hazard_ratio"]
MEASURES: dict[str, tuple[OfOutcome, ...]] = {
    "times": ("hazard_ratio",),
    "responses": ("odds_ratio", "risk_ratio", "risk_difference"),
    "values": ("mean_difference",),
}
_POPULATION = 20_000


@dataclass(frozen=True, slots=True)
class Options:
    """How own patients are matched.

    draws     bootstrap samples (0: none) from `seed`
    variance  stacked: with that weights were estimated; fixed: as if they were known (hazard ratios always)
    spread    whether published standard deviations are matched beside the means
    """

    level: float = 0.95
    draws: int = 1000
    seed: int = 1
    variance: Variance = "stacked"
    spread: bool = True


@dataclass(frozen=True, slots=True)
class Balance:
    """A characteristic before and after: own mean, what it was matched to, own mean under the weights.

    apart, left  how far off before and after, in own standard deviations
    """

    name: str
    own: str
    before: float
    target: float
    after: float
    apart: float | None
    left: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """A number of the comparison: what it is, how it was made, the finding."""

    label: str
    kind: Literal["own", "other", "comparison"]
    finding: Finding


@dataclass(frozen=True, slots=True)
class Comparison:
    """Own patients against the other trial's.

    weight    of each own patient, with sum n; None where none were found
    lines     own effect as it is and weighted (anchored), the other trial's, then one against the other:
              unadjusted, matched (robust, bootstrap), simulated
    """

    own: Own
    target: Target
    other: Other
    measure: OfOutcome
    options: Options
    endpoint: str
    weight: Floats | None = None
    effective_n: float | None = None
    balance: tuple[Balance, ...] = ()
    lines: tuple[Line, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def anchored(self) -> bool:
        return len(self.own.arms) == 2

    @property
    def sides(self) -> tuple[str, str]:
        return self.own.arms[0], self.other.arms[0]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(line.finding for line in self.lines)


def compare(
    own: Own, target: Target, other: Other, measure: OfOutcome, options: Options, *, endpoint: str
) -> Comparison:
    """Own treatment against the other trial's, in patients such as the other trial had.

    Anchored where both have a common comparator (its effects are subtracted); else own weighted patients
    against the other trial's one by one.
    Problems  E651 nothing to match, E652 no weights give the published means; W666 no common comparator,
              W667 few patients are left, W668 own patients are simulated or reconstructed, N657
              characteristics that are not matched, N659 means without their spread, N674 conditional
              effects, N675 weights that few carry, N676 bootstrap samples without an effect
    Source    Signorovitch 2010, Pharmacoeconomics 28:935; Phillippo 2016, NICE DSU technical support
    document 18
    """
    made = Comparison(own, target, other, measure, options, endpoint)
    if not target.characteristics:
        return replace(made, problems=told(made, None))
    matched = _matched(own, target, options)
    if matched.weight is None:
        return replace(made, problems=told(made, matched))
    balance = tuple(_balance(own, target, matched.weight))
    made = replace(made, weight=matched.weight, effective_n=matched.effective_n, balance=balance)
    lines, failed = _lines(made, matched)
    made = replace(made, lines=lines)
    return replace(made, problems=told(made, matched, failed))


def _matched(own: Own, target: Target, options: Options) -> Matched:
    means = [each.mean for each in target.characteristics]
    sds = [each.sd if options.spread and each.sd is not None else np.nan for each in target.characteristics]
    return match(own.covariates, means, sds)


def _balance(own: Own, target: Target, weight: Floats) -> list[Balance]:
    rows = []
    for at, each in enumerate(target.characteristics):
        x = own.covariates[:, at]
        before, after, spread = float(x.mean()), float(weight @ x / weight.sum()), float(x.std(ddof=1))
        apart, left = (None if spread == 0 else (value - each.mean) / spread for value in (before, after))
        rows.append(Balance(each.name, each.own, before, each.mean, after, apart, left))
    return rows


def _lines(made: Comparison, matched: Matched) -> tuple[tuple[Line, ...], int]:
    """All numbers, and how many bootstrap samples gave none."""
    own, other = made.own, made.other
    plain = Matched("ok", np.ones(own.n), float(own.n), np.zeros((own.n, 0)))
    before, after = (_effect(own, other, m, made.measure, made.options.variance) for m in (plain, matched))
    lines: list[Line] = []
    theirs = Weighted("ok", other.estimate, other.std_err)
    if made.anchored:
        against = f"against {own.arms[1]}"
        lines.append(_line(made, f"{own.arms[0]} {against}, as observed", "own", before, "observed"))
        lines.append(_line(made, f"{own.arms[0]} {against}, weighted", "own", after, "maic"))
        lines.append(_line(made, f"{other.arms[0]} against {other.arms[1]}", "other", theirs, "as published"))
        before, after = through_common(before, theirs), through_common(after, theirs)
    kind = "bucher" if made.anchored else "naive"
    lines.append(_line(made, "unadjusted", "comparison", before, kind))
    lines.append(_line(made, "matched, robust interval", "comparison", after, "maic"))
    ends, failed = _bootstrap(made, after.estimate)
    if ends is not None:
        boot = Weighted("ok", after.estimate, ends[2])
        lines.append(_line(made, "matched, bootstrap interval", "comparison", boot, "maic", ends[:2]))
    if made.anchored:
        found = _simulated(made)
        if found is not None:
            lines.append(_line(made, "simulated", "comparison", through_common(found, theirs), "stc"))
    return tuple(lines), failed


def _effect(own: Own, other: Other, matched: Matched, measure: OfOutcome, variance: Variance) -> Weighted:
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


def _bootstrap(made: Comparison, estimate: float | None) -> tuple[tuple[float, float, float] | None, int]:
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
        matched = _matched(again, made.target, options)
        theirs = other
        if other.outcome is not None and other.event is not None:
            chosen = random.integers(0, other.outcome.size, other.outcome.size)
            theirs = replace(other, outcome=other.outcome[chosen], event=other.event[chosen])
        shift = 0.0 if other.estimate is None else random.normal(other.estimate, other.std_err or 0.0)
        effect = None
        if matched.weight is not None:
            effect = _effect(again, theirs, matched, made.measure, "fixed").estimate
        if effect is not None:
            found.append(effect - shift)
    failed = options.draws - len(found)
    if len(found) < options.draws / 2 or len(found) < 2:
        return None, failed
    low, high = np.quantile(found, [0.5 - options.level / 2, 0.5 + options.level / 2])
    return (float(low), float(high), float(np.std(found, ddof=1))), failed


def _simulated(made: Comparison) -> Weighted | None:
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


def _line(
    made: Comparison,
    label: str,
    kind: Literal["own", "other", "comparison"],
    effect: Weighted,
    method: str,
    ends: tuple[float, float] | None = None,
) -> Line:
    own, other, options = made.own, made.other, made.options
    shown = printer(made.measure, (), "logit")
    interval, p = None, None
    if effect.estimate is not None and effect.std_err is not None:
        half = half_width(options.level) * effect.std_err
        low, high = ends or (effect.estimate - half, effect.estimate + half)
        interval = Interval(shown(low), shown(high), options.level)
        p = PValue(p_value_of(effect.estimate, effect.std_err)) if ends is None else None
    groups = {"own": own.arms, "other": other.arms, "comparison": made.sides}[kind]
    trial = {"own": own.name, "other": other.trial, "comparison": f"{own.name} and {other.trial}"}[kind]
    finding = Finding(
        trial=trial,
        endpoint=made.endpoint,
        measure=made.measure,
        estimate=shown(effect.estimate),
        origin=_origin(made, kind),
        method=Method(method, _options(made, method, ends is not None)),
        population="matched" if method in ("maic", "stc") else "as observed",
        groups=tuple(groups),
        interval=interval,
        p_value=p,
        n=own.n if kind == "own" else None,
        definition=_definition(made) if kind != "own" or method == "maic" else (),
        note=label,
    )
    return Line(label, kind, finding)


def _origin(made: Comparison, kind: str) -> Origin:
    """Of own patients; what was made of simulated or reconstructed ones stays that."""
    if kind == "own" or (kind == "comparison" and made.own.origin.kind != "observed"):
        return made.own.origin
    if kind == "other" and made.other.findings:
        return made.other.findings[0].origin
    if kind == "other":
        return Origin("published", source=made.other.trial)
    return pooled_origin()


def _options(made: Comparison, method: str, bootstrap: bool) -> tuple[tuple[str, object], ...]:
    o = made.options
    common: tuple[tuple[str, object], ...] = (
        ("comparison", f"anchored by {made.own.arms[1]}" if made.anchored else "unanchored"),
        ("level", o.level),
    )
    if method == "maic":
        variance = "fixed" if made.measure == "hazard_ratio" else o.variance
        how = (("bootstrap", o.draws), ("seed", o.seed)) if bootstrap else (("variance", variance),)
        return (*common, *how, ("spread", o.spread), ("effective_n", made.effective_n))
    if method == "stc":
        kind = "conditional at the means" if made.measure == "hazard_ratio" else "marginal"
        return (*common, ("effect", kind), ("modifiers", "all"))
    return common


def _definition(made: Comparison) -> tuple[tuple[str, object], ...]:
    used = (*made.other.findings, *(f for each in made.target.characteristics for f in each.findings))
    return (
        ("trials", (made.own.name, made.other.trial)),
        ("matched_to", tuple(f"{each.own}: {each.mean:g}" for each in made.target.characteristics)),
        ("not_matched", made.target.unmatched or None),
        ("findings", tuple(f.id for f in used) or None),
        ("entries", tuple(f.origin.entry for f in used if f.origin.entry) or None),
    )
