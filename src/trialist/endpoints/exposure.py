"""Exposure to one treatment: cycles, cumulative dose, duration, dose intensity, delays and reductions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.body_surface import as_planned, rounded, surface_of, weight_in_force
from trialist.endpoints.criteria import stated
from trialist.endpoints.verbs import beside, labelled, on_study
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import FloatingValue, Table

    from trialist.endpoints.exposure_rules import DoseIntensityRule

DAYS_PER_WEEK = 7
NOT_TREATED = "NOT_TREATED"
AT_LEAST_ONE, NONE = "at least one", "none"
COUNTED = ("delays", "reductions", "omitted")
_DECIMALS = 9  # engines add in other orders, and 100 % is 100 %


@entry(
    "dose_intensity",
    needs=("subjects", "doses"),
    gives="Exposure",
    source="Hryniuk and Bush 1984, J Clin Oncol 2:1281; Longo 1991, J Clin Oncol 9:2042",
)
def dose_intensity(*, subjects: Table, doses: Table, rule: DoseIntensityRule) -> Table:
    """What each subject was given of one treatment, and its share of the plan.

    Parameters
        subjects  one row per subject: subject, cutoff_day
        doses     as `endpoints.doses.recorded_doses` makes them
        rule      treatment, body surface, interval, tolerances, duration, what is planned
    Returns   Exposure. intensity is cumulative dose / duration_weeks, relative_dose_intensity (%) that
              against the planned dose / interval, relative_dose (%) the cumulative dose against the planned
              dose of the cycles begun, which ignores delay. Reasons: DOSED, NOT_TREATED, UNKNOWN_DOSE,
              NOT_PLANNED, NO_DURATION; what can't be known is null
    Problems  none: what could not be read is told where the input is made
    Source    Hryniuk and Bush 1984; Longo 1991
    """
    rows = doses_beside_plan(subjects=subjects, doses=doses, rule=rule)
    given = rows.amount.isnull() | ~rows.omitted
    found = rows.group_by("subject").aggregate(
        treatment=rows.treatment.max(),
        first_day=rows.day.min(),
        last_day=rows.last_day.max(where=given),
        end_day=rows.last_day.max(),
        doses=rows.intervals.sum(where=given),
        omitted=rows.intervals.sum(where=~given),
        unit=rows.unit.max(),
        units=rows.unit.nunique(),
        planned_dose=rows.planned.max(),
        interval=rows.interval.max(),
        cycles=rows.planned_cycles.max(),
        unknown=rows.amount.isnull().cast("int64").sum(),
        unknown_mg=rows.amount_mg.isnull().cast("int64").sum(),
        amount=rows.amount.sum(),
        amount_mg=rows.amount_mg.sum(),
        expected=rows.expected.sum().round(_DECIMALS),
        intervals=rows.intervals.sum(),
        delays=rows.delayed.cast("int64").sum(),
        reductions=rows.newly_reduced.cast("int64").sum(),
    )
    found = beside(subjects.select("subject"), found)
    nothing = ibis.null("float64")
    unknown = ((found.unknown > 0) | (found.units > 1)).fill_null(False)
    planned = found.planned_dose.notnull()
    span = found.end_day - found.first_day
    days = {
        "interval": span + found.interval,
        "last_dose": span,
        "planned_cycles": found.cycles * found.interval,
    }[rule.duration]
    weeks = (days / DAYS_PER_WEEK).cast("float64").round(_DECIMALS)
    cumulative = ibis.ifelse(unknown, nothing, found.amount.round(_DECIMALS))
    intensity = ibis.ifelse(planned, cumulative * DAYS_PER_WEEK / days.nullif(0), nothing)
    reference = found.planned_dose
    if rule.planned == "adjusted":
        reference = found.expected / found.intervals
    plan = reference * DAYS_PER_WEEK / found.interval
    return found.select(
        "subject",
        "treatment",
        "first_day",
        "last_day",
        doses=found.doses.round().cast("int64"),
        unit=ibis.ifelse(unknown, ibis.null("string"), found.unit),
        planned_dose=found.planned_dose,
        cumulative_dose=cumulative,
        cumulative_mg=ibis.ifelse(found.unknown_mg > 0, nothing, found.amount_mg.round(_DECIMALS)),
        duration_weeks=weeks,
        intensity=intensity.round(_DECIMALS),
        relative_dose_intensity=(100 * intensity / plan.nullif(0.0)).round(_DECIMALS),
        relative_dose=(100 * cumulative / found.expected.nullif(0.0)).round(_DECIMALS),
        delays=ibis.ifelse(found.interval.notnull(), found.delays, ibis.null("int64")),
        reductions=ibis.ifelse(planned & ~unknown, found.reductions, ibis.null("int64")),
        omitted=ibis.ifelse(planned, found.omitted.fill_null(0.0).round().cast("int64"), ibis.null("int64")),
        reason=labelled(
            (found.first_day.isnull(), NOT_TREATED),
            (unknown, "UNKNOWN_DOSE"),
            (~planned | found.interval.isnull(), "NOT_PLANNED"),
            (weeks.isnull() | (weeks == 0), "NO_DURATION"),
            otherwise="DOSED",
        ),
    )


def with_categories(table: Table) -> Table:
    """An Exposure table with words for what is counted in it, null where that is not known.

    Returns   the table and `{column}_category`: of relative_dose_intensity by its bounds in
              criteria/exposure.yaml, of delays, reductions and omitted `at least one` or `none`
    """
    share, slack = table.relative_dose_intensity, stated("exposure", "tolerance")
    bounds = [
        (share <= upper * (1 + slack) if included else share < upper * (1 - slack), name)
        for name, upper, included in stated("exposure", "categories")
        if upper is not None
    ]
    last = next(name for name, upper, _ in stated("exposure", "categories") if upper is None)
    nothing = ibis.null("string")
    return table.mutate(
        relative_dose_intensity_category=ibis.cases((share.isnull(), nothing), *bounds, else_=last),
        **{
            f"{name}_category": ibis.cases(
                (table[name].isnull(), nothing), (table[name] > 0, AT_LEAST_ONE), else_=NONE
            )
            for name in COUNTED
        },
    )


def doses_beside_plan(*, subjects: Table, doses: Table, rule: DoseIntensityRule) -> Table:
    """The doses of one treatment, each beside what was planned for it, from the first that was given.

    Doses of one day are one. A record of many doses (daily) is one row that covers its intervals.
    Returns   subject, treatment, visit, day, last_day, sequence, unit, interval (days), intervals that the
              row covers, amount in the planned unit (else the recorded one) and amount_mg, null where
              unknown; planned (an interval's dose), expected (of the row, at the level held against it),
              planned_mg (an interval's, rounded), surface (m2), share (of the planned dose), omitted (0
              although some was planned), delayed, reduced, newly_reduced
    """
    rows = on_study(doses, subjects)
    rows = _of_days(_in_planned_unit(rows.filter(rows.treatment == rule.treatment), rule))
    rows = rows.mutate(omitted=((rows.amount == 0) & (rows.planned > 0)).fill_null(False))
    whole = ibis.window(group_by="subject")
    start = ibis.ifelse(rows.omitted, ibis.null("int64"), rows.day).min().over(whole)
    rows = rows.mutate(start=start)
    rows = rows.filter((rows.day >= rows.start).fill_null(False)).drop("start")
    ordered = ibis.window(group_by="subject", order_by="day")
    due = rows.last_day.lag().over(ordered) + rows.interval
    rows = rows.mutate(
        per_interval=rows.amount / rows.intervals,
        delayed=(rows.day > due + rule.delay_tolerance).fill_null(False),
    )
    rows = rows.mutate(share=rows.per_interval / rows.planned.nullif(0.0))
    near = as_planned(rows.per_interval, rows.planned, rule.reduction_tolerance, rule.tolerance)
    rows = _held_against(rows, rule)
    rows = rows.mutate(
        reduced=(~near & (rows.per_interval < rows.planned) & ~rows.omitted).fill_null(False),
        expected=rows.reference * rows.intervals,
    )
    return _newly_reduced(rows, rule)


def _newly_reduced(rows: Table, rule: DoseIntensityRule) -> Table:
    """Adds newly_reduced: reduced, and the dose given before was not, or was higher beyond the tolerance."""
    so_far = ibis.window(group_by="subject", order_by="day", rows=(None, 0))
    known = ibis.ifelse(rows.omitted, ibis.null("float64"), rows.per_interval)
    rows = rows.mutate(known=known, course=known.notnull().cast("int64").sum().over(so_far))
    held = rows.known.max().over(ibis.window(group_by=["subject", "course"]))
    rows = rows.mutate(held=held)
    rows = rows.mutate(before=rows.held.lag().over(ibis.window(group_by="subject", order_by="day")))
    tolerances = (rule.reduction_tolerance, rule.tolerance)
    full = as_planned(rows.before, rows.planned, *tolerances) | (rows.before > rows.planned)
    lower = ~as_planned(rows.per_interval, rows.before, *tolerances) & (rows.per_interval < rows.before)
    newly = rows.reduced & (full | lower).fill_null(True)
    return rows.mutate(newly_reduced=newly).drop("known", "course", "held", "before")


def _in_planned_unit(rows: Table, rule: DoseIntensityRule) -> Table:
    """Adds each dose in the planned unit (`given`) and in mg, the plan of an interval, interval, surface."""
    weight = weight_in_force(rows.weight, rows.first_weight, rule.recalculate, rule.tolerance)
    surface = surface_of(rows.height, weight, rule.formula, rule.cap)
    amount = rows.unit.re_replace("/.*$", "")

    def times(unit: str) -> FloatingValue:
        """What one unit is multiplied with to be an amount without `per m2` or `per kg`."""
        size: FloatingValue = ibis.cases(
            (rows[unit].endswith("/m2").fill_null(False), surface),
            (rows[unit].endswith("/kg").fill_null(False), weight),
            else_=ibis.literal(1.0),
        )
        return size

    planned_amount = rows.planned_unit.re_replace("/.*$", "")
    nothing = ibis.null("float64")
    plain = rows.dose * times("unit")
    given = ibis.cases(
        ((rows.dose == 0).fill_null(False), ibis.literal(0.0)),
        ((rows.planned_unit.isnull() & rows.unit.notnull()).fill_null(False), rows.dose),
        ((rows.planned_unit == rows.unit).fill_null(False), rows.dose),
        ((planned_amount == amount).fill_null(False), plain / times("planned_unit")),
        else_=nothing,
    )
    planned = rows.planned_dose * rows.planned_times.fill_null(1)
    in_mg = ibis.ifelse((planned_amount == "mg").fill_null(False), planned * times("planned_unit"), nothing)
    interval = rows.planned_interval if rule.interval is None else ibis.literal(rule.interval, "int64")
    return rows.mutate(
        given=given,
        mg=ibis.cases(
            ((rows.dose == 0).fill_null(False), ibis.literal(0.0)),
            ((amount == "mg").fill_null(False), plain),
            else_=nothing,
        ),
        planned=planned,
        planned_mg=rounded(in_mg, rule.round_mg),
        interval=interval,
        surface=surface,
        unit=ibis.coalesce(rows.planned_unit, rows.unit),
    )


def _of_days(rows: Table) -> Table:
    """One row per subject and day on which doses began."""
    rows = rows.mutate(
        total=rows.given * rows.number,
        total_mg=rows.mg * rows.number,
        until=ibis.coalesce(rows.last_day, rows.day),
    )
    found = rows.group_by("subject", "day").aggregate(
        treatment=rows.treatment.max(),
        visit=rows.visit.max(),
        last_day=rows.until.max(),
        sequence=rows.sequence.min(),
        unit=rows.unit.max(),
        units=rows.unit.nunique(),
        unknown=rows.total.isnull().cast("int64").sum(),
        unknown_mg=rows.total_mg.isnull().cast("int64").sum(),
        total=rows.total.sum(),
        total_mg=rows.total_mg.sum(),
        planned=rows.planned.max(),
        planned_mg=rows.planned_mg.max(),
        planned_cycles=rows.planned_cycles.max(),
        interval=rows.interval.max(),
        times=rows.planned_times.fill_null(1).max(),
        surface=rows.surface.max(),
    )
    nothing = ibis.null("float64")
    covered = (found.last_day - found.day) / found.interval.nullif(0) + 1
    return found.mutate(
        amount=ibis.ifelse((found.unknown > 0) | (found.units > 1), nothing, found.total),
        amount_mg=ibis.ifelse(found.unknown_mg > 0, nothing, found.total_mg),
        intervals=covered.fill_null(1.0).cast("float64"),
    ).drop("unknown", "unknown_mg", "units", "total", "total_mg")


def _held_against(rows: Table, rule: DoseIntensityRule) -> Table:
    """Adds `reference`: the dose of an interval, as planned or of the level that a row was given at.

    A dose is given at the lowest level that is not below it, one above all of them at the highest; an omitted
    one at the level of the dose before it.
    """
    if rule.planned == "starting":
        return rows.mutate(reference=rows.planned)
    levels = sorted(rule.levels)
    slack = 1 + rule.reduction_tolerance * (1 - rule.tolerance)
    given = ibis.ifelse(rows.omitted, ibis.null("float64"), rows.per_interval)
    level = ibis.cases(
        (given.isnull(), ibis.null("float64")),
        *((given <= one * slack * rows.times, one * rows.times) for one in levels),
        else_=levels[-1] * rows.times,
    )
    rows = rows.mutate(level=level)
    so_far = ibis.window(group_by="subject", order_by="day", rows=(None, 0))
    rows = rows.mutate(run=rows.level.notnull().cast("int64").sum().over(so_far))
    return rows.mutate(reference=rows.level.max().over(ibis.window(group_by=["subject", "run"])))
