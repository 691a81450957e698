"""From arrays to domain tables: every declared column, typed, nulls where nothing is simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from trialist.records.domains import DOMAINS
from trialist.records.shape import domain_schema

Integers = NDArray[np.int64]


def build(name: str, size: int, columns: Mapping[str, object]) -> pa.Table:
    """A domain table of `size` rows. Dates are given as whole days since 1970-01-01 (see `days_null`)."""
    schema = domain_schema(name)
    dates = {c.name for c in DOMAINS[name].columns if c.kind == "date"}
    made: dict[str, pa.Array] = {}
    for key, values in columns.items():
        if key in dates:
            made[key] = _dates(values)
            made[f"{key}_text"] = made[key].cast(pa.string())
        elif isinstance(values, str):
            made[key] = pa.array([values]).take(pa.array(np.zeros(size, dtype=np.int64)))
        elif isinstance(values, (pa.Array, pa.ChunkedArray)):
            made[key] = values.cast(schema.field(key).type)
        else:
            made[key] = pa.array(np.asarray(values), schema.field(key).type)
    unknown = set(made) - set(schema.names)
    if unknown:
        raise KeyError(f"{name} has no column {sorted(unknown)}")
    arrays = [made[f.name] if f.name in made else pa.nulls(size, f.type) for f in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def words(levels: Sequence[str | None], codes: Integers) -> pa.Array:
    """Text by level number; a negative number is null."""
    index = pa.array(codes, mask=np.asarray(codes) < 0)
    return pa.array(list(levels), pa.string()).take(index)


def days_null(days: Integers, missing: NDArray[np.bool_]) -> pa.Array:
    """Days since 1970-01-01 with nulls where `missing`."""
    return pa.array(days.astype(np.int32), mask=missing)


def _dates(values: object) -> pa.Array:
    if isinstance(values, pa.Array):
        return values.cast(pa.int32()).cast(pa.date32())
    return pa.array(np.asarray(values).astype(np.int32)).cast(pa.date32())


def running_number(owner: Integers) -> Integers:
    """1, 2, 3 ... within each owner; rows of an owner must be together."""
    if not len(owner):
        return np.empty(0, dtype=np.int64)
    fresh = np.concatenate([[True], owner[1:] != owner[:-1]])
    start = np.maximum.accumulate(np.where(fresh, np.arange(len(owner)), 0))
    return np.arange(len(owner)) - start + 1
