"""Markers at visits: who is evaluable and why not, results at a limit of quantification, units, scales."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.measurements import linked_measurements, paired_change

TESTOSTERONE = {"measurement": "TESTOS", "baseline": "screening", "at": "week_9", "unit": "nmol/L"}


def test_why_a_change_can_t_be_evaluated_is_told_visit_by_visit(spec: Any) -> None:
    spec(
        paired_change,
        rule={
            **TESTOSTERONE,
            "specimen": "Marrow",
            "baseline_days": [-28, 0],
            "at_days": [56, 70],
            "censored": "exclude",
        },
        subjects="""
            subject
            E1
            E2
            E3
            E4
            E5
            E6
            E7
            E8
        """,
        measurements="""
            subject | day | visit     | test   | value | comparator | unit   | failed
            E1      |   0 | screening | TESTOS | 10    |            | nmol/L |
            E1      |  63 | week_9    | TESTOS | 8     |            | NMOL/L |           # the same unit
            E2      |   0 | screening | TESTOS | 10    |            | nmol/L |
            E2      |  71 | week_9    | TESTOS | 8     |            | nmol/L |           # a day late
            E3      |   0 | screening | TESTOS | 10    |            | nmol/L |
            E3      |  63 | week_9    | TESTOS |       |            |        | yes
            E4      |   0 | screening | TESTOS | 10    |            | nmol/L |           # taken, no result
            E5      |   0 | screening | TESTOS | 10    |            | nmol/L |           # no specimen
            E6      |   0 | screening | TESTOS | 300   |            | ng/dL  |           # no stated factor
            E6      |  63 | week_9    | TESTOS | 8     |            | nmol/L |
            E7      |   0 | screening | TESTOS | 10    |            | nmol/L |
            E7      |  63 | week_9    | TESTOS | 0.5   | <          | nmol/L |
            E8      |  63 | week_9    | TESTOS | 8     |            | nmol/L |
        """,
        specimens="""
            subject | day | visit     | specimen | failed
            E1      |   0 | screening | MARROW   |
            E1      |  63 | week_9    | MARROW   |
            E4      |  63 | week_9    | MARROW   |
            E5      |  63 | week_9    | PLASMA   |     # another specimen
            E8      |   0 | screening | MARROW   | yes
        """,
        gives="""
            subject | change | evaluable | reason
            E1      | -2     | yes       | EVALUABLE
            E2      |        | no        | LATER_OUTSIDE_WINDOW
            E3      |        | no        | LATER_SPECIMEN_FAILED
            E4      |        | no        | LATER_NOT_MEASURED
            E5      |        | no        | LATER_NO_SPECIMEN
            E6      |        | no        | BASELINE_UNIT_UNKNOWN
            E7      |        | no        | LATER_CENSORED
            E8      |        | no        | BASELINE_SPECIMEN_FAILED
        """,
    )


def test_without_records_of_specimens_a_missing_result_has_no_further_reason(spec: Any) -> None:
    spec(
        paired_change,
        rule={**TESTOSTERONE, "specimen": "Marrow"},
        measurements="""
            subject | day | visit     | test   | value | unit
            N1      |   0 | screening | TESTOS | 10    | nmol/L
            N2      |  63 | week_9    | TESTOS | 10    | nmol/L
            N3      |   0 | screening | TESTOS |       |
        """,
        gives="""
            subject | reason
            N1      | NO_POSTBASELINE
            N2      | NO_BASELINE
            N3      | BASELINE_NOT_MEASURED
        """,
    )


AT_THE_LIMIT = """
    subject | day | visit     | test   | value | comparator | unit
    L1      |   0 | screening | TESTOS | 10    |            | nmol/L
    L1      |  63 | week_9    | TESTOS | 0.5   | <          | nmol/L
    L2      |   0 | screening | TESTOS | 1000  | >=         | nmol/L
    L2      |  63 | week_9    | TESTOS | 10    |            | nmol/L
    L3      |   0 | screening | TESTOS | 0.5   | <          | nmol/L
    L3      |  63 | week_9    | TESTOS | 0.5   | <=         | nmol/L    # up or down: nobody knows
    L4      |   0 | screening | TESTOS | 1000  | >          | nmol/L
    L4      |  63 | week_9    | TESTOS | 1000  | >          | nmol/L
    L5      |   0 | screening | TESTOS | 10    |            | nmol/L
    L5      |  63 | week_9    | TESTOS | 20    |            | nmol/L
