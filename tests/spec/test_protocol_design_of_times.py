"""Designs of times to an event: margins, looks, accrual and dropout, effects that change, and what can't be.

Expected numbers are those of rpact (tests/reference) or of one-line formulas beside the assertion.
"""

from __future__ import annotations

import math
from pathlib import Path
from statistics import NormalDist

import pytest

from trialist.design.stated import as_findings, of_protocol, of_words
from trialist.problems import Place
from trialist.protocol.checks.design import design_table
from trialist.protocol.checks.design_row import DesignRow
from trialist.protocol.parse import parse_protocol
from trialist.records.simulated.laws import laws

TEXT = (Path(__file__).parent / "protocols" / "two_arms.yaml").read_text(encoding="utf-8")
BEFORE, _, REST = TEXT.partition("design:\n")
AFTER = REST[REST.index("records:\n") :]
SIZED = "test: log_rank, power: 80 %, alpha: 0.025, sides: 1, "
PLANNED = "control_median_months: 12, accrual_months: 18, "


def row(entry: str) -> DesignRow:
    found, problems = parse_protocol(f"{BEFORE}design:\n  - {{{entry}}}\n{AFTER}", "p.yaml")
    assert found is not None, problems
    (only,) = design_table(found)
    return only


def numbers(entry: str) -> dict[tuple[str, str | None, str | None], float | None]:
    """Every number of the design as (measure, at, note)."""
    found, _ = parse_protocol(f"{BEFORE}design:\n  - {{{entry}}}\n{AFTER}", "p.yaml")
    assert found is not None
    ((_, design),) = of_protocol(found)
    return {(n.measure, n.at, n.note): n.estimate for n in design.numbers}


def codes(entry: str) -> list[str]:
    return [problem.code for problem in row(entry).problems]


# --- margins ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("power", "events"), [(80, 1042), (85, 1175), (90, 1355)])
def test_a_margin_of_1_214_without_a_difference_needs_so_many_deaths(power: int, events: int) -> None:
    """4 (z_alpha + z_power)^2 / log(1.214)^2 at one-sided 0.0111: 1041.2, 1174.7 and 1354.1."""
    entry = f"test: log_rank, hazard_ratio: 1, margin: 1.214, alpha: 0.0111, sides: 1, power: {power} %"
    assert row(entry).follows == f"{events} events by Schoenfeld"
    z = -NormalDist().inv_cdf(0.0111) + NormalDist().inv_cdf(power / 100)
    assert math.ceil(4 * z**2 / math.log(1.214) ** 2) == events


def test_a_margin_within_the_assumed_effect_is_superiority_by_more_than_the_margin() -> None:
    assert row(SIZED + "hazard_ratio: 0.6, margin: 0.8, events: 380").verdict == "agrees"


@pytest.mark.parametrize("entry", ["hazard_ratio: 1.3, margin: 1.2", "hazard_ratio: 0.9, margin: 0.8"])
def test_a_hazard_ratio_beyond_the_margin_can_not_be_shown(entry: str) -> None:
    assert codes(SIZED + entry) == ["W127"]


# --- looks ------------------------------------------------------------------------------------------


def test_two_published_levels_spend_five_percent_and_reach_the_power() -> None:
    """A survival design with levels of 0.016 at 365 deaths and 0.0452 at 511."""
    entry = "test: log_rank, power: 90 %, alpha: 0.05, hazard_ratio: 0.75, events: 511, looks: [365, 511], "
    found = row(entry + "levels: [0.016, 0.0452]")
    assert (found.verdict, found.problems) == ("agrees", ())
    assert found.follows.endswith("511 events give power 0.898")
    by_function = numbers(entry + "spending: obrien_fleming")
    assert round(by_function["significance_level", "look 1", None] or 0, 3) == 0.016
    assert round(by_function["significance_level", "look 2", None] or 0, 4) == 0.0452


def test_alpha_spent_by_look_must_end_at_alpha() -> None:
    words = SIZED + "hazard_ratio: 0.7, looks: [0.5, 1], alpha_spent: "
    assert codes(words + "[0.01, 0.025]") == []
    assert codes(words + "[0.01, 0.02]") == ["W126"]


