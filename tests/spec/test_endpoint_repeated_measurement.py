"""A measurement at several planned visits, each beside the same baseline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from trialist.endpoints.repeated import repeated_measurement
from trialist.protocol.endpoints import Endpoint

PAIN = {"measurement": "PAIN", "baseline": "screening", "at": ["week_3", "week_6"]}


def test_every_subject_has_a_row_for_every_planned_visit(spec: Any) -> None:
    spec(
        repeated_measurement,
        rule={**PAIN, "days": {"week_6": [35, 49]}},
        measurements="""
            subject | day | visit     | test | value
            R1      |   0 | screening | PAIN | 6
            R1      |  21 | week_3    | PAIN | 4
            R1      |  42 | week_6    | PAIN | 3
            R2      |   0 | screening | PAIN | 8
            R2      |  21 | week_3    | PAIN | 8
            R2      |  60 | week_6    | PAIN | 2     # outside the window of week 6
            R3      |  21 | week_3    | PAIN | 5     # no baseline
        """,
        gives="""
            subject | visit  | visit_number | baseline | value | change | evaluable | reason
            R1      | week_3 | 1            | 6        | 4     | -2     | yes       | EVALUABLE
            R1      | week_6 | 2            | 6        | 3     | -3     | yes       | EVALUABLE
            R2      | week_3 | 1            | 8        | 8     | 0      | yes       | EVALUABLE
            R2      | week_6 | 2            | 8        |       |        | no        | LATER_OUTSIDE_WINDOW
            R3      | week_3 | 1            |          | 5     |        | no        | NO_BASELINE
            R3      | week_6 | 2            |          |       |        | no        | NO_BASELINE
        """,
    )


def test_a_change_on_the_log_scale_is_a_difference_of_natural_logarithms(spec: Any) -> None:
    spec(
        repeated_measurement,
        rule={**PAIN, "measurement": "PSA", "scale": "log", "unit": "ng/mL", "convert": {"ug/L": 1}},
        measurements="""
            subject | day | visit     | test | value | unit
            L1      |   0 | screening | PSA  | 20    | ng/mL
            L1      |  21 | week_3    | PSA  | 10    | ug/L
            L1      |  42 | week_6    | PSA  | 0     | ng/mL
        """,
        gives="""
            subject | visit  | change    | percent_change | evaluable | reason
            L1      | week_3 | -0.693147 | -50            | yes       | EVALUABLE
            L1      | week_6 |           |                | no        | NOT_POSITIVE
        """,
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"at": ["week_3", "week_3"]}, "write each visit once"),
        ({"at": ["screening"]}, "is the baseline"),
        ({"days": {"week_9": [56, 70]}}, "not among the visits"),
        ({"at": []}, "at least 1"),
    ],
)
def test_the_visits_of_an_entry_differ(words: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        TypeAdapter(Endpoint).validate_python({"derive": "repeated_measurement", **PAIN, **words})


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[..., None]) -> None:
    on_spark()
