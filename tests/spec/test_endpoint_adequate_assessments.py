"""Adequate assessments: every part that was due was done and can be read; missed ones by the schedule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trialist.endpoints.planned import PlannedScans
from trialist.endpoints.progression import progression_free_survival

RPFS = ["soft_tissue_progression", "bone_progression", "death"]
PARTS = {
    "first_of": RPFS,
    "censoring": {"interval": "63 d", "soft_tissue_interval": "63 d", "bone_interval": "63 d"},
}


def test_an_assessment_is_adequate_where_soft_tissue_and_bone_that_are_due_were_both_read(spec: Any) -> None:
    """P9 and P3: every modality due was done and readable."""
    spec(
        progression_free_survival,
        rule=PARTS,
        soft_tissue="""
            subject | day | response
            LACKING |  60 | SD
            LACKING | 120 | SD      # without a bone scan
            LACKING | 180 | SD
            WHOLE   |  60 | SD
            WHOLE   | 120 | SD
            WHOLE   | 180 | SD
            NEAR    |  60 | SD      # bone scan 14 days later: of this visit
            FAR     |  60 | SD      # bone scan 15 days later: a visit of its own
            UNREAD  |  60 | SD
            UNREAD  | 120 | SD      # the bone scan two days later can't be read
            BETWEEN |  60 | SD
            BETWEEN |  90 | SD      # nothing of bone is due 30 days after its last scan
            SOFT    | 180 | PD      # 180 days after day 0: more than 2 x 63 + 14
            FIRST   | 120 | SD
            FIRST   | 180 | PD
        """,
        bone="""
            subject | day | response
            LACKING |  60 | NON-PD
            WHOLE   |  60 | NON-PD
            WHOLE   | 120 | NON-PD
            WHOLE   | 180 | NON-PD
            NEAR    |  74 | NON-PD
            FAR     |  75 | NON-PD
            UNREAD  |  60 | NON-PD
            UNREAD  | 122 | NE
            BETWEEN |  60 | NON-PD
            SOFT    |  60 | NON-PD  # without soft tissue
            SOFT    | 120 | NON-PD
            FIRST   | 120 | NON-PD
        """,
        deaths="""
            subject | day
            LACKING | 260
            WHOLE   | 260
            NEAR    |  75
            FAR     | 216           # 156 days after 60, 141 after 75
        """,
        gives="""
            subject | day | event | reason
            LACKING |  60 | no    | MISSED_ASSESSMENTS
            WHOLE   | 260 | yes   | DEATH
            NEAR    |  75 | yes   | DEATH
            FAR     |  75 | no    | MISSED_ASSESSMENTS
            UNREAD  |  60 | no    | NO_EVENT
            BETWEEN |  90 | no    | NO_EVENT
            SOFT    |   0 | no    | MISSED_ASSESSMENTS
            FIRST   | 180 | yes   | SOFT_TISSUE
        """,
    )


def test_each_part_is_due_by_its_own_interval_less_the_grace(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={"first_of": RPFS, "censoring": {"soft_tissue_interval": "8 wk", "bone_interval": "12 wk"}},
        soft_tissue="""
            subject | day | response
            TWELVE  |  56 | SD
            TWELVE  | 112 | SD
            TWELVE  | 168 | SD
            SKIPPED |  56 | SD
            SKIPPED | 112 | SD
            SKIPPED | 168 | SD      # 84 days after the last bone scan
            EARLY   |  69 | SD      # 84 - 14 days: not yet due
            DUE     |  70 | SD
            LONGEST |  56 | SD      # allowed are 2 x 84 + 14 days
            LATE    |  56 | SD
        """,
        bone="""
            subject | day | response
            TWELVE  |  84 | NON-PD
            TWELVE  | 168 | NON-PD
            SKIPPED |  84 | NON-PD
        """,
        deaths="""
            subject | day
            LONGEST | 238
            LATE    | 239
        """,
        gives="""
            subject | day | event | reason
            TWELVE  | 168 | no    | NO_EVENT
            SKIPPED | 112 | no    | NO_EVENT
            EARLY   |  69 | no    | NO_EVENT
            DUE     |   0 | no    | NO_POSTBASELINE
            LONGEST | 238 | yes   | DEATH
            LATE    |  56 | no    | MISSED_ASSESSMENTS
        """,
    )


EVERY_8_THEN_12_WEEKS = PlannedScans(every=84, soft_tissue=84, bone=84, days=(56, 112, 168, 252))


def test_missed_assessments_are_those_of_the_schedule_in_force(spec: Any) -> None:
    """P9: the interval is that of the schedule when the assessments were missed, not the longest."""
    spec(
        progression_free_survival,
        rule={"first_of": ["radiographic_progression", "death"]},
        planned=EVERY_8_THEN_12_WEEKS,
        responses="""
            subject | day | response
            WEEK8   |  56 | SD      # days 112 and 168 missed: up to 168 + 14
            WEEK8D  |  56 | SD
            EARLY   |  52 | SD      # of the visit on day 56: 112 + 14 days
            EARLYD  |  52 | SD
            WEEK16  | 112 | SD      # days 168 and 252
            WEEK16D | 112 | SD
            LATER   | 340 | SD      # day 336, then every 84 days
            LATERD  | 340 | SD
        """,
        deaths="""
            subject | day
            NONE    | 126           # days 56 and 112
            NONED   | 127
            WEEK8   | 182
            WEEK8D  | 183
            EARLY   | 178
            EARLYD  | 179
            WEEK16  | 266
            WEEK16D | 267
            LATER   | 522
            LATERD  | 523
        """,
        gives="""
            subject | day | event | reason
            NONE    | 126 | yes   | DEATH
            NONED   |   0 | no    | MISSED_ASSESSMENTS
            WEEK8   | 182 | yes   | DEATH
            WEEK8D  |  56 | no    | MISSED_ASSESSMENTS
            EARLY   | 178 | yes   | DEATH
            EARLYD  |  52 | no    | MISSED_ASSESSMENTS
            WEEK16  | 266 | yes   | DEATH
            WEEK16D | 112 | no    | MISSED_ASSESSMENTS
            LATER   | 522 | yes   | DEATH
            LATERD  | 340 | no    | MISSED_ASSESSMENTS
        """,
    )


def test_a_part_is_due_at_the_next_planned_assessment_unless_the_endpoint_says_otherwise(spec: Any) -> None:
    scans = {
        "soft_tissue": """
            subject | day | response
            EIGHT   |  56 | SD      # a bone scan was due
            TWELVE  | 168 | SD
            TWELVE  | 230 | SD      # 62 days after the last bone scan: the next is on day 252
            TWELVE  | 252 | SD      # due
        """,
        "bone": """
            subject | day | response
            TWELVE  | 168 | NON-PD
        """,
    }
    for asked, eight in (({}, 0), ({"bone_interval": "84 d"}, 56)):
        spec(
            progression_free_survival,
            rule={"first_of": RPFS, "censoring": asked},
            planned=EVERY_8_THEN_12_WEEKS,
            gives=f"""
                subject | day     | event
                EIGHT   | {eight} | no
                TWELVE  | 230     | no
            """,
            **scans,
        )


def test_an_overall_response_stands_for_a_part_of_which_its_subject_has_no_report(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={
            "first_of": ["radiographic_progression", "death"],
            "censoring": {"interval": "63 d", "bone_interval": "63 d"},
        },
        responses="""
            subject | day | response
            OVERALL |  60 | SD
            OVERALL | 120 | SD
            BOTH    |  60 | SD
            BOTH    | 120 | SD      # the bone scan is lacking
            UNREAD  |  60 | SD
            UNREAD  | 120 | NE
        """,
        bone="""
            subject | day | response
            BOTH    |  60 | NON-PD
        """,
        gives="""
            subject | day | event
            OVERALL | 120 | no
            BOTH    |  60 | no
            UNREAD  |  60 | no
        """,
    )


def test_no_part_is_due_that_is_no_component(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={**PARTS, "first_of": ["soft_tissue_progression", "death"]},
        soft_tissue="""
            subject | day | response
            SOFT    |  60 | SD
            SOFT    | 120 | SD
        """,
        gives="""
            subject | day | event
            SOFT    | 120 | no
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[[], None]) -> None:
    on_spark()
