"""Proportions, counts, rates, logistic models and tables of categories beside R."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from reference_cases import Pair, _each, _table, design_matrix

from trialist.kernels import (
    contingency,
    exact_two_by_two,
    logistic,
    one_proportion,
    ordered_tables,
    paired_proportions,
    rates,
    score_difference,
    standardised,
    stratified_tables,
    two_proportions,
    unconditional,
)
from trialist.kernels.binomial import chi_square

FILES = ("proportions_more",)
Given, Expected = dict[str, Any], dict[str, Any]


def _ends(found: Any) -> tuple[float | None, float | None]:
    return found.low, found.high


def _both(name: str, r: list[Any], ours: Any) -> Iterator[Pair]:
    yield f"{name} low", r[-2], ours[0]
    yield f"{name} high", r[-1], ours[1]


def _one_proportion_intervals(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    for kind, ends in expect.items():
        found = one_proportion.interval(given["responders"], given["n"], given["level"], kind)
        yield from _each(kind, ends, found)


def _one_proportion_tests(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    where = given["responders"], given["n"], given["null"]
    for kind in ("exact", "mid_p", "score", "score_corrected"):
        found = one_proportion.against_null(*where, kind, given["alternative"])
        yield f"{kind} p_value", expect[kind], found.p_value
        if found.statistic is not None:
            yield f"{kind} square", expect[f"{kind}_square"], found.statistic**2


def _two_proportions_intervals(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    x, n, level = tuple(given["responders"]), tuple(given["n"]), given["level"]
    for kind, ends in expect.items():
        if kind == "ratio_katz" or kind.startswith("ratio_"):
            found = two_proportions.risk_ratio(x, n, level, kind.removeprefix("ratio_"))
        elif kind.startswith(("odds_", "conditional")):
            found = two_proportions.odds_ratio(x, n, level, kind.removeprefix("odds_"))
        else:
            found = two_proportions.difference(x, n, level, kind)
        yield from _both(kind, ends, _ends(found))
        if kind.startswith("conditional"):
            yield "conditional estimate", ends[0], found.value


def _two_proportions_tests(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    x, n = tuple(given["responders"]), tuple(given["n"])
    yield "N - 1 p_value", expect["chi_square_n_1"], chi_square(x, n, correct=False, n_minus_1=True).p_value
    for side in ("greater", "less"):
        yield f"fisher p_value {side}", expect[f"fisher_{side}"], exact_two_by_two.fisher([x], [n], side)
    yield "fisher mid-P p_value", expect["fisher_mid_p"], exact_two_by_two.fisher([x], [n], mid_p=True)
    for margin, z in zip((-0.1, 0.05, 0.0), expect["farrington_manning"], strict=True):
        yield "farrington_manning z", z, score_difference.difference_z(x, n, margin)


def _strata(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    x, n = given["x"], given["n"]
    plain = stratified_tables.cochran_mantel_haenszel(x, n)
    yield "cmh", expect["cmh"], plain.statistic
    yield "cmh p_value", expect["cmh_p_value"], plain.p_value
    corrected = stratified_tables.cochran_mantel_haenszel(x, n, correct=True)
    yield "cmh corrected", expect["cmh_corrected"], corrected.statistic
    yield "exact p_value", expect["exact_p_value"], exact_two_by_two.fisher(x, n)
    odds = stratified_tables.common_odds_ratio(x, n)
    yield from _each("odds ratio", expect["odds_ratio"], [odds.value, odds.low, odds.high])
    ratio = stratified_tables.common_risk_ratio(x, n)
    yield from _each("risk ratio", expect["risk_ratio"], [ratio.value, ratio.low, ratio.high])
    for kind in ("mantel_haenszel", "klingenberg", "newcombe", "miettinen_nurminen"):
        r = expect["sato" if kind == "mantel_haenszel" else kind]
        yield from _both(kind, r, _ends(stratified_tables.common_difference(x, n, 0.95, kind)))
    yield "difference", expect["sato"][0], stratified_tables.common_difference(x, n).value
    yield "score z", expect["score_z"][0], stratified_tables.score_z(x, n)
    yield "score z, margin", expect["score_z"][1], stratified_tables.score_z(x, n, -0.1)
    for kind in ("breslow_day", "tarone"):
        found = stratified_tables.breslow_day(x, n, tarone=kind == "tarone")
        yield kind, expect[kind], found.statistic
        yield f"{kind} p_value", expect[f"{kind}_p_value"], found.p_value
        yield f"{kind} df", expect["df"], found.df


def _general_association(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    found = stratified_tables.general_association(given["tables"])
    yield "statistic", expect["statistic"], found.statistic
    yield "df", expect["df"], found.df
    yield "p_value", expect["p_value"], found.p_value


def _pairs(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    pairs = tuple(given["pairs"])
    for kind in ("mcnemar", "mcnemar_corrected"):
        yield kind, expect[kind], paired_proportions.mcnemar(pairs, kind).statistic
    for kind in ("mcnemar", "exact", "mid_p"):
        yield f"{kind} p_value", expect[f"{kind}_p_value"], paired_proportions.mcnemar(pairs, kind).p_value
    for kind in ("newcombe", "tango"):
        yield from _both(kind, expect[kind], _ends(paired_proportions.paired_difference(pairs, 0.95, kind)))
    found = paired_proportions.paired_odds_ratio(pairs)
    yield "odds ratio low", expect["odds_ratio"][0], found.low
    yield "odds ratio high", expect["odds_ratio"][1], found.high


def _two_rates(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    events, time = tuple(given["events"]), tuple(given["time"])
    for kind in ("exact", "mid_p", "wald"):
        if kind in expect:
            yield from _both(kind, expect[kind], _ends(rates.rate_ratio(events, time, 0.95, kind)))
    yield "p_value", expect["p_value"], rates.rate_test(events, time).p_value
    yield (
        "greater p_value",
        expect["greater_p_value"],
        rates.rate_test(events, time, "exact", "greater").p_value,
    )
    yield from _both("difference", expect["difference"], _ends(rates.rate_difference(events, time)))


def _one_rate(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    for kind, ends in expect.items():
        yield from _each(kind, ends, rates.count_interval(given["events"], 0.95, kind))


def _rates_in_strata(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    data = given["events"], given["time"]
    for kind, made in (("ratio", rates.common_rate_ratio), ("difference", rates.common_rate_difference)):
        found = made(*data)
        yield from _each(kind, expect[kind], [found.value, found.low, found.high])
    found = rates.common_rate_test(*data)
    yield "statistic", expect["statistic"], found.statistic
    yield "p_value", expect["p_value"], found.p_value


def responses_of(name: str, covariates: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """(design matrix with its intercept, responses) of a data set, as the R script chooses its rows."""
    table = {key: list(values) for key, values in _table(name).items()}
    if name == "colon":
        kept = [i for i, rx in enumerate(table["rx"]) if rx != "Lev"]
        table["arm"] = [str(int(rx == "Lev+5FU")) for rx in table["rx"]]
    elif name == "lung":
        kept = [i for i, ecog in enumerate(table["ph.ecog"]) if ecog not in ("", "NA") and float(ecog) < 3]
        table["arm"] = [str(int(sex == "2")) for sex in table["sex"]]
    else:
        kept = list(range(len(table["trt"])))
        table["arm"] = [str(int(trt == "2")) for trt in table["trt"]]
    plain = [c.removeprefix("factor(").removesuffix(")") for c in covariates]
    full = [i for i in kept if all(table[c][i] not in ("", "NA") for c in plain)]
    data = {}
    for covariate, column in zip(covariates, plain, strict=True):
        values = [float(table[column][i]) for i in full]
        factor = covariate.startswith("factor(")
        data[column] = np.array([f"{v:g}" for v in values] if factor else values)
    x = np.column_stack([np.ones(len(full)), design_matrix(data, covariates)])
    return x, np.array([float(table["event"][i]) for i in full])


def _logistic(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    x, y = responses_of(name, given["covariates"])
    n = np.ones(y.size)
    fit = logistic.logistic(x, y, n)
    yield from _each("coefficient", expect["coefficient"], fit.coefficient)
    yield from _each("std_err", expect["std_err"], fit.std_err)
    yield from _each("wald p_value", expect["wald_p_value"], fit.p_value)
    yield "log_likelihood", expect["log_likelihood"], fit.log_likelihood
    yield from _each("profile", expect["profile"], logistic.profile_interval(x, y, n, 1))
    yield "likelihood ratio", expect["likelihood_ratio"], logistic.likelihood_ratio(x, y, n, [1]).statistic
    yield "score", expect["score"], logistic.score_test(x, y, n, [1]).statistic
    fit = logistic.logistic(x, y, n, firth=True)
    yield from _each("firth", expect["firth"], fit.coefficient)
    yield from _each("firth std_err", expect["firth_std_err"], fit.std_err)
    yield "firth log_likelihood", expect["firth_log_likelihood"], fit.log_likelihood
    found = logistic.likelihood_ratio(x, y, n, [1], firth=True)
    yield "firth likelihood ratio", expect["firth_likelihood_ratio"], found.statistic
    yield from _each(
        "firth profile", expect["firth_profile"], logistic.profile_interval(x, y, n, 1, firth=True)
    )
    for variance in ("model", "huber_white", "influence"):
        means = standardised.standardised(x, 1, y, n, variance)
        for measure, r in expect[variance].items():
            each = standardised.compared(means, measure)
            yield from _each(f"{variance} {measure}", r, [each.value, each.low, each.high])


def _trend(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    found = ordered_tables.cochran_armitage(given["responders"], given["n"], given["scores"])
    yield "square", expect["square"], found.z**2
    yield "p_value", expect["p_value"], found.p_value


def _rank_sum(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    found = ordered_tables.rank_sum(given["first"], given["second"])
    for key in ("value", "z", "p_value"):
        yield key, expect[key], getattr(found, key)
    yield from _each("interval", expect["interval"], _ends(found))


def _several_arms(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    found = contingency.chi_square(given["table"])
    for key in ("statistic", "df", "p_value"):
        yield key, expect[key], getattr(found, key)
    yield "exact p_value", expect["exact_p_value"], contingency.freeman_halton(given["table"]).p_value


def _unconditional(name: str, given: Given, expect: Expected) -> Iterator[Pair]:
    x, n = tuple(given["responders"]), tuple(given["n"])
    found = unconditional.unconditional(x, n, given["test"], given["alternative"])
    yield "p_value", expect["p_value"], found.p_value


COMPARE = {
    "one_proportion_intervals": _one_proportion_intervals,
    "one_proportion_tests": _one_proportion_tests,
    "two_proportions_intervals": _two_proportions_intervals,
    "two_proportions_tests": _two_proportions_tests,
    "strata": _strata,
    "general_association": _general_association,
    "pairs": _pairs,
    "two_rates": _two_rates,
    "one_rate": _one_rate,
    "rates_in_strata": _rates_in_strata,
    "logistic": _logistic,
    "trend": _trend,
    "rank_sum_of_categories": _rank_sum,
    "several_arms": _several_arms,
    "unconditional": _unconditional,
}
TITLES = {
    "one_proportion_intervals": "one proportion: eight further intervals",
    "one_proportion_tests": "one proportion: exact, mid-P and score tests, one- and two-sided",
    "two_proportions_intervals": "two proportions: intervals of difference, ratio, odds ratio",
    "two_proportions_tests": "two proportions: one-sided Fisher, mid-P, N - 1, score z against a margin",
    "strata": "strata: CMH, exact test, Mantel-Haenszel measures, Breslow-Day",
    "general_association": "strata: general association",
    "pairs": "pairs: McNemar's tests, Newcombe and Tango intervals",
    "two_rates": "two rates: exact, mid-P, Wald",
    "one_rate": "one rate: Garwood, Byar, mid-P",
    "rates_in_strata": "rates in strata: Mantel-Haenszel ratio and difference",
    "logistic": "logistic model: estimates, profile, Firth, standardised measures",
    "trend": "Cochran-Armitage trend",
    "rank_sum_of_categories": "rank sum of ordered categories, probability of superiority",
    "several_arms": "several arms: chi-square, Freeman-Halton",
    "unconditional": "Barnard's and Boschloo's tests",
}
FUNCTIONS = {
    "one_proportion_intervals": "prop.test, qbeta, pbinom",
    "one_proportion_tests": "binom.test, prop.test, pbinom",
    "two_proportions_intervals": "prop.test, dhyper, and by hand",
    "two_proportions_tests": "fisher.test, and by hand",
    "strata": "mantelhaen.test, and by hand",
    "general_association": "mantelhaen.test",
    "pairs": "mcnemar.test, binom.test, and by hand",
    "two_rates": "poisson.test, pbinom",
    "one_rate": "poisson.test, ppois",
    "rates_in_strata": "by hand",
    "logistic": "glm, and by hand",
    "trend": "prop.trend.test",
    "rank_sum_of_categories": "coin wilcox_test, and by hand",
    "several_arms": "chisq.test, fisher.test",
    "unconditional": "fisher.test, dbinom, optimize",
}
