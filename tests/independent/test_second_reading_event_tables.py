"""Generated adverse events through the package and through the plain second reading: all must agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import reading_event_tables as reading
from pydantic import TypeAdapter
from sizes import PATIENTS

from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.endpoints.occurrences import adverse_events
from trialist.engines.duckdb import connect
from trialist.findings import event_counts
from trialist.findings.context import Context
from trialist.findings.methods import METHODS
from trialist.findings.model import Finding, Origin
from trialist.problems import Place
from trialist.protocol.analyses import Analysis
from trialist.protocol.endpoints import Endpoint
from trialist.records.computed import computed_once

N = PATIENTS
ARMS = ("a", "b")
KINDS = {"string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "boolean": pa.bool_()}
TERMS = (("Gut", "Nausea"), ("Gut", "Vomiting"), ("Blood", "Anaemia"), ("Blood", "Nausea"), ("Lung", "Cough"))
AT = Context("T", "e", "a", "itt", None, ARMS, ARMS, {}, Origin("observed"), Place("p.yaml", 1))


def generated() -> list[dict[str, Any]]:
    """The same patients in every run; every kind of gap, and every boundary, occurs in some of them."""
    draw = np.random.default_rng(238)

    def one(options: list[Any], chances: list[float]) -> Any:
        return options[int(draw.choice(len(options), p=chances))]

    patients = []
    for number in range(N):
        events = []
        for _ in range(int(draw.integers(0, 6))):
            system, term = TERMS[int(draw.integers(len(TERMS)))]
            start = one([int(draw.integers(-5, 130)), None, 0, 90, 91], [0.8, 0.05, 0.05, 0.05, 0.05])
            events.append(
                {
                    "class": system,
                    "term": term,
                    "grade": one([1, 2, 3, 4, 5, None], [0.3, 0.25, 0.2, 0.1, 0.05, 0.1]),
                    "initial": one([None, 1, 3], [0.6, 0.2, 0.2]),
                    "serious": one([True, False, None], [0.2, 0.7, 0.1]),
                    "related": one([True, False, None], [0.5, 0.4, 0.1]),
                    "action": one([None, "withdrawn", "reduced", "interrupted"], [0.7, 0.1, 0.1, 0.1]),
                    "fatal": one([True, False, None], [0.05, 0.85, 0.1]),
                    "start": start,
                    "end": one([None, start, -1], [0.6, 0.35, 0.05]),
                }
            )
        patients.append(
            {
                "subject": f"{number:04d}",
                "arm": ARMS[number % 2],
                "first": one([0, 1, None], [0.5, 0.45, 0.05]),
                "last": one([60, 100, None], [0.6, 0.35, 0.05]),
                "cutoff": one([None, 90, 80], [0.6, 0.2, 0.2]),
                "death": one([None, 90, 40, 200], [0.7, 0.1, 0.1, 0.1]),
                "alive": one([110, 70, None], [0.6, 0.3, 0.1]),
                "events": events,
            }
        )
    return patients


@pytest.fixture(scope="module")
def patients() -> list[dict[str, Any]]:
    return generated()


@pytest.fixture(scope="module")
def tables(patients: list[dict[str, Any]]) -> dict[str, Any]:
    days = {
        "first": "first_dose_day",
        "last": "last_dose_day",
        "cutoff": "cutoff_day",
        "death": "death_day",
        "alive": "last_alive_day",
    }
    names = {
        "class": "system_organ_class",
        "initial": "initial_grade",
        "start": "start_day",
        "end": "end_day",
    }
    subjects = [
        {"subject": p["subject"], "arm": p["arm"], **{c: p[k] for k, c in days.items()}} for p in patients
    ]
    events = [
        {
            **{names.get(key, key): value for key, value in event.items()},
            "subject": p["subject"],
            "sequence": number,
            "preferred_term": event["term"],
        }
        for p in patients
        for number, event in enumerate(p["events"], 1)
    ]
    connection = connect()
    tables = {}
    for name, rows in (("subjects", subjects), ("adverse_events", events)):
        fields = [(c, KINDS[k]) for c, k in INPUT_COLUMNS[name].items() if k in KINDS]
        connection.con.register(name, pa.Table.from_pylist(rows, pa.schema(fields)))
        tables[name] = connection.table(name)
    return tables


def occurrences(tables: dict[str, Any], **asks: Any) -> Any:
    rule = rule_for(TypeAdapter(Endpoint).validate_python({"derive": "adverse_events", **asks}))
    made = adverse_events(**tables, rule=rule)
    return computed_once(made.join(tables["subjects"], "subject"))


@pytest.fixture(scope="module")
def table(tables: dict[str, Any]) -> Any:
    return occurrences(tables)


def analysed(table: Any, **words: Any) -> tuple[Finding, ...]:
    entry: Any = TypeAdapter(Analysis).validate_python(words)
    return METHODS[entry.method].run(table, entry, AT)


def row(finding: Finding) -> tuple[Any, Any]:
    options = dict(finding.method.options)
    return options["system_organ_class"], options["term"]


def of(patients: list[dict[str, Any]], arm: str) -> list[dict[str, Any]]:
    return [patient for patient in patients if patient["arm"] == arm]


def test_the_same_events_count_and_everybody_is_there(table: Any, patients: list[dict[str, Any]]) -> None:
    rows = table.select("subject", "sequence", "onset_day", "risk_end_day", "died").to_pyarrow().to_pylist()
    found = sorted(
        (r["subject"], r["sequence"] or 0, r["onset_day"], r["risk_end_day"], r["died"]) for r in rows
    )
    expected = []
    for patient in patients:
        last = reading.end_of_risk(patient)
        fate = (last, last is not None and patient["death"] == last)
        kept = reading.counted(patient)
        expected += [
            (patient["subject"], patient["events"].index(event) + 1, reading.onset(patient, event), *fate)
            for event in kept
        ]
        if not kept:
            expected.append((patient["subject"], 0, None, *fate))
    assert found == sorted(expected)
    assert len(found) > N


@pytest.mark.usefixtures("way")
def test_the_same_subjects_stand_in_every_row_and_grade(table: Any, patients: list[dict[str, Any]]) -> None:
    grades = ["any", "3_or_more", "3_to_4", "1", "2", "3", "4", "5", "not_graded"]
    found = analysed(table, method="incidence", grades=grades)
    assert {row(finding) for finding in found} == reading.rows(patients)
    for finding in found:
        mine = of(patients, finding.groups[0])
        grade = dict(finding.method.options)["grade"]
        assert (finding.events, finding.n) == reading.incidence(mine, row(finding), grade), finding.method


def test_the_same_rates(table: Any, patients: list[dict[str, Any]]) -> None:
    found = analysed(table, method="exposure_adjusted_rate")
    assert len(found) == 2 * len(reading.rows(patients))
    for finding in found:
        events, days, people = reading.rate(of(patients, finding.groups[0]), row(finding))
        assert (finding.events, finding.n) == (events, people)
        assert finding.estimate == pytest.approx(100 * events / (days / 365.25))


@pytest.mark.parametrize("grade", ["any", "3_or_more", "3_to_4", "2", "not_graded"])
@pytest.mark.parametrize(
    ("words", "bounds"),
    [
        ({"every": "21 d", "periods": 4}, [(0, 21), (21, 42), (42, 63), (63, None)]),
        ({"starts": ["0 d", "1 d", "40 d", "90 d"]}, [(0, 1), (1, 40), (40, 90), (90, None)]),
    ],
    ids=["cycles", "any length"],
)
def test_the_same_subjects_in_every_period(
    table: Any,
    patients: list[dict[str, Any]],
    grade: str,
    words: dict[str, Any],
    bounds: list[tuple[int, int | None]],
) -> None:
    found = analysed(table, method="incidence_by_period", grade=grade, **words)
    assert len(found) == 2 * len(reading.rows(patients)) * len(bounds)
    for finding in found:
        begins, ends = bounds[dict(finding.method.options)["period"] - 1]
        mine = of(patients, finding.groups[0])
        expected = reading.in_period(mine, row(finding), grade, begins, ends)
        assert (finding.events, finding.n) == expected, (finding.method, finding.groups)
        options = dict(finding.method.options)
        assert (options["from_day"], options["to_day"]) == (begins + 1, ends)


def test_the_same_overview(table: Any, patients: list[dict[str, Any]]) -> None:
    found = analysed(table, method="overview")
    for arm in ARMS:
        mine = {dict(f.method.options)["category"]: f.events for f in found if f.groups == (arm,)}
        assert mine == reading.overview(of(patients, arm))


def test_the_same_cumulative_incidence(table: Any, patients: list[dict[str, Any]]) -> None:
    found = analysed(table, method="cumulative_incidence", at_months=[0.5, 1, 2, 2.9])
    for finding in found:
        days = float(finding.timepoint or 0) * 30.4375
        assert finding.estimate == pytest.approx(
            reading.cumulative_incidence(of(patients, finding.groups[0]), days)
        )


@pytest.mark.parametrize(
    ("asks", "read"),
    [
        ({"minimum_grade": 3}, {"grade": 3}),
        ({"serious": True, "related": True}, {"serious": True, "relation": True}),
        ({"minimum_grade": 2, "action": "withdrawn"}, {"grade": 2, "action": "withdrawn"}),
        ({"fatal": True, "related": True}, {"fatal": True, "relation": True}),
    ],
)
def test_the_same_events_fit_and_the_same_do_not_tell(
    tables: dict[str, Any], patients: list[dict[str, Any]], asks: dict[str, Any], read: dict[str, Any]
) -> None:
    noted = event_counts.noted(occurrences(tables, **asks), ARMS)
    fits, told = reading.asked(patients, read)
    assert noted.events == fits
    assert {name: (gap.missing, gap.asked) for name, gap in noted.gaps.items()} == told
    assert all(missing for missing, _ in told.values())
