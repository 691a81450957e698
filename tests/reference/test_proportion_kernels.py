"""Proportions by their definitions: enumeration, brute force, identities, and numbers that others print."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from trialist.kernels import (
    exact_two_by_two,
    one_proportion,
    ordered_tables,
    paired_proportions,
    rates,
    stratified_tables,
    two_proportions,
)
from trialist.kernels.score_difference import difference_z, miettinen_nurminen, most_likely
from trialist.kernels.unconditional import difference_interval, unconditional

SIDES = ("two_sided", "greater", "less")


# --- one proportion ---------------------------------------------------------------------------------


def acceptability(x: int, n: int, p: float) -> float:
    """Blaker 2000: the smaller tail at x, with as much of the other tail as is not more probable."""
    chance = stats.binom.pmf(np.arange(n + 1), n, p)
    above, below = chance[x:].sum(), chance[: x + 1].sum()
    if above <= below:
        rest = np.cumsum(chance)
        return above + rest[rest <= above * (1 + 1e-12)].max(initial=0.0)
    rest = np.cumsum(chance[::-1])
    return below + rest[rest <= below * (1 + 1e-12)].max(initial=0.0)


@pytest.mark.parametrize(("x", "n"), [(1, 10), (3, 11), (7, 20), (19, 20), (40, 263)])
@pytest.mark.parametrize("level", [0.95, 0.8])
def test_blakers_interval_begins_and_ends_where_the_acceptability_passes_alpha(x, n, level):
    low, high = one_proportion.interval(x, n, level, "blaker")
    for end, out in ((low, -1), (high, 1)):
        near = [acceptability(x, n, end - out * step) for step in (1e-9, 1e-6, 1e-5)]
        far = [acceptability(x, n, end + out * step) for step in (1e-9, 1e-6, 1e-4, 1e-3)]
        assert max(near) > 1 - level - 1e-6
        assert max(far) < 1 - level + 1e-6
    grid = np.linspace(1e-4, 1 - 1e-4, 501)
    outside = grid[(grid < low - 1e-9) | (grid > high + 1e-9)]
    assert max(acceptability(x, n, p) for p in outside) <= 1 - level + 1e-9
    exact_low, exact_high = one_proportion.interval(x, n, level, "clopper_pearson")
    assert exact_low - 1e-12 <= low <= high <= exact_high + 1e-12


@pytest.mark.parametrize("kind", one_proportion.Kind.__args__)
def test_responders_and_others_exchange_the_ends(kind):
    for x, n in ((0, 9), (3, 9), (9, 9), (1, 1), (0, 1), (50, 101)):
        one, other = one_proportion.interval(x, n, 0.9, kind), one_proportion.interval(n - x, n, 0.9, kind)
        if kind == "logit" and x in (0, n):
            assert one is other is None
            continue
        assert one == pytest.approx((1 - other[1], 1 - other[0]), abs=1e-10)
        assert 0 <= one[0] <= one[1] <= 1


def test_the_mid_p_interval_holds_what_the_mid_p_test_does_not_reject():
    for x, n in ((0, 12), (4, 17), (16, 17)):
        low, high = one_proportion.interval(x, n, 0.95, "mid_p")
        for end in (low, high):
            if 0 < end < 1:
                assert one_proportion.against_null(x, n, end, "mid_p").p_value == pytest.approx(
                    0.05, rel=1e-9
                )


# --- two proportions --------------------------------------------------------------------------------


def test_numbers_printed_for_the_first_example_of_newcombe_1998():
    """56/70 - 48/80, as the snapshots of GSK-Biostatistics/cicalc print them (commit 5753269)."""
    printed = {"wald": (0.0575, 0.3425), "wald_corrected": (0.0441, 0.3559), "mee": (0.0533, 0.3377)}
    for kind, ends in printed.items():
        found = two_proportions.difference((56, 48), (70, 80), 0.95, kind)
        assert (round(found.low, 4), round(found.high, 4)) == ends


def test_the_score_tests_and_intervals_agree_about_every_margin():
    for x, n in (((9, 3), (10, 10)), ((5, 0), (56, 29)), ((7, 20), (15, 41))):
        _, low, high = miettinen_nurminen(x, n)
        for end in (low, high):
            assert abs(difference_z(x, n, end, factor=True)) == pytest.approx(1.959963984540054, rel=1e-9)
        whole = sum(n)
        share = sum(x) / whole
        pooled = (x[0] / n[0] - x[1] / n[1]) / math.sqrt(share * (1 - share) * (1 / n[0] + 1 / n[1]))
        assert difference_z(x, n) == pytest.approx(pooled, rel=1e-12)


def test_the_most_likely_proportions_under_a_margin_are_the_most_likely_of_a_grid():
    for x, n in (((0, 0), (3, 5)), ((3, 0), (3, 5)), ((2, 4), (7, 9)), ((7, 9), (7, 9))):
        for d in (-0.7, -0.1, 0.0, 0.3):
            second = np.linspace(max(0, -d), min(1, 1 - d), 20001)
            with np.errstate(divide="ignore", invalid="ignore"):
                tail = stats.binom.logpmf(x[0], n[0], np.clip(second + d, 0, 1)) + stats.binom.logpmf(
                    x[1], n[1], second
                )
            p, q = most_likely(x, n, d)
            assert float(p) - float(q) == pytest.approx(d, abs=1e-12)
            assert float(q) == pytest.approx(second[np.nanargmax(tail)], abs=1e-4)


@pytest.mark.parametrize("alternative", SIDES)
@pytest.mark.parametrize(
    ("x", "n"), [((7, 1), (34, 34)), ((3, 10), (15, 13)), ((0, 4), (10, 9)), ((2, 2), (5, 8))]
)
def test_barnards_and_boschloos_tests_are_those_of_scipy(x, n, alternative):
    """Except for two-sided Boschloo, which SciPy defines as twice the smaller one-sided p value."""
    table = [list(x), [n[0] - x[0], n[1] - x[1]]]
    side = alternative.replace("_", "-")
    found = unconditional(x, n, "barnard", alternative).p_value
    assert found == pytest.approx(stats.barnard_exact(table, alternative=side).pvalue, rel=1e-6)
    if alternative != "two_sided":
        found = unconditional(x, n, "boschloo", alternative).p_value
        assert found == pytest.approx(stats.boschloo_exact(table, alternative=side).pvalue, rel=1e-6)


def test_tables_that_are_exactly_as_extreme_count_even_where_rounding_tells_them_apart():
    """7 of 12 against 8 of 15, by fractions; SciPy 1.17 gives 0.8260, R's Exact 3.3 0.831220423962."""
    assert unconditional((7, 8), (12, 15)).p_value == pytest.approx(0.831220423962, rel=1e-9)


