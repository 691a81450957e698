"""Log-rank tests of the compared arms: weighted or not, stratified or not, with one-step hazard ratios."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.event_weights import kernel_weight, one_sided, weight_words
from trialist.findings.landmark import from_landmark
from trialist.findings.methods.cox_ph import left_out, nobody
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.findings.time_counts import SurvivalCounts, survival_counts
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.weighted_log_rank import LogRank
    from trialist.protocol import time_analyses


@entry(
    "log_rank",
    needs="TimeToEvent",
    gives=("log_rank", "weighted_log_rank", "hazard_ratio_peto", "hazard_ratio_pike"),
    source="Mantel 1966, Cancer Chemotherapy Reports 50:163; Peto and Peto 1972, JRSS A 135:185; "
    "Tarone and Ware 1977, Biometrika 64:156; Magirr and Burman 2019, Stat Med 38:3782",
)
@from_landmark
def run(table: Table, analysis: time_analyses.LogRank, context: Context) -> tuple[Finding, ...]:
    """Chi-square and two-sided p, or z and one-sided p; then ratios and pairs of arms where asked for.

    The arms are those of `compare`, or all arms described when nothing is compared. z is above 0 when the
    first arm dies more.
    Problems  E413 one arm only, or two needed, E414 unknown factor, N401 an empty arm, N403 no event, N406
              arms never at risk together, N412 subjects left out, N483 a weight without information, N486 no
              permutation
    """
    arms = context.compare or context.arms
    two = analysis.alternative == "two_sided"
    if len(arms) < 2 or (len(arms) > 2 and not (two and not analysis.ratios)):
        why = not_estimable.not_two_arms(context, "log_rank", len(arms))
        return (_finding(None, arms, analysis, context, 0, 0, (why,)),)
    unknown = [name for name in analysis.strata if name not in table.columns]
    if unknown:
        why = not_estimable.no_such_factor(context, unknown)
        return (_finding(None, arms, analysis, context, 0, 0, (why,)),)
    counts = survival_counts(table, arms, analysis.strata)
    notes = left_out(context, counts)
    if not all(counts.sizes(len(arms))):
        empty = (*nobody(table, context, arms), *notes)
        return (_finding(None, arms, analysis, context, counts.n, counts.events, empty),)
    test = _test(counts, len(arms), analysis)
    reasons = (*_reason(test, analysis, context), *notes)
    main = _finding(test, arms, analysis, context, counts.n, counts.events, reasons)
    if analysis.distribution != "asymptotic" and test.status == "ok":
        main = _permuted(main, counts, len(arms), analysis, context)
    pairs = _pairs(counts, arms, analysis, context) if len(arms) > 2 else ()
    return (main, *_ratios(counts, arms, analysis, context, notes), *pairs)


def _test(counts: SurvivalCounts, groups: int, analysis: time_analyses.LogRank) -> LogRank:
    from trialist.kernels.weighted_log_rank import weighted_log_rank

    return weighted_log_rank(
        counts.time,
        counts.deaths,
        counts.censored,
        counts.arm,
        groups,
        counts.stratum,
        kernel_weight(analysis.weight),
        analysis.weights_from,
    )


def _finding(
    test: LogRank | None,
    arms: tuple[str, ...],
    analysis: time_analyses.LogRank,
    context: Context,
    n: int,
    events: int,
    problems: tuple[Problem, ...],
    more: tuple[tuple[str, Any], ...] = (),
) -> Finding:
    two_sided = analysis.alternative == "two_sided"
    options = (
        ("statistic", "chi_square" if two_sided else "z"),
        ("df", test.df if test is not None and test.status == "ok" else None),
        ("strata", tuple(analysis.strata)),
        *weight_words(analysis.weight, analysis.weights_from, bool(analysis.strata)),
        *((("alternative", analysis.alternative),) if not two_sided else ()),
        *more,
    )
    statistic = p_value = None
    if test is not None and test.status == "ok" and test.chi_square is not None and test.p_value is not None:
        statistic, p_value = test.chi_square, PValue(test.p_value)
        if not two_sided and test.z is not None:
            statistic, p_value = test.z, one_sided(test.z, analysis.alternative)
    return context.finding(
        "log_rank" if analysis.weight.kind == "log_rank" else "weighted_log_rank",
        statistic,
        Method("log_rank", options),
        arms,
        p_value=p_value,
        n=n,
        events=events,
        problems=problems,
    )


def _reason(test: LogRank, analysis: time_analyses.LogRank, context: Context) -> tuple[Problem, ...]:
    if test.status == "ok":
        return ()
    if test.status == "no_events":
        return (not_estimable.no_events(context),)
    if analysis.weight.kind == "log_rank":
        return (not_estimable.not_identified(context),)
    return (not_estimable.no_weighted_information(context),)


def _permuted(
    found: Finding, counts: SurvivalCounts, groups: int, analysis: time_analyses.LogRank, context: Context
) -> Finding:
    """The finding with the p value of permutations, or with none and the reason."""
    from trialist.kernels.permuted_log_rank import MOST_ENUMERATED, permuted

    drawn = analysis.distribution == "monte_carlo"
    result = permuted(
        counts.time,
        counts.deaths,
        counts.censored,
        counts.arm,
        groups,
        counts.stratum,
        kernel_weight(analysis.weight),
        analysis.weights_from,
        alternative=analysis.alternative,
        draws=analysis.draws if drawn else None,
        seed=analysis.seed,
    )
    more: tuple[tuple[str, Any], ...] = (("distribution", analysis.distribution),)
    if drawn:
        more += (("draws", analysis.draws), ("seed", analysis.seed))
    method = Method("log_rank", (*found.method.options, *more))
    sides = 2 if analysis.alternative == "two_sided" else 1
    if result.p_value is not None:
        return replace(found, method=method, p_value=PValue(result.p_value, sides=sides))
    why = {
        "too_many": "there are too many subjects for so many draws"
        if drawn
        else f"more than {MOST_ENUMERATED} subjects can't be enumerated",
        "two_groups": "only two arms are enumerated",
    }.get(result.status, "the arms of each stratum have all the same scores")
    told = replace(found, method=method, p_value=None)
    return told.with_problem(not_estimable.no_permutation(context, why))


def _ratios(
    counts: SurvivalCounts,
    arms: tuple[str, ...],
    analysis: time_analyses.LogRank,
    context: Context,
    notes: tuple[Problem, ...],
) -> Iterator[Finding]:
    """Hazard ratios from observed and expected events of the log-rank test of weight 1."""
    if not analysis.ratios:
        return
    from trialist.kernels import one_step_ratio
    from trialist.kernels.log_rank import log_rank

    test = log_rank(counts.time, counts.deaths, counts.censored, counts.arm, 2, counts.stratum)
    for name in analysis.ratios:
        ratio = (one_step_ratio.peto if name == "peto" else one_step_ratio.pike)(test, analysis.level)
        problems = notes
        if ratio is None:
            none = test.status == "no_events"
            nothing = not_estimable.no_events if none else not_estimable.not_identified
            why = nothing(context) if test.status != "ok" else not_estimable.infinite(context)
            problems = (why, *notes)
        yield context.finding(
            f"hazard_ratio_{name}",
            None if ratio is None else ratio.value,
            Method(
                "log_rank", (("ratio", name), ("strata", tuple(analysis.strata)), ("level", analysis.level))
            ),
            arms,
            interval=None if ratio is None else Interval(ratio.low, ratio.high, analysis.level),
            n=counts.n,
            events=counts.events,
            problems=problems,
        )


def _pairs(
    counts: SurvivalCounts, arms: tuple[str, ...], analysis: time_analyses.LogRank, context: Context
) -> tuple[Finding, ...]:
    """Two arms at a time, from the subjects of these two alone; p values adjusted over the pairs."""
    if analysis.pairs == "none":
        return ()
    from trialist.kernels.multiplicity import adjusted

    last = len(arms) - 1
    pairs = [
        pair for pair in itertools.combinations(range(last + 1), 2) if analysis.pairs == "all" or last in pair
    ]
    made = []
    for first, second in pairs:
        mine = np.isin(counts.arm, (first, second))
        some = replace(
            counts,
            time=counts.time[mine],
            deaths=counts.deaths[mine],
            censored=counts.censored[mine],
            arm=(counts.arm[mine] == second).astype(np.int64),
            stratum=counts.stratum[mine],
        )
        test = _test(some, 2, analysis)
        two, why = (arms[first], arms[second]), _reason(test, analysis, context)
        more = (("pairs", analysis.pairs), ("adjust", analysis.adjust))
        made.append(_finding(test, two, analysis, context, some.n, some.events, why, more))
    known = [found for found in made if found.p_value is not None]
    corrected = adjusted([found.p_value.value for found in known if found.p_value], analysis.adjust)
    for found, p in zip(known, corrected.tolist(), strict=True):
        before = found.p_value.value if found.p_value else None
        note = None if analysis.adjust == "none" else f"p before adjustment: {before:.6g}"
        made[made.index(found)] = replace(found, p_value=PValue(p), note=note)
    return tuple(made)
