"""Adverse events one by one: which count, how they are named, and how long everybody was at risk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.occurrences import adverse_events


def test_treatment_emergence_is_that_of_the_yes_or_no_endpoint(spec: Any) -> None:
    spec(
        adverse_events,
        rule={"treatment_emergent": False},
        subjects="""
            subject | first_dose_day | last_dose_day
            E1      | 1 | 60
            E2      | 1 | 60
            E3      | 1 | 60
            E4      | 1 | 60
            E5      | 1 | 60
            E6      | 1 | 60
            E7      |   |
        """,
        adverse_events="""
            subject | start_day | end_day | grade | initial_grade
            E1      |         3 |       8 |       |
            E2      |        -4 |      -2 |       |
            E3      |        -4 |      10 |     3 | 1
            E4      |        -4 |      10 |     3 | 3
            E5      |        90 |      95 |       |
            E6      |        91 |      95 |       |
            E7      |         3 |       8 |       |     # never treated
        """,
        gives="""
            subject | emergent | start_day | onset_day
            E1      | yes      |   3 |  3
            E2      | no       |  -4 |  1
            E3      | yes      |  -4 |  1       # worsened on treatment, when is not recorded: the first dose
            E4      | no       |  -4 |  1
            E5      | yes      |  90 | 90
            E6      | no       |  91 | 91
            E7      | no       |   3 |  3
        """,
    )


def test_a_window_may_be_longer(spec: Any) -> None:
    spec(
        adverse_events,
        rule={"window": "42 d"},
        subjects="""
            subject | first_dose_day | last_dose_day
            W1      | 1 | 60
            W2      | 1 | 60
        """,
        adverse_events="""
            subject | start_day
            W1      | 102
            W2      | 103
        """,
        gives="""
            subject | sequence | emergent | risk_end_day
            W1      | 1        | yes      | 102
            W2      |          |          | 102
        """,
    )


def test_a_subject_without_such_an_event_has_one_empty_row(spec: Any) -> None:
    spec(
        adverse_events,
        rule={"serious": True},
        subjects="""
            subject | first_dose_day | last_dose_day
            N1      | 0 | 10
            N2      | 0 | 10
            N3      | 0 | 10
        """,
        adverse_events="""
            subject | sequence | preferred_term | system_organ_class | serious | start_day
            N1      | 1        | Nausea         | Gut                | yes     | 3
            N1      | 2        | Nausea         | Gut                | yes     | 5
            N1      | 3        | Cough          | Lung               | no      | 5
            N2      | 1        | Cough          | Lung               | no      | 5
        """,
        gives="""
            subject|sequence|term|system_organ_class|serious|onset_day|risk_start_day|risk_end_day
            N1      | 1        | Nausea | Gut                | yes     | 3 | 0 | 40
            N1      | 2        | Nausea | Gut                | yes     | 5 | 0 | 40
            N2      |          |        |                    |         |   | 0 | 40
            N3      |          |        |                    |         |   | 0 | 40
        """,
    )


def test_terms_are_grouped_as_they_come_and_none_is_guessed(spec: Any) -> None:
    spec(
        adverse_events,
        subjects="""
            subject | first_dose_day
            T1      | 0
            T2      | 0
            T3      | 0
        """,
        adverse_events="""
            subject | sequence | term    | preferred_term | system_organ_class | start_day
            T1      | 1        | Nausea  | Nausea         | Gut                | 1
            T2      | 1        | NAUSEA  | NAUSEA         | Gut                | 1 # another text
            T3      | 1        | my head |                |                    | 1
        """,
        gives="""
            subject | term    | system_organ_class
            T1      | Nausea  | Gut
            T2      | NAUSEA  | Gut
            T3      | Uncoded | Uncoded
        """,
    )


def test_events_of_special_interest_are_a_list_of_terms(spec: Any) -> None:
    spec(
        adverse_events,
        rule={"terms": ["Neutropenia", "febrile neutropenia"], "minimum_grade": 3},
        subjects="""
            subject | first_dose_day
            I1      | 0
            I2      | 0
            I3      | 0
            I4      | 0
        """,
        adverse_events="""
            subject | sequence | term                | preferred_term      | grade | start_day
            I1      | 1        | NEUTROPENIA         | NEUTROPENIA         | 3     | 1
            I2      | 1        | Febrile neutropenia | Febrile neutropenia | 4     | 1
            I3      | 1        | Neutropenia         | Neutropenia         | 2     | 1
            I4      | 1        | Neutropenia         | Neutropenia         |       | 1   # not 3 or more
        """,
        gives="""
            subject | term                | grade
            I1      | NEUTROPENIA         | 3
            I2      | Febrile neutropenia | 4
            I3      |                     |
            I4      |                     |
        """,
    )


def test_action_and_fatality_select(spec: Any) -> None:
    subjects = """
        subject | first_dose_day
        A1      | 0
        A2      | 0
        A3      | 0
    """
    events = """
        subject | sequence | action    | fatal | start_day
        A1      | 1        | withdrawn | no    | 1
        A1      | 2        | reduced   | no    | 1
        A2      | 1        |           | yes   | 1
        A3      | 1        |           |       | 1
    """
    spec(
        adverse_events,
        rule={"action": "withdrawn"},
        subjects=subjects,
        adverse_events=events,
        gives="""
            subject | sequence | action
            A1      | 1        | withdrawn
            A2      |          |
            A3      |          |
        """,
    )
    spec(
        adverse_events,
        rule={"fatal": True},
        subjects=subjects,
        adverse_events=events,
        gives="""
            subject | sequence | fatal
            A1      |          |
            A2      | 1        | yes
            A3      |          |
        """,
    )


def test_related_means_not_said_to_be_unrelated(spec: Any) -> None:
    spec(
        adverse_events,
        rule={"related": True},
        subjects="""
            subject | first_dose_day
            R1      | 0
            R2      | 0
            R3      | 0
        """,
        adverse_events="""
            subject | sequence | related | start_day
            R1      | 1        | yes     | 1
            R2      | 1        | no      | 1
            R3      | 1        |         | 1     # not said
        """,
        gives="""
            subject | sequence | related
            R1      | 1        | yes
            R2      |          |
            R3      | 1        |
        """,
    )


def test_time_at_risk_ends_by_the_window_death_or_the_cut_off(spec: Any) -> None:
    spec(
        adverse_events,
        subjects="""
            subject | first_dose_day | last_dose_day | death_day | cutoff_day | last_alive_day
            K1      | 1 |  60 |     |     |
            K2      | 1 |  60 |  90 |     |       # on the last day of the window
            K3      | 1 |  60 |  91 |     |       # after it
            K4      | 1 |  60 |  20 |  80 |
            K5      | 1 |  60 |     |  80 |
            K6      | 1 |     |     |     | 45    # last dose not known: to the last day known alive
            K7      | 1 |     |     |     |       # nothing known
            K8      |   |     |  90 |  80 | 70    # never treated
            K9      | 9 |  60 |   5 |     |       # dead before the first dose: no time at risk
        """,
        gives="""
            subject | risk_start_day | risk_end_day | died
            K1      | 1 | 90 | no
            K2      | 1 | 90 | yes
            K3      | 1 | 90 | no
            K4      | 1 | 20 | yes
            K5      | 1 | 80 | no
            K6      | 1 | 45 | no
            K7      |   |    | no
            K8      |   |    | no
            K9      |   |    | no
        """,
    )


def test_an_onset_not_fully_known_is_the_earliest_day_on_treatment_that_it_can_mean(spec: Any) -> None:
    spec(
        adverse_events,
        subjects="""
            subject | first_dose_day | last_dose_day | cutoff_day
            O1      | 5 | 60 | 50
            O2      | 5 | 60 | 50
            O3      | 5 | 60 | 50
            O4      | 5 | 60 | 50
        """,
        adverse_events="""
            subject | sequence | start_day | start_earliest_day | start_latest_day
            O1      | 1        |           | -10                | 20     # the month of the first dose
            O2      | 1        |           |  21                | 50     # a later month
            O3      | 1        |           |                    |        # nothing known
            O4      | 1        | 51        |                    |        # after the cut-off
        """,
        gives="""
            subject | sequence | emergent | start_day | onset_day
            O1      | 1        | yes      |           |  5
            O2      | 1        | yes      |           | 21
            O3      | 1        | yes      |           |  5
            O4      |          |          |           |
        """,
    )


def test_a_new_therapy_ends_treatment_emergence_where_the_endpoint_says_so(spec: Any) -> None:
    for new_therapy, lines in (
        ("ignore", "T1 | 1 | yes | 90\nT1 | 2 | yes | 90\nT2 | 1 | yes | 90\nT3 | 1 | yes | 40"),
        ("end", "T1 | 1 | yes | 70\nT1 | 2 | no | 70\nT2 | 1 | yes | 90\nT3 | 1 | yes | 40"),
    ):
        spec(
            adverse_events,
            rule={"new_therapy": new_therapy, "treatment_emergent": False},
            subjects="""
                subject | first_dose_day | last_dose_day | death_day
                T1      | 0 | 60 |
                T2      | 0 | 60 |
                T3      | 0 | 60 | 40
            """,
            adverse_events="""
                subject | start_day | sequence
                T1      |        70 | 1    # on the day of the new therapy
                T1      |        71 | 2
                T2      |        71 | 1    # the therapy came after the window
                T3      |         5 | 1
            """,
            therapies="""
                subject | day
                T1      | 80
                T1      | 70
                T2      | 95
                T3      | 50
            """,
            gives="subject | sequence | emergent | risk_end_day\n" + lines,
        )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[..., None]) -> None:
    on_spark(rules=2)
