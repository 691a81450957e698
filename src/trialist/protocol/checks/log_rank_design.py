"""The log-rank design: events, hazard ratio and power, each against the others, and the time they take.

Published event numbers come from Schoenfeld's or Freedman's formula, so events agree when they lie between
the two, rounded outward and widened by 1 %.
"""

from __future__ import annotations

import math

from trialist.kernels import power_times
from trialist.kernels.power_times import Duration, Plan
from trialist.kernels.sequential_bounds import Boundaries
from trialist.problems import Place, Problem
from trialist.protocol.assumptions import LogRankEvents
from trialist.protocol.checks import log_rank_numbers as numbers
from trialist.protocol.checks.design_row import (
    EVENTS_SLACK,
    POWER_SLACK,
    SIZE_SLACK,
    DesignRow,
    missing_words,
    power_words,
    sentence,
    stated_power,
    stated_words,
    test_words,
    unless,
)
from trialist.protocol.checks.digits import in_full, mending
from trialist.protocol.checks.looks import boundaries_of
from trialist.protocol.checks.times_plan import faults, open_ended, plan_of, proportional, ratio_of

NAMES = {"schoenfeld": "Schoenfeld", "freedman": "Freedman", "hsieh_freedman": "Hsieh and Freedman"}


def log_rank_row(a: LogRankEvents, place: Place, whole: Place) -> DesignRow:
    """The verdict on one log-rank design: its events first, then the time and subjects that they take."""
    a = numbers.with_events(a)
    bounds, told = boundaries_of(a, whole, a.events)
    unusable = tuple(p for p in told if bounds is None) + faults(a, whole)
    told = (*told, *(p for p in unusable if p not in told), *_events_beyond_n(a, whole))
    label = f"{a.for_ or 'design'}: log-rank test"
    if unusable:
        return DesignRow(label, _stated(a), "nothing, until this is corrected", "differs", a.source, told)
    if integrated(a):
        return _over_time_row(a, bounds, f"{label}, {_kind(a)}", told, place)
    row = _events_row(a, bounds, label, place)
    follows, late = _duration(a, bounds, whole)
    told = (*row.problems, *told, *late)
    shown = sentence([row.follows, *follows])
    return DesignRow(label, row.stated, shown, unless(told, row.verdict), a.source, told)


def integrated(a: LogRankEvents) -> bool:
    """Whether power is integrated over follow-up: hazards are not proportional, or the test is weighted."""
    return not proportional(a) or a.weights is not None


def _kind(a: LogRankEvents) -> str:
    if a.weights is None:
        return "hazards not proportional"
    pairs = ", ".join(f"({rho:g}, {gamma:g})" for rho, gamma in a.weights)
    return f"weighted {pairs}" if len(a.weights) == 1 else f"the largest of those weighted {pairs}"


def _stated(a: LogRankEvents) -> str:
    ratio = ratio_of(a)
    return stated_words(
        a,
        f"hazard ratio {ratio:.4g}" if ratio else None,
        f"against a margin of {a.margin:g}" if a.margin else None,
        f"no effect for {a.delay_months:g} months" if a.delay_months else None,
        "hazard ratio in steps" if a.hazard_ratios else None,
        f"{a.events} events" if a.events else None,
        f"n {a.n}" if a.n else None,
        f"allocation {a.allocation[0]}:{a.allocation[1]}" if a.allocation != (1, 1) else None,
        f"looks at {', '.join(f'{look:g}' for look in a.looks)}" if a.looks else None,
    )


# --- events -----------------------------------------------------------------------------------------


