"""The course of every subject: entry, progression, death, dropout and the common cut-off."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trialist.kernels.draws import categories, stream
from trialist.kernels.multistate import (
    IllnessDeath,
    PiecewiseHazard,
    draw,
    draw_earlier,
    illness_death,
)
from trialist.problems import Problem
from trialist.protocol.assumptions import LogRankEvents
from trialist.protocol.model import Protocol
from trialist.records.simulated.cohort import NEVER, Cohort
from trialist.records.simulated.entry import accrual, allocate, factor_levels
from trialist.records.simulated.laws import Laws
from trialist.units import DAYS_PER_MONTH

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_LATEST = 20 * 365
"""How long after the planned follow-up a number of events is waited for, days."""
_CHUNK = 200_000
_AT_ONCE = 0.5
"""Share of the composite's density, at most, that is imaging progression or death at once: an assumption."""


def follow(
    protocol: Protocol, laws: Laws, subjects: int, seed: int
) -> tuple[Cohort | None, tuple[Problem, ...]]:
    """Draw the cohort. Problems: N503 assumptions used, N504 laws that cross, N505 the cut-off."""
    plan = protocol.plan.simulation
    assert plan is not None
    levels, notes = factor_levels(protocol, subjects, seed)
    arm, trouble = allocate(protocol, levels, subjects, seed)
    problems = [*notes, *trouble]
    if arm is None:
        return None, tuple(problems)
    entered = accrual(plan.accrual_months * DAYS_PER_MONTH, subjects, stream(seed, "accrual"))
    planned_cut = round((plan.accrual_months + plan.follow_up_months) * DAYS_PER_MONTH)
    horizon = planned_cut + (_LATEST if plan.cut_at_events else 0)
    progression, death, rising, crossing = _times(protocol, laws, arm, horizon, seed)
    problems += crossing
    rate = -np.log1p(-plan.dropout_per_year) / 365.25
    waits = stream(seed, "dropout").standard_exponential(subjects)
    dropout = np.full(subjects, NEVER) if rate == 0 else np.ceil(waits / rate).clip(1, NEVER).astype(np.int64)
    cut, late = _cutoff(protocol, laws, entered, (progression, death, dropout), planned_cut)
    problems += late
    start = _start(protocol, cut)
    cutoff = np.where(arm >= 0, cut - entered, 0)
    width = max(4, len(str(subjects)))
    names = [f"{protocol.plan.trial}-{number:0{width}d}" for number in range(1, subjects + 1)]
    return Cohort(
        subject=pa.array(names, pa.string()),
        arm=arm,
        reference=start + entered,
        consent=-np.floor(stream(seed, "consent").random(subjects) * 14).astype(np.int64),
        first_dose=_first_dose(protocol, arm, seed),
        progression=progression,
        death=death,
        psa=rising,
        pain=np.full(subjects, NEVER, dtype=np.int64),
        skeletal=_apart(laws.skeletal, arm, stream(seed, "skeletal event")),
        dropout=dropout,
        cutoff=cutoff,
        option=_options(protocol, arm, seed),
        levels=levels,
    ), tuple(problems)


def _times(
    protocol: Protocol, laws: Laws, arm: Integers, horizon: int, seed: int
) -> tuple[Integers, Integers, Integers, list[Problem]]:
    """Days of progression, death and earlier PSA progression, by the illness-death model of each arm.

    Times are whole days, rounded to the nearest (cells end at 1.5, 2.5 ... days); a time of t days
    (counted inclusively, as in ADTTE) is day t - 1. Neither comes before day 1.
    """
    plan = protocol.plan.simulation
    assert plan is not None
    edges = np.concatenate([[0.0], np.arange(1, horizon + 2) + 0.5])
    progression = np.full(len(arm), NEVER, dtype=np.int64)
    death = np.full(len(arm), NEVER, dtype=np.int64)
    rising = np.full(len(arm), NEVER, dtype=np.int64)
    problems: list[Problem] = []
    for number, name in enumerate(protocol.plan.arms):
        members = np.flatnonzero(arm == number)
        free, alive = laws.free[number], laws.alive[number]
        survive = np.ones(len(edges)) if alive is None else alive.survival(edges)
        unprogressed = survive if free is None else free.survival(edges)
        before = 1.0 if free is None else plan.death_before_progression
        model = illness_death(unprogressed, survive, before)
        if model.capped:
            problems.append(_crossing(protocol, name, laws.progression, laws.survival))
        both = None if not laws.composite else _both(laws, number, edges, model)
        if both is not None and both.capped:
            problems.append(_crossing(protocol, name, laws.composite, laws.progression))
        for chunk, begin in enumerate(range(0, len(members), _CHUNK)):
            here = members[begin : begin + _CHUNK]
            rng = stream(seed, "course", name, chunk)
            size = len(here)
            first, last = draw(model, rng.random(size), rng.random(size), rng.standard_exponential(size))
            cells = len(edges) - 1
            progression[here] = np.where(first < cells, np.maximum(first, 1), NEVER)
            death[here] = np.where(last < cells, np.maximum(last, 1), NEVER)
            if both is not None:
                rng = stream(seed, "earlier", name, chunk)
                later = np.minimum(first, last)
                cell = draw_earlier(both, 1.0 - model.first, later, rng.random(size), 1.0 - rng.random(size))
                day = np.where(cell < later, np.maximum(cell, 2), NEVER)
                until = np.minimum(progression[here], death[here])
                rising[here] = np.where(day < until, day, NEVER)
    return progression, death, rising, problems


