"""Rows counted where they lie, and their columns as arrays: what every reduction begins with.

A table is an engine's, or `Rows` in memory. Only counts leave an engine, in an order that tells nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trialist.findings.rows import Rows, Words, coded

if TYPE_CHECKING:
    from ibis.expr.types import Table

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def tabled(table: Table | Rows, arms: Sequence[str], columns: Sequence[str]) -> Any:
    """Rows of these arms counted by arm and the columns, as an Arrow table."""
    found = counted(table, arms, columns)
    return found.arrow(["arm", *columns]) if isinstance(found, Rows) else found


def counted(table: Table | Rows, arms: Sequence[str], columns: Sequence[str]) -> Any:
    """Rows of these arms counted by arm and the columns: an Arrow table, or `Rows` as they are."""
    if isinstance(table, Rows):
        return table.of_arms(arms)
    chosen = table.filter(table.arm.isin(list(arms)))
    keys = {"arm": chosen.arm} | {
        name: chosen[name].cast("int8") if name in ("event", "evaluable", "censored") else chosen[name]
        for name in columns
    }
    return chosen.select(**keys).group_by(list(keys)).agg(n=lambda t: t.count()).to_pyarrow()


def as_numbers(column: Any) -> Floats:
    """A numeric column as floats, null as NaN."""
    if isinstance(column, np.ndarray):
        return column
    import pyarrow as pa
    import pyarrow.compute as pc

    filled = pc.fill_null(column.cast(pa.float64()), float("nan"))
    return np.asarray(filled.to_numpy(), dtype=np.float64)


def positions(column: Any, words: Sequence[str]) -> Integers:
    if isinstance(column, Words | np.ndarray):
        return _as_words(column).places(words)
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.index_in(column.cast(pa.string()), value_set=pa.array(list(words), pa.string()))
    return np.asarray(found.to_numpy(), dtype=np.int64)


def combined(columns: Sequence[Any], size: int) -> tuple[Integers, NDArray[np.bool_]]:
    """One code per combination of levels, and where every level is known."""
    import pyarrow as pa
    import pyarrow.compute as pc

    code = np.zeros(size, dtype=np.int64)
    known = np.ones(size, dtype=bool)
    for column in columns:
        if isinstance(column, Words | np.ndarray):
            named = _as_words(column)
            known &= named.code >= 0
            code = code * max(len(named.levels), 1) + np.maximum(named.code, 0)
            continue
        text = column.cast(pa.string())
        known &= ~np.asarray(pc.is_null(text).to_numpy(), dtype=bool)
        levels = sorted(level for level in set(text.to_pylist()) if level is not None)
        place = pc.fill_null(pc.index_in(text, value_set=pa.array(levels, pa.string())), 0)
        code = code * max(len(levels), 1) + np.asarray(place.to_numpy(), dtype=np.int64)
    return code, known


def as_text(column: Any) -> NDArray[Any]:
    """A column as an array of words, None where it is null."""
    if isinstance(column, Words | np.ndarray):
        named = _as_words(column)
        return np.array([*named.levels, None], dtype=object)[named.code]
    return np.array([None if value is None else str(value) for value in column.to_pylist()], dtype=object)


def holds_numbers(column: Any) -> bool:
    """Whether a column is of numbers or truths."""
    if isinstance(column, Words | np.ndarray):
        return isinstance(column, np.ndarray)
    import pyarrow as pa

    kinds = (pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    return any(kind(column.type) for kind in kinds)


def alike_together(kept: Integers, count: Floats, keys: Sequence[NDArray[Any]]) -> tuple[Integers, Floats]:
    """Of sorted rows, the first of each run of equal keys (null equals null), and the subjects of the run.

    With it the same subjects give the same digits, whether they came as rows or counted.
    """
    new = np.ones(kept.size, dtype=bool)
    new[1:] = False
    for key in keys:
        here = key[kept]
        apart = here[1:] != here[:-1]
        if here.dtype.kind == "f":
            apart &= (here[1:] == here[1:]) | (here[:-1] == here[:-1])
        if np.count_nonzero(apart) == apart.size:
            return kept, count[kept]
        new[1:] |= apart
    starts = new.nonzero()[0]
    return kept[starts], np.add.reduceat(count[kept], starts) if starts.size else count[kept]


def _as_words(column: Words | Floats) -> Words:
    return column if isinstance(column, Words) else coded(column)
