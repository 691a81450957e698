"""The same pool otherwise: without each trial, one after another, by subgroup, moderators, small trials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from trialist.evidence.pooling.effects import Effect, scale_of
from trialist.evidence.pooling.pairwise import Pool, pooled_result
from trialist.evidence.pooling.pooled_findings import findings_of, pooled_origin
from trialist.findings.model import Finding, Interval, Method, PValue
from trialist.kernels.heterogeneity import Floats
from trialist.kernels.meta_analysis import Pooled
from trialist.kernels.meta_influence import influence
from trialist.kernels.meta_regression import chi_square_tail, meta_regression
from trialist.problems import Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a variation: what was pooled, the kernel's result, the finding."""

    label: str
    result: Pooled
    finding: Finding


@dataclass(frozen=True, slots=True)
class Variation:
    """`kind`: without each trial, cumulative, subgroup, regression, influence, small studies; `by`: a column.

    filled  effects and variances of the trials that trim and fill puts in
    """

    kind: str
    rows: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    by: str | None = None
    filled: tuple[tuple[float, float], ...] = ()


def without_each(pool: Pool) -> Variation:
    """The pooled effect without each trial in turn."""
    rows = [
        _row(pool, [e for e in pool.effects if e is not left], f"without {left.trial}")
        for left in pool.effects
        if len(pool.effects) > 1
    ]
    return _of_rows("without each trial", rows)


def cumulative(pool: Pool, by: str | None = None) -> Variation:
    """The pooled effect of the first, the first two, ... trials: by year or another column, else as given."""
    key = by or "year"
    ordered = list(pool.effects)
    known = all(key in e.moderators for e in ordered)
    if known:
        ordered.sort(key=lambda e: (_sortable(e.moderators[key]), e.trial))
    rows = [
        _row(pool, ordered[:i], f"{'with' if i > 1 else 'from'} {ordered[i - 1].trial}")
        for i in range(1, len(ordered) + 1)
    ]
    return replace(_of_rows("cumulative", rows), by=key if known else None)


def by_subgroup(pool: Pool, column: str) -> Variation:
    """Each subgroup pooled by itself, and the test that they are one: Q between their pooled effects.

    Trials without a value are left out. Source: Borenstein, Hedges, Higgins and Rothstein 2009, ch 19, with a
    tau2 of each subgroup. Problems  E647 no trial has the column, N653 trials without a value
    """
    values = {_spelt(e.moderators[column]) for e in pool.effects if column in e.moderators}
    if not values:
        return Variation("subgroup", problems=(_no_column(pool, column),), by=column)
    missing = [e for e in pool.effects if column not in e.moderators]
    have = [e for e in pool.effects if column in e.moderators]
    groups = {v: [e for e in have if _spelt(e.moderators[column]) == v] for v in sorted(values)}
    made = [_row(pool, effects, f"{column}: {value}") for value, effects in groups.items()]
    problems = (_without_value(missing, column),) if missing else ()
    variation = _of_rows("subgroup", made)
    found = [row.result for row in variation.rows if row.result.std_err]
    findings = list(variation.findings)
    if len(found) > 1:
        y = np.array([r.estimate for r in found], dtype=float)
        w = 1 / np.array([r.std_err for r in found], dtype=float) ** 2
        q, df = float(w @ (y - float(w @ y) / float(w.sum())) ** 2), len(found) - 1
        test = PValue(chi_square_tail(df, q))
        findings.append(number_about(pool, "interaction", q, p=test, subgroup=column, more=(("df", df),)))
    return replace(variation, findings=tuple(findings), problems=(*variation.problems, *problems), by=column)


def regressed(pool: Pool, columns: Sequence[str]) -> Variation:
    """The effect by moderators: numbers as they are, words against the first of them in order.

    Problems  E645 moderators that can't be told apart or are as many as trials, E647 a column no trial has,
              N653 trials without a value
    """
    absent = [c for c in columns if not any(c in e.moderators for e in pool.effects)]
    by = ", ".join(columns)
    if absent:
        return Variation("regression", problems=(_no_column(pool, absent[0]),), by=by)
    kept = [e for e in pool.effects if all(c in e.moderators for c in columns) and math.isfinite(e.v)]
    left = [e for e in pool.effects if not all(c in e.moderators for c in columns)]
    problems = (_without_value(left, by),) if left else ()
    names, design = _design(kept, columns)
    y, v = np.array([e.y for e in kept]), np.array([e.v for e in kept])
    o = pool.options
    found = meta_regression(y, v, design, model=o.tau2, kind=o.interval, level=o.level)
    if found.coefficient is None or found.std_err is None:
        return Variation("regression", problems=(*problems, _not_regressed(found.status, by)), by=by)
    b, error, low, high, p = (
        np.asarray(part) for part in (found.coefficient, found.std_err, found.low, found.high, found.p_value)
    )
    log = (("scale", "log" if scale_of(pool.measure) == "log" else "plain"), ("moderators", tuple(columns)))
    findings = [
        number_about(
            pool,
            "moderator" if i else "intercept",
            float(b[i]),
            interval=Interval(float(low[i]), float(high[i]), o.level),
            p=PValue(float(p[i])),
            subgroup=name,
            more=(*log, ("std_err", float(error[i]))),
            n=len(kept),
        )
        for i, name in enumerate(names)
    ]
    if found.moderators is not None and found.moderators_p_value is not None:
        test = PValue(found.moderators_p_value)
        df = (("df", found.moderators_df), ("of", "F" if o.interval != "normal" else "chi-square"))
        findings.append(
            number_about(pool, "model_test", found.moderators, p=test, subgroup=by, more=(*log, *df))
        )
    if found.tau2 is not None and o.tau2 != "common":
        ends = Interval(found.tau2_low, found.tau2_high, o.level)
        r2 = (("r2_percent", found.r2),)
        findings.append(
            number_about(pool, "tau_squared", found.tau2, interval=ends, subgroup=by, more=(*log, *r2))
        )
    if found.q is not None and found.q_p_value is not None:
        test = PValue(found.q_p_value)
        df = (("df", found.q_df), ("of", "what the moderators leave"))
        findings.append(number_about(pool, "heterogeneity", found.q, p=test, subgroup=by, more=(*log, *df)))
    return Variation("regression", (), tuple(findings), problems, by)


