"""One row per allocated subject: arm, reference date, exposure, death, last day known alive, factors."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.criteria import stated
from trialist.endpoints.filled import rule_for
from trialist.endpoints.rules import ProgressionRule
from trialist.endpoints.subjects_told import treatment_counts, treatment_problems
from trialist.endpoints.verbs import beside
from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.columns import column
from trialist.records.computed import computed_once
from trialist.records.domains import DOMAINS
from trialist.records.domains.rs import RESPONSE_TESTS
from trialist.records.model import Records
from trialist.records.subjects import actual_arm_code, arm_code, arm_of, with_dates
from trialist.records.words import compared, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import DateValue, IntegerValue, Table

_LESION = "LESION"
_SCANNED = ("responses", "soft_tissue", "bone", "lesions")


def recorded_subjects(records: Records, protocol: Protocol) -> tuple[Table, int, tuple[Problem, ...]]:
    """The `subjects` input, the number screened, and what had to be noted.

    Returns one more column than the input promises, `first_dose_date`, for the tables made beside it.
    A subject is treated with at least one dose recorded up to the cut-off, whatever is known of its day.
    Problems  W314 subjects with an arm code of no arm, W378 subjects allocated after the cut-off, W382
              subjects without a baseline assessment whose later responses tell of one, N315 partial dates of
              death, N316 cut-off unusable, W306 to W308 and N301 to N304 (see `subjects_told`)
    """
    tables, plan = records.tables, protocol.plan
    rows = computed_once(with_dates(tables["dm"], tables, protocol))
    code = arm_code(rows)
    actual = arm_of(actual_arm_code(rows), protocol)
    rows = rows.mutate(planned_code=code, planned=arm_of(code, protocol), actual=actual)
    cutoff, problems = _cutoff(protocol)
    rows = rows.mutate(cutoff=cutoff, late=(rows.reference > cutoff).fill_null(False))
    rows = computed_once(_with_last_alive(_up_to_cutoff(rows), tables))
    rows = _with_scan(rows, tables)
    rows = computed_once(_with_factors(rows, tables, protocol))
    screened, counted = _counted(rows, protocol)
    rows = rows.filter(rows.planned.notnull() & ~rows.late)
    day = {
        "first_dose_day": rows.first_dose_date,
        "first_dose_earliest_day": rows.earliest_first_dose,
        "last_dose_day": rows.last_dose_date,
        "cutoff_day": rows.cutoff,
        "death_day": rows.death_date,
        "last_alive_day": rows.last_alive,
    }
    subjects = rows.select(
        "subject",
        arm=rows.planned,
        actual_arm=rows.actual,
        reference_date=rows.reference,
        **{name: days_between(value, rows.reference) for name, value in day.items()},
        baseline_scan=rows.baseline_scan,
        age=column(rows, "age", "float64"),
        sex=column(rows, "sex"),
        randomised=ibis.literal(plan.randomised),
        treated=rows.treated,
        death_recorded=rows.died,
        first_dose_date=rows.first_dose_date,
        **{name: rows[name] for name in plan.factors},
    )
    return subjects, screened, (*problems, *counted)


def reconstructed_subjects(xt: Table, protocol: Protocol, days_per_month: float) -> tuple[Table, Table]:
    """Subjects and times of published curves. Everybody on a curve is taken as randomised and treated.

    What a curve does not tell (dates, age, factors) is null; a time in months becomes days.
    """
    plan = protocol.plan
    arm = arm_of(arm_code(xt), protocol)
    times = xt.select(
        "subject",
        "endpoint",
        arm=arm,
        time_days=xt.time_months.cast("float64") * days_per_month,
        event=xt.event.cast("int64") == 1,
    )
    unknown: dict[str, str] = {
        "actual_arm": "string",
        "reference_date": "date",
        "first_dose_day": "int64",
        "first_dose_earliest_day": "int64",
        "last_dose_day": "int64",
        "cutoff_day": "int64",
        "death_day": "int64",
        "last_alive_day": "int64",
        "baseline_scan": "boolean",
        "age": "float64",
        "sex": "string",
        **dict.fromkeys(plan.factors, "string"),
    }
    people = times.filter(times.arm.notnull()).group_by("subject").aggregate(arm=times.arm.max())
    subjects = people.mutate(
        **{name: ibis.null(kind) for name, kind in unknown.items()},
        randomised=ibis.literal(plan.randomised),
        treated=ibis.literal(True),
        death_recorded=ibis.null("boolean"),
    )
    return subjects, times


def days_between(later: DateValue, reference: DateValue) -> IntegerValue:
    """Days from the reference date: 0 on it, -1 the day before."""
    return later.cast("date").delta(reference.cast("date"), unit="day").cast("int64")


def _up_to_cutoff(rows: Table) -> Table:
    """Dosing as it was at the cut-off: who can only have begun later is not treated (`dosed_late`).

    Of a last dose that is known in part, the latest day is not after the cut-off.
    """
    late = rows.treated & (rows.earliest_first_dose > rows.cutoff).fill_null(False)
    beyond = rows.last_dose_partial & (rows.last_dose_date > rows.cutoff).fill_null(False)
    last = ibis.ifelse(beyond, rows.cutoff, rows.last_dose_date)
    nothing = ibis.null("date")
    return rows.mutate(
        dosed_late=late,
        treated=rows.treated & ~late,
        first_dose_date=ibis.ifelse(late, nothing, rows.first_dose_date),
        earliest_first_dose=ibis.ifelse(late, nothing, rows.earliest_first_dose),
        last_dose_date=ibis.ifelse(late, nothing, last),
    )


def _with_last_alive(rows: Table, tables: Mapping[str, Table]) -> Table:
    """Adds last_alive, the latest date captured in full up to cut-off and death; completes a partial death.

    A death known to the month or year is put at the earliest date it can have had, not before the last
    day the subject was known alive.
    """
    dead = words("died")
    seen = []
    for name, table in tables.items():
        kept = table
        if name == "ds":
            kept = table.filter(~compared(table.term).isin(dead).fill_null(False))
        for item in DOMAINS[name].columns if name in DOMAINS else ():
            is_death = name == "dm" and item.name == "death"
            if item.kind == "date" and item.name in table.columns and not is_death:
                seen.append(kept.select("subject", found=kept[item.name].cast("date")))
    limits = rows.select("subject", "cutoff", "death_date")
    dates = ibis.union(*seen, distinct=False) if len(seen) > 1 else seen[0]
    dates = dates.filter(dates.found.notnull()).inner_join(limits, "subject")
    dates = dates.filter(
        (dates.cutoff.isnull() | (dates.found <= dates.cutoff))
        & (dates.death_date.isnull() | (dates.found <= dates.death_date))
    )
    rows = beside(rows, dates.group_by("subject").aggregate(last_alive=dates.found.max()))
    first = rows.earliest_death
    partial = first.notnull()
    earliest = ibis.ifelse((rows.last_alive > first).fill_null(False), rows.last_alive, first)
    return rows.mutate(partial_death=partial, death_date=ibis.ifelse(partial, earliest, rows.death_date))


def _with_scan(rows: Table, tables: Mapping[str, Table]) -> Table:
    """Adds baseline_scan, and told_later: there was none, but a later response compares with a baseline.

    There was a baseline assessment when lesions were recorded (TU, TR), or a response could be read, by the
    reference date or the first dose. A later NED says itself that nothing was there at baseline. Null when
    the records hold no lesions of anybody: then nobody can know.
    """
    known = [tables[name] for name in ("tu", "tr") if name in tables]
    if not known:
        return rows.mutate(baseline_scan=ibis.null("boolean"), told_later=ibis.literal(False))
    read = stated("pfs_censoring", "assessments")
    said = [t.select("subject", "date", word=ibis.literal(_LESION)) for t in known]
    if "rs" in tables:
        rs = tables["rs"]
        rs = rs.filter(compared(rs.test_code).isin(list(RESPONSE_TESTS)))
        said.append(rs.select("subject", "date", word=compared(rs.result)))
    seen = ibis.union(*said, distinct=False) if len(said) > 1 else said[0]
    seen = seen.inner_join(rows.select("subject", "reference", "first_dose_date", "cutoff"), "subject")
    early = (seen.date <= seen.reference) | (seen.date <= seen.first_dose_date)
    early = early & seen.word.isin([_LESION, *(w for w in read["known"] if w not in read["not_readable"])])
    shown = early | seen.word.isin(list(read["nothing_at_baseline"]))
    later = seen.word.isin(list(read["against_baseline"])) & (
        seen.cutoff.isnull() | (seen.date <= seen.cutoff)
    )
    found = seen.group_by("subject").aggregate(
        shown=shown.fill_null(False).cast("int64").max(), later=later.fill_null(False).cast("int64").max()
    )
    rows = beside(rows, found)
    scanned = (rows.shown == 1).fill_null(False)
    return rows.mutate(baseline_scan=scanned, told_later=~scanned & (rows.later == 1).fill_null(False))


def _with_factors(rows: Table, tables: Mapping[str, Table], protocol: Protocol) -> Table:
    """Adds one text column per factor, from SC."""
    factors = protocol.plan.factors
    sc = tables.get("sc")
    if sc is None or not factors:
        return rows.mutate(**{name: ibis.null("string") for name in factors})
    codes = {name: factor.code(name) for name, factor in factors.items()}
    pivoted = sc.group_by("subject").aggregate(
        **{name: sc.value.max(where=compared(sc.test_code) == code.upper()) for name, code in codes.items()}
    )
    return beside(rows, pivoted)


def _cutoff(protocol: Protocol) -> tuple[Any, tuple[Problem, ...]]:
    """The cut-off date as a literal, null when there is none or it is no full date (N316)."""
    text = protocol.plan.dates.get("cut_off")
    if text is None:
        return ibis.null("date"), ()
    try:
        return ibis.literal(date.fromisoformat(text)), ()
    except ValueError:
        return ibis.null("date"), (
            Problem(
                "N316",
                f"the cut-off '{text}' is no full date, so no cut-off was applied",
                "write dates: cut_off: as YYYY-MM-DD when it is known",
                protocol.place("dates", "cut_off"),
            ),
        )


def _counted(rows: Table, protocol: Protocol) -> tuple[int, tuple[Problem, ...]]:
    """Subjects screened, and the problems that need counting: one query."""
    outside = rows.planned_code.upper().isin(words("not_allocated"))
    stray = rows.planned.isnull() & ~outside.fill_null(True)
    mine = rows.planned.notnull() & ~rows.late
    found = (
        rows.aggregate(
            screened=rows.count(),
            stray=stray.cast("int64").sum(),
            example=rows.planned_code.max(where=stray),
            late=(rows.planned.notnull() & rows.late).cast("int64").sum(),
            partial=(mine & rows.partial_death).cast("int64").sum(),
            told_later=(mine & rows.told_later).cast("int64").sum(),
            **treatment_counts(rows, mine, protocol),
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    problems: list[Problem] = []
    if found["stray"]:
        problems.append(
            Problem(
                "W314",
                f"{found['stray']} subjects have an arm code of no arm of the protocol, for example "
                f"'{found['example']}'; they were left out",
                "give each arm its code in the protocol, or correct ARMCD in the records",
                protocol.place("arms"),
            )
        )
    if found["late"]:
        problems.append(
            Problem(
                "W378",
                f"{found['late']} subjects were allocated after the cut-off "
                f"{protocol.plan.dates['cut_off']} (by their reference date) and are left out",
                "nothing, if the cut-off is right; else correct dates: cut_off, or these subjects' dates",
                protocol.place("dates", "cut_off"),
            )
        )
    if found["told_later"] and _scans_decide(protocol):
        problems.append(
            Problem(
                "W382",
                f"{found['told_later']} subjects have neither a lesion (TU, TR) nor a readable response by "
                "their reference date or first dose, but a later response that compares with a baseline; "
                "rule P1 counts them as without a baseline assessment (fda: censored at the reference date)",
                "bring in their baseline lesions or response; 'censoring: {no_baseline: follow}' counts "
                "their progressions and deaths",
                protocol.place("endpoints"),
            )
        )
    if found["partial"]:
        problems.append(
            Problem(
                "N315",
                f"{found['partial']} deaths have no full date; the earliest possible date was taken, not "
                "before the last day known alive",
                "complete the dates of death, or report how much they matter",
                protocol.place("endpoints"),
            )
        )
    return int(found["screened"] or 0), (*problems, *treatment_problems(found, protocol))


def _scans_decide(protocol: Protocol) -> bool:
    """Whether some endpoint is a time to a progression that is seen on scans."""
    rules = (rule_for(endpoint) for endpoint in protocol.plan.endpoints.values())
    return any(isinstance(rule, ProgressionRule) and not rule.reads.isdisjoint(_SCANNED) for rule in rules)
