"""When data are cut: at planned numbers of events, at the planned follow-up, at interim looks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from trialist.problems import Problem
from trialist.protocol.assumptions import LogRankEvents
from trialist.protocol.model import Protocol
from trialist.records.simulated.cohort import NEVER
from trialist.records.simulated.laws import Laws

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Followed:
    """Of every subject, in rows of replicates: day of entry, and latent days from there on."""

    entered: Integers
    progression: Integers
    death: Integers
    dropout: Integers

    def of(self, endpoint: str, laws: Laws) -> Integers | None:
        """Days of entry + event that will be known, ascending in each row; NEVER has none.

        None for an endpoint without a law of its own.
        """
        if endpoint == laws.progression:
            day = np.minimum(self.progression, self.death)
        elif endpoint == laws.survival:
            day = self.death
        else:
            return None
        known = (day <= self.dropout) & (day < NEVER)
        return np.sort(np.where(known, self.entered + day, NEVER), axis=1)


@dataclass(frozen=True, slots=True)
class Cut:
    """A day (after the first possible entry) for each replicate, and whether its events have come by then."""

    day: Integers
    reached: Flags


def cutoff(protocol: Protocol, laws: Laws, followed: Followed, planned: int) -> tuple[Cut, list[Problem]]:
    """The cut-off of each replicate, and what there is to say. Without planned events all are reached.

    Problems  N502 an endpoint without a simulated law, N505 events that are never reached, or reached before
              the last entry
    """
    plan = protocol.plan.simulation
    assert plan is not None
    place = protocol.place("simulation", "cut_at_events")
    replicates, size = followed.entered.shape
    cut, used = np.full(replicates, planned), np.zeros(replicates, dtype=bool)
    came = np.ones(replicates, dtype=bool)
    notes: list[Problem] = []
    for endpoint, events in plan.cut_at_events.items():
        when = followed.of(endpoint, laws)
        if when is None:
            notes.append(_no_law(protocol, "the cut-off does not wait for events", endpoint, "cut_at_events"))
            continue
        wanted = scaled(protocol, events, size)
        occur = (when < NEVER).sum(axis=1)
        reached = occur >= wanted
        came &= reached
        if not reached.all():
            notes.append(
                Problem(
                    "N505",
                    f"{wanted} events of '{endpoint}' are never reached ({int(occur.min())} occur)"
                    f"{_how_often(~reached)}; the cut-off is at the planned follow-up instead",
                    "lower the number of events or the dropout",
                    place,
                )
            )
        if wanted <= size:
            day = when[:, max(wanted, 1) - 1]
            cut = np.where(reached, np.where(used, np.maximum(cut, day), day), cut)
            used |= reached
    last = followed.entered.max(axis=1, initial=0) + 1
    early = cut < last
    if early.any():
        notes.append(
            Problem(
                "N505",
                f"the events of the cut-off are reached before the last subject entered{_how_often(early)}; "
                "the cut-off waits for that subject",
                "shorten the accrual if entry should stop at the cut-off",
                place,
            )
        )
    return Cut(np.maximum(cut, last).astype(np.int64), came), notes


def looks(protocol: Protocol, laws: Laws, followed: Followed, cut: Integers) -> tuple[Cut, list[Problem]]:
    """The interim looks, a row per replicate and a column per look; none is after the cut-off."""
    plan = protocol.plan.simulation
    assert plan is not None
    replicates, size = followed.entered.shape
    planned = plan.conduct.looks if plan.conduct is not None else {}
    for endpoint, events in planned.items():
        when = followed.of(endpoint, laws)
        if when is None:
            return _none(replicates), [_no_law(protocol, "no look is taken at events", endpoint, "conduct")]
        wanted = [min(max(scaled(protocol, number, size), 1), size) - 1 for number in events]
        day = when[:, wanted]
        return Cut(np.minimum(day, cut[:, None]).astype(np.int64), day <= cut[:, None]), []
    return _none(replicates), []


def _none(replicates: int) -> Cut:
    return Cut(np.empty((replicates, 0), dtype=np.int64), np.empty((replicates, 0), dtype=bool))


def scaled(protocol: Protocol, events: int, size: int) -> int:
    """A planned number of events, in a trial of `size` subjects instead of the planned number."""
    total = planned_total(protocol)
    return round(events * size / total) if total else events


def _how_often(where: Flags) -> str:
    return f" in {int(where.sum())} of {len(where)} replicates" if len(where) > 1 else ""


def _no_law(protocol: Protocol, what: str, endpoint: str, word: str) -> Problem:
    return Problem(
        "N502",
        f"{what} of '{endpoint}' because it has no simulated law",
        f"name an endpoint of 'simulation: times:' in '{word}'",
        protocol.place("simulation", word),
    )


def planned_total(protocol: Protocol) -> int | None:
    """Subjects the plan's numbers refer to: allocated, else planned per arm, else the design's n."""
    arms = protocol.plan.arms.values()
    for numbers in ([a.allocated_n for a in arms], [a.planned_n for a in arms]):
        if numbers and all(n is not None for n in numbers):
            return sum(n for n in numbers if n is not None) or None
    sizes = [d.n for d in protocol.plan.design if isinstance(d, LogRankEvents) and d.n is not None]
    return sizes[0] if sizes else None


def first_day(protocol: Protocol, cut: Integers) -> Integers:
    """The calendar's first day, so that a full `cut_off` date is met; else `first_enrolled`, else 2020."""
    dates = protocol.plan.dates
    stated = dates.get("cut_off", "")
    epoch = date(1970, 1, 1)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", stated):
        return (date.fromisoformat(stated) - epoch).days - cut
    first = dates.get("first_enrolled", "")
    if re.fullmatch(r"\d{4}(-\d{2}){0,2}", first):
        return np.full(len(cut), (date.fromisoformat((first + "-01-01")[:10]) - epoch).days)
    return np.full(len(cut), (date(2020, 1, 1) - epoch).days)
