"""QS of pain: scores of pain and analgesics that show the planned relief and progression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.replicate_draws import Rng, of_rows
from trialist.protocol.model import Protocol
from trialist.protocol.simulated_palliation import SimulatedPain, risen
from trialist.records.simulated.cohort import Cohort
from trialist.records.simulated.laboratory import Rows
from trialist.records.simulated.responders import Rates, seen_twice
from trialist.records.simulated.visits import Calendar, attended, of_tests, with_unscheduled

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

INTERVAL = 21
CONFIRM = 21
RELIEVED = 0.4
LITTLE_FROM = 5
"""Scores from which one point down, and up again, is too little for any published rule."""


def pain_calendar(protocol: Protocol, horizon: int) -> tuple[Calendar, bool]:
    """Visits at which pain is asked for, and whether that is our assumption (every 21 days)."""
    law = _law(protocol)
    return of_tests(protocol, ("qs",), (law.score, law.analgesic), horizon, INTERVAL)


def asked_until(cohort: Cohort) -> Integers:
    """The last day of the scores: that of treatment, and early enough for a rise to be confirmed."""
    return np.minimum(cohort.off_treatment, cohort.end - CONFIRM)


def able_to_be_relieved(calendar: Calendar, cohort: Cohort) -> Flags:
    """Who has scores 21 days apart before pain progresses; the last one is on the last day."""
    until = asked_until(cohort)
    return seen_twice(calendar, 1, CONFIRM, np.minimum(until, cohort.pain), cohort.pain > until)


def pain_scores(protocol: Protocol, calendar: Calendar, cohort: Cohort, rates: Rates, rng: Rng) -> list[Rows]:
    """Rows of the pain score and of the analgesic score, in points.

    Who has pain at baseline has scores within the plan's ranges, the others 0. Relief is a fall to two fifths
    at every visit from the first one on; the others stay, or are a point lower at half of the visits where
    they have 5 points or more. From its day on, progression is a rise by two fifths and at least 2 points,
    and of analgesics by half. Scores end with treatment, or 21 days before the end of follow-up where that
    is earlier, so that every rise within them is confirmed by a score 21 days after it.
    """
    law = _law(protocol)
    size = cohort.size
    until = asked_until(cohort)
    chance = np.array([*(law.at_baseline.get(arm, 0.0) for arm in protocol.plan.arms), 0.0])
    painful = rng.random(size) < chance[cohort.arm]
    baseline = np.where(painful, _whole(rng, law.baseline_scores, size), 0)
    drugs = np.where(painful, _whole(rng, law.baseline_analgesics, size), 0)
    relieved = rates.respond(cohort, painful & able_to_be_relieved(calendar, cohort), rng.random(size))
    owner, visit, day = _rows(calendar, cohort, until, rng)

    little = (of_rows(rng, owner).random(len(owner)) < 0.5) & (baseline[owner] >= LITTLE_FROM)
    low = np.floor(RELIEVED * baseline).astype(np.int64)
    score = np.where(relieved[owner], low[owner], baseline[owner] - little)
    high = np.array([risen(points) for points in range(law.baseline_scores[1] + 1)])[baseline]
    after, before = day >= cohort.pain[owner], day <= 0
    score = np.select([before, after], [baseline[owner], high[owner]], score)
    analgesic = np.where(after & ~before, -(-3 * drugs // 2)[owner], drugs[owner])
    names = (calendar.baseline, "UNSCHEDULED", *calendar.visit)
    return [
        Rows(owner, day, test, None, points.astype(float), visit + 2, names)
        for test, points in ((law.score, score), (law.analgesic, analgesic))
    ]


def _rows(
    calendar: Calendar, cohort: Cohort, until: Integers, rng: Rng
) -> tuple[Integers, Integers, Integers]:
    """Baseline, planned visits, the last day, and each progression with its confirmation."""
    entered = np.flatnonzero(cohort.arm >= 0)
    owner, occurrence, day = attended(calendar, until, rng)
    rows = (
        np.concatenate([entered, owner]),
        np.concatenate([np.full(len(entered), -2), occurrence]),
        np.concatenate([np.zeros(len(entered), dtype=np.int64), day]),
    )
    closing = np.flatnonzero(until > 0)
    worse = np.flatnonzero(cohort.pain <= until)
    further = [
        (closing, until[closing]),
        (worse, cohort.pain[worse]),
        (worse, cohort.pain[worse] + CONFIRM),
    ]
    return with_unscheduled(rows, further, cohort.end)


def _whole(rng: Rng, ends: tuple[int, int], size: int) -> Integers:
    """Whole points, uniform between both ends."""
    return ends[0] + np.floor(rng.random(size) * (ends[1] - ends[0] + 1)).astype(np.int64)


def _law(protocol: Protocol) -> SimulatedPain:
    plan = protocol.plan.simulation
    assert plan is not None
    assert plan.pain is not None
    return plan.pain
