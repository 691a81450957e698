"""How a trial joins a network: the errors of its contrasts, counts of its arms, and what is left out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from networks import card, counted, five_trials, ratio, store

from trialist.evidence.pooling.network import PooledNetwork, pool_network
from trialist.evidence.pooling.network_question import NetworkOptions, NetworkQuestion

OS = NetworkQuestion("os", reference="mitoxantrone_12")


Z = 1.959963984540054


def estimate(found: PooledNetwork, one: str, two: str, evidence: str = "network"):
    (finding,) = found.parts[0].of("hazard_ratio", one, two, evidence=evidence)
    return finding


def codes(found: PooledNetwork) -> set[str]:
    return {p.code for p in (*found.problems, *(p for part in found.parts for p in part.problems))}


def _loop() -> dict[str, dict[str, tuple[str, int]]]:
    return {
        "P": {"a": ("a", 100), "b": ("b", 100)},
        "Q": {"b": ("b", 100), "c": ("c", 100)},
        "R": {"a": ("a", 100), "c": ("c", 100)},
    }


def test_the_covariance_of_a_shared_arm_is_told_and_the_ways_differ_as_named():
    told = {}
    for way in ("patients", "halves"):
        found = pool_network(five_trials(), OS, NetworkOptions(shared_arm=way))
        told[way] = [t.shared for t in found.parts[0].trials if t.shared]
        assert "N660" in codes(found)
        trial = next(t for t in found.parts[0].trials if t.trial == "TAX327")
        errors = [math.log(0.94 / 0.62) / (2 * Z), math.log(1.11 / 0.75) / (2 * Z)]
        n = (335, 334, 337) if way == "patients" else (1, 1, 1)
        shared = (errors[0] ** 2 * n[0] / (n[0] + n[2]) + errors[1] ** 2 * n[1] / (n[1] + n[2])) / 2
        assert trial.treatments == ("mitoxantrone_12", "docetaxel_75", "docetaxel_30_weekly")
        covariance = np.array(trial.covariance)
        assert np.diag(covariance) == pytest.approx(np.square(errors))
        assert covariance[0, 1] == pytest.approx(shared)
        assert trial.correlation == pytest.approx(shared / (errors[0] * errors[1]))
    assert told == {"patients": ["patients", "patients"], "halves": ["halves", "halves"]}


def test_events_of_the_shared_arm_come_first_where_they_are_known():
    base = five_trials()
    deaths = ratio("TAX327", ("mtx",), 16.5, measure="median_time", events=200, entry="deaths")
    found = pool_network(replace(base, findings=(*base.findings, deaths)), OS)
    by_trial = {t.trial: t for t in found.parts[0].trials}
    assert (by_trial["TAX327"].shared, by_trial["FIRSTANA"].shared) == ("events", "patients")
    assert np.array(by_trial["TAX327"].covariance)[0, 1] == pytest.approx(1 / 200)


def test_an_arm_with_fewer_events_than_its_errors_allow_falls_back():
    base = five_trials()
    deaths = ratio("TAX327", ("mtx",), 16.5, measure="median_time", events=20, entry="deaths")
    found = pool_network(replace(base, findings=(*base.findings, deaths)), OS)
    assert next(t for t in found.parts[0].trials if t.trial == "TAX327").shared == "patients"


def test_all_contrasts_of_a_trial_need_no_choice_and_contradictions_leave_it_out():
    arms = {"a": ("a", 100), "b": ("b", 100), "c": ("c", 100)}
    good = [
        ratio("T", ("a", "c"), 0.5, 0.35, 0.714, entry="1"),
        ratio("T", ("b", "c"), 0.8, 0.56, 1.143, entry="2"),
        ratio("T", ("a", "b"), 0.63, 0.44, 0.9, entry="3"),
    ]
    found = pool_network(store([card("T", arms)], good), NetworkQuestion("os"))
    assert found.parts[0].trials[0].shared == "all contrasts"
    bad = [*good[:2], ratio("T", ("a", "b"), 1.6, 1.12, 2.29, entry="3")]
    gone = pool_network(store([card("T", arms)], bad), NetworkQuestion("os"))
    assert codes(gone) == {"E660", "N661"}
    assert "contradict" in gone.left_out[0].why


def test_a_p_value_near_zero_gives_an_error_too():
    arms = {"a": ("a", 10), "b": ("b", 10)}
    found = pool_network(
        store([card("T", arms)], [ratio("T", ("a", "b"), 0.5, p=1e-18)]), NetworkQuestion("os")
    )
    assert estimate(found, "a", "b").p_value.value == pytest.approx(1e-18, rel=1e-6)


def test_counts_of_two_sources_are_never_mixed():
    arms = {"a": ("a", 100), "b": ("b", 100)}
    findings = [
        counted("T", "a", 30, 100, entry="1"),
        counted("T", "a", 35, 100, entry="2", timepoint="12"),
        counted("T", "b", 20, 100, entry="3", timepoint="12"),
    ]
    found = pool_network(store([card("T", arms)], findings), NetworkQuestion("os", "odds_ratio"))
    assert [f.origin.entry for f in found.parts[0].trials[0].findings] == ["2", "3"]
    assert [x.finding.origin.entry for x in found.left_out] == ["1"]


@pytest.mark.parametrize(
    "other", [{"population": "evaluable"}, {"definition": (("term", "neutropenia"), ("grade", "4"))}]
)
def test_counts_of_two_populations_or_definitions_are_never_mixed(other):
    arms = {"a": ("a", 100), "b": ("b", 100)}
    findings = [
        counted("T", "a", 30, 100, entry="1", **other),
        counted("T", "a", 35, 100, entry="2"),
        counted("T", "b", 20, 100, entry="3"),
    ]
    asked = NetworkQuestion("os", "odds_ratio", population=None)
    found = pool_network(store([card("T", arms)], findings), asked)
    assert [f.origin.entry for f in found.parts[0].trials[0].findings] == ["2", "3"]


def test_an_empty_cell_to_which_nothing_is_added_leaves_the_trial_out():
    arms = {"a": ("a", 100), "b": ("b", 100)}
    findings = [counted("T", "a", 0, 100, entry="1"), counted("T", "b", 20, 100, entry="2")]
    asked = NetworkQuestion("os", "odds_ratio")
    found = pool_network(store([card("T", arms)], findings), asked, NetworkOptions(add=0.0))
    assert codes(found) == {"E660", "N661"}


def test_arms_that_are_compared_in_two_pairs_apart_are_no_trial_of_a_network():
    arms = {name: (name, 100) for name in "abcd"}
    findings = [ratio("T", ("a", "b"), 0.5, 0.3, 0.8), ratio("T", ("c", "d"), 0.6, 0.4, 0.9)]
    found = pool_network(store([card("T", arms)], findings), NetworkQuestion("os"))
    assert "not all compared" in found.left_out[0].why


def test_a_chain_of_arms_and_arms_of_unknown_size_have_a_covariance_too():
    arms = {"a": ("a", None), "b": ("b", 100), "c": ("c", 100), "d": ("d", 100)}
    chain = [
        ratio("T", ("a", "b"), 0.5, 0.4, 0.625),
        ratio("T", ("b", "c"), 0.6, 0.48, 0.75),
        ratio("T", ("c", "d"), 0.7, 0.56, 0.875),
    ]
    found = pool_network(store([card("T", arms)], chain), NetworkQuestion("os"))
    trial = found.parts[0].trials[0]
    assert trial.shared == "halves"
    assert estimate(found, "a", "d").estimate == pytest.approx(0.5 * 0.6 * 0.7)
    # a - d is the sum of three contrasts whose shared arms cancel: half an error at either end stays
    error = math.log(0.625 / 0.4) / (2 * Z)
    width = math.log(estimate(found, "a", "d").interval.high / estimate(found, "a", "d").interval.low)
    assert width / (2 * Z) == pytest.approx(error)
    asked = NetworkOptions(shared_arm="patients")
    none = pool_network(store([card("T", arms)], chain), NetworkQuestion("os"), asked)
    assert "(patients)" in none.left_out[0].why


def test_counts_of_two_arms_with_one_treatment_and_of_other_treatments_are_left_out():
    twice = card("T", {"a": ("a", 10), "b": ("a", 10), "c": ("c", 10), "n": (None, 10)})
    findings = [counted("T", arm, 3, 10, entry=arm) for arm in "abcn"]
    asked = NetworkQuestion("os", "odds_ratio")
    assert (
        pool_network(store([twice], findings), asked).left_out[0].why == "two of its arms have one treatment"
    )
    only = pool_network(store([twice], findings), replace(asked, treatments=frozenset({"c"})))
    assert codes(only) == {"E660"}
    later = pool_network(store([twice], findings), replace(asked, timepoint="12"))
    assert codes(later) == {"E660"}


def test_an_error_of_a_p_value_is_told():
    arms = {"a": ("a", 10), "b": ("b", 10)}
    found = pool_network(
        store([card("T", arms)], [ratio("T", ("a", "b"), 0.5, p=0.04)]), NetworkQuestion("os")
    )
    assert "N666" in codes(found)
    ours = estimate(found, "a", "b")
    assert ours.p_value.value == pytest.approx(0.04)


def test_two_arms_of_one_treatment_are_left_out():
    twice = card("T", {"a": ("a", 10), "b": ("a", 10), "c": ("c", 10)})
    found = pool_network(
        store([twice], [ratio("T", ("a", "c"), 0.5, 0.3, 0.8), ratio("T", ("b", "c"), 0.6, 0.4, 0.9)]),
        NetworkQuestion("os"),
    )
    assert codes(found) == {"E660", "N661"}
    itself = pool_network(store([twice], [ratio("T", ("a", "b"), 0.5, 0.3, 0.8)]), NetworkQuestion("os"))
    assert itself.left_out[0].why == "both arms have the treatment a"


def test_counts_of_arms_make_odds_ratios_and_empty_cells_are_told():
    neutropenia = {"endpoint": "ae", "definition": (("term", "neutropenia"), ("grade", "3+"))}
    any_grade = {"endpoint": "ae", "definition": (("term", "neutropenia"), ("grade", "any"))}
    cards = [
        card("T", {"a": ("a", 100), "b": ("b", 100), "c": ("c", 100)}),
        card("U", {"a": ("a", 50), "b": ("b", 50)}),
        card("V", {"b": ("b", 50), "c": ("c", 50)}),
    ]
    findings = [
        counted("T", "a", 30, 100, entry="1", **neutropenia),
        counted("T", "b", 20, 100, entry="2", **neutropenia),
        counted("T", "c", 10, 100, entry="3", **neutropenia),
        counted("T", "a", 90, 100, entry="4", **any_grade),
        counted("T", "b", 80, 100, entry="5", **any_grade),
        counted("U", "a", 5, 50, entry="6", **neutropenia),
        counted("U", "b", 0, 50, entry="7", **neutropenia),
        counted("V", "b", 0, 50, entry="8", **neutropenia),
        counted("V", "c", 0, 50, entry="9", **neutropenia),
    ]
    asked = NetworkQuestion(
        "ae", "odds_ratio", definition=(("term", "neutropenia"), ("grade", "3+")), reference="c"
    )
    found = pool_network(store(cards, findings), asked, NetworkOptions(model="common"))
    assert {"N661", "N667"} <= codes(found)
    (direct,) = found.parts[0].of("odds_ratio", "a", "c", evidence="direct")
    assert direct.estimate == pytest.approx((30 / 70) / (10 / 90))
    assert found.left_out[0].trial == "V"


def test_rare_events_are_joined_by_mantel_and_haenszel_without_corrections():
    cards = [card(t, {"a": ("a", 100), "b": ("b", 100)}) for t in "TUV"] + [
        card("W", {"b": ("b", 100), "c": ("c", 100)})
    ]
    numbers = {"T": (4, 9), "U": (0, 3), "V": (0, 0)}
    findings = [
        counted(t, arm, x, 100, entry=f"{t}{arm}")
        for t, both in numbers.items()
        for arm, x in zip("ab", both, strict=True)
    ]
    findings += [counted("W", "b", 5, 100, entry="Wb"), counted("W", "c", 0, 100, entry="Wc")]
    asked = NetworkQuestion("os", "odds_ratio")
    found = pool_network(store(cards, findings), asked, NetworkOptions(tables="mantel_haenszel"))
    assert "N667" not in codes(found)
    assert found.parts[0].treatments == (
        "a",
        "b",
    )  # nobody of c had an event, and no trial says how far from b
    ours = found.parts[0].of("odds_ratio", "a", "b", evidence="network")[0]
    assert ours.estimate == pytest.approx((4 * 91 + 0 * 97) / (9 * 96 + 3 * 100))
    assert dict(ours.method.options)["tables"] == "mantel_haenszel"
    assert {x.trial for x in found.left_out} == {"V", "W"}
    (share,) = found.parts[0].of("direct_share")
    assert dict(share.definition)["direct_trials"] == 2
    wrong = pool_network(
        store(cards, findings), replace(asked, measure="risk_ratio"), NetworkOptions(tables="mantel_haenszel")
    )
    assert codes(wrong) == {"E662"}
