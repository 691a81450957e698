"""Two arms' rates of adverse events compared: ratio and difference per time at risk, for each term."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trialist.findings import event_counts, event_notes, event_rates, not_estimable, proportion_problems
from trialist.findings.context import Context
from trialist.findings.event_counts import EventRow
from trialist.findings.methods.incidence import cell, rows_in_order
from trialist.findings.model import Finding, Interval
from trialist.findings.one_sided import sided
from trialist.problems import Problem
from trialist.registry import entry
from trialist.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.two_proportions import Estimate
    from trialist.protocol import proportion_analyses

PER_YEARS = 100
Counted = event_counts.AtRisk | event_rates.EventTotals
Rows = Mapping[EventRow, Mapping[str, Counted]]
Stratum = tuple[Mapping[str, Counted], Rows]


@entry(
    "rate_ratio",
    needs="Occurrence",
    gives=("rate_ratio", "rate_difference"),
    source="Przyborowski and Wilenski 1940, Biometrika 31:313; Greenland and Robins 1985, Biometrics 41:55",
)
def run(table: Table, analysis: proportion_analyses.RateRatio, context: Context) -> tuple[Finding, ...]:
    """First arm of `compare` against the second, for each row: ratio of rates, then their difference.

    Time at risk and events are those of `exposure_adjusted_rate`. The difference is per 100 person-years with
    Wald's interval. The options `with_event` and `person_years` hold both arms.
    Problems  E413 not two arms, E414 unknown factor, N401 nobody at risk in an arm, N411 no events, N412
              never treated or no level of a factor, N492 an interval not defined, and those of the endpoint's
              selection (incidence)
    """

    def without(problem: Problem) -> tuple[Finding, ...]:
        method = cell("rate_ratio", EventRow(), analysis, "any", counted=analysis.count)
        groups = context.compare or context.arms
        return tuple(
            context.finding(measure, None, method, groups, problems=[problem])
            for measure in ("rate_ratio", "rate_difference")
        )

    if len(context.compare) != 2:
        return without(not_estimable.not_two_arms(context, "rate_ratio", len(context.compare)))
    unknown = [name for name in analysis.strata if name not in table.columns]
    if unknown:
        return without(not_estimable.no_such_factor(context, unknown))
    table, without_level = _with_levels(table, analysis, context)
    totals, found = _counted(table, analysis, context)
    empty = [arm for arm in context.compare if not totals[arm].days]
    if empty:
        return without(not_estimable.no_subjects(context, empty))
    noted = event_counts.noted(table, context.compare)
    nothing = event_notes.nothing_selected(context, noted, "rate_ratio", "rate_ratio")
    if nothing:
        return nothing
    problems = event_notes.of_selection(context, noted) + event_notes.of_starts(context, noted)
    problems += event_notes.of_terms(context, noted, analysis.levels)
    if noted.not_at_risk:
        problems += (not_estimable.left_out(context, noted.not_at_risk, "no time at risk"),)
    strata = _strata(table, analysis, context)
    if without_level:
        why = "a stratification factor has no value"
        problems += (not_estimable.left_out(context, without_level, why),)
    sizes = {arm: _subjects(totals[arm], analysis.count) for arm in context.compare}
    counts = {row: {arm: each.events for arm, each in by_arm.items()} for row, by_arm in found.items()}
    made: list[Finding] = []
    for row in rows_in_order(counts, analysis, context, sizes):
        made += _row(row, found[row], strata, sizes, analysis, context, problems)
        problems = ()
    return tuple(made)


def _row(
    row: EventRow,
    found: Mapping[str, Counted],
    strata: list[Stratum],
    sizes: Mapping[str, int],
    analysis: proportion_analyses.RateRatio,
    context: Context,
    problems: tuple[Problem, ...],
) -> list[Finding]:
    first, second = (found[arm] for arm in context.compare)
    events, days = (first.events, second.events), (first.days, second.days)
    years = (days[0] / DAYS_PER_YEAR, days[1] / DAYS_PER_YEAR)
    if analysis.strata:
        kind, test = "mantel_haenszel", "score"
        ratio, difference, p = _stratified(row, strata, analysis, context)
    else:
        kind = analysis.interval or ("robust" if analysis.count == "events" else "exact")
        test = "wald" if kind == "robust" and analysis.test is None else analysis.test or "exact"
        ratio, difference, p = _compared(first, second, kind, test, analysis)
    options: tuple[tuple[str, object], ...] = (
        ("test", test),
        ("alternative", analysis.alternative),
        *((("strata", analysis.strata),) if analysis.strata else ()),
        ("person_years", (round(years[0], 5), round(years[1], 5))),
        ("days_per_year", DAYS_PER_YEAR),
        ("with_event", events),
        ("level", analysis.level),
    )
    p_value = sided(p, analysis.alternative)
    told = list(problems) if p is not None else [*problems, not_estimable.nothing_to_test(context)]
    made = []
    for measure, each, scale, named in (
        ("rate_ratio", ratio, 1.0, kind),
        ("rate_difference", difference, PER_YEARS * DAYS_PER_YEAR, "robust" if kind == "robust" else "wald"),
    ):
        why = [] if each is not None and each.status == "ok" else [_undefined(measure, context)]
        low, high = (None, None) if each is None else (each.low, each.high)
        interval = None
        if low is not None or high is not None:
            low, high = (end if end is None else end * scale for end in (low, high))
            interval = Interval(low, high, analysis.level)
        made.append(
            context.finding(
                measure,
                None if each is None or each.value is None else each.value * scale,
                cell(
                    "rate_ratio",
                    row,
                    analysis,
                    "any",
                    (("interval", named), *options),
                    counted=analysis.count,
                ),
                context.compare,
                interval=interval,
                p_value=p_value,
                n=sum(sizes.values()),
                events=sum(events),
                note=f"{row.label}: {events[0]} in {years[0]:.2f} against {events[1]} in {years[1]:.2f} "
                "person-years",
                problems=[*why, *told],
            )
        )
        told = []
    return made


def _compared(
    first: Counted, second: Counted, kind: str, test: str, analysis: proportion_analyses.RateRatio
) -> tuple[Estimate, Estimate, float | None]:
    from trialist.kernels import rates

    events, days = (first.events, second.events), (float(first.days), float(second.days))
    if kind != "robust":
        difference = rates.rate_difference(events, days, analysis.level)
        ratio = rates.rate_ratio(events, days, analysis.level, kind)  # type: ignore[arg-type]
    else:
        ratio, difference = _robust(first, second, analysis.level)
    if test != "wald":
        tested = rates.rate_test(events, days, test, analysis.alternative)  # type: ignore[arg-type]
        return ratio, difference, tested.p_value
    return ratio, difference, _wald(ratio, analysis)


def _robust(first: Counted, second: Counted, level: float) -> tuple[Estimate, Estimate]:
    """Ratio and difference of rates of events, subjects differing as they do (one cluster each)."""
    from trialist.kernels.rates import robust_rates

    assert isinstance(first, event_rates.EventTotals)
    assert isinstance(second, event_rates.EventTotals)
    arms = (first, second)
    return robust_rates(
        (first.events, second.events),
        (float(first.days), float(second.days)),
        (first.n, second.n),
        (arms[0].spread, arms[1].spread),
        level,
    )


def _wald(ratio: Estimate, analysis: proportion_analyses.RateRatio) -> float | None:
    """The p value of the log ratio by the error that its interval has."""
    if ratio.value is None or ratio.low is None or ratio.high is None or ratio.low <= 0:
        return None
    from scipy.special import ndtr, ndtri

    error = math.log(ratio.high / ratio.low) / (2 * float(ndtri(0.5 + analysis.level / 2)))
    z = math.log(ratio.value) / error
    if analysis.alternative == "two_sided":
        return float(2 * ndtr(-abs(z)))
    return float(ndtr(-z if analysis.alternative == "greater" else z))


def _stratified(
    row: EventRow, strata: list[Stratum], analysis: proportion_analyses.RateRatio, context: Context
) -> tuple[Estimate | None, Estimate | None, float | None]:
    from trialist.kernels import rates

    events, days = [], []
    for totals, rows in strata:
        cells = rows.get(row, totals)
        events.append([cells[arm].events if row in rows else 0 for arm in context.compare])
        days.append([float(cells[arm].days) for arm in context.compare])
    return (
        rates.common_rate_ratio(events, days, analysis.level),
        rates.common_rate_difference(events, days, analysis.level),
        rates.common_rate_test(events, days).p_value,
    )


def _with_levels(
    table: Table, analysis: proportion_analyses.RateRatio, context: Context
) -> tuple[Table, int]:
    """The rows of subjects with a level of every factor, and how many subjects have none."""
    if not analysis.strata:
        return table, 0
    known = table
    for name in analysis.strata:
        known = known.filter(known[name].notnull())
    before, after = (event_counts.people(rows, context.compare) for rows in (table, known))
    return known, sum(before.values()) - sum(after.values())


def _strata(table: Table, analysis: proportion_analyses.RateRatio, context: Context) -> list[Stratum]:
    """The counts of each combination of levels."""
    if not analysis.strata:
        return []
    names = list(analysis.strata)
    here = event_counts.of_arms(table, context.compare)
    found = here.select(*names).distinct().to_pyarrow().to_pylist()
    counted = []
    for level in sorted({tuple(line[name] for name in names) for line in found}, key=str):
        rows = here
        for name, value in zip(names, level, strict=True):
            rows = rows.filter(rows[name] == value)
        counted.append(_counted(rows, analysis, context))
    return counted


def _counted(table: Table, analysis: proportion_analyses.RateRatio, context: Context) -> Any:
    if analysis.count == "events":
        return event_rates.all_events(table, context.compare, analysis.levels, None)
    return event_counts.times_at_risk(table, context.compare, analysis.levels)


def _subjects(total: Any, count: str) -> int:
    return int(total.n if count == "events" else total.events)


def _undefined(measure: str, context: Context) -> Problem:
    return proportion_problems.not_defined(context, f"the {measure.replace('_', ' ')} or its interval")
