"""BE: planned specimens of subjects who are on study on the day."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trialist.protocol.model import Draw, Protocol, Specimen
from trialist.records.simulated.assembly import build, running_number, words
from trialist.records.simulated.cohort import Cohort
from trialist.records.simulated.visits import visit_days

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def specimens(protocol: Protocol, cohort: Cohort) -> pa.Table:
    """BE: one row per draw, with the volume of its tubes (mL). Conditions (`when`) are not applied."""
    parts: list[tuple[Integers, Integers, int, int, float]] = []
    kinds, visits = tuple(protocol.plan.schedule.specimens), tuple(protocol.plan.schedule.visits)
    for number, specimen in enumerate(protocol.plan.schedule.specimens.values()):
        mine = _concerned(protocol, cohort, specimen)
        for taken in specimen.draws:
            if taken.at in visits:
                volume = (specimen.tube or 0.0) * taken.tubes
                parts += [
                    (owner, day, number, visits.index(taken.at), volume)
                    for owner, day in _days(protocol, cohort, mine, taken)
                ]
    parts = [p for p in parts if len(p[0])]
    if not parts:
        return build("be", 0, {})
    owner, day = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    kind = np.concatenate([np.full(len(p[0]), p[2]) for p in parts])
    visit = np.concatenate([np.full(len(p[0]), p[3]) for p in parts])
    volumes = np.concatenate([np.full(len(p[0]), p[4]) for p in parts])
    order = np.lexsort((visit, kind, day, owner))
    o, k, amounts = owner[order], kind[order], volumes[order]
    return build(
        "be",
        len(o),
        {
            "study": protocol.plan.trial,
            "subject": cohort.of(o),
            "sequence": running_number(o),
            "event": "COLLECTED",
            "specimen": words([s.upper() for s in kinds], k),
            "volume": pa.array(amounts, mask=amounts == 0),
            "visit": words(visits, visit[order]),
            "date": cohort.date(o, day[order]),
        },
    )


def _concerned(protocol: Protocol, cohort: Cohort, specimen: Specimen) -> Flags:
    arms = tuple(protocol.plan.arms)
    if not specimen.arms:
        return cohort.arm >= 0
    return np.isin(cohort.arm, [arms.index(a) for a in specimen.arms if a in arms])


def _days(protocol: Protocol, cohort: Cohort, mine: Flags, taken: Draw) -> list[tuple[Integers, Integers]]:
    """(subjects, day) of each repetition of a draw."""
    visit = protocol.plan.schedule.visits[taken.at]
    horizon = int(cohort.off_treatment[mine].max(initial=0))
    repeats = max(len(taken.hours), 1)
    if visit.after == "progression":
        who = np.flatnonzero(mine & cohort.progressed & (cohort.progression + visit.day <= cohort.end))
        return [(who, cohort.progression[who] + visit.day)] * repeats
    if visit.after == "end_of_infusion":
        who = np.flatnonzero(mine & cohort.treated)
        return [(who, cohort.first_dose[who])] * repeats
    if visit.after != "reference":
        return []
    days = ([visit.day] if visit.day <= 0 else []) + visit_days(visit, horizon)
    found: list[tuple[Integers, Integers]] = []
    for day in days[: taken.times] if taken.times else days:
        who = np.flatnonzero(mine & (day <= np.maximum(cohort.off_treatment, 0)))
        found += [(who, np.full(len(who), day))] * repeats
    return found
