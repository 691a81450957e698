"""Bone scans, one by one: the 2+2 rule, the flare of the first scan, what persists and what is new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from bone_courses import bone_scans

from trialist.endpoints.bone import bone_outcome, bone_response


def by_scan(**given: Any) -> Any:
    return bone_response(**given)


def in_the_end(**given: Any) -> Any:
    return bone_outcome(bone_response(**given))


# the rule of both is that of an entry with derive: bone_progression
by_scan.entry = replace(bone_response.entry, name="bone_progression", run=by_scan)  # type: ignore[attr-defined]
in_the_end.entry = by_scan.entry  # type: ignore[attr-defined]


def test_two_new_lesions_on_the_first_scan_need_two_more_six_weeks_later(spec: Any) -> None:
    spec(
        by_scan,
        rule={"criteria": "pcwg3"},
        bone_scans=bone_scans("""
            TWO     | 58:xy 110:xyzw    # 2 then 2 more, 52 days later
            ONE     | 58:xy 110:xyz     # flare: only 1 more
            STAY    | 58:xyz 110:xyz 166:xyz
            NONE    | 58:xy
        """),
        gives="""
            subject | day | response | reason              | new_lesions | further_lesions
            TWO     |  58 | PD       | PROGRESSION         | 2           | 2
            TWO     | 110 | PD       | AFTER_PROGRESSION   | 2           |
            ONE     |  58 | NON-PD   | FLARE               | 2           | 1
            ONE     | 110 | NON-PD   | TOO_FEW_NEW_LESIONS | 1           |
            STAY    |  58 | NON-PD   | FLARE               | 3           | 0
            STAY    | 110 | NON-PD   | NO_NEW_LESION       | 0           | 0
            STAY    | 166 | NON-PD   | NO_NEW_LESION       | 0           |
            NONE    |  58 | PDu      | UNCONFIRMED         | 2           |
        """,
    )


def test_a_lesion_that_the_confirming_scan_can_not_judge_refutes_nothing(spec: Any) -> None:
    spec(
        by_scan,
        rule={"criteria": "pcwg3"},
        bone_scans=bone_scans("""
            OPEN    | 58:- 110:xy 166:(x)y
            ENOUGH  | 58:- 110:xyz 166:(x)yz      # two persist, whatever became of x
            TOOFEW  | 58:- 110:xyz 166:(x)        # nothing on that scan was read, so it tells nothing
            GONE    | 58:- 110:xy 166:(x)z        # y is gone, so one at most persists
            OTHER   | 58:- 110:xy 166:x(z)        # of z nobody asks
            FLARE   | 58:xy 110:xz(w)             # w may be the second further lesion
            KNOWN   | -7:w 58:xy 110:xz(w)        # w was there at baseline
            SAME    | 58:xy 110:xz(y)             # y is no further lesion
            LATER   | 58:- 110:xy 166:(x)y 222:xy 278:xy
        """),
        gives="""
            subject | day | response | reason
            OPEN    |  58 | NON-PD   | NO_NEW_LESION
            OPEN    | 110 | PDu      | UNCONFIRMED
            OPEN    | 166 | NON-PD   | TOO_FEW_NEW_LESIONS
            ENOUGH  |  58 | NON-PD   | NO_NEW_LESION
            ENOUGH  | 110 | PD       | PROGRESSION
            ENOUGH  | 166 | PD       | AFTER_PROGRESSION
            TOOFEW  |  58 | NON-PD   | NO_NEW_LESION
            TOOFEW  | 110 | PDu      | UNCONFIRMED
            TOOFEW  | 166 | NE       | NOT_READABLE
            GONE    |  58 | NON-PD   | NO_NEW_LESION
            GONE    | 110 | NON-PD   | REFUTED
            GONE    | 166 | NON-PD   | TOO_FEW_NEW_LESIONS
            OTHER   |  58 | NON-PD   | NO_NEW_LESION
            OTHER   | 110 | NON-PD   | REFUTED
            OTHER   | 166 | NON-PD   | TOO_FEW_NEW_LESIONS
            FLARE   |  58 | PDu      | UNCONFIRMED
            FLARE   | 110 | NON-PD   | TOO_FEW_NEW_LESIONS
            KNOWN   |  58 | NON-PD   | FLARE
            KNOWN   | 110 | NON-PD   | TOO_FEW_NEW_LESIONS
            SAME    |  58 | NON-PD   | FLARE
            SAME    | 110 | NON-PD   | TOO_FEW_NEW_LESIONS
            LATER   |  58 | NON-PD   | NO_NEW_LESION
            LATER   | 110 | PDu      | UNCONFIRMED
            LATER   | 166 | NON-PD   | TOO_FEW_NEW_LESIONS
            LATER   | 222 | PD       | PROGRESSION
            LATER   | 278 | PD       | AFTER_PROGRESSION
        """,
    )


def test_after_the_first_scan_two_new_lesions_must_persist(spec: Any) -> None:
    spec(
        by_scan,
        rule={"criteria": "pcwg3"},
        bone_scans=bone_scans("""
            BOTH    | 58:- 110:xy 166:xy
            ONE     | 58:- 110:xy 166:x           # only 1 persists
            GROWS   | 58:- 110:x 166:xy 222:xy    # dated by the scan that shows the second lesion
            OTHERS  | 58:- 110:xy 166:zw          # those that came do not confirm those that went
            SWAPPED | 58:- 110:xy 166:xz 222:xz   # z came with 166, which 222 confirms
        """),
        gives="""
            subject | day | response | reason              | confirming_day | persisting_lesions
            BOTH    |  58 | NON-PD   | NO_NEW_LESION       | 110            | 0
            BOTH    | 110 | PD       | PROGRESSION         | 166            | 2
            BOTH    | 166 | PD       | AFTER_PROGRESSION   |                |
            ONE     |  58 | NON-PD   | NO_NEW_LESION       | 110            | 0
            ONE     | 110 | NON-PD   | REFUTED             | 166            | 1
            ONE     | 166 | NON-PD   | TOO_FEW_NEW_LESIONS |                |
            GROWS   |  58 | NON-PD   | NO_NEW_LESION       | 110            | 0
            GROWS   | 110 | NON-PD   | TOO_FEW_NEW_LESIONS | 166            | 1
            GROWS   | 166 | PD       | PROGRESSION         | 222            | 2
            GROWS   | 222 | PD       | AFTER_PROGRESSION   |                |
            OTHERS  |  58 | NON-PD   | NO_NEW_LESION       | 110            | 0
            OTHERS  | 110 | NON-PD   | REFUTED             | 166            | 0
            OTHERS  | 166 | PDu      | UNCONFIRMED         |                |
            SWAPPED |  58 | NON-PD   | NO_NEW_LESION       | 110            | 0
            SWAPPED | 110 | NON-PD   | REFUTED             | 166            | 1
            SWAPPED | 166 | PD       | PROGRESSION         | 222            | 2
            SWAPPED | 222 | PD       | AFTER_PROGRESSION   |                |
        """,
    )


def test_lesions_of_the_flare_that_persist_count_where_later_scans_are_held_against_baseline(
    spec: Any,
) -> None:
    spec(
        by_scan,
        rule={"criteria": "pcwg3", "later_reference": "baseline"},
        bone_scans=bone_scans("""
            STAY    | 58:xyz 110:xyz 166:xyz
        """),
        gives="""
            subject | day | response
            STAY    |  58 | NON-PD
            STAY    | 110 | PD
            STAY    | 166 | PD
        """,
    )


def test_a_first_scan_after_week_12_shows_no_flare_and_is_no_reference(spec: Any) -> None:
    spec(
        by_scan,
        rule={"criteria": "pcwg3"},
        bone_scans=bone_scans("""
            DAY84   | 84:xy 126:xy      # a flare scan
            DAY85   | 85:xy 127:xy      # 2 that persist are enough
            SPLIT   | 90:x 146:xy 202:xy
        """),
        gives="""
            subject | day | response | reason
            DAY84   |  84 | NON-PD   | FLARE
            DAY84   | 126 | NON-PD   | NO_NEW_LESION
            DAY85   |  85 | PD       | PROGRESSION
            DAY85   | 127 | PD       | AFTER_PROGRESSION
            SPLIT   |  90 | NON-PD   | TOO_FEW_NEW_LESIONS
            SPLIT   | 146 | PD       | PROGRESSION
            SPLIT   | 202 | PD       | AFTER_PROGRESSION
        """,
    )


def test_a_scan_sooner_than_six_weeks_later_neither_confirms_nor_refutes(spec: Any) -> None:
    spec(
        by_scan,
        rule={"criteria": "pcwg3"},
        bone_scans=bone_scans("""
            DAY41   | 58:- 110:xy 151:xy
            DAY42   | 58:- 110:xy 152:xy
            SKIPS   | 58:- 110:xy 140:- 152:xy
            FLARE   | 58:xy 99:xyzw            # 41 days: S1 waits, and so do the 2 that are new to it
        """),
        gives="""
            subject | day | response | confirming_day
            DAY41   |  58 | NON-PD   | 110
            DAY41   | 110 | PDu      |
            DAY41   | 151 | PDu      |
            DAY42   |  58 | NON-PD   | 110
            DAY42   | 110 | PD       | 152
            DAY42   | 152 | PD       |
            SKIPS   |  58 | NON-PD   | 110
            SKIPS   | 110 | PD       | 152
            SKIPS   | 140 | PD       |
            SKIPS   | 152 | PD       |
            FLARE   |  58 | PDu      |
            FLARE   |  99 | PDu      |
        """,
    )


def test_a_scan_that_cannot_be_read_is_ne_and_decides_nothing(spec: Any) -> None:
    spec(
        by_scan,
        rule={"criteria": "pcwg3"},
        bone_scans=bone_scans("""
            FIRST   | 58:? 80:xy 130:xyzw      # the first that can be read is the first scan
            BETWEEN | 58:- 110:xy 166:? 222:xy
            AFTER   | 58:- 110:xy 166:xy 222:?
        """)
        + """
            PARTLY  |  58 | x | yes
            PARTLY  |  58 |   | no
            UNKNOWN |  58 | x |
            DAYLESS |     | x | yes
        """,
        gives="""
            subject | day | response | reason
            FIRST   |  58 | NE       | NOT_READABLE
            FIRST   |  80 | PD       | PROGRESSION
            FIRST   | 130 | PD       | AFTER_PROGRESSION
            BETWEEN |  58 | NON-PD   | NO_NEW_LESION
            BETWEEN | 110 | PD       | PROGRESSION
            BETWEEN | 166 | NE       | NOT_READABLE
            BETWEEN | 222 | PD       | AFTER_PROGRESSION
            AFTER   |  58 | NON-PD   | NO_NEW_LESION
            AFTER   | 110 | PD       | PROGRESSION
            AFTER   | 166 | PD       | AFTER_PROGRESSION
            AFTER   | 222 | NE       | NOT_READABLE
            PARTLY  |  58 | NON-PD   | TOO_FEW_NEW_LESIONS
            UNKNOWN |  58 | NE       | NOT_READABLE
        """,
    )


def test_a_lesion_of_the_baseline_scan_is_never_new_and_ned_needs_a_clean_baseline(spec: Any) -> None:
    spec(
        by_scan,
        rule={"criteria": "pcwg3"},
        subjects="""
            subject | first_dose_day
            OLD     |
            CLEAN   |
            BLURRED |
            DOSED   | 5
        """,
        bone_scans=bone_scans("""
            OLD     | -40:a 0:b 58:- 110:abx 166:abx
            CLEAN   | -3:- 58:- 110:x 166:-
            BLURRED | -3:? 58:-
            DOSED   | 5:xy 58:xyz 110:xyzv             # read by the first dose: baseline
        """),
        gives="""
            subject | day | response | new_lesions
            OLD     |  58 | NON-PD   | 0
            OLD     | 110 | NON-PD   | 1
            OLD     | 166 | NON-PD   | 1
            CLEAN   |  58 | NED      | 0
            CLEAN   | 110 | NON-PD   | 1
            CLEAN   | 166 | NED      | 0
            BLURRED |  58 | NON-PD   | 0
            DOSED   |  58 | NON-PD   | 1
            DOSED   | 110 | NON-PD   | 1
        """,
    )


def test_every_scan_by_week_12_may_flare_and_later_ones_are_held_against_baseline_in_the_2008_adaptation(
    spec: Any,
) -> None:
    spec(
        by_scan,
        rule={"criteria": "pcwg2_couaa302"},
        bone_scans=bone_scans("""
            SECOND  | 40:x 82:xy 130:xy 180:xy    # 82 is a flare scan too; 130 persists
            MORE    | 40:- 82:xy 130:xyzw
        """),
        gives="""
            subject | day | response | reason
            SECOND  |  40 | NON-PD   | TOO_FEW_NEW_LESIONS
            SECOND  |  82 | NON-PD   | FLARE
            SECOND  | 130 | PD       | PROGRESSION
            SECOND  | 180 | PD       | AFTER_PROGRESSION
            MORE    |  40 | NON-PD   | NO_NEW_LESION
            MORE    |  82 | PD       | PROGRESSION
            MORE    | 130 | PD       | AFTER_PROGRESSION
        """,
    )


def test_read_literally_the_rule_of_2008_asks_the_first_scan_alone_to_be_confirmed(spec: Any) -> None:
    spec(
        by_scan,
        rule={"criteria": "pcwg2_plain"},
        bone_scans=bone_scans("""
            LATE    | 100:xy 150:xyz    # a flare, whenever the first scan is; then 3 over baseline
            ONCE    | 58:- 110:xy 166:-
            LAST    | 58:xy
            ONE     | 58:x 110:x
        """),
        gives="""
            subject | day | response | reason
            LATE    | 100 | NON-PD   | FLARE
            LATE    | 150 | PD       | PROGRESSION
            ONCE    |  58 | NON-PD   | NO_NEW_LESION
            ONCE    | 110 | PD       | PROGRESSION
            ONCE    | 166 | PD       | AFTER_PROGRESSION
            LAST    |  58 | PD       | UNCONFIRMED
            ONE     |  58 | NON-PD   | TOO_FEW_NEW_LESIONS
            ONE     | 110 | NON-PD   | TOO_FEW_NEW_LESIONS
        """,
    )


def test_what_waits_for_a_confirming_scan_is_progression_where_the_protocol_says_so(spec: Any) -> None:
    spec(
        by_scan,
        rule={"criteria": "pcwg3", "unresolved": "pd"},
        bone_scans=bone_scans("""
            FIRST   | 58:xy
            LATER   | 58:- 110:xy 140:-
            REFUTED | 58:- 110:xy 166:x
        """),
        gives="""
            subject | day | response | reason
            FIRST   |  58 | PD       | UNCONFIRMED
            LATER   |  58 | NON-PD   | NO_NEW_LESION
            LATER   | 110 | PD       | UNCONFIRMED
            LATER   | 140 | PD       | AFTER_PROGRESSION
            REFUTED |  58 | NON-PD   | NO_NEW_LESION
            REFUTED | 110 | NON-PD   | REFUTED
            REFUTED | 166 | NON-PD   | TOO_FEW_NEW_LESIONS
        """,
    )


def test_one_subject_has_one_state_in_the_end_and_progression_the_day_of_the_scan_that_first_shows_it(
    spec: Any,
) -> None:
    spec(
        in_the_end,
        rule={"criteria": "pcwg3", "new_therapy": "ignore"},
        bone_scans=bone_scans("""
            EX1     | 58:xy 110:xyzw
            EX2     | 58:xy 110:xyz
            EX3     | 58:- 110:xy 166:xy
            EX4     | 58:- 110:xy 166:x
            EX5     | 58:- 110:x 166:xy 222:xy
            EX6     | 58:xy
            EX8     | 58:xyz 110:xyz 166:xyz
            CLEAN   | 0:- 58:x 110:-
            WAITS   | 58:xy 90:x              # 32 days: S1 still waits
            BLIND   | 58:?
            NOTHING | 0:-
        """),
        gives="""
            subject | response | progression_day | last_day
            EX1     | PD       | 58              | 110
            EX2     | NON-PD   |                 | 110
            EX3     | PD       | 110             | 166
            EX4     | NON-PD   |                 | 166
            EX5     | PD       | 166             | 222
            EX6     | PDu      |                 | 58
            EX8     | NON-PD   |                 | 166
            CLEAN   | NED      |                 | 110
            WAITS   | PDu      |                 | 90
            BLIND   | NE       |                 |
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[[], None]) -> None:
    on_spark(rules=2)  # presets differ in their numbers and words alone
