"""Pain response: relief at two visits in a row, without more analgesics or, by some criteria, the reverse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pain_courses import HEAD, pain_scores

from trialist.endpoints.pain import pain_response

PPI = {"criteria": "ppi_analgesic"}
BPI = {"criteria": "bpi"}


def test_the_worked_examples_and_limits_of_the_pain_inventory(spec: Any) -> None:
    spec(
        pain_response,
        rule=BPI,
        pain=pain_scores(
            """
            EX1     | 0:5:8 21:3.5:8 42:3:8
            EX2     | 0:5:8 21:3.5:9 42:3:8         # the analgesic score rose at the first visit
            EX3     | 0:5:8 21:6.5:8 42:7:8
            ATLIMIT | 0:4.1:8 21:2.87:8 42:2.87:8   # 4.1 x 0.7 = 2.8699999999999997
            OVER    | 0:4.1:8 21:2.88:8 42:2.88:8
            LESS    | 0:5:8 21:5:2 42:5:2           # fewer analgesics alone are no response
            ZERO    | 0:0:8 21:0:8 42:0:8           # nothing to relieve
            NODRUG  | 0:5:0 21:3:0 42:3:0
            LATER   | 0:5:8 21:3.5:9 42:3:8 63:3:8
            """,
            "BPI203",
        ),
        gives="""
            subject | responder | day | reason
            EX1     | yes       |  21 | RESPONSE
            EX2     | no        |     | UNCONFIRMED
            EX3     | no        |     | NO_RESPONSE
            ATLIMIT | yes       |  21 | RESPONSE
            OVER    | no        |     | NO_RESPONSE
            LESS    | no        |     | NO_RESPONSE
            ZERO    |           |     | BASELINE_BELOW_MINIMUM
            NODRUG  | yes       |  21 | RESPONSE
            LATER   | yes       |  42 | RESPONSE
        """,
    )


def test_a_protocol_may_ask_for_more_pain_at_baseline_and_a_deeper_fall(spec: Any) -> None:
    spec(
        pain_response,
        rule={**BPI, "minimum_score": 4, "fall": "50 %"},
        pain=pain_scores(
            """
            LOW   | 0:3.9:8 21:1:8 42:1:8
            THIRD | 0:4:8 21:2.8:8 42:2.8:8
            HALF  | 0:4:8 21:2:8 42:2:8
            """,
            "BPI203",
        ),
        gives="""
            subject | responder | reason
            LOW     |           | BASELINE_BELOW_MINIMUM
            THIRD   | no        | NO_RESPONSE
            HALF    | yes       | RESPONSE
        """,
    )


def test_the_worked_examples_of_present_pain_intensity_and_its_two_ways(spec: Any) -> None:
    spec(
        pain_response,
        rule=PPI,
        pain=pain_scores("""
            EX4    | 0:4:15 21:2:15 42:2:14
            EX5    | 0:2:16 21:2:8 42:2:8
            EX6    | 0:2:16 21:3:16 42:3:16
            EX7    | 0:2:16 21:2:16
            EX8    | 0:1:4 21:1:4 42:1:4
            MORE   | 0:4:15 21:2:15.1 42:2:15.1    # pain down, analgesics up
            WORSE  | 0:2:16 21:3:8 42:3:8          # analgesics halved, pain up
            NEARLY | 0:2:16 21:2:8.1 42:2:8.1
            EITHER | 0:4:16 21:2:16 42:4:8         # one way, then the other
            DRUGS  | 0:1:10 21:1:5 42:1:5          # evaluable by the analgesic score
            PAIN   | 0:2:0 21:0:0 42:0:0           # of no analgesics there is no half
            ZERO   | 0:2:0 21:2:0 42:2:0
        """),
        gives="""
            subject | responder | day | reason
            EX4     | yes       |  21 | RESPONSE
            EX5     | yes       |  21 | RESPONSE
            EX6     | no        |     | NO_RESPONSE
            EX7     | no        |     | NO_RESPONSE
            EX8     |           |     | BASELINE_BELOW_MINIMUM
            MORE    | no        |     | NO_RESPONSE
            WORSE   | no        |     | NO_RESPONSE
            NEARLY  | no        |     | NO_RESPONSE
            EITHER  | yes       |  21 | RESPONSE
            DRUGS   | yes       |  21 | RESPONSE
            PAIN    | yes       |  21 | RESPONSE
            ZERO    | no        |     | NO_RESPONSE
        """,
    )


def test_a_missing_analgesic_score_makes_a_visit_or_a_patient_not_evaluable(spec: Any) -> None:
    spec(
        pain_response,
        rule=BPI,
        pain=pain_scores(
            """
            NOBASE  | 0:5: 21:3:8 42:3:8
            NEVER   | 0:5:8 21:3: 42:3:
            BETWEEN | 0:5:8 21:3:8 42:3: 63:3:8     # passed over: it would have decided
            BACK    | 0:5:8 21:3:8 42:5: 63:3:8     # no relief, whatever the analgesics
            FIRST   | 0:5:8 21:3: 42:3:8 63:3:8
            """,
            "BPI203",
        ),
        gives="""
            subject | responder | day | reason
            NOBASE  |           |     | NO_ANALGESIC_SCORE
            NEVER   |           |     | NO_ANALGESIC_SCORE
            BETWEEN | yes       |  21 | RESPONSE
            BACK    | no        |     | UNCONFIRMED
            FIRST   | yes       |  42 | RESPONSE
        """,
    )


def test_visits_that_confirm_and_visits_that_are_not_used(spec: Any) -> None:
    spec(
        pain_response,
        rule=BPI,
        subjects="""
            subject | cutoff_day
            NEAR    |
            THIRD   |
            NOBASE  |
            NOLATER |
            THERAPY |
            CUT     | 41
            NOBODY  |
        """,
        therapies="""
            subject | day
            THERAPY |  30
        """,
        pain=pain_scores(
            """
            NEAR    | 0:5:8 21:3:8 41:3:8 62:5:8     # 20 days, then back
            THIRD   | 0:5:8 21:3:8 28:3:8 42:3:8
            NOBASE  | 21:3:8 42:3:8
            NOLATER | 0:5:8
            THERAPY | 0:5:8 21:3:8 42:3:8
            CUT     | 0:5:8 21:3:8 42:3:8
            """,
            "BPI203",
        ),
        gives="""
            subject | responder | day | reason
            NEAR    | no        |     | UNCONFIRMED
            THIRD   | yes       |  21 | RESPONSE
            NOBASE  |           |     | NO_BASELINE
            NOLATER | no        |     | NO_POSTBASELINE
            THERAPY | no        |     | UNCONFIRMED
            CUT     | no        |     | UNCONFIRMED
            NOBODY  |           |     | NO_BASELINE
        """,
    )


def diary(*weeks: str) -> str:
    """`subject visit first-day values`, the values of successive days; `-` for a day without one."""
    rows = []
    for week in weeks:
        subject, visit, first, test, *values = week.split()
        rows += [
            f"{subject} | {int(first) + place} | {visit} | {test} | {value}"
            for place, value in enumerate(values)
            if value != "-"
        ]
    return "subject | day | visit | test | value\n" + "\n".join(rows)


def test_a_diary_is_evaluable_with_5_of_its_7_days(spec: Any) -> None:
    spec(
        pain_response,
        rule={**PPI, "daily": True},
        pain=diary(
            "A BASE -6 PPI 4 4 4 4 4 1 1",
            "A BASE -6 ANALGES 10 20 15 15 15 15 15",
            "A C2   15 PPI 2 2 2 - - 5 2",  # median 2, five days
            "A C2   15 ANALGES 0 15 15 15 15 15 30",  # mean 15
            "A C3   36 PPI 2 2 2 2 2 2 2",
            "A C3   36 ANALGES 15 15 15 15 15 15 15",
            "FOUR BASE -6 PPI 4 4 4 4 4 4 4",
            "FOUR BASE -6 ANALGES 15 15 15 15 15 15 15",
            "FOUR C2   15 PPI 2 2 2 - - - 2",  # four days: no visit
            "FOUR C2   15 ANALGES 15 15 15 15 15 15 15",
            "FOUR C3   36 PPI 2 2 2 2 2 2 2",
            "FOUR C3   36 ANALGES 15 15 15 15 15 15 15",
            "LONG BASE -6 PPI 4 4 4 4 4 4 4",
            "LONG BASE -6 ANALGES 15 15 15 15 15 15 15",
            "LONG C2   11 PPI 5 5 5 5 2 2 2 2 2 2 2",  # only the last 7 days count
            "LONG C2   15 ANALGES 15 15 15 15 15 15 15",
            "LONG C3   36 PPI 2 2 2 2 2 2 2",
            "LONG C3   36 ANALGES 15 15 15 15 15 15 15",
        ),
        gives="""
            subject | responder | day | reason
            A       | yes       |  21 | RESPONSE
            FOUR    | no        |     | UNCONFIRMED
            LONG    | yes       |  21 | RESPONSE
        """,
    )


def test_several_items_are_read_by_their_mean_where_all_are_there(spec: Any) -> None:
    items = ["BPI203", "BPI204", "BPI205", "BPI206"]

    def visits(subject: str, *values: tuple[int, str]) -> str:
        return "".join(
            f"{subject} | {day} | {test} | {value}\n"
            for day, scores in values
            for test, value in zip([*items, "ANALGES"], scores.split(), strict=True)
            if value != "-"
        )

    spec(
        pain_response,
        rule={**BPI, "score": items},
        pain=HEAD
        + visits("MEAN", (0, "6 4 5 5 8"), (21, "5 2 4 3 8"), (42, "5 2 4 3 8"))
        + visits("PART", (0, "6 4 5 5 8"), (21, "5 2 4 3 8"), (42, "5 2 4 - 8")),
        gives="""
            subject | responder | day | reason
            MEAN    | yes       |  21 | RESPONSE
            PART    | no        |     | UNCONFIRMED
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[..., None]) -> None:
    on_spark(rules=2)  # the rules differ in their numbers and words alone
