"""What is read off a best overall response: objective response, disease control, its begin and its length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.responders import (
    disease_control,
    duration_of_response,
    duration_of_stable_disease,
    objective_response,
    time_to_response,
)

BEST = """
    subject | value         | day | response_day
    O1      | CR            | 112 |  56
    O2      | PR            |  84 |  84
    O3      | SD            |  56 |
    O4      | NE            |  28 |
    O5      | MISSING       |     |
    O6      | NON-CR/NON-PD |  56 |
    O7      | PD            |  28 |
"""


def test_an_objective_response_is_a_best_response_of_cr_or_pr(spec: Any) -> None:
    spec(
        objective_response,
        rule={"of": "bor"},
        best_response=BEST,
        gives="""
            subject | responder | day | reason
            O1      | yes       |  56 | CR       # the day of its first PR, not of the CR
            O2      | yes       |  84 | PR
            O3      | no        |     | SD
            O4      |           |     | NE
            O5      |           |     | MISSING
            O6      | no        |     | NON-CR/NON-PD
            O7      | no        |     | PD
        """,
    )


def test_disease_is_controlled_by_a_response_or_a_stable_disease(spec: Any) -> None:
    spec(
        disease_control,
        rule={"of": "bor"},
        best_response=BEST,
        gives="""
            subject | responder | day | reason
            O1      | yes       | 112 | CR
            O2      | yes       |  84 | PR
            O3      | yes       |  56 | SD
            O4      |           |     | NE
            O5      |           |     | MISSING
            O6      | yes       |  56 | NON-CR/NON-PD
            O7      | no        |     | PD
        """,
    )


def test_the_time_to_a_response_is_told_of_responders_only(spec: Any) -> None:
    spec(
        time_to_response,
        rule={"of": "bor"},
        best_response=BEST,
        gives="""
            subject | day | time_days | event | reason
            O1      |  56 | 57        | yes   | RESPONSE
            O2      |  84 | 85        | yes   | RESPONSE
        """,
    )


def test_a_response_lasts_from_its_first_visit_to_the_end_both_days_counted(spec: Any) -> None:
    spec(
        duration_of_response,
        rule={"of": "bor", "until": "pfs"},
        best_response="""
            subject | value | day | response_day
            D1      | PR    |  56 |  56
            D2      | PR    |  56 |  56
            D3      | CR    | 112 |  56
            D4      | SD    |  56 |
            D5      | PR    | 120 | 120
            D6      | PR    |  56 |  56
        """,
        progression="""
            subject | day | event | reason
            D1      | 168 | yes   | SOFT_TISSUE
            D2      | 112 | no    | NO_EVENT
            D3      |  90 | yes   | DEATH
            D4      | 112 | yes   | SOFT_TISSUE
            D5      |  60 | yes   | BONE
            D6      |  56 | no    | NEW_THERAPY
        """,
        gives="""
            subject | day | time_days | event | reason
            D1      | 168 | 113       | yes   | SOFT_TISSUE
            D2      | 112 | 57        | no    | NO_EVENT
            D3      |  90 | 35        | yes   | DEATH
            D5      | 120 | 1         | no    | BEFORE_RESPONSE    # progression elsewhere came first
            D6      |  56 | 1         | no    | NEW_THERAPY
        """,
    )


def test_stable_disease_lasts_from_the_reference_date(spec: Any) -> None:
    spec(
        duration_of_stable_disease,
        rule={"of": "bor", "until": "pfs"},
        best_response="""
            subject | value         | day | response_day
            S1      | SD            |  56 |
            S2      | SD            |  56 |
            S3      | PR            |  56 |  56
            S4      | NON-CR/NON-PD |  56 |
            S5      | NE            |  28 |
        """,
        progression="""
            subject | day | event | reason
            S1      | 168 | yes   | SOFT_TISSUE
            S2      | 112 | no    | NEW_THERAPY
            S3      | 112 | yes   | BONE
            S4      | 112 | yes   | BONE
            S5      |  28 | no    | NO_EVENT
        """,
        gives="""
            subject | day | time_days | event | reason
            S1      | 168 | 169       | yes   | SOFT_TISSUE
            S2      | 112 | 113       | no    | NEW_THERAPY
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[[], None]) -> None:
    on_spark()
