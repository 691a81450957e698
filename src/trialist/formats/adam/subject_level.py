"""ADSL: one row per subject, with treatment, dates, factors and population flags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.verbs import beside
from trialist.formats.adam.parameters import Source, date_of, text, unique_names
from trialist.formats.adam.variables import LABELS, short_label
from trialist.protocol.predicate import parse_condition
from trialist.records.columns import column
from trialist.records.subjects import with_disposition

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from ibis.expr.types import Table

    from trialist.protocol.model import Population, TrialProtocol
    from trialist.study import Result

WIDTH = 8
_CUSTOMARY = {"randomised": ("ITTFL", "Intent-To-Treat"), "treated": ("SAFFL", "Safety")}
_ENDING = " Population Flag"


def subject_level(result: Result) -> tuple[pa.Table, dict[str, str], dict[str, Any]]:
    """ADSL, the labels of its columns that only this study has, and what its flags and columns are.

    What the records do not tell is null: the dates of reconstructed subjects, the site where none is named.
    """
    source, plan = Source(result), result.protocol.plan
    rows = _with_records(source.subjects, result)
    flags = flag_names(plan.populations)
    factors = factor_columns(plan)
    columns: dict[str, Any] = {
        "STUDYID": text(plan.trial),
        "USUBJID": rows.subject,
        "SUBJID": rows.recorded_subject,
        "SITEID": rows.recorded_site,
        "AGE": rows.age,
        "SEX": rows.sex,
        "ARM": ibis.coalesce(rows.recorded_arm, source.arm_label(rows.arm)),
        "ARMCD": ibis.coalesce(rows.recorded_code, _code(plan, rows.arm)),
        "ACTARM": ibis.coalesce(rows.recorded_actual, source.arm_label(rows.actual_arm)),
        "ACTARMCD": ibis.coalesce(rows.recorded_actual_code, _code(plan, rows.actual_arm)),
        "TRT01P": source.arm_label(rows.arm),
        "TRT01PN": source.arm_number(rows.arm),
        "TRT01A": source.arm_label(rows.actual_arm),
        "TRT01AN": source.arm_number(rows.actual_arm),
        "TRTSDT": date_of(rows, rows.first_dose_day),
        "TRTEDT": date_of(rows, rows.last_dose_day),
        "RANDDT": rows.randomised_date,
        "DTHFL": _died(rows),
        "DTHDT": date_of(rows, rows.death_day),
        "LSTALVDT": date_of(rows, rows.last_alive_day),
    }
    labels: dict[str, str] = {}
    for name, (flag, told) in flags.items():
        condition, _ = parse_condition(plan.populations[name].where)
        if condition is not None:
            columns[flag] = condition.to_ibis(rows).fill_null(False).ifelse("Y", "N")
            labels[flag] = told
    for name, variable in factors.items():
        columns[variable] = rows[name]
        labels[variable] = short_label(plan.factors[name].label or name, name)
    columns["DCUTDT"] = date_of(rows, rows.cutoff_day)
    columns["NACTDT"] = date_of(rows, rows.therapy_day)
    table = rows.select(**columns).to_pyarrow().sort_by("USUBJID")
    plain = {"subject": "USUBJID", "age": "AGE", "sex": "SEX", **factors}
    about = {
        "arms": {name: place for place, name in enumerate(plan.arms, start=1)},
        "populations": {
            name: {"flag": flag, "label": plan.populations[name].label, "by": plan.populations[name].by}
            for name, (flag, _) in flags.items()
            if flag in columns
        },
        "columns": plain,
    }
    return table, labels, about


def _died(rows: Table) -> Any:
    """Y for a death with a date or without; else null, for a death not recorded is none that is known."""
    told = column(rows, "death_recorded", "boolean").fill_null(False)
    return ibis.ifelse(rows.death_day.notnull() | told, text("Y"), text(None))


def flag_names(populations: Mapping[str, Population]) -> dict[str, tuple[str, str]]:
    """Population id -> (flag, label).

    The first whose condition is just `randomised` is ITTFL. SAFFL is the one that is just `treated`: the
    first by the treatment received, else the first. Any other has its id, cut so that the name with FL has
    8 characters; a name that is taken ends in a number.
    """
    made: dict[str, tuple[str, str]] = {}
    ranked = sorted(populations, key=lambda name: populations[name].by != "actual")
    for condition, (flag, told) in _CUSTOMARY.items():
        known = ranked if condition == "treated" else populations
        such = [name for name in known if populations[name].where.strip().lower() == condition]
        made |= dict.fromkeys(such[:1], (flag, told + _ENDING))
    others = [name for name in populations if name not in made]
    stems = [flag.removesuffix("FL") for flag, _ in made.values()]
    stems += [_letters(name) for name in others]
    for name, stem in zip(others, unique_names(stems, WIDTH - len("FL"))[len(made) :], strict=True):
        made[name] = (f"{stem}FL", short_label(populations[name].label, name, _ENDING))
    return {name: made[name] for name in populations}


def factor_columns(plan: TrialProtocol) -> dict[str, str]:
    """Factor -> its column of ADSL."""
    return factor_names(plan, [*LABELS, *(flag for flag, _ in flag_names(plan.populations).values())])


def factor_names(plan: TrialProtocol, taken: list[str]) -> dict[str, str]:
    """Factor -> column: STRAT1, STRAT2 ... for those of the allocation, else the factor's id."""
    strata = [name for name in getattr(plan.allocation, "strata", ()) if name in plan.factors]
    made = {name: f"STRAT{place}" for place, name in enumerate(strata, start=1)}
    others = [name for name in plan.factors if name not in made]
    before = [*taken, *made.values()]
    names = unique_names([*before, *map(_letters, others)], WIDTH)[len(before) :]
    return made | dict(zip(others, names, strict=True))


def _letters(name: str) -> str:
    """An id as a SAS name: capitals and digits, a letter first."""
    kept = re.sub(r"[^A-Z0-9]", "", name.upper())
    return kept if kept[:1].isalpha() else f"X{kept}"


def _code(plan: TrialProtocol, arm: Any) -> Any:
    return arm.cases(*((name, shown.code or name) for name, shown in plan.arms.items()), else_=None)


def _with_records(rows: Table, result: Result) -> Table:
    """Adds what DM and DS say of a subject beyond the prepared input; null where they say nothing."""
    dm, ds = (result.records.tables.get(name) for name in ("dm", "ds"))
    wanted = {
        "recorded_subject": "subject_short",
        "recorded_site": "site",
        "recorded_arm": "arm",
        "recorded_code": "arm_code",
        "recorded_actual": "actual_arm",
        "recorded_actual_code": "actual_arm_code",
    }
    known = {k: v for k, v in wanted.items() if dm is not None and v in dm.columns}
    if dm is not None and known:
        said = {name: dm[column].cast("string").strip().nullif("").max() for name, column in known.items()}
        rows = beside(rows, dm.group_by("subject").aggregate(**said))
    rows = rows.mutate(**{name: text(None) for name in wanted if name not in known})
    plan = result.protocol.plan
    if not plan.randomised:
        return rows.mutate(randomised_date=ibis.null("date"))
    if plan.reference == "randomisation":
        return rows.mutate(randomised_date=rows.reference_date)
    return with_disposition(rows, ds, "randomised")
