"""Generated lesions through the package and through the plain second reading: every visit must agree."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import reading_lesions
from sizes import PATIENTS
from test_second_reading import ENTRY, KINDS

from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.endpoints.tumours import tumour_response
from trialist.engines.duckdb import connect

N = PATIENTS
SIZES = (0.0, 3.0, 4.9, 5.0, 6.0, 8.0, 9.0, 9.9, 10.0, 11.4, 12.0, 15.0, 16.4, 20.0, 33.7, 40.44)
DAYS = (28, 56, 84, 112, 168)


def course(rng: np.random.Generator) -> list[reading_lesions.Row]:
    """Lesions of one patient: sizes walk along the edges of the rules, some are unread, gone, split."""
    rows: list[reading_lesions.Row] = []
    complete = rng.random() < 0.3  # patients who lose their disease, so that it can come back
    for role, most in (("TARGET", 3), ("NON-TARGET", 2), ("NEW", 2)):
        for number in range(rng.integers(0, most + 1)):
            name, node = f"{role}{number}", bool(rng.random() < 0.4)
            start = [] if role == "NEW" else [int(rng.choice([-14, 0]))]
            if role == "TARGET" and rng.random() < 0.1:
                start = [*start, int(rng.choice([-7, 3]))]
            for day in [*start, *DAYS]:
                if day > 0 and rng.random() < (0.6 if role == "NEW" else 0.08):
                    continue
                if day <= 0 and role == "TARGET":
                    unread = rng.random() < 0.04
                    rows.append((day, name, role, node, None if unread else pick(rng, large=True), None))
                    continue
                for _ in range(2 if rng.random() < 0.06 else 1):
                    gone = complete and rng.random() < 0.7
                    rows.append((day, name, role, node, *seen(rng, role, node, gone)))
    return rows


def pick(rng: np.random.Generator, large: bool = False) -> float:
    return float(rng.choice(SIZES[8:] if large else SIZES))


def seen(rng: np.random.Generator, role: str, node: bool, gone: bool) -> tuple[float | None, str | None]:
    """Diameter and state of one reading."""
    if gone:
        return (8.0, None) if node else (None, "ABSENT")
    u = rng.random()
    if u < 0.05:
        return None, None
    if role == "TARGET":
        if u < 0.75:
            return pick(rng), None
        return [
            (None, "ABSENT"),
            (None, "TOO SMALL"),
            (3.0, "TOO SMALL"),
            (None, "MERGED"),
            (None, "PRESENT"),
        ][int(rng.integers(0, 5))]
    words = ["PRESENT", "PRESENT", "ABSENT", "EQUIVOCAL", "TOO SMALL"]
    if role == "NON-TARGET":
        words += ["WORSE"] if rng.random() < 0.3 else []
    else:
        words += ["EQUIVOCAL"] * 5
    return (pick(rng), None) if u < 0.25 else (None, str(rng.choice(words)))


@pytest.fixture(scope="module")
def patients() -> list[dict[str, Any]]:
    rng = np.random.default_rng(20090228)
    return [
        {
            "rows": course(rng),
            "first": [None, 0, 5][int(rng.integers(0, 3))],
            "cutoff": 100 if rng.random() < 0.1 else None,
        }
        for _ in range(N)
    ]


def derived(patients: list[dict[str, Any]], backwards: bool = False) -> list[dict[str, Any]]:
    """The visits of all patients, by subject and day."""
    people = [
        {"subject": f"{n:06d}", "first_dose_day": p["first"], "cutoff_day": p["cutoff"]}
        for n, p in enumerate(patients)
    ]
    columns = ("day", "lesion", "role", "node", "diameter", "state")
    lesions = [
        {"subject": f"{n:06d}", "sequence": i, **dict(zip(columns, row, strict=True))}
        for n, p in enumerate(patients)
        for i, row in enumerate(p["rows"])
    ]
    connection = connect()
    made = {}
    for name, rows in (("subjects", people), ("lesions", lesions)):
        schema = pa.schema([(column, KINDS[kind]) for column, kind in INPUT_COLUMNS[name].items()])
        table = pa.Table.from_pylist(rows[::-1] if backwards else rows, schema)
        connection.con.register(name, table)
        made[name] = connection.table(name)
    rule = rule_for(ENTRY.validate_python({"derive": "tumour_response"}))
    found = tumour_response(**made, rule=rule).to_pyarrow().to_pylist()
    connection.disconnect()
    return sorted(found, key=lambda row: (row["subject"], row["day"]))


def test_every_visit_agrees(patients: list[dict[str, Any]]) -> None:
    found = derived(patients)
    expected = [
        {"subject": f"{n:06d}", **visit}
        for n, p in enumerate(patients)
        for visit in reading_lesions.visits(p["rows"], p["first"], p["cutoff"])
    ]
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        for name, value in wanted.items():
            if name in ("sum", "nadir", "baseline") and value is not None:
                assert row[name] == pytest.approx(float(value), abs=1e-9), (row, wanted)
            else:
                assert row[name] == value, (name, row, wanted, patients[int(row["subject"])])
    counts = Counter((row["target"], row["response"]) for row in found)
    assert {word for word, _ in counts} == {None, "CR", "PR", "SD", "PD", "NE"}
    assert {word for _, word in counts} == {"CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE", "NED"}
    reasons = Counter(row["reason"] for row in found)
    assert min(reasons[r] for r in ("TARGET_RETURNED", "TARGET_GROWN", "NEW_LESION", "TARGET_FALLEN")) > 20


def test_the_order_of_rows_means_nothing(patients: list[dict[str, Any]]) -> None:
    assert [
        {name: value for name, value in row.items() if name not in ("sum", "nadir", "baseline")}
        for row in derived(patients, backwards=True)
    ] == [
        {name: value for name, value in row.items() if name not in ("sum", "nadir", "baseline")}
        for row in derived(patients)
    ]
