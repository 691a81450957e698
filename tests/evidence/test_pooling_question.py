"""Pooling of a store: one effect per trial, turned the right way round, what is left out with its reason."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from small_store import ALPHA, BETA, arm, asked, card, entry, ratio, store

from trialist.evidence.model import Arm, Given
from trialist.evidence.pooling.pairwise import pool
from trialist.evidence.pooling.question import Options, Side
from trialist.findings.model import from_json
from trialist.kernels.meta_analysis import meta_analysis

THREE = [ratio("A", 0.70, 0.50, 0.98), ratio("B", 0.80, 0.60, 1.0667), ratio("C", 0.95, 0.70, 1.2893)]
CARDS = [card("A"), card("B"), card("C")]


def codes(found):
    return [problem.code for problem in found.problems]


def why(found):
    return {each.finding.origin.entry: each.why for each in found.left_out}


def test_three_trials_are_pooled_as_the_kernel_pools_their_logarithms():
    found = pool(store(CARDS, THREE), asked())
    z = 1.959963984540054
    y = [math.log(f.estimate) for f in THREE]
    v = [(math.log(f.interval.high / f.interval.low) / 2 / z) ** 2 for f in THREE]
    ours = meta_analysis(y, v, kind="hartung_knapp")
    first = found.findings[0]
    assert first.estimate == pytest.approx(math.exp(ours.estimate), rel=1e-12)
    assert first.interval.low == pytest.approx(math.exp(ours.low), rel=1e-12)
    assert (first.n, first.events) == (600, 300)
    assert [f.measure for f in found.findings] == [
        "hazard_ratio", "tau_squared", "i_squared", "h_squared", "heterogeneity", "predicted_ratio",
    ]  # fmt: skip


def test_a_pooled_finding_names_what_went_in_and_every_option():
    found = pool(store(CARDS, THREE), asked(), Options(tau2="paule_mandel", interval="normal", level=0.9))
    first = found.findings[0]
    assert first.origin.kind == "pooled"
    definition, options = dict(first.definition), dict(first.method.options)
    assert definition["findings"] == tuple(f.id for f in THREE)
    assert definition["trials"] == ("A", "B", "C")
    assert (options["tau2"], options["interval"], options["level"], options["k"]) == (
        "paule_mandel",
        "normal",
        0.9,
        3,
    )
    assert first.interval.level == 0.9
    assert from_json(first.as_json()) == first


def test_a_trial_that_compared_the_other_way_round_is_turned():
    turned = ratio("B", 1 / 0.8, 1 / 1.0667, 1 / 0.60, groups=("c", "x"))
    straight, other = (
        pool(store(CARDS, THREE), asked()),
        pool(store(CARDS, [THREE[0], turned, THREE[2]]), asked()),
    )
    assert other.findings[0].estimate == pytest.approx(straight.findings[0].estimate, rel=1e-12)
    assert dict(other.findings[0].definition)["reversed"] == ("B",)


def test_the_question_asked_the_other_way_round_has_the_inverse_answer():
    one, other = (
        pool(store(CARDS, THREE), asked(first=a, second=b)).findings[0]
        for a, b in ((ALPHA, BETA), (BETA, ALPHA))
    )
    assert other.estimate == pytest.approx(1 / one.estimate, rel=1e-12)
    assert other.interval.low == pytest.approx(1 / one.interval.high, rel=1e-12)


def test_each_finding_that_does_not_count_says_why():
    others = [
        ratio("A", 0.5, 0.3, 0.8, subgroup="age <65", origin=entry("sub")),
        ratio("A", 0.5, 0.3, 0.8, population="per_protocol", origin=entry("pp")),
        ratio("B", 0.5, 0.3, 0.8, origin=entry("mem", reliability="memory")),
        ratio("B", 0.5, 0.3, 0.8, origin=entry("web", reliability="unreliable")),
        ratio("B", 0.5, 0.3, 0.8, groups=("x", "d"), origin=entry("arm")),
        ratio("B", None, origin=entry("nr")),
        ratio("C", 0.5, 0.3, 0.8, events=50, origin=entry("interim")),
        ratio("D", 0.5, 0.3, 0.8, origin=entry("other condition")),
        ratio("E", 0.5, 0.3, 0.8, origin=entry("other line")),
        ratio("F", 0.5, 0.3, 0.8, origin=entry("no card")),
        ratio("G", 0.5, 0.3, 0.8, origin=entry("other drug")),
    ]
    gamma = {"x": arm("x", "gamma", "gammine"), "c": arm("c", "betanib", "betanib", "control")}
    cards = [*CARDS, card("D", condition="liquid"), card("E", line="first"), card("G", arms=gamma)]
    found = pool(store(cards, [*THREE, *others]), asked(conditions=frozenset({"solid"}), line="second"))
    assert why(found) == {
        "sub": "subgroup age <65",
        "pp": "population per_protocol, not itt",
        "mem": "reliability memory: it never answers alone",
        "web": "reliability unreliable: it never answers alone",
        "arm": "its groups are no arms of the trial's card",
        "nr": "it has no estimate",
        "interim": "C-1 of the same trial is used",
        "other condition": "condition liquid",
        "other line": "line of treatment: first",
        "no card": "its trial has no card that says what its arms are",
        "other drug": "it compares gammine (gamma) with betanib (betanib)",
    }
    assert [e.trial for e in found.effects] == ["A", "B", "C"]
    assert "N646" in codes(found)


def test_recalled_findings_answer_only_when_they_are_asked_to():
    recalled = [replace(f, origin=entry(f.trial, reliability="memory")) for f in THREE]
    assert codes(pool(store(CARDS, recalled), asked())) == ["E640"]
    assert len(pool(store(CARDS, recalled), asked(recalled=True)).effects) == 3


def test_of_two_arms_of_one_drug_against_one_control_only_one_comparison_counts():
    arms = {"x": arm("x", "alphamab_10", "alphamab"), "y": arm("y", "alphamab_5", "alphamab")}
    three_armed = card("A", arms={**arms, "c": arm("c", "betanib", "betanib", "control")})
    findings = [*THREE, ratio("A", 0.9, 0.6, 1.3, groups=("y", "c"), events=99, origin=entry("low dose"))]
    found = pool(store([three_armed, *CARDS[1:]], findings), asked())
    assert why(found) == {"low dose": "A-1 of the same trial is used"}
    assert "N654" in codes(found)


def test_doses_of_one_drug_are_no_comparison_of_it_with_another():
    arms = {"x": arm("x", "alphamab_10", "alphamab"), "c": arm("c", "alphamab_5", "alphamab", "control")}
    for second in (Side("any"), Side("control", controls=True)):
        found = pool(store([card("A", arms=arms)], THREE[:1]), asked(second=second))
        assert "both arms are of one side" in next(iter(why(found).values()))


def test_one_drug_added_to_the_other_is_no_comparison_of_the_two():
    both = Arm("x", "both", "both", "experimental", (Given("alphamab"), Given("betanib")))
    arms = {"x": both, "c": arm("c", "betanib", "betanib", "control")}
    by_drug = Side("betanib", drugs=frozenset({"betanib"}))
    found = pool(store([card("A", arms=arms)], THREE[:1]), asked(second=by_drug))
    assert "both arms are of one side" in next(iter(why(found).values()))


def test_the_control_of_each_trial_can_be_the_other_side():
    found = pool(store(CARDS, THREE), asked(second=Side("control", controls=True)))
    assert len(found.effects) == 3


def test_one_trial_is_printed_as_it_is():
    found = pool(store(CARDS, THREE[:1]), asked())
    assert codes(found) == ["N640"]
    assert found.findings[0].estimate == pytest.approx(0.70)
    assert found.findings[0].interval.low == pytest.approx(0.50, abs=1e-3)
    assert len(found.findings) == 1


def test_two_trials_are_pooled_with_a_warning_of_what_they_can_not_tell():
    found = pool(store(CARDS, THREE[:2]), asked())
    assert codes(found) == ["N641"]
    assert "t on 1 degree of freedom" in found.problems[0].message


def test_effects_that_agree_by_chance_have_too_narrow_an_interval_by_hartung_and_knapp():
    alike = [ratio(t, hr, hr / 1.4, hr * 1.4) for t, hr in (("A", 0.8), ("B", 0.801), ("C", 0.802))]
    assert "N644" in codes(pool(store(CARDS, alike), asked()))
    assert "N644" not in codes(pool(store(CARDS, alike), asked(), Options(interval="hartung_knapp_adhoc")))


def test_trials_of_several_lines_are_told_apart():
    cards = [card("A", line="first"), card("B"), card("C", condition="liquid")]
    found = pool(store(cards, THREE), asked())
    said = [x.message for x in found.problems if x.code == "N643"]
    assert said == [
        "the trials differ in condition: solid (A, B); liquid (C)",
        "the trials differ in line: first (A); second (B, C)",
    ]


def test_effects_that_differ_more_than_by_chance_are_told():
    apart = [ratio("A", 0.4, 0.32, 0.5), ratio("B", 0.9, 0.75, 1.08), ratio("C", 0.6, 0.5, 0.72)]
    found = pool(store(CARDS, apart), asked(), Options(interval="normal"))
    assert {"N648", "N649"} <= set(codes(found))


def test_what_is_not_stated_is_no_difference():
    found = pool(store([card("A"), card("B", line="not stated")], THREE[:2]), asked())
    assert "N643" not in codes(found)


def test_populations_that_differ_are_told_where_any_may_answer():
    treated = replace(THREE[1], population="treated")
    found = pool(store(CARDS, [THREE[0], treated]), asked(population=None))
    assert [x.message for x in found.problems if x.code == "N643"] == [
        "the trials differ in population: itt (A); treated (B)"
    ]


def test_a_final_analysis_beside_one_without_a_time_is_no_difference():
    final = replace(THREE[1], timepoint="final")
    assert "N655" not in codes(pool(store(CARDS, [THREE[0], final]), asked()))


def test_identical_effects_have_no_interval_by_hartung_and_knapp():
    same = [ratio(t, 0.8, 0.64, 1.0) for t in "ABC"]
    found = pool(store(CARDS, same), asked())
    assert "N651" in codes(found)
    assert found.findings[0].interval is None
    assert found.findings[0].estimate == pytest.approx(0.8)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_that_is_none_pools_nothing(level):
    assert codes(pool(store(CARDS, THREE), asked(), Options(level=level))) == ["E643"]


def test_a_family_of_endpoints_names_its_members():
    grades = [
        replace(f, endpoint=f"ae:ache:{grade}") for f, grade in zip(THREE, ("any", "3+", "any"), strict=True)
    ]
    found = pool(store(CARDS, grades), asked(endpoint="ae:ache"))
    assert found.problems[0].message.endswith("; it stands for ae:ache:3+, ae:ache:any")


def test_an_empty_store_answers_nothing():
    assert codes(pool(store([], []), asked())) == ["E640"]


def test_a_trial_whose_card_does_not_say_that_it_is_randomised_is_left_out():
    held = store(
        [card("A"), card("B", randomised=False)], [ratio("A", 0.7, 0.5, 0.98), ratio("B", 0.5, 0.4, 0.625)]
    )
    found = pool(held, asked())
    assert [e.trial for e in found.effects] == ["A"]
    assert [each.why for each in found.left_out] == ["its card does not say that it is randomised"]


def test_controls_that_differ_are_told_where_any_control_was_asked_for():
    other = {**card("B").arms, "c": arm("c", "placebo", "placebo", "control")}
    held = store(
        [card("A"), card("B", arms=other)], [ratio("A", 0.7, 0.5, 0.98), ratio("B", 0.8, 0.6, 1.0667)]
    )
    found = pool(held, asked(second=Side("control", controls=True)))
    told = next(p.message for p in found.problems if p.code == "N643")
    assert told.startswith("the trials differ in control: ")
    assert "(A); " in told
    assert "N643" not in {p.code for p in pool(held, asked()).problems}
