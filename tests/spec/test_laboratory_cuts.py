"""The rows of the laboratory table: what each can say, and the terms that they grade."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import ibis
import pytest
from ibis.expr.types import Table

from trialist.endpoints.criteria import stated
from trialist.endpoints.filled import laboratory_cuts, laboratory_terms, rule_for
from trialist.endpoints.laboratory import graded_values
from trialist.endpoints.laboratory_computed import canonical, spellings, spelt_plainly
from trialist.endpoints.rules import LaboratoryCut, LaboratoryGradeRule
from trialist.protocol.endpoints import LaboratoryGrade
from trialist.protocol.laboratory_terms import TERMS


@pytest.mark.parametrize(
    ("condition", "basis", "graded"),
    [
        ("BASE_LOW", "BASE", {"low": 1, "normal": 0, "none": 0, "unlimited": 0}),
        ("BASE_NOT_LOW", "ULN", {"low": 0, "normal": 1, "none": 1, "unlimited": None}),
        ("ANY", "MAX(BASE,ULN)", {"low": 1, "normal": 0, "none": None, "unlimited": None}),
    ],
)
def test_conditions_that_only_other_tables_use(
    duckdb_tables: Callable[..., Table], condition: str, basis: str, graded: dict[str, int | None]
) -> None:
    rule = rule_for(LaboratoryGrade(derive="laboratory_grade", version="5.0", term="Anemia"))
    assert isinstance(rule, LaboratoryGradeRule)
    cut = LaboratoryCut("HGB", 1, "g/L", condition, ">", basis, 1.0, "", "", None)
    rule = dataclasses.replace(rule, cuts=(cut,))
    head = {"unit": "g/L", "test": "HGB", "comparator": None, "sequence": 1}
    values = [
        ("low", -1, 90.0, 100.0, 110.0),
        ("low", 9, 115.0, 100.0, 110.0),
        ("normal", -1, 120.0, 100.0, 110.0),
        ("normal", 9, 115.0, 100.0, 110.0),
        ("none", 9, 115.0, 100.0, 110.0),
        ("unlimited", -1, 90.0, None, None),
        ("unlimited", 9, 115.0, None, None),
    ]
    names = ("subject", "day", "value", "lower", "upper")
    rows = ibis.memtable([{**head, **dict(zip(names, line, strict=True))} for line in values])
    nothing = {
        name: ibis.null("string") for name in ("comparator", "made", "reported_unit", "reported_comparator")
    }
    numbers = dict.fromkeys(("reported_value", "reported_lower", "reported_upper"), ibis.null("float64"))
    rows = rows.mutate(**nothing, **numbers, early=rows.day <= 0)
    found = graded_values(rows, rule).filter(lambda t: t.day > 0).to_pyarrow().to_pylist()
    assert {row["subject"]: row["grade"] for row in found} == graded


def test_the_terms_of_the_protocol_are_those_of_the_table() -> None:
    told = {(version, term) for term, entry in TERMS.items() for version in entry.versions}
    assert told == set(laboratory_terms())
    for version, term in laboratory_terms():
        assert {cut.test for cut in laboratory_cuts(version, term)} == {TERMS[term].test}


def test_every_row_of_the_table_can_be_read() -> None:
    sides = {"", "ABS", "ULN", "LLN", "BASE", "ULN+", "BASE+", "MAX(BASE,ULN)"}
    for version, term in laboratory_terms():
        for cut in laboratory_cuts(version, term):
            assert cut.grade in {1, 2, 3, 4} or (cut.grade is None and cut.test == "CREATCLR")
            assert cut.condition in {"ANY", "BASE_NORMAL", "BASE_ABNORMAL", "BASE_LOW", "BASE_NOT_LOW"}
            assert (cut.lower_op in {">", ">="}) == (cut.lower is not None) == (cut.lower_basis != "")
            assert (cut.upper_op in {"<", "<="}) == (cut.upper is not None) == (cut.upper_basis != "")
            assert cut.lower is not None or cut.upper is not None
            assert {cut.lower_basis, cut.upper_basis} <= sides
            absolute = {cut.lower_basis, cut.upper_basis} & {"ABS", "ULN+", "BASE+"}
            assert not absolute or cut.unit is not None, "a number in no unit"


def test_a_term_without_cuts_is_refused_and_not_graded_0() -> None:
    with pytest.raises(KeyError, match=r"CTCAE 5\.0 does not grade 'Anaemia'"):
        rule_for(LaboratoryGrade(derive="laboratory_grade", version="5.0", term="Anaemia"))


def test_a_unit_is_one_of_some_exactly_where_it_is_printed_as_one_of_them() -> None:
    """The short question (`spellings`) and the long one (`canonical`) answer alike for every spelling."""
    names = stated("ctcae", "unit_names")
    said = [*(each for of in names.values() for each in of), "", "G / L", "µkat/l", "fl"]
    column = ibis.memtable({"unit": [*said, *(word.upper() for word in said)]}).unit
    plain, printed = spelt_plainly(column), canonical(column, names)
    for units in ({"10^9/L", "/mm3"}, {"g/dL", "g/L", "mmol/L"}, {"1"}, {"fl", "g/L"}):
        short, long = plain.isin(spellings(units, names)), printed.isin(sorted(units))
        assert (short == long).all().to_pyarrow().as_py(), units
