"""Exposure to a treatment: cycles, cumulative dose, duration, dose intensity, delays and reductions."""

from __future__ import annotations

from typing import Any

from dose_courses import DRUG, GIVES, HEAD, course, courses

from trialist.endpoints.exposure import dose_intensity

CLAUSES_OF = "dose_intensity"  # asked of Spark with those of its records


def test_relative_dose_intensity(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=courses(
            course((0, 25), (21, 25), (42, 25), name="EX-RDI-1"),
            course((0, 25), (28, 25), (49, 20), name="EX-RDI-2"),
            course((0, 20), (21, 20), (49, 20), (70, 20), planned=20, name="EX-RDI-3"),
            course((0, 25), name="EX-RDI-4"),
        ),
        gives=f"""{GIVES} | delays | reductions
            EX-RDI-1 | 3 | 75 | 9 | {25 / 3} | 100 | 100 | 0 | 0
            EX-RDI-2 | 3 | 70 | 10 | 7 | 84 | {280 / 3} | 1 | 1
            EX-RDI-3 | 4 | 80 | 13 | {80 / 13} | {1200 / 13} | 100 | 1 | 0
            EX-RDI-4 | 1 | 25 | 3 | {25 / 3} | 100 | 100 | 0 | 0""",
    )


def test_an_omitted_cycle_is_0_mg_and_time_runs(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=courses(
            course((0, 25), (21, 0), (42, 25), name="within"),
            course((0, 0), (21, 25), (42, 25), name="before"),
        ),
        gives=f"""{GIVES} | omitted | delays | reductions | last_day
            within | 2 | 50 | 9 | {50 / 9} | {200 / 3} | {200 / 3} | 1 | 0 | 0 | 42
            before | 2 | 50 | 6 | {50 / 6} | 100 | 100 | 0 | 0 | 0 | 42   # begins with a dose""",
    )


def test_a_cycle_without_a_record_is_a_delay(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=courses(course((0, 25), (42, 25))),
        gives=f"subject | doses | omitted | delays | relative_dose_intensity\n1 | 2 | 0 | 1 | {200 / 3}",
    )


def test_a_dose_is_delayed_by_more_than_the_tolerance(spec: Any) -> None:
    on_3, on_4, early = (
        course((0, 25), (day, 25), name=name) for day, name in ((24, "3"), (25, "4"), (15, "e"))
    )
    spec(
        dose_intensity,
        rule=DRUG,
        doses=courses(on_3, on_4, early),
        gives="subject | delays\n3 | 0\n4 | 1\ne | 0",
    )
    spec(
        dose_intensity,
        rule={**DRUG, "delay_tolerance": "4 d"},
        doses=courses(on_3, on_4),
        gives="subject | delays\n3 | 0\n4 | 0",
    )


def test_the_planned_start_is_the_previous_start_and_its_interval(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=courses(course((0, 25), (28, 25), (49, 25), (77, 25))),  # a week late twice, not three times
        gives="subject | delays\n1 | 2",
    )


REDUCTIONS = {
    "5 % less is as planned": ([25, 23.75, 25], 0),
    "a little less is not": ([25, 23.74, 25], 1),
    "reduced once": ([25, 20, 20, 20], 1),
    "reduced twice": ([25, 20, 15], 2),
    "in full again, and reduced again": ([25, 20, 25, 20], 2),
    "within 5 % of the dose before": ([25, 20, 19.5], 1),
    "begun below the plan": ([20, 20], 1),
    "small steps count once 5 % below": ([25, 24, 23, 22], 1),
    "omitted": ([25, 0, 25], 0),
    "omitted and the same again": ([25, 20, 0, 20], 1),
    "down to the plan": ([30, 25], 0),
}


def test_a_reduction_is_a_step_below_the_plan(spec: Any) -> None:
    given = (
        course(*((21 * n, dose) for n, dose in enumerate(doses)), name=name)
        for name, (doses, _) in REDUCTIONS.items()
    )
    expected = "\n".join(f"{name} | {number}" for name, (_, number) in REDUCTIONS.items())
    spec(dose_intensity, rule=DRUG, doses=courses(*given), gives=f"subject | reductions\n{expected}")


def test_another_tolerance_of_reductions(spec: Any) -> None:
    spec(
        dose_intensity,
        rule={**DRUG, "reduction_tolerance": "10 %"},
        doses=courses(course((0, 25), (21, 22.5)), course((0, 25), (21, 22.4), name="2")),
        gives="subject | reductions\n1 | 0\n2 | 1",
    )


