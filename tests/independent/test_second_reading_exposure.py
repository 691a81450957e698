"""Generated courses of doses through the package and through the plain second reading: all must agree."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import reading_exposure
from pydantic import TypeAdapter
from sizes import PATIENTS

from trialist.endpoints.body_surface import FORMULAS, body_surface
from trialist.endpoints.exposure import dose_intensity
from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.engines.duckdb import connect
from trialist.protocol.endpoints import Endpoint

N = PATIENTS
ENTRY: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)
KINDS = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "boolean": pa.bool_()}
Patient = dict[str, Any]


def generated() -> list[Patient]:
    """The same courses in every run: late, early, reduced, omitted and unknown doses, changing weights."""
    draw = np.random.default_rng(20260)

    def one(options: list[Any], chances: list[float]) -> Any:
        return options[int(draw.choice(len(options), p=chances))]

    patients = []
    for _ in range(N):
        planned, interval = one([25.0, 20.0, 75.0], [0.5, 0.3, 0.2]), one([21, 28, 7], [0.6, 0.2, 0.2])
        height = one([float(draw.integers(150, 200)), None], [0.96, 0.04])
        weight = one([float(draw.integers(45, 120)), None], [0.97, 0.03])
        doses, day = [], one([0, 1, -1], [0.8, 0.1, 0.1])
        level, first = 1.0, weight
        for _ in range(int(draw.integers(0, 9))):
            level = one([level, 1.0, level * 0.8, 0.95, 0.9], [0.7, 0.1, 0.14, 0.03, 0.03])
            share = one([level, 0.0, 1.2, None], [0.88, 0.07, 0.03, 0.02])
            if weight is not None:
                weight = round(weight * one([1.0, 0.97, 0.94, 1.05, 0.9], [0.5, 0.2, 0.1, 0.1, 0.1]), 1)
            unit = one(["mg/m2", "mg"], [0.5, 0.5])
            size = 1.0 if unit == "mg/m2" else 1.9
            amount = None if share is None else round(planned * share * size, 2 if unit == "mg/m2" else 0)
            doses.append({"day": day, "amount": amount, "unit": unit, "weight": weight})
            day += interval + one([0, 1, 3, 4, 7, -2, interval], [0.6, 0.08, 0.08, 0.08, 0.08, 0.04, 0.04])
        patients.append(
            {
                "planned": planned,
                "interval": interval,
                "height": height,
                "first_weight": doses[0]["weight"] if doses else first,
                "doses": doses,
                "cutoff": one([None, 60], [0.8, 0.2]),
            }
        )
    return patients


def derived(patients: list[Patient], words: dict[str, Any], shift: int = 0) -> list[dict[str, Any]]:
    subjects, rows = [], []
    for number, patient in enumerate(patients):
        cutoff = None if patient["cutoff"] is None else patient["cutoff"] + shift
        subjects.append({"subject": f"{number:04d}", "cutoff_day": cutoff})
        for sequence, dose in enumerate(patient["doses"], 1):
            rows.append(
                {
                    **{"subject": f"{number:04d}", "sequence": sequence, "treatment": "DRUG", "number": 1.0},
                    **{"day": dose["day"] + shift, "last_day": dose["day"] + shift},
                    **{"dose": dose["amount"], "unit": dose["unit"], "planned_dose": patient["planned"]},
                    **{"planned_unit": "mg/m2", "planned_interval": patient["interval"]},
                    **{"height": patient["height"], "weight": dose["weight"]},
                    "first_weight": patient["first_weight"],
                }
            )
    connection = connect()
    tables = {}
    for name, made in (("subjects", subjects), ("doses", rows)):
        fields = [(c, KINDS[k]) for c, k in INPUT_COLUMNS[name].items() if k in KINDS]
        connection.con.register(name, pa.Table.from_pylist(made, pa.schema(fields)))
        tables[name] = connection.table(name)
    entry = ENTRY.validate_python({"derive": "dose_intensity", "treatment": "drug", **words})
    found = dose_intensity(**tables, rule=rule_for(entry)).to_pyarrow().to_pylist()
    connection.disconnect()
    found.sort(key=lambda row: row["subject"])
    return found


@pytest.fixture(scope="module")
def patients() -> list[Patient]:
    return generated()


@pytest.mark.parametrize(("formula", "cap"), [("mosteller", None), ("du_bois", 2.0)])
def test_dose_intensity(patients: list[Patient], formula: str, cap: float | None) -> None:
    found = derived(patients, {"formula": formula, "cap_m2": cap})
    assert len(found) == N
    for patient, row in zip(patients, found, strict=True):
        expected = reading_exposure.exposure(patient, formula, cap, late=3, less=0.05)
        for name in set(row) - {"subject", "treatment", "unit", "planned_dose", "cumulative_mg"}:
            if name == "reductions" and row["reason"] == "NOT_TREATED":
                assert row[name] is None
                continue
            if isinstance(expected.get(name), float):
                assert row[name] == pytest.approx(expected[name], rel=1e-9, abs=2e-9), (name, patient)
            else:
                assert row[name] == expected.get(name), (name, patient)
    seen = Counter(row["reason"] for row in found)
    assert min(seen[reason] for reason in ("DOSED", "NOT_TREATED", "UNKNOWN_DOSE")) > 30
    for name in ("delays", "reductions", "omitted"):
        assert sum((row[name] or 0) > 0 for row in found) > 50, name
    assert sum((row["relative_dose_intensity"] or 0) < 85 for row in found) > 50


def test_body_surface_of_every_formula() -> None:
    for formula in FORMULAS:
        for height in (150.0, 168.5, 199.0):
            for weight in (42.0, 75.3, 140.0):
                area = reading_exposure.surface(formula, height, weight)
                assert body_surface(height, weight, formula) == pytest.approx(area, rel=1e-12)
                assert body_surface(height, weight, formula, 1.8) == pytest.approx(min(area, 1.8), rel=1e-12)


def test_shifting_all_dates_changes_nothing_but_days_and_more_dose_is_never_less(
    patients: list[Patient],
) -> None:
    still = derived(patients, {})
    for moved, row in zip(derived(patients, {}, shift=1000), still, strict=True):
        for name in set(row) - {"first_day", "last_day"}:
            assert moved[name] == row[name], name
    more = [
        {**p, "doses": [{**d, "amount": d["amount"] and d["amount"] + 1} for d in p["doses"]]}
        for p in patients
    ]
    for raised, row in zip(derived(more, {}), still, strict=True):
        assert raised["reason"] == row["reason"]
        for name in ("cumulative_dose", "intensity", "relative_dose_intensity", "relative_dose"):
            assert (raised[name] is None) == (row[name] is None)
            assert raised[name] is None or raised[name] > row[name]
        assert raised["duration_weeks"] == row["duration_weeks"]
        assert raised["delays"] == row["delays"]
