"""Latent days of progression and death of every subject, by the illness-death model of its arm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.multistate import (
    IllnessDeath,
    PiecewiseHazard,
    draw,
    draw_earlier,
    illness_death,
)
from trialist.kernels.replicate_draws import Replicates, Rng, Seed, of_rows, streams
from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.simulated.cohort import NEVER
from trialist.records.simulated.laws import Laws

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

_CHUNK = 200_000
_AT_ONCE = 0.5
"""Share of the composite's density, at most, that is imaging progression or death at once: an assumption."""


@dataclass(frozen=True, slots=True)
class Course:
    """Days of every subject, whatever is seen of them; NEVER where there is none.

    progression, death, rising   rising: PSA progression before both
    fatal     the cumulative hazard of death after progression at which the subject dies; infinite elsewhere
    hazard    per arm, that cumulative hazard at the start of every day
    """

    progression: Integers
    death: Integers
    rising: Integers
    fatal: Floats
    hazard: tuple[Floats, ...]


def latent_course(
    protocol: Protocol, laws: Laws, arm: Integers, horizon: int, seed: Seed
) -> tuple[Course, list[Problem]]:
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
    fatal = np.full(len(arm), np.inf)
    hazard: list[Floats] = []
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
        hazard.append(model.after)
        for chunk, here in _chunks(members, seed):
            rng = of_rows(streams(seed, "course", name, chunk), here)
            size = len(here)
            one, two, wait = rng.random(size), rng.random(size), rng.standard_exponential(size)
            first, last = draw(model, one, two, wait)
            cells = len(edges) - 1
            progressed = first < cells
            fatal[here[progressed]] = model.after[first[progressed]] + wait[progressed]
            progression[here] = np.where(first < cells, np.maximum(first, 1), NEVER)
            death[here] = np.where(last < cells, np.maximum(last, 1), NEVER)
            if both is not None:
                rng = of_rows(streams(seed, "earlier", name, chunk), here)
                later = np.minimum(first, last)
                cell = draw_earlier(both, 1.0 - model.first, later, rng.random(size), 1.0 - rng.random(size))
                day = np.where(cell < later, np.maximum(cell, 2), NEVER)
                until = np.minimum(progression[here], death[here])
                rising[here] = np.where(day < until, day, NEVER)
    return Course(progression, death, rising, fatal, tuple(hazard)), problems


def _chunks(members: Integers, seed: Seed) -> Iterator[tuple[int, Integers]]:
    """The members some at a time, each with a stream of its own; those of a batch of replicates at once."""
    if isinstance(seed, Replicates):
        yield 0, members
        return
    for chunk, begin in enumerate(range(0, len(members), _CHUNK)):
        yield chunk, members[begin : begin + _CHUNK]


def days_apart(laws: tuple[PiecewiseHazard | None, ...], arm: Integers, rng: Rng) -> Integers:
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
