"""The Weibull model of two arms on exact, interval-censored and right-censored times."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING

from scipy.special import ndtr

from trialist.findings import curve_problems, not_estimable
from trialist.findings.context import Context
from trialist.findings.curves import absent
from trialist.findings.methods.turnbull import UNUSABLE
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.findings.reduction import interval_counts
from trialist.problems import Problem
from trialist.registry import entry
from trialist.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import time_analyses

MEASURES = ("hazard_ratio", "acceleration_factor", "weibull_shape")


@entry(
    "weibull",
    needs="TimeToEvent",
    gives=MEASURES,
    source="Kalbfleisch and Prentice 2002, 2.2.2 and 3.6; Carroll 2003, Control Clin Trials 24:682",
)
def run(table: Table, analysis: time_analyses.Weibull, context: Context) -> tuple[Finding, ...]:
    """Hazard ratio and acceleration factor of the first arm of `compare` against the second, and the shape.

    A factor of 1.3 means that times are 1.3 times as long. Wald intervals on the log scale, that of the
    hazard ratio by the delta method; p values by Wald's test of the log. Events are read as for `turnbull`.
    Problems  E413 not two arms, N401 nobody in an arm, N403 no event, N412 left out, N465 no finite estimate,
              N466 an event at time 0
    """
    counts = interval_counts(table, context.compare)
    method = Method(
        "weibull",
        (
            ("times", counts.read),
            ("interval", "wald"),
            ("variance", "observed information, delta method"),
            ("level", analysis.level),
            ("days_per_month", DAYS_PER_MONTH),
        ),
    )
    notes: list[Problem] = []
    if counts.unusable:
        notes.append(not_estimable.left_out(context, counts.unusable, UNUSABLE))

    def without(problems: Sequence[Problem]) -> tuple[Finding, ...]:
        groups = context.compare or context.arms
        n, events = counts.n, counts.events
        return tuple(
            context.finding(measure, None, method, groups, n=n, events=events, problems=[*problems, *notes])
            for measure in MEASURES
        )

    if len(context.compare) != 2:
        return without([not_estimable.not_two_arms(context, "weibull", len(context.compare))])
    sizes = [counts.of(index).n for index in range(2)]
    if not all(sizes):
        return without(absent(context, context.compare, sizes))
    from trialist.kernels.interval_censored import weibull

    fit = weibull(counts.lower, counts.upper, counts.count, counts.arm, [[1.0], [0.0]])
    if fit.status != "ok":
        return without([_reason(fit.status, context)])
    z = NormalDist().inv_cdf(0.5 + analysis.level / 2)
    shape = (-fit.log_scale, math.sqrt(float(fit.covariance[-1, -1])))
    logs = dict(zip(MEASURES, (fit.log_hazard_ratio(1), fit.acceleration(1), shape), strict=True))
    return tuple(
        context.finding(
            measure,
            math.exp(value),
            method,
            context.compare,
            interval=Interval(math.exp(value - z * error), math.exp(value + z * error), analysis.level),
            p_value=None if measure == "weibull_shape" else PValue(2 * float(ndtr(-abs(value) / error))),
            n=counts.n,
            events=counts.events,
            problems=notes,
        )
        for measure, (value, error) in logs.items()
    )


def _reason(status: str, context: Context) -> Problem:
    if status == "no_events":
        return not_estimable.no_events(context)
    if status == "not_positive":
        return curve_problems.exact_zero(context)
    return curve_problems.no_finite_model(context)
