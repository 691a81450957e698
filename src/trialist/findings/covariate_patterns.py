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

    columns         what each column is: `intercept`, the arm, `ecog: 2`, `age`
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
    columns, names, complete = _columns([rows[name] for name in covariates], covariates)
    used = counted & complete
    first = np.asarray([arm == arms[0] for arm in rows["arm"].to_pylist()], dtype=bool)
    x = np.column_stack([np.ones(count.size), first.astype(float), *columns])[used]
    yes, size = np.where(responder, count, 0.0)[used], count[used]
    if x.size:
        x, where = np.unique(x, axis=0, return_inverse=True)
        where = where.ravel()
        yes = np.bincount(where, weights=yes, minlength=len(x)).astype(np.float64)
        size = np.bincount(where, weights=size, minlength=len(x)).astype(np.float64)
    sizes = (round(float(size[x[:, 1] == 1].sum())), round(float(size[x[:, 1] == 0].sum())))
    left_out = round(float(count[counted & ~complete].sum()))
    return Patterns(x, yes, size, ("intercept", arms[0], *names), sizes, left_out)


def _columns(
    covariates: Sequence[Any], names: Sequence[str]
) -> tuple[list[Floats], list[str], NDArray[np.bool_]]:
    import pyarrow as pa

    found: list[Floats] = []
    told: list[str] = []
    complete = np.ones(len(covariates[0]), dtype=bool) if covariates else np.ones(1, dtype=bool)
    for name, column in zip(names, covariates, strict=True):
        if pa.types.is_floating(column.type) or pa.types.is_integer(column.type):
            values = np.asarray([np.nan if v is None else float(v) for v in column.to_pylist()])
            complete = complete & np.isfinite(values)
            found.append(np.where(np.isfinite(values), values, 0.0))
            told.append(name)
            continue
        words = [None if v is None else str(v) for v in column.to_pylist()]
        complete = complete & np.asarray([word is not None for word in words], dtype=bool)
        for level in sorted({word for word in words if word is not None})[1:]:
            found.append(np.asarray([word == level for word in words], dtype=np.float64))
            told.append(f"{name}: {level}")
    return found, told, complete


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
