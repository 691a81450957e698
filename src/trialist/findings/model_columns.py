"""The columns of a regression of times, of arms, numbers and factors, and their distinct patterns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trialist.findings.counted import Floats, Integers
from trialist.findings.model_rows import Covariate, ModelRows
from trialist.kernels.cox_rows import MANY_PATTERNS


@dataclass(frozen=True, slots=True)
class Term:
    """Columns of a model that belong together: an arm's, a number's, or those of a factor's levels."""

    name: str
    columns: tuple[int, ...]
    labels: tuple[str, ...]
    against: str | None = None
    per: float | None = None


@dataclass(frozen=True, slots=True)
class Design:
    """A row per pattern, a column per coefficient; the pattern of each row; the terms; what does not vary."""

    matrix: Floats
    pattern: Integers
    terms: tuple[Term, ...]
    constant: tuple[str, ...]


def design(
    rows: ModelRows,
    arms: Sequence[str],
    reference: int | None,
    *,
    references: Mapping[str, str] | None = None,
    order: Mapping[str, Sequence[str]] | None = None,
    per: Mapping[str, float] | None = None,
) -> Design:
    """The columns of a model: a 0/1 column per arm but that of index `reference` (None: no arms), then the
    covariates: a number over its `per`, a 0/1 column per level but the reference.

    references   covariate -> its reference level; else the first of `order` (as the protocol lists them) that
                 occurs, else the first of the sorted
    """
    columns: list[Floats] = []
    terms: list[Term] = []
    constant: list[str] = []

    def add(name: str, made: Sequence[Floats], labels: Sequence[str], **more: Any) -> None:
        terms.append(Term(name, tuple(range(len(columns), len(columns) + len(made))), tuple(labels), **more))
        columns.extend(made)

    others: list[int] = []
    if reference is not None:
        others = [index for index in range(len(arms)) if index != reference]
        made = [(rows.arm == index).astype(np.float64) for index in others]
        add("arm", made, [arms[index] for index in others], against=arms[reference])
    for covariate in rows.covariates:
        name = covariate.name
        if not covariate.levels:
            unit = (per or {}).get(name, 1.0)
            if not np.count_nonzero(covariate.values != covariate.values[:1]):
                constant.append(name)
                continue
            add(name, [covariate.values / unit], [name], per=unit)
            continue
        seen = levels_seen(covariate, (order or {}).get(name, ()))
        chosen = (references or {}).get(name) or next(iter(seen), None)
        others_ = [level for level in seen if level != chosen]
        if chosen not in seen or not others_:
            constant.append(name)
            continue
        code = {level: covariate.levels.index(level) for level in seen}
        made = [(covariate.values == code[level]).astype(np.float64) for level in others_]
        add(name, made, others_, against=chosen)
    if reference is not None and len(terms) == 1:  # nothing but the arms: their number is the pattern
        own = np.arange(len(arms))[:, None] == np.array(others)[None, :]
        return Design(own.astype(np.float64), rows.arm, tuple(terms), tuple(constant))
    matrix = np.column_stack(columns) if columns else np.empty((rows.time.size, 0))
    patterns, pattern = _patterns(matrix)
    return Design(patterns, pattern, tuple(terms), tuple(constant))


def interaction_design(
    rows: ModelRows, factor: Covariate, levels: Sequence[str], *, absorbed: bool
) -> Design:
    """Arm 0 against arm 1, the levels of a factor but the first, and their products (term 'interaction').

    absorbed  the strata hold the factor: its own columns are left out
    """
    arm = (rows.arm == 0).astype(np.float64)
    made = [(factor.values == factor.levels.index(level)).astype(np.float64) for level in levels[1:]]
    own = [] if absorbed else made
    matrix = np.column_stack([arm, *own, *(arm * column for column in made)])
    last = tuple(range(1 + len(own), matrix.shape[1]))
    return Design(*_patterns(matrix), (Term("interaction", last, tuple(levels[1:])),), ())


def levels_seen(covariate: Covariate, order: Sequence[str] = ()) -> tuple[str, ...]:
    """The levels that occur, in the order given, the rest sorted."""
    codes = np.unique(covariate.values[np.isfinite(covariate.values)])
    present = {covariate.levels[int(code)] for code in codes}
    return (*(level for level in order if level in present), *sorted(present - set(order)))


def _patterns(matrix: Floats) -> tuple[Floats, Integers]:
    """Distinct rows where they are few, each row for itself where they are not."""
    if any(_distinct(column) > MANY_PATTERNS for column in matrix.T):
        return matrix, np.arange(matrix.shape[0])
    code = np.zeros(matrix.shape[0], dtype=np.int64)
    for column in matrix.T:
        _, place = np.unique(column, return_inverse=True)
        _, code = np.unique(code * (int(place.max(initial=0)) + 1) + place, return_inverse=True)
        if code.size and int(code.max()) >= MANY_PATTERNS:
            return matrix, np.arange(matrix.shape[0])
    _, first, pattern = np.unique(code, return_index=True, return_inverse=True)
    return matrix[first], pattern.astype(np.int64)


def _distinct(values: Floats) -> int:
    ordered = np.sort(values)
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + 1
