"""Whether the hazard ratios of a Cox model change with time: a test per term, and one of all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.cox_model import NoModel, fitted, model, reason, told
from trialist.findings.model import Finding, Method, PValue
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.cox import ChiSquare
    from trialist.protocol import time_analyses


@entry(
    "proportional_hazards",
    needs="TimeToEvent",
    gives="proportional_hazards",
    source="Grambsch and Therneau 1994, Biometrika 81:515, as the score test of R's survival 3.0 and later",
)
def run(table: Table, analysis: time_analyses.ProportionalHazards, context: Context) -> tuple[Finding, ...]:
    """Chi-square and p of each term of the model (option `term`: arm, or a covariate), then of all together.

    Problems  those of cox_ph where there is no model, E471 exact ties, N473 a test that does not exist
    """
    options: dict[str, Any] = {
        "transform": analysis.transform,
        "ties": analysis.ties,
        "strata": tuple(analysis.strata),
    }
    method = Method("proportional_hazards", (*options.items(), *told(analysis)))

    def without(*problems: Problem, n: int | None = None, events: int | None = None) -> tuple[Finding, ...]:
        groups = context.compare or context.arms
        found = context.finding(
            "proportional_hazards", None, method, groups, n=n, events=events, problems=problems
        )
        return (found,)

    if analysis.cluster:
        return without(not_estimable.does_not_go_with(context, f"cluster: {analysis.cluster}", "this test"))
    if analysis.ties in ("discrete", "marginal"):
        return without(not_estimable.does_not_go_with(context, f"ties: {analysis.ties}", "this test"))
    made = model(table, analysis, context, "proportional_hazards")
    if isinstance(made, NoModel):
        return without(*made.problems, n=made.n, events=made.events)
    fit = fitted(made, analysis.ties)
    if fit.status != "ok":
        only = len(made.design.terms) == 1 and made.reference is not None and len(made.arms) == 2
        return without(reason(fit, context, arms_only=only), *made.notes, n=made.rows.n, events=fit.events)
    from trialist.kernels.cox_proportional import proportional_hazards

    terms = made.design.terms
    tests = proportional_hazards(fit, analysis.transform, [term.columns for term in terms])

    def findings() -> Iterator[Finding]:
        named: list[tuple[str, ChiSquare | None]] = [
            (term.name, test) for term, test in zip(terms, tests.terms, strict=True)
        ]
        if len(named) > 1:
            named.append(("all", tests.whole))
        for name, test in named:
            more = (("category", name), ("term", name), ("df", None if test is None else test.df))
            why = () if test is not None else (not_estimable.no_test_of_time(context, f"'{name}'"),)
            yield context.finding(
                "proportional_hazards",
                None if test is None else test.statistic,
                Method("proportional_hazards", (*method.options, *more)),
                context.compare or context.arms,
                p_value=None if test is None else PValue(test.p_value),
                n=made.rows.n,
                events=fit.events,
                problems=(*why, *made.notes),
            )

    return tuple(findings())
