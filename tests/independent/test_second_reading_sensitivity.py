"""Generated responses under every named reading of a progression-free time, and who moves between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from ibis.expr.types import Table
from reading_sensitivity import EMA, FDA, Column, Patient, moved, numbers, progression_free, under
from sizes import PATIENTS
from test_second_reading import ENTRY, KINDS

from trialist.endpoints.alternatives import alternatives
from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.endpoints.progression import progression_free_survival
from trialist.engines.duckdb import connect
from trialist.findings import sensitivity
from trialist.findings.context import Context
from trialist.findings.model import Origin
from trialist.problems import Place
from trialist.records.computed import computed_once

ARMS = ("a", "b")
AT = Context("T", "e", "a", "itt", None, ARMS, ARMS, {}, Origin("observed"), Place("p.yaml", 1))
VISITS = [-7, 20, 42, 60, 90, 120, 180, 240, 300]


@cache
def patients() -> tuple[Patient, ...]:
    """The same patients in every run; days meet each other and the limits of missed visits."""
    draw = np.random.default_rng(2018)

    def one(options: list[Any], chances: list[float]) -> Any:
        return options[int(draw.choice(len(options), p=chances))]

    def some_day(share: float) -> int | None:
        return int(draw.choice([20, 43, 90, 91, 120, 200, 260, 330])) if draw.random() < share else None

    return tuple(
        {
            "arm": ARMS[int(draw.integers(2))],
            "responses": [
                (int(day), one(["SD", "PR", "NE", "PD", "ELSE"], [0.55, 0.15, 0.1, 0.18, 0.02]))
                for day in sorted(draw.choice(VISITS, int(draw.integers(0, 7))))
            ],
            "clinical": [
                int(day) for day in draw.choice([-3, 20, 60, 91, 121], one([0, 1, 2], [0.8, 0.15, 0.05]))
            ],
            "therapy": some_day(0.3),
            "death": some_day(0.4),
            "cutoff": one([None, 250, 120], [0.8, 0.15, 0.05]),
            "baseline": one([True, None, False], [0.8, 0.1, 0.1]),
        }
        for _ in range(PATIENTS)
    )


@pytest.fixture(scope="module")
def given() -> Iterator[Mapping[str, Table]]:
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in progression_free_survival.entry.needs}  # type: ignore[attr-defined]
    for number, p in enumerate(patients()):
        own = {"subject": f"{number:06d}"}
        rows["subjects"].append(
            own | {"arm": p["arm"], "cutoff_day": p["cutoff"], "baseline_scan": p["baseline"]}
        )
        for i, (day, word) in enumerate(p["responses"]):
            rows["responses"].append(own | {"day": day, "sequence": i, "response": word})
        for i, day in enumerate(p["clinical"]):
            rows["progressions"].append(own | {"day": day, "sequence": i, "kind": "CLINICAL"})
        for name, word in (("deaths", "death"), ("therapies", "therapy")):
            if p[word] is not None:
                rows[name].append(own | {"day": p[word]})
    connection = connect()
    for name, made in rows.items():
        schema = pa.schema([(column, KINDS[kind]) for column, kind in INPUT_COLUMNS[name].items()])
        connection.con.register(name, pa.Table.from_pylist(made, schema))
    yield {name: connection.table(name) for name in rows}
    connection.disconnect()


def derived(given: Mapping[str, Table], endpoint: Any) -> Table:
    found = progression_free_survival(**given, rule=rule_for(endpoint))
    return computed_once(found.join(given["subjects"].select("subject", "arm"), "subject"))


def told(table: Table) -> list[tuple[bool, int, str]]:
    rows = sorted(table.to_pyarrow().to_pylist(), key=lambda row: row["subject"])
    return [(row["event"], row["day"], row["reason"]) for row in rows]


MAIN: dict[str, tuple[dict[str, Any], Column]] = {
    "fda": ({"interval": "42 d"}, Column(interval=42)),
    "ema": ({"rule": "ema", "interval": "63 d", "grace": "7 d"}, Column(**vars(EMA) | {"grace": 7})),
    "mixed": (
        {"new_therapy": "event", "missed": "event", "no_baseline": "follow"},
        Column("follow", "censor", "event", "event"),
    ),
}
NAMES = ["ema", "fda", "new_therapy_as_event", "new_therapy_followed", "missed_as_event", "missed_censored"]


@pytest.mark.parametrize("main", MAIN)
def test_every_reading_and_everybody_who_moved_agree(given: Mapping[str, Table], main: str) -> None:
    words, own = MAIN[main]
    endpoint = ENTRY.validate_python(
        {
            "derive": "progression_free_survival",
            "first_of": ["radiographic_progression", "death"],
            "censoring": words,
        }
    )
    here = derived(given, endpoint)
    first = [progression_free(p, own) for p in patients()]
    assert told(here) == first
    asked = [name for name in NAMES if under(name, own) != own]
    found = alternatives(endpoint, NAMES)
    readings = {under(name, own): name for name in reversed(asked)}  # of two that are one, the first
    assert [other.name for other in found] == [name for name in asked if name in readings.values()]
    for other in found:
        there = derived(given, other.endpoint)
        second = [progression_free(p, under(other.name, own)) for p in patients()]
        assert told(there) == second, other.name
        kinds = [moved(*pair) for pair in zip(first, second, strict=True)]
        expected = [
            (f"{n:06d}", p["arm"], kind, *first[n], *second[n])
            for n, (p, kind) in enumerate(zip(patients(), kinds, strict=True))
            if kind is not None
        ]
        moves = sensitivity.moves(here, there)
        assert [
            (m.subject, m.arm, m.kind, m.event, m.day, m.reason, m.other_event, m.other_day, m.other_reason)
            for m in moves
        ] == expected
        assert len(expected) > 5, other.name
        sizes = Counter(p["arm"] for p in patients())
        counted = {
            (f.groups[0], dict(f.method.options)["category"]): (f.estimate, f.events, f.n)
            for f in sensitivity.counts(moves, sizes, AT)
        }
        tally = numbers([(p["arm"], kind) for p, kind in zip(patients(), kinds, strict=True)])
        assert counted == {
            (arm, kind): (tally[arm, kind], tally[arm, kind], sizes[arm])
            for arm in ARMS
            for kind in ("event to censored", "censored to event", "earlier", "later", "other reason")
        }


def test_the_standard_set_is_both_tables_and_one_change_each() -> None:
    endpoint = ENTRY.validate_python(
        {"derive": "progression_free_survival", "first_of": ["radiographic_progression", "death"]}
    )
    names = [other.name for other in alternatives(endpoint, ["standard"])]
    assert names == ["ema", "new_therapy_as_event", "missed_as_event"]
    assert under("fda", FDA) == FDA


def test_the_patients_hold_every_end_of_a_time() -> None:
    why = Counter(progression_free(p, FDA)[2] for p in patients())
    assert set(why) == {
        *("DEATH", "RADIOGRAPHIC", "NEW_THERAPY", "CLINICAL_STOP", "MISSED_ASSESSMENTS"),
        *("NO_BASELINE", "NO_EVENT", "NO_POSTBASELINE"),
    }
    assert min(why.values()) > 5
