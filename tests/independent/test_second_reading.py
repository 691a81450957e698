"""Generated patients through the package and through the plain second reading: every record must agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import ibis
import pyarrow as pa
import pytest
import reading_psa
import reading_response
import reading_safety
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from ibis.expr.types import Table
from pydantic import TypeAdapter
from sizes import PATIENTS

from trialist.endpoints.filled import rule_for
from trialist.endpoints.inputs import INPUT_COLUMNS
from trialist.endpoints.progression import progression_free_survival
from trialist.endpoints.psa import psa_change, psa_progression, psa_response
from trialist.endpoints.responders import duration_of_response
from trialist.endpoints.response import best_overall_response
from trialist.endpoints.survival import overall_survival
from trialist.endpoints.toxicity import adverse_event
from trialist.engines.duckdb import connect
from trialist.protocol.endpoints import Endpoint

pytestmark = pytest.mark.xdist_group("second reading")  # the patients are generated once
N = PATIENTS
ENTRY: TypeAdapter[Endpoint] = TypeAdapter(Endpoint)
KINDS = {
    "string": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
Patient = dict[str, Any]

# days a week apart and on the edges of the rules; values on the edges of 25 %, 50 %, 2 and 5 ng/mL
DAYS = sorted({*range(-14, 190, 7), 20, 41, 62, 83, 85, 104})
LEVELS = [
    0.0,
    0.5,
    1.0,
    2.0,
    2.3,
    2.5,
    4.0,
    4.3,
    4.5,
    5.0,
    6.0,
    8.0,
    10.0,
    12.5,
    15.0,
    20.0,
    25.0,
    30.0,
    40.0,
]
WORDS = ["CR", "PR", "PR", "SD", "SD", "NON-CR/NON-PD", "NE", "PD"]
maybe_day = st.one_of(st.none(), st.none(), st.sampled_from(DAYS).filter(lambda day: day > 0))
courses = st.lists(
    st.tuples(st.sampled_from(DAYS), st.sampled_from(LEVELS)), max_size=12, unique_by=lambda pair: pair[0]
)
psa_patients = st.fixed_dictionaries({"psa": courses, "therapy": maybe_day})
visits = st.lists(
    st.tuples(st.sampled_from(DAYS), st.sampled_from(WORDS)), max_size=9, unique_by=lambda pair: pair[0]
)
response_patients = st.fixed_dictionaries(
    {"responses": visits, "therapy": maybe_day, "death": maybe_day, "cutoff": maybe_day}
)

small_day = st.one_of(st.none(), st.integers(-5, 60))
partial_day = st.tuples(st.integers(-40, 60), st.integers(1, 31)).map(lambda pair: (pair[0], sum(pair)))
event_day = st.one_of(small_day, partial_day)  # a partial date is the two days that it lies between
grade = st.one_of(st.none(), st.integers(1, 5))
events = st.lists(
    st.fixed_dictionaries({"start": event_day, "end": event_day, "initial": grade, "grade": grade}),
    max_size=4,
)
safety_patients = st.fixed_dictionaries(
    {
        "events": events,
        "first": st.one_of(st.integers(-5, 20), st.integers(-5, 20), st.none()),
        "last": small_day,
        "alive": maybe_day,
        "death": maybe_day,
        "cutoff": maybe_day,
    }
)


def generated(kind: SearchStrategy[Patient], n: int = N) -> list[Patient]:
    """The same n patients in every run."""
    found: list[Patient] = []

    @settings(
        max_examples=n,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(kind)
    def take(patient: Patient) -> None:
        found.append(patient)

    take()
    assert len(found) >= n
    return found


def tables(
    connection: Any, patients: Sequence[Patient], turn: Callable[[list[Any]], list[Any]]
) -> dict[str, Table]:
    """The inputs of those patients; `turn` rearranges the rows of every table."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in INPUT_COLUMNS}
    for number, patient in enumerate(patients):
        subject = f"{number:06d}"
        rows["subjects"].append(
            {
                "subject": subject,
                "cutoff_day": patient.get("cutoff"),
                "first_dose_day": patient.get("first"),
                "last_dose_day": patient.get("last"),
                "last_alive_day": patient.get("alive"),
            }
        )
        for sequence, event in enumerate(patient.get("events", [])):
            rows["adverse_events"].append(
                {
                    "subject": subject,
                    "sequence": sequence,
                    "grade": event["grade"],
                    "initial_grade": event["initial"],
                    "start_day": None if isinstance(event["start"], tuple) else event["start"],
                    "start_earliest_day": event["start"][0] if isinstance(event["start"], tuple) else None,
                    "start_latest_day": event["start"][1] if isinstance(event["start"], tuple) else None,
                    "end_day": None if isinstance(event["end"], tuple) else event["end"],
                    "end_latest_day": event["end"][1] if isinstance(event["end"], tuple) else None,
                }
            )
        for sequence, (day, value) in enumerate(patient.get("psa", [])):
            rows["psa"].append({"subject": subject, "day": day, "sequence": sequence, "value": value})
        for sequence, (day, word) in enumerate(patient.get("responses", [])):
            rows["responses"].append({"subject": subject, "day": day, "sequence": sequence, "response": word})
        for name, key in (("therapies", "therapy"), ("deaths", "death")):
            if patient.get(key) is not None:
                rows[name].append({"subject": subject, "day": patient[key]})
    made = {}
    for name, columns in INPUT_COLUMNS.items():
        schema = pa.schema([(column, KINDS[kind]) for column, kind in columns.items()])
        connection.con.register(name, pa.Table.from_pylist(turn(rows[name]), schema))
        made[name] = connection.table(name)
    return made