def test_a_power_that_is_not_above_the_level_is_told() -> None:
    words = "test: log_rank, hazard_ratio: 0.7, alpha: 0.05, sides: 1, power: 4 %"
    assert codes(words) == ["W121"]
    assert codes(words + ", looks: [0.5, 1], spending: pocock") == ["W121"]


def test_the_last_look_is_at_the_planned_events() -> None:
    words = "test: log_rank, power: 90 %, alpha: 0.05, hazard_ratio: 0.75, spending: obrien_fleming, "
    assert row(words + "looks: [365, 511]").stated == row(words + "looks: [365, 511], events: 511").stated
    assert codes(words + "looks: [365, 500], events: 511") == ["W129"]


def test_levels_that_spend_more_than_alpha_are_told() -> None:
    found = row(
        "test: log_rank, power: 90 %, alpha: 0.05, hazard_ratio: 0.75, looks: [0.5, 1], levels: [0.05, 0.05]"
    )
    assert [p.code for p in found.problems] == ["W126"]
    assert "spend 0.0831 together" in found.problems[0].message


def test_looks_cost_events() -> None:
    """Pocock's boundary at three looks, power 0.8, one-sided 0.025."""
    without = row(SIZED + "hazard_ratio: 0.7").follows
    looks = numbers(SIZED + "hazard_ratio: 0.7, looks: [0.333333, 0.666667, 1], boundary: pocock")
    assert without.startswith("247 events")
    assert looks["information_ratio", None, "maximum"] == pytest.approx(1.166, abs=0.001)
    assert looks["events", None, "Schoenfeld"] == pytest.approx(
        246.79 * (looks["information_ratio", None, "maximum"] or 0), rel=1e-4
    )


@pytest.mark.parametrize(
    "words",
    [
        "looks: [0.6, 0.5, 1], spending: pocock",
        "looks: [0.5, 0.9], spending: pocock",
        "looks: [0.5, 1]",
        "looks: [0.5, 1], spending: pocock, boundary: pocock",
        "looks: [0.5, 1], levels: [0.01, 0.02, 0.03]",
        "looks: [0.5, 1], alpha_spent: [0.02, 0.01]",
        "looks: [0.5, 1], spending: kim_demets",
        "looks: [0.5, 1], boundary: wang_tsiatis",
        "looks: [0.5, 1], boundary: haybittle_peto, parameter: 1.5",
        "looks: [0.5, 1], spending: pocock, futility: [0, 0.5]",
        "looks: [0.5, 1], boundary: pocock, futility_spending: pocock",
        "looks: [], spending: pocock",
        "looks: [0.5, 1], spending: pocock, parameter: 2",
        "looks: [0.5, 1], futility_spending: pocock",
        "looks: [0.5, 0.50001, 1], spending: pocock",
        "spending: pocock",
    ],
)
def test_looks_that_give_no_boundary_are_told(words: str) -> None:
    assert codes(SIZED + f"hazard_ratio: 0.7, {words}") == ["W129"]
    assert codes(f"test: sequential, alpha: 0.025, sides: 1, power: 80 %, {words}") == ["W129"]


def test_futility_of_a_two_sided_test_is_told() -> None:
    words = "looks: [0.5, 1], spending: pocock, futility: [0]"
    assert codes("test: sequential, alpha: 0.05, power: 80 %, " + words) == ["W129"]


def test_futility_as_high_as_success_is_told() -> None:
    assert codes(SIZED + "hazard_ratio: 0.7, looks: [0.5, 1], spending: pocock, futility: [3]") == ["W132"]


def test_stopping_in_vain_costs_power_and_is_counted_on_only_where_it_binds() -> None:
    words = "hazard_ratio: 0.7, events: 247, looks: [0.5, 1], boundary: obrien_fleming"
    free, futile = numbers(SIZED + words), numbers(SIZED + words + ", futility: [0.5]")
    binding = numbers(SIZED + words + ", futility: [0.5], binding: true")
    final = "critical_value", "look 2", None
    assert futile["power", None, None] < free["power", None, None]  # type: ignore[operator]
    assert futile[final] == free[final]
    assert binding[final] < free[final]  # type: ignore[operator]
    assert binding["power", None, None] > futile["power", None, None]  # type: ignore[operator]


