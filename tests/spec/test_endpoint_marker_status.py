"""Status of a marker: positive, negative, undetermined and missing are four things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.marker_status import marker_status

RESULTS = """
    subject | day | visit         | test | result
    S1      |   0 | screening     | ARV7 | POS
    S1      |  42 | after_cycle_2 | ARV7 | negative
    S2      |   0 | screening     | ARV7 | Positive
    S2      |  42 | after_cycle_2 | ARV7 | INDETERMINATE
    S3      |   0 | screening     | ARV7 | NEG
    S4      |   0 | screening     | ARV7 | QNS            # stands for no status
    S4      |  42 | after_cycle_2 | ARV7 | POS
    S5      |   0 | screening     | ARV7 | INCONCLUSIVE
    S5      |   7 | screening     | ARV7 | POS            # the repeat gave an answer
    S6      |   0 | screening     | ARV7 | NEG
    S6      |   7 | screening     | ARV7 | UNDETERMINED   # a repeat without an answer takes none away
    S7      |   0 | screening     | CTC  | POS            # another test
"""


def test_the_status_at_a_visit(spec: Any) -> None:
    spec(
        marker_status,
        rule={"measurement": "ARV7", "at": "screening"},
        measurements=RESULTS,
        gives="""
            subject | value    | day | reason
            S1      | positive |   0 | RESULT
            S2      | positive |   0 | RESULT
            S3      | negative |   0 | RESULT
            S4      | missing  |     | NO_RESULT
            S5      | positive |   7 | RESULT
            S6      | negative |   0 | RESULT
            S7      | missing  |     | NO_RESULT
        """,
    )


def test_the_change_of_status_between_two_visits(spec: Any) -> None:
    spec(
        marker_status,
        rule={"measurement": "ARV7", "baseline": "screening", "at": "after_cycle_2"},
        measurements=RESULTS,
        gives="""
            subject | value                    | day | reason
            S1      | positive to negative     |  42 | RESULT
            S2      | positive to undetermined |  42 | RESULT
            S3      | negative to missing      |     | NO_RESULT
            S4      | missing to positive      |  42 | NO_RESULT
            S5      | positive to missing      |     | NO_RESULT
            S6      | negative to missing      |     | NO_RESULT
            S7      | missing to missing       |     | NO_RESULT
        """,
    )


def test_the_words_of_a_result_are_the_protocol_s_to_state_and_a_cut_off_ends_them(spec: Any) -> None:
    spec(
        marker_status,
        rule={
            "measurement": "ARV7",
            "at": "week_9",
            "positive": ["expressed"],
            "negative": ["not expressed"],
        },
        subjects="""
            subject | cutoff_day
            W1      |
            W2      |
            W3      |
            W4      |         62
        """,
        measurements="""
            subject | day | visit  | test | result
            W1      |  63 | week_9 | ARV7 | Expressed
            W2      |  63 | week_9 | ARV7 | NOT EXPRESSED
            W3      |  63 | week_9 | ARV7 | POS
            W4      |  63 | week_9 | ARV7 | expressed
        """,
        gives="""
            subject | value
            W1      | positive
            W2      | negative
            W3      | missing
            W4      | missing
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[..., None]) -> None:
    on_spark(rules=2)
