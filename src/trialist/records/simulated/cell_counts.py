"""LB of cell counts and of a marker's later status, as the plan states them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.draws import categories
from trialist.kernels.replicate_draws import Seed, streams
from trialist.protocol.model import Protocol
from trialist.protocol.simulated_markers import SimulatedCounts
from trialist.records.simulated.cohort import Cohort
from trialist.records.simulated.entry import level_names
from trialist.records.simulated.laboratory import Rows

Flags = NDArray[np.bool_]


def counted_tests(protocol: Protocol) -> frozenset[str]:
    """The tests, in upper case, whose counts a plan states."""
    plan = protocol.plan.simulation
    return frozenset() if plan is None else frozenset(test.upper() for test in plan.cell_counts)


def cell_counts(protocol: Protocol, cohort: Cohort, seed: Seed, chunk: int) -> list[Rows]:
    """Rows of each planned count, from a stream of its own.

    The first count is drawn within the range of the level that the subject was allocated by, uniform on the
    logarithm of count + 1; the later one is the first times a log-normal ratio, rounded to whole cells. Who
    is not followed to the later visit, or not evaluable, lacks it. Who has no such level has neither.
    """
    plan = protocol.plan.simulation
    assert plan is not None
    rows: list[Rows] = []
    for test, law in plan.cell_counts.items():
        rng = streams(seed, "cell count", test, chunk)
        place, noise = rng.random(cohort.size), rng.standard_normal(cohort.size)
        able = rng.random(cohort.size) < law.evaluable
        low, high, known = _range(protocol, law, cohort)
        bottom, top = np.log1p(low), np.log(high + 2.0)
        first = np.floor(np.exp(bottom + place * (top - bottom)) - 1).clip(low, high)
        later = np.rint(first * law.ratio[0] * np.exp(law.ratio[1] * noise))
        days = [_day(protocol, visit) for visit in (law.baseline, law.at)]
        who = np.flatnonzero(known)
        back = np.flatnonzero(known & able & _in(protocol, cohort, law.arms) & (cohort.end >= days[1]))
        rows.append(
            Rows(
                np.concatenate([who, back]),
                np.concatenate([np.full(len(who), min(days[0], 0)), np.full(len(back), days[1])]),
                test,
                law.unit,
                np.concatenate([first[who], later[back]]),
                np.repeat([0, 1], [len(who), len(back)]),
                (law.baseline, law.at),
            )
        )
    return rows


def later_status(protocol: Protocol, cohort: Cohort, seed: Seed, chunk: int) -> list[Rows]:
    """Rows of each planned later status: a result drawn by the shares of the subject's first level."""
    plan = protocol.plan.simulation
    assert plan is not None
    rows: list[Rows] = []
    for test, law in plan.later_status.items():
        rng = streams(seed, "later status", test, chunk)
        able = rng.random(cohort.size) < law.evaluable
        day = _day(protocol, law.at)
        able &= _in(protocol, cohort, law.arms) & (cohort.end >= day)
        levels = level_names(protocol, law.factor)
        for level, shares in law.shares.items():
            if sum(shares.values()) <= 0:
                continue
            drawn = categories(rng, list(shares.values()), cohort.size)
            codes = cohort.levels.get(law.factor)
            if codes is None or level not in levels:
                continue
            who = np.flatnonzero(able & (codes == levels.index(level)))
            words = tuple(shares)
            rows.append(
                Rows(
                    who,
                    np.full(len(who), day),
                    test,
                    None,
                    np.full(len(who), np.nan),
                    np.zeros(len(who), dtype=np.int64),
                    (law.at,),
                    tuple(words[k] for k in drawn[who]),
                )
            )
    return rows


def _range(
    protocol: Protocol, law: SimulatedCounts, cohort: Cohort
) -> tuple[NDArray[np.float64], NDArray[np.float64], Flags]:
    """Lowest and highest first count of each subject, and who has a range."""
    levels = level_names(protocol, law.factor)
    stated: Mapping[str, tuple[int, int]] = law.ranges
    table = np.array([stated.get(level, (0, -1)) for level in levels] or [(0, -1)], dtype=float)
    codes = cohort.levels.get(law.factor)
    if codes is None:
        nothing = np.zeros(cohort.size)
        return nothing, nothing, np.zeros(cohort.size, dtype=bool)
    low, high = table[codes, 0], table[codes, 1]
    return low, np.maximum(high, low), high >= low


def _in(protocol: Protocol, cohort: Cohort, arms: tuple[str, ...]) -> Flags:
    known = tuple(protocol.plan.arms)
    if not arms:
        return cohort.arm >= 0
    return np.isin(cohort.arm, [known.index(arm) for arm in arms if arm in known])


def _day(protocol: Protocol, name: str) -> int:
    visit = protocol.plan.schedule.visits.get(name)
    return visit.day if visit is not None else 0
