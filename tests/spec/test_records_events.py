"""What the check of records says of adverse events."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from small_records import PEOPLE, PROTOCOL, record

from trialist.engines.duckdb import connect
from trialist.problems import Problem
from trialist.protocol.parse import parse_protocol
from trialist.records.check import CHECKS, Check
from trialist.records.checks_events import (
    criteria_agree,
    event_words_known,
    fatal_events_agree,
    serious_events_dated,
)
from trialist.records.registered import records_from_tables

START = date(2014, 2, 1)


def found(check: Check, *events: dict[str, Any]) -> list[Problem]:
    """What one check says of these events; it is one of those that every check of records makes."""
    assert check in CHECKS
    protocol, _ = parse_protocol(PROTOCOL, "protocol.yaml")
    assert protocol is not None
    tables = {"dm": pa.Table.from_pylist(PEOPLE)}
    if events:
        tables["ae"] = pa.Table.from_pylist(list(events))
    return list(check(records_from_tables(tables, origin="observed", connection=connect()), protocol))


def test_a_serious_event_says_when_it_began_if_only_the_year() -> None:
    (problem,) = found(
        serious_events_dated,
        record(sequence=1, serious="Y", start=None, start_text=None, hospitalised=None),
        record(sequence=2, serious="Y", start=START, start_text="2014-02-01"),
        record(sequence=3, serious="Y", start=None, start_text="2014"),
        record(sequence=4, serious="N", start=None, start_text=None),
        record(sequence=5, serious="Y", start=None, start_text=""),
        record(sequence=6, serious=None, start=None, start_text=None, hospitalised="Y"),
        record(sequence=7, serious="N", start=None, start_text=None, hospitalised="Y"),  # W398 tells of it
    )
    assert problem.code == "W393"
    assert problem.message.startswith("ae: 3 serious adverse events")
    assert problem.message.endswith("(001 #1; 001 #5; 001 #6)")


def test_flag_outcome_and_grade_tell_the_same_of_death_as_far_as_they_are_known() -> None:
    said = [
        ("Y", "FATAL", 5),
        ("Y", None, None),
        (None, "fatal ", 5),
        (None, None, 5),
        ("N", "RECOVERED/RESOLVED", 4),
        (None, None, None),
        ("N", "FATAL", 5),  # 7: from here on they contradict each other
        ("Y", "RECOVERED/RESOLVED", None),
        ("Y", "FATAL", 4),
        ("N", None, 5),
    ]
    (problem,) = found(
        fatal_events_agree,
        *(
            record(sequence=number, fatal=fatal, outcome=outcome, grade=grade)
            for number, (fatal, outcome, grade) in enumerate(said, 1)
        ),
    )
    assert problem.code == "W394"
    assert problem.message.endswith("(001 #7; 001 #8; 001 #9; 001 #10)")


@pytest.mark.parametrize("check", [serious_events_dated, fatal_events_agree])
def test_records_without_adverse_events_are_no_trouble(check: Check) -> None:
    assert found(check) == []


def test_words_of_causality_action_and_outcome_that_are_not_known_are_named() -> None:
    problems = found(
        event_words_known,
        record(sequence=1, relation=" not suspected", action="Discontinued", outcome="death"),
        record(sequence=2, relation="UNKNOWN", action="MULTIPLE", outcome="UNKNOWN"),
        record(sequence=3, relation=None, action="", outcome=None),
        record(sequence=4, relation="PERHAPS", action="STOPPED FOR GOOD", outcome="SO SO"),
    )
    assert [problem.code for problem in problems] == ["W397"] * 3
    told = [problem.message for problem in problems]
    assert told[0] == ("ae: 1 adverse events hold a word in AEREL that is not known: 'PERHAPS' (001 #4)")
    assert ["AEACN" in told[1], "'STOPPED FOR GOOD'" in told[1], "AEOUT" in told[2]] == [True] * 3


def test_a_criterion_of_seriousness_contradicts_an_event_that_is_not_serious() -> None:
    said = [("Y", "Y", None), (None, None, "Y"), ("N", "N", "N"), ("N", None, "Y")]
    (problem,) = found(
        criteria_agree,
        *(
            record(sequence=number, serious=serious, hospitalised=stay, medically_important=other)
            for number, (serious, stay, other) in enumerate(said, 1)
        ),
    )
    assert problem.code == "W398"
    assert problem.message.endswith("(001 #4)")
