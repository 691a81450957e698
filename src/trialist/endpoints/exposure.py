"""Exposure to one treatment: cycles, cumulative dose, duration, dose intensity, delays and reductions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.body_surface import as_planned, rounded, surface_of, with_weight_in_force
from trialist.endpoints.criteria import stated
from trialist.endpoints.dose_cycles import of_cycles, of_days, times, without_overlap
from trialist.endpoints.exposure_rules import holds_none
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
              dose of the cycles begun, which ignores delay. Cycles of 0 mg before the first and after the
              last dose are not counted. Reasons: DOSED, NOT_TREATED, UNKNOWN_DOSE, UNKNOWN_DATES (a dose
              without a date, taken as given by the cut-off, or a record without an end), NOT_PLANNED,
              NO_DURATION; what can't be known is null, and first_day is the first that is known
    Problems  none: what could not be read is told where the input is made
    Source    Hryniuk and Bush 1984; Longo 1991
    """
    rows = doses_beside_plan(subjects=subjects, doses=doses, rule=rule)
    given = rows.amount.isnull() | ~rows.omitted
    found = rows.group_by("subject").aggregate(
        first_day=rows.day.min(),
        last_day=rows.last_day.max(where=given),
        end_day=rows.anchor.max(),
        endless=rows.last_day.isnull().cast("int64").sum(),
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
    found = beside(beside(subjects.select("subject"), found), _undated(subjects, doses, rule))
    treated = found.first_day.notnull() | (found.undated_given > 0).fill_null(False)
    undated = treated & (found.undated > 0).fill_null(False)
    untimed = undated | (found.endless > 0).fill_null(False)
    nothing, none = ibis.null("float64"), ibis.null("int64")
    other = ((found.units > 1) | (found.undated_units > 1) | (found.unit != found.undated_unit)).fill_null(
        False
    )
    unknown_doses = found.unknown.fill_null(0) + found.undated_unknown.fill_null(0)
    unknown = treated & ((unknown_doses > 0) | other)
    unknown_mg = found.unknown_mg.fill_null(0) + found.undated_unknown_mg.fill_null(0) > 0
    planned_dose = ibis.coalesce(found.planned_dose, found.undated_planned)
    interval = ibis.coalesce(found.interval, found.undated_interval)
    cycles = ibis.coalesce(found.cycles, found.undated_cycles)
    planned = planned_dose.notnull()
    span = ibis.ifelse(untimed, none, found.end_day - found.first_day)
    days = {
        "interval": span + interval,
        "last_dose": span,
        "planned_cycles": ibis.ifelse(treated, cycles * interval, none),
    }[rule.duration]
    weeks = (days / DAYS_PER_WEEK).cast("float64").round(_DECIMALS)
    total = found.amount.fill_null(0.0) + found.undated_amount.fill_null(0.0)
    total_mg = found.amount_mg.fill_null(0.0) + found.undated_mg.fill_null(0.0)
    cumulative = ibis.ifelse(unknown | ~treated, nothing, total.round(_DECIMALS))
    intensity = ibis.ifelse(planned, cumulative * DAYS_PER_WEEK / days.nullif(0), nothing)
    expected = ibis.ifelse(untimed, nothing, found.expected)
    reference = planned_dose
    if rule.planned == "adjusted":
        reference = expected / found.intervals
    plan = reference * DAYS_PER_WEEK / interval
    omitted = found.omitted.fill_null(0.0).round().cast("int64")
    counted = planned & found.first_day.notnull() & ~untimed
    return found.select(
        "subject",
        "first_day",
        treatment=ibis.ifelse(treated, ibis.literal(rule.treatment), ibis.null("string")),
        last_day=ibis.ifelse(untimed, none, found.last_day),
        doses=ibis.ifelse(untimed, none, found.doses.round().cast("int64")),
        unit=ibis.ifelse(
            unknown | ~treated, ibis.null("string"), ibis.coalesce(found.unit, found.undated_unit)
        ),
        planned_dose=ibis.ifelse(treated, planned_dose, nothing),
        cumulative_dose=cumulative,
        cumulative_mg=ibis.ifelse(unknown_mg | ~treated, nothing, total_mg.round(_DECIMALS)),
        duration_weeks=weeks,
        intensity=intensity.round(_DECIMALS),
        relative_dose_intensity=(100 * intensity / plan.nullif(0.0)).round(_DECIMALS),
        relative_dose=(100 * cumulative / expected.nullif(0.0)).round(_DECIMALS),
        delays=ibis.ifelse(interval.notnull() & ~untimed, found.delays, none),
        reductions=ibis.ifelse(counted & ~unknown, found.reductions, none),
        omitted=ibis.ifelse(counted, omitted, none),
        reason=labelled(
            (~treated, NOT_TREATED),
            (unknown, "UNKNOWN_DOSE"),
            (~planned | interval.isnull(), "NOT_PLANNED"),
            (untimed, "UNKNOWN_DATES"),
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
    """The doses of one treatment, each beside what was planned for it, from the first to the last given.

    Doses of one day are one. Records of daily doses that overlap are added up day by day; a record of many
    doses (daily) is one row that covers its intervals. Beside a plan of cycles, doses that begin within one
    interval, less the tolerance of delay, and add up to the planned dose within its tolerance are the dose of
    one cycle, on the day of the first. Doses without a date are left out.
    Returns   subject, treatment, visit, day, last_day (null: no end), anchor (day of the last interval),
              sequence, unit, interval (days), intervals that the row covers, amount in the planned unit (else
              the recorded one) and amount_mg, null where unknown; planned (an interval's dose), expected (of
              the row, at the level held against it), planned_mg (an interval's, rounded), surface (m2), share
              (of the planned dose), omitted (0 although some was planned, or 0 of what is no placebo),
              delayed, reduced, newly_reduced
    """
    rows = on_study(doses.filter(doses.day.notnull()), subjects)
    rows = _in_planned_unit(rows.filter(rows.treatment == rule.treatment), rule)
    rows = of_cycles(of_days(without_overlap(rows)), rule)
    rows = rows.mutate(
        omitted=((rows.amount == 0) & holds_none(rows.treatment, rows.planned)).fill_null(False)
    )
    whole = ibis.window(group_by="subject")
    given = ibis.ifelse(rows.omitted, ibis.null("int64"), rows.day)
    rows = rows.mutate(start=given.min().over(whole), stop=given.max().over(whole))
    rows = rows.filter(rows.day.between(rows.start, rows.stop).fill_null(False)).drop("start", "stop")
    ordered = ibis.window(group_by="subject", order_by="day")
    due = rows.anchor.lag().over(ordered) + rows.interval
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


def _undated(subjects: Table, doses: Table, rule: DoseIntensityRule) -> Table:
    """subject, number of its doses without a date, of those not 0, what they hold and their plan."""
    rows = doses.filter(doses.day.isnull() & (doses.treatment == rule.treatment))
    rows = _in_planned_unit(rows.semi_join(subjects, "subject"), rule)
    zero = ((rows.dose == 0) & holds_none(rows.treatment, rows.planned)).fill_null(False)
    rows = rows.mutate(total=times(rows.given, rows.number), total_mg=times(rows.mg, rows.number))
    return rows.group_by("subject").aggregate(
        undated=rows.count(),
        undated_given=(~zero).cast("int64").sum(),
        undated_unknown=rows.total.isnull().cast("int64").sum(),
        undated_unknown_mg=rows.total_mg.isnull().cast("int64").sum(),
        undated_amount=rows.total.sum(),
        undated_mg=rows.total_mg.sum(),
        undated_unit=rows.unit.max(),
        undated_units=rows.unit.nunique(),
        undated_planned=rows.planned.max(),
        undated_interval=rows.interval.max(),
        undated_cycles=rows.planned_cycles.max(),
    )


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
    rows = with_weight_in_force(rows, rule.recalculate, rule.tolerance)
    weight = rows.in_force
    surface = surface_of(rows.height, weight, rule.formula, rule.cap)
    amount = rows.unit.re_replace("/.*$", "")

    def size_of(unit: str) -> FloatingValue:
        """What one unit is multiplied with to be an amount without `per m2` or `per kg`."""
        size: FloatingValue = ibis.cases(
            (rows[unit].endswith("/m2").fill_null(False), surface),
            (rows[unit].endswith("/kg").fill_null(False), weight),
            else_=ibis.literal(1.0),
        )
        return size

    planned_amount = rows.planned_unit.re_replace("/.*$", "")
    nothing = ibis.null("float64")
    plain = rows.dose * size_of("unit")
    given = ibis.cases(
        ((rows.dose == 0).fill_null(False), ibis.literal(0.0)),
        ((rows.planned_unit.isnull() & rows.unit.notnull()).fill_null(False), rows.dose),
        ((rows.planned_unit == rows.unit).fill_null(False), rows.dose),
        ((planned_amount == amount).fill_null(False), plain / size_of("planned_unit")),
        else_=nothing,
    )
    planned = rows.planned_dose * rows.planned_times.fill_null(1)
    in_mg = ibis.ifelse((planned_amount == "mg").fill_null(False), planned * size_of("planned_unit"), nothing)
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
