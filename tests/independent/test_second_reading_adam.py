"""Generated records through a whole study into ADaM, and through the plain reading: all must agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
import reading_adam
import reading_laboratory
from generated_trial import CUT_OFF, Patient, patients, study
from reading_performance import cells

from trialist.formats.adam import adam_tables

Row = dict[str, Any]


@cache
def tables() -> dict[str, list[Row]]:
    return {name: table.to_pylist() for name, table in adam_tables(study()).items()}


def agree(found: list[Row], expected: list[Row], keys: tuple[str, ...]) -> None:
    """The same rows, each with the same value in every column that was read a second time."""

    def by_key(rows: list[Row]) -> dict[tuple[Any, ...], Row]:
        keyed = {tuple(row[name] for name in keys): row for row in rows}
        assert len(keyed) == len(rows)
        return keyed

    here, there = by_key(found), by_key(expected)
    assert here.keys() == there.keys()
    for key, wanted in there.items():
        for name, value in wanted.items():
            if isinstance(value, float | Fraction):
                assert here[key][name] == pytest.approx(float(value), rel=1e-9, abs=1e-9), (key, name, wanted)
            else:
                assert here[key][name] == value, (key, name, here[key][name], wanted)


def read(reading: Callable[[Patient], list[Row]]) -> list[Row]:
    return [row for patient in patients() for row in reading(patient)]


def test_adsl() -> None:
    expected = read(lambda p: [reading_adam.subject_level(p, CUT_OFF)])
    agree(tables()["adsl"], expected, ("USUBJID",))


def test_adae() -> None:
    expected = read(lambda p: reading_adam.events(p, CUT_OFF))
    agree(tables()["adae"], expected, ("USUBJID", "AESEQ"))


def test_adlb() -> None:
    agree(
        tables()["adlb"], read(lambda p: reading_adam.laboratory(p, CUT_OFF)), ("USUBJID", "PARAMCD", "LBSEQ")
    )


def test_adtr() -> None:
    expected = read(lambda p: reading_adam.lesions(p, CUT_OFF))
    agree(tables()["adtr"], expected, ("USUBJID", "PARAMCD", "ADT"))


def test_adtte() -> None:
    found = [row | {"EVENT": row["CNSR"] == 0} for row in tables()["adtte"]]
    agree(found, read(lambda p: [reading_adam.survival_time(p, CUT_OFF)]), ("USUBJID", "PARAMCD"))
    assert 50 < sum(row["EVENT"] for row in found) < len(found) - 50


def test_adrs() -> None:
    expected = read(lambda p: [reading_adam.best_response(p, CUT_OFF)])
    agree(tables()["adrs"], expected, ("USUBJID", "PARAMCD"))
    assert {row["AVALC"] for row in expected} >= {"CR", "PR", "SD", "PD", "NE", "MISSING"}


def test_the_shift_of_a_laboratory_grade() -> None:
    """Of those treated, by the treatment received: grade before, and the worst one on treatment."""
    told = {}
    for finding in study().findings:
        options = dict(finding.method.options)
        told[finding.groups[0], options["baseline"], options["worst"]] = (finding.estimate, finding.n)
    grades = []
    for patient in patients():
        arm = {"A": "a", "B": "b"}[reading_adam.treated_as(patient)]
        last_day = reading_adam.day_of(patient, CUT_OFF)
        first, last = reading_adam.doses(patient)
        if first is not None and first <= last_day:
            values = [
                {**v, "sequence": n} for n, v in enumerate(patient["laboratory"], 1) if v["test"] == "HGB"
            ]
            before, worst, _ = reading_laboratory.worst("Anemia", "5.0", values, first, last, last_day, 30)
            if not reading_laboratory.after_baseline(values, first, last, last_day, 30):
                worst = NO_VALUE
            grades.append((arm, (before, worst, None, "")))
    sizes = Counter(arm for arm, _ in grades)
    expected = cells(grades, ("a", "b"))
    assert told == {(a, word(b), word(w)): (n, sizes[a]) for (a, b, w), n in expected.items()}
    assert len(expected) > 20


NO_VALUE: Any = "no value"  # in a column of its own: nobody measured after baseline


def word(grade: int | None) -> str:
    return "missing" if grade is None else str(grade)


def test_every_flag_and_every_gap_occurs() -> None:
    for name, flags in (
        ("adsl", ["SAFFL", "OLDFL"]),
        ("adae", ["TRTEMFL", "AOCCFL", "AOCCSFL", "AOCCPFL", "AESDTH"]),
        ("adlb", ["ABLFL", "ONTRTFL", "ANRIND", "CHG", "ATOXGRL", "ATOXGRH"]),
        ("adtr", ["ABLFL", "ANL01FL", "CRFL", "PDFL", "CHG", "NADIR"]),
    ):
        for flag in flags:
            assert len({row[flag] for row in tables()[name]}) >= 2, flag
    assert {row["ANRIND"] for row in tables()["adlb"]} == {None, "LOW", "NORMAL", "HIGH"}
    assert sum(row["ASTDT"] is None and row["TRTEMFL"] == "Y" for row in tables()["adae"]) > 20
