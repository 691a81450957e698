"""QS of performance status: ECOG grades that grow worse at the planned rate."""

from __future__ import annotations

import numpy as np

from trialist.kernels.draws import categories
from trialist.kernels.replicate_draws import Rng
from trialist.protocol.model import Protocol
from trialist.protocol.simulated_palliation import SimulatedPerformance
from trialist.records.simulated.cohort import Cohort
from trialist.records.simulated.laboratory import Rows
from trialist.records.simulated.visits import Calendar, attended, of_tests
from trialist.units import DAYS_PER_MONTH

INTERVAL = 21
HIGHEST = 4


def performance_calendar(protocol: Protocol, horizon: int) -> tuple[Calendar, bool]:
    """Visits at which performance status is assessed, and whether that is our assumption (every 21 days)."""
    return of_tests(protocol, ("qs", "rs"), (_law(protocol).test,), horizon, INTERVAL)


def performance(protocol: Protocol, calendar: Calendar, cohort: Cohort, rng: Rng) -> list[Rows]:
    """Rows of the grade: at baseline by the plan's shares, later one grade worse at a constant rate.

    Times between two steps are exponential, and grade 4 is the last. Grades end with treatment.
    """
    law = _law(protocol)
    grades = np.array([int(grade) for grade in law.baseline])
    first = grades[categories(rng, list(law.baseline.values()), cohort.size)]
    rate = -np.log1p(-law.worse_per_month) / DAYS_PER_MONTH
    steps = np.cumsum(rng.standard_exponential((cohort.size, HIGHEST)), axis=1)
    entered = np.flatnonzero(cohort.arm >= 0)
    owner, visit, day = attended(calendar, cohort.off_treatment + 1, rng)
    owner, visit = np.concatenate([entered, owner]), np.concatenate([np.full(len(entered), -1), visit])
    day = np.concatenate([np.zeros(len(entered), dtype=np.int64), day])
    worse = (steps[owner] <= rate * day[:, None]).sum(axis=1)
    grade = np.minimum(first[owner] + worse, HIGHEST)
    names = (calendar.baseline, *calendar.visit)
    return [Rows(owner, day, law.test, None, grade.astype(float), visit + 1, names)]


def _law(protocol: Protocol) -> SimulatedPerformance:
    plan = protocol.plan.simulation
    assert plan is not None
    assert plan.performance is not None
    return plan.performance
