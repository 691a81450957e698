"""Circulating tumour cells: conversion, clearance and decline between two visits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.measurements import cell_count_response

COUNTS = """
    subject | day | visit     | test | value
    X1      |   0 | screening | CTC  | 30
    X1      |  91 | week_13   | CTC  | 0
    X2      |   0 | screening | CTC  | 30
    X2      |  91 | week_13   | CTC  | 4
    X3      |   0 | screening | CTC  | 30
    X3      |  91 | week_13   | CTC  | 21
    X4      |   0 | screening | CTC  | 30
    X4      |  91 | week_13   | CTC  | 22
    X5      |   0 | screening | CTC  | 3
    X5      |  91 | week_13   | CTC  | 0
    X6      |   0 | screening | CTC  | 0
    X6      |  91 | week_13   | CTC  | 0
    X7      |   0 | screening | CTC  | 30
    X8      |  91 | week_13   | CTC  | 0
    X9      |   0 | screening | CTC  | 5
    X9      |  91 | week_13   | CTC  | 4
    X10     |   0 | screening | CTC  | 30
    X10     |  42 | cycle_3   | CTC  | 0     # another visit
"""
VISITS = {"measurement": "CTC", "baseline": "screening", "at": "week_13"}


def test_conversion_is_from_5_or_more_to_4_or_fewer(spec: Any) -> None:
    spec(
        cell_count_response,
        rule={**VISITS, "what": "conversion"},
        measurements=COUNTS,
        gives="""
            subject | responder | day | reason
            X1      | yes       |  91 | RESPONSE
            X2      | yes       |  91 | RESPONSE
            X3      | no        |     | NO_RESPONSE
            X4      | no        |     | NO_RESPONSE
            X5      |           |     | LOW_BASELINE
            X6      |           |     | LOW_BASELINE
            X7      | no        |     | NO_POSTBASELINE    # a missing count is no response
            X8      |           |     | NO_BASELINE
            X9      | yes       |  91 | RESPONSE
            X10     | no        |     | NO_POSTBASELINE
        """,
    )


def test_clearance_is_from_any_cell_to_none(spec: Any) -> None:
    spec(
        cell_count_response,
        rule={**VISITS, "what": "clearance"},
        measurements=COUNTS,
        gives="""
            subject | responder | reason
            X1      | yes       | RESPONSE
            X2      | no        | NO_RESPONSE
            X3      | no        | NO_RESPONSE
            X4      | no        | NO_RESPONSE
            X5      | yes       | RESPONSE
            X6      |           | LOW_BASELINE
            X7      | no        | NO_POSTBASELINE
            X8      |           | NO_BASELINE
            X9      | no        | NO_RESPONSE
            X10     | no        | NO_POSTBASELINE
        """,
    )


def test_a_decline_is_by_30_percent_of_5_cells_or_more(spec: Any) -> None:
    spec(
        cell_count_response,
        rule={**VISITS, "what": "decline"},
        measurements=COUNTS,
        gives="""
            subject | responder | reason
            X1      | yes       | RESPONSE
            X2      | yes       | RESPONSE
            X3      | yes       | RESPONSE           # 21 is 70 % of 30
            X4      | no        | NO_RESPONSE
            X5      |           | LOW_BASELINE
            X6      |           | LOW_BASELINE
            X7      | no        | NO_POSTBASELINE
            X8      |           | NO_BASELINE
            X9      | no        | NO_RESPONSE
            X10     | no        | NO_POSTBASELINE
        """,
    )


def test_the_share_and_the_least_baseline_are_the_protocol_s_to_state(spec: Any) -> None:
    spec(
        cell_count_response,
        rule={**VISITS, "what": "decline", "fall": "50 %", "minimum_baseline": 1},
        measurements="""
            subject | day | visit     | test | value
            Y1      |   0 | screening | CTC  | 3
            Y1      |  91 | week_13   | CTC  | 1.5
            Y2      |   0 | screening | CTC  | 3
            Y2      |  91 | week_13   | CTC  | 2
            Y3      |   0 | screening | CTC  | 0.7
            Y3      |  91 | week_13   | CTC  | 0
        """,
        gives="""
            subject | responder | reason
            Y1      | yes       | RESPONSE
            Y2      | no        | NO_RESPONSE
            Y3      |           | LOW_BASELINE
        """,
    )


def test_of_several_counts_at_a_visit_the_last_counts_and_other_units_do_not(spec: Any) -> None:
    spec(
        cell_count_response,
        rule={**VISITS, "what": "conversion", "unit": "cells per 7.5 mL"},
        measurements="""
            subject | day | visit     | test | value | unit
            Z1      |  -3 | screening | CTC  | 3     | cells per 7.5 mL
            Z1      |  -1 | screening | CTC  | 8     | cells per 7.5 mL
            Z1      |  91 | week_13   | CTC  | 2     | cells per 7.5 mL
            Z2      |  -1 | screening | CTC  | 8     | cells per 7.5 mL
            Z2      |  91 | week_13   | CTC  | 2     | % of cells
        """,
        gives="""
            subject | responder | reason
            Z1      | yes       | RESPONSE
            Z2      | no        | NO_POSTBASELINE
        """,
    )


def test_counts_of_another_volume_are_scaled_and_units_compared_without_blanks(spec: Any) -> None:
    for unit in ({"unit": "cells/7.5 mL"}, {}):
        spec(
            cell_count_response,
            rule={**VISITS, "what": "conversion", **unit},
            measurements="""
                subject | day | visit     | test | value | unit
                V1      |  -1 | screening | CTC  | 10    | Cells/15mL
                V1      |  91 | week_13   | CTC  | 8     | cells/15 mL
                V2      |  -1 | screening | CTC  | 9     | cells/15 mL    # 4.5: never rounded up
                V2      |  91 | week_13   | CTC  | 0     | cells/7.5mL
                V3      |  -1 | screening | CTC  | 1     | cells/mL
                V3      |  91 | week_13   | CTC  | 9     | cells/15mL
            """,
            gives="""
                subject | responder | reason
                V1      | yes       | RESPONSE
                V2      |           | LOW_BASELINE
                V3      | no        | NO_RESPONSE
            """,
        )


CENSORED_COUNTS = """
    subject | day | visit     | test | value | comparator | failed
    C1      |   0 | screening | CTC  | 30    |            |
    C1      |  91 | week_13   | CTC  | 5     | <          |
    C2      |   0 | screening | CTC  | 30    |            |
    C2      |  91 | week_13   | CTC  | 1     | <          |
    C3      |   0 | screening | CTC  | 100   | >          |
    C3      |  91 | week_13   | CTC  | 4     | >          |
    C4      |   0 | screening | CTC  | 20    | <          |
    C4      |  91 | week_13   | CTC  | 0     |            |
    C5      |   0 | screening | CTC  | 30    |            |
    C5      |  91 | week_13   | CTC  | 0     |            | yes
    C6      |   0 | screening | CTC  | 30    |            |
    C6      |  91 | week_13   | CTC  | 10    | <          |
