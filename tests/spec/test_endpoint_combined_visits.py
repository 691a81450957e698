"""Soft tissue from lesions and bone from bone scans: the visit, best response, progression-free survival."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bone_courses import bone_scans

from trialist.endpoints.combined import combined_response
from trialist.endpoints.progression import progression_free_survival
from trialist.endpoints.response import best_overall_response

RPFS = ["soft_tissue_progression", "bone_progression", "death"]
PCWG3 = {"first_of": RPFS, "read": "lesions", "bone": "pcwg3"}


def targets(courses: str) -> str:
    """`-7:50 56:30` is one target of 50 mm at baseline and of 30 mm on day 56; `?` is not read."""
    rows = ["subject | day | lesion | role | diameter"]
    for line in filter(None, map(str.strip, courses.splitlines())):
        subject, visits = (part.strip() for part in line.split("#")[0].split("|"))
        for day, _, size in (visit.partition(":") for visit in visits.split()):
            rows.append(f"{subject} | {day} | T1 | TARGET | {size.replace('?', '')}")
    return "\n".join(rows)


def test_a_visit_has_the_response_of_both_parts(spec: Any) -> None:
    spec(
        combined_response,
        rule={"bone": "pcwg3"},
        lesions=targets("""
            PART    | -7:50 56:30 110:30
            BONE    | -7:50 56:30 110:30
            CLEAN   | -7:50 56:0
            SOFT    | -7:50 56:30
        """),
        bone_scans=bone_scans("""
            PART    | -7:- 56:x 110:x
            BONE    | 56:xy 110:xyzw          # confirmed, so the first scan is PD
            CLEAN   | 56:x
        """),
        gives="""
            subject | day | soft_tissue | bone   | response | reason
            PART    |  56 | PR          | NON-PD | PR       | BOTH_PARTS
            PART    | 110 | PR          | NON-PD | PR       | BOTH_PARTS
            BONE    |  56 | PR          | PD     | PD       | BONE
            BONE    | 110 | PR          | PD     | PD       | BONE
            CLEAN   |  56 | CR          | NON-PD | PR       | BOTH_PARTS   # bone is still involved
            SOFT    |  56 | PR          |        | PR       | BONE_NOT_ASSESSED
        """,
    )


def test_a_bone_scan_is_of_the_nearest_visit_within_14_days(spec: Any) -> None:
    spec(
        combined_response,
        rule={"visit_date": "first"},
        lesions=targets("""
            NEAR    | -7:50 56:30 84:30
            TIE     | -7:50 56:30 70:30
            ALONE   | -7:50 56:30
        """),
        bone_scans=bone_scans("""
            NEAR    | -7:z 70:xy 71:x        # 14 days from both, so of the earlier; 13 days from day 84
            TIE     | -7:z 63:x              # 7 days from both
            ALONE   | -7:z 71:x              # 15 days away
        """),
        gives="""
            subject | day | soft_tissue | bone   | response | reason
            NEAR    |  56 | PR          | PDu    | PR       | BOTH_PARTS
            NEAR    |  71 | PR          | NON-PD | PR       | BOTH_PARTS
            TIE     |  56 | PR          | NON-PD | PR       | BOTH_PARTS
            TIE     |  70 | PR          |        | PR       | BONE_NOT_ASSESSED
            ALONE   |  56 | PR          |        | PR       | BONE_NOT_ASSESSED
            ALONE   |  71 |             | NON-PD | NE       | SOFT_TISSUE_NOT_ASSESSED
        """,
    )


LAST = {
    "first": """
        subject | day | bone
        SPREAD  |  54 | NON-PD
    """,
    "last": """
        subject | day | bone
        SPREAD  |  59 | NON-PD
    """,
}


@pytest.mark.parametrize("word", ["first", "last"])
def test_a_visit_of_several_days_has_the_first_or_the_last_as_its_day(spec: Any, word: str) -> None:
    spec(
        combined_response,
        rule={"visit_date": word},
        lesions="""
            subject | day | read_day | lesion | role   | diameter
            SPREAD  |  -7 |          | T1     | TARGET | 50
            SPREAD  |  -7 |          | T2     | TARGET | 20
            SPREAD  |  56 | 56       | T1     | TARGET | 40
            SPREAD  |  56 | 59       | T2     | TARGET | 20
        """,
        bone_scans=bone_scans("SPREAD | -7:z 54:x"),
        gives=LAST[word],
    )


def test_without_soft_tissue_disease_unconfirmed_progression_in_bone_is_carried(spec: Any) -> None:
    lesions = """
        subject | day | lesion | role | state
        NODE    |  56 | N1     | NEW  | ABSENT
    """
    scans = bone_scans("NODE | -7:z 56:xy")
    seen = {"lesions": lesions, "bone_scans": scans}
    told = "subject | day | soft_tissue | bone | response | reason\n"
    spec(combined_response, gives=told + "NODE | 56 | NED | PDu | PDu | BONE_UNCONFIRMED", **seen)
    spec(
        combined_response,
        rule={"unresolved": "pd"},
        gives=told + "NODE | 56 | NED | PD | PD | BONE",
        **seen,
    )


def test_best_response_of_both_parts(spec: Any) -> None:
    spec(
        best_overall_response,
        rule={"confirmed": False, "read": "combined"},
        lesions=targets("""
            BOTH    | -7:50 56:30 110:30
            BONEPD  | -7:50 56:30 110:30
            LATER   | -7:50 56:30 110:30
        """),
        bone_scans=bone_scans("""
            BOTH    | -7:z 56:x 110:x
            BONEPD  | -7:z 56:xy 110:xyuv
            LATER   | -7:z 56:- 110:xy 166:xy
        """),
        gives="""
            subject | value | day
            BOTH    | PR    | 56
            BONEPD  | PD    | 56
            LATER   | PR    | 56
        """,
    )


@pytest.mark.parametrize(("word", "value"), [("pdu", "NE"), ("pd", "PD")])
def test_unresolved_progression_in_bone_is_stable_or_progression_in_the_best_response(
    spec: Any, word: str, value: str
) -> None:
    """As a last word on the best response, unconfirmed is SD; the stricter choice is progression."""
    spec(
        best_overall_response,
        rule={"confirmed": False, "read": "combined", "unresolved": word},
        lesions="""
            subject | day | lesion | role | state
            EARLY   |  40 | N1     | NEW  | ABSENT     # before day 42: too early to be stable
            LATE    |  56 | N1     | NEW  | ABSENT
        """,
        bone_scans=bone_scans("""
            EARLY   | -7:z 40:xy
            LATE    | -7:z 56:xy
        """),
        gives=f"""
            subject | value
            EARLY   | {value}
            LATE    | {"SD" if word == "pdu" else "PD"}
        """,
    )


def test_progression_on_bone_scans_is_dated_by_the_scan_that_first_shows_it(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule=PCWG3,
        lesions=targets("""
            FLARE   | -7:50 56:40 110:40
            PERSIST | -7:50 56:40 110:40 166:40
            WAITS   | -7:50 56:40 110:40
            SOFT    | -7:50 56:40 110:60
        """),
        bone_scans=bone_scans("""
            FLARE   | -7:- 58:xy 110:xyz              # only 1 more
            PERSIST | -7:- 58:- 110:xy 166:xy
            WAITS   | -7:- 58:- 110:xy                # no scan confirms
            SOFT    | -7:- 58:- 110:xy 166:xy         # the same day
        """),
        gives="""
            subject | day | event | reason      | causes
            FLARE   | 110 | no    | NO_EVENT    |
            PERSIST | 110 | yes   | BONE        | BONE
            WAITS   | 110 | no    | NO_EVENT    |
            SOFT    | 110 | yes   | SOFT_TISSUE | SOFT_TISSUE, BONE
        """,
    )


def test_unresolved_progression_counts_where_the_protocol_asks_so(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={**PCWG3, "unresolved": "pd"},
        lesions=targets("WAITS | -7:50 56:40 110:40"),
        bone_scans=bone_scans("WAITS | -7:- 58:- 110:xy"),
        gives="""
            subject | day | event | reason
            WAITS   | 110 | yes   | BONE
        """,
    )


def test_the_criteria_named_decide_whether_flare_lesions_that_persist_count(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={**PCWG3, "bone": "pcwg2_couaa302"},
        bone_scans=bone_scans("STAYS | -7:- 58:xyz 110:xyz 166:xyz"),
        gives="""
            subject | day | event | reason
            STAYS   | 110 | yes   | BONE      # no event under pcwg3
        """,
    )


SPREAD = """
    subject | day | read_day | lesion | role       | diameter | state
    GROWN   |  -7 |          | T1     | TARGET     | 50       |
    GROWN   |  -7 |          | T2     | TARGET     | 50       |
    GROWN   |  56 | 56       | T1     | TARGET     | 50       |
    GROWN   |  56 | 60       | T2     | TARGET     | 80       |
    NEWONE  |  -7 |          | T1     | TARGET     | 50       |
    NEWONE  |  56 | 60       | T1     | TARGET     | 80       |
    NEWONE  |  56 | 58       | N1     | NEW        |          | PRESENT
    NEWONE  |  56 | 56       | O1     | NON-TARGET |          | PRESENT
    BOTH    |  -7 |          | T1     | TARGET     | 50       |
    BOTH    |  56 | 57       | T1     | TARGET     | 80       |           # before the new lesion
    BOTH    |  56 | 60       | N1     | NEW        |          | PRESENT
    WORSE   |  56 | 56       | O1     | NON-TARGET |          | PRESENT
    WORSE   |  56 | 61       | O2     | NON-TARGET |          | WORSE
