"""Columns of a linear model in which the adjusted (least squares) mean of a cell is one coefficient.

Covariates are centred where the adjusted means are taken: numbers at their mean, factors at the shares of
their levels (`observed`) or at equal shares (`balanced`). The column of a cell then carries its adjusted
mean, and a difference of adjusted means is a difference of two coefficients.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from trialist.kernels.counts import Floats

Margins = Literal["observed", "balanced"]


def model_columns(
    cell: ArrayLike,
    cells: int,
    *,
    numbers: Sequence[ArrayLike] = (),
    factors: Sequence[ArrayLike] = (),
    by_group: Sequence[tuple[ArrayLike, ArrayLike]] = (),
    margins: Margins = "balanced",
) -> Floats:
    """(rows, p): first one column per cell, then the covariates.

    Parameters
        cell      0 to `cells` - 1: arm, or arm and visit
        numbers   covariates with one slope
        factors   covariates by code from 0; a level without rows gets no column
        by_group  (number, group): a covariate with a slope in every group (its arm, or its visit)
    Source: Searle, Speed and Milliken 1980, The American Statistician 34:216 (population marginal means)
    """
    which = np.asarray(cell, dtype=np.int64)
    found = [_indicators(which, cells)]
    for values in numbers:
        found.append(_centred(values)[:, None])
    for values, group in by_group:
        codes = _dense(group)
        found.append(_centred(values)[:, None] * _indicators(codes, int(codes.max()) + 1))
    for levels in factors:
        codes = _dense(levels)
        shown = _indicators(codes, int(codes.max()) + 1)
        share = shown.mean(axis=0) if margins == "observed" else np.full(shown.shape[1], 1 / shown.shape[1])
        found.append(shown[:, 1:] - share[1:])
    return np.concatenate(found, axis=1)


def _centred(values: ArrayLike) -> Floats:
    """Values less their mean; 0 where they are equal up to rounding, so that they are seen to be constant."""
    x = np.asarray(values, dtype=float)
    apart = x - x.mean()
    constant = float(np.abs(apart).max()) <= 1e-12 * float(np.abs(x).max())
    return np.zeros(x.size) if constant else np.asarray(apart)


def _indicators(codes: np.ndarray, size: int) -> Floats:
    return np.asarray(codes[:, None] == np.arange(size), dtype=float)


def _dense(codes: ArrayLike) -> np.ndarray:
    return np.asarray(np.unique(np.asarray(codes), return_inverse=True)[1], dtype=np.int64)
