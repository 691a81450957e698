"""Laboratory grades: a value under the rows of CTCAE 4.03 and 5.0, at baseline and worst on treatment."""

from __future__ import annotations

from typing import Any

import pytest
from graded_values import grades

CLAUSES_OF = "laboratory_grade"  # asked of Spark with those of courses


@pytest.mark.parametrize(
    ("version", "term", "test", "values"),
    [
        ("4.03", "Neutrophil count decreased", "NEUT", "1.2 | | 10^9/L | 2.0 | | | 2"),
        ("6.0", "Neutrophil count decreased", "NEUT", "1.2 | | 10^9/L | 2.0 | | | 1"),
        ("4.03", "Aspartate aminotransferase increased", "AST", "150 | | U/L | | 40 | 90 | 2"),
        ("5.0", "Aspartate aminotransferase increased", "AST", "150 | | U/L | | 40 | 90 | 1"),
        ("5.0", "Anemia", "HGB", "8.2 | | g/dL | 13 | | | 2"),
        ("4.03", "Creatinine increased", "CREAT", "90 | | umol/L | | 106 | 70 | 1"),
        ("5.0", "Creatinine increased", "CREAT", "90 | | umol/L | | 106 | 70 | 0"),
        ("5.0", "Hypokalemia", "K", "3.3 | | mmol/L | 3.6 | | | 2"),
    ],
    ids=["EX-CTC-1", "EX-CTC-2", "EX-CTC-3", "EX-CTC-4", "EX-CTC-5", "EX-CTC-6", "EX-CTC-7", "EX-CTC-8"],
)
def test_the_worked_examples(spec: Any, version: str, term: str, test: str, values: str) -> None:
    grades(spec, version, term, test, values)


def test_cuts_are_closed_as_printed_in_spite_of_rounding(spec: Any) -> None:
    grades(
        spec,
        "5.0",
        "Neutrophil count decreased",
        "NEUT",
        """
        2.0            | | 10^9/L | 2.0 | | | 0   # at the limit is not below it
        1.99           | | 10^9/L | 2.0 | | | 1
        1.5            | | 10^9/L | 2.0 | | | 1
        1.4999999999   | | 10^9/L | 2.0 | | | 1   # 1.5 but for rounding
        1.49999        | | 10^9/L | 2.0 | | | 2
        1.4            | | 10^9/L | 1.3 | | | 2   # normal for this laboratory, past an absolute cut
        1.0            | | 10^9/L | 2.0 | | | 2
        0.5            | | 10^9/L | 2.0 | | | 3
        0.49           | | 10^9/L | 2.0 | | | 4
        0              | | 10^9/L | 2.0 | | | 4
        """,
    )


def test_a_limit_that_is_needed_and_missing_leaves_the_grade_open(spec: Any) -> None:
    grades(
        spec,
        "4.03",
        "Hyperkalemia",
        "K",
        """
        5.2 | | mmol/L | | 5.0 | | 1
        5.2 | | mmol/L | |     | |       # grade 0 or 1
        4.0 | | mmol/L | |     | |
        5.8 | | mmol/L | |     | | 2     # no limit is needed
        7.0 | | mmol/L | |     | | 3
        7.1 | | mmol/L | |     | | 4
        4.0 | | mmol/L | 3.5 | 5.0 | | 0
        """,
    )
    grades(
        spec,
        "5.0",
        "Creatinine increased",
        "CREAT",
        """
        90  | | umol/L | | 106 |    |       # 1.5 times an unknown baseline?
        120 | | umol/L | | 106 |    | 1
        90  | | umol/L | |     | 70 |
        150 | | umol/L | |     | 70 | 2     # more than 1.5 x baseline
        """,
    )


def test_an_abnormal_baseline_replaces_the_limit_in_version_5(spec: Any) -> None:
    grades(
        spec,
        "5.0",
        "Alanine aminotransferase increased",
        "ALT",
        """
        130  | | U/L | | 40 | 90 | 0     # between 1.0 and 1.5 x baseline: printed so
        135  | | U/L | | 40 | 90 | 1
        270  | | U/L | | 40 | 90 | 1
        271  | | U/L | | 40 | 90 | 2
        451  | | U/L | | 40 | 90 | 3
        1801 | | U/L | | 40 | 90 | 4
        130  | | U/L | | 40 | 40 | 2     # at the limit is normal
        130  | | U/L | | 40 |    | 2     # an unknown baseline is taken as normal
        120  | | U/L | | 40 | 30 | 1
        801  | | U/L | | 40 | 30 | 4
        """,
    )


