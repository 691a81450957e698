"""The course of every subject: entry, progression, death, dropout and the common cut-off."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trialist.kernels.draws import categories
from trialist.kernels.replicate_draws import Replicates, Seed, each, of_rows, streams
from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.simulated.cohort import NEVER, Cohort
from trialist.records.simulated.conduct import conducted
from trialist.records.simulated.cutoff import Followed, cutoff, first_day, looks
from trialist.records.simulated.entry import accrual, allocate, factor_levels
from trialist.records.simulated.latent import days_apart, latent_course
from trialist.records.simulated.laws import Laws
from trialist.units import DAYS_PER_MONTH

Integers = NDArray[np.int64]

_LATEST = 20 * 365
"""How long after the planned follow-up a number of events is waited for, days."""


def follow(
    protocol: Protocol, laws: Laws, subjects: int, seed: Seed
) -> tuple[Cohort | None, tuple[Problem, ...]]:
    """Draw the cohort, or the cohorts of a batch of replicates one after another.

    `subjects` in all. Problems: N503 assumptions used, N504 laws that cross, N502 and N505 the cut-off.
    """
    plan = protocol.plan.simulation
    assert plan is not None
    levels, notes = factor_levels(protocol, subjects, seed)
    arm, trouble = allocate(protocol, levels, subjects, seed)
    problems = [*notes, *trouble]
    if arm is None:
        return None, tuple(problems)
    entered = accrual(plan.accrual_months * DAYS_PER_MONTH, subjects, seed)
    horizon = longest(protocol)
    latent, crossing = latent_course(protocol, laws, arm, horizon, seed)
    problems += crossing
    rate = -np.log1p(-plan.dropout_per_year) / 365.25
    waits = streams(seed, "dropout").standard_exponential(subjects)
    dropout = np.full(subjects, NEVER) if rate == 0 else np.ceil(waits / rate).clip(1, NEVER).astype(np.int64)
    seen = conducted(protocol, laws, arm, latent, dropout, horizon, seed)
    size = each(seed, subjects)
    rows = (entered, seen.progression, seen.death, seen.dropout)
    followed = Followed(*(column.reshape(-1, size) for column in rows))
    cut, late = cutoff(protocol, laws, followed, planned_cutoff(protocol))
    look, noticed = looks(protocol, laws, followed, cut.day)
    problems += late + noticed
    start = np.repeat(first_day(protocol, cut.day), size)
    reached = np.concatenate([look.reached, cut.reached[:, None]], axis=1)
    return Cohort(
        subject=pa.array(_names(protocol, subjects, seed), pa.string()),
        arm=arm,
        entered=entered,
        reference=start + entered,
        consent=-np.floor(streams(seed, "consent").random(subjects) * 14).astype(np.int64),
        first_dose=_first_dose(protocol, arm, seed),
        progression=seen.progression,
        death=seen.death,
        psa=seen.rising,
        pain=np.full(subjects, NEVER, dtype=np.int64),
        skeletal=days_apart(laws.skeletal, arm, streams(seed, "skeletal event")),
        dropout=seen.dropout,
        cutoff=np.where(arm >= 0, np.repeat(cut.day, size) - entered, 0),
        option=_options(protocol, arm, seed),
        levels=levels,
        crossed=seen.crossed,
        looks=np.repeat(look.day, size, axis=0) - entered[:, None],
        reached=np.repeat(reached, size, axis=0),
        scans=seen.scans,
    ), tuple(problems)


def planned_cutoff(protocol: Protocol) -> int:
    """Days from the first possible entry to the end of the planned follow-up."""
    plan = protocol.plan.simulation
    assert plan is not None
    return round((plan.accrual_months + plan.follow_up_months) * DAYS_PER_MONTH)


def longest(protocol: Protocol) -> int:
    """Days after which nobody of this trial is followed."""
    plan = protocol.plan.simulation
    assert plan is not None
    return planned_cutoff(protocol) + (_LATEST if plan.cut_at_events else 0)


def _names(protocol: Protocol, subjects: int, seed: Seed) -> list[str]:
    """Trial and number; in a batch replicate and number, short enough for an engine to keep in place."""
    size = each(seed, subjects)
    width = max(4, len(str(size)))
    numbers = [f"{number:0{width}d}" for number in range(1, size + 1)]
    if not isinstance(seed, Replicates):
        return [f"{protocol.plan.trial}-{number}" for number in numbers]
    before = [f"{replicate:06d}-" for replicate in seed.numbers]
    return [start + number for start in before for number in numbers]


def _first_dose(protocol: Protocol, arm: Integers, seed: Seed) -> Integers:
    """Day 0 when that is the reference, else within 3 days; published shares of untreated subjects hold."""
    rng = streams(seed, "first dose")
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


def _options(protocol: Protocol, arm: Integers, seed: Seed) -> Integers:
    rng = streams(seed, "option")
    chosen = np.zeros(len(arm), dtype=np.int64)
    for number, entry in enumerate(protocol.plan.arms.values()):
        if len(entry.choose_one) > 1:
            members = np.flatnonzero(arm == number)
            shares = [1.0] * len(entry.choose_one)
            chosen[members] = categories(of_rows(rng, members), shares, len(members))
    return chosen
