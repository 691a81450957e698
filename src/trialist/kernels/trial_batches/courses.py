"""Every patient's days in a batch of trials, drawn as arrays: the definition that the compiled loops repeat.

A patient's words come from `philox` with the counter (patient, stream, replicate low, replicate high) and the
seed as key.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.trial_batches.inversion import NEVER, Days, days, places
from trialist.kernels.trial_batches.model import BatchModel, Integers, Tables
from trialist.kernels.trial_batches.philox import Words, key_of, philox

TIMES, LATER, ENTRY, BLOCK = 0, 1, 2, 3
"""Streams: event, dropout, cell, arm; death and switch; entry; size of a block (both `words_by_four`)."""

STRATUM = 17
"""Bits of a key below the stratum: 15 of the day, one for censored, one for the first arm."""
NOBODY = 2**32 - 1
"""The key of a patient who has not entered."""


@dataclass(frozen=True, eq=False)
class Patients:
    """Arrays (replicates, patients), patients in order of entry.

    entry    calendar day
    found    day of the event as it is found, NEVER where it does not come before dropout
    dropout  day of dropout, NEVER
    when     calendar day of the event, NEVER
    tag      stratum x 2^STRATUM + 1 where the arm is the first
    """

    entry: Days
    found: Days
    dropout: Days
    when: Days
    tag: Words


def words_by_four(patients: int, stream: int, seed: int, replicate: NDArray[np.uint64]) -> Words:
    """A word for each patient, (replicates, patients): patients 4i to 4i + 3 have the four of counter i."""
    places = np.arange((patients + 3) // 4, dtype=np.uint64)
    words = _words(places, stream, seed, replicate)
    return np.stack(words, axis=-1).reshape(replicate.size, -1)[:, :patients].copy()


def courses(
    model: BatchModel, made: Tables, seed: int, replicate: NDArray[np.uint64], entry: Days
) -> Patients:
    """The patients of the replicates with these numbers; `entry` as the caller drew and sorted it."""
    number = np.arange(model.patients, dtype=np.uint64)
    w_event, w_dropout, w_cell, w_arm = _words(number, TIMES, seed, replicate)
    size = w_event.shape
    cell = np.zeros(size, dtype=np.int64)
    if made.cell >= 0:
        cell = places(made.laws, np.full(size, made.cell, dtype=np.int64), w_cell)
    arm = _arms(model, made, cell, w_arm, seed, replicate)
    event = days(made.laws, made.event[arm, cell], w_event, model.horizon)
    dropout = np.full(size, NEVER, dtype=np.int64)
    if made.dropout.size:
        dropout = days(made.laws, made.dropout[arm], w_dropout, model.horizon)
    if model.course is not None:
        words = _words(number, LATER, seed, replicate)
        event = _with_death(model, made, arm, cell, event, words)
    elif made.next_visit.size:
        event = made.next_visit[arm, event].astype(np.int64)
    found = np.where(event <= dropout, event, NEVER)
    return Patients(
        entry,
        found.astype(np.int16),
        dropout.astype(np.int16),
        np.minimum(found + entry, NEVER).astype(np.int16),
        ((made.strata[cell] << STRATUM) + (arm == 0)).astype(np.uint32),
    )


def _with_death(
    model: BatchModel,
    made: Tables,
    arm: Integers,
    cell: Integers,
    progressed: Integers,
    words: tuple[Words, ...],
) -> Integers:
    """Day of progression as it is found or of death, or of death alone."""
    assert model.course is not None
    before = days(made.laws, made.before[arm, cell], words[0], model.horizon)
    treated = np.where(words[2] < made.switch[arm], 1 - arm, arm)
    after = days(made.laws, made.after[treated, cell], words[1], model.horizon)
    died = np.where(before <= progressed, before, np.minimum(progressed + after, NEVER))
    if model.course.endpoint == "survival":
        return died
    seen = progressed
    if made.next_visit.size:
        seen = made.next_visit[arm, progressed].astype(np.int64)
    return np.minimum(died, seen)


def _arms(
    model: BatchModel, made: Tables, cell: Integers, word: Words, seed: int, replicate: NDArray[np.uint64]
) -> Integers:
    """0 or 1 by randomisation, patient after patient in order of entry."""
    rule = model.randomisation
    total = np.uint64(sum(rule.ratio))
    if rule.planned:
        return np.broadcast_to(made.arms, word.shape)
    half = np.uint64(32)
    if not rule.blocks:
        return ((word * total >> half) >= np.uint64(rule.ratio[0])).astype(np.int64)
    sizes = np.array(rule.blocks, dtype=np.uint64)
    size = np.full(word.shape, sizes[0])
    if sizes.size > 1:
        drawn = words_by_four(model.patients, BLOCK, seed, replicate)
        size = sizes[(drawn * np.uint64(sizes.size) >> half).astype(np.int64)]
    every = np.arange(replicate.size)
    left = np.zeros((replicate.size, int(made.lists.max()) + 1), dtype=np.uint64)
    first = left.copy()
    arm = np.empty(word.shape, dtype=np.int64)
    for patient in range(model.patients):
        stack = made.lists[cell[:, patient]]
        remain, ours = left[every, stack], first[every, stack]
        new = remain == 0
        remain = np.where(new, size[:, patient], remain)
        ours = np.where(new, remain * np.uint64(rule.ratio[0]) // total, ours)
        taken = (word[:, patient] * remain >> half) < ours
        arm[:, patient] = ~taken
        left[every, stack], first[every, stack] = remain - np.uint64(1), ours - taken.astype(np.uint64)
    return arm


def _words(
    place: NDArray[np.uint64], stream: int, seed: int, replicate: NDArray[np.uint64]
) -> tuple[Words, ...]:
    low = np.uint64(0xFFFFFFFF)
    counter = (
        place[None, :],
        np.uint64(stream),
        (replicate & low)[:, None],
        (replicate >> np.uint64(32))[:, None],
    )
    return philox(counter, key_of(seed))


def keys_at(patients: Patients, last_visit: Days, rows: Integers, cut: Integers) -> tuple[Words, Integers]:
    """What is known of the trials in `rows` on a calendar day of each, and how many had entered.

    A patient is stratum, day, whether censored, and arm in one number; one who entered later has the largest.
    Sorted rows are in the order of stratum, day, and event before censored: all of one day are at risk on it.
    """
    room = cut[:, None] - patients.entry[rows]
    found, tag = patients.found[rows].astype(np.int64), patients.tag[rows].astype(np.int64)
    end = np.minimum(patients.dropout[rows], room)
    censored = found > end
    if last_visit.size:
        end = last_visit[1 - (tag & 1), np.maximum(end, 0)].astype(np.int64)
    key = tag + (np.where(censored, end, found) << 2) + (censored.astype(np.int64) << 1)
    return np.where(room < 0, NOBODY, key).astype(np.uint32), np.count_nonzero(room >= 0, axis=1)
