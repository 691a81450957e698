"""Values, ranks, linear and mixed models: R's numbers beside ours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from reference_cases import data_rows

from trialist.kernels import (
    correlation,
    description,
    linear,
    location,
    measured_twice,
    paired_ranks,
    passing_bablok,
    rank,
    rank_sum,
    repeated_contrasts,
    repeated_measures,
)
from trialist.kernels.adjusted_means import model_columns

FILES = ("values", "repeated_measures")
Pair = tuple[str, Any, Any]
TITLES = {
    "two_sample_t": "t test of two samples: Student, Welch, one-sided, against a margin",
    "standardised_difference": "Cohen's d and Hedges' g with noncentral t interval",
    "rank_sum": "rank-sum test and Hodges-Lehmann shift",
    "rank_sum_exact": "rank-sum test, exact with ties",
    "probabilistic_index": "probabilistic index: Brunner-Munzel, Newcombe",
    "signed_rank_test": "signed rank with ties and zeros (Wilcoxon's, Pratt's)",
    "signed_rank_sided": "signed rank, one-sided, normal approximation",
    "sign_test": "sign test, interval of the median",
    "one_way": "analysis of variance of one factor, Welch's",
    "kruskal_wallis": "Kruskal-Wallis",
    "pearson": "Pearson's correlation, Fisher's interval",
    "kendall": "Kendall's tau-b",
    "rank_intervals": "intervals of Spearman's and Kendall's correlation",
    "deming": "Deming's line with jackknife intervals",
    "passing_bablok": "Passing and Bablok's line",
    "bland_altman": "limits of agreement",
    "intraclass": "intraclass correlation, ICC(2,1) and ICC(3,1)",
    "describe": "quartiles of types 2 and 7, geometric mean, trimmed mean",
    "ancova": "covariance analysis: adjusted means, differences, robust errors",
    "mmrm_gls": "mixed model for repeated measures: REML fit",
    "mmrm_by_hand": "mixed model: Kenward-Roger and Satterthwaite, observed information",
    "mmrm_pbkrtest": "mixed model: Kenward-Roger (expected information), Satterthwaite",
}
FUNCTIONS = {
    "two_sample_t": "t.test",
    "standardised_difference": "pt, uniroot",
    "rank_sum": "wilcox.test",
    "rank_sum_exact": "coin::wilcox_test",
    "probabilistic_index": "written out in base R",
    "signed_rank_test": "coin::wilcoxsign_test",
    "signed_rank_sided": "wilcox.test",
    "sign_test": "binom.test, qbinom",
    "one_way": "oneway.test",
    "kruskal_wallis": "kruskal.test",
    "pearson": "cor.test",
    "kendall": "cor.test",
    "rank_intervals": "written out in base R",
    "deming": "written out in base R",
    "passing_bablok": "written out in base R",
    "bland_altman": "t.test, written out in base R",
    "intraclass": "lm, written out in base R",
    "describe": "quantile, mean, var",
    "ancova": "lm, emmeans; HC written out",
    "mmrm_gls": "nlme::gls",
    "mmrm_by_hand": "written out in base R",
    "mmrm_pbkrtest": "lme4, pbkrtest, lmerTest",
}


def _each(name: str, r: list[Any], ours: Any) -> Iterator[Pair]:
    values = np.asarray(ours, dtype=float).ravel().tolist()
    assert len(values) == len(r), name
    for one, other in zip(r, values, strict=True):
        yield name, one, other


def _named(expect: dict[str, Any], found: Any, **names: str) -> Iterator[Pair]:
    """Quantities of the pinned case beside attributes of the result: the same name, or the one given."""
    for key, value in expect.items():
        name = names.get(key, key)
        if name:
            yield key, value, getattr(found, name)


def _two_sample_t(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    found = location.two_sample_t(**options)
    yield from _named(expect, found, statistic="t", p_value_greater="p_greater", p_value_less="p_less")


def _standardised(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    yield from _named(expect, location.standardised_difference(**options))


def _rank_sum(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    found = rank_sum.rank_sum(**options)
    yield "exact", float(expect["is_exact"]), float(found.exact)
    ends = (
        {} if found.low is not None else {"low": "", "high": ""}
    )  # R puts the least and the greatest difference
    yield from _named(expect, found, p_value_greater="p_greater", p_value_less="p_less", is_exact="", **ends)


def _rank_sum_exact(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    found = rank_sum.rank_sum(**options, exact="yes")
    assert found.exact
    yield from _named(expect, found, p_value_greater="p_greater", p_value_less="p_less")


def _index(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    for interval in ("brunner_munzel", "newcombe"):
        found = rank_sum.probabilistic_index(**options, interval=interval)
        yield from _each(interval, expect[interval], [found.low, found.high])
    yield from _named(expect, found, statistic="t", brunner_munzel="", newcombe="")


def _signed_rank_test(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    found = paired_ranks.signed_rank_test(options["change"], zeros=options["zeros"], exact=options["exact"])
    yield from _named(expect, found, p_value_greater="p_greater", p_value_less="p_less")


def _signed_rank_sided(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    found = paired_ranks.signed_rank_test(options["change"], exact=False, correct=options["correct"])
    yield from _named(expect, found, p_value_greater="p_greater", p_value_less="p_less")


def _sign_test(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    found = paired_ranks.sign_test(options["change"])
    yield from _named(expect, found, p_value_greater="p_greater", p_value_less="p_less")


def _one_way(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    groups = max(options["group"]) + 1
    found = linear.one_way(
        options["value"], options["group"], groups, equal_variances=options["equal_variances"]
    )
    yield "f", expect["f"], found.f
    yield from _each("df", expect["df"], [found.df_between, found.df_within])
    yield "p_value", expect["p_value"], found.p_value


def _kruskal_wallis(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    found = rank_sum.kruskal_wallis(options["value"], options["group"], max(options["group"]) + 1)
    yield from _named(expect, found)


def _pearson(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    yield from _named(expect, correlation.pearson(**options, level=0.9))


def _kendall(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    yield from _named(expect, correlation.kendall(**options), tau="r")


def _rank_intervals(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    rho = rank.spearman(**options)
    yield from _each("spearman", expect["spearman"], correlation.spearman_interval(rho.rho, rho.n))
    tau = correlation.kendall(**options)
    yield from _each("kendall", expect["kendall"], [tau.low, tau.high])


def _deming(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    found = measured_twice.deming(**options)
    yield "slope", expect["slope"], found.slope
    yield "intercept", expect["intercept"], found.intercept
    yield from _each("errors", expect["errors"], [found.slope_error, found.intercept_error])
    yield from _each("low", expect["low"], [found.slope_low, found.intercept_low])
    yield from _each("high", expect["high"], [found.slope_high, found.intercept_high])


def _passing_bablok(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    yield from _named(expect, passing_bablok.passing_bablok(**options))


def _bland_altman(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    found = measured_twice.bland_altman(**options)
    for key, value in expect.items():
        if isinstance(value, list):
            yield from _each(key, value, getattr(found, key))
        else:
            yield key, value, getattr(found, key)


def _intraclass(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    for kind in ("consistency", "agreement"):
        found = measured_twice.intraclass(options["ratings"], kind)
        yield from _each(kind, expect[kind], [found.icc, found.low, found.high])
    yield "f", expect["f"], found.f
    yield "p_value", expect["p_value"], found.p_value


def _describe(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    x = np.array(options["value"])
    for kind in (2, 7):
        ours = [description.quantile(x, share, kind) for share in (0.25, 0.5, 0.75)]
        yield from _each(f"type {kind}", expect[f"type{kind}"], ours)
    yield "geometric mean", expect["geometric_mean"], description.geometric_mean(x)
    yield "geometric CV", expect["geometric_cv"], description.geometric_cv(x)
    yield "trimmed mean", expect["trimmed"], description.trimmed_mean(x, 0.1)


@cache
def table(name: str) -> dict[str, list[str]]:
    rows = data_rows(name)
    return {key: [row[key] for row in rows] for key in rows[0]}


def complete(data: dict[str, list[str]], wanted: list[str]) -> dict[str, np.ndarray]:
    """Rows in which every wanted column has a value; numbers where all of them are."""
    size = len(data[wanted[0]])
    full = [i for i in range(size) if all(data[key][i] not in ("", "NA") for key in wanted)]
    found: dict[str, np.ndarray] = {}
    for key in wanted:
        values = [data[key][i] for i in full]
        try:
            found[key] = np.array([float(v) for v in values])
        except ValueError:
            found[key] = np.array(values)
    return found


def codes(values: np.ndarray) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1]


def _ancova(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    wanted = [options["value"], options["arm"], *options["numbers"], *options["factors"]]
    inside = options["interaction"]
    data = complete(table(name), [*wanted, *([inside] if inside else [])])
    if name == "lung":
        kept = data["ph.ecog"] != 3
        data = {key: values[kept] for key, values in data.items()}
    arm = codes(data[options["arm"]])
    arms = int(arm.max()) + 1
    x = model_columns(
        arm,
        arms,
        numbers=[data[key] for key in options["numbers"]],
        factors=[codes(data[key]) for key in options["factors"]],
        by_group=[(data[inside], arm)] if inside else [],
        margins=options["margins"],
    )
    fit = linear.linear(data[options["value"]], x, options["variance"])
    unit = np.eye(x.shape[1])
    means = [linear.combination(fit, unit[a]) for a in range(arms)]
    pairs = [(a, b) for a in range(arms) for b in range(a + 1, arms)]
    apart = [linear.combination(fit, unit[a] - unit[b]) for a, b in pairs]
    yield from _each("mean", expect["mean"], [m.estimate for m in means])
    for key in ("std_err", "df", "low", "high"):
        yield from _each(key, expect[key], [getattr(m, key) for m in means])
    yield from _each("difference", expect["difference"], [d.estimate for d in apart])
    for key in ("std_err", "low", "high"):
        yield from _each(f"difference {key}", expect[f"difference_{key}"], [getattr(d, key) for d in apart])
    yield from _each("p_value", expect["p_value"], [d.p_value for d in apart])


def _fev(structure: str) -> repeated_measures.RepeatedFit:
    data = complete(table("fev"), ["value", "arm", "visit", "subject", "race", "baseline"])
    visit, arm = codes(data["visit"]), codes(data["arm"])
    cell = np.eye(8)[visit * 2 + arm]
    race = np.eye(3)[codes(data["race"])][:, 1:]
    x = np.column_stack([cell, race, np.eye(4)[visit] * data["baseline"][:, None]])
    fit = repeated_measures.repeated_measures(data["value"], x, codes(data["subject"]), visit, 4, structure)
    assert fit.status == "ok"
    return fit


def _mmrm_gls(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    yield "log_likelihood", expect["log_likelihood"], _fev(options["structure"]).log_likelihood


def _mmrm_by_hand(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    fit = _fev(options["structure"])
    yield "log_likelihood", expect["log_likelihood"], fit.log_likelihood
    yield from _each("coefficient", expect["coefficient"], fit.coefficient)
    yield from _each("std_err", expect["std_err"], np.sqrt(np.diag(fit.covariance)))
    yield from _each("sigma", expect["sigma"], fit.sigma)
    errors = {
        "satterthwaite": "contrast_std_err",
        "kenward_roger": "kr_std_err",
        "kenward_roger_linear": "linear_std_err",
    }
    for kind, error in errors.items():
        found = repeated_contrasts.contrast(fit, options["contrast"], kind)
        yield "estimate", expect["estimate"], found.estimate
        yield error, expect[error], found.std_err
        yield "df", expect["df"], found.df


def _mmrm_pbkrtest(name: str, options: dict[str, Any], expect: dict[str, Any]) -> Iterator[Pair]:
    data = complete(table("orthodont"), ["Subject", "age", "Sex", "distance"])
    rows = np.array(options["rows"]) - 1
    data = {key: values[rows] for key, values in data.items()}
    female, occasion = (data["Sex"] == "Female").astype(float), codes(data["age"])
    later = np.eye(4)[occasion][:, 1:]
    # R orders levels by their first letters: Female, Male
    male = 1 - female
    x = np.column_stack([np.ones(rows.size), male, later, later * male[:, None]])
    fit = [
        repeated_measures.repeated_measures(
            data["distance"],
            x,
            codes(data["Subject"]),
            occasion,
            4,
            "compound_symmetry",
            information=information,
        )
        for information in ("expected", "observed")
    ]
    weights = options["contrast"]
    kenward = repeated_contrasts.contrast(fit[0], weights, "kenward_roger")
    yield "estimate", expect["estimate"], kenward.estimate
    yield "kr_std_err", expect["kr_std_err"], kenward.std_err
    yield "kr_df", expect["kr_df"], kenward.df
    yield "kr_p_value", expect["kr_p_value"], kenward.p_value
    plain = repeated_contrasts.contrast(fit[1], weights, "satterthwaite")
    yield "std_err", expect["std_err"], plain.std_err
    yield "satterthwaite_df", expect["satterthwaite_df"], plain.df
    yield "log_likelihood", expect["log_likelihood"], plain and fit[1].log_likelihood


COMPARE = {
    "two_sample_t": _two_sample_t,
    "standardised_difference": _standardised,
    "rank_sum": _rank_sum,
    "rank_sum_exact": _rank_sum_exact,
    "probabilistic_index": _index,
    "signed_rank_test": _signed_rank_test,
    "signed_rank_sided": _signed_rank_sided,
    "sign_test": _sign_test,
    "one_way": _one_way,
    "kruskal_wallis": _kruskal_wallis,
    "pearson": _pearson,
    "kendall": _kendall,
    "rank_intervals": _rank_intervals,
    "deming": _deming,
    "passing_bablok": _passing_bablok,
    "bland_altman": _bland_altman,
    "intraclass": _intraclass,
    "describe": _describe,
    "ancova": _ancova,
    "mmrm_gls": _mmrm_gls,
    "mmrm_by_hand": _mmrm_by_hand,
    "mmrm_pbkrtest": _mmrm_pbkrtest,
}
