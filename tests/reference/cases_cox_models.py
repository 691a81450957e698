"""What follows from a Cox model, beside R's survival: intervals, tests, residuals, curves, concordance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from reference_cases import Pair, codes, columns, design_matrix

from trialist.kernels.concordance import concordance
from trialist.kernels.cox import CoxFit, cox
from trialist.kernels.cox_profile import profile_interval, term_test
from trialist.kernels.cox_proportional import proportional_hazards
from trialist.kernels.cox_residuals import residuals, schoenfeld
from trialist.kernels.cox_survival import predicted_survival

FILES = ("cox_models",)
TITLES = {"cox_model": "Cox model: entry times, weights, clusters, profile intervals, residuals, curves"}
FUNCTIONS = {"cox_model": "coxph, cox.zph, residuals, survfit, concordance"}
_MADE = {  # columns that the R script adds to a data set, from the number of the row, from 1
    ("lung", "wt"): lambda row, data: 1 + (row % 3) / 2,
    ("veteran", "wt"): lambda row, data: 0.5 + (row % 4) / 4,
    ("veteran", "group"): lambda row, data: row % 40,
    ("veteran", "ahead"): lambda row, data: data["karno"] / 100,
    ("heart", "wt"): lambda row, data: 1 + (data["id"] % 3) / 2,
}
_WORDS = {"exact": "discrete"}


def data_of(name: str, options: dict[str, Any]) -> dict[str, np.ndarray]:
    plain = [c.removeprefix("factor(").removesuffix(")") for c in options["covariates"]]
    wanted = [*plain, *options["strata"], *(["entry"] if options["entry"] else [])]
    wanted += [options[key] for key in ("weight", "cluster", "offset") if options[key]]
    wanted += {"ahead": ["karno"], "wt": ["id"] if name == "heart" else []}.get(options["offset"] or "", [])
    wanted += ["id"] if name == "heart" else ["karno"] if name == "veteran" else []
    made = [c for c in wanted if (name, c) in _MADE]
    data = columns(name, [c for c in dict.fromkeys(wanted) if c not in made])
    rows = np.arange(1, data["time"].size + 1)
    return data | {c: _MADE[name, c](rows, data) for c in made}


def fitted(name: str, options: dict[str, Any], **more: Any) -> tuple[CoxFit, dict[str, np.ndarray]]:
    data = data_of(name, options)
    matrix = design_matrix(data, options["covariates"])
    patterns, pattern = np.unique(matrix, axis=0, return_inverse=True)

    def maybe(key: str) -> Any:
        return data[options[key]] if options[key] else None

    return cox(
        data["time"],
        data["event"],
        1 - data["event"],
        pattern.ravel(),
        patterns,
        stratum=codes(*(data[s] for s in options["strata"])) if options["strata"] else None,
        ties=_WORDS.get(options["ties"], options["ties"]),
        entry=data["entry"] if options["entry"] else None,
        weight=maybe("weight"),
        offset=maybe("offset"),
        **more,
    ), data


def _each(name: str, r: list[Any], ours: Any) -> Iterator[Pair]:
    values = np.asarray(ours, dtype=float).ravel().tolist()
    assert len(values) == len(r), (name, len(values), len(r))
    for one, other in zip(r, values, strict=True):
        yield name, one, other


def _chi(name: str, r: dict[str, Any], ours: Any) -> Iterator[Pair]:
    for key in ("statistic", "df", "p_value"):
        yield f"{name} {key}", r[key], getattr(ours, key)


def _some(name: str, r: dict[str, Any], ours: np.ndarray) -> Iterator[Pair]:
    """Some of the values, and sums of squares of all; a value near 0 against the size of them all."""
    square = (ours**2).sum(axis=0)
    yield from _each(f"{name} squares", r["square"], square)
    size = np.sqrt(square / ours.shape[0])
    for one, other in zip(
        np.reshape(r["value"], (len(r["at"]), -1)).ravel().tolist(),
        np.reshape(ours[r["at"]], -1).tolist(),
        strict=True,
    ):
        yield name, one + float(np.max(size)), other + float(np.max(size))


def _cox_model(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    fit, data = fitted(name, options)
    assert fit.status == "ok"
    yield "n", expect["n"], fit.n
    yield "events", expect["events"], fit.events
    yield from _each("coefficient", expect["coefficient"], fit.coefficient)
    yield from _each("std_err", expect["std_err"], fit.std_err)
    yield from _each("log_likelihood", expect["log_likelihood"], fit.log_likelihood)
    for test in ("wald", "score", "likelihood_ratio"):
        yield from _chi(test, expect[test], getattr(fit, test))
    profile = expect["profile"]
    ends = profile_interval(fit, profile["index"])
    yield from _each("profile end", [profile["low"], profile["high"]], ends)
    yield from _chi("likelihood ratio of a term", expect["without"], term_test(fit, [profile["index"]]))
    if "robust" not in expect:
        return
    cluster = data[options["cluster"]] if options["cluster"] else None
    robust, _ = fitted(name, options, variance="robust", cluster=cluster)
    yield from _each("robust std_err", expect["robust"]["std_err"], robust.std_err)
    yield from _chi("robust wald", expect["robust"]["wald"], robust.wald)
    found = residuals(fit)
    back = np.argsort(found.source)
    for key, ours in (
        ("martingale", found.martingale),
        ("deviance", found.deviance),
        ("score_residual", found.score),
        ("dfbeta", found.dfbeta),
    ):
        yield from _some(key, expect[key], ours[back])
    at_deaths = schoenfeld(fit)
    yield from _some("schoenfeld", expect["schoenfeld"], at_deaths.residual)
    yield from _some("scaled schoenfeld", expect["scaled_schoenfeld"], at_deaths.scaled)
    for transform, r in expect["proportional"].items():
        test = proportional_hazards(fit, transform, expect["assign"])
        for i, ours in enumerate((*test.terms, test.whole)):
            yield from _chi(f"{transform}", {key: r[key][i] for key in r}, ours)
    yield from _concordance(fit, data, options, expect["concordance"])
    for kind, r in expect.get("survival", {}).items():
        curve = predicted_survival(fit, expect["at"], stratum=expect.get("stratum", 0), interval=kind)
        at = np.searchsorted(curve.time, np.array(r["time"]) - 1e-9)
        for key in ("time", "cumulative_hazard", "std_err", "survival", "low", "high"):
            yield from _each(f"{kind} {key}", r[key], getattr(curve, key)[at])


def _concordance(fit: CoxFit, data: Any, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    predictor = design_matrix(data, options["covariates"]) @ fit.coefficient
    if options["offset"]:
        predictor = predictor + data[options["offset"]]
    found = concordance(
        data["time"],
        data["event"],
        np.round(predictor, 12),
        entry=data["entry"] if options["entry"] else None,
        stratum=codes(*(data[s] for s in options["strata"])) if options["strata"] else None,
        weight=data[options["weight"]] if options["weight"] else None,
    )
    yield "concordance", expect["estimate"], found.estimate
    yield "concordance std_err", expect["std_err"], found.std_err
    yield from _each("pairs", expect["count"], [found.concordant, found.discordant, found.tied])


COMPARE = {"cox_model": _cox_model}
