"""A question over several treatments: which findings join, what is told, and numbers by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from networks import card, counted, five_trials, ratio, store

from trialist.evidence.pooling.network import PooledNetwork, pool_network, resolved
from trialist.evidence.pooling.network_question import NetworkOptions, NetworkQuestion
from trialist.evidence.store import load_store
from trialist.findings.model import Origin, from_json

OS = NetworkQuestion("os", reference="mitoxantrone_12")
Z = 1.959963984540054


@pytest.fixture(scope="module")
def pooled() -> PooledNetwork:
    return pool_network(five_trials(), OS, NetworkOptions(seed=11, draws=20_000))


def estimate(found: PooledNetwork, one: str, two: str, evidence: str = "network"):
    (finding,) = found.parts[0].of("hazard_ratio", one, two, evidence=evidence)
    return finding


def codes(found: PooledNetwork) -> set[str]:
    return {p.code for p in (*found.problems, *(p for part in found.parts for p in part.problems))}


def by_hand(shared_part: float) -> tuple[np.ndarray, np.ndarray]:
    """Log hazard ratios against mitoxantrone, common effects: seven contrasts with their covariance.

    Order: docetaxel_75, docetaxel_30_weekly, cabazitaxel_25, cabazitaxel_20, arta_alternative.
    """
    y = np.log([0.76, 0.91, 0.70, 1.01, 0.97, 1.024, 0.64])
    ends = [
        (0.62, 0.94),
        (0.75, 1.11),
        (0.59, 0.83),
        (0.85, 1.20),
        (0.82, 1.16),
        (0.886, 1.184),
        (0.46, 0.89),
    ]
    z = np.array([Z, Z, Z, Z, Z, NormalDist().inv_cdf(0.9889), Z])  # the level 0.9778
    error = np.array([math.log(high / low) for low, high in ends]) / (2 * z)
    spread = np.diag(error**2)
    spread[0, 1] = spread[1, 0] = shared_part * (error[0] ** 2 + error[1] ** 2) / 2
    spread[3, 4] = spread[4, 3] = shared_part * (error[3] ** 2 + error[4] ** 2) / 2
    x = np.array(
        [
            [1, 0, 0, 0, 0],
            [0, 1, 0, 0, 0],
            [0, 0, 1, 0, 0],
            [-1, 0, 0, 1, 0],
            [-1, 0, 1, 0, 0],
            [0, 0, -1, 1, 0],
            [0, 0, 1, 0, -1],
        ]
    )
    weight = np.linalg.inv(spread)
    covariance = np.linalg.inv(x.T @ weight @ x)
    return covariance @ x.T @ weight @ y, np.sqrt(np.diag(covariance))


def test_five_trials_join_into_one_network_equal_to_least_squares_by_hand():
    found = pool_network(five_trials(), OS, NetworkOptions(model="common", shared_arm="halves"))
    effect, error = by_hand(0.5)
    names = ("docetaxel_75", "docetaxel_30_weekly", "cabazitaxel_25", "cabazitaxel_20", "arta_alternative")
    for name, value, spread in zip(names, effect, error, strict=True):
        ours = estimate(found, name, "mitoxantrone_12")
        assert math.log(ours.estimate) == pytest.approx(value, rel=1e-9)
        assert math.log(ours.interval.high / ours.interval.low) == pytest.approx(2 * Z * spread, rel=1e-9)


def test_the_store_that_ships_gives_the_same_network_of_these_trials(pooled):
    treatments = frozenset(pooled.parts[0].treatments)
    found = pool_network(load_store(), replace(OS, treatments=treatments, conditions=frozenset({"mcrpc"})))
    (part,) = found.parts
    assert {t.trial for t in part.trials} == {"TAX327", "TROPIC", "FIRSTANA", "PROSELICA", "CARD"}
    for finding in part.of("hazard_ratio", evidence="network"):
        ours = estimate(pooled, *finding.groups)
        assert finding.estimate == pytest.approx(ours.estimate, rel=1e-9)
        assert finding.interval.high == pytest.approx(ours.interval.high, rel=1e-9)
    assert found.labels["os"] == "overall survival"
    assert "W665" in codes(found)


def test_a_condition_asks_for_its_cases_too():
    found = pool_network(load_store(), NetworkQuestion("os", conditions=frozenset({"prostate_cancer"})))
    assert {"mcrpc", "mcrpc_psma"} <= found.question.conditions
    assert len(found.parts) > 1


@pytest.mark.parametrize(
    ("question", "lower", "told"),
    [
        (NetworkQuestion("os"), True, False),
        (NetworkQuestion("psa50", "odds_ratio"), False, False),
        (NetworkQuestion("ae:neutropenia:3+", "odds_ratio"), True, False),
        (NetworkQuestion("something_new"), True, True),
        (NetworkQuestion("os", lower_is_better=False), False, False),
    ],
)
def test_the_direction_that_is_better_is_the_vocabularys_or_told(question, lower, told):
    found, problems = resolved(five_trials(), question)
    assert found.lower_is_better is lower
    assert bool(problems) is told


def test_findings_are_pooled_name_what_went_in_and_read_back(pooled):
    ours = estimate(pooled, "cabazitaxel_25", "mitoxantrone_12")
    definition = dict(ours.definition)
    assert ours.origin.kind == "pooled"
    assert definition["trials"] == ("TAX327", "TROPIC", "PROSELICA", "FIRSTANA", "CARD")
    assert "TROPIC-cbz" in definition["entries"]
    assert five_trials().findings[2].id in definition["findings"]
    assert ours.n == 1006 + 755 + 1168 + 1200 + 255
    assert dict(ours.method.options)["tau2"] == "reml"
    back = from_json(ours.as_json())
    assert back.id == ours.id
    assert len({f.id for f in pooled.findings}) == len(pooled.findings)


def test_the_other_way_round_is_the_inverse(pooled):
    there, back = (
        estimate(pooled, *pair)
        for pair in (("cabazitaxel_20", "docetaxel_75"), ("docetaxel_75", "cabazitaxel_20"))
    )
    assert there.estimate * back.estimate == pytest.approx(1)
    assert there.interval.low * back.interval.high == pytest.approx(1)


def test_a_treatment_that_one_trial_joins_has_its_direct_estimate(pooled):
    ours = estimate(pooled, "cabazitaxel_25", "arta_alternative")
    assert ours.estimate == pytest.approx(0.64)
    assert (ours.interval.low, ours.interval.high) == pytest.approx((0.46, 0.89), abs=1e-3)
    (share,) = pooled.parts[0].of("direct_share", "arta_alternative", "cabazitaxel_25")
    assert share.estimate == pytest.approx(1)


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


def test_subgroups_other_populations_and_memory_never_join_and_the_reason_is_given(pooled):
    reasons = {x.finding.origin.entry: x.why for x in pooled.left_out if x.finding}
    assert reasons == {"TROPIC-24": "subgroup ecog: 0-1", "CARD-60": "CARD-cbz of the same trial is used"}
    arms = {"a": ("a", 10), "n": (None, 10), "b": ("b", 10)}
    others = [
        ratio("T", ("a", "b"), 0.5, 0.3, 0.8, population="per protocol", entry="1"),
        ratio("T", ("a", "b"), 0.5, 0.3, 0.8, reliability="memory", entry="2"),
        ratio("T", ("a", "b"), 0.5, 0.8, 0.3, entry="3"),
        ratio("T", ("a", "b"), None, entry="4"),
        ratio("T", ("a", "b"), 0.5, entry="5"),
        ratio("T", ("a", "x"), 0.5, 0.3, 0.8, entry="6"),
        ratio("T", ("a", "b"), -0.5, 0.3, 0.8, entry="7"),
        ratio("T", ("a", "b"), 0.9, 0.3, 0.8, entry="8"),
        ratio("T", ("a", "b"), 0.5, p=1.0, entry="9"),
        ratio("T", ("a",), 0.5, 0.3, 0.8, entry="10"),  # type: ignore[arg-type]
        ratio("T", ("a", "n"), 0.5, 0.3, 0.8, entry="11"),
        replace(ratio("T", ("a", "b"), 0.5, 0.3, 0.8, entry="12"), origin=Origin("simulated", seed=1)),
        ratio("nobody", ("a", "b"), 0.5, 0.3, 0.8, entry="13"),
    ]
    found = pool_network(store([card("T", arms)], others), NetworkQuestion("os"))
    assert codes(found) == {"E660"}
    assert len(found.left_out) == len(others)
    recalled = pool_network(store([card("T", arms)], others), NetworkQuestion("os", recalled=True))
    assert recalled.parts[0].trials[0].findings[0].origin.entry == "2"


def test_a_trial_that_is_not_randomised_joins_only_where_asked():
    arms = {"a": ("a", 10), "b": ("b", 10)}
    base = store([card("T", arms, randomised=False)], [ratio("T", ("a", "b"), 0.5, 0.3, 0.8)])
    found = pool_network(base, NetworkQuestion("os"))
    assert [x.why for x in found.left_out] == ["it is not randomised"]
    assert pool_network(base, NetworkQuestion("os", randomised=False)).parts


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


def test_what_differs_between_the_trials_comes_with_the_network(pooled):
    part = pooled.parts[0]
    panel = part.differences
    assert [row.trial for row in panel.rows] == [t.trial for t in part.trials]
    assert panel.by_value("line of therapy") == {
        "first": ("TAX327", "FIRSTANA"),
        "second": ("TROPIC", "PROSELICA"),
        "later": ("CARD",),
    }
    assert "blinding" not in panel.differing  # what stands in brackets is a remark
    assert {"line of therapy", "had before", "performance status", "enrolled"} <= set(panel.differing)
    assert panel.by_value("performance status")["KPS>=60"] == ("TAX327",)
    assert {"W665", "N671", "N672"} <= codes(pooled)
    (warning,) = (p for p in part.problems if p.code == "W665")
    assert "7 comparisons have no trial of their own" in warning.message
    one_line = pool_network(five_trials(), replace(OS, lines=frozenset({"first"})))
    assert "W665" not in codes(one_line)


def test_ranks_come_with_p_scores_always_and_with_draws_only_from_a_seed(pooled):
    part = pooled.parts[0]
    scores = {f.groups[0]: f.estimate for f in part.of("p_score")}
    assert sum(scores.values()) == pytest.approx(3)
    assert max(scores, key=scores.get) == "cabazitaxel_25"
    for drawn in part.of("sucra"):
        assert drawn.estimate == pytest.approx(scores[drawn.groups[0]], abs=0.02)
    without = pool_network(five_trials(), OS)
    assert without.parts[0].of("sucra") == ()
    upside = pool_network(five_trials(), replace(OS, lower_is_better=False)).parts[0]
    assert {f.groups[0]: pytest.approx(1 - f.estimate) for f in upside.of("p_score")} == scores


def test_parts_that_no_trial_connects_are_told_and_fitted_apart():
    base = five_trials()
    other = card("E", {"e": ("enzalutamide_160", 100), "p": ("placebo", 100)})
    whole = replace(
        base,
        trials={**base.trials, "E": other},
        findings=(*base.findings, ratio("E", ("e", "p"), 0.6, 0.5, 0.72)),
    )
    found = pool_network(whole, NetworkQuestion("os"))
    assert len(found.parts) == 2
    assert "N662" in codes(found)
    assert found.parts[1].of("hazard_ratio", "enzalutamide_160", "placebo", evidence="network")
    assert {"N663", "N664"} <= {p.code for p in found.parts[1].problems}
    seeded = pool_network(whole, NetworkQuestion("os", seed="placebo"))
    assert [part.treatments for part in seeded.parts] == [("enzalutamide_160", "placebo")]


def test_one_trial_is_a_network_of_its_own():
    found = pool_network(
        five_trials(), replace(OS, treatments=frozenset({"cabazitaxel_25", "arta_alternative"}))
    )
    (part,) = found.parts
    assert estimate(found, "cabazitaxel_25", "arta_alternative").estimate == pytest.approx(0.64)
    assert part.of("predicted_ratio") == ()
    assert "E661" in codes(found)  # the reference is not there
    assert part.reference == "cabazitaxel_25"


@pytest.mark.parametrize(
    ("question", "options", "code"),
    [
        (NetworkQuestion("quality"), NetworkOptions(), "E660"),
        (replace(OS, seed="nobody"), NetworkOptions(), "E661"),
        (OS, NetworkOptions(level=1.0), "E662"),
        (OS, NetworkOptions(level=95), "E662"),
        (OS, NetworkOptions(seed=-1), "E662"),
        (OS, NetworkOptions(seed=1, draws=0), "E662"),
    ],
)
def test_a_question_that_has_no_answer_says_why(question, options, code):
    found = pool_network(five_trials(), question, options)
    assert code in codes(found)
    assert found.parts == ()


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


def test_designs_that_disagree_are_told():
    cards = [card(t, dict(arms)) for t, arms in _loop().items()]
    findings = [
        ratio("P", ("a", "b"), 0.5, 0.4, 0.625),
        ratio("Q", ("b", "c"), 0.5, 0.4, 0.625),
        ratio("R", ("a", "c"), 1.0, 0.8, 1.25),
    ]
    found = pool_network(store(cards, findings), NetworkQuestion("os"))
    told = [p.message for p in found.parts[0].problems if p.code == "W669"]
    assert len(told) == 1  # with tau2 in their errors, the single splits are not that sure
    common = pool_network(store(cards, findings), NetworkQuestion("os"), NetworkOptions(model="common"))
    assert len([p for p in common.parts[0].problems if p.code == "W669"]) == 2
    assert "N668" in codes(found)


def _loop() -> dict[str, dict[str, tuple[str, int]]]:
    return {
        "P": {"a": ("a", 100), "b": ("b", 100)},
        "Q": {"b": ("b", 100), "c": ("c", 100)},
        "R": {"a": ("a", 100), "c": ("c", 100)},
    }
