"""Generated records of EX through the input, the derivation and its counts, and through the plain reading."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import reading_dose_records as reading
from reading_dose_records import Patient
from sizes import PATIENTS

from trialist.engines.duckdb import connect
from trialist.formats.adam import adam_tables
from trialist.protocol.parse import parse_protocol
from trialist.records.registered import records_from_tables
from trialist.study import Result, run_study

DAY_0 = date(2020, 1, 1)
INTERVAL, CUTOFF = 21, 100
PROTOCOL = """
trial: GIVEN
title: Doses
condition: metastatic cancer
randomised: true
dates: {cut_off: "2020-04-10"}
arms:
  once: {label: Once a day, role: experimental, give: [{drug: pill, dose: 1000 mg, every: 1 d}]}
  twice: {label: Twice, role: control, give: [{drug: pill, dose: 500 mg, every: 1 d, times_a_day: 2}]}
  cycle: {label: In cycles, give: [{drug: drip, dose: 300 mg, every: 21 d}]}
allocation: {method: simple_random, ratio: {once: 1, twice: 1, cycle: 1}}
endpoints:
  pill: {derive: dose_intensity, treatment: pill}
  drip: {derive: dose_intensity, treatment: drip}
populations: {all: {label: All, where: randomised}}
analyses:
  pill: {endpoint: pill, population: all, arms: [once, twice], method: exposure}
  drip: {endpoint: drip, population: all, arms: [cycle], method: exposure}
