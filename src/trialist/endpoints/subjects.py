"""One row per allocated subject: arm, reference date, exposure, death, last day known alive, factors."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.criteria import stated
from trialist.endpoints.verbs import beside
from trialist.problems import Problem
from trialist.protocol.model import Protocol
from trialist.records.domains import DOMAINS
from trialist.records.model import Records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import DateValue, IntegerValue, StringValue, Table


def recorded_subjects(records: Records, protocol: Protocol) -> tuple[Table, int, tuple[Problem, ...]]:
    """The `subjects` input, the number screened, and what had to be noted.

    Returns one more column than the input promises, `first_dose_date`, for the tables made beside it.
    Problems  W314 subjects with an arm code of no arm, N315 partial dates of death, N316 cut-off unusable
    """
    tables, plan = records.tables, protocol.plan
    rows = _with_dates(tables, plan.reference)
    code = ibis.coalesce(_text(rows, "arm_code"), _text(rows, "arm"))
    actual = ibis.coalesce(_text(rows, "actual_arm_code"), _text(rows, "actual_arm"), code)
    rows = rows.mutate(planned_code=code, planned=_arm(code, plan.arms), actual=_arm(actual, plan.arms))
    cutoff, problems = _cutoff(protocol)
    rows = rows.mutate(cutoff=cutoff)
    rows = _with_last_alive(rows, tables)
    rows = _with_scan(rows, tables)
    rows = _with_factors(rows, tables, protocol)
    screened, counted = _counted(rows, protocol)
    rows = rows.filter(rows.planned.notnull())
    first = rows.first_dose_date
    day = {
        "first_dose_day": first,
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
        age=_or_null(rows, "age", "float64"),
        sex=_or_null(rows, "sex", "string"),
        randomised=ibis.literal(plan.randomised),
        treated=first.notnull(),
        first_dose_date=first,
        **{name: rows[name] for name in plan.factors},
    )
    return subjects, screened, (*problems, *counted)


def reconstructed_subjects(xt: Table, protocol: Protocol, days_per_month: float) -> tuple[Table, Table]:
    """Subjects and times of published curves. Everybody on a curve is taken as randomised and treated.

    What a curve does not tell (dates, age, factors) is null; a time in months becomes days.
    """
    plan = protocol.plan
    arm = _arm(xt.arm_code, plan.arms)
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
    )
    return subjects, times


def days_between(later: DateValue, reference: DateValue) -> IntegerValue:
    """Days from the reference date: 0 on it, -1 the day before."""
    return later.cast("date").delta(reference.cast("date"), unit="day").cast("int64")


def dates_of_terms(ds: Table | None, dm: Table, terms: tuple[str, ...]) -> Table:
    """subject, found: the first date of a disposition term."""
    if ds is None:
        return dm.filter(ibis.literal(False)).select("subject", found=ibis.null("date"))
    rows = ds.filter(ds.term.upper().isin(list(terms)))
    return rows.group_by("subject").aggregate(found=rows.date.min())


def _with_dates(tables: Mapping[str, Table], reference: str) -> Table:
    """DM with reference, first_dose_date, last_dose_date and death_date."""
    dm, ds, ex = tables["dm"], tables.get("ds"), tables.get("ex")
    rows = dm
    for name, terms in (("randomised", "randomised"), ("enrolled", "enrolled"), ("died", "died")):
        found = dates_of_terms(ds, dm, stated("records_words", terms)).rename({f"{name}_date": "found"})
        rows = beside(rows, found)
    if ex is None:
        rows = rows.mutate(ex_first=ibis.null("date"), ex_last=ibis.null("date"))
    else:
        last = ibis.coalesce(_or_null(ex, "end", "date"), ex.start)
        given = ex.group_by("subject").aggregate(ex_first=ex.start.min(), ex_last=last.max())
        rows = beside(rows, given)
    rows = rows.mutate(
        first_dose_date=ibis.coalesce(_or_null(rows, "first_dose", "date"), rows.ex_first),
        last_dose_date=ibis.coalesce(_or_null(rows, "last_dose", "date"), rows.ex_last),
        death_date=ibis.coalesce(_or_null(rows, "death", "date"), rows.died_date),
    )
    start = _or_null(rows, "reference_start", "date")
    chosen = {
        "randomisation": ibis.coalesce(rows.randomised_date, start),
        "first_dose": ibis.coalesce(rows.first_dose_date, start),
        "enrolment": ibis.coalesce(rows.enrolled_date, _or_null(rows, "consent", "date"), start),
    }[reference]
    return rows.mutate(reference=chosen)


def _with_last_alive(rows: Table, tables: Mapping[str, Table]) -> Table:
    """Adds last_alive, the latest date captured in full up to cut-off and death; completes a partial death.

    A death known to the month or year is put at the earliest date it can have had, not before the last
    day the subject was known alive.
    """
    dead = list(stated("records_words", "died"))
    seen = []
    for name, table in tables.items():
        kept = table
        if name == "ds":
            kept = table.filter(~table.term.upper().isin(dead).fill_null(False))
        for column in DOMAINS[name].columns if name in DOMAINS else ():
            is_death = name == "dm" and column.name == "death"
            if column.kind == "date" and column.name in table.columns and not is_death:
                seen.append(kept.select("subject", found=kept[column.name].cast("date")))
    limits = rows.select("subject", "cutoff", "death_date")
    dates = ibis.union(*seen, distinct=False) if len(seen) > 1 else seen[0]
    dates = dates.filter(dates.found.notnull()).inner_join(limits, "subject")
    dates = dates.filter(
        (dates.cutoff.isnull() | (dates.found <= dates.cutoff))
        & (dates.death_date.isnull() | (dates.found <= dates.death_date))
    )
    rows = beside(rows, dates.group_by("subject").aggregate(last_alive=dates.found.max()))
    text = _or_null(rows, "death_text", "string").strip()
    first = ibis.coalesce((text + "-01").try_cast("date"), (text + "-01-01").try_cast("date"))
    partial = rows.death_date.isnull() & (text.length() > 0) & (text.length() < len("YYYY-MM-DD"))
    partial = (partial & first.notnull()).fill_null(False)
    earliest = ibis.ifelse((rows.last_alive > first).fill_null(False), rows.last_alive, first)
    return rows.mutate(partial_death=partial, death_date=ibis.ifelse(partial, earliest, rows.death_date))


def _with_scan(rows: Table, tables: Mapping[str, Table]) -> Table:
    """Adds baseline_scan: lesions were recorded by the first dose, or a later response could be read.

    Null when the records hold no lesions at all (TU, TR): then nobody can know.
    """
    known = [tables[name] for name in ("tu", "tr") if name in tables]
    if not known:
        return rows.mutate(baseline_scan=ibis.null("boolean"))
    start = rows.select("subject", "reference", "first_dose_date")
    found = [t.select("subject", "date") for t in known]
    early = (ibis.union(*found, distinct=False) if len(found) > 1 else found[0]).inner_join(start, "subject")
    early = early.filter((early.date <= early.reference) | (early.date <= early.first_dose_date))
    compared = [early.select("subject")]
    if "rs" in tables:
        rs = tables["rs"]
        seen = stated("pfs_censoring", "assessments")
        readable = [word for word in seen["known"] if word not in seen["not_readable"]]
        compared.append(rs.filter(rs.result.strip().upper().isin(readable)).select("subject"))
    every = ibis.union(*compared, distinct=True) if len(compared) > 1 else compared[0].distinct()
    rows = beside(rows, every.mutate(scanned=ibis.literal(True)))
    return rows.mutate(baseline_scan=rows.scanned.fill_null(False))


def _with_factors(rows: Table, tables: Mapping[str, Table], protocol: Protocol) -> Table:
    """Adds one text column per factor, from SC."""
    factors = protocol.plan.factors
    sc = tables.get("sc")
    if sc is None or not factors:
        return rows.mutate(**{name: ibis.null("string") for name in factors})
    codes = {name: (factor.test or name.upper()[: len("SCTESTCD")]) for name, factor in factors.items()}
    pivoted = sc.group_by("subject").aggregate(
        **{name: sc.value.max(where=sc.test_code == code) for name, code in codes.items()}
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
    known = [code.upper() for code in stated("records_words", "not_allocated")]
    stray = rows.planned.isnull() & ~rows.planned_code.upper().isin(known).fill_null(True)
    found = (
        rows.aggregate(
            screened=rows.count(),
            stray=stray.cast("int64").sum(),
            example=rows.planned_code.max(where=stray),
            partial=rows.partial_death.cast("int64").sum(),
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
    return int(found["screened"] or 0), tuple(problems)


def _arm(code: StringValue, arms: Mapping[str, Any]) -> StringValue:
    """The protocol's arm id of an arm code: its code, id or label, whatever the case."""
    branches = []
    for name, arm in arms.items():
        words = {word.upper() for word in (arm.code, name, arm.label) if word}
        branches.append((code.strip().upper().isin(sorted(words)), ibis.literal(name)))
    return ibis.cases(*branches, else_=ibis.null("string"))


def _text(rows: Table, name: str) -> StringValue:
    return _or_null(rows, name, "string").nullif("")


def _or_null(rows: Table, name: str, kind: str) -> Any:
    return rows[name].cast(kind) if name in rows.columns else ibis.null(kind)