def test_boschloos_test_is_never_less_powerful_than_fishers():
    for x in itertools.product(range(7), range(6)):
        for side in ("greater", "less"):
            fisher = exact_two_by_two.fisher([x], [(6, 5)], side)
            if fisher is not None:
                assert unconditional(x, (6, 5), "boschloo", side).p_value <= fisher + 1e-12


def test_berger_and_boos_look_in_an_interval_and_add_what_they_leave_out():
    whole, part = (unconditional((7, 1), (34, 34), berger_boos=gamma) for gamma in (0.0, 0.001))
    assert part.p_value == pytest.approx(whole.p_value + 0.001, abs=1e-9)  # the same highest point
    assert unconditional((0, 0), (4, 6)).p_value == 1


def test_the_exact_score_test_against_a_margin_has_its_level():
    n, margin, alpha = (8, 9), -0.2, 0.05
    rejected = [
        x
        for x in itertools.product(range(n[0] + 1), range(n[1] + 1))
        if unconditional(x, n, "score", "greater", margin=margin).p_value <= alpha
    ]
    for second in np.linspace(0.2, 1, 81):
        size = sum(
            stats.binom.pmf(a, n[0], second + margin) * stats.binom.pmf(b, n[1], second) for a, b in rejected
        )
        assert size <= alpha + 1e-9


