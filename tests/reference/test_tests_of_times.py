"""Log-rank tests, weighted, combined, ordered, in pairs and by permutation, as a protocol asks for them."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from analysed import analyse, codes, context, one, reconstructed, times
from reference_cases import cases

from trialist.kernels import log_rank, max_combo, permuted_log_rank
from trialist.kernels.normal_extremes import any_beyond
from trialist.kernels.weighted_log_rank import Weight, joint_scores, weighted_log_rank

BOTH = ("enzalutamide", "placebo")
FH = [Weight("fleming_harrington", rho, gamma) for rho, gamma in ((0, 0), (0, 1), (1, 0), (1, 1))]
KINDS = ("gehan_breslow", "tarone_ware", "peto_peto", "modified_peto_peto")


def made(n: int = 60, seed: int = 4, arms: int = 2):
    draw = np.random.default_rng(seed)
    time = np.ceil(draw.exponential(20, n))
    died = (draw.random(n) < 0.7).astype(float)
    return time, died, 1 - died, draw.integers(0, arms, n), draw.integers(0, 3, n)


def pinned(**options):
    return next(
        c["expect"]
        for c in cases("tests_of_times")
        if c["data"] == "PREVAIL_1B" and all(c["options"].get(k) == v for k, v in options.items())
    )


# --- weights ------------------------------------------------------------------------------------------


def test_a_weight_of_1_is_the_log_rank_test():
    time, died, lost, arm, stratum = made()
    plain = log_rank.log_rank(time, died, lost, arm, 2, stratum)
    for same in (Weight("fleming_harrington"), Weight("modestly_weighted", floor=1.0)):
        found = weighted_log_rank(time, died, lost, arm, 2, stratum, same)
        assert found.chi_square == pytest.approx(plain.chi_square, rel=1e-12)
        assert found.observed == pytest.approx(plain.observed)


def test_a_modest_weight_rises_until_its_time_and_no_further():
    time = np.array([1.0, 2, 3, 4, 5, 6])
    died = np.ones(6)
    late = weighted_log_rank(
        time, died, 1 - died, [0, 1, 0, 1, 0, 1], 2, None, Weight("modestly_weighted", until=3)
    )
    by_hand = [1, 6 / 5, 6 / 4, 6 / 3, 6 / 3, 6 / 3]  # 1 / S just before; S(3) = 3 / 6
    assert late.observed == pytest.approx(
        [by_hand[0] + by_hand[2] + by_hand[4], by_hand[1] + by_hand[3] + by_hand[5]]
    )
    floor = weighted_log_rank(
        time, died, 1 - died, [0, 1, 0, 1, 0, 1], 2, None, Weight("modestly_weighted", floor=0.5)
    )
    assert floor.chi_square == pytest.approx(late.chi_square)


def test_a_weight_of_the_stratum_and_one_of_all_strata_differ_and_are_told_apart():
    time, died, lost, arm, stratum = made(80)
    own, pooled = (
        weighted_log_rank(time, died, lost, arm, 2, stratum, Weight("gehan_breslow"), curve)
        for curve in ("stratum", "pooled")
    )
    assert own.chi_square != pytest.approx(pooled.chi_square, rel=1e-3)
    alone = [
        weighted_log_rank(time, died, lost, arm, 2, None, Weight("peto_peto"), curve)
        for curve in ("stratum", "pooled")
    ]
    assert alone[0].chi_square == pytest.approx(alone[1].chi_square, rel=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_a_weighted_test_of_the_protocol_gives_the_number_of_r(kind):
    at = context(*BOTH, compare=BOTH)
    words = {"method": "log_rank", "weight": {"kind": kind}}
    found = one(analyse(reconstructed("PREVAIL_1B"), at, **words), "weighted_log_rank")
    r = next(
        c["expect"]
        for c in cases("tests_of_times")
        if c["method"] == "weighted_log_rank"
        and c["data"] == "PREVAIL_1B"
        and c["options"]["weight"]["kind"] == kind
    )
    assert found.estimate == pytest.approx(r["chi_square"], rel=1e-8)
    assert found.p_value.value == pytest.approx(r["p_value"], rel=1e-6)
    assert dict(found.method.options)["weight"] == kind


def test_a_one_sided_test_is_of_the_hazard_of_the_first_arm():
    table, at = reconstructed("PREVAIL_1B"), context(*BOTH, compare=BOTH)
    two = one(analyse(table, at, method="log_rank"), "log_rank")
    less = one(analyse(table, at, method="log_rank", alternative="less"), "log_rank")
    greater = one(analyse(table, at, method="log_rank", alternative="greater"), "log_rank")
    assert less.estimate == pytest.approx(-math.sqrt(two.estimate))  # the first arm lives longer
    assert less.p_value.value == pytest.approx(two.p_value.value / 2)
    assert less.p_value.sides == 1
    assert less.p_value.value + greater.p_value.value == pytest.approx(1)
    assert dict(less.method.options)["statistic"] == "z"


def test_weights_of_a_stratified_test_say_where_they_come_from():
    time, died, _, arm, stratum = made(50)
    rows = [("ab"[a], t, d == 1) for a, t, d in zip(arm, time, died, strict=True)]
    table = times(rows, centre=[str(s) for s in stratum])
    words = {"method": "log_rank", "strata": ["centre"], "weights_from": "pooled"}
    found = analyse(table, context("a", "b", compare=("a", "b")), weight={"kind": "tarone_ware"}, **words)[0]
    assert dict(found.method.options) == {
        "statistic": "chi_square",
        "df": 1,
        "strata": ("centre",),
        "weight": "tarone_ware",
        "weights_from": "pooled",
    }


# --- ratios -------------------------------------------------------------------------------------------


def test_ratios_without_iteration_stand_beside_the_test():
    at = context(*BOTH, compare=BOTH)
    found = analyse(reconstructed("PREVAIL_1A"), at, method="log_rank", ratios=["peto", "pike"])
    r = next(
        c for c in cases("tests_of_times") if c["method"] == "one_step_ratio" and c["data"] == "PREVAIL_1A"
    )
    for name in ("peto", "pike"):
        ratio = one(found, f"hazard_ratio_{name}")
        assert (ratio.estimate, ratio.interval.low, ratio.interval.high) == pytest.approx(
            tuple(r["expect"][name])
        )
        assert ratio.groups == BOTH


def test_an_arm_without_events_has_peto_s_ratio_and_not_pike_s():
    table = times([("a", 40 + i, False) for i in range(6)] + [("b", 10 + i, True) for i in range(6)])
    found = analyse(table, context("a", "b", compare=("a", "b")), method="log_rank", ratios=["peto", "pike"])
    assert one(found, "hazard_ratio_peto").estimate < 0.5
    pike = one(found, "hazard_ratio_pike")
    assert (pike.estimate, codes(pike)) == (None, ["N404"])


# --- pairs of arms ------------------------------------------------------------------------------------


def three_arms():
    time, died, _, arm, _ = made(90, seed=9, arms=3)
    return times([("abc"[a], t * (1 + a), d == 1) for a, t, d in zip(arm, time, died, strict=True)])


def test_pairs_are_tests_of_two_arms_alone_with_p_adjusted_over_them():
    table, at = three_arms(), context("a", "b", "c")
    found = analyse(table, at, method="log_rank", pairs="all", adjust="holm")
    assert [f.groups for f in found] == [("a", "b", "c"), ("a", "b"), ("a", "c"), ("b", "c")]
    alone = [
        analyse(table, context(*pair, compare=pair), method="log_rank")[0]
        for pair in itertools.combinations("abc", 2)
    ]
    assert [f.estimate for f in found[1:]] == pytest.approx([f.estimate for f in alone])
    rising = sorted(f.p_value.value for f in alone)
    assert min(f.p_value.value for f in found[1:]) == pytest.approx(3 * rising[0])
    assert all("before adjustment" in f.note for f in found[1:])
    against = analyse(table, at, method="log_rank", pairs="against_last")
    assert [f.groups for f in against[1:]] == [("a", "c"), ("b", "c")]


def test_a_one_sided_test_of_three_arms_is_refused():
    found = analyse(three_arms(), context("a", "b", "c"), method="log_rank", alternative="less")
    assert codes(found[0]) == ["E413"]


# --- permutations -------------------------------------------------------------------------------------


def test_all_permutations_by_enumeration_one_by_one():
    time, died, lost, arm, stratum = made(12, seed=3)
    scores = permuted_log_rank.scores(time, died, lost, stratum)
    each = np.where(died == 1, *scores)
    seen = each[arm == 0].sum()
    sums = []
    for chosen in itertools.combinations(range(12), int((arm == 0).sum())):
        mine = np.isin(np.arange(12), chosen)
        if all((mine & (stratum == s)).sum() == ((arm == 0) & (stratum == s)).sum() for s in range(3)):
            sums.append(each[mine].sum())
    far = np.mean(np.abs(sums) >= abs(seen) - 1e-12)
    assert permuted_log_rank.permuted(time, died, lost, arm, 2, stratum).p_value == pytest.approx(far)


def test_the_sum_of_scores_is_the_statistic_of_the_test():
    time, died, lost, arm, stratum = made(70)
    for weight in (Weight(), *map(Weight, KINDS)):
        test = weighted_log_rank(time, died, lost, arm, 2, stratum, weight)
        each = np.where(died == 1, *permuted_log_rank.scores(time, died, lost, stratum, weight))
        assert each[arm == 0].sum() == pytest.approx((test.observed - test.expected)[0], rel=1e-10)


def test_drawn_permutations_repeat_with_their_seed_and_come_near_the_chi_square():
    table, at = reconstructed("PREVAIL_1B"), context(*BOTH, compare=BOTH)
    table = table.filter(table.subject.cast("int64") % 13 == 0)
    words = {"method": "log_rank", "distribution": "monte_carlo", "draws": 2000}
    first, again, other = (
        one(analyse(table, at, seed=seed, **words), "log_rank").p_value.value for seed in (1, 1, 2)
    )
    assert first == again != other
    plain = one(analyse(table, at, method="log_rank"), "log_rank").p_value.value
    assert first == pytest.approx(plain, abs=0.05)
    three = analyse(three_arms(), context("a", "b", "c"), **words)[0]
    assert 0 < three.p_value.value < 1


def test_an_enumeration_that_is_too_large_is_refused_with_the_reason():
    table, at = reconstructed("PREVAIL_1B"), context(*BOTH, compare=BOTH)
    found = one(analyse(table, at, method="log_rank", distribution="exact"), "log_rank")
    assert found.estimate is not None
    assert (found.p_value, codes(found)) == (None, ["N486"])


# --- the largest of several statistics ----------------------------------------------------------------


def test_the_four_usual_statistics_are_made_of_three():
    time, died, lost, arm, stratum = made(100)
    found = max_combo.max_combo(time, died, lost, arm, stratum, FH)
    assert found.axes == 3  # S + (1 - S) = 1
    scores = joint_scores(time, died, lost, arm, 2, stratum, FH)
    gap = (scores.observed - scores.expected)[:, 0]
    assert gap[0] == pytest.approx(gap[1] + gap[2])


def test_one_statistic_named_twice_is_that_statistic():
    time, died, lost, arm, _ = made(100)
    found = max_combo.max_combo(time, died, lost, arm, None, [FH[0], FH[0]])
    assert found.axes == 1
    assert found.p_value == pytest.approx(log_rank.log_rank(time, died, lost, arm, 2).p_value, rel=1e-9)


def test_independent_statistics_have_the_probability_of_independent_events():
    from scipy.special import ndtr

    for size, limit in itertools.product((1, 2, 3, 4), (0.5, 1.96, 4.0)):
        one_side, two_sides = (1 - ndtr(limit), 2 * ndtr(-limit))
        found = [any_beyond(np.eye(size), limit, sides).probability for sides in (1, 2)]
        assert found[0] == pytest.approx(-math.expm1(size * math.log1p(-one_side)), rel=1e-9)
        assert found[1] == pytest.approx(-math.expm1(size * math.log1p(-two_sides)), rel=1e-9)


def test_a_turned_region_has_the_probability_that_counting_points_finds():
    """Against 100,000 drawn points, for singular and for regular correlations."""
    draw = np.random.default_rng(8)
    points = draw.normal(size=(100_000, 4))
    for statistics, axes in ((3, 2), (4, 3), (6, 3), (4, 4)):
        factor = draw.normal(size=(statistics, axes)) + 1.0
        factor /= np.linalg.norm(factor, axis=1)[:, None]
        z = points[:, :axes] @ factor.T
        for sides, largest in ((1, z.max(axis=1)), (2, np.abs(z).max(axis=1))):
            found = any_beyond(factor @ factor.T, 1.7, sides)
            assert found.axes == axes
            assert found.probability == pytest.approx((largest > 1.7).mean(), abs=4e-3)


@pytest.mark.parametrize("seed", range(4))
def test_a_statistic_named_twice_changes_no_joint_probability(seed):
    """The two ways of integrating agree: one given the others, and along the axes of a singular matrix."""
    draw = np.random.default_rng(seed)
    factor = draw.normal(size=(3, 3)) + 0.5
    factor /= np.linalg.norm(factor, axis=1)[:, None]
    twice = factor[[0, 1, 2, 0]]
    for sides, limit in itertools.product((1, 2), (0.7, 2.2, 5.0)):
        found = [any_beyond(f @ f.T, limit, sides) for f in (factor, twice)]
        assert [f.axes for f in found] == [3, 3]
        assert found[0].probability == pytest.approx(found[1].probability, rel=1e-8)


def test_the_joint_p_lies_between_the_least_p_and_bonferroni_s():
    table, at = reconstructed("PREVAIL_1B"), context(*BOTH, compare=BOTH)
    found = analyse(table, at, method="max_combo")
    whole, each = one(found, "max_combo"), [f for f in found if f.measure == "weighted_log_rank"]
    least = min(f.p_value.value for f in each)
    assert least < whole.p_value.value < 4 * least
    told = dict(whole.method.options)
    assert told["independent_statistics"] == 3
    assert told["largest"] == next(
        dict(f.method.options)["weight"] for f in each if abs(f.estimate) == whole.estimate
    )
    plain = one(analyse(table, at, method="log_rank"), "log_rank")
    assert each[0].p_value.value == pytest.approx(plain.p_value.value, rel=1e-9)
    one_sided = one(analyse(table, at, method="max_combo", alternative="less"), "max_combo")
    assert one_sided.p_value.value == pytest.approx(whole.p_value.value / 2, rel=0.01)


def test_more_than_four_independent_statistics_are_refused():
    table, at = reconstructed("PREVAIL_1B"), context(*BOTH, compare=BOTH)
    weights = [{"rho": rho, "gamma": gamma} for rho, gamma in ((0, 0), (0.5, 0), (0, 0.5), (2, 0), (0, 3))]
    found = analyse(table, at, method="max_combo", weights=weights)
    assert (found[0].estimate, codes(found[0])) == (None, ["N484"])


def test_a_single_event_leaves_late_weights_without_information():
    table = times([("a", 5, True), ("a", 9, False), ("b", 7, False), ("b", 8, False)])
    found = analyse(table, context("a", "b", compare=("a", "b")), method="max_combo")
    assert (found[0].estimate, codes(found[0])) == (None, ["N483"])
    late = {"kind": "fleming_harrington", "gamma": 1}
    alone = analyse(table, context("a", "b", compare=("a", "b")), method="log_rank", weight=late)
    assert (alone[0].estimate, codes(alone[0])) == (None, ["N483"])


# --- trend --------------------------------------------------------------------------------------------


def test_a_trend_over_two_arms_is_the_log_rank_test():
    table, at = reconstructed("PREVAIL_1B"), context(*BOTH)
    found = one(analyse(table, at, method="log_rank_trend"), "log_rank_trend")
    plain = one(analyse(table, at, method="log_rank"), "log_rank")
    assert found.estimate**2 == pytest.approx(plain.estimate)
    assert found.estimate > 0  # placebo, of score 1, dies more
    assert found.p_value.value == pytest.approx(plain.p_value.value)


def test_scores_count_by_their_distances_only():
    table, at = three_arms(), context("a", "b", "c")
    found = [
        one(analyse(table, at, method="log_rank_trend", scores=scores), "log_rank_trend").estimate
        for scores in ([], [0, 1, 2], [5, 7, 9], [2, 1, 0], [1e6, 1e6 + 1, 1e6 + 2])
    ]
    assert found[1:3] == pytest.approx([found[0]] * 2)
    assert found[3] == pytest.approx(-found[0])
    assert found[4] == pytest.approx(found[0], rel=1e-9)


@pytest.mark.parametrize("scores", [[1, 2], [1, 1, 1]])
def test_scores_that_do_not_fit_the_arms_are_refused(scores):
    found = analyse(three_arms(), context("a", "b", "c"), method="log_rank_trend", scores=scores)
    assert (found[0].estimate, codes(found[0])) == (None, ["N485"])


# --- when there is nothing to test --------------------------------------------------------------------

METHODS = [
    {"method": "log_rank", "weight": {"kind": "peto_peto"}, "ratios": ["peto", "pike"]},
    {"method": "log_rank", "distribution": "exact"},
    {"method": "log_rank", "distribution": "monte_carlo", "draws": 200},
    {"method": "max_combo"},
    {"method": "log_rank_trend"},
]
NOTHING = {
    "no event": [("a", 10, False), ("b", 12, False)],
    "an empty arm": [("a", 10, True), ("a", 12, True)],
    "one subject": [("a", 10, True)],
    "nobody": [],
    "no time": [("a", None, True), ("b", None, False)],
    "times that are none": [
        ("a", -3.0, True),
        ("b", math.inf, True),
        ("a", math.inf, False),
        ("b", -1.0, True),
    ],
    "everybody at one time": [("a", 5.0, True), ("b", 5.0, True), ("a", 5.0, True), ("b", 5.0, True)],
    "arms one after the other": [("a", 1.0, False), ("a", 2.0, False), ("b", 3.0, True), ("b", 4.0, True)],
}


@pytest.mark.parametrize("words", METHODS, ids=lambda w: w["method"] + str(w.get("distribution", "")))
@pytest.mark.parametrize("why", NOTHING)
def test_what_can_not_be_tested_is_a_finding_with_its_reason(words, why):
    at = context("a", "b", compare=("a", "b"))
    for found in analyse(times(NOTHING[why]), at, **words):
        assert found.estimate is None
        assert found.p_value is None
        assert found.problems


@pytest.mark.parametrize("words", METHODS, ids=lambda w: w["method"] + str(w.get("distribution", "")))
def test_strata_of_one_arm_and_unknown_factors_are_told(words):
    rows = [("a", 10, True), ("a", 20, True), ("b", 15, True), ("b", 25, True)]
    table = times(rows, centre=["1", "1", "2", "2"])
    at = context("a", "b", compare=("a", "b"))
    found = analyse(table, at, strata=["centre"], **words)[0]
    assert (found.estimate, len(found.problems)) == (None, 1)
    unknown = analyse(table, at, strata=["ecog"], **words)[0]
    assert codes(unknown) == ["E414"]


def test_a_negative_and_an_infinite_time_are_left_out_and_counted():
    rows = [("a", 10, True), ("a", 20, False), ("b", 15, True), ("b", 25, True)]
    whole, more = times(rows), times([*rows, ("b", -4.0, True), ("a", math.inf, True)])
    at = context("a", "b", compare=("a", "b"))
    plain, beside = (one(analyse(t, at, method="log_rank"), "log_rank") for t in (whole, more))
    assert beside.estimate == plain.estimate
    assert codes(beside) == ["N412"]