def _events_row(a: LogRankEvents, bounds: Boundaries | None, label: str, place: Place) -> DesignRow:
    stated, ratio, null = _stated(a), ratio_of(a), numbers.null_of(a)
    if a.alpha is None or (ratio is None) + (a.power is None) + (a.events is None) > 1:
        return DesignRow(label, stated, missing_words(a), "not stated", a.source)
    if ratio is None:
        found = numbers.ratio_detected(a, bounds, a.events or 0)
        if found is None:
            return _no_power(a, label, place)
        other = "" if null != 1 else f" (or {1 / found:.3f})"
        return DesignRow(
            label, stated, f"hazard ratio {found:.3f}{other} is detected", "not stated", a.source
        )
    nothing = _no_effect(a, ratio, null, place)
    if nothing is not None:
        return DesignRow(label, stated, "no number of events", "differs", a.source, (nothing,))
    if a.power is None:
        reached = numbers.power_with(a, bounds, a.events or 0, ratio)
        return DesignRow(label, stated, f"power {power_words(reached)}", "not stated", a.source)
    found_by = {f: numbers.events_wanted(a, bounds, ratio, f) for f in numbers.formulas_of(a)}
    needed = {NAMES[formula]: events for formula, events in found_by.items() if events is not None}
    if not needed:
        return _no_power(a, label, place)
    by_formula = _by_formula(needed)
    if a.events is None:
        return DesignRow(label, stated, by_formula, "not stated", a.source)
    reached = numbers.power_with(a, bounds, a.events, ratio)
    least = math.floor(min(needed.values())) * (1 - EVENTS_SLACK)
    most = math.inf if a.power_above else math.ceil(max(needed.values())) * (1 + EVENTS_SLACK)
    follows = f"{by_formula}; {a.events} events give power {power_words(reached, a.power)}"
    if least <= a.events <= most:
        return DesignRow(label, stated, follows, "agrees", a.source)
    problem = _other_events(a, bounds, ratio, needed, reached, place)
    return DesignRow(label, stated, follows, "differs", a.source, (problem,))


def _by_formula(needed: dict[str, float]) -> str:
    (first, events), *rest = needed.items()
    return ", ".join(
        [f"{math.ceil(events)} events by {first}", *(f"{math.ceil(n)} by {name}" for name, n in rest)]
    )


def _no_effect(a: LogRankEvents, ratio: float, null: float, place: Place) -> Problem | None:
    if a.margin is not None and ratio >= null:
        return Problem(
            "W127",
            f"a hazard ratio of {ratio:g} is not below the margin of {null:g}: no number of events shows it",
            "correct hazard_ratio or margin; of an event that is welcome state both as their inverse",
            place,
        )
    if ratio == null:
        return Problem("W121", "a hazard ratio of 1 is no effect: no number of events detects it",
                       "state the hazard ratio that the trial is to detect", place)  # fmt: skip
    return None


def _no_power(a: LogRankEvents, label: str, place: Place) -> DesignRow:
    problem = Problem("W121", f"a power of {in_full(a.power or 0.0)} is not above the level of the test",
                      "correct power or alpha", place)  # fmt: skip
    return DesignRow(label, _stated(a), "no number of events", "differs", a.source, (problem,))


def _other_events(
    a: LogRankEvents, bounds: Boundaries | None, ratio: float, needed: dict[str, float], reached: float,
    place: Place,
) -> Problem:  # fmt: skip
    """W121: what the stated events would have to be, and what they would reach."""
    events, power = a.events or 0, a.power or 0.0
    formula, first = numbers.formulas_of(a)[0], next(iter(needed.values()))
    detected = numbers.ratio_detected(a, bounds, events) or ratio
    detected = detected if ratio < numbers.null_of(a) else 1 / detected

    def mends(effect: float) -> bool:
        if effect in (numbers.null_of(a), ratio):
            return False
        there = numbers.events_wanted(a, bounds, effect, formula)
        return there is not None and abs(events / there - 1) <= EVENTS_SLACK / 2

    return Problem(
        "W121",
        f"stated {events} events for power {stated_power(a)}, but a hazard ratio of {ratio:g} needs "
        f"{_by_formula(needed)} ({test_words(a, 'log-rank')})",
        f"{events} events give power {power_words(reached, power)} at {ratio:g} and reach "
        f"{in_full(power)} at {mending(detected, mends)}; {math.ceil(first)} events reach "
        f"{in_full(power)} at {ratio:g}. Correct events, hazard_ratio or power",
        place,
    )


def _events_beyond_n(a: LogRankEvents, place: Place) -> tuple[Problem, ...]:
    if a.events is None or a.n is None or a.events <= a.n:
        return ()
    message = f"{a.events} events are planned among {a.n} subjects"
    return (Problem("W123", message, "a subject has one event at most: correct events or n", place),)


# --- time and subjects ------------------------------------------------------------------------------


