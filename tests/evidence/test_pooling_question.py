"""Pooling of a store: one effect per trial, turned the right way round, what is left out with its reason."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from small_store import ALPHA, BETA, arm, asked, card, count, entry, p, ratio, store

from trialist.evidence.model import Arm, Given
from trialist.evidence.pooling.pairwise import pool
from trialist.evidence.pooling.question import Options, Side
from trialist.findings.model import Interval, from_json
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


def test_an_interval_at_another_level_gives_the_same_error():
    z95, z978 = 1.959963984540054, 2.2870389
    wide = [math.exp(math.log(0.8) + side * 0.1 * z978) for side in (-1, 1)]
    plain = [math.exp(math.log(0.8) + side * 0.1 * z95) for side in (-1, 1)]
    odd = ratio("A", 0.8, interval=Interval(*wide, 0.9778))
    even = ratio("A", 0.8, *plain)
    errors = [pool(store(CARDS, [f]), asked()).effects[0].v for f in (odd, even)]
    assert errors[0] == pytest.approx(errors[1], rel=1e-3)


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


def test_a_trial_without_an_interval_is_derived_from_its_p_value_and_says_so():
    found = pool(store(CARDS, [*THREE[:2], ratio("C", 0.9, p_value=p(0.3))]), asked())
    assert "N645" in codes(found)
    assert [e.how for e in found.effects] == ["interval", "interval", "p_value"]


def test_a_trial_without_interval_and_p_value_is_derived_from_its_events():
    arms = [
        ratio("C", 0.5, measure="proportion", groups=(g,), events=d, origin=entry(g))
        for g, d in (("x", 40), ("c", 60))
    ]
    both = pool(store(CARDS, [ratio("C", 0.9), *arms]), asked())
    total = pool(store(CARDS, [ratio("C", 0.9)]), asked())
    assert both.effects[0].v == pytest.approx(1 / 40 + 1 / 60)
    assert total.effects[0].v == pytest.approx(4 / 100)
    arms = {
        name: replace(each, n=n) for (name, each), n in zip(card("C").arms.items(), (200, 100), strict=True)
    }
    unequal = pool(store([card("C", arms=arms)], [ratio("C", 0.9)]), asked())
    assert unequal.effects[0].v == pytest.approx(1 / (100 * (2 / 3) * (1 / 3)))


def test_a_bound_of_a_p_value_is_no_error():
    nothing = ratio("A", 0.5, p_value=p(0.001, "<"), events=None)
    assert why(pool(store(CARDS, [nothing]), asked())) == {
        "A-1": "it has neither an interval nor a p value nor events"
    }


def test_medians_stand_for_a_ratio_only_when_asked():
    medians = [
        ratio("A", m, measure="median_time", groups=(g,), events=50, origin=entry(g))
        for g, m in (("x", 12.0), ("c", 6.0))
    ]
    assert codes(pool(store(CARDS, medians), asked())) == ["E640"]
    found = pool(store(CARDS, medians), asked(medians=True))
    assert found.findings[0].estimate == pytest.approx(0.5)
    assert "N645" in codes(found)


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        (p(0.036), False),
        (p(0.02), False),
        (p(0.2), True),
        (p(0.0001, "<"), True),
        (p(0.05, "<"), False),
        (p(0.9), True),
    ],
)
def test_a_p_value_far_from_its_interval_is_told(printed, told):
    found = pool(store(CARDS, [replace(THREE[0], p_value=printed)]), asked())
    assert ("N642" in codes(found)) is told


def test_a_p_value_below_a_thousandth_is_not_compared_digit_by_digit():
    found = pool(store(CARDS, [ratio("A", 0.5, 0.4, 0.625, p_value=p(0.0001))]), asked())
    assert "N642" not in codes(found)


def test_an_estimate_off_the_middle_of_its_interval_is_told():
    found = pool(store(CARDS, [ratio("A", 0.9, 0.5, 0.98)]), asked())
    assert "N647" in codes(found)


def test_an_estimate_outside_its_interval_falls_back_on_its_p_value():
    found = pool(store(CARDS, [ratio("A", 0.4, 0.5, 0.98, p_value=p(0.02))]), asked())
    assert found.effects[0].how == "p_value"


def test_effects_that_differ_more_than_by_chance_are_told():
    apart = [ratio("A", 0.4, 0.32, 0.5), ratio("B", 0.9, 0.75, 1.08), ratio("C", 0.6, 0.5, 0.72)]
    found = pool(store(CARDS, apart), asked(), Options(interval="normal"))
    assert {"N648", "N649"} <= set(codes(found))


def test_counts_of_both_arms_are_a_ratio_where_none_was_printed():
    cards = [card("A"), card("B")]
    findings = [
        count("A", "x", 30, 100),
        count("A", "c", 20, 100),
        count("B", "x", 5, 50),
        count("B", "c", 0, 50),
    ]
    found = pool(store(cards, findings), asked(endpoint="orr", measure="risk_ratio"))
    assert math.exp(found.effects[0].y) == pytest.approx(1.5)
    assert "N650" in codes(found)
    assert (found.findings[0].n, found.findings[0].events) == (300, 55)


def test_both_arms_of_a_ratio_are_of_one_source_and_one_definition():
    by_laboratory, reported = ((("graded_by", word),) for word in ("laboratory", "reported"))
    other = {"source": "LABEL", "reliability": "read"}
    findings = [
        count("A", "x", 50, 100, origin=entry("label x", **other), definition=reported),
        count("A", "x", 40, 100, origin=entry("paper x"), definition=reported),
        count("A", "c", 20, 100, origin=entry("paper c"), definition=reported),
        count("A", "c", 99, 100, origin=entry("paper c lab"), definition=by_laboratory),
        count("B", "x", 30, 100, origin=entry("lab x"), definition=by_laboratory),
        count("B", "c", 20, 100, origin=entry("lab c"), definition=by_laboratory),
    ]
    found = pool(store([card("A"), card("B")], findings), asked(endpoint="orr", measure="risk_ratio"))
    assert [e.counts for e in found.effects] == [(40, 100, 20, 100), (30, 100, 20, 100)]
    said = [x.message for x in found.problems if x.code == "N656"]
    assert said == ["the trials define the endpoint differently (graded by): reported (A); laboratory (B)"]


def test_what_is_not_stated_is_no_difference():
    found = pool(store([card("A"), card("B", line="not stated")], THREE[:2]), asked())
    assert "N643" not in codes(found)


def test_populations_that_differ_are_told_where_any_may_answer():
    treated = replace(THREE[1], population="treated")
    found = pool(store(CARDS, [THREE[0], treated]), asked(population=None))
    assert [x.message for x in found.problems if x.code == "N643"] == [
        "the trials differ in population: itt (A); treated (B)"
    ]


def test_proportions_of_trials_of_other_treatments_answer_another_question():
    gamma = {"x": arm("x", "gamma", "gammine"), "c": arm("c", "delta", "deltine", "control")}
    findings = [count("A", "x", 30, 100), count("A", "c", 20, 100)]
    found = pool(store([card("A", arms=gamma)], findings), asked(endpoint="orr", measure="odds_ratio"))
    assert [each.elsewhere for each in found.left_out] == [True, True]


def test_proportions_that_make_no_ratio_are_left_out_with_their_reason():
    findings = [
        count("A", "x", 30, 100, origin=entry("x")),
        count("A", "c", 20, 100, origin=entry("c")),
        count("A", "x", 9, 40, subgroup="old", origin=entry("old")),
        count("A", "x", 31, 100, origin=entry("recalled", reliability="memory")),
    ]
    found = pool(store([card("A")], findings), asked(endpoint="orr", measure="odds_ratio"))
    assert found.effects[0].counts == (30, 100, 20, 100)
    assert why(found) == {"old": "subgroup old", "recalled": "reliability memory: it never answers alone"}


@pytest.mark.parametrize("tables", ["mantel_haenszel", "peto", "exact_conditional", "binomial_normal"])
def test_tables_can_be_pooled_without_effects_of_their_own(tables):
    findings = [
        count("A", "x", 30, 100),
        count("A", "c", 20, 100),
        count("B", "x", 5, 50),
        count("B", "c", 0, 50),
    ]
    question = asked(endpoint="orr", measure="odds_ratio")
    found = pool(store([card("A"), card("B")], findings), question, Options(tables=tables))
    assert found.findings[0].estimate > 1
    assert dict(found.findings[0].method.options)["tables"] == tables
    assert "tau2" not in dict(found.findings[0].method.options)


def test_hazard_ratios_are_no_tables():
    assert codes(pool(store(CARDS, THREE), asked(), Options(tables="peto"))) == ["E646"]


def test_differences_in_restricted_means_are_pooled_as_they_are():
    findings = [
        ratio(t, d, d - 1.0, d + 1.0, measure="restricted_mean_difference")
        for t, d in (("A", 1.0), ("B", 2.0), ("C", 3.0))
    ]
    found = pool(store(CARDS, findings), asked(measure="restricted_mean_difference"))
    assert found.findings[0].estimate == pytest.approx(2.0)
    assert found.findings[-1].measure == "predicted_difference"


def test_restricted_means_up_to_different_times_are_told():
    findings = [
        ratio(t, 1.0, 0.5, 1.5, measure="restricted_mean_difference", timepoint=when)
        for t, when in (("A", "12 months"), ("B", "24 months"))
    ]
    found = pool(store(CARDS, findings), asked(measure="restricted_mean_difference"))
    said = [x.message for x in found.problems if x.code == "N655"]
    assert said == ["the effects are of different times: 12 months (A); 24 months (B)"]
    one = pool(store(CARDS, findings), asked(measure="restricted_mean_difference", timepoint="12 months"))
    assert "N655" not in codes(one)


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
