"""Subjects with an adverse event per 100 person-years at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trialist.findings import event_counts, event_notes, not_estimable
from trialist.findings.context import Context
from trialist.findings.methods.incidence import cell, rows_in_order
from trialist.findings.model import Finding, Interval, Method
from trialist.problems import Problem
from trialist.registry import entry
from trialist.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import adverse_event_analyses as analyses

PER_YEARS = 100


@entry(
    "exposure_adjusted_rate",
    needs="Occurrence",
    gives="incidence_rate",
    source="He and others 2015, J Biom Biostat 6:238; Garwood 1936, Biometrika 28:437",
)
def run(table: Table, analysis: analyses.ExposureAdjustedRate, context: Context) -> tuple[Finding, ...]:
    """One rate per arm and row; `events` are the subjects with an event, `n` those at risk.

    Person-time runs from the first dose to the first event of the row, else to the end of time at risk; both
    days are counted. Events that are not treatment-emergent, or begin after it, do not count. The interval is
    the exact one of the count. The option `person_years` is the denominator.
    Problems  N401 nobody at risk in an arm, N412 subjects left out: never treated, N416, N419, W390
              (events), and those of the endpoint's selection (incidence)
    """
    totals, found = event_counts.times_at_risk(table, context.arms, analysis.levels)
    sizes = {arm: at_risk.events for arm, at_risk in totals.items()}
    counts = {row: {arm: each.events for arm, each in by_arm.items()} for row, by_arm in found.items()}
    noted = event_counts.noted(table, context.arms)
    nothing = event_notes.nothing_selected(context, noted, "incidence_rate", "exposure_adjusted_rate")
    if nothing:
        return nothing
    problems = event_notes.of_selection(context, noted) + event_notes.of_starts(context, noted)
    problems += event_notes.of_terms(context, noted, analysis.levels)
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
    found: event_counts.AtRisk,
    n: int,
    analysis: analyses.ExposureAdjustedRate,
    context: Context,
    problems: tuple[Problem, ...],
) -> Finding:
    from trialist.kernels.competing import poisson_interval

    years = found.days / DAYS_PER_YEAR
    low, high = poisson_interval(found.events, analysis.level)
    options = (
        ("person_years", round(years, 5)),
        ("days_per_year", DAYS_PER_YEAR),
        ("interval", "exact Poisson"),
        ("level", analysis.level),
    )
    return context.finding(
        "incidence_rate",
        PER_YEARS * found.events / years,
        cell("exposure_adjusted_rate", row, analysis, "any", options),
        [arm],
        unit="per 100 person-years",
        interval=Interval(PER_YEARS * low / years, PER_YEARS * high / years, analysis.level),
        n=n,
        events=found.events,
        note=f"{row.label}: {found.events} subjects with it in {years:.2f} person-years",
        problems=problems,
    )
