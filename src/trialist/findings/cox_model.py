"""A Cox model of a protocol's analysis: its rows, its columns, its fit, and why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trialist.findings import not_estimable
from trialist.findings.context import Context
from trialist.findings.model_columns import Design, Term, design, levels_seen
from trialist.findings.model_rows import ModelRows, change_column, model_rows
from trialist.problems import Problem

if TYPE_CHECKING:
    from ibis.expr.types import Table

    from trialist.kernels.cox import CoxFit
    from trialist.protocol.cox_analyses import CoxModel


@dataclass(frozen=True, slots=True)
class Model:
    """Rows and columns of a model; `arms` in the order of their index, `reference` an index or None."""

    arms: tuple[str, ...]
    reference: int | None
    rows: ModelRows
    design: Design
    notes: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class NoModel:
    """Why there is no model, and what was counted before that was known."""

    problems: tuple[Problem, ...]
    n: int | None = None
    events: int | None = None


def model(table: Table, analysis: CoxModel, context: Context, name: str) -> Model | NoModel:
    """The model that an analysis asks for.

    Problems  E413 no arms to compare, E414 unknown factor, E470 unknown column, E472 unknown reference,
              N401 an empty arm, N412 subjects left out, N470 a covariate that does not vary
    """
    arms = context.compare if analysis.treatment else context.arms
    if analysis.treatment and len(arms) < 2:
        return NoModel((not_estimable.not_two_arms(context, name, len(arms)),))
    if not (analysis.treatment or analysis.covariates or analysis.time_varying):
        return NoModel((not_estimable.does_not_go_with(context, "treatment: false", "no covariates"),))
    if wrong := tuple(_unknown(table, analysis, context, arms)):
        return NoModel(wrong)
    rows = model_rows(
        table,
        arms,
        strata=analysis.strata,
        covariates=[c.name for c in analysis.covariates],
        time_varying=tuple(analysis.time_varying),
        offset=analysis.offset,
        weights=analysis.weights,
        cluster=analysis.cluster,
    )
    notes = tuple(not_estimable.left_out(context, n, why) for why, n in rows.left_out.items())
    if analysis.treatment:
        absent = [arm for index, arm in enumerate(arms) if not (rows.arm == index).any()]
        if absent:
            whole = model_rows(table, arms)
            nobody = [arm for index, arm in enumerate(arms) if not (whole.arm == index).any()]
            empty = (not_estimable.no_subjects(context, nobody),) if nobody else ()
            return NoModel((*empty, *notes), rows.n, rows.events)
    if rows.time.size == 0:
        return NoModel((not_estimable.no_subjects(context, arms), *notes), 0, 0)
    wrong = tuple(_wrong_levels(rows, analysis, context))
    if wrong:
        return NoModel((*wrong, *notes), rows.n, rows.events)
    reference = None
    if analysis.treatment:
        reference = arms.index(analysis.reference) if analysis.reference else len(arms) - 1
    made = design(
        rows,
        arms,
        reference,
        references={c.name: c.reference for c in analysis.covariates if c.reference},
        order=context.levels,
        per={c.name: c.per for c in analysis.covariates},
    )
    if made.constant:
        return NoModel((not_estimable.constant(context, made.constant), *notes), rows.n, rows.events)
    return Model(arms, reference, rows, made, notes)


def _unknown(table: Table, analysis: CoxModel, context: Context, arms: tuple[str, ...]) -> Iterator[Problem]:
    """What the analysis names and nothing has."""
    strata = [name for name in analysis.strata if name not in table.columns]
    if strata:
        yield not_estimable.no_such_factor(context, strata)
    asked = [c.name for c in analysis.covariates]
    asked += [name for name in (analysis.offset, analysis.weights, analysis.cluster) if name]
    lacking = [name for name in asked if name not in table.columns]
    lacking += [name for name in analysis.time_varying if change_column(name) not in table.columns]
    if lacking:
        yield not_estimable.no_such_column(context, dict.fromkeys(lacking))
    numbers = [name for name in (analysis.offset, analysis.weights) if name and name in table.columns]
    if worded := [name for name in numbers if not _holds_numbers(table, name)]:
        yield not_estimable.no_numbers(context, worded)
    if analysis.treatment and analysis.reference and analysis.reference not in arms:
        yield not_estimable.no_such_reference(context, analysis.reference, "the arms compared", arms)


def _holds_numbers(table: Table, name: str) -> bool:
    if not hasattr(table, "schema"):
        return not hasattr(table[name], "levels")
    kind = table.schema()[name]
    return bool(kind.is_numeric() or kind.is_boolean())


def _wrong_levels(rows: ModelRows, analysis: CoxModel, context: Context) -> Iterator[Problem]:
    for asked in analysis.covariates:
        covariate = rows.covariate(asked.name)
        if asked.reference is None:
            continue
        seen = levels_seen(covariate) if covariate.levels else ()
        if asked.reference not in seen:
            of = f"'{asked.name}'" + ("" if seen else ", whose values are numbers")
            yield not_estimable.no_such_reference(context, asked.reference, of, seen)


def fitted(model: Model, ties: str, **more: Any) -> CoxFit:
    """The fit of a model; `more`: variance and firth."""
    from trialist.kernels.cox import cox

    rows = model.rows
    return cox(
        rows.time,
        rows.deaths,
        rows.censored,
        model.design.pattern,
        model.design.matrix,
        stratum=rows.stratum,
        entry=rows.entry,
        offset=rows.offset,
        weight=rows.weight,
        cluster=rows.cluster,
        person=rows.person,
        ties=ties,  # type: ignore[arg-type]
        **more,
    )


def reason(fit: CoxFit, context: Context, *, arms_only: bool) -> Problem:
    """Why a fit has no estimate."""
    if fit.status == "no_events":
        return not_estimable.no_events(context)
    if fit.status == "infinite":
        return not_estimable.infinite(context) if arms_only else not_estimable.separated(context)
    if fit.status == "singular":
        return (not_estimable.not_identified if arms_only else not_estimable.follows_from_others)(context)
    return not_estimable.not_converged(context, fit.steps)


def told(analysis: CoxModel) -> tuple[tuple[str, Any], ...]:
    """The words of a model that are not as they are when nothing is said, for a method's options."""
    said: dict[str, Any] = {}
    if not analysis.treatment:
        said["treatment"] = False
    if analysis.reference:
        said["reference"] = analysis.reference
    if analysis.covariates:
        said["covariates"] = tuple(_shown(c.name, c.reference, c.per) for c in analysis.covariates)
    if analysis.time_varying:
        said["time_varying"] = tuple(f"{name}: {of}" for name, of in analysis.time_varying.items())
    for word in ("offset", "weights", "cluster"):
        if getattr(analysis, word):
            said[word] = getattr(analysis, word)
    return tuple(said.items())


def _shown(name: str, reference: str | None, per: float) -> str:
    if reference:
        return f"{name} against {reference}"
    return name if per == 1 else f"{name} per {per:g}"


def coefficients(term: Term) -> Iterator[tuple[int, Mapping[str, Any], str]]:
    """Of a covariate's term: index of a coefficient, what it stands for, and the same in words."""
    for index, label in zip(term.columns, term.labels, strict=True):
        if term.per is not None:
            whole = int(term.per) if term.per == int(term.per) else term.per
            unit = {} if whole == 1 else {"per": whole}
            yield index, {"covariate": term.name, **unit}, f"{term.name}, {'one' if not unit else whole} more"
        else:
            told_ = {"covariate": term.name, "covariate_level": label, "against": term.against}
            yield index, told_, f"{term.name}: {label} against {term.against}"
