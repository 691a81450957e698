"""The shipped trials as plans: they parse, they name their sources, and they state what is public of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from scipy.stats import multivariate_normal, norm

from trialist.cli.main import app
from trialist.problems import errors
from trialist.protocol.allocation import decide
from trialist.protocol.assumptions import LogRankEvents, PairedT
from trialist.protocol.check import check_protocol, design_table
from trialist.protocol.model import BiomarkerRules, Part, Protocol
from trialist.protocol.parse import read_protocol
from trialist.protocol.schedule import occurrences, specimen_totals
from trialist.trials import shipped

TRIALS = tuple(shipped())


def protocol(trial: str) -> Protocol:
    found, problems = read_protocol(shipped()[trial] / "protocol.yaml")
    assert problems == ()
    assert found is not None
    return found


def test_seven_trials_are_shipped() -> None:
    assert set(TRIALS) == {"tropic", "card", "caba-v7", "hecog", "caba-bm", "prevail", "onco-pilot"}


@pytest.mark.parametrize("spelling", ["caba-v7", "caba_v7", "CABA-V7", "Caba_V7"])
def test_a_trial_is_found_however_its_id_is_written(spelling: str) -> None:
    assert shipped()[spelling].name == "caba_v7"
    assert spelling in shipped()


def test_a_trial_that_is_not_shipped_is_not_found() -> None:
    assert "affirm" not in shipped()


@pytest.mark.parametrize("trial", TRIALS)
def test_a_shipped_protocol_has_no_error(trial: str) -> None:
    assert errors(check_protocol(protocol(trial))) == ()


@pytest.mark.parametrize(
    ("trial", "where"),
    [
        ("caba-bm", {"design"}),
        ("caba-v7", {"schedule"}),
        ("card", {"stated_otherwise"}),
        ("tropic", {"stated_otherwise"}),
        ("prevail", set()),
        ("hecog", set()),
        ("onco-pilot", set()),
    ],
)
def test_a_protocol_is_warned_about_only_where_its_own_statements_disagree(
    trial: str, where: set[str]
) -> None:
    plan = protocol(trial)
    starts = sorted((plan.place(part).line or 0, part) for part in type(plan.plan).model_fields)
    blocks = set()
    for problem in check_protocol(plan):
        if problem.severity == "warning":
            assert problem.place is not None
            blocks.add([name for line, name in starts if line <= (problem.place.line or 0)][-1])
    assert blocks == where


def sources(part: Any) -> Iterator[str]:
    """Every source id that a part names, at any depth."""
    if isinstance(part, Part):
        for word in type(part).model_fields:
            value = getattr(part, word)
            if word in ("source", "stated_source") and value is not None:
                yield value
            yield from sources(value)
    elif isinstance(part, (list, tuple)):
        for item in part:
            yield from sources(item)
    elif isinstance(part, dict):
        for item in part.values():
            yield from sources(item)


@pytest.mark.parametrize("trial", TRIALS)
def test_every_source_that_is_named_is_declared_with_its_citation(trial: str) -> None:
    plan = protocol(trial).plan
    named = set(sources(plan)) | {name for item in plan.stated_otherwise for name in item.values}
    assert named
    assert named <= set(plan.sources)
    assert all(source.citation for source in plan.sources.values())


@pytest.mark.parametrize("trial", TRIALS)
def test_every_trial_says_what_is_not_public(trial: str) -> None:
    assert protocol(trial).plan.not_public


@pytest.mark.parametrize("trial", [t for t in TRIALS if t != "onco-pilot"])
def test_every_simulation_names_its_assumptions(trial: str) -> None:
    simulation = protocol(trial).plan.simulation
    assert simulation is not None
    assert simulation.assumed
    assumed = [name for name, time in simulation.times.items() if time.source == "assumed"]
    assert all(simulation.times[name].assumed for name in assumed)


@pytest.mark.parametrize(
    ("trial", "estimand", "ratio", "events", "power", "alpha"),
    [
        ("tropic", "primary", 0.75, 511, 0.90, 0.05),
        ("card", "primary", 0.67, 196, 0.80, 0.05),
        ("prevail", "os", 0.815, 765, 0.80, 0.049),
        ("prevail", "rpfs", 0.57, 410, 0.99, 0.001),
    ],
)
def test_the_design_is_the_published_one(
    trial: str, estimand: str, ratio: float, events: int, power: float, alpha: float
) -> None:
    (design,) = [item for item in protocol(trial).plan.design if item.for_ == estimand]
    assert isinstance(design, LogRankEvents)
    assert (design.hazard_ratio, design.events) == (ratio, events)
    assert (design.power, design.alpha, design.sides) == (power, alpha, 2)


def test_the_marrow_study_states_pairs_effect_size_and_power_that_contradict_each_other() -> None:
    paired, evaluability = protocol("caba-bm").plan.design
    assert isinstance(paired, PairedT)
    assert (paired.pairs, paired.effect_size, paired.power, paired.alpha) == (30, 0.82, 0.80, 0.05)
    assert evaluability.test == "evaluability"
    assert (evaluability.accrued, evaluability.evaluable, evaluability.expected) == (60, 30, 0.5)


def test_the_planned_size_of_one_trial_is_stated_in_three_ways() -> None:
    plan = protocol("card").plan
    (size,) = [item for item in plan.stated_otherwise if item.what == "planned number of patients"]
    assert sorted(size.values.values()) == ["234", "274", "324"]


def test_two_levels_of_one_final_analysis_are_told_and_the_design_holds_at_the_level_of_both_looks() -> None:
    plan = protocol("tropic")
    told = [p.message for p in check_protocol(plan)]
    assert all(message.startswith("stated differently: ") for message in told)
    assert any("TROPIC_LANCET: 0.0452; TROPIC_PROTOCOL: 0.0476" in message for message in told)
    assert any("after a response (TROPIC_LANCET: at least 50 %" in message for message in told)
    (row,) = design_table(plan)
    assert (row.verdict, row.problems) == ("agrees", ())


@pytest.mark.parametrize(("interim", "level", "final"), [(307, 0.0077, 0.0476), (365, 0.016, 0.0452)])
def test_either_final_level_is_what_its_interim_analysis_leaves_of_five_percent(
    interim: int, level: float, final: float
) -> None:
    """Two looks at one survival difference: standard normal, correlation the root of the share of deaths."""
    share = interim / 511
    first, last = norm.isf(level / 2), norm.isf(final / 2)
    inside = multivariate_normal(cov=[[1, share**0.5], [share**0.5, 1]])
    spent = 1 - inside.cdf([first, last], lower_limit=[-first, -last])
    assert round(spent, 3) == 0.05
    boundary = norm.isf(0.0125) / share**0.5
    assert abs(4 * norm.sf(boundary) - level) < 1e-4  # Lan and DeMets 1983, 0.025 on each side


@pytest.mark.parametrize(
    ("arm", "specimen", "stated", "planned"),
    [
        ("a", "ctc_a", 40, 40),
        ("a", "cfdna_a", 30, 30),
        ("b", "ctc_b", 40, 40),
        ("b", "cfdna_b", 100, 110),
        ("b", "pk_b", 20, 20),
    ],
)
def test_blood_volumes_of_ten_cycles_are_those_stated_but_for_one(
    arm: str, specimen: str, stated: float, planned: float
) -> None:
    plan = protocol("caba-v7")
    assert plan.plan.schedule.specimens[specimen].stated_total == stated
    totals = {total.specimen: total.volume_ml for total in specimen_totals(plan, arm, 10)}
    assert totals[specimen] == planned


def test_concentrations_are_taken_before_and_at_the_end_of_the_infusion_and_2_and_6_hours_later() -> None:
    due = [row for row in occurrences(protocol("caba-v7"), "b", 3) if row.id == "pk_b"]
    assert [(row.day, row.hours, row.volume_ml) for row in due] == [(0, h, 5) for h in (0, 1, 3, 7)]


def test_ten_cycles_of_cabazitaxel_or_mitoxantrone_are_planned_every_three_weeks() -> None:
    plan = protocol("tropic")
    for arm, drug in (("cabazitaxel", "cabazitaxel"), ("mitoxantrone", "mitoxantrone")):
        doses = [row for row in occurrences(plan, arm, 20) if (row.kind, row.id) == ("dose", drug)]
        assert [row.day for row in doses] == [21 * k for k in range(10)]


PROGRESSED = {"progressed": True, "previous_treatment": "abiraterone"}


@pytest.mark.parametrize(
    ("count", "arv7", "episode", "extra", "arm", "outcome", "reason"),
    [
        (2, None, 1, {}, "a", None, "CTC_LT_3"),
        (3, "NEG", 1, {}, "a", None, "ARV7_NEG"),
        (5, "NEG", 1, {}, "a", None, "ARV7_NEG"),
        (3, "POS", 1, {}, "b", None, "ARV7_POS"),
        (5, "POS", 1, {}, "b", None, "ARV7_POS"),
        (5, None, 1, {}, None, "pending", "ARV7_MISSING"),
        (None, "POS", 1, {}, None, "pending", "CTC_MISSING"),
        (5, "failed", 1, {}, None, "pending", "ARV7_UNREADABLE"),
        (9, "POS", 2, PROGRESSED, "b", None, "ARV7_POS"),
        (9, "NEG", 2, PROGRESSED, None, "not_allocated", "ARV7_NEG"),
        (2, "POS", 2, PROGRESSED, None, "not_allocated", "CTC_LT_3"),
    ],
)
def test_tumour_cells_and_arv7_decide_the_group(
    count: int | None,
    arv7: str | None,
    episode: int,
    extra: dict[str, object],
    arm: str | None,
    outcome: str | None,
    reason: str,
) -> None:
    plan = protocol("caba-v7").plan.allocation
    assert isinstance(plan, BiomarkerRules)
    previous = "a" if episode > 1 else None
    decision = decide(plan, {"ctc_count_per_7_5_ml": count, "arv7": arv7, **extra}, episode, previous)
    assert (decision.arm, decision.outcome, decision.reason) == (arm, outcome, reason)


@pytest.mark.parametrize(
    ("treatment", "progressed", "previous"),
    [("docetaxel", True, "a"), ("abiraterone", False, "a"), ("abiraterone", True, "b")],
)
def test_a_second_screening_is_only_for_group_a_after_progression_on_an_androgen_receptor_agent(
    treatment: str, progressed: bool, previous: str
) -> None:
    plan = protocol("caba-v7").plan.allocation
    assert isinstance(plan, BiomarkerRules)
    values = {
        "ctc_count_per_7_5_ml": 9,
        "arv7": "POS",
        "progressed": progressed,
        "previous_treatment": treatment,
    }
    decision = decide(plan, values, 2, previous)
    assert (decision.arm, decision.outcome) == (None, "not_allocated")


def test_nobody_is_screened_a_third_time() -> None:
    plan = protocol("caba-v7").plan.allocation
    assert isinstance(plan, BiomarkerRules)
    decision = decide(plan, {"ctc_count_per_7_5_ml": 9, "arv7": "POS", **PROGRESSED}, 3, "a")
    assert (decision.arm, decision.outcome) == (None, "not_allocated")


def test_a_strategy_that_the_analysis_can_t_carry_out_is_told_by_the_check(tmp_path: Path) -> None:
    """No rule for a best response looks at the end of treatment: responses after it count as before."""
    text = (shipped()["hecog"] / "protocol.yaml").read_text(encoding="utf-8")
    asked = text.replace("treatment_stop: treatment_policy", "treatment_stop: composite", 1)
    assert asked != text
    (tmp_path / "protocol.yaml").write_text(asked, encoding="utf-8")
    result = CliRunner().invoke(app, ["check", str(tmp_path)])
    assert result.exit_code == 1
    assert [line.split()[1] for line in result.output.splitlines() if "protocol.yaml:" in line] == ["W341"]
    assert "handles treatment_stop by composite" in result.output


@pytest.mark.parametrize("trial", TRIALS)
def test_every_strategy_of_the_shipped_trials_can_be_carried_out(trial: str) -> None:
    assert "W341" not in CliRunner().invoke(app, ["check", trial]).output
