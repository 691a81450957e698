"""Results of a study as ADaM-shaped tables: ADSL, ADTTE, ADRS, ADCHG.

CDISC names and labels (ADaMIG 1.3, ADaM BDS for time-to-event analyses). CNSR is 0 for an event and a
positive integer for a censoring; its reason is in CNSDTDSC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from trialist.protocol.endpoints import SHAPES
from trialist.protocol.predicate import parse_condition

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

    from trialist.study import Result

RESPONSE_ORDER = ("CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE", "MISSING")

LABELS = {
    "STUDYID": "Study Identifier",
    "USUBJID": "Unique Subject Identifier",
    "AGE": "Age",
    "SEX": "Sex",
    "TRT01P": "Planned Treatment for Period 01",
    "TRT01A": "Actual Treatment for Period 01",
    "RANDDT": "Date of Randomization or Study Start",
    "DTHDY": "Relative Day of Death",
    "LSTALVDY": "Relative Day Last Known Alive",
    "TRTP": "Planned Treatment",
    "PARAM": "Parameter",
    "PARAMCD": "Parameter Code",
    "AVAL": "Analysis Value",
    "AVALC": "Analysis Value (C)",
    "AVALU": "Analysis Value Unit",
    "STARTDT": "Time-to-Event Origin Date",
    "ADT": "Analysis Date",
    "ADY": "Analysis Relative Day",
    "CNSR": "Censor",
    "EVNTDESC": "Event or Censoring Description",
    "CNSDTDSC": "Censor Date Description",
    "BASE": "Baseline Value",
    "CHG": "Change from Baseline",
    "PCHG": "Percent Change from Baseline",
    "ANL01FL": "Analysis Flag 01",
    "AREASON": "Reason for the Analysis Value",
}


class _Parameter(NamedTuple):
    trial: str
    code: str
    label: str


def adam_tables(result: Result) -> dict[str, pa.Table]:
    """ADaM-shaped Arrow tables by name; linked pairs of measurements have no ADaM shape and are left out."""
    subjects = result.inputs.tables["subjects"]
    builders = {"TimeToEvent": ("adtte", _adtte), "Category": ("adrs", _adrs), "Response": ("adrs", _adrs_yn)}
    builders["Measurement"] = ("adchg", _adchg)
    parts: dict[str, list[Any]] = {}
    plan, named = result.protocol.plan, _parameters(result)
    for name, table in result.endpoints.items():
        built = builders.get(SHAPES[plan.endpoints[name].derive])
        if built is not None:
            dataset, build = built
            parts.setdefault(dataset, []).append(build(table, subjects, named[name, None]))
    for estimand, (table, _) in result.estimands.items():
        name = plan.estimands[estimand].endpoint
        dataset, build = builders[SHAPES[plan.endpoints[name].derive]]
        parts.setdefault(dataset, []).append(build(table, subjects, named[name, estimand]))
    tables = {"adsl": _arrow(_adsl(subjects, result), "USUBJID")}
    for dataset, expressions in parts.items():
        tables[dataset] = _stacked([_arrow(e, "USUBJID") for e in expressions])
    return tables


def _adsl(subjects: Table, result: Result) -> Table:
    plan = result.protocol.plan
    columns: dict[str, Any] = {
        "STUDYID": _text(plan.trial),
        "USUBJID": subjects.subject,
        "AGE": subjects.age,
        "SEX": subjects.sex,
        "TRT01P": subjects.arm,
        "TRT01A": subjects.actual_arm,
        "RANDDT": subjects.reference_date,
        "DTHDY": _study_day(subjects.death_day),
        "LSTALVDY": _study_day(subjects.last_alive_day),
    }
    factors = [factor for factor in plan.factors if factor in subjects.columns]
    for factor, column in zip(
        factors, unique_names([*columns, *map(str.upper, factors)], 8)[len(columns) :], strict=True
    ):
        columns[column] = subjects[factor]
    flags = unique_names([name.upper().replace("_", "") for name in plan.populations], 6)
    for flag, population in zip(flags, plan.populations.values(), strict=True):
        condition, _ = parse_condition(population.where)
        if condition is not None:
            columns[f"{flag}FL"] = condition.to_ibis(subjects).fill_null(False).ifelse("Y", "N")
    return subjects.select(**columns)


def _parameters(result: Result) -> dict[tuple[str, str | None], _Parameter]:
    """PARAMCD and PARAM of every endpoint and of its reading by an estimand; no code twice."""
    plan = result.protocol.plan
    wanted: list[tuple[tuple[str, str | None], str, str]] = []
    for name, endpoint in plan.endpoints.items():
        code = endpoint.paramcd or name.upper().replace("_", "")
        wanted.append(((name, None), code, endpoint.label or name))
    for estimand in result.estimands:
        name = plan.estimands[estimand].endpoint
        _, code, label = next(item for item in wanted if item[0] == (name, None))
        told = plan.estimands[estimand].label or estimand
        wanted.append(((name, estimand), code, f"{label} (estimand: {told})"))
    codes = unique_names([code for _, code, _ in wanted], 8)
    return {
        key: _Parameter(plan.trial, code, label) for (key, _, label), code in zip(wanted, codes, strict=True)
    }


def unique_names(names: Sequence[str], width: int) -> list[str]:
    """Each name cut to `width` characters; one that is taken already ends in a number instead."""
    taken: list[str] = []
    for name in names:
        cut, number = name[:width], 2
        while cut in taken:
            cut = f"{name[: width - 2]}{number:02d}"
            number += 1
        taken.append(cut)
    return taken


def _joined(table: Table, subjects: Table) -> Table:
    return table.join(subjects.select("subject", "arm", "reference_date"), "subject")


def _identity(joined: Table, parameter: _Parameter) -> dict[str, Any]:
    return {
        "STUDYID": _text(parameter.trial),
        "USUBJID": joined.subject,
        "TRTP": joined.arm,
        "PARAMCD": _text(parameter.code),
        "PARAM": _text(parameter.label),
    }


def _adtte(table: Table, subjects: Table, parameter: _Parameter) -> Table:
    joined = _joined(table, subjects)
    return joined.select(
        **_identity(joined, parameter),
        AVAL=joined.time_days,
        AVALU=_text("DAYS"),
        STARTDT=joined.reference_date,
        ADT=_date(joined),
        CNSR=joined.event.ifelse(0, 1).cast("int64"),
        EVNTDESC=joined.event.ifelse(joined.reason, None),
        CNSDTDSC=joined.event.ifelse(None, joined.reason),
    )


def _adrs(table: Table, subjects: Table, parameter: _Parameter) -> Table:
    import ibis

    joined = _joined(table, subjects)
    code = ibis.cases(*((joined.value == v, i) for i, v in enumerate(RESPONSE_ORDER, start=1)), else_=None)
    return joined.select(
        **_identity(joined, parameter),
        AVALC=joined.value,
        AVAL=code.cast("float64"),
        ADT=_date(joined),
        AREASON=joined.reason,
    )


def _adrs_yn(table: Table, subjects: Table, parameter: _Parameter) -> Table:
    import ibis

    joined = _joined(table, subjects)
    return joined.select(
        **_identity(joined, parameter),
        AVALC=ibis.cases((joined.responder, "Y"), (~joined.responder, "N"), else_="NE"),
        AVAL=joined.responder.cast("float64"),
        ADT=_date(joined),
        AREASON=joined.reason,
    )


def _adchg(table: Table, subjects: Table, parameter: _Parameter) -> Table:
    joined = _joined(table, subjects)
    return joined.select(
        **_identity(joined, parameter),
        BASE=joined.baseline.cast("float64"),
        AVAL=joined.value.cast("float64"),
        CHG=joined.change.cast("float64"),
        PCHG=joined.percent_change.cast("float64"),
        ADT=_date(joined),
        ANL01FL=joined.evaluable.ifelse("Y", "N"),
        AREASON=joined.reason,
    )


def _text(value: str) -> Any:
    import ibis

    return ibis.literal(value)


def _date(joined: Table) -> Any:
    """Date of `day`: the reference date plus that many days; null where there is no date to count from."""
    return joined.reference_date + joined.day.cast("int64").as_interval("D")


def _study_day(day: Any) -> Any:
    """CDISC study day: there is no day 0."""
    return (day >= 0).ifelse(day + 1, day)


def _arrow(expression: Table, *order: str) -> pa.Table:
    table = expression.to_pyarrow()
    return table.sort_by([(name, "ascending") for name in order])


def _stacked(tables: list[pa.Table]) -> pa.Table:
    import pyarrow as pa

    return pa.concat_tables(tables, promote_options="permissive")


def labelled(table: pa.Table, labels: Mapping[str, str] = LABELS) -> pa.Table:
    """The table with each column's CDISC label in its metadata."""
    import pyarrow as pa

    fields = [
        field.with_metadata({"label": labels[field.name]}) if field.name in labels else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))
