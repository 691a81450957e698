"""Records of doses as the doses of cycles: days that overlap, days, and cycles given in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from trialist.endpoints.body_surface import as_planned
from trialist.records.computed import computed_once

if TYPE_CHECKING:
    from ibis.expr.types import FloatingValue, Table

    from trialist.endpoints.exposure_rules import DoseIntensityRule


def times(dose: FloatingValue, number: FloatingValue) -> FloatingValue:
    """What a record holds; 0 of an unknown number is 0."""
    held: FloatingValue = ibis.ifelse((dose == 0).fill_null(False), ibis.literal(0.0), dose * number)
    return held


def without_overlap(rows: Table) -> Table:
    """Records of daily doses cut where another one of the subject begins or ends, so that none overlap."""
    rows = rows.mutate(daily=((rows.interval == 1) & rows.last_day.notnull()).fill_null(False))
    daily = rows.filter(rows.daily)
    ends = ibis.union(
        daily.select("subject", edge=daily.day),
        daily.select("subject", edge=daily.last_day + 1),
        distinct=True,
    )
    ordered = ibis.window(group_by="subject", order_by="edge")
    ends = ends.select(who="subject", edge="edge", until=ends.edge.lead().over(ordered))
    inside = [daily.subject == ends.who, ends.edge >= daily.day, ends.edge <= daily.last_day]
    parts = daily.inner_join(ends, inside)
    per_day = parts.number / (parts.last_day - parts.day + 1)
    parts = parts.mutate(
        number=per_day * (parts.until - parts.edge), day=parts.edge, last_day=parts.until - 1
    )
    columns = rows.columns
    return ibis.union(parts.select(*columns), rows.filter(~rows.daily).select(*columns), distinct=False)


def of_days(rows: Table) -> Table:
    """One row per subject and day on which doses began."""
    rows = rows.mutate(total=times(rows.given, rows.number), total_mg=times(rows.mg, rows.number))
    found = rows.group_by("subject", "day").aggregate(
        treatment=rows.treatment.max(),
        visit=rows.visit.max(),
        until=rows.last_day.max(),
        endless=rows.last_day.isnull().cast("int64").sum(),
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
    ended = found.endless == 0
    more = ((found.until - found.day) / found.interval.nullif(0)).floor().cast("int64").fill_null(0)
    in_cycles = (found.interval > 0).fill_null(False)
    anchor = ibis.ifelse(in_cycles, found.day + more * found.interval, found.until)
    return found.mutate(
        amount=ibis.ifelse((found.unknown > 0) | (found.units > 1), nothing, found.total),
        amount_mg=ibis.ifelse(found.unknown_mg > 0, nothing, found.total_mg),
        last_day=ibis.ifelse(ended, found.until, ibis.null("int64")),
        anchor=ibis.ifelse(ended, anchor, ibis.null("int64")),
        intervals=ibis.ifelse(ended, (more + 1).cast("float64"), nothing),
    ).drop("unknown", "unknown_mg", "units", "total", "total_mg", "until", "endless")


def of_cycles(rows: Table, rule: DoseIntensityRule) -> Table:
    """Doses that make up the planned dose of one cycle put together, on the day of the first of them.

    From the first dose on, those of a cycle are no parts of the next: halves on days 1 and 8 of each cycle
    make a cycle each.
    """
    ordered = ibis.window(group_by="subject", order_by="day")
    rows = computed_once(rows.mutate(place=ibis.row_number().over(ordered)))
    cycles = _one_after_another(_in_parts(rows, rule))
    inside = [rows.subject == cycles.who, rows.place >= cycles.begins, rows.place < cycles.ends]
    rows = rows.left_join(cycles, inside).drop("who", "begins", "ends", "place")
    rows = rows.mutate(cycle=ibis.coalesce(rows.cycle, rows.day))
    kept = [name for name in rows.columns if name not in {"subject", "day", "cycle"}]
    added = {"amount", "amount_mg"}
    least = {"anchor", "sequence", "intervals"}
    unknown = {name: rows[name].isnull().cast("int64").sum() for name in added}
    found = rows.group_by("subject", "cycle").aggregate(
        **{
            name: rows[name].sum()
            if name in added
            else rows[name].min()
            if name in least
            else rows[name].max()
            for name in kept
        },
        **{f"unknown_{name}": count for name, count in unknown.items()},
    )
    nothing = ibis.null("float64")
    return (
        found.mutate(
            **{name: ibis.ifelse(found[f"unknown_{name}"] > 0, nothing, found[name]) for name in added}
        )
        .drop("unknown_amount", "unknown_amount_mg")
        .rename(day="cycle")
    )


def _in_parts(rows: Table, rule: DoseIntensityRule) -> Table:
    """who, begins, ends, cycle: each dose from which on the fewest doses make up the planned dose of a cycle.

    begins is its place among the doses of the subject, ends the place after the last part, cycle its day. A
    dose of 0 between parts is no part; what can't be known makes up nothing.
    """
    single = ((rows.interval > 1) & (rows.intervals == 1)).fill_null(False)
    doses = rows.select(
        "subject", "day", "place", part=ibis.ifelse(single, rows.amount, ibis.null("float64"))
    )
    whole = as_planned(rows.amount, rows.planned, rule.reduction_tolerance, rule.tolerance)
    less = single & (rows.amount > 0) & (rows.amount < rows.planned) & ~whole
    heads = rows.filter(less.fill_null(False))
    heads = heads.select(
        who="subject",
        begins="place",
        cycle="day",
        until=heads.day + heads.interval - rule.delay_tolerance,
        plan="planned",
    )
    reached = [doses.subject == heads.who, doses.place >= heads.begins, doses.day < heads.until]
    parts = doses.inner_join(heads, reached)
    so_far = ibis.window(group_by=["who", "begins"], order_by="place", rows=(None, 0))
    parts = parts.mutate(
        together=parts.part.sum().over(so_far), unknown=parts.part.isnull().cast("int64").sum().over(so_far)
    )
    near = as_planned(parts.together, parts.plan, rule.reduction_tolerance, rule.tolerance)
    parts = parts.filter((near & (parts.unknown == 0)).fill_null(False))
    return parts.group_by("who", "begins", "cycle").aggregate(ends=parts.place.min() + 1)


def _one_after_another(cycles: Table) -> Table:
    """Those of the cycles that are taken when each begins after the end of the one taken before it.

    `onward` leads from a cycle to the one taken next; each round doubles the cycles that it leads over.
    """
    cycles = computed_once(cycles)
    taken = cycles.group_by("who").aggregate(begins=cycles.begins.min())
    others = cycles.select(other="who", after="begins")
    onward = cycles.inner_join(others, [cycles.who == others.other, others.after >= cycles.ends])
    onward = computed_once(onward.group_by("who", "begins").aggregate(to=onward.after.min()))
    while onward.count().to_pyarrow().as_py():
        reached = taken.inner_join(onward, ["who", "begins"]).select("who", begins="to")
        taken = computed_once(ibis.union(taken, reached, distinct=True))
        rest = onward.select(other="who", via="begins", far="to")
        further = onward.inner_join(rest, [onward.who == rest.other, onward.to == rest.via])
        onward = computed_once(further.select("who", "begins", to="far"))
    return cycles.semi_join(taken, ["who", "begins"])
