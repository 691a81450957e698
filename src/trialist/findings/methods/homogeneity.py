"""Whether several arms have the same proportions of responders, or of each category."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trialist.findings import not_estimable, proportion_problems
from trialist.findings.context import Context
from trialist.findings.model import Finding, Method, PValue
from trialist.findings.response_counts import category_counts, responders_in_strata
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.protocol import proportion_analyses

FEW = 5  # expected in a cell, below which the chi-square distribution is doubtful: Cochran 1954
Counts = list[list[list[int]]]  # strata, arms, answers


@entry(
    "homogeneity",
    needs=("Response", "Category"),
    gives=("homogeneity", "p_value"),
    source="Pearson 1900; Cochran 1954, Biometrics 10:417; Freeman and Halton 1951, Biometrika 38:141; "
    "Landis, Heyman and Koch 1978, Int Stat Rev 46:237",
)
def run(table: Table, analysis: proportion_analyses.Homogeneity, context: Context) -> tuple[Finding, ...]:
    """Chi-square of arms against answers with its degrees of freedom, or the exact p value as the estimate.

    With `strata` the general association statistic (Cochran-Mantel-Haenszel). An arm with nobody takes no
    part.
    Problems  E414 unknown factor, N401 nobody in an arm, N411 all answers equal, N412 no level of a factor,
              N493 too many tables, N496 small expected counts, N499 fewer than two arms
    """
    measure = "p_value" if analysis.test == "freeman_halton" else "homogeneity"
    options: tuple[tuple[str, object], ...] = (("test", analysis.test),)
    if "responder" in table.columns:
        options += (("denominator", analysis.denominator),)
    if analysis.strata:
        options += (("strata", analysis.strata),)

    def without(*problems: Problem) -> tuple[Finding, ...]:
        method = Method("homogeneity", options)
        return (context.finding(measure, None, method, context.arms, problems=problems),)

    unknown = [name for name in analysis.strata if name not in table.columns]
    if unknown:
        return without(not_estimable.no_such_factor(context, unknown))
    counts, out, responding = _counts(table, analysis, context)
    sizes = [sum(sum(stratum[place]) for stratum in counts) for place in range(len(context.arms))]
    empty = [arm for arm, size in zip(context.arms, sizes, strict=True) if not size]
    told = [not_estimable.no_subjects(context, empty)] if empty else []
    if out:
        told.append(not_estimable.left_out(context, out, "a stratification factor has no value"))
    if len(context.arms) - len(empty) < 2:
        return without(*told, proportion_problems.too_few_arms(context, "homogeneity"))
    estimate, p_value, df, why = _tested(counts, analysis, context)
    told += why
    return (
        context.finding(
            measure,
            estimate,
            Method("homogeneity", options if df is None else (*options, ("df", df))),
            context.arms,
            p_value=None if p_value is None else PValue(p_value),
            n=sum(sizes),
            events=responding,
            problems=told,
        ),
    )


def _tested(
    counts: Counts, analysis: proportion_analyses.Homogeneity, context: Context
) -> tuple[float | None, float | None, int | None, list[Problem]]:
    """(estimate, p value, degrees of freedom, what must be told)."""
    nothing = [not_estimable.nothing_to_test(context)]
    if analysis.test == "cmh":
        from trialist.kernels.stratified_tables import general_association

        over_strata = general_association(counts)
        told = [] if over_strata.p_value is not None else nothing
        return over_strata.statistic, over_strata.p_value, over_strata.df, told
    from trialist.kernels import contingency

    if analysis.test == "freeman_halton":
        exact = contingency.freeman_halton(counts[0])
        if exact.status == "too_large":
            return None, None, None, [proportion_problems.too_many_tables(context, "the exact test")]
        return exact.p_value, exact.p_value, None, [] if exact.status == "ok" else nothing
    found = contingency.chi_square(counts[0])
    if found.smallest_expected is None:
        return None, None, None, nothing
    told = []
    if found.smallest_expected < FEW:
        told.append(proportion_problems.small_expected(context, found.smallest_expected))
    return found.statistic, found.p_value, found.df, told


def _counts(
    table: Table, analysis: proportion_analyses.Homogeneity, context: Context
) -> tuple[Counts, int, int | None]:
    """(strata x arms x answers, subjects without a level, responders); no category is one of its own."""
    if "responder" in table.columns:
        found = responders_in_strata(table, context.arms, analysis.strata)
        counts: Counts = []
        for by_arm in found.strata.values():
            stratum = []
            for arm in context.arms:
                each = by_arm.get(arm)
                size = each.denominator(analysis.denominator) if each else 0
                stratum.append([each.yes if each else 0, size - (each.yes if each else 0)])
            counts.append(stratum)
        return (
            counts or [[[0, 0]] * len(context.arms)],
            found.without_level,
            sum(stratum[place][0] for stratum in counts for place in range(len(context.arms))),
        )
    by_level = category_counts(table, context.arms, analysis.strata)
    known = {levels: arms for levels, arms in by_level.items() if None not in levels}
    out = sum(
        n
        for levels, arms in by_level.items()
        if None in levels
        for cells in arms.values()
        for n in cells.values()
    )
    names: list[Any] = sorted(
        {name for arms in known.values() for cells in arms.values() for name in cells}, key=str
    )
    tables = [
        [[arms.get(arm, {}).get(name, 0) for name in names] for arm in context.arms]
        for arms in known.values()
    ]
    return tables or [[[0]] * len(context.arms)], out, None