def test_what_is_added_to_a_reference_is_in_the_unit_of_the_value(spec: Any) -> None:
    grades(
        spec,
        "4.03",
        "Hemoglobin increased",
        "HGB",
        """
        18.0 | | g/dL | | 17  | 15  | 1
        19.0 | | g/dL | | 17  | 15  | 1
        19.1 | | g/dL | | 17  | 15  | 2
        190  | | g/L  | | 170 | 150 | 1
        19.1 | | g/dL | | 17  | 18  | 1     # above an abnormal baseline
        21   | | g/dL | | 17  | 18  | 2
        22.1 | | g/dL | | 17  | 18  | 3
        """,
    )


def test_values_are_graded_in_the_unit_reported(spec: Any) -> None:
    grades(
        spec,
        "4.03",
        "Anemia",
        "HGB",
        """
        4.93 | | mmol/L   | 8   | | | 2
        79.4 | | g/L      | 130 | | | 3     # the same haemoglobin
        8.2  | | G / dL   | 13  | | | 2     # spelling means nothing
        8.2  | | g/100 mL | 13  | | | 2
        8.2  | |          | 13  | | |       # 8.2 of what?
        29   | | %        | 40  | | |
        """,
    )
    grades(
        spec,
        "5.0",
        "Neutrophil count decreased",
        "NEUT",
        """
        900 | | /mm3     | 2000 | | | 3
        900 | | cells/uL | 2000 | | | 3
        0.9 | | GI/L     | 2.0  | | | 3
        0.9 | | 10^3/uL  | 2.0  | | | 3
        45  | | %        | 40   | | |
        """,
    )


def test_a_unit_without_cuts_is_converted_by_a_stated_factor(spec: Any) -> None:
    grades(
        spec,
        "5.0",
        "Hypomagnesemia",
        "MG",
        """
        1.3 | | mEq/L  | 1.4 | | | 1     # 0.65 mmol/L, limit 0.7
        0.9 | | mEq/L  | 1.4 | | | 2
        0.9 | | mmol/L | 0.7 | | | 0
        1.1 | | mg/dL  | 1.7 | | | 2
        """,
    )
    grades(
        spec,
        "5.0",
        "Hypocalcemia (ionized)",
        "CAION",
        """
        3.8 | | mg/dL | 4.5 | | | 2     # 0.948 mmol/L
        1.9 | | mEq/L | 2.2 | | | 2
        1.9 | | g/L   | 2.2 | | |
        """,
    )


def test_a_value_below_quantification_has_the_grade_that_all_it_can_be_has(spec: Any) -> None:
    grades(
        spec,
        "4.03",
        "Neutrophil count decreased",
        "NEUT",
        """
        0.5 | <  | 10^9/L | 2.0 | | | 4
        0.5 | <= | 10^9/L | 2.0 | | |       # 0.5 itself is grade 3
        0.1 | <= | 10^9/L | 2.0 | | | 4
        1.0 | <  | 10^9/L | 2.0 | | |       # grade 3 or 4
        2.0 | >= | 10^9/L | 2.0 | | | 0
        1.6 | >  | 10^9/L | 2.0 | | |
        """,
    )
    grades(
        spec,
        "5.0",
        "Blood bilirubin increased",
        "BILI",
        """
        5    | <  | umol/L | | 20 |    | 0
        20   | <= | umol/L | | 20 |    | 0
        21   | <  | umol/L | | 20 |    |
        200  | >  | umol/L | | 20 |    | 4
        200  | >= | umol/L | | 20 |    |      # 10 x itself is grade 3
        100  | >  | umol/L | | 20 |    |
        """,
    )


def test_lows_and_highs_of_one_test_are_graded_apart(spec: Any) -> None:
    grades(spec, "5.0", "Hypernatremia", "SODIUM", "128 | | mmol/L | 135 | 145 | | 0")
    grades(
        spec,
        "5.0",
        "Hyponatremia",
        "SODIUM",
        """
        156   | | mmol/L | 135 | 145 | | 0
        130   | | mmol/L | 135 | 145 | | 1
        129.5 | | mmol/L | 135 | 145 | | 3     # grades 2 and 3 differ by symptoms: the worst
        """,
    )
    grades(spec, "4.03", "Hyponatremia", "SODIUM", "129.5 | | mEq/L | 135 | 145 | | 3")


def test_a_ratio_needs_no_unit(spec: Any) -> None:
    grades(spec, "5.0", "INR increased", "INR", "1.3 | | | | | | 1\n2.6 | | RATIO | | | | 3")
    grades(spec, "4.03", "INR increased", "INR", "1.3 | | | | 1.2 | | 1\n1.3 | | | | | |")