def _apart(laws: tuple[PiecewiseHazard | None, ...], arm: Integers, rng: np.random.Generator) -> Integers:
    """Days by the law of each arm, whatever else happens to the subject; NEVER where the arm has none."""
    hazard = rng.standard_exponential(len(arm))
    day = np.full(len(arm), NEVER, dtype=np.int64)
    for number, law in enumerate(laws):
        if law is not None:
            mine = arm == number
            day[mine] = np.floor(law.time(hazard[mine]) - 0.5).clip(1, NEVER).astype(np.int64)
    return day


def _both(laws: Laws, number: int, edges: Floats, model: IllnessDeath) -> IllnessDeath | None:
    """The composite time before the progression-free time, from the two laws of an arm."""
    law = laws.first[number]
    return None if law is None else illness_death(law.survival(edges), 1.0 - model.first, _AT_ONCE)


def _crossing(protocol: Protocol, arm: str, lower: str | None, upper: str | None) -> Problem:
    return Problem(
        "N504",
        f"in arm '{arm}' the law of '{lower}' lies above that of '{upper}' somewhere; it is lowered there",
        "check the medians: the shorter of two nested times can't exceed the longer",
        protocol.place("simulation", "times"),
    )


def _cutoff(
    protocol: Protocol,
    laws: Laws,
    entered: Integers,
    days: tuple[Integers, Integers, Integers],
    planned: int,
) -> tuple[int, list[Problem]]:
    """The cut-off, in days after the first possible entry, and what there is to say about it."""
    plan = protocol.plan.simulation
    assert plan is not None
    progression, death, dropout = days
    place = protocol.place("simulation", "cut_at_events")
    cut, notes, used = planned, [], False
    for endpoint, events in plan.cut_at_events.items():
        if endpoint == laws.progression:
            day = np.minimum(progression, death)
        elif endpoint == laws.survival:
            day = death
        else:
            notes.append(
                Problem(
                    "N502",
                    f"the cut-off does not wait for events of '{endpoint}' because it has no simulated law",
                    "name an endpoint of 'simulation: times:' in 'cut_at_events'",
                    place,
                )
            )
            continue
        total = _planned_total(protocol)
        wanted = round(events * len(entered) / total) if total else events
        when = np.sort((entered + day)[(day <= dropout) & (day < NEVER)])
        if wanted > len(when):
            notes.append(
                Problem(
                    "N505",
                    f"{wanted} events of '{endpoint}' are never reached ({len(when)} occur); the cut-off is "
                    "at the planned follow-up instead",
                    "lower the number of events or the dropout",
                    place,
                )
            )
            continue
        reached = int(when[max(wanted, 1) - 1])
        cut, used = (max(cut, reached) if used else reached), True
    last = int(entered.max(initial=0)) + 1
    if cut < last:
        notes.append(
            Problem(
                "N505",
                "the events of the cut-off are reached before the last subject entered; the cut-off waits "
                "for that subject",
                "shorten the accrual if entry should stop at the cut-off",
                place,
            )
        )
        cut = last
    return cut, notes


def _planned_total(protocol: Protocol) -> int | None:
    """Subjects the plan's numbers refer to: allocated, else planned per arm, else the design's n."""
    arms = protocol.plan.arms.values()
    for numbers in ([a.allocated_n for a in arms], [a.planned_n for a in arms]):
        if numbers and all(n is not None for n in numbers):
            return sum(n for n in numbers if n is not None) or None
    sizes = [d.n for d in protocol.plan.design if isinstance(d, LogRankEvents) and d.n is not None]
    return sizes[0] if sizes else None


def _start(protocol: Protocol, cut: int) -> int:
    """The calendar's first day, so that a full `cut_off` date is met; else `first_enrolled`, else 2020."""
    dates = protocol.plan.dates
    stated = dates.get("cut_off", "")
    epoch = date(1970, 1, 1)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", stated):
        return (date.fromisoformat(stated) - epoch).days - cut
    first = dates.get("first_enrolled", "")
    if re.fullmatch(r"\d{4}(-\d{2}){0,2}", first):
        return (date.fromisoformat((first + "-01-01")[:10]) - epoch).days
    return (date(2020, 1, 1) - epoch).days


def _first_dose(protocol: Protocol, arm: Integers, seed: int) -> Integers:
    """Day 0 when that is the reference, else within 3 days; published shares of untreated subjects hold."""
    rng = stream(seed, "first dose")
    start = np.zeros(len(arm), dtype=np.int64)
    if protocol.plan.reference != "first_dose":
        start = np.floor(rng.random(len(arm)) * 4).astype(np.int64)
    chance = rng.random(len(arm))
    for number, entry in enumerate(protocol.plan.arms.values()):
        if entry.allocated_n and entry.treated_n is not None:
            untreated = (arm == number) & (chance >= entry.treated_n / entry.allocated_n)
            start[untreated] = NEVER
        if not entry.give and not entry.choose_one:
            start[arm == number] = NEVER
    start[arm < 0] = NEVER
    return start


def _options(protocol: Protocol, arm: Integers, seed: int) -> Integers:
    rng = stream(seed, "option")
    chosen = np.zeros(len(arm), dtype=np.int64)
    for number, entry in enumerate(protocol.plan.arms.values()):
        if len(entry.choose_one) > 1:
            members = arm == number
            chosen[members] = categories(rng, [1.0] * len(entry.choose_one), int(members.sum()))
    return chosen
