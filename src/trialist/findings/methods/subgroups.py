"""The forest of a hazard ratio: within each level of factors, with the test of interaction of each factor."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.cox_model import Model, fitted, reason
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.findings.model_columns import design, interaction_design, levels_seen
from trialist.findings.model_rows import ModelRows, model_rows
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.cox import ChiSquare, CoxFit
    from trialist.protocol import time_analyses


@entry(
    "subgroups",
    needs="TimeToEvent",
    gives=("hazard_ratio", "interaction"),
    source="Cox 1972, JRSS B 34:187; Rothwell 2005, Lancet 365:176 (report the test of interaction)",
)
def run(table: Table, analysis: time_analyses.Subgroups, context: Context) -> tuple[Finding, ...]:
    """Per factor: the hazard ratio within each level, then the interaction by likelihood ratio and by Wald.

    Each level is fitted by itself, as `by:` does. The interaction is that of a model of arm, factor and their
    product in all subjects with a level of which both arms have somebody (a factor among the strata has no
    columns of its own). A level that nobody has is a finding too. Rows are counted once for all factors.
    Problems  E413 not two arms, E414 unknown factor, N401 an empty arm, N403 no event, N404 infinite, N406
              arms never at risk together, N412 subjects left out, N474 no test of interaction
    """
    method = Method(
        "subgroups", (("ties", analysis.ties), ("strata", tuple(analysis.strata)), ("level", analysis.level))
    )
    arms = context.compare

    def without(*problems: Problem) -> tuple[Finding, ...]:
        groups = arms or context.arms
        return (context.finding("hazard_ratio", None, method, groups, problems=problems),)

    if len(arms) != 2:
        return without(not_estimable.not_two_arms(context, "subgroups", len(arms)))
    unknown = [n for n in (*analysis.factors, *analysis.strata) if n not in table.columns]
    if unknown:
        return without(not_estimable.no_such_factor(context, dict.fromkeys(unknown)))
    rows = model_rows(table, arms, strata=analysis.strata, factors=analysis.factors)
    forest = _Forest(rows, analysis, context, method)
    return tuple(finding for factor in analysis.factors for finding in forest.of(factor))


@dataclass(frozen=True, slots=True)
class _Forest:
    """The rows of all factors, put into findings factor by factor."""

    rows: ModelRows
    analysis: time_analyses.Subgroups
    context: Context
    method: Method

    def of(self, factor: str) -> Iterator[Finding]:
        covariate = self.rows.covariate(factor)
        planned = self.context.levels.get(factor, ())
        levels = (*planned, *(level for level in levels_seen(covariate) if level not in planned))
        for level in levels:
            code = covariate.levels.index(level) if level in covariate.levels else -1
            yield self._within(factor, level, self.rows.where(covariate.values == code))
        yield from self._interaction(factor, levels)

    def _within(self, factor: str, level: str, rows: ModelRows) -> Finding:
        named = "; ".join(part for part in (self.context.subgroup, f"{factor}: {level}") if part)
        context = replace(self.context, subgroup=named)
        arms = context.compare
        method = Method("subgroups", (*self.method.options, ("factor", factor)))
        absent = [arm for index, arm in enumerate(arms) if not (rows.arm == index).any()]
        if absent:
            nobody = not_estimable.no_subjects(context, absent)
            return context.finding(
                "hazard_ratio", None, method, arms, n=rows.n, events=rows.events, problems=[nobody]
            )
        alone = replace(rows, covariates=())
        fit = fitted(Model(arms, 1, alone, design(alone, arms, 1), ()), self.analysis.ties)
        if fit.status != "ok":
            why = reason(fit, context, arms_only=True)
            return context.finding(
                "hazard_ratio", None, method, arms, n=rows.n, events=rows.events, problems=[why]
            )
        middle, error = float(fit.coefficient[0]), float(fit.std_err[0])
        half = NormalDist().inv_cdf(0.5 + self.analysis.level / 2) * error
        return context.finding(
            "hazard_ratio",
            math.exp(middle),
            method,
            arms,
            interval=Interval(math.exp(middle - half), math.exp(middle + half), self.analysis.level),
            p_value=PValue(float(fit.p_value[0])),
            n=rows.n,
            events=rows.events,
        )

    def _interaction(self, factor: str, levels: tuple[str, ...]) -> Iterator[Finding]:
        """Likelihood ratio and Wald, over the levels in which both arms have somebody."""
        covariate = self.rows.covariate(factor)
        missing = ~np.isfinite(covariate.values)
        notes = [not_estimable.left_out(self.context, n, why) for why, n in self.rows.left_out.items()]
        if lost := self.rows.people(missing):
            notes.append(not_estimable.left_out(self.context, lost, f"'{factor}' has no value"))
        places = {level: covariate.levels.index(level) for level in levels if level in covariate.levels}
        both = [
            level
            for level, code in places.items()
            if all(((self.rows.arm == arm) & (covariate.values == code)).any() for arm in (0, 1))
        ]
        rows = self.rows.where(np.isin(covariate.values, [places[level] for level in both]))
        fit = why = None
        if len(both) < 2:
            why = "fewer than two levels have subjects of both arms"
        else:
            made = interaction_design(
                rows, rows.covariate(factor), both, absorbed=factor in self.analysis.strata
            )
            fit = fitted(Model(self.context.compare, 1, rows, made, ()), self.analysis.ties)
            if fit.status != "ok":
                fit, why = None, "a level has no events, or those of one arm only"
        for test in ("likelihood_ratio", "wald"):
            found = None if fit is None else self._tested(fit, made.terms[0].columns, test)
            problem = () if why is None else (not_estimable.no_interaction(self.context, factor, why),)
            cell = ("category", f"{factor}, {test.replace('_', ' ')}")
            told = (cell, ("factor", factor), ("test", test), ("df", None if found is None else found.df))
            yield self.context.finding(
                "interaction",
                None if found is None else found.statistic,
                Method("subgroups", (*self.method.options, *told)),
                self.context.compare,
                p_value=None if found is None else PValue(found.p_value),
                n=rows.n,
                events=rows.events,
                problems=(*problem, *notes),
            )

    @staticmethod
    def _tested(fit: CoxFit, columns: tuple[int, ...], test: str) -> ChiSquare | None:
        from trialist.kernels.cox_profile import term_test

        return term_test(fit, columns, test)
