"""Generated records of a whole trial, and what the package makes of them: one study for all ADaM readings.

A patient is a dictionary of days after its own reference date; `RECORDS` turns them into domains. Dates known
in part are texts. Nothing of the package is used but the door by which records come in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from sizes import PATIENTS

from trialist.engines.duckdb import connect
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.study import Result, run_study

Patient = dict[str, Any]
Rows = list[dict[str, Any]]
CUT_OFF = date(2021, 3, 1)
PROTOCOL = """
trial: GENERATED
title: Generated records
condition: metastatic cancer
randomised: true
dates: {cut_off: "2021-03-01"}
arms: {a: {label: New, code: A, role: experimental}, b: {label: Old, code: B, role: control}}
allocation: {method: simple_random, ratio: {a: 1, b: 1}}
endpoints:
  os: {derive: overall_survival}
  tumours: {derive: tumour_response}
  bor: {derive: best_overall_response, confirmed: false, read: lesions}
  teae: {derive: adverse_events}
  anaemia: {derive: laboratory_grade, version: "5.0", term: Anemia}
  polycythaemia: {derive: laboratory_grade, version: "5.0", term: Hemoglobin increased}
  neutrophils: {derive: laboratory_grade, version: "4.03", term: Neutrophil count decreased, window: 10 d}
populations:
  itt: {label: All randomised, where: randomised}
  safety: {label: All treated, where: treated, by: actual}
  old: {label: Older, where: age >= 70}
analyses:
  shift: {endpoint: anaemia, population: safety, method: shift}
