"""Rows of subjects with what a linear model asks for: arm, value, baseline, covariates, factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trialist.findings import not_estimable, value_problems
from trialist.findings.context import Context
from trialist.findings.counted import Floats, Integers
from trialist.problems import Problem

if TYPE_CHECKING:
    from ibis.expr.types import Table


@dataclass(frozen=True, slots=True)
class LinearRows:
    """One row per evaluable value with everything the model needs, in an order that no engine decides.

    subject, arm, visit  codes (visit: all 0 where there is one)
    numbers, factors     by name; factors as codes of their sorted levels
    not_evaluable        rows without an evaluable value; left_out: evaluable, but without a covariate
    """

    subject: Integers
    arm: Integers
    visit: Integers
    value: Floats
    baseline: Floats
    numbers: dict[str, Floats]
    factors: dict[str, Integers]
    not_evaluable: int
    left_out: int

    @property
    def n(self) -> int:
        return int(self.value.size)


def linear_rows(
    table: Table,
    arms: Sequence[str],
    value: str,
    *,
    numbers: Sequence[str] = (),
    factors: Sequence[str] = (),
    visits: Sequence[str] = (),
    with_baseline: bool = True,
) -> LinearRows:
    """The rows of these arms out of a Measurement or (with `visits`) a Repeated table.

    Only the columns of the model leave the engine. A value that is not finite is none.
    """
    chosen = table.filter(table.arm.isin(list(arms)))
    if visits:
        chosen = chosen.filter(chosen.visit.isin(list(visits)))
    columns = {
        "subject_": chosen.subject.cast("string"),
        "arm_": chosen.arm,
        "visit_": chosen.visit if visits else chosen.arm,
        "evaluable_": chosen.evaluable.cast("int8"),
        "value_": chosen[value].cast("float64"),
        "baseline_": chosen.baseline.cast("float64") if with_baseline else chosen[value].cast("float64"),
        **{f"number_{name}": chosen[name].cast("string").try_cast("float64") for name in numbers},
        **{f"factor_{name}": chosen[name].cast("string") for name in factors},
    }
    found = chosen.select(**columns).to_pyarrow()
    evaluable = _floats(found["evaluable_"]) > 0
    response, baseline = _floats(found["value_"]), _floats(found["baseline_"])
    held = {name: _floats(found[f"number_{name}"]) for name in numbers}
    coded = {name: _codes(found[f"factor_{name}"]) for name in factors}
    usable = evaluable & np.isfinite(response)
    full = usable & np.isfinite(baseline)
    for column in held.values():
        full = full & np.isfinite(column)
    for codes in coded.values():
        full = full & (codes >= 0)
    subject = _codes(found["subject_"])
    arm = _positions(found["arm_"], arms)
    visit = _positions(found["visit_"], visits) if visits else np.zeros(subject.size, dtype=np.int64)
    order = np.lexsort((visit, subject))
    kept = order[full[order]]
    return LinearRows(
        subject[kept],
        arm[kept],
        visit[kept],
        response[kept],
        baseline[kept],
        {name: column[kept] for name, column in held.items()},
        {name: codes[kept] for name, codes in coded.items()},
        int((~usable).sum()),
        int((usable & ~full).sum()),
    )


def unknown_terms(
    table: Table, covariates: Sequence[str], strata: Sequence[str], context: Context
) -> tuple[Problem, ...]:
    """E414 for factors, E437 for covariates that the subjects do not have."""
    factors = [name for name in strata if name not in table.columns]
    numbers = [name for name in covariates if name not in table.columns]
    found = [not_estimable.no_such_factor(context, factors)] if factors else []
    return (*found, *([value_problems.no_such_covariate(context, numbers)] if numbers else []))


def told_of_rows(rows: LinearRows, context: Context) -> tuple[Problem, ...]:
    """N412 for evaluable values without a covariate or a level of a factor."""
    return (value_problems.without_covariate(context, rows.left_out),) if rows.left_out else ()


def _floats(column: Any) -> Floats:
    """Numbers of an Arrow column, null as NaN."""
    import pyarrow as pa
    import pyarrow.compute as pc

    filled = pc.fill_null(column.cast(pa.float64()), float("nan"))
    return np.asarray(filled.to_numpy(), dtype=np.float64)


def _codes(column: Any) -> Integers:
    """Places among the sorted levels; -1 where null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = column.cast(pa.string())
    levels = sorted(level for level in pc.unique(text).to_pylist() if level is not None)
    return _positions(text, levels)


def _positions(column: Any, levels: Sequence[str]) -> Integers:
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.index_in(column.cast(pa.string()), value_set=pa.array(list(levels), pa.string()))
    return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int64)
