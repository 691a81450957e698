"""Clauses on the operating characteristics of a protocol in the fast gear."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from click.testing import CliRunner

from trialist.cli.main import app
from trialist.cli.replicate_bar import replicate_bar
from trialist.design.fast_gear import fast_plan
from trialist.design.fast_plan import Changes, PlannedLook
from trialist.design.operating import Operating, Run, operating_characteristics
from trialist.design.replicates import Running
from trialist.findings.measures import MEASURES
from trialist.findings.model import Finding, from_json
from trialist.kernels.trial_batches.simulate import compiler_found
from trialist.problems import Problem
from trialist.protocol.model import Protocol, TrialProtocol

TEXT = (Path(__file__).parents[1] / "spec" / "protocols_simulated" / "two_arm.yaml").read_text(
    encoding="utf-8"
)
MANY = 20_000 if compiler_found() else 2_000


def protocol(change: Callable[[dict[str, Any]], None] | None = None) -> Protocol:
    content = yaml.safe_load(TEXT)
    content["analyses"]["rpfs_hr"] |= {"strata": ["ecog", "prior"], "test": "log_rank"}
    if change is not None:
        change(content)
    return Protocol(TrialProtocol.model_validate(content), "two_arm.yaml", "0", {})


def operate(
    change: Callable[[dict[str, Any]], None] | None = None, replicates: int = 200, **more: Any
) -> tuple[Operating, tuple[Problem, ...]]:
    changes = Changes(**more.pop("changes", {}))
    run = Run(more.pop("seed", 1), replicates, **more.pop("run", {}))
    made, problems = operating_characteristics(protocol(change), run, changes=changes, **more)
    assert made is not None, problems
    return made, problems


def said(change: Callable[[dict[str, Any]], None] | None = None, **changes: Any) -> dict[str, str]:
    _, problems = fast_plan(protocol(change), changes.pop("calibrate", "published"), Changes(**changes))
    return {problem.code: problem.message for problem in problems}


def number(made: Operating, measure: str, timepoint: str | None = None) -> Finding:
    return next(
        f for f in made.findings if f.measure == measure and f.timepoint == timepoint and len(f.groups) == 2
    )


def option(finding: Finding, name: str) -> Any:
    return dict(finding.method.options)[name]


def test_every_number_tells_its_seed_its_replicates_and_its_error() -> None:
    made, _ = operate()
    for finding in made.findings:
        assert finding.origin.kind == "simulated"
        assert finding.origin.seed == 1
        assert option(finding, "replicates") == 200
        assert option(finding, "gear") == "fast"
        assert finding.measure in MEASURES
        assert from_json(json.loads(json.dumps(finding.as_json()))) == finding
        assert finding.interval is not None
        assert finding.interval.low is not None
        assert finding.estimate is not None
        assert finding.interval.high is not None
        assert finding.interval.low <= finding.estimate <= finding.interval.high


def test_the_power_of_the_design_is_what_its_events_give() -> None:
    made, problems = operate(replicates=MANY, calibrate="design")
    power = number(made, "power")
    error = option(power, "monte_carlo_error")
    assert error == pytest.approx(math.sqrt(0.8 * 0.2 / MANY), rel=0.05)
    assert power.estimate == pytest.approx(0.79, abs=0.015 + 4 * error)
    assert number(made, "hazard_ratio_median").estimate == pytest.approx(0.67, abs=0.02)
    assert made.plan.truth == pytest.approx(0.67)
    assert number(made, "coverage").estimate == pytest.approx(0.95, abs=0.02)
    events = number(made, "expected_events").estimate  # the cut-off waits for the last patient
    assert events is not None
    assert 196 <= events < 205
    assert [problem.code for problem in problems] == ["N522"]  # shares of one factor


def test_without_an_effect_rejections_are_type_one_errors() -> None:
    made, _ = operate(replicates=MANY, calibrate="null")
    found = number(made, "type_one_error")
    assert made.plan.truth == 1.0
    assert found.estimate == pytest.approx(0.05, abs=4 * option(found, "monte_carlo_error"))
    assert not any(f.measure == "power" for f in made.findings)


def test_published_results_give_their_own_hazard_ratio_as_the_truth() -> None:
    made, _ = operate()
    times = protocol().plan.simulation.times["rpfs"]  # type: ignore[union-attr]
    assert made.plan.truth == pytest.approx(times.hazard_ratio)
    assert option(made.findings[0], "calibrate") == "published"


def test_the_truth_under_a_late_effect_is_the_mean_log_ratio_over_the_events() -> None:
    """With one ratio it is that ratio; with two it lies between, nearer to the one with more events."""
    same, _ = fast_plan(protocol(), "published", Changes(effect=((0, 0.7), (5, 0.7))))
    late, _ = fast_plan(protocol(), "published", Changes(effect=((0, 1.0), (3, 0.5))))
    later, _ = fast_plan(protocol(), "published", Changes(effect=((0, 1.0), (6, 0.5))))
    assert same is not None
    assert late is not None
    assert later is not None
    assert same.truth == pytest.approx(0.7)
    assert 0.5 < late.truth < later.truth < 1.0


def test_looks_stop_with_the_probabilities_that_are_told() -> None:
    looks = (PlannedLook(98, 2.96, 0.0), PlannedLook(196, 1.97))
    made, _ = operate(replicates=400, changes={"looks": looks}, calibrate="design")
    power = number(made, "power").estimate
    stops = [number(made, "stop_for_efficacy", f"look {k}").estimate for k in (1, 2)]
    assert power == pytest.approx(sum(s or 0.0 for s in stops))
    assert number(made, "stop_for_futility", "look 1").estimate == np.mean(made.replicates.arrays["futile"])
    events = number(made, "expected_events").estimate
    assert events is not None
    assert events < 196


def test_visits_further_apart_in_one_arm_favour_it() -> None:
    made, _ = operate(replicates=200, changes={"visits_days": (112, 28)}, calibrate="null")
    bias = number(made, "bias_log_hazard_ratio").estimate
    assert bias is not None
    assert bias < -0.1


def test_prognostic_factors_change_the_times_and_not_the_truth() -> None:
    factors = {"ecog": {"2": 2.0}, "prior": {"long": 0.6}}
    made, _ = operate(changes={"prognostic": factors})
    plain, _ = operate()
    assert made.plan.truth == plain.plan.truth
    assert len(made.plan.model.event[0]) == 4
    assert number(made, "expected_duration").estimate != number(plain, "expected_duration").estimate


def test_numbers_do_not_depend_on_workers_nor_on_the_compiler() -> None:
    one, _ = operate(replicates=150)
    two, _ = operate(replicates=150, run={"workers": 2, "batch": 40, "backend": "threading"})
    plain, _ = operate(replicates=150, run={"way": "arrays"})
    assert [f.id for f in two.findings] == [f.id for f in one.findings]
    for ours, theirs in zip(plain.findings, one.findings, strict=True):
        assert ours.estimate == pytest.approx(theirs.estimate, rel=1e-9, abs=1e-9)


def test_a_run_that_is_not_exact_enough_says_so() -> None:
    made, problems = operate(run={"error": 0.001})
    assert "N523" in {problem.code for problem in problems}
    assert made.replicates.reached is False


def test_events_that_do_not_come_are_told() -> None:
    def more(content: dict[str, Any]) -> None:
        content["simulation"]["cut_at_events"] = {"rpfs": 254}

    _, problems = operate(more)
    assert "N524" in {problem.code for problem in problems}


def test_tiny_trials_without_estimates_are_told() -> None:
    _, problems = operate(changes={"patients": 8})
    assert "N525" in {problem.code for problem in problems}


def test_what_is_assumed_or_left_out_is_told() -> None:
    def change(content: dict[str, Any]) -> None:
        content["allocation"] = {
            "method": "minimisation", "ratio": {"chemo": 1, "hormone": 1}, "strata": ["ecog"]
        }  # fmt: skip
        content["simulation"]["cut_at_events"] = {"os": 150}
        content["simulation"].pop("factor_levels", None)
        content["analyses"]["rpfs_hr"]["test"] = "likelihood_ratio"

    made, problems = fast_plan(protocol(change))
    told = " ".join(problem.message for problem in problems)
    assert made is not None
    for word in ("minimisation", "likelihood ratio", "events of os", "equal shares", "no block sizes"):
        assert word in told
    assert made.model.test == "wald"


def test_a_design_without_a_control_median_takes_the_one_of_the_times_and_says_so() -> None:
    def change(content: dict[str, Any]) -> None:
        del content["design"][0]["control_median_months"]

    assert "N520" in said(change, calibrate="design")


def nothing_simulated(content: dict[str, Any]) -> None:
    del content["simulation"]


def no_patients(content: dict[str, Any]) -> None:
    for arm in content["arms"].values():
        del arm["planned_n"]


def no_ratio(content: dict[str, Any]) -> None:
    del content["design"][0]["hazard_ratio"]


def a_century(content: dict[str, Any]) -> None:
    content["simulation"] |= {"accrual_months": 600, "follow_up_months": 600}


def contradiction(content: dict[str, Any]) -> None:
    content["simulation"]["times"]["rpfs"]["hazard_ratio"] = 3.0


@pytest.mark.parametrize(
    ("change", "more", "code"),
    [
        (nothing_simulated, {}, "E520"),
        (no_patients, {}, "E520"),
        (None, {"analysis": "none_such"}, "E520"),
        (no_ratio, {"calibrate": "design"}, "E506"),
        (contradiction, {}, "E504"),
        (None, {"patients": 1}, "E521"),
        (None, {"visits_days": (0, 28)}, "E521"),
        (None, {"patients": 0}, "E521"),
        (None, {"effect": ((3, 0.5),)}, "E521"),
        (None, {"prognostic": {"none_such": {"2": 2.0}}}, "E521"),
        (None, {"prognostic": {"ecog": {"9": 2.0}}}, "E521"),
        (None, {"prognostic": {"ecog": {"2": 0.0}}}, "E521"),
        (a_century, {}, "E521"),
        (None, {"effect": ((0, 0.5), (3, 0.0))}, "E521"),
    ],
)
def test_what_can_not_be_simulated_is_a_problem(
    change: Callable[[dict[str, Any]], None] | None, more: dict[str, Any], code: str
) -> None:
    assert code in said(change, **more)


@pytest.mark.parametrize(
    "run", [Run(-1), Run(2**64), Run(1, 0), Run(1, 10**9), Run(1, error=0.0), Run(1, workers=0)]
)
def test_an_impossible_run_is_a_problem(run: Run) -> None:
    made, problems = operating_characteristics(protocol(), run)
    assert made is None
    assert {problem.code for problem in problems} == {"E522"}


def test_the_command_prints_each_number_with_its_error() -> None:
    result = CliRunner().invoke(app, ["operate", "card", "--seed", "1", "--replicates", "100"])
    assert result.exit_code == 0
    assert "true hazard ratio 0.540; 100 simulated trials, seed 1, fast gear" in result.output
    assert "power in favour of cabazitaxel" in result.output
    assert "±" in result.output


def test_the_command_gives_findings_as_json() -> None:
    words = ["operate", "card", "--seed", "1", "--replicates", "50", "--calibrate", "design", "--json"]
    result = CliRunner().invoke(app, [*words, "--look", "98:2.96:0", "--look", "196:1.97"])
    content = json.loads(result.stdout)
    assert result.exit_code == 0
    assert {f["measure"] for f in content["findings"]} >= {"power", "stop_for_futility", "coverage"}
    assert {p["code"] for p in content["problems"]} >= {"N520", "N522"}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--look", "many"], "E075"),
        (["--look", "0:2"], "E075"),
        (["--visits", "1", "--visits", "2", "--visits", "3"], "E075"),
        (["--replicates", "0"], "E522"),
        (["--analysis", "none"], "E520"),
        (["--look", "100:2", "--look", "50:2"], "E521"),
        (["--look", "100:2", "--look", "100:2"], "E521"),
        (["--look", "100:1:2"], "E521"),
        (["--gear", "full", "--replicates", "0"], "E522"),
        (["--gear", "full", "--error", "0"], "E522"),
        (["--gear", "full", "--workers", "0"], "E522"),
        (["--gear", "full", "--seed", str(2**64)], "E522"),
    ],
)
def test_a_command_that_can_not_be_followed_ends_with_exit_code_2(words: list[str], code: str) -> None:
    result = CliRunner().invoke(app, ["operate", "card", "--seed", "1", "--json", *words])
    assert result.exit_code == 2
    assert [p["code"] for p in json.loads(result.stdout)["problems"] if p["code"].startswith("E")] == [code]


def test_one_trial_has_no_monte_carlo_error() -> None:
    made, _ = operate(replicates=1)
    assert {dict(f.method.options)["monte_carlo_error"] for f in made.findings} == {None}


def test_the_full_gear_says_that_a_run_is_not_exact_enough_and_that_events_do_not_come() -> None:
    words = ["operate", "card", "--gear", "full", "--seed", "1", "--replicates", "2", "--patients", "1"]
    result = CliRunner().invoke(app, [*words, "--error", "0.01", "--json"])
    assert result.exit_code == 0
    assert {p["code"] for p in json.loads(result.stdout)["problems"]} >= {"N523", "N524"}


def test_notes_are_counted_on_the_terminal_and_told_in_full_as_json() -> None:
    words = ["operate", "card", "--seed", "1", "--replicates", "10"]
    shown, told = CliRunner().invoke(app, words), CliRunner().invoke(app, [*words, "--json"])
    notes = [p for p in json.loads(told.stdout)["problems"] if p["severity"] == "note"]
    assert notes
    assert "(in full with --json)" in shown.stderr
    for note in notes:
        assert note["code"] in shown.stderr
        assert note["message"] not in shown.output


def test_a_bar_on_a_terminal_shows_the_power_and_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    seen = Terminal()
    monkeypatch.setattr("sys.stderr", seen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "150")
    with replicate_bar("simulating", 200) as told:
        assert told is not None
        told(Running(100, 200, None, None))
        told(Running(200, 200, 0.8, 0.0123))
    assert "100/200" in seen.getvalue() or "200/200" in seen.getvalue()
    assert "power 0.8000, Monte Carlo error 0.0123" in seen.getvalue()


def test_no_bar_is_drawn_where_nobody_watches() -> None:
    with replicate_bar("simulating", 10) as told:
        assert told is None
