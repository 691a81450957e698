"""Kaplan-Meier per arm: median, quantiles, probabilities and numbers at risk at times, the curve itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from trialist.findings import curve_problems, not_estimable
from trialist.findings.context import Context
from trialist.findings.curves import WITHOUT_TIME, curve_of, interval_in_months, months, share
from trialist.findings.landmark import at_landmark, from_landmark
from trialist.findings.model import Finding, Interval, Method
from trialist.findings.time_counts import SurvivalCounts, WeightedCounts, survival_counts, weighted_counts
from trialist.findings.weighed import weighable, weighed
from trialist.registry import entry
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from ibis.expr.types import Table
    from numpy.typing import NDArray

    from trialist.kernels.survival import KaplanMeierCurve
    from trialist.protocol import time_analyses


@dataclass(frozen=True, slots=True)
class Curve:
    """One arm's curve: a right-continuous step function, 1 before the first time.

    time_months      every distinct observed time, events and censorings alike, ascending
    survival         probability at and after each of these times
    low, high        pointwise interval at `level`; None where not defined
    at_risk          number at risk just before each time; where subjects are weighted, the sum of weights
    censor_months, censor_survival   the marks: times with a censoring, and the height of the curve there
    median           months; None when not reached
    """

    arm: str
    label: str
    time_months: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    at_risk: tuple[int, ...]
    censor_months: tuple[float, ...]
    censor_survival: tuple[float, ...]
    median: float | None
    level: float


@entry(
    "kaplan_meier",
    needs="TimeToEvent",
    gives=("median_time", "quantile_time", "survival_probability", "n_at_risk", "survival_band"),
    source="Kaplan and Meier 1958, JASA 53:457; Brookmeyer and Crowley 1982, Biometrics 38:29; Fleming and "
    "Harrington 1984, Commun Stat Theory Methods 13:2469; of weights: Xie and Liu 2005, Stat Med 24:3089",
)
@from_landmark
def run(table: Table, analysis: time_analyses.KaplanMeier, context: Context) -> tuple[Finding, ...]:
    """Median (months) with its interval for each arm, other quantiles, and the rest at each of `at_months`.

    Problems  N401 nobody in an arm, N402 a quantile not reached, N407 a time beyond follow-up, N412 left
              out, N463 no such column of weights
    """
    if analysis.weights is not None and not weighable(table, analysis.weights):
        reason = curve_problems.no_weights(context, analysis.weights)
        method = _method(analysis)
        return tuple(
            context.finding("median_time", None, method, [arm], unit="months", problems=[reason])
            for arm in context.arms
        )
    counts, weighted = _reduced(table, analysis, context)
    found = [
        finding
        for index, arm in enumerate(context.arms)
        for mine in [counts.of(index)]
        for finding in _arm(arm, mine, _curve(mine, weighted, index, analysis), analysis, context)
    ]
    left = [(counts.without_time, WITHOUT_TIME)]
    if weighted is not None:
        left.append((weighted.without_weight, f"'{analysis.weights}' is missing, below 0 or infinite"))
    for number, why in left:
        if number:
            told = not_estimable.left_out(context, number, why)
            found = [each.with_problem(told) if each.measure == "median_time" else each for each in found]
    return tuple(found)


def kaplan_meier_curves(
    table: Table, analysis: time_analyses.KaplanMeier, context: Context
) -> tuple[Curve, ...]:
    """The whole curve of each arm that has subjects, for plots. Times in months."""
    from trialist.kernels import survival

    table, context = at_landmark(table, analysis, context)
    counts, weighted = _reduced(table, analysis, context)
    curves = []
    for index, arm in enumerate(context.arms):
        curve = _curve(counts.of(index), weighted, index, analysis)
        if curve.time.size == 0:
            continue
        time_months = curve.time / DAYS_PER_MONTH
        lost = curve.censored > 0
        curves.append(
            Curve(
                arm,
                context.label(arm),
                tuple(time_months.tolist()),
                tuple(curve.survival.tolist()),
                tuple(None if x != x else x for x in curve.low.tolist()),
                tuple(None if x != x else x for x in curve.high.tolist()),
                tuple(round(n) for n in curve.at_risk.tolist()),
                tuple(time_months[lost].tolist()),
                tuple(curve.survival[lost].tolist()),
                months(survival.quantile(curve, 0.5, analysis.convention).value),
                analysis.level,
            )
        )
    return tuple(curves)


def _reduced(
    table: Table, analysis: time_analyses.KaplanMeier, context: Context
) -> tuple[SurvivalCounts, WeightedCounts | None]:
    """Counts of the subjects; with weights, of those weighed, and their weights."""
    counts = survival_counts(table, context.arms)
    if analysis.weights is None:
        return counts, None
    kept = survival_counts(weighed(table, analysis.weights), context.arms)
    told = replace(kept, without_time=counts.without_time)
    return told, weighted_counts(table, context.arms, analysis.weights)


def _method(analysis: time_analyses.KaplanMeier) -> Method:
    plain = analysis.estimate == "kaplan_meier"
    variance = analysis.variance or ("jackknife" if analysis.weights else "greenwood")
    return Method(
        "kaplan_meier",
        (
            ("interval", analysis.interval),
            ("level", analysis.level),
            ("variance", variance if plain else "aalen"),
            ("median_interval", "brookmeyer_crowley"),
            ("convention", analysis.convention),
            ("estimate", analysis.estimate),
            ("weights", analysis.weights),
            ("days_per_month", DAYS_PER_MONTH),
        ),
    )


def _arm(
    arm: str,
    counts: SurvivalCounts,
    curve: KaplanMeierCurve,
    analysis: time_analyses.KaplanMeier,
    context: Context,
) -> Iterator[Finding]:
    method = _method(analysis)
    n, events = counts.n, counts.events
    nobody = [not_estimable.no_subjects(context, [arm])] if n == 0 else []
    yield from _quantiles(arm, n, events, curve, analysis, context)
    from trialist.kernels import survival

    last = float(curve.time[-1]) / DAYS_PER_MONTH if curve.time.size else 0.0
    for at in analysis.at_months:
        seen = survival.probability(curve, at * DAYS_PER_MONTH)
        why = [*nobody]
        if n and seen.value is None:
            why.append(not_estimable.beyond_follow_up(context, arm, at, last))
        yield context.finding(
            "survival_probability",
            seen.value,
            method,
            [arm],
            timepoint=f"{at:g}",
            interval=None if seen.value is None else Interval(seen.low, seen.high, analysis.level),
            n=n,
            events=events,
            problems=why,
        )
        yield context.finding(
            "n_at_risk",
            float(np.sum((counts.deaths + counts.censored)[_not_before(counts, at)])) if n else None,
            Method("kaplan_meier", (("at_risk", "time not smaller"),)),
            [arm],
            timepoint=f"{at:g}",
            n=n,
            problems=nobody,
        )
    if analysis.band and n:
        yield from _band(arm, counts, curve, analysis, context)


def _band(
    arm: str,
    counts: SurvivalCounts,
    curve: KaplanMeierCurve,
    analysis: time_analyses.KaplanMeier,
    context: Context,
) -> Iterator[Finding]:
    """The simultaneous band at each of `at_months`; without ends where it does not reach."""
    from trialist.kernels import survival
    from trialist.kernels.bands import band

    assert analysis.band is not None
    found = band(curve, float(counts.n), analysis.band)
    known = np.flatnonzero(np.isfinite(found.low))
    covers = [float(curve.time[known[place]]) / DAYS_PER_MONTH for place in (0, -1)] if known.size else []
    options = (("band", analysis.band), ("critical_value", found.critical), *_method(analysis).options)
    for at in analysis.at_months:
        seen = survival.probability(curve, at * DAYS_PER_MONTH)
        step = int(np.searchsorted(curve.time, at * DAYS_PER_MONTH * (1 + 1e-12), side="right")) - 1
        inside = step >= 0 and seen.value is not None and bool(np.isfinite(found.low[step]))
        last = float(curve.time[-1]) / DAYS_PER_MONTH
        yield context.finding(
            "survival_band",
            seen.value,
            Method("kaplan_meier", options),
            [arm],
            timepoint=f"{at:g}",
            interval=Interval(float(found.low[step]), float(found.high[step]), analysis.level)
            if inside
            else None,
            n=counts.n,
            events=counts.events,
            note=f"the band covers {covers[0]:.4g} to {covers[1]:.4g} months"
            if covers
            else "no band: no event",
            problems=()
            if seen.value is not None
            else [not_estimable.beyond_follow_up(context, arm, at, last)],
        )


def _not_before(counts: SurvivalCounts, at: float) -> NDArray[np.bool_]:
    """The cells at risk at a time in months."""
    return np.asarray(counts.time >= at * DAYS_PER_MONTH * (1 - 1e-12))


def _quantiles(
    arm: str,
    n: int,
    events: int,
    curve: KaplanMeierCurve,
    analysis: time_analyses.KaplanMeier,
    context: Context,
) -> Iterator[Finding]:
    """The median, then the other quantiles asked for."""
    from trialist.kernels import survival

    method = _method(analysis)
    nobody = [not_estimable.no_subjects(context, [arm])] if n == 0 else []
    for p in (0.5, *(q for q in analysis.quantiles if q != 0.5)):
        at = survival.quantile(curve, p, analysis.convention)
        median = p == 0.5
        why = [*nobody]
        if n and at.value is None:
            why.append(
                not_estimable.not_reached(context, arm)
                if median
                else curve_problems.quantile_not_reached(context, arm, p)
            )
        told = method if median else Method(method.name, (("probability", p), *method.options))
        yield context.finding(
            "median_time" if median else "quantile_time",
            months(at.value),
            told,
            [arm],
            unit="months",
            timepoint=None if median else share(p),
            interval=interval_in_months(at, analysis.level) if n else None,
            n=n,
            events=events,
            problems=why,
        )


def _curve(
    mine: SurvivalCounts, weighted: WeightedCounts | None, index: int, analysis: time_analyses.KaplanMeier
) -> KaplanMeierCurve:
    """The curve of one arm, by its counts or by weights."""
    from trialist.kernels import survival

    jackknife = analysis.variance == "jackknife"
    if weighted is None:
        squares = (mine.deaths, mine.censored) if jackknife else None
        if squares is None:
            return curve_of(mine, analysis.level, analysis.interval, analysis.estimate)
        time, deaths, censored = mine.time, mine.deaths, mine.censored
    else:
        own = weighted.arm == index
        time, deaths, censored = weighted.time[own], weighted.deaths[own], weighted.censored[own]
        robust = analysis.variance != "greenwood"
        squares = (weighted.deaths_squared[own], weighted.censored_squared[own]) if robust else None
    return survival.kaplan_meier(
        time, deaths, censored, level=analysis.level, interval=analysis.interval, squares=squares
    )
