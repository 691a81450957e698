"""At what rate those able to show a response must respond for the planned proportion of all to come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialist.protocol.model import Protocol
from trialist.records.simulated.cohort import Cohort
from trialist.records.simulated.visits import Calendar

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rates:
    """Per arm (in the protocol's order) the probability of response among those able to show one.

    `short` names the arms whose plan can't be met, with the share of subjects able to respond.
    """

    rate: tuple[float, ...]
    short: Mapping[str, float]

    def respond(self, cohort: Cohort, able: Flags, chance: NDArray[np.float64]) -> Flags:
        """Who responds: able, and the chance below the arm's rate."""
        limit = np.array([*self.rate, 0.0])[cohort.arm]
        return able & (chance < limit)


def rates(protocol: Protocol, planned: Mapping[str, float], cohort: Cohort, able: Flags) -> Rates:
    """Planned proportion over the share able, arm by arm; 1 where the plan is out of reach."""
    found: list[float] = []
    short: dict[str, float] = {}
    for number, arm in enumerate(protocol.plan.arms):
        wanted = planned.get(arm, 0.0)
        mine = cohort.arm == number
        share = float(able[mine].mean()) if mine.any() else 1.0
        if share < wanted:
            short[arm] = share
        found.append(min(wanted / share, 1.0) if share > 0 else 0.0)
    return Rates(tuple(found), short)


def seen_twice(calendar: Calendar, after: int, apart: int, until: Integers, closing: Flags) -> Flags:
    """Who surely has two assessments `apart` days from each other, the first on day `after` or later.

    With `apart` 0 one assessment is enough.

    Assessments are the planned ones strictly before `until`, wherever in their windows they fall, and
    one on day `until` itself for the subjects in `closing`.
    """
    first = np.flatnonzero(calendar.day - calendar.early >= after)
    if not len(first):
        return np.zeros(len(until), dtype=bool)
    latest = int(calendar.day[first[0]] + calendar.late[first[0]])
    if apart == 0:
        return (until > latest) | (closing & (until >= after))
    second = np.flatnonzero(calendar.day - calendar.early >= latest + apart)
    planned = np.zeros(len(until), dtype=bool)
    if len(second):
        planned = until > int(calendar.day[second[0]] + calendar.late[second[0]])
    return planned | (closing & (until >= latest + apart))
