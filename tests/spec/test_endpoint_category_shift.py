"""Performance status at baseline and after it, by ECOG grade."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.performance import category_shift

SUBJECTS = """
    subject | first_dose_day | last_dose_day | cutoff_day
    UP      | 0 | 63 |
    DOWN    | 0 | 63 |
    SAME    | 0 | 63 |
    NOBASE  | 0 | 63 |
    NOLATER | 0 | 63 |
    DOSED   | 3 | 63 |
    TWICE   | 0 | 63 |
    DEAD    | 0 | 63 |
    CUT     | 0 | 63 | 50
    OTHER   | 0 | 63 |
    NEVER   |   |    |
"""


def grades(*courses: str, test: str = "ECOG101") -> str:
    """`subject day:grade ...`"""
    rows = []
    for course in courses:
        subject, *visits = course.split()
        for visit in visits:
            day, grade = visit.split(":")
            rows.append(f"{subject} | {day} | {test} | {grade}")
    return "subject | day | test | ecog\n" + "\n".join(rows)


GRADES = grades(
    "UP -14:0 0:1 21:1 42:2 63:3 84:2 120:3",
    "DOWN 0:2 21:1 42:0 63:1",
    "SAME 0:1 21:1",
    "NOBASE 21:1 42:2",
    "NOLATER 0:1",
    "DOSED 0:0 3:1 21:1",  # the grade of the day of the first dose is the baseline
    "TWICE 0:0 0:1 21:1 21:2",  # of one day the worse
    "DEAD 0:1 21:1",
    "CUT 0:1 21:1 51:3",
    "NEVER 0:1 21:2",
)


def test_worst_grade_after_baseline(spec: Any) -> None:
    spec(
        category_shift,
        subjects=SUBJECTS,
        performance=GRADES,
        deaths="subject | day\nDEAD | 60",
        gives="""
            subject | baseline | worst | day | reason
            UP      | 1 | 3 | 63 | WORSENED
            DOWN    | 2 | 1 | 21 | NOT_WORSENED
            SAME    | 1 | 1 | 21 | NOT_WORSENED
            NOBASE  |   | 2 | 42 | NO_BASELINE
            NOLATER | 1 |   |    | NO_POSTBASELINE
            DOSED   | 1 | 1 | 21 | NOT_WORSENED
            TWICE   | 1 | 2 | 21 | WORSENED
            DEAD    | 1 | 1 | 21 | NOT_WORSENED
            CUT     | 1 | 1 | 21 | NOT_WORSENED
            OTHER   |   |   |    | NO_BASELINE
            NEVER   | 1 | 2 | 21 | WORSENED
        """,
    )


@pytest.mark.parametrize(
    ("rule", "gives"),
    [
        ({"what": "last"}, "UP | 3 | 120 | WORSENED\nDOWN | 1 | 63 | NOT_WORSENED"),
        ({"what": "best"}, "UP | 1 | 21 | NOT_WORSENED\nDOWN | 0 | 42 | NOT_WORSENED"),
        ({"from_day": 43, "to_day": 84}, "UP | 3 | 63 | WORSENED\nDOWN | 1 | 63 | NOT_WORSENED"),
        ({"from_day": 70}, "UP | 3 | 120 | WORSENED\nDOWN | | | NO_POSTBASELINE"),
        (
            {"what": "last", "on_treatment": True},
            "UP | 2 | 84 | WORSENED\nDOWN | 1 | 63 | NOT_WORSENED",
        ),
        (
            {"what": "last", "on_treatment": True, "window": "20 d"},
            "UP | 3 | 63 | WORSENED\nDOWN | 1 | 63 | NOT_WORSENED",
        ),
    ],
    ids=["last", "best", "period", "late-period", "on-treatment", "window"],
)
def test_last_best_and_periods(spec: Any, rule: dict[str, Any], gives: str) -> None:
    spec(
        category_shift,
        rule=rule,
        subjects="subject | first_dose_day | last_dose_day\nUP | 0 | 63\nDOWN | 0 | 63",
        performance=GRADES,
        gives="subject | worst | day | reason\n" + gives,
    )


def test_death_is_a_grade_only_where_the_protocol_asks_for_it(spec: Any) -> None:
    spec(
        category_shift,
        rule={"death": "grade_5", "test": "ecog", "to_day": 100},
        subjects="subject | cutoff_day\nDEAD |\nLATE |\nCUT | 50\nONLY |",
        performance=grades("DEAD 0:1 21:4", "LATE 0:1 21:2", "CUT 0:1 21:2", "ONLY 0:0", test="ECOG"),
        deaths="subject | day\nDEAD | 60\nLATE | 101\nCUT | 60\nONLY | 30",
        gives="""
            subject | baseline | worst | day | reason
            DEAD    | 1 | 5 | 60 | WORSENED
            LATE    | 1 | 2 | 21 | WORSENED
            CUT     | 1 | 2 | 21 | WORSENED
            ONLY    | 0 | 5 | 30 | WORSENED
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[..., None]) -> None:
    on_spark(rules=2)
