"""Generated courses of pain through the package and through the plain second reading: all must agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import reading_pain
from ibis.expr.types import Table
from pydantic import TypeAdapter
from sizes import PATIENTS

from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.endpoints.pain import pain_progression, pain_response
from trialist.engines.duckdb import connect
from trialist.protocol.endpoints import Endpoint

N = PATIENTS
ENTRY: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)
KINDS = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
# days on the edges of 21 days from one another and of 12 weeks
DAYS = np.array([1, 21, 22, 41, 42, 43, 63, 84, 85, 105, 106, 126])
Patient = dict[str, Any]


@cache
def patients() -> tuple[Patient, ...]:
    """Scores in half points that wander slowly, so that runs of two and more visits are common."""
    rng = np.random.default_rng(20100102)

    def day_or_none(share: float) -> int | None:
        return int(rng.choice(DAYS)) if rng.random() < share else None

    found = []
    for _ in range(N):
        pain, drug = float(rng.choice([0, 1, 2, 2, 3, 4])), float(rng.choice([0, 4, 8, 10, 16]))
        knows_drugs = rng.random() < 0.9
        visits = []
        start = [int(rng.choice([-14, -7, 0]))] if rng.random() < 0.93 else []
        later = np.sort(rng.choice(DAYS, rng.integers(0, 8), replace=False))
        for day in [*start, *(int(d) for d in later)]:
            shown = None if rng.random() < 0.07 else pain
            told = drug if knows_drugs and rng.random() < 0.8 else None
            visits.append((day, shown, told))
            if rng.random() < 0.45:
                pain = float(np.clip(pain + rng.choice([-2, -1, -0.5, 0.5, 1, 2]), 0, 5))
            if rng.random() < 0.3:
                drug = float(rng.choice([0.5, 0.8, 1.1, 1.25, 1.5]) * drug)
        found.append(
            {
                "visits": visits,
                "beams": [int(d) for d in rng.choice(DAYS, rng.integers(1, 3))] if rng.random() < 0.1 else [],
                "therapy": day_or_none(0.15),
                "cutoff": day_or_none(0.15),
            }
        )
    return tuple(found)


@pytest.fixture(scope="module", params=["PPI", "BPI203"])
def given(request: pytest.FixtureRequest) -> Iterator[tuple[str, Mapping[str, Table]]]:
    names = ("subjects", "pain", "radiotherapies", "therapies")
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for number, patient in enumerate(patients()):
        one = {"subject": f"{number:04d}"}
        rows["subjects"].append(one | {"cutoff_day": patient["cutoff"]})
        if patient["therapy"] is not None:
            rows["therapies"].append(one | {"day": patient["therapy"]})
        rows["radiotherapies"] += [
            one | {"day": d, "sequence": d, "purpose": "PALLIATIVE"} for d in patient["beams"]
        ]
        for day, *values in patient["visits"]:
            for sequence, (test, value) in enumerate(zip((request.param, "ANALGES"), values, strict=True)):
                rows["pain"].append(one | {"day": day, "sequence": sequence, "test": test, "value": value})
    connection = connect()
    for name, made in rows.items():
        schema = pa.schema([(column, KINDS[kind]) for column, kind in INPUT_COLUMNS[name].items()])
        np.random.default_rng(1).shuffle(made)
        connection.con.register(name, pa.Table.from_pylist(made, schema))
    yield request.param, {name: connection.table(name) for name in rows}
    connection.disconnect()


OPTIONS: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({}, {}),
    (
        {"reference": "nadir", "early_days": "21 d", "unconfirmed_last": "event", "radiotherapy": "event"},
        {"nadir": True, "early": 21, "last_counts": True, "radiotherapy": True},
    ),
]


def of(test: str) -> tuple[dict[str, str], bool]:
    return {"criteria": "ppi_analgesic" if test == "PPI" else "bpi"}, test == "PPI"


@pytest.mark.parametrize(("words", "changed"), OPTIONS, ids=["defaults", "options"])
def test_every_progression(
    given: tuple[str, Mapping[str, Table]], words: dict[str, str], changed: dict[str, Any]
) -> None:
    criteria, ppi = of(given[0])
    rule = rule_for(ENTRY.validate_python({"derive": "pain_progression", **criteria, **words}))
    rows = pain_progression(**given[1], rule=rule).to_pyarrow().to_pylist()
    found = {r["subject"]: (r["event"], r["day"], r["reason"]) for r in rows}
    reading = reading_pain.Reading(ppi, **changed)
    expected = {}
    for number, p in enumerate(patients()):
        base, _, either = reading_pain.visits_of(p["visits"], p["therapy"], p["cutoff"])
        ends = (p["therapy"], p["cutoff"])
        expected[f"{number:04d}"] = reading_pain.progression(base, either, p["beams"], *ends, reading)
    assert found == expected
    seen = Counter(why for _, _, why in expected.values())
    assert min(seen[why] for why in ("PAIN", "NO_EVENT", "NEW_THERAPY", "NO_BASELINE")) >= 10
    assert seen["ANALGESIC" if ppi else "PAIN_ALONE"] >= 10
    assert seen["PAIN" if words else "UNCONFIRMED"] >= 10


def test_every_response(given: tuple[str, Mapping[str, Table]]) -> None:
    criteria, ppi = of(given[0])
    rule = rule_for(ENTRY.validate_python({"derive": "pain_response", **criteria}))
    tables = {name: table for name, table in given[1].items() if name != "radiotherapies"}
    rows = pain_response(**tables, rule=rule).to_pyarrow().to_pylist()
    found = {r["subject"]: (r["responder"], r["day"], r["reason"]) for r in rows}
    reading = reading_pain.Reading(ppi)
    expected = {
        f"{number:04d}": reading_pain.response(
            *reading_pain.visits_of(p["visits"], p["therapy"], p["cutoff"])[:2], reading
        )
        for number, p in enumerate(patients())
    }
    assert found == expected
    seen = Counter(why for _, _, why in expected.values())
    every = (
        "RESPONSE",
        "NO_RESPONSE",
        "UNCONFIRMED",
        "NO_BASELINE",
        "BASELINE_BELOW_MINIMUM",
        "NO_ANALGESIC_SCORE",
    )
    assert min(seen[why] for why in every) >= 10
