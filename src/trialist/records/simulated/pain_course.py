"""When pain progresses: by its own law while it is asked for, and not before a composite that counts it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.multistate import PiecewiseHazard
from trialist.kernels.replicate_draws import Rng
from trialist.protocol.endpoints import ProgressionFreeSurvival
from trialist.protocol.model import Protocol
from trialist.records.simulated.cohort import NEVER, Cohort
from trialist.records.simulated.laws import Laws
from trialist.records.simulated.pain import asked_until

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

Hazards = tuple[Floats | None, ...]

_LIKELY = 1 - 1e-12
"""The highest probability of a day, so that its hazard is a number."""
_NOBODY = 1e-9
"""An expected number of subjects that is none."""


def with_pain(
    protocol: Protocol, chosen: Laws, cohort: Cohort, rng: Rng, hazards: Hazards | None = None
) -> Cohort:
    """The cohort with its days of pain progression, arm by arm.

    `hazards`: of `pain_hazards` in a cohort under the same laws; those of this one where none are given.
    """
    drawn = rng.standard_exponential(cohort.size)
    day = np.full(cohort.size, NEVER, dtype=np.int64)
    earliest = _earliest(protocol, chosen, cohort)
    totals = pain_hazards(protocol, chosen, cohort) if hazards is None else hazards
    for number, total in enumerate(totals):
        if total is not None:
            mine = cohort.arm == number
            day[mine] = drawn_days(total, earliest[mine], drawn[mine])
    return replace(cohort, pain=day)


def pain_hazards(protocol: Protocol, chosen: Laws, cohort: Cohort) -> Hazards:
    """Per arm, the hazard of those able to progress under which those at risk follow the law of pain."""
    earliest, until = _earliest(protocol, chosen, cohort), asked_until(cohort)
    mine = [cohort.arm == number for number in range(len(chosen.pain))]
    return tuple(
        None if law is None else hazard_at_risk(law, earliest[who], until[who])
        for law, who in zip(chosen.pain, mine, strict=True)
    )


def _earliest(protocol: Protocol, chosen: Laws, cohort: Cohort) -> Integers:
    """The first day on which pain may progress: not before a composite that counts it."""
    entry = protocol.plan.endpoints.get(chosen.composite or "")
    counted = isinstance(entry, ProgressionFreeSurvival) and "pain_progression" in entry.first_of
    first = np.minimum(np.minimum(cohort.psa, cohort.progression), cohort.death)
    return first if counted else np.ones(cohort.size, dtype=np.int64)


def progression_days(law: PiecewiseHazard, earliest: Integers, until: Integers, hazard: Floats) -> Integers:
    """A day for each subject, not before `earliest`, so that those at risk follow the law.

    Parameters
        law       of the time to progression, in days; a time of t days is day t - 1
        earliest  day before which a subject can't progress (1 or more)
        until     last day on which progression can be seen: subjects are at risk up to it
        hazard    standard exponential draws
    Returns   days; NEVER where none comes while anybody is at risk

    Of the subjects at risk on a day, the law wants a share to progress. Only those past their earliest day
    can, so each of these does so with that share over their part of all at risk; what a probability of 1
    falls short of is made up on the days after. Numbers are expected ones: a subject counts by its chance of
    not having progressed yet.
    """
    return drawn_days(hazard_at_risk(law, earliest, until), earliest, hazard)


def drawn_days(total: Floats, earliest: Integers, hazard: Floats) -> Integers:
    """A day for each subject, not before `earliest`, by the cumulative hazard of those able to progress."""
    days = len(total) - 1
    start = np.minimum(np.maximum(earliest, 1), days + 1)
    found = np.searchsorted(total, total[start - 1] + hazard, side="left")
    return np.where(found <= days, found, NEVER).astype(np.int64)


def hazard_at_risk(law: PiecewiseHazard, earliest: Integers, until: Integers) -> Floats:
    """The cumulative hazard, by day from 0 on, of those past their earliest day (see `progression_days`)."""
    days = int(until.max(initial=0))
    if days < 1:
        return np.zeros(1)
    start = np.minimum(np.maximum(earliest, 1), days + 1)
    edges = np.concatenate([[0.0], np.arange(1, days + 1) + 1.5])
    wanted = np.diff(law.at(edges))
    order = np.argsort(until, kind="stable")
    ends = np.searchsorted(until[order], np.arange(days + 1))
    subjects = np.bincount(start[order[ends[1] :]], minlength=days + 2)
    free = np.ones(days + 2)
    total = np.zeros(days + 1)
    owed = 0.0
    for day in range(1, days + 1):
        if day > 1:
            left = order[ends[day - 1] : ends[day]]
            subjects = subjects - np.bincount(start[left], minlength=days + 2)
        able = float(subjects[: day + 1] @ free[: day + 1])
        part = able / (able + float(subjects[day + 1 :].sum())) if able > _NOBODY else 0.0
        owed += wanted[day - 1]
        share = min(-np.expm1(-owed) / part, _LIKELY) if part > 0 else 0.0
        owed += np.log1p(-share * part)
        free[: day + 1] *= 1 - share
        total[day] = total[day - 1] - np.log1p(-share)
    return total