"""
TERMS = [("Gut", "Nausea"), ("Gut", "Vomiting"), ("Blood", "Anaemia"), ("Blood", "Nausea"), (None, None)]
VISITS = [56, 112, 168]


def one(draw: np.random.Generator, options: list[Any], chances: list[float]) -> Any:
    return options[int(draw.choice(len(options), p=chances))]


def event(draw: np.random.Generator) -> dict[str, Any]:
    """One adverse event; the start and the end are days, texts made of a day, or unknown."""
    system, term = TERMS[int(draw.integers(len(TERMS)))]
    start = int(draw.integers(-10, 140))
    told = one(draw, ["day", "month", "year", None], [0.85, 0.08, 0.02, 0.05])
    lasted = one(draw, [None, 0, 3, 40], [0.3, 0.2, 0.3, 0.2])
    return {
        "start": None if told is None else (start, told),
        "end": None if lasted is None or told not in ("day", None) else (start + lasted, "day"),
        "class": system,
        "term": term,
        "grade": one(draw, [1, 2, 3, 4, 5, None], [0.3, 0.25, 0.2, 0.1, 0.03, 0.12]),
        "initial": one(draw, [None, 1, 3], [0.7, 0.2, 0.1]),
        "serious": one(draw, ["Y", "N", None], [0.2, 0.6, 0.2]),
        "relation": one(
            draw, ["POSSIBLE", "NOT RELATED", "UNLIKELY", "PROBABLE", None], [0.3, 0.3, 0.1, 0.1, 0.2]
        ),
    }


def lesions(draw: np.random.Generator) -> Rows:
    """Readings of up to three targets, and a non-target; the scans of a visit may lie on two days."""
    rows = []
    targets = int(draw.choice([0, 1, 2, 3], p=[0.1, 0.3, 0.4, 0.2]))
    nodes = [bool(draw.random() < 0.3) for _ in range(targets)]
    sizes = [float(draw.choice([15, 20, 30, 41.5])) for _ in range(targets)]
    for place, visit in enumerate([-20, -7, *VISITS], -1):
        if place < 0 and draw.random() < 0.9:
            continue
        if place > 0 and draw.random() < 0.15:
            continue
        for number in range(targets):
            day = visit + int(draw.choice([0, 0, 2]))
            factor = float(draw.choice([0.0, 0.5, 0.7, 0.9, 1.0, 1.0, 1.1, 1.2, 1.5])) if place > 0 else 1.0
            sizes[number] = round(sizes[number] * factor, 1) or (0.0 if draw.random() < 0.5 else 12.0)
            unread = draw.random() < (0.08 if place > 0 else 0.02)
            if unread and draw.random() < 0.5:
                continue
            rows.append(
                {
                    "day": day,
                    "visit": f"VISIT {place}",
                    "lesion": f"T{number + 1}",
                    "group": "TARGET",
                    "node": nodes[number],
                    "value": None if unread else sizes[number],
                }
            )
        if draw.random() < 0.3 or not targets:
            word = (
                "PRESENT"
                if place <= 0
                else str(draw.choice(["PRESENT", "ABSENT", "UNEQUIVOCAL PROGRESSION"], p=[0.7, 0.2, 0.1]))
            )
            rows.append(
                {"day": visit, "visit": f"VISIT {place}", "lesion": "N1", "group": "NON-TARGET", "word": word}
            )
    return rows


def laboratory(draw: np.random.Generator) -> Rows:
    rows = []
    for test, unit, low, high, values in (
        ("HGB", "g/dL", 13.0, 17.0, [7.9, 8.0, 9.9, 10.0, 12.9, 13.0, 15.0, 17.0, 17.1, 19.0, 21.1]),
        ("NEUT", "10^9/L", 2.0, 7.0, [0.4, 0.5, 0.9, 1.0, 1.4, 1.5, 1.9, 2.0, 5.0, 7.1]),
    ):
        for _ in range(int(draw.integers(0, 6))):
            mark = one(draw, [None, "<"], [0.93, 0.07])
            rows.append(
                {
                    "test": test,
                    "day": int(draw.choice([-9, -1, 0, 1, 3, 22, 43, 70, 71, 90, 91, 130])),
                    "value": one(draw, [float(draw.choice(values)), None], [0.95, 0.05]),
                    "mark": mark,
                    "unit": one(draw, [unit, "%"], [0.95, 0.05]),
                    "lower": one(draw, [low, None], [0.85, 0.15]),
                    "upper": one(draw, [high, None], [0.85, 0.15]),
                }
            )
    return rows


@cache
def patients() -> tuple[Patient, ...]:
    """The same patients in every run; every gap occurs in some of them."""
    draw = np.random.default_rng(202611)
    made = []
    for number in range(PATIENTS):
        first = one(draw, [0, 1, 3, None], [0.5, 0.3, 0.1, 0.1])
        last = None if first is None else one(draw, [60, 61, None, 120], [0.5, 0.2, 0.15, 0.15])
        death = one(draw, [None, 75, 130, 300], [0.6, 0.15, 0.15, 0.1])
        made.append(
            {
                "subject": f"{number:06d}",
                "start": date(2020, 6, 1) + timedelta(int(draw.integers(0, 200))),
                "arm": one(draw, ["A", "B"], [0.5, 0.5]),
                "actual": one(draw, ["same", "A", "B", None], [0.8, 0.08, 0.07, 0.05]),
                "age": one(draw, [int(draw.integers(40, 85)), None], [0.95, 0.05]),
                "sex": one(draw, ["M", "F"], [0.8, 0.2]),
                "first": first,
                "last": last,
                "told_in": one(draw, ["dm", "ex"], [0.7, 0.3]),
                "death": None if death is None else (death, one(draw, ["day", "month"], [0.85, 0.15])),
                "therapies": [
                    int(d) for d in draw.choice([40, 90, 150], int(draw.choice([0, 1, 2], p=[0.7, 0.2, 0.1])))
                ],
                "events": [event(draw) for _ in range(int(draw.integers(0, 6)))],
                "lesions": lesions(draw),
                "laboratory": laboratory(draw),
            }
        )
    return tuple(made)


def on(patient: Patient, day: int) -> date:
    start: date = patient["start"]
    return start + timedelta(day)


def told(patient: Patient, name: str, when: tuple[int, str] | None) -> dict[str, Any]:
    """A date as captured: whole, or a text of its month or year."""
    if when is None:
        return {name: None, f"{name}_text": None}
    day = on(patient, when[0])
    text = {"day": day.isoformat(), "month": f"{day:%Y-%m}", "year": f"{day:%Y}"}[when[1]]
    return {name: day if when[1] == "day" else None, f"{name}_text": text}


def domains(people: Iterable[Patient]) -> dict[str, Rows]:
    """SDTM records with plain column names."""
    made: dict[str, Rows] = {name: [] for name in ("dm", "ds", "ex", "ae", "tr", "tu", "lb", "cm")}
    for p in people:
        own = {"subject": p["subject"]}
        in_dm = p["told_in"] == "dm"
        actual = p["arm"] if p["actual"] == "same" else p["actual"]
        made["dm"].append(
            own
            | {"arm_code": p["arm"], "actual_arm_code": actual, "age": p["age"], "sex": p["sex"]}
            | {"reference_start": on(p, 0)}
            | {"first_dose": None if p["first"] is None or not in_dm else on(p, p["first"])}
            | {"last_dose": None if p["last"] is None or not in_dm else on(p, p["last"])}
            | told(p, "death", p["death"])
        )
        made["ds"].append(own | {"sequence": 1, "term": "RANDOMIZED", "date": on(p, 0)})
        if p["first"] is not None and not in_dm:
            days = [p["first"]] if p["last"] is None else [p["first"], p["last"]]
            for number, day in enumerate(days, 1):
                made["ex"].append(
                    own
                    | {
                        "sequence": number,
                        "treatment": "X",
                        "dose": 5.0,
                        "dose_unit": "mg",
                        "start": on(p, day),
                        "end": on(p, day),
                    }
                )
        for number, day in enumerate(p["therapies"], 1):
            made["cm"].append(
                own
                | {
                    "sequence": number,
                    "reported_treatment": "Y",
                    "category": "ANTICANCER",
                    "start": on(p, day),
                }
            )
        for number, e in enumerate(p["events"], 1):
            made["ae"].append(
                own
                | {"sequence": number, "reported_term": e["term"] or "felt odd", "term": e["term"]}
                | {"system_organ_class": e["class"], "grade": e["grade"], "initial_grade": e["initial"]}
                | {"serious": e["serious"], "relation": e["relation"]}
                | told(p, "start", e["start"])
                | told(p, "end", e["end"])
            )
        for number, row in enumerate(p["lesions"], 1):
            target = row["group"] == "TARGET"
            made["tr"].append(
                own
                | {"sequence": number, "lesion": row["lesion"], "group": row["group"], "visit": row["visit"]}
                | {"test_code": ("LPERP" if row["node"] else "LDIAM") if target else "TUMSTATE"}
                | {"value": row.get("value"), "unit": "mm" if target else None, "date": on(p, row["day"])}
                | {
                    "result": row.get("word")
                    if not target
                    else None
                    if row["value"] is None
                    else str(row["value"])
                }
            )
        for number, row in enumerate(p["laboratory"], 1):
            text = None if row["value"] is None else f"{row['mark'] or ''}{row['value']:g}"
            made["lb"].append(
                own
                | {"sequence": number, "test_code": row["test"], "test": row["test"].title(), "result": text}
                | {
                    "value": None if row["mark"] else row["value"],
                    "unit": row["unit"],
                    "date": on(p, row["day"]),
                }
                | {"lower_limit": row["lower"], "upper_limit": row["upper"]}
            )
    return made


@cache
def study() -> Result:
    protocol, problems = parse_protocol(PROTOCOL, "generated.yaml")
    assert protocol is not None, problems
    assert not [p for p in problems if p.severity == "error"]
    tables = {name: pa.Table.from_pylist(rows) for name, rows in domains(patients()).items() if rows}
    records = records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    return run_study(protocol, records)
