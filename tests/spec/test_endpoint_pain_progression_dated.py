"""Time to pain progression: what dates it, and what ends the following."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pain_rules_asked import PPI, progresses

from trialist.endpoints.pain import pain_progression

CLAUSES_OF = "pain_progression"


def test_the_first_of_pain_and_radiotherapy_dates_it(spec: Any) -> None:
    given = """
        subject | day | purpose
        BEFORE  |  14 | BONE PAIN
        SAME    |  21 | BONE PAIN
        AFTER   |  30 | BONE PAIN
        ATSTART |   0 | BONE PAIN        # given before anything could progress
        NOSCORE |  30 | BONE PAIN
    """
    courses = """
        BEFORE  | 0:2:16 21:3:16 42:3:16
        SAME    | 0:2:16 21:3:16 42:3:16
        AFTER   | 0:2:16 21:3:16 42:3:16
        ATSTART | 0:2:16 21:2:16
    """
    progresses(
        spec,
        "ppi",
        courses,
        """
        BEFORE  | 14 | yes | RADIOTHERAPY
        SAME    | 21 | yes | PAIN
        AFTER   | 21 | yes | PAIN
        ATSTART | 21 | no  | NO_EVENT
        NOSCORE | 30 | yes | RADIOTHERAPY
        """,
        radiotherapies=given,
    )
    progresses(
        spec,
        "ppi",
        courses,
        """
        BEFORE  | 21 | yes | PAIN
        SAME    | 21 | yes | PAIN
        AFTER   | 21 | yes | PAIN
        ATSTART | 21 | no  | NO_EVENT
        NOSCORE |  0 | no  | NO_BASELINE
        """,
        others="radiotherapy=ignore",
        radiotherapies=given,
    )


def test_without_a_baseline_or_a_later_visit_the_time_is_censored_at_day_0(spec: Any) -> None:
    progresses(
        spec,
        "ppi",
        """
        NOBASE  | 21:3:16 42:3:16
        NOLATER | -7:2:16
        EARLIER | -14:1:8 -7:2:16 21:2:16 42:2:16      # the last one before day 0 is the baseline
        """,
        """
        NOBASE  |  0 | no | NO_BASELINE
        NOLATER |  0 | no | NO_POSTBASELINE
        EARLIER | 42 | no | NO_EVENT
        """,
    )


def test_what_follows_a_new_therapy_or_the_cut_off_is_not_used(spec: Any) -> None:
    courses = """
        BETWEEN | 0:2:16 21:3:16 42:3:16
        ONDAY   | 0:2:16 21:3:16 42:3:16
        BEFORE  | 0:2:16 21:2:16 42:3:16 63:3:16
        CUT     | 0:2:16 21:3:16 42:3:16
        BEAM    | 0:2:16 21:2:16
    """
    tables = {
        "subjects": "subject | cutoff_day\nBETWEEN |\nONDAY |\nBEFORE |\nBEAM |\nCUT | 41",
        "therapies": "subject | day\nBETWEEN | 30\nONDAY | 42\nBEFORE | 30\nBEAM | 25",
        "radiotherapies": "subject | day | purpose\nBEAM | 30 | BONE PAIN",
    }
    progresses(
        spec,
        "ppi",
        courses,
        """
        BETWEEN | 21 | no  | UNCONFIRMED
        ONDAY   | 21 | yes | PAIN
        BEFORE  | 21 | no  | NEW_THERAPY
        CUT     | 21 | no  | UNCONFIRMED
        BEAM    | 21 | no  | NEW_THERAPY
        """,
        **tables,
    )
    progresses(
        spec,
        "ppi",
        courses,
        """
        BETWEEN | 21 | yes | PAIN
        ONDAY   | 21 | yes | PAIN
        BEFORE  | 42 | yes | PAIN
        CUT     | 21 | no  | UNCONFIRMED
        BEAM    | 30 | yes | RADIOTHERAPY
        """,
        others="new_therapy=ignore",
        **tables,
    )


def test_analgesics_alone_show_progression_where_no_pain_score_was_taken(spec: Any) -> None:
    courses = """
        ALONE | 0:2:10 21::20 42::20        # analgesics up by 25 %, confirmed
        MIXED | 0:2:10 21:3:10 42::10 63:3:10    # day 42 says nothing of pain
        LOWER | 0:2:10 21::20 42:2:10
        NONE  | 0:2:10 21::10 42::10
        EARLY | -7:2:10 0::20 21::20 42::20
    """
    progresses(
        spec,
        "ppi",
        courses,
        """
        ALONE | 21 | yes | ANALGESIC
        MIXED | 21 | yes | PAIN
        LOWER | 42 | no  | NO_EVENT
        NONE  |  0 | no  | NO_POSTBASELINE
        EARLY | 21 | yes | ANALGESIC
        """,
    )
    progresses(
        spec,
        "bpi",
        courses,
        """
        ALONE |  0 | no  | NO_POSTBASELINE
        MIXED | 21 | yes | PAIN
        LOWER | 42 | no  | NO_EVENT
        NONE  |  0 | no  | NO_POSTBASELINE
        EARLY |  0 | no  | NO_POSTBASELINE
        """,
    )


def test_diary_weeks_that_share_a_name_are_visits_of_their_own(spec: Any) -> None:
    weeks = {
        "A": (("BASE", -6, 5), ("UNSCHEDULED", 15, 8), ("UNSCHEDULED", 40, 9)),
        "B": (("BASE", -6, 5), ("UNSCHEDULED", 15, 8), ("UNSCHEDULED", 27, 9), ("C3", 48, 5)),
        "C": (("BASE", -6, 5), ("UNSCHEDULED", 15, 8), ("UNSCHEDULED", 23, 5), ("C3", 48, 9)),
    }
    rows = [
        f"{subject} | {first + day} | {visit} | PPI | {score}"
        for subject, course in weeks.items()
        for visit, first, score in course
        for day in range(7)
    ]
    spec(
        pain_progression,
        rule={**PPI, "daily": True},
        pain="\n".join(["subject | day | visit | test | value", *rows]),
        gives="""
            subject | day | event | reason
            A       |  21 | yes   | PAIN
            B       |  54 | no    | NO_EVENT      # day 33 is too soon, day 54 is down again
            C       |  54 | no    | UNCONFIRMED   # one visit of two weeks in a row: its last week counts
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[..., None]) -> None:
    on_spark(rules=2)  # the rules differ in their numbers and words alone
