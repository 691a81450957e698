"""Two linked values of each subject: the change from the first to the second, and their correlation."""

from __future__ import annotations

from typing import Any

import numpy as np

from trialist.findings.methods import METHODS
from trialist.findings.rows import Words, numbers_of
from trialist.problems import Place
from trialist.protocol.value_analyses import PairedT, Spearman, WilcoxonSignedRank
from trialist.quick.analysed import ALL, Analysed, arms_of, context_of, without_arm
from trialist.quick.columns import Wanted, take


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
    """Paired t test, Wilcoxon signed-rank test and Spearman's correlation of two columns, in each arm.

    Parameters
        data            an engine's table, an Arrow or pandas table, or a mapping of names to arrays
        first, second   columns of numbers; the change is second less first
        arm, where      as of `analyse_times`
    Problems  E092-E097 columns that can't be used; those of the methods
    Source    those of the methods `paired_t`, `wilcoxon_signed_rank`, `spearman`
    """
    here = place or Place(name)
    wanted = Wanted({"first": first, "second": second}, {"arm": arm} if arm else {}, {})
    rows, problems = take(data, wanted, here, where)
    if rows is None:
        return Analysed((), problems)
    before, after = numbers_of(rows, "first"), numbers_of(rows, "second")
    known = np.isfinite(before) & np.isfinite(after)
    if not arm:
        rows = rows.with_columns(arm=Words((ALL,), np.zeros(rows.size, dtype=np.int64)))
    rows = rows.with_columns(
        first=np.where(known, before, np.nan),
        second=np.where(known, after, np.nan),
        change=np.where(known, after - before, np.nan) if known.any() else np.full(known.size, np.nan),
        evaluable=known.astype(float),
    )
    arms, wrong = arms_of(rows, None, here)
    if wrong:
        return Analysed((), wrong)
    context = context_of(
        rows, name=name, endpoint=f"{second} minus {first}", arms=arms, column=arm, place=here,
        rule={"baseline": first, "at": second},
    )  # fmt: skip
    entries: list[Any] = [
        PairedT(method="paired_t"),
        WilcoxonSignedRank(method="wilcoxon_signed_rank"),
        Spearman(method="spearman"),
    ]
    entries = [entry.model_copy(update={"level": level}) for entry in entries]
    findings = tuple(f for entry in entries for f in METHODS[entry.method].run(rows, entry, context))
    return Analysed(findings, without_arm(rows, here), (), context.labels)
