"""The `doses` input: what EX says was given, beside what the arm plans, height and weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from trialist.endpoints.exposure_rules import comparable, holds_none
from trialist.endpoints.subjects import days_between
from trialist.problems import Problem
from trialist.protocol.exposure_endpoints import DoseIntensity
from trialist.protocol.model import Protocol
from trialist.records.columns import column
from trialist.records.computed import computed_once
from trialist.records.dosing import days_between_doses
from trialist.records.words import compared, pairs, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import Table

    from trialist.protocol.model import Give

_PLAN = pa.schema(
    [
        *(("plan_arm", pa.string()), ("plan_treatment", pa.string()), ("planned_dose", pa.float64())),
        *(("planned_unit", pa.string()), ("planned_interval", pa.int64()), ("planned_times", pa.int64())),
        ("planned_cycles", pa.int64()),
    ]
)
_SHOWN = 5
_WEEK = 7


def recorded_doses(
    domains: Mapping[str, Table], subjects: Table, protocol: Protocol
) -> tuple[Table, tuple[Problem, ...]]:
    """The `doses` input from EX and VS: the treatments that an endpoint asks for.

    Returns   one row per record of EX: subject, day, sequence, treatment, visit, dose and unit (one unit for
              each kind of amount: mg, mg/m2 ...), number of doses and the day of the last of them (a record
              of daily doses holds many; null where that can't be known), what the subject's arm plans, and
              height (cm), weight and first_weight (kg) that hold on the day. The arm is the actual one, else
              the planned one. A record that lasts beyond the cut-off ends there; one without a full date has
              no day
    Problems  W301 units that can't be brought to the planned one, W302 an arm that plans a treatment in
              several ways, W303 doses by body size without height or weight, W304 a treatment without a dose,
              W305 a treatment that no arm gives, W332 frequencies that are not read, N305 doses after the
              cut-off, N306 doses without a date, N307 daily doses without an end, N308 heights and weights
              in no known unit, N323 ends on the day of a next dose, N324 records that overlap, N325 doses of
              0 after the last dose
    """
    asked = sorted({t for _, t in _asked(protocol)})
    ex = domains["ex"]
    ex = ex.filter(compared(ex.treatment).isin(asked))
    who = subjects.select("subject", "reference_date", "cutoff_day", "arm", "actual_arm")
    rows = ex.inner_join(who, "subject")
    rows = rows.mutate(
        day=days_between(rows.start, rows.reference_date),
        end_day=days_between(column(rows, "end", "date"), rows.reference_date),
        treatment=compared(rows.treatment),
        plan_arm=ibis.coalesce(rows.actual_arm, rows.arm),
        said=column(rows, "dose_unit").strip().nullif(""),
    )
    planned, ambiguous = _plan(protocol)
    plan = ibis.memtable(pa.Table.from_pylist(planned, _PLAN))
    same = [rows.plan_arm == plan.plan_arm, rows.treatment == plan.plan_treatment]
    rows = rows.left_join(plan, same).drop("plan_arm_right", "plan_treatment")
    rows = computed_once(_numbered(_in_one_unit(rows)))
    made, unread = _with_size(rows, domains.get("vs"), subjects)
    made = computed_once(made)
    problems = (*ambiguous, *_unplanned(protocol), *_without_a_dose(domains["ex"], rows, protocol))
    told = (*_told(rows, made, protocol), *_sizes_told(unread, protocol))
    return made, (*problems, *told)


def _asked(protocol: Protocol) -> list[tuple[str, str]]:
    """(endpoint, treatment in upper case) of every dose intensity."""
    entries = protocol.plan.endpoints.items()
    return [(name, e.treatment.strip().upper()) for name, e in entries if isinstance(e, DoseIntensity)]


def _given(protocol: Protocol, treatment: str) -> dict[str, list[Give]]:
    """Arm -> how it plans a treatment."""
    found = {}
    for name, arm in protocol.plan.arms.items():
        mine = [give for give in (*arm.give, *arm.choose_one) if give.drug.strip().upper() == treatment]
        if mine:
            found[name] = mine
    return found


def _plan(protocol: Protocol) -> tuple[list[dict[str, Any]], list[Problem]]:
    """What each arm plans of each treatment asked for; W302 where that is more than one thing."""
    rows, problems = [], []
    for treatment in sorted({t for _, t in _asked(protocol)}):
        for arm, gives in _given(protocol, treatment).items():
            if len(gives) > 1:
                problems.append(
                    Problem(
                        "W302",
                        f"arm '{arm}' gives {gives[0].drug} in {len(gives)} ways, so no dose and interval "
                        "was taken as planned",
                        "write the treatment once in the arm, with its dose and interval",
                        protocol.place("arms", arm),
                    )
                )
                continue
            give = gives[0]
            dose, unit = comparable(give.dose) if give.dose is not None else (None, None)
            rows.append(
                {
                    "plan_arm": arm,
                    "plan_treatment": treatment,
                    "planned_dose": dose,
                    "planned_unit": unit,
                    "planned_interval": give.every or None,
                    "planned_times": give.times_a_day,
                    "planned_cycles": give.max_cycles,
                }
            )
    return rows, problems


def _unplanned(protocol: Protocol) -> list[Problem]:
    return [
        Problem(
            "W305",
            f"endpoint '{name}' reads {treatment}, which no arm gives: nothing was planned that its doses "
            "could be held against",
            "name the treatment as the arms do, or add it to an arm",
            protocol.place("endpoints", name),
        )
        for name, treatment in _asked(protocol)
        if not _given(protocol, treatment)
    ]


def _without_a_dose(ex: Table, rows: Table, protocol: Protocol) -> list[Problem]:
    present = set(rows.select("treatment").distinct().to_pyarrow()["treatment"].to_pylist())
    missing = [(name, t) for name, t in _asked(protocol) if t not in present]
    if not missing:
        return []
    named = sorted(
        {n for n in ex.select(n=compared(ex.treatment)).distinct().to_pyarrow()["n"].to_pylist() if n}
    )
    there = ", ".join(named[:_SHOWN]) + (" ..." if len(named) > _SHOWN else "") or "no treatment"
    return [
        Problem(
            "W304",
            f"endpoint '{name}': EX holds no dose of {treatment} (it holds {there})",
            "name the treatment as EXTRT does",
            protocol.place("endpoints", name),
        )
        for name, treatment in missing
    ]


def _in_one_unit(rows: Table) -> Table:
    """Doses in the unit that they are compared in; an unknown unit stays as it is written."""
    plain = rows.said.lower().replace(" ", "")
    known = pairs("dose_units")
    unit = plain.cases(*((spelt, name) for spelt, (name, _) in known.items()), else_=plain)
    factor = plain.cases(*((spelt, float(f)) for spelt, (_, f) in known.items()), else_=1.0)
    dose = column(rows, "dose", "float64")
    dose = ibis.ifelse(dose.isnan().fill_null(True), ibis.null("float64"), dose)
    return rows.mutate(dose=dose * factor, unit=unit)


def _numbered(rows: Table) -> Table:
    """Adds number, the doses of a record, last_day, that of the last, and what is told of them.

    A record of daily doses holds one for each of its days; beside a plan of cycles one that ends the next day
    is one dose (an infusion over midnight). Doses a week or more apart are given before the day of the end:
    an end 21 days on closes a cycle, and is not the day of another dose. Where the frequency is not read, a
    record of more than two days holds an unknown number.
    """
    said = compared(column(rows, "frequency"))
    planned = rows.planned_interval
    once = said.isin(words("single_dose")).fill_null(False)
    stated = days_between_doses(said)
    by_plan = ibis.ifelse((planned == 1) & ~once, 1 / rows.planned_times.fill_null(1), ibis.null("float64"))
    every = ibis.coalesce(stated, by_plan)
    ended = ibis.ifelse(
        (rows.end_day > rows.cutoff_day).fill_null(False),
        ibis.greatest(rows.cutoff_day, rows.day),
        rows.end_day,
    )
    span = ended - rows.day
    daily = ((every <= 1) & (rows.end_day.notnull() | planned.isnull() | (planned <= 1))).fill_null(False)
    daily = daily & ~((planned > 1) & (span <= 1)).fill_null(False)
    many = (~daily & (every > 1) & (span >= every)).fill_null(False)
    at_end = (many & (every >= _WEEK) & (span == (span / every).floor() * every)).fill_null(False)
    times = (span / every).floor() - at_end.cast("int64")
    unread = said.notnull() & ~once & stated.isnull()
    uncounted = (unread & every.isnull() & (span > 1)).fill_null(False)
    number = ibis.cases(
        (uncounted, ibis.null("float64")),
        (daily, ((span + 1) / every).round().cast("float64")),
        (many, times.cast("float64") + 1),
        else_=ibis.literal(1.0),
    )
    last = ibis.cases(
        (uncounted, ibis.null("int64")),
        (daily, ended),
        (many, rows.day + (times * every).cast("int64")),
        else_=rows.day,
    )
    return rows.mutate(
        number=number,
        last_day=last,
        endless=daily & rows.end_day.isnull(),
        at_end=at_end,
        unread=ibis.ifelse(unread, said, ibis.null("string")),
    )


def _with_size(rows: Table, vs: Table | None, subjects: Table) -> tuple[Table, Table | None]:
    """The columns of the input, with height, weight and first_weight; and what could not be read of VS.

    The weight is the last up to the day, the height that or, where there is none, the first after it.
    """
    unread = None
    if vs is None:
        rows = rows.mutate(height=ibis.null("float64"), weight=ibis.null("float64"))
    else:
        sizes = _sizes(vs, subjects)
        unread = sizes.filter(sizes.size.isnull())
        days = rows.select("subject", "day").distinct()
        for name in ("height", "weight"):
            rows = rows.left_join(_in_force(days, sizes, name), ["subject", "day"])
            rows = rows.drop("subject_right", "day_right")
    start = ibis.window(group_by=["subject", "treatment"], order_by=["day", "sequence"])
    rows = rows.mutate(place=ibis.row_number().over(start))
    at_start = ibis.ifelse(rows.place == 0, rows.weight, ibis.null("float64"))
    whole = ibis.window(group_by=["subject", "treatment"])
    return rows.select(
        *("subject", "day", "treatment", "dose", "unit", "number", "last_day"),
        *("planned_dose", "planned_unit", "planned_interval", "planned_times", "planned_cycles"),
        *("height", "weight"),
        sequence=rows.sequence.cast("int64"),
        visit=column(rows, "visit"),
        first_weight=at_start.max().over(whole),
    ), unread


def _sizes(vs: Table, subjects: Table) -> Table:
    """subject, size_day, size_sequence, what (HEIGHT, WEIGHT), size in cm or kg: null in an unknown unit."""
    what = compared(vs.test_code)
    rows = vs.mutate(what=what).filter(what.isin(["HEIGHT", "WEIGHT"]))
    rows = rows.inner_join(subjects.select("subject", "reference_date"), "subject")
    unit = column(rows, "unit").strip().lower()
    lengths, weights = pairs("body_lengths"), pairs("body_weights")
    nothing = ibis.null("float64")
    factor = ibis.ifelse(
        rows.what == "HEIGHT",
        unit.cases(*((name, float(f)) for name, f in lengths.items()), else_=nothing),
        unit.cases(*((name, float(f)) for name, f in weights.items()), else_=nothing),
    )
    value = column(rows, "value", "float64")
    rows = rows.select(
        "subject",
        "what",
        size_day=days_between(rows.date, rows.reference_date),
        size_sequence=rows.sequence.cast("int64"),
        value=ibis.ifelse(value.isnan().fill_null(True), nothing, value),
        factor=factor,
    )
    rows = rows.filter(rows.size_day.notnull() & rows.value.notnull() & (rows.value > 0).fill_null(False))
    return rows.mutate(size=rows.value * rows.factor)


def _in_force(days: Table, sizes: Table, name: str) -> Table:
    """subject, day, and the height or weight that holds on it."""
    mine = sizes.filter((sizes.what == name.upper()) & sizes.size.notnull())
    seen = days.inner_join(mine, "subject")
    if name == "weight":
        seen = seen.filter(seen.size_day <= seen.day)
    order = [ibis.asc("later"), ibis.asc("apart"), ibis.desc("size_sequence")]
    seen = seen.mutate(later=(seen.size_day > seen.day).cast("int64"), apart=(seen.size_day - seen.day).abs())
    place = ibis.row_number().over(ibis.window(group_by=["subject", "day"], order_by=order))
    seen = seen.mutate(place=place)
    return seen.filter(seen.place == 0).select("subject", "day", **{name: "size"})


def _told(rows: Table, made: Table, protocol: Protocol) -> list[Problem]:
    """What is told of the records with its number: W301, W303, W332 and the notes."""
    rows = _trailing(rows)
    counts = rows.aggregate(
        undated=rows.day.isnull().cast("int64").sum(),
        late=(rows.day > rows.cutoff_day).fill_null(False).cast("int64").sum(),
        endless=(rows.endless & rows.day.notnull()).cast("int64").sum(),
        frequencies=rows.unread.count(),
        frequency=rows.unread.max(),
        at_end=rows.at_end.cast("int64").sum(),
        overlapping=rows.overlaps.cast("int64").sum(),
        trailing=rows.trails.cast("int64").sum(),
    )
    found = counts.to_pyarrow().to_pylist()[0]
    by_surface = made.planned_unit.endswith("/m2") ^ made.unit.endswith("/m2")
    by_weight = made.planned_unit.endswith("/kg") ^ made.unit.endswith("/kg")
    amount = made.planned_unit.re_replace("/.*$", "") == made.unit.re_replace("/.*$", "")
    some = ((made.dose > 0) & made.planned_unit.notnull()).fill_null(False)
    other = made.unit.isnull() | ~amount | (by_surface & by_weight)
    lacks = (by_surface & (made.height.isnull() | made.weight.isnull())) | (by_weight & made.weight.isnull())
    read = made.aggregate(
        other=(some & other.fill_null(True)).cast("int64").sum(),
        example=made.unit.max(where=some & other.fill_null(True)),
        sizeless=(some & ~other.fill_null(True) & lacks.fill_null(False)).cast("int64").sum(),
    )
    found |= read.to_pyarrow().to_pylist()[0]
    unit = f"in '{found['example']}'" if found["example"] else "without a unit"
    said = {
        "other": ("W301", f"doses are {unit}, which can't be brought to the planned unit: they are unknown",
                  "give EXDOSE in the unit of the plan, or in mg beside a plan in mg/m2 or mg/kg"),
        "sizeless": ("W303", "doses need height and weight to be held against the plan, and the records "
                     "lack them on the day: they are unknown", "add VS with HEIGHT and WEIGHT"),
        "late": ("N305", "doses are after the data cut-off; they were left out",
                 "nothing, if the cut-off is right"),
        "undated": ("N306", "doses have no full date; cycles, duration, delays and dose intensity of their "
                    "subjects are unknown", "complete EXSTDTC"),
        "endless": ("N307", "records of daily doses have no end; how much was given in them, and for how "
                    "long, is unknown", "complete EXENDTC"),
        "frequencies": ("W332", f"doses have a frequency that is not read ('{found['frequency']}'); how many "
                        "doses a record of more than two days holds is unknown, unless the plan is daily",
                        "write EXDOSFRQ as CDISC does: QD, QW, Q21D, Q3W, EVERY 3 WEEKS"),
        "at_end": ("N323", "records end on the day on which a next dose would be due; that day was not "
                   "counted as a dose", "give a record to each dose"),
        "overlapping": ("N324", "records of daily doses overlap with another of the same treatment; what "
                        "they hold was added up day by day", "nothing, if both were given on those days"),
        "trailing": ("N325", "records of a dose of 0 follow the last dose that was given; they were not "
                     "counted as cycles", "nothing, if the treatment had been stopped"),
    }  # fmt: skip
    place = protocol.place("endpoints")
    return [
        Problem(code, f"{found[name]} {what}", remedy, place)
        for name, (code, what, remedy) in said.items()
        if found[name]
    ]


def _trailing(rows: Table) -> Table:
    """Adds trails, a 0 after the last dose given up to the cut-off, and overlaps, of daily records."""
    seen = (rows.day <= rows.cutoff_day).fill_null(rows.cutoff_day.isnull()) & rows.day.notnull()
    zero = (rows.dose == 0).fill_null(False) & holds_none(rows.treatment, rows.planned_dose)
    daily = seen & (rows.planned_interval == 1).fill_null(False) & rows.last_day.notnull()
    whole = ibis.window(group_by=["subject", "treatment"])
    rows = rows.mutate(zero=zero, seen=seen, daily=daily)
    given = ibis.ifelse(rows.seen & ~rows.zero, rows.day, ibis.null("int64"))
    until = ibis.ifelse(rows.daily, rows.last_day, ibis.null("int64"))
    rows = rows.mutate(stop=given.max().over(whole), until=until)
    before = ibis.window(
        group_by=["subject", "treatment", "daily"], order_by=["day", "sequence"], preceding=(None, 1)
    )
    rows = rows.mutate(covered=rows.until.max().over(before))
    return rows.mutate(
        trails=(rows.seen & rows.zero & (rows.day > rows.stop)).fill_null(False),
        overlaps=(rows.daily & (rows.covered >= rows.day)).fill_null(False),
    )


def _sizes_told(unread: Table | None, protocol: Protocol) -> list[Problem]:
    """N308: heights and weights in no known unit."""
    count = 0 if unread is None else unread.count().to_pyarrow().as_py()
    if not count:
        return []
    return [
        Problem(
            "N308",
            f"{count} heights and weights are in no known unit; they were not used",
            "give VSSTRESN in cm and kg, with VSSTRESU",
            protocol.place("endpoints"),
        )
    ]
