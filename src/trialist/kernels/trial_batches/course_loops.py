"""`courses` as machine code: a loop over the patients of each trial, with the same words and numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.compiled import compiled, inlined
from trialist.kernels.trial_batches.comparisons import Compared
from trialist.kernels.trial_batches.courses import BLOCK, ENTRY, LATER, STRATUM, TIMES, Patients
from trialist.kernels.trial_batches.inversion import NEVER
from trialist.kernels.trial_batches.model import BatchModel, Integers, Tables
from trialist.kernels.trial_batches.philox import MULTIPLIERS, ROUNDS, WEYL, Words, key_of

_M0, _M1 = np.uint64(MULTIPLIERS[0]), np.uint64(MULTIPLIERS[1])
_W0, _W1 = np.uint32(WEYL[0]), np.uint32(WEYL[1])
_HALF, _LOW, _ONE = np.uint64(32), np.uint64(0xFFFFFFFF), np.uint64(1)
_SIGN = np.int64(63)
_FEW = 16
"""Of so few cells each threshold is compared with."""
Replicates = NDArray[np.uint64]


class Compiled:
    """Draws and keys by machine code; one set of arrays serves one batch after the other."""

    def __init__(self, model: BatchModel, made: Tables, most: int) -> None:
        """`most` replicates at a time."""
        self.model, self.made = model, made
        patients = model.patients
        self._entry, self._found, self._dropout, self._when = (
            np.empty((most, patients), dtype=np.int16) for _ in range(4)
        )
        self._tag, self._keys = (np.empty((most, patients), dtype=np.uint32) for _ in range(2))
        if made.entry < 0:
            self._entry[:] = made.entered
        rule = model.randomisation
        self._ratio = np.array([rule.ratio[0], sum(rule.ratio)], dtype=np.uint64)
        blocks = np.array(() if rule.planned else rule.blocks, dtype=np.uint64)
        self._urns = blocks + (blocks * self._ratio[0] // self._ratio[1] << _HALF)
        dropout = np.repeat(made.dropout, made.lists.size)
        event, before, after = (row.reshape(-1) for row in (made.event, made.before, made.after))
        self._laws_of = event, dropout, before, after
        few = 1 < made.lists.size <= _FEW
        shares = made.laws.below[made.cell, : made.lists.size - 1] if few else np.zeros(0, np.uint32)
        self._shares = np.pad(shares, (0, -shares.size % 4), constant_values=2**32 - 1)
        self._tags = ((made.strata << STRATUM) + np.array([[1], [0]])).astype(np.uint32).reshape(-1)
        if made.arms.size and made.lists.size == 1:  # the same in every trial: the loop leaves them
            self._tag[:] = self._tags[made.arms]
        self._lists, self._arms = made.lists.astype(np.uint64), made.arms.astype(np.uint64)
        self._laws = _flat(made)

    def patients(self, seed: int, replicate: Replicates) -> Patients:
        """As `courses.courses`; valid until the next call."""
        model, made, count, (k0, k1) = self.model, self.made, replicate.size, key_of(seed)
        key = np.uint32(k0), np.uint32(k1)
        found, dropout, when = (days[:count] for days in (self._found, self._dropout, self._when))
        tag = self._tag[:count]
        entry = self._entry[:count]
        if made.entry >= 0:
            words = self._keys[:count]  # not in use yet
            _entry_words(replicate, key[0], key[1], words)
            words.sort(axis=1)
            _entry_days(words, np.int64(made.entry), self._laws, entry)
        later = 0 if model.course is None else 2 if model.course.endpoint == "survival" else 1
        _courses(
            replicate, key[0], key[1], entry, made.cell, self._shares, self._laws_of, later, made.switch,
            made.next_visit, self._lists, self._tags, self._arms, self._ratio, self._urns,
            np.int32(model.horizon), self._laws,
            found, dropout, when, tag,
        )  # fmt: skip
        return Patients(entry, found, dropout, when, tag)

    def keys_at(self, patients: Patients, rows: Integers, cut: Integers) -> tuple[Words, Integers]:
        """As `courses.keys_at`; valid until the next call."""
        keys, enrolled = self._keys[: rows.size], np.empty(rows.size, dtype=np.int64)
        p = patients
        _keys(rows, p.entry, p.found, p.dropout, p.tag, cut, self.made.last_visit, keys, enrolled)
        return keys, enrolled

    @property
    def compare(self) -> Callable[..., Compared]:
        from trialist.kernels.trial_batches import comparison_loops

        return comparison_loops.compare


def _flat(made: Tables) -> tuple[Any, ...]:
    """The laws, their two tables as one row each."""
    laws = made.laws
    width, bits, shift = np.uint64(laws.below.shape[1]), np.uint64(laws.bits), np.uint32(32 - laws.bits)
    return laws.below.reshape(-1), width, laws.size.astype(np.uint64), laws.table.reshape(-1), bits, shift


@inlined
def _philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    for _ in range(ROUNDS):
        p0, p1 = np.uint64(c0) * _M0, np.uint64(c2) * _M1
        n0 = np.uint32(p1 >> _HALF) ^ c1 ^ k0
        n2 = np.uint32(p0 >> _HALF) ^ c3 ^ k1
        c0, c1, c2, c3 = n0, np.uint32(p1), n2, np.uint32(p0)
        k0, k1 = np.uint32(k0 + _W0), np.uint32(k1 + _W1)
    return c0, c1, c2, c3


@compiled
def _words(stream: Any, low: Any, high: Any, k0: Any, k1: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    for i in range(a.size):
        w = _philox(np.uint32(i), np.uint32(stream), low, high, k0, k1)
        a[i], b[i], c[i], d[i] = w[0], w[1], w[2], w[3]


@compiled
def _words_by_four(stream: Any, low: Any, high: Any, k0: Any, k1: Any, parts: Any, row: Any) -> Any:
    """Patients 4i to 4i + 3 have the four words of place i; `parts` are four arrays of places."""
    a, b, c, d = parts
    _words(stream, low, high, k0, k1, a, b, c, d)
    for i in range(row.size // 4):
        row[4 * i], row[4 * i + 1] = a[i], b[i]
        row[4 * i + 2], row[4 * i + 3] = c[i], d[i]
    for j in range(row.size // 4 * 4, row.size):
        last = a.size - 1
        row[j] = a[last] if j % 4 == 0 else b[last] if j % 4 == 1 else c[last]


@compiled
def _entry_words(replicate: Any, k0: Any, k1: Any, words: Any) -> Any:
    places = (words.shape[1] + 3) // 4
    a, b = np.empty(places, np.uint32), np.empty(places, np.uint32)
    c, d = np.empty(places, np.uint32), np.empty(places, np.uint32)
    for r in range(replicate.size):
        low, high = np.uint32(replicate[r]), np.uint32(replicate[r] >> _HALF)
        _words_by_four(ENTRY, low, high, k0, k1, (a, b, c, d), words[r])


@inlined
def _place(word: Any, law: Any, laws: Any) -> Any:
    """How many thresholds of a law a word is not below: by the table, or by halving."""
    below, width, size, table, bits, shift = laws
    start = np.uint64(law) * width
    place = np.int64(table[(np.uint64(law) << bits) + np.uint64(word >> shift)])
    if place >= 0:
        place += np.int64(below[start + np.uint64(place)] <= word)
    else:
        low, high = np.uint64(-1 - place), size[np.uint64(law)]
        while low < high:
            middle = (low + high) >> np.uint64(1)
            if below[start + middle] <= word:
                low = middle + np.uint64(1)
            else:
                high = middle
        place = np.int64(low)
    return place if place < np.int64(size[np.uint64(law)]) else np.int64(size[np.uint64(law)])


@compiled
def _places(words: Any, law: Any, laws: Any, found: Any) -> Any:
    for i in range(found.size):
        found[i] = _place(words[i], law, laws)


@compiled
def _places_by_group(words: Any, group: Any, law_of: Any, laws: Any, found: Any) -> Any:
    for i in range(found.size):
        found[i] = _place(words[i], law_of[group[i]], laws)


@compiled
def _days(place: Any, horizon: Any) -> Any:
    for i in range(place.size):
        place[i] = place[i] + np.int32(1) if place[i] < horizon else np.int32(NEVER)


@compiled
def _entry_days(words: Any, law: Any, laws: Any, days: Any) -> Any:
    for r in range(words.shape[0]):
        for i in range(words.shape[1]):
            days[r, i] = _place(words[r, i], law, laws)


@compiled
def _counted(words: Any, below: Any, size: Any, found: Any) -> Any:
    """As `_places`, for a law of few places: all words are compared with each threshold, four at a time."""
    found[:] = 0
    for k in range(0, below.size, 4):
        first, second, third, fourth = below[k], below[k + 1], below[k + 2], below[k + 3]
        for i in range(found.size):
            lower = np.uint32(words[i] >= first) + np.uint32(words[i] >= second)
            found[i] += lower + np.uint32(words[i] >= third) + np.uint32(words[i] >= fourth)
    for i in range(found.size):
        found[i] = min(found[i], size)


@compiled
def _by_blocks(words: Any, new: Any, urns: Any, cell: Any, lists: Any, left: Any, ours: Any, arm: Any) -> Any:
    """The next place of each patient's list: an urn with as many of each arm as the block has left.

    Where a list has none left, one of `urns` begins, drawn by the word in `new`: places + 2^32 x those of the
    first arm. Arms are random: nothing branches on them.
    """
    kinds = np.uint64(urns.size)
    left[:], ours[:] = 0, 0
    for i in range(arm.size):
        stack = lists[cell[i]]
        urn, remain = urns[np.uint64(new[i]) * kinds >> _HALF], left[stack]
        none = np.uint64(np.int64(remain - _ONE) >> _SIGN)  # all ones or 0
        remain |= urn & _LOW & none
        mine = ours[stack] | urn >> _HALF & none
        taken = np.uint64(np.uint64(words[i]) * remain >> _HALF < mine)
        left[stack], ours[stack] = remain - _ONE, mine - taken
        arm[i] = _ONE - taken


@compiled
def _with_death(
    words: Any,
    group: Any,
    day: Any,
    laws_of: Any,
    switch: Any,
    next_visit: Any,
    survival: Any,
    horizon: Any,
    laws: Any,
) -> Any:
    before_law, after_law = laws_of
    w_before, w_after, w_switch = words
    cells = np.uint64(before_law.size // 2)
    for i in range(day.size):
        mine = np.uint64(group[i])
        arm = mine // cells
        died = _place(w_before[i], before_law[mine], laws) + 1
        died = died if died <= horizon else NEVER
        if died > day[i]:
            if w_switch[i] < switch[arm]:
                mine = mine - cells if arm == 1 else mine + cells
            after = _place(w_after[i], after_law[mine], laws) + 1
            died = min(day[i] + after, NEVER) if after <= horizon else NEVER
        if survival:
            day[i] = died
        elif next_visit.shape[1] > 0:
            day[i] = min(died, np.int64(next_visit[arm, day[i]]))
        else:
            day[i] = min(died, np.int64(day[i]))


@compiled
def _courses(
    replicate: Any,
    k0: Any,
    k1: Any,
    entry: Any,
    cell_law: Any,
    shares: Any,
    laws_of: Any,
    later: Any,
    switch: Any,
    next_visit: Any,
    lists: Any,
    tag_of: Any,
    arms: Any,
    ratio: Any,
    urns: Any,
    horizon: Any,
    laws: Any,
    found: Any,
    dropout: Any,
    when: Any,
    tag: Any,
) -> Any:
    """A patient's group is arm x cells + cell."""
    patients = entry.shape[1]
    event_law, dropout_law, before_law, after_law = laws_of
    cells = np.uint64(lists.size)
    w_event, w_dropout = np.empty(patients, np.uint32), np.empty(patients, np.uint32)
    w_cell, w_arm = np.empty(patients, np.uint32), np.empty(patients, np.uint32)
    w_before, w_after = np.empty(patients, np.uint32), np.empty(patients, np.uint32)
    w_switch, w_spare = np.empty(patients, np.uint32), np.empty(patients, np.uint32)
    left, ours = np.zeros(lists.max() + _ONE, np.uint64), np.zeros(lists.max() + _ONE, np.uint64)
    group, cell = np.zeros(patients, np.uint32), np.zeros(patients, np.uint32)
    places = (patients + 3) // 4
    parts = (
        np.empty(places, np.uint32), np.empty(places, np.uint32),
        np.empty(places, np.uint32), np.empty(places, np.uint32),
    )  # fmt: skip
    w_size = np.zeros(patients, np.uint32)
    day, gone = np.empty(patients, np.int32), np.full(patients, NEVER, np.int32)
    arm = np.zeros(patients, np.uint32)
    fixed = arms.size > 0 and cells == 1
    if arms.size > 0:
        arm[:] = arms
        group[:] = arms
    for r in range(replicate.size):
        low, high = np.uint32(replicate[r]), np.uint32(replicate[r] >> _HALF)
        _words(TIMES, low, high, k0, k1, w_event, w_dropout, w_cell, w_arm)
        if shares.size > 0:
            _counted(w_cell, shares, np.uint32(cells - _ONE), cell)
        elif cells > 1:
            _places(w_cell, cell_law, laws, cell)
        if urns.size > 1:
            _words_by_four(BLOCK, low, high, k0, k1, parts, w_size)
        if urns.size > 0:
            _by_blocks(w_arm, w_size, urns, cell, lists, left, ours, arm)
        elif arms.size == 0:
            for i in range(patients):
                arm[i] = np.uint64(((np.uint64(w_arm[i]) * ratio[1]) >> _HALF) >= ratio[0])
        if not fixed:
            for i in range(patients):
                group[i] = arm[i] * np.uint32(cells) + cell[i]
            for i in range(patients):
                tag[r, i] = tag_of[group[i]]
        if dropout_law.size > 0:
            _places_by_group(w_dropout, group, dropout_law, laws, gone)
            _days(gone, horizon)
        _places_by_group(w_event, group, event_law, laws, day)
        _days(day, horizon)
        if later > 0:
            _words(LATER, low, high, k0, k1, w_before, w_after, w_switch, w_spare)
            words, both = (w_before, w_after, w_switch), (before_law, after_law)
            _with_death(words, group, day, both, switch, next_visit, later == 2, horizon, laws)
        elif next_visit.shape[1] > 0:
            for i in range(patients):
                day[i] = next_visit[np.uint64(group[i]) // cells, day[i]]
        for i in range(patients):
            seen = day[i] if day[i] <= gone[i] else np.int32(NEVER)
            found[r, i] = seen
            dropout[r, i] = gone[i]
            when[r, i] = min(seen + np.int32(entry[r, i]), np.int32(NEVER))


@compiled
def _keys(
    rows: Any,
    entry: Any,
    found: Any,
    dropout: Any,
    tag: Any,
    cut: Any,
    last_visit: Any,
    keys: Any,
    enrolled: Any,
) -> Any:
    visits = last_visit.shape[1] > 0
    for k in range(rows.size):
        r = rows[k]
        day_of_cut = np.int32(cut[k])
        entered = np.int32(0)
        for i in range(entry.shape[1]):
            room = day_of_cut - np.int32(entry[r, i])
            end = min(np.int32(dropout[r, i]), room)
            censored = np.int32(found[r, i]) > end
            if visits and room >= 0 and censored:
                end = np.int32(last_visit[1 - np.int64(tag[r, i] & np.uint32(1)), end])
            day = end if censored else np.int32(found[r, i])
            key = tag[r, i] + np.uint32(day << 2) + np.uint32(censored) * np.uint32(2)
            keys[k, i] = np.uint32(2**32 - 1) if room < 0 else key
            entered += np.int32(room >= 0)
        enrolled[k] = entered
