"""Batches of trials: drawn, cut at one look after the other, compared, stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.trial_batches.comparisons import Compared, Floats
from trialist.kernels.trial_batches.courses import NOBODY, STRATUM, Patients
from trialist.kernels.trial_batches.inversion import NEVER
from trialist.kernels.trial_batches.model import BatchModel, Integers, Look, Tables, faults, tables
from trialist.kernels.trial_batches.philox import Words

Way = Literal["compiled", "arrays"]
_Rows = slice | Integers

_CELLS = 130_000
"""Patients of all trials that are worked on at a time: few enough for the cache, enough to call seldom."""


def compiler_found() -> bool:
    """Whether numba is there."""
    return find_spec("numba") is not None


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What every replicate found, looks in the second axis; a look that was not reached has 0, -1 or NaN.

    day       (replicates, looks) calendar day of the look, -1
    enrolled  patients entered by then
    reached   whether the number of events that the look waited for had come
    events    (replicates, looks, 2) by arm
    z         of the test, above 0 when the first arm has more events than expected
    log_hr, std_err  of the Cox model, first arm against second
    last      (replicates) the look at which the trial ended, from 0
    rejected  whether the null hypothesis was rejected there
    favours   whether it was in favour of the first arm
    futile    whether the trial ended for futility
    """

    day: NDArray[np.int32]
    enrolled: NDArray[np.int32]
    reached: NDArray[np.bool_]
    events: NDArray[np.int32]
    z: Floats
    log_hr: Floats
    std_err: Floats
    last: NDArray[np.int8]
    rejected: NDArray[np.bool_]
    favours: NDArray[np.bool_]
    futile: NDArray[np.bool_]


class _Form(Protocol):
    """The two ways of doing the same: machine code and arrays."""

    def patients(self, seed: int, replicate: NDArray[np.uint64]) -> Patients: ...

    def keys_at(self, patients: Patients, rows: Integers, cut: Integers) -> tuple[Words, Integers]: ...

    @property
    def compare(self) -> Callable[..., Compared]: ...


