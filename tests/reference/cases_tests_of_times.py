"""Weighted log-rank tests, MaxCombo, trend, one-step ratios and permutations beside R."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import reference_cases as shared

from trialist.kernels import max_combo, one_step_ratio, permuted_log_rank
from trialist.kernels.weighted_log_rank import Weight, weighted_log_rank

FILES = ("tests_of_times",)
TITLES = {
    "weighted_log_rank": "weighted log-rank: sums, variances, chi-square, stratified or not",
    "max_combo": "MaxCombo: statistics, correlation, joint p value",
    "log_rank_trend": "log-rank test for trend",
    "one_step_ratio": "hazard ratios of Peto and of Pike",
    "permuted_log_rank": "log-rank tests by all permutations",
}
FUNCTIONS = {
    "weighted_log_rank": "survdiff, logrank_trafo (coin), the definition",
    "max_combo": "pmvnorm (mvtnorm, TVPACK), integrate",
    "log_rank_trend": "survdiff's sums",
    "one_step_ratio": "survdiff's sums",
    "permuted_log_rank": "logrank_test (coin, exact)",
}


def weight(words: dict[str, Any]) -> Weight:
    given = {
        key: value for key, value in words.items() if key != "kind" and value is not None and value != {}
    }
    return Weight(words["kind"], **given)


def _data(name: str, options: dict[str, Any]) -> tuple[Any, ...]:
    data = shared.columns(name, [options["group"], *options["strata"]])
    group = shared.codes(data[options["group"]])
    strata = [data[word] for word in options["strata"]]
    return data["time"], data["event"], 1 - data["event"], group, shared.codes(*strata) if strata else None


def _each(name: str, r: list[float], ours: Any) -> Iterator[shared.Pair]:
    values = np.asarray(ours, dtype=float).ravel().tolist()
    assert len(values) == len(r), name
    # what is 0 but for rounding in both is the same number
    size = max((abs(one) for one in r), default=0.0)
    for one, other in zip(r, values, strict=True):
        yield name, one, one if abs(one - other) < 1e-13 * size else other


def _weighted(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[shared.Pair]:
    time, died, lost, group, stratum = _data(name, options)
    groups = int(group.max()) + 1
    found = weighted_log_rank(
        time, died, lost, group, groups, stratum, weight(options["weight"]), options["curve"]
    )
    yield from _each("observed", expect["observed"], found.observed)
    yield from _each("expected", expect["expected"], found.expected)
    yield from _each("variance", expect["variance"], found.variance.T)
    for key in ("chi_square", "df", "p_value"):
        yield key, expect[key], getattr(found, key)


def _max_combo(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[shared.Pair]:
    time, died, lost, group, stratum = _data(name, options)
    weights = [weight(words) for words in options["weights"]]
    found = max_combo.max_combo(time, died, lost, group, stratum, weights, alternative=options["alternative"])
    yield from _each("z", expect["z"], found.z)
    yield from _each("correlation", expect["correlation"], found.correlation)
    yield "statistic", expect["statistic"], found.statistic
    yield "p_value", expect["p_value"], found.p_value


def _trend(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[shared.Pair]:
    time, died, lost, group, stratum = _data(name, options)
    found = max_combo.log_rank_trend(
        time, died, lost, group, options["scores"], stratum, weight(options["weight"])
    )
    for key in ("score", "variance", "z"):
        yield key, expect[key], getattr(found, key)


def _ratio(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[shared.Pair]:
    time, died, lost, group, stratum = _data(name, options)
    two = group < 2
    test = weighted_log_rank(
        time[two], died[two], lost[two], group[two], 2, None if stratum is None else stratum[two]
    )
    for key, method in (("peto", one_step_ratio.peto), ("pike", one_step_ratio.pike)):
        ratio = method(test)
        assert ratio is not None
        yield from _each(key, expect[key], (ratio.value, ratio.low, ratio.high))


def _permuted(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[shared.Pair]:
    data = shared.columns(name, ["trt"])
    rows = np.array(options["rows"]) - 1
    time, died, group = data["time"][rows], data["event"][rows], shared.codes(data["trt"][rows])
    # coin's `less` is of the scores: the first group lives shorter
    for r, alternative in zip(expect["p_value"], ("two_sided", "greater", "less"), strict=True):
        found = permuted_log_rank.permuted(
            time, died, 1 - died, group, 2, weight=Weight(options["weight"]), alternative=alternative
        )
        yield f"p_value {alternative}", r, found.p_value


COMPARE = {
    "weighted_log_rank": _weighted,
    "max_combo": _max_combo,
    "log_rank_trend": _trend,
    "one_step_ratio": _ratio,
    "permuted_log_rank": _permuted,
}
