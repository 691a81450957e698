"""Time to pain progression: worse at two visits in a row, or palliative radiotherapy."""

from __future__ import annotations

from typing import Any

from pain_rules_asked import progresses

CLAUSES_OF = "pain_progression"  # asked of Spark with those on its date


def test_the_worked_examples_of_the_pain_inventory(spec: Any) -> None:
    progresses(
        spec,
        "bpi",
        """
        EX1 | 0:5:8 21:3.5:8 42:3:8
        EX2 | 0:5:8 21:3.5:9 42:3:8
        EX3 | 0:5:8 21:6.5:8 42:7:8     # +30 % twice, analgesics not down
        """,
        """
        EX1 | 42 | no  | NO_EVENT
        EX2 | 42 | no  | NO_EVENT
        EX3 | 21 | yes | PAIN
        """,
    )


def test_the_worked_examples_of_present_pain_intensity(spec: Any) -> None:
    progresses(
        spec,
        "ppi",
        """
        EX4 | 0:4:15 21:2:15 42:2:14
        EX5 | 0:2:16 21:2:8 42:2:8
        EX6 | 0:2:16 21:3:16 42:3:16
        EX7 | 0:2:16 21:2:16
        EX8 | 0:1:4 21:1:4 42:1:4
        """,
        """
        EX4 | 42 | no  | NO_EVENT
        EX5 | 42 | no  | NO_EVENT
        EX6 | 21 | yes | PAIN
        EX7 | 30 | yes | RADIOTHERAPY
        EX8 | 42 | no  | NO_EVENT
        """,
        radiotherapies="""
            subject | day | purpose
            EX7     |  30 | PALLIATIVE
        """,
    )


def test_limits_are_closed_in_spite_of_rounding(spec: Any) -> None:
    progresses(
        spec,
        "bpi",
        """
        ATLIMIT | 0:2.1:8 21:2.73:8 42:2.73:8    # 2.1 x 1.3 = 2.7300000000000004
        UNDER   | 0:2.1:8 21:2.72:8 42:2.72:8
        """,
        """
        ATLIMIT | 21 | yes | PAIN
        UNDER   | 42 | no  | NO_EVENT
        """,
    )


def test_the_visits_that_confirm_are_21_days_apart_with_none_in_between_that_fails(spec: Any) -> None:
    progresses(
        spec,
        "ppi",
        """
        EXACT   | 0:2:16 21:3:16 42:3:16
        EARLY   | 0:2:16 21:3:16 41:3:16              # 20 days: too near, and no later visit
        THIRD   | 0:2:16 21:3:16 28:3:16 42:3:16
        BROKEN  | 0:2:16 21:3:16 42:2:16 63:3:16
        AGAIN   | 0:2:16 21:3:16 42:2:16 63:3:16 84:4:16
        ONLY    | 0:2:16 21:2:16 42:3:16
        MISSING | 0:2:16 21:3:16 42::16 63:3:16        # a visit without a pain score is no visit
        """,
        """
        EXACT   | 21 | yes | PAIN
        EARLY   | 41 | no  | UNCONFIRMED
        THIRD   | 21 | yes | PAIN
        BROKEN  | 63 | no  | UNCONFIRMED
        AGAIN   | 63 | yes | PAIN
        ONLY    | 42 | no  | UNCONFIRMED
        MISSING | 21 | yes | PAIN
        """,
    )


def test_a_rise_that_no_visit_could_confirm_counts_where_the_protocol_says_so(spec: Any) -> None:
    progresses(
        spec,
        "ppi",
        """
        ONLY   | 0:2:16 21:2:16 42:3:16
        BROKEN | 0:2:16 21:3:16 42:2:16
        """,
        """
        ONLY   | 42 | yes | PAIN
        BROKEN | 42 | no  | NO_EVENT
        """,
        others="unconfirmed_last=event",
    )


