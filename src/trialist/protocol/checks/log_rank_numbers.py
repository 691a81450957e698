"""Events, power, detected hazard ratio and duration of a log-rank design, from its words.

`trialist check` and `trialist power` both read their numbers here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from trialist.kernels import normal, power_times, power_weighted
from trialist.kernels import power as fixed
from trialist.kernels import sequential_power as sequential
from trialist.kernels.power_times import Duration, Formula, Plan
from trialist.kernels.sequential import exits
from trialist.kernels.sequential_bounds import Boundaries
from trialist.protocol.assumptions import LogRankEvents
from trialist.protocol.checks.looks import counted
from trialist.protocol.checks.times_plan import open_ended, plan_of, ratio_of, share_of


def with_events(a: LogRankEvents) -> LogRankEvents:
    """The design with the events of its last look as planned, where only the looks say them."""
    if a.events is not None or not counted(a) or a.looks is None:
        return a
    return a.model_copy(update={"events": round(a.looks[-1])})


def formulas_of(a: LogRankEvents) -> tuple[Formula, ...]:
    """The formulas of the events: the stated one; Schoenfeld's alone against a margin; else two."""
    if a.formula is not None:
        return (a.formula,)
    return ("schoenfeld",) if null_of(a) != 1 else ("schoenfeld", "freedman")


def null_of(a: LogRankEvents) -> float:
    return a.margin or 1.0


def drift_wanted(a: LogRankEvents, bounds: Boundaries | None) -> float | None:
    """The drift that has the stated power: z_alpha + z_power, or more with looks; None where none has."""
    if a.power is None or a.alpha is None or a.power <= a.alpha / a.sides:
        return None
    if bounds is not None:
        return sequential.drift_for(bounds, a.power)
    return math.sqrt(fixed.log_rank_events(math.e, a.power, a.alpha, a.sides) / 4)


def events_wanted(
    a: LogRankEvents, bounds: Boundaries | None, ratio: float, formula: Formula
) -> float | None:
    """Events for the stated power, not rounded."""
    drift = drift_wanted(a, bounds)
    if drift is None:
        return None
    return power_times.events_needed(ratio, drift, share_of(a), null=null_of(a), formula=formula)


def power_with(a: LogRankEvents, bounds: Boundaries | None, events: float, ratio: float) -> float:
    """Power of so many events at a hazard ratio (by Schoenfeld, or by the one formula that is stated)."""
    formula = formulas_of(a)[0]
    drift = power_times.drift_of(ratio, events, share_of(a), null=null_of(a), formula=formula)
    if bounds is not None:
        return sequential.power(bounds, drift)
    return normal.cdf(drift - fixed.log_rank_critical(a.alpha or 0.05, a.sides))


def ratio_detected(a: LogRankEvents, bounds: Boundaries | None, events: float) -> float | None:
    """The hazard ratio below the null that so many events detect with the stated power (Schoenfeld)."""
    drift, share = drift_wanted(a, bounds), share_of(a)
    if drift is None or events <= 0:
        return None
    return null_of(a) * math.exp(-drift / math.sqrt(events * share * (1 - share)))


def events_planned(a: LogRankEvents, bounds: Boundaries | None) -> float | None:
    """The events that the study waits for: as stated, or those needed by the first formula."""
    ratio = ratio_of(a)
    if a.events is not None or ratio is None:
        return a.events
    return events_wanted(a, bounds, ratio, formulas_of(a)[0])


# --- duration ---------------------------------------------------------------------------------------


def duration_of(a: LogRankEvents, plan: Plan, events: float) -> tuple[Plan, Duration] | None:
    """Subjects and times until so many events are expected; None where too little is stated.

    The plan comes back with its accrual closed where the rates were open-ended.
    """
    if open_ended(a):
        if a.n is not None:
            end = _accrual_end(plan, a.n)
            if end is None:
                return plan, Duration("never")
            closed = replace(plan, accrual=replace(plan.accrual, end=end))
            return closed, power_times.follow_up_for(closed, events, a.n)
        if a.follow_up_months is None:
            return None
        found = power_times.accrual_for(plan, events, a.follow_up_months)
        return replace(plan, accrual=replace(plan.accrual, end=found.accrual or plan.accrual.end)), found
    subjects = subjects_of(a, plan)
    if subjects is not None:
        return plan, power_times.follow_up_for(plan, events, subjects)
    if a.follow_up_months is None:
        return None
    return plan, power_times.subjects_for(plan, events, a.follow_up_months)


