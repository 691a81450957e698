"""AE: the plan's terms at its proportions of treated subjects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trialist.kernels.replicate_draws import Seed, streams
from trialist.protocol.model import Protocol
from trialist.records.simulated.assembly import build, running_number, words
from trialist.records.simulated.cohort import Cohort
from trialist.records.simulated.treatment import last_dose

Integers = NDArray[np.int64]

AFTER_LAST_DOSE = 30
GRADE_1_OF_LOW = 0.6
GRADE_3_OF_HIGH = 0.75
MEAN_DURATION = 14.0


@dataclass(frozen=True, slots=True)
class Events:
    """One entry per event, by subject and day: term number, first and last day, grade, and whether fatal.

    `last` may come after the end of follow-up: the event is then not over.
    """

    owner: Integers
    kind: Integers
    day: Integers
    last: Integers
    grade: Integers
    fatal: NDArray[np.bool_]


def drawn_events(protocol: Protocol, cohort: Cohort, seed: Seed, chunk: int) -> Events:
    """One event per subject and term that occurs, from its own stream per term.

    Grades: 60 % of the low ones are 1, 75 % of the high ones 3, the rest 2 and 4 (assumptions). Who dies
    without progression within 30 days of the last dose has the last high-grade event as cause (grade 5).
    Onset is uniform from the first dose to 30 days after the last.
    """
    sim = protocol.plan.simulation
    assert sim is not None
    start = cohort.first_dose
    final = last_dose(protocol, cohort)
    stop = np.minimum(final + AFTER_LAST_DOSE, cohort.end)
    arms = {name: number for number, name in enumerate(protocol.plan.arms)}
    nothing = np.empty(0, dtype=np.int64)
    owners, days, grades, which, lengths = [nothing], [nothing], [nothing], [nothing], [nothing]
    for number, term in enumerate(sim.adverse_events):
        rng = streams(seed, "ae", term, chunk)
        u, v, w = (rng.random(cohort.size) for _ in range(3))
        length = np.ceil(rng.standard_exponential(cohort.size) * MEAN_DURATION).astype(np.int64)
        some, high = np.zeros(cohort.size), np.zeros(cohort.size)
        for arm, (any_grade, grade_3) in sim.adverse_events[term].items():
            if arm in arms:
                some[cohort.arm == arms[arm]] = any_grade
                high[cohort.arm == arms[arm]] = grade_3
        who = np.flatnonzero(cohort.treated & (u < some))
        severe = u[who] < high[who]
        grade = np.where(
            severe, np.where(v[who] < GRADE_3_OF_HIGH, 3, 4), np.where(v[who] < GRADE_1_OF_LOW, 1, 2)
        )
        owners.append(who)
        days.append(start[who] + np.floor(w[who] * (stop[who] - start[who] + 1)).astype(np.int64))
        grades.append(grade)
        which.append(np.full(len(who), number))
        lengths.append(length[who])
    owner, day, grade = np.concatenate(owners), np.concatenate(days), np.concatenate(grades)
    kind, length = np.concatenate(which), np.concatenate(lengths)
    order = np.lexsort((kind, day, owner))
    owner, day, grade, kind, length = owner[order], day[order], grade[order], kind[order], length[order]
    caused = cohort.died & ~cohort.progressed & (cohort.death <= final + AFTER_LAST_DOSE)
    fatal = _last_severe(owner, grade, caused)
    last = np.where(fatal, cohort.death[owner], day + length)
    return Events(owner, kind, day, last, np.where(fatal, 5, grade), fatal)


def adverse_events(protocol: Protocol, cohort: Cohort, events: Events) -> pa.Table:
    """AE of the drawn events; grade 4 and 5 are serious."""
    assert protocol.plan.simulation is not None
    terms = tuple(protocol.plan.simulation.adverse_events)
    owner, grade, fatal = events.owner, events.grade, events.fatal
    if not len(owner):
        return build("ae", 0, {})
    open_end = events.last > cohort.end[owner]
    return build(
        "ae",
        len(owner),
        {
            "study": protocol.plan.trial,
            "subject": cohort.of(owner),
            "sequence": running_number(owner),
            "reported_term": words(terms, events.kind),
            "term": words(terms, events.kind),
            "grade": grade,
            "serious": words(["Y", "N"], np.where(grade >= 4, 0, 1)),
            "relation": "RELATED",
            "outcome": words(
                ["FATAL", "RECOVERED/RESOLVED", "NOT RECOVERED/NOT RESOLVED"],
                np.where(fatal, 0, np.where(open_end, 2, 1)),
            ),
            "fatal": words(["Y"], np.where(fatal, 0, -1)),
            "start": cohort.date(owner, events.day),
            "end": pa.array(cohort.date(owner, events.last).astype(np.int32), mask=open_end),
        },
    )


def _last_severe(owner: Integers, grade: Integers, caused: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The last event of grade 3 or 4 of each subject in `caused` (rows by subject and day)."""
    row = np.flatnonzero(caused[owner] & (grade >= 3))
    last = (
        np.concatenate([owner[row][1:] != owner[row][:-1], [True]]) if len(row) else np.empty(0, dtype=bool)
    )
    marked = np.zeros(len(owner), dtype=bool)
    marked[row[last]] = True
    return marked