"""


@pytest.mark.parametrize(("word", "days"), [("first", (56, 56, 56, 56)), ("last", (60, 58, 61, 57))])
def test_growth_is_dated_by_the_scan_that_completes_it_a_new_lesion_by_the_one_that_shows_it(
    spec: Any, word: str, days: tuple[int, ...]
) -> None:
    """FDA 2018, Table A: where a visit shows both, the earlier of the two."""
    spec(
        progression_free_survival,
        rule={"first_of": RPFS, "read": "lesions", "visit_date": word},
        lesions=SPREAD,
        gives=f"""
            subject | day       | event | reason
            GROWN   | {days[0]} | yes   | SOFT_TISSUE
            NEWONE  | {days[1]} | yes   | SOFT_TISSUE
            WORSE   | {days[2]} | yes   | SOFT_TISSUE
            BOTH    | {days[3]} | yes   | SOFT_TISSUE
        """,
    )


def test_all_causes_of_one_day_are_kept(spec: Any) -> None:
    spec(
        progression_free_survival,
        rule={"first_of": RPFS, "censoring": {"new_therapy": "event"}},
        soft_tissue="""
            subject | day | response
            ALL     |  60 | PD
            THERAPY |  60 | PD
        """,
        bone="""
            subject | day | response
            ALL     |  60 | PD
        """,
        deaths="""
            subject | day
            ALL     |  60
        """,
        therapies="""
            subject | day
            ALL     |  60
            THERAPY |  50
        """,
        gives="""
            subject | day | event | reason      | causes
            ALL     |  60 | yes   | DEATH       | DEATH, SOFT_TISSUE, BONE, NEW_THERAPY
            THERAPY |  50 | yes   | NEW_THERAPY | NEW_THERAPY
        """,
    )


EXAMPLES = {
    "lesions": targets("""
        R1 | -7:50 60:50 120:50 180:70
        R2 | -7:50 60:50 120:50
        R3 | -7:50 60:50
        R5 | -7:50 60:50 110:50
        BEFORE | -7:50 56:40 110:40 166:40
        AFTER  | -7:50 56:40 110:40 166:60
    """),
    "bone_scans": bone_scans("""
        R5     | -7:- 60:- 110:- 170:xy 220:xy
        BEFORE | -7:- 56:- 110:xy 166:xy        # shown before the therapy, confirmed after it
        AFTER  | -7:- 56:- 110:-
        STAYS  | -7:- 58:xyz 110:xyz 166:xyz
    """),
    "deaths": """
        subject | day
        R3      | 260
        R7      |  55
    """,
    "therapies": """
        subject | day
        R5      | 115
        BEFORE  | 115
        AFTER   | 115
    """,
}
READINGS = {
    "fda": """
        subject | day | event | reason
        R1      | 180 | yes   | SOFT_TISSUE
        R2      | 120 | no    | NO_EVENT
        R3      |  60 | no    | MISSED_ASSESSMENTS
        R5      | 110 | no    | NEW_THERAPY
        R7      |  55 | yes   | DEATH
        BEFORE  | 110 | yes   | BONE
        AFTER   | 110 | no    | NEW_THERAPY
        STAYS   | 166 | no    | NO_EVENT
    """,
    "ema": """
        subject | day | event | reason
        R1      | 180 | yes   | SOFT_TISSUE
        R2      | 120 | no    | NO_EVENT
        R3      | 260 | yes   | DEATH
        R5      | 170 | yes   | BONE
        R7      |  55 | yes   | DEATH
        BEFORE  | 110 | yes   | BONE
        AFTER   | 166 | yes   | SOFT_TISSUE
        STAYS   | 166 | no    | NO_EVENT
    """,
}


@pytest.mark.parametrize("reading", ["fda", "ema"])
def test_both_readings_and_a_scan_after_a_therapy_that_confirms(spec: Any, reading: str) -> None:
    spec(
        progression_free_survival,
        rule={**PCWG3, "censoring": {"rule": reading, "interval": "63 d"}},
        gives=READINGS[reading],
        **EXAMPLES,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[..., None]) -> None:
    on_spark(rules=1)
