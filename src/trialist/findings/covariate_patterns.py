"""From a Response table to the covariate patterns of a model of two arms, counted where the data lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from trialist.endpoints.shapes import NO_POSTBASELINE

if TYPE_CHECKING:
    from ibis.expr.types import Table

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Patterns:
    """One row per pattern: intercept, 1 for the first arm, covariates; responders and subjects of each.

    columns         what each column is: `intercept`, the arm, `ecog: 2 against 0-1`, `age`
    sizes           subjects of the first and second arm
    without_value   subjects left out for want of a covariate's value
    """

    x: Floats
    responders: Floats
    size: Floats
    columns: tuple[str, ...]
    sizes: tuple[int, int]
    without_value: int

    @property
    def n(self) -> int:
        return sum(self.sizes)

    @property
    def events(self) -> int:
        return round(float(self.responders.sum()))


def patterns(table: Table, arms: Sequence[str], covariates: Sequence[str], denominator: str) -> Patterns:
    """The subjects whom the denominator takes; one who is not known to respond does not.

    A covariate of numbers is itself; any other has an indicator per level but the first in sorted order.
    """
    rows = _counted(table, arms, covariates)
    count = np.asarray(rows["n_"].to_numpy(), dtype=np.float64)
    responder, known = _truth(rows["responder"])
    counted = np.ones(count.size, dtype=bool)
    if denominator != "all":
        counted = known
    if denominator == "evaluable":
        unassessed = np.asarray(
            [reason == NO_POSTBASELINE for reason in rows["reason"].to_pylist()], dtype=bool
        )
        counted = counted & (responder | ~unassessed)
    columns = [rows[name] for name in covariates]
    complete = _complete(columns, count.size)
    used = counted & complete
    first = np.asarray([arm == arms[0] for arm in rows["arm"].to_pylist()], dtype=bool)
    values, names = _indicators(columns, covariates, used)
    x = np.column_stack([np.ones(count.size), first.astype(float), *values])[used]
    yes, size = np.where(responder, count, 0.0)[used], count[used]
    if x.size:
        x, where = np.unique(x, axis=0, return_inverse=True)
        where = where.ravel()
        yes = np.bincount(where, weights=yes, minlength=len(x)).astype(np.float64)
        size = np.bincount(where, weights=size, minlength=len(x)).astype(np.float64)
    sizes = (round(float(size[x[:, 1] == 1].sum())), round(float(size[x[:, 1] == 0].sum())))
    left_out = round(float(count[counted & ~complete].sum()))
    return Patterns(x, yes, size, ("intercept", arms[0], *names), sizes, left_out)


def _complete(columns: Sequence[Any], size: int) -> NDArray[np.bool_]:
    """Where every covariate has a value."""
    known = np.ones(size, dtype=bool)
    for column in columns:
        known &= np.asarray([v is not None and v == v for v in column.to_pylist()], dtype=bool)
    return known


def _indicators(
    columns: Sequence[Any], names: Sequence[str], used: NDArray[np.bool_]
) -> tuple[list[Floats], list[str]]:
    """The columns of the model and their names; levels are those of the subjects used."""
    import pyarrow as pa

    found: list[Floats] = []
    told: list[str] = []
    for name, column in zip(names, columns, strict=True):
        values = column.to_pylist()
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            found.append(np.asarray([0.0 if v is None else float(v) for v in values], dtype=np.float64))
            told.append(name)
            continue
        words = np.asarray([str(v) for v in values], dtype=object)
        levels = sorted(set(words[used].tolist()))
        for level in levels[1:]:
            found.append((words == level).astype(np.float64))
            told.append(f"{name}: {level} against {levels[0]}")
    return found, told


def _truth(column: Any) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    values = column.to_pylist()
    return (
        np.asarray([bool(value) for value in values], dtype=bool),
        np.asarray([value is not None for value in values], dtype=bool),
    )


def _counted(table: Table, arms: Sequence[str], covariates: Sequence[str]) -> Any:
    chosen = table.filter(table.arm.isin(list(arms)))
    keys = list(dict.fromkeys(["arm", "responder", "reason", *covariates]))
    return chosen.select(*keys).group_by(keys).agg(n_=lambda t: t.count()).to_pyarrow()
