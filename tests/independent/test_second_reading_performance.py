"""Generated grades of performance status through the package and through the plain second reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import TypeAdapter
from reading_performance import Asked, Patient, cells, shifted
from sizes import PATIENTS
from test_second_reading import ENTRY, KINDS

from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.endpoints.performance import category_shift
from trialist.engines.duckdb import connect
from trialist.findings.context import Context
from trialist.findings.methods import METHODS
from trialist.findings.model import Origin
from trialist.problems import Place
from trialist.protocol.analyses import Analysis

ARMS = ("a", "b")
AT = Context("T", "e", "a", "itt", None, ARMS, ARMS, {}, Origin("observed"), Place("p.yaml", 1))
DAYS = [-14, -1, 0, 1, 3, 21, 42, 43, 63, 84, 85, 93, 94, 120]


@cache
def patients() -> tuple[Patient, ...]:
    """The same patients in every run: no dose, no end of it, gaps, and two grades on one day."""
    draw = np.random.default_rng(1982)

    def one(options: list[Any], chances: list[float]) -> Any:
        return options[int(draw.choice(len(options), p=chances))]

    return tuple(
        {
            "arm": ARMS[int(draw.integers(2))],
            "first": one([0, 1, 3, -1, None], [0.5, 0.2, 0.1, 0.1, 0.1]),
            "last": one([63, 64, 21, None], [0.5, 0.2, 0.1, 0.2]),
            "cutoff": one([None, 84, 42], [0.7, 0.2, 0.1]),
            "death": one([None, 43, 85, 94, 4], [0.6, 0.1, 0.1, 0.1, 0.1]),
            "grades": [
                (
                    int(draw.choice(DAYS)),
                    one(["ECOG101", "KPS"], [0.8, 0.2]),
                    one([0, 1, 2, 3, 4, None], [0.25, 0.35, 0.2, 0.1, 0.05, 0.05]),
                )
                for _ in range(int(draw.integers(0, 9)))
            ],
        }
        for _ in range(PATIENTS)
    )


def derived(words: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[Any, Any]]:
    """The table of the endpoint, and the cells of its shift."""
    rows: dict[str, list[dict[str, Any]]] = {"subjects": [], "performance": [], "deaths": []}
    for number, p in enumerate(patients()):
        own = {"subject": f"{number:06d}"}
        days = {"first_dose_day": p["first"], "last_dose_day": p["last"], "cutoff_day": p["cutoff"]}
        rows["subjects"].append(own | {"arm": p["arm"]} | days)
        for sequence, (day, test, grade) in enumerate(p["grades"]):
            rows["performance"].append(own | {"day": day, "sequence": sequence, "test": test, "ecog": grade})
        if p["death"] is not None:
            rows["deaths"].append(own | {"day": p["death"]})
    connection = connect()
    for name, made in rows.items():
        schema = pa.schema([(column, KINDS[kind]) for column, kind in INPUT_COLUMNS[name].items()])
        connection.con.register(name, pa.Table.from_pylist(made, schema))
    given = {name: connection.table(name) for name in rows}
    rule = rule_for(ENTRY.validate_python({"derive": "category_shift", **words}))
    found = category_shift(**given, rule=rule).join(given["subjects"].select("subject", "arm"), "subject")
    listed = found.to_pyarrow().to_pylist()
    entry: Any = TypeAdapter(Analysis).validate_python({"method": "shift"})
    counted = METHODS["shift"].run(found, entry, AT)
    connection.disconnect()
    listed.sort(key=lambda row: row["subject"])
    options = [(f, dict(f.method.options)) for f in counted]
    assert {f.n for f in counted} == set(Counter(p["arm"] for p in patients()).values())
    number_of = {(f.groups[0], o["baseline"], o["worst"]): f.estimate for f, o in options}
    assert len(number_of) == len(counted)
    return listed, number_of


OPTIONS: dict[str, tuple[dict[str, Any], Asked]] = {
    "worst": ({}, Asked()),
    "last": ({"what": "last"}, Asked("last")),
    "best": ({"what": "best"}, Asked("best")),
    "first period": ({"from_day": 1, "to_day": 42}, Asked(from_day=1, to_day=42)),
    "second period": ({"from_day": 43, "to_day": 84}, Asked(from_day=43, to_day=84)),
    "on treatment": ({"on_treatment": True}, Asked(window=30)),
    "window": ({"on_treatment": True, "window": "21 d", "what": "last"}, Asked("last", window=21)),
    "death": ({"death": "grade_5", "test": "ecog101"}, Asked(death_is_5=True)),
    "last death": (
        {"death": "grade_5", "what": "last", "on_treatment": True, "from_day": 20},
        Asked("last", from_day=20, window=30, death_is_5=True),
    ),
    "other test": ({"test": "KPS"}, Asked(test="KPS")),
}


def option(grade: int | None, none: str) -> str:
    return none if grade is None else str(grade)


@pytest.mark.parametrize("name", OPTIONS)
def test_every_patient_and_every_cell_of_the_shift_agree(name: str) -> None:
    words, asked = OPTIONS[name]
    rows, number_of = derived(words)
    expected = [shifted(p, asked) for p in patients()]
    assert [(r["baseline"], r["worst"], r["day"], r["reason"]) for r in rows] == expected
    told = cells([(p["arm"], grade) for p, grade in zip(patients(), expected, strict=True)], ARMS)
    assert number_of == {
        (arm, option(b, "missing"), option(w, "no value")): n for (arm, b, w), n in told.items()
    }
    why = Counter(reason for _, _, _, reason in expected)
    assert min(why[r] for r in ("WORSENED", "NOT_WORSENED", "NO_BASELINE", "NO_POSTBASELINE")) > 10 or (
        name == "other test" and why["NO_BASELINE"] > 100
    )
