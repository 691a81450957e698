"""Time to the first symptomatic skeletal event: death competes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.skeletal import skeletal_event

SUBJECTS = """
    subject | last_alive_day | cutoff_day
    BEAM    | 400 |
    FIRST   | 400 |
    SAME    | 400 |
    NONE    | 400 |
    CUT     | 400 | 300
    LATE    | 400 | 300
    DIED    | 200 |
    BOTH    | 200 |
    AFTER   | 200 |
    CUTDEAD | 400 | 300
    BEFORE  | 400 |
    UNKNOWN |     |
"""
EVENTS = """
    subject | day | kind
    BEAM    | 120 | RADIOTHERAPY
    FIRST   |  90 | COMPRESSION
    FIRST   |  60 | FRACTURE
    FIRST   |  75 | SURGERY
    SAME    |  60 | COMPRESSION
    SAME    |  60 | RADIOTHERAPY     # named first in the list of kinds
    LATE    | 301 | FRACTURE         # after the cut-off
    BOTH    | 200 | FRACTURE         # on the day of death
    AFTER   | 201 | FRACTURE         # after it
    BEFORE  |   0 | FRACTURE         # nothing new
"""
DEATHS = """
    subject | day
    DIED    | 200
    BOTH    | 200
    AFTER   | 200
    CUTDEAD | 350
"""


def test_the_first_event_counts_and_death_censors(spec: Any) -> None:
    spec(
        skeletal_event,
        subjects=SUBJECTS,
        skeletal_events=EVENTS,
        deaths=DEATHS,
        gives="""
            subject | day | time_days | event | reason
            BEAM    | 120 |       121 | yes   | RADIOTHERAPY
            FIRST   |  60 |        61 | yes   | FRACTURE
            SAME    |  60 |        61 | yes   | RADIOTHERAPY
            NONE    | 400 |       401 | no    | NO_EVENT
            CUT     | 300 |       301 | no    | NO_EVENT
            LATE    | 300 |       301 | no    | NO_EVENT
            DIED    | 200 |       201 | no    | DEATH
            BOTH    | 200 |       201 | yes   | FRACTURE
            AFTER   | 200 |       201 | no    | DEATH
            CUTDEAD | 300 |       301 | no    | NO_EVENT
            BEFORE  | 400 |       401 | no    | NO_EVENT
            UNKNOWN |   0 |         1 | no    | NO_EVENT
        """,
    )


def test_only_the_kinds_that_the_protocol_names_count(spec: Any) -> None:
    spec(
        skeletal_event,
        rule={"first_of": ["spinal_cord_compression", "orthopaedic_surgery"]},
        subjects="subject | last_alive_day\nFIRST | 400\nBEAM | 400\nSAME | 400",
        skeletal_events="\n".join(line for line in EVENTS.splitlines() if line.split()[:1] != ["LATE"]),
        gives="""
            subject | day | event | reason
            FIRST   |  75 | yes   | SURGERY
            BEAM    | 400 | no    | NO_EVENT
            SAME    |  60 | yes   | COMPRESSION
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[..., None]) -> None:
    on_spark(rules=2)
