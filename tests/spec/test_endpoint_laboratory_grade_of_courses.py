"""Laboratory grades of a course: window, baseline, symptoms, versions and units."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from graded_values import grades, treated
from pydantic import ValidationError

from trialist.endpoints.filled import rule_for
from trialist.endpoints.laboratory import laboratory_grade
from trialist.endpoints.rules import LaboratoryGradeRule
from trialist.protocol.endpoints import LaboratoryGrade

CLAUSES_OF = "laboratory_grade"


def test_the_worst_grade_is_sought_from_the_first_dose_to_the_window_after_the_last(spec: Any) -> None:
    spec(
        laboratory_grade,
        rule={"version": "5.0", "term": "Anemia", "window": "14 d"},
        subjects="""
            subject | first_dose_day | last_dose_day | cutoff_day
            W1      |  1 | 50 |
            W2      |  1 | 50 |
            W3      |  1 |    |          # the last dose is not known
            W4      |    |    |          # never treated
            W5      |  3 | 50 |
            W6      |  1 | 50 |  40
            W7      |  1 | 50 |
            W8      |  1 | 50 |
        """,
        laboratory="""
            subject | day | sequence | test | value | unit | lower
            W1      | -14 | 1 | HGB |  7.0 | g/dL | 13     # not the last before day 1
            W1      |   0 | 2 | HGB | 12.0 | g/dL | 13
            W1      |   0 | 3 | HGB | 13.5 | g/dL | 13     # the last of the day
            W1      |  21 | 4 | HGB |  9.0 | g/dL | 13
            W1      |  28 | 5 | HGB |  9.5 | g/dL | 13     # grade 2 again
            W1      |  64 | 6 | HGB | 12.0 | g/dL | 13
            W1      |  65 | 7 | HGB |  7.0 | g/dL | 13     # 15 days after the last dose
            W2      |  -1 | 1 | HGB |  9.0 | g/dL | 13
            W2      |  64 | 2 | HGB |  7.0 | g/dL | 13
            W3      | 300 | 1 | HGB |  7.0 | g/dL | 13
            W4      |  -1 | 1 | HGB | 12.0 | g/dL | 13
            W4      |  20 | 2 | HGB |  7.0 | g/dL | 13
            W5      |   2 | 1 | HGB |  7.0 | g/dL | 13     # before the first dose
            W6      |  40 | 1 | HGB | 12.0 | g/dL | 13
            W6      |  41 | 2 | HGB |  7.0 | g/dL | 13     # after the cut-off
            W7      |  20 | 1 | HGB | 13.5 | g/dL | 13
            W7      |  27 | 2 | HGB | 13.5 | g/dL |        # no limit: undetermined
            W8      |  -1 | 1 | HGB |      | g/dL | 13     # no value is no baseline
            W8      |  20 | 2 | HGB |  7.0 | g/dL | 13
            W8      |  20 | 3 | WBC |  0.1 | 10^9/L | 4
        """,
        gives="""
            subject | baseline | worst | day | reason
            W1      | 0        | 2     | 21  | GRADED
            W2      | 2        | 3     | 64  | GRADED
            W3      |          | 3     | 300 | GRADED
            W4      | 1        |       |     | NOT_TREATED
            W5      | 3        |       |     | NO_POSTBASELINE
            W6      |          | 1     | 40  | GRADED
            W7      |          | 0     | 20  | GRADED_IN_PART
            W8      |          | 3     | 20  | GRADED
        """,
    )


def test_the_value_before_the_first_dose_is_the_baseline_whichever_day_is_day_0(spec: Any) -> None:
    spec(
        laboratory_grade,
        rule={"version": "4.03", "term": "Anemia"},
        subjects="""
            subject | first_dose_day | last_dose_day
            D1      |  3 | 100
            D2      |  3 | 100
            D3      | -2 | 100
            D4      |    |
        """,
        laboratory="""
            subject | day | sequence | test | value | unit | lower
            D1      | -10 | 1 | HGB | 14.0 | g/dL | 13
            D1      |   3 | 2 | HGB |  9.0 | g/dL | 13     # before cycle 1
            D1      |  24 | 3 | HGB | 13.5 | g/dL | 13
            D2      | -10 | 1 | HGB | 14.0 | g/dL | 13
            D2      |   4 | 2 | HGB |  9.0 | g/dL | 13     # after it
            D3      |   0 | 1 | HGB |  9.0 | g/dL | 13     # dosed before day 0
            D3      |   1 | 2 | HGB |  7.0 | g/dL | 13
            D4      |   0 | 1 | HGB |  9.0 | g/dL | 13     # never dosed
            D4      |   3 | 2 | HGB |  7.0 | g/dL | 13
        """,
        gives="""
            subject | baseline | worst | day | reason
            D1      | 2        | 0     |  24 | GRADED
            D2      | 0        | 2     |   4 | GRADED
            D3      | 2        | 3     |   1 | GRADED
            D4      | 2        |       |     | NOT_TREATED
        """,
    )


def test_no_row_that_compares_with_the_baseline_grades_the_baseline_or_what_was_before(spec: Any) -> None:
    spec(
        laboratory_grade,
        rule={"version": "5.0", "term": "Alanine aminotransferase increased"},
        subjects=treated("B1", "B2", "B3", "B4", "B5"),
        laboratory="""
            subject | day | test | value | comparator | unit  | lower | upper
            B1      | -1  | ALT  | 90    |            | U/L   |       | 40     # abnormal: 0 in this version
            B1      | 20  | ALT  | 150   |            | U/L   |       | 40
            B2      | -1  | ALT  | 90    |            | U/L   |       | 40
            B2      | 20  | ALT  | 2.5   |            | ukat/L |      | 0.7  # baseline in another unit
            B3      | -1  | ALT  | 500   | >          | U/L   |       | 40     # abnormal by an unknown amount
            B3      | 20  | ALT  | 900   |            | U/L   |       | 40
            B4      | -1  | ALT  | 5     | <          | U/L   |       | 40
            B4      | 20  | ALT  | 130   |            | U/L   |       | 40
            B5      | -1  | ALT  | 90    |            | U/L   |       |        # judged by the later limit
            B5      | 20  | ALT  | 150   |            | U/L   |       | 40
        """,
        gives="""
            subject | baseline | worst | day | reason
            B1      | 0        | 1     | 20  | GRADED
            B2      | 0        |       |     | UNDETERMINED
            B3      | 0        |       |     | UNDETERMINED
            B4      | 0        | 2     | 20  | GRADED
            B5      |          | 1     | 20  | GRADED
        """,
    )


def test_a_value_within_its_limits_is_grade_0_where_the_range_decides(spec: Any) -> None:
    grades(
        spec,
        "4.03",
        "Neutrophil count decreased",
        "NEUT",
        """
        1.4  |   | 10^9/L | 1.3 | | | 0     # normal for this laboratory, past the cut of grade 2
        1.3  |   | 10^9/L | 1.3 | | | 0     # at the limit is normal
        1.2  |   | 10^9/L | 1.3 | | | 2
        1.4  |   | 10^9/L |     | | | 2     # no limit: nothing says that it is normal
        0.5  | < | 10^9/L | 1.3 | | | 4
        """,
        require_outside_normal_range=True,
    )
    grades(
        spec,
        "5.0",
        "Hyperkalemia",
        "K",
        "5.6 | | mmol/L | | 5.8 | | 0\n5.9 | | mmol/L | | 5.8 | | 2",
        require_outside_normal_range=True,
    )


@pytest.mark.parametrize(
    ("version", "term", "test", "values"),
    [
        ("5.0", "Hypokalemia", "K", "3.3 | | mmol/L | 3.6 | | | 1\n2.9 | | mmol/L | 3.6 | | | 3"),
        ("4.03", "Hypokalemia", "K", "3.3 | | mmol/L | 3.6 | | | 1"),
        ("5.0", "Hyponatremia", "SODIUM", "129.5 | | mmol/L | 135 | | | 2\n124 | | mmol/L | 135 | | | 3"),
        ("4.03", "Hyponatremia", "SODIUM", "129.5 | | mmol/L | 135 | | | 3"),
        ("5.0", "Lipase increased", "LIPASE", "110 | | U/L | | 50 | | 2\n260 | | U/L | | 50 | | 3"),
        ("5.0", "Serum amylase increased", "AMYLASE", "90 | | U/L | | 50 | | 2\n260 | | U/L | | 50 | | 3"),
    ],
)
def test_of_grades_that_symptoms_tell_apart_the_mildest(
    spec: Any, version: str, term: str, test: str, values: str
) -> None:
    grades(spec, version, term, test, values, tie="mild")


def test_grade_1_by_the_baseline_may_ask_for_a_value_above_the_limit(spec: Any) -> None:
    """EX-CTC-6 is grade 1 as printed: 1.29 x baseline, below the limit."""
    grades(
        spec,
        "4.03",
        "Creatinine increased",
        "CREAT",
        """
        90  | | umol/L | | 106 | 70  | 0
        107 | | umol/L | | 106 | 75  | 1
        107 | | umol/L | | 106 | 70  | 2     # more than 1.5 x baseline needs no limit
        """,
        creatinine_above_limit=True,
    )


def test_an_abnormal_baseline_may_stay_without_a_grade(spec: Any) -> None:
    spec(
        laboratory_grade,
        rule={
            "version": "5.0",
            "term": "Alanine aminotransferase increased",
            "abnormal_baseline": "ungraded",
        },
        subjects=treated("U1", "U2"),
        laboratory="""
            subject | day | test | value | unit | upper
            U1      | -1  | ALT  | 90    | U/L  | 40
            U1      | 20  | ALT  | 150   | U/L  | 40
            U2      | -1  | ALT  | 40    | U/L  | 40
            U2      | 20  | ALT  | 150   | U/L  | 40
        """,
        gives="""
            subject | baseline | worst | day | reason
            U1      |          | 1     | 20  | GRADED
            U2      | 0        | 2     | 20  | GRADED
        """,
    )


@pytest.mark.parametrize("version", ["4.4", "3.0", "2.0"])
def test_a_version_that_does_not_exist_or_has_no_cuts_is_refused(version: str) -> None:
    with pytest.raises(ValidationError, match=r"4\.03"):
        LaboratoryGrade.model_validate(
            {"derive": "laboratory_grade", "version": float(version), "term": "Anemia"}
        )


def test_a_version_of_one_family_is_read_as_4_03_and_keeps_the_name_that_was_stated(spec: Any) -> None:
    for stated in ("4.0", "4.01", "4.02", "4.3"):
        grades(spec, stated, "Anemia", "HGB", "8.2 | | g/dL | 13 | | | 2")
        rule = rule_for(
            LaboratoryGrade.model_validate(
                {"derive": "laboratory_grade", "version": float(stated), "term": "Anemia"}
            )
        )
        assert isinstance(rule, LaboratoryGradeRule)
        assert (rule.stated_version, rule.version) == (stated, "4.03")


def test_version_6_compares_with_the_baseline_in_its_own_way(spec: Any) -> None:
    grades(
        spec,
        "6.0",
        "Alanine aminotransferase increased",
        "ALT",
        """
        150 | | U/L | | 40 | 90 | 2   # baseline abnormal: 1.67 x baseline
        135 | | U/L | | 40 | 90 | 1   # 1.5 x baseline
        90  | | U/L | | 40 | 90 | 1   # 1.0 x baseline
        89  | | U/L | | 40 | 90 | 0
        150 | | U/L | | 40 | 40 | 2   # baseline normal: 3.75 x ULN
        """,
    )
    grades(
        spec,
        "6.0",
        "Alkaline phosphatase increased",
        "ALP",
        """
        150 | | U/L | | 120 | 140 | 1   # above both
        130 | | U/L | | 120 | 140 | 0
        110 | | U/L | | 120 | 90  | 0
        150 | | U/L | | 120 |     |     # above an unknown baseline?
        """,
    )
    grades(
        spec,
        "6.0",
        "Creatinine increased",
        "CREAT",
        """
        120 | | umol/L | 60 | 106 | 70 | 1   # baseline not low: multiples of the limit
        105 | | umol/L | 60 | 106 | 50 | 2   # baseline low: 2.1 x baseline
        160 | | umol/L | 60 | 106 | 50 | 3
        """,
    )


def test_creatinine_clearance_below_10_is_graded_by_another_term(spec: Any) -> None:
    grades(
        spec,
        "6.0",
        "Creatinine clearance decreased",
        "CREATCLR",
        """
        60  | | mL/min | | | | 0
        49  | | mL/min | | | | 2
        25  | | mL/min | | | | 3
        10  | | mL/min | | | | 3
        9.9 | | mL/min | | | |       # acute or chronic kidney disease: no grade of this term, and not 0
        """,
    )


def test_an_abnormal_baseline_is_1_times_itself(spec: Any) -> None:
    values = """
        subject | day | test | value | unit | upper
        A       | -9  | ALT  | 150   | U/L  | 40      # before the baseline: compared with nothing
        A       | -1  | ALT  | 90    | U/L  | 40
        A       | 20  | ALT  | 80    | U/L  | 40
    """
    for version, baseline in (("5.0", 0), ("6.0", 1)):
        spec(
            laboratory_grade,
            rule={"version": version, "term": "Alanine aminotransferase increased"},
            subjects=treated("A"),
            laboratory=values,
            gives=f"""
                subject | baseline | worst | reason
                A       | {baseline} | 0   | GRADED
            """,
        )


@pytest.mark.parametrize(
    ("unit", "grade"),
    [("reported", 2), ("standard", 3)],
)
def test_a_value_is_graded_in_the_unit_that_was_reported(spec: Any, unit: str, grade: int) -> None:
    spec(
        laboratory_grade,
        rule={"version": "5.0", "term": "Anemia", "unit": unit},
        subjects=treated("R1", "R2", "R3"),
        laboratory="""
            subject|day|test|value|unit|lower|reported_value|reported_unit|reported_lower
            R1 | 21 | HGB | 79.4 | g/L | 120 | 4.93 | mmol/L | 7.45
            R2 | 21 | HGB | 79.4 | g/L | 120 | 4.93 | mmol   | 7.45    # no cuts in it: the standard unit
            R3 | 21 | HGB | 79.4 | g/L | 120 |      |        |
        """,
        gives=f"""
            subject | worst | reason
            R1      | {grade} | GRADED
            R2      | 3     | GRADED
            R3      | 3     | GRADED
        """,
    )


def test_a_term_without_cuts_in_mmol_is_graded_by_a_factor(spec: Any) -> None:
    grades(
        spec,
        "5.0",
        "Hemoglobin increased",
        "HGB",
        """
        11.0 | | mmol/L | | 10.6 | | 1   # 6.4 g/L above the limit
        12.0 | | mmol/L | | 10.6 | | 2   # 22.6 g/L above it
        """,
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[[], None]) -> None:
    on_spark(rules=2)  # terms and versions differ in their cuts alone