def influences(pool: Pool) -> Variation:
    """What each trial does to the pool: Cook's distance, and in the method's options the other diagnostics.

    Of a model of the trials' own effects; a trial that stands alone beside one other has none.
    """
    own = [e for e in pool.effects if math.isfinite(e.v)]
    o = pool.options
    found = influence([e.y for e in own], [e.v for e in own], model=o.tau2, kind=o.interval)
    findings = []
    for i, effect in enumerate(own if found.status == "ok" else ()):
        if not math.isfinite(float(found.cook[i])):
            continue
        more = (
            ("studentised_residual", float(found.studentised[i])),
            ("dffits", float(found.dffits[i])),
            ("hat", float(found.hat[i])),
            ("covariance_ratio", float(found.covariance_ratio[i])),
            ("tau2_without", float(found.tau2[i])),
            ("influential", found.influential[i]),
        )
        findings.append(
            number_about(pool, "influence", float(found.cook[i]), subgroup=f"of {effect.trial}", more=more)
        )
    return Variation("influence", (), tuple(findings))


def _row(pool: Pool, effects: Sequence[Effect], label: str) -> Row | Problem:
    result, problem = pooled_result(effects, pool.measure, pool.options)
    if result is None or result.estimate is None:
        message = f"{label}: {problem.message if problem else 'nothing to pool'}"
        return Problem("E644", message, "look at the trials' numbers")
    return Row(label, result, pooled_finding(pool, effects, result, label))


def pooled_finding(pool: Pool, effects: Sequence[Effect], result: Pooled, label: str) -> Finding:
    """A pooled effect of these trials, `label` saying which they are."""
    first = pool.findings[0]
    return findings_of(
        effects,
        pool.measure,
        pool.options,
        result,
        endpoint=first.endpoint,
        sides=pool.sides,
        definition=pool.question.as_options() if pool.question else (),
        population=first.population,
        subgroup=label,
    )[0]


def _of_rows(kind: str, made: Sequence[Row | Problem]) -> Variation:
    rows = tuple(each for each in made if isinstance(each, Row))
    problems = tuple(each for each in made if isinstance(each, Problem))
    return Variation(kind, rows, tuple(row.finding for row in rows), problems)


def number_about(
    pool: Pool,
    measure: str,
    estimate: float,
    *,
    interval: Interval | None = None,
    p: PValue | None = None,
    subgroup: str | None = None,
    more: tuple[tuple[str, object], ...] = (),
    n: int | None = None,
) -> Finding:
    """A number about the pool's effects, by inverse variance, with its trials and options; n: of trials."""
    first = pool.findings[0]
    options = (*replace(pool.options, tables="inverse_variance").as_options(), ("k", len(pool.effects)))
    return replace(
        first,
        measure=measure,
        estimate=estimate,
        origin=pooled_origin(),
        method=Method(first.method.name, (*options, *more)),
        interval=interval,
        p_value=p,
        subgroup=subgroup,
        n=None,
        events=None,
        problems=(),
        note=None if n is None else f"{n} trials",
    )


def _design(effects: Sequence[Effect], columns: Sequence[str]) -> tuple[list[str], Floats]:
    names, parts = ["intercept"], [np.ones(len(effects))]
    for column in columns:
        values = [e.moderators[column] for e in effects]
        if all(isinstance(value, float) for value in values):
            names.append(column)
            parts.append(np.array(values, dtype=float))
            continue
        for level in sorted({str(value) for value in values})[1:]:
            names.append(f"{column}: {level}")
            parts.append(np.array([float(str(value) == level) for value in values]))
    return names, np.column_stack(parts)


def _spelt(value: str | float) -> str:
    """A value of a moderator as it was written: 2, not 2.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _sortable(value: str | float) -> tuple[int, float, str]:
    return (0, value, "") if isinstance(value, float) else (1, 0.0, value)


def _no_column(pool: Pool, column: str) -> Problem:
    known = sorted({name for e in pool.effects for name in e.moderators})
    return Problem(
        "E647",
        f"no trial has a value of '{column}'",
        f"use one of {', '.join(known)}" if known else "give a column with a value per trial",
    )


def _without_value(effects: Sequence[Effect], column: str) -> Problem:
    trials = ", ".join(e.trial for e in effects)
    return Problem(
        "N653", f"trials without a value of {column} are left out of it: {trials}", "give their values"
    )


def _not_regressed(status: str, by: str) -> Problem:
    why = {
        "too_few": "there are no more trials than coefficients",
        "dependent": "one of them follows from the others, or does not vary",
        "scale": "a variance is 1e10 times another",
        "no_spread": "the model fits every effect, so that its error is 0",
    }.get(status, "a value is not a finite number")
    return Problem("E645", f"the effect can't be regressed on {by}: {why}", "use fewer or other moderators")
