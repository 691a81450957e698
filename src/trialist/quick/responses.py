"""Responders: the proportion in each arm and its comparison, from columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trialist.endpoints.shapes import NO_POSTBASELINE
from trialist.findings.methods import METHODS
from trialist.findings.rows import Words, subject_table
from trialist.problems import Place
from trialist.protocol.proportion_analyses import CompareProportions, ExactProportion, Logistic
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
from trialist.quick.statuses import with_event


def analyse_responses(
    data: Any,
    *,
    response: str,
    response_is: str | float | None = None,
    arm: str | None = None,
    reference: str | None = None,
    strata: Sequence[str] = (),
    covariates: Sequence[str] = (),
    interval: str = "clopper_pearson",
    test: str | None = None,
    level: float = 0.95,
    where: str | None = None,
    name: str = "data",
    place: Place | None = None,
) -> Analysed:
    """Proportion of responders per arm; difference, odds ratio and test of each arm against the reference.

    Parameters
        data         an engine's table, an Arrow or pandas table, or a mapping of names to arrays
        response     column that is 1 or true for a responder and 0 or false for any other subject; with
                     `response_is` the value that means a response. A missing value is not evaluable
        strata       columns: results over their levels together (Mantel-Haenszel)
        covariates   columns of a logistic model beside the arm
        interval, test   words of `proportion` and `compare_proportions`
        arm, reference, where   as of `analyse_times`
    Problems  E092-E097 columns that can't be used, W425 several rows of a subject; those of the methods
    Source    those of the methods `proportion`, `compare_proportions`, `logistic`
    """
    here = place or Place(name)
    if clash := clashes(here, strata, covariates):
        return Analysed((), clash)
    words = ({"arm": arm} if arm else {}) | factor_columns(strata)
    either = {"event": response} | factor_columns([c for c in covariates if c not in strata])
    rows, told = take(data, Wanted({}, words, either), here, where)
    if rows is None:
        return Analysed((), told)
    rows, wrong = with_event(rows, response, "response", response_is, here)
    if rows is None:
        return Analysed((), wrong)
    responder = np.asarray(rows["event"])
    reason = Words((NO_POSTBASELINE,), np.where(np.isnan(responder), 0, -1))
    if not arm:
        rows = rows.with_columns(arm=Words((ALL,), np.zeros(rows.size, dtype=np.int64)))
    rows = rows.with_columns(responder=responder, reason=reason)
    arms, wrong = arms_of(rows, reference, here)
    if wrong:
        return Analysed((), wrong)
    context = context_of(
        rows, name=name, endpoint=response, arms=arms, column=arm, place=here,
        rule={"response": response, "response_is": response_is},
    )  # fmt: skip
    table = subject_table(rows)
    table = table.mutate(responder=table.responder.cast("boolean"))
    entries: list[Any] = [ExactProportion(method="proportion", interval=interval)]
    entries.append(CompareProportions(method="compare_proportions", test=test, strata=tuple(strata)))
    if covariates:
        entries.append(Logistic(method="logistic", covariates=tuple(covariates)))
    alone, *compared = [entry.model_copy(update={"level": level}) for entry in entries]
    findings = METHODS[alone.method].run(table, alone, context)
    for entry in compared:
        for other in arms[:-1]:
            pair = replace(context, compare=(other, arms[-1]))
            findings = (*findings, *METHODS[entry.method].run(table, entry, pair))
    return Analysed(findings, (*told, *without_arm(rows, here)), (), context.labels)
