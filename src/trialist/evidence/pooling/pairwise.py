"""Pairwise meta-analysis: effects of trials -> findings of origin `pooled`, and what must be said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trialist.evidence.model import Store
from trialist.evidence.pooling.effects import OF_COUNTS, Effect
from trialist.evidence.pooling.matching import LeftOut
from trialist.evidence.pooling.pooled_findings import findings_of
from trialist.evidence.pooling.question import Options, Question
from trialist.evidence.pooling.selection import select
from trialist.evidence.pooling.told import told
from trialist.findings.model import Finding
from trialist.kernels import binomial_normal, rare_events
from trialist.kernels.binomial_normal import BinomialNormal
from trialist.kernels.meta_analysis import Pooled, meta_analysis
from trialist.kernels.rare_events import PooledTables
from trialist.problems import Problem


@dataclass(frozen=True, slots=True)
class Pool:
    """A pooled answer: the effects that went in, the findings that came out, and all that is to be said.

    question  None for effects of a caller's table
    result    of the kernel; None where nothing was pooled. `findings` is then empty too
    title     what was pooled, of whom, in words
    """

    title: str
    measure: str
    sides: tuple[str, str] | None
    options: Options
    effects: tuple[Effect, ...]
    result: Pooled | None
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    left_out: tuple[LeftOut, ...] = ()
    question: Question | None = None


def pool(store: Store, question: Question, options: Options | None = None) -> Pool:
    """What the trials of a store say together.

    Problems  E640 no trial answers, E643 a level that is none; N640 one trial alone, N641 two, N642 interval
              and p value of a finding, N643 the trials differ in line or condition, N644 Hartung-Knapp's
              interval is the narrower one, N645 an error is derived, N646 findings were left out, N647 an
              estimate off the middle of its interval, N648 the effects differ more than chance makes them,
              N649 the interval of a new trial goes the other way, N650 empty cells, N651 no spread, N654
              several arms of one side
    """
    used = options or Options()
    refused = used.refused()
    chosen = select(store, question, used)
    title = f"{question.label or question.endpoint}: {question.first.label} against {question.second.label}"
    sides = (question.first.label, question.second.label)
    if refused is not None or not chosen.effects:
        problem = refused or _nobody(store, question, chosen.left_out)
        return Pool(title, question.measure, sides, used, (), None, (), (problem,), chosen.left_out, question)
    made = pool_effects(
        chosen.effects,
        question.measure,
        used,
        endpoint=question.endpoint,
        sides=sides,
        title=title,
        definition=question.as_options(),
        population=question.population or "any",
    )
    problems = list(made.problems)
    near = [each for each in chosen.left_out if not each.elsewhere]
    if near:
        problems.append(_left_out(near))
    return Pool(
        title,
        question.measure,
        sides,
        used,
        made.effects,
        made.result,
        made.findings,
        tuple(problems),
        chosen.left_out,
        question,
    )


def pool_effects(
    effects: Sequence[Effect],
    measure: str,
    options: Options,
    *,
    endpoint: str,
    sides: tuple[str, str] | None = None,
    title: str = "",
    definition: tuple[tuple[str, object], ...] = (),
    population: str = "itt",
) -> Pool:
    """Effects that are there already; everything of `pool` but the choice of findings."""
    refused = options.refused()
    if refused is None and not effects:
        refused = Problem(
            "E640", "there is no trial with an effect", "give one row per trial, with its numbers"
        )
    if refused is not None:
        return Pool(title, measure, sides, options, (), None, (), (refused,))
    result, problem = pooled_result(effects, measure, options)
    problems = [p for effect in effects for p in effect.problems]
    if problem is not None:
        problems.append(problem)
    if result is None or result.estimate is None:
        return Pool(title, measure, sides, options, tuple(effects), None, (), tuple(problems))
    said = told(effects, measure, options, result)
    findings = findings_of(
        effects,
        measure,
        options,
        result,
        endpoint=endpoint,
        sides=sides,
        definition=definition,
        population=population,
        problems=(*said, *([problem] if problem else [])),
    )
    return Pool(title, measure, sides, options, tuple(effects), result, findings, (*problems, *said))


def pooled_result(
    effects: Sequence[Effect], measure: str, options: Options
) -> tuple[Pooled | None, Problem | None]:
    """The kernel's answer, and the problem where it has none. E644, E646, N651."""
    if options.tables != "inverse_variance":
        return _tables(effects, measure, options)
    y, v = np.array([e.y for e in effects]), np.array([e.v for e in effects])
    found = meta_analysis(
        y, v, model=options.tau2, kind=options.interval, level=options.level, prediction=options.prediction
    )
    if found.status in ("ok", "one_study"):
        return found, None
    if found.status == "no_spread":
        return found, Problem(
            "N651",
            "all effects are the same, so Hartung and Knapp's error is 0 and there is no interval",
            "use the interval 'hartung_knapp_adhoc' or 'normal'",
        )
    return None, Problem(
        "E644",
        "the effects can't be pooled: a number is not finite, a variance not above 0, or 1e10 times another",
        "look at the trials' numbers",
    )


