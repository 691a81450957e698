"""The ratio of subdistribution hazards of two arms by the model of Fine and Gray, with further covariates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from trialist.findings import not_estimable
from trialist.findings.causes import COMPETING, Noted, noted
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.fine_gray import FineGrayFit
    from trialist.protocol import competing_risk_analyses as analyses


@entry(
    "fine_gray",
    needs="TimeToEvent",
    gives="subdistribution_hazard_ratio",
    source="Fine and Gray 1999, JASA 94:496",
)
def run(table: Table, analysis: analyses.FineGray, context: Context) -> tuple[Finding, ...]:
    """Ratio of the first arm of `compare` against the second, then of each covariate; Wald interval and p.

    Problems  E413 not two arms, E414 unknown factor or covariate, N401 an empty arm, N404 infinite, E405 not
              converged, N406 nothing to compare, N412 left out, N480 no event of interest, N481 events of
              neither list, E482 a reason in both lists
    """
    arms = context.compare

    def without(*problems: Problem, n: int = 0, events: int = 0) -> tuple[Finding, ...]:
        method, groups = _method("arm", analysis, None), arms or context.arms
        return (
            context.finding(
                "subdistribution_hazard_ratio", None, method, groups, n=n, events=events, problems=problems
            ),
        )

    if len(arms) != 2:
        return without(not_estimable.not_two_arms(context, "fine_gray", len(arms)))
    found = noted(table, analysis, context, arms, analysis.covariates)
    counts = found.counts
    if found.stop:
        return without(*found.stop, *found.notes, n=counts.total())
    from trialist.kernels.fine_gray import fine_gray

    covariates = np.column_stack([(counts.arm == 0).astype(float), counts.covariates])
    fit = fine_gray(
        counts.time,
        counts.status,
        counts.count,
        np.arange(counts.time.size),
        covariates,
        stratum=counts.stratum,
        censoring_group=counts.arm if analysis.censoring == "by_arm" else None,
    )
    if fit.status != "ok":
        return without(_reason(fit, context), *found.notes, n=fit.n, events=fit.events)
    return tuple(_findings(fit, found, analysis, context))


def _findings(
    fit: FineGrayFit, found: Noted, analysis: analyses.FineGray, context: Context
) -> Iterator[Finding]:
    z = NormalDist().inv_cdf(0.5 + analysis.level / 2)
    competing = found.counts.total(status=COMPETING)
    for place, term in enumerate(("arm", *found.counts.terms)):
        log_ratio, half = float(fit.coefficient[place]), z * float(fit.std_err[place])
        ends = [math.exp(min(max(log_ratio + side * half, -700.0), 700.0)) for side in (-1, 1)]
        yield context.finding(
            "subdistribution_hazard_ratio",
            math.exp(log_ratio),
            _method(term, analysis, competing),
            found.arms if place == 0 else (),
            interval=Interval(ends[0], ends[1], analysis.level),
            p_value=PValue(float(fit.p_value[place])),
            n=fit.n,
            events=fit.events,
            problems=found.notes if place == 0 else (),
        )


def _method(term: str, analysis: analyses.FineGray, competing: int | None) -> Method:
    return Method(
        "fine_gray",
        (
            ("term", term),
            ("event_of_interest", tuple(analysis.event_of_interest)),
            ("competing", tuple(analysis.competing) or "every other event"),
            ("competing_events", competing),
            ("covariates", tuple(analysis.covariates)),
            ("strata", tuple(analysis.strata)),
            ("censoring", analysis.censoring),
            ("ties", "breslow"),
            ("variance", "with estimated censoring distribution"),
            ("interval", "wald"),
            ("level", analysis.level),
        ),
    )


def _reason(fit: FineGrayFit, context: Context) -> Problem:
    if fit.status == "infinite":
        return not_estimable.infinite(context)
    if fit.status == "not_converged":
        return not_estimable.not_converged(context, fit.steps)
    return not_estimable.not_identified(context)
