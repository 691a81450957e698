"""What the reader must know of results at visits: units that were not read or differ, words of no status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trialist.endpoints.evaluability import read_results
from trialist.endpoints.marker_rules import (
    LinkedMeasurementsRule,
    MarkerStatusRule,
    PairedChangeRule,
    RepeatedMeasurementRule,
)
from trialist.endpoints.marker_status import status_of
from trialist.endpoints.measurements import in_stated_unit
from trialist.endpoints.rules import CellCountRule
from trialist.endpoints.verbs import on_study
from trialist.problems import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import Table


def unread_results(name: str, tables: Mapping[str, Table], rule: Any, place: Place) -> tuple[Problem, ...]:
    """What an endpoint of results at visits can't read.

    Problems  W317 results that stand for no status, W318 values in a unit that is neither the stated one nor
              convertible, W319 values in several units where none is stated
    """
    if isinstance(rule, MarkerStatusRule):
        return _no_status(name, tables["measurements"], rule, place)
    if isinstance(rule, PairedChangeRule | RepeatedMeasurementRule):
        visits = [rule.baseline, *((rule.at,) if isinstance(rule.at, str) else rule.at)]
        reading = rule if isinstance(rule, PairedChangeRule) else rule.at_visit(rule.at[0])
        results = read_results(
            tables["measurements"], tables["subjects"], rule.measurement, reading, rule.unit, rule.convert
        )
        if rule.unit is not None:
            return _no_unit(name, results.filter(results.visit.isin(visits)), rule, place)
        return _several_units(name, results.filter(results.visit.isin(visits)), rule.measurement, place)
    if isinstance(rule, CellCountRule):
        rows = on_study(tables["measurements"], tables["subjects"])
        rows = rows.filter((rows.test == rule.measurement) & rows.visit.isin([rule.baseline, rule.at]))
        rows = rows.mutate(
            has_number=rows.value.notnull() & ~rows.failed.fill_null(False),
            unit_known=in_stated_unit(rows, rule).fill_null(False),
            said=rows.unit,
        )
        return _no_unit(name, rows, rule, place)
    if isinstance(rule, LinkedMeasurementsRule):
        found: tuple[Problem, ...] = ()
        for test in dict.fromkeys((rule.first, rule.second)):
            results = read_results(tables["measurements"], tables["subjects"], test, rule)
            found += _several_units(name, results.filter(results.visit == rule.at), test, place)
        return found
    return ()


def _no_status(name: str, rows: Table, rule: MarkerStatusRule, place: Place) -> tuple[Problem, ...]:
    visits = [visit for visit in (rule.baseline, rule.at) if visit]
    rows = rows.filter((rows.test == rule.measurement) & rows.visit.isin(visits))
    said = rows.result.strip().nullif("")
    rows = rows.filter(said.notnull() & status_of(said, rule).isnull())
    told = _one(rows.aggregate(n=rows.count(), example=rows.result.max()))
    if not told["n"]:
        return ()
    return (
        Problem(
            "W317",
            f"endpoint '{name}': {told['n']} results of {rule.measurement} stand for no status, for example "
            f"'{told['example']}'; they were read as missing",
            "name them in the endpoint under positive, negative or undetermined",
            place,
        ),
    )


def _no_unit(
    name: str,
    results: Table,
    rule: PairedChangeRule | RepeatedMeasurementRule | CellCountRule,
    place: Place,
) -> tuple[Problem, ...]:
    rows = results.filter(results.has_number & ~results.unit_known)
    told = _one(rows.aggregate(n=rows.count(), example=rows.said.max()))
    if not told["n"]:
        return ()
    unit = f"in a unit other than {rule.unit} ('{told['example']}')" if told["example"] else "without a unit"
    return (
        Problem(
            "W318",
            f"endpoint '{name}': {told['n']} values of {rule.measurement} are {unit}; they were not used",
            "correct the unit in the records, or state the factor in the endpoint under 'convert:', where it "
            "takes one",
            place,
        ),
    )


def _several_units(name: str, results: Table, test: str, place: Place) -> tuple[Problem, ...]:
    rows = results.filter(results.has_number)
    told = _one(rows.aggregate(low=rows.said.min(), high=rows.said.max()))
    if told["low"] == told["high"]:
        return ()
    low, high = (f"'{unit}'" if unit else "no unit" for unit in (told["low"], told["high"]))
    return (
        Problem(
            "W319",
            f"endpoint '{name}': values of {test} are in several units ({low} and {high}), and the endpoint "
            "states none; subjects are put together although their numbers mean different things",
            "give all values in one unit, or state 'unit:' (and 'convert:') where the endpoint takes it",
            place,
        ),
    )


def _one(told: Table) -> dict[str, Any]:
    row: dict[str, Any] = told.to_pyarrow().to_pylist()[0]
    return row