def _tables(
    effects: Sequence[Effect], measure: str, options: Options
) -> tuple[Pooled | None, Problem | None]:
    allowed: dict[str, frozenset[str]] = {
        "mantel_haenszel": OF_COUNTS,
        "peto": frozenset({"odds_ratio"}),
        "exact_conditional": frozenset({"odds_ratio"}),
        "binomial_normal": frozenset({"odds_ratio", "proportion"}),
    }
    if measure not in allowed[options.tables] or any(not _counted(e, measure) for e in effects):
        return None, Problem(
            "E646",
            f"{options.tables} pools events and patients of arms, and these are none ({measure})",
            "give counts and a measure of its own, or inverse_variance",
        )
    found = _pooled_tables(effects, measure, options)
    if found.status == "ok":
        return _as_pooled(found), None
    why = {
        "no_events": "nobody had the event, or everybody",
        "one_sided": "only one side had events, so that a ratio is 0 or infinite",
        "counts": "a count is negative or above its number of patients",
        "no_studies": "no trial has patients on both sides",
        "not_converged": "the likelihood has no top that was found",
    }[found.status]
    return None, Problem("E644", f"the tables can't be pooled: {why}", "pool a difference, or more trials")


def _counted(effect: Effect, measure: str) -> bool:
    if measure == "proportion":
        return effect.n is not None and effect.events is not None
    return effect.counts is not None


def _pooled_tables(
    effects: Sequence[Effect], measure: str, options: Options
) -> PooledTables | BinomialNormal:
    if measure == "proportion":
        events, size = [e.events or 0 for e in effects], [e.n or 0 for e in effects]
        return binomial_normal.proportions(events, size, level=options.level)
    tables = [e.counts or (0, 0, 0, 0) for e in effects]
    x, n = [(a, c) for a, _, c, _ in tables], [(n1, n2) for _, n1, _, n2 in tables]
    if options.tables == "peto":
        return rare_events.peto(x, n, options.level)
    if options.tables == "exact_conditional":
        return rare_events.exact_conditional(x, n, options.level)
    if options.tables == "binomial_normal":
        return binomial_normal.odds_ratio(x, n, level=options.level)
    return rare_events.mantel_haenszel(x, n, measure, options.level)  # type: ignore[arg-type]


def _as_pooled(found: PooledTables | BinomialNormal) -> Pooled:
    """As a pooled effect; that all trials are alike is tested by likelihood in a binomial-normal model."""
    made = Pooled(
        "ok",
        found.k,
        found.estimate,
        found.std_err,
        found.std_err,
        found.low,
        found.high,
        found.statistic,
        None,
        found.p_value,
    )
    if isinstance(found, BinomialNormal):
        return replace(made, tau2=found.tau2, q=found.g, q_df=found.df, q_p_value=found.g_p_value)
    return replace(made, q=found.q, q_df=found.q_df, q_p_value=found.q_p_value, i2=found.i2, h2=found.h2)


def _nobody(store: Store, question: Question, left_out: Sequence[LeftOut]) -> Problem:
    family = sorted({f.endpoint for f in store.findings if f.endpoint.startswith(f"{question.endpoint}:")})
    why = f"; {len(left_out)} findings of the endpoint were left out" if left_out else ""
    why += f"; it stands for {', '.join(family)}" if family else ""
    asked = f"{question.endpoint}, {question.measure}, {question.first.label} against {question.second.label}"
    return Problem(
        "E640",
        f"no trial answers the question ({asked}){why}",
        "see why findings were left out; ask for another population or line, or other treatments",
    )


def _left_out(left_out: Sequence[LeftOut]) -> Problem:
    trials = ", ".join(dict.fromkeys(each.finding.trial for each in left_out))
    plural = "" if len(left_out) == 1 else "s"
    return Problem(
        "N646",
        f"{len(left_out)} finding{plural} of this comparison left out ({trials})",
        "the list says why each was; another question changes it",
    )
