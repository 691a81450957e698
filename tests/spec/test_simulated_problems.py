"""Clauses of plans that can't be simulated, or not in full: what is said of them."""

from __future__ import annotations

import pytest
from two_arm_simulation import made, protocol, said

from trialist.records.simulated import simulate


class TestTrouble:
    def test_a_protocol_without_a_plan_is_not_simulated(self) -> None:
        tables, problems = simulate(protocol(simulation=None), subjects=10, seed=1)
        assert tables is None
        assert [p.code for p in problems] == ["E505"]

    def test_medians_that_contradict_the_ratio_are_refused_with_the_numbers(self) -> None:
        wrong = {
            "medians": {"chemo": 3.7, "hormone": 8.0},
            "hazard_ratio": 0.54,
            "source": "paper",
            "versus": "hormone",
        }
        tables, problems = simulate(protocol(simulation__times__rpfs=wrong), subjects=10, seed=1)
        assert tables is None
        [problem] = [p for p in problems if p.code == "E504"]
        assert "0.54" in problem.message
        assert "3.7 and 8 months" in problem.message

    def test_an_arm_without_a_median_is_named(self) -> None:
        lacking = {"medians": {"chemo": 8.0}, "source": "paper"}
        found = [p for p in said(simulation__times__rpfs=lacking) if p.code == "E505"]
        assert "'hormone'" in found[0].message

    def test_a_design_that_lacks_the_control_median_takes_that_of_the_times_and_says_so(self) -> None:
        tables, problems = simulate(protocol(), subjects=10, seed=1, calibrate="design")
        assert tables is not None
        [told] = [p for p in problems if p.code == "N520"]
        assert "11 months of 'times:' taken" in told.message

    def test_a_design_without_a_control_median_anywhere_is_named(self) -> None:
        without = protocol(simulation__times__os=None)
        tables, problems = simulate(without, subjects=10, seed=1, calibrate="design")
        assert tables is None
        assert [p.message for p in problems if p.code == "E506"] == [
            "the design of 'survival' does not state control_median_months"
        ]

    @pytest.mark.parametrize(("subjects", "seed"), [(0, 1), (-5, 1), (10, -1), (10**8, 1)])
    def test_impossible_numbers_are_refused(self, subjects: int, seed: int) -> None:
        tables, problems = simulate(protocol(), subjects=subjects, seed=seed)
        assert tables is None
        assert {p.code for p in problems} == {"E507"}

    def test_every_problem_is_found_in_one_run(self) -> None:
        assert len(simulate(protocol(simulation=None), subjects=0, seed=-1)[1]) == 3

    def test_what_the_plan_does_not_cover_is_left_out_and_said(self) -> None:
        tables, problems = simulate(
            protocol(simulation__psa_response=None, simulation__adverse_events=None), subjects=60, seed=1
        )
        assert tables is not None
        assert tables["lb"].num_rows == 0
        assert "ae" not in tables
        left_out = [p.message for p in problems if p.code == "N502"]
        assert any(m.startswith("PSA is not simulated") for m in left_out)
        assert any(m.startswith("adverse events are not simulated") for m in left_out)

    def test_events_that_never_come_leave_the_planned_follow_up(self) -> None:
        assert "N505" in {p.code for p in said(simulation__cut_at_events={"rpfs": 256})}

    def test_a_progression_law_above_survival_is_reported(self) -> None:
        slow = {"medians": {"chemo": 30.0, "hormone": 30.0}, "source": "paper"}
        assert "N504" in {p.code for p in said(simulation__times__rpfs=slow)}

    def test_a_response_proportion_out_of_reach_is_reported(self) -> None:
        fast = {"medians": {"chemo": 0.4, "hormone": 0.3}, "source": "paper"}
        found = said(simulation__times__rpfs=fast, simulation__psa_response={"chemo": 0.9})
        assert "N506" in {p.code for p in found}

    @pytest.mark.parametrize("subjects", [1, 2, 3, 7])
    def test_tiny_trials_have_records_too(self, subjects: int) -> None:
        tables = made(subjects)
        assert tables["dm"].num_rows == subjects


@pytest.mark.parametrize("year", ["0001-01-01", "1949-12", "2101"])
def test_no_visit_is_dated_in_a_year_that_no_such_trial_saw(year: str) -> None:
    found = [p for p in said(dates={"first_enrolled": year}) if p.code == "E230"]
    assert [year in p.message for p in found] == [True]
