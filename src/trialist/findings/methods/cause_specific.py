"""The cause-specific hazard ratio of two arms by the Cox model: competing events censor."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from trialist.findings import not_estimable
from trialist.findings.causes import COMPETING, EVENT, noted
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import competing_risk_analyses as analyses


@entry(
    "cause_specific",
    needs="TimeToEvent",
    gives="cause_specific_hazard_ratio",
    source="Prentice and others 1978, Biometrics 34:541; Cox 1972, JRSS B 34:187",
)
def run(table: Table, analysis: analyses.CauseSpecific, context: Context) -> tuple[Finding, ...]:
    """Ratio of the first arm of `compare` against the second, Wald interval and p.

    Problems  E413 not two arms, E414 unknown factor, N401 an empty arm, N404 infinite, E405 not converged,
              N406 nothing to compare, N412 left out, N480 no event of interest, N481 events of neither
              list, E482 a reason in both lists
    """
    arms = context.compare
    options = (
        ("event_of_interest", tuple(analysis.event_of_interest)),
        ("competing", tuple(analysis.competing) or "every other event"),
        ("ties", analysis.ties),
        ("strata", tuple(analysis.strata)),
        ("interval", "wald"),
        ("level", analysis.level),
    )
    method = Method("cause_specific", options)

    def without(*problems: Problem, n: int = 0, events: int = 0) -> tuple[Finding, ...]:
        return (
            context.finding(
                "cause_specific_hazard_ratio",
                None,
                method,
                arms or context.arms,
                n=n,
                events=events,
                problems=problems,
            ),
        )

    if len(arms) != 2:
        return without(not_estimable.not_two_arms(context, "cause_specific", len(arms)))
    found = noted(table, analysis, context, arms)
    counts = found.counts
    if found.stop:
        return without(*found.stop, *found.notes, n=counts.total())
    from trialist.kernels.cox import cox

    died = np.where(counts.status == EVENT, counts.count, 0.0)
    fit = cox(
        counts.time,
        died,
        counts.count - died,
        counts.arm,
        [[1.0], [0.0]],
        stratum=counts.stratum,
        ties=analysis.ties,
    )
    if fit.status != "ok":
        why = {
            "infinite": not_estimable.infinite(context),
            "not_converged": not_estimable.not_converged(context, fit.steps),
        }.get(fit.status, not_estimable.not_identified(context))
        return without(why, *found.notes, n=fit.n, events=fit.events)
    log_ratio = float(fit.coefficient[0])
    half = NormalDist().inv_cdf(0.5 + analysis.level / 2) * float(fit.std_err[0])
    return (
        context.finding(
            "cause_specific_hazard_ratio",
            math.exp(log_ratio),
            Method(method.name, (*options, ("competing_events", counts.total(status=COMPETING)))),
            arms,
            interval=Interval(math.exp(log_ratio - half), math.exp(log_ratio + half), analysis.level),
            p_value=PValue(float(fit.p_value[0])),
            n=fit.n,
            events=fit.events,
            problems=found.notes,
        ),
    )