def subjects_of(a: LogRankEvents, plan: Plan) -> float | None:
    """Subjects as stated, or as the rates of entry give them."""
    if a.n is not None:
        return float(a.n)
    if a.accrual_rates is not None and a.accrual_months is not None:
        return plan.accrual.subjects
    return None


def study_of(a: LogRankEvents) -> float | None:
    """The stated duration of the study."""
    if a.accrual_months is None or a.follow_up_months is None:
        return None
    return a.accrual_months + a.follow_up_months


# --- hazards that are not proportional --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OverTime:
    """A design whose hazards are not proportional: power by integration at the end of the study.

    power   with the stated subjects: Yung and Liu's, and Lakatos' (of several weights, twice the one of both)
    needed  subjects for the stated power by each
    ratio   the average hazard ratio at the end, events that are expected there
    """

    power: tuple[float, float] | None
    needed: tuple[float, float] | None
    ratio: float | None
    events: float | None
    study: float


def over_time(a: LogRankEvents, bounds: Boundaries | None) -> OverTime | None:
    """Power and size by integration; None where the course of the study is not stated."""
    plan, study = plan_of(a), study_of(a)
    if plan is None or study is None or a.alpha is None:
        return None
    score = power_weighted.score(plan, study, a.weights or ((0.0, 0.0),))
    subjects = subjects_of(a, plan)
    z = fixed.log_rank_critical(a.alpha, a.sides)
    reached, needed = None, None
    if a.weights is not None and len(a.weights) > 1:
        reached, needed = _largest(a, score, subjects)
    elif bounds is None:
        if subjects is not None:
            reached = tuple(power_weighted.power(score, subjects, z, exact=exact) for exact in (True, False))
        if a.power is not None:
            sizes = [power_weighted.subjects_for(score, a.power, z, exact=exact) for exact in (True, False)]
            needed = () if None in sizes else tuple(size or 0.0 for size in sizes)
    else:
        if subjects is not None:
            with_looks = _power_with_looks(plan, bounds, subjects, study)
            reached = (with_looks, with_looks)
        if a.power is not None:
            size = _subjects_with_looks(plan, bounds, a.power, study)
            needed = () if size is None else (size, size)
    return OverTime(
        (reached[0], reached[1]) if reached else None,
        (needed[0], needed[1]) if needed else None,
        score.ratio,
        None if subjects is None else subjects * score.events,
        study,
    )


def _largest(
    a: LogRankEvents, score: power_weighted.Score, subjects: float | None
) -> tuple[tuple[float, ...] | None, tuple[float, ...] | None]:
    """Power and subjects of the largest of several weighted statistics."""
    alpha = (a.alpha or 0.05) / a.sides
    reached, needed = None, None
    if subjects is not None:
        found = power_weighted.max_combo(score, subjects, alpha)
        reached = None if found is None else (found[0], found[0])
    if a.power is not None:
        size = power_weighted.max_combo_subjects(score, a.power, alpha)
        needed = () if size is None else (size, size)
    return reached, needed


def means_at_looks(
    plan: Plan, bounds: Boundaries, study: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """E Z of one subject at each look: the looks are at shares of the events expected at the end."""
    whole = power_times.share_at(plan, study)
    found = []
    for share in bounds.information:
        at = power_times.time_of(plan, 1.0, min(float(share), 1.0) * whole)
        found.append(power_weighted.score(plan, study if at is None else min(at, study)).drift(1.0))
    return np.array(found)


def _power_with_looks(plan: Plan, bounds: Boundaries, subjects: float, study: float) -> float:
    means = math.sqrt(subjects) * means_at_looks(plan, bounds, study)
    return float(exits(bounds.information, bounds.upper, bounds.lower, means).above.sum())


def _subjects_with_looks(plan: Plan, bounds: Boundaries, power: float, study: float) -> float | None:
    from scipy.optimize import brentq

    means = means_at_looks(plan, bounds, study)
    if means[-1] <= 0:
        return None

    def short(root: float) -> float:
        return float(exits(bounds.information, bounds.upper, bounds.lower, root * means).above.sum()) - power

    most = 12.0 / float(means[-1])
    return None if short(most) < 0 else float(brentq(short, 0.0, most, xtol=1e-9)) ** 2


def _accrual_end(plan: Plan, subjects: float) -> float | None:
    """When so many have entered at the plan's rates, the last going on."""
    left = subjects
    starts, values = plan.accrual.rates.starts, plan.accrual.rates.values
    for start, stop, rate in zip(starts, (*starts[1:], math.inf), values, strict=True):
        if rate > 0 and rate * (stop - start) >= left:
            return start + left / rate
        left -= rate * (stop - start) if rate > 0 else 0.0
    return None
