"""Networks of treatments: what holds by definition, and what a network that can't be fitted says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from cases_network import trials_of

from trialist.kernels import arm_effects
from trialist.kernels.mantel_haenszel_network import mantel_haenszel_network
from trialist.kernels.network import network
from trialist.kernels.network_flow import flow
from trialist.kernels.network_heterogeneity import heterogeneity, log_likelihood
from trialist.kernels.network_inconsistency import decomposition, splits
from trialist.kernels.network_trials import from_arms, from_blocks, from_contrasts
from trialist.kernels.network_weights import fitted
from trialist.kernels.ranking import mean_ranks, p_scores, rankogram

# a loop of three treatments and a fourth by one trial; the last trial has all of the first three arms
TRIAL = [0, 1, 2, 3, 4, 4, 4]
FIRST = [0, 0, 1, 2, 0, 0, 1]
SECOND = [1, 2, 2, 3, 1, 2, 2]
EFFECT = [-0.3, -0.7, -0.1, 0.2, -0.1, -0.5, -0.4]
ERROR = [0.2, 0.25, 0.3, 0.15, 0.22, 0.21, 0.2]


@pytest.fixture(scope="module")
def loop():
    return from_contrasts(TRIAL, FIRST, SECOND, EFFECT, ERROR)


def by_hand(tau2: float):
    """Generalised least squares with one dense covariance, written out."""
    rows = [
        (0, 1, -0.3, 0),
        (0, 2, -0.7, 1),
        (1, 2, -0.1, 2),
        (2, 3, 0.2, 3),
        (0, 1, -0.1, 4),
        (0, 2, -0.5, 4),
    ]
    design = np.zeros((6, 4))
    for i, (one, two, _, _) in enumerate(rows):
        design[i, one], design[i, two] = 1, -1
    spread = np.diag(np.square([0.2, 0.25, 0.3, 0.15, 0.22, 0.21])) + tau2 * np.eye(6)
    shared = (0.22**2 + 0.21**2 - 0.2**2) / 2 + tau2 / 2
    spread[4, 5] = spread[5, 4] = shared
    weight = np.linalg.inv(spread)
    x, y = design[:, 1:], np.array([row[2] for row in rows])
    covariance = np.linalg.inv(x.T @ weight @ x)
    effect = covariance @ x.T @ weight @ y
    left = y - x @ effect
    return -effect, covariance, float(left @ weight @ left)


@pytest.mark.parametrize("tau2", [0.0, 0.03])
def test_the_fit_is_generalised_least_squares_with_the_covariance_of_shared_arms(loop, tau2):
    effect, covariance, q = by_hand(tau2)
    found = network(loop, 4, tau2=tau2)
    assert found.effect[0, 1:] == pytest.approx(effect, rel=1e-12)
    assert found.std_err[0, 1:] ** 2 == pytest.approx(np.diag(covariance), rel=1e-12)
    assert fitted(loop, 4, tau2).q == pytest.approx(q, rel=1e-12)
    assert found.effect[0, 3] - found.effect[0, 2] == pytest.approx(found.effect[2, 3], rel=1e-12)


def test_names_of_treatments_and_the_order_of_trials_change_nothing(loop):
    before = network(loop, 4, tau2="reml")
    turned = np.array([3, 1, 0, 2])
    order = [6, 2, 4, 0, 5, 1, 3]
    again = from_contrasts(
        [9 - TRIAL[i] for i in order],
        [turned[SECOND[i]] for i in order],
        [turned[FIRST[i]] for i in order],
        [-EFFECT[i] for i in order],
        [ERROR[i] for i in order],
    )
    after = network(again, 4, tau2="reml")
    assert after.tau2 == pytest.approx(before.tau2, rel=1e-9)
    for one, two in itertools.permutations(range(4), 2):
        assert after.effect[turned[one], turned[two]] == pytest.approx(before.effect[one, two], rel=1e-9)


def test_arms_and_contrasts_give_the_same_network():
    trial, arm = np.array([0, 0, 0, 1, 1, 2, 2]), np.array([0, 1, 2, 0, 1, 1, 2])
    value, variance = np.array([0.1, 0.4, 0.9, 0.2, 0.3, 0.0, 0.6]), np.linspace(0.01, 0.07, 7)
    rows = [
        (t, one, two, value[i] - value[j], np.sqrt(variance[i] + variance[j]))
        for t in range(3)
        for (i, one), (j, two) in itertools.combinations(
            [(i, int(arm[i])) for i in range(7) if trial[i] == t], 2
        )
    ]
    arms = network(from_arms(trial, arm, value, variance), 3)
    contrasts = network(from_contrasts(*zip(*rows, strict=True)), 3)
    assert arms.effect == pytest.approx(contrasts.effect, rel=1e-12)
    assert arms.q == pytest.approx(contrasts.q, rel=1e-10)


def test_two_treatments_are_a_pairwise_meta_analysis():
    effect, error = np.array([-0.4, 0.1, -0.6, -0.2]), np.array([0.1, 0.12, 0.2, 0.15])
    found = network(from_contrasts(range(4), [0] * 4, [1] * 4, effect, error), 2)
    w = error**-2
    q = float(w @ (effect - w @ effect / w.sum()) ** 2)
    tau2 = (q - 3) / (w.sum() - (w @ w) / w.sum())
    v = 1 / (error**2 + tau2)
    assert found.tau2 == pytest.approx(tau2, rel=1e-12)
    assert found.effect[0, 1] == pytest.approx(v @ effect / v.sum(), rel=1e-12)
    assert found.std_err[0, 1] == pytest.approx(v.sum() ** -0.5, rel=1e-12)


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_the_likelihood_is_nowhere_higher_than_at_the_estimate(method):
    effect, error = [-0.4, 0.1, -0.6, -0.2, 0.3], [0.1, 0.12, 0.2, 0.15, 0.1]
    trials = from_contrasts(range(5), [0, 0, 0, 1, 1], [1, 1, 2, 2, 2], effect, error)
    best = heterogeneity(trials, 3, method, interval="profile_likelihood")
    top = log_likelihood(trials, 3, best.value, restricted=method == "reml")
    for other in np.geomspace(1e-4, 10, 40):
        assert log_likelihood(trials, 3, other, restricted=method == "reml") <= top
    for end in (best.low, best.high):
        if end:
            short = top - log_likelihood(trials, 3, end, restricted=method == "reml")
            assert short == pytest.approx(1.920729410347062, rel=1e-9)


def test_q_at_the_ends_of_its_profile_is_a_quantile_of_chi_square():
    effect, error = [-0.4, 0.3, -0.9, -0.2, 0.5], [0.1, 0.12, 0.2, 0.15, 0.1]
    trials = from_contrasts(range(5), [0, 0, 0, 1, 1], [1, 1, 2, 2, 2], effect, error)
    found = heterogeneity(trials, 3, interval="q_profile")
    assert fitted(trials, 3, found.low).q == pytest.approx(9.348403604496145, rel=1e-9)
    assert fitted(trials, 3, found.high).q == pytest.approx(0.2157952826238981, rel=1e-9)


def test_a_star_has_no_indirect_evidence_beside_direct_and_nothing_between_designs():
    star = from_contrasts([0, 1, 2], [0, 0, 0], [1, 2, 3], [0.1, 0.2, 0.3], [0.1, 0.1, 0.1])
    found = network(star, 4)
    assert (found.tau2, found.df, found.q_p_value, found.i2) == (None, 0, None, None)
    assert found.predict_low is None
    assert found.std_err[1, 2] == pytest.approx(np.sqrt(0.02))
    parts = decomposition(star, 4)
    assert (parts.between.df, parts.within.df, parts.between.p_value) == (0, 0, None)
    assert all(design.detached is None for design in parts.designs)
    shares = {(s.first, s.second): s for s in splits(star, 4)}
    assert shares[0, 1].proportion == pytest.approx(1)
    assert shares[0, 1].indirect is None
    assert shares[1, 2].direct is None
    assert shares[1, 2].proportion == 0


@pytest.mark.parametrize("method", ["back_calculation", "exclusion"])
def test_direct_and_indirect_evidence_add_up_in_a_loop_of_two_arm_trials(method):
    trials = from_contrasts([0, 1, 2], [0, 0, 1], [1, 2, 2], [0.5, 0.9, 0.1], [0.1, 0.2, 0.3])
    one = next(s for s in splits(trials, 3, method=method) if (s.first, s.second) == (0, 1))
    assert one.direct == pytest.approx(0.5)
    assert one.indirect == pytest.approx(0.9 - 0.1)
    assert one.indirect_error == pytest.approx(np.sqrt(0.04 + 0.09))
    assert one.z**2 == pytest.approx(decomposition(trials, 3).between.q)


def test_contributions_are_shares_and_all_paths_of_a_triangle_are_walked():
    trials = from_contrasts([0, 1, 2], [0, 0, 1], [1, 2, 2], [0.5, 0.9, 0.1], [0.1, 0.2, 0.3])
    found = flow(fitted(trials, 3, 0.0), 0, 1)
    direct = 100 / (100 + 1 / 0.13)
    assert found.flow[0] == pytest.approx(direct)
    assert found.contribution == pytest.approx([direct, (1 - direct) / 2, (1 - direct) / 2])
    assert found.length == pytest.approx(2 - direct)


def test_sucra_of_draws_is_the_p_score_and_ranks_of_a_seed_are_its_own(loop):
    found = network(loop, 4)
    exact = p_scores(found.effect, found.std_err, lower_is_better=True)
    drawn = rankogram(found.effect[:, 0], found.covariance, lower_is_better=True, draws=40_000, seed=7)
    assert drawn.sucra == pytest.approx(exact, abs=0.01)
    assert drawn.mean_rank == pytest.approx(mean_ranks(drawn.sucra))
    assert drawn.probability.sum(axis=0) == pytest.approx(np.ones(4))
    assert exact.sum() == pytest.approx(2)
    again = rankogram(found.effect[:, 0], found.covariance, lower_is_better=True, draws=40_000, seed=7)
    assert (again.probability == drawn.probability).all()
    upside = p_scores(found.effect, found.std_err, lower_is_better=False)
    assert upside == pytest.approx(1 - exact)


def test_a_network_in_parts_says_which_treatment_is_in_which():
    trials = from_contrasts([0, 1], [0, 2], [3, 1], [0.1, 0.2], [0.1, 0.1])
    found = network(trials, 5)
    assert (found.status, found.effect) == ("disconnected", None)
    assert found.component.tolist() == [0, 1, 1, 0, 2]


def test_no_trial_is_no_network():
    assert network(from_contrasts([], [], [], [], []), 2).status == "no_trials"


def test_one_trial_is_its_own_network():
    found = network(from_contrasts([0], [1], [0], [0.4], [0.2]), 2, interval="t")
    assert found.effect[1, 0] == pytest.approx(0.4)
    assert np.isnan(found.low[1, 0])


@pytest.mark.parametrize(
    ("reason", "rows"),
    [
        ("same_treatment", [(1, 1, 0.1, 0.1)]),
        ("bad_number", [(0, 1, float("nan"), 0.1)]),
        ("bad_number", [(0, 1, float("inf"), 0.1)]),
        ("bad_number", [(0, 1, 0.1, 0.0)]),
        ("bad_number", [(0, 1, 0.1, -1.0)]),
        ("missing_contrast", [(0, 1, 0.1, 0.1), (0, 2, 0.2, 0.1)]),
        ("repeated_contrast", [(0, 1, 0.1, 0.1), (1, 0, -0.1, 0.1)]),
        ("inconsistent_effects", [(0, 1, 0.1, 0.1), (0, 2, 0.2, 0.1), (1, 2, 0.3, 0.1)]),
        ("negative_arm_variance", [(0, 1, 0.1, 0.1), (0, 2, 0.2, 0.1), (1, 2, 0.1, 0.19)]),
    ],
)
def test_a_trial_that_cannot_be_used_is_refused_with_the_reason_and_the_others_stay(reason, rows):
    rows = [(7, *row) for row in rows] + [(8, 0, 1, 0.1, 0.1), (9, 0, 2, 0.1, 0.1)]
    found = from_contrasts(*zip(*rows, strict=True))
    assert [(r.trial, r.reason) for r in found.refused] == [(7, reason)]
    assert network(found, 3).status == "ok"


def test_a_covariance_that_belongs_to_no_numbers_is_refused():
    block = (0, [0, 1, 2], np.array([0.1, 0.2]), np.array([[0.1, 0.2], [0.2, 0.1]]))
    assert [r.reason for r in from_blocks([block]).refused] == ["not_a_covariance"]
    assert [r.reason for r in from_blocks([(0, [0], np.zeros(0), np.zeros((0, 0)))]).refused] == ["one_arm"]


@pytest.mark.parametrize("measure", ["odds_ratio", "risk_ratio", "risk_difference", "arcsine_difference"])
def test_trials_without_events_tell_no_ratio_and_impossible_counts_are_refused(measure):
    trial = [0, 0, 1, 1, 2, 2, 3, 3]
    found = arm_effects.from_counts(
        trial, [0, 0, 1, 12, 0, 3, 2, 5], [10, 10, 10, 10, 10, 10, 10, 10], measure
    )
    reasons = {r.trial: r.reason for r in found.refused}
    assert reasons.pop(1) == "bad_number"
    assert reasons == ({0: "no_events"} if measure in ("odds_ratio", "risk_ratio") else {})
    used = from_arms(trial, [0, 1] * 4, found.value, found.variance, found.refused)
    assert network(used, 2).status == "ok"


@pytest.mark.parametrize("measure", ["odds_ratio", "risk_ratio"])
def test_an_empty_cell_to_which_nothing_is_added_has_no_effect(measure):
    trial, treatment = [0, 0, 0, 1, 1], [0, 1, 2, 0, 1]
    found = arm_effects.from_counts(trial, [0, 2, 3, 4, 5], [10] * 5, measure, add=0.0)
    used = from_arms(trial, treatment, found.value, found.variance, found.refused)
    assert [(r.trial, r.reason) for r in used.refused] == [(0, "bad_number")]
    assert network(used, 2).status == "ok"


def test_rates_and_means_that_cannot_be_are_refused():
    rates = arm_effects.from_rates([0, 0, 1, 1, 2, 2], [0, 0, 3, 0, 5, 6], [10, 10, 10, 10, 0, 10])
    assert {r.trial: r.reason for r in rates.refused} == {0: "no_events", 2: "bad_number"}
    assert rates.value[2:4] == pytest.approx(np.log([0.35, 0.05]))
    means = arm_effects.from_means([0, 0], [1.0, 2.0], [1.0, 0.0], [10, 10])
    assert [r.reason for r in means.refused] == ["bad_number"]


def test_mantel_haenszel_refuses_what_tells_nothing_and_keeps_the_rest():
    trial = [0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5]
    treatment = [0, 1, 0, 1, 0, 0, 0, 0, 1, 2, 3]
    events = [3, 5, 11, 2, 4, 2, 2, 10, 10, 0, 3]
    found, refused = mantel_haenszel_network(trial, treatment, events, [10] * 11, 2)
    assert {r.trial: r.reason for r in refused} == {
        1: "bad_number",
        2: "one_arm",
        3: "same_treatment",
        4: "no_events",
        5: "no_events",
    }
    assert found.effect[0, 1] == pytest.approx(np.log(3 * 5 / (5 * 7)))
    nobody, refused = mantel_haenszel_network([0, 0, 0], [0, 1, 2], [0, 5, 10], [10] * 3, 3)
    assert (nobody.status, [r.reason for r in refused]) == ("no_trials", ["no_events"])


def test_the_likelihood_of_trials_that_agree_is_highest_without_variance_between_them():
    trials = from_contrasts(range(4), [0] * 4, [1] * 4, [0.1] * 4, [0.3, 0.2, 0.25, 0.4])
    for method in ("reml", "ml"):
        found = heterogeneity(trials, 2, method, interval="profile_likelihood")
        assert (found.value, found.low) == (0.0, 0.0)
        assert found.high > 0
    far = from_contrasts(range(3), [0] * 3, [1] * 3, [-9.0, 0.0, 9.0], [1e-3] * 3)
    assert heterogeneity(far, 2, "reml").value == pytest.approx(81, rel=1e-5)


def test_mantel_haenszel_of_two_treatments_is_the_classic_estimate():
    x, n = np.array([[4, 9], [0, 3], [2, 1]]), np.array([[40, 42], [30, 31], [25, 20]])
    total = n.sum(axis=1)
    up, down = x[:, 0] * (n - x)[:, 1] / total, x[:, 1] * (n - x)[:, 0] / total
    found, refused = mantel_haenszel_network(
        np.repeat(range(4), 2), [0, 1] * 4, [*x.ravel(), 0, 0], [*n.ravel(), 10, 10], 2
    )
    assert found.effect[0, 1] == pytest.approx(np.log(up.sum() / down.sum()))
    assert [(r.trial, r.reason) for r in refused] == [(3, "no_events")]
    assert found.trials == 3


# What Balduzzi 2023 (doi:10.18637/jss.v106.i02) prints: netmeta on Stowe 2010 and Baker 2009.
PARKINSON = {  # treatment: effect against placebo, its interval, P-score
    "comti": (-0.95, -1.27, -0.63, 0.4659),
    "dopamine agonist": (-1.49, -1.86, -1.12, 0.9677),
    "maobi": (-1.03, -1.56, -0.50, 0.5664),
}
COPD = {  # odds ratio against placebo and its interval
    "budesonide": (0.80, 0.59, 1.10),
    "budesonide+formoterol": (0.67, 0.49, 0.90),
    "fluticasone": (0.86, 0.75, 0.99),
    "fluticasone+salmeterol": (0.75, 0.66, 0.86),
    "formoterol": (1.00, 0.80, 1.25),
    "salmeterol": (0.80, 0.72, 0.89),
    "tiotropium": (0.69, 0.61, 0.77),
}


def test_the_published_network_of_parkinsons_disease_is_found_again():
    trials, n = trials_of("stowe2010")
    found = network(trials, n, tau2="dersimonian_laird")
    names = [*PARKINSON, "placebo"]
    placebo = names.index("placebo")
    scores = p_scores(found.effect, found.std_err, lower_is_better=True)
    for i, name in enumerate(PARKINSON):
        ours = (found.effect[i, placebo], found.low[i, placebo], found.high[i, placebo], scores[i])
        assert [round(v, 2) for v in ours[:3]] == list(PARKINSON[name][:3])
        assert round(ours[3], 4) == PARKINSON[name][3]
    assert [round(v, 4) for v in (found.tau2, found.tau2**0.5, found.q_p_value)] == [0.1518, 0.3896, 0.0074]
    assert [round(100 * v, 1) for v in (found.i2, found.i2_low, found.i2_high)] == [43.9, 12.3, 64.2]
    parts = decomposition(trials, n)
    assert [
        (round(p.q, 2), p.df, round(p.p_value, 4)) for p in (parts.total, parts.within, parts.between)
    ] == [
        (48.15, 27, 0.0074),
        (46.91, 25, 0.0050),
        (1.24, 2, 0.5376),
    ]
    designs = {d.treatments: d for d in parts.designs}
    within = [(round(d.within.q, 2), d.within.df) for d in designs.values() if d.within.df]
    assert within == [(23.65, 10), (21.70, 14), (1.56, 1)]
    detached = {k: round(d.detached.q, 2) for k, d in designs.items() if d.detached}
    assert detached == {(0, placebo): 1.21, (2, placebo): 0.02, (0, 2, placebo): 0.0}
    assert (round(parts.between_random.q, 2), round(parts.tau2_within, 4)) == (0.45, 0.2067)
    apart = {(s.first, s.second): s for s in splits(trials, n, found.tau2)}
    printed = {
        (0, 2): (0.44, -0.02, 0.17, 0.7450),
        (0, 3): (0.98, -0.93, -1.65, 0.5071),
        (2, 3): (0.90, -1.03, -1.08, 0.9544),
    }
    for pair, (share, direct, indirect, p) in printed.items():
        one = apart[pair]
        ours = round(one.proportion, 2), round(one.direct, 2), round(one.indirect, 2), round(one.p_value, 4)
        assert ours == (share, direct, indirect, p)


def test_the_published_network_of_copd_is_found_again():
    trials, n = trials_of("baker2009")
    found = network(trials, n, tau2="dersimonian_laird")
    names = sorted([*COPD, "placebo"])
    at = names.index("placebo")
    for name, printed in COPD.items():
        i = names.index(name)
        ours = np.exp([found.effect[i, at], found.low[i, at], found.high[i, at]])
        assert [round(float(v), 2) for v in ours] == list(printed)
    assert [round(v, 4) for v in (found.tau2, found.q_p_value)] == [0.0111, 0.0700]
    assert [round(100 * v, 1) for v in (found.i2, found.i2_low, found.i2_high)] == [24.4, 0.0, 47.7]
    parts = decomposition(trials, n)
    assert (round(parts.within.q, 2), parts.within.df, round(parts.between.q, 2), parts.between.df) == (
        43.20,
        34,
        17.66,
        12,
    )