"""
NO_DIRECTION = """
    subject | day | visit     | test   | value | comparator | unit   | failed
    D1      |   0 | screening | TESTOS | 10    | <          | nmol/L |
    D1      |  63 | week_9    | TESTOS | 3     |            | nmol/L |
    D2      |   0 | screening | TESTOS | 10    |            | nmol/L |
    D2      |  63 | week_9    | TESTOS | 20    | <          | nmol/L |
    D3      |   0 | screening | TESTOS | 10    | >          | nmol/L |
    D3      |  63 | week_9    | TESTOS | 20    |            | nmol/L |
    D4      |   0 | screening | TESTOS | 10    | <          | nmol/L |
    D4      |  63 | week_9    | TESTOS | 20    |            | nmol/L |
    D5      |   0 | screening | TESTOS | 10    |            | nmol/L | yes
    D5      |  63 | week_9    | TESTOS | 20    |            | nmol/L |
    D6      |   0 | screening | TESTOS | -10   |            | nmol/L |
    D6      |  63 | week_9    | TESTOS | -5    |            | nmol/L |
"""


@pytest.mark.parametrize("named", ["limit", "half", "zero"])
def test_a_limit_beyond_the_other_value_leaves_no_direction(spec: Any, named: str) -> None:
    rise = {"limit": 10, "half": 15, "zero": 20}[named]
    spec(
        paired_change,
        rule={**TESTOSTERONE, "censored": named},
        measurements=NO_DIRECTION,
        gives=f"""
            subject | change | evaluable | reason
            D1      |        | no        | DIRECTION_UNKNOWN    # between -7 and +3
            D2      |        | no        | DIRECTION_UNKNOWN
            D3      |        | no        | DIRECTION_UNKNOWN
            D4      | {rise} | yes       | EVALUABLE
            D5      |        | no        | BASELINE_SPECIMEN_FAILED
            D6      | 5      | yes       | EVALUABLE
        """,
    )


def test_a_share_of_a_baseline_below_zero_is_not_given(spec: Any) -> None:
    spec(
        paired_change,
        rule=TESTOSTERONE,
        measurements="""
            subject | day | visit     | test   | value | unit
            1       |   0 | screening | TESTOS | -10   | nmol/L
            1       |  63 | week_9    | TESTOS | -5    | nmol/L
        """,
        gives="subject | change | percent_change | reason\n1 | 5 | | EVALUABLE",
    )


@pytest.mark.parametrize(
    ("named", "first", "second"),
    [("limit", "-9.5", "-990"), ("half", "-9.75", "-990"), ("zero", "-10", "-990")],
)
def test_a_result_at_a_limit_counts_by_the_named_rule_and_is_marked(
    spec: Any, named: str, first: str, second: str
) -> None:
    spec(
        paired_change,
        rule={**TESTOSTERONE, "censored": named},
        measurements=AT_THE_LIMIT,
        gives=f"""
            subject | change   | evaluable | censored | reason
            L1      | {first}  | yes       | yes      | EVALUABLE
            L2      | {second} | yes       | yes      | EVALUABLE
            L3      |          | no        | no       | BELOW_AT_BOTH
            L4      |          | no        | no       | ABOVE_AT_BOTH
            L5      | 10       | yes       | no       | EVALUABLE
        """,
    )


def test_excluded_results_leave_their_subjects_out(spec: Any) -> None:
    spec(
        paired_change,
        rule={**TESTOSTERONE, "censored": "exclude"},
        measurements=AT_THE_LIMIT,
        gives="""
            subject | change | evaluable | censored | reason
            L1      |        | no        | no       | LATER_CENSORED
            L2      |        | no        | no       | BASELINE_CENSORED
            L3      |        | no        | no       | BASELINE_CENSORED
            L4      |        | no        | no       | BASELINE_CENSORED
            L5      | 10     | yes       | no       | EVALUABLE
        """,
    )


def test_no_logarithm_is_taken_of_zero(spec: Any) -> None:
    spec(
        paired_change,
        rule={**TESTOSTERONE, "censored": "zero", "scale": "log"},
        measurements=AT_THE_LIMIT,
        gives="""
            subject | change              | evaluable | reason
            L1      |                     | no        | NOT_POSITIVE
            L2      | -4.6051701859880913 | yes       | EVALUABLE
            L3      |                     | no        | BELOW_AT_BOTH
            L4      |                     | no        | ABOVE_AT_BOTH
            L5      | 0.6931471805599453  | yes       | EVALUABLE
        """,
    )


def test_on_the_percent_scale_the_change_is_a_share_of_the_baseline(spec: Any) -> None:
    spec(
        paired_change,
        rule={**TESTOSTERONE, "scale": "percent"},
        measurements="""
            subject | day | visit     | test   | value | unit
            P1      |   0 | screening | TESTOS | 10    | nmol/L
            P1      |  63 | week_9    | TESTOS | 4     | nmol/L
            P2      |   0 | screening | TESTOS | 0     | nmol/L    # no share of nothing
            P2      |  63 | week_9    | TESTOS | 4     | nmol/L
            P3      |   0 | screening | TESTOS | 10    | nmol/L
            P3      |  63 | week_9    | TESTOS | 0     | nmol/L
        """,
        gives="""
            subject | change | percent_change | reason
            P1      | -60    | -60            | EVALUABLE
            P2      |        |                | NOT_POSITIVE
            P3      | -100   | -100           | EVALUABLE
        """,
    )


def test_units_are_converted_only_where_the_protocol_states_a_factor(spec: Any) -> None:
    values = """
        subject | day | visit     | test   | value | unit
        U1      |   0 | screening | TESTOS | 300   | ng/dL
        U1      |  63 | week_9    | TESTOS | 5.2   | nmol/L
        U2      |   0 | screening | TESTOS | 3     | ug/L
        U2      |  63 | week_9    | TESTOS | 5.2   | nmol/L
        U3      |   0 | screening | TESTOS | 10    |
        U3      |  63 | week_9    | TESTOS | 5.2   | nmol/L
    """
    spec(
        paired_change,
        rule={**TESTOSTERONE, "convert": {"ng/dL": 0.03467}},
        measurements=values,
        gives="""
            subject | baseline | change | reason
            U1      | 10.401   | -5.201 | EVALUABLE
            U2      |          |        | BASELINE_UNIT_UNKNOWN
            U3      |          |        | BASELINE_UNIT_UNKNOWN
        """,
    )
    spec(
        paired_change,
        rule={**TESTOSTERONE, "unit": None},
        measurements=values,
        gives="""
            subject | change | reason
            U1      |        | UNITS_DIFFER    # no unit is stated: a subject's two must be the same
            U2      |        | UNITS_DIFFER
            U3      |        | UNITS_DIFFER
        """,
    )


@pytest.mark.parametrize(
    ("named", "value", "day"), [("last", "4", 65), ("first", "8", 63), ("mean", "6", 65)]
)
def test_of_several_results_at_a_visit_one_is_made_by_the_named_rule(
    spec: Any, named: str, value: str, day: int
) -> None:
    spec(
        paired_change,
        rule={**TESTOSTERONE, "same_visit": named, "at_days": [60, 70]},
        measurements="""
            subject | day | sequence | visit     | test   | value | unit
            S1      |   0 |        1 | screening | TESTOS | 10    | nmol/L
            S1      |  63 |        2 | week_9    | TESTOS | 8     | nmol/L
            S1      |  65 |        3 | week_9    | TESTOS | 6     | nmol/L
            S1      |  65 |        4 | week_9    | TESTOS | 4     | nmol/L
            S1      |  80 |        5 | week_9    | TESTOS | 1     | nmol/L
        """,
        gives=f"""
            subject | value   | day
            S1      | {value} | {day}
        """,
    )


PAIRS = """
    subject | day | visit     | test | value | comparator | unit
    L1      |   0 | screening | A    | 2     |            | ng/mL
    L1      |   0 | screening | B    | 10    |            |
    L1      |  63 | week_9    | A    | 3     |            | ng/mL
    L1      |  63 | week_9    | B    | 15    |            |
    L2      |   0 | screening | A    | 0     |            | ng/mL
    L2      |   0 | screening | B    | 10    |            |
    L2      |  63 | week_9    | A    | 1     | <          | ng/mL
    L2      |  63 | week_9    | B    | 15    |            |
    L3      |  63 | week_9    | A    | 3     |            | ng/mL
    L3      |  63 | week_9    | B    | 15    |            |
    L4      |   0 | screening | A    | 2     |            | nmol/L
    L4      |  63 | week_9    | A    | 3     |            | ng/mL
    L4      |  63 | week_9    | B    |       |            |
