"""Networks of treatments beside metafor's rma.mv and netmeta."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from reference_cases import HERE, Pair, _each

from trialist.kernels import arm_effects
from trialist.kernels.mantel_haenszel_network import mantel_haenszel_network
from trialist.kernels.network import network
from trialist.kernels.network_flow import flow
from trialist.kernels.network_heterogeneity import log_likelihood
from trialist.kernels.network_inconsistency import decomposition, splits
from trialist.kernels.network_trials import NetworkTrials, from_arms, from_contrasts
from trialist.kernels.network_weights import fitted
from trialist.kernels.ranking import p_scores

FILES = ("network", "network_netmeta")
Given, Expected = dict[str, Any], dict[str, Any]


@cache
def _networks() -> dict[str, Any]:
    own = json.loads((HERE / "data" / "networks.json").read_text())
    return own | json.loads((HERE / "network_netmeta.json").read_text())["networks"]


@cache
def trials_of(name: str) -> tuple[NetworkTrials, int]:
    """The trials of a data set and how many treatments they compare."""
    data = _networks()[name]
    n = data["treatments"]
    if data["kind"] == "contrasts":
        rows = (data[key] for key in ("trial", "one", "two", "effect", "error"))
        return from_contrasts(*rows), n
    if data["kind"] == "means":
        arms = arm_effects.from_means(data["trial"], data["mean"], data["sd"], data["n"])
    else:
        arms = arm_effects.from_counts(data["trial"], data["events"], data["n"], "odds_ratio")
    return from_arms(data["trial"], data["treatment"], arms.value, arms.variance, arms.refused), n


def _rma_mv(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    trials, n = trials_of(name)
    found = network(
        trials,
        n,
        model="common" if given["model"] == "FE" else "random",
        tau2=given["model"].lower() if given["model"] != "FE" else 0.0,
        tau2_interval="profile_likelihood" if "tau2_low" in expect else None,
        interval="t" if given["test"] == "t" else "normal",
        predict_df="normal",
    )
    yield from _against_first(found, expect)
    centre = np.eye(n)[1:] - np.eye(n)[0]
    yield from _each("covariance", expect["covariance"], centre @ found.covariance @ centre.T)
    yield from _of_q(found, expect)
    for key in ("tau2", "tau2_low", "tau2_high"):
        if key in expect:
            yield key, expect[key], getattr(found, key)
    if "log_likelihood" in expect:
        restricted = given["model"] == "REML"
        ours = log_likelihood(trials, n, found.tau2, restricted=restricted)
        yield "log_likelihood", expect["log_likelihood"], ours


def _against_first(found: Any, expect: Expected) -> Iterator[Pair]:
    for key in ("effect", "std_err", "z", "p_value", "low", "high", "predict_low", "predict_high"):
        if key in expect:
            yield from _each(key, expect[key], getattr(found, key)[1:, 0])


def _of_q(found: Any, expect: Expected) -> Iterator[Pair]:
    for key in ("q", "df", "q_p_value", "i2", "i2_low", "i2_high"):
        if key in expect:
            yield key, expect[key], getattr(found, key)


def _designs(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    found = decomposition(*trials_of(name))
    for key in ("within", "between"):
        yield f"{key} q", expect[key], getattr(found, key).q
        yield f"{key} df", expect[f"{key}_df"], getattr(found, key).df
    yield "between p_value", expect["between_p_value"], found.between.p_value


def _netmeta(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    trials, n = trials_of(name)
    found = network(trials, n, model=given["model"], tau2="dersimonian_laird")
    yield from _against_first(found, expect)
    yield from _of_q(found, expect)
    if "tau2" in expect:
        yield "tau2", expect["tau2"], found.tau2


def _netsplit(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    trials, n = trials_of(name)
    tau2 = network(trials, n).tau2 if given["model"] == "random" else 0.0
    found = {(s.first, s.second): s for s in splits(trials, n, tau2, method=given["method"])}
    assert len(expect["one"]) == sum(s.trials > 0 for s in found.values())
    for i, (one, two) in enumerate(zip(expect["one"], expect["two"], strict=True)):
        ours, sign = (found[one, two], 1) if one < two else (found[two, one], -1)
        yield "trials", expect["trials"][i], ours.trials
        yield "proportion", expect["proportion"][i], ours.proportion
        for key in ("direct", "indirect", "difference"):
            value = getattr(ours, key)
            yield key, expect[key][i], None if value is None else sign * value
            yield f"{key}_error", expect[f"{key}_error"][i], getattr(ours, f"{key}_error")
        yield "p_value", expect["p_value"][i], ours.p_value


def _p_scores(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    found = network(*trials_of(name), model=given["model"])
    ours = p_scores(found.effect, found.std_err, lower_is_better=True)
    yield from _each("P-score", expect["score"], ours)


def _contribution(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    trials, n = trials_of(name)
    fit = fitted(trials, n, (network(trials, n).tau2 or 0.0) if given["model"] == "random" else 0.0)
    columns = [_pair(expect["columns"], i) for i in range(len(expect["columns"]["one"]))]
    r = np.array(expect["share"], dtype=float).reshape(-1, len(columns))
    for i, row in enumerate(r):
        ours = flow(fit, *_pair(expect["rows"], i))
        share = dict(zip(map(tuple, ours.edges.tolist()), ours.contribution.tolist(), strict=True))
        yield from _each("contribution", row.tolist(), [share[pair] for pair in columns])


def _pair(listed: dict[str, list[int]], i: int) -> tuple[int, int]:
    one, two = listed["one"][i], listed["two"][i]
    return min(one, two), max(one, two)


def _decomposition(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    trials, n = trials_of(name)
    found = decomposition(trials, n)
    for i, part in enumerate((found.total, found.within, found.between)):
        yield "q", expect["q"][i], part.q
        yield "df", expect["df"][i], part.df
        yield "q p_value", expect["p_value"][i], part.p_value
    designs = {d.treatments: d for d in found.designs}
    within = {k: d.within for k, d in designs.items() if d.within.df > 0}
    detached = {k: d.detached for k, d in designs.items() if d.detached is not None}
    for key, ours in (("within", within), ("detached", detached)):
        r = expect[key]
        for i, design in enumerate(r["design"]):
            part = ours.get(tuple(sorted(int(code[1:]) - 1 for code in design.split(":"))))
            if r["df"][i] == 0:
                continue
            assert part is not None, design
            yield f"{key} q", r["q"][i], part.q
            yield f"{key} df", r["df"][i], part.df
            if "p_value" in r:
                yield f"{key} p_value", r["p_value"][i], part.p_value
    yield "random q", expect["random"], found.between_random.q
    yield "random p_value", expect["random_p_value"], found.between_random.p_value
    yield "tau2_within", expect["tau2_within"], found.tau2_within


_MEASURES = {"OR": "odds_ratio", "RR": "risk_ratio", "RD": "risk_difference", "ASD": "arcsine_difference"}


def _contrasts(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    data = _networks()[name]
    measure = _MEASURES[given["measure"]]
    without = 0.0 if measure == "risk_ratio" else None
    arms = arm_effects.from_counts(data["trial"], data["events"], data["n"], measure, add_without=without)
    found = from_arms(data["trial"], data["treatment"], arms.value, arms.variance, arms.refused)
    by_trial = {int(t): i for i, t in enumerate(found.trial)}
    assert set(by_trial) == set(expect["trial"])
    for i, trial in enumerate(expect["trial"]):
        at = found.some([by_trial[trial]])
        places = at.arms[0].tolist()
        one, two = places.index(expect["one"][i]), places.index(expect["two"][i])
        spread = np.zeros((len(places), len(places)))
        spread[1:, 1:] = at.covariance[0]
        yield "effect", expect["effect"][i], at.effect[0, one] - at.effect[0, two]
        variance = spread[one, one] + spread[two, two] - 2 * spread[one, two]
        yield "error", expect["error"][i], float(np.sqrt(variance))


def _mantel_haenszel(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    data = _networks()[name]
    found, _ = mantel_haenszel_network(
        *(data[key] for key in ("trial", "treatment", "events", "n")), data["treatments"]
    )
    for key in ("effect", "std_err", "p_value"):
        yield from _each(key, expect[key], getattr(found, key)[1:, 0])
    yield "q_inconsistency", expect["q_inconsistency"], found.q
    yield "df", expect["df"], found.df
    yield "trials", expect["trials"], found.trials


COMPARE = {
    "network_mv": _rma_mv,
    "network_designs": _designs,
    "netmeta": _netmeta,
    "netsplit": _netsplit,
    "p_scores": _p_scores,
    "contribution": _contribution,
    "decomposition": _decomposition,
    "contrasts": _contrasts,
    "netmetabin": _mantel_haenszel,
}
TITLES = {
    "network_mv": "network: effects, tau2 by REML and ML, profile intervals, Q",
    "network_designs": "network: Q within and between designs",
    "netmeta": "network: effects, tau2 by moments, prediction, I2",
    "netsplit": "direct against indirect evidence: back-calculation and exclusion",
    "p_scores": "P-scores",
    "contribution": "contributions of direct comparisons (random walk)",
    "decomposition": "Q by design, detached designs, design-by-treatment interaction",
    "contrasts": "effects of arms from counts, with zeros",
    "netmetabin": "network: Mantel-Haenszel odds ratios",
}
FUNCTIONS = {
    "network_mv": "rma.mv, confint (metafor); score written out",
    "network_designs": "rma.mv (metafor)",
    "netmeta": "netmeta 3.6-2",
    "netsplit": "netsplit (netmeta 3.6-2)",
    "p_scores": "netrank (netmeta 3.6-2)",
    "contribution": "netcontrib (netmeta 3.6-2)",
    "decomposition": "decomp.design (netmeta 3.6-2)",
    "contrasts": "pairwise (netmeta 3.6-2)",
    "netmetabin": "netmetabin (netmeta 3.6-2)",
}