def derived(
    derivation: Any,
    words: Mapping[str, Any],
    patients: Sequence[Patient],
    turn: Callable[[list[Any]], list[Any]] = list,
) -> list[dict[str, Any]]:
    """One row per patient, in their order."""
    part = derivation.entry
    connection = connect()
    given_tables = tables(connection, patients, turn)
    rule = rule_for(ENTRY.validate_python({"derive": part.name, **words}))
    found = derivation(**{name: given_tables[name] for name in part.needs}, rule=rule).to_pyarrow()
    connection.disconnect()
    rows = sorted(found.to_pylist(), key=lambda row: row["subject"])
    assert [row["subject"] for row in rows] == [f"{i:06d}" for i in range(len(patients))]
    return rows


@cache
def with_psa() -> list[Patient]:
    return generated(psa_patients)


@cache
def with_responses() -> list[Patient]:
    return generated(response_patients)


@cache
def with_events() -> list[Patient]:
    return generated(safety_patients)


@pytest.mark.parametrize(
    ("criteria", "fall", "confirming", "confirmed"),
    [
        ("pcwg3", 0.5, "any_later", True),
        ("pcwg3", 0.3, "consecutive", True),
        ("pcwg1", 0.5, "any_later", True),
        ("tropic2010", 0.9, "any_later", False),
    ],
)
def test_psa_response(criteria: str, fall: float, confirming: str, confirmed: bool) -> None:
    words = {
        "criteria": criteria,
        "fall": f"{100 * fall:.0f} %",
        "confirming": confirming,
        "confirmed": confirmed,
    }
    rows = derived(psa_response, words, with_psa())
    expected = [
        reading_psa.response(p["psa"], p["therapy"], criteria, fall, confirming, confirmed)
        for p in with_psa()
    ]
    assert [(row["responder"], row["day"]) for row in rows] == expected
    assert 10 < sum(bool(responder) for responder, _ in expected) < N - 10


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("criteria", "confirming", "early"),
    [
        ("pcwg3", "consecutive", None),
        ("pcwg3", "any_later", "all"),
        ("pcwg1", "consecutive", None),
        ("tropic2010", "any_later", "no_decline_only"),
    ],
)
def test_psa_progression(criteria: str, confirming: str, early: str | None) -> None:
    words = {"criteria": criteria, "confirming": confirming, "early_rise": early}
    rows = derived(psa_progression, words, with_psa())
    expected = [
        reading_psa.progression(p["psa"], p["therapy"], criteria, confirming, early) for p in with_psa()
    ]
    assert [(row["event"], row["day"]) for row in rows] == expected
    assert 10 < sum(event for event, _ in expected) < N - 10


def test_psa_change() -> None:
    rows = derived(psa_change, {"what": "best"}, with_psa())
    expected = [reading_psa.best_change(p["psa"], p["therapy"]) for p in with_psa()]
    assert [row["percent_change"] for row in rows] == [
        None if value is None else pytest.approx(value, abs=1e-9) for value in expected
    ]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    "options",
    [
        {"confirmed": False},
        {"confirmed": True},
        {"confirmed": True, "accept_stable": True},
        {"confirmed": True, "after": 21, "minimum_stable": 49, "most_unread": 0},
        {"confirmed": True, "most_unread": 2, "accept_stable": True},
    ],
    ids=str,
)
def test_best_overall_response(options: dict[str, Any]) -> None:
    words = {
        "confirmed": options["confirmed"],
        "confirm_after": f"{options.get('after', 28)} d",
        "minimum_stable": f"{options.get('minimum_stable', 42)} d",
        "max_not_evaluable": options.get("most_unread"),
        "accept_stable_between": options.get("accept_stable"),
    }
    patients = [{**p, "cutoff": None} for p in with_responses()]
    rows = derived(best_overall_response, words, patients)
    expected = [reading_response.best_response(p["responses"], p["therapy"], **options) for p in patients]
    assert [(row["value"], row["day"]) for row in rows] == expected
    begins = [reading_response.response_begins(p["responses"], p["therapy"], **options) for p in patients]
    assert [row["response_day"] for row in rows] == begins
    assert {"CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE", "MISSING"} == {word for word, _ in expected}


