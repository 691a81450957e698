"""What a trial reported, as an effect with its error on the scale on which effects are pooled."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from statistics import NormalDist

from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding
from trialist.kernels import effect_from_reported as reported
from trialist.kernels.effect_from_reported import Reported, Scale
from trialist.kernels.study_effects import LOG, OfCounts, OfProportions, To, of_counts, proportion_again
from trialist.problems import Problem

OF_COUNTS = frozenset({"odds_ratio", "risk_ratio", "risk_difference"})
_HOW = {
    "interval": "its interval",
    "p_value": "its estimate and p value",
    "events": "its estimate and the events of both arms",
    "total_events": "its estimate and the total of events",
    "medians": "both medians, as if times were exponential",
    "counts": "the counts of both arms",
    "means": "the means of both arms and their intervals",
}
_FAR = 0.5  # standard errors off the middle of an interval, which rounding does not make
_FACTOR = 5.0  # between the printed p value and that of the interval, where log-rank and Wald differ little


@dataclass(frozen=True, slots=True)
class Effect:
    """One trial's effect: `y` with variance `v`, first treatment against second.

    how       interval, p_value, events, total_events, medians, means, counts, curves or given
    counts    events and patients of both sides, first before second, where they are known
    moderators what a regression or subgroup may use, by name
    """

    trial: str
    y: float
    v: float
    how: str = "given"
    findings: tuple[Finding, ...] = ()
    flipped: bool = False
    n: int | None = None
    events: int | None = None
    counts: tuple[int, int, int, int] | None = None
    moderators: dict[str, str | float] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def scale_of(measure: str) -> Scale:
    """Whether effects of a measure are pooled as logarithms."""
    known = MEASURES.get(measure)
    return "log" if measure in LOG or (known is not None and known.scale == "ratio") else "plain"


def printer(
    measure: str, effects: Sequence[Effect], proportions: OfProportions
) -> Callable[[float | None], float | None]:
    """From the scale on which effects are pooled to the one on which they are printed.

    Ratios come back from their logarithm; proportions from their scale (Freeman and Tukey's by the harmonic
    mean of the trials' sizes); anything else is printed as it was pooled.
    """

    def printed(value: float | None) -> float | None:
        if value is None:
            return None
        if measure == "proportion":
            return proportion_again(value, proportions, [e.n or 1 for e in effects])
        return math.exp(min(value, 700.0)) if scale_of(measure) == "log" else value

    return printed


def own_interval(
    effect: Effect, measure: str, level: float, proportions: OfProportions = "logit"
) -> tuple[float, float, float] | None:
    """Estimate and normal interval of one trial, as they are printed; None without an effect of its own."""
    if not math.isfinite(effect.v):
        return None
    half = NormalDist().inv_cdf(0.5 + level / 2) * math.sqrt(effect.v)
    shown = printer(measure, [effect], proportions)
    values = [shown(effect.y + side * half) for side in (0, -1, 1)]
    return values[0] or 0.0, values[1] or 0.0, values[2] or 0.0


def of_finding(
    finding: Finding,
    *,
    flipped: bool,
    arms: tuple[int | None, int | None] = (None, None),
    allocated: tuple[float, float] = (1, 1),
) -> Effect | str:
    """The effect of one finding, or why it has none.

    From the interval, else from estimate and p value, else from estimate and events: of both arms (`arms`),
    or their total, allocated as the arms' sizes say (`allocated`).
    Problems  N642 interval and p value do not belong together, N645 the error is derived, N647 the estimate
              is not in the middle of its interval
    """
    if finding.estimate is None:
        return "it has no estimate"
    scale = scale_of(finding.measure)
    found, why = _best(finding, finding.estimate, scale, arms, allocated)
    if found is None or found.estimate is None or found.std_err is None:
        return why
    problems = tuple(_told(finding, found))
    sign = -1.0 if flipped else 1.0
    return Effect(
        finding.trial,
        sign * found.estimate,
        found.std_err**2,
        found.how,
        (finding,),
        flipped,
        finding.n,
        finding.events,
        problems=problems,
    )


def of_medians(first: Finding, second: Finding) -> Effect | str:
    """A hazard ratio as if times were exponential, out of two medians with their events. N645."""
    values = (first.estimate, second.estimate, first.events, second.events)
    if any(value is None for value in values):
        return "a median or its number of events is missing"
    medians, events = (first.estimate or 0.0, second.estimate or 0.0), (first.events or 0, second.events or 0)
    found = reported.from_medians(medians, events)
    if found.status != "ok" or found.estimate is None or found.std_err is None:
        return _why(found)
    total = None if first.n is None or second.n is None else first.n + second.n
    effect = Effect(
        first.trial, found.estimate, found.std_err**2, "medians", (first, second), False, total, sum(events)
    )
    return replace(effect, problems=(derived(first.trial, "medians"),))


def of_restricted_means(first: Finding, second: Finding) -> Effect | str:
    """The difference of two restricted means, its variance out of both intervals. N645."""
    found = []
    for each in (first, second):
        made, why = _of_interval_or_p(each, each.estimate or 0.0, "plain")
        if each.estimate is None or made is None or made.how != "interval":
            return why or "a mean has no interval"
        found.append(made)
    value = (found[0].estimate or 0.0) - (found[1].estimate or 0.0)
    v = (found[0].std_err or 0.0) ** 2 + (found[1].std_err or 0.0) ** 2
    total = None if first.n is None or second.n is None else first.n + second.n
    effect = Effect(first.trial, value, v, "means", (first, second), False, total)
    return replace(effect, problems=(derived(first.trial, "means"),))


def of_two_proportions(
    first: Finding, second: Finding, measure: OfCounts, *, add: float | None, to: To
) -> Effect | str:
    """An effect of the counts of both arms. N650 where an empty cell was added to."""
    if None in (first.events, first.n, second.events, second.n):
        return "a count of its arms is missing"
    counts = (first.events or 0, first.n or 0, second.events or 0, second.n or 0)
    return of_four(first.trial, counts, measure, add=add, to=to, findings=(first, second))


def of_four(
    trial: str,
    counts: tuple[int, int, int, int],
    measure: OfCounts,
    *,
    add: float | None,
    to: To,
    findings: Sequence[Finding] = (),
) -> Effect | str:
    a, n1, c, n2 = counts
    made = of_counts([a], [n1], [c], [n2], measure, add=add, to=to)
    if not made.usable[0]:
        return "its counts give no effect with an error"
    problems = (corrected(trial, measure),) if made.corrected[0] else ()
    return Effect(
        trial,
        float(made.y[0]),
        float(made.v[0]),
        "counts",
        tuple(findings),
        False,
        n1 + n2,
        a + c,
        counts,
        problems=problems,
    )


def derived(trial: str, how: str) -> Problem:
    remedy = "look for the interval in the paper, or pool without this trial as well"
    return Problem("N645", f"{trial}: the error of the effect is derived from {_HOW[how]}", remedy)


def corrected(trial: str, measure: str) -> Problem:
    remedy = {
        "odds_ratio": "pool tables by Mantel and Haenszel, Peto or exactly (`--tables`), which add nothing",
        "proportion": "pool by the binomial-normal model (`--tables binomial-normal`), which adds nothing",
        "rate_ratio": "see how far the result depends on it with `--add`",
        "rate_difference": "see how far the result depends on it with `--add`",
    }.get(measure, "pool tables by Mantel and Haenszel (`--tables mantel-haenszel`), which adds nothing")
    return Problem(
        "N650",
        f"{trial}: a cell of its table is 0, and one half (or what was asked) was added to each cell",
        remedy,
    )


def _best(
    finding: Finding,
    estimate: float,
    scale: Scale,
    arms: tuple[int | None, int | None],
    allocated: tuple[float, float],
) -> tuple[Reported | None, str]:
    """The first of the ways that works, and why none did."""
    found, why = _of_interval_or_p(finding, estimate, scale)
    if found is not None:
        return found, ""
    if finding.measure != "hazard_ratio":
        return None, why
    if arms[0] and arms[1]:
        found = reported.from_events(estimate, (arms[0], arms[1]))
    elif finding.events:
        found = reported.from_total_events(estimate, finding.events, allocated)
    else:
        return None, why
    return (found, "") if found.status == "ok" else (None, _why(found))


def _of_interval_or_p(finding: Finding, estimate: float, scale: Scale) -> tuple[Reported | None, str]:
    """From the interval, else from estimate and p value; and why from neither."""
    why = "it has neither an interval nor a p value nor events"
    ends, p = finding.interval, finding.p_value
    if ends is not None and ends.low is not None and ends.high is not None:
        found = reported.from_interval(estimate, ends.low, ends.high, ends.level, scale)
        if found.status == "ok":
            return found, ""
        why = _why(found)
    if p is not None and p.bound == "=":
        found = reported.from_p_value(estimate, p.value, p.sides, scale)
        if found.status == "ok":
            return found, ""
        why = _why(found) if ends is None else why
    return None, why


def contrast_of(finding: Finding) -> Reported | str:
    """The effect of a contrast with its error, from interval or p value alone; why it has none."""
    if finding.estimate is None:
        return "it has no estimate"
    found, why = _of_interval_or_p(finding, finding.estimate, scale_of(finding.measure))
    return why.removesuffix(" nor events") if found is None else found


def _why(found: Reported) -> str:
    return {
        "order": "its estimate does not lie in its interval",
        "range": "a number of it can't be what it should be",
        "level": "the level of its interval is none",
        "no_effect": "an estimate of no effect and its p value say nothing of an error",
        "no_events": "an arm has no events",
    }.get(found.status, "a number of it is not finite")


def _told(finding: Finding, found: Reported) -> list[Problem]:
    told = []
    name = f"{finding.trial}, {finding.origin.entry or finding.id}"
    if found.how != "interval":
        return [derived(name, found.how)]
    if found.off_centre is not None and abs(found.off_centre) > _FAR:
        told.append(
            Problem(
                "N647",
                f"{name}: the estimate is {abs(found.off_centre):.1f} errors off the middle of its interval",
                "look whether the interval is plain, exact or profile, or a misprint; its width is used",
            )
        )
    if finding.p_value is not None and found.estimate is not None and found.std_err is not None:
        told += _p_value_apart(finding, name, reported.p_value_of(found.estimate, found.std_err))
    return told


def _p_value_apart(finding: Finding, name: str, implied: float) -> list[Problem]:
    """N642 where the printed p value is on the other side of 0.05, or far from what the interval implies."""
    p = finding.p_value
    assert p is not None
    printed = 2 * min(p.value, 0.5) if p.sides == 1 else p.value
    if p.bound == "<":
        apart = implied > printed * _FACTOR
    elif p.bound == ">":
        apart = implied * _FACTOR < printed
    else:
        ratio = max(implied, printed) / max(min(implied, printed), 1e-300)
        small = max(implied, printed) < 0.001
        apart = not small and (ratio > _FACTOR or (ratio > 1.5 and (implied < 0.05) != (printed < 0.05)))
    if not apart:
        return []
    return [
        Problem(
            "N642",
            f"{name}: p{p.bound}{p.value:g} was printed, and the interval implies p={implied:.2g}",
            "see whether the p value is of another test or model; the interval was used",
        )
    ]