@pytest.mark.parametrize(
    ("x", "n", "ends"),
    [
        ((7, 1), (34, 34), (0.0194306994727, 0.3583546755070)),
        ((9, 3), (10, 10), (0.160775205654, 0.879471677578)),
        ((2, 0), (3, 3), (-0.282443965843, 0.991596241036)),
    ],
)
def test_the_exact_interval_is_that_of_exact2x2_within_the_width_of_its_grid(x, n, ends):
    """uncondExact2x2(method = "score", conf.int = TRUE) of exact2x2 1.7.0, commit 7e5a06d."""
    assert difference_interval(x, n) == pytest.approx(ends, abs=1e-4)


def test_numbers_of_contingencytables():
    """contingencytables 3.0.0, commit b1fde68: the programs of Fagerland, Lydersen and Laake 2017."""
    odds = two_proportions.odds_ratio((56, 48), (70, 80), 0.95, "miettinen_nurminen")
    assert (odds.low, odds.high) == pytest.approx((1.28157319326, 5.54020222219), rel=1e-10)
    odds = two_proportions.odds_ratio((56, 48), (70, 80), 0.95, "score")
    assert (odds.low, odds.high) == pytest.approx((1.28465912461, 5.52700312692), rel=1e-10)
    pairs = (1, 1, 7, 12)
    for kind, ends in (
        ("newcombe", (-0.5069202266861, -0.0255591241649)),
        ("bonett_price", (-0.5083593066664, -0.0133798237683)),
        ("agresti_min", (-0.4932258330937, -0.0285132973411)),
    ):
        found = paired_proportions.paired_difference(pairs, 0.95, kind)
        assert (found.low, found.high) == pytest.approx(ends, rel=1e-9)
    assert paired_proportions.mcnemar(pairs, "mid_p").p_value == pytest.approx(0.0390625)
    job = [[1, 2, 1, 0], [3, 3, 6, 1], [10, 10, 14, 9]]
    assert ordered_tables.jonckheere_terpstra(job).z == pytest.approx(0.836051064565, rel=1e-10)


def test_what_responds_and_what_does_not_exchange_the_ends():
    for x, n in (((9, 3), (10, 10)), ((0, 4), (7, 9)), ((7, 9), (7, 9)), ((0, 0), (2, 1)), ((1, 0), (1, 1))):
        for kind in two_proportions.DifferenceKind.__args__:
            one = two_proportions.difference(x, n, 0.9, kind)
            other = two_proportions.difference(x[::-1], n[::-1], 0.9, kind)
            assert (one.low, one.high) == pytest.approx((-other.high, -other.low), abs=1e-7)
            assert -1 <= one.low <= one.high <= 1
        for kind in two_proportions.OddsKind.__args__:
            one = two_proportions.odds_ratio(x, n, 0.9, kind)
            other = two_proportions.odds_ratio(x[::-1], n[::-1], 0.9, kind)
            if one.low and other.high:
                assert one.low * other.high == pytest.approx(1, rel=1e-7)
        for kind in two_proportions.RatioKind.__args__:
            one = two_proportions.risk_ratio(x, n, 0.9, kind)
            other = two_proportions.risk_ratio(x[::-1], n[::-1], 0.9, kind)
            if one.low and other.high:
                assert one.low * other.high == pytest.approx(1, rel=1e-7)


def test_a_number_needed_to_treat_turns_the_ends_of_the_difference():
    found = two_proportions.number_needed_to_treat(two_proportions.Estimate(0.2, 0.1, 0.25))
    assert (found.value, found.low, found.high) == pytest.approx((5, 4, 10))
    both = two_proportions.number_needed_to_treat(two_proportions.Estimate(0.05, -0.1, 0.2))
    assert (both.value, both.low, both.high) == pytest.approx((20, 5, -10))
    assert two_proportions.number_needed_to_treat(two_proportions.Estimate(0.0, -0.1, 0.1)).value is None


# --- strata, pairs, rates ---------------------------------------------------------------------------