"""


@pytest.mark.parametrize(
    ("of", "gives"),
    [
        (
            "value",
            """
                subject | first | second | censored | reason
                L1      | 3     | 15     | no       | EVALUABLE
                L2      | 1     | 15     | yes      | EVALUABLE
                L3      | 3     | 15     | no       | EVALUABLE
                L4      | 3     |        | no       | SECOND_NOT_MEASURED
            """,
        ),
        (
            "change",
            """
                subject | first | second | censored | reason
                L1      | 1     | 5      | no       | EVALUABLE
                L2      | 1     | 5      | yes      | EVALUABLE
                L3      |       |        | no       | FIRST_NO_START
                L4      |       |        | no       | FIRST_UNITS_DIFFER
            """,
        ),
        (
            "ratio",
            """
                subject | first | second | censored | reason
                L1      | 1.5   | 1.5    | no       | EVALUABLE
                L2      |       | 1.5    | no       | FIRST_NOT_POSITIVE
                L3      |       |        | no       | FIRST_NO_START
                L4      |       |        | no       | FIRST_UNITS_DIFFER
            """,
        ),
    ],
    ids=["value", "change", "ratio"],
)
def test_two_measurements_are_linked_by_value_change_or_ratio(spec: Any, of: str, gives: str) -> None:
    spec(
        linked_measurements,
        rule={"first": "A", "second": "B", "at": "week_9", "of": of},
        measurements=PAIRS,
        gives=gives,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[..., None]) -> None:
    on_spark(rules=2)