def _duration(
    a: LogRankEvents, bounds: Boundaries | None, place: Place
) -> tuple[list[str | None], tuple[Problem, ...]]:
    """When the events come, or how many subjects they take; W130 where that is not what is stated."""
    plan, events = plan_of(a), numbers.events_planned(a, bounds)
    if plan is None or events is None:
        return [], ()
    found = numbers.duration_of(a, plan, events)
    if found is None:
        return [], ()
    closed, duration = found
    study = numbers.study_of(a)
    if duration.status == "too_few_subjects":
        message = f"{math.ceil(events)} events are needed, of {duration.subjects:.0f} subjects"
        return [], (Problem("W130", message, "plan more subjects than events", place),)
    if duration.status == "never":
        return [], (_never(closed, duration, events, place),)
    if study is not None and numbers.subjects_of(a, plan) is not None and not open_ended(a):
        return _by_the_end(a, closed, duration, events, study, place)
    return [_when(duration, events)], ()


def _when(duration: Duration, events: float) -> str:
    subjects = math.ceil((duration.subjects or 0) - 1e-9)
    return (
        f"{math.ceil(events)} events by month {duration.study:.1f} of {subjects} subjects, "
        f"who enter in {duration.accrual:.1f} months"
    )


def _never(plan: Plan, duration: Duration, events: float, place: Place) -> Problem:
    ever = sum(arm.share * power_times.eventually(arm) for arm in plan.arms)
    of = f"{duration.subjects:.0f} subjects" if duration.subjects else "the subjects"
    return Problem(
        "W130",
        f"{math.ceil(events)} events never come: of {of}, a share of {ever:.2f} has an event before dropping "
        "out, however long they are followed",
        "plan more subjects, or correct hazards or dropout_per_year",
        place,
    )


def _by_the_end(
    a: LogRankEvents, plan: Plan, duration: Duration, events: float, study: float, place: Place
) -> tuple[list[str | None], tuple[Problem, ...]]:
    subjects = duration.subjects or 0.0
    expected = subjects * power_times.share_at(plan, study)
    enough = power_times.subjects_for(plan, events, study - plan.accrual.end).subjects or 0.0
    planned = math.ceil(events)
    follows = f"{expected:.1f} events expected by month {study:g} of {subjects:.0f} subjects; "
    follows += f"{planned} by month {duration.study:.1f}"
    if expected >= events * (1 - SIZE_SLACK):
        return [follows], ()
    message = (
        f"{expected:.1f} events are expected by month {study:g} of {subjects:.0f} subjects, not {planned}"
    )
    remedy = f"follow until month {duration.study:.1f}, or plan {math.ceil(enough)} subjects. Correct n, "
    remedy += "accrual_months, follow_up_months or the hazards"
    return [follows], (Problem("W130", message, remedy, place),)


# --- hazards that are not proportional --------------------------------------------------------------


def _over_time_row(
    a: LogRankEvents, bounds: Boundaries | None, label: str, told: tuple[Problem, ...], place: Place
) -> DesignRow:
    stated, found = _stated(a), numbers.over_time(a, bounds)
    if found is None or (found.power is None and a.power is None):
        lacking = "nothing can be checked without alpha, the control hazard, accrual_months, "
        lacking += "follow_up_months, and n or power"
        return DesignRow(label, stated, lacking, unless(told, "not stated"), a.source, told)
    follows = [
        f"average hazard ratio {found.ratio:.3f} by month {found.study:g}" if found.ratio else None,
        f"{found.events:.1f} events expected" if found.events is not None else None,
        f"power {power_words(found.power[0], a.power)}" if found.power else None,
        f"{math.ceil(found.needed[0])} subjects reach {in_full(a.power or 0.0)}" if found.needed else None,
    ]
    shown = sentence(follows)
    if a.power is not None and found.needed is None:
        none = Problem("W127", "on average there is no effect, or one against the experimental arm",
                       "correct hazard_ratios, or follow longer", place)  # fmt: skip
        return DesignRow(label, stated, shown, "differs", a.source, (*told, none))
    if a.power is None or found.power is None:
        return DesignRow(label, stated, shown, unless(told, "not stated"), a.source, told)
    enough = found.power[0] >= a.power - POWER_SLACK
    if enough and (a.power_above or found.power[0] <= a.power + POWER_SLACK):
        return DesignRow(label, stated, shown, unless(told, "agrees"), a.source, told)
    problem = Problem(
        "W121",
        f"stated power {stated_power(a)}, but these subjects give {power_words(found.power[0], a.power)} by "
        f"month {found.study:g} ({test_words(a, 'log-rank')}, {_kind(a)})",
        f"{follows[-1]}. Correct n, the hazard ratios, accrual_months, follow_up_months or power",
        place,
    )
    return DesignRow(label, stated, shown, "differs", a.source, (*told, problem))
