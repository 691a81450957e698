"""Hazard ratios of the Cox model: of the arms compared, and of covariates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.cox_model import Model, NoModel, coefficients, fitted, model, reason, told
from trialist.findings.curves import absent
from trialist.findings.landmark import from_landmark
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.findings.model_rows import START
from trialist.findings.time_counts import SurvivalCounts, survival_counts
from trialist.kernels.normal import half_width
from trialist.problems import Problem
from trialist.registry import entry

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.cox import CoxFit
    from trialist.protocol import time_analyses


_LONG = 1e9  # products of a step: a minute or so for the fit


@entry(
    "cox_ph",
    needs="TimeToEvent",
    gives="hazard_ratio",
    source="Cox 1972, JRSS B 34:187; Efron 1977, JASA 72:557; Breslow 1974, Biometrics 30:89",
)
@from_landmark
def run(table: Table, analysis: time_analyses.CoxPh, context: Context) -> tuple[Finding, ...]:
    """Hazard ratio of each arm of `compare` against the last (or `reference`), interval, p of the named test.

    With covariates, `hazard_ratio_prognostic` of each (options `covariate`, `covariate_level` with the
    one `against` it, or the units it is `per`); `model_test` of each term of several coefficients and of all;
    and the `concordance`. Options that are as when nothing is said (a model-based variance, no penalty) are
    not repeated. A table with a column `start_days` holds intervals at risk, several of a subject.
    Problems  E413 no arms to compare, E414 unknown factor, E470 unknown column, E471 words that do not go
              together, E472 unknown reference, E473 weights of words, N401 an empty arm, N403 no event, N404
              infinite, E405 not converged, N406 arms never at risk together, N412 subjects left out, N470 a
              covariate that does not vary, N471 penalised since separated, N472 an interval without an end,
              N475 a covariate that follows from others, N476 too many ties for discrete times
    """
    if analysis.variance == "robust" and START in table.columns and not analysis.cluster:
        analysis = analysis.model_copy(update={"cluster": "subject"})  # its intervals are not independent
    method = Method("cox_ph", _options(analysis))

    def without(*problems: Problem, n: int | None = None, events: int | None = None) -> tuple[Finding, ...]:
        measure = "hazard_ratio" if analysis.treatment else "hazard_ratio_prognostic"
        groups = context.compare or context.arms
        return (context.finding(measure, None, method, groups, n=n, events=events, problems=problems),)

    if wrong := tuple(_conflicts(analysis, context)):
        return without(*wrong)
    made = model(table, analysis, context, "cox_ph")
    if isinstance(made, NoModel):
        return without(*made.problems, n=made.n, events=made.events)
    if analysis.test == "log_rank" and made.rows.entry is not None:
        entered = not_estimable.does_not_go_with(context, "test: log_rank", "entry times")
        return without(entered, n=made.rows.n, events=made.rows.events)
    if analysis.ties == "discrete" and _long(made) > _LONG:
        return without(not_estimable.too_many_ties(context), n=made.rows.n, events=made.rows.events)
    variance = "robust" if analysis.cluster else analysis.variance
    fit = fitted(made, analysis.ties, variance=variance, firth=analysis.firth == "always")
    notes = made.notes
    if fit.status == "infinite" and analysis.firth == "when_separated":
        fit = fitted(made, analysis.ties, firth=True)
        notes = (*notes, not_estimable.penalised_instead(context))
    if fit.status != "ok":
        only = made.reference is not None and len(made.arms) == 2 and len(made.design.terms) == 1
        return without(reason(fit, context, arms_only=only), *notes, n=made.rows.n, events=fit.events)
    told_of = _Told(made, fit, analysis, context, method, notes)
    return tuple(told_of.findings())


@dataclass(frozen=True, slots=True)
class _Told:
    """A fit put into findings."""

    model: Model
    fit: CoxFit
    analysis: time_analyses.CoxPh
    context: Context
    method: Method
    notes: tuple[Problem, ...]

    def findings(self) -> Iterator[Finding]:
        terms = self.model.design.terms
        for term in terms:
            if term.name == "arm" and self.model.reference is not None:
                for index, arm in zip(term.columns, term.labels, strict=True):
                    yield self._ratio("hazard_ratio", index, (arm, term.against or ""), self.method)
                continue
            for index, of, words in coefficients(term):
                method = Method("cox_ph", (*self.method.options, ("category", words), *of.items()))
                yield self._ratio("hazard_ratio_prognostic", index, (), method, words)
        if self.fit.coefficient.size > 1:
            yield from self._tests()
        if len(terms) > 1 or self.model.reference is None:
            yield self._concordance()

    def _ratio(
        self, measure: str, index: int, groups: tuple[str, ...], method: Method, note: str | None = None
    ) -> Finding:
        low, high = self._ends(index)
        sides = (("lower", low), ("upper", high))
        open_ = tuple(not_estimable.end_not_reached(self.context, side) for side, end in sides if end is None)
        p_value = self._p_value(index, groups)
        ends = [None if end is None else math.exp(end) for end in (low, high)]
        return self.context.finding(
            measure,
            math.exp(float(self.fit.coefficient[index])),
            method,
            groups,
            interval=Interval(ends[0], ends[1], self.analysis.level),
            p_value=None if p_value is None else PValue(p_value),
            n=self.model.rows.n,
            events=self.fit.events,
            note=note,
            problems=(*open_, *self.notes),
        )

    def _ends(self, index: int) -> tuple[float | None, float | None]:
        if self.analysis.interval == "profile":
            from trialist.kernels.cox_profile import profile_interval

            return profile_interval(self.fit, index, self.analysis.level)
        middle, error = float(self.fit.coefficient[index]), float(self.fit.std_err[index])
        half = half_width(self.analysis.level) * error
        return middle - half, middle + half

    def _p_value(self, index: int, groups: tuple[str, ...]) -> float | None:
        test = self.analysis.test
        if test == "log_rank" and groups:
            return self._log_rank(groups)
        if test in ("wald", "log_rank"):
            return float(self.fit.p_value[index])
        if self.fit.coefficient.size == 1:
            whole = self.fit.score if test == "score" else self.fit.likelihood_ratio
            return None if whole is None else whole.p_value
        from trialist.kernels.cox_profile import term_test

        found = term_test(self.fit, [index], test)
        return None if found is None else found.p_value

    def _log_rank(self, groups: tuple[str, ...]) -> float | None:
        """Of these two arms, with the strata of the model and without its covariates."""
        from trialist.kernels.log_rank import log_rank

        rows = self.model.rows
        first, second = (self.model.arms.index(arm) for arm in groups)
        kept = (rows.arm == first) | (rows.arm == second)
        arm = np.where(rows.arm[kept] == first, 0, 1)
        counts = (rows.time[kept], rows.deaths[kept], rows.censored[kept])
        return log_rank(*counts, arm, 2, rows.stratum[kept]).p_value

    def _tests(self) -> Iterator[Finding]:
        """Terms of several coefficients, and all coefficients; by Wald where the test is log-rank."""
        from trialist.kernels.cox_profile import term_test

        kind = "wald" if self.analysis.test == "log_rank" else self.analysis.test
        tested = [
            (term.name, term_test(self.fit, term.columns, kind))
            for term in self.model.design.terms
            if len(term.columns) > 1 and len(self.model.design.terms) > 1
        ]
        whole = {"wald": self.fit.wald, "score": self.fit.score}.get(kind, self.fit.likelihood_ratio)
        for name, found in (*tested, ("all", whole)):
            if found is None:
                continue
            cell = (("test", kind), ("category", name), ("term", name), ("df", found.df))
            options = (*self.method.options, *cell)
            yield self.context.finding(
                "model_test",
                found.statistic,
                Method("cox_ph", tuple(dict(options).items())),
                self.context.compare,
                p_value=PValue(found.p_value),
                n=self.model.rows.n,
                events=self.fit.events,
                problems=self.notes,
            )

    def _concordance(self) -> Finding:
        from trialist.kernels.concordance import concordance

        rows, design = self.model.rows, self.model.design
        risk = (design.matrix @ self.fit.coefficient)[design.pattern]
        if rows.offset is not None:
            risk = risk + rows.offset
        dead, alive = np.flatnonzero(rows.deaths > 0), np.flatnonzero(rows.censored > 0)
        each = np.concatenate((dead, alive))
        found = concordance(
            rows.time[each],
            np.arange(each.size) < dead.size,
            risk[each],
            entry=None if rows.entry is None else rows.entry[each],
            stratum=rows.stratum[each],
            weight=None if rows.weight is None else rows.weight[each],
            count=np.concatenate((rows.deaths[dead], rows.censored[alive])),
            cluster=None if rows.cluster is None else rows.cluster[each],
            person=None if rows.person is None else rows.person[each],
        )
        interval = None
        if found.estimate is not None and found.std_err is not None:
            half = half_width(self.analysis.level) * found.std_err
            ends = max(found.estimate - half, 0.0), min(found.estimate + half, 1.0)
            interval = Interval(*ends, self.analysis.level)
        return self.context.finding(
            "concordance",
            found.estimate,
            Method("cox_ph", (*self.method.options, ("concordance", "harrell"))),
            self.context.compare,
            interval=interval,
            n=rows.n,
            events=self.fit.events,
            problems=self.notes,
        )


def _options(analysis: time_analyses.CoxPh) -> tuple[tuple[str, Any], ...]:
    said: dict[str, Any] = {
        "ties": analysis.ties,
        "strata": tuple(analysis.strata),
        "test": analysis.test,
        "interval": analysis.interval,
        "level": analysis.level,
    }
    if analysis.variance == "robust" or analysis.cluster:
        said["variance"] = "robust"
    if analysis.firth != "never":
        said["firth"] = analysis.firth
    return (*said.items(), *told(analysis))


def _conflicts(analysis: time_analyses.CoxPh, context: Context) -> Iterator[Problem]:
    """E471 for words that do not go together."""
    robust = "a robust variance" if analysis.variance == "robust" or analysis.cluster else ""
    penalised = f"firth: {analysis.firth}" if analysis.firth != "never" else ""
    exact = f"ties: {analysis.ties}" if analysis.ties in ("discrete", "marginal") else ""
    weights = f"weights: {analysis.weights}" if analysis.weights else ""
    profile = "interval: profile" if analysis.interval == "profile" else ""
    tested = f"test: {analysis.test}"
    by_likelihood = tested if analysis.test in ("score", "likelihood_ratio") else ""
    by_score = tested if analysis.test == "score" else ""
    by_rank = tested if analysis.test == "log_rank" else ""
    pairs = (
        *((exact, robust), (exact, penalised), (exact, weights), (robust, penalised)),
        *((robust, profile), (robust, by_likelihood), (penalised, by_score), (by_rank, weights)),
    )
    given = [covariate.name for covariate in analysis.covariates]
    if same := [name for name in analysis.time_varying if name in given]:
        yield not_estimable.does_not_go_with(context, f"covariate {same[0]}", "one that changes, of its name")
    for one, other in pairs:
        if one and other:
            yield not_estimable.does_not_go_with(context, one, other)


def _long(made: Model) -> float:
    """Products of one step of discrete ties: people, times deaths that are tied, times second derivatives."""
    rows = made.rows
    dead = np.flatnonzero(rows.deaths > 0)
    when = np.column_stack((rows.stratum[dead], rows.time[dead]))
    _, at = np.unique(when, axis=0, return_inverse=True)
    tied = np.bincount(at.ravel(), weights=rows.deaths[dead])
    people = float(np.sum(rows.deaths + rows.censored))
    return people * float(tied[tied > 1].sum()) * float(1 + made.design.matrix.shape[1]) ** 2


def nobody(table: Table, context: Context, arms: tuple[str, ...]) -> tuple[Problem, ...]:
    """N401 for the arms of which the records hold nobody; others were left out, and N412 says why."""
    return tuple(absent(context, arms, survival_counts(table, arms).sizes(len(arms))))


def left_out(context: Context, counts: SurvivalCounts) -> tuple[Problem, ...]:
    """N412 for subjects without a time, and for those without a level of a stratification factor."""
    found = []
    if counts.without_time:
        found.append(not_estimable.left_out(context, counts.without_time, "no usable time or no status"))
    if counts.without_stratum:
        why = "a stratification factor has no value"
        found.append(not_estimable.left_out(context, counts.without_stratum, why))
    return tuple(found)
