"""Rates of all events, computed neutrophils and corrected calcium: the package against the second reading."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import reading_event_rates as reading
from reading_event_tables import rows
from sizes import PATIENTS
from test_second_reading_event_tables import ARMS, occurrences, of
from test_second_reading_event_tables import patients as patients
from test_second_reading_event_tables import tables as tables

from trialist.endpoints.laboratory_values import laboratory_values
from trialist.engines.duckdb import connect
from trialist.findings.event_counts import EventRow
from trialist.findings.event_rates import all_events


@pytest.mark.parametrize("gap", [None, 0, 1, 14])
def test_rates_of_all_events(patients: list[dict[str, Any]], tables: dict[str, Any], gap: int | None) -> None:
    _, found = all_events(occurrences(tables), ARMS, ("any", "system_organ_class", "term"), gap)
    compared = 0
    for system, term in rows(patients):
        for arm in ARMS:
            events, days, people, spread = reading.all_events(of(patients, arm), (system, term), gap)
            here = found[EventRow(system, term)][arm]
            assert (here.events, here.days, here.n) == (events, days, people), (system, term, arm)
            assert here.spread == pytest.approx(spread) or events == 0
            compared += events
    assert compared > 500


def test_values_that_other_tests_of_the_day_give() -> None:
    draw = np.random.default_rng(40)
    levels: dict[str, tuple[str, list[float]]] = {
        "WBC": ("10^9/L", [0.5, 1.0, 2.0, 4.0]),
        "NEUTLE": ("%", [5.0, 40.0, 62.5]),
        "NEUTBLE": ("%", [0.0, 3.0, 12.0]),
        "NEUT": ("10^9/L", [0.4, 1.5]),
        "CA": ("mmol/L", [1.7, 1.95, 2.4]),
        "ALB": ("g/L", [18.0, 25.0, 40.0, 45.0]),
        "CACR": ("mmol/L", [2.1]),
    }
    days: dict[tuple[str, int], dict[str, float]] = {}
    lines = []
    for number in range(PATIENTS):
        for day in (0, 21):
            told = {t: float(draw.choice(v)) for t, (_, v) in levels.items() if draw.random() < 0.5}
            days[f"{number:05d}", day] = told
            lines += [
                {
                    "subject": f"{number:05d}",
                    "day": day,
                    "sequence": 10 * day + place,
                    "test_code": test,
                    "value": value,
                    "unit": levels[test][0],
                    "date": date(2020, 1, 1) + timedelta(day),
                }
                for place, (test, value) in enumerate(told.items())
            ]
    connection = connect()
    connection.con.register("lb", pa.Table.from_pylist(lines))
    values = laboratory_values(connection.table("lb"), ["NEUT", "CACR"]).to_pyarrow().to_pylist()
    found = {(v["test"], v["subject"], v["day"]): v["value"] for v in values}
    connection.disconnect()
    assert len(found) == len(values)  # one value a day
    computed = {v["made"] for v in values}
    assert computed == {None, "COMPUTED", "UNCORRECTED"}
    for (subject, day), told in days.items():
        for test, read in (("NEUT", reading.neutrophils), ("CACR", reading.calcium)):
            expected = read(told)
            here = found.get((test, subject, day))
            assert here == (None if expected is None else pytest.approx(expected)), (test, told)