def test_more_analgesics_are_progression_of_present_pain_intensity_alone(spec: Any) -> None:
    courses = """
        MORE  | 0:2:16 21:2:20 42:2:20      # +25 %
        LESS  | 0:2:16 21:2:19 42:2:19
        TURNS | 0:2:16 21:2:20 42:3:16      # either at each visit
        ZERO  | 0:2:0 21:2:5 42:2:5         # of 0 there is no percentage
        PAINS | 0:2:0 21:3:5 42:3:5         # the pain score remains
    """
    progresses(
        spec,
        "ppi",
        courses,
        """
        MORE  | 21 | yes | ANALGESIC
        LESS  | 42 | no  | NO_EVENT
        TURNS | 21 | yes | ANALGESIC
        ZERO  | 42 | no  | NO_EVENT
        PAINS | 21 | yes | PAIN
        """,
    )
    progresses(spec, "bpi", "MORE | 0:2:16 21:2:20 42:2:20", "MORE | 42 | no | NO_EVENT")


def test_of_a_pain_score_of_0_no_fraction_is_taken(spec: Any) -> None:
    progresses(
        spec,
        "bpi",
        """
        TWO | 0:0:8 21:2:8 42:2:8
        ONE | 0:0:8 21:1.9:8 42:1.9:8
        """,
        """
        TWO | 21 | yes | PAIN
        ONE | 42 | no  | NO_EVENT
        """,
    )


def test_worse_pain_under_fewer_analgesics_is_no_progression_by_the_inventory(spec: Any) -> None:
    courses = "A | 0:4:8 21:6:7 42:6:7"
    progresses(spec, "bpi", courses, "A | 42 | no | NO_EVENT")
    progresses(spec, "ppi", courses, "A | 21 | yes | PAIN")


def test_without_an_analgesic_score_pain_alone_decides_and_the_reason_says_so(spec: Any) -> None:
    progresses(
        spec,
        "bpi",
        """
        NEVER   | 0:4: 21:6: 42:6:
        FIRST   | 0:4:8 21:6: 42:6:8
        SECOND  | 0:4:8 21:6:8 42:6:
        BETWEEN | 0:4:8 21:6:8 42:6: 63:6:8        # day 21 stands without the visit on day 42
        BETTER  | 0:4:8 21:6:8 42:4: 63:6:8        # pain that is not worse breaks the run
        """,
        """
        NEVER   | 21 | yes | PAIN_ALONE
        FIRST   | 21 | yes | PAIN_ALONE
        SECOND  | 21 | yes | PAIN_ALONE
        BETWEEN | 21 | yes | PAIN
        BETTER  | 63 | no  | UNCONFIRMED
        """,
    )
    progresses(spec, "ppi", "NEVER | 0:2: 21:3: 42:3:", "NEVER | 21 | yes | PAIN")


def test_the_reference_is_baseline_or_where_asked_the_nadir(spec: Any) -> None:
    courses = """
        PAIN  | 0:4:16 21:2:16 42:3:16 63:3:16
        DRUG  | 0:4:16 21:4:8 42:4:10 63:4:10
        FALLS | 0:4:16 21:2:16 42:3:16 63:1:16 84:2:16 105:2:16    # a new nadir ends the run
    """
    progresses(
        spec,
        "ppi",
        courses,
        """
        PAIN  |  63 | no | NO_EVENT
        DRUG  |  63 | no | NO_EVENT
        FALLS | 105 | no | NO_EVENT
        """,
    )
    progresses(
        spec,
        "ppi",
        courses,
        """
        PAIN  | 42 | yes | PAIN
        DRUG  | 42 | yes | ANALGESIC
        FALLS | 84 | yes | PAIN
        """,
        others="reference=nadir",
    )


def test_early_rises_do_not_count_where_the_protocol_leaves_them_out(spec: Any) -> None:
    progresses(
        spec,
        "ppi",
        """
        EARLY | 0:2:16 21:3:16 42:3:16
        STAYS | 0:2:16 63:3:16 84:3:16 85:3:16 106:3:16    # up to week 12 does not count
        BEAM  | 0:2:16 21:2:16
        """,
        """
        EARLY | 42 | no  | NO_EVENT
        STAYS | 85 | yes | PAIN
        BEAM  | 30 | yes | RADIOTHERAPY
        """,
        others="early_days=84 d",
        radiotherapies="""
            subject | day | purpose
            BEAM    |  30 | BONE PAIN
        """,
    )