"""


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (
            "conversion",
            [
                "yes RESPONSE",
                "yes RESPONSE",
                "no NO_RESPONSE",
                " BASELINE_CENSORED",
                "no NO_POSTBASELINE",
                "no LATER_CENSORED",
            ],
        ),
        (
            "clearance",
            [
                "no LATER_CENSORED",
                "yes RESPONSE",
                "no NO_RESPONSE",
                " BASELINE_CENSORED",
                "no NO_POSTBASELINE",
                "no LATER_CENSORED",
            ],
        ),
        (
            "decline",
            [
                "yes RESPONSE",
                "yes RESPONSE",
                "no LATER_CENSORED",
                " BASELINE_CENSORED",
                "no NO_POSTBASELINE",
                "yes RESPONSE",
            ],
        ),
    ],
)
def test_a_count_below_a_limit_responds_where_every_whole_count_below_it_does(
    spec: Any, what: str, said: list[str]
) -> None:
    expected = "\n".join(f"C{n} | {' | '.join(text.split(' '))}" for n, text in enumerate(said, 1))
    spec(
        cell_count_response,
        rule={**VISITS, "what": what},
        measurements=CENSORED_COUNTS,
        gives=f"subject | responder | reason\n{expected}",
    )


def test_a_count_outside_the_days_of_its_visit_is_none(spec: Any) -> None:
    """Week 13 and two weeks either side."""
    spec(
        cell_count_response,
        rule={**VISITS, "what": "clearance", "at_days": [77, 105]},
        measurements="""
            subject | day | visit     | test | value
            D1      |   0 | screening | CTC  | 30
            D1      |  77 | week_13   | CTC  | 0
            D2      |   0 | screening | CTC  | 30
            D2      | 105 | week_13   | CTC  | 0
            D3      |   0 | screening | CTC  | 30
            D3      |  76 | week_13   | CTC  | 0
            D4      |   0 | screening | CTC  | 30
            D4      | 105 | week_13   | CTC  | 7
            D4      | 106 | week_13   | CTC  | 0
        """,
        gives="""
            subject | responder | day | reason
            D1      | yes       |  77 | RESPONSE
            D2      | yes       | 105 | RESPONSE
            D3      | no        |     | NO_POSTBASELINE
            D4      | no        |     | NO_RESPONSE
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[[], None]) -> None:
    on_spark()
