"""Measured values: two arms compared, or two linked values of each subject, from columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from trialist.findings.methods import METHODS
from trialist.findings.rows import Rows, Words, numbers_of, subject_table
from trialist.problems import Place
from trialist.protocol.analyses import Describe
from trialist.protocol.value_analyses import (
    Ancova,
    Correlation,
    OneWay,
    PairedT,
    RankSum,
    Spearman,
    TwoSampleT,
    WilcoxonSignedRank,
)
from trialist.quick.analysed import (
    ALL,
    Analysed,
    arms_of,
    clashes,
    context_of,
    factor_columns,
    without_arm,
)
from trialist.quick.columns import Wanted, take


def analyse_values(
    data: Any,
    *,
    value: str,
    baseline: str | None = None,
    arm: str | None = None,
    reference: str | None = None,
    strata: Sequence[str] = (),
    covariates: Sequence[str] = (),
    level: float = 0.95,
    where: str | None = None,
    name: str = "data",
    place: Place | None = None,
) -> Analysed:
    """Summary of a measured value in each arm, and each arm against the reference.

    Parameters
        data        an engine's table, an Arrow or pandas table, or a mapping of names to arrays
        value       column of numbers; with `baseline`, the change from it is analysed
        strata, covariates   categories and numbers of the analysis of covariance, beside the baseline
        arm, reference, where   as of `analyse_times`
    Returns   description; Welch's t test, the rank-sum test; one test of all arms where there are more than
              two; adjusted means and their differences where there is a baseline, a stratum or a covariate
    Problems  E092-E097 columns that can't be used, W425 several rows of a subject; those of the methods
    Source    those of the methods `describe`, `two_sample_t`, `rank_sum`, `one_way`, `ancova`
    """
    here = place or Place(name)
    if clash := clashes(here, strata, covariates):
        return Analysed((), clash)
    numbers = {"value": value} | ({"baseline": baseline} if baseline else {}) | factor_columns(covariates)
    rows, told = take(data, Wanted(numbers, _arm(arm) | factor_columns(strata), {}), here, where)
    if rows is None:
        return Analysed((), told)
    after = numbers_of(rows, "value")
    before = numbers_of(rows, "baseline") if baseline else np.zeros(after.size)
    rows = _measured(_with_arm(rows, arm), before, after, np.isfinite(before) & np.isfinite(after))
    arms, wrong = arms_of(rows, reference, here)
    if wrong:
        return Analysed((), wrong)
    rule = {"value": value, "baseline": baseline}
    context = context_of(rows, name=name, endpoint=value, arms=arms, column=arm, place=here, rule=rule)
    table = subject_table(rows)
    table = table.mutate(evaluable=table.evaluable.cast("boolean"))
    of: Literal["change", "value"] = "change" if baseline else "value"
    findings = METHODS["describe"].run(table, Describe(method="describe", of=of), context)
    several: list[Any] = [OneWay(method="one_way", of=of)] if len(arms) > 2 else []
    if len(arms) > 1 and (baseline or strata or covariates):
        model = Ancova(method="ancova", of=of, baseline="main" if baseline else "none")
        several.append(model.model_copy(update={"strata": tuple(strata), "covariates": tuple(covariates)}))
    pairs: list[Any] = [TwoSampleT(method="two_sample_t", of=of), RankSum(method="rank_sum", of=of)]
    for entry in pairs:
        for other in arms[:-1]:
            pair = replace(context, compare=(other, arms[-1]))
            findings = (*findings, *_run(entry, level, table, pair))
    for entry in several:
        findings = (*findings, *_run(entry, level, table, context))
    return Analysed(findings, (*told, *without_arm(rows, here)), (), context.labels)


def analyse_pairs(
    data: Any,
    *,
    first: str,
    second: str,
    arm: str | None = None,
    level: float = 0.95,
    where: str | None = None,
    name: str = "data",
    place: Place | None = None,
) -> Analysed:
    """Change from one column to another (t, signed rank) and their correlations, in each arm.

    Parameters
        data            an engine's table, an Arrow or pandas table, or a mapping of names to arrays
        first, second   columns of numbers; the change is second less first
        arm, where      as of `analyse_times`
    Problems  E092-E097 columns that can't be used, W425 several rows of a subject; those of the methods
    Source    those of the methods `paired_t`, `wilcoxon_signed_rank`, `correlation`, `spearman`
    """
    here = place or Place(name)
    rows, told = take(data, Wanted({"first": first, "second": second}, _arm(arm), {}), here, where)
    if rows is None:
        return Analysed((), told)
    before, after = numbers_of(rows, "first"), numbers_of(rows, "second")
    known = np.isfinite(before) & np.isfinite(after)
    rows = _measured(_with_arm(rows, arm), before, after, known)
    rows = rows.with_columns(first=np.where(known, before, np.nan), second=np.where(known, after, np.nan))
    arms, wrong = arms_of(rows, None, here)
    if wrong:
        return Analysed((), wrong)
    rule = {"baseline": first, "at": second}
    endpoint = f"{second} minus {first}"
    context = context_of(rows, name=name, endpoint=endpoint, arms=arms, column=arm, place=here, rule=rule)
    table = subject_table(rows)
    table = table.mutate(evaluable=table.evaluable.cast("boolean"))
    entries: list[Any] = [
        PairedT(method="paired_t"),
        WilcoxonSignedRank(method="wilcoxon_signed_rank"),
        Correlation(method="correlation"),
        Spearman(method="spearman", interval="bonett_wright"),
    ]
    findings = tuple(f for entry in entries for f in _run(entry, level, table, context))
    return Analysed(findings, (*told, *without_arm(rows, here)), (), context.labels)


def _run(entry: Any, level: float, table: Any, context: Any) -> Any:
    return METHODS[entry.method].run(table, entry.model_copy(update={"level": level}), context)


def _arm(arm: str | None) -> dict[str, str]:
    return {"arm": arm} if arm else {}


def _with_arm(rows: Rows, arm: str | None) -> Rows:
    return rows if arm else rows.with_columns(arm=Words((ALL,), np.zeros(rows.size, dtype=np.int64)))


def _measured(rows: Rows, before: Any, after: Any, known: Any) -> Rows:
    """The columns of a measurement: what is not finite on either side is not evaluable."""
    before, after = np.where(known, before, np.nan), np.where(known, after, np.nan)
    change = after - before
    percent = np.divide(100 * change, before, out=np.full(change.size, np.nan), where=before > 0)
    return rows.with_columns(
        baseline=before, value=after, change=change, percent_change=percent, evaluable=known.astype(float)
    )
