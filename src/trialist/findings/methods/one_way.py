"""One test of all arms: analysis of variance, Welch's, or Kruskal and Wallis's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from trialist.findings import not_estimable, value_problems
from trialist.findings.arm_values import Samples, options_of, samples
from trialist.findings.context import Context
from trialist.findings.model import Finding, Method, PValue
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import value_analyses


@entry(
    "one_way",
    needs="Measurement",
    gives=("f_statistic", "kruskal_wallis"),
    source="Fisher 1925; Welch 1951, Biometrika 38:330; Kruskal and Wallis 1952, JASA 47:583",
)
def run(table: Table, analysis: value_analyses.OneWay, context: Context) -> tuple[Finding, ...]:
    """The statistic of all arms together with its p value; degrees of freedom stand among the options.

    Problems  E413 fewer than two arms, N401 an arm with nobody, N408 too few, N409 no variation within the
              arms (Welch: within one), N436 all values equal
    """
    measure = "kruskal_wallis" if analysis.test == "kruskal_wallis" else "f_statistic"
    told = (*options_of(analysis.of, context), ("test", analysis.test))
    if len(context.arms) < 2:
        why = not_estimable.not_two_arms(context, "one_way", len(context.arms))
        return (context.finding(measure, None, Method("one_way", told), context.arms, problems=[why]),)
    found = samples(table, context, analysis.of, arms=context.arms)
    values = np.concatenate(found.values)
    group = np.repeat(np.arange(len(context.arms)), [mine.size for mine in found.values])
    statistic, df, p_value, status = _tested(values, group, len(context.arms), analysis.test)
    return (
        context.finding(
            measure,
            statistic,
            Method("one_way", (*told, ("df", df))),
            context.arms,
            p_value=None if p_value is None else PValue(p_value),
            n=int(values.size),
            note=found.note,
            problems=[*found.problems, *_why(status, found, analysis, context)],
        ),
    )


def _tested(
    values: np.ndarray, group: np.ndarray, groups: int, test: str
) -> tuple[float | None, tuple[float, ...] | None, float | None, str]:
    if test == "kruskal_wallis":
        from trialist.kernels.rank_sum import kruskal_wallis

        ranked = kruskal_wallis(values, group, groups)
        return ranked.h, None if ranked.df is None else (ranked.df,), ranked.p_value, ranked.status
    from trialist.kernels.linear import one_way

    made = one_way(values, group, groups, equal_variances=test == "anova")
    if made.df_between is None or made.df_within is None:
        return None, None, None, made.status
    return made.f, (made.df_between, made.df_within), made.p_value, made.status


def _why(status: str, found: Samples, analysis: value_analyses.OneWay, context: Context) -> list[Problem]:
    if status == "constant":
        return [value_problems.all_tied(context)]
    if status == "no_variance":
        return [not_estimable.no_variation(context, " and ".join(context.arms), "the values")]
    if status == "too_few":
        needed = 2 if analysis.test == "welch" else 1
        sizes = [(arm, mine.size) for arm, mine in zip(context.arms, found.values, strict=True)]
        few = [pair for pair in sizes if pair[1] < needed] or sizes[:1]
        return [
            not_estimable.too_few(context, arm, n, max(needed, n + 1), "evaluable values") for arm, n in few
        ]
    return []
