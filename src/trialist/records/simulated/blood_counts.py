"""LB of blood counts: the worst value of a subject has the grade, and the day, of an adverse event."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.replicate_draws import Seed, of_rows, streams
from trialist.protocol.model import Protocol
from trialist.protocol.simulated_palliation import SimulatedBloodCount
from trialist.records.simulated.cohort import NEVER, Cohort
from trialist.records.simulated.laboratory import Rows
from trialist.records.simulated.safety import Events
from trialist.records.simulated.visits import attended, planned, with_unscheduled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

HIGHEST = 4


def blood_counts(
    protocol: Protocol, cohort: Cohort, events: Events, horizon: int, seed: Seed, chunk: int
) -> list[Rows]:
    """Rows of each planned test, from a stream of its own.

    A value is drawn within the range of its grade: that of the event from its onset until it is over (4 for a
    fatal one), else 0. The event has a value of its own on the day of its onset, or a day after the first
    dose where it begins on that day. Values end with treatment, with one on its last day, but for an event
    that comes later. Who was never treated has a value at baseline only.
    """
    plan = protocol.plan.simulation
    assert plan is not None
    rows = []
    for test, law in plan.blood_counts.items():
        rng = streams(seed, "blood count", test, chunk)
        calendar = planned(protocol, law.at, horizon)
        grade, onset, over = _event(protocol, cohort, events, law.event)
        entered = np.flatnonzero(cohort.arm >= 0)
        owner, visit, day = attended(calendar, np.where(cohort.treated, cohort.off_treatment, 0), rng)
        base = (
            np.concatenate([entered, owner]),
            np.concatenate([np.full(len(entered), -2), visit]),
            np.concatenate([np.zeros(len(entered), dtype=np.int64), day]),
        )
        last = cohort.off_treatment
        closing = np.flatnonzero(cohort.treated & (last > cohort.first_dose))
        ill = np.flatnonzero(onset <= cohort.end)
        further = [(closing, last[closing]), (ill, onset[ill])]
        owner, visit, day = with_unscheduled(base, further, cohort.end)
        during = (day >= onset[owner]) & (day <= over[owner])
        value = _value(law, np.where(during, grade[owner], 0), of_rows(rng, owner).random(len(owner)))
        names = (calendar.baseline, "UNSCHEDULED", *calendar.visit)
        rows.append(Rows(owner, day, test, law.unit, value, visit + 2, names, limits=law.limits))
    return rows


def _event(
    protocol: Protocol, cohort: Cohort, events: Events, term: str
) -> tuple[Integers, Integers, Integers]:
    """Grade, first and last day of this event in each subject; 0 and NEVER where there is none."""
    assert protocol.plan.simulation is not None
    mine = events.kind == tuple(protocol.plan.simulation.adverse_events).index(term)
    who = events.owner[mine]
    grade = np.zeros(cohort.size, dtype=np.int64)
    onset, over = np.full(cohort.size, NEVER), np.full(cohort.size, NEVER)
    grade[who] = np.minimum(events.grade[mine], HIGHEST)
    onset[who] = np.maximum(events.day[mine], cohort.first_dose[who] + 1)
    over[who] = np.maximum(events.last[mine], onset[who])
    return grade, onset, over


def _value(law: SimulatedBloodCount, grade: Integers, place: Floats) -> Floats:
    """Values uniform on the range of each grade, in whole steps of the last decimal."""
    low, high = np.array(law.values).T
    step = 10.0**-law.digits
    steps = np.rint((high - low) / step)[grade]
    value: Floats = np.round(low[grade] + np.floor(place * (steps + 1)) * step, law.digits)
    return value