def test_beta_spending_needs_a_power() -> None:
    words = "looks: [0.5, 1], spending: obrien_fleming, futility_spending: obrien_fleming"
    assert codes(f"test: sequential, alpha: 0.025, sides: 1, {words}") == ["W129"]
    found = numbers(f"test: sequential, alpha: 0.025, sides: 1, power: 90 %, {words}")
    assert found["futility_bound", "look 1", None] is not None


# --- time -------------------------------------------------------------------------------------------


def test_the_subjects_follow_from_accrual_follow_up_and_dropout() -> None:
    """rpact: 409.5 subjects for 246.8 events by month 30."""
    found = row(SIZED + PLANNED + "hazard_ratio: 0.7, follow_up_months: 12, dropout_per_year: [0.05, 0.05]")
    assert found.follows.endswith("247 events by month 30.0 of 410 subjects, who enter in 18.0 months")


def test_the_duration_follows_from_the_subjects() -> None:
    found = numbers(SIZED + PLANNED + "hazard_ratio: 0.7, n: 500")
    assert found["duration", None, "of accrual"] == 18
    study = "of the study, until the events are expected"
    assert found["duration", None, study] == pytest.approx(23.67, abs=0.01)


def test_entry_goes_on_at_its_last_rate_where_no_end_is_stated() -> None:
    words = SIZED + "control_median_months: 12, hazard_ratio: 0.7, accrual_rates: [[0, 5], [6, 20]], n: 300"
    assert numbers(words)["duration", None, "of accrual"] == pytest.approx(6 + 270 / 20)


def test_events_that_do_not_come_in_time_are_told_with_the_ways_out() -> None:
    found = row(SIZED + PLANNED + "hazard_ratio: 0.7, n: 300, follow_up_months: 12")
    (problem,) = found.problems
    assert problem.code == "W130"
    assert problem.message == "187.8 events are expected by month 30 of 300 subjects, not 247"
    assert "plan 395 subjects" in problem.remedy


@pytest.mark.parametrize(
    "words",
    [
        "hazard_ratio: 0.7, n: 300, dropout_per_year: [0.6, 0.6]",
        "hazard_ratio: 0.7, n: 200, follow_up_months: 12",
        "hazard_ratio: 0.7, follow_up_months: 0, events: 260, n: 261",
    ],
)
def test_events_that_never_come_are_told(words: str) -> None:
    assert codes(SIZED + PLANNED + words) in (["W130"], ["W121", "W130"])


@pytest.mark.parametrize(
    "words",
    [
        "control_hazards: [[1, 0.05]]",
        "control_hazards: [[0, 0.05], [0, 0.1]]",
        "control_hazards: []",
        "control_hazards: [[0, 0]]",
        "control_survival: [12, 1]",
        "control_median_months: 12, control_survival: [12, 0.4]",
        "hazard_ratios: [[0, 1], [4, 0.6]]",
        "control_median_months: 10, experimental_median_months: 10",
        "dropout_per_year: [1, 0]",
        "margin: 1.2, formula: freedman",
        "accrual_rates: [[0, 0], [12, 5]], accrual_months: 12",
    ],
)
def test_a_course_that_can_not_be_is_told(words: str) -> None:
    assert codes(SIZED + f"hazard_ratio: 0.7, {words}") == ["W128"]


def test_two_medians_are_a_hazard_ratio() -> None:
    found = row(SIZED + "control_median_months: 8, experimental_median_months: 10.667")
    assert found.follows.startswith("380 events by Schoenfeld")


# --- effects that change ----------------------------------------------------------------------------

DELAYED = "hazard_ratio: 0.6, delay_months: 4, follow_up_months: 18, "


