"""Pain scores as a component of a composite time: which component comes first, with and without death."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pain_courses import pain_scores

from trialist.endpoints.progression import progression_free_survival

COURSES = pain_scores(
    """
    PAIN   | 0:4:8 21:6:8 42:6:8
    PSA    | 0:4:8 42:6:8 63:6:8
    RAD    | 0:4:8 84:6:8 105:6:8
    SAME   | 0:4:8 21:6:8 42:6:8     # of one day, the scan names the event
    ONCE   | 0:4:8 21:6:8            # not confirmed: no event
    RS     | 0:4:8 21:4:8 42:4:8
    DEAD   | 0:4:8 21:4:8
    """,
    "BPI203",
)
OTHERS = {
    "psa": """
        subject | day | value
        PSA     |   0 | 10
        PSA     |  21 | 20
        PSA     |  42 | 20
        PSA     |  63 | 20
    """,
    "responses": """
        subject | day | response
        RAD     |  56 | PD
        SAME    |  21 | PD
        PAIN    |  56 | SD
        ONCE    |  56 | SD
        RS      |  56 | SD
        PSA     |  56 | SD
    """,
    "progressions": """
        subject | day | kind
        RS      |  30 | PAIN      # recorded, not derived
    """,
    "deaths": """
        subject | day
        PAIN    |  90
        DEAD    |  60
    """,
}
PARTS = ["radiographic_progression", "psa_progression", "pain_progression"]
EMA = {"rule": "ema", "interval": "8 wk"}


def test_derived_pain_progression_is_one_of_the_components(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={
            "first_of": [*PARTS, "death"],
            "psa": "pcwg2",
            "pain": "bpi",
            "censoring": EMA,
        },
        pain=COURSES,
        gives="""
            subject | day | event | reason
            PAIN    |  21 | yes   | PAIN
            PSA     |  42 | yes   | PAIN      # PSA may not rise before week 12 without a fall
            RAD     |  56 | yes   | RADIOGRAPHIC
            SAME    |  21 | yes   | RADIOGRAPHIC
            ONCE    |  56 | no    | NO_EVENT
            RS      |  56 | no    | NO_EVENT
            DEAD    |  60 | yes   | DEATH
        """,
        **OTHERS,
    )


def test_without_death_it_is_a_time_to_progression(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={"first_of": PARTS, "psa": "pcwg1", "pain": "bpi", "censoring": EMA},
        pain=COURSES,
        gives="""
            subject | day | event | reason
            PAIN    |  21 | yes   | PAIN
            PSA     |  21 | yes   | PSA
            RAD     |  56 | yes   | RADIOGRAPHIC
            SAME    |  21 | yes   | RADIOGRAPHIC
            ONCE    |  56 | no    | NO_EVENT
            RS      |  56 | no    | NO_EVENT
            DEAD    |   0 | no    | NO_POSTBASELINE
        """,
        **OTHERS,
    )


def test_without_criteria_pain_progression_is_that_of_the_records(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={"first_of": [*PARTS, "death"], "psa": "pcwg2", "censoring": EMA},
        pain=COURSES,
        gives="""
            subject | day | event | reason
            PAIN    |  90 | yes   | DEATH
            PSA     |  56 | no    | NO_EVENT
            RAD     |  56 | yes   | RADIOGRAPHIC
            SAME    |  21 | yes   | RADIOGRAPHIC
            ONCE    |  56 | no    | NO_EVENT
            RS      |  30 | yes   | PAIN
            DEAD    |  60 | yes   | DEATH
        """,
        **OTHERS,
    )


def test_palliative_radiotherapy_is_pain_progression_where_its_criteria_say_so(spec: Any) -> None:
    given = {
        "pain": pain_scores("A | 0:2:16 21:2:16\nB | 0:2:16 21:3:16 42:3:16"),
        "radiotherapies": "subject | day | purpose\nA | 30 | PALLIATIVE",
        "therapies": "subject | day\nB | 30",
    }
    spec(
        progression_free_survival,
        rule={"first_of": ["pain_progression", "death"], "pain": "ppi_analgesic", "censoring": EMA},
        gives="""
            subject | day | event | reason
            A       |  30 | yes   | PAIN
            B       |  21 | yes   | PAIN      # followed past the new therapy, as the rest is
        """,
        **given,
    )
    spec(
        progression_free_survival,
        rule={
            "first_of": ["pain_progression", "death"],
            "pain": "ppi_analgesic",
            "censoring": {"rule": "fda", "interval": "8 wk"},
        },
        gives="""
            subject | day | event | reason
            A       |  30 | yes   | PAIN
            B       |  21 | no    | NEW_THERAPY
        """,
        **given,
    )


def test_the_value_that_shows_a_progression_is_not_the_assessment_before_it(spec: Any) -> None:
    fda = {"rule": "fda", "interval": "63 d"}
    spec(
        progression_free_survival,
        rule={"first_of": ["psa_progression", "death"], "psa": "pcwg2", "censoring": fda},
        psa="""
            subject | day | value
            LATE    |   0 | 50
            LATE    |  21 | 10
            LATE    | 400 | 30      # 379 days after the last value: more than 2 x 63 + 14
            LATE    | 430 | 40
            KEPT    |   0 | 50
            KEPT    |  21 | 10
            KEPT    | 161 | 30      # 140 days: not yet too long
            KEPT    | 190 | 40
            DEAD    |   0 | 50
            DEAD    |  21 | 40
            DEAD    | 300 | 40      # a value on the day of death, which shows no progression
        """,
        deaths="""
            subject | day
            DEAD    | 300
        """,
        gives="""
            subject | day | event | reason
            LATE    |  21 | no    | MISSED_ASSESSMENTS
            KEPT    | 161 | yes   | PSA
            DEAD    | 300 | yes   | DEATH
        """,
    )
    spec(
        progression_free_survival,
        rule={"first_of": ["pain_progression", "death"], "pain": "bpi", "censoring": fda},
        pain=pain_scores(
            "LATE | 0:4:8 21:4:8 400:6:8 430:6:8\nKEPT | 0:4:8 21:4:8 161:6:8 190:6:8", "BPI203"
        ),
        gives="""
            subject | day | event | reason
            LATE    |  21 | no    | MISSED_ASSESSMENTS
            KEPT    | 161 | yes   | PAIN
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[..., None]) -> None:
    on_spark(rules=1)
