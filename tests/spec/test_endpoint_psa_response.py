"""PSA response: a fall of a stated share from baseline, with a second such value 3 weeks later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.psa import psa_response

HALF = {"criteria": "pcwg3", "fall": "50 %"}


def test_a_fall_by_half_counts_when_a_second_value_3_weeks_later_is_as_low(spec: Any) -> None:
    spec(
        psa_response,
        rule=HALF,
        subjects="""
            subject
            R1
            R2
            R3
            R4
            R5
            R6
            R7
            R8
        """,
        psa="""
            subject | day | value
            R1      |   0 | 90
            R1      |  21 | 70
            R1      |  42 | 44     # 44 and 41 are both at most 45, 21 days apart
            R1      |  63 | 41
            R1      |  84 | 47
            R2      |   0 | 90
            R2      |  21 | 44     # never repeated
            R2      |  42 | 50
            R3      |   0 | 90
            R3      |  21 | 44     # the repeat is only 14 days later
            R3      |  35 | 43
            R4      |   0 | 90
            R4      |  21 | 44     # day 63 confirms day 21 although 46 lies between
            R4      |  42 | 46
            R4      |  63 | 45
            R5      |  21 | 44     # no baseline
            R5      |  42 | 40
            R6      |   0 | <0.1   # no decline can be measured
            R6      |  21 | <0.1
            R7      |   0 | 90     # no later value
            R8      |   0 | 90
            R8      |  21 | 9
            R8      |  42 | 8.9
        """,
        gives="""
            subject | responder | day | reason
            R1      | yes       |  42 | RESPONSE
            R2      | no        |     | UNCONFIRMED
            R3      | no        |     | UNCONFIRMED
            R4      | yes       |  21 | RESPONSE
            R5      |           |     | NO_BASELINE
            R6      |           |     | BASELINE_BELOW_QUANTIFICATION
            R7      | no        |     | NO_POSTBASELINE
            R8      | yes       |  21 | RESPONSE
        """,
    )


def test_consecutive_confirmation_lets_no_value_between_fail(spec: Any) -> None:
    spec(
        psa_response,
        rule={**HALF, "confirming": "consecutive"},
        psa="""
            subject | day | value
            C1      |   0 | 90
            C1      |  21 | 44
            C1      |  42 | 46     # breaks the run
            C1      |  63 | 45
            C2      |   0 | 90
            C2      |  21 | 44
            C2      |  35 | 43
            C2      |  42 | 42
        """,
        gives="""
            subject | responder | day
            C1      | no        |
            C2      | yes       |  21
        """,
    )


def test_the_lowest_stricter_and_unconfirmed_definitions(spec: Any) -> None:
    spec(
        psa_response,
        rule={"criteria": "pcwg3", "fall": "90 %", "confirmed": False},
        psa="""
            subject | day | value
            U1      |   0 | 90
            U1      |  21 | 9      # 90 %, equality counts
            U2      |   0 | 90
            U2      |  21 | 9.1
        """,
        gives="""
            subject | responder | day
            U1      | yes       |  21
            U2      | no        |
        """,
    )


def test_a_trial_may_ask_for_a_baseline_of_20_ng_per_ml(spec: Any) -> None:
    spec(
        psa_response,
        rule={"criteria": "tropic2010"},
        psa="""
            subject | day | value
            T1      |  -3 | 20
            T1      |  21 | 10
            T1      |  42 | 10
            T2      |  -3 | 19.9
            T2      |  21 | 1
            T2      |  42 | 1
        """,
        gives="""
            subject | responder | reason
            T1      | yes       | RESPONSE
            T2      |           | BASELINE_BELOW_MINIMUM
        """,
    )


def test_values_after_cut_off_or_new_therapy_do_not_count(spec: Any) -> None:
    spec(
        psa_response,
        rule=HALF,
        subjects="""
            subject | cutoff_day
            N1      |
            N2      |  41
            N3      |
        """,
        psa="""
            subject | day | value
            N1      |   0 | 90
            N1      |  21 | 40
            N1      |  42 | 40     # on the day of the new therapy: still used
            N2      |   0 | 90
            N2      |  21 | 40
            N2      |  42 | 40     # after the cut-off
            N3      |   0 | 90
            N3      |  21 | 40
            N3      |  42 | 40     # after the new therapy
        """,
        therapies="""
            subject | day
            N1      |  42
            N3      |  41
            N3      |  70
        """,
        gives="""
            subject | responder | reason
            N1      | yes       | RESPONSE
            N2      | no        | UNCONFIRMED
            N3      | no        | UNCONFIRMED
        """,
    )


def test_of_two_values_on_one_day_the_highest_counts(spec: Any) -> None:
    spec(
        psa_response,
        rule=HALF,
        psa="""
            subject | day | sequence | value
            D1      |   0 |        1 | 80
            D1      |   0 |        2 | 90     # the baseline
            D1      |  21 |        3 | 45
            D1      |  42 |        4 | 30
            D1      |  42 |        5 | 46     # the value of day 42: unconfirmed
        """,
        gives="""
            subject | responder | reason
            D1      | no        | UNCONFIRMED
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[[], None]) -> None:
    on_spark()
