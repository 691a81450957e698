"""Tarone's test for trend over ordered arms, weighted or not, stratified or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.event_weights import kernel_weight, one_sided, weight_words
from trialist.findings.landmark import from_landmark
from trialist.findings.methods.cox_ph import left_out, nobody
from trialist.findings.model import Finding, Method
from trialist.findings.time_counts import survival_counts
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import time_analyses


@entry("log_rank_trend", needs="TimeToEvent", gives="log_rank_trend", source="Tarone 1975, Biometrika 62:679")
@from_landmark
def run(table: Table, analysis: time_analyses.LogRankTrend, context: Context) -> tuple[Finding, ...]:
    """z over the arms in their order: above 0 when arms of a high score die more.

    Problems  E413 one arm only, E414 unknown factor, N401 an empty arm, N403 no event, N406 arms never at
              risk together, N412 subjects left out, N485 scores that do not fit
    """
    arms = context.compare or context.arms
    scores = analysis.scores or tuple(float(place) for place in range(len(arms)))
    method = Method(
        "log_rank_trend",
        (
            ("scores", scores),
            ("strata", tuple(analysis.strata)),
            *weight_words(analysis.weight, analysis.weights_from, bool(analysis.strata)),
            ("alternative", analysis.alternative),
        ),
    )

    def without(*problems: Problem, n: int = 0, events: int = 0) -> tuple[Finding, ...]:
        return (context.finding("log_rank_trend", None, method, arms, n=n, events=events, problems=problems),)

    if len(arms) < 2:
        return without(not_estimable.not_two_arms(context, "log_rank_trend", len(arms)))
    if len(scores) != len(arms) or len(set(scores)) < 2:
        return without(not_estimable.no_scores(context, len(scores), len(arms)))
    unknown = [name for name in analysis.strata if name not in table.columns]
    if unknown:
        return without(not_estimable.no_such_factor(context, unknown))
    counts = survival_counts(table, arms, analysis.strata)
    notes = left_out(context, counts)
    n, events = counts.n, counts.events
    if not all(counts.sizes(len(arms))):
        return without(*nobody(table, context, arms), *notes, n=n, events=events)
    from trialist.kernels.max_combo import log_rank_trend

    test = log_rank_trend(
        counts.time,
        counts.deaths,
        counts.censored,
        counts.arm,
        scores,
        counts.stratum,
        kernel_weight(analysis.weight),
        analysis.weights_from,
    )
    if test.z is None:
        none = test.status == "no_events"
        nothing = not_estimable.no_events if none else not_estimable.not_identified
        return without(nothing(context), *notes, n=n, events=events)
    return (
        context.finding(
            "log_rank_trend",
            test.z,
            method,
            arms,
            p_value=one_sided(test.z, analysis.alternative),
            problems=notes,
            n=n,
            events=events,
        ),
    )
