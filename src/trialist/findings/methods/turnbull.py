"""The curve of interval-censored times per arm: median, other quantiles, probabilities at times."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from trialist.findings import curve_problems, not_estimable
from trialist.findings.context import Context
from trialist.findings.curves import months, share, with_left_out
from trialist.findings.model import Finding, Method
from trialist.findings.reduction import IntervalCounts, interval_counts
from trialist.problems import Problem
from trialist.registry import entry
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.turnbull import Between, TurnbullFit
    from trialist.protocol import time_analyses

UNUSABLE = "no time or no status, or ends that are below 0 or in the wrong order"


@entry(
    "turnbull",
    needs="TimeToEvent",
    gives=("median_time", "quantile_time", "survival_probability"),
    source="Turnbull 1976, JRSS B 38:290; Gentleman and Geyer 1994, Biometrika 81:618",
)
def run(table: Table, analysis: time_analyses.Turnbull, context: Context) -> tuple[Finding, ...]:
    """Median (months) of each arm, other quantiles, and the probability at each of `at_months`.

    An event lies in (lower_days, upper_days] where the table has these columns, else its time is exact; the
    finding says which was read. A number inside an interval where the curve is not determined is that of a
    jump in the middle (as R's survfit), and the note gives the range. There are no confidence intervals: the
    estimate is not asymptotically normal.
    Problems  N401 nobody in an arm, N402 a quantile not reached, N407 beyond follow-up, N412 left out, N464
              not converged
    """
    counts = interval_counts(table, context.arms)
    found = [
        finding
        for index, arm in enumerate(context.arms)
        for finding in _arm(arm, counts.of(index), analysis, context)
    ]
    return tuple(with_left_out(found, context, counts.unusable, UNUSABLE))


def _arm(
    arm: str, counts: IntervalCounts, analysis: time_analyses.Turnbull, context: Context
) -> Iterator[Finding]:
    from trialist.kernels import turnbull

    fit = turnbull.turnbull(counts.lower, counts.upper, counts.count)
    why = _unknown(arm, fit, context)
    for p in (0.5, *(q for q in analysis.quantiles if q != 0.5)):
        at = turnbull.interval_quantile(fit, p) if not why else turnbull.Between(None, None, None)
        median = p == 0.5
        lacking = [] if why or at.value is not None else [_not_reached(arm, p, context)]
        yield context.finding(
            "median_time" if median else "quantile_time",
            months(at.value),
            _method(counts, p),
            [arm],
            unit="months",
            timepoint=None if median else share(p),
            n=counts.n,
            events=counts.events,
            note=_range(at, 1 / DAYS_PER_MONTH, "months"),
            problems=[*why, *lacking],
        )
    for time in analysis.at_months:
        seen = turnbull.interval_probability(fit, time * DAYS_PER_MONTH)
        lacking = []
        if not why and seen.value is None:
            last = float(fit.left[-1]) / DAYS_PER_MONTH
            lacking = [not_estimable.beyond_follow_up(context, arm, time, last)]
        yield context.finding(
            "survival_probability",
            None if why else seen.value,
            _method(counts),
            [arm],
            timepoint=f"{time:g}",
            n=counts.n,
            events=counts.events,
            note=None if why or seen.value is None else _range(seen, 1.0, "probability"),
            problems=[*why, *lacking],
        )


def _method(counts: IntervalCounts, p: float | None = None) -> Method:
    return Method(
        "turnbull",
        (
            *((("probability", p),) if p is not None and p != 0.5 else ()),
            ("estimate", "npmle"),
            ("times", counts.read),
            ("undetermined", "jump in the middle"),
            ("interval", "none"),
            ("days_per_month", DAYS_PER_MONTH),
        ),
    )


def _unknown(arm: str, fit: TurnbullFit, context: Context) -> list[Problem]:
    if fit.status == "no_subjects":
        return [not_estimable.no_subjects(context, [arm])]
    if fit.status == "not_converged":
        return [curve_problems.masses_not_found(context, arm, fit.gap)]
    return []


def _not_reached(arm: str, p: float, context: Context) -> Problem:
    if p == 0.5:
        return not_estimable.not_reached(context, arm)
    return curve_problems.quantile_not_reached(context, arm, p)


def _range(at: Between, scale: float, what: str) -> str | None:
    """Where the number is known up to a range: `between 12.1 and 14 months`."""
    if at.low is None or at.high is None or at.low == at.high:
        return None
    return f"between {at.low * scale:.4g} and {at.high * scale:.4g}" + (" months" if what == "months" else "")
