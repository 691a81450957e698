"""Courses of patients as the inputs of derivations: the same in every run, with every gap in some of them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter

from trialist.endpoints import ENDPOINTS
from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.engines.duckdb import connect
from trialist.protocol.endpoints import Endpoint
from trialist.records.computed import computed_once

SUBJECTS = 200
ENTRY: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)
KINDS = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
Row = dict[str, Any]
Inputs = dict[str, list[Row]]
SCANS = range(56, 400, 56)
CYCLES = range(21, 400, 21)
SAME_DAY = ("psa", "responses", "performance", "laboratory", "measurements")  # some values share a day
OF_RESPONSE = (
    *("objective_response", "disease_control", "time_to_response"),
    *("duration_of_response", "duration_of_stable_disease"),
)
PFS = {"derive": "progression_free_survival", "first_of": ["radiographic_progression", "death"]}
BOR = {"derive": "best_overall_response", "confirmed": True}


@cache
def inputs() -> Inputs:
    rng = random.Random(56)
    made: Inputs = {name: [] for name in INPUT_COLUMNS}
    for number in range(SUBJECTS):
        own = {"subject": f"{number:04d}"}
        for name, rows in course(rng).items():
            for sequence, row in enumerate(rows):
                if name in SAME_DAY and sequence and rng.random() < 0.08:
                    row["day"] = rows[sequence - 1]["day"]
                numbered = {"sequence": sequence} if "sequence" in INPUT_COLUMNS[name] else {}
                made[name].append(own | numbered | row)
    return made


def some(rng: random.Random, share: float, days: Sequence[int] = range(10, 380)) -> int | None:
    return rng.choice(days) if rng.random() < share else None


def course(rng: random.Random) -> Inputs:
    """The rows of one patient, without its name."""
    first = rng.choice([0, 0, 1, None])
    death = some(rng, 0.4, range(60, 400))
    therapy = some(rng, 0.25)
    subject = {
        "arm": rng.choice("ab"),
        "first_dose_day": first,
        "last_dose_day": None if first is None else some(rng, 0.8, range(20, 300)),
        "death_day": death,
        "last_alive_day": 400 if death is None else death,
        "baseline_scan": rng.choice([True, True, True, None, False]),
        "randomised": True,
        "treated": first is not None,
    }
    scans = [day + rng.choice([0, 0, 2]) for day in SCANS if rng.random() < 0.85]
    visits = [day + rng.choice([-1, 0, 0, 1]) for day in CYCLES if rng.random() < 0.85]
    return {
        "subjects": [subject],
        "deaths": [] if death is None else [{"day": death}],
        "therapies": [] if therapy is None else [{"day": therapy}],
        "psa": psa(rng, visits),
        "responses": [{"day": d, "response": word(rng, ["CR", "PR", "SD", "SD", "NE", "PD"])} for d in scans],
        "soft_tissue": [
            {"day": d, "response": word(rng, ["PR", "SD", "SD", "SD", "NE", "PD"])} for d in scans
        ],
        "bone": [
            {"day": d, "response": word(rng, ["NON-PD", "NON-PD", "NON-PD", "NE", "PD"])} for d in scans
        ],
        "lesions": lesions(rng, scans),
        "bone_scans": bone_scans(rng, scans),
        "pain": pain(rng, visits),
        "radiotherapies": [{"day": d, "purpose": word(rng, ["BONE PAIN", "PALLIATIVE"])} for d in days(rng)],
        "skeletal_events": [
            {"day": d, "kind": word(rng, ["RADIOTHERAPY", "FRACTURE", "COMPRESSION", "SURGERY"])}
            for d in days(rng)
        ],
        "performance": [
            {"day": d, "test": "ECOG101", "ecog": rng.choice([0, 1, 1, 2, 3])} for d in [-7, 0, *visits[::2]]
        ],
        "progressions": [{"day": d, "kind": word(rng, ["PAIN", "CLINICAL"])} for d in days(rng)],
        "measurements": measurements(rng),
        "specimens": [
            {"day": d, "visit": visit, "specimen": "MARROW", "failed": rng.random() < 0.1}
            for d, visit in ((-3, "screening"), (63, "week_9"))
            if rng.random() < 0.9
        ],
        "laboratory": [
            {"day": d, "test": "HGB", "value": rng.choice([7.0, 8.0, 9.9, 10.0, 12.0, 14.0]), "unit": "g/dL"}
            | {"comparator": rng.choice([None] * 9 + ["<"]), "lower": rng.choice([13.0, 13.0, None])}
            for d in [-5, *visits[::2]]
        ],
        "doses": doses(rng, first, visits),
        "adverse_events": events(rng),
    }


def word(rng: random.Random, words: Sequence[str]) -> str:
    return rng.choice(words)


def days(rng: random.Random) -> list[int]:
    return [rng.randint(-5, 380)] if rng.random() < 0.25 else []


def psa(rng: random.Random, visits: list[int]) -> list[Row]:
    level, rows = rng.choice([20.0, 60.0, 200.0]), []
    for day in [-3, 0, *visits] if rng.random() < 0.95 else visits:
        rows.append({"day": day, "value": round(level, 1), "below": False})
        level *= rng.choice([0.5, 0.7, 0.9, 1.0, 1.1, 1.3]) if day > 0 else 1.0
    return rows


def lesions(rng: random.Random, scans: list[int]) -> list[Row]:
    rows = []
    for name, role in (("T1", "TARGET"), ("T2", "TARGET"), ("N1", "NON-TARGET"), ("X1", "NEW")):
        if rng.random() < 0.2:
            continue
        size = 30.0
        begun = False
        for day in [-7, *scans]:
            size = round(size * rng.choice([0.6, 0.9, 1.0, 1.0, 1.15]), 1) if day > 0 else size
            begun = begun or rng.random() < 0.08
            if role == "NEW" and (day < 0 or not begun):
                continue
            state = None if role == "TARGET" else "PRESENT"
            if role == "NON-TARGET" and day > 0:
                state = rng.choice(["PRESENT"] * 12 + ["ABSENT"] * 3 + ["WORSE"])
            unread = day > 0 and rng.random() < 0.05
            rows.append(
                {"day": day, "lesion": name, "role": role, "node": False, "organ": name, "read_day": day}
                | {"visit_end": day, "state": None if unread else state}
                | {"diameter": size if role == "TARGET" and not unread else None}
            )
    return rows


def bone_scans(rng: random.Random, scans: list[int]) -> list[Row]:
    rows: list[Row] = [{"day": -7, "lesion": "z", "readable": True}]
    shown: set[str] = set()
    for day in scans:
        shown |= {rng.choice("abcdefgh") for _ in range(rng.choice([0, 0, 0, 1, 2]))}
        shown -= {name for name in sorted(shown) if rng.random() < 0.1}
        rows += [{"day": day, "lesion": name, "readable": True} for name in sorted(shown) or [None]]
    return rows


def pain(rng: random.Random, visits: list[int]) -> list[Row]:
    score, dose, rows = rng.choice([0, 1, 2, 3, 4]), rng.choice([0.0, 8.0, 12.0, 20.0]), []
    for day in [-1, *visits]:
        rows.append({"day": day, "test": "PPI", "value": float(score)})
        rows.append({"day": day, "test": "ANALGES", "value": dose})
        score = min(5, max(0, score + rng.choice([-1, 0, 0, 0, 1])))
        dose = round(dose * rng.choice([0.4, 1.0, 1.0, 1.3]), 1)
    return rows


def measurements(rng: random.Random) -> list[Row]:
    return [
        {"day": day, "visit": visit, "test": test, "value": rng.choice([0.0, 2.0, 5.0, 8.0, 40.0, 100.0])}
        | {"comparator": rng.choice([None] * 9 + ["<"]), "unit": "ng/mL", "failed": rng.random() < 0.05}
        | {"result": rng.choice(["POS", "NEG", "UNDETERMINED"])}
        for test in ("A", "B")
        for day, visit in ((-10, "screening"), (-3, "screening"), (62, "week_9"), (64, "week_9"))
        if rng.random() < 0.75
    ]


def doses(rng: random.Random, first: int | None, visits: list[int]) -> list[Row]:
    rows = []
    for day in [] if first is None else [first, *(day for day in visits if day < 200)]:
        dose = rng.choice([25.0, 25.0, 25.0, 20.0, 12.5, 0.0])
        rows.append(
            {"day": day, "treatment": "DRUG", "dose": dose, "unit": "mg/m2", "number": 1.0, "last_day": day}
            | {"planned_dose": 25.0, "planned_unit": "mg/m2", "planned_interval": 21}
            | {"height": 170.0, "weight": 70.0, "first_weight": 70.0}
        )
    return rows


def events(rng: random.Random) -> list[Row]:
    rows = []
    for _ in range(rng.randint(0, 5)):
        start = rng.choice([None, *range(-5, 300, 9)])
        rows.append(
            {
                "term": rng.choice(["NAUSEA", "ANAEMIA"]),
                "preferred_term": "Nausea",
                "system_organ_class": "Gut",
            }
            | {"grade": rng.choice([1, 2, 3, 4, None]), "initial_grade": rng.choice([None, 1])}
            | {"serious": rng.choice([True, False, None]), "related": rng.choice([True, False, None])}
            | {"action": rng.choice([None, "withdrawn"]), "fatal": rng.choice([False, False, None])}
            | {"start_day": start, "start_earliest_day": start, "start_latest_day": start}
            | {"end_day": None if start is None else start + 7, "end_latest_day": start and start + 7}
        )
    return rows


def derived(words: Mapping[str, Any], rows: Mapping[str, list[Row]]) -> list[Row]:
    """The table of an endpoint, by subject; what is read off a best response has it from the same inputs."""
    name = words["derive"]
    connection = connect()
    given: dict[str, Any] = {}

    def table(need: str) -> Any:
        if need not in given:
            schema = pa.schema([(column, KINDS[kind]) for column, kind in INPUT_COLUMNS[need].items()])
            connection.con.register(need, pa.Table.from_pylist(rows[need], schema))
            given[need] = connection.table(need)
        return given[need]

    def run(asked: Mapping[str, Any]) -> Any:
        part = ENDPOINTS[asked["derive"]]
        return part.run(
            **{need: table(need) for need in part.needs}, rule=rule_for(ENTRY.validate_python(asked))
        )

    if name in OF_RESPONSE:
        given |= {
            "best_response": computed_once(run({**BOR, "confirmed": False})),
            "progression": computed_once(run(PFS)),
        }
    found = run(words).to_pyarrow().to_pylist()
    connection.disconnect()
    rounded = [{k: round(v, 9) if isinstance(v, float) else v for k, v in row.items()} for row in found]
    assert rounded
    return by_subject(rounded)


def by_subject(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["subject"], row.get("day") or 0, row.get("sequence") or 0))
