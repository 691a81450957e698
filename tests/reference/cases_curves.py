"""Curves of times to event beside R's survival: see reference_cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from analysed import analyse, context, one, times
from reference_cases import Pair, columns

from trialist.kernels import interval_censored, milestone, rmst, survival, turnbull
from trialist.units import DAYS_PER_MONTH

FILES = ("curves",)


def _group(
    name: str, options: dict[str, Any], of: Any, wanted: tuple[str, ...] = ()
) -> dict[str, np.ndarray]:
    data = columns(name, [options["group"], *wanted])
    values = data[options["group"]]
    mine = values == (float(of) if values.dtype.kind == "f" else of)
    return {key: column[mine] for key, column in data.items()}


def _same(quantity: str, r: list[Any], ours: Any) -> Iterator[Pair]:
    values = np.asarray(ours, dtype=float).ravel().tolist()
    assert len(values) == len(r), quantity
    for one_, other in zip(r, values, strict=True):
        yield quantity, one_, None if other != other else other


def _shown(
    curve: survival.KaplanMeierCurve, expect: dict[str, Any], *, plain_at_zero: bool = False
) -> Iterator[Pair]:
    at = np.searchsorted(curve.time, np.array(expect["curve"]["time"]) - 1e-9)
    for key in ("time", "survival", "low", "high"):
        yield from _same(f"curve {key}", expect["curve"][key], getattr(curve, key)[at])
    quantiles = expect["quantile"]
    for i, p in enumerate(quantiles["p"]):
        found = survival.quantile(curve, p)
        for key in ("value", "low", "high"):
            yield f"quantile {key}", quantiles[key][i], getattr(found, key)
    for i, time in enumerate(expect["at"]["time"]):
        seen = survival.probability(curve, time)
        for key, theirs in (("value", "survival"), ("low", "low"), ("high", "high"), ("std_err", "std_err")):
            yield f"probability {key}", expect["at"][theirs][i], getattr(seen, key)


def _curve(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    data = _group(name, options, options["of"])
    how = {key: options[key] for key in ("interval", "level", "estimate")}
    yield from _shown(survival.kaplan_meier(data["time"], data["event"], 1 - data["event"], **how), expect)


def _reverse_curve(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    data = _group(name, options, options["of"])
    yield from _shown(survival.kaplan_meier(data["time"], 1 - data["event"], data["event"]), expect)


def _weighted_curve(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    data = _group(name, options, options["of"], ("age",))
    event = data["event"]
    weight = np.round(1 / (0.25 + 0.5 / (1 + np.exp(-(data["age"] - 60) / 10))), 4)
    squares = (weight**2 * event, weight**2 * (1 - event)) if options["robust"] else None
    yield from _shown(
        survival.kaplan_meier(
            data["time"], weight * event, weight * (1 - event), interval=options["interval"], squares=squares
        ),
        expect,
    )


def _flat_quantile(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    event = np.array(options["event"])
    found = survival.quantile(survival.kaplan_meier(options["time"], event, 1 - event), options["p"])
    for key in ("value", "low", "high"):
        yield f"quantile {key}", expect[key], getattr(found, key)


def _near_ties(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    event = np.array([1, 1, 0, 1])
    curve = survival.kaplan_meier(options["time"], event, 1 - event)
    for key in ("time", "survival", "at_risk"):
        yield from _same(key, expect[key], getattr(curve, key))


def _contrast(name: str, r: dict[str, Any], ours: rmst.Contrast) -> Iterator[Pair]:
    for key in ("value", "low", "high", "p_value"):
        yield f"{name} {key}", r[key], getattr(ours, key)


def _restricted_mean(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    groups = [_group(name, options, of) for of in options["of"]]
    curves = [survival.kaplan_meier(g["time"], g["event"], 1 - g["event"]) for g in groups]
    first, second = (rmst.restricted_mean(curve, options["tau"]) for curve in curves)
    yield from _same("mean", expect["mean"], [first.mean, second.mean])
    yield from _same("std_err", expect["std_err"], [first.std_err, second.std_err])
    yield from _contrast("difference", expect["difference"], rmst.difference(first, second))
    yield from _contrast("ratio", expect["ratio"], rmst.ratio(first, second))
    yield from _contrast("lost ratio", expect["lost_ratio"], rmst.ratio(first, second, lost=True))


def _milestone(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    groups = [_group(name, options, of) for of in options["of"]]
    curves = [survival.kaplan_meier(g["time"], g["event"], 1 - g["event"]) for g in groups]
    first, second = (survival.probability(curve, options["at"]) for curve in curves)
    yield from _contrast("difference", expect["difference"], milestone.survival_difference(first, second))
    yield from _contrast("ratio", expect["ratio"], milestone.survival_ratio(first, second))
    for scale, p in expect["p_values"].items():
        yield f"{scale} p_value", p, milestone.scale_test(first, second, scale).p_value


def _landmark(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    """Through the methods: the landmark in months, of days (or of the months of a published curve)."""
    per = DAYS_PER_MONTH if name.startswith("PREVAIL") else 1.0
    data = columns(name, [options["group"]])
    group = [f"{value:g}" if isinstance(value, float) else value for value in data[options["group"]].tolist()]
    table = times(list(zip(group, (data["time"] * per).tolist(), (data["event"] == 1).tolist(), strict=True)))
    arms = tuple(options["of"])
    at, words = context(*arms, compare=arms), {"landmark_months": options["landmark"] * per / DAYS_PER_MONTH}
    ratio = one(analyse(table, at, method="cox_ph", **words), "hazard_ratio")
    yield "n", expect["n"], ratio.n
    yield "ratio", expect["ratio"], ratio.estimate
    yield "low", expect["low"], ratio.interval.low
    yield "high", expect["high"], ratio.interval.high
    test = one(analyse(table, at, method="log_rank", **words), "log_rank")
    yield "chi_square", expect["chi_square"], test.estimate
    yield "p_value", expect["p_value"], test.p_value.value
    curve = one(analyse(table, at, method="kaplan_meier", **words), "median_time", groups=arms[:1])
    scale = DAYS_PER_MONTH / per
    for key, ours in (("", curve.estimate), ("_low", curve.interval.low), ("_high", curve.interval.high)):
        yield f"median{key}", expect[f"median{key}"], None if ours is None else ours * scale


def _ends(options: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    right = [np.inf if end is None else end for end in options["right"]]
    return np.array(options["left"], dtype=float), np.array(right, dtype=float)


def _turnbull(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    fit = turnbull.turnbull(*_ends(options))
    assert fit.status == "ok"
    yield "log likelihood", expect["log_likelihood"], fit.log_likelihood
    for at, theirs in zip(expect["at"], expect["survival"], strict=True):
        yield "1 + survival", 1 + theirs, 1 + float(1 - fit.mass[fit.right <= at].sum())


def _weibull(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    left, right = _ends(options)
    first = np.array(options["first"], dtype=int)
    fit = interval_censored.weibull(left, right, np.ones(left.size), 1 - first, [[1.0], [0.0]])
    assert fit.status == "ok"
    yield from _same("coefficient", expect["coefficient"], fit.coefficient)
    yield "log_scale", expect["log_scale"], fit.log_scale
    yield from _same("covariance", expect["covariance"], fit.covariance)
    yield "log_likelihood", expect["log_likelihood"], fit.log_likelihood
    value, error = fit.log_hazard_ratio(1)
    yield "log hazard ratio", expect["hazard_ratio"]["log"], value
    yield "its std_err", expect["hazard_ratio"]["std_err"], error
    for i, pattern in enumerate(([1.0], [0.0])):
        logs, spread = fit.log_quantile(pattern, 0.5)
        yield "median", expect["median"][i], float(np.exp(logs))
        yield "median std_err", expect["median_std_err"][i], float(np.exp(logs)) * spread


COMPARE = {
    "curve": _curve,
    "reverse_curve": _reverse_curve,
    "weighted_curve": _weighted_curve,
    "flat_quantile": _flat_quantile,
    "near_ties": _near_ties,
    "restricted_mean": _restricted_mean,
    "milestone": _milestone,
    "landmark": _landmark,
    "turnbull": _turnbull,
    "weibull": _weibull,
}
TITLES = {
    "curve": "curves: intervals logit and arcsine, Nelson-Aalen and Fleming-Harrington estimates, quantiles",
    "reverse_curve": "potential follow-up: reverse Kaplan-Meier",
    "weighted_curve": "weighted Kaplan-Meier, jackknife and Greenwood's variance",
    "flat_quantile": "quantiles of curves with flat parts",
    "near_ties": "times that are equal up to rounding",
    "restricted_mean": "restricted means, time lost, difference and ratios",
    "milestone": "survival at a time: difference, ratio, tests on five scales",
    "landmark": "from a landmark: Cox model, log-rank test, median",
    "turnbull": "Turnbull's estimate",
    "weibull": "Weibull model of exact and interval-censored times",
}
FUNCTIONS = {
    "curve": "survfit, quantile, summary",
    "reverse_curve": "survfit, quantile, summary",
    "weighted_curve": "survfit(weights, robust)",
    "flat_quantile": "quantile",
    "near_ties": "survfit (timefix)",
    "restricted_mean": "summary(survfit, rmean)",
    "milestone": "summary(survfit)",
    "landmark": "coxph, survdiff, quantile",
    "turnbull": "self-consistency, in the script",
    "weibull": "survreg, predict",
}
