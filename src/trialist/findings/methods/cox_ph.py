"""The hazard ratio of two arms by the Cox model, stratified or not."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.findings.reduction import SurvivalCounts, survival_counts
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.cox import CoxFit
    from trialist.protocol import time_analyses


@entry(
    "cox_ph",
    needs="TimeToEvent",
    gives="hazard_ratio",
    source="Cox 1972, JRSS B 34:187; Efron 1977, JASA 72:557; Breslow 1974, Biometrics 30:89",
)
def run(table: Table, analysis: time_analyses.CoxPh, context: Context) -> tuple[Finding, ...]:
    """Hazard ratio of the first arm of `compare` against the second, Wald interval, p of the named test.

    Problems  E413 not two arms, E414 unknown factor, N401 an empty arm, N403 no event, N404 infinite,
              E405 not converged, N406 arms never at risk together, N412 subjects left out
    """
    method = Method(
        "cox_ph",
        (
            ("ties", analysis.ties),
            ("strata", tuple(analysis.strata)),
            ("test", analysis.test),
            ("interval", "wald"),
            ("level", analysis.level),
        ),
    )

    def without(*problems: Problem, n: int | None = None, events: int | None = None) -> tuple[Finding, ...]:
        groups = context.compare or context.arms
        return (context.finding("hazard_ratio", None, method, groups, n=n, events=events, problems=problems),)

    if len(context.compare) != 2:
        return without(not_estimable.not_two_arms(context, "cox_ph", len(context.compare)))
    unknown = [name for name in analysis.strata if name not in table.columns]
    if unknown:
        return without(not_estimable.no_such_factor(context, unknown))
    counts = survival_counts(table, context.compare, analysis.strata)
    notes = left_out(context, counts)
    if any(counts.of(index).n == 0 for index in range(len(context.compare))):
        return without(*nobody(table, context, context.compare), *notes, n=counts.n, events=counts.events)
    from trialist.kernels.cox import cox

    fit = cox(
        counts.time,
        counts.deaths,
        counts.censored,
        counts.arm,
        [[1.0], [0.0]],
        stratum=counts.stratum,
        ties=analysis.ties,
    )
    if fit.status != "ok":
        return without(_reason(fit, context), *notes, n=fit.n, events=fit.events)
    log_ratio, error = float(fit.coefficient[0]), float(fit.std_err[0])
    half = NormalDist().inv_cdf(0.5 + analysis.level / 2) * error
    p_value = _p_value(fit, counts, analysis.test)
    return (
        context.finding(
            "hazard_ratio",
            math.exp(log_ratio),
            method,
            context.compare,
            interval=Interval(math.exp(log_ratio - half), math.exp(log_ratio + half), analysis.level),
            p_value=None if p_value is None else PValue(p_value),
            n=fit.n,
            events=fit.events,
            problems=notes,
        ),
    )


def nobody(table: Table, context: Context, arms: tuple[str, ...]) -> tuple[Problem, ...]:
    """N401 for the arms of which the records hold nobody; others were left out, and N412 says why."""
    whole = survival_counts(table, arms)
    absent = [arm for index, arm in enumerate(arms) if whole.of(index).n == 0]
    return (not_estimable.no_subjects(context, absent),) if absent else ()


def left_out(context: Context, counts: SurvivalCounts) -> tuple[Problem, ...]:
    """N412 for subjects without a time, and for those without a level of a stratification factor."""
    found = []
    if counts.without_time:
        found.append(not_estimable.left_out(context, counts.without_time, "no usable time or no status"))
    if counts.without_stratum:
        why = "a stratification factor has no value"
        found.append(not_estimable.left_out(context, counts.without_stratum, why))
    return tuple(found)


def _reason(fit: CoxFit, context: Context) -> Problem:
    if fit.status == "no_events":
        return not_estimable.no_events(context)
    if fit.status == "infinite":
        return not_estimable.infinite(context)
    if fit.status == "singular":
        return not_estimable.not_identified(context)
    return not_estimable.not_converged(context, fit.steps)


def _p_value(fit: CoxFit, counts: SurvivalCounts, test: str) -> float | None:
    if test == "log_rank":
        from trialist.kernels.log_rank import log_rank

        return log_rank(counts.time, counts.deaths, counts.censored, counts.arm, 2, counts.stratum).p_value
    chosen = {"wald": fit.wald, "score": fit.score, "likelihood_ratio": fit.likelihood_ratio}[test]
    return None if chosen is None else chosen.p_value