def test_a_delayed_effect_has_an_average_hazard_ratio_and_a_power_of_its_own() -> None:
    found = row(SIZED + PLANNED + DELAYED + "n: 340")
    assert found.label == "design: log-rank test, hazards not proportional"
    assert found.verdict == "agrees"
    assert found.follows.startswith(
        "average hazard ratio 0.696 by month 36; 240.8 events expected; power 0.80"
    )


def test_a_delayed_effect_with_too_few_subjects_is_told() -> None:
    found = row(SIZED + PLANNED + DELAYED + "n: 250")
    assert [p.code for p in found.problems] == ["W121"]
    assert "339 subjects reach 0.80" in found.problems[0].remedy


def test_a_delayed_effect_says_what_it_lacks() -> None:
    found = row(SIZED + "hazard_ratio: 0.6, delay_months: 4")
    assert found.verdict == "not stated"
    assert "control hazard" in found.follows


def test_weights_for_late_effects_gain_power_and_the_largest_of_several_is_between() -> None:
    words = SIZED + PLANNED + DELAYED + "n: 340, weights: "
    plain, late = row(words + "[[0, 0]]"), row(words + "[[0, 1]]")
    largest = row(words + "[[0, 0], [0, 1]]")
    assert "power 0.80" in plain.follows
    assert "power 0.88" in late.follows
    assert "power 0.87" in largest.follows
    assert largest.label.endswith("the largest of those weighted (0, 0), (0, 1)")
    assert numbers(words + "[[0, 0], [0, 1]]")[
        "subjects", "36 months", "multivariate normal"
    ] == pytest.approx(280.4, abs=0.1)


@pytest.mark.parametrize(
    "words",
    ["weights: []", "weights: [[0, 0], [0, 0]]", "weights: [[0, 1]], looks: [0.5, 1], spending: pocock",
     "weights: [[0, 1]], margin: 1.2"],
)  # fmt: skip
def test_weights_that_can_not_be_are_told(words: str) -> None:
    assert codes(SIZED + PLANNED + f"hazard_ratio: 0.7, follow_up_months: 12, n: 400, {words}") == ["W128"]


def test_hazards_that_cross_may_leave_no_effect() -> None:
    words = "hazard_ratios: [[0, 1.5], [6, 0.9]], follow_up_months: 12, n: 300"
    assert "W127" in codes(SIZED + PLANNED + words)
    assert "W127" in codes(SIZED + PLANNED + words.replace(", n: 300", ""))


def test_looks_at_a_delayed_effect_come_before_it_shows() -> None:
    looks = numbers(SIZED + PLANNED + DELAYED + "n: 400, looks: [0.5, 1], spending: obrien_fleming")
    at_once = numbers(SIZED + "hazard_ratio: 0.696, events: 283, looks: [0.5, 1], spending: obrien_fleming")
    assert looks["power", "36 months", "independent increments"] == pytest.approx(0.85, abs=0.01)
    assert at_once["power", None, None] == pytest.approx(0.85, abs=0.02)


# --- findings ---------------------------------------------------------------------------------------


def test_what_follows_is_findings_of_origin_designed_with_every_word_as_an_option() -> None:
    stated, design = of_words(
        "log_rank", {"hazard_ratio": 0.67, "power": "80 %", "alpha": 0.05}, Place("command line")
    )
    found = as_findings(stated, design, trial="no trial", protocol=None)
    events = next(f for f in found if f.measure == "events")
    assert events.origin.kind == "designed"
    assert events.estimate == pytest.approx(195.754, abs=0.001)
    assert dict(events.method.options)["allocation"] == (1, 1)
    assert dict(events.method.options)["hazard_ratio"] == 0.67
    assert events.note == "Schoenfeld"


def test_a_trial_whose_effect_changes_is_not_simulated_as_if_it_did_not() -> None:

    words = "for: primary, test: log_rank, hazard_ratio: 0.6, delay_months: 4, control_median_months: 12"
    found, _ = parse_protocol(f"{BEFORE}design:\n  - {{{words}}}\n{AFTER}", "p.yaml")
    assert found is not None
    without, problems = laws(found, "design")
    assert without is None
    assert [p.message for p in problems if p.code == "E506"] == [
        "the design of 'primary' states an effect that changes over time"
    ]
