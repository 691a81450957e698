"""The log-rank design: events, hazard ratio and power, each against the others.

Published event numbers come from Schoenfeld's or Freedman's formula, so events agree when they lie between
the two, rounded outward and widened by 1 %.
"""

from __future__ import annotations

import math

from trialist.kernels import power as kernel
from trialist.problems import Place, Problem
from trialist.protocol.assumptions import LogRankEvents
from trialist.protocol.checks.design_row import (
    EVENTS_SLACK,
    DesignRow,
    missing_words,
    power_words,
    stated_power,
    stated_words,
    test_words,
    unless,
)
from trialist.protocol.checks.digits import in_full, mending


def log_rank_row(a: LogRankEvents, place: Place, whole: Place) -> DesignRow:
    stated = stated_words(
        a, f"hazard ratio {a.hazard_ratio:g}" if a.hazard_ratio else None,
        f"{a.events} events" if a.events else None, f"n {a.n}" if a.n else None,
        f"allocation {a.allocation[0]}:{a.allocation[1]}" if a.allocation != (1, 1) else None,
    )  # fmt: skip
    too_many = _events_beyond_n(a, whole)
    label, options = f"{a.for_ or 'design'}: log-rank test", (a.sides, a.allocation)
    if a.alpha is None or (a.hazard_ratio is None) + (a.power is None) + (a.events is None) > 1:
        return DesignRow(label, stated, missing_words(a), unless(too_many, "not stated"), a.source, too_many)
    if a.hazard_ratio is None and a.events and a.power:
        found = kernel.log_rank_hazard_ratio(a.events, a.power, a.alpha, *options)
        follows = f"hazard ratio {found:.3f} (or {1 / found:.3f}) is detected"
        return DesignRow(label, stated, follows, unless(too_many, "not stated"), a.source, too_many)
    ratio = a.hazard_ratio or 1.0
    if ratio == 1:
        none = Problem("W121", "a hazard ratio of 1 is no effect: no number of events detects it",
                       "state the hazard ratio that the trial is to detect", place)  # fmt: skip
        return DesignRow(label, stated, "no number of events", "differs", a.source, (none, *too_many))
    if a.power is None:
        reached = kernel.log_rank_power(a.events or 0, ratio, a.alpha, *options)
        return DesignRow(
            label, stated, f"power {power_words(reached)}", unless(too_many, "not stated"), a.source, too_many
        )
    needed = (
        kernel.log_rank_events(ratio, a.power, a.alpha, *options),
        kernel.log_rank_events_freedman(ratio, a.power, a.alpha, *options),
    )
    by_formula = f"{math.ceil(needed[0])} events by Schoenfeld, {math.ceil(needed[1])} by Freedman"
    if a.events is None:
        return DesignRow(label, stated, by_formula, unless(too_many, "not stated"), a.source, too_many)
    reached = kernel.log_rank_power(a.events, ratio, a.alpha, *options)
    least = math.floor(min(needed)) * (1 - EVENTS_SLACK)
    most = math.inf if a.power_above else math.ceil(max(needed)) * (1 + EVENTS_SLACK)
    follows = f"{by_formula}; {a.events} events give power {power_words(reached, a.power)}"
    if least <= a.events <= most:
        return DesignRow(label, stated, follows, unless(too_many, "agrees"), a.source, too_many)
    detected = kernel.log_rank_hazard_ratio(a.events, a.power, a.alpha, *options)
    detected = detected if ratio < 1 else 1 / detected

    def mends(effect: float) -> bool:
        there = kernel.log_rank_events(effect, a.power or 0.0, a.alpha or 0.0, *options)
        return effect not in (1, ratio) and abs((a.events or 0) / there - 1) <= EVENTS_SLACK / 2

    problem = Problem(
        "W121",
        f"stated {a.events} events for power {stated_power(a)}, but a hazard ratio of {ratio:g} needs "
        f"{by_formula} ({test_words(a, 'log-rank')})",
        f"{a.events} events give power {power_words(reached, a.power)} at {ratio:g} and reach "
        f"{in_full(a.power)} at {mending(detected, mends)}; {math.ceil(needed[0])} events reach "
        f"{in_full(a.power)} at {ratio:g}. Correct events, hazard_ratio or power",
        place,
    )
    return DesignRow(label, stated, follows, "differs", a.source, (problem, *too_many))


def _events_beyond_n(a: LogRankEvents, place: Place) -> tuple[Problem, ...]:
    if a.events is None or a.n is None or a.events <= a.n:
        return ()
    message = f"{a.events} events are planned among {a.n} subjects"
    return (Problem("W123", message, "a subject has one event at most: correct events or n", place),)
