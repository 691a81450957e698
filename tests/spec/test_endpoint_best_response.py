"""Best overall response, with and without confirmation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.criteria import criteria
from trialist.endpoints.response import best_overall_response

VISITS = """
    subject | day | response
    B1      |  56 | PR
    B1      | 112 | PR
    B1      | 168 | PD
    B2      |  56 | PR
    B2      | 112 | PD
    B3      |  28 | PR
    B3      |  56 | PD
    B4      |  28 | SD
    B5      |  56 | PR
    B5      |  84 | NE
    B5      | 112 | CR
    B6      |  56 | CR
    B6      | 112 | PR
    B7      |  56 | PR
    B7      |  84 | SD
    B7      | 112 | PR
    B8      |  56 | NON-CR/NON-PD
    B8      | 112 | PD
"""
SUBJECTS = """
    subject
    B1
    B2
    B3
    B4
    B5
    B6
    B7
    B8
    B9
"""


def test_without_confirmation_the_best_visit_wins(spec: Any) -> None:
    spec(
        best_overall_response,
        rule={"confirmed": False},
        subjects=SUBJECTS,
        responses=VISITS,
        gives="""
            subject | value         | day | reason
            B1      | PR            |  56 | BEST_VISIT
            B2      | PR            |  56 | BEST_VISIT
            B3      | PR            |  28 | BEST_VISIT
            B4      | NE            |  28 | NO_LATE_STABLE_VISIT
            B5      | CR            | 112 | BEST_VISIT
            B6      | CR            |  56 | BEST_VISIT
            B7      | PR            |  56 | BEST_VISIT
            B8      | NON-CR/NON-PD |  56 | BEST_VISIT
            B9      | MISSING       |     | NO_POSTBASELINE
        """,
    )


def test_with_confirmation_a_response_must_be_met_again_4_weeks_later(spec: Any) -> None:
    spec(
        best_overall_response,
        rule={"confirmed": True},
        subjects=SUBJECTS,
        responses=VISITS,
        gives="""
            subject | value         | day | reason
            B1      | PR            |  56 | CONFIRMED
            B2      | SD            |  56 | UNCONFIRMED
            B3      | PD            |  56 | UNCONFIRMED
            B4      | NE            |  28 | NO_LATE_STABLE_VISIT
            B5      | PR            |  56 | CONFIRMED        # one NE allowed; CR itself is not confirmed
            B6      | SD            |  56 | CR_THEN_LESS
            B7      | SD            |  56 | UNCONFIRMED      # stable disease lies between
            B8      | NON-CR/NON-PD |  56 | BEST_VISIT
            B9      | MISSING       |     | NO_POSTBASELINE
        """,
    )


def test_one_stable_visit_may_lie_between_where_the_protocol_accepts_it(spec: Any) -> None:
    spec(
        best_overall_response,
        rule={"confirmed": True, "accept_stable_between": True, "missing_as_not_evaluable": True},
        subjects="""
            subject
            B7
            S2
            S3
            S4
        """,
        responses="""
            subject | day | response
            B7      |  56 | PR
            B7      |  84 | SD
            B7      | 112 | PR
            S2      |  56 | PR
            S2      |  84 | SD
            S2      | 112 | SD      # two stable visits
            S2      | 140 | PR
            S3      |  56 | PR
            S3      |  70 | SD
            S3      |  77 | NE      # one stable and one unreadable visit
            S3      |  84 | CR
        """,
        gives="""
            subject | value | day
            B7      | PR    |  56
            S2      | SD    |  56
            S3      | PR    |  56
            S4      | NE    |
        """,
    )


def test_what_may_lie_between_a_response_and_its_confirmation(spec: Any) -> None:
    spec(
        best_overall_response,
        rule={"confirmed": True},
        responses="""
            subject | day | response
            W1      |  56 | CR
            W1      |  70 | NE
            W1      |  84 | CR      # 28 days, one NE
            W2      |  56 | CR
            W2      |  65 | NE
            W2      |  70 | NE      # two NE
            W2      |  84 | CR
            W3      |  56 | PR
            W3      |  70 | CR
            W3      |  84 | PR      # a PR after a CR
            W4      |  56 | CR
            W4      |  70 | PR      # withdrawn CR: two PR confirm each other
            W4      |  98 | PR
            W5      |  56 | PR
            W5      |  83 | PR      # 27 days
            W6      |  56 | PD      # nothing after the first PD counts
            W6      |  84 | CR
            W6      | 112 | CR
            W7      |  56 | CR
            W7      |  56 | PD      # the worst of one day counts
            W8      |   0 | CR      # nothing before day 1 counts
            W8      |  56 | SD
            W9      |  56 | SD
            W9      |  84 | PR
            W9      | 112 | CR
            W9      | 140 | CR
        """,
        gives="""
            subject | value | day
            W1      | CR    |  56
            W2      | SD    |  56
            W3      | SD    |  56
            W4      | PR    |  70
            W5      | SD    |  56
            W6      | PD    |  56
            W7      | PD    |  56
            W8      | SD    |  56
            W9      | CR    | 112
        """,
    )


def test_every_printed_pair_of_visits_gives_the_printed_best_response(spec: Any) -> None:
    """RECIST 1.1, Table 3: the first visit on day 56, or on day 28 before stable disease can be claimed."""
    visits, expected = ["subject | day | response"], ["subject | value"]
    table = criteria("recist_1_1")["confirmation"]
    assert len(table["rows"]) == 11
    for number, (first, later, reaching, before) in enumerate(table["rows"]):
        for name, days, best in (("L", (56, 112), reaching), ("E", (28, 56), before)):
            visits += [f"{name}{number} | {days[0]} | {first}", f"{name}{number} | {days[1]} | {later}"]
            expected.append(f"{name}{number} | {best}")
    spec(
        best_overall_response,
        rule={"confirmed": True},
        responses="\n".join(visits),
        gives="\n".join(expected),
    )


def test_new_therapy_ends_what_counts(spec: Any) -> None:
    spec(
        best_overall_response,
        rule={"confirmed": True},
        responses="""
            subject | day | response
            T1      |  56 | PR
            T1      |  84 | PR
            T2      |  56 | PR
            T2      |  84 | PR
        """,
        therapies="""
            subject | day
            T1      |  84
            T2      |  83
        """,
        gives="""
            subject | value
            T1      | PR
            T2      | SD
        """,
    )


def test_a_response_begins_at_its_first_cr_or_pr(spec: Any) -> None:
    visits = """
        subject | day | response
        C1      |  56 | PR
        C1      | 112 | CR         # the best response is later than its begin
        C2      |  56 | CR
        C3      |  56 | SD
        C3      | 112 | PR
        C4      |  56 | SD
    """
    spec(
        best_overall_response,
        rule={"confirmed": False},
        responses=visits,
        gives="""
            subject | value | day | response_day
            C1      | CR    | 112 |  56
            C2      | CR    |  56 |  56
            C3      | PR    | 112 | 112
            C4      | SD    |  56 |
        """,
    )
    spec(
        best_overall_response,
        rule={"confirmed": True},
        responses=visits,
        gives="""
            subject | value | day | response_day
            C1      | PR    |  56 |  56
            C2      | SD    |  56 |
            C3      | SD    |  56 |
            C4      | SD    |  56 |
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[[], None]) -> None:
    on_spark()
