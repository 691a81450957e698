"""What is done otherwise for few rows gives the numbers of the way for many, and of a slow reading."""

from __future__ import annotations

import math

import numpy as np
import pytest

from trialist.findings.model_rows import model_rows
from trialist.findings.rows import Rows, coded
from trialist.findings.time_counts import survival_counts
from trialist.kernels import concordance as pairs
from trialist.kernels.cox_columns import Columns
from trialist.kernels.cox_likelihood import row_derivatives
from trialist.kernels.cox_rows import cox_rows
from trialist.kernels.normal import above_chi_square
from trialist.kernels.survival import kaplan_meier, quantile


def people(seed, n=60):
    """Times with and without ties, statuses, strata; by the seed entries, weights and an offset too."""
    draw = np.random.default_rng(seed)
    time = draw.exponential(100, n)
    if seed % 2:
        time = np.ceil(time / 20)
    more = {"stratum": draw.integers(0, (1, 4, 15)[seed % 3], n)}
    if seed % 5 == 1:
        more["entry"] = np.where(draw.random(n) < 0.4, time * draw.random(n), 0.0)
    if seed % 4 == 1:
        more["weight"] = draw.exponential(1, n)
    if seed % 4 == 2:
        more["offset"] = draw.normal(size=n)
    return draw, time, (draw.random(n) < 0.6).astype(float), more


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("seed", range(20))
def test_derivatives_of_few_rows_are_those_of_many(seed, ties):
    draw, time, event, more = people(seed)
    x = draw.normal(size=(time.size, 1 + seed % 5))
    rows = cox_rows(time, event, 1 - event, np.arange(time.size), x, ties=ties, **more)
    at_once = Columns(rows)
    for far in (0.0, 0.5, 3.0):
        beta = draw.normal(size=x.shape[1]) * far
        one, other = at_once.derivatives(beta), row_derivatives(rows, beta)
        size = float(np.abs(other.information).max())
        assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-11)
        assert one.score == pytest.approx(other.score, abs=1e-11 * time.size)
        assert one.information == pytest.approx(other.information, abs=1e-11 * size)


@pytest.mark.parametrize("apart", [40.0, 400.0])
def test_hazards_far_apart_between_strata_lose_no_digits(apart):
    draw = np.random.default_rng(5)
    time, stratum = draw.exponential(100, 60), np.repeat([0, 1], 30)
    x = draw.normal(size=(60, 2))
    rows = cox_rows(
        time, np.ones(60), np.zeros(60), np.arange(60), x, stratum=stratum, offset=apart * stratum
    )
    alone = [
        row_derivatives(
            cox_rows(time[mine], np.ones(30), np.zeros(30), np.arange(30), x[mine] / rows.scale), np.zeros(2)
        )
        for mine in (stratum == 0, stratum == 1)
    ]
    # a constant offset within each stratum changes nothing
    found = Columns(rows).derivatives(np.zeros(2))
    ranges = [np.ptp(x[stratum == s] / rows.scale, axis=0) for s in (0, 1)]
    assert found.score == pytest.approx(sum(a.score * r for a, r in zip(alone, ranges, strict=True)))
    parts = [a.information * np.outer(r, r) for a, r in zip(alone, ranges, strict=True)]
    assert found.information == pytest.approx(sum(parts), rel=1e-9)


def by_hand(time, event, risk, stratum, entry, mass):
    """Concordant, discordant and tied pairs, two people at a time."""
    good = bad = tied = 0.0
    for i in np.flatnonzero(event):
        for j in range(time.size):
            later = time[j] > time[i] or (time[j] == time[i] and not event[j])
            if i == j or not later or stratum[i] != stratum[j] or entry[j] >= time[i]:
                continue
            both = mass[i] * mass[j]
            good, bad = good + both * (risk[i] > risk[j]), bad + both * (risk[i] < risk[j])
            tied += both * (risk[i] == risk[j])
    return good, bad, tied


