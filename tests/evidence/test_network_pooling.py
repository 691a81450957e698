"""A question over several treatments: which findings join, what is told, and numbers by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from networks import card, five_trials, ratio, store

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
    assert [x.why for x in found.left_out] == ["its card does not say that it is randomised"]
    assert pool_network(base, NetworkQuestion("os", randomised=False)).parts


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