@pytest.mark.parametrize("reading", ["fda", "ema"])
def test_progression_free_survival(reading: str) -> None:
    words = {
        "first_of": ["radiographic_progression", "death"],
        "censoring": {"rule": reading, "interval": "42 d"},
    }
    rows = derived(progression_free_survival, words, with_responses())
    expected = [
        reading_response.progression_free(
            p["responses"], p["death"], p["therapy"], p["cutoff"], reading=reading, interval=42
        )
        for p in with_responses()
    ]
    assert [(row["event"], row["day"], row["reason"]) for row in rows] == expected
    assert 100 < sum(event for event, _, _ in expected) < N - 100


def test_duration_of_response() -> None:
    patients = [{**p, "cutoff": None} for p in with_responses()]
    words = {
        "first_of": ["radiographic_progression", "death"],
        "censoring": {"rule": "fda", "interval": "42 d"},
    }
    best, ends = (
        ibis.memtable(pa.Table.from_pylist(derived(derivation, asked, patients)))
        for derivation, asked in (
            (best_overall_response, {"confirmed": False}),
            (progression_free_survival, words),
        )
    )
    rule = rule_for(ENTRY.validate_python({"derive": "duration_of_response", "of": "bor", "until": "pfs"}))
    found = duration_of_response(subjects=best, best_response=best, progression=ends, rule=rule).to_pyarrow()
    here = {row["subject"]: (row["event"], row["time_days"], row["reason"]) for row in found.to_pylist()}
    expected = {}
    for number, p in enumerate(patients):
        begin = reading_response.response_begins(p["responses"], p["therapy"], confirmed=False)
        end = reading_response.progression_free(
            p["responses"], p["death"], p["therapy"], None, reading="fda", interval=42
        )
        if (lasted := reading_response.duration(begin, end)) is not None:
            expected[f"{number:06d}"] = lasted
    assert here == expected
    assert 50 < sum(ended for ended, _, _ in expected.values()) < len(expected)


def test_overall_survival() -> None:
    rows = derived(overall_survival, {}, with_events())
    expected = [reading_safety.survival(p["death"], p["alive"], p["cutoff"]) for p in with_events()]
    assert [(row["event"], row["day"], row["reason"]) for row in rows] == expected
    assert 50 < sum(event for event, _, _ in expected) < N - 50


@pytest.mark.parametrize("minimum_grade", [1, 3])
def test_adverse_event(minimum_grade: int) -> None:
    patients = [{**p, "cutoff": None} for p in with_events()]
    rows = derived(adverse_event, {"minimum_grade": minimum_grade}, patients)
    expected = [
        reading_safety.adverse_event(p["events"], p["first"], p["last"], minimum_grade) for p in patients
    ]
    assert [(row["responder"], row["day"]) for row in rows] == expected
    assert 50 < sum(had for had, _ in expected) < N - 50


RULES: list[tuple[Any, dict[str, Any], Callable[[], list[Patient]]]] = [
    (psa_response, {"criteria": "pcwg3"}, with_psa),
    (psa_progression, {"criteria": "pcwg3"}, with_psa),
    (best_overall_response, {"confirmed": True, "accept_stable_between": True}, with_responses),
    (
        progression_free_survival,
        {"first_of": ["radiographic_progression", "death"], "censoring": {"interval": "42 d"}},
        with_responses,
    ),
]
NAMES = [derivation.__name__ for derivation, _, _ in RULES]


@pytest.mark.parametrize(("derivation", "words", "patients"), RULES, ids=NAMES)
def test_the_order_of_rows_means_nothing(
    derivation: Any, words: dict[str, Any], patients: Callable[[], list[Patient]]
) -> None:
    backwards = derived(derivation, words, patients(), turn=lambda rows: rows[::-1])
    assert backwards == derived(derivation, words, patients())


def test_a_deeper_fall_never_loses_a_response() -> None:
    words = {"criteria": "pcwg3"}
    before = derived(psa_response, words, with_psa())
    deeper = [
        {**p, "psa": [(day, value if day <= 0 else value / 2) for day, value in p["psa"]]} for p in with_psa()
    ]
    after = derived(psa_response, words, deeper)
    lost = [a["subject"] for a, b in zip(before, after, strict=True) if a["responder"] and not b["responder"]]
    assert lost == []


def test_a_visit_after_progression_changes_nothing() -> None:
    progressed = [
        {**p, "responses": [*p["responses"], (190, "PD")], "therapy": None} for p in with_responses()
    ]
    longer = [
        {**p, "responses": [*p["responses"], (220, "CR"), (260, "CR"), (300, "NE")]} for p in progressed
    ]
    for derivation, words, _ in RULES[2:]:
        assert derived(derivation, words, longer) == derived(derivation, words, progressed)