@pytest.mark.parametrize("few", [0, 10**9], ids=["counted at once", "pair by pair"])
@pytest.mark.parametrize("seed", range(12))
def test_pairs_are_those_counted_by_hand(seed, few, monkeypatch):
    monkeypatch.setattr(pairs, "FEW_PAIRS", few)
    draw, time, event, more = people(seed, 40)
    risk = np.round(draw.normal(size=40), seed % 3)
    entry = more.get("entry", np.full(40, -1.0))
    found = pairs.concordance(
        time, event, risk, stratum=more["stratum"], entry=more.get("entry"), weight=more.get("weight")
    )
    counted = by_hand(time, event, risk, more["stratum"], entry, more.get("weight", np.ones(40)))
    assert (found.concordant, found.discordant, found.tied) == pytest.approx(counted, abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_the_error_of_a_concordance_does_not_depend_on_how_pairs_are_counted(seed, monkeypatch):
    draw, time, event, more = people(seed)
    risk = np.round(draw.normal(size=time.size), 1)
    more.pop("offset", None)
    errors = []
    for few in (0, 10**9):
        monkeypatch.setattr(pairs, "FEW_PAIRS", few)
        errors.append(pairs.concordance(time, event, risk, **more).std_err)
    assert errors[0] == pytest.approx(errors[1], rel=1e-12)


def first_reached(time, height, p):
    """R's rule, height by height: where the height is p within rounding, the middle of the flat part."""
    near = 1.4901161193847656e-08
    steps, seen = [], set()
    for x, y in zip([0.0, *time], [0.0, *(1 - height)], strict=True):
        if not (y in seen or any(math.isnan(y) and math.isnan(other) for other in seen)):
            seen.add(y)
            steps.append((x, y))
    last = steps[-1][1]
    known = sorted((y, x) for x, y in steps if not math.isnan(y))
    above = [x for y, x in known if y + near >= p]
    if not above or known[-1][0] < p:
        return None
    if not math.isnan(last) and abs(p - last) < near:
        return (above[0] + time[-1]) / 2
    beyond = [x for y, x in known if y - near >= p]
    return (above[0] + beyond[0]) / 2 if beyond else None


@pytest.mark.parametrize("seed", range(30))
def test_quantiles_and_their_ends_are_those_read_height_by_height(seed):
    _, time, event, _ = people(seed, (3, 8, 20, 60)[seed % 4])
    kind = ("log_log", "log", "plain", "logit", "arcsine")[seed % 5]
    curve = kaplan_meier(time, event, 1 - event, interval=kind)
    for p in (0.1, 0.25, 0.5, 0.75, 0.9):
        found = quantile(curve, p)
        read = [first_reached(curve.time, ends, p) for ends in (curve.survival, curve.low, curve.high)]
        assert [found.value, found.low, found.high] == pytest.approx(read)


@pytest.mark.parametrize("statistic", [0.0, 1e-12, 0.5, 3.841458820694124, 50.0, 700.0])
def test_a_chi_square_of_one_degree_is_that_of_scipy(statistic):
    from scipy.special import chdtrc

    assert above_chi_square(statistic, 1) == pytest.approx(float(chdtrc(1, statistic)), rel=1e-12)
    assert above_chi_square(statistic, 3) == float(chdtrc(3, statistic))


@pytest.mark.parametrize("levels", [0, 1, 2, 6, 7, 30])
def test_words_have_sorted_levels_however_many_there_are(levels):
    words = np.random.default_rng(1).permutation(np.repeat([f"w{i}" for i in range(levels)], 4).astype(str))
    found = coded(words)
    assert found.levels == tuple(sorted(set(words.tolist())))
    assert [found.levels[code] for code in found.code] == words.tolist()


def rows_of_eight():
    return Rows(
        {
            "arm": coded(np.array(["b", "a", "a", "b", "a", "b", "a", "b"])),
            "time_days": np.array([5.0, 3.0, np.nan, -2.0, 7.0, np.inf, 3.0, -np.inf]),
            "event": np.array([1.0, 0.0, 1.0, 1.0, np.nan, 1.0, 1.0, 1.0]),
            "sex": coded(np.array(["F", None, "M", "M", "F", "F", "M", "M"], dtype=object)),
        },
        np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
    )


def test_a_model_of_arms_tells_for_each_subject_why_it_is_left_out():
    found = model_rows(rows_of_eight(), ["a", "b"], strata=["sex"])
    assert found.left_out == {
        "no time or no status": 22, "a time below 0": 4, "a stratification factor has no value": 2,
    }  # fmt: skip
    assert (found.n, found.events) == (8, 8)


def test_methods_share_the_counts_of_rows_and_other_rows_have_their_own():
    rows = rows_of_eight()
    first = survival_counts(rows, ["a", "b"], ["sex"])
    assert survival_counts(rows, ("a", "b"), ("sex",)) is first
    assert survival_counts(rows, ["b", "a"], ["sex"]) is not first
    later = rows.with_columns(time_days=np.array([9.0] * 8))
    assert set(survival_counts(later, ["a", "b"]).time.tolist()) == {9.0}
    assert survival_counts(rows, ["a", "b"]).time.tolist() == [3.0, 3.0, 5.0]


def test_shared_counts_go_when_their_rows_go():
    import gc
    import weakref

    rows = rows_of_eight()
    times = weakref.ref(rows.data["time_days"])
    survival_counts(rows, ["a", "b"], ["sex"])
    model_rows(rows, ["a", "b"])
    gc.disable()
    try:
        del rows
        assert times() is None
    finally:
        gc.enable()


def test_hazards_beyond_floating_point_are_told_without_a_warning():
    x = np.linspace(-1, 1, 12)[:, None]
    rows = cox_rows(np.arange(1.0, 13.0), np.ones(12), np.zeros(12), np.arange(12), x)
    for size in (1e2, 1e3, 1e4, 1e6):
        for beta in (np.array([size]), np.array([-size])):
            one, other = Columns(rows).derivatives(beta), row_derivatives(rows, beta)
            assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-9)


def test_nobody_has_no_pairs():
    assert pairs.concordance([], [], []).status == "no_pairs"
    assert pairs.concordance([3.0], [True], [1.0]).status == "no_pairs"
