"""Whether small trials show other effects: the tests, and which of them fits what was pooled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from trialist.evidence.pooling.effects import Effect, printer
from trialist.evidence.pooling.pairwise import Pool
from trialist.evidence.pooling.variations import Row, Variation, number_about, pooled_finding
from trialist.findings.model import Finding, PValue
from trialist.kernels import small_study_effects as small
from trialist.kernels import small_study_sizes as sizes
from trialist.kernels.small_study_effects import Asymmetry
from trialist.problems import Problem

FEW = (
    10  # trials below which a test of small-study effects finds hardly anything (Sterne 2011, BMJ 343:d4002)
)
FITTING: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "odds_ratio": ("harbord", "the error of a log odds ratio depends on the ratio"),
        "risk_ratio": ("peters", "the error of a log risk ratio depends on the ratio"),
        "standardised_difference": ("by_size", "the error of a standardised difference depends on it"),
    }
)
"""Measure -> the test that is read where it can be computed (Sterne 2011; of risk ratios Peters 2006; of
standardised differences Pustejovsky and Rodgers 2019), and why not Egger's."""

NAMES: Mapping[str, str] = MappingProxyType(
    {"egger": "Egger", "harbord": "Harbord", "peters": "Peters", "by_size": "regression on sizes"}
)


def regressions(pool: Pool) -> dict[str, Asymmetry]:
    """Every regression that the trials allow, by name, Egger's first."""
    own = [e for e in pool.effects if math.isfinite(e.v)]
    y, v = np.array([e.y for e in own]), np.array([e.v for e in own])
    model = "reml" if pool.options.tau2 == "common" else pool.options.tau2
    found = {"egger": small.egger(y, v), "egger_mixed": small.egger_mixed(y, v, model=model)}
    n = [e.n for e in own]
    if pool.measure in ("odds_ratio", "risk_ratio") and all(e.events is not None and e.n for e in own):
        found["peters"] = sizes.peters(y, [e.events or 0 for e in own], [e.n or 1 for e in own])
    if pool.measure == "odds_ratio" and all(e.counts is not None for e in pool.effects):
        found["harbord"] = _harbord(pool.effects)
    if pool.measure == "standardised_difference" and all(n):
        found["by_size"] = sizes.by_size(y, v, [each or 1 for each in n])
    return found


def fitting(pool: Pool, found: Mapping[str, Asymmetry]) -> str:
    """The test that is to be read of what was pooled: Egger's where no other fits or can be computed."""
    wanted = FITTING.get(pool.measure, ("egger", ""))[0]
    known = [test for test in (wanted, "peters", "egger") if test in found]
    return known[0]


def small_studies(pool: Pool) -> Variation:
    """Egger's regression (classic and mixed), those that fit proportions and sizes, Begg's ranks, trim and
    fill.

    Problems  N652 below ten trials; N678 which test is to be read, where that is not Egger's
    """
    own = [e for e in pool.effects if math.isfinite(e.v)]
    y, v = np.array([e.y for e in own]), np.array([e.v for e in own])
    o = pool.options
    findings: list[Finding] = []
    shown = printer(pool.measure, pool.effects, o.proportions)
    found = regressions(pool)
    read = fitting(pool, found)
    more: tuple[tuple[str, object], ...]
    for name, test in found.items():
        if test.statistic is not None and test.p_value is not None:
            limit = None if test.limit is None else shown(test.limit)
            more = (("test", name), ("df", test.df), ("effect_without_error", limit), ("fits", name == read))
            p = PValue(test.p_value)
            findings.append(number_about(pool, "funnel_asymmetry", test.statistic, p=p, more=more))
    rank = small.begg(y, v)
    if rank.tau is not None and rank.p_value is not None:
        more = (("test", "begg"), ("p", rank.method))
        findings.append(number_about(pool, "funnel_asymmetry", rank.tau, p=PValue(rank.p_value), more=more))
    rows: tuple[Row, ...] = ()
    filled = small.trim_and_fill(y, v, model=o.tau2, kind=o.interval, level=o.level)
    if filled.status == "ok" and filled.pooled is not None and filled.missing is not None:
        more = (("test", "trim_and_fill"), ("estimator", "l0"), ("side", filled.side))
        findings.append(number_about(pool, "filled_in", float(filled.missing), more=more))
        if filled.missing:
            made = pooled_finding(pool, pool.effects, filled.pooled, "with the trials filled in")
            rows = (Row("with the trials filled in", filled.pooled, made),)
            findings.append(made)
    put_in = tuple(zip(filled.y, filled.v, strict=True))
    told = (*_few(len(pool.effects)), *_advice(pool, read))
    return Variation("small studies", rows, tuple(findings), told, filled=put_in)


def _harbord(effects: tuple[Effect, ...]) -> Asymmetry:
    tables = np.array([e.counts or (0, 0, 0, 0) for e in effects], dtype=float)
    return sizes.harbord(*tables.T)


def _advice(pool: Pool, read: str) -> tuple[Problem, ...]:
    if pool.measure not in FITTING:
        return ()
    wanted, why = FITTING[pool.measure]
    if read == wanted:
        message = f"{why}, so that Egger's test rejects too often; the one to read: {NAMES[read]}"
        remedy = "give that test; the others beside it show whether the answer depends on the choice"
    else:
        needs = f"what another test needs ({NAMES[wanted]}) is not known"
        message = f"{why}, and {needs}; read with that: {NAMES[read]}"
        remedy = "pool from counts, or from means with the sizes of arms"
    return (Problem("N678", message, remedy),)


def _few(k: int) -> tuple[Problem, ...]:
    if k >= FEW:
        return ()
    return (
        Problem(
            "N652",
            f"tests of small-study effects find hardly anything with {k} trial{'' if k == 1 else 's'}",
            "do not read a large p value as absence of publication bias",
        ),
    )
