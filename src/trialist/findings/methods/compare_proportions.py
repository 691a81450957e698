"""Two arms' proportions of responders compared: difference, ratios, and the named test; in strata or not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from trialist.findings import not_estimable, stratified_proportions
from trialist.findings.context import Context
from trialist.findings.methods.proportion import evaluability_note
from trialist.findings.model import Finding
from trialist.findings.one_sided import sided
from trialist.findings.proportion_problems import too_many_tables
from trialist.findings.reduction import responders
from trialist.findings.two_proportions import (
    Compared,
    kinds_of,
    measured,
    one_sided,
    options_of_test,
    without,
)
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.two_proportions import DifferenceKind, OddsKind, RatioKind
    from trialist.protocol import proportion_analyses

Two = tuple[int, int]
Tested = tuple[float | None, tuple[tuple[str, object], ...], tuple[Problem, ...]]


@entry(
    "compare_proportions",
    needs="Response",
    gives=("risk_difference", "odds_ratio", "risk_ratio", "number_needed_to_treat", "homogeneity"),
    source="Fleiss, Levin and Paik 2003; Woolf 1955, Annals of Human Genetics 19:251; Fisher 1935; Newcombe "
    "1998, Stat Med 17:873; Miettinen and Nurminen 1985, Stat Med 4:213; Mantel and Haenszel 1959",
)
def run(
    table: Table, analysis: proportion_analyses.CompareProportions, context: Context
) -> tuple[Finding, ...]:
    """First arm of `compare` against the second: difference and odds ratio, and what else is asked.

    `n` and `events` are subjects and responders of both arms together. The p value is that of the named
    test; one against a margin stands beside the difference only. With `strata` all results are over their
    levels together.
    Problems  E413 not two arms, E414 unknown factor, N401 an arm with nobody, N410 an empty cell, N411
              nothing to
              test, N412 no level of a factor, N492 an interval not defined, N493 too many tables, N494
              number needed to treat without one span, N498 strata of one arm
    """
    if len(context.compare) != 2:
        none = not_estimable.not_two_arms(context, "compare_proportions", len(context.compare))
        return without(analysis, context, options_of_test(analysis), [none])
    unknown = [name for name in analysis.strata if name not in table.columns]
    if unknown:
        none = not_estimable.no_such_factor(context, unknown)
        return without(analysis, context, options_of_test(analysis), [none])
    if analysis.strata:
        return stratified_proportions.findings(table, analysis, context)
    counted = responders(table, context.compare)
    first, second = (counted[arm] for arm in context.compare)
    yes = (first.yes, second.yes)
    n = (first.denominator(analysis.denominator), second.denominator(analysis.denominator))
    empty = [arm for arm, size in zip(context.compare, n, strict=True) if size == 0]
    if empty:
        none = not_estimable.no_subjects(context, empty)
        return without(analysis, context, options_of_test(analysis), [none])
    notes = [
        f"{context.label(arm)}: {note}"
        for arm in context.compare
        if (note := evaluability_note(counted[arm], analysis.denominator))
    ]
    tested, options, problems = _test(yes, n, analysis, context)
    compared = Compared(
        options=options,
        p_value=sided(tested, analysis.alternative),
        n=sum(n),
        events=sum(yes),
        note="; ".join(notes) or None,
        problems=problems,
    )
    return tuple(_measures(yes, n, compared, analysis, context))


def _measures(
    yes: Two, n: Two, compared: Compared, analysis: proportion_analyses.CompareProportions, context: Context
) -> Iterator[Finding]:
    from trialist.kernels import two_proportions

    for measure, kind in kinds_of(analysis).items():
        if measure == "odds_ratio":
            found = two_proportions.odds_ratio(yes, n, analysis.level, cast("OddsKind", kind))
        elif measure == "risk_ratio":
            found = two_proportions.risk_ratio(yes, n, analysis.level, cast("RatioKind", kind))
        else:
            found = two_proportions.difference(yes, n, analysis.level, cast("DifferenceKind", kind))
        yield measured(measure, kind, found, compared, analysis, context)


def _test(yes: Two, n: Two, analysis: proportion_analyses.CompareProportions, context: Context) -> Tested:
    """The p value of the named test, the options it was computed under, and why there is none."""
    name, side = analysis.test or "chi_square", analysis.alternative
    margin = analysis.margin or 0.0
    nothing = (not_estimable.nothing_to_test(context),)
    options = options_of_test(analysis)
    if name in ("barnard", "boschloo", "exact_score"):
        return _unconditional(yes, n, analysis, context)
    if name in ("fisher", "fisher_mid_p"):
        from trialist.kernels.exact_two_by_two import fisher

        p_value = fisher([yes], [n], side, mid_p=name == "fisher_mid_p")
        if p_value is None and name == "fisher":
            return 1.0, options, ()  # one possible table, as R's fisher.test
        return p_value, options, () if p_value is not None else nothing
    if name in ("farrington_manning", "miettinen_nurminen"):
        from scipy.special import ndtr

        from trialist.kernels.score_difference import difference_z

        z = difference_z(yes, n, margin, factor=name == "miettinen_nurminen")
        if z is None:
            return None, options, nothing
        tail = float(ndtr(-abs(z) if side == "two_sided" else -z if side == "greater" else z))
        return (2 * tail if side == "two_sided" else tail), options, ()
    from trialist.kernels.binomial import chi_square

    test = chi_square(yes, n, correct=name == "chi_square_corrected", n_minus_1=name == "chi_square_n_1")
    apart = yes[0] / n[0] - yes[1] / n[1]
    root = None if test.statistic is None else math.copysign(math.sqrt(test.statistic), apart)
    p_value = one_sided(test, root, side)
    return p_value, options, () if p_value is not None else nothing


def _unconditional(
    yes: Two, n: Two, analysis: proportion_analyses.CompareProportions, context: Context
) -> Tested:
    from trialist.kernels.unconditional import Kind, unconditional

    kind = cast("Kind", "score" if analysis.test == "exact_score" else analysis.test)
    found = unconditional(
        yes,
        n,
        kind,
        analysis.alternative,
        margin=analysis.margin or 0.0,
        berger_boos=analysis.berger_boos or 0.0,
    )
    if found.status != "ok" or found.nuisance is None:
        return None, options_of_test(analysis), (too_many_tables(context, f"the test {analysis.test}"),)
    searched = (("nuisance", round(found.nuisance, 6)), ("grid", found.grid))
    return found.p_value, options_of_test(analysis, searched), ()
