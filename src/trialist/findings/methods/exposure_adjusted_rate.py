"""Subjects with an adverse event, or all events, per 100 person-years at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import event_counts, event_notes, event_rates, not_estimable
from trialist.findings.context import Context
from trialist.findings.methods.incidence import cell, rows_in_order
from trialist.findings.model import Finding, Interval, Method
from trialist.problems import Problem
from trialist.registry import entry
from trialist.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import Table

    from trialist.protocol import adverse_event_analyses as analyses

PER_YEARS = 100
_TWO = 2  # subjects, the fewest that can differ


@entry(
    "exposure_adjusted_rate",
    needs="Occurrence",
    gives=("incidence_rate", "event_rate"),
    source="He and others 2015, J Biom Biostat 6:238; Garwood 1936, Biometrika 28:437",
)
def run(table: Table, analysis: analyses.ExposureAdjustedRate, context: Context) -> tuple[Finding, ...]:
    """One rate per arm and row; `events` are the subjects with an event or all events, `n` those at risk.

    Of subjects with an event, person-time runs from the first dose to the first event of the row, else to the
    end of time at risk; of all events always to the end. Both days are counted. Events that are not
    treatment-emergent, or begin after it, do not count. The interval of subjects is that of a Poisson count;
    that of events allows for subjects who have many. The option `person_years` is the denominator.
    Problems  N401 nobody at risk in an arm, N408 and N409 no interval (one subject, or no difference between
              subjects), N412 subjects left out: never treated, N416, N419, W390 (events), N453 events without
              an end where they are merged, and those of the endpoint's selection (incidence)
    """
    found: Mapping[event_counts.EventRow, Mapping[str, event_counts.AtRisk | event_rates.EventTotals]]
    if analysis.count == "events":
        whole, found = event_rates.all_events(table, context.arms, analysis.levels, analysis.merge_gap)
        sizes = {arm: each.n for arm, each in whole.items()}
    else:
        totals, found = event_counts.times_at_risk(table, context.arms, analysis.levels)
        sizes = {arm: at_risk.events for arm, at_risk in totals.items()}
    counts = {row: {arm: each.events for arm, each in by_arm.items()} for row, by_arm in found.items()}
    noted = event_counts.noted(table, context.arms)
    nothing = event_notes.nothing_selected(context, noted, "incidence_rate", "exposure_adjusted_rate")
    if nothing:
        return nothing
    problems = event_notes.of_selection(context, noted) + event_notes.of_starts(context, noted)
    problems += event_notes.of_terms(context, noted, analysis.levels)
    if analysis.merge_gap is not None and (open_ended := event_rates.endless(table, context.arms)):
        problems += (event_notes.endless(context, open_ended, noted.events),)
    if noted.not_at_risk:
        problems += (not_estimable.left_out(context, noted.not_at_risk, "no time at risk"),)
    made = [
        context.finding("incidence_rate", None, Method("exposure_adjusted_rate"), [arm], n=0, problems=[none])
        for arm in context.arms
        if not sizes[arm]
        for none in [not_estimable.no_subjects(context, [arm])]
    ]
    for row in rows_in_order(counts, analysis, context, sizes):
        for arm in context.arms:
            if sizes[arm]:
                made.append(_rate(row, arm, found[row][arm], sizes[arm], analysis, context, problems))
                problems = ()
    return tuple(made)


def _rate(
    row: event_counts.EventRow,
    arm: str,
    found: event_counts.AtRisk | event_rates.EventTotals,
    n: int,
    analysis: analyses.ExposureAdjustedRate,
    context: Context,
    problems: tuple[Problem, ...],
) -> Finding:
    years = found.days / DAYS_PER_YEAR
    rate = PER_YEARS * found.events / years
    options: tuple[tuple[str, object], ...] = (
        ("person_years", round(years, 5)),
        ("days_per_year", DAYS_PER_YEAR),
        ("level", analysis.level),
    )
    if isinstance(found, event_rates.EventTotals):
        interval, why = _of_events(found, arm, rate, analysis, context)
        options += (
            ("interval", "robust"),
            ("merge_gap", analysis.merge_gap),
            ("with_event", found.subjects),
        )
        said = f"{found.events} events of {found.subjects} subjects"
    else:
        interval, why = _of_subjects(found, years, analysis), ()
        options += (("interval", f"{analysis.interval or 'exact'} Poisson"),)
        said = f"{found.events} subjects with it"
    return context.finding(
        "event_rate" if analysis.count == "events" else "incidence_rate",
        rate,
        cell("exposure_adjusted_rate", row, analysis, "any", options, counted=analysis.count),
        [arm],
        unit="per 100 person-years",
        interval=interval,
        n=n,
        events=found.events,
        note=f"{row.label}: {said} in {years:.2f} person-years",
        problems=(*problems, *why),
    )


def _of_subjects(
    found: event_counts.AtRisk, years: float, analysis: analyses.ExposureAdjustedRate
) -> Interval:
    from trialist.kernels.rates import count_interval

    low, high = count_interval(found.events, analysis.level, analysis.interval or "exact")
    return Interval(PER_YEARS * low / years, PER_YEARS * high / years, analysis.level)


def _of_events(
    found: event_rates.EventTotals,
    arm: str,
    rate: float,
    analysis: analyses.ExposureAdjustedRate,
    context: Context,
) -> tuple[Interval | None, tuple[Problem, ...]]:
    """The interval of a rate of events, or why there is none."""
    from trialist.kernels.competing import robust_factor

    if found.n < _TWO:
        return None, (not_estimable.too_few(context, arm, found.n, _TWO, "subjects at risk"),)
    factor = robust_factor(found.events, found.n, found.spread, analysis.level)
    if factor is None:
        return None, (not_estimable.no_variation(context, arm, "rates of events"),)
    return Interval(rate / factor, rate * factor, analysis.level), ()
