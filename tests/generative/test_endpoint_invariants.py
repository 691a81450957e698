"""What must not change an endpoint: the order of rows, and what is seen after the event.

One batch of subjects for all derivations. Inputs are drawn column by column from what each may hold.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import TypeAdapter

from trialist.endpoints import ENDPOINTS
from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.engines.duckdb import connect
from trialist.protocol.endpoints import Endpoint

SUBJECTS = 150
ENTRY: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)
KINDS = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
COLUMNS: dict[str, Mapping[str, str]] = {
    **INPUT_COLUMNS,
    "best_response": {"subject": "string", "value": "string", "day": "int64", "response_day": "int64"},
    "progression": {"subject": "string", "day": "int64", "event": "boolean", "reason": "string"},
}
VISITS = {"baseline": "screening", "at": "week_9"}
# derivation -> the words of its entry; those of the second readings are permuted there
CASES: dict[str, dict[str, Any]] = {
    "overall_survival": {"new_therapy": "censor"},
    "psa_change": {"same_day": "mean", "baseline": "mean"},
    "bone_progression": {"criteria": "pcwg3"},
    "disease_control": {"of": "bor"},
    "duration_of_response": {"of": "bor", "until": "pfs"},
    "duration_of_stable_disease": {"of": "bor", "until": "pfs"},
    "paired_change": {"measurement": "A", "same_visit": "mean", "specimen": "MARROW", **VISITS},
    "cell_count_response": {"measurement": "A", "what": "decline", **VISITS},
    "linked_measurements": {"first": "A", "second": "B", "at": "week_9", "of": "ratio"},
    "marker_status": {"measurement": "A", **VISITS},
    "adverse_event": {"minimum_grade": 3},
    "laboratory_grade": {"version": "5.0", "term": "Anemia"},
}
WORDS: dict[str, list[Any]] = {
    "value": [0.0, 1.0, 2.0, 4.0, 8.0, 8.1, 10.0, 20.0, 100.0, None],
    "comparator": [None, None, None, "<", ">"],
    "visit": ["screening", "week_9", None],
    "test": ["A", "B", "HGB"],
    "unit": ["g/dL", "g/dL", None],
    "result": ["POS", "NEG", "UNDETERMINED", "else", None],
    "specimen": ["MARROW", "PLASMA"],
    "lesion": list("abcdefgh"),
    "word": ["CR", "PR", "SD", "PD", "NE", "MISSING"],
    "grade": [1, 2, 3, 4, 5, None],
    "initial_grade": [1, 2, 3, None],
    "boolean": [True, False, False],
    "string": ["X", None],
}
ONE_EACH = ("subjects", "deaths", "best_response", "progression")


@cache
def inputs() -> dict[str, list[dict[str, Any]]]:
    """Rows of every input: one per subject, or up to eight."""
    rng = random.Random(17)
    made: dict[str, list[dict[str, Any]]] = {}
    for name, columns in COLUMNS.items():
        made[name] = []
        for subject in range(SUBJECTS):
            most = 24 if name == "bone_scans" else 8
            for sequence in range(1 if name in ONE_EACH else rng.randint(0, most)):
                row = {column: drawn(rng, name, column, kind) for column, kind in columns.items()}
                row["subject"] = f"{subject:04d}"
                if "sequence" in row:
                    row["sequence"] = sequence
                made[name].append(row)
    return made


def drawn(rng: random.Random, table: str, column: str, kind: str) -> Any:
    if table == "best_response" and column == "value":
        return rng.choice(WORDS["word"])
    if table == "bone_scans" and column in ("day", "readable"):
        return rng.choice([60, 120, 180, 240]) if column == "day" else True
    if column == "day" or column.endswith("_day"):
        unknown = column not in ("day", "response_day") and rng.random() < 0.3
        early = column == "day" and rng.random() < 0.3
        return None if unknown else rng.randint(-14, 0) if early else rng.randint(1, 250)
    if kind == "date":
        return None
    return rng.choice(WORDS.get(column, WORDS.get(kind, [None])))


def derived(name: str, words: Mapping[str, Any], rows: Mapping[str, list[dict[str, Any]]]) -> list[Any]:
    part = ENDPOINTS[name]
    connection = connect()
    given = {}
    for need in part.needs:
        schema = pa.schema([(column, KINDS[kind]) for column, kind in COLUMNS[need].items()])
        connection.con.register(need, pa.Table.from_pylist(rows[need], schema))
        given[need] = connection.table(need)
    rule = rule_for(ENTRY.validate_python({"derive": name, **words}))
    found = part.run(**given, rule=rule).to_pyarrow().to_pylist()
    connection.disconnect()
    rounded = [
        tuple(round(v, 9) if isinstance(v, float) else v for v in row.values())
        for row in sorted(found, key=lambda row: (row["subject"], row.get("day") or 0))
    ]
    assert rounded
    return rounded


@pytest.mark.parametrize("name", CASES)
def test_the_order_of_rows_means_nothing(name: str) -> None:
    rng = np.random.default_rng(5)
    shuffled = {table: [rows[i] for i in rng.permutation(len(rows))] for table, rows in inputs().items()}
    assert derived(name, CASES[name], shuffled) == derived(name, CASES[name], inputs())


@pytest.mark.parametrize(
    ("name", "words", "table", "seen"),
    [
        ("psa_progression", {"criteria": "pcwg3"}, "psa", {"value": 0.1, "below": False}),
        ("bone_progression", {"criteria": "pcwg3"}, "bone_scans", {"lesion": "z", "readable": True}),
    ],
    ids=["psa_progression", "bone_progression"],
)
def test_what_is_seen_after_a_progression_does_not_change_it(
    name: str, words: dict[str, Any], table: str, seen: dict[str, Any]
) -> None:
    rows = {**inputs(), "therapies": []}
    rows["subjects"] = [{**row, "cutoff_day": None} for row in rows["subjects"]]
    before = {row[0]: row for row in derived(name, words, rows)}
    progressed = {subject for subject, row in before.items() if row[3] is True}
    assert 5 <= len(progressed) < SUBJECTS
    later = [
        {"subject": subject, "day": day, "sequence": 99, **seen}
        for subject in progressed
        for day in (300, 400)
    ]
    after = {row[0]: row for row in derived(name, words, {**rows, table: rows[table] + later})}
    assert {s: after[s] for s in progressed} == {s: before[s] for s in progressed}


@pytest.mark.parametrize("factor", [1000.0])
def test_the_unit_of_psa_changes_no_ratio(factor: float) -> None:
    """Best change and time of it are the same whatever the unit; so is a response without a floor."""
    other = [{**row, "value": row["value"] and row["value"] * factor} for row in inputs()["psa"]]
    for name, words, shown in (
        ("psa_change", {"what": "best"}, (4, 5, 6, 8)),
        ("psa_response", {"criteria": "pcwg3", "fall": "50 %"}, (1, 2, 3)),
    ):
        here, there = (derived(name, words, {**inputs(), "psa": psa}) for psa in (inputs()["psa"], other))
        assert [[row[i] for i in shown] for row in here] == [[row[i] for i in shown] for row in there]
