"""Exposure from daily records, doses given in parts, without a date, and by body surface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from dose_courses import DRUG, GIVES, HEAD, course, courses

from trialist.endpoints.exposure import dose_intensity

CLAUSES_OF = "dose_intensity"


def test_daily_doses_are_records_from_start_to_end(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=f"""{HEAD} | planned_times
            daily  | 0 | DRUG | 160 | mg | 28 | 27 | 160 | mg | 1 |
            daily  | 28 | DRUG | 80 | mg | 14 | 41 | 160 | mg | 1 |
            pause  | 0 | DRUG | 160 | mg | 7 | 6 | 160 | mg | 1 |
            pause  | 14 | DRUG | 160 | mg | 7 | 20 | 160 | mg | 1 |
            twice  | 0 | DRUG | 5 | mg | 28 | 13 | 5 | mg | 1 | 2
            split   | 0 | DRUG | 160 | mg | 3 | 2 | 160 | mg | 1 |
            split   | 2 | DRUG | 160 | mg | 2 | 3 | 160 | mg | 1 |""",
        gives=f"""{GIVES} | delays | reductions | reason
            daily   | 42 | 5600 | 6 | {5600 / 6} | {500 / 6} | {500 / 6} | 0 | 1 | DOSED
            pause   | 14 | 2240 | 3 | {2240 / 3} | {200 / 3} | 100 | 1 | 0 | DOSED
            twice   | 14 | 140 | 2 | 70 | 100 | 100 | 0 | 0 | DOSED
            split   | 4 | 800 | {4 / 7} | 1400 | 125 | 125 | 0 | 0 | DOSED""",
    )


def test_a_dose_of_0_after_the_last_one_given_is_no_cycle(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=f"""{courses(course((0, 25), (21, 0), name="one"), course((0, 25), (21, 0), (42, 25), (63, 0)))}
            daily | 0 | DRUG | 1000 | mg | 10 | 9 | 1000 | mg | 1
            daily | 10 | DRUG | 0 | mg | 60 | 69 | 1000 | mg | 1
            open  | 0 | DRUG | 1000 | mg | 10 | 9 | 1000 | mg | 1
            open  | 10 | DRUG | 0 | mg | | | 1000 | mg | 1""",
        gives=f"""{GIVES} | omitted | last_day
            one   | 1 | 25 | 3 | {25 / 3} | 100 | 100 | 0 | 0
            1     | 2 | 50 | 9 | {50 / 9} | {200 / 3} | {200 / 3} | 1 | 42
            daily | 10 | 10000 | {10 / 7} | 7000 | 100 | 100 | 0 | 9
            open  | 10 | 10000 | {10 / 7} | 7000 | 100 | 100 | 0 | 9""",
    )


def test_a_dose_of_0_without_a_plan_was_not_given_unless_it_is_a_placebo(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=f"""{HEAD}
            all  | 0 | DRUG | 0 | mg | 1 | 0 | | | 21
            all  | 21 | DRUG | 0 | mg | 1 | 21 | | | 21
            some | 0 | DRUG | 50 | mg | 1 | 0 | | | 21
            some | 21 | DRUG | 0 | mg | 1 | 21 | | | 21
            some | 42 | DRUG | 50 | mg | 1 | 42 | | | 21""",
        gives="""subject | doses | cumulative_dose | duration_weeks | reason
            all  | | | | NOT_TREATED
            some | 2 | 100 | 9 | NOT_PLANNED""",
    )
    spec(
        dose_intensity,
        rule={"treatment": "placebo"},
        doses=f"""{HEAD}
            1 | 0 | PLACEBO | 0 | mg | 14 | 13 | | | 1    # 0 mg is what it holds""",
        gives="""subject | doses | cumulative_dose | duration_weeks | intensity | delays | omitted | reason
            1 | 14 | 0 | 2 | | 0 | | NOT_PLANNED""",
    )


def test_a_record_without_an_end_leaves_cycles_duration_and_delays_unknown(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=f"""{HEAD}
            last   | 0 | DRUG | 160 | mg | | | 160 | mg | 1
            before | 0 | DRUG | 160 | mg | | | 160 | mg | 1
            before | 31 | DRUG | 160 | mg | 10 | 40 | 160 | mg | 1""",
        gives=f"""{GIVES} | first_day | last_day | delays | reductions | omitted | reason
            last   | | | | | | | 0 | | | | | UNKNOWN_DOSE
            before | | | | | | | 0 | | | | | UNKNOWN_DOSE""",
    )


