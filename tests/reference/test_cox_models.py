"""The Cox model where no reference prints a number: against its own definition, read the slow way."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from reference_cases import codes, columns

from trialist.kernels import cox_likelihood
from trialist.kernels.concordance import concordance
from trialist.kernels.cox import cox, fit_rows
from trialist.kernels.cox_likelihood import derivatives
from trialist.kernels.cox_profile import profile_interval, term_test
from trialist.kernels.cox_proportional import proportional_hazards
from trialist.kernels.cox_residuals import residuals
from trialist.kernels.cox_rows import cox_rows, with_every_share


def trial(seed, n=24, days=5):
    """Times with many ties, entries before them, two covariates and two strata."""
    rng = np.random.default_rng(seed)
    time = rng.integers(1, days + 1, n).astype(float)
    event = (rng.random(n) < 0.6).astype(float)
    x = np.round(rng.normal(size=(n, 2)), 2)
    entry = np.minimum(time - 1, rng.integers(0, 3, n)).astype(float)
    return time, event, x, rng.integers(0, 2, n), entry


def every_order(risk, everybody):
    """The mean over the orders of tied deaths, times their number: the chance of any of the orders."""
    total = 0.0
    for order in itertools.permutations(risk):
        left, product = everybody, 1.0
        for one in order:
            product *= one / left
            left -= one
        total += product
    return math.log(total)


def every_subset(risk, members):
    chosen = itertools.combinations(members, len(risk))
    return math.log(math.prod(risk) / sum(math.prod(subset) for subset in chosen))


def by_definition(ties, time, event, x, stratum, entry, beta):
    """Log likelihood of tied deaths, from the list of all their orders or subsets."""
    hazard, total = np.exp(x @ beta), 0.0
    for layer in np.unique(stratum):
        for at in np.unique(time[(event == 1) & (stratum == layer)]):
            there = (stratum == layer) & (time >= at) & (entry < at)
            dead = hazard[there & (time == at) & (event == 1)].tolist()
            members = hazard[there].tolist()
            total += every_order(dead, sum(members)) if ties == "marginal" else every_subset(dead, members)
    return total


@pytest.mark.parametrize("ties", ["marginal", "discrete"])
@pytest.mark.parametrize("seed", [1, 2])
def test_exact_ties_are_the_sum_over_all_orders_or_subsets(ties, seed):
    time, event, x, stratum, entry = trial(seed)
    rows = cox_rows(time, event, 1 - event, np.arange(time.size), x, stratum=stratum, entry=entry, ties=ties)
    for beta in (np.zeros(2), np.array([0.4, -0.7]), np.array([-2.0, 1.5])):
        found = derivatives(rows)(beta * rows.scale)
        slow = by_definition(ties, time, event, x, stratum, entry, beta)
        assert found.log_likelihood == pytest.approx(slow, rel=1e-12)
    fit = fit_rows(rows)
    step = 1e-4
    for at in np.eye(2):
        sides = [
            by_definition(ties, time, event, x, stratum, entry, fit.coefficient + s * at)
            for s in (-step, 0, step)
        ]
        assert max(sides) == sides[1]


def test_the_marginal_likelihood_of_a_real_trial_is_the_mean_over_orders():
    data = columns("lung", ["sex", "age"])
    x = np.column_stack([data["sex"] - 1, data["age"] / 10])
    n = data["time"].size
    rows = cox_rows(data["time"], data["event"], 1 - data["event"], np.arange(n), x, ties="marginal")
    beta = np.array([-0.5, 0.2])
    slow = by_definition("marginal", data["time"], data["event"], x, np.zeros(n), np.full(n, -1.0), beta)
    assert derivatives(rows)(beta * rows.scale).log_likelihood == pytest.approx(slow, rel=1e-12)


def test_five_hundred_deaths_at_one_time_have_an_exact_likelihood():
    """One covariate value: P = d! (n - d)! / n! times nothing else, whatever the coefficient."""
    event = np.repeat([1.0, 0.0], [500, 700])
    x = np.zeros((1200, 1))
    x[0] = x[500] = 1e-9  # a range, so that there is a covariate
    for ties, expected in (
        ("marginal", math.lgamma(501) + math.lgamma(701) - math.lgamma(1201)),
        ("discrete", math.lgamma(501) + math.lgamma(701) - math.lgamma(1201)),
    ):
        rows = cox_rows(np.ones(1200), event, 1 - event, np.arange(1200), x, ties=ties)
        assert derivatives(rows)(np.zeros(1)).log_likelihood == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("ties", ["efron", "breslow", "discrete", "marginal"])
def test_without_ties_every_rule_is_the_same(ties):
    _, event, x, stratum, _ = trial(3)
    time = np.arange(1.0, event.size + 1)
    one, other = (
        cox(time, event, 1 - event, np.arange(time.size), x, stratum=stratum, ties=rule)
        for rule in (ties, "efron")
    )
    assert one.coefficient == pytest.approx(other.coefficient, rel=1e-12)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-12)


def test_when_all_who_are_left_die_together_their_order_tells_nothing():
    time, x = [1.0, 2, 3, 3, 3], [[1.0], [0], [1], [0], [0]]
    died = cox(time, [1, 1, 1, 1, 1], [0, 0, 0, 0, 0], np.arange(5), x, ties="marginal")
    lost = cox(time, [1, 1, 0, 0, 0], [0, 0, 1, 1, 1], np.arange(5), x)
    assert died.status == "ok"
    assert died.coefficient == pytest.approx(lost.coefficient, rel=1e-12)


# --- many ties, many rows ----------------------------------------------------------------------------


def tied_trial(n, seed=4):
    rng = np.random.default_rng(seed)
    x = np.round(rng.normal(size=(n, 2)), 3)
    time = np.ceil(rng.exponential(20 * np.exp(-0.3 * x[:, 0])))
    return time, (rng.random(n) < 0.8).astype(float), x, rng.integers(0, 3, n), np.round(rng.random(n), 2)


def test_many_tied_deaths_summed_by_a_rule_of_few_points_are_those_summed_one_by_one():
    time, event, x, stratum, _ = tied_trial(60_000)
    arm = (x[:, 0] > 0).astype(int)
    rows = cox_rows(time * 10 + stratum, event, 1 - event, arm, [[0.0], [1.0]])
    assert rows.shortened
    short, long = fit_rows(rows), fit_rows(with_every_share(rows))
    assert short.coefficient == pytest.approx(long.coefficient, rel=1e-11)
    assert short.std_err == pytest.approx(long.std_err, rel=1e-12)
    assert short.log_likelihood == pytest.approx(long.log_likelihood, rel=1e-13)
    assert short.score.statistic == pytest.approx(long.score.statistic, rel=1e-11)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_the_compiled_pass_gives_the_numbers_of_the_one_without(monkeypatch, ties):
    pytest.importorskip("numba")
    time, event, x, stratum, offset = tied_trial(2000)
    weight = 0.5 + offset

    def fit():
        return cox(
            time, event, 1 - event, np.arange(time.size), x,
            stratum=stratum, ties=ties, weight=weight, offset=offset,
        )  # fmt: skip

    plain = fit()
    monkeypatch.setattr(cox_likelihood, "COMPILED_FROM", 1)
    compiled = fit()
    assert compiled.coefficient == pytest.approx(plain.coefficient, rel=1e-10)
    assert compiled.covariance == pytest.approx(plain.covariance, rel=1e-10)
    assert compiled.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-12)


def test_counts_of_alike_people_give_what_the_people_give():
    time, event, x, stratum, _ = tied_trial(400)
    kind = (x[:, 0] > 0).astype(int) + 2 * (x[:, 1] > 0)
    patterns = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    key = np.unique(np.column_stack([time, event, kind, stratum]), axis=0, return_counts=True)
    cells, n = key
    one = cox(time, event, 1 - event, kind, patterns, stratum=stratum, variance="robust")
    other = cox(
        cells[:, 0], n * cells[:, 1], n * (1 - cells[:, 1]), cells[:, 2].astype(int), patterns,
        stratum=cells[:, 3].astype(int), variance="robust",
    )  # fmt: skip
    assert other.coefficient == pytest.approx(one.coefficient, rel=1e-12)
    assert other.covariance == pytest.approx(one.covariance, rel=1e-12)
    for ties in ("discrete", "marginal"):
        people = cox(time[:60], event[:60], 1 - event[:60], kind[:60], patterns, ties=ties)
        some = np.column_stack([time, event, kind])[:60]
        cells, n = np.unique(some, axis=0, return_counts=True)
        counted = cox(
            cells[:, 0], n * cells[:, 1], n * (1 - cells[:, 1]), cells[:, 2].astype(int), patterns, ties=ties
        )
        assert counted.coefficient == pytest.approx(people.coefficient, rel=1e-10)


def test_a_follow_up_cut_into_intervals_is_the_same_follow_up():
    time, event, x, stratum, _ = tied_trial(150)
    cut = np.ceil(time / 2)
    split = cut < time
    both = np.concatenate([np.arange(150), np.flatnonzero(split)])
    later = np.arange(both.size) >= 150
    stop = np.where(later | ~split[both], time[both], cut[both])
    died = np.where(later | ~split[both], event[both], 0.0)
    entry = np.where(later, cut[both], 0.0)
    for ties in ("efron", "breslow", "discrete", "marginal"):
        whole = cox(time, event, 1 - event, np.arange(150), x, stratum=stratum, ties=ties)
        parts = cox(stop, died, 1 - died, both, x, stratum=stratum[both], entry=entry, ties=ties)
        assert parts.coefficient == pytest.approx(whole.coefficient, rel=1e-9)
        assert parts.covariance == pytest.approx(whole.covariance, rel=1e-9)
    whole = cox(time, event, 1 - event, np.arange(150), x, variance="robust")
    parts = cox(stop, died, 1 - died, both, x, entry=entry, variance="robust", cluster=both)
    assert parts.covariance == pytest.approx(whole.covariance, rel=1e-9)


# --- Firth's penalty ---------------------------------------------------------------------------------


def test_a_penalised_fit_is_the_top_of_the_penalised_likelihood_with_efrons_ties_too():
    time, event, x, stratum, entry = trial(5, n=40)
    rows = cox_rows(time, event, 1 - event, np.arange(40), x, stratum=stratum, entry=entry)
    plain = derivatives(rows)

    def by_definition(beta):
        at = plain(beta * rows.scale)
        return at.log_likelihood + 0.5 * np.linalg.slogdet(at.information)[1]

    fit = fit_rows(rows, firth=True)
    step = 1e-4
    for i in range(2):
        away = step * np.eye(2)[i]
        slope = (by_definition(fit.coefficient + away) - by_definition(fit.coefficient - away)) / (2 * step)
        assert abs(slope) < 1e-6
    low, high = profile_interval(fit, 0)
    for end in (low, high):
        grid = fit.coefficient[1] + np.linspace(-2, 2, 4001)
        best = max(by_definition(np.array([end, other])) for other in grid)
        gap = 2 * (by_definition(fit.coefficient) - best)
        assert gap == pytest.approx(3.841458820694124, abs=1e-4)


def test_separated_arms_have_no_ratio_but_a_penalised_one():
    time = np.concatenate([np.arange(40.0, 52.0), np.arange(40.0, 52.0) + 0.5])
    event = np.zeros(24)
    event[[12, 15, 18, 21]] = 1
    arm = np.repeat([0, 1], 12)
    plain = cox(time, event, 1 - event, arm, [[1.0], [0.0]])
    assert plain.status == "infinite"
    fit = cox(time, event, 1 - event, arm, [[1.0], [0.0]], firth=True)
    assert fit.status == "ok"
    low, high = profile_interval(fit, 0)
    assert low < fit.coefficient[0] < high
    assert np.isfinite([low, high]).all()
    assert term_test(fit, [0]).p_value == pytest.approx(fit.likelihood_ratio.p_value, rel=1e-9)


# --- concordance -------------------------------------------------------------------------------------


def pairs_one_by_one(time, event, x, entry, stratum, weight):
    good = tied = bad = 0.0
    for i in np.flatnonzero(event):
        for j in range(time.size):
            later = time[j] > time[i] or (time[j] == time[i] and not event[j])
            if j == i or not later or stratum[i] != stratum[j] or entry[j] >= time[i]:
                continue
            both = weight[i] * weight[j]
            good, tied, bad = (
                good + both * (x[i] > x[j]),
                tied + both * (x[i] == x[j]),
                bad + both * (x[i] < x[j]),
            )
    return good, bad, tied


@pytest.mark.parametrize("seed", range(4))
def test_concordant_pairs_are_those_counted_one_by_one(seed):
    time, event, x, stratum, entry = trial(seed, n=60, days=12)
    score = np.round(x[:, 0] * 2) / 2
    weight = 0.5 + np.arange(60) % 3
    found = concordance(time, event, score, entry=entry, stratum=stratum, weight=weight)
    slow = pairs_one_by_one(time, event, score, entry, stratum, weight)
    assert (found.concordant, found.discordant, found.tied) == pytest.approx(slow, rel=1e-12)
    # the standard error: what each weight moves, to first order
    influence = []
    for i in range(60):
        ends = []
        for step in (-1e-4, 1e-4):
            moved = weight + step * np.eye(60)[i]
            good, bad, tied = pairs_one_by_one(time, event, score, entry, stratum, moved)
            ends.append((good + tied / 2) / (good + bad + tied))
        influence.append(weight[i] * (ends[1] - ends[0]) / 2e-4)
    assert found.std_err == pytest.approx(math.sqrt(sum(i**2 for i in influence)), rel=1e-6)


def test_counts_of_alike_people_have_the_concordance_of_the_people():
    time, event, x, *_ = tied_trial(300)
    score = np.sign(x[:, 0])
    cells, n = np.unique(np.column_stack([time, event, score]), axis=0, return_counts=True)
    one = concordance(time, event, score)
    other = concordance(cells[:, 0], cells[:, 1], cells[:, 2], count=n)
    assert (other.estimate, other.std_err) == pytest.approx((one.estimate, one.std_err), rel=1e-12)
    assert concordance([1, 2], [0, 0], [1, 2]).status == "no_pairs"


# --- what does not exist -----------------------------------------------------------------------------

BAD = [
    ("no_events", [1, 2, 3], [0, 0, 0], [[0.0], [1], [0]]),
    ("singular", [1, 2, 3], [1, 1, 1], [[1.0], [1], [1]]),
    ("singular", [1, 2, 3, 4], [1, 1, 1, 0], [[0.0, 0], [1, 2], [0, 0], [1, 2]]),
    ("infinite", [1, 2, 3, 4], [1, 1, 0, 0], [[1.0], [1], [0], [0]]),
    ("no_events", [1.0], [0], [[1.0]]),
    ("singular", [1.0], [1], [[1.0]]),
    ("no_events", [], [], np.empty((0, 1))),
    ("no_events", [np.nan, np.inf], [1, 1], [[0.0], [1]]),
]


@pytest.mark.parametrize(("status", "time", "event", "x"), BAD)
@pytest.mark.parametrize("ties", ["efron", "breslow", "discrete", "marginal"])
def test_data_without_an_estimate_have_a_status(status, time, event, x, ties):
    lost = 1 - np.asarray(event, dtype=float)
    fit = cox(time, event, lost, np.arange(len(time)), x, ties=ties)
    assert fit.status == status
    assert fit.coefficient.size == 0
    assert fit.wald is None


def test_people_of_weight_0_and_intervals_that_end_at_their_start_are_not_there():
    time, event, x, _, entry = trial(6)
    more = cox(
        np.append(time, [3, 4]), np.append(event, [1, 1]), np.append(1 - event, [0, 0]),
        np.arange(26), np.vstack([x, [[9, 9], [8, 8]]]),
        entry=np.append(entry, [0, 4]), weight=np.append(np.ones(24), [0, 1]),
    )  # fmt: skip
    fit = cox(time, event, 1 - event, np.arange(24), x, entry=entry)
    assert more.coefficient == pytest.approx(fit.coefficient, rel=1e-12)
    assert more.n == 24


def test_one_time_of_death_has_no_test_of_change_with_time():
    fit = cox([5, 5, 6, 7], [1, 1, 0, 0], [0, 0, 1, 1], np.arange(4), [[0.0], [1], [1], [0]])
    assert fit.status == "ok"
    found = proportional_hazards(fit)
    assert (found.terms, found.whole) == ((None,), None)


def test_martingale_residuals_add_to_nothing_and_scores_are_those_of_the_top():
    data = columns("colon", ["rx", "age"])
    x = np.column_stack([data["rx"] == "Lev", data["age"]]).astype(float)
    fit = cox(
        data["time"], data["event"], 1 - data["event"], np.arange(x.shape[0]), x, stratum=codes(data["rx"])
    )
    assert fit.status == "singular"  # the strata hold the arm
    fit = cox(data["time"], data["event"], 1 - data["event"], np.arange(x.shape[0]), x)
    found = residuals(fit)
    assert abs(found.martingale.sum()) < 1e-9
    assert np.abs(found.score.sum(axis=0)).max() < 1e-6
