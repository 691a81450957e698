"""ADLB: one row per laboratory value that an endpoint grades, with its grades in both directions.

A PARAMCD is a test with at most one term of low and one of high values under one window; where endpoints
grade a test in the same direction twice (two versions of CTCAE), the test has a second PARAMCD.
Source  ADaMIG 1.3, basic data structure; ATOXDSCL, ATOXGRL and the like for grades of both directions
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ibis

from trialist.endpoints.filled import laboratory_direction, rule_for
from trialist.endpoints.laboratory import graded_course
from trialist.endpoints.laboratory_computed import UNCORRECTED
from trialist.endpoints.rules import LaboratoryGradeRule
from trialist.endpoints.verbs import on_study
from trialist.formats.adam.parameters import PARAMCD_WIDTH, Source, date_of, parameters, text, unique_names
from trialist.records.columns import column
from trialist.records.computed import computed_once
from trialist.records.words import compared

if TYPE_CHECKING:
    import pyarrow as pa
    from ibis.expr.types import Table

    from trialist.formats.adam.parameters import Parameter
    from trialist.study import Result

_KEY = ("subject", "day", "sequence")
_DIRECTIONS = ("L", "H")


@dataclass
class Graded:
    """One PARAMCD: a test, and the endpoint that grades it in each direction (L, H)."""

    test: str
    window: int
    code: str = ""
    terms: dict[str, tuple[Parameter, LaboratoryGradeRule]] = field(default_factory=dict)


def graded_tests(result: Result) -> tuple[Graded, ...]:
    """The parameters of ADLB, in the order in which the protocol's endpoints ask for them."""
    found: list[Graded] = []
    for parameter in parameters(result):
        rule = rule_for(parameter.endpoint) if parameter.endpoint.derive == "laboratory_grade" else None
        if not isinstance(rule, LaboratoryGradeRule) or parameter.estimand is not None:
            continue
        direction, test = laboratory_direction(rule.term), rule.cuts[0].test
        free = (g for g in found if (g.test, g.window) == (test, rule.window) and direction not in g.terms)
        here = next(free, None)
        if here is None:
            here = Graded(test, rule.window)
            found.append(here)
        here.terms[direction] = (parameter, rule)
    for graded, code in zip(found, unique_names([g.test for g in found], PARAMCD_WIDTH), strict=True):
        graded.code = code
    return tuple(found)


def adlb(result: Result) -> tuple[pa.Table, list[dict[str, Any]]] | None:
    """The rows of ADLB, and which endpoint each grade of a PARAMCD answers; None where nothing is graded."""
    import pyarrow as pa

    if result.inputs.reconstructed or "lb" not in result.records.tables:
        return None
    tests = graded_tests(result)
    if not tests:
        return None
    source = Source(result)
    order = [("USUBJID", "ascending"), ("ADT", "ascending"), ("LBSEQ", "ascending")]
    parts = [_rows(source, result, graded).to_pyarrow().sort_by(order) for graded in tests]
    labels = {g.code: p["PARAM"][0].as_py() for g, p in zip(tests, parts, strict=True) if p.num_rows}
    told = [
        parameter.as_json()
        | {"paramcd": graded.code, "param": labels.get(graded.code, graded.test), "direction": direction}
        for graded in tests
        for direction, (parameter, _) in graded.terms.items()
    ]
    return pa.concat_tables(parts, promote_options="permissive"), told


