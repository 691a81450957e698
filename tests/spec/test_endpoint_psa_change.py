"""PSA change: the best on study, or the one nearest to week 12."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.psa import psa_change


def test_the_best_change_is_the_lowest_later_value_even_when_psa_never_fell(spec: Any) -> None:
    spec(
        psa_change,
        rule={"what": "best"},
        psa="""
            subject | day | value
            R1      |   0 | 90
            R1      |  21 | 70
            R1      |  63 | 41
            R1      |  84 | 47
            R2      |   0 | 10
            R2      |  21 | 12
            R2      |  42 | 11
            R3      |  21 | 12      # no baseline
            R4      |   0 | <0.1
            R4      |  21 | 0.3
            R5      |   0 | 12
        """,
        gives="""
            subject | baseline | value | change | percent_change | day | evaluable | reason
            R1      | 90       | 41    | -49    | -54.44444444444 | 63 | yes | EVALUABLE
            R2      | 10       | 11    | 1      | 10              | 42 | yes | EVALUABLE
            R3      |          | 12    |        |                 | 21 | no  | NO_BASELINE
            R4      | 0.1      | 0.3   |        |                 | 21 | no  | BASELINE_BELOW_QUANTIFICATION
            R5      | 12       |       |        |                 |    | no  | NO_POSTBASELINE
        """,
    )


def test_the_change_at_12_weeks_is_that_of_the_value_nearest_to_day_84(spec: Any) -> None:
    spec(
        psa_change,
        rule={"what": "at_day", "day": 84, "window": "10 d"},
        psa="""
            subject | day | value
            W1      |   0 | 100
            W1      |  74 | 60
            W1      |  90 | 50      # 6 days off
            W2      |   0 | 100
            W2      |  80 | 70      # as near as day 88: the earlier
            W2      |  88 | 30
            W3      |   0 | 100
            W3      |  95 | 20      # outside the window
        """,
        gives="""
            subject | value | percent_change | day | evaluable
            W1      | 50    | -50            |  90 | yes
            W2      | 70    | -30            |  80 | yes
            W3      |       |                |     | no
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[[], None]) -> None:
    on_spark()
