"""Two arms' proportions compared within strata: Mantel-Haenszel measures, one test over all, homogeneity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from trialist.findings import not_estimable, proportion_problems
from trialist.findings.context import Context
from trialist.findings.model import Finding, Method, PValue
from trialist.findings.one_sided import sided
from trialist.findings.reduction import Responders
from trialist.findings.response_counts import InStrata, responders_in_strata
from trialist.findings.two_proportions import (
    Compared,
    kinds_of,
    measured,
    one_sided,
    options_of_test,
    without,
)
from trialist.problems import Problem

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.stratified_tables import DifferenceKind
    from trialist.kernels.two_proportions import Estimate
    from trialist.protocol.proportion_analyses import CompareProportions

Tables = tuple[list[tuple[int, int]], list[tuple[int, int]]]


def findings(table: Table, analysis: CompareProportions, context: Context) -> tuple[Finding, ...]:
    """One finding per measure over all strata, and that of homogeneity where it is asked for."""
    counted = responders_in_strata(table, context.compare, analysis.strata)
    options = options_of_test(analysis)
    told = _left_out(counted, context)
    x, n = _tables(counted, analysis.denominator, context.compare)
    totals = [sum(size[arm] for size in n) for arm in (0, 1)]
    empty = [arm for arm, size in zip(context.compare, totals, strict=True) if not size]
    if empty:
        return without(analysis, context, options, [not_estimable.no_subjects(context, empty), *told])
    alone = [size for size in n if not min(size)]
    lonely = [sum(size) for size in alone if sum(size)]
    if lonely:
        told = (*told, proportion_problems.strata_of_one_arm(context, len(lonely), sum(lonely)))
    both = [index for index, size in enumerate(n) if min(size)]
    x, n = [x[index] for index in both], [n[index] for index in both]
    tested = _test(x, n, analysis)
    problems = told if tested is not None else (*told, not_estimable.nothing_to_test(context))
    compared = Compared(
        options=(*options, ("strata_used", len(n))),
        p_value=sided(tested, analysis.alternative),
        n=sum(map(sum, n)),
        events=sum(map(sum, x)),
        note=_note(counted, analysis.denominator, context),
        problems=problems,
    )
    return tuple(_measures(x, n, compared, analysis, context))


def _measures(
    x: list[tuple[int, int]],
    n: list[tuple[int, int]],
    compared: Compared,
    analysis: CompareProportions,
    context: Context,
) -> Iterator[Finding]:
    from trialist.kernels import stratified_tables

    level = analysis.level
    for measure, kind in kinds_of(analysis).items():
        if measure == "odds_ratio":
            found = _odds_ratio(x, n, level, kind)
        elif measure == "risk_ratio":
            found = stratified_tables.common_risk_ratio(x, n, level)
        else:
            found = stratified_tables.common_difference(x, n, level, cast("DifferenceKind", kind))
        yield measured(measure, kind, found, compared, analysis, context)
    if analysis.homogeneity is not None:
        yield _homogeneity(x, n, compared, analysis, context)


def _odds_ratio(
    x: list[tuple[int, int]], n: list[tuple[int, int]], level: float, kind: str
) -> Estimate | None:
    if kind == "mantel_haenszel":
        from trialist.kernels.stratified_tables import common_odds_ratio

        return common_odds_ratio(x, n, level)
    from trialist.kernels.exact_two_by_two import common_odds_ratio as conditional
    from trialist.kernels.two_proportions import Estimate

    found = conditional(x, n, level, mid_p=kind == "conditional_mid_p")
    return Estimate(found.value, found.low, found.high, "empty_cell" if found.value is None else "ok")


def _homogeneity(
    x: list[tuple[int, int]],
    n: list[tuple[int, int]],
    compared: Compared,
    analysis: CompareProportions,
    context: Context,
) -> Finding:
    from trialist.kernels.stratified_tables import breslow_day

    found = breslow_day(x, n, tarone=analysis.homogeneity == "tarone")
    options = (
        ("test", analysis.homogeneity),
        ("denominator", analysis.denominator),
        ("strata", analysis.strata),
        ("strata_used", len(n)),
        ("df", found.df),
    )
    return context.finding(
        "homogeneity",
        found.statistic,
        Method("compare_proportions", options),
        context.compare,
        p_value=None if found.p_value is None else PValue(found.p_value),
        n=compared.n,
        events=compared.events,
        problems=[] if found.p_value is not None else [not_estimable.nothing_to_test(context)],
    )


def _test(x: list[tuple[int, int]], n: list[tuple[int, int]], analysis: CompareProportions) -> float | None:
    name, side = analysis.test or "cmh", analysis.alternative
    if not n:
        return None
    if name == "exact_conditional":
        from trialist.kernels.exact_two_by_two import fisher

        return fisher(x, n, side)
    from trialist.kernels import stratified_tables
    from trialist.kernels.binomial import Test

    if name == "miettinen_nurminen":
        z = stratified_tables.score_z(x, n, analysis.margin or 0.0)
        if z is None:
            return None
        from scipy.special import ndtr

        return one_sided(Test(float(2 * ndtr(-abs(z)))), z, side)
    found = stratified_tables.cochran_mantel_haenszel(x, n, correct=name == "cmh_corrected")
    return one_sided(Test(found.p_value), found.z, side)


def _tables(counted: InStrata, denominator: str, arms: tuple[str, ...]) -> Tables:
    empty = Responders(0, 0, 0, 0)
    x, n = [], []
    for by_arm in counted.strata.values():
        first, second = (by_arm.get(arm, empty) for arm in arms)
        size = (first.denominator(denominator), second.denominator(denominator))
        if sum(size):
            x.append((first.yes, second.yes))
            n.append(size)
    return x, n


def _left_out(counted: InStrata, context: Context) -> tuple[Problem, ...]:
    if not counted.without_level:
        return ()
    why = "a stratification factor has no value"
    return (not_estimable.left_out(context, counted.without_level, why),)


def _note(counted: InStrata, denominator: str, context: Context) -> str | None:
    from trialist.findings.methods.proportion import evaluability_note

    totals: Mapping[str, Responders] = counted.over_all(context.compare)
    notes = [
        f"{context.label(arm)}: {note}"
        for arm in context.compare
        if (note := evaluability_note(totals[arm], denominator))
    ]
    return "; ".join(notes) or None