def _rows(source: Source, result: Result, graded: Graded) -> Table:
    subjects, laboratory = source.subjects, source.inputs.tables["laboratory"]
    values = on_study(laboratory.filter(laboratory.test == graded.test), subjects)
    uncorrected = (values.made == UNCORRECTED).fill_null(False)
    values = values.filter(values["value"].notnull() | uncorrected)
    told = computed_once(_told(result, graded.test))
    rows = values.left_join(told, ["subject", "sequence"]).drop("subject_right", "sequence_right")
    for place, (direction, (_, rule)) in enumerate(graded.terms.items()):
        course = computed_once(graded_course(subjects=subjects, laboratory=laboratory, rule=rule))
        marks = ("early", "is_baseline", "on_treatment") if place == 0 else ()
        course = course.select(*_KEY, *marks, **{f"grade_{direction}": "grade"})
        rows = rows.left_join(course, list(_KEY)).drop(*(f"{name}_right" for name in _KEY))
    rows = computed_once(rows.filter(rows["value"].notnull() | rows.on_treatment.fill_null(False)))
    start = rows.filter(rows.is_baseline)
    start = start.select(
        "subject",
        base_value="value",
        base_comparator="comparator",
        base_unit="unit",
        base_lower="lower",
        base_upper="upper",
        **{f"start_grade_{direction}": f"grade_{direction}" for direction in graded.terms},
    )
    rows = rows.left_join(start, "subject").drop("subject_right")
    of = source.subjects.select("subject", "arm", "actual_arm", "reference_date", "first_dose_day")
    rows = rows.inner_join(of, "subject")
    parameter = next(iter(graded.terms.values()))[0]
    identity = source.identity(rows, parameter)
    same = ((rows.base_unit == rows.unit) | (rows.base_unit.isnull() & rows.unit.isnull())).fill_null(False)
    exact = same & rows.base_comparator.isnull()
    base = ibis.ifelse(exact, rows.base_value, ibis.null("float64"))
    changed = ~rows.early & rows.comparator.isnull()
    named = ibis.coalesce(rows.param.max().over(ibis.window()), graded.test)
    since = rows.day - rows.first_dose_day
    return rows.select(
        **(identity | {"PARAMCD": text(graded.code), "PARAM": named}),
        AVISIT=rows.visit,
        ADT=date_of(rows, rows.day),
        ADY=since + (since >= 0).cast("int64"),
        AVAL=rows["value"],
        AVALC=ibis.ifelse(rows.comparator.notnull(), rows.result, text(None)),
        AVALU=rows.unit,
        BASE=base,
        CHG=ibis.ifelse(changed, rows["value"] - base, ibis.null("float64")),
        ANRLO=rows.lower,
        ANRHI=rows.upper,
        ANRIND=_indicator(rows["value"], rows.comparator, rows.lower, rows.upper),
        BNRIND=_indicator(rows.base_value, rows.base_comparator, rows.base_lower, rows.base_upper),
        ABLFL=ibis.ifelse(rows.is_baseline, "Y", text(None)),
        ONTRTFL=ibis.ifelse(rows.on_treatment, "Y", text(None)),
        **_grades(rows, graded),
        DTYPE=rows.made,
        LBSEQ=rows.sequence,
    )


def _told(result: Result, test: str) -> Table:
    """What LB says of the values of a test beside the input: its name, the visit, the result as text."""
    lb = result.records.tables["lb"]
    lb = lb.filter(compared(lb.test_code) == test)
    name = column(lb, "test").strip().nullif("")
    said = ibis.coalesce(column(lb, "result"), column(lb, "original")).strip()
    named = lb.mutate(named=name, said=said, seen=column(lb, "visit").strip().nullif(""))
    named = named.mutate(param=ibis.coalesce(named.named.max().over(ibis.window()), test))
    return named.group_by("subject", "sequence").aggregate(
        param=named.param.max(), visit=named.seen.max(), result=named.said.max()
    )


def _grades(rows: Table, graded: Graded) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for direction in _DIRECTIONS:
        term = graded.terms.get(direction)
        shown = (f"ATOXDSC{direction}", f"ATOXGR{direction}", f"BTOXGR{direction}")
        if term is None:
            made |= {name: text(None) for name in shown}
            continue
        values = (rows[f"grade_{direction}"], rows[f"start_grade_{direction}"])
        made |= dict(zip(shown, (text(term[1].term), *(v.cast("string") for v in values)), strict=True))
    return made


def _indicator(value: Any, comparator: Any, lower: Any, upper: Any) -> Any:
    """LOW, NORMAL or HIGH by the limits of normal that are known; null where that is not known.

    A value known as below (above) a number is below (above) all that this number is; it is normal where only
    the upper (lower) limit is known and the number does not pass it.
    """
    exact = comparator.isnull() & value.notnull()
    less, more = comparator.isin(["<", "<="]), comparator.isin([">", ">="])
    below = ((exact | less) & (value < lower)) | ((comparator == "<") & (value == lower))
    above = ((exact | more) & (value > upper)) | ((comparator == ">") & (value == upper))
    normal = exact & (lower.notnull() | upper.notnull())
    normal = normal | (less & lower.isnull() & (value <= upper)) | (more & upper.isnull() & (value >= lower))
    return ibis.cases(
        (below.fill_null(False), "LOW"),
        (above.fill_null(False), "HIGH"),
        (normal.fill_null(False), "NORMAL"),
        else_=None,
    )
