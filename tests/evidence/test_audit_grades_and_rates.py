"""Grades before a count, rates of several months, lists that end with `other`, one result in two lists."""

from __future__ import annotations

import pytest
from audited import rules


@pytest.mark.parametrize(
    "text",
    [
        "In all, 46 men took part. Grade 3 or 4 neutropenia was found in 15 men (32.6%).",
        "In all, 32 men took part. Grade 3-4 anaemia was seen in 4 men (12.5%).",
        "In all, 32 men took part. Grades 2, 3 and 4 anaemia were seen in 4 men (12.5%).",
    ],
)
def test_the_grade_before_a_count_is_not_the_count(text: str) -> None:
    assert rules(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Of 46 men, 15 had grade 3 or 4 neutropenia. It was fatal in 4 of 46 men (18.7%).",
        "At stage 3, 12 of 30 men (50.0%) had a response.",
        "It was of grade 3 in 5 of 20 men (25%) and of grade 4, 6 of 20 men (40%).",
    ],
)
def test_a_count_behind_a_grade_is_still_one_of_its_whole(text: str) -> None:
    assert rules(text) == ["percent_of_count"]


@pytest.mark.parametrize(
    "text",
    [
        "Twelve hospitals take part, and each is expected to enrol one patient every two months. At this "
        "rate the 180 patients will have been enrolled within 18 months of the opening of all sites.",
        "Ten centres will each recruit one patient every other month. Enrolment of 90 patients takes "
        "12 months.",
    ],
)
def test_a_rate_may_be_of_several_months(text: str) -> None:
    assert rules(text) == ["accrual"]


@pytest.mark.parametrize(
    "text",
    [
        "Twelve hospitals take part, and each is expected to enrol one patient every two months. At this "
        "rate the 180 patients will have been enrolled within 30 months of the opening of all sites.",
        "The board reviews the data of 20 patients every three months. The 120 patients will be enrolled "
        "within 36 months.",
        "Randomisation of 120 patients is planned within 24 months. Scans of 30 patients every two months "
        "are read centrally.",
    ],
)
def test_a_rate_of_several_months_that_brings_its_number_and_other_paces_pass(text: str) -> None:
    assert rules(text) == []


def test_reasons_that_end_with_another_one_are_a_partition() -> None:
    assert rules(
        "Reasons for stopping in the 25 men were progression in 15, toxicity in 4, completion in 6, "
        "withdrawal in 1 and another reason in 1."
    ) == ["parts_and_total"]


@pytest.mark.parametrize(
    "text",
    [
        "Reasons for stopping in the 25 men were progression in 15, toxicity in 4, completion in 4, "
        "withdrawal in 1 and another reason in 1.",
        "Reasons for stopping in the 25 men were progression in 15, toxicity in 10, nausea in 4 and other "
        "in 6.",
    ],
)
def test_reasons_that_make_their_whole_and_parts_of_parts_pass(text: str) -> None:
    assert rules(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "**70 or older**\n- OS: 13.9 v 9.4 months (HR 0.66; 0.41-1.06)\n\n"
        "**Younger than 70**\n- OS: 13.6 v 11.8 months (HR 0.66; 0.41-1.08)\n",
        "- Drug A plus prednisone v placebo, 1195 men, 2:1\n- Final survival: 15.8 v 11.2 months, HR 0.74\n"
        "- Drug B v placebo, 1199 men, 2:1\n- Survival: 18.4 v 13.6 months, HR 0.63\n",
        "At the interim analysis the hazard ratio for overall survival was 0.75 (0.61-0.93). At the final "
        "analysis the hazard ratio for overall survival was 0.81 (0.70-0.93).",
    ],
)
def test_lists_of_other_patients_other_arms_and_later_analyses_may_differ(text: str) -> None:
    assert rules(text) == []


def test_items_of_one_list_and_its_summary_may_not_differ() -> None:
    text = (
        "- Drug A v placebo, 1195 men, 2:1\n- OS: 15.8 v 11.2 months, HR 0.74\n"
        "- Deaths: 775\n\nThe hazard ratio for overall survival of 0.84 favoured drug A.\n"
    )
    assert "two_ways" in rules(text)
