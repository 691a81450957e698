"""A measurement described in each arm: number, mean, SD, median, quartiles, range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable, value_problems
from trialist.findings.context import Context
from trialist.findings.counted import Floats
from trialist.findings.methods.paired_t import missing_note
from trialist.findings.model import Finding, Method
from trialist.findings.reduction import values
from trialist.kernels import description
from trialist.kernels.description import QuantileType
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import analyses

MEASURES = ("mean", "sd", "median", "q1", "q3", "minimum", "maximum")
MORE = ("geometric_mean", "geometric_cv", "trimmed_mean")


@entry(
    "describe",
    needs="Measurement",
    gives=(*MEASURES, *MORE),
    source="Hyndman and Fan 1996, The American Statistician 50:361; Kirkwood 1979, Biometrics 35:908",
)
def run(table: Table, analysis: analyses.Describe, context: Context) -> tuple[Finding, ...]:
    """Seven findings per arm on the column `of`; quartiles by linear interpolation (Hyndman and Fan type 7),
    or type 2; and those of `also`.

    SD has the divisor n - 1. Only evaluable subjects count; the note says how many were not.
    Problems  N401 nobody with a value, N408 one value: no SD, N435 a value not above 0: no geometric mean
    """
    if analysis.of == "ratio":
        table = table.mutate(ratio=table.value / table.baseline.nullif(0))
    found = values(table, context.arms, [analysis.of])
    told = (("of", analysis.of), ("quartiles", analysis.quantiles.replace("_", " ")), ("sd_divisor", "n - 1"))
    made: list[Finding] = []
    for arm in context.arms:
        mine = found[arm]
        x = mine.columns[0]
        for measure in (*MEASURES, *dict.fromkeys(analysis.also)):
            problems = []
            spread = measure in ("sd", "geometric_cv")
            if mine.n == 0:
                problems.append(not_estimable.no_subjects(context, [arm]))
            elif spread and mine.n == 1:
                problems.append(not_estimable.too_few(context, arm, 1, 2, "values"))
            elif measure.startswith("geometric") and bool((x <= 0).any()):
                problems.append(value_problems.no_logarithm(context, arm, int((x <= 0).sum())))
            trim = (("trim", analysis.trim),) if measure == "trimmed_mean" else ()
            made.append(
                context.finding(
                    measure,
                    summarised(measure, x, 2 if analysis.quantiles == "type_2" else 7, analysis.trim),
                    Method("describe", (*told, *trim)),
                    [arm],
                    n=mine.n,
                    note=missing_note(mine),
                    problems=problems,
                )
            )
    return tuple(made)


def summarised(measure: str, x: Floats, kind: QuantileType = 7, trim: float = 0.1) -> float | None:
    """One of `MEASURES` or `MORE` of these values; None where they are too few."""
    if x.size == 0 or (measure == "sd" and x.size == 1):
        return None
    if measure == "mean":
        return float(x.mean())
    if measure == "sd":
        return float(x.std(ddof=1))
    if measure == "geometric_mean":
        return description.geometric_mean(x)
    if measure == "geometric_cv":
        return description.geometric_cv(x)
    if measure == "trimmed_mean":
        return description.trimmed_mean(x, trim)
    if measure in ("minimum", "maximum"):
        return float(x.min() if measure == "minimum" else x.max())
    return description.quantile(x, {"q1": 0.25, "median": 0.5, "q3": 0.75}[measure], kind)
