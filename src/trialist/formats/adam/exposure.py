"""ADEX: what each subject was given of a treatment, dose by dose and over the whole course."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.exposure import COUNTED, doses_beside_plan, with_categories
from trialist.endpoints.exposure_rules import dose_intensity_rule
from trialist.formats.adam.parameters import date_of, text, unique_names
from trialist.protocol.exposure_endpoints import DoseIntensity

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.formats.adam.parameters import Parameter, Source
    from trialist.protocol.model import TrialProtocol

_WIDTH = 5
# column of the endpoint -> ending of its PARAMCD, label, unit (None: that of the doses)
COURSE: Mapping[str, tuple[str, str, str | None]] = MappingProxyType(
    {
        "doses": ("CYC", "Cycles given", ""),
        "duration_weeks": ("DUR", "Duration", "WEEKS"),
        "cumulative_dose": ("CUM", "Cumulative dose", None),
        "intensity": ("INT", "Dose intensity per week", None),
        "relative_dose_intensity": ("RDI", "Relative dose intensity", "%"),
        "relative_dose": ("REL", "Relative dose", "%"),
        "delays": ("DEL", "Delays", ""),
        "reductions": ("RED", "Dose reductions", ""),
        "omitted": ("OMI", "Cycles omitted", ""),
    }
)
_DOSE = "DOS"


def codes(plan: TrialProtocol, endpoint: str) -> dict[str, str]:
    """PARAMCD of each column of an endpoint, and of its doses (`dose`); no code is given twice."""
    named = {n: e for n, e in plan.endpoints.items() if isinstance(e, DoseIntensity)}
    wanted = [(e.paramcd or name).upper().replace("_", "") for name, e in named.items()]
    begin = dict(zip(named, unique_names(wanted, _WIDTH), strict=True))[endpoint]
    return {column: begin + ending for column, (ending, _, _) in COURSE.items()} | {"dose": begin + _DOSE}


def adex(source: Source, parameter: Parameter) -> Table:
    """ADEX rows of one treatment: a row per subject and quantity of the course, and a row per dose.

    PARCAT1 is COURSE or DOSE; AVALCAT1 says what is counted of a course; a dose has its planned dose, its
    dates, and flags of delay, reduction and omission.
    """
    code = codes(source.plan, parameter.name)
    rows = with_categories(source.joined(parameter))
    rows = rows.filter(rows.treatment.notnull())
    parts = [_course(source, parameter, rows, column, code[column]) for column in COURSE]
    return ibis.union(*parts, _doses(source, parameter, code["dose"]), distinct=False)


def _course(source: Source, parameter: Parameter, rows: Table, column: str, code: str) -> Table:
    _, label, unit = COURSE[column]
    told = column in (*COUNTED, "relative_dose_intensity")
    return rows.select(
        **_identity(source, parameter, rows, code, label),
        PARCAT1=text("COURSE"),
        AVAL=rows[column].cast("float64"),
        AVALU=rows.unit if unit is None else text(unit or None),
        AVALCAT1=rows[f"{column}_category"] if told else text(None),
        AVISIT=text(None),
        ASTDT=date_of(rows, rows.first_day),
        AENDT=date_of(rows, rows.last_day),
        PLDOSE=rows.planned_dose,
        **{flag: text(None) for flag in ("DLYFL", "REDFL", "OMITFL")},
        SRCSEQ=ibis.null("int64"),
    )


def _doses(source: Source, parameter: Parameter, code: str) -> Table:
    endpoint = parameter.endpoint
    assert isinstance(endpoint, DoseIntensity)
    subjects = source.inputs.tables["subjects"]
    doses = doses_beside_plan(
        subjects=subjects, doses=source.inputs.tables["doses"], rule=dose_intensity_rule(endpoint)
    )
    rows = source.beside_subjects(doses)
    flags = {"DLYFL": rows.delayed, "REDFL": rows.reduced, "OMITFL": rows.omitted}
    return rows.select(
        **_identity(source, parameter, rows, code, "Dose"),
        PARCAT1=text("DOSE"),
        AVAL=rows.amount,
        AVALU=rows.unit,
        AVALCAT1=text(None),
        AVISIT=rows.visit,
        ASTDT=date_of(rows, rows.day),
        AENDT=date_of(rows, rows.last_day),
        PLDOSE=rows.expected,
        **{flag: ibis.ifelse(held, "Y", None).cast("string") for flag, held in flags.items()},
        SRCSEQ=rows.sequence,
    )


def _identity(source: Source, parameter: Parameter, rows: Table, code: str, label: str) -> dict[str, Any]:
    made = source.identity(rows, parameter)
    return {**made, "PARAMCD": text(code), "PARAM": text(f"{parameter.label}: {label}")}