def simulate(
    model: BatchModel, seed: int, first: int, count: int, *, way: Way | None = None, cox: bool = True
) -> Outcomes:
    """Replicates first..first+count-1 of the model.

    Parameters
        seed   0 to 2^64 - 1
        way    by numba's machine code or by numpy's arrays; the first where numba is there. Draws are the
               same bit for bit, statistics to rounding
        cox    whether hazard ratios are estimated
    Raises    ValueError for a model with faults (`model.faults`)
    """
    wrong = faults(model)
    if wrong:
        raise ValueError("; ".join(wrong))
    out = _nothing_yet(count, len(model.looks))
    step = max(1, min(count, _CELLS // model.patients))
    form = _form(model, way, step)
    for begin in range(0, count, step):
        end = min(begin + step, count)
        replicate = np.arange(first + begin, first + end, dtype=np.uint64)
        _looks(model, form, form.patients(seed, replicate), out, begin, cox)
    return out


@dataclass(frozen=True, eq=False)
class TrialData:
    """One trial as it is known at a look: a value for each patient who entered.

    time in days from entry, counted inclusively (entry is day 1); arm 0 or 1; stratum of the analysis
    """

    time: Integers
    event: NDArray[np.bool_]
    arm: Integers
    stratum: Integers


def data_of(model: BatchModel, seed: int, replicate: int, day: int, *, way: Way | None = None) -> TrialData:
    """The patients of one replicate on a calendar day, in the order of stratum and time."""
    form = _form(model, way, 1)
    patients = form.patients(seed, np.array([replicate], dtype=np.uint64))
    keys = np.sort(form.keys_at(patients, np.array([0]), np.array([day], dtype=np.int64))[0][0])
    known = keys[keys != np.uint32(NOBODY)].astype(np.int64)
    event = ((known >> 1) & 1) == 0
    return TrialData(((known >> 2) & 0x7FFF) + 1, event, 1 - (known & 1), known >> STRATUM)


def _looks(model: BatchModel, form: _Form, patients: Patients, out: Outcomes, begin: int, cox: bool) -> None:
    """One look after the other, at each only the trials that go on."""
    count = patients.tag.shape[0]
    if any(look.events is not None for look in model.looks):
        patients.when.sort(axis=1)
    alive, before = np.arange(count), np.zeros(count, dtype=np.int64)
    for number, look in enumerate(model.looks):
        if not alive.size:
            return
        every = alive.size == count
        mine: _Rows = slice(None) if every else alive
        reached, cut = _day(look, patients, mine)
        cut = np.maximum(cut, before[mine])
        before[mine] = cut
        keys, enrolled = form.keys_at(patients, alive, cut)
        keys.sort(axis=1)
        need = cox or model.test == "wald"
        found = form.compare(keys, ties=model.ties, rho_gamma=model.rho_gamma, cox=need)
        rows: _Rows = slice(begin, begin + count) if every else begin + alive
        out.day[rows, number], out.reached[rows, number] = cut, reached
        out.enrolled[rows, number] = enrolled
        out.events[rows, number], out.z[rows, number] = found.events, found.z
        out.log_hr[rows, number], out.std_err[rows, number] = found.log_hr, found.std_err
        out.last[rows] = number
        alive = alive[_go_on(model, look, found, out, rows)]


def _day(look: Look, patients: Patients, rows: _Rows) -> tuple[NDArray[np.bool_], Integers]:
    """Whether the events came, and the day of the look; `when` of the patients is sorted."""
    low, high = max(look.not_before, 0), look.not_after
    if look.events is None or look.events > patients.when.shape[1]:
        count = patients.when[rows, 0].size
        reached = np.full(count, look.events is None)
        day = np.full(count, high, dtype=np.int64)
    else:
        day = patients.when[rows, max(look.events, 1) - 1].astype(np.int64)
        reached = (day < NEVER) & (day <= high)
        day = np.minimum(np.maximum(day, low), high)
    if look.events is not None and look.otherwise is not None:
        day = np.where(reached, day, look.otherwise)
    if look.all_in:
        day = np.maximum(day, patients.entry[rows, -1].astype(np.int64) + 1)
    return reached, day


def _go_on(model: BatchModel, look: Look, found: Compared, out: Outcomes, rows: _Rows) -> NDArray[np.bool_]:
    """Decide; a statistic that does not exist decides nothing."""
    statistic = found.z
    if model.test == "wald":
        with np.errstate(invalid="ignore"):
            statistic = (found.log_hr - np.log(model.margin)) / found.std_err
    favour = -statistic
    rejects = stops = np.zeros(favour.size, dtype=bool)
    if look.efficacy is not None:
        rejects = favour >= look.efficacy
        if model.sides == 2:
            rejects = rejects | (favour <= -look.efficacy)
    if look.futility is not None:
        stops = ~rejects & (favour <= look.futility)
    out.rejected[rows], out.futile[rows] = rejects, stops
    out.favours[rows] = rejects & (favour > 0)
    return ~(rejects | stops)


def _nothing_yet(count: int, looks: int) -> Outcomes:
    size = (count, looks)
    z, log_hr, std_err = (np.full(size, np.nan) for _ in range(3))
    no = [np.zeros(count, dtype=bool) for _ in range(3)]
    return Outcomes(
        np.full(size, -1, dtype=np.int32), np.zeros(size, dtype=np.int32), np.zeros(size, dtype=bool),
        np.zeros((*size, 2), dtype=np.int32), z, log_hr, std_err, np.zeros(count, dtype=np.int8), *no,
    )  # fmt: skip


class _Arrays:
    def __init__(self, model: BatchModel, made: Tables) -> None:
        self.model, self.made = model, made

    def patients(self, seed: int, replicate: NDArray[np.uint64]) -> Patients:
        from trialist.kernels.trial_batches import courses
        from trialist.kernels.trial_batches.inversion import places

        made = self.made
        if made.entry < 0:
            entry = np.broadcast_to(made.entered, (replicate.size, made.entered.size))
        else:
            words = np.sort(
                courses.words_by_four(self.model.patients, courses.ENTRY, seed, replicate), axis=1
            )
            entry = places(made.laws, np.full(words.shape, made.entry, dtype=np.int64), words).astype(
                np.int16
            )
        return courses.courses(self.model, made, seed, replicate, entry)

    def keys_at(self, patients: Patients, rows: Integers, cut: Integers) -> tuple[Words, Integers]:
        from trialist.kernels.trial_batches import courses

        return courses.keys_at(patients, self.made.last_visit, rows, cut)

    @property
    def compare(self) -> Callable[..., Compared]:
        from trialist.kernels.trial_batches import comparisons

        return comparisons.compare


def _form(model: BatchModel, way: Way | None, most: int) -> _Form:
    chosen = way or ("compiled" if compiler_found() else "arrays")
    if chosen == "arrays":
        return _Arrays(model, tables(model))
    from trialist.kernels.trial_batches.course_loops import Compiled

    return Compiled(model, tables(model), most)