def test_a_dose_without_a_date_is_given_and_leaves_what_needs_its_date_unknown(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        subjects="subject | cutoff_day\nwith | 365\nonly | 365\nzero | 365\namount |",
        doses=f"""{HEAD}
            with | 0 | DRUG | 25 | mg/m2 | 1 | 0 | 25 | mg/m2 | 21
            with | | DRUG | 25 | mg/m2 | 1 | | 25 | mg/m2 | 21
            with | 42 | DRUG | 25 | mg/m2 | 1 | 42 | 25 | mg/m2 | 21
            only | | DRUG | 25 | mg/m2 | 1 | | 25 | mg/m2 | 21
            zero | | DRUG | 0 | mg/m2 | 1 | | 25 | mg/m2 | 21
            amount | 0 | DRUG | 25 | mg/m2 | 1 | 0 | 25 | mg/m2 | 21
            amount | | DRUG | 45 | mg | 1 | | 25 | mg/m2 | 21   # without a day no weight""",
        gives=f"""{GIVES} | first_day | last_day | delays | reductions | omitted | unit | reason
            with   | | 75 | | | | | 0 | | | | | mg/m2 | UNKNOWN_DATES
            only   | | 25 | | | | | | | | | | mg/m2 | UNKNOWN_DATES
            zero   | | | | | | | | | | | | | NOT_TREATED
            amount | | | | | | | 0 | | | | | | UNKNOWN_DOSE""",
    )


def test_the_duration_of_planned_cycles_needs_no_dates(spec: Any) -> None:
    spec(
        dose_intensity,
        rule={**DRUG, "duration": "planned_cycles"},
        doses=f"""{HEAD} | planned_cycles
            1 | 0 | DRUG | 25 | mg/m2 | 1 | 0 | 25 | mg/m2 | 21 | 4
            1 | | DRUG | 25 | mg/m2 | 1 | | 25 | mg/m2 | 21 | 4""",
        gives=f"{GIVES} | delays\n1 | | 50 | 12 | {50 / 12} | 50 | | ",
    )


def test_daily_records_that_overlap_are_added_up_day_by_day(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=f"""{HEAD}
            two    | 0 | DRUG | 500 | mg | 10 | 9 | 1000 | mg | 1     # two strengths, the second a day later
            two    | 1 | DRUG | 500 | mg | 9 | 9 | 1000 | mg | 1
            inside | 0 | DRUG | 750 | mg | 10 | 9 | 1000 | mg | 1
            inside | 4 | DRUG | 250 | mg | 2 | 5 | 1000 | mg | 1
            pause  | 0 | DRUG | 500 | mg | 3 | 2 | 1000 | mg | 1
            pause  | 0 | DRUG | 500 | mg | 3 | 2 | 1000 | mg | 1
            pause  | 8 | DRUG | 1000 | mg | 2 | 9 | 1000 | mg | 1""",
        gives=f"""{GIVES} | delays | reductions | last_day
            two    | 10 | 9500 | {10 / 7} | 6650 | 95 | 95 | 0 | 1 | 9
            inside | 10 | 8000 | {10 / 7} | 5600 | 80 | 80 | 0 | 2 | 9
            pause  | 5 | 5000 | {10 / 7} | 3500 | 50 | 100 | 1 | 0 | 9""",
    )


def test_doses_within_an_interval_that_add_up_to_the_plan_are_one_cycle(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=courses(
            course((0, 15), (1, 10), (21, 25), name="two_days"),
            course((0, 10), (1, 10), (2, 5), (21, 12.5), (22, 12.5), name="parts"),
            course((0, 12.5), (1, 10), name="less"),  # 22.5 is not the planned dose: two doses
            course((0, 12.5), (18, 12.5), name="early"),  # within the tolerance of the next cycle
            course((0, 25), (15, 25), name="full"),
        ),
        gives="""subject | doses | cumulative_dose | duration_weeks | delays | reductions | last_day
            two_days | 2 | 50 | 6 | 0 | 0 | 21
            parts    | 2 | 50 | 6 | 0 | 0 | 22
            less     | 2 | 22.5 | 3.142857142857143 | 0 | 2 | 1
            early    | 2 | 25 | 5.571428571428571 | 0 | 1 | 18
            full     | 2 | 50 | 5.142857142857143 | 0 | 0 | 15""",
    )


def test_cycles_that_are_all_given_in_parts_follow_one_another(spec: Any) -> None:
    """A dose that is part of one cycle is no part of the next, however near the two lie."""
    halves = tuple((21 * n + day, 12.5) for n in range(4) for day in (0, 7))
    thirds = tuple((7 * n, 25 / 3) for n in range(9))
    spec(
        dose_intensity,
        rule=DRUG,
        doses=courses(
            course(*halves, name="days_1_and_8"),
            course(*thirds, name="weekly"),
            course(*thirds[:6], (42, 20), (63, 25), name="then_whole"),
            course((0, 12.5), (7, 12.5), (15, 25), name="early"),  # the next cycle came early
            course((0, 12.5), (3, 0), (7, 12.5), name="held"),  # what is held between parts was given later
            course((0, 12.5), (3, None), (7, 12.5), name="unknown"),
        ),
        gives="""
            subject | doses | cumulative_dose | duration_weeks | relative_dose | delays | reductions | omitted
            days_1_and_8 | 4 | 100 | 12 | 100 | 0 | 0 | 0
            weekly       | 3 | 75 | 9 | 100 | 0 | 0 | 0
            then_whole   | 4 | 95 | 12 | 95 | 0 | 1 | 0
            early        | 2 | 50 | 5.142857142857143 | 100 | 0 | 0 | 0
            held         | 1 | 25 | 3 | 100 | 0 | 0 | 0
            unknown      | 3 | | 4 | | 0 | | 0""",
    )


