"""Findings of two compared proportions: one measure each, with what all of them share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trialist.findings import not_estimable, proportion_problems
from trialist.findings.context import Context
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.problems import Problem

if TYPE_CHECKING:
    from trialist.kernels.binomial import Test
    from trialist.kernels.two_proportions import Estimate
    from trialist.protocol.proportion_analyses import CompareProportions


@dataclass(frozen=True, slots=True)
class Compared:
    """What the findings of one comparison share: test, numbers, note, and problems of the test.

    options   of the method: the test and what it went by
    """

    options: tuple[tuple[str, object], ...]
    p_value: PValue | None
    n: int
    events: int
    note: str | None
    problems: tuple[Problem, ...]


def measured(
    measure: str,
    kind: str,
    found: Estimate | None,
    compared: Compared,
    analysis: CompareProportions,
    context: Context,
) -> Finding:
    """One measure; of a number needed to treat `found` is the difference."""
    problems: list[Problem] = []
    if measure == "number_needed_to_treat" and found is not None:
        from trialist.kernels.two_proportions import number_needed_to_treat

        spans = None not in (found.low, found.high) and (found.low or 0) <= 0 <= (found.high or 0)
        found = number_needed_to_treat(found)
        if found.value is None:
            problems.append(proportion_problems.not_defined(context, "the number needed to treat"))
        elif spans:
            problems.append(proportion_problems.spans_no_effect(context))
        elif found.status != "ok":
            problems.append(_why(measure, kind, found, context))
    elif found is None or found.status != "ok":
        problems.append(_why(measure, kind, found, context))
    tested = compared.p_value
    if analysis.margin and measure not in ("risk_difference", "number_needed_to_treat"):
        tested = None  # the margin is one of the difference
    return context.finding(
        measure,
        found.value if found else None,
        Method("compare_proportions", (*compared.options, ("interval", kind), ("level", analysis.level))),
        context.compare,
        interval=_interval(measure, found, analysis.level),
        p_value=tested,
        n=compared.n,
        events=compared.events,
        note=compared.note,
        problems=[*problems, *compared.problems],
    )


def without(
    analysis: CompareProportions,
    context: Context,
    options: Iterable[tuple[str, object]],
    problems: Iterable[Problem],
) -> tuple[Finding, ...]:
    """Every measure asked for without an estimate."""
    told = tuple(problems)
    groups = context.compare or context.arms
    kinds = kinds_of(analysis)
    return tuple(
        context.finding(
            measure,
            None,
            Method("compare_proportions", (*options, ("interval", kind), ("level", analysis.level))),
            groups,
            problems=told,
        )
        for measure, kind in kinds.items()
    )


def kinds_of(analysis: CompareProportions) -> dict[str, str]:
    """Measure -> kind of interval, in the order of findings."""
    stratified = bool(analysis.strata)
    difference = analysis.difference or ("mantel_haenszel" if stratified else "wald")
    kinds: dict[str, str] = {"risk_difference": difference}
    if analysis.number_needed_to_treat:
        kinds["number_needed_to_treat"] = difference
    kinds["odds_ratio"] = analysis.odds_ratio or ("mantel_haenszel" if stratified else "woolf")
    if analysis.risk_ratio is not None:
        kinds["risk_ratio"] = analysis.risk_ratio
    return kinds


def options_of_test(
    analysis: CompareProportions, more: Iterable[tuple[str, object]] = ()
) -> tuple[tuple[str, object], ...]:
    """The test and the denominator; strata, a margin, a side and a search only where they were asked for."""
    said: list[tuple[str, object]] = [
        ("test", analysis.test or ("cmh" if analysis.strata else "chi_square")),
        ("denominator", analysis.denominator),
    ]
    if analysis.strata:
        said.append(("strata", analysis.strata))
    if analysis.alternative != "two_sided":
        said.append(("alternative", analysis.alternative))
    said += [
        (word, value)
        for word, value in (("margin", analysis.margin), ("berger_boos", analysis.berger_boos))
        if value is not None
    ]
    return (*said, *more)


def one_sided(test: Test, z: float | None, alternative: str) -> float | None:
    """The p value of a chi-square on one degree of freedom on the side asked for; `z` is its signed root."""
    if test.p_value is None or z is None or alternative == "two_sided":
        return test.p_value
    from scipy.special import ndtr

    return float(ndtr(-z if alternative == "greater" else z))


def _interval(measure: str, found: Estimate | None, level: float) -> Interval | None:
    if found is None or (found.low is None and found.high is None):
        return None
    return Interval(found.low, found.high, level)


def _why(measure: str, kind: str, found: Estimate | None, context: Context) -> Problem:
    if found is not None and found.status == "too_large":
        return proportion_problems.too_many_tables(context, f"the {kind} interval")
    if measure == "odds_ratio":
        return not_estimable.empty_cell(context)
    return proportion_problems.not_defined(context, f"the {measure.replace('_', ' ')} or its interval")
