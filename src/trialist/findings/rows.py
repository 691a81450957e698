"""Rows in memory in the place of an engine's table: named columns, and how many subjects each row stands for.

A caller's arrays, and the counts that came out of an engine once, go through the same reductions as a table.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Words:
    """A column of text. `levels` are sorted; `code` is the place of each row's level, -1 where it is null."""

    levels: tuple[str, ...]
    code: Integers

    def places(self, words: Sequence[str]) -> Integers:
        """The place of each row's level among `words`; -1 where it is not one of them, or null."""
        where = {word: place for place, word in enumerate(words)}
        found = np.array([*(where.get(level, -1) for level in self.levels), -1], dtype=np.int64)
        return found[self.code]


Column = Floats | Words


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of equal length: numbers (null is NaN) or `Words`. `n` is the subjects of each row.

    made   what `once` made of these rows
    """

    data: Mapping[str, Column]
    n: Floats
    made: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.data)

    @property
    def size(self) -> int:
        return int(self.n.size)

    def __getitem__(self, name: str) -> Column:
        return self.n if name == "n" else self.data[name]

    def once(self, make: Callable[..., Made], *words: Hashable) -> Made:
        """`make(rows, *words)`, made when it is first asked for: methods that begin alike share it.

        What is made must not hold the rows, which would keep each other in memory then.
        """
        key = (make, *words)
        if key not in self.made:
            self.made[key] = make(self, *words)
        found: Made = self.made[key]
        return found

    def where(self, kept: NDArray[np.bool_]) -> Rows:
        """The rows that are marked; itself when all are."""
        if bool(kept.all()):
            return self
        data: dict[str, Column] = {
            name: Words(column.levels, column.code[kept]) if isinstance(column, Words) else column[kept]
            for name, column in self.data.items()
        }
        return Rows(data, self.n[kept])

    def of_arms(self, arms: Sequence[str]) -> Rows:
        return self.where(words_of(self, "arm").places(arms) >= 0)

    def with_columns(self, **more: Column) -> Rows:
        return Rows({**self.data, **more}, self.n)

    def arrow(self, names: Sequence[str]) -> Any:
        """These columns and `n` as an Arrow table."""
        import pyarrow as pa

        return pa.table({name: _arrow(self[name]) for name in (*names, "n")})


def subject_table(rows: Rows) -> Any:
    """The rows as an in-memory table of the default engine, one row per subject with a number for its
    name."""
    import ibis
    import pyarrow as pa

    each = np.repeat(np.arange(rows.size), rows.n.astype(np.int64))
    arrow = rows.arrow(rows.columns).drop_columns(["n"]).take(pa.array(each))
    names = pa.array([str(number) for number in range(each.size)])
    return ibis.memtable(arrow.append_column("subject", names))


def words_of(rows: Rows, name: str) -> Words:
    """A column as words: numbers become their shortest text, as a strata or arm code is written."""
    column = rows[name]
    return column if isinstance(column, Words) else coded(column)


def numbers_of(rows: Rows, name: str) -> Floats:
    """A column of numbers. Raises TypeError for one of words."""
    column = rows[name]
    if isinstance(column, Words):
        raise TypeError(f"column {name!r} holds words")
    return column


def coded(values: ArrayLike) -> Words:
    """Levels and codes of a column of text, whole or other numbers, or truths; None and NaN are null."""
    given = np.asarray(values)
    if given.dtype.kind == "b":
        given = given.astype(np.int64)
    if given.dtype.kind in "iu":
        distinct, code = np.unique(given, return_inverse=True)
        return Words(tuple(str(level) for level in distinct.tolist()), code.astype(np.int64))
    if given.dtype.kind == "f":
        known = ~np.isnan(given)
        distinct, inverse = np.unique(given[known], return_inverse=True)
        code = np.full(given.size, -1, dtype=np.int64)
        code[known] = inverse
        return _sorted_by_word(tuple(f"{level:.15g}" for level in distinct.tolist()), code)
    if given.dtype.kind == "U" and given.size <= _FEW:
        return _of_few(given)
    if given.dtype.kind == "U":
        repeated = _repeated(given)
        if repeated is not None:
            return repeated
        distinct, code = np.unique(given, return_inverse=True)
        return Words(tuple(distinct.tolist()), code.astype(np.int64))
    known = np.array([value is not None and value == value for value in given], dtype=bool)
    distinct, inverse = np.unique(given[known].astype(str), return_inverse=True)
    code = np.full(given.size, -1, dtype=np.int64)
    code[known] = inverse
    return Words(tuple(distinct.tolist()), code)


_FEW, _LOOKS = 2_000, 6


def _of_few(values: NDArray[np.str_]) -> Words:
    """Levels and codes of few words: to look for one level after another, or up, is quicker than sorting."""
    code = np.full(values.size, -1, dtype=np.int64)
    found: list[str] = []
    first = 0
    while values.size and code[first] < 0 and len(found) < _LOOKS:
        level = values[first]
        code[values == level] = len(found)
        found.append(str(level))
        first = int(code.argmin())
    if not values.size or code[first] >= 0:
        return _sorted_by_word(tuple(found), code)
    words = values.tolist()
    levels = tuple(sorted(set(words)))
    place = {level: number for number, level in enumerate(levels)}
    return Words(levels, np.fromiter(map(place.__getitem__, words), dtype=np.int64, count=len(words)))


_LEVELS, _SEEN = 6, 1_000


def _repeated(values: NDArray[np.str_]) -> Words | None:
    """Levels and codes of many words that are one of a few: each level is looked for; None of others."""
    levels = tuple(sorted(set(values[:_SEEN].tolist())))
    if len(levels) > _LEVELS:
        return None
    code = np.full(values.size, -1, dtype=np.int64)
    for number, level in enumerate(levels):
        code[values == level] = number
    return None if (code < 0).any() else Words(levels, code)


def rows_from_arrow(found: Any, numbers: Sequence[str], words: Sequence[str]) -> Rows:
    """Columns of an Arrow table; a row stands for `n` subjects where there is such a column, else for one."""
    data: dict[str, Column] = {name: _numbers(found[name]) for name in numbers}
    data |= {name: _words(found[name]) for name in words}
    n = _numbers(found["n"]) if "n" in found.column_names else np.ones(found.num_rows)
    return Rows(data, n)


def _numbers(column: Any) -> Floats:
    import pyarrow as pa
    import pyarrow.compute as pc

    filled = pc.fill_null(column.cast(pa.float64()), float("nan"))
    return np.asarray(filled.to_numpy(), dtype=np.float64)


def _words(column: Any) -> Words:
    import pyarrow as pa

    whole = column.cast(pa.string()).combine_chunks().dictionary_encode()
    code = np.asarray(whole.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    return _sorted_by_word(tuple(whole.dictionary.to_pylist()), code)


def _sorted_by_word(levels: tuple[str, ...], code: Integers) -> Words:
    order = sorted(range(len(levels)), key=levels.__getitem__)
    if order == list(range(len(levels))):
        return Words(levels, code)
    place = np.full(len(levels) + 1, -1, dtype=np.int64)
    place[order] = np.arange(len(levels))
    return Words(tuple(levels[index] for index in order), place[code])


def _arrow(column: Column) -> Any:
    import pyarrow as pa

    if isinstance(column, Words):
        codes = pa.array(np.where(column.code < 0, 0, column.code), mask=column.code < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(column.levels, pa.string())).cast(pa.string())
    return pa.array(column, mask=np.isnan(column))


def same_rows(rows: Rows) -> Iterator[bytes]:
    """Bytes that are equal for equal rows in any order: what a fingerprint is made of.

    Every row is hashed by itself (64 bits) and the hashes are added up by weight; two sets of rows that
    differ have different sums but for a chance of 2^-64.
    """
    total = np.zeros(rows.size, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for place, name in enumerate(sorted(rows.columns)):
            column = rows[name]
            if isinstance(column, Words):
                yield "\x1f".join((name, *column.levels)).encode()
                bits = (column.code + 1).astype(np.uint64)
            else:
                yield name.encode()
                bits = (column + 0.0).view(np.uint64)
            total += np.uint64(place + 1)
            total ^= bits
            _mix(total)
        summed = np.sum(total * rows.n.astype(np.uint64), dtype=np.uint64)
    yield int(summed).to_bytes(8, "little")


_SHIFTS = tuple(np.array(bits, dtype=np.uint64) for bits in (30, 27, 31))
_FACTORS = tuple(np.array(each, dtype=np.uint64) for each in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def _mix(bits: NDArray[np.uint64]) -> None:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014, OOPSLA), in place."""
    for shift, factor in zip(_SHIFTS, _FACTORS, strict=False):
        bits ^= bits >> shift
        bits *= factor
    bits ^= bits >> _SHIFTS[2]