SIZED = f"{HEAD} | height | weight | first_weight"


def test_a_dose_in_mg_is_held_against_mg_per_m2_by_body_surface(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=f"""{SIZED}
            1 | 0 | DRUG | 45 | mg | 1 | 0 | 25 | mg/m2 | 21 | 180 | 80 | 80      # 2 m2
            2 | 0 | DRUG | 25 | mg/m2 | 1 | 0 | 50 | mg | 21 | 180 | 80 | 80
            3 | 0 | DRUG | 240 | mg | 1 | 0 | 3 | mg/kg | 21 | | 80 | 80""",
        gives="""subject | cumulative_dose | unit | cumulative_mg | relative_dose_intensity
            1 | 22.5 | mg/m2 | 45 | 90
            2 | 50 | mg | 50 | 100
            3 | 3 | mg/kg | 240 | 100""",
    )


def test_body_surface_by_another_formula_and_with_a_cap(spec: Any) -> None:
    doses = f"{SIZED}\n1 | 0 | DRUG | 50 | mg | 1 | 0 | 25 | mg/m2 | 21 | 188 | 120 | 120"
    spec(dose_intensity, rule={**DRUG, "cap_m2": 2.0}, doses=doses, gives="subject | cumulative_dose\n1 | 25")
    surface = 0.007184 * 188**0.725 * 120**0.425
    spec(
        dose_intensity,
        rule={**DRUG, "formula": "du_bois"},
        doses=doses,
        gives=f"subject | cumulative_dose\n1 | {50 / surface!r}",
    )


def test_the_weight_of_the_first_dose_counts_until_it_changes_by_the_stated_share(spec: Any) -> None:
    doses = f"""{SIZED}
        1 | 0 | DRUG | 50 | mg | 1 | 0 | 25 | mg/m2 | 21 | 180 | 80 | 80
        1 | 21 | DRUG | 50 | mg | 1 | 21 | 25 | mg/m2 | 21 | 180 | 73 | 80    # 9 % less: still 2 m2
        2 | 0 | DRUG | 50 | mg | 1 | 0 | 25 | mg/m2 | 21 | 180 | 80 | 80
        2 | 21 | DRUG | 50 | mg | 1 | 21 | 25 | mg/m2 | 21 | 180 | 72 | 80    # 10 % less"""
    second = 50 / (180 * 72 / 3600) ** 0.5
    spec(
        dose_intensity,
        rule=DRUG,
        doses=doses,
        gives=f"subject | cumulative_dose\n1 | 50\n2 | {25 + second!r}",
    )
    other = 50 / (180 * 73 / 3600) ** 0.5
    spec(
        dose_intensity,
        rule={**DRUG, "recalculate": "5 %"},
        doses=doses,
        gives=f"subject | cumulative_dose\n1 | {25 + other!r}\n2 | {25 + second!r}",
    )


def test_a_weight_that_has_changed_enough_is_the_one_that_later_ones_are_held_against(spec: Any) -> None:
    weights = {
        "1": [100, 89, 91],
        "2": [100, 89, 100],
        "3": [100, 89, 80, 71, 63, 56, 57],
        "4": [100, 91, 89],
    }
    given = [
        f"{name} | {21 * n} | DRUG | 50 | mg | 1 | {21 * n} | 25 | mg/m2 | 21 | 170 | {kg} | 100"
        for name, course in weights.items()
        for n, kg in enumerate(course)
    ]
    held = {"1": [100, 89, 89], "2": [100, 89, 100], "3": [100, 89, 80, 71, 63, 56, 63], "4": [100, 100, 89]}
    total = {
        name: sum(50 / (170 * kg / 3600) ** 0.5 for kg in course) for name, course in held.items()
    }  # after four changes each weight is held against the fourth
    expected = "\n".join(f"{name} | {amount!r}" for name, amount in total.items())
    spec(
        dose_intensity,
        rule=DRUG,
        doses="\n".join((SIZED, *given)),
        gives=f"subject | cumulative_dose\n{expected}",
    )


@pytest.mark.spark
def test_every_clause_holds_on_spark(on_spark: Callable[..., None]) -> None:
    on_spark(rules=2)  # the plain rule, and one more: the others differ in their numbers alone