"""


def daily(draw: np.random.Generator) -> list[dict[str, Any]]:
    """Records of daily doses: one after another, with gaps, overlaps, holds of 0 mg and unknown amounts."""
    records, day = [], int(draw.choice([0, 0, 1]))
    for _ in range(int(draw.integers(0, 6))):
        length = int(draw.choice([1, 3, 7, 14, 28]))
        amounts = [500.0, 1000.0, 750.0, 400.0, 0.0, None]
        records.append(
            {
                "start": day,
                "end": day + length - 1,
                "amount": amounts[int(draw.choice(6, p=[0.3, 0.4, 0.12, 0.08, 0.08, 0.02]))],
                "often": int(draw.choice([1, 2])),
            }
        )
        day = max(0, day + length + int(draw.choice([0, 0, 1, 3, 4, 10, -2, -5, -length])))
    return records


def cycles(draw: np.random.Generator) -> list[dict[str, Any]]:
    """Infusions, some in parts on days that follow, some late, reduced, omitted or not known."""
    records, day = [], 0
    for _ in range(int(draw.integers(0, 5))):
        kind = draw.random()
        amounts: list[Any] = [300.0]
        if kind < 0.3:
            amounts = [[150.0, 150.0], [100.0, 100.0, 100.0], [200.0, 90.0], [150.0, 120.0]][
                int(draw.integers(4))
            ]
        elif kind < 0.5:
            amounts = [[240.0], [285.0], [280.0], [330.0]][int(draw.integers(4))]
        elif kind < 0.6:
            amounts = [[0.0], [None]][int(draw.random() < 0.3)]
        for step, amount in enumerate(amounts):
            place = day + step * int(draw.choice([0, 1, 1, 7]))
            records.append({"start": place, "end": place, "amount": amount, "often": 1})
        day += INTERVAL + int(draw.choice([0, 0, 0, 3, 4, 14, -2]))
    return records


@cache
def patients() -> tuple[Patient, ...]:
    draw = np.random.default_rng(1284)
    made = []
    for _ in range(PATIENTS):
        arm = str(draw.choice(["once", "twice", "cycle"]))
        made.append(
            {
                "arm": arm,
                "records": cycles(draw) if arm == "cycle" else daily(draw),
                "planned": {"once": 1000.0, "twice": 500.0, "cycle": 300.0}[arm],
                "times": 2 if arm == "twice" else 1,
                "cutoff": CUTOFF,
            }
        )
    return tuple(made)


@pytest.fixture(scope="module")
def result() -> Result:
    protocol, problems = parse_protocol(PROTOCOL, "given.yaml")
    assert protocol is not None, problems
    rows: dict[str, list[dict[str, Any]]] = {"dm": [], "ds": [], "ex": []}
    for number, p in enumerate(patients()):
        own = {"subject": f"{number:06d}"}
        rows["dm"].append(own | {"arm_code": p["arm"], "actual_arm_code": p["arm"], "reference_start": DAY_0})
        rows["ds"].append(own | {"sequence": 1, "term": "RANDOMIZED", "date": DAY_0})
        for sequence, record in enumerate(p["records"], 1):
            grams = sequence % 3 == 0 and record["amount"] is not None
            rows["ex"].append(
                own
                | {"sequence": sequence, "treatment": "DRIP" if p["arm"] == "cycle" else "Pill "}
                | {"dose": record["amount"] / 1000 if grams else record["amount"]}
                | {"dose_unit": "g" if grams else "mg"}
                | {"frequency": "ONCE" if p["arm"] == "cycle" else {1: "QD", 2: "BID"}[record["often"]]}
                | {name: DAY_0 + timedelta(record[name]) for name in ("start", "end")}
            )
    tables = {name: pa.Table.from_pylist(made) for name, made in rows.items()}
    return run_study(
        protocol, records_from_tables(tables, origin="simulated", source="a test", connection=connect())
    )


def in_cycles(patient: Patient) -> dict[str, Any]:
    found = reading.course(reading.cycles_given(patient, INTERVAL), INTERVAL, patient["planned"])
    given = [r["start"] for r in patient["records"] if r["amount"] != 0 and r["start"] <= CUTOFF]
    return found | {"last_day": max(given, default=None)}  # of a cycle in parts the day of the last one


OF = [("pill", ("once", "twice"), reading.daily_course), ("drip", ("cycle",), in_cycles)]


@pytest.mark.parametrize(("endpoint", "arms", "read"), OF, ids=["daily", "cycles"])
def test_every_course_and_every_count_of_it_agree(
    result: Result, endpoint: str, arms: tuple[str, ...], read: Callable[[Patient], dict[str, Any]]
) -> None:
    rows = {row["subject"]: row for row in result.endpoints[endpoint].to_pyarrow().to_pylist()}
    courses: dict[str, list[dict[str, Any]]] = {arm: [] for arm in arms}
    for number, patient in enumerate(patients()):
        if patient["arm"] not in arms:
            continue
        expected, row = read(patient), rows[f"{number:06d}"]
        courses[patient["arm"]].append(expected)
        for name in (
            *(
                "first_day",
                "last_day",
                "doses",
                "omitted",
                "duration_weeks",
                "delays",
                "reason",
                "reductions",
            ),
            *("cumulative_dose", "intensity", "relative_dose_intensity", "relative_dose"),
        ):
            value = expected.get(name)
            if isinstance(value, float):
                assert row[name] == pytest.approx(value, rel=1e-9, abs=2e-9), (name, patient)
            else:
                assert row[name] == value, (name, patient)
    for arm in arms:
        told: dict[str, dict[str, tuple[Any, Any]]] = {}
        for f in result.findings:
            options = dict(f.method.options)
            if (f.analysis, f.groups, f.measure) == (endpoint, (arm,), "count"):
                told.setdefault(options["of"], {})[options["category"]] = (f.estimate, f.n)
        shares = reading.categories(courses[arm])
        known = sum(shares.values())
        assert told["relative_dose_intensity"] == {w: (shares[w], known) for w in reading.CATEGORIES}
        assert min(shares.values()) > 1
        for what in ("delays", "reductions", "omitted"):
            assert told[what] == {"at least one": reading.ever(courses[arm], what)}
            assert reading.ever(courses[arm], what)[0] > 1


def test_every_cycle_of_adex_agrees(result: Result) -> None:
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for row in adam_tables(result)["adex"].to_pylist():
        if row["PARCAT1"] == "DOSE" and row["PARAM"].startswith("drip"):
            found.setdefault(row["USUBJID"], {})[(row["ASTDT"] - DAY_0).days] = row
    for number, patient in enumerate(patients()):
        if patient["arm"] != "cycle":
            continue
        course, rows = in_cycles(patient), found.get(f"{number:06d}", {})
        given = reading.cycles_given(patient, INTERVAL)
        happened = [day for day, amount in given.items() if amount != 0]
        between = [day for day in given if happened and min(happened) <= day <= max(happened)]
        assert {day: row["AVAL"] for day, row in rows.items()} == {day: given[day] for day in between}
        flags = [sum(row[name] == "Y" for row in rows.values()) for name in ("DLYFL", "OMITFL")]
        assert flags == [course.get("delays", 0), course.get("omitted", 0)], patient
        low = {day for day, row in rows.items() if row["REDFL"] == "Y"}
        assert low == {day for day in between if given[day] and given[day] < patient["planned"] * 0.95 - 1e-7}


def test_parts_overlaps_and_holds_occur() -> None:
    taken = [p for p in patients() if p["arm"] != "cycle"]
    overlapping = sum(
        sum(r["end"] - r["start"] + 1 for r in p["records"]) > len(reading.days_given(p)) for p in taken
    )
    assert overlapping > 50
    given = [p for p in patients() if p["arm"] == "cycle"]
    merged = sum(
        len({r["start"] for r in p["records"]}) > len(reading.cycles_given(p, INTERVAL)) for p in given
    )
    assert merged > 15
