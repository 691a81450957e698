"""What a batch of trials is made of: two arms, whole days, plain numbers.

Arm 0 is the first of a comparison, arm 1 the second; a hazard ratio and a z compare the first against the
second. A cell is a combination of baseline factors. Days of a patient count from entry (day 0), calendar days
from the start of accrual.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.trial_batches.inversion import (
    LONGEST,
    NEVER,
    Days,
    Guide,
    Law,
    event_thresholds,
    guide,
    share_thresholds,
    waiting_thresholds,
)
from trialist.kernels.trial_batches.philox import Words

Integers = NDArray[np.int64]
ByArm = tuple[tuple[Law, ...], tuple[Law, ...]]
"""Laws of the first and the second arm: one for each cell, or one for all cells."""


@dataclass(frozen=True, slots=True)
class Accrual:
    """Entry of patients: periods of (days, relative rate), one after the other.

    random: each patient's day is drawn, and they are ordered; planned: patient i enters when the expected
    number reaches i + 1/2, the same days in every replicate.
    """

    periods: tuple[tuple[float, float], ...]
    kind: Literal["random", "planned"] = "random"


@dataclass(frozen=True, slots=True)
class Randomisation:
    """`ratio` of first to second arm.

    blocks   sizes of permuted blocks, one drawn for each; none: simple randomisation
    lists    cell -> number of its list; none: one list for all
    planned  the arms follow each other in turn, as in the smallest block; nothing is drawn
    """

    ratio: tuple[int, int] = (1, 1)
    blocks: tuple[int, ...] = ()
    lists: tuple[int, ...] = ()
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """Progression and death: the law of events is that of progression, these are the rest.

    before    death before progression (its own hazard); `after`: from progression to death
    switched  share of each arm that takes the other treatment after progression, and then dies by the law
              `after` of the other arm
    endpoint  progression_free: progression or death, what comes first; survival: death
    """

    before: ByArm
    after: ByArm
    switched: tuple[float, float] = (0.0, 0.0)
    endpoint: Literal["progression_free", "survival"] = "progression_free"


@dataclass(frozen=True, slots=True)
class Look:
    """An analysis of the data up to a calendar day.

    events      it takes place on the day of this event, but
    not_before  not before this day, and
    not_after   on this day at the latest (alone: on this day)
    all_in      not before the last patient entered
    otherwise   the day when the events do not come by `not_after`; None: `not_after`
    efficacy    the null hypothesis is rejected where z is at least so far from 0 (in the first arm's favour,
                when one-sided); None: the look rejects nothing
    futility    the trial stops where z in the first arm's favour is at most this; None: it never does
    """

    events: int | None = None
    not_before: int = 0
    not_after: int = LONGEST
    all_in: bool = False
    otherwise: int | None = None
    efficacy: float | None = None
    futility: float | None = None


@dataclass(frozen=True, slots=True)
class BatchModel:
    """A two-arm trial that can be simulated in batches; hashable, small, the same wherever it is pickled.

    patients   how many are planned
    cells      shares of the cells
    event      laws of the time to the event (with a `course`: to progression)
    dropout    laws of the end of participation by arm, None: nobody drops out
    visits     by arm the days of visits at which progression is found; None: it is known at once. An event is
               then dated to the visit, and a patient without one is censored at the last visit (deaths are
               dated as they come; without meaning where the endpoint is survival)
    strata     cell -> stratum of the analysis; none: unstratified
    looks      in calendar order; the last always is the end
    sides      2: both directions reject
    ties       of the Cox model
    rho_gamma  weights S^rho (1 - S)^gamma of the test (Fleming and Harrington); (0, 0): log-rank
    test       score: the (weighted) log-rank test; wald: log hazard ratio over its error, against `margin`
    margin     hazard ratio of the null hypothesis (wald only)
    horizon    longest time to an event that is distinguished, days
    """

    patients: int
    accrual: Accrual
    event: ByArm
    looks: tuple[Look, ...]
    randomisation: Randomisation = Randomisation()
    cells: tuple[float, ...] = (1.0,)
    strata: tuple[int, ...] = ()
    dropout: tuple[Law, Law] | None = None
    course: Course | None = None
    visits: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    sides: Literal[1, 2] = 2
    ties: Literal["efron", "breslow"] = "efron"
    rho_gamma: tuple[float, float] = (0.0, 0.0)
    test: Literal["score", "wald"] = "score"
    margin: float = 1.0
    horizon: int = 7300


_MOST_DAYS = 20_000_000
"""Days of all laws together: 80 MB of thresholds."""


def faults(model: BatchModel) -> tuple[str, ...]:
    """What makes a model impossible, in words; empty when nothing does."""
    cells = len(model.cells)
    ratio, blocks = model.randomisation.ratio, model.randomisation.blocks
    course, numbers = model.course, (*model.strata, *model.randomisation.lists)
    laws = (*model.event, *((*course.before, *course.after) if course else ()))
    found = {
        "there are fewer than 2 patients": model.patients < 2,
        "there are more than 30,000 patients": model.patients > 30_000,
        "accrual has no length or no rate": not _accrues(model.accrual),
        f"time runs beyond {LONGEST} days": _latest(model) > LONGEST or not 1 <= model.horizon <= LONGEST,
        "shares of the cells are not positive": not cells or min(model.cells) < 0 or sum(model.cells) <= 0,
        "the ratio is not of whole numbers from 1": min(ratio) < 1,
        "a block is no multiple of the ratio": any(b < 1 or b % sum(ratio) for b in blocks),
        "an arm has neither one law nor one for each cell": any(len(arm) not in (1, cells) for arm in laws),
        "a share that switches is none": course is not None and not all(0 <= s < 1 for s in course.switched),
        "a margin is not positive": not model.margin > 0,
        "not every cell has a stratum": len(model.strata) not in (0, cells),
        "not every cell has a list": len(model.randomisation.lists) not in (0, cells),
        "there are more than 8,000 cells or strata": not all(0 <= k <= 8_000 for k in (cells, *numbers)),
        "laws by cell and days of the horizon are too many": len({law for arm in laws for law in arm})
        * model.horizon
        > _MOST_DAYS,
        "there is no look": not model.looks,
        "a look has neither events nor a day": any(
            look.events is None and look.not_after >= LONGEST for look in model.looks
        ),
        "a look waits for fewer than 1 event": any(
            look.events is not None and look.events < 1 for look in model.looks
        ),
        "events of the looks do not rise": any(
            later is not None and earlier is not None and later <= earlier
            for earlier, later in pairwise(look.events for look in model.looks)
        ),
        "a boundary of futility lies above that of efficacy": any(
            look.efficacy is not None and look.futility is not None and look.futility > look.efficacy
            for look in model.looks
        ),
        "an arm has no visits": model.visits is not None and not all(model.visits),
    }
    return tuple(what for what, wrong in found.items() if wrong)


def _accrues(accrual: Accrual) -> bool:
    periods = accrual.periods
    good = all(days > 0 and rate >= 0 for days, rate in periods)
    return bool(periods) and good and sum(days * rate for days, rate in periods) > 0


def _latest(model: BatchModel) -> float:
    looks = [max(look.not_before, look.not_after, look.otherwise or 0) for look in model.looks]
    return max(sum(days for days, _ in model.accrual.periods), *looks, 0)


@dataclass(frozen=True, eq=False)
class Tables:
    """A model as arrays.

    laws          every law; -1 where an index below says that there is none
    cell, entry   row of the cells' and of the entry's law; planned days of entry in `entered`
    event, before, after   (2, cells) rows; dropout (2) rows, or none
    next_visit, last_visit  (2, days) the visit on or after a day, and on or before; empty without visits
    lists, strata  by cell; arms: the arm of each patient where that is planned
    """

    laws: Guide
    cell: int
    entry: int
    entered: Days
    event: Integers
    before: Integers
    after: Integers
    dropout: Integers
    next_visit: Days
    last_visit: Days
    lists: Integers
    strata: Integers
    arms: Integers
    switch: NDArray[np.uint64]


@lru_cache(maxsize=8)
def tables(model: BatchModel) -> Tables:
    """The arrays of a model (kept for as long as a few models are in use)."""
    rows: list[Words] = []
    known: dict[tuple[str, Law], int] = {}

    def row(law: Law, kind: str) -> int:
        if (kind, law) not in known:
            known[kind, law] = len(rows)
            rows.append((event_thresholds if kind == "event" else waiting_thresholds)(law, model.horizon))
        return known[kind, law]

    def by_arm(laws: ByArm) -> Integers:
        count = len(model.cells)
        return np.array(
            [[row(arm[c % len(arm)], "event") for c in range(count)] for arm in laws], dtype=np.int64
        )

    none = np.full((2, len(model.cells)), -1, dtype=np.int64)
    event = by_arm(model.event)
    before, after = (
        (by_arm(model.course.before), by_arm(model.course.after)) if model.course else (none, none)
    )
    dropout = np.array([row(law, "wait") for law in model.dropout or ()], dtype=np.int64)
    cell = entry = -1
    if len(model.cells) > 1:
        cell = len(rows)
        rows.append(share_thresholds(model.cells))
    if model.accrual.kind == "random":
        entry = len(rows)
        rows.append(_entry(model.accrual))
    following, last = _visits(model)
    zero = np.zeros(len(model.cells), dtype=np.int64)
    one = np.repeat([0, 1], model.randomisation.ratio)
    switched = model.course.switched if model.course else (0.0, 0.0)
    return Tables(
        guide(rows), cell, entry, _planned(model), event, before, after, dropout, following, last,
        np.array(model.randomisation.lists or zero, dtype=np.int64),
        np.array(model.strata or zero, dtype=np.int64),
        np.resize(one, model.patients) if model.randomisation.planned else np.zeros(0, dtype=np.int64),
        np.array([round(s * 2**32) for s in switched], dtype=np.uint64),
    )  # fmt: skip


def _share_in(accrual: Accrual, day: NDArray[np.float64]) -> NDArray[np.float64]:
    ends = np.concatenate([[0.0], np.cumsum([days for days, _ in accrual.periods])])
    mass = np.concatenate([[0.0], np.cumsum([days * rate for days, rate in accrual.periods])])
    return np.asarray(np.interp(day, ends, mass / mass[-1]))


def _entry(accrual: Accrual) -> Words:
    """Of whole days of entry, rounded down."""
    last = max(1, int(np.ceil(sum(days for days, _ in accrual.periods))))
    reached = _share_in(accrual, np.arange(1, last).astype(float))
    return np.clip(np.floor(reached * 2.0**32), 0, 2**32 - 1).astype(np.uint32)


def _planned(model: BatchModel) -> Days:
    if model.accrual.kind == "random":
        return np.zeros(0, dtype=np.int16)
    ends = np.concatenate([[0.0], np.cumsum([days for days, _ in model.accrual.periods])])
    mass = np.concatenate([[0.0], np.cumsum([days * rate for days, rate in model.accrual.periods])])
    wanted = (np.arange(model.patients) + 0.5) / model.patients
    days: Days = np.floor(np.interp(wanted, mass / mass[-1], ends)).astype(np.int16)
    return days


def _visits(model: BatchModel) -> tuple[Days, Days]:
    """Visits after the last planned one do not come: progression then is never found."""
    if model.visits is None or (model.course is not None and model.course.endpoint == "survival"):
        return np.zeros((2, 0), dtype=np.int16), np.zeros((2, 0), dtype=np.int16)
    days = np.arange(NEVER + 1)
    following, last = np.full((2, days.size), NEVER, np.int16), np.zeros((2, days.size), np.int16)
    for arm, visits in enumerate(model.visits):
        planned = np.unique(np.asarray(visits, dtype=np.int64))
        place = np.searchsorted(planned, days)
        following[arm] = np.append(planned, NEVER)[place]
        last[arm] = np.append(0, planned)[np.searchsorted(planned, days, side="right")]
    return following, last
