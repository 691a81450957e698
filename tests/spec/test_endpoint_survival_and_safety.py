"""Overall survival, adverse events, paired and linked measurements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.measurements import linked_measurements, paired_change
from trialist.endpoints.survival import overall_survival
from trialist.endpoints.toxicity import adverse_event


def test_the_living_are_censored_when_last_known_alive_and_not_after_the_cut_off(spec: Any) -> None:
    spec(
        overall_survival,
        subjects="""
            subject | last_alive_day | cutoff_day
            S1      |            390 |        500
            S2      |            610 |        500
            S3      |            450 |        500
            S4      |            450 |
            S5      |                |        500
        """,
        deaths="""
            subject | day
            S1      | 400
            S3      | 501       # after the cut-off: alive on it
        """,
        therapies="""
            subject | day
            S1      | 100       # never censors survival
        """,
        gives="""
            subject | day | time_days | event | reason
            S1      | 400 |       401 | yes   | DEATH
            S2      | 500 |       501 | no    | NO_EVENT
            S3      | 500 |       501 | no    | AFTER_CUTOFF
            S4      | 450 |       451 | no    | NO_EVENT
            S5      |   0 |         1 | no    | NO_EVENT
        """,
    )


def test_a_hypothetical_estimand_censors_survival_at_the_new_therapy(spec: Any) -> None:
    spec(
        overall_survival,
        rule={"new_therapy": "censor"},
        subjects="""
            subject | last_alive_day
            S1      |            390
            S2      |            390
        """,
        deaths="""
            subject | day
            S1      | 400
            S2      | 400
        """,
        therapies="""
            subject | day
            S1      | 100
            S2      | 400       # on the day of death
        """,
        gives="""
            subject | day | event | reason
            S1      | 100 | no    | NEW_THERAPY
            S2      | 400 | yes   | DEATH
        """,
    )


def test_treatment_emergence_is_asked_in_order(spec: Any) -> None:
    spec(
        adverse_event,
        subjects="""
            subject | first_dose_day | last_dose_day
            E1      | 1 | 60
            E2      | 1 | 60
            E3      | 1 | 60
            E4      | 1 | 60
            E5      | 1 | 60
            E6      | 1 | 60
            E7      | 1 | 60
            E8      |   |
            E9      | 1 | 60
        """,
        adverse_events="""
            subject | start_day | end_day | grade | initial_grade
            E1      |         3 |       8 |       |
            E2      |        -4 |      -2 |       |
            E3      |        -4 |      10 |     3 | 1
            E4      |        -4 |      10 |     3 | 3
            E5      |        90 |      95 |       |
            E6      |        91 |      95 |       |
            E7      |           |      20 |       |     # start not known
            E8      |         3 |       8 |       |     # never treated
        """,
        gives="""
            subject | responder | day
            E1      | yes       |  3
            E2      | no        |
            E3      | yes       | -4
            E4      | no        |
            E5      | yes       | 90
            E6      | no        |
            E7      | yes       |
            E8      | no        |
            E9      | no        |
        """,
    )


def test_of_a_partial_start_the_known_parts_are_compared(spec: Any) -> None:
    spec(
        adverse_event,
        subjects="""
            subject | first_dose_day | last_dose_day
            P1      | 0 | 60
            P2      | 0 | 60
            P3      | 0 | 60
            P4      | 0 | 60
        """,
        adverse_events="""
            subject | start_earliest_day | start_latest_day | end_latest_day
            P1      | -900 | -536 |          # a year before treatment: no
            P2      |  -10 |   20 |          # the month of the first dose: it could be
            P3      |   91 |  120 |          # after the window: no
            P4      |  -10 |   20 | -2       # over before the first dose: no
        """,
        gives="""
            subject | responder | day
            P1      | no        |
            P2      | yes       |
            P3      | no        |
            P4      | no        |
        """,
    )


def test_grade_relation_seriousness_and_term_select_events(spec: Any) -> None:
    spec(
        adverse_event,
        rule={"term": "Neutropenia", "minimum_grade": 3, "related": True},
        subjects="""
            subject | first_dose_day
            G1      | 0
            G2      | 0
            G3      | 0
            G4      | 0
            G5      | 0
        """,
        adverse_events="""
            subject | term        | grade | related | start_day
            G1      | NEUTROPENIA |     3 | yes     | 5
            G1      | Neutropenia |     4 |         | 2     # relation missing counts as related
            G2      | Neutropenia |     2 | yes     | 5
            G3      | Neutropenia |       | yes     | 5     # not graded: in no grade group
            G4      | Anaemia     |     4 | yes     | 5
            G5      | Neutropenia |     4 | no      | 5
        """,
        gives="""
            subject | responder | day
            G1      | yes       | 2
            G2      | no        |
            G3      | no        |
            G4      | no        |
            G5      | no        |
        """,
    )


def test_a_paired_change_needs_both_visits(spec: Any) -> None:
    spec(
        paired_change,
        rule={"measurement": "CD34", "baseline": "screening", "at": "week_9", "scale": "log"},
        subjects="""
            subject
            M1
            M2
            M3
            M4
        """,
        measurements="""
            subject | day | visit     | test | value
            M1      |  -7 | screening | CD34 | 1
            M1      |  -3 | screening | CD34 | 2     # the last of the visit
            M1      |  63 | week_9    | CD34 | 4
            M1      |  63 | week_9    | CD3  | 9
            M2      |  -3 | screening | CD34 | 2
            M3      |  63 | week_9    | CD34 | 2
            M4      |  -3 | screening | CD34 | 0
            M4      |  63 | week_9    | CD34 | 4
        """,
        gives="""
            subject | baseline | value | change             | percent_change | day | evaluable | reason
            M1      | 2        | 4     | 0.6931471805599453 | 100 | 63 | yes | EVALUABLE
            M2      | 2        |       |                    |     |    | no  | NO_POSTBASELINE
            M3      |          | 2     |                    |     | 63 | no  | NO_BASELINE
            M4      | 0        | 4     |                    |     | 63 | no  | NOT_POSITIVE
        """,
    )


def test_linked_measurements_are_two_of_one_subject_at_one_visit(spec: Any) -> None:
    measurements = """
        subject | day | visit     | test | value
        L1      |  -3 | screening | A    | 1
        L1      |  -3 | screening | B    | 10
        L1      |  63 | week_9    | A    | 3
        L1      |  63 | week_9    | B    | 15
        L2      |  63 | week_9    | A    | 3
        L3      |  63 | week_9    | B    | 3
    """
    spec(
        linked_measurements,
        rule={"first": "A", "second": "B", "at": "week_9"},
        measurements=measurements,
        gives="""
            subject | first | second | evaluable | reason
            L1      | 3     | 15     | yes       | EVALUABLE
            L2      | 3     |        | no        | NO_SECOND
            L3      |       | 3      | no        | NO_FIRST
        """,
    )
    spec(
        linked_measurements,
        rule={"first": "A", "second": "B", "at": "week_9", "of": "change"},
        measurements=measurements,
        gives="""
            subject | first | second | evaluable
            L1      | 2     | 5      | yes
            L2      |       |        | no
            L3      |       |        | no
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[[], None]) -> None:
    on_spark()
