"""Generated lesions and bone scans through the package and through the plain reading of progression."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
import reading_bone
import reading_progression
from ibis.expr.types import Table
from reading_progression import Patient, Reading
from reading_sensitivity import moved
from sizes import PATIENTS
from test_second_reading import ENTRY, KINDS

from trialist.endpoints.alternatives import alternatives
from trialist.endpoints.combined import combined_response
from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.endpoints.progression import progression_free_survival
from trialist.engines.duckdb import connect
from trialist.findings import sensitivity
from trialist.records.computed import computed_once

N = PATIENTS
VISITS = np.array([42, 56, 84, 112, 168, 240, 330])
DAYS = np.array([20, 56, 60, 84, 85, 112, 115, 168, 196, 201, 240, 330, 380])


@cache
def patients() -> tuple[Patient, ...]:
    rng = np.random.default_rng(20161001)

    def day_or_none(share: float) -> int | None:
        return int(rng.choice(DAYS)) if rng.random() < share else None

    found = []
    for _ in range(N):
        lesions, read = [], []
        visits = np.sort(rng.choice(VISITS, rng.integers(0, 6), replace=False))
        for role, most in (("TARGET", 2), ("NON-TARGET", 1), ("NEW", 1)):
            for number in range(rng.integers(0, most + 1)):
                size, begins = 30.0, rng.random() < 0.25
                for day in [] if role == "NEW" and not begins else [-7, *visits]:
                    if role == "NEW" and (day < 0 or rng.random() < 0.7):
                        continue
                    size = float(round(size * rng.choice([0.0 if day > 0 else 1, 0.7, 0.9, 1, 1, 1.1, 1.3])))
                    size = size or (0.0 if rng.random() < 0.3 else 20.0)
                    rare = "WORSE" if role == "NON-TARGET" else "EQUIVOCAL"
                    word = str(rng.choice(["PRESENT"] * 6 + [rare]))
                    unread = day > 0 and rng.random() < 0.05
                    is_target = role == "TARGET"
                    diameter = size if is_target and not unread else None
                    state = None if is_target or unread else word if day > 0 else "PRESENT"
                    lesions.append((int(day), f"{role}{number}", role, False, diameter, state))
                    read.append(int(day) + int(rng.choice([0, 0, 1, 3])))
        scans: list[reading_bone.Scan] = [(-10, frozenset("z"))] if rng.random() < 0.8 else []
        shown: set[str] = set()
        for day in visits:
            shown = {lesion for lesion in sorted(shown) if rng.random() < 0.9}
            if rng.random() < 0.25:
                shown |= set(rng.choice(list("abcdef"), rng.integers(1, 4), replace=False).tolist())
            when = int(day) + int(rng.choice([-14, -2, 0, 0, 0, 2, 15]))
            if rng.random() < 0.8 and when not in {d for d, _ in scans}:
                scans.append((when, None if rng.random() < 0.05 else frozenset(shown)))
        found.append(
            {
                "lesions": lesions,
                "read": read,
                "scans": scans,
                "dose": [None, 1][rng.integers(0, 2)],
                "therapy": day_or_none(0.25),
                "death": day_or_none(0.3),
                "cutoff": 250 if rng.random() < 0.15 else None,
                "baseline": [True, True, True, True, None, False][rng.integers(0, 6)],
            }
        )
    return tuple(found)


@pytest.fixture(scope="module")
def given() -> Iterator[Mapping[str, Table]]:
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in progression_free_survival.entry.needs}  # type: ignore[attr-defined]
    columns = ("day", "lesion", "role", "node", "diameter", "state")
    for number, p in enumerate(patients()):
        own = {"subject": f"{number:04d}"}
        start = {"first_dose_day": p["dose"], "cutoff_day": p["cutoff"], "baseline_scan": p["baseline"]}
        rows["subjects"].append(own | start)
        for name, word in (("therapies", "therapy"), ("deaths", "death")):
            within = p[word] is not None and (
                name == "therapies" or p["cutoff"] is None or p[word] <= p["cutoff"]
            )
            rows[name] += [own | {"day": p[word]}] if within else []
        for i, (row, read) in enumerate(zip(p["lesions"], p["read"], strict=True)):
            rows["lesions"].append(
                own | {"sequence": i, "read_day": read} | dict(zip(columns, row, strict=True))
            )
        for day, lesions in p["scans"]:
            for i, lesion in enumerate(sorted(lesions or [""])):
                seen = {"lesion": lesion or None, "readable": lesions is not None}
                rows["bone_scans"].append(own | {"day": day, "sequence": i} | seen)
    connection = connect()
    for name, made in rows.items():
        schema = pa.schema([(column, KINDS[kind]) for column, kind in INPUT_COLUMNS[name].items()])
        connection.con.register(name, pa.Table.from_pylist(made, schema))
    yield {name: connection.table(name) for name in rows}
    connection.disconnect()


PCWG3 = reading_bone.READINGS["pcwg3"]
OPTIONS = {
    "fda": ({}, Reading("censor", True, "censor", PCWG3, last=True)),
    "ema": (
        {"visit_date": "first", "censoring": {"rule": "ema"}},
        Reading("follow", False, "follow", PCWG3, last=False),
    ),
    "strict": (
        {"unresolved": "pd", "censoring": {"new_therapy": "event", "interval": "42 d", "grace": "7 d"}},
        Reading("event", True, "censor", replace(PCWG3, unresolved_is_pd=True), last=True, allowed=91),
    ),
    "both parts due": (
        {"censoring": {"soft_tissue_interval": "56 d", "bone_interval": "84 d"}},
        Reading("censor", True, "censor", PCWG3, last=True, allowed=2 * 84 + 14, soft_due=42, bone_due=70),
    ),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_every_patient_agrees(given: Mapping[str, Table], name: str) -> None:
    words, reading = OPTIONS[name]
    stated = {
        "derive": "progression_free_survival",
        "first_of": ["soft_tissue_progression", "bone_progression", "death"],
        "read": "lesions",
        "bone": "pcwg3",
    }
    rule = rule_for(ENTRY.validate_python({**stated, **words}))
    times = progression_free_survival(**given, rule=rule).to_pyarrow().to_pylist()
    found = {r["subject"]: (r["event"], r["day"], r["reason"], r["causes"]) for r in times}
    expected = {
        f"{n:04d}": reading_progression.progression_free(p, reading) for n, p in enumerate(patients())
    }
    assert found == expected
    between = {r["subject"]: (r["lower_days"], r["upper_days"]) for r in times}
    assert between == {f"{n:04d}": reading_progression.ends(p, reading) for n, p in enumerate(patients())}
    why = Counter(reason for _, _, reason, _ in expected.values())
    assert min(why[reason] for reason in ("SOFT_TISSUE", "BONE", "DEATH", "NO_EVENT")) > 10
    assert why["MISSED_ASSESSMENTS"] > 5 or not reading.gaps


ALTERNATIVES = {
    "ema": Reading("follow", False, "follow", PCWG3, last=True),
    "new_therapy_as_event": Reading("event", True, "censor", PCWG3, last=True),
    "missed_as_event": Reading("censor", False, "censor", PCWG3, last=True),
    "unresolved_as_progression": Reading(
        "censor", True, "censor", replace(PCWG3, unresolved_is_pd=True), last=True
    ),
    "first_day_of_visit": Reading("censor", True, "censor", PCWG3, last=False),
}


def test_everybody_who_moves_under_a_named_reading_agrees(given: Mapping[str, Table]) -> None:
    stated = {
        "derive": "progression_free_survival",
        "first_of": ["soft_tissue_progression", "bone_progression", "death"],
        "read": "lesions",
        "bone": "pcwg3",
    }
    endpoint = ENTRY.validate_python(stated)
    found = alternatives(endpoint, ["standard", "first_day_of_visit"])
    assert [other.name for other in found] == [*ALTERNATIVES]

    def derived(words: Any) -> Table:
        table = progression_free_survival(**given, rule=rule_for(words))
        return computed_once(table.mutate(arm=ibis.literal("a")))

    here = derived(endpoint)
    first = [reading_progression.progression_free(p, OPTIONS["fda"][1])[:3] for p in patients()]
    for other in found:
        by = ALTERNATIVES[other.name]
        second = [reading_progression.progression_free(p, by)[:3] for p in patients()]
        expected = [
            (f"{n:04d}", moved(*pair), *pair)
            for n, pair in enumerate(zip(first, second, strict=True))
            if moved(*pair) is not None
        ]
        assert [
            (m.subject, m.kind, (m.event, m.day, m.reason), (m.other_event, m.other_day, m.other_reason))
            for m in sensitivity.moves(here, derived(other.endpoint))
        ] == expected, other.name
        assert len(expected) > 3, other.name


def test_every_combined_visit_agrees(given: Mapping[str, Table]) -> None:
    rule = rule_for(ENTRY.validate_python({"derive": "combined_response", "visit_date": "first"}))
    needs = {name: given[name] for name in combined_response.entry.needs}  # type: ignore[attr-defined]
    rows = combined_response(**needs, rule=rule).to_pyarrow().to_pylist()
    expected = [
        (f"{n:04d}", day, response)
        for n, p in enumerate(patients())
        for day, response in reading_progression.combined(p, PCWG3)
    ]
    assert sorted((r["subject"], r["day"], r["response"]) for r in rows) == sorted(expected)
    seen = Counter(response for _, _, response in expected)
    assert min(seen[word] for word in ("PR", "SD", "PD", "NON-CR/NON-PD", "NE")) > 10
