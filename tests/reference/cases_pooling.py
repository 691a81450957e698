"""Meta-analysis, meta-regression, tables, small-study effects and effects of studies beside R's metafor."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from reference_cases import Pair, _each, data_rows

from trialist.kernels import (
    binomial_normal,
    heterogeneity,
    meta_analysis,
    meta_influence,
    meta_regression,
    rare_events,
    small_study_effects,
    small_study_sizes,
    study_effects,
)

FILES = ("pooling",)
Given, Expected = dict[str, Any], dict[str, Any]
_NUMBERS = {"p_value", "q_p_value", "q", "q_df", "i2", "h2", "weight"}


@cache
def table(name: str) -> dict[str, np.ndarray]:
    """The columns of a data set: numbers, NaN where there is none, else text."""
    rows = data_rows(f"pool_{name}")
    found: dict[str, np.ndarray] = {}
    for key in rows[0]:
        values = [row[key] for row in rows]
        try:
            found[key] = np.array([float(value) if value else math.nan for value in values])
        except ValueError:
            found[key] = np.array(values)
    return found


@cache
def effects(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Effects and variances of a data set, computed here from what the studies reported."""
    d = table(name)
    if name == "bcg":
        n1, n2 = d["tpos"] + d["tneg"], d["cpos"] + d["cneg"]
        made = study_effects.of_counts(d["tpos"], n1, d["cpos"], n2, "risk_ratio")
    elif name == "normand":
        columns = (d[key] for key in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"))
        made = study_effects.of_means(*columns, "mean_difference")
    elif name == "pritz":
        made = study_effects.of_proportions(d["xi"], d["ni"], "logit")
    elif name == "pignon":
        return d["OmE"] / d["V"], 1 / d["V"]
    else:
        return d["yi"], d["vi"]
    return made.y, made.v


def design(name: str, moderators: list[str]) -> np.ndarray:
    columns = [table(name)[key] for key in moderators]
    return np.column_stack([np.ones(effects(name)[0].size), *columns])


def _fields(expect: Expected, found: Any, names: Iterator[str] | tuple[str, ...]) -> Iterator[Pair]:
    for key in names:
        if key in expect:
            ours = getattr(found, key)
            if isinstance(expect[key], list):
                yield from _each(key, expect[key], ours)
            else:
                yield key, expect[key], ours


def _meta_analysis(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    y, v = effects(name)
    options = {"model": given["model"], "kind": given["kind"], "level": given["level"]}
    found = meta_analysis.meta_analysis(y, v, **options)
    assert found.status == "ok"
    yield from _fields(expect, found, tuple(key for key in expect if hasattr(found, key)))
    if "k_minus_2" in expect:
        riley = meta_analysis.meta_analysis(y, v, **options, prediction="k_minus_2")
        yield from _each(
            "prediction, k - 2", expect["k_minus_2"], (riley.prediction_low, riley.prediction_high)
        )
    if "log_likelihood" in expect:
        ones = np.ones((y.size, 1))
        ours = heterogeneity.log_likelihood(y, v, ones, found.tau2, restricted=given["model"] == "reml")
        yield "log_likelihood", expect["log_likelihood"], ours


def _meta_regression(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    y, v = effects(name)
    x = design(name, given["moderators"])
    found = meta_regression.meta_regression(y, v, x, model=given["model"], kind=given["kind"])
    assert found.status == "ok"
    yield from _fields(expect, found, tuple(key for key in expect if hasattr(found, key)))
    yield from _each("coefficient p_value", expect["coefficient_p_value"], found.p_value)


def _meta_influence(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    y, v = effects(name)
    x = design(name, given["moderators"])
    if "year" in given["moderators"]:
        x[:, 1 + given["moderators"].index("year")] -= given["years_from"]
    found = meta_influence.influence(y, v, x, model=given["model"], kind=given["kind"])
    for key, r in expect.items():
        ours = found.dfbetas.T if key == "dfbetas" else getattr(found, key)
        yield from _each(key, r, ours)


def _many(run: Any) -> Any:
    def compared(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
        found = list(run(*effects(name), model=given["model"]))
        for key, r in expect.items():
            ours = [getattr(one, key) for one in found]
            pairs = zip(r, ours, strict=True)
            if key == "i2":  # of one study alone there is none; R says 0
                pairs = [(a, b) for a, b in pairs if b is not None]
            for one, other in pairs:
                yield key, one, other

    return compared


def _small_study_effects(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    y, v = effects(name)
    classic = small_study_effects.egger(y, v)
    yield from _fields(expect, classic, ("statistic", "df", "p_value", "limit", "limit_low", "limit_high"))
    rank = small_study_effects.begg(y, v)
    yield "tau", expect["tau"], rank.tau
    yield "rank p_value", expect["rank_p_value"], rank.p_value
    for kind in ("normal", "hartung_knapp"):
        mixed = small_study_effects.egger_mixed(y, v, model=given["model"], kind=kind)
        yield from _fields(expect[kind], mixed, tuple(expect[kind]))


def _small_study_sizes(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    y, v = expect["y"], expect["v"]
    a, n1, c, n2 = (np.array(given[key], dtype=float) for key in ("a", "n1", "c", "n2"))
    found = {
        "peters": small_study_sizes.peters(y, a + c, n1 + n2),
        "harbord": small_study_sizes.harbord(a, n1, c, n2),
        "by_size": small_study_sizes.by_size(y, v, n1 + n2),
    }
    for test, ours in found.items():
        yield from _fields(expect[test], ours, tuple(expect[test]))


def _trim_and_fill(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    found = small_study_effects.trim_and_fill(*effects(name), **given)
    assert found.status == "ok"
    yield from _fields(expect, found, ("missing", "std_err", "p_value"))
    yield "estimate", expect["estimate"], found.pooled.estimate
    yield "pooled std_err", expect["pooled_std_err"], found.pooled.std_err
    yield "tau2", expect["tau2"], found.pooled.tau2 or 0.0


def tables(name: str, given: Given) -> tuple[np.ndarray, np.ndarray]:
    d = table(name)
    if name == "bcg":
        x, n = [d["tpos"], d["cpos"]], [d["tpos"] + d["tneg"], d["cpos"] + d["cneg"]]
        return np.column_stack(x), np.column_stack(n)
    mine = d["table"] == (float(given["table"]) if d["table"].dtype.kind == "f" else given["table"])
    x, n = np.column_stack([d["ai"], d["ci"]])[mine], np.column_stack([d["n1i"], d["n2i"]])[mine]
    full = np.isfinite(x).all(axis=1) & np.isfinite(n).all(axis=1)
    return x[full], n[full]


def _pooled_tables(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    x, n = tables(name, given)
    if given["measure"] == "peto":
        found = rare_events.peto(x, n)
    else:
        found = rare_events.mantel_haenszel(x, n, given["measure"])
    assert found.status == "ok"
    yield from _fields(expect, found, tuple(expect))


def _exact_conditional(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    found = rare_events.exact_conditional(*tables(name, given))
    yield from _fields(expect, found, tuple(expect))


def _binomial_normal(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    if name == "made":
        found = binomial_normal.proportions(given["x"], given["n"])
    elif name == "bcg":
        found = binomial_normal.odds_ratio(*tables(name, given))
    else:
        found = binomial_normal.proportions(table(name)["xi"], table(name)["ni"])
    assert found.status == "ok"
    for key, r in expect.items():
        yield key, r, getattr(found, key)


def _both(expect: Expected, found: study_effects.StudyEffects) -> Iterator[Pair]:
    yield from _each("y", expect["y"], found.y)
    yield from _each("v", expect["v"], found.v)


def _effects_of_counts(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    columns = (given[key] for key in ("x1", "n1", "x2", "n2"))
    options = {"to": given["to"], "drop_without_events": given["drop"]}
    yield from _both(expect, study_effects.of_counts(*columns, given["measure"], **options))


def _effects_of_means(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    columns = (table(name)[key] for key in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"))
    yield from _both(expect, study_effects.of_means(*columns, given["measure"]))


def _effects_of_rates(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    columns = (table(name)[key] for key in ("x1i", "t1i", "x2i", "t2i"))
    yield from _both(expect, study_effects.of_rates(*columns, given["measure"]))


def _effects_of_proportions(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    found = study_effects.of_proportions(given["x"], given["n"], given["measure"])
    yield from _both(expect, found)
    pooled = meta_analysis.meta_analysis(found.y, found.v, model="dersimonian_laird")
    yield (
        "back",
        expect["back"],
        study_effects.proportion_again(pooled.estimate, given["measure"], given["n"]),
    )


COMPARE = {
    "meta_analysis": _meta_analysis,
    "meta_regression": _meta_regression,
    "meta_influence": _meta_influence,
    "leave_one_out": _many(meta_analysis.leave_one_out),
    "cumulative": _many(meta_analysis.cumulative),
    "small_study_effects": _small_study_effects,
    "small_study_sizes": _small_study_sizes,
    "trim_and_fill": _trim_and_fill,
    "mantel_haenszel": _pooled_tables,
    "peto": _pooled_tables,
    "exact_conditional": _exact_conditional,
    "binomial_normal": _binomial_normal,
    "effects_of_counts": _effects_of_counts,
    "effects_of_means": _effects_of_means,
    "effects_of_rates": _effects_of_rates,
    "effects_of_proportions": _effects_of_proportions,
}
TITLES = {
    "meta_analysis": "pooled effects: tau2 by seven estimators, four intervals, prediction, Q, I2, H2",
    "meta_regression": "meta-regression, Knapp-Hartung or not",
    "meta_influence": "influence of each study",
    "leave_one_out": "pooled without each study",
    "cumulative": "cumulative meta-analysis",
    "small_study_effects": "Egger's regression, classic and mixed; Begg's rank test",
    "small_study_sizes": "Peters' and Harbord's regressions, and on the size of studies",
    "trim_and_fill": "trim and fill by L0, R0, Q0",
    "mantel_haenszel": "Mantel-Haenszel ratios and difference",
    "peto": "Peto's odds ratio",
    "exact_conditional": "exact conditional common odds ratio",
    "binomial_normal": "binomial-normal models of proportions and odds ratios",
    "effects_of_counts": "effects of 2 x 2 tables with corrections",
    "effects_of_means": "effects of means",
    "effects_of_rates": "effects of rates",
    "effects_of_proportions": "effects of proportions and back",
}
FUNCTIONS = {
    "meta_analysis": "metafor rma, predict, confint",
    "meta_regression": "metafor rma",
    "meta_influence": "metafor influence",
    "leave_one_out": "metafor leave1out",
    "cumulative": "metafor cumul",
    "small_study_effects": "metafor regtest, ranktest",
    "small_study_sizes": "lm with the weights of the papers; metafor regtest(predictor = sqrtninv)",
    "trim_and_fill": "metafor trimfill",
    "mantel_haenszel": "metafor rma.mh",
    "peto": "metafor rma.peto",
    "exact_conditional": "mantelhaen.test, dhyper",
    "binomial_normal": "integrate, numDeriv (metafor rma.glmm is near)",
    "effects_of_counts": "metafor escalc",
    "effects_of_means": "metafor escalc",
    "effects_of_rates": "metafor escalc",
    "effects_of_proportions": "metafor escalc, transf",
}
