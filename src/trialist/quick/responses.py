"""Responders: the proportion in each arm and its comparison, from columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from trialist.endpoints.shapes import NO_POSTBASELINE
from trialist.findings.methods import METHODS
from trialist.findings.rows import Words
from trialist.problems import Place
from trialist.protocol.proportion_analyses import CompareProportions, ExactProportion
from trialist.quick.analysed import ALL, Analysed, arms_of, context_of, without_arm
from trialist.quick.columns import Wanted, take
from trialist.quick.times import _with_event


def analyse_responses(
    data: Any,
    *,
    response: str,
    response_is: str | float | None = None,
    arm: str | None = None,
    reference: str | None = None,
    strata: Sequence[str] = (),
    interval: Literal["clopper_pearson", "wilson", "wald"] = "clopper_pearson",
    test: Literal["chi_square", "chi_square_corrected", "fisher"] = "chi_square",
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
        arm, reference, where   as of `analyse_times`
    Problems  E092-E097 columns that can't be used; those of the methods
    Source    those of the methods `proportion`, `compare_proportions`
    """
    here = place or Place(name)
    wanted = Wanted({}, ({"arm": arm} if arm else {}) | {c: c for c in strata}, {"event": response})
    rows, problems = take(data, wanted, here, where)
    if rows is None:
        return Analysed((), problems)
    rows, wrong = _with_event(rows, response, False, response_is, here)
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
    entries: list[Any] = [ExactProportion(method="proportion", interval=interval)]
    if len(arms) > 1:
        entries.append(CompareProportions(method="compare_proportions", test=test))
    entries = [entry.model_copy(update={"level": level}) for entry in entries]
    alone, *compared = entries
    findings = METHODS[alone.method].run(rows, alone, context)
    for entry in compared:
        for other in arms[:-1]:
            pair = replace(context, compare=(other, arms[-1]))
            findings = (*findings, *METHODS[entry.method].run(rows, entry, pair))
    return Analysed(findings, without_arm(rows, here), (), context.labels)
