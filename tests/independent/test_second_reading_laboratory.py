"""Generated laboratory values through the package and through the plain second reading: all must agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import reading_laboratory
from pydantic import TypeAdapter
from sizes import PATIENTS

from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.endpoints.laboratory import laboratory_grade
from trialist.engines.duckdb import connect
from trialist.protocol.endpoints import Endpoint

N = PATIENTS
WINDOW = 30
ENTRY: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)
KINDS = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "boolean": pa.bool_()}

# term -> test, limits of normal, the unit mostly used, others, and values on, near and far from every cut
TERMS: dict[str, tuple[str, float, float, str, list[str], list[float]]] = {
    "Anemia": (
        *("HGB", 13.0, 17.0, "g/dL", ["g/L", "mmol/L", "%"]),
        [4.9, 4.93, 6.2, 7.9, 8.0, 8.2, 9.9, 10.0, 11.0, 12.9, 13.0, 14.0, 80.0, 100.0],
    ),
    "Neutrophil count decreased": (
        *("NEUT", 2.0, 7.0, "10^9/L", ["/mm3", "%"]),
        [0.0, 0.1, 0.49, 0.5, 0.9, 1.0, 1.2, 1.4999999999, 1.5, 1.9, 2.0, 3.0, 500.0, 900.0, 1500.0],
    ),
    "Hyperkalemia": (
        *("K", 3.5, 5.0, "mmol/L", ["mEq/L", "mg/dL"]),
        [3.0, 4.0, 5.0, 5.1, 5.5, 5.6, 6.0, 6.1, 7.0, 7.1],
    ),
    "Creatinine increased": (
        *("CREAT", 60.0, 100.0, "umol/L", ["mg/dL"]),
        [50, 70.0, 75.0, 100.0, 101.0, 105.0, 150.0, 151.0, 210.0, 225.0, 300.0, 310.0, 600.0, 601.0],
    ),
    "Alanine aminotransferase increased": (
        *("ALT", 5.0, 40.0, "U/L", ["ukat/L"]),
        [
            20.0,
            40.0,
            41.0,
            60.0,
            61.5,
            80.0,
            90.0,
            120.0,
            121.0,
            135.0,
            200.0,
            201.0,
            270.0,
            450.0,
            800.0,
            1801.0,
        ],
    ),
}
Patient = dict[str, Any]


def generated(term: str) -> list[Patient]:
    """The same patients in every run; every kind of gap occurs in some of them."""
    draw = np.random.default_rng(sum(map(ord, term)))
    _, lower, upper, unit, others, levels = TERMS[term]

    def one(options: list[Any], chances: list[float]) -> Any:
        return options[int(draw.choice(len(options), p=chances))]

    patients = []
    for _ in range(N):
        values = []
        for sequence in range(int(draw.integers(0, 7))):
            common = one([True, False], [0.9, 0.1])
            values.append(
                {
                    "sequence": sequence,
                    "day": int(draw.choice([-14, -1, 0, 1, 8, 22, 43, 90, 130, 131])),
                    "value": one([float(draw.choice(levels)), None], [0.95, 0.05]),
                    "mark": one([None, "<", ">"], [0.86, 0.07, 0.07]),
                    "unit": unit if common else str(draw.choice(others)),
                    "lower": one([lower, None], [0.85, 0.15]),
                    "upper": one([upper, None], [0.85, 0.15]),
                }
            )
        patients.append(
            {
                "values": values,
                "first": one([0, 1, 9, None], [0.4, 0.4, 0.1, 0.1]),
                "last": one([100, 60, None], [0.5, 0.3, 0.2]),
                "cutoff": one([None, 100], [0.8, 0.2]),
            }
        )
    return patients


def graded(term: str, version: str, patients: list[Patient], **options: Any) -> list[tuple[Any, ...]]:
    subjects, rows = [], []
    for number, patient in enumerate(patients):
        name = f"{number:06d}"
        subjects.append(
            {
                "subject": name,
                "first_dose_day": patient["first"],
                "last_dose_day": patient["last"],
                "cutoff_day": patient["cutoff"],
            }
        )
        for value in patient["values"]:
            rows.append({"subject": name, "test": TERMS[term][0], "comparator": value["mark"], **value})
    connection = connect()
    tables = {}
    for name, made in (("subjects", subjects), ("laboratory", rows)):
        fields = [(c, KINDS[k]) for c, k in INPUT_COLUMNS[name].items() if k in KINDS]
        connection.con.register(name, pa.Table.from_pylist(made, pa.schema(fields)))
        tables[name] = connection.table(name)
    words = {
        "derive": "laboratory_grade",
        "version": version,
        "term": term,
        "window": f"{WINDOW} d",
    } | options
    found = laboratory_grade(**tables, rule=rule_for(ENTRY.validate_python(words))).to_pyarrow().to_pylist()
    connection.disconnect()
    found.sort(key=lambda row: row["subject"])
    assert len(found) == len(patients)
    return [(row["baseline"], row["worst"], row["day"]) for row in found]


@pytest.mark.parametrize("version", ["4.03", "5.0", "6.0"])
@pytest.mark.parametrize("term", TERMS)
def test_laboratory_grades(term: str, version: str) -> None:
    patients = generated(term)
    expected = [
        reading_laboratory.worst(term, version, p["values"], p["first"], p["last"], p["cutoff"], WINDOW)
        for p in patients
    ]
    assert graded(term, version, patients) == expected
    seen = {worst for _, worst, _ in expected}
    assert seen >= {None, 0, 1, 2, 3}
    assert 50 < sum(worst is None for _, worst, _ in expected) < 0.6 * N


@pytest.mark.parametrize(
    ("term", "version", "words", "said"),
    [
        ("Neutrophil count decreased", "4.03", {"require_outside_normal_range": True}, "outside"),
        ("Alanine aminotransferase increased", "5.0", {"abnormal_baseline": "ungraded"}, "ungraded"),
        ("Creatinine increased", "4.03", {"creatinine_above_limit": True}, "above limit"),
    ],
)
def test_laboratory_grades_by_the_options(term: str, version: str, words: Any, said: str) -> None:
    patients = generated(term)[:250]
    readings = [
        [
            reading_laboratory.worst(
                term, version, p["values"], p["first"], p["last"], p["cutoff"], WINDOW, options
            )
            for p in patients
        ]
        for options in (frozenset({said}), frozenset())
    ]
    assert graded(term, version, patients, **words) == readings[0]
    changed = sum(a != b for a, b in zip(*readings, strict=True))
    assert changed > 0
