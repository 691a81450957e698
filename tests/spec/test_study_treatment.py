"""Who was treated, from when to when, and which events are on treatment: from records as they are captured.

Dates are texts as captured, so a day or a month may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis
import pytest
from text_tables import rows_in
from text_trial import protocol, rows

from trialist.dates import Fill
from trialist.endpoints import derive
from trialist.endpoints.inputs import Inputs, prepare
from trialist.endpoints.verbs import on_study
from trialist.engines.duckdb import connect
from trialist.records.domains import DOMAINS
from trialist.records.registered import records_from_tables
from trialist.records.shape import conform
from trialist.study import run_study

ENDPOINTS = {
    "ae": {"derive": "adverse_event"},
    "events": {"derive": "adverse_events"},
}
SAFETY = {
    "itt": {"label": "All", "where": "randomised"},
    "safety": {"label": "Treated", "where": "treated", "by": "actual"},
}
DEATHS = {"deaths": {"endpoint": "events", "population": "itt", "method": "deaths"}}


def plan(cut_off: str = "2024-12-31", **more: Any) -> Any:
    return protocol(dates={"cut_off": cut_off}, endpoints=ENDPOINTS, populations=SAFETY, **more)


def tables(partial_dates: Fill = "leave", **texts: str) -> Any:
    import pyarrow as pa

    made = {}
    for name, text in texts.items():
        kinds = {column.name: column.kind for column in DOMAINS[name].columns}
        read = {"number": float, "integer": int}
        found: dict[str, list[Any]] = {}
        for row in rows_in(text):
            for column, cell in row.items():
                kind = kinds[column]
                key = f"{column}_text" if kind == "date" else column
                value = read.get(kind, str)(cell) if cell else None
                found.setdefault(key, []).append(cell == "yes" if kind == "flag" else value)
        arrays = {
            key: pa.array(values, pa.string() if key.endswith("_text") else None)
            for key, values in found.items()
        }
        made[name] = conform(name, pa.table(arrays), partial_dates=partial_dates)
    return records_from_tables(made, origin="simulated", connection=connect())


def inputs(cut_off: str = "2024-12-31", partial_dates: Fill = "leave", **texts: str) -> Inputs:
    return prepare(tables(partial_dates, **texts), plan(cut_off))


def told(found: Inputs) -> dict[str, str]:
    """Code -> count of what was said of treatment."""
    codes = ("W306", "W307", "W308", "N301", "N302", "N303", "N304")
    return {p.code: p.message.split()[0] for p in found.problems if p.code in codes}


def on_treatment(found: Inputs) -> list[str]:
    """The subjects with an event on treatment."""
    made, _ = derive(found, plan())
    return [subject for subject, responder in rows(made["ae"], "responder") if responder]


def people(names: str, first: str = "2024-01-01", last: str = "") -> str:
    lines = [f"{name} | N | 2024-01-01 | {first} | {last}" for name in names.split()]
    return "\n".join(["subject | arm_code | reference_start | first_dose | last_dose", *lines])


def test_dosing_without_an_end_goes_on_and_a_single_dose_is_over() -> None:
    ex = """
        subject | sequence | treatment | dose | frequency | start      | end
        daily   | 1        | abi       | 1000 | QD        | 2024-01-01 |
        changed | 1        | abi       | 1000 | QD        | 2024-01-01 |
        changed | 2        | abi       |  500 | QD        | 2024-02-01 | 2024-02-29  # ends the one before
        strange | 1        | abi       | 1000 | AS TOLD   | 2024-01-01 |
        unsaid  | 1        | caba      |   25 |           | 2024-01-01 |
        unsaid  | 2        | caba      |   25 |           | 2024-01-22 |
        once    | 1        | caba      |   25 | ONCE      | 2024-01-01 |
        cycles  | 1        | caba      |   25 | Q3W       | 2024-01-01 |
        cycles  | 2        | caba      |   25 | Q21D      | 2024-01-22 |
        part    | 1        | abi       | 1000 | QD        | 2024-01-01 | 2024-03
    """
    names = "daily changed strange unsaid once cycles part"
    found = inputs(dm=people(names, first=""), ex=ex)
    assert dict(rows(found.tables["subjects"], "last_dose_day")) == {
        "daily": None,
        "changed": 59,
        "strange": None,
        "unsaid": 21,
        "once": 0,
        "cycles": 21,
        "part": 90,  # the last of March
    }
    assert told(found) == {"N302": "2", "N303": "1"}


def test_a_last_dose_not_known_ends_nothing_and_a_partial_one_ends_as_late_as_it_can() -> None:
    dm = """
        subject | arm_code | reference_start | first_dose | last_dose
        goes_on | N        | 2024-01-01      | 2024-01-01 |
        march   | N        | 2024-01-01      | 2024-01-01 | 2024-03
        later   | N        | 2024-01-01      | 2024-01-01 | 2024-03
        exact   | N        | 2024-01-01      | 2024-01-01 | 2024-03
    """
    ex = """
        subject | sequence | treatment | dose | frequency | start      | end
        goes_on | 1        | abi       | 1000 | QD        | 2024-01-01 |
        march   | 1        | abi       | 1000 | QD        | 2024-01-01 | 2024-03
        exact   | 1        | abi       | 1000 | QD        | 2024-01-01 | 2024-03-05
    """
    ae = """
        subject | sequence | reported_term | start
        goes_on | 1        | Rash          | 2024-06-01
        march   | 1        | Rash          | 2024-04-30
        later   | 1        | Rash          | 2024-05-01
        exact   | 1        | Rash          | 2024-04-05
    """
    found = inputs(dm=dm, ex=ex, ae=ae)
    assert on_treatment(found) == ["goes_on", "march"]
    assert told(found) == {"N302": "1", "N303": "2"}
    early = inputs("2024-03-10", dm=dm, ex=ex, ae=ae)
    assert dict(rows(early.tables["subjects"], "last_dose_day"))["march"] == 69  # not after the cut-off


def test_a_subject_with_a_dose_is_treated_whatever_is_known_of_its_day() -> None:
    dm = """
        subject | arm_code | reference_start | first_dose
        month   | N        | 2024-01-01      | 2024-01
        only_ex | N        | 2024-01-01      |
        before  | N        | 2024-01-01      | 2024-01
        nothing | N        | 2024-01-01      |
    """
    ex = """
        subject | sequence | treatment | dose | start
        only_ex | 1        | abi       | 1000 | 2024-01
    """
    ae = """
        subject | sequence | reported_term | start      | end
        month   | 1        | Rash          | 2024-01-02 |
        only_ex | 1        | Rash          | 2024-01-02 |
        before  | 1        | Rash          | 2023-12-20 | 2023-12-31
        nothing | 1        | Rash          | 2024-01-02 |
    """
    found = inputs(dm=dm, ex=ex, ae=ae)
    assert rows(found.tables["subjects"], "treated", "first_dose_day", "first_dose_earliest_day") == [
        ("before", True, None, 0),
        ("month", True, None, 0),
        ("nothing", False, None, None),
        ("only_ex", True, None, 0),
    ]
    assert on_treatment(found) == ["month", "only_ex"]
    assert told(found)["N301"] == "3"


def test_a_first_dose_after_the_cut_off_is_none_yet() -> None:
    dm = """
        subject | arm_code | reference_start | first_dose | last_dose
        late    | N        | 2024-02-08      | 2024-02-20 | 2024-02-20
        may_be  | N        | 2024-02-08      | 2024-02    | 2024-02-20
        on_day  | N        | 2024-02-08      | 2024-02-10 | 2024-02-20
    """
    found = inputs("2024-02-10", dm=dm)
    assert rows(found.tables["subjects"], "treated", "first_dose_day", "last_dose_day")[0] == (
        *("late", False, None, None),
    )
    assert [treated for _, treated in rows(found.tables["subjects"], "treated")] == [False, True, True]
    assert told(found)["N304"] == "1"


def test_a_dose_of_nothing_is_none_but_a_placebo_is() -> None:
    ex = """
        subject | sequence | treatment     | dose | frequency | start      | end
        omitted | 1        | abi           |    0 | QD        | 2024-01-01 | 2024-01-09
        stopped | 1        | caba          |   25 | ONCE      | 2024-01-01 | 2024-01-01
        stopped | 2        | caba          |    0 | ONCE      | 2024-06-01 | 2024-06-01
        sham    | 1        | Placebo abi   |    0 | QD        | 2024-01-01 | 2024-01-09
        unknown | 1        | abi           |      | QD        | 2024-01-01 | 2024-01-09
    """
    ae = """
        subject | sequence | reported_term | start
        omitted | 1        | Rash          | 2024-01-02
        stopped | 1        | Rash          | 2024-05-20
        sham    | 1        | Rash          | 2024-01-02
        unknown | 1        | Rash          | 2024-01-02
    """
    found = inputs(
        dm=people("stopped sham unknown", first="") + "\n" + "omitted|N|2024-01-01|2024-01-01|", ex=ex, ae=ae
    )
    assert rows(found.tables["subjects"], "treated", "last_dose_day") == [
        ("omitted", False, None),
        ("sham", True, 8),
        ("stopped", True, 0),
        ("unknown", True, 8),
    ]
    assert on_treatment(found) == ["sham", "unknown"]
    assert told(found) == {"W306": "1"}


@pytest.mark.parametrize("fill", ["leave", "first", "last"])
def test_of_a_partial_date_the_text_decides_and_not_the_day_filled_in(fill: Fill) -> None:
    dm = people("may_be over no_month of_day", first="2024-01-15", last="2024-06-30")
    ae = """
        subject  | sequence | reported_term | start      | end
        may_be   | 1        | Rash          | 2024-01    |
        over     | 1        | Rash          | 2024-01-02 | 2024-01  # may have lasted
        no_month | 1        | Rash          | 2023---15  |
        of_day   | 1        | Rash          | 2024---15  |
    """
    found = inputs(partial_dates=fill, dm=dm, ae=ae)
    days = rows(found.tables["adverse_events"], "start_earliest_day", "start_latest_day", "end_latest_day")
    assert days == [
        ("may_be", 0, 30, None),
        ("no_month", -351, -17, None),
        ("of_day", 14, 349, None),
        ("over", 1, 1, 30),
    ]
    assert on_treatment(found) == ["may_be", "of_day"]


def test_an_event_that_can_only_have_begun_after_the_cut_off_does_not_count() -> None:
    ae = """
        subject | sequence | reported_term | start
        after   | 1        | Rash          | 2024-03
        may_be  | 1        | Rash          | 2024-02
        unknown | 1        | Rash          |
    """
    found = inputs("2024-02-15", dm=people("after may_be unknown"), ae=ae)
    assert on_treatment(found) == ["may_be", "unknown"]


def test_a_treatment_of_no_arm_and_a_subject_without_a_reference_date_are_told() -> None:
    dm = """
        subject | arm_code | actual_arm_code | reference_start | first_dose
        planned | N        | N               | 2024-01-01      | 2024-01-01
        other   | N        | UNPLAN          | 2024-01-01      | 2024-01-01
        none    | N        | NOTTRT          | 2024-01-01      |
        no_day  | N        | N               |                 | 2024-01-01
    """
    found = inputs(dm=dm, ae="subject | sequence | reported_term | start\n no_day | 1 | Rash | 2024-01-05")
    assert {code: n for code, n in told(found).items() if code[0] == "W"} == {"W307": "1", "W308": "1"}
    assert on_treatment(found) == ["no_day"]  # nothing shows that it was not


def test_a_death_without_a_date_is_a_death() -> None:
    dm = """
        subject | arm_code | reference_start | first_dose | last_dose  | death      | death_flag
        dated   | N        | 2024-01-01      | 2024-01-01 | 2024-02-01 | 2024-02-20 | yes
        undated | N        | 2024-01-01      | 2024-01-01 | 2024-02-01 |            | yes
        event   | N        | 2024-01-01      | 2024-01-01 | 2024-02-01 |            |
        after   | N        | 2024-01-01      | 2024-01-01 | 2024-02-01 | 2025-02-01 | yes
        alive   | N        | 2024-01-01      | 2024-01-01 | 2024-02-01 |            |
    """
    ae = """
        subject | sequence | reported_term | grade | outcome | start
        undated | 1        | Sepsis        | 5     | FATAL   | 2024-01-20
        event   | 1        | Sepsis        | 5     | FATAL   | 2024-01-20
        alive   | 1        | Sepsis        | 4     |         | 2024-01-20
    """
    result = run_study(plan(analyses=DEATHS), tables(dm=dm, ae=ae))
    counted = [f.estimate for f in result.findings if f.groups == ("new",)]
    # all, on treatment, after it, not known; Sepsis, no fatal event; no fatal event on treatment
    assert counted == [3, 1, 0, 2, 2, 1, 1]


@pytest.fixture
def two() -> Iterator[Any]:
    connection = connect()
    yield lambda table: connection.create_table(ibis.util.gen_name("t"), table)
    connection.disconnect()


@pytest.mark.parametrize("cutoff", [None, 10])
def test_a_result_without_a_day_counts_neither_with_a_cut_off_nor_without(
    two: Any, cutoff: int | None
) -> None:
    import pyarrow as pa

    subjects = two(pa.table({"subject": ["1"], "cutoff_day": pa.array([cutoff], pa.int64())}))
    seen = two(pa.table({"subject": ["1", "1"], "day": pa.array([3, None], pa.int64())}))
    assert on_study(seen, subjects).to_pyarrow()["day"].to_pylist() == [3]
