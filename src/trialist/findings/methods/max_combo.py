"""The largest of several weighted log-rank statistics of two arms (MaxCombo)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.event_weights import kernel_weight, named, one_sided
from trialist.findings.landmark import from_landmark
from trialist.findings.methods.cox_ph import left_out, nobody
from trialist.findings.model import Finding, Method, PValue
from trialist.findings.time_counts import survival_counts
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.max_combo import MaxCombo
    from trialist.protocol import time_analyses


@entry(
    "max_combo",
    needs="TimeToEvent",
    gives=("max_combo", "weighted_log_rank"),
    source="Karrison 2016, Stata J 16:678; Lin and others 2020, Stat Biopharm Res 12:187",
)
@from_landmark
def run(table: Table, analysis: time_analyses.MaxCombo, context: Context) -> tuple[Finding, ...]:
    """The largest statistic with its p from the joint normal law; then z of each weight with a p of its own.

    Problems  E413 not two arms, E414 unknown factor, N401 an empty arm, N403 no event, N412 subjects left
              out, N483 a weight without information, N484 too many independent statistics
    """
    arms = context.compare
    sides = 2 if analysis.alternative == "two_sided" else 1
    shared = (
        ("alternative", analysis.alternative),
        ("strata", tuple(analysis.strata)),
        *((("weights_from", analysis.weights_from),) if analysis.strata else ()),
    )
    weights = tuple(named(weight) for weight in analysis.weights)

    def without(*problems: Problem, n: int = 0, events: int = 0) -> tuple[Finding, ...]:
        method = Method("max_combo", (("weights", weights), *shared))
        groups = arms or context.arms
        return (context.finding("max_combo", None, method, groups, n=n, events=events, problems=problems),)

    if len(arms) != 2:
        return without(not_estimable.not_two_arms(context, "max_combo", len(arms)))
    unknown = [name for name in analysis.strata if name not in table.columns]
    if unknown:
        return without(not_estimable.no_such_factor(context, unknown))
    counts = survival_counts(table, arms, analysis.strata)
    notes = left_out(context, counts)
    n, events = counts.n, counts.events
    if not all(counts.sizes(2)):
        return without(*nobody(table, context, arms), *notes, n=n, events=events)
    from trialist.kernels.max_combo import max_combo

    test = max_combo(
        counts.time,
        counts.deaths,
        counts.censored,
        counts.arm,
        counts.stratum,
        [kernel_weight(weight) for weight in analysis.weights],
        alternative=analysis.alternative,
        curve=analysis.weights_from,
    )
    if test.status != "ok" or test.p_value is None or test.largest is None:
        return without(_reason(test, context), *notes, n=n, events=events)
    told = (
        ("weights", weights),
        ("largest", weights[test.largest]),
        *shared,
        ("independent_statistics", test.axes),
        ("integration", "Gauss-Legendre"),
    )
    whole = context.finding(
        "max_combo",
        test.statistic,
        Method("max_combo", told),
        arms,
        p_value=PValue(test.p_value, sides=sides),
        problems=notes,
        n=n,
        events=events,
    )
    each = (
        context.finding(
            "weighted_log_rank",
            z,
            Method("max_combo", (("statistic", "z"), ("weight", word), *shared)),
            arms,
            p_value=one_sided(z, analysis.alternative),
            n=n,
            events=events,
        )
        for word, z in zip(weights, test.z.tolist(), strict=True)
    )
    return (whole, *each)


def _reason(test: MaxCombo, context: Context) -> Problem:
    if test.status == "no_events":
        return not_estimable.no_events(context)
    if test.status == "too_many":
        return not_estimable.too_many_statistics(context, test.axes)
    return not_estimable.no_weighted_information(context)