def test_one_stratum_is_no_stratum():
    x, n = [(56, 48)], [(70, 80)]
    found = stratified_tables.common_difference(x, n, 0.95, "miettinen_nurminen")
    assert (found.value, found.low, found.high) == pytest.approx(miettinen_nurminen(x[0], n[0]), abs=1e-12)
    hybrid = stratified_tables.common_difference(x, n, 0.95, "newcombe")
    assert (hybrid.low, hybrid.high) == pytest.approx(two_proportions.newcombe(x[0], n[0])[1:], abs=1e-12)
    woolf = two_proportions.odds_ratio(x[0], n[0])
    odds = stratified_tables.common_odds_ratio(x, n)
    assert (odds.value, odds.low, odds.high) == pytest.approx((woolf.value, woolf.low, woolf.high), rel=1e-12)
    katz = two_proportions.risk_ratio(x[0], n[0])
    ratio = stratified_tables.common_risk_ratio(x, n)
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((katz.value, katz.low, katz.high), rel=1e-12)
    assert stratified_tables.breslow_day(x, n).p_value is None


def test_a_stratum_of_one_arm_changes_nothing():
    x, n = [(5, 3), (2, 4)], [(9, 8), (7, 7)]
    more_x, more_n = [*x, (3, 0)], [*n, (6, 0)]
    for kind in stratified_tables.DifferenceKind.__args__:
        assert stratified_tables.common_difference(more_x, more_n, 0.95, kind) == (
            stratified_tables.common_difference(x, n, 0.95, kind)
        )
    assert stratified_tables.cochran_mantel_haenszel(more_x, more_n) == (
        stratified_tables.cochran_mantel_haenszel(x, n)
    )


def test_numbers_of_cicalc_for_the_admissions_of_berkeley():
    """cicalc, commit 5753269: ci_prop_diff_nc_strata (CMH weights) and _mn_strata; women less men."""
    x = [(89, 512), (17, 353), (202, 120), (131, 138), (94, 53), (24, 22)]
    n = [(108, 825), (25, 560), (593, 325), (375, 417), (393, 191), (341, 373)]
    for kind, ends in (
        ("newcombe", (-0.0133825675930, 0.0501694129824)),
        ("miettinen_nurminen", (-0.0108900679671, 0.0474560476773)),
    ):
        found = stratified_tables.common_difference(x, n, 0.95, kind)
        assert (found.low, found.high) == pytest.approx(ends, abs=1e-9)


def test_the_exact_test_over_strata_is_the_sum_over_all_tables():
    x, n = [(3, 0), (1, 2), (4, 1)], [(4, 6), (3, 3), (5, 4)]
    supports = [range(max(0, sum(a) - m[1]), min(m[0], sum(a)) + 1) for a, m in zip(x, n, strict=True)]
    chance: dict[int, float] = {}
    for seen in itertools.product(*supports):
        p = math.prod(
            stats.hypergeom.pmf(k, sum(m), m[0], sum(a)) for k, a, m in zip(seen, x, n, strict=True)
        )
        chance[sum(seen)] = chance.get(sum(seen), 0.0) + p
    mine = sum(a[0] for a in x)
    expected = sum(p for p in chance.values() if p <= chance[mine] * (1 + 1e-7))
    assert exact_two_by_two.fisher(x, n) == pytest.approx(expected, rel=1e-12)
    greater = sum(p for k, p in chance.items() if k >= mine)
    assert exact_two_by_two.fisher(x, n, "greater") == pytest.approx(greater, rel=1e-12)


def test_pairs_and_rates_without_anything_to_compare_have_no_test():
    assert paired_proportions.mcnemar((3, 0, 0, 2), "exact").p_value is None
    assert paired_proportions.paired_odds_ratio((3, 0, 0, 2)).status == "empty_cell"
    assert rates.rate_test((0, 0), (10.0, 12.0)).p_value is None
    assert rates.rate_ratio((0, 0), (10.0, 12.0)).value is None
    assert rates.rate_difference((0, 0), (10.0, 12.0)).low is None
    assert rates.common_rate_ratio([[0, 0]], [[0, 5]]) is None
    for kind in paired_proportions.Kind.__args__:
        found = paired_proportions.paired_difference((0, 1, 0, 0), 0.95, kind)
        assert -1 <= found.low <= found.high <= 1
