"""Time to progression in bone: dated by the scan that first shows it, else censored at the last scan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bone_courses import bone_scans

from trialist.endpoints.bone_progression import bone_progression

PAPER = bone_scans("""
    EX1     | 58:xy 110:xyzw
    EX2     | 58:xy 110:xyz
    EX3     | 58:- 110:xy 166:xy
    EX4     | 58:- 110:xy 166:x
    EX5     | 58:- 110:x 166:xy 222:xy
    EX6     | 58:xy
    EX8     | 58:xyz 110:xyz 166:xyz
""")


def test_confirmed_progression_is_dated_by_the_scan_that_first_shows_it(spec: Any) -> None:
    spec(
        bone_progression,
        bone_scans=PAPER,
        gives="""
            subject | day | time_days | event | reason
            EX1     |  58 |        59 | yes   | BONE
            EX2     | 110 |       111 | no    | NO_EVENT
            EX3     | 110 |       111 | yes   | BONE
            EX4     | 166 |       167 | no    | NO_EVENT
            EX5     | 166 |       167 | yes   | BONE
            EX6     |  58 |        59 | no    | UNCONFIRMED
            EX8     | 166 |       167 | no    | NO_EVENT
        """,
    )


def test_lesions_of_the_flare_that_persist_are_an_event_against_baseline(spec: Any) -> None:
    spec(
        bone_progression,
        rule={"criteria": "pcwg3", "later_reference": "baseline"},
        bone_scans=bone_scans("EX7 | 58:xyz 110:xyz 166:xyz"),
        gives="""
            subject | day | event | reason
            EX7     | 110 | yes   | BONE
        """,
    )


def test_unconfirmed_progression_is_an_event_where_the_protocol_says_pd(spec: Any) -> None:
    spec(
        bone_progression,
        rule={"criteria": "pcwg3", "unresolved": "pd"},
        bone_scans=PAPER,
        gives="""
            subject | day | event | reason
            EX1     |  58 | yes   | BONE
            EX2     | 110 | no    | NO_EVENT
            EX3     | 110 | yes   | BONE
            EX4     | 166 | no    | NO_EVENT
            EX5     | 166 | yes   | BONE
            EX6     |  58 | yes   | BONE
            EX8     | 166 | no    | NO_EVENT
        """,
    )


def test_without_a_baseline_or_a_readable_later_scan_the_time_is_censored_at_day_0(spec: Any) -> None:
    spec(
        bone_progression,
        subjects="""
            subject | baseline_scan
            NOBASE  | no
            UNKNOWN |               # the records hold no lesions of anybody: nobody can know
            NOSCAN  | yes
            BLIND   | yes
            BEFORE  | yes
        """,
        bone_scans=bone_scans("""
            NOBASE  | 58:- 110:xy 166:xy
            UNKNOWN | 58:- 110:xy 166:xy
            BLIND   | 58:?
            BEFORE  | -7:ab 0:ab
        """),
        gives="""
            subject | day | time_days | event | reason
            NOBASE  |   0 |         1 | no    | NO_BASELINE
            UNKNOWN | 110 |       111 | yes   | BONE
            NOSCAN  |   0 |         1 | no    | NO_POSTBASELINE
            BLIND   |   0 |         1 | no    | NO_POSTBASELINE
            BEFORE  |   0 |         1 | no    | NO_POSTBASELINE
        """,
    )


THERAPY = """
    subject | day
    BETWEEN | 115
    ONDAY   | 166
    BEFORE  | 100
"""
TREATED = bone_scans("""
    BETWEEN | 58:- 110:xy 166:xy
    ONDAY   | 58:- 110:xy 166:xy    # the day of the new therapy itself still counts
    BEFORE  | 58:- 110:xy 166:xy
""")


def test_scans_after_a_new_therapy_are_not_used_nor_do_they_confirm(spec: Any) -> None:
    spec(
        bone_progression,
        therapies=THERAPY,
        bone_scans=TREATED,
        gives="""
            subject | day | event | reason
            BETWEEN | 110 | no    | UNCONFIRMED
            ONDAY   | 110 | yes   | BONE
            BEFORE  |  58 | no    | NEW_THERAPY
        """,
    )


def test_they_do_where_the_protocol_ignores_new_therapies(spec: Any) -> None:
    spec(
        bone_progression,
        rule={"new_therapy": "ignore"},
        therapies=THERAPY,
        bone_scans=TREATED,
        gives="""
            subject | day | event | reason
            BETWEEN | 110 | yes   | BONE
            ONDAY   | 110 | yes   | BONE
            BEFORE  | 110 | yes   | BONE
        """,
    )


def test_scans_after_the_cut_off_are_not_used_nor_do_they_confirm(spec: Any) -> None:
    spec(
        bone_progression,
        subjects="""
            subject | cutoff_day
            EARLY   | 165
            ONDAY   | 166
        """,
        bone_scans=bone_scans("""
            EARLY   | 58:- 110:xy 166:xy
            ONDAY   | 58:- 110:xy 166:xy
        """),
        gives="""
            subject | day | event | reason
            EARLY   | 110 | no    | UNCONFIRMED
            ONDAY   | 110 | yes   | BONE
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[[], None]) -> None:
    on_spark(rules=2)  # presets differ in their numbers and words alone
