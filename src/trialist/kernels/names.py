"""Texts and their numbers, by the bytes of the texts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trialist.kernels.compiled import compiled

Integers = NDArray[np.int64]
Bytes = NDArray[np.uint8]
AHEAD = 256  # names in the order of their numbers that are tried before a table of all is made


class Names:
    """Numbers for texts, from 0 in the order in which they were added.

    Texts come as Arrow holds them: one array of bytes, and where each text starts and ends. Rows that repeat
    a text, and texts that come in the order of their numbers, need one comparison; a table of all texts is
    made only when one comes out of order.
    """

    def __init__(self) -> None:
        self.count = 0
        self._last = -1  # the number found last: texts go on from it
        self._bytes: Bytes = np.empty(1 << 16, np.uint8)
        self._starts: Integers = np.zeros(1 << 10, np.int64)
        self._slots = np.empty(0, np.int32)

    def add_new(self, starts: NDArray[Any], texts: Bytes) -> None:
        """Number texts of which none is known and none comes twice.

        starts  where each text starts in `texts`, and where the last ends, shape (n + 1,)
        """
        rows, size = len(starts) - 1, int(starts[-1] - starts[0])
        self._make_room(rows, size)
        used = self._starts[self.count]
        self._bytes[used : used + size] = texts[starts[0] : starts[-1]]
        self._starts[self.count : self.count + rows + 1] = starts - starts[0] + used
        self.count += rows
        self._slots = np.empty(0, np.int32)

    def rewind(self) -> None:
        """The next text is looked for from the first on."""
        self._last = -1

    def add(self, starts: NDArray[Any], texts: Bytes) -> NDArray[np.int32]:
        """The number of each text, shape (n,); one that is not known gets the next number."""
        self._make_room(len(starts) - 1, int(starts[-1] - starts[0]))
        if self._slots.size < 2 * (self.count + len(starts)):
            self._index(len(starts))
        return self.numbers(starts, texts, adding=True)

    def numbers(self, starts: NDArray[Any], texts: Bytes, *, adding: bool = False) -> NDArray[np.int32]:
        """The number of each text, shape (n,); -1 for one that is not known."""
        found = np.empty(len(starts) - 1, np.int32)
        row = self._fill(starts, texts, found, 0, adding)
        if row < found.size:
            self._index(0)
            self._fill(starts, texts, found, row, adding)
        return found

    def _fill(
        self, starts: NDArray[Any], texts: Bytes, found: NDArray[np.int32], first: int, adding: bool
    ) -> int:
        """Numbers from row `first` up to the one that needs a table that is not there; returns that row."""
        known = (self._bytes, self._starts, self._slots, self.count, self._last)
        row, self.count, self._last = _number(starts, texts, *known, adding, found, first)
        return int(row)

    def _make_room(self, rows: int, size: int) -> None:
        used = int(self._starts[self.count])
        self._bytes = _grown(self._bytes, used, used + size)
        self._starts = _grown(self._starts, self.count + 1, self.count + rows + 1)

    def _index(self, more: int) -> None:
        """A table of all texts with room for as many more, at most half full."""
        self._slots = np.full(1 << (2 * (self.count + more) + 1).bit_length(), -1, np.int32)
        _place_all(self._bytes, self._starts, self._slots, self.count)


def _grown(array: NDArray[Any], used: int, needed: int) -> NDArray[Any]:
    if needed <= array.size:
        return array
    larger = np.empty(max(needed, 2 * array.size), array.dtype)
    larger[:used] = array[:used]
    return larger


@compiled
def _number(
    starts: NDArray[Any],
    texts: Bytes,
    known: Bytes,
    known_starts: Integers,
    slots: NDArray[np.int32],
    count: int,
    last: int,
    adding: bool,
    found: NDArray[np.int32],
    first: int,
) -> tuple[int, int, int]:
    """Fills `found`; returns the row that needs a table, or the end; the count; the last number."""
    ahead = AHEAD if slots.size == 0 else 1
    for row in range(first, found.size):
        start, stop = starts[row], starts[row + 1]
        if last >= 0 and _same(texts, start, stop, known, known_starts, last):
            found[row] = last
            continue
        near = -1
        for number in range(last + 1, min(last + 1 + ahead, count)):
            if _same(texts, start, stop, known, known_starts, number):
                near = number
                break
        if near >= 0:
            last = near
            found[row] = last
            continue
        if slots.size == 0:
            return row, count, last
        slot = _hashed(texts, start, stop) & (slots.size - 1)
        while slots[slot] >= 0 and not _same(texts, start, stop, known, known_starts, slots[slot]):
            slot = (slot + 1) & (slots.size - 1)
        if slots[slot] < 0 and adding:
            end = known_starts[count]
            for i in range(stop - start):
                known[end + i] = texts[start + i]
            known_starts[count + 1] = end + stop - start
            slots[slot] = count
            count += 1
        last = int(slots[slot])
        found[row] = last
    return found.size, count, last


@compiled
def _place_all(known: Bytes, known_starts: Integers, slots: NDArray[np.int32], count: int) -> None:
    for number in range(count):
        slot = _hashed(known, known_starts[number], known_starts[number + 1]) & (slots.size - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (slots.size - 1)
        slots[slot] = number


@compiled
def _same(texts: Bytes, start: int, stop: int, known: Bytes, known_starts: Integers, number: int) -> bool:
    first = known_starts[number]
    if known_starts[number + 1] - first != stop - start:
        return False
    for i in range(stop - start - 1, -1, -1):  # noqa: SIM110 - names of one trial differ at their end
        if texts[start + i] != known[first + i]:
            return False
    return True


@compiled
def _hashed(texts: Bytes, start: int, stop: int) -> int:
    """FNV-1a, 32 bits, folded once more so that the low bits depend on all of the text."""
    mixed = np.uint32(2166136261)
    for i in range(start, stop):
        mixed = np.uint32((mixed ^ np.uint32(texts[i])) * np.uint32(16777619))
    return int(mixed ^ (mixed >> np.uint32(15)))
