"""One effect out of what a trial printed: its error, and counts, medians and means of both arms."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from small_store import arm, asked, card, count, entry, p, ratio, store

from trialist.evidence.pooling.pairwise import pool
from trialist.evidence.pooling.question import Options
from trialist.findings.model import Interval

THREE = [ratio("A", 0.70, 0.50, 0.98), ratio("B", 0.80, 0.60, 1.0667), ratio("C", 0.95, 0.70, 1.2893)]


CARDS = [card("A"), card("B"), card("C")]


def codes(found):
    return [problem.code for problem in found.problems]


def why(found):
    return {each.finding.origin.entry: each.why for each in found.left_out}


def test_an_interval_at_another_level_gives_the_same_error():
    z95, z978 = 1.959963984540054, 2.2870389
    wide = [math.exp(math.log(0.8) + side * 0.1 * z978) for side in (-1, 1)]
    plain = [math.exp(math.log(0.8) + side * 0.1 * z95) for side in (-1, 1)]
    odd = ratio("A", 0.8, interval=Interval(*wide, 0.9778))
    even = ratio("A", 0.8, *plain)
    errors = [pool(store(CARDS, [f]), asked()).effects[0].v for f in (odd, even)]
    assert errors[0] == pytest.approx(errors[1], rel=1e-3)


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


def test_events_of_another_time_make_no_error():
    early = [
        ratio(
            "C", 0.5, measure="proportion", groups=(g,), events=d, timepoint="6 months", origin=entry(f"6{g}")
        )
        for g, d in (("x", 10), ("c", 15))
    ]
    found = pool(store(CARDS, [ratio("C", 0.9), *early]), asked())
    assert found.effects[0].v == pytest.approx(4 / 100)


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


def test_a_p_value_too_small_to_print_is_a_bound():
    held = store([card("A"), card("B")], [ratio("A", 0.2, 0.19, 0.2105), ratio("B", 2.0, 1.9, 2.1053)])
    told = next(p.message for p in pool(held, asked()).problems if p.code == "N648")
    assert "Q p<0.001" in told
