"""Generated bone scans through the package and through the plain second reading: every scan must agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import reading_bone
from ibis.expr.types import Table
from pydantic import TypeAdapter
from sizes import PATIENTS

from trialist.endpoints.bone import bone_outcome, bone_response
from trialist.endpoints.bone_progression import bone_progression
from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
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
# days on the edges of 12 weeks and of 6 weeks from one another
DAYS = np.array([14, 42, 56, 70, 83, 84, 85, 98, 112, 125, 126, 127, 140, 168, 196, 224])
Patient = dict[str, Any]


@cache
def patients() -> tuple[Patient, ...]:
    """Scans whose lesions mostly stay and slowly increase, so that each way through the rule is taken."""
    rng = np.random.default_rng(20160101)

    def day_or_none(share: float, days: np.ndarray) -> int | None:
        return int(rng.choice(days)) if rng.random() < share else None

    found = []
    for _ in range(N):
        days = np.sort(rng.choice(DAYS, rng.integers(0, 7), replace=False))
        shown: set[str] = set()
        scans: list[reading_bone.Scan] = []
        for day in days:
            shown = {lesion for lesion in shown if rng.random() < 0.85}
            shown |= set(rng.choice(list("abcdefgh"), rng.integers(0, 4), replace=False).tolist())
            named = sorted(shown)
            doubt = {name for name in named[1:] if rng.random() < 0.1}  # one at least is judged
            told = frozenset(f"{name}?" if name in doubt else name for name in named)
            scans.append((int(day), None if rng.random() < 0.1 else told))
        if rng.random() < 0.7:
            at_start = set(rng.choice(list("abcz"), rng.integers(0, 3), replace=False).tolist())
            scans.append((int(rng.choice([-20, 0])), None if rng.random() < 0.1 else frozenset(at_start)))
        found.append(
            {
                "scans": scans,
                "dose": day_or_none(0.5, np.array([-1, 3, 14, 42])),
                "therapy": day_or_none(0.2, DAYS),
                "cutoff": day_or_none(0.3, DAYS),
                "baseline": [True, True, True, None, False][rng.integers(0, 5)],
            }
        )
    return tuple(found)


@pytest.fixture(scope="module")
def given() -> Iterator[Mapping[str, Table]]:
    rows: dict[str, list[dict[str, Any]]] = {"subjects": [], "bone_scans": [], "therapies": []}
    for number, patient in enumerate(patients()):
        subject = f"{number:06d}"
        rows["subjects"].append(
            {
                "subject": subject,
                "first_dose_day": patient["dose"],
                "cutoff_day": patient["cutoff"],
                "baseline_scan": patient["baseline"],
            }
        )
        if patient["therapy"] is not None:
            rows["therapies"].append({"subject": subject, "day": patient["therapy"]})
        for day, lesions in patient["scans"]:
            for sequence, lesion in enumerate(sorted(lesions or [""])):
                row = {"subject": subject, "day": day, "sequence": sequence}
                row["lesion"] = lesion.rstrip("?") or None
                rows["bone_scans"] += [row | {"readable": lesions is not None and "?" not in lesion}]
    connection = connect()
    for name, made in rows.items():
        schema = pa.schema([(column, KINDS[kind]) for column, kind in INPUT_COLUMNS[name].items()])
        np.random.default_rng(1).shuffle(made)
        connection.con.register(name, pa.Table.from_pylist(made, schema))
    yield {name: connection.table(name) for name in rows}
    connection.disconnect()


PCWG3 = {"criteria": "pcwg3"}
OPTIONS = [
    (PCWG3, {}),
    ({"criteria": "pcwg2_couaa302"}, {}),
    ({"criteria": "pcwg2_plain"}, {}),
    ({**PCWG3, "later_reference": "baseline"}, {"rebaseline": False}),
    ({**PCWG3, "unresolved": "pd"}, {"unresolved_is_pd": True}),
    (
        {**PCWG3, "confirm_after": "28 d", "flare_scan": "first"},
        {"confirm": 28, "flare": "first"},
    ),
    ({"criteria": "pcwg2_couaa302", "later_reference": "first_post"}, {"rebaseline": True}),
]


@pytest.mark.parametrize(("words", "changed"), OPTIONS, ids=lambda value: "-".join(map(str, value.values())))
def test_every_scan_and_every_patient(
    given: Mapping[str, Table], words: dict[str, str], changed: dict[str, Any]
) -> None:
    reading = replace(reading_bone.READINGS[words["criteria"]], **changed)
    rule = rule_for(ENTRY.validate_python({"derive": "bone_progression", **words}))
    visits = bone_response(**given, rule=rule)
    by_scan = sorted((r["subject"], r["day"], r["response"]) for r in visits.to_pyarrow().to_pylist())
    outcomes = {
        r["subject"]: (r["response"], r["progression_day"])
        for r in bone_outcome(visits).to_pyarrow().to_pylist()
    }
    times = {
        r["subject"]: (r["event"], r["day"], r["reason"])
        for r in bone_progression(**given, rule=rule).to_pyarrow().to_pylist()
    }
    expected, expected_times, expected_outcomes = [], {}, {}
    for number, p in enumerate(patients()):
        subject = f"{number:06d}"
        ends = (p["dose"], p["therapy"], p["cutoff"])
        scans, final, progression = reading_bone.states(p["scans"], *ends, reading)
        expected += [(subject, day, state) for day, state in scans]
        if scans:
            expected_outcomes[subject] = (final, progression)
        expected_times[subject] = reading_bone.time_to_progression(p["scans"], *ends, p["baseline"], reading)
    assert by_scan == sorted(expected)
    assert outcomes == expected_outcomes
    assert times == expected_times
    seen = Counter(state for _, _, state in expected)
    assert min(seen[state] for state in ("NON-PD", "PD", "NED", "NE")) >= 10
    assert 50 < sum(event for event, _, _ in expected_times.values()) < N - 50
