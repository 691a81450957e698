"""Progression-free survival: the first of its components, censored by the FDA or the EMA reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.criteria import stated
from trialist.endpoints.progression import progression_free_survival
from trialist.records.domains.rs import RESPONSES

RPFS = ["soft_tissue_progression", "bone_progression", "death"]
SUBJECTS = """
    subject
    R1
    R2
    R3
    R5
    R7
    R8
"""
SCANS = {
    "soft_tissue": """
        subject | day | response
        R1      |  60 | SD
        R1      | 120 | SD
        R1      | 180 | PD
        R2      |  60 | SD
        R2      | 120 | PR
        R3      |  60 | SD
        R5      |  60 | SD
        R5      | 110 | SD
    """,
    "bone": """
        subject | day | response
        R5      | 170 | PD
    """,
    "deaths": """
        subject | day
        R3      | 260
        R7      |  55
    """,
    "therapies": """
        subject | day
        R5      | 115
    """,
}
READINGS = {
    # 260 - 60 = 200 days are more than 2 x 63 + 14
    "fda": """
        subject | day | event | reason
        R1      | 180 | yes   | SOFT_TISSUE
        R2      | 120 | no    | NO_EVENT
        R3      |  60 | no    | MISSED_ASSESSMENTS
        R5      | 110 | no    | NEW_THERAPY
        R7      |  55 | yes   | DEATH
        R8      |   0 | no    | NO_POSTBASELINE
    """,
    "ema": """
        subject | day | event | reason
        R1      | 180 | yes   | SOFT_TISSUE
        R2      | 120 | no    | NO_EVENT
        R3      | 260 | yes   | DEATH
        R5      | 170 | yes   | BONE
        R7      |  55 | yes   | DEATH
        R8      |   0 | no    | NO_POSTBASELINE
    """,
}


@pytest.mark.parametrize("reading", ["fda", "ema"])
def test_the_same_patients_read_both_ways(spec: Any, reading: str) -> None:
    spec(
        progression_free_survival,
        rule={"first_of": RPFS, "censoring": {"rule": reading, "interval": "63 d"}},
        subjects=SUBJECTS,
        gives=READINGS[reading],
        **SCANS,
    )


def test_two_missed_assessments_censor_at_the_last_adequate_one(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={"first_of": ["radiographic_progression", "death"], "censoring": {"interval": "8 wk"}},
        responses="""
            subject | day | response
            M1      |  56 | SD
            M1      | 182 | PD      # 126 = 2 x 56 + 14 days: not yet too long
            M2      |  56 | SD
            M2      | 183 | PD      # one day more
            M3      |  56 | SD
            M3      | 112 | NE      # not readable, so not adequate
            M3      | 190 | PD
            M4      | 127 | PD      # no assessment since day 0
        """,
        gives="""
            subject | day | time_days | event | reason
            M1      | 182 |       183 | yes   | RADIOGRAPHIC
            M2      |  56 |        57 | no    | MISSED_ASSESSMENTS
            M3      |  56 |        57 | no    | MISSED_ASSESSMENTS
            M4      |   0 |         1 | no    | MISSED_ASSESSMENTS
        """,
    )


def test_an_event_on_the_day_of_the_new_therapy_counts(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={"first_of": ["radiographic_progression", "death"], "censoring": {"interval": "8 wk"}},
        subjects="""
            subject | cutoff_day
            N1      |
            N2      |
            N3      |
            N4      |        100
        """,
        responses="""
            subject | day | response
            N1      |  56 | SD
            N1      | 100 | PD
            N2      |  56 | SD
            N3      |  56 | SD      # no event: censored at the last adequate up to the therapy
            N3      | 112 | SD
            N4      |  56 | SD
            N4      | 101 | PD      # after the cut-off
        """,
        deaths="""
            subject | day
            N2      |  95           # death after a new therapy
        """,
        therapies="""
            subject | day
            N1      | 100
            N2      |  94
            N3      |  60
        """,
        gives="""
            subject | day | event | reason
            N1      | 100 | yes   | RADIOGRAPHIC
            N2      |  56 | no    | NEW_THERAPY
            N3      |  56 | no    | NEW_THERAPY
            N4      |  56 | no    | NO_EVENT
        """,
    )


def test_the_first_component_of_a_composite_names_the_event(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={
            "first_of": [
                "radiographic_progression",
                "psa_progression",
                "pain_progression",
                "clinical_progression",
                "death",
            ],
            "psa": "pcwg3",
            "censoring": {"interval": "9 wk"},
        },
        responses="""
            subject | day | response
            C1      |  63 | SD
            C1      | 126 | PD
            C2      |  63 | SD
            C2      |  90 | PD
            C3      |  63 | SD
            C4      |  63 | SD
        """,
        soft_tissue="""
            subject | day | response
            C2      |  90 | PD      # the same day as the overall PD and the death
        """,
        psa="""
            subject | day | value
            C1      |   0 | 50
            C1      |  21 | 20
            C1      |  84 | 30      # first
            C1      | 105 | 40
        """,
        progressions="""
            subject | day | kind
            C3      |  70 | PAIN
            C4      |  66 | CLINICAL
        """,
        deaths="""
            subject | day
            C2      |  90
            C3      | 100
        """,
        gives="""
            subject | day | event | reason
            C1      |  84 | yes   | PSA
            C2      |  90 | yes   | DEATH
            C3      |  70 | yes   | PAIN
            C4      |  66 | yes   | CLINICAL
        """,
    )


def test_clinical_progression_that_is_no_component_censors_under_the_fda_reading(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={"first_of": ["radiographic_progression", "death"], "censoring": {"interval": "9 wk"}},
        responses="""
            subject | day | response
            F1      |  63 | SD
            F1      | 126 | PD
            F2      |  56 | SD
            F2      | 112 | PD
            F3      |  56 | SD
            F3      | 112 | PD
        """,
        progressions="""
            subject | day | kind
            F1      | 100 | CLINICAL
            F2      | -30 | CLINICAL      # of the line of treatment before
            F3      |   0 | CLINICAL
            F3      | 100 | CLINICAL
        """,
        gives="""
            subject | day | event | reason
            F1      |  63 | no    | CLINICAL_STOP
            F2      | 112 | yes   | RADIOGRAPHIC
            F3      |  56 | no    | CLINICAL_STOP
        """,
    )


def test_without_a_baseline_scan_nothing_is_known_under_the_fda_reading(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={"first_of": ["radiographic_progression", "death"]},
        subjects="""
            subject | baseline_scan
            X1      | no
            X2      | yes
            X3      |
        """,
        deaths="""
            subject | day
            X1      | 50
            X2      | 50
            X3      | 50
        """,
        gives="""
            subject | day | event | reason
            X1      |   0 | no    | NO_BASELINE
            X2      |  50 | yes   | DEATH
            X3      |  50 | yes   | DEATH
        """,
    )


def test_a_new_therapy_may_itself_be_an_event(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={"first_of": ["radiographic_progression", "death"], "censoring": {"new_therapy": "event"}},
        responses="""
            subject | day | response
            V1      |  56 | SD
            V1      | 112 | PD
            V2      |  56 | PD
        """,
        therapies="""
            subject | day
            V1      | 80
            V2      | 60
        """,
        gives="""
            subject | day | event | reason
            V1      |  80 | yes   | NEW_THERAPY
            V2      |  56 | yes   | RADIOGRAPHIC
        """,
    )


def test_a_response_word_that_is_not_known_is_no_adequate_assessment(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={"first_of": ["radiographic_progression", "death"], "censoring": {"interval": "8 wk"}},
        responses="""
            subject | day | response
            U1      |  56 | SD
            U1      | 112 | CHECK       # a word of no list: as NE
            U1      | 190 | PD
            U2      |  56 | SD
            U2      | 112 | BANANA
            U3      |  56 | PROGRESSION
            U4      |  56 | NON-CR/NON-PD
            U4      | 112 | PDU         # unconfirmed: read, and no progression
        """,
        gives="""
            subject | day | event | reason
            U1      |  56 | no    | MISSED_ASSESSMENTS
            U2      |  56 | no    | NO_EVENT
            U3      |   0 | no    | NO_POSTBASELINE
            U4      | 112 | no    | NO_EVENT
        """,
    )


def test_progression_at_the_first_reassessment_may_need_a_scan_six_weeks_later(spec: Any) -> None:
    """PCWG2, soft tissue; where no scan is late enough it is unconfirmed, and no event."""
    spec(
        progression_free_survival,
        rule={"first_of": RPFS, "confirm_first_soft_tissue": True, "censoring": {"interval": "63 d"}},
        soft_tissue="""
            subject | day | response
            AGAIN   |  56 | PD
            AGAIN   | 112 | PD
            REFUTED |  56 | PD
            REFUTED | 112 | SD
            REFUTED | 168 | PD      # of a later scan: counts as seen
            WAITS   |  56 | PD
            WAITS   |  97 | PD      # 41 days later
            LATER   |  56 | SD
            LATER   | 112 | PD
            SOONER  |  56 | PD
            SOONER  |  97 | SD      # too soon to refute
            SOONER  |  98 | PD
            UNREAD  |  56 | NE
            UNREAD  | 112 | PD      # the first that can be read
            DIED    |  56 | PD
        """,
        deaths="""
            subject | day
            DIED    | 80
        """,
        gives="""
            subject | day | event | reason
            AGAIN   |  56 | yes   | SOFT_TISSUE
            REFUTED | 168 | yes   | SOFT_TISSUE
            WAITS   |  97 | yes   | SOFT_TISSUE
            LATER   | 112 | yes   | SOFT_TISSUE
            SOONER  |  56 | yes   | SOFT_TISSUE
            UNREAD  | 112 | no    | NO_EVENT
            DIED    |  80 | yes   | DEATH
        """,
    )


SITUATIONS = {
    "subjects": """
        subject | baseline_scan
        P01     | no
        P02     | yes
        P03     | yes
        P04     | yes
        P06     | yes
        P07     | yes
        P08     | yes
        P09     | yes
        P10     | yes
    """,
    "responses": """
        subject | day | response
        P01     |  60 | PD
        P02     |  60 | SD
        P02     |  75 | PD      # between scheduled visits
        P03     |  60 | SD
        P04     |  60 | SD
        P04     | 120 | PD      # after clinical progression
        P06     |  60 | SD
        P06     | 120 | PD      # after a new therapy
        P08     |  60 | SD
        P09     |  60 | SD
        P09     | 260 | PD
    """,
    "progressions": """
        subject | day | kind
        P04     | 100 | CLINICAL
    """,
    "therapies": """
        subject | day
        P06     |  90
    """,
    "deaths": """
        subject | day
        P07     |  40
        P08     | 100
    """,
}
VERDICTS = {
    "fda": """
        subject | day | event | reason
        P01     |   0 | no    | NO_BASELINE
        P02     |  75 | yes   | RADIOGRAPHIC
        P03     |  60 | no    | NO_EVENT
        P04     |  60 | no    | CLINICAL_STOP
        P06     |  60 | no    | NEW_THERAPY
        P07     |  40 | yes   | DEATH
        P08     | 100 | yes   | DEATH
        P09     |  60 | no    | MISSED_ASSESSMENTS
        P10     |   0 | no    | NO_POSTBASELINE
    """,
    "fda_inclusive": """
        subject | day | event | reason
        P01     |   0 | no    | NO_BASELINE
        P02     |  75 | yes   | RADIOGRAPHIC
        P03     |  60 | no    | NO_EVENT
        P04     | 100 | yes   | CLINICAL
        P06     |  90 | yes   | NEW_THERAPY
        P07     |  40 | yes   | DEATH
        P08     | 100 | yes   | DEATH
        P09     | 260 | yes   | RADIOGRAPHIC
        P10     |   0 | no    | NO_POSTBASELINE
    """,
    "ema": """
        subject | day | event | reason
        P01     |  60 | yes   | RADIOGRAPHIC
        P02     |  75 | yes   | RADIOGRAPHIC
        P03     |  60 | no    | NO_EVENT
        P04     | 120 | yes   | RADIOGRAPHIC
        P06     | 120 | yes   | RADIOGRAPHIC
        P07     |  40 | yes   | DEATH
        P08     | 100 | yes   | DEATH
        P09     | 260 | yes   | RADIOGRAPHIC
        P10     |   0 | no    | NO_POSTBASELINE
    """,
}


@pytest.mark.parametrize("reading", VERDICTS)
def test_each_situation_has_its_verdict_under_each_reading(spec: Any, reading: str) -> None:
    """Rules P1 to P10, a patient for each; P5 and P11 are followed on as P3 is."""
    spec(
        progression_free_survival,
        rule={"first_of": ["radiographic_progression", "death"], "censoring": {"rule": reading}},
        gives=VERDICTS[reading],
        **SITUATIONS,
    )


def test_endpoints_read_no_response_word_that_the_records_do_not_know() -> None:
    seen = stated("pfs_censoring", "assessments")
    assert {*seen["known"], *seen["not_readable"], *seen["progression"]} <= set(RESPONSES)


def test_progression_lies_between_the_last_adequate_assessment_and_the_one_that_shows_it(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={"first_of": RPFS, "censoring": {"rule": "ema", "interval": "63 d"}},
        subjects=SUBJECTS,
        gives="""
            subject | time_days | event | reason          | lower_days | upper_days
            R1      | 181       | yes   | SOFT_TISSUE     | 121        | 181
            R2      | 121       | no    | NO_EVENT        | 121        |
            R3      | 261       | yes   | DEATH           | 261        | 261   # known to the day
            R5      | 171       | yes   | BONE            | 111        | 171
            R7      |  56       | yes   | DEATH           |  56        |  56
            R8      |   1       | no    | NO_POSTBASELINE |   1        |
        """,
        **SCANS,
    )


def test_before_the_first_assessment_progression_may_have_come_at_any_time(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={"first_of": ["soft_tissue_progression", "psa_progression", "death"]},
        subjects="""
            subject
            EARLY
            SAMEDAY
        """,
        soft_tissue="""
            subject | day | response
            EARLY   |  60 | PD
            SAMEDAY |  60 | SD
            SAMEDAY | 120 | PD
        """,
        deaths="""
            subject | day
            SAMEDAY | 120
        """,
        gives="""
            subject | time_days | event | reason      | lower_days | upper_days
            EARLY   |  61       | yes   | SOFT_TISSUE |   1        |  61
            SAMEDAY | 121       | yes   | DEATH       |  61        | 121   # progression came before
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[[], None]) -> None:
    on_spark()
