"""Generated skeletal events and performance status, through the package and the plain second reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import reading_palliation
from ibis.expr.types import Table
from pydantic import TypeAdapter
from sizes import PATIENTS

from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.endpoints.performance import category_shift
from trialist.endpoints.skeletal import skeletal_event
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
DAYS = np.arange(0, 60)
Patient = dict[str, Any]


@cache
def patients() -> tuple[Patient, ...]:
    rng = np.random.default_rng(19820101)

    def day_or_none(share: float, low: int = 1, high: int = 60) -> int | None:
        return int(rng.integers(low, high)) if rng.random() < share else None

    kinds = ["RADIOTHERAPY", "FRACTURE", "COMPRESSION", "SURGERY"]
    found = []
    for _ in range(N):
        dose = day_or_none(0.9, 0, 4)
        found.append(
            {
                "events": [(int(rng.choice(DAYS)), str(rng.choice(kinds))) for _ in range(rng.poisson(0.8))],
                "grades": [
                    (int(rng.choice([-7, 0, 0, *range(1, 60, 4)])), int(rng.choice([0, 1, 1, 2, 3])))
                    for _ in range(rng.integers(0, 8))
                ],
                "dose": dose,
                "last": None if dose is None else day_or_none(0.9, 4, 40),
                "death": day_or_none(0.4),
                "alive": day_or_none(0.9, -3, 70),
                "cutoff": day_or_none(0.4, 20, 60),
            }
        )
    return tuple(found)


@pytest.fixture(scope="module")
def given() -> Iterator[Mapping[str, Table]]:
    names = ("subjects", "skeletal_events", "performance", "deaths")
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for number, p in enumerate(patients()):
        one = {"subject": f"{number:04d}"}
        days = {"first_dose_day": p["dose"], "last_dose_day": p["last"], "last_alive_day": p["alive"]}
        rows["subjects"].append(one | days | {"cutoff_day": p["cutoff"]})
        if p["death"] is not None:
            rows["deaths"].append(one | {"day": p["death"]})
        for place, (day, kind) in enumerate(p["events"]):
            rows["skeletal_events"].append(one | {"day": day, "sequence": place, "kind": kind})
        for place, (day, grade) in enumerate(p["grades"]):
            rows["performance"].append(
                one | {"day": day, "sequence": place, "test": "ECOG101", "ecog": grade}
            )
    connection = connect()
    for name, made in rows.items():
        schema = pa.schema([(column, KINDS[kind]) for column, kind in INPUT_COLUMNS[name].items()])
        np.random.default_rng(1).shuffle(made)
        connection.con.register(name, pa.Table.from_pylist(made, schema))
    yield {name: connection.table(name) for name in rows}
    connection.disconnect()


def derived(derivation: Any, words: dict[str, Any], given: Mapping[str, Table]) -> list[dict[str, Any]]:
    rule = rule_for(ENTRY.validate_python({"derive": derivation.entry.name, **words}))
    rows: list[dict[str, Any]] = (
        derivation(**{name: given[name] for name in derivation.entry.needs}, rule=rule)
        .to_pyarrow()
        .to_pylist()
    )
    return rows


def test_every_first_skeletal_event(given: Mapping[str, Table]) -> None:
    found = {r["subject"]: (r["event"], r["day"], r["reason"]) for r in derived(skeletal_event, {}, given)}
    expected = {
        f"{number:04d}": reading_palliation.first_skeletal_event(
            p["events"], p["death"], p["alive"], p["cutoff"]
        )
        for number, p in enumerate(patients())
    }
    assert found == expected
    assert min(Counter(why for _, _, why in expected.values()).values()) >= 10


SHIFTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    (
        {"what": "last", "on_treatment": True, "death": "grade_5"},
        {"what": "last", "on_treatment": True, "death_is_5": True},
    ),
    ({"what": "best", "from_day": 5, "to_day": 33}, {"what": "best", "period": (5, 33)}),
]


@pytest.mark.parametrize(("words", "asked"), SHIFTS, ids=["worst", "last", "best"])
def test_every_shift(given: Mapping[str, Table], words: dict[str, Any], asked: dict[str, Any]) -> None:
    found = {
        r["subject"]: (r["baseline"], r["worst"], r["day"], r["reason"])
        for r in derived(category_shift, words, given)
    }
    expected = {
        f"{number:04d}": reading_palliation.shift(
            p["grades"], p["dose"], p["last"], p["death"], p["cutoff"], **asked
        )
        for number, p in enumerate(patients())
    }
    assert found == expected
    assert len(Counter(why for *_, why in expected.values())) == 4