def test_duration_without_the_last_interval_or_by_planned_cycles(spec: Any) -> None:
    text = courses(course((0, 25), (21, 25), (42, 25)), course((0, 25), name="2"))
    spec(
        dose_intensity,
        rule={**DRUG, "duration": "last_dose"},
        doses=text,
        gives="""subject | duration_weeks | intensity | relative_dose_intensity | relative_dose | reason
            1 | 6 | 12.5 | 150 | 100 | DOSED
            2 | 0 | | | 100 | NO_DURATION""",
    )
    cycles = [line + (" | planned_cycles" if n == 0 else " | 6") for n, line in enumerate(text.splitlines())]
    spec(
        dose_intensity,
        rule={**DRUG, "duration": "planned_cycles"},
        doses="\n".join(cycles),
        gives=f"""subject | duration_weeks | relative_dose_intensity | reason
            1 | 18 | 50 | DOSED
            2 | 18 | {50 / 3} | DOSED""",
    )
    spec(
        dose_intensity,
        rule={**DRUG, "duration": "planned_cycles"},
        doses=text,  # no maximum of cycles
        gives="subject | duration_weeks | reason\n1 | | NO_DURATION\n2 | | NO_DURATION",
    )


def test_held_against_the_level_that_a_dose_was_given_at(spec: Any) -> None:
    spec(
        dose_intensity,
        rule={**DRUG, "planned": "adjusted", "levels": ["25 mg/m2", "20 mg/m2", "15 mg/m2"]},
        doses=courses(
            course((0, 25), (28, 25), (49, 20), name="late"),
            course((0, 25), (21, 20), (42, 0), (63, 15), name="omitted"),  # 20 was omitted
            course((0, 25), (21, 22), name="between"),  # 22 is at level 25
            course((0, 30), (21, 10), name="outside"),
        ),
        gives="""subject | relative_dose_intensity | relative_dose | reductions
            late    | 90 | 100 | 1
            omitted | 75 | 75 | 2
            between | 94 | 94 | 1
            outside | 100 | 100 | 1""",
    )


def test_the_interval_of_the_entry_wins_over_the_arms(spec: Any) -> None:
    spec(
        dose_intensity,
        rule={**DRUG, "interval": "28 d"},
        doses=courses(course((0, 25), (28, 25))),
        gives="subject | delays | duration_weeks | relative_dose_intensity\n1 | 0 | 8 | 100",
    )


def test_doses_of_one_day_are_one_dose(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=courses(course((0, 15), (0, 10), (21, 25))),
        gives="subject | doses | cumulative_dose | reductions\n1 | 2 | 50 | 0",
    )


def test_another_treatment_of_the_arm_is_not_counted(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=courses(course((0, 25)), "1 | 0 | OTHER | 10 | mg | 50 | 49 | 10 | mg | 1"),
        gives="subject | treatment | doses | cumulative_dose\n1 | DRUG | 1 | 25",
    )


def test_doses_after_the_cut_off_are_not_counted(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        subjects="subject | cutoff_day\n1 | 21",
        doses=courses(course((0, 25), (21, 25), (42, 25))),
        gives="subject | doses | cumulative_dose | last_day | duration_weeks\n1 | 2 | 50 | 21 | 6",
    )


def test_an_unknown_dose_leaves_the_amounts_unknown(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=courses(
            course((0, 25), (28, None), (49, 25)),
            "unit | 0 | DRUG | 3 | tablet | 1 | 0 | 25 | mg/m2 | 21",
            "size | 0 | DRUG | 45 | mg | 1 | 0 | 25 | mg/m2 | 21",
        ),
        gives="""subject | doses | cumulative_dose | duration_weeks | delays | reductions | reason
            1    | 3 | | 10 | 1 | | UNKNOWN_DOSE
            unit | 1 | | 3 | 0 | | UNKNOWN_DOSE
            size | 1 | | 3 | 0 | | UNKNOWN_DOSE""",
    )


def test_a_subject_never_dosed_has_no_number(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        subjects="subject\nnever\nomitted",
        doses=courses(course((0, 0), name="omitted")),
        gives="""subject | first_day | doses | cumulative_dose | duration_weeks | delays | omitted | reason
            never   | | | | | | | NOT_TREATED
            omitted | | | | | | | NOT_TREATED""",
    )


def test_without_a_plan_there_is_no_intensity(spec: Any) -> None:
    spec(
        dose_intensity,
        rule=DRUG,
        doses=f"""{HEAD}
            dose    | 0 | DRUG | 50 | mg | 1 | 0 | | | 21
            dose    | 21 | DRUG | 50 | mg | 1 | 21 | | | 21
            nothing | 0 | DRUG | 50 | mg | 1 | 0 | | |
            nothing | 9 | DRUG | 50 | mg/m2 | 1 | 9 | | |""",
        gives="""subject | doses | cumulative_dose | duration_weeks | intensity | delays | omitted | reason
            dose    | 2 | 100 | 6 | | 0 | | NOT_PLANNED
            nothing | 2 | | | | | | UNKNOWN_DOSE""",
    )
