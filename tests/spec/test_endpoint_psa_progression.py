"""PSA progression: 25 % and 2 ng/mL over the nadir, confirmed; before week 12 only after a fall."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.psa import psa_progression

COURSES = """
    subject | day | value
    P1      |   0 | 100
    P1      |  21 |  50
    P1      |  42 |  40
    P1      |  63 |  48    # +20 % over the nadir of 40
    P1      |  84 |  52    # +30 % and +12 ng/mL ...
    P1      | 105 |  55    # ... and again
    P2      |   0 | 100
    P2      |  21 |  50
    P2      |  42 |  40
    P2      |  63 |  51    # a rise in the last value only
    P3      |   0 |  30
    P3      |  21 |  36    # never below baseline: nothing counts before day 84
    P3      |  42 |  38
    P3      |  63 |  40
    P3      |  84 |  41
    P3      | 105 |  42
    P5      |   0 |   5
    P5      |  21 |   3
    P5      |  42 | 3.9    # +25 % is passed, +2 ng/mL is not
    P5      |  63 | 4.4
    P5      |  84 | 4.9
    P5      | 105 | 5.2
    P5      | 126 | 5.3
    P6      |   0 |  50
    P6      |  21 |  20
    P6      |  42 |  26    # refuted by 24
    P6      |  63 |  24
    P6      |  84 |  26    # confirmed
    P6      | 105 |  27
    P7      |   0 |  50
    P7      |  21 |  20
    P7      |  42 |  26
    P7      |  63 |  30    # after the new therapy of day 45
"""


def test_a_rise_over_the_nadir_counts_when_the_values_3_weeks_later_stay_up(spec: Any) -> None:
    spec(
        psa_progression,
        rule={"criteria": "pcwg3"},
        subjects="""
            subject
            P1
            P2
            P3
            P5
            P6
            P7
            P8
        """,
        psa=COURSES,
        therapies="""
            subject | day
            P7      |  45
        """,
        gives="""
            subject | day | time_days | event | reason
            P1      |  84 |        85 | yes   | PSA
            P2      |  63 |        64 | no    | UNCONFIRMED
            P3      |  84 |        85 | yes   | PSA
            P5      | 105 |       106 | yes   | PSA
            P6      |  84 |        85 | yes   | PSA
            P7      |  42 |        43 | no    | UNCONFIRMED
            P8      |   0 |         1 | no    | NO_BASELINE
        """,
    )


def test_without_the_12_week_rule_an_early_rise_counts(spec: Any) -> None:
    spec(
        psa_progression,
        rule={"criteria": "pcwg3", "early_rise": "none"},
        psa="""
            subject | day | value
            P4      |   0 |  30
            P4      |  21 |  36
            P4      |  42 |  38    # +27 %
            P4      |  63 |  40
            P4      |  84 |  41
        """,
        gives="""
            subject | day | event
            P4      |  42 | yes
        """,
    )


def test_nothing_counts_before_week_12_when_the_protocol_says_all(spec: Any) -> None:
    spec(
        psa_progression,
        rule={"criteria": "pcwg3", "early_rise": "all"},
        psa="""
            subject | day | value
            A1      |   0 | 100
            A1      |  21 |  40
            A1      |  42 |  60    # would count: PSA had fallen
            A1      |  63 |  61
            A1      |  84 |  62
            A1      | 105 |  63
            A2      |   0 | 100
            A2      |  21 |  40
            A2      |  62 |  60
            A2      |  83 |  70    # day 83 is before week 12
        """,
        gives="""
            subject | day | event | reason
            A1      |  84 | yes   | PSA
            A2      |  83 | no    | NO_EVENT
        """,
    )


def test_any_later_value_confirms_where_the_protocol_says_so(spec: Any) -> None:
    spec(
        psa_progression,
        rule={"criteria": "pcwg3", "confirming": "any_later", "unconfirmed_last": "event"},
        psa="""
            subject | day | value
            L1      |   0 |  50
            L1      |  21 |  20
            L1      |  42 |  26    # 24 fails, 26 on day 84 confirms
            L1      |  63 |  24
            L1      |  84 |  26
            L2      |   0 |  50
            L2      |  21 |  20
            L2      |  42 |  26    # last value: an event by this protocol
        """,
        gives="""
            subject | day | event
            L1      |  42 | yes
            L2      |  42 | yes
        """,
    )


def test_responders_of_1999_need_half_over_the_nadir_and_5_ng_per_ml(spec: Any) -> None:
    spec(
        psa_progression,
        rule={"criteria": "pcwg1"},
        psa="""
            subject | day | value
            B1      |   0 | 100
            B1      |  21 |  40    # a responder
            B1      |  42 |  55    # +37 %
            B1      |  63 |  60    # +50 %
            B1      |  84 |  61
            B2      |   0 | 100
            B2      |  21 |  80    # no responder
            B2      |  42 | 100    # +25 %
            B2      |  63 | 101
            B3      |   0 |  10
            B3      |  21 |   8
            B3      |  42 |  12    # +50 % but only +4 ng/mL
            B3      |  63 |  12
        """,
        gives="""
            subject | day | event
            B1      |  63 | yes
            B2      |  42 | yes
            B3      |  63 | no
        """,
    )


def test_closed_thresholds_include_equality_in_spite_of_rounding(spec: Any) -> None:
    spec(
        psa_progression,
        rule={"criteria": "pcwg3"},
        psa="""
            subject | day | value
            E1      |   0 | 10
            E1      |  21 | 2.3
            E1      |  42 | 4.3    # +2.0 exactly, though 4.3 - 2.3 is 1.9999999999999996 in binary
            E1      |  63 | 4.3    # 21 days
            E2      |   0 | 10
            E2      |  21 | 2.3
            E2      |  42 | 4.3
            E2      |  62 | 4.3    # 20 days
            E3      |   0 | 0.5
            E3      |  84 | 2.4    # +380 % but +1.9 ng/mL
            E3      | 105 | 2.4
        """,
        gives="""
            subject | day | event | reason
            E1      |  42 | yes   | PSA
            E2      |  62 | no    | UNCONFIRMED
            E3      | 105 | no    | NO_EVENT
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[[], None]) -> None:
    on_spark()
