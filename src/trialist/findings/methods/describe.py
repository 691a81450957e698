"""A measurement described in each arm: number, mean, SD, median, quartiles, range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.counted import Floats
from trialist.findings.methods.paired_t import missing_note
from trialist.findings.model import Finding, Method
from trialist.findings.reduction import values
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import analyses

MEASURES = ("mean", "sd", "median", "q1", "q3", "minimum", "maximum")


@entry(
    "describe",
    needs="Measurement",
    gives=MEASURES,
    source="Hyndman and Fan 1996, The American Statistician 50:361",
)
def run(table: Table, analysis: analyses.Describe, context: Context) -> tuple[Finding, ...]:
    """Seven findings per arm on the column `of`; quartiles by linear interpolation (Hyndman and Fan type 7).

    SD has the divisor n - 1. Only evaluable subjects count; the note says how many were not.
    Problems  N401 nobody with a value, N408 one value: no SD
    """
    if analysis.of == "ratio":
        table = table.mutate(ratio=table.value / table.baseline.nullif(0))
    found = values(table, context.arms, [analysis.of])
    method = Method("describe", (("of", analysis.of), ("quartiles", "type 7"), ("sd_divisor", "n - 1")))
    made: list[Finding] = []
    for arm in context.arms:
        mine = found[arm]
        x = mine.columns[0]
        for measure in MEASURES:
            problems = []
            if mine.n == 0:
                problems.append(not_estimable.no_subjects(context, [arm]))
            elif measure == "sd" and mine.n == 1:
                problems.append(not_estimable.too_few(context, arm, 1, 2, "values"))
            made.append(
                context.finding(
                    measure,
                    summarised(measure, x),
                    method,
                    [arm],
                    n=mine.n,
                    note=missing_note(mine),
                    problems=problems,
                )
            )
    return tuple(made)


def summarised(measure: str, x: Floats) -> float | None:
    """One of `MEASURES` of these values; None where they are too few."""
    if x.size == 0 or (measure == "sd" and x.size == 1):
        return None
    if measure == "mean":
        return float(x.mean())
    if measure == "sd":
        return float(x.std(ddof=1))
    share = {"minimum": 0.0, "q1": 0.25, "median": 0.5, "q3": 0.75, "maximum": 1.0}[measure]
    return float(np.quantile(x, share))
